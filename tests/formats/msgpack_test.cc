#include <boost/test/unit_test.hpp>
#include <cmath>

#include "formats/msgpack/flax.h"
#include "msgpack_builder.h"

using namespace pratique;
using namespace std::string_literals;
using msgpack::Item;
using msgpack::Kind;
using test::array;
using test::extension;
using test::map;
using test::ndarray;
using test::str;

namespace {

std::vector<Item> items_of(const std::string& file) {
    const auto result = msgpack::read(as_bytes(file));
    BOOST_TEST_REQUIRE(bool(result));
    return *result;
}

Item only(const std::string& file) { return items_of(file).at(0); }

Error refusal(const std::string& file) {
    const auto result = msgpack::read(as_bytes(file));
    BOOST_TEST_REQUIRE(!result);
    return result.error();
}

Item extension_item(const std::string& content, char type = 1) {
    static std::string kept;
    kept = extension(type, content);
    return only(kept);
}

Errc array_refusal(const std::string& content, char type = 1) {
    const auto result = flax::read_array(extension_item(content, type));
    BOOST_TEST_REQUIRE(!result);
    return result.error().code;
}

Errc chunked_refusal(const std::string& file) {
    const auto result = flax::read_chunked(items_of(file), 0);
    BOOST_TEST_REQUIRE(!result);
    return result.error().code;
}

const std::string kMarker = str("__msgpack_chunked_array__");

std::string chunked(const std::string& shape, const std::string& chunks) {
    return map({kMarker, "\xc3", str("shape"), shape, str("chunks"), chunks});
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)
BOOST_TEST_DONT_PRINT_LOG_VALUE(Kind)

BOOST_AUTO_TEST_SUITE(msgpack_document)

BOOST_AUTO_TEST_CASE(numbers_of_every_form) {
    struct Row {
        std::string file;
        std::int64_t value;
    };
    const std::vector<Row> rows{{"\x05", 5},
                                {"\x7f", 127},
                                {"\xff", -1},
                                {"\xe0", -32},
                                {"\xcc\xff", 255},
                                {"\xcd\x01\x00"s, 256},
                                {"\xd0\x80", -128},
                                {"\xd1\xff\xfe", -2},
                                {"\xce\x80\x00\x00\x00"s, 2147483648},
                                {"\xd2\x80\0\0\0"s, -2147483648},
                                {"\xd3"s + std::string(8, '\xff'), -1},
                                {"\xcf\0\0\0\0\0\0\0\7"s, 7}};
    for (const Row& row : rows) {
        const Item item = only(row.file);
        BOOST_TEST(item.kind == Kind::integer);
        BOOST_TEST(static_cast<std::int64_t>(item.number) == row.value);
    }
    const Item large = only("\xcf"s + std::string(8, '\xff'));
    BOOST_TEST(large.kind == Kind::unsigned_integer);
    BOOST_TEST(large.number == UINT64_MAX);
    BOOST_TEST(only("\xca\x3f\xc0\0\0"s).real() == 1.5);
    BOOST_TEST(only("\xcb\xbf\xf8\0\0\0\0\0\0"s).real() == -1.5);
}

BOOST_AUTO_TEST_CASE(the_rest) {
    BOOST_TEST(only("\xc0").kind == Kind::nil);
    BOOST_TEST(only("\xc2").number == 0U);
    BOOST_TEST(only("\xc3").number == 1U);
    for (const std::string& text : {"\xa2hi"s, "\xd9\2hi"s, "\xda\0\2hi"s, "\xdb\0\0\0\2hi"s}) {
        BOOST_TEST(only(text).is_text("hi"));
    }
    for (const std::string& bytes : {"\xc4\2hi"s, "\xc5\0\2hi"s, "\xc6\0\0\0\2hi"s}) {
        BOOST_TEST(only(bytes).kind == Kind::bytes);
        BOOST_TEST(only(bytes).characters() == "hi");
    }
    for (const std::string& ext :
         {"\xd5\xfehi"s, "\xc7\2\xfehi"s, "\xc8\0\2\xfehi"s, "\xc9\0\0\0\2\xfehi"s}) {
        BOOST_TEST(only(ext).type == -2);
        BOOST_TEST(only(ext).characters() == "hi");
    }
    BOOST_TEST(only("\xd8\x01"s + std::string(16, 'x')).content.size() == 16U);
}

BOOST_AUTO_TEST_CASE(items_lie_flat_and_know_their_end) {
    const auto items = items_of(map({str("a"), array({"\1", array({}), "\2"}), str("b"), "\3"}));
    BOOST_TEST_REQUIRE(items.size() == 8U);
    BOOST_TEST(items[0].count == 2U);
    BOOST_TEST(items[0].end == 8U);
    BOOST_TEST(items[2].kind == Kind::array);
    BOOST_TEST(items[2].end == 6U);
    BOOST_TEST(items[4].end == 5U);
    BOOST_TEST(items[7].number == 3U);
    BOOST_TEST(items[7].at == 17U);
    BOOST_TEST(items_of("\xdc\0\2\1\2"s).size() == 3U);
    BOOST_TEST(items_of("\xdf\0\0\0\1\1\2"s).at(0).kind == Kind::map);
}

BOOST_AUTO_TEST_CASE(a_count_is_not_believed_beyond_the_bytes_left) {
    BOOST_TEST((refusal("\xdf\xff\xff\xff\xff") == Error{Errc::truncated, 0}));
    BOOST_TEST((refusal("\xdd\xff\xff\xff\xff") == Error{Errc::truncated, 0}));
    BOOST_TEST((refusal("\xdd\0\0\0\2\1"s) == Error{Errc::truncated, 0}));
    BOOST_TEST((refusal("\xde\0\1\1"s) == Error{Errc::truncated, 0}));
    BOOST_TEST((refusal("\xc6\xff\xff\xff\xffx") == Error{Errc::truncated, 5}));
    BOOST_TEST((refusal("\x92\1\xa5xx") == Error{Errc::truncated, 3}));
    BOOST_TEST((refusal("") == Error{Errc::truncated, 0}));
}

BOOST_AUTO_TEST_CASE(what_is_no_document) {
    BOOST_TEST((refusal("\xc1") == Error{Errc::bad_header, 0}));
    BOOST_TEST((refusal("\1\1") == Error{Errc::trailing_bytes, 1}));
    BOOST_TEST((refusal("\xa1\xff") == Error{Errc::bad_text, 1}));
    BOOST_TEST(bool(msgpack::read(as_bytes("\x93\1\2\3"), 0, 4)));
    BOOST_TEST((msgpack::read(as_bytes("\x93\1\2\3"), 0, 3).error().code == Errc::limit_nodes));
    const auto deep = [](std::size_t levels) { return std::string(levels, '\x91') + "\1"; };
    BOOST_TEST(bool(msgpack::read(as_bytes(deep(msgpack::kMostDepth)))));
    BOOST_TEST((refusal(deep(msgpack::kMostDepth + 1)).code == Errc::limit_depth));
    BOOST_TEST((refusal(deep(1'000'000)).code == Errc::limit_depth));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(flax_arrays)

BOOST_AUTO_TEST_CASE(an_array) {
    const auto file = extension('\1', ndarray({"\2", "\3"}, "int8", "abcdef"));
    const auto result = flax::read_array(only(file));
    BOOST_TEST_REQUIRE(bool(result));
    BOOST_TEST(result->shape == (std::vector<std::uint64_t>{2, 3}),
               boost::test_tools::per_element());
    BOOST_TEST(result->type == "int8");
    BOOST_TEST(text(result->elements) == "abcdef");
    BOOST_TEST(file.substr(result->elements_at) == "abcdef");
}

BOOST_AUTO_TEST_CASE(what_is_no_array) {
    BOOST_TEST((array_refusal("\xc0") == Errc::bad_header));
    BOOST_TEST((array_refusal(array({array({}), str("int8")})) == Errc::bad_header));
    BOOST_TEST((array_refusal(array({str("x"), str("int8"), "\xc4\0"s})) == Errc::bad_header));
    BOOST_TEST(
        (array_refusal(array({array({array({})}), str("int8"), "\xc4\0"s})) == Errc::bad_header));
    BOOST_TEST((array_refusal(array({array({}), str("int8"), str("x")})) == Errc::bad_header));
    BOOST_TEST((array_refusal(array({array({}), "\1", "\xc4\0"s})) == Errc::bad_header));
    BOOST_TEST((array_refusal(ndarray({"\xff"}, "int8", "")) == Errc::negative_length));
    BOOST_TEST((array_refusal(ndarray({"\xc3"}, "int8", "x")) == Errc::bad_header));
    BOOST_TEST((array_refusal(ndarray({"\1"}, "int8", "x"), '\3') == Errc::size_mismatch));
    BOOST_TEST((array_refusal(ndarray({}, "int8", "x") + "x") == Errc::trailing_bytes));
    BOOST_TEST((array_refusal("") == Errc::truncated));
    const std::vector<std::string> many(65, "\1");
    BOOST_TEST((array_refusal(ndarray(many, "int8", "x")) == Errc::limit_rank));
}

BOOST_AUTO_TEST_CASE(complex_numbers) {
    const std::string half = "\xcb\x3f\xe0\0\0\0\0\0\0"s;
    const auto result = flax::read_complex(extension_item(array({half, half}), 2));
    BOOST_TEST_REQUIRE(bool(result));
    BOOST_TEST(result->imaginary == 0.5);
    BOOST_TEST(!flax::read_complex(extension_item(array({half}), 2)));
    BOOST_TEST(!flax::read_complex(extension_item(array({half, "\1"}), 2)));
}

BOOST_AUTO_TEST_CASE(arrays_in_pieces) {
    const auto piece = extension('\1', ndarray({"\2"}, "int8", "ab"));
    const auto shape = map({str("0"), "\4"});
    // In any order, but without gaps.
    const auto file = chunked(shape, map({str("1"), piece, str("0"), piece}));
    BOOST_TEST(flax::is_chunked(items_of(file), 0));
    const auto result = flax::read_chunked(items_of(file), 0);
    BOOST_TEST_REQUIRE(bool(result));
    BOOST_TEST(result->pieces.size() == 2U);
    BOOST_TEST(result->shape == (std::vector<std::uint64_t>{4}), boost::test_tools::per_element());

    const auto pieces = [&](std::initializer_list<std::string> parts) {
        return chunked_refusal(chunked(shape, map(parts)));
    };
    BOOST_TEST((pieces({str("1"), piece}) == Errc::missing_record));
    BOOST_TEST((pieces({str("0"), piece, str("2"), piece}) == Errc::missing_record));
    BOOST_TEST((pieces({str("0"), piece, str("0"), piece}) == Errc::duplicate_key));
    BOOST_TEST((pieces({str("00"), piece}) == Errc::bad_header));
    BOOST_TEST((pieces({str("x"), piece}) == Errc::bad_header));
    BOOST_TEST((pieces({"\1", piece}) == Errc::bad_header));
    BOOST_TEST((pieces({str("0"), "\1"}) == Errc::bad_header));
    BOOST_TEST((pieces({}) == Errc::missing_record));
    const auto square = extension('\1', ndarray({"\1", "\2"}, "int8", "ab"));
    BOOST_TEST((pieces({str("0"), square}) == Errc::bad_header));
    const auto other = extension('\1', ndarray({"\2"}, "uint8", "ab"));
    BOOST_TEST((pieces({str("0"), piece, str("1"), other}) == Errc::bad_header));
    BOOST_TEST((chunked_refusal(map({kMarker, "\xc3"})) == Errc::missing_record));
    BOOST_TEST((chunked_refusal(chunked(array({}), map({str("0"), piece}))) == Errc::bad_header));
}

BOOST_AUTO_TEST_CASE(recognised_by_the_whole_file) {
    const auto leaf = extension('\1', ndarray({}, "int8", "x"));
    const auto tree = map({str("a"), map({str("b"), leaf})});
    BOOST_TEST(flax::recognise(as_bytes(tree)));
    BOOST_TEST(flax::recognise(as_bytes(leaf)));
    BOOST_TEST(!flax::recognise(as_bytes(tree + "x")));
    BOOST_TEST(!flax::recognise(as_bytes(tree.substr(0, tree.size() - 1))));
    BOOST_TEST(!flax::recognise(as_bytes(map({str("a"), "\1"}))));
    BOOST_TEST(!flax::recognise(as_bytes(map({str("a"), leaf, "\1", "\1"}))));
    BOOST_TEST(!flax::recognise(as_bytes(map({str("a"), extension('\1', "x")}))));
    BOOST_TEST(!flax::recognise(as_bytes(array({leaf}))));
    BOOST_TEST(!flax::recognise({}));
    // A list in Markdown, a text with a mark in front.
    BOOST_TEST(!flax::recognise(as_bytes("\x81\xa1")));
    BOOST_TEST(!flax::recognise(as_bytes("\xef\xbb\xbfText")));
}

BOOST_AUTO_TEST_SUITE_END()
