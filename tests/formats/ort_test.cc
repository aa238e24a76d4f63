#include <boost/test/unit_test.hpp>

#include "flatbuffer_builder.h"
#include "formats/ort/model.h"

using namespace pratique;
using test::flat::field;
using test::flat::list;
using test::flat::Piece;
using test::flat::table;

namespace {

Piece node(const std::string& op, const std::vector<Piece>& attributes = {}) {
    return table({field(2, "com.x"), field(5, test::flat::text(op)), field(10, list(attributes))});
}

std::string session(const Piece& graph) {
    const auto property = table({field(0, "key"), field(1, "value")});
    const auto model = table({field(6, "doc"), field(7, graph), field(9, list({property}))});
    return test::flat::file(table({field(0, "5"), field(1, model)}), "ORTM");
}

Piece nested(int depth) {
    Piece graph = table({field(2, list({node("Relu")}))});
    for (int i = 0; i < depth; ++i) {
        graph = table({field(2, list({node("If", {table({field(7, graph)})})}))});
    }
    return graph;
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Errc)

BOOST_AUTO_TEST_SUITE(ort_model)

BOOST_AUTO_TEST_CASE(all_graphs_are_read) {
    const auto tensor =
        table({field(0, "w"), field(2, test::flat::numbers<std::int64_t>({2, 3})),
               field(3, std::int32_t{3}), field(4, test::flat::numbers(std::vector<char>(6)))});
    const auto attribute = table({field(5, "s"), field(6, tensor), field(7, nested(0)),
                                  field(10, list({test::flat::text("a"), test::flat::text("b")}))});
    const auto file =
        session(table({field(0, list({tensor})), field(2, list({node("If", {attribute})})),
                       field(7, list({table({field(0, tensor), field(1, tensor)})}))}));
    BOOST_TEST(ort::recognise(as_bytes(file)));
    const auto model = ort::read(as_bytes(file));
    BOOST_TEST_REQUIRE(bool(model));
    BOOST_TEST(model->version == "5");
    BOOST_TEST(model->texts == (std::vector<std::string_view>{"doc", "key", "value"}),
               boost::test_tools::per_element());
    BOOST_TEST(model->tensors.size() == 4U);
    BOOST_TEST(model->tensors[0].bytes == 6U);
    BOOST_TEST(!model->tensors[0].external);
    BOOST_TEST_REQUIRE(model->nodes.size() == 2U);
    BOOST_TEST(model->nodes[0].domain == "com.x");
    BOOST_TEST(model->nodes[0].texts == (std::vector<std::string_view>{"s", "a", "b"}),
               boost::test_tools::per_element());
    BOOST_TEST(model->nodes[1].op_type == "Relu");
    for (std::size_t size = 0; size < file.size() - 8; ++size) {
        BOOST_TEST(!ort::read(as_bytes(file.substr(0, size))), size);
    }
}

BOOST_AUTO_TEST_CASE(graphs_nest_to_a_limit) {
    BOOST_TEST(bool(ort::read(as_bytes(session(nested(31))))));
    const auto deep = ort::read(as_bytes(session(nested(32))));
    BOOST_TEST_REQUIRE(!deep);
    BOOST_TEST(deep.error().code == Errc::limit_depth);
}

BOOST_AUTO_TEST_SUITE_END()
