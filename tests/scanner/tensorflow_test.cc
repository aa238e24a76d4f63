// TensorFlow: operators that reach out are found wherever the graph holds them, and what every
// model has is not.
#include <boost/test/unit_test.hpp>

#include "scan_support.h"
#include "scanner/checks/tensorflow/operators.h"
#include "table_builder.h"
#include "tensorflow_builder.h"

namespace pratique::scanner {
namespace {

using namespace test;

std::string evidence(const FileReport& report) {
    return report.findings.empty() ? "" : report.findings.front().evidence;
}

/// A SavedModel with an input `x` and these nodes.
std::string model_of(std::initializer_list<std::string> nodes, const std::string& more = "") {
    return saved_model(metagraph(bytes(1, node("x", "Placeholder")) + graph(nodes), more));
}

FileReport scan_of(std::initializer_list<std::string> nodes, const std::string& more = "") {
    return test::scan(model_of(nodes, more));
}

BOOST_AUTO_TEST_SUITE(tensorflow_scan)

/// Fields of another type than they should be are unknown to protobuf.
BOOST_AUTO_TEST_CASE(a_field_of_another_type_makes_nothing_another_thing) {
    const std::string block = bytes(1, number(1, 0) + number(2, 0) + bytes(4, bytes(3, "relu")));
    const std::string led = number(1, 0);
    const std::string nodes =
        graph({led + constant("p", {"/etc/passwd"}), led + node("r", "ReadFile", {"p"})});
    for (const std::string& file : {block + saved_model(metagraph(nodes)), block + nodes,
                                    block + bytes(2, metagraph(nodes))}) {
        const FileReport report = test::scan(file);
        BOOST_TEST(ids(report).find("PRQ-TENSORFLOW-001") != std::string::npos);
        BOOST_TEST(verdict_of(report) == "malicious");
    }
    BOOST_TEST(identities(test::scan(block)) == "paddle");
    BOOST_TEST(verdict_of(test::scan(block)) == "clean");
    BOOST_TEST(gaps(test::scan(block + number(9, 1))) == "not-inspected");
}

BOOST_AUTO_TEST_CASE(a_graph_in_a_constant_is_a_graph) {
    const std::string inner = graph({constant("p", {"/etc/passwd"}), node("r", "ReadFile", {"p"})});
    const auto run = [](const std::string& text) {
        return scan_of({constant("g", {text}), node("d", "DatasetFromGraph", {"g"})});
    };
    BOOST_TEST(ids(run(inner)) == "PRQ-TENSORFLOW-001");
    BOOST_TEST(verdict_of(run(graph({node("i", "NoOp")}))) == "clean");
    BOOST_TEST(ids(scan_of({node("d", "DatasetFromGraph", {"x"})})) == "PRQ-TENSORFLOW-020");
    // One in another, without end.
    std::string nested = inner;
    for (int i = 0; i < 20; ++i) {
        nested = graph({constant("g", {nested}), node("d", "DatasetFromGraph", {"g"})});
    }
    BOOST_TEST(gaps(run(nested)) == "limit");
}

BOOST_AUTO_TEST_CASE(programs_and_operators_of_others) {
    const auto module = [](const std::string& op, const char* key, const std::string& program) {
        return ids(scan_of({node("m", op, {"x"}, attribute(key, bytes(2, program)))}));
    };
    BOOST_TEST(module("XlaCallModule", "module", "ML\xefR add_v1").empty());
    BOOST_TEST(module("XlaCallModule", "module", "ML\xefR custom_call") == "PRQ-TENSORFLOW-020");
    BOOST_TEST(module("XlaCallModule", "module", "") == "PRQ-TENSORFLOW-020");
    BOOST_TEST(module("MlirPassthroughOp", "mlir_module", "func") == "PRQ-TENSORFLOW-020");
    BOOST_TEST(ids(scan_of({node("o", "IO>FileRead", {"x"})})) == "PRQ-TENSORFLOW-005");
    const FileReport other = scan_of({node("o", "SomebodysOp", {"x"})});
    BOOST_TEST(ids(other) == "PRQ-TENSORFLOW-021");
    BOOST_TEST(verdict_of(other) == "clean");
    BOOST_TEST(ids(scan_of({node("o", "MatMul", {"x", "x"}), node("f", "_FusedMatMul")})).empty());
    const std::string own =
        saved_model(metagraph(graph({node("x", "Placeholder"), node("c", "mine", {"x"})},
                                    {function("mine", {"a"}, {node("i", "Identity", {"a"})})})));
    BOOST_TEST(ids(test::scan(own)).empty());
}

BOOST_AUTO_TEST_CASE(a_mark_in_front_of_text_is_passed_over) {
    const std::string model =
        "meta_graphs { graph_def { node { name: \"r\" op: \"ReadFile\" } } }\n";
    BOOST_TEST(identities(test::scan("\xef\xbb\xbf" + model)) == "tf-text");
    BOOST_TEST(ids(test::scan("\xef\xbb\xbf" + model)) == "PRQ-TENSORFLOW-001");
}

BOOST_AUTO_TEST_CASE(operators_are_found_with_their_paths) {
    const FileReport report =
        scan_of({constant("p", {"/etc/passwd"}), node("r", "ReadFile", {"p:0"})});
    BOOST_TEST(verdict_of(report) == "malicious");
    BOOST_TEST(ids(report) == "PRQ-TENSORFLOW-001");
    BOOST_TEST(evidence(report) == "r: ReadFile(\"/etc/passwd\")");
    BOOST_TEST(identities(report) == "tf-savedmodel");
    BOOST_TEST(evidence(scan_of({node("w", "WriteFile", {"x", "x"})})) ==
               "w: WriteFile(what is fed)");
    BOOST_TEST(ids(scan_of({node("e", "PyFunc")})) == "PRQ-TENSORFLOW-004");
    BOOST_TEST(ids(scan_of({node("a", "Abort")})) == "PRQ-TENSORFLOW-010");
    BOOST_TEST(verdict_of(scan_of({node("t", "TRTEngineOp")})) == "clean");
    BOOST_TEST(verdict_of(scan_of({node("i", "Identity", {"x"})})) == "clean");
}

BOOST_AUTO_TEST_CASE(paths_are_followed_out_of_functions) {
    const std::string inner = function("f", {"a", "b"}, {node("w", "WriteFile", {"b", "a"})});
    const std::string file =
        saved_model(metagraph(graph({constant("p", {"out.txt"}), node("i", "Identity", {"p"}),
                                     constant("o", {"other"}), call("c", "f", {"o", "i"})},
                                    {inner})));
    BOOST_TEST(evidence(test::scan(file)) == "f/w: WriteFile(\"out.txt\")");
}

BOOST_AUTO_TEST_CASE(a_path_that_switches_off) {
    const auto cache = [](const std::string& path) {
        return scan_of({constant("p", {path}), node("c", "CacheDatasetV2", {"x", "p", "x"})});
    };
    BOOST_TEST(verdict_of(cache("")) == "clean");
    BOOST_TEST(ids(cache("here")) == "PRQ-TENSORFLOW-002");
}

BOOST_AUTO_TEST_CASE(addresses) {
    const auto print = [](const std::string& stream) {
        return scan_of({node("p", "PrintV2", {"x"}, attribute("output_stream", bytes(2, stream)))});
    };
    BOOST_TEST(verdict_of(print("stderr")) == "clean");
    BOOST_TEST(ids(print("file:///tmp/x")) == "PRQ-TENSORFLOW-002");
    const std::string urls = attribute("debug_urls", bytes(1, bytes(2, "grpc://host:1")));
    BOOST_TEST(ids(scan_of({node("d", "DebugIdentity", {"x"}, urls)})) == "PRQ-TENSORFLOW-003");
    BOOST_TEST(verdict_of(scan_of({node("d", "DebugIdentity", {"x"})})) == "clean");
}

BOOST_AUTO_TEST_CASE(pipelines) {
    const auto lines = [](const std::string& path) {
        return scan_of({constant("p", {path}), node("d", "TextLineDataset", {"p", "x", "x"})});
    };
    BOOST_TEST(ids(lines("train.txt")) == "PRQ-TENSORFLOW-005");
    BOOST_TEST(ids(lines("/etc/passwd")) == "PRQ-TENSORFLOW-001");
    BOOST_TEST(ids(lines("gs://bucket/x")) == "PRQ-TENSORFLOW-001");
}

BOOST_AUTO_TEST_CASE(savers_take_their_path_from_outside) {
    const std::string save = node("s", "SaveV2", {"p", "x", "x", "x"});
    BOOST_TEST(verdict_of(scan_of({constant("p", {"model"}), save}, saver("p:0"))) == "clean");
    BOOST_TEST(verdict_of(scan_of({node("p", "Placeholder"), save})) == "clean");
    BOOST_TEST(ids(scan_of({constant("p", {"/etc/x"}), save}, saver("p:0"))) ==
               "PRQ-TENSORFLOW-006");
    BOOST_TEST(ids(scan_of({constant("a", {"", "../../x"}), node("p", "StringJoin", {"a", "a"}),
                            save})) == "PRQ-TENSORFLOW-006");
    BOOST_TEST(ids(scan_of({node("p", "DecodeBase64", {"x"}), save})) == "PRQ-TENSORFLOW-007");
    // A variable that is never assigned has its value from the checkpoint.
    BOOST_TEST(ids(scan_of({node("v", "VarHandleOp"), node("p", "ReadVariableOp", {"v"}), save})) ==
               "PRQ-TENSORFLOW-007");
    BOOST_TEST(ids(scan_of({node("v", "VarHandleOp"), constant("c", {"~/x"}),
                            node("n", "AssignVariableOp", {"v", "c"}),
                            node("p", "ReadVariableOp", {"v"}), save})) == "PRQ-TENSORFLOW-006");
}

BOOST_AUTO_TEST_CASE(assets) {
    const std::string table = node("t", "InitializeTableFromTextFileV2", {"x", "p"});
    const std::string path = constant("p", {"/srv/author/words.txt"});
    BOOST_TEST(verdict_of(scan_of({path, table}, asset("p:0", "words.txt"))) == "clean");
    BOOST_TEST(ids(scan_of({path, table}, asset("p:0", "../words.txt"))) == "PRQ-TENSORFLOW-009");
    BOOST_TEST(ids(scan_of({path, table})) == "PRQ-TENSORFLOW-001");
    BOOST_TEST(ids(scan_of({constant("p", {"words.txt"}), table})) == "PRQ-TENSORFLOW-008");
    BOOST_TEST(ids(scan_of({node("d", "DecodeBase64", {"x"}), node("p", "StringJoin", {"x", "d"}),
                            table})) == "PRQ-TENSORFLOW-008");
    const std::string region =
        node("i", "ImmutableConst", {}, attribute("memory_region_name", bytes(2, "/etc/passwd")));
    BOOST_TEST(ids(scan_of({region})) == "PRQ-TENSORFLOW-001");
    BOOST_TEST(verdict_of(scan_of(
                   {node("i", "ImmutableConst", {},
                         attribute("memory_region_name", bytes(2, "memmapped_package://t1")))})) ==
               "clean");
}

BOOST_AUTO_TEST_CASE(anomalies_of_the_wire) {
    BOOST_TEST(ids(scan_of({node("a", "Identity", {"x"}) + bytes(2, "Relu")})) ==
               "PRQ-TENSORFLOW-012");
    BOOST_TEST(ids(test::scan(model_of({}) + bytes(9, "x"))) == "PRQ-TENSORFLOW-013");
    BOOST_TEST(ids(scan_of({node("a", "Identity", {"nowhere"})})) == "PRQ-TENSORFLOW-019");
    // A file that begins as one kind and is loaded as another is read as both.
    const std::string two = bytes(1, node("a", "Relu")) + model_of({node("r", "ReadFile", {"x"})});
    BOOST_TEST(identities(test::scan(two)) == "tf-savedmodel tf-graphdef");
    BOOST_TEST(verdict_of(test::scan(two)) == "malicious");
}

BOOST_AUTO_TEST_CASE(what_was_read_before_the_damage_counts) {
    const std::string file =
        bytes(1, node("r", "ReadFile")) + bytes(1, node("x", "Relu") + "\x0a\x7f");
    const FileReport report = test::scan(file);
    BOOST_TEST(ids(report) == "PRQ-TENSORFLOW-001");
    BOOST_TEST(gaps(report) == "malformed");
}

BOOST_AUTO_TEST_CASE(keras_in_a_saved_model) {
    const auto with = [](const std::string& metadata) {
        const std::string object = bytes(4, bytes(1, "_tf_keras_layer") + bytes(3, metadata));
        return scan_of({}, bytes(7, bytes(1, object)));
    };
    BOOST_TEST(verdict_of(with("{\"units\": 3}")) == "clean");
    // Keras reads NaN and takes the last of two keys; what it finds there nobody has looked at.
    BOOST_TEST(gaps(with("{\"a\": NaN}")) == "malformed");
    BOOST_TEST(gaps(with("{\"a\": 1, \"a\": 2}")) == "malformed");
}

BOOST_AUTO_TEST_CASE(graphs_as_text) {
    const std::string file =
        "node { name: \"p\" op: \"Const\" }\nnode { name: \"w\" op: \"WriteFile\" input: \"p\" }";
    const FileReport report = test::scan(file);
    BOOST_TEST(ids(report) == "PRQ-TENSORFLOW-002");
    BOOST_TEST(report.findings.at(0).offset == file.find("name: \"w\""));
    BOOST_TEST(identities(report) == "tf-text");
    BOOST_TEST(gaps(test::scan("node { name: \"p\" ")) == "malformed");
}

BOOST_AUTO_TEST_CASE(the_file_checkpoint) {
    const auto latest = [](const std::string& path) {
        return test::scan("model_checkpoint_path: \"" + path + "\"\n");
    };
    BOOST_TEST(ids(latest("model-1")).empty());
    BOOST_TEST(ids(latest("/srv/author/model-1")) == "PRQ-TENSORFLOW-014");
    BOOST_TEST(verdict_of(latest("/srv/author/model-1")) == "clean");
    BOOST_TEST(ids(latest("../model-1")) == "PRQ-TENSORFLOW-015");
}

BOOST_AUTO_TEST_CASE(checkpoints) {
    const std::string header = number(1, 1) + bytes(3, number(1, 1));
    const std::string file = TableBuilder().add({{"", header}}).finish();
    BOOST_TEST(verdict_of(test::scan(file)) == "clean");
    BOOST_TEST(identities(test::scan(file)) == "tf-checkpoint");
    std::string damaged = file;
    damaged[0] ^= 1;
    BOOST_TEST(gaps(test::scan(damaged)) == "malformed");
}

BOOST_AUTO_TEST_CASE(shards_have_only_their_name) {
    const std::string elements("\0\0\x80\x3f\0\0\0\x40", 8);
    const auto named = [&](const std::string& file_name) {
        return test::scan(elements, {}, {file_name, {}});
    };
    BOOST_TEST(verdict_of(named("variables.data-00000-of-00001")) == "clean");
    BOOST_TEST(identities(named("variables.data-00000-of-00001")) == "tf-checkpoint-data");
    for (const char* other : {"data-00000-of-00001", "v.data-0000-of-00001", "v.data-00000-of-0001",
                              "v.data-00000-of-00001.bin", "00000", "v.data--of-00001"}) {
        BOOST_TEST(gaps(named(other)) == "unknown-format", other);
    }
}

BOOST_AUTO_TEST_CASE(tensorflow_js) {
    const auto model = [](const std::string& op, const std::string& path) {
        return test::scan("{\"modelTopology\": {\"node\": [{\"name\": \"n\", \"op\": \"" + op +
                          "\"}]}, \"weightsManifest\": [{\"paths\": [\"" + path + "\"]}]}");
    };
    BOOST_TEST(verdict_of(model("Relu", "shard1.bin")) == "clean");
    BOOST_TEST(ids(model("Relu", "../shard1.bin")) == "PRQ-TENSORFLOW-017");
    BOOST_TEST(ids(model("ReadFile", "shard1.bin")) == "PRQ-TENSORFLOW-018");
}

BOOST_AUTO_TEST_CASE(the_table_of_operators) {
    BOOST_REQUIRE(find_operator("ReadFile") != nullptr);
    BOOST_TEST(rules::has(find_operator("ReadFile")->capabilities, rules::Capability::file_read));
    BOOST_TEST(find_operator("Conv2D") == nullptr);
    BOOST_TEST(find_operator("") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::scanner
