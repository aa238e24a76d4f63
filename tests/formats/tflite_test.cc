#include <boost/test/unit_test.hpp>

#include "formats/tflite/model.h"
#include "tflite_builder.h"

using namespace pratique;
using namespace test::tflite;

namespace {

std::string sample() {
    const auto call =
        op({0}, {1}, 1,
           {field(3, std::uint8_t{92}), field(4, test::flat::table({field(0, 1), field(1, 2)}))});
    return model({code(0), code(118), code(32, "Mfcc")},
                 {graph({tensor({2, 3}), tensor({2}, 2, 1)}, {op({0, -1}, {1}), call})},
                 {buffer(), buffer("12345678")});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tflite_model)

BOOST_AUTO_TEST_CASE(all_parts_are_read) {
    const std::string file = sample();
    BOOST_TEST(tflite::recognise(as_bytes(file)));
    const auto model = tflite::read(as_bytes(file));
    BOOST_TEST_REQUIRE(bool(model));
    BOOST_TEST(model->version == 3U);
    BOOST_TEST(model->codes.size() == 3U);
    BOOST_TEST(model->codes[1].builtin == 118);
    BOOST_TEST(model->codes[2].custom == "Mfcc");
    BOOST_TEST_REQUIRE(model->subgraphs.size() == 1U);
    const tflite::Subgraph& graph = model->subgraphs[0];
    BOOST_TEST(graph.name == "main");
    BOOST_TEST(graph.tensors[0].shape == Ints({2, 3}), boost::test_tools::per_element());
    BOOST_TEST(graph.tensors[1].buffer == 1U);
    BOOST_TEST(graph.operators[0].inputs == Ints({0, -1}), boost::test_tools::per_element());
    BOOST_TEST(graph.operators[0].calls.empty());
    BOOST_TEST(graph.operators[1].calls == (std::vector<std::uint32_t>{1, 2}),
               boost::test_tools::per_element());
    BOOST_TEST(text(model->buffers[1].data) == "12345678");
}

BOOST_AUTO_TEST_CASE(codes_above_127_are_read_from_either_field) {
    // Writers of before 2021 know the first field only.
    const auto old = test::flat::table({field(0, std::int8_t{32})});
    const auto file = model({old, code(206)}, {});
    const auto read = tflite::read(as_bytes(file));
    BOOST_TEST_REQUIRE(bool(read));
    BOOST_TEST(read->codes[0].builtin == 32);
    BOOST_TEST(read->codes[1].builtin == 206);
}

BOOST_AUTO_TEST_CASE(data_behind_the_model_is_found) {
    std::string file = model({}, {}, {buffer_at(40, 8), buffer_at(std::uint64_t{1} << 60, 8)});
    const auto read = tflite::read(as_bytes(file));
    BOOST_TEST_REQUIRE(bool(read));
    BOOST_TEST(read->buffers[0].data.size() == 8U);
    BOOST_TEST(read->buffers[1].data.empty());
    BOOST_TEST(read->buffers[1].bytes() == 8U);
}

BOOST_AUTO_TEST_CASE(every_truncation_ends_in_an_error) {
    const std::string file = sample();
    for (std::size_t size = 0; size < file.size() - 8; ++size) {
        BOOST_TEST(!tflite::read(as_bytes(file.substr(0, size))), size);
    }
}

BOOST_AUTO_TEST_SUITE_END()
