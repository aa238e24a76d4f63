#include "sandbox/loader/safetensors.h"

#include <boost/test/unit_test.hpp>

using namespace pratique;
using namespace pratique::loader;
using namespace std::string_literals;

namespace {

/// No tensor of these formats needs it.
class NoOutput : public Output {
public:
    Result<std::uint64_t> reserve(std::uint64_t /*bytes*/) override {
        return Error{Errc::limit_bytes, 0};
    }
    Status write(std::uint64_t /*offset*/, Bytes /*bytes*/) override { return Error{Errc::io, 0}; }
};

std::string file(const std::string& header, const std::string& data = "") {
    std::string out;
    for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(header.size() >> (8 * i)));
    return out + header + data;
}

struct Outcome {
    Loaded loaded;
    std::optional<Errc> error;
};

Outcome run(Status (*part)(Load&), const std::string& bytes) {
    Outcome out;
    NoOutput output;
    const Limits limits;
    const Options options;
    Load load(as_bytes(bytes), {}, limits, options, output, out.loaded);
    if (const Status status = part(load); !status) out.error = status.error().code;
    return out;
}

std::string_view text_at(const Tree& tree, TreeId dict, std::string_view key) {
    const auto value = tree.find(dict, key);
    BOOST_TEST_REQUIRE(value.has_value());
    return tree.characters(*value);
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)

BOOST_AUTO_TEST_SUITE(load_safetensors_)

BOOST_AUTO_TEST_CASE(tensors_stay_where_they_are) {
    const auto bytes = file(
        R"({"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[1,2],"data_offsets":[1,9]},)"
        R"("a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}})",
        "123456789");
    const auto out = run(load_safetensors, bytes);
    BOOST_TEST_REQUIRE(!out.error);
    BOOST_TEST(out.loaded.format == "safetensors");
    BOOST_TEST_REQUIRE(out.loaded.tensors.size() == 2U);
    const Tensor& b = out.loaded.tensors[1];
    BOOST_TEST(b.name() == "b");
    BOOST_TEST(b.dtype.name() == "float32");
    BOOST_TEST(b.source == 0U);
    BOOST_TEST(bytes.substr(b.offset, *b.logical_bytes()) == "23456789");
    BOOST_TEST(out.loaded.tensors[0].dtype.name() == "float4_e2m1fn");
    BOOST_TEST(out.loaded.warnings.empty());
    BOOST_TEST(text_at(out.loaded.tree, *out.loaded.metadata, "framework") == "pt");
}

BOOST_AUTO_TEST_CASE(an_unknown_field_is_a_warning_and_anything_else_refuses) {
    const auto odd =
        run(load_safetensors,
            file(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}})", "1"));
    BOOST_TEST_REQUIRE(!odd.error);
    BOOST_TEST(odd.loaded.warnings.size() == 1U);
    const auto broken = run(load_safetensors,
                            file(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,1]}})", "1"));
    BOOST_TEST_REQUIRE(broken.error.has_value());
    BOOST_TEST(*broken.error == Errc::size_mismatch);
    BOOST_TEST(broken.loaded.tensors.empty());
}

BOOST_AUTO_TEST_CASE(an_index_wants_its_shards) {
    const auto out =
        run(load_safetensors_index,
            R"({"metadata":{"total_size":12},"weight_map":{"a":"1.bin","b":"2.bin"}})");
    BOOST_TEST_REQUIRE(!out.error);
    BOOST_TEST_REQUIRE(out.loaded.wanted.size() == 2U);
    BOOST_TEST(out.loaded.wanted[1].name == "2.bin");
    BOOST_TEST(out.loaded.wanted[1].is_shard);
    BOOST_TEST(out.loaded.wanted[1].tensors == std::vector<std::string>{"b"},
               boost::test_tools::per_element());
    const auto inner = out.loaded.tree.find(*out.loaded.metadata, "metadata");
    BOOST_TEST_REQUIRE(inner.has_value());
    BOOST_TEST(text_at(out.loaded.tree, *inner, "total_size") == "12");
    BOOST_TEST(
        (run(load_safetensors_index, R"({"weight_map":{"a":"../1"}})").error == Errc::bad_name));
}

BOOST_AUTO_TEST_SUITE_END()
