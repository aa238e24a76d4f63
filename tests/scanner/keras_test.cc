// Configurations of Keras: as JSON, in an archive, in an attribute.
#include <boost/test/unit_test.hpp>

#include "hdf5_builder.h"
#include "marshal_builder.h"
#include "scan_support.h"
#include "scanner/checks/document/python_json.h"
#include "scanner/checks/keras/names.h"
#include "zip_builder.h"

namespace pratique::scanner {
namespace {

using namespace std::literals;
using namespace pratique::test::marshalled;

std::string base64(const std::string& bytes) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    std::uint32_t bits = 0;
    int have = 0;
    for (const char c : bytes) {
        bits = bits << 8 | static_cast<unsigned char>(c);
        for (have += 8; have >= 6; have -= 6) out += kDigits[bits >> (have - 6) & 63];
    }
    if (have > 0) out += kDigits[bits << (6 - have) & 63];
    while (out.size() % 4 != 0) out += '=';
    return out;
}

/// A model of this layer.
std::string model(const std::string& layer) {
    return R"({"module": "keras", "class_name": "Sequential", "config": {"layers": [)" + layer +
           R"(]}, "registered_name": null})";
}

std::string layer(const std::string& name, const std::string& config,
                  const std::string& module = "keras.layers") {
    return R"({"module": ")" + module + R"(", "class_name": ")" + name + R"(", "config": )" +
           config + "}";
}

std::string with_code(const std::string& code) {
    return model(layer(
        "Lambda",
        R"({"function": {"class_name": "__lambda__", "config": {"code": ")" + code + R"("}}})"));
}

std::string function(const std::string& module, const std::string& name) {
    return model(layer("Lambda", R"({"function": {"module": ")" + module +
                                     R"(", "class_name": "function", "config": ")" + name +
                                     R"("}})"));
}

std::string found(const std::string& json) { return test::ids(test::scan(json)); }
std::string verdict(const std::string& json) { return test::verdict_of(test::scan(json)); }

std::string keras_zip(const std::string& config) {
    test::ZipBuilder zip;
    zip.add("metadata.json", "{}");
    zip.add("config.json", config);
    return zip.build();
}

BOOST_AUTO_TEST_SUITE(keras_configuration)

BOOST_AUTO_TEST_CASE(layers_of_keras_are_clean) {
    BOOST_TEST(verdict(model(layer("Dense", "{}"))) == "clean");
    BOOST_TEST(verdict(R"({"class_name": "Model", "config": {"layers": [)"
                       R"({"class_name": "InputLayer", "config": {}}]}})") == "clean");
    BOOST_TEST(verdict(function("keras.activations", "relu")) == "clean");
    BOOST_TEST(verdict(function("builtins", "relu")) == "clean");
    BOOST_TEST(verdict(model(layer("GetItem", "{}", "keras.src.ops.numpy"))) == "clean");
    BOOST_TEST(verdict(model(layer("Dense", R"({"name": "Lambda os.system get_file"})"))) ==
               "clean");
}

BOOST_AUTO_TEST_CASE(code_is_judged_by_what_it_uses) {
    BOOST_TEST(found(with_code(base64(code311({"tf", "square"})))) == "PRQ-KERAS-001");
    BOOST_TEST(found(with_code(base64(code311({"os", "system"})))) == "PRQ-KERAS-002");
    BOOST_TEST(found(with_code(base64(code311({}, {code3({"eval"})})))) == "PRQ-KERAS-003");
    BOOST_TEST(found(with_code(base64(code311({}, {code311({"eval"})})))) == "PRQ-KERAS-002");
    BOOST_TEST(found(with_code("nothing that marshal reads")) == "PRQ-KERAS-003");
    BOOST_TEST(verdict(with_code(base64(code311({"tf"})))) == "suspicious");
}

BOOST_AUTO_TEST_CASE(evidence_says_where_and_what) {
    const FileReport report =
        test::scan(with_code(base64(code311({"os", "system"}, {text("echo")}))));
    BOOST_REQUIRE(report.findings.size() == 1);
    BOOST_TEST(
        report.findings[0].evidence ==
        "$.config.layers[0].config.function.config.code: code that uses os, system; texts: echo");
}

/// Python's decoder passes over what is no digit.
BOOST_AUTO_TEST_CASE(noise_in_base64_hides_nothing) {
    std::string code = base64(code3({"eval"}, 5));
    code.insert(7, "*!");
    BOOST_TEST(found(with_code("-" + code)) == "PRQ-KERAS-002");
}

BOOST_AUTO_TEST_CASE(code_is_found_anywhere) {
    const std::string code = base64(code311({"os", "system"}));
    BOOST_TEST(found(model(layer("Dense", R"({"x": [[{"y": ")" + code + R"("}]]})"))) ==
               "PRQ-KERAS-002");
    BOOST_TEST(found(model(layer("Custom>Lambda", R"({"mask": [")" + code + R"(", null]})"))) ==
               "PRQ-KERAS-002");
    BOOST_TEST(found(R"({"class_name": "Lambda", "config": {"function_type": "lambda",)"
                     R"("function": "rubbish"}})") == "PRQ-KERAS-003");
}

BOOST_AUTO_TEST_CASE(names_are_judged_by_their_modules) {
    BOOST_TEST(found(function("os", "system")) == "PRQ-KERAS-004");
    BOOST_TEST(found(function("random", "_os.system")) == "PRQ-KERAS-004");
    BOOST_TEST(found(model(layer("Popen", "{}", "subprocess"))) == "PRQ-KERAS-004");
    BOOST_TEST(found(model(layer("Layer", "{}", "nobody.knows"))) == "PRQ-KERAS-005");
    BOOST_TEST(found(R"({"class_name": "Mine", "config": {}})") == "PRQ-KERAS-006");
    BOOST_TEST(found(function("keras.utils", "get_file")) == "PRQ-KERAS-007");
    BOOST_TEST(found(function("keras.config", "enable_unsafe_deserialization")) == "PRQ-KERAS-007");
    BOOST_TEST(found(model(layer("OrderedEnqueuer", "{}", "keras.utils"))) != "");
    BOOST_TEST(found(model(layer("Dense", "{}", "keras_evil.layers"))) == "PRQ-KERAS-005");
}

BOOST_AUTO_TEST_CASE(modules_beside_the_model_are_imported) {
    const Subject subject{"model.json", {"helper"}};
    const FileReport report = test::scan(model(layer("Layer", "{}", "helper.layers")), {}, subject);
    BOOST_TEST(test::ids(report) == "PRQ-KERAS-015");
}

BOOST_AUTO_TEST_CASE(layers_that_load) {
    BOOST_TEST(found(model(layer("TorchModuleWrapper", R"({"module": "gA=="})"))) ==
               "PRQ-KERAS-008");
    BOOST_TEST(found(model(layer("TFSMLayer", R"({"filepath": "m"})"))) == "PRQ-KERAS-009");
    BOOST_TEST(found(model(layer("FlaxLayer", "{}"))) == "PRQ-KERAS-010");
    BOOST_TEST(found(model(layer("TFOpLambda", R"({"function": "io.read_file"})"))) ==
               "PRQ-KERAS-014");
    BOOST_TEST(verdict(model(layer("TFOpLambda", R"({"function": "io.decode_png"})"))) == "clean");
    BOOST_TEST(verdict(model(layer("TFOpLambda", R"({"function": "math.add"})"))) == "clean");
}

BOOST_AUTO_TEST_CASE(files_from_elsewhere) {
    const auto vocabulary = [](const std::string& value) {
        return found(model(layer("StringLookup", R"({"vocabulary": )" + value + "}")));
    };
    BOOST_TEST(vocabulary(R"("http://127.0.0.1/v")") == "PRQ-KERAS-011");
    BOOST_TEST(vocabulary(R"("/etc/passwd")") == "PRQ-KERAS-012");
    BOOST_TEST(vocabulary(R"("..\\..\\x")") == "PRQ-KERAS-012");
    BOOST_TEST(vocabulary(R"(["/etc/passwd"])") == "");
    BOOST_TEST(vocabulary("null") == "");
    BOOST_TEST(found(model(layer("Dense", R"({"safe_mode": false})"))) == "PRQ-KERAS-013");
    BOOST_TEST(found(model(layer("Dense", R"({"safe_mode": true})"))) == "");
}

BOOST_AUTO_TEST_CASE(classes_of_other_loaders_are_a_gap) {
    BOOST_TEST(verdict(R"({"class_name": "os.system"})") == "incomplete");
    BOOST_TEST(verdict(R"({"a": {"class_name": "TensorShape", "items": [1]}})") == "clean");
}

BOOST_AUTO_TEST_CASE(archives_are_named_and_read) {
    const FileReport report = test::scan(keras_zip(with_code(base64(code311({"exec"})))));
    BOOST_TEST(test::identities(report) == "zip keras");
    BOOST_REQUIRE(report.findings.size() == 1);
    BOOST_TEST(report.findings[0].artifact == "config.json");
    BOOST_TEST(verdict(keras_zip(model(layer("Dense", "{}")))) == "clean");
}

BOOST_AUTO_TEST_CASE(what_python_reads_is_read) {
    const std::string evil = with_code(base64(code311({"exec"})));
    const std::string head = evil.substr(0, evil.size() - 1) + ", ";
    for (const std::string& tail : {R"("x": NaN})"s, R"("x": -Infinity})"s, R"("x": "\u0000"})"s,
                                    R"("x": "\udc00"})"s, R"("x": "a\\\"NaN\ud800"})"s}) {
        BOOST_TEST(verdict(keras_zip(head + tail)) == "malicious", tail);
    }
    std::string wide;
    for (const char c : evil) wide += std::string{c, '\0'};
    BOOST_TEST(verdict(keras_zip(wide)) == "malicious");
    BOOST_TEST(verdict(keras_zip("\xff\xfe" + wide)) == "malicious");
    BOOST_TEST(verdict(keras_zip("\xef\xbb\xbf" + evil)) == "malicious");
}

BOOST_AUTO_TEST_CASE(what_nobody_reads_is_suspicious) {
    for (const std::string& config :
         {"{"s, "no JSON"s, R"({"a": 1, "a": 2})"s, std::string(500, '[') + std::string(500, ']'),
          "[" + std::string(400'000, '9') + "]"}) {
        BOOST_TEST(found(keras_zip(config)) == "PRQ-KERAS-016");
    }
}

BOOST_AUTO_TEST_CASE(texts_are_kept_as_they_are) {
    const auto root = read_json(as_bytes(R"({"a": "\u00e9\ud83d\ude00\\u0000", "b": NaN})"sv));
    BOOST_REQUIRE(!!root);
    BOOST_TEST(*root->find("a")->as<std::string>() == "\u00e9\U0001F600\\u0000");
    BOOST_TEST(root->find("b")->is_null());
}

BOOST_AUTO_TEST_CASE(attributes_hold_configurations) {
    using namespace pratique::test::h5;
    const std::string evil = with_code(base64(code311({"exec"})));
    const auto texts = [](const std::vector<std::pair<std::string, std::string>>& all) {
        File file;
        Messages messages{{0x02, u8(0) + u8(0) + u64(kNone) + u64(kNone)}};
        for (const auto& [name, value] : all) {
            messages.push_back(attribute(name, fixed_text(static_cast<std::uint32_t>(value.size())),
                                         dataspace({}), value));
        }
        return test::scan(file.build(file.object(messages)));
    };
    const FileReport whole = texts({{"model_config", evil}});
    BOOST_TEST(test::ids(whole) == "PRQ-KERAS-002");
    BOOST_TEST(whole.findings[0].artifact == "@model_config");
    BOOST_TEST(test::ids(texts({{"training_config", evil}})) == "PRQ-KERAS-002");
    std::vector<std::pair<std::string, std::string>> pieces;
    const std::size_t size = evil.size() / 11 + 1;
    for (std::size_t i = 0; i < 11; ++i) {
        pieces.emplace_back("model_config" + std::to_string(i), evil.substr(i * size, size));
    }
    BOOST_TEST(test::ids(texts(pieces)) == "PRQ-KERAS-002");
    BOOST_TEST(test::ids(texts({{"model_config", "{"}})) == "PRQ-KERAS-016");
    BOOST_TEST(test::ids(texts({{"description", "os.system Lambda"}})) == "");
}

BOOST_AUTO_TEST_CASE(everyday_names_do_not_reach_out) {
    for (const auto name : {"tf", "K", "backend", "np", "signal", "map_fn", "type", "reshape"}) {
        BOOST_TEST(!keras::reaches_out(name), name);
    }
    for (const auto name : {"os", "exec", "getattr", "open", "print", "__class__", "py_function",
                            "subprocess", "socket", "gi_frame"}) {
        BOOST_TEST(keras::reaches_out(name), name);
    }
}

BOOST_AUTO_TEST_CASE(a_node_of_a_graph_in_every_form) {
    const auto node = [](const std::string& form) {
        return found(model(layer("TensorFlowOpLayer", R"({"node_def": )" + form + "}")));
    };
    BOOST_TEST(node(R"({"name": "x", "op": "WriteFile"})") == "PRQ-KERAS-014");
    BOOST_TEST(node(R"("{\"op\": \"Write\\u0046ile\"}")") == "PRQ-KERAS-014");
    BOOST_TEST(node(R"("{\"op\": \"SaveSlices\"}")") == "PRQ-KERAS-014");
    BOOST_TEST(node(R"("\n\u0001x\u0012\u0014DataServiceDatasetV2")") == "PRQ-KERAS-014");
    BOOST_TEST(node(R"("no message")") == "PRQ-KERAS-014");
    BOOST_TEST(node(R"({"name": "x", "op": "AddV2"})").empty());
    BOOST_TEST(node(R"("\n\u0001x\u0012\u0005AddV2")").empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::scanner
