"""f-onnx: files that a model names, operators from elsewhere, graphs that cost too much."""
from .onnxfmt import *
from .sample import Shelf

shelf = Shelf("f-onnx", extension="onnx", loader="none")
benign = Shelf("benign", extension="onnx", loader="none")


def add(technique, variant, content, why, expected="malicious", **more):
    shelf.add(technique, variant, content, why, expected=expected, executes=False, **more)


def at(location, **keys):
    """A tensor in the file of this name."""
    return external([("location", location), *keys.items()])


def with_tensor(content):
    return model(graph(tensors=[content]))


# --- files ----------------------------------------------------------------------------------

for variant, location, why in [
        ("dotdot", "../../etc/hostname", "a file above the folder (CVE-2022-25882)"),
        ("nested", "a/../../hostname", "a way down, and further up (CVE-2024-27318)"),
        ("absolute", "/etc/hostname", "an absolute name, which saving writes (CVE-2025-51480)"),
        ("backslash", "..\\..\\hostname", "the separators of Windows"),
        ("drive", "C:hostname", "the current folder of a drive"),
        ("host", "\\\\127.0.0.1\\share\\w", "a share of another machine"),
        ("home", "~/hostname", "the user's folder"),
        ("address", "file:///etc/hostname", "an address"),
        ("fragment", "#../hostname", ".. behind a mark that parsers of addresses take away")]:
    add("onnx-external", variant, with_tensor(at(location)), why)

OUT = at("../hostname")
IF = node("If", attributes=attribute("then_branch", blob(6, graph(tensors=[OUT])), 5))
add("onnx-external", "branch", model(graph([IF])), "in the graph of a branch")
add("onnx-external", "attribute",
    model(graph([node("Constant", attributes=attribute("value", blob(5, OUT), 4))])),
    "in an attribute")
add("onnx-external", "function",
    model(more=function("f", [node("Constant", attributes=attribute("value", blob(5, OUT), 4))])),
    "in a function that nobody calls")
add("onnx-external", "sparse", model(graph(more=blob(15, blob(1, OUT)))), "in a sparse tensor")
add("onnx-external", "training", model(more=blob(20, blob(1, graph(tensors=[OUT])))),
    "in a graph for training")
add("onnx-external", "second_graph", model(more=blob(7, graph(tensors=[OUT]))),
    "in a second graph, which protobuf merges with the first")
add("onnx-external", "second_key", with_tensor(tensor(data=None, dims=(4,), more=number(14, 1) +
    blob(13, entry("location", "w.bin") + blob(2, "../hostname")))),
    "a second value in one entry: the last counts")
add("onnx-external", "unknown_field", with_tensor(OUT) + blob(99, "x"),
    "with a field that no ModelProto has, which readers skip")
for variant, location, why in [
        ("way_back", "a/../w.bin", "a way back that stays inside, as long as a is no link"),
        ("device", "NUL.bin", "a device of Windows"),
        ("nul", "w.bin\0.txt", "a NUL, where C ends the name"),
        ("empty", "", "no name")]:
    add("onnx-name", variant, with_tensor(at(location)), why, expected="suspicious")
add("onnx-key", "attribute", with_tensor(at("w.bin", __class__="x")),
    "a key that old versions set as an attribute (GHSA-538c-55jv-c5g9)", expected="suspicious")
for variant, keys in [("negative", {"offset": "-4"}), ("huge", {"length": "1" + "0" * 30}),
                      ("overflow", {"offset": "18446744073709551615"}),
                      ("text", {"length": "1e9"})]:
    add("onnx-range", variant, with_tensor(at("w.bin", **keys)),
        "an impossible place (GHSA-538c-55jv-c5g9)", expected="suspicious")

# --- operators ------------------------------------------------------------------------------

add("onnx-python", "pyop", model(graph([node("PyOp", "pyopadd", attributes=attribute(
    "module", blob(4, "helper"), 3))])), "an operator that imports a module")
add("onnx-python", "function", model(graph([node("PythonOp", "com.microsoft")])),
    "an operator that calls a Python function")
add("onnx-context", "path", model(graph([node("EPContext", "com.microsoft", attributes=
    attribute("embed_mode", number(3, 0), 2) +
    attribute("ep_cache_context", blob(4, "../engine.bin"), 3))])),
    "a compiled graph outside of the folder")
add("onnx-context", "embedded", model(graph([node("EPContext", "com.microsoft", attributes=
    attribute("ep_cache_context", blob(4, b"\x7fELF" + bytes(60)), 3))])),
    "a program as compiled graph", expected="suspicious")
add("onnx-attribute", "address", model(graph([node("Fetch", "com.example", attributes=attribute(
    "uri", blob(4, "http://127.0.0.1:9/"), 3))])), "an operator of an extension with an address",
    expected="suspicious")

# --- texts ----------------------------------------------------------------------------------

add("onnx-metadata", "script", model(more=blob(14, entry("note",
    "<SCRIPT>document.title='pratique-sample'</script>"))), "a script in a property",
    expected="suspicious")
add("onnx-metadata", "names", model(more=blob(14, entry("names",
    "__import__('os').system('echo pratique-sample')"))),
    "a property that programs evaluate as names of classes")

# --- costs ----------------------------------------------------------------------------------

deep = graph()
for _ in range(60):
    deep = graph([node("If", attributes=attribute("then_branch", blob(6, deep), 5))])
add("onnx-nest", "if60", model(deep), "60 graphs inside each other", expected="suspicious")
add("onnx-bomb", "shape", with_tensor(tensor(data=None, dims=(2**40,))),
    "a tensor of four terabytes without data", expected="suspicious")
add("onnx-bomb", "raw_data", with_tensor(tensor(dims=(100,))), "less data than the shape says",
    expected="suspicious")
add("onnx-functions", "cycle", model(graph([node("a", "local")]),
    function("a", [node("b", "local")]) + function("b", [node("a", "local")])),
    "functions that call each other (GHSA-7w46-vvrh-m8q5)", expected="suspicious")
add("onnx-functions", "growth", model(graph([node("f0", "local")]), b"".join(
    function(f"f{i}", [node(f"f{i + 1}", "local")] * 8) for i in range(12))),
    "functions that become 8^12 nodes", expected="suspicious")
add("onnx-functions", "twice", model(graph([node("f", "local")]),
    function("f", [node()]) + function("f", [node("Tanh")])), "one function, defined twice",
    expected="suspicious")

# --- harmless -------------------------------------------------------------------------------


def harmless(variant, content, why, **more):
    benign.add("onnx", variant, content, why, expected="benign", **more)


INSIDE = graph([node("If", attributes=attribute("then_branch", blob(6, graph()), 5) +
                     attribute("else_branch", blob(6, graph()), 5))], [tensor()],
               blob(15, blob(1, tensor("s")) + blob(2, tensor("", bytes(8), (1,), INT64)) +
                    number(3, 9)))
harmless("plain", model(INSIDE), "branches, a tensor, a sparse tensor")
harmless("external", with_tensor(at("w..bin", offset="4", length="16", checksum="0" * 40)),
         "a tensor in a file beside the model", companions={"w..bin": bytes(20)})
harmless("functions", model(graph([node("f", "local")] * 3),
                            function("f", [node("g", "local")] * 4) + function("g", [node()])),
         "functions that call each other once")
harmless("extension", model(graph([node("Tokenizer", "com.microsoft", attributes=attribute(
    "separators", blob(9, "/") + blob(9, " "), 8))]), opset("com.microsoft", 1)),
    "an operator of ONNX Runtime")
harmless("metadata", model(more=blob(14, entry("names", "{0: 'person', 1: 'bicycle'}"))),
         "names of classes in a property")
harmless("tensor", tensor("x"), "one tensor", extension="pb")
harmless("node", node("Clip"), "one node", extension="pb")
harmless("sequence", number(2, 1) + blob(3, tensor("x")), "a sequence of one tensor",
         extension="pb")

# --- text -------------------------------------------------------------------------------------

PROTO = """ir_version: 8
opset_import { version: 13 }
graph { name: "g" initializer { dims: 4 data_type: 1 name: "w" data_location: EXTERNAL
  external_data { key: "location" value: "%s" } } }
"""
JSON = """{"irVersion": "8", "opsetImport": [{"version": "13"}], "graph": {"name": "g",
"initializer": [{"dims": ["4"], "dataType": 1, "name": "w", \
"dataLocation": "EXTERNAL", "externalData":
[{"value": "%s", "key": "location"}]}]}}
"""
OWN = """<ir_version: 7, opset_import: ["": 10]>
g (float[N] x) => (float[N] y) <float[4] w = ["location": "%s",
"offset": "0"]> { y = Add(x, w) }
"""
for variant, text_, extension in (("protobuf", PROTO, "textproto"), ("json", JSON, "onnxjson"),
                                  ("own", OWN, "onnxtxt")):
    add("onnx-text", variant, (text_ % "../../hostname").encode(),
        "a file above the folder, in a model as text", extension=extension)
