// Graphs as protobuf merges them, texts in attributes, and the same messages as text.
#include <boost/test/unit_test.hpp>

#include "formats/tensorflow/model.h"
#include "formats/tensorflow/text_proto.h"
#include "tensorflow_builder.h"

using namespace pratique;
using namespace pratique::test;
using namespace std::string_literals;
using tensorflow::Kind;
using tensorflow::Model;
using tensorflow::TextKind;

namespace {

/// `model` must outlive the bytes that it is of.
std::string ops(const Model& model) {
    std::string out;
    for (const auto& node : model.nodes) out += (out.empty() ? "" : " ") + std::string(node.op);
    return out;
}

bool is(const std::string& file, Kind kind) { return tensorflow::recognise(as_bytes(file), kind); }

std::string joined(const Result<std::vector<std::string_view>>& texts) {
    BOOST_REQUIRE(texts);
    std::string out;
    for (const std::string_view each : *texts) out += (out.empty() ? "" : "|") + std::string(each);
    return out;
}

const std::string kGraph =
    graph({node("a", "Placeholder"), constant("c", {"text"}), node("b", "Identity", {"a:0", "^c"})},
          {function("f", {"x", "y"}, {node("z", "Relu", {"x"})})});

BOOST_AUTO_TEST_SUITE(tensorflow_graphs)

BOOST_AUTO_TEST_CASE(kinds_are_told_apart) {
    const std::string model = saved_model(metagraph(kGraph));
    const std::string keras = bytes(1, number(2, 0) + bytes(4, "_tf_keras_layer") + bytes(5, "{}"));
    BOOST_TEST(is(kGraph, Kind::graph));
    BOOST_TEST(!is(kGraph, Kind::meta_graph));
    BOOST_TEST(!is(kGraph, Kind::saved_model));
    BOOST_TEST(is(metagraph(kGraph), Kind::meta_graph));
    BOOST_TEST(!is(metagraph(kGraph), Kind::graph));
    BOOST_TEST(is(model, Kind::saved_model));
    BOOST_TEST(!is(model, Kind::graph));
    BOOST_TEST(is(keras, Kind::keras_metadata));
    BOOST_TEST(!is(keras, Kind::graph));
    // Fields that nobody knows in front; and a file that is two kinds at once.
    BOOST_TEST(is(bytes(99, "front") + model, Kind::saved_model));
    BOOST_TEST(is(graph({node("a", "Relu")}) + model, Kind::graph));
    BOOST_TEST(is(graph({node("a", "Relu")}) + model, Kind::saved_model));
    // ONNX's model, SentencePiece's, a map of texts.
    BOOST_TEST(
        !is(number(1, 8) + bytes(7, bytes(1, bytes(1, "x") + bytes(4, "Relu"))), Kind::graph));
    BOOST_TEST(!is(bytes(1, bytes(1, "piece") + fixed32(2, 0)), Kind::graph));
    BOOST_TEST(is(bytes(1, node("a", "Relu") + number(4, 1)), Kind::graph));
    BOOST_TEST(!is(bytes(1, bytes(1, "key") + bytes(2, "some text")), Kind::graph));
}

BOOST_AUTO_TEST_CASE(a_graph_is_read) {
    const Model model = tensorflow::read(as_bytes(kGraph), Kind::graph);
    BOOST_TEST(!model.error);
    BOOST_TEST(ops(model) == "Placeholder Const Identity Relu");
    BOOST_REQUIRE_EQUAL(model.graphs.size(), 2U);
    BOOST_TEST(model.graphs[1].name == "f");
    BOOST_TEST(model.graphs[1].arguments.size() == 2U);
    BOOST_TEST(model.nodes[3].graph == 1U);
    BOOST_TEST(model.nodes[2].inputs == 2U);
    BOOST_TEST(model.inputs[model.nodes[2].first_input + 1] == "^c");
    BOOST_TEST(kGraph.substr(model.nodes[2].at, 3) == bytes(1, "b"));
    BOOST_TEST(model.unknown_fields == 0U);
}

BOOST_AUTO_TEST_CASE(pieces_are_merged) {
    const std::string first = graph({node("a", "Placeholder")});
    const std::string second = graph({node("b", "Identity") + bytes(2, "WriteFile")});
    const std::string file = saved_model(bytes(2, first) + bytes(2, second) + saver("p:0"));
    const Model model = tensorflow::read(as_bytes(file), Kind::saved_model);
    BOOST_TEST(ops(model) == "Placeholder WriteFile");
    BOOST_TEST(model.graphs.size() == 1U);
    BOOST_TEST(model.nodes[1].op_twice);
    BOOST_TEST(!model.nodes[0].op_twice);
    BOOST_TEST(model.saver_files.size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_a_model_names_is_found) {
    const std::string object = bytes(4, bytes(1, "_tf_keras_layer") + bytes(3, "{\"a\": 1}"));
    const std::string file = saved_model(
        metagraph(kGraph, asset("p:0", "words.txt") + bytes(7, bytes(1, "") + bytes(1, object)) +
                              bytes(9, "unknown")));
    const Model model = tensorflow::read(as_bytes(file), Kind::saved_model);
    BOOST_REQUIRE_EQUAL(model.assets.size(), 1U);
    BOOST_TEST(model.assets[0].filename == "words.txt");
    BOOST_TEST(model.assets[0].tensor == "p:0");
    BOOST_REQUIRE_EQUAL(model.objects.size(), 1U);
    BOOST_TEST(model.objects[0].number == 1U);
    BOOST_TEST(model.objects[0].metadata == "{\"a\": 1}");
    BOOST_TEST(file.substr(model.objects[0].at, 8) == "{\"a\": 1}");
    BOOST_TEST(model.unknown_fields == 1U);
    BOOST_TEST(file.substr(model.unknown_at) == bytes(9, "unknown"));
}

BOOST_AUTO_TEST_CASE(assets_of_tensorflow_1_are_in_a_collection) {
    const std::string asset_file = bytes(1, bytes(1, "p:0")) + bytes(2, "words.txt");
    const std::string any = bytes(1, bytes(1, "type") + bytes(2, asset_file));
    const auto with_key = [&](const std::string& key) {
        return metagraph(kGraph, bytes(4, bytes(2, bytes(5, any)) + bytes(1, key)));
    };
    const std::string assets = with_key("saved_model_assets");
    const Model model = tensorflow::read(as_bytes(assets), Kind::meta_graph);
    BOOST_REQUIRE_EQUAL(model.assets.size(), 1U);
    BOOST_TEST(model.assets[0].filename == "words.txt");
    const std::string others = with_key("variables");
    BOOST_TEST(tensorflow::read(as_bytes(others), Kind::meta_graph).assets.empty());
}

BOOST_AUTO_TEST_CASE(a_field_of_another_type_is_an_unknown_one) {
    const std::string file = number(2, 1) + saved_model(number(2, 5) + metagraph(kGraph));
    const Model model = tensorflow::read(as_bytes(file), Kind::saved_model);
    BOOST_TEST(!model.error);
    BOOST_TEST(model.nodes.size() == 4U);
}

BOOST_AUTO_TEST_CASE(functions_in_attributes_are_calls) {
    const std::string inner = bytes(10, bytes(1, "inner"));
    const std::string outer =
        bytes(10, bytes(1, "outer") + bytes(2, bytes(1, "k") + bytes(2, inner)));
    const std::string list = bytes(1, bytes(9, bytes(1, "listed")));
    const std::string file =
        graph({node("n", "Map", {}, attribute("f", outer) + attribute("g", list))});
    const Model model = tensorflow::read(as_bytes(file), Kind::graph);
    BOOST_REQUIRE_EQUAL(model.calls.size(), 3U);
    BOOST_TEST(model.calls[0].function == "outer");
    BOOST_TEST(model.calls[1].function == "inner");
    BOOST_TEST(model.calls[2].function == "listed");
}

BOOST_AUTO_TEST_CASE(nesting_is_limited) {
    std::string value = bytes(10, bytes(1, "f"));
    for (int i = 0; i < 60; ++i) value = bytes(10, bytes(2, bytes(2, value)));
    const std::string file = graph({node("n", "Op", {}, attribute("f", value))});
    const Model model = tensorflow::read(as_bytes(file), Kind::graph);
    BOOST_REQUIRE(model.error);
    BOOST_TEST(int(model.error->code) == int(Errc::limit_depth));
}

BOOST_AUTO_TEST_CASE(texts_of_attributes) {
    const std::string content = "\x02\x03"s + "ab" + "cde";
    const std::string packed =
        bytes(8, number(1, 7) + bytes(2, bytes(2, number(1, 2))) + bytes(4, content));
    const std::string floats = bytes(8, number(1, 1) + bytes(4, "1234"));
    const std::string cut = bytes(8, number(1, 7) + bytes(4, "\x09"s + "short"));
    const std::string file =
        graph({node("n", "Op", {},
                    attribute("s", bytes(2, "one")) +
                        attribute("list", bytes(1, bytes(2, "x") + bytes(2, "y"))) +
                        attribute("packed", packed) + attribute("floats", floats) +
                        attribute("s", bytes(2, "last")) + attribute("cut", cut))});
    const Model model = tensorflow::read(as_bytes(file), Kind::graph);
    const tensorflow::Node& node = model.nodes.at(0);
    BOOST_TEST(joined(tensorflow::texts(node, "s")) == "last");
    BOOST_TEST(joined(tensorflow::texts(node, "list")) == "x|y");
    BOOST_TEST(joined(tensorflow::texts(node, "packed")) == "ab|cde");
    BOOST_TEST(joined(tensorflow::texts(node, "floats")).empty());
    BOOST_TEST(joined(tensorflow::texts(node, "none")).empty());
    const auto broken = tensorflow::texts(node, "cut");
    BOOST_REQUIRE(!broken);
    BOOST_TEST(int(broken.error().code) == int(Errc::truncated));
}

BOOST_AUTO_TEST_CASE(every_truncation_is_an_error_or_shorter) {
    const std::string file = saved_model(metagraph(kGraph, asset("p:0", "w") + saver("s:0")));
    for (std::size_t size = 0; size < file.size(); ++size) {
        const std::string cut = file.substr(0, size);
        const Model model = tensorflow::read(as_bytes(cut), Kind::saved_model);
        // Between the two fields of the outermost message lies the only place to cut unseen.
        BOOST_TEST(model.error.has_value() == (size != 0 && size != 2), size);
        BOOST_TEST(model.nodes.size() <= 4U);
    }
}

BOOST_AUTO_TEST_CASE(a_fingerprint_is_hashes_to_the_last_byte) {
    const std::string hashes = number(1, 1) + number(2, 2) + number(3, 3) + number(4, 4);
    const std::string file = hashes + bytes(6, number(1, 1));
    BOOST_TEST(tensorflow::recognise_fingerprint(as_bytes(file)));
    BOOST_TEST(!tensorflow::recognise_fingerprint(as_bytes(file + bytes(8, "more"))));
    BOOST_TEST(!tensorflow::recognise_fingerprint(as_bytes(hashes)));
    BOOST_TEST(
        !tensorflow::recognise_fingerprint(as_bytes(file + bytes(7, std::string(300, 'u')))));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(tensorflow_text)

BOOST_AUTO_TEST_CASE(kinds_of_text) {
    const auto kind = [](const std::string& text) {
        return tensorflow::recognise_text(as_bytes(text));
    };
    BOOST_TEST(int(kind("# comment\nnode { }")) == int(TextKind::graph));
    BOOST_TEST(int(kind("version: 27; versions: < >")) == int(TextKind::graph));
    BOOST_TEST(int(kind("a: [1, 'x'] node: [ < op: 'A' > ]")) == int(TextKind::graph));
    BOOST_TEST(int(kind("all_model_checkpoint_paths: ['a']")) == int(TextKind::checkpoint));
    BOOST_TEST(int(kind("saved_model_schema_version: 1\nmeta_graphs { }")) ==
               int(TextKind::saved_model));
    BOOST_TEST(int(kind("meta_info_def { }")) == int(TextKind::meta_graph));
    BOOST_TEST(int(kind("model_checkpoint_path: 'a'")) == int(TextKind::checkpoint));
    BOOST_TEST(int(kind("version: \"3\"\nservices:\n  web:\n    image: x")) == int(TextKind::no));
    BOOST_TEST(int(kind("node: a\nlibrary: b\n")) == int(TextKind::no));
    BOOST_TEST(int(kind("layer { }")) == int(TextKind::no));
    BOOST_TEST(int(kind("")) == int(TextKind::no));
}

/// What the text is as nodes.
std::string ops_of(const std::string& text) {
    const auto encoded = tensorflow::encode(as_bytes(text), TextKind::graph);
    if (!encoded) return std::string(name(encoded.error().code));
    return ops(tensorflow::read(encoded->view(), Kind::graph));
}

BOOST_AUTO_TEST_CASE(all_spellings_are_read) {
    BOOST_TEST(ops_of("node { name: \"a\" op: \"Relu\" }") == "Relu");
    BOOST_TEST(ops_of("node: < op: 'Re' \"lu\", name: 'a'; >") == "Relu");
    BOOST_TEST(ops_of("node [ { op: 'A' }, < op: 'B' > ] node { op: 'C' }") == "A B C");
    BOOST_TEST(ops_of("node { op: '\\122\\x65\\u006Cu' }") == "Relu");
    BOOST_TEST(ops_of("other { a: [1, 2] b: -inf [x.y/z] { } } node { op: 'A' }") == "A");
    BOOST_TEST(ops_of("library { function { signature { name: 'f' } node_def { op: 'A' } } }") ==
               "A");
}

BOOST_AUTO_TEST_CASE(an_any_may_be_spelt_out) {
    const std::string file =
        "collection_def { key: 'saved_model_assets' value { any_list { value {\n"
        "[type.googleapis.com/tensorflow.AssetFileDef] { filename: '../x' } } } } }";
    const auto encoded = tensorflow::encode(as_bytes(file), TextKind::meta_graph);
    BOOST_REQUIRE(encoded);
    const Model model = tensorflow::read(encoded->view(), Kind::meta_graph);
    BOOST_REQUIRE_EQUAL(model.assets.size(), 1U);
    BOOST_TEST(model.assets[0].filename == "../x");
}

BOOST_AUTO_TEST_CASE(broken_text_is_refused) {
    BOOST_TEST(ops_of("node { op: 'A'") == "truncated");
    BOOST_TEST(ops_of("node { op: 'A }") == "truncated");
    BOOST_TEST(ops_of("node { op 'A' }") == "bad_header");
    BOOST_TEST(ops_of("node { op: '\\z' }") == "bad_text");
    BOOST_TEST(ops_of("node { op: 'A' } }") == "bad_header");
    BOOST_TEST(ops_of("node { op: 'A' }\0 node { }"s) == "bad_text");
    std::string deep;
    for (int i = 0; i < 200; ++i) deep += "a { ";
    BOOST_TEST(ops_of(deep) == "limit_depth");
}

BOOST_AUTO_TEST_CASE(every_truncation_of_text) {
    const std::string file = "node { name: 'a' attr { key: \"k\" value { s: '\\n' } } }\n";
    for (std::size_t size = 5; size + 2 < file.size(); ++size) {
        BOOST_TEST(!tensorflow::encode(as_bytes(file.substr(0, size)), TextKind::graph), size);
    }
}

BOOST_AUTO_TEST_CASE(places_lead_back_to_the_text) {
    const std::string file = "node { name: 'a' }\nnode { name: 'b' op: 'Relu' }";
    const auto encoded = tensorflow::encode(as_bytes(file), TextKind::graph);
    BOOST_REQUIRE(encoded);
    const Model model = tensorflow::read(encoded->view(), Kind::graph);
    BOOST_REQUIRE_EQUAL(model.nodes.size(), 2U);
    BOOST_TEST(encoded->place(model.nodes[1].at) == file.find("name: 'b'"));
    BOOST_TEST(encoded->place(0) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
