#include <boost/test/unit_test.hpp>

#include "formats/protobuf/wire.h"
#include "protobuf_builder.h"

using namespace pratique;
using namespace pratique::protobuf;
using namespace std::string_literals;

namespace {

/// All fields as "number:wire=value", or the error at the end of what could be read.
std::string fields(const std::string& message, std::uint64_t base = 0) {
    std::string out;
    Message in(as_bytes(message), base);
    for (;;) {
        const auto field = in.next();
        if (!field) {
            return out + std::string(name(field.error().code)) + "@" +
                   std::to_string(field.error().offset);
        }
        if (!*field) return out;
        const Field& f = **field;
        out += std::to_string(f.number) + ":" + std::to_string(static_cast<int>(f.wire)) + "=";
        out += f.wire == Wire::bytes ? std::string(text(f.content)) : std::to_string(f.value);
        out += " ";
    }
}

/// The numbers of the first field, or "error".
std::string numbers(const std::string& message, Wire wire) {
    Message in(as_bytes(message));
    const auto field = in.next();
    auto run = Numbers::in(field.value().value(), wire);
    if (!run) return std::string(name(run.error().code));
    const auto count = run->count();
    std::string out = count ? std::to_string(*count) + ":" : "?:";
    Numbers again = *run;
    std::vector<std::uint64_t> all;
    for (;;) {
        const auto next = run->next();
        if (next && *next) {
            all.push_back(**next);
            out += " " + std::to_string(**next);
            continue;
        }
        // Many at a time gives the same, up to the same error.
        std::vector<std::uint64_t> many(all.size() + (next ? 1 : 0));
        BOOST_TEST(again.read(many).value() == all.size());
        many.resize(all.size());
        BOOST_TEST(many == all, boost::test_tools::per_element());
        many.resize(1);
        const auto behind = again.read(many);
        if (next) {
            BOOST_TEST(behind.value() == 0U);
            return out;
        }
        BOOST_TEST((behind.error() == next.error()));
        return out + " " + std::string(name(next.error().code));
    }
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)

BOOST_AUTO_TEST_SUITE(protobuf_wire)

BOOST_AUTO_TEST_CASE(every_type_of_field) {
    const auto message = test::number(1, 300) + test::fixed64(2, 1) + test::bytes(3, "abc") +
                         test::fixed32((1U << 29) - 1, 7) + test::number(5, UINT64_MAX);
    BOOST_TEST(fields(message) == "1:0=300 2:1=1 3:2=abc 536870911:5=7 5:0=18446744073709551615 ");
    BOOST_TEST(fields("") == "");
}

BOOST_AUTO_TEST_CASE(what_is_no_field_is_refused_where_it_stands) {
    BOOST_TEST(fields(test::number(1, 1) + test::tag(2, 3), 10) == "1:0=1 unsupported@12");
    BOOST_TEST(fields(test::tag(2, 4)) == "unsupported@0");
    BOOST_TEST(fields(test::tag(2, 6)) == "bad_header@0");
    BOOST_TEST(fields(test::number(0, 1)) == "bad_number@0");
    BOOST_TEST(fields(test::tag(std::uint64_t{1} << 29, 0) + "\1") == "bad_number@0");
    BOOST_TEST(fields(test::tag(1, 2) + test::varint(4) + "abc") == "truncated@2");
    BOOST_TEST(fields(test::tag(1, 2) + test::varint(UINT64_MAX)) == "truncated@11");
    BOOST_TEST(fields(test::tag(1, 5) + "abc") == "truncated@1");
    BOOST_TEST(fields("\x08"s) == "truncated@1");
    BOOST_TEST(fields("\x80"s) == "truncated@1");
}

BOOST_AUTO_TEST_CASE(a_varint_has_ten_bytes_and_64_bits) {
    BOOST_TEST(fields("\x08"s + std::string(9, '\xff') + "\x01") == "1:0=18446744073709551615 ");
    BOOST_TEST(fields("\x08"s + std::string(9, '\xff') + "\x02") == "bad_number@1");
    BOOST_TEST(fields("\x08"s + std::string(10, '\x80') + "\x01") == "bad_number@1");
    // Longer than needed, but a number all the same.
    BOOST_TEST(fields("\x08\x81\x80\x00"s) == "1:0=1 ");
}

BOOST_AUTO_TEST_CASE(values_are_read_as_what_the_schema_says) {
    Message in(as_bytes("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
    Field field = in.next().value().value();
    BOOST_TEST(field.int64().value() == -1);
    BOOST_TEST(field.int32().value() == -1);
    BOOST_TEST((field.bytes().error().code == Errc::bad_header));
    BOOST_TEST((field.fixed32().error().code == Errc::bad_header));
    field.value = std::uint64_t{1} << 31;
    BOOST_TEST((field.int32().error().code == Errc::bad_number));
}

BOOST_AUTO_TEST_CASE(repeated_numbers_come_packed_or_alone) {
    const auto packed = test::varint(1) + test::varint(300) + test::varint(UINT64_MAX);
    BOOST_TEST(numbers(test::bytes(1, packed), Wire::varint) == "3: 1 300 18446744073709551615");
    BOOST_TEST(numbers(test::number(1, 5), Wire::varint) == "1: 5");
    BOOST_TEST(numbers(test::fixed32(1, 5), Wire::fixed32) == "1: 5");
    BOOST_TEST(numbers(test::bytes(1, ""), Wire::fixed64) == "0:");
    BOOST_TEST(numbers(test::bytes(1, "\1\0\0\0\2\0\0\0"s), Wire::fixed32) == "2: 1 2");
    BOOST_TEST(numbers(test::fixed32(1, 5), Wire::varint) == "bad_header");
    BOOST_TEST(numbers(test::bytes(1, "\1\0\0\0\2"s), Wire::fixed32) == "?: 1 truncated");
    BOOST_TEST(numbers(test::bytes(1, "\1\x80"s), Wire::varint) == "?: 1 truncated");
    const std::string nines(9, '\xff');
    BOOST_TEST(numbers(test::bytes(1, "\1" + nines + "\2"), Wire::varint) == "2: 1 bad_number");
    BOOST_TEST(numbers(test::bytes(1, nines + "\xff\1"), Wire::varint) == "1: bad_number");
}

BOOST_AUTO_TEST_CASE(a_second_occurrence_is_refused) {
    const auto field = [](std::uint32_t number) {
        Field out;
        out.number = number;
        out.at = 9;
        return out;
    };
    Once once;
    BOOST_TEST(bool(once.see(field(3))));
    BOOST_TEST(bool(once.see(field(63))));
    BOOST_TEST(bool(once.see(field(64))));
    BOOST_TEST(bool(once.see(field(64))));
    BOOST_TEST(once.saw(3));
    BOOST_TEST(!once.saw(4));
    BOOST_TEST((once.see(field(3)).error() == Error{Errc::duplicate_key, 9}));
}

BOOST_AUTO_TEST_SUITE_END()
