#include <boost/test/unit_test.hpp>

#include "protobuf_builder.h"
#include "scan_support.h"
#include "scanner/checks/onnx/location.h"

using namespace pratique;
using namespace std::string_literals;
using scanner::Place;
using test::bytes;
using test::number;

namespace {

std::string entry(const std::string& key, const std::string& value) {
    return bytes(1, key) + bytes(2, value);
}

std::string node(const std::string& op, const std::string& more = "") {
    return bytes(1, bytes(1, "x") + bytes(2, "y") + bytes(4, op) + more);
}

std::string in_domain(const std::string& domain) { return bytes(7, domain); }

std::string model(const std::string& graph, const std::string& more = "") {
    return number(1, 8) + bytes(7, graph) + more;
}

/// Four elements of a byte in another file.
std::string external(const std::string& entries) {
    return number(1, 4) + number(2, 2) + bytes(8, "w") + entries + number(14, 1);
}
std::string at(const std::string& location) { return bytes(13, entry("location", location)); }

std::string function(const std::string& name, const std::string& nodes) {
    std::string out = bytes(1, name) + bytes(10, "local");
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        out += bytes(7, bytes(4, std::string(1, nodes[i])) + in_domain("local"));
    }
    return bytes(25, out);
}

/// The findings of a model with this graph, and what follows it.
std::string found(const std::string& graph, const std::string& more = "") {
    return test::ids(test::scan(model(graph, more)));
}
std::string found_for(const std::string& location) {
    return found(bytes(5, external(at(location))));
}

}  // namespace

BOOST_TEST_DONT_PRINT_LOG_VALUE(Place)

BOOST_AUTO_TEST_SUITE(onnx_check)

BOOST_AUTO_TEST_CASE(an_ordinary_model_is_clean) {
    const auto report = test::scan(model(
        node("Relu") + bytes(5, number(1, 1) + number(2, 1) + bytes(8, "w") + bytes(9, "data"))));
    BOOST_TEST(test::identities(report) == "onnx");
    BOOST_TEST(test::verdict_of(report) == "clean");
}

BOOST_AUTO_TEST_CASE(places_are_told_apart) {
    for (const char* each : {"w.bin", "a/w.bin", "w..bin", "a/./b", "...x", "a b", "ww:1"}) {
        BOOST_TEST((scanner::place_of(each) == Place::inside), each);
    }
    for (const char* each : {"/w", "..", "../w", "a/../../w", "./../w", "..\\w", "\\w", "C:w",
                             "~/w", "\\\\host\\w", "#../w", "a/..;/w", "http://h/w", "file:/w"}) {
        BOOST_TEST((scanner::place_of(each) == Place::outside), each);
    }
    for (const char* each : {"", "a/../w", "nul", "COM1.bin", "a/Aux.txt", "a\nb"}) {
        BOOST_TEST((scanner::place_of(each) == Place::odd), each);
    }
    BOOST_TEST((scanner::place_of("w\0/../../x"s) == Place::outside));
    BOOST_TEST((scanner::place_of("w\0.bin"s) == Place::odd));
}

BOOST_AUTO_TEST_CASE(texts_that_are_paths) {
    BOOST_TEST(!scanner::is_path_or_address("/"));
    BOOST_TEST(!scanner::is_path_or_address("a/b"));
    BOOST_TEST(!scanner::is_path_or_address("/layer"));
    BOOST_TEST(scanner::is_path_or_address("/etc/passwd"));
    BOOST_TEST(scanner::is_path_or_address("https://x"));
}

BOOST_AUTO_TEST_CASE(names_of_files_are_judged_wherever_they_are) {
    BOOST_TEST(found_for("../w") == "PRQ-ONNX-001");
    BOOST_TEST(found_for("a/../w") == "PRQ-ONNX-002");
    const std::string out = external(at("../w"));
    BOOST_TEST(found(node("If", bytes(5, bytes(1, "b") + bytes(6, bytes(5, out))))) ==
               "PRQ-ONNX-001");
    BOOST_TEST(found(node("C", bytes(5, bytes(1, "v") + bytes(5, out)))) == "PRQ-ONNX-001");
    BOOST_TEST(found(node("C", bytes(5, bytes(1, "v") + bytes(10, out)))) == "PRQ-ONNX-001");
    BOOST_TEST(found("", bytes(20, bytes(2, bytes(5, out)))) == "PRQ-ONNX-001");
    BOOST_TEST(
        found("", bytes(25, bytes(1, "f") + bytes(7, bytes(5, bytes(1, "v") + bytes(5, out))))) ==
        "PRQ-ONNX-001");
    BOOST_TEST(found("", bytes(25, bytes(11, bytes(5, out)))) == "PRQ-ONNX-001");
    BOOST_TEST(found(bytes(15, bytes(2, out))).starts_with("PRQ-ONNX-001"));
}

BOOST_AUTO_TEST_CASE(a_file_beside_the_model_is_referred_to) {
    const auto entries = at("w.bin") + bytes(13, entry("offset", "8"));
    const auto report = test::scan(model(bytes(5, external(entries))));
    BOOST_TEST(test::verdict_of(report) == "clean");
    BOOST_TEST_REQUIRE(report.references.size() == 1U);
    BOOST_TEST(report.references[0].name == "w.bin");
    BOOST_TEST(report.references[0].bytes == 12U);
}

BOOST_AUTO_TEST_CASE(every_occurrence_counts) {
    const std::string out = bytes(5, external(at("../w")));
    // Merged graphs, merged locations, and two values of one entry.
    BOOST_TEST(found("", bytes(7, out)) == "PRQ-ONNX-011 PRQ-ONNX-001");
    const auto twice = bytes(13, entry("location", "w.bin") + bytes(2, "../w"));
    BOOST_TEST(found(bytes(5, external(twice))).starts_with("PRQ-ONNX-001"));
    const auto two = at("w.bin") + at("../w");
    BOOST_TEST(found(bytes(5, external(two))).starts_with("PRQ-ONNX-001"));
    BOOST_TEST(found(node("Relu", bytes(4, "PyOp"))).find("PRQ-ONNX-005") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(keys_and_ranges) {
    const auto with = [](const std::string& key, const std::string& value) {
        return found(bytes(5, external(at("w.bin") + bytes(13, entry(key, value)))));
    };
    BOOST_TEST(with("prepacked_0", "x").empty());
    BOOST_TEST(with("__class__", "x") == "PRQ-ONNX-003");
    BOOST_TEST(with("basepath", "/x") == "PRQ-ONNX-001");
    BOOST_TEST(with("offset", "9223372036854775808") == "PRQ-ONNX-004");
    BOOST_TEST(with("offset", "9223372036854775807").empty());
    BOOST_TEST(with("length", "-1") == "PRQ-ONNX-004");
    BOOST_TEST(with("length", "") == "PRQ-ONNX-004");
}

BOOST_AUTO_TEST_CASE(operators_from_elsewhere) {
    BOOST_TEST(found(node("Gelu", in_domain("com.microsoft"))).empty());
    BOOST_TEST(found(node("X", in_domain("com.example"))) == "PRQ-ONNX-007");
    BOOST_TEST(found(node("X", in_domain("local")), function("f", "")).empty());
    BOOST_TEST(found(node("X", in_domain("com.python.x"))).starts_with("PRQ-ONNX-005"));
    BOOST_TEST(found(node("PythonOpGrad", in_domain("com.microsoft"))) == "PRQ-ONNX-005");
    const auto text = bytes(5, bytes(1, "a") + bytes(9, "https://x/"));
    BOOST_TEST(found(node("X", in_domain("com.microsoft") + text)) == "PRQ-ONNX-008");
    BOOST_TEST(found(node("X", text)).empty());
}

BOOST_AUTO_TEST_CASE(compiled_graphs) {
    const auto context = [](const std::string& more) {
        return found(node("EPContext", in_domain("com.microsoft") + more));
    };
    const auto path = bytes(5, bytes(1, "ep_cache_context") + bytes(4, "../x"));
    const auto outside = bytes(5, bytes(1, "embed_mode") + number(3, 0));
    BOOST_TEST(context("") == "PRQ-ONNX-006");
    BOOST_TEST(context(path + outside) == "PRQ-ONNX-006 PRQ-ONNX-001");
}

BOOST_AUTO_TEST_CASE(texts_that_would_run) {
    const auto property = [](const std::string& value) {
        return found(node("Relu"), bytes(14, entry("names", value)));
    };
    BOOST_TEST(property("{0: 'person'}").empty());
    BOOST_TEST(property("<ScRiPt>") == "PRQ-ONNX-009");
    BOOST_TEST(property("__import__('os')") == "PRQ-ONNX-010");
    // Exporters note source lines at nodes.
    BOOST_TEST(found(node("Relu", bytes(9, entry("trace", "__import__('os')")))).empty());
    BOOST_TEST(found(node("Relu", bytes(6, "<script"))) == "PRQ-ONNX-009");
}

BOOST_AUTO_TEST_CASE(functions_are_inlined_on_paper) {
    const auto call = node("a", in_domain("local"));
    BOOST_TEST(found(call, function("a", "b") + function("b", "c")).empty());
    BOOST_TEST(found(call, function("a", "b") + function("b", "a")) == "PRQ-ONNX-013");
    BOOST_TEST(found(call, function("a", "a")) == "PRQ-ONNX-013");
    BOOST_TEST(found(node("x"), function("a", "a")) == "PRQ-ONNX-013");
    BOOST_TEST(found(call, function("a", "") + function("a", "")) == "PRQ-ONNX-011");
    std::string chain;
    for (char c = 'a'; c < 'i'; ++c) chain += function(std::string(1, c), std::string(12, c + 1));
    BOOST_TEST(found(call, chain) == "PRQ-ONNX-014");
}

BOOST_AUTO_TEST_CASE(graphs_nest_as_deep_as_libraries_read) {
    const auto nested = [](int depth) {
        std::string graph = node("Relu");
        for (int i = 0; i < depth; ++i) {
            graph = node("If", bytes(5, bytes(1, "b") + bytes(6, graph)));
        }
        return found(graph);
    };
    BOOST_TEST(nested(30).empty());
    BOOST_TEST(nested(40) == "PRQ-ONNX-012");
}

BOOST_AUTO_TEST_CASE(tensors_are_as_long_as_they_say) {
    const auto tensor = [](std::uint64_t extent) {
        return bytes(5, number(1, extent) + number(2, 2) + bytes(8, "w") + bytes(9, "data"));
    };
    BOOST_TEST(found(tensor(4)).empty());
    BOOST_TEST(found(tensor(5)) == "PRQ-ONNX-015");
    // One that is damaged does not keep the others from being read.
    BOOST_TEST(found(tensor(5) + bytes(5, external(at("../w")))) == "PRQ-ONNX-015 PRQ-ONNX-001");
}

BOOST_AUTO_TEST_CASE(what_is_cut_off_is_a_gap) {
    const std::string file = model(node("Relu") + bytes(5, external(at("../w"))) + bytes(5, ""));
    const auto report = test::scan(file.substr(0, file.size() - 2));
    BOOST_TEST(test::gaps(report) == "malformed");
}

BOOST_AUTO_TEST_CASE(pieces_alone_are_known) {
    const auto tensor = number(1, 1) + number(2, 1) + bytes(9, "data");
    BOOST_TEST(test::identities(test::scan(tensor)) == "onnx-tensor");
    const auto lone = bytes(1, "x") + bytes(2, "y") + bytes(4, "Clip");
    BOOST_TEST(test::identities(test::scan(lone)) == "onnx-node");
    BOOST_TEST(test::verdict_of(test::scan(lone)) == "clean");
    const auto sequence = bytes(1, "seq") + number(2, 1) + bytes(3, tensor) + bytes(3, tensor);
    BOOST_TEST(test::identities(test::scan(sequence)) == "onnx-sequence");
    BOOST_TEST(test::verdict_of(test::scan(sequence)) == "clean");
    const auto outside = number(2, 1) + bytes(3, external(at("../w")));
    BOOST_TEST(test::ids(test::scan(outside)) == "PRQ-ONNX-001");
    const auto python = bytes(1, "x") + bytes(4, "PyOp");
    BOOST_TEST(test::ids(test::scan(python)) == "PRQ-ONNX-005");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(protobuf_check)

BOOST_AUTO_TEST_CASE(messages_nest_as_deep_as_libraries_read) {
    const auto nested = [](int depth) {
        std::string message = number(1, 1);
        for (int i = 0; i < depth; ++i) message = bytes(8, message);
        return test::scan(number(3, 1) + message);
    };
    BOOST_TEST(test::ids(nested(90)).empty());
    BOOST_TEST(test::ids(nested(200)) == "PRQ-PROTOBUF-001");
    BOOST_TEST(test::gaps(nested(90)) == "not-inspected");
}

BOOST_AUTO_TEST_CASE(a_field_of_another_type_is_passed_over) {
    const std::string nodes = bytes(1, number(4, 1) + bytes(1, "x") + bytes(2, "y") +
                                           bytes(4, "PyOp") + in_domain("ai.onnx.contrib"));
    const std::string graph = number(1, 1) + nodes + number(5, 1) +
                              bytes(5, number(8, 1) + external(at("../x"))) + bytes(2, "g");
    const std::string file =
        bytes(1, "") + number(7, 1) + number(1, 8) + bytes(7, graph) + number(14, 1);
    const auto report = test::scan(file);
    BOOST_TEST(test::identities(report).find("onnx") != std::string::npos);
    BOOST_TEST(test::ids(report).find("PRQ-ONNX-001") != std::string::npos);
    BOOST_TEST(test::verdict_of(report) == "malicious");
}

BOOST_AUTO_TEST_CASE(a_model_as_text_is_a_gap_and_its_files_are_told) {
    const auto protobuf = [](const std::string& location) {
        return "# a model\nir_version: 8\ngraph {\n initializer { external_data { key: "
               "\"location\" "
               "value: \"" +
               location + "\" } } }\n";
    };
    const auto json = [](const std::string& location) {
        return R"({"graph": {"initializer": [{"externalData": [{"value": ")" + location +
               R"(", "key": "location"}]}]}, "irVersion": "8"})";
    };
    const auto own = [](const std::string& location) {
        return "<ir_version: 7, opset_import: [\"\":10]>\ng (float[N] x) => (float[N] y) <float[4] "
               "w = "
               "[\"location\": \"" +
               location + "\"]> { y = Add(x, w) }\n";
    };
    for (const auto& form : {protobuf("../../x"), json("../../x"), own("../../x")}) {
        BOOST_TEST(test::verdict_of(test::scan(form)) == "malicious");
    }
    for (const auto& form : {protobuf("x"), json("x"), own("x")}) {
        BOOST_TEST(test::gaps(test::scan(form)) == "not-inspected");
    }
    for (const char* other : {"graph: {a: 1}\n", "domain: x\nkey: graph\n", "<a>graph => b</a>\n",
                              R"({"graph": {"node": []}})"}) {
        BOOST_TEST(test::scan(other).gaps.empty(), other);
    }
}

BOOST_AUTO_TEST_SUITE_END()
