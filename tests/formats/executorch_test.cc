#include <boost/test/unit_test.hpp>

#include "flatbuffer_builder.h"
#include "formats/executorch/program.h"

using namespace pratique;
using test::flat::field;
using test::flat::list;
using test::flat::numbers;
using test::flat::Piece;
using test::flat::raw;
using test::flat::table;
using Ints = std::vector<std::int32_t>;

namespace {

Piece value(const Ints& sizes = {2}, std::uint32_t buffer = 0) {
    return table(
        {field(0, std::uint8_t{5}), field(1, table({field(2, numbers(sizes)), field(5, buffer)}))});
}

Piece instruction(std::uint8_t type, std::int32_t first, std::int32_t second) {
    return table({field(0, type), field(1, table({field(0, first), field(1, second)}))});
}
Piece call(std::int32_t op, const Ints& arguments, std::uint8_t type = 1) {
    return table({field(0, type), field(1, table({field(0, op), field(1, numbers(arguments))}))});
}

Piece plan(const std::vector<Piece>& instructions, const std::vector<Piece>& values = {value()},
           const std::vector<Piece>& delegates = {}) {
    return table({field(0, "forward"), field(2, list(values)), field(3, numbers(Ints{0})),
                  field(5, list({table({field(2, list(instructions))})})),
                  field(6, list({table({field(0, "add")})})), field(7, list(delegates))});
}

/// A program whose segments start at 4096.
std::string program(const Piece& main, const std::vector<Piece>& segments = {}) {
    const std::string header = "eh00" + raw(std::uint32_t{32}) + raw(std::uint64_t{4096}) +
                               raw(std::uint64_t{4096}) + raw(std::uint64_t{16});
    return test::flat::file(table({field(1, list({main})), field(4, list(segments))}), "ET12",
                            header);
}

Piece segment(std::uint64_t offset, std::uint64_t size) {
    return table({field(0, offset), field(1, size)});
}

/// "operator 3/1": what leads to nothing.
std::string astray(const std::string& file) {
    const auto read = executorch::read_program(as_bytes(file));
    BOOST_TEST_REQUIRE(bool(read));
    std::string out;
    for (const executorch::Reference& each : read->astray) {
        out += std::string(each.what) + " " + std::to_string(each.index) + "/" +
               std::to_string(each.count) + " ";
    }
    return out;
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)

BOOST_AUTO_TEST_SUITE(executorch_program)

BOOST_AUTO_TEST_CASE(segments_are_counted_from_their_base) {
    const auto file = program(plan({}), {segment(8, 4), segment(UINT64_MAX, 1)});
    const auto read = executorch::read_program(as_bytes(file));
    BOOST_TEST_REQUIRE(bool(read));
    BOOST_TEST(*read->end == 4112U);
    BOOST_TEST(read->segments[0].offset == 4104U);
    BOOST_TEST(read->segments[1].offset == UINT64_MAX);
    BOOST_TEST(read->bad_sizes.empty());
    for (std::size_t size = 0; size < file.size() - 8; ++size) {
        BOOST_TEST(!executorch::read_program(as_bytes(file.substr(0, size))), size);
    }
}

BOOST_AUTO_TEST_CASE(references_that_lead_to_nothing) {
    BOOST_TEST(astray(program(plan({call(0, {0, 0}), instruction(3, 0, 0)}))).empty());
    BOOST_TEST(astray(program(plan({call(3, {0})}))) == "operator 3/1 ");
    BOOST_TEST(astray(program(plan({call(0, {-1, 1})}))) == "value -1/1 value 1/1 ");
    BOOST_TEST(astray(program(plan({call(0, {0}, 2)}))) == "delegate 0/0 ");
    BOOST_TEST(astray(program(plan({instruction(3, 0, 9)}))) == "value 9/1 ");
    BOOST_TEST(astray(program(plan({instruction(4, 0, 9)}))) == "instruction 9/1 ");
    BOOST_TEST(astray(program(plan({instruction(5, 9, 0)}))) == "value 9/1 ");
    BOOST_TEST(astray(program(plan({instruction(6, 0, 0)}))) == "instruction type 6/5 ");
    BOOST_TEST(astray(program(plan({}, {value({2}, 4)}))) == "buffer 4/0 ");
}

BOOST_AUTO_TEST_CASE(sizes_that_do_not_fit) {
    const auto bad = [](const Ints& sizes) {
        const auto file = program(plan({}, {value(sizes)}));
        return executorch::read_program(as_bytes(file))->bad_sizes.size();
    };
    BOOST_TEST(bad({1000, 1000, 1000}) == 0U);
    BOOST_TEST(bad({-1}) == 1U);
    BOOST_TEST(bad({INT32_MAX, INT32_MAX}) == 1U);
    BOOST_TEST(bad({-1, 0}) == 1U);
}

BOOST_AUTO_TEST_CASE(parts_for_accelerators) {
    const auto delegate = [](std::int8_t location, std::uint32_t index) {
        const auto where = table({field(0, location), field(1, index)});
        return table({field(0, "XnnpackBackend"), field(1, where)});
    };
    const auto file =
        program(plan({}, {value()}, {delegate(1, 0), delegate(0, 0)}), {segment(0, 4)});
    BOOST_TEST(astray(file) == "delegate data 0/0 ");
    const auto read = executorch::read_program(as_bytes(file));
    BOOST_TEST(read->delegates.size() == 2U);
    BOOST_TEST(read->delegates[0].id == "XnnpackBackend");
}

BOOST_AUTO_TEST_CASE(tensors_beside_a_program) {
    const std::string header = "FH01" + raw(std::uint32_t{40}) + raw(std::uint64_t{0}) +
                               raw(std::uint64_t{0}) + raw(std::uint64_t{256}) +
                               raw(std::uint64_t{16});
    const auto named = table({field(0, "w"), field(1, std::uint32_t{1})});
    const auto file = test::flat::file(
        table({field(1, list({segment(0, 16)})), field(2, list({named}))}), "FT01", header);
    const auto read = executorch::read_tensors(as_bytes(file));
    BOOST_TEST_REQUIRE(bool(read));
    BOOST_TEST(read->segments[0].offset == 256U);
    BOOST_TEST(read->astray.size() == 1U);
    BOOST_TEST(*read->end == 272U);
}

BOOST_AUTO_TEST_SUITE_END()
