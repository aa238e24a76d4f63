#include "formats/safetensors/safetensors.h"

#include <boost/test/unit_test.hpp>

#include "formats/safetensors/index.h"

using namespace pratique;
using namespace std::string_literals;

namespace {

std::string little(std::uint64_t number) {
    std::string out;
    for (int i = 0; i < 8; ++i) out.push_back(static_cast<char>(number >> (8 * i)));
    return out;
}

/// A file with this header and so many bytes of data.
std::string file(const std::string& header, std::size_t data = 0) {
    return little(header.size()) + header + std::string(data, 'd');
}

std::string entry(const std::string& name, const std::string& dtype, const std::string& shape,
                  const std::string& offsets) {
    return '"' + name + R"(":{"dtype":")" + dtype + R"(","shape":[)" + shape +
           R"(],"data_offsets":[)" + offsets + "]}";
}

safetensors::Header read(const std::string& bytes) { return safetensors::read(as_bytes(bytes)); }

/// The error of reading `bytes`; fails the test when there is none.
Errc refusal(const std::string& bytes) {
    const auto header = read(bytes);
    BOOST_TEST_REQUIRE(header.error.has_value());
    return header.error->code;
}

Errc refusal_of_shape(const std::string& shape) {
    return refusal(file("{" + entry("a", "F32", shape, "0,8") + "}", 8));
}

Errc refusal_of_offsets(const std::string& offsets) {
    return refusal(file("{" + entry("a", "F32", "2", offsets) + "}", 8));
}

safetensors::Index index(const std::string& text) {
    return safetensors::read_index(as_bytes(text));
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)

BOOST_AUTO_TEST_SUITE(safetensors_header)

BOOST_AUTO_TEST_CASE(tensors_come_in_the_order_of_their_data) {
    const auto bytes = file(
        "{" + entry("z", "F32", "1", "8,12") + "," + entry("a", "I16", "2,2", "0,8") + "," +
            entry("scalar", "F64", "", "12,20") + "," + entry("none", "U8", "3,0", "0,0") + "}   ",
        20);
    BOOST_TEST(safetensors::recognise(as_bytes(bytes)));
    const auto header = read(bytes);
    BOOST_TEST_REQUIRE(!header.error);
    BOOST_TEST(header.data_offset == bytes.size() - 20);
    std::string names;
    for (const auto& tensor : header.tensors) names += tensor.name + ' ';
    BOOST_TEST(names == "none a z scalar ");
    BOOST_TEST((header.tensors[1].dtype == safetensors::Dtype::I16));
    BOOST_TEST(header.tensors[1].shape == (std::vector<std::uint64_t>{2, 2}),
               boost::test_tools::per_element());
    BOOST_TEST(header.tensors[2].begin == 8U);
    BOOST_TEST(header.tensors[2].end == 12U);
    BOOST_TEST(bytes.substr(header.tensors[2].offset - 3, 3) == "\"z\"");
}

BOOST_AUTO_TEST_CASE(every_type_has_its_size) {
    struct Row {
        const char* name;
        std::uint64_t bytes_of_eight;
    };
    for (const Row& row :
         {Row{"BOOL", 8},     {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U8", 8},
          {"I8", 8},          {"F8_E5M2", 8}, {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8},
          {"F8_E5M2FNUZ", 8}, {"I16", 16},    {"U16", 16},    {"F16", 16},    {"BF16", 16},
          {"I32", 32},        {"U32", 32},    {"F32", 32},    {"C64", 64},    {"F64", 64},
          {"I64", 64},        {"U64", 64}}) {
        BOOST_TEST_CONTEXT(row.name) {
            const auto end = std::to_string(row.bytes_of_eight);
            const auto header =
                read(file("{" + entry("a", row.name, "8", "0," + end) + "}", row.bytes_of_eight));
            BOOST_TEST_REQUIRE(!header.error);
            BOOST_TEST(name(header.tensors[0].dtype) == row.name);
        }
    }
    for (const auto* unknown : {"F128", "f32", "", "C128", "F8_E4M3FN"}) {
        BOOST_TEST(refusal(file("{" + entry("a", unknown, "1", "0,8") + "}", 8)) ==
                   Errc::unknown_dtype);
    }
    // Three values of half a byte do not end where a byte does.
    BOOST_TEST(refusal(file("{" + entry("a", "F4", "3", "0,1") + "}", 1)) == Errc::size_mismatch);
}

BOOST_AUTO_TEST_CASE(metadata_is_text) {
    const auto header = read(file(R"({"__metadata__":{"format":"pt","n":"\u00e9"}})"));
    BOOST_TEST_REQUIRE(!header.error);
    BOOST_TEST_REQUIRE(header.metadata.size() == 2U);
    BOOST_TEST(header.metadata[1].first == "n");
    BOOST_TEST(header.metadata[1].second == "\xc3\xa9");
    for (const auto* bad : {"1", "null", "{}", "[]", "true"}) {
        BOOST_TEST(refusal(file(R"({"__metadata__":{"a":)"s + bad + "}}")) == Errc::bad_header);
    }
    BOOST_TEST(refusal(file(R"({"__metadata__":null})")) == Errc::bad_header);
    BOOST_TEST(refusal(file(R"({"__metadata__":{"a":"1","a":"1"}})")) == Errc::duplicate_key);
}

BOOST_AUTO_TEST_CASE(the_header_starts_with_a_brace_and_ends_in_spaces) {
    BOOST_TEST(!read(file("{}        ")).error);
    BOOST_TEST(refusal(file("{}\n")) == Errc::bad_header);
    BOOST_TEST(refusal(file("{}\t ")) == Errc::bad_header);
    BOOST_TEST(refusal(file(" {}")) == Errc::bad_header);
    BOOST_TEST(refusal(file("\xef\xbb\xbf{}")) == Errc::bad_header);
    BOOST_TEST(refusal(file("")) == Errc::bad_header);
    BOOST_TEST(refusal(file("[]")) == Errc::bad_header);
    BOOST_TEST(refusal(file("{}\0"s)) == Errc::bad_json);
    BOOST_TEST(refusal(file("{}{}")) == Errc::bad_json);
    BOOST_TEST(refusal(file("{")) == Errc::bad_json);
    BOOST_TEST(refusal(file("{\"\xff\":1}")) == Errc::bad_text);
}

BOOST_AUTO_TEST_CASE(the_length_is_held_against_the_file) {
    BOOST_TEST(refusal("1234567") == Errc::truncated);
    BOOST_TEST(refusal(little(3) + "{}") == Errc::truncated);
    BOOST_TEST(refusal(little(100'000'001) + "{}") == Errc::limit_bytes);
    BOOST_TEST(refusal(little(UINT64_MAX) + "{}") == Errc::limit_bytes);
    BOOST_TEST(!safetensors::recognise(as_bytes(little(UINT64_MAX) + "{}")));
    BOOST_TEST(!safetensors::recognise(as_bytes(file("[]"))));
    BOOST_TEST(!safetensors::recognise(Bytes{}));
    const auto whole = file("{" + entry("a", "F32", "2", "0,8") + "}", 8);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        BOOST_TEST(refusal(whole.substr(0, size)) == Errc::truncated);
    }
    BOOST_TEST(refusal(whole + "x") == Errc::trailing_bytes);
}

BOOST_AUTO_TEST_CASE(an_entry_has_three_fields_once_each) {
    const auto with = [](const std::string& fields, std::size_t data = 8) {
        return file("{\"a\":{" + fields + "}}", data);
    };
    const auto dtype = R"("dtype":"F32")"s;
    const auto shape = R"("shape":[2])"s;
    const auto offsets = R"("data_offsets":[0,8])"s;
    BOOST_TEST(!read(with(offsets + "," + shape + "," + dtype)).error);
    BOOST_TEST(refusal(with(dtype + "," + shape)) == Errc::bad_header);
    BOOST_TEST(refusal(with(dtype + "," + offsets)) == Errc::bad_header);
    BOOST_TEST(refusal(with(shape + "," + offsets)) == Errc::bad_header);
    BOOST_TEST(refusal(with(dtype + "," + shape + "," + offsets + "," + dtype)) ==
               Errc::duplicate_key);
    BOOST_TEST(refusal(with(dtype + "," + shape + "," + offsets + "," + offsets)) ==
               Errc::duplicate_key);
    const auto one = entry("a", "U8", "1", "0,1");
    BOOST_TEST(refusal(file("{" + one + "," + one + "}", 1)) == Errc::duplicate_key);
    BOOST_TEST(refusal(file("{\"a\":[\"F32\",[2],[0,8]]}", 8)) == Errc::bad_header);
    BOOST_TEST(refusal(file("{\"a\":null}")) == Errc::bad_header);
    const auto more = with(dtype + R"(,"x":{"dtype":[{}]},)" + shape + R"(,"y":1,)" + offsets);
    BOOST_TEST_REQUIRE(!read(more).error);
    BOOST_TEST(read(more).unknown_fields == 2U);
    BOOST_TEST(more.substr(read(more).unknown_offset - 3, 3) == "\"x\"");
    BOOST_TEST(read(more).tensors[0].shape.size() == 1U);
}

BOOST_AUTO_TEST_CASE(numbers_are_digits) {
    for (const auto* bad :
         {"2.0", "2e0", "2E0", "-0", "0.5", "9223372036854775808", "18446744073709551616"}) {
        BOOST_TEST_CONTEXT(bad) { BOOST_TEST(refusal_of_shape(bad) == Errc::bad_number); }
    }
    BOOST_TEST(refusal_of_shape("-2") == Errc::negative_length);
    BOOST_TEST(refusal_of_shape("02") == Errc::bad_json);
    BOOST_TEST(refusal_of_shape("\"2\"") == Errc::bad_header);
    BOOST_TEST(refusal_of_shape("[2]") == Errc::bad_header);
    BOOST_TEST(refusal_of_shape("null") == Errc::bad_header);
    BOOST_TEST(refusal_of_offsets("0") == Errc::bad_header);
    BOOST_TEST(refusal_of_offsets("0,8,9") == Errc::bad_header);
    BOOST_TEST(refusal_of_offsets("0,[8]") == Errc::bad_header);
    BOOST_TEST(refusal_of_offsets("-1,8") == Errc::negative_length);
    BOOST_TEST(refusal_of_offsets("0,8.0") == Errc::bad_number);
}

BOOST_AUTO_TEST_CASE(shapes_multiply_to_the_size_of_the_data) {
    BOOST_TEST(refusal_of_shape("3") == Errc::size_mismatch);
    BOOST_TEST(refusal_of_shape("4294967296,4294967296") == Errc::overflow);
    BOOST_TEST(refusal_of_shape("2305843009213693952") == Errc::overflow);
    std::string many = "2";
    for (int i = 1; i < 64; ++i) many += ",1";
    BOOST_TEST(!read(file("{" + entry("a", "F32", many, "0,8") + "}", 8)).error);
    BOOST_TEST(refusal_of_shape(many + ",1") == Errc::limit_rank);
    const auto empty = entry("a", "F32", "4294967296,4294967296,0", "0,0");
    BOOST_TEST(!read(file("{" + empty + "}")).error);
}

BOOST_AUTO_TEST_CASE(every_byte_belongs_to_one_tensor) {
    BOOST_TEST(refusal_of_offsets("8,0") == Errc::bad_offset);
    BOOST_TEST(refusal_of_offsets("1,9") == Errc::bad_offset);
    const auto two = [](const std::string& first, const std::string& second, std::size_t data) {
        return file("{" + entry("a", "U8", "4", first) + "," + entry("b", "U8", "4", second) + "}",
                    data);
    };
    BOOST_TEST(!read(two("0,4", "4,8", 8)).error);
    BOOST_TEST(refusal(two("0,4", "3,7", 8)) == Errc::overlap);
    BOOST_TEST(refusal(two("0,4", "0,4", 4)) == Errc::overlap);
    BOOST_TEST(refusal(two("0,4", "5,9", 9)) == Errc::bad_offset);
    BOOST_TEST(refusal(two("0,4", "4,8", 7)) == Errc::truncated);
    BOOST_TEST(refusal(two("0,4", "4,8", 9)) == Errc::trailing_bytes);
    const auto broken = read(two("0,4", "3,7", 8));
    BOOST_TEST(broken.tensors.size() == 2U);
}

BOOST_AUTO_TEST_CASE(nesting_is_bounded) {
    const auto deep = R"({"a":{"x":)" + std::string(100'000, '[');
    BOOST_TEST(refusal(file(deep)) == Errc::limit_depth);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(safetensors_index)

BOOST_AUTO_TEST_CASE(tensors_are_grouped_by_shard) {
    const auto text = R"({"metadata":{"total_size":12,"x":[1,{"weight_map":{}}],"y":"z"},
        "weight_map":{"a":"one.bin","b":"two.bin","c":"one.bin"}})"s;
    BOOST_TEST(safetensors::recognise_index(as_bytes(text)));
    const auto read = index(text);
    BOOST_TEST_REQUIRE(!read.error);
    BOOST_TEST(read.tensors == 3U);
    BOOST_TEST_REQUIRE(read.shards.size() == 2U);
    BOOST_TEST(read.shards[0].name == "one.bin");
    BOOST_TEST(read.shards[0].tensors == (std::vector<std::string>{"a", "c"}),
               boost::test_tools::per_element());
    BOOST_TEST_REQUIRE(read.metadata.size() == 2U);
    BOOST_TEST(read.metadata[0].value == "12");
    BOOST_TEST(!read.metadata[0].is_text);
    BOOST_TEST(read.metadata[1].key == "y");
    BOOST_TEST(read.metadata[1].is_text);
    BOOST_TEST(read.unknown_fields == 0U);
    BOOST_TEST(index(R"({"weight_map":{},"x":1})").unknown_fields == 1U);
}

BOOST_AUTO_TEST_CASE(a_shard_is_a_file_in_the_same_folder) {
    const auto code = [](const std::string& name) {
        const auto read = index("{\"weight_map\":{\"a\":\"" + name + "\"}}");
        BOOST_TEST_REQUIRE(read.error.has_value());
        return read.error->code;
    };
    for (const auto* bad :
         {"", ".", "..", "../x", "/etc/passwd", "a/b", "a\\\\b", "a\\nb", "\\u007f"}) {
        BOOST_TEST_CONTEXT(bad) { BOOST_TEST(code(bad) == Errc::bad_name); }
    }
    BOOST_TEST(code(std::string(256, 'x')) == Errc::bad_name);
    BOOST_TEST(!index(R"({"weight_map":{"a":"..b.bin"}})").error);
}

BOOST_AUTO_TEST_CASE(what_is_no_index) {
    const auto code = [](const std::string& text) {
        const auto read = index(text);
        BOOST_TEST_REQUIRE(read.error.has_value());
        return read.error->code;
    };
    BOOST_TEST(code("{}") == Errc::bad_header);
    BOOST_TEST(code("[{}]") == Errc::bad_header);
    BOOST_TEST(code(R"({"weight_map":[]})") == Errc::bad_header);
    BOOST_TEST(code(R"({"weight_map":{"a":1}})") == Errc::bad_header);
    BOOST_TEST(code(R"({"weight_map":{"a":{"b":"c"}}})") == Errc::bad_header);
    BOOST_TEST(code(R"({"weight_map":{"a":"b","a":"c"}})") == Errc::duplicate_key);
    BOOST_TEST(code(R"({"metadata":1,"weight_map":{}})") == Errc::bad_header);
    BOOST_TEST(code("{\"weight_map\":{\"\xff\":\"a\"}}") == Errc::bad_text);
    for (const auto* other : {"", "{", "[]", "{}", R"({"a":{"weight_map":{}}})",
                              R"({"weight_map":1})", R"(["weight_map",{}])"}) {
        BOOST_TEST_CONTEXT(other) {
            BOOST_TEST(!safetensors::recognise_index(as_bytes(std::string_view(other))));
        }
    }
    BOOST_TEST(safetensors::recognise_index(as_bytes(R"({"weight_map":{"a":}})"s)));
}

BOOST_AUTO_TEST_SUITE_END()
