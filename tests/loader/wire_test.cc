// The table of tensors on its way to the parent: it arrives as it was sent, and a worker that lies
// cannot make the parent look anywhere but into the sources that there are.
#include "sandbox/loader/wire.h"

#include <boost/test/unit_test.hpp>

#include "base/bytes.h"

using namespace pratique;
using namespace pratique::loader;

namespace {

constexpr std::uint64_t kFileSize = 1000;

Tensor matrix() {
    Tensor out;
    out.path = {{"model", false}, {"0", true}};
    out.dtype = Scalar::float32;
    out.shape = {3, 4};
    out.strides = {1, 3};
    out.offset = 64;
    out.parameter = true;
    return out;
}

Loaded example() {
    Loaded out;
    out.format = "torch-zip";
    out.tensors.push_back(matrix());
    Tensor sparse;
    sparse.path = {{"s", false}};
    sparse.layout = Layout::sparse_coo;
    sparse.shape = {9};
    sparse.components = {matrix(), matrix()};
    out.tensors.push_back(sparse);
    Tensor quantized = matrix();
    quantized.dtype = Dtype::other("ggml:Q4_0", 18, 32);
    quantized.strides.clear();
    quantized.shape = {64};
    quantized.ggml_type = 2;
    quantized.quantizer = Quantizer{"per_channel_affine", 0.5, 3, 0};
    quantized.device = "cuda:0";
    out.tensors.push_back(quantized);
    const TreeId key = out.tree.text("lr");
    const TreeId value = out.tree.real(0.5);
    out.structure = out.tree.container(TreeKind::dict, std::vector<TreeId>{key, value});
    out.metadata = DictBuilder(out.tree).integer("version", 3).text("by", "test").take();
    out.packages = {"numpy", "torch"};
    out.warnings.push_back({Errc::trailing_bytes, "a/b", 7, "words"});
    out.wanted.push_back({"weights.bin", false, {}});
    out.wanted.push_back({"shard.safetensors", true, {"a", "b"}});
    return out;
}

/// What the parent does with whatever arrives.
bool is_usable(const std::vector<std::byte>& bytes) {
    const auto loaded = decode_loaded(bytes);
    if (!loaded) return false;
    const auto size_of = [](std::uint32_t source) -> std::optional<std::uint64_t> {
        return source == 0 ? std::optional(kFileSize) : std::nullopt;
    };
    for (const Tensor& tensor : loaded->tensors) {
        if (!check(tensor, size_of)) return false;
        if (!tensor.has_data()) continue;
        BOOST_TEST(tensor.source == 0U);
        BOOST_TEST(tensor.offset + *tensor.extent() <= kFileSize);
    }
    for (TreeId id = 0; id < loaded->tree.size(); ++id) {
        for (const TreeId child : loaded->tree.children(id))
            BOOST_TEST(child < loaded->tree.size());
        const auto& node = loaded->tree[id];
        if (node.kind == TreeKind::tensor) BOOST_TEST(node.number < loaded->tensors.size());
    }
    return true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(loader_wire)

BOOST_AUTO_TEST_CASE(it_arrives_as_it_was_sent) {
    const Loaded sent = example();
    const auto got = decode_loaded(encode(sent));
    BOOST_TEST_REQUIRE(static_cast<bool>(got));
    BOOST_TEST((got->tensors == sent.tensors));
    BOOST_TEST(got->format == sent.format);
    BOOST_TEST((got->packages == sent.packages));
    BOOST_TEST(got->warnings.at(0).text == "words");
    BOOST_TEST(got->wanted.at(1).is_shard);
    BOOST_TEST((got->wanted.at(1).tensors == sent.wanted.at(1).tensors));
    BOOST_TEST(got->tree.integer_of(*got->tree.find(*got->metadata, "version")) == 3);
    BOOST_TEST(got->tree.real_of(*got->tree.find(*got->structure, "lr")) == 0.5);
    BOOST_TEST(is_usable(encode(sent)));
}

BOOST_AUTO_TEST_CASE(every_cut_is_refused) {
    const auto whole = encode(example());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        BOOST_TEST(!decode_loaded(slice(whole, 0, size)), "cut at " << size);
    }
    auto longer = whole;
    longer.push_back(std::byte{0});
    BOOST_TEST(!decode_loaded(longer));
}

BOOST_AUTO_TEST_CASE(no_flipped_bit_leads_outside) {
    auto bytes = encode(example());
    std::size_t refused = 0;
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        const auto mask = static_cast<std::byte>(1U << (bit % 8));
        bytes[bit / 8] ^= mask;
        if (!is_usable(bytes)) ++refused;
        bytes[bit / 8] ^= mask;
    }
    // Names and numbers that fit may be lies; that the file's own tensors are wrong is its matter.
    BOOST_TEST(refused > bytes.size());
}

BOOST_AUTO_TEST_CASE(places_that_are_not_there) {
    const auto refused = [](auto change) {
        Tensor tensor = matrix();
        change(tensor);
        const auto size_of = [](std::uint32_t source) -> std::optional<std::uint64_t> {
            return source == 0 ? std::optional(kFileSize) : std::nullopt;
        };
        return !check(tensor, size_of);
    };
    BOOST_TEST(!refused([](Tensor&) {}));
    BOOST_TEST(refused([](Tensor& t) { t.source = 1; }));
    BOOST_TEST(refused([](Tensor& t) { t.source = kOutput; }));
    BOOST_TEST(refused([](Tensor& t) { t.offset = kFileSize - 47; }));
    BOOST_TEST(!refused([](Tensor& t) { t.offset = kFileSize - 48; }));
    BOOST_TEST(refused([](Tensor& t) { t.offset = UINT64_MAX; }));
    BOOST_TEST(refused([](Tensor& t) { t.strides = {UINT64_MAX, 1}; }));
    BOOST_TEST(refused([](Tensor& t) { t.strides = {1}; }));
    BOOST_TEST(refused([](Tensor& t) { t.shape = {UINT64_MAX, 1}; }));
    BOOST_TEST(refused([](Tensor& t) { t.shape.assign(65, 1); }));
    BOOST_TEST(refused([](Tensor& t) { t.dtype = Dtype::object(); }));
    BOOST_TEST(refused([](Tensor& t) { t.dtype = Dtype::other("x", 18, 32); }));
    BOOST_TEST(refused([](Tensor& t) {
        for (int i = 0; i < 20; ++i) {
            Tensor outer = matrix();
            outer.components.push_back(t);
            t = outer;
        }
    }));
}

BOOST_AUTO_TEST_CASE(requests) {
    Request sent;
    sent.work = Work::scan;
    sent.options.name = "model.pt";
    sent.options.mode = Mode::strict;
    sent.options.dequantize = true;
    sent.size = 77;
    sent.sidecars = {"helper"};
    sent.companions.push_back({"weights.bin", 9, 4096});
    sent.companions.push_back({"more.bin", 9, std::nullopt});
    sent.blocks = {7, 8};
    const auto got = decode_request(encode(sent));
    BOOST_TEST_REQUIRE(static_cast<bool>(got));
    BOOST_TEST((got->work == Work::scan));
    BOOST_TEST((got->options.mode == Mode::strict));
    BOOST_TEST(got->size == 77U);
    BOOST_TEST((got->blocks == sent.blocks));
    BOOST_TEST(got->companions.at(0).offset.value() == 4096U);
    BOOST_TEST(!got->companions.at(1).offset.has_value());
    const auto failed = decode_failed(encode(Failed{{Errc::overflow, 5}, "a"}));
    BOOST_TEST_REQUIRE(static_cast<bool>(failed));
    BOOST_TEST(failed->error.offset == 5U);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(loader_tree)

BOOST_AUTO_TEST_CASE(limits_leave_out_and_say_so) {
    Tree tree;
    BOOST_TEST(!tree.full());
    const TreeId text = tree.text(std::string(Tree::kLongestText + 5, 'x'));
    BOOST_TEST(tree.characters(text).size() == Tree::kLongestText + 3);  // "…" takes three bytes
    for (std::size_t i = 0; i < Tree::kMostNodes + 5; ++i) tree.integer(1);
    BOOST_TEST(tree.full());
    BOOST_TEST(tree.size() == Tree::kMostNodes);
    BOOST_TEST((tree[tree.integer(1)].kind == TreeKind::none));
}

BOOST_AUTO_TEST_CASE(cycles_are_values_too) {
    Tree tree;
    const TreeId list = tree.container(TreeKind::list);
    tree.set_children(list, std::vector<TreeId>{list});
    WireWriter out;
    tree.encode(out);
    Reader in(out.view());
    const auto got = Tree::decode(in);
    BOOST_TEST_REQUIRE(static_cast<bool>(got));
    BOOST_TEST(got->children(list)[0] == list);
}

BOOST_AUTO_TEST_SUITE_END()
