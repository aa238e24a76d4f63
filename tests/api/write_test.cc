#include <cstring>
#include <limits>

#include "api/write/descr.h"
#include "api/write/export.h"
#include "api/write/gguf.h"
#include "api/write/npz.h"
#include "api/write/safetensors.h"
#include "api/write/text.h"
#include "base/json.h"
#include "base/reader.h"
#include "files.h"
#include "zip_reading.h"

using namespace api_test;
using namespace std::string_literals;
using loader::Dtype;
using loader::Loaded;
using loader::Scalar;
using loader::Tensor;

namespace {

/// A model in memory: tensors are appended to one source.
struct Model {
    Loaded loaded;
    std::string source;

    Tensor& add(std::vector<std::string> path, Dtype dtype, std::vector<std::uint64_t> shape) {
        Tensor tensor;
        for (std::string& key : path) tensor.path.push_back({std::move(key)});
        tensor.dtype = std::move(dtype);
        tensor.shape = std::move(shape);
        tensor.offset = source.size();
        source += noise(*tensor.logical_bytes() + 3);
        loaded.tensors.push_back(std::move(tensor));
        return loaded.tensors.back();
    }
    void set_metadata(const std::vector<std::pair<std::string, std::string>>& texts) {
        loader::DictBuilder own(loaded.tree);
        for (const auto& [key, value] : texts) own.text(key, value);
        const loader::TreeId id = own.take();
        loaded.metadata = loader::DictBuilder(loaded.tree).add("metadata", id).take();
    }
    Sources sources() const {
        return {[this](std::uint32_t) { return as_bytes(source); }};
    }
    std::string bytes(const std::string& name) const {
        for (const Tensor& tensor : loaded.tensors) {
            if (tensor.name() == name) {
                return source.substr(tensor.offset, *tensor.logical_bytes());
            }
        }
        return "?";
    }
};

Written gguf(const Plan& plan, const Sources& sources, bool raw_bits, TargetFile& file) {
    return write_gguf(plan, gguf_values(plan, sources.bytes), sources, raw_bits, file);
}

using Writer = Written (*)(const Plan&, const Sources&, bool, TargetFile&);

struct Output {
    std::string bytes;
    std::string failure;
    std::vector<std::string> notes;
};

Output written(const Model& model, Writer writer, PlanOptions options = {}, bool raw_bits = false) {
    const Folder folder;
    const std::string path = folder / "out";
    auto made = TargetFile::create(path, false);
    if (const auto* why = std::get_if<std::string>(&made)) BOOST_FAIL(*why);
    TargetFile& file = *std::get<std::unique_ptr<TargetFile>>(made);
    const Plan plan = make_plan(model.loaded, options);
    if (const Written failed = writer(plan, model.sources(), raw_bits, file)) {
        return {"", failed->message, plan.notes};
    }
    BOOST_REQUIRE_MESSAGE(bool(file.commit()), file.failure());
    return {content(open_at(path).get()), "", plan.notes};
}

/// The header, and the place where the data starts.
std::pair<json::Value, std::size_t> safetensors_header(const std::string& file) {
    Reader in(as_bytes(file));
    const auto size = in.le<std::uint64_t>();
    BOOST_REQUIRE((size && *size % 8 == 0 && *size <= in.left()));
    auto header = json::parse(pratique::text(*in.take(*size)));
    BOOST_REQUIRE(bool(header));
    return {*header, *size + 8};
}

std::string safetensors_data(const std::string& file, const std::string& name) {
    const auto [header, at] = safetensors_header(file);
    const json::Value* entry = header.find(name);
    BOOST_REQUIRE_MESSAGE(entry != nullptr, name);
    const auto& offsets = *entry->find("data_offsets")->as<json::Array>();
    const auto begin = static_cast<std::size_t>(*offsets[0].as<std::int64_t>());
    const auto end = static_cast<std::size_t>(*offsets[1].as<std::int64_t>());
    return file.substr(at + begin, end - begin);
}

bool has_note(const Output& result, std::string_view part) {
    return std::any_of(result.notes.begin(), result.notes.end(), [&](const std::string& note) {
        return note.find(part) != std::string::npos;
    });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(writers)

BOOST_AUTO_TEST_CASE(safetensors_are_sorted_and_keep_their_metadata) {
    Model model;
    model.add({"b"}, Scalar::uint8, {3});
    model.add({"a"}, Scalar::uint8, {5});
    model.add({"w"}, Scalar::float32, {2, 3});
    model.add({"h"}, Scalar::bfloat16, {4});
    model.add({"i"}, Scalar::int64, {});
    model.set_metadata({{"z", "1"}, {"a", "two\n\"\\\x01"}});
    const Output out = written(model, write_safetensors);
    const std::string front = R"({"__metadata__":{"z":"1","a":"two\n\"\\\u0001"},)"
                              R"("i":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
                              R"("w":{"dtype":"F32","shape":[2,3],"data_offsets":[8,32]},)"
                              R"("h":{"dtype":"BF16","shape":[4],"data_offsets":[32,40]},)"
                              R"("a":{"dtype":"U8","shape":[5],"data_offsets":[40,45]},)"
                              R"("b":{"dtype":"U8","shape":[3],"data_offsets":[45,48]}})";
    BOOST_TEST(out.bytes.substr(8, front.size()) == front);
    BOOST_TEST(out.bytes.size() == 8 + (front.size() + 7) / 8 * 8 + 48);
    for (const char* name : {"a", "b", "w", "h", "i"}) {
        BOOST_TEST(safetensors_data(out.bytes, name) == model.bytes(name));
    }
}

BOOST_AUTO_TEST_CASE(strided_tensors_are_written_in_order) {
    Model model;
    Tensor& tensor = model.add({"t"}, Scalar::int16, {2, 3});
    tensor.shape = {3, 2};
    tensor.strides = {1, 3};
    const std::string raw = model.source.substr(tensor.offset, 12);
    const std::string wanted = raw.substr(0, 2) + raw.substr(6, 2) + raw.substr(2, 2) +
                               raw.substr(8, 2) + raw.substr(4, 2) + raw.substr(10, 2);
    BOOST_TEST(safetensors_data(written(model, write_safetensors).bytes, "t") == wanted);
}

BOOST_AUTO_TEST_CASE(shared_tensors_are_kept_or_named) {
    Model model;
    model.add({"first"}, Scalar::float32, {4});
    model.loaded.tensors.push_back(model.loaded.tensors[0]);
    model.loaded.tensors.back().path = {{"second"}};
    const Output kept = written(model, write_safetensors);
    BOOST_TEST(safetensors_data(kept.bytes, "second") == model.bytes("first"));
    BOOST_TEST(has_note(kept, "second and first share memory; both"));
    const Output dropped = written(model, write_safetensors, {.shared = Shared::drop});
    const auto header = safetensors_header(dropped.bytes).first;
    BOOST_TEST(header.find("second") == nullptr);
    BOOST_TEST(*header.find("__metadata__")->find("second")->as<std::string>() == "first");
    BOOST_TEST(has_note(dropped, "only the second is written"));
}

BOOST_AUTO_TEST_CASE(names_are_those_of_a_state_dict_and_unique) {
    Model model;
    model.add({"_modules", "0", "_parameters", "weight"}, Scalar::uint8, {1});
    model.add({"_modules", "x", "_buffers", "same"}, Scalar::uint8, {1});
    model.add({"x", "same"}, Scalar::uint8, {1});
    model.add({"a.b"}, Scalar::uint8, {1});
    model.add({"a", "b"}, Scalar::uint8, {1});
    model.add({"a.b#2"}, Scalar::uint8, {1});
    model.add({"__metadata__"}, Scalar::uint8, {1});
    model.add({}, Scalar::uint8, {1});
    model.add({"\xed\xa0\x80"}, Scalar::uint8, {1});
    const Output out = written(model, write_safetensors);
    const auto header = safetensors_header(out.bytes).first;
    for (const char* name : {"0.weight", "_modules.x._buffers.same", "x.same", "a.b", "a.b#2",
                             "a.b#3", "__metadata__#2", "tensor", "\\xed\\xa0\\x80"}) {
        BOOST_TEST((header.find(name) != nullptr), name);
    }
    BOOST_TEST(header.as<json::Object>()->size() == 9U);
    BOOST_TEST(has_note(out, "the name a.b is taken"));
}

BOOST_AUTO_TEST_CASE(names_that_are_taken_are_counted_behind_the_first) {
    Model model;
    for (int i = 0; i < 100; ++i) model.add({"same"}, Scalar::uint8, {1});
    const Output out = written(model, write_safetensors);
    BOOST_TEST(safetensors_header(out.bytes).first.as<json::Object>()->size() == 100U);
    BOOST_TEST(out.notes.size() == 21U);
    BOOST_TEST(has_note(out, "and 79 more whose name is taken"));
}

BOOST_AUTO_TEST_CASE(parts_become_tensors_and_the_rest_metadata) {
    Model model;
    Tensor& quantised = model.add({"q"}, Scalar::qint8, {4});
    quantised.quantizer = {"per_tensor_affine", 0.25, -3, std::nullopt};
    Tensor& sparse = model.add({"s"}, Scalar::float32, {0});
    sparse.shape = {9, 9};
    sparse.layout = loader::Layout::sparse_coo;
    Tensor part = model.loaded.tensors[0];
    part.quantizer.reset();
    part.dtype = Scalar::int8;
    part.path = {{"values"}};
    sparse.components = {part};
    model.add({"m"}, Scalar::float32, {1}).layout = loader::Layout::meta;
    const Output out = written(model, write_safetensors);
    const auto header = safetensors_header(out.bytes).first;
    BOOST_TEST(*header.find("q")->find("dtype")->as<std::string>() == "I8");
    BOOST_TEST(safetensors_data(out.bytes, "s.values") == model.bytes("q"));
    const json::Value& metadata = *header.find("__metadata__");
    BOOST_TEST(*metadata.find("pratique.quantizer.q")->as<std::string>() ==
               R"({"scheme":"per_tensor_affine","scale":0.25,"zero_point":-3})");
    BOOST_TEST(*metadata.find("pratique.layout.s")->as<std::string>() ==
               R"({"layout":"sparse_coo","dtype":"float32","shape":[9,9]})");
    BOOST_TEST(header.find("m") == nullptr);
    BOOST_TEST(has_note(out, "left out: m (no data"));
}

BOOST_AUTO_TEST_CASE(types_without_a_name_are_refused_or_written_as_bits) {
    Model model;
    model.add({"c"}, Scalar::complex128, {2});
    for (const Writer writer : {write_safetensors, gguf}) {
        const Output out = written(model, writer);
        BOOST_TEST(out.failure.find("tensor c is of type complex128") == 0U);
    }
    const Output raw = written(model, write_safetensors, {}, true);
    const auto header = safetensors_header(raw.bytes).first;
    BOOST_TEST(*header.find("c")->find("dtype")->as<std::string>() == "U8");
    BOOST_TEST(header.find("c")->find("shape")->as<json::Array>()->size() == 2U);
    Model other;
    other.add({"h"}, Scalar::bfloat16, {2});
    BOOST_TEST(!written(other, write_npz).failure.empty());
    BOOST_TEST(written(other, write_npz, {}, true).bytes.find("'descr': '<u2'") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(gguf_is_as_its_layout_says) {
    Model model;
    model.add({"w"}, Scalar::float32, {2, 3});
    Tensor& blocks = model.add({"q"}, Dtype::other("ggml:Q4_0", 18, 32), {2, 32});
    blocks.ggml_type = 2;
    model.set_metadata({{"general.name", "n"}, {"k", "v"}});
    const std::string file = written(model, gguf).bytes;
    Reader in(as_bytes(file));
    const auto text = [&] {
        return std::string(pratique::text(*in.take(*in.le<std::uint64_t>())));
    };
    BOOST_TEST(pratique::text(*in.take(4)) == "GGUF");
    BOOST_TEST(*in.le<std::uint32_t>() == 3U);
    BOOST_TEST(*in.le<std::uint64_t>() == 2U);
    BOOST_TEST(*in.le<std::uint64_t>() == 2U);
    for (const auto& [key, value] : std::vector<std::pair<std::string, std::string>>{
             {"general.name", "n"}, {"general.k", "v"}}) {
        BOOST_TEST(text() == key);
        BOOST_TEST(*in.le<std::uint32_t>() == 8U);
        BOOST_TEST(text() == value);
    }
    BOOST_TEST(text() == "w");
    BOOST_TEST(*in.le<std::uint32_t>() == 2U);
    BOOST_TEST(*in.le<std::uint64_t>() == 3U);
    BOOST_TEST(*in.le<std::uint64_t>() == 2U);
    BOOST_TEST(*in.le<std::uint32_t>() == 0U);
    BOOST_TEST(*in.le<std::uint64_t>() == 0U);
    BOOST_TEST(text() == "q");
    BOOST_TEST(*in.le<std::uint32_t>() == 2U);
    BOOST_TEST(*in.le<std::uint64_t>() == 32U);
    BOOST_TEST(*in.le<std::uint64_t>() == 2U);
    BOOST_TEST(*in.le<std::uint32_t>() == 2U);
    BOOST_TEST(*in.le<std::uint64_t>() == 32U);
    const std::size_t data = (in.offset() + 31) / 32 * 32;
    BOOST_TEST(file.substr(data, 24) == model.bytes("w"));
    BOOST_TEST(file.substr(data + 32, 36) == model.bytes("q"));
    BOOST_TEST(file.size() == data + 32 + 64);
}

BOOST_AUTO_TEST_CASE(gguf_refuses_what_it_has_no_room_for) {
    Model deep;
    deep.add({"d"}, Scalar::float32, {1, 1, 1, 1, 1});
    BOOST_TEST(written(deep, gguf).failure.find("5 dimensions") != std::string::npos);
    Model named;
    named.add({std::string(64, 'n')}, Scalar::float32, {1});
    BOOST_TEST(written(named, gguf).failure.find("64 bytes") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(gguf_values_are_kept) {
    Model model;
    model.loaded.format = "gguf";
    loader::Tree& tree = model.loaded.tree;
    const std::array<loader::TreeId, 2> list{tree.integer(1), tree.integer(-1)};
    const loader::TreeId items = tree.container(loader::TreeKind::list, list);
    const loader::TreeId own = loader::DictBuilder(tree)
                                   .text("general.architecture", "llama")
                                   .integer("general.alignment", 64)
                                   .integer("llama.block_count", 7)
                                   .add("t", tree.boolean(true))
                                   .add("r", tree.real(0.5))
                                   .add("l", items)
                                   .take();
    model.loaded.metadata = loader::DictBuilder(tree).add("metadata", own).take();
    const std::string file = written(model, gguf).bytes;
    WireWriter wanted;
    const auto key = [&](std::string_view name, std::uint32_t type) {
        wanted.u64(name.size()).raw(as_bytes(name)).u32(type);
    };
    wanted.raw(as_bytes("GGUF")).u32(3).u64(0).u64(5);
    key("general.architecture", 8);
    wanted.u64(5).raw(as_bytes("llama"));
    key("llama.block_count", 4);
    wanted.u32(7);
    key("t", 7);
    wanted.u8(1);
    key("r", 6);
    wanted.u32(0x3f000000);
    key("l", 9);
    wanted.u32(5).u64(2).u32(1).u32(UINT32_MAX);
    BOOST_TEST(file.substr(0, wanted.view().size()) == pratique::text(wanted.view()));
}

BOOST_AUTO_TEST_CASE(gguf_values_are_copied_where_the_model_says_where_they_are) {
    Model model;
    model.source = "0123456789abcdef";
    model.add({"w"}, Scalar::float32, {2});
    model.add({"x"}, Scalar::float32, {1});
    model.loaded.format = "gguf";
    loader::Tree& tree = model.loaded.tree;
    const loader::TreeId own = loader::DictBuilder(tree).text("x", "y").take();
    const auto set = [&](std::int64_t offset, std::int64_t alignment) {
        model.loaded.metadata = loader::DictBuilder(tree)
                                    .add("metadata", own)
                                    .integer("values", 9)
                                    .integer("values_offset", offset)
                                    .integer("values_bytes", 3)
                                    .integer("alignment", alignment)
                                    .take();
        return written(model, gguf).bytes;
    };
    const std::string file = set(10, 64);
    BOOST_TEST(file.substr(16, 8 + 3) == std::string("\x09\0\0\0\0\0\0\0abc", 11));
    BOOST_TEST(file.substr(file.size() - 128, 8) == model.bytes("w"));
    BOOST_TEST(file.substr(file.size() - 64, 4) == model.bytes("x"));
    // Places outside of the file, and what is no alignment: the tree's values are written.
    for (const std::string& other : {set(1'000'000, 32), set(-1, 32), set(10, 3), set(10, 0)}) {
        BOOST_TEST(other[16] == 1);
    }
}

BOOST_AUTO_TEST_CASE(npy_headers_are_those_of_numpy) {
    const auto header = [](const char* descr, std::vector<std::uint64_t> shape) {
        return npy_header(descr, shape);
    };
    const std::string plain = header("'<f4'", {2, 3});
    BOOST_TEST(plain == std::string("\x93NUMPY\x01\x00\x76\x00", 10) +
                            "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" +
                            std::string(58, ' ') + "\n");
    BOOST_TEST(header("'<f4'", {7}).find("'shape': (7,), }") != std::string::npos);
    BOOST_TEST(header("'<f4'", {}).find("'shape': (), }") != std::string::npos);
    const std::string wide = header(("[('" + std::string(70'000, 'x') + "', '<f4')]").c_str(), {1});
    BOOST_TEST(wide[6] == 2);
    BOOST_TEST(wide.size() % 64 == 0U);
    BOOST_TEST(header("[('\xc3\xa9', '<f4')]", {1})[6] == 3);
}

BOOST_AUTO_TEST_CASE(types_of_an_npz_are_plain_whatever_a_worker_says) {
    for (const char* good :
         {"'<f4'", "'|b1'", "'<M8[25ns]'", "'<U0'", "[]", "[('a', '<i4')]", "[('', '|V2')]",
          "[('a', '<f8', (2,)), (\"it's\", [('b\\n\\'', '|S2', ())], (3, 4))]",
          "[(('title', '\xc3\xa9'), '<c16')]"}) {
        BOOST_TEST(is_plain_descr(good), good);
    }
    std::string deep = "'<f4'";
    for (int i = 0; i < 1000; ++i) deep = "[('a', " + deep + ")]";
    for (const std::string& bad : {""s,
                                   "'"s,
                                   "'<'"s,
                                   "'|O'"s,
                                   "'O8'"s,
                                   "'object'"s,
                                   "'<f4', 'descr': '|O'"s,
                                   "'i4,O'"s,
                                   "[('a', '|O')]"s,
                                   "[('a', [('b', 'O')])]"s,
                                   "[('a', '<f4', ('|O',))]"s,
                                   "[('a', '<f4')"s,
                                   "[('a\n', '<f4')]"s,
                                   "[('a"s,
                                   "[('a\\"s,
                                   "[(a, '<f4')]"s,
                                   "{'names': ['a']}"s,
                                   "1"s,
                                   "[('a', '<f4')] "s,
                                   "'<M8[]'"s,
                                   "[('a', ('<f4', {'x': 1}))]"s,
                                   deep}) {
        BOOST_TEST(!is_plain_descr(bad), bad.substr(0, 80));
    }
    for (const char* lie : {"struct:[('a', '|O')]", "bytes8', 'descr': '|O"}) {
        Model model;
        model.add({"w"}, Dtype::other(lie, 8), {1});
        BOOST_TEST(written(model, write_npz).failure.find("NumPy has no type for") !=
                   std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(an_npz_is_an_archive_without_faults) {
    Model model;
    model.add({"w"}, Scalar::float32, {2, 3});
    model.add({"a/b"}, Scalar::int64, {});
    model.add({"../x"}, Scalar::boolean, {2});
    model.add({"_..", "x"}, Scalar::uint8, {1});
    model.add({"ключ"}, Scalar::uint8, {kMiB});
    const test::Reading archive = test::read(written(model, write_npz).bytes);
    BOOST_TEST(!archive.error);
    BOOST_TEST(test::kinds(archive) == "");
    BOOST_TEST(test::names(archive) == "w.npy a/b.npy _../x.npy _...x.npy ключ.npy");
    for (std::size_t i = 0; i < archive.entries.size(); ++i) {
        const auto& entry = archive.entries[i];
        const Bytes payload = slice(as_bytes(*archive.file), entry.data_offset, entry.size);
        const std::string wanted = model.bytes(model.loaded.tensors[i].name());
        BOOST_TEST((text(payload).substr(payload.size() - wanted.size()) == wanted));
        BOOST_TEST((entry.data_offset + payload.size() - wanted.size()) % 64 == 0U);
        BOOST_TEST(entry.crc == test::crc_of(std::string(text(payload))));
    }
}

BOOST_AUTO_TEST_CASE(members_whose_names_become_one_are_numbered) {
    Model model;
    for (const char* name : {"a:", "a\\", "a\n", "a__1"}) model.add({name}, Scalar::uint8, {1});
    const test::Reading few = test::read(written(model, write_npz).bytes);
    BOOST_TEST(!few.error);
    BOOST_TEST(test::names(few) == "a_.npy a__1.npy a__2.npy a__1_1.npy");
    // 36,000 that become one: what was once tried again for each took minutes.
    Model many;
    const std::string changed =
        "\x01\x02\x03\x04\x05\x06\x07\x08\t\n\v\f\r\x0e\x0f\x10\x11\x12\x13"
        "\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f:";
    for (const char a : changed) {
        for (const char b : changed) {
            for (const char c : changed) many.add({std::string{a, b, c}}, Scalar::uint8, {0});
        }
    }
    const std::string file = written(many, write_npz).bytes;
    BOOST_TEST(file.find("____" + std::to_string(many.loaded.tensors.size() - 1) + ".npy") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(member_names_stay_in_their_folder) {
    BOOST_TEST(member_name("model.w") == "model.w");
    BOOST_TEST(member_name("a/b") == "a/b");
    BOOST_TEST(member_name("/etc/x") == "_/etc/x");
    BOOST_TEST(member_name("../../x") == "_../_../x");
    BOOST_TEST(member_name("a//b/.") == "a/_/b/_.");
    BOOST_TEST(member_name("C:\\x\n") == "C__x_");
    BOOST_TEST(member_name("...") == "...");
}

BOOST_AUTO_TEST_CASE(texts_are_json) {
    BOOST_TEST(json_string("a\"\\/\x1f\xc3\xa9") == "\"a\\\"\\\\/\\u001f\xc3\xa9\"");
    BOOST_TEST(shortest(0.1) == "0.1");
    BOOST_TEST(shortest(1e300) == "1e+300");
    BOOST_TEST(shortest(-std::numeric_limits<double>::infinity()) == "\"-inf\"");
}

BOOST_AUTO_TEST_SUITE_END()
