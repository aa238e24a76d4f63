#include <boost/test/unit_test.hpp>

#include "flatbuffer_builder.h"
#include "formats/flatbuffers/flexbuffer.h"
#include "formats/flatbuffers/table.h"

using namespace pratique;
using namespace std::string_literals;
using flatbuffers::Table;
using test::flat::field;
using test::flat::list;
using test::flat::numbers;

namespace {

/// {u32 0: 7, text 1: "name", numbers 2: 1 2 3, tables 3: {text 0: "a"}, {}, u64 4, texts 5}
std::string sample() {
    return test::flat::file(
        test::flat::table(
            {field(0, std::uint32_t{7}), field(1, "name"),
             field(2, numbers<std::int32_t>({1, 2, 3})),
             field(3, list({test::flat::table({field(0, "a")}), test::flat::table({})})),
             field(4, std::uint64_t{1} << 40), field(5, list({test::flat::text("x")}))}),
        "TEST");
}

/// Reads all of sample(): its texts, or the error.
std::string read(const std::string& file) {
    std::string out;
    const auto run = [&]() -> Status {
        const Table root = TRY(Table::root(as_bytes(file)));
        out += std::to_string(TRY(root.number<std::uint32_t>(0)));
        out += TRY(root.text(1));
        const auto three = TRY(root.vector(2, 4));
        if (three) out += std::to_string(three->size());
        const auto tables = TRY(root.references(3));
        for (std::uint32_t i = 0; tables && i < tables->size(); ++i) {
            const Table each = TRY(tables->table(i));
            out += "[" + std::string(TRY(each.text(0))) + "]";
        }
        out += std::to_string(TRY(root.number<std::uint64_t>(4)) >> 40);
        const auto texts = TRY(root.references(5));
        for (std::uint32_t i = 0; texts && i < texts->size(); ++i) out += TRY(texts->text(i));
        return {};
    };
    const Status status = run();
    return status ? out : std::string(name(status.error().code));
}

/// A file of one table, its vtable in front of it.
std::string table_of(std::uint32_t root, std::int32_t back, std::uint16_t vtable,
                     std::uint16_t table, std::uint16_t place) {
    using test::flat::raw;
    return raw(root) + "TEST" + raw(vtable) + raw(table) + raw(place) + "\0\0"s + raw(back) +
           raw(std::uint32_t{4}) + raw(std::uint32_t{1}) + "x\0\0\0"s;
}

Errc refusal(const std::string& file) {
    const auto root = Table::root(as_bytes(file));
    if (!root) return root.error().code;
    const auto content = root->text(0);
    BOOST_TEST_REQUIRE(!content);
    return content.error().code;
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)

BOOST_AUTO_TEST_SUITE(flatbuffers_table)

BOOST_AUTO_TEST_CASE(fields_are_found_through_the_vtable) {
    BOOST_TEST(read(sample()) == "7name3[a][]1x");
}

BOOST_AUTO_TEST_CASE(absent_fields_have_their_default) {
    const auto file = test::flat::file(test::flat::table({}), "TEST");
    const auto root = Table::root(as_bytes(file));
    BOOST_TEST_REQUIRE(bool(root));
    BOOST_TEST(*root->number<std::int32_t>(3, -1) == -1);
    BOOST_TEST(root->text(0)->empty());
    BOOST_TEST(!root->vector(1, 4)->has_value());
    BOOST_TEST(!root->table(2)->has_value());
}

BOOST_AUTO_TEST_CASE(every_truncation_is_an_error) {
    const std::string file = sample();
    // The NUL behind the last text is nobody's.
    for (std::size_t size = 0; size + 1 < file.size(); ++size) {
        const std::string out = read(file.substr(0, size));
        BOOST_TEST((out == "out_of_bounds" || out == "bad_offset"), size << ": " << out);
    }
}

BOOST_AUTO_TEST_CASE(every_changed_byte_is_survived) {
    const std::string file = sample();
    for (std::size_t i = 0; i < file.size(); ++i) {
        for (const char value : {'\x00', '\x01', '\x7f', '\x80', '\xff'}) {
            std::string changed = file;
            changed[i] = value;
            BOOST_TEST(!read(changed).empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(tables_lie_where_they_can) {
    BOOST_TEST(*Table::root(as_bytes(table_of(16, 8, 6, 8, 4)))->text(0) == "x");
    BOOST_TEST(refusal(table_of(0, 8, 6, 8, 4)) == Errc::bad_offset);          // itself
    BOOST_TEST(refusal(table_of(18, 8, 6, 8, 4)) == Errc::bad_offset);         // not aligned
    BOOST_TEST(refusal(table_of(400, 8, 6, 8, 4)) == Errc::out_of_bounds);     // behind the end
    BOOST_TEST(refusal(table_of(16, 20, 6, 8, 4)) == Errc::out_of_bounds);     // vtable below 0
    BOOST_TEST(refusal(table_of(16, -2000, 6, 8, 4)) == Errc::out_of_bounds);  // … behind the end
    BOOST_TEST(refusal(table_of(16, INT32_MIN, 6, 8, 4)) == Errc::out_of_bounds);
    BOOST_TEST(refusal(table_of(16, 7, 6, 8, 4)) == Errc::bad_header);         // at an odd place
    BOOST_TEST(refusal(table_of(16, 8, 2, 8, 4)) == Errc::bad_header);         // too short
    BOOST_TEST(refusal(table_of(16, 8, 6, 2, 4)) == Errc::bad_header);         // table too short
    BOOST_TEST(refusal(table_of(16, 8, 60000, 8, 4)) == Errc::out_of_bounds);  // vtable too long
    BOOST_TEST(refusal(table_of(16, 8, 6, 60000, 4)) == Errc::out_of_bounds);  // table too long
    BOOST_TEST(refusal(table_of(16, 8, 6, 8, 20)) == Errc::out_of_bounds);  // field behind the end
    BOOST_TEST(refusal(table_of(16, 8, 6, 8, 2)) == Errc::bad_header);      // field on its front
    BOOST_TEST(refusal(table_of(16, 8, 6, 12, 6)) == Errc::bad_offset);     // field not aligned
}

BOOST_AUTO_TEST_CASE(a_hostile_count_allocates_nothing) {
    std::string file =
        test::flat::file(test::flat::table({field(0, numbers<std::uint64_t>({1}))}), "TEST");
    file.replace(file.size() - 12, 4, "\xff\xff\xff\xff"s);
    const auto root = Table::root(as_bytes(file));
    BOOST_TEST_REQUIRE(bool(root));
    const auto vector = root->vector(0, 8);
    BOOST_TEST_REQUIRE(!vector);
    BOOST_TEST(vector.error().code == Errc::out_of_bounds);
}

BOOST_AUTO_TEST_CASE(shared_tables_are_counted) {
    // A vector of two million offsets to one table.
    constexpr std::uint32_t kCount = 2 * flatbuffers::kMostVisits;
    std::string file = test::flat::file(
        test::flat::table({field(0, numbers(std::vector<std::uint32_t>(kCount)))}), "TEST");
    const std::size_t first = file.size() - 4 * std::size_t{kCount};
    test::flat::pad(file, 4);
    const std::size_t target = test::flat::table({})(file);
    for (std::uint32_t i = 0; i < kCount; ++i) {
        const std::size_t at = first + 4 * std::size_t{i};
        file.replace(at, 4, test::flat::raw(static_cast<std::uint32_t>(target - at)));
    }
    const auto root = Table::root(as_bytes(file));
    const auto tables = root->references(0);
    std::uint32_t read = 0;
    while (read < kCount && (*tables)->table(read)) ++read;
    BOOST_TEST(read == flatbuffers::kMostVisits - 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(flexbuffer)

namespace {

/// ["ab", "c"], numbers of one byte.
const std::string kTwo =
    "\x02"
    "ab\0"
    "\x01"
    "c\0"
    "\x02"
    "\x07\x04"
    "\x14\x14"
    "\x04\x28\x01"s;

std::string joined(const std::string& bytes) {
    const auto texts = flatbuffers::read_flex_texts(as_bytes(bytes));
    if (!texts) return std::string(name(texts.error().code));
    std::string out;
    for (const std::string_view each : *texts) out += std::string(each) + ";";
    return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(texts_of_a_vector_are_read) { BOOST_TEST(joined(kTwo) == "ab;c;"); }

BOOST_AUTO_TEST_CASE(what_leads_outside_is_refused) {
    BOOST_TEST(joined("") == "truncated");
    BOOST_TEST(joined("\x00\x14\x01"s) == "bad_header");     // a text as root
    BOOST_TEST(joined("\x00\x28\x03"s) == "bad_header");     // a width of three
    BOOST_TEST(joined("\x05\x28\x01"s) == "out_of_bounds");  // in front of the file
    for (std::size_t i = 0; i < kTwo.size(); ++i) {
        for (int value = 0; value < 256; ++value) {
            std::string changed = kTwo;
            changed[i] = static_cast<char>(value);
            joined(changed);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
