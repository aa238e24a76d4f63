#include "formats/numpy/npy.h"

#include <boost/test/unit_test.hpp>

using namespace pratique;
using namespace std::string_literals;

namespace {

std::string little(std::uint64_t number, int bytes) {
    std::string out;
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(number >> (8 * i)));
    return out;
}

/// An array file of format `major` with this header text and data.
std::string npy(const std::string& header, const std::string& data = "", char major = 1) {
    return "\x93NUMPY"s + major + '\0' + little(header.size(), major == 1 ? 2 : 4) + header + data;
}

std::string header(const std::string& descr, const std::string& shape = "(3,)") {
    return "{'descr': " + descr + ", 'fortran_order': False, 'shape': " + shape + ", }   \n";
}

Result<numpy::Header> read(const std::string& file) {
    return numpy::read(as_bytes(file), Limits{});
}

/// The error of reading `file`; fails the test when there is none.
Errc refusal(const std::string& file) {
    const auto result = read(file);
    BOOST_TEST_REQUIRE(!result);
    return result.error().code;
}

Errc refusal_of_header(const std::string& text) { return refusal(npy(text)); }

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)

BOOST_AUTO_TEST_SUITE(npy_header)

BOOST_AUTO_TEST_CASE(a_plain_array) {
    const auto file = npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3)}\n", "data");
    BOOST_TEST(numpy::recognise(as_bytes(file)));
    const auto result = read(file);
    BOOST_TEST_REQUIRE(bool(result));
    const numpy::Header& h = *result;
    BOOST_TEST(h.major == 1);
    BOOST_TEST(h.dtype.kind == 'f');
    BOOST_TEST(h.dtype.order == '<');
    BOOST_TEST(h.dtype.itemsize == 4U);
    BOOST_TEST(h.fortran_order);
    BOOST_TEST(h.shape == (std::vector<std::uint64_t>{2, 3}), boost::test_tools::per_element());
    BOOST_TEST(h.items == 6U);
    BOOST_TEST(h.data_size == 24U);
    BOOST_TEST(h.data_offset == file.size() - 4);
    BOOST_TEST(!h.dtype.has_object);
}

BOOST_AUTO_TEST_CASE(the_three_versions) {
    for (const char major : {'\1', '\2', '\3'}) {
        BOOST_TEST(bool(read(npy(header("'<i8'"), "", major))));
    }
    BOOST_TEST(refusal(npy(header("'<i8'"), "", 4)) == Errc::unsupported);
    const auto utf8 = header("[('\xc3\xa9', '<i8')]");
    BOOST_TEST(read(npy(utf8, "", 3))->dtype.fields[0].name == "\xc3\xa9");
    const auto latin1 = header("[('\xe9', '<i8')]");
    BOOST_TEST(read(npy(latin1, "", 2))->dtype.fields[0].name == "\xc3\xa9");
    BOOST_TEST(refusal(npy(latin1, "", 3)) == Errc::bad_text);
}

BOOST_AUTO_TEST_CASE(what_python_2_wrote) {
    const auto result = read(npy("{'descr': '<i8', 'fortran_order': False, 'shape': (10L,), }\n"));
    BOOST_TEST_REQUIRE(bool(result));
    BOOST_TEST(result->items == 10U);
}

BOOST_AUTO_TEST_CASE(an_object_anywhere_means_a_pickle) {
    for (const auto* descr :
         {"'|O'", "'O'", "'O8'", "'object'", "[('a', '<i4'), ('b', '|O')]", "('|O', (2,))",
          "[('a', [('b', '|O', (1, 2))])]", "[(('title', 'a'), 'O')]"}) {
        BOOST_TEST_CONTEXT(descr) {
            const auto result = read(npy(header(descr), "pickle"));
            BOOST_TEST_REQUIRE(bool(result));
            BOOST_TEST(result->dtype.has_object);
            BOOST_TEST(result->data_size == 6U);
        }
    }
}

BOOST_AUTO_TEST_CASE(records_add_up) {
    const auto result =
        read(npy(header("[('a', '<i4'), (('t', 'b'), '<f8', (2, 2)), ('', '|V4')]")));
    BOOST_TEST_REQUIRE(bool(result));
    const numpy::Dtype& dtype = result->dtype;
    BOOST_TEST(dtype.itemsize == 40U);
    BOOST_TEST_REQUIRE(dtype.fields.size() == 3U);
    BOOST_TEST(dtype.fields[1].name == "b");
    BOOST_TEST(dtype.fields[1].title == "t");
    BOOST_TEST(dtype.fields[1].offset == 4U);
    BOOST_TEST(dtype.fields[1].dtype.itemsize == 32U);
    BOOST_TEST(dtype.fields[2].offset == 36U);
    BOOST_TEST(result->data_size == 120U);
}

BOOST_AUTO_TEST_CASE(nothing_is_evaluated) {
    for (const auto* descr :
         {"__import__('os').system('x')", "'<f4' 'f8'", "1+1", "'<f4' if True else 0", "f'x'",
          "{'a', 'b'}", "lambda: 0", "'<f4'  # comment", "\"unclosed", "'a\\qb'", "[1 2]", "[,]"}) {
        BOOST_TEST_CONTEXT(descr) {
            BOOST_TEST(refusal_of_header(header(descr)) == Errc::bad_header);
        }
    }
    BOOST_TEST(refusal_of_header(header(std::string(60, '['))) == Errc::limit_depth);
    BOOST_TEST(refusal_of_header(header("[" + std::string(65'000, '(') + "]")) ==
               Errc::limit_depth);
}

BOOST_AUTO_TEST_CASE(the_keys_are_exactly_three) {
    const auto pair = "'descr': '<f4', 'fortran_order': False"s;
    BOOST_TEST(refusal_of_header("{" + pair + "}") == Errc::bad_header);
    BOOST_TEST(refusal_of_header("{" + pair + ", 'shape': (1,), 'x': 1}") == Errc::bad_header);
    BOOST_TEST(refusal_of_header("{" + pair + ", 'shape': (1,), 'descr': 'O'}") ==
               Errc::duplicate_key);
    BOOST_TEST(refusal_of_header("{" + pair + ", 'shape': (1,)} x") == Errc::bad_header);
    BOOST_TEST(refusal_of_header("('descr', 1)") == Errc::bad_header);
    BOOST_TEST(refusal_of_header("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,)}") ==
               Errc::bad_header);
    BOOST_TEST(refusal_of_header("") == Errc::bad_header);
}

BOOST_AUTO_TEST_CASE(shapes_that_do_not_fit) {
    const auto with = [](const std::string& shape) { return npy(header("'<f8'", shape)); };
    BOOST_TEST(refusal(with("(-1,)")) == Errc::negative_length);
    BOOST_TEST(refusal(with("(4611686018427387904, 4)")) == Errc::overflow);
    BOOST_TEST(refusal(with("(4611686018427387904,)")) == Errc::overflow);
    BOOST_TEST(refusal(with("(9223372036854775808,)")) == Errc::overflow);
    BOOST_TEST(refusal(with("(010,)")) == Errc::bad_header);
    BOOST_TEST(refusal(with("(0x10,)")) == Errc::bad_header);
    BOOST_TEST(refusal(with("(True,)")) == Errc::bad_header);
    BOOST_TEST(refusal(with("(3)")) == Errc::bad_header);
    BOOST_TEST(refusal(with("[3]")) == Errc::bad_header);
    BOOST_TEST(refusal(with("None")) == Errc::bad_header);
    BOOST_TEST(read(with("()"))->items == 1U);
    BOOST_TEST(read(with("(4611686018427387904, 4, 0)"))->data_size == 0U);
}

BOOST_AUTO_TEST_CASE(long_headers_are_read_and_marked) {
    BOOST_TEST(!read(npy(header("'<f8'")))->oversized_header);
    const auto spaces = header("'O'") + std::string(10'000, ' ');
    BOOST_TEST(read(npy(spaces))->oversized_header);
    BOOST_TEST(refusal(npy(std::string(kMiB + 1, ' '), "", 2)) == Errc::limit_bytes);
    const auto values = header("[" + std::string(200'000, '1') + "]");
    BOOST_TEST(refusal(npy(values, "", 2)) == Errc::overflow);
    std::string many = "[";
    for (int i = 0; i < 100'001; ++i) many += "1,";
    BOOST_TEST(refusal(npy(header(many + "]"), "", 2)) == Errc::limit_nodes);
}

BOOST_AUTO_TEST_CASE(truncation_at_every_byte) {
    const auto file = npy(header("[('a', '<i4'), ('b', '|O')]"));
    for (std::size_t size = 0; size < file.size(); ++size) {
        const auto result = read(file.substr(0, size));
        BOOST_TEST_REQUIRE(!result);
        const bool named = result.error().code == Errc::truncated ||
                           (size < 6 && result.error().code == Errc::bad_magic);
        BOOST_TEST(named);
    }
}

BOOST_AUTO_TEST_CASE(type_strings) {
    struct Row {
        const char* text;
        std::uint64_t itemsize;
        bool object;
    };
    for (const Row& row : {Row{"<f4", 4, false},
                           {"i8", 8, false},
                           {"O8", 8, true},
                           {"S10", 10, false},
                           {"U3", 12, false},
                           {"M8[ns]", 8, false},
                           {"m8[25s]", 8, false},
                           {"?", 1, false},
                           {"|b1", 1, false},
                           {"b", 1, false},
                           {"<c16", 16, false},
                           {"V7", 7, false},
                           {"float32", 4, false},
                           {"O", 8, true},
                           {"a5", 5, false},
                           {"<M8", 8, false},
                           {"O4", 8, true},
                           {"d", 8, false},
                           {"U", 0, false}}) {
        BOOST_TEST_CONTEXT(row.text) {
            const auto dtype = numpy::parse_descr(row.text);
            BOOST_TEST_REQUIRE(bool(dtype));
            BOOST_TEST(dtype->itemsize == row.itemsize);
            BOOST_TEST(dtype->has_object == row.object);
            BOOST_TEST(*numpy::dtype_itemsize(row.text) == row.itemsize);
        }
    }
    for (const auto* text : {"", "<", "f3", "<f", "i16", "x4", "M8[os]x", "S-1", "S1x", "M8[]",
                             "nonsense", "<<f4", "1f4", "8"}) {
        BOOST_TEST_CONTEXT(text) {
            const bool known_letter = std::string(text) == "<f";
            BOOST_TEST(bool(numpy::parse_descr(text)) == known_letter);
        }
    }
    BOOST_TEST(numpy::parse_descr("f4,O").error().code == Errc::unsupported);
    BOOST_TEST(numpy::parse_descr("S99999999999").error().code == Errc::overflow);
    BOOST_TEST(numpy::parse_descr(">U2")->order == '>');
    BOOST_TEST(numpy::parse_descr("=i4")->order == '<');
    BOOST_TEST(numpy::parse_descr(">S2")->order == '|');
}

BOOST_AUTO_TEST_SUITE_END()
