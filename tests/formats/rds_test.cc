#include "formats/rds/rds.h"

#include <boost/test/unit_test.hpp>

#include "rds_builder.h"

using namespace pratique;
using namespace pratique::test::r;

namespace {

rds::Serialization read(const std::string& item) { return rds::read(as_bytes(file(item))); }

Errc refusal(const std::string& item) {
    const auto read_ = read(item);
    BOOST_TEST_REQUIRE(read_.error.has_value());
    return read_.error->code;
}

/// The kinds of the nodes by letter, each behind the number of its parent.
std::string shape(const rds::Serialization& read_) {
    std::string out;
    for (const rds::Node& node : read_.nodes) {
        if (!out.empty()) out += ' ';
        out += (node.parent == rds::kNone ? "-" : std::to_string(node.parent));
        out += "SCLDFPEBNTXAU"[static_cast<int>(node.kind)];
    }
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rds_format)

BOOST_AUTO_TEST_CASE(numbers_and_text_are_stepped_over) {
    const auto read_ = read(vector({integers(3), string("system"), word(254)}));
    BOOST_TEST(!read_.error.has_value());
    BOOST_TEST(read_.nodes.empty());
    BOOST_TEST(read_.end == file(vector({integers(3), string("system"), kNil})).size());
}

BOOST_AUTO_TEST_CASE(code_is_kept_with_its_place) {
    const auto read_ = read(closure(call("f", cell(string("x")))));
    BOOST_TEST(shape(read_) == "-F 0L 1S 1C 3T");
    BOOST_TEST((read_.nodes[1].role == rds::Role::tail));
    BOOST_TEST(read_.nodes[1].head == 2U);
    BOOST_TEST(read_.name(read_.nodes[2]) == "f");
    BOOST_TEST(read_.nodes[4].code == 0U);
    // The cell goes on where the call begins; the call does not go on from the function.
    BOOST_TEST(read_.nodes[3].first == 1U);
    BOOST_TEST(read_.nodes[1].first == 1U);
}

BOOST_AUTO_TEST_CASE(references_are_symbols_again) {
    const auto read_ = read(vector({symbol("system"), word(6) + word(1 << 8 | 255) + kNil}));
    BOOST_TEST(shape(read_) == "-S -L 1S");
    BOOST_TEST(read_.name(read_.nodes[2]) == "system");
    BOOST_TEST((refusal(word(2 << 8 | 255)) == Errc::missing_record));
}

BOOST_AUTO_TEST_CASE(a_frame_is_known_as_one) {
    const auto read_ = read(environment(cell(promise(call("f")), kNil, "x")));
    BOOST_TEST((read_.nodes[1].role == rds::Role::frame));
    BOOST_TEST(shape(read_) == "-E 0C 1S 1P 3U 3L 5S");
    BOOST_TEST(read_.nodes[3].head == 4U);
    BOOST_TEST(read_.nodes[1].tag == 2U);
    // The same in a table of frames.
    const auto hashed = read(word(4) + word(0) + word(242) + kNil +
                             vector({kNil, cell(integers(1), kNil, "x")}) + kNil);
    BOOST_TEST_REQUIRE(shape(hashed) == "-E 0C 1S");
    BOOST_TEST((hashed.nodes[1].role == rds::Role::frame));
}

BOOST_AUTO_TEST_CASE(byte_code_holds_calls_and_what_is_shared) {
    const std::string code = word(13) + word(1) + word(12);
    // Three constants: a call defined as number 0, the same by its number, a symbol.
    const std::string shared =
        word(244) + word(0) + word(6) + kNil + word(1) + symbol("f") + word(254) + kNil;
    const auto read_ = read(word(21) + word(1) + code + word(3) + shared + word(243) + word(0) +
                            word(1) + symbol("system"));
    BOOST_TEST(!read_.error.has_value());
    BOOST_TEST(shape(read_) == "-B 0L 1S 0S");
    BOOST_TEST((read_.nodes[3].role == rds::Role::constant));
    BOOST_TEST((refusal(word(21) + word(1) + word(24) + word(0)) == Errc::wrong_type));
    BOOST_TEST((refusal(word(21) + word(1) + code + word(1) + word(244) + word(0) + word(13)) ==
                Errc::wrong_type));
}

BOOST_AUTO_TEST_CASE(all_three_spellings_say_the_same) {
    const std::string text =
        "A\n3\n262912\n197888\n5\nUTF-8\n6\n1\n262153\n7\na\\040\\\\\\n\\\"zz\n254\n";
    const auto spelt = rds::read(as_bytes(text));
    BOOST_TEST(!spelt.error.has_value());
    BOOST_TEST_REQUIRE(shape(spelt) == "-L 0S");
    BOOST_TEST(spelt.name(spelt.nodes[1]) == "a \\\n\"zz");
    std::string little = file(call("f"));
    for (const std::size_t at : {2U, 6U, 10U, 14U, 18U, 22U, 26U, 31U}) {
        std::swap(little[at], little[at + 3]);
        std::swap(little[at + 1], little[at + 2]);
    }
    little[0] = 'B';
    BOOST_TEST(shape(rds::read(as_bytes(little))) == "-L 0S");
}

BOOST_AUTO_TEST_CASE(lengths_are_not_believed) {
    BOOST_TEST((refusal(word(13) + word(INT32_MAX)) == Errc::truncated));
    BOOST_TEST((refusal(word(14) + word(-1) + word(-1) + word(-1)) == Errc::overflow));
    BOOST_TEST((refusal(word(19) + word(-1) + word(0x7fff) + word(0)) == Errc::truncated));
    BOOST_TEST((refusal(word(19) + word(-2)) == Errc::negative_length));
    BOOST_TEST((refusal(word(16) + word(1000)) == Errc::truncated));
    BOOST_TEST((refusal(symbol("x").substr(0, 9)) == Errc::truncated));
    BOOST_TEST((refusal(word(1) + integers(1)) == Errc::wrong_type));
    BOOST_TEST((refusal(word(99)) == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(depth_has_an_end_and_length_has_none) {
    std::string list;
    for (int i = 0; i < 200'000; ++i) list += word(2) + kNil;
    BOOST_TEST(!read(list + kNil).error.has_value());
    std::string deep;
    for (int i = 0; i < 200'000; ++i) deep += word(2);
    BOOST_TEST((refusal(deep) == Errc::limit_depth));
}

BOOST_AUTO_TEST_CASE(versions) {
    BOOST_TEST(rds::recognise(as_bytes(file(kNil))));
    BOOST_TEST(!rds::recognise(as_bytes(workspace(kNil))));
    BOOST_TEST(rds::recognise_workspace(as_bytes(workspace(kNil))));
    BOOST_TEST(rds::read(as_bytes(workspace(kNil))).workspace);
    BOOST_TEST(!rds::recognise(as_bytes("X\n" + word(4) + word(1) + word(1))));
    BOOST_TEST(!rds::recognise(as_bytes(std::string("A\nmen\n"))));
    const auto four = rds::read(as_bytes("RDX3\nX\n" + word(4) + word(1) + word(1)));
    BOOST_TEST((four.error->code == Errc::unsupported));
}

BOOST_AUTO_TEST_CASE(every_truncation_is_an_error) {
    const std::string whole = file(vector(
        {closure(call("f", cell(string("x")))), integers(2), environment(cell(kNil, kNil, "y"))}));
    BOOST_TEST(!rds::read(as_bytes(whole)).error.has_value());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        BOOST_TEST(rds::read(as_bytes(whole.substr(0, size))).error.has_value(), size);
    }
}

BOOST_AUTO_TEST_SUITE_END()
