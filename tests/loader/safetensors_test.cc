#include "sandbox/loader/safetensors.h"

#include <boost/test/unit_test.hpp>

#include "part_loading.h"

using namespace pratique;
using namespace pratique::loader;
using test::PartLoading;

namespace {

std::string file(const std::string& header, const std::string& data = "") {
    std::string out;
    for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(header.size() >> (8 * i)));
    return out + header + data;
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)

BOOST_AUTO_TEST_SUITE(load_safetensors_)

BOOST_AUTO_TEST_CASE(tensors_stay_where_they_are) {
    const PartLoading out(load_safetensors,
                          file(R"({"__metadata__":{"format":"pt"},)"
                               R"("b":{"dtype":"F32","shape":[1,2],"data_offsets":[1,9]},)"
                               R"("a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}})",
                               "123456789"));
    BOOST_TEST_REQUIRE(!out.error);
    BOOST_TEST(out.loaded.format == "safetensors");
    BOOST_TEST_REQUIRE(out.loaded.tensors.size() == 2U);
    const Tensor& b = out.loaded.tensors[1];
    BOOST_TEST(b.name() == "b");
    BOOST_TEST(b.dtype.name() == "float32");
    BOOST_TEST(b.source == 0U);
    BOOST_TEST(out.data(1) == "23456789");
    BOOST_TEST(out.loaded.tensors[0].dtype.name() == "float4_e2m1fn");
    BOOST_TEST(out.loaded.warnings.empty());
    BOOST_TEST(out.text_of({"framework"}) == "pt");
    BOOST_TEST(out.text_of({"metadata", "format"}) == "pt");
}

BOOST_AUTO_TEST_CASE(what_was_unpacked_is_copied) {
    const PartLoading out(load_safetensors,
                          file(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},)"
                               R"("none":{"dtype":"U8","shape":[0],"data_offsets":[3,3]}})",
                               "123"),
                          {}, true);
    BOOST_TEST_REQUIRE(!out.error);
    BOOST_TEST(out.loaded.tensors.at(0).source == kOutput);
    BOOST_TEST(out.data(0) == "123");
    BOOST_TEST(out.data(1).empty());
}

BOOST_AUTO_TEST_CASE(every_type_is_known_to_the_loader) {
    for (const auto* name :
         {"BOOL",    "F4",          "F6_E2M3",     "F6_E3M2", "U8",  "I8",  "F8_E5M2", "F8_E4M3",
          "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "I16",     "U16", "F16", "BF16",    "I32",
          "U32",     "F32",         "C64",         "F64",     "I64", "U64"}) {
        const PartLoading out(load_safetensors, file(R"({"a":{"dtype":")" + std::string(name) +
                                                     R"(","shape":[0,4],"data_offsets":[0,0]}})"));
        BOOST_TEST_CONTEXT(name) {
            BOOST_TEST_REQUIRE(!out.error);
            BOOST_TEST(safetensors_name(out.loaded.tensors.at(0).dtype) == name);
        }
    }
}

BOOST_AUTO_TEST_CASE(an_unknown_field_is_a_warning_and_anything_else_refuses) {
    const PartLoading odd(
        load_safetensors,
        file(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":1}})", "1"));
    BOOST_TEST_REQUIRE(!odd.error);
    BOOST_TEST(odd.loaded.warnings.size() == 1U);
    const PartLoading broken(load_safetensors,
                             file(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,1]}})", "1"));
    BOOST_TEST_REQUIRE(broken.error.has_value());
    BOOST_TEST(*broken.error == Errc::size_mismatch);
    BOOST_TEST(broken.loaded.tensors.empty());
}

BOOST_AUTO_TEST_CASE(an_index_wants_its_shards) {
    const PartLoading out(
        load_safetensors_index,
        R"({"metadata":{"total_size":12,"note":"34"},"weight_map":{"a":"1.bin","b":"2.bin"}})");
    BOOST_TEST_REQUIRE(!out.error);
    BOOST_TEST_REQUIRE(out.loaded.wanted.size() == 2U);
    BOOST_TEST(out.loaded.wanted[1].name == "2.bin");
    BOOST_TEST(out.loaded.wanted[1].is_shard);
    BOOST_TEST(out.loaded.wanted[1].tensors == std::vector<std::string>{"b"},
               boost::test_tools::per_element());
    BOOST_TEST(out.loaded.tree.integer_of(*out.metadata({"metadata", "total_size"})) == 12);
    BOOST_TEST(out.text_of({"metadata", "note"}) == "34");
    const PartLoading path(load_safetensors_index, R"({"weight_map":{"a":"../1"}})");
    BOOST_TEST((path.error == Errc::bad_name));
}

BOOST_AUTO_TEST_SUITE_END()
