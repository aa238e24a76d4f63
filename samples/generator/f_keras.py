"""f-keras: configurations that bring code, name it, or fetch it."""
import base64
import json

from .assemble import *
from .hdf5fmt import File, attribute
from .marshalfmt import code27, code38, code311
from .sample import Shelf
from .zipwriter import Entry, archive

shelf = Shelf("f-keras", extension="keras", loader="none")
benign = Shelf("benign", extension="keras", loader="none")
METADATA = json.dumps({"keras_version": "3.8.0", "date_saved": "2025-01-01@00:00:00"}).encode()


def layer(name, config=None, module="keras.layers", **more):
    return {"module": module, "class_name": name, "config": config or {},
            "registered_name": None, **more}


def model(*layers, **more):
    return layer("Sequential", {"name": "s", "layers": list(layers)}, module="keras", **more)


def zipped(config, *members):
    """`config` as bytes is taken as it is."""
    body = config if isinstance(config, bytes) else json.dumps(config).encode()
    weights = File()
    return archive([Entry("metadata.json", METADATA), Entry("config.json", body),
                    Entry("model.weights.h5", weights.build(weights.group())), *members])


def add(technique, variant, content, why, expected="malicious", **more):
    """A configuration is put into an archive, unless it is `whole` already."""
    content = content if more.pop("whole", False) else zipped(content)
    shelf.add(technique, variant, content, why, expected=expected, executes=False, **more)


def good(variant, content, why, **more):
    content = content if more.pop("whole", False) else zipped(content)
    benign.add("keras", variant, content, why, expected="benign", **more)


def encoded(code):
    return base64.b64encode(code).decode()


PRINTS = encoded(code311(["print"], [MARKER]))
STARTS = encoded(code311(["os", "system"], [COMMAND]))
SQUARES = encoded(code311(["tf", "math", "square"]))
DENSE = layer("Dense", {"name": "d", "units": 2, "activation": "relu"})
H5 = {"whole": True, "extension": "h5"}
JSON = {"whole": True, "extension": "json"}


def lambda_layer(code):
    """As Keras 3 writes it."""
    return layer("Lambda", {"name": "l", "function": {"class_name": "__lambda__", "config": {
        "code": code, "defaults": None, "closure": None}}})


def old_lambda(code):
    """As Keras 2 writes it."""
    return {"class_name": "Lambda", "config": {
        "name": "l", "function": [code, None, None], "function_type": "lambda",
        "module": "__main__", "output_shape": None, "output_shape_type": "raw", "arguments": {}}}


def marked(code):
    """As Keras 3 writes a lambda that is no layer."""
    return {"class_name": "__lambda__", "config": {"value": [code, None, None]}}


def sequential(*layers):
    return {"class_name": "Sequential", "config": {"name": "s", "layers": list(layers)}}


def h5(config, *more, variable=False, pieces=1):
    file, body = File(), json.dumps(config)
    if variable:
        texts = [file.variable_text("model_config", body)]
    elif pieces > 1:
        size = -(-len(body) // pieces)
        texts = [attribute(f"model_config{i}", body[i * size:(i + 1) * size])
                 for i in range(pieces)]
    else:
        texts = [attribute("model_config", body)]
    return file.build(file.group(*texts, attribute("keras_version", "2.10.0"), *more))


# Code: CVE-2024-3660; in an .h5, CVE-2025-9905.
add("keras-code", "prints", model(lambda_layer(PRINTS)), "a Lambda that prints (CVE-2024-3660)")
add("keras-code", "starts", model(lambda_layer(STARTS)), "a Lambda that starts a program")
add("keras-code", "computes", model(lambda_layer(SQUARES)), "a Lambda that squares",
    expected="suspicious")
add("keras-code", "inner", model(lambda_layer(encoded(code311(["tf"], inner=[
    code311(["__import__"], ["os"])])))), "a function in the function of a Lambda")
add("keras-code", "frames", model(lambda_layer(encoded(code311(["gi_frame", "f_builtins"])))),
    "a way to the built-in functions without their names")
add("keras-code", "mask", model(layer("Lambda", {"mask": marked(STARTS)})), "code as the mask")
add("keras-code", "loss", model(DENSE, compile_config={"loss": marked(STARTS)}),
    "code as the loss")
add("keras-code", "noise", model(lambda_layer("*" + STARTS.replace("A", "A*!"))),
    "base64 with characters that Python passes over")
add("keras-code", "garbage", model(lambda_layer("no code at all")), "code that is none")
add("keras-code", "anywhere", model(layer("Dense", {"kwargs": {"x": [STARTS]}})),
    "code in a place of nobody's")
for name, code in {"python310": code38(["eval"]), "python36": code38(["eval"], counts=5),
                   "python27": code27(["eval"])}.items():
    add("h5-code", name, h5(sequential(old_lambda(encoded(code)))),
        f"a Lambda of {name} (CVE-2025-9905)", **H5)
add("h5-code", "variable", h5(sequential(old_lambda(STARTS)), variable=True),
    "a configuration of variable length (CVE-2025-9905)", **H5)
add("h5-code", "pieces", h5(sequential(old_lambda(STARTS)), pieces=12),
    "a configuration in twelve pieces", **H5)
add("h5-code", "training", h5(sequential(DENSE), attribute(
    "training_config", json.dumps({"loss": marked(STARTS)}))),
    "code in the training configuration", **H5)
add("json-code", "architecture", json.dumps(sequential(old_lambda(STARTS))).encode(),
    "an architecture alone", **JSON)

# JSON that Python reads and others do not.
CODE = json.dumps(model(lambda_layer(STARTS), layer("Dense", {"x": 0})))
add("keras-json", "nan", CODE.replace('"x": 0', '"x": NaN').encode(), "NaN in the configuration")
add("keras-json", "nul", CODE.replace('"x": 0', '"x": "\\u0000"').encode(), "a NUL in a text")
add("keras-json", "surrogate", CODE.replace('"x": 0', '"x": "\\ud800"').encode(),
    "half a character in a text")
add("keras-json", "utf16", CODE.encode("utf-16-le"), "UTF-16 without a mark")
add("keras-json", "utf16_mark", b"\xff\xfe" + CODE.encode("utf-16-le"), "UTF-16 with a mark")
add("keras-json", "twice", CODE.replace('"x": 0', '"x": 0, "x": 1').encode(), "a key twice",
    expected="suspicious")
add("keras-json", "deep", b'{"a":' * 600 + b"1" + b"}" * 600, "600 levels", expected="suspicious")
add("keras-json", "broken", b'{"class_name": "Lambda"', "half a configuration",
    expected="suspicious")


# Names: CVE-2025-1550.
def function(module, name):
    return {"module": module, "class_name": "function", "config": name,
            "registered_name": "function"}


def calls(module, name, **arguments):
    return model(layer("Lambda", {"name": "l", "function": function(module, name),
                                  "arguments": arguments}))


add("keras-name", "class", model(layer("Popen", module="subprocess", inbound_nodes=[
    {"args": [["echo", MARKER]], "kwargs": {}}])), "a program as a layer (CVE-2025-1550)")
add("keras-name", "function", calls("os", "system", command=COMMAND),
    "a program as a function (CVE-2025-1550)")
add("keras-name", "builtin", calls("builtins", "exec"), "exec as a function (CVE-2025-1550)")
add("keras-name", "reexport", calls("random", "_os.system"), "os under another name")
add("keras-name", "typespec", model(layer("Dense", {"spec": {
    "module": "os", "class_name": "__typespec__", "spec_name": "system", "config": [],
    "registered_name": None}})), "a type that is a function")
add("keras-name", "dict", calls(None, {"name": "system", "module": "os"}),
    "module and name in the configuration of a function")
add("keras-name", "unknown", model(layer("Layer", module="some_package.layers")),
    "a class of a package that nobody knows", expected="suspicious")
add("keras-gadget", "get_file", calls("keras.utils", "get_file", fname="x",
    origin="http://127.0.0.1:9/x", extract=True), "a download (CVE-2025-8747, CVE-2025-12060)")
add("keras-gadget", "old_module", calls("keras.src.utils.file_utils", "get_file"),
    "a download under its own module (CVE-2025-8747)")
add("keras-gadget", "unlock", model(function("keras.config", "enable_unsafe_deserialization")),
    "the safe mode turned off (CVE-2025-9906)")
add("keras-gadget", "load_model", calls("keras.models", "load_model"), "another model")
add("keras-gadget", "flag", model(layer("Dense", {"safe_mode": False})), "the flag in a layer")
add("keras-layer", "torch", model(layer("TorchModuleWrapper", {"module": encoded(evil())})),
    "a pickle for torch.load (CVE-2025-49655)")
add("keras-layer", "tfsm", model(layer("TFSMLayer", {"filepath": "/srv/model"})),
    "a layer that loads a SavedModel (CVE-2026-1462)")
add("keras-layer", "hub", sequential({"class_name": "KerasLayer", "config": {
    "handle": "https://127.0.0.1:9/m"}}), "a layer from TensorFlow Hub")
add("keras-layer", "symbol", sequential({"class_name": "TFOpLambda", "config": {
    "function": "io.write_file"}}), "an operation that writes a file")
add("keras-layer", "node", sequential({"class_name": "TensorFlowOpLayer", "config": {
    "node_def": '{"name": "r", "op": "ReadFile"}'}}), "a node that reads a file")
for variant, node_def in (
        ("node_object", {"name": "w", "op": "WriteFile", "input": ["a", "b"]}),
        ("node_escaped", '{"name": "w", "op": "Write\\u0046ile"}'),
        ("node_saver", '{"name": "w", "op": "SaveSlices"}'),
        ("node_bytes", "\n\1w\x12\x14DataServiceDatasetV2")):
    add("keras-layer", variant, sequential({"class_name": "TensorFlowOpLayer", "config": {
        "node_def": node_def, "constants": {"0": "/tmp/pratique-sample"}}}),
        "a node that reaches out, in another spelling")
good("node", sequential({"class_name": "TensorFlowOpLayer", "config": {
    "node_def": {"name": "a", "op": "AddV2", "input": ["x", "y"]}, "constants": {}}}),
    "a node that adds")
add("keras-layer", "jax", model(layer("JaxLayer", {"call_fn": "f"})), "a layer of JAX",
    expected="suspicious")
for name, path in {"absolute": "/etc/passwd", "traversal": "../../secret",
                   "url": "http://127.0.0.1:9/v.txt", "scheme": "gs://bucket/v.txt"}.items():
    add("keras-vocabulary", name, model(layer("StringLookup", {"vocabulary": path})),
        "a vocabulary from elsewhere (CVE-2025-12058)")
add("keras-asset", "traversal", zipped(model(DENSE), Entry("assets/../../x", b"x")),
    "an asset that leads out of the archive", whole=True)

# Harmless twins.
good("sequential", model(layer("InputLayer", {"batch_shape": [None, 2]}), DENSE), "two layers")
good("model_config", h5(sequential(DENSE)), "an architecture of Keras 2", **H5)
good("architecture", json.dumps(sequential(DENSE)).encode(), "an architecture alone", **JSON)
good("named_function", calls("keras.activations", "relu"), "a Lambda of a function of Keras")
good("old_function", calls("builtins", "relu"), "the same as Keras 2 names it")
good("names_only", model(layer("Dense", {
    "name": "os.system Lambda get_file TFSMLayer TorchModuleWrapper __lambda__"})),
    "the words as a name")
good("vocabulary", model(layer("StringLookup", {"vocabulary": ["/etc/passwd", "http://x/y"]})),
     "a vocabulary in the file")
good("asset", zipped(model(DENSE), Entry("assets/lookup/vocabulary.txt", b"a\nb\n")),
     "a vocabulary as an asset", whole=True)
good("symbol", sequential({"class_name": "TFOpLambda", "config": {"function": "math.add"}}),
     "an operation that adds")
good("slice", sequential({"class_name": "SlicingOpLambda", "config": {
    "function": "__operators__.getitem"}}), "an operation that slices")
good("nan", json.dumps(model(layer("Dense", {"x": float("nan")}))).encode(),
     "NaN where nothing hides")
good("custom", sequential({"class_name": "Custom>TopK", "config": {}}),
     "a class that the program must bring")
good("operation", model(layer("GetItem", module="keras.src.ops.numpy")), "an operation of Keras")
good("base64", model(layer("Dense", {"note": "Yw" * 40})), "a text that looks like code")
