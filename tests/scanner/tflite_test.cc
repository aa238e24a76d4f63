#include <boost/test/unit_test.hpp>

#include "protobuf_builder.h"
#include "scan_support.h"
#include "scanner/checks/tflite/flex.h"
#include "tflite_builder.h"
#include "zip_builder.h"

using namespace pratique;
using namespace test::tflite;
using namespace std::string_literals;

namespace {

/// What is found in a model of one graph and this operator.
std::string found(const Piece& used, const std::vector<Piece>& codes = {code(0)},
                  const std::vector<Piece>& tensors = {tensor(), tensor()},
                  const std::vector<Piece>& buffers = {buffer()}) {
    return test::ids(test::scan(model(codes, {graph(tensors, {used})}, buffers)));
}

/// Graphs of which each calls the given ones.
std::string calling(const std::vector<std::vector<std::int32_t>>& calls) {
    std::vector<Piece> graphs;
    for (const auto& callees : calls) {
        std::vector<Piece> operators;
        for (const std::int32_t callee : callees) {
            const auto options = test::flat::table({field(0, callee), field(1, callee)});
            operators.push_back(op({0}, {1}, 0, {field(4, options)}));
        }
        graphs.push_back(graph({tensor(), tensor()}, operators));
    }
    return test::ids(test::scan(model({code(119)}, graphs)));
}

/// The FlexBuffer ["n", NodeDef of this operator].
std::vector<char> options_of(const std::string& name) {
    const std::string node = test::bytes(2, name);
    std::string out = "\x01n"s + '\0' + static_cast<char>(node.size()) + node + '\0' + '\x02';
    const auto elements = out.size();
    out += static_cast<char>(elements - 1);
    out += static_cast<char>(elements + 1 - 4);
    out += "\x14\x14\x04\x28\x01";
    return {out.begin(), out.end()};
}

std::string flex(const std::string& name, const std::string& runs) {
    return found(op({0}, {1}, 0, {field(5, numbers(options_of(runs)))}), {code(32, "Flex" + name)});
}

std::string segments(const Ints& ids) {
    std::string content;
    for (const std::int32_t id : ids) content += test::flat::raw(id);
    return found(op({0, 1}, {2}), {code(125)}, {tensor({3}), tensor({3}, 2, 1), tensor({0})},
                 {buffer(), buffer(content)});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tflite_check)

BOOST_AUTO_TEST_CASE(an_ordinary_model_is_clean) {
    const auto report =
        test::scan(model({code(0)}, {graph({tensor(), tensor()}, {op({0, -1}, {1})})}));
    BOOST_TEST(test::identities(report) == "tflite");
    BOOST_TEST(test::verdict_of(report) == "clean");
}

BOOST_AUTO_TEST_CASE(numbers_lead_somewhere) {
    BOOST_TEST(found(op({2}, {1})) == "PRQ-TFLITE-004");
    BOOST_TEST(found(op({-2}, {1})) == "PRQ-TFLITE-004");
    BOOST_TEST(found(op({0}, {2})) == "PRQ-TFLITE-004");
    BOOST_TEST(found(op({0}, {1}, 1)) == "PRQ-TFLITE-004");
    BOOST_TEST(found(op({0}, {1}), {code(0)}, {tensor(), tensor({2}, 0, 1)}) == "PRQ-TFLITE-004");
    BOOST_TEST(found(op({0}, {0})) == "PRQ-TFLITE-008");
    BOOST_TEST(found(op({0}, {-1})) == "PRQ-TFLITE-008");
    BOOST_TEST(found(op({0, 2}, {1}), {code(0)}, {tensor(), tensor(), tensor()}) ==
               "PRQ-TFLITE-008");
    BOOST_TEST(found(op({0, 2}, {1}), {code(0)}, {tensor(), tensor(), tensor({0})}).empty());
}

BOOST_AUTO_TEST_CASE(constants_are_as_long_as_they_say) {
    const auto with = [](const Ints& shape, std::int8_t type, std::size_t size) {
        return found(op({0}, {1}), {code(0)}, {tensor(shape, type, 1), tensor()},
                     {buffer(), buffer(std::string(size, 'x'))});
    };
    BOOST_TEST(with({2, 3}, 0, 24).empty());
    BOOST_TEST(with({2, 3}, 0, 20) == "PRQ-TFLITE-005");
    BOOST_TEST(with({5}, 17, 3).empty());  // four bits each
    BOOST_TEST(with({5}, 5, 77).empty());  // texts
    BOOST_TEST(with({-1}, 0, 4) == "PRQ-TFLITE-005");
    BOOST_TEST(with({INT32_MAX, INT32_MAX, INT32_MAX}, 0, 4) == "PRQ-TFLITE-005");
    BOOST_TEST(found(op({0}, {1}), {code(0)}, {tensor(), tensor({1}, 0, 1)},
                     {buffer(), buffer("data")}) == "PRQ-TFLITE-008");
}

BOOST_AUTO_TEST_CASE(data_lies_in_the_file) {
    const auto with = [](std::uint64_t offset, std::uint64_t size) {
        return found(op({0}, {1}), {code(0)}, {tensor(), tensor()},
                     {buffer(), buffer_at(offset, size)});
    };
    BOOST_TEST(with(16, 8).empty());
    BOOST_TEST(with(16, 1 << 20) == "PRQ-TFLITE-006");
    BOOST_TEST(with(UINT64_MAX - 4, 8) == "PRQ-TFLITE-006");
}

BOOST_AUTO_TEST_CASE(graphs_call_without_circles) {
    BOOST_TEST(calling({{1, 2}, {2}, {}}).empty());
    BOOST_TEST(calling({{1, 1}, {}}).empty());
    BOOST_TEST(calling({{0}}) == "PRQ-TFLITE-007");
    BOOST_TEST(calling({{1}, {2}, {1}}) == "PRQ-TFLITE-007");
    BOOST_TEST(calling({{7}}) == "PRQ-TFLITE-004");
}

BOOST_AUTO_TEST_CASE(operators_of_tensorflow) {
    BOOST_TEST(flex("AddV2", "AddV2").empty());
    BOOST_TEST(flex("ReadFile", "ReadFile") == "PRQ-TFLITE-001");
    BOOST_TEST(flex("AddV2", "WriteFile") == "PRQ-TFLITE-002 PRQ-TFLITE-001");
    // A number that leads to nothing hides none of it.
    BOOST_TEST(found(op({9}, {1}), {code(32, "FlexReadFile")}) == "PRQ-TFLITE-004 PRQ-TFLITE-001");
    BOOST_TEST(found(op({0}, {1}), {code(32, "FlexPyFunc")}) == "PRQ-TFLITE-001");
    BOOST_TEST(scanner::capabilities_of_tf_operator("Add") == 0);
    const auto broken = op({0}, {1}, 0, {field(5, numbers(std::vector<char>{'x', 'y', 'z'}))});
    const auto report =
        test::scan(model({code(32, "FlexAdd")}, {graph({tensor(), tensor()}, {broken})}));
    BOOST_TEST(test::gaps(report) == "malformed");
}

BOOST_AUTO_TEST_CASE(custom_operators) {
    BOOST_TEST(found(op({0}, {1}), {code(32, "TFLite_Detection_PostProcess")}).empty());
    BOOST_TEST(found(op({0}, {1}), {code(32, "Whatever")}) == "PRQ-TFLITE-003");
}

BOOST_AUTO_TEST_CASE(segments_go_up_one_by_one) {
    BOOST_TEST(segments({0, 0, 1}).empty());
    BOOST_TEST(segments({-1, 0, 1}) == "PRQ-TFLITE-008");
    BOOST_TEST(segments({0, 1, 3}) == "PRQ-TFLITE-008");
    BOOST_TEST(segments({0, 1, 0}) == "PRQ-TFLITE-008");
    BOOST_TEST(segments({0, 1}) == "PRQ-TFLITE-005 PRQ-TFLITE-008");
}

BOOST_AUTO_TEST_CASE(a_zip_may_hang_on_behind) {
    const auto behind = [](const std::string& name, const std::string& content) {
        test::ZipBuilder zip(model({code(0)}, {graph({tensor(), tensor()}, {op({0}, {1})})}));
        zip.add(name, content);
        return test::scan(zip.build());
    };
    const auto labels = behind("labels.txt", "person\n");
    BOOST_TEST(test::identities(labels) == "tflite zip");
    BOOST_TEST(test::verdict_of(labels) == "clean");
    const auto pickle = behind("labels.txt", "cos\nsystem\n(S'echo'\ntR.");
    BOOST_TEST(test::verdict_of(pickle) == "malicious");
}

BOOST_AUTO_TEST_CASE(damage_is_a_gap) {
    const auto report = test::scan("\x10\0\0\0TFL3"s + std::string(40, '\x01'));
    BOOST_TEST(test::identities(report) == "tflite");
    BOOST_TEST(test::verdict_of(report) == "incomplete");
}

BOOST_AUTO_TEST_SUITE_END()
