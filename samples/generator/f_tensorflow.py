"""f-tensorflow: graphs whose operators reach out of the model, and other ways to write them."""
import json
import struct

from .assemble import MARKER, evil
from .sample import Shelf
from .tffmt import *

shelf = Shelf("f-tensorflow", extension="pb", loader="none")
benign = Shelf("benign", extension="pb", loader="none")


def add(technique, variant, content, why, expected="malicious", **more):
    shelf.add(technique, variant, content, why, expected=expected, executes=False, **more)


def keep(variant, content, why, **more):
    benign.add("tensorflow", variant, content, why, expected="benign", **more)


# --- operators ------------------------------------------------------------------------------

HOST = constant("path", "/etc/hostname")
READ = node("read", "ReadFile", "path")
HERE = constant("path", MARKER)
WRITE = node("write", "WriteFile", "path", "x")

add("tf-op", "readfile", model(HOST, READ), "reads a file by a path of its own")
add("tf-op", "writefile", model(HERE, WRITE), "writes what it is fed")
add("tf-op", "textline", model(HOST, node("d", "TextLineDataset", "path", "x", "x")),
    "reads a file as a dataset")
add("tf-op", "sqlite", model(constant("a", "sqlite"), HOST, constant("q", "SELECT 1"),
    node("d", "SqlDataset", "a", "path", "q")), "opens a file as a database")
add("tf-op", "print_to_file", model(node("p", "PrintV2", "x", attributes=attribute(
    "output_stream", field(2, "file://" + MARKER)))), "prints into a file")
add("tf-op", "debug_address", model(node("d", "DebugIdentityV2", "x", attributes=attribute(
    "debug_urls", field(1, field(2, "grpc://127.0.0.1:9"))))), "sends tensors to an address")
add("tf-op", "abort", model(node("a", "Abort")), "ends the process", expected="suspicious")
for op in ("PyFunc", "EagerPyFunc"):
    add("tf-pyfunc", op.lower(), model(node("p", op, "x", attributes=attribute(
        "token", field(2, "pyfunc_0")))), "calls a function of the running program")
add("tf-function", "in_library", model(HERE, call("c", "evil", "path", "x"), functions=[
    function("evil", ["p", "c"], node("write", "WriteFile", "p", "c"))]),
    "the operator in a function, its path from the caller")
add("tf-function", "graphdef", graph(PLACEHOLDER, HOST, READ), "a bare GraphDef")
add("tf-function", "metagraph", metagraph(graph(PLACEHOLDER, HOST, READ)), "a bare MetaGraphDef",
    extension="meta")

# --- the saver and assets -------------------------------------------------------------------

SAVE = [constant("names", "v"), constant("slices", ""),
        node("save", "SaveV2", "prefix", "names", "slices", "x")]


def saver(*path):
    return savedmodel(metagraph(graph(PLACEHOLDER, *path, *SAVE), saver="prefix:0"))


add("tf-saver", "absolute", saver(constant("prefix", "/tmp/" + MARKER)),
    "a saver whose path is absolute unless it is fed")
add("tf-saver", "joined", saver(constant("a", ""), constant("b", "/tmp/" + MARKER),
    node("prefix", "StringJoin", "a", "b")), "the same, in two pieces")
add("tf-saver", "encoded", saver(constant("a", "L3RtcC9wcmF0aXF1ZS1zYW1wbGU"),
    node("prefix", "DecodeBase64", "a")), "a saver whose path is computed", expected="suspicious")


def table(filename, *path):
    return savedmodel(metagraph(graph(PLACEHOLDER, *path, node("t", "HashTableV2"), node(
        "init", "InitializeTableFromTextFileV2", "t", "file")), asset("file:0", filename)))


VOCABULARY = constant("file", "/srv/author/vocabulary.txt")
add("tf-asset", "climbs", table("../../etc/hostname", VOCABULARY), "an asset above the folder")
add("tf-asset", "absolute", table("/etc/hostname", VOCABULARY), "an asset with an absolute path")
ANY = field(1, field(2, field(1, field(1, "file:0")) + field(2, "../../etc/hostname")))
add("tf-asset", "collection", savedmodel(metagraph(graph(VOCABULARY, node("t", "HashTableV2")),
    field(4, field(1, "saved_model_assets") + field(2, field(5, ANY))))),
    "an asset above the folder, as TensorFlow 1 keeps it")
add("tf-asset", "no_asset", model(HOST, node("t", "HashTableV2"), node(
    "init", "InitializeTableFromTextFileV2", "t", "path")), "a table of a file that is no asset")

# --- the same graph, written differently ----------------------------------------------------

PLAIN = graph(PLACEHOLDER, IDENTITY)
BOTH = field(2, PLAIN) + field(2, graph(HERE, WRITE))
add("tf-wire", "split_graph", number(1, 1) + field(2, BOTH), "the graph in two pieces")
add("tf-wire", "op_twice", model(HERE, field(2, "Identity") + WRITE),
    "two operators, of which the last counts")
add("tf-wire", "unknown_first", field(2047, bytes(50)) + model(HERE, WRITE),
    "an unknown field in front")


def long_field(number_, content):
    """A length in five bytes, of which the last are empty."""
    length = len(content)
    return varint(number_ << 3 | 2) + bytes([length & 0x7f | 0x80, length >> 7 | 0x80, 0x80, 0x80,
                                             0]) + content


add("tf-wire", "long_lengths", number(1, 1) + long_field(2, long_field(2, long_field(
    1, field(1, "w") + long_field(2, b"WriteFile")))), "lengths in more bytes than they need")
add("tf-wire", "other_type", number(2, 1) + model(HERE, WRITE), "a graph that is a number first")
add("tf-wire", "two_kinds", field(1, IDENTITY) + number(1, 1) + field(2, metagraph(graph(
    PLACEHOLDER, HERE, WRITE))), "a SavedModel that begins as a GraphDef")
# Fields of another type than they should be are unknown to protobuf: they make nothing another
# thing.
BLOCK = field(1, number(1, 0) + number(2, 0) + field(4, field(3, "relu")))
LED = number(1, 0)
add("tf-wire", "paddle_first", BLOCK + savedmodel(metagraph(graph(
    LED + PLACEHOLDER, LED + HERE, LED + WRITE))), "a SavedModel that begins as Paddle's program")
add("tf-wire", "paddle_graph", BLOCK + graph(LED + PLACEHOLDER, LED + HERE, LED + WRITE),
    "a GraphDef that begins as Paddle's program")
add("tf-carried", "dataset", model(constant("g", graph(HOST, READ)), node(
    "d", "DatasetFromGraph", "g")), "a graph in a text, which an operator runs")
add("tf-carried", "dataset_fed", model(node("d", "DatasetFromGraph", "x")),
    "a graph that is fed", expected="suspicious")
keep("dataset_from_graph", model(constant("g", graph(PLACEHOLDER, IDENTITY)), node(
    "d", "DatasetFromGraph", "g")), "a graph in a text that only computes")
for op, why in (("ListSnapshotChunksDataset", "reads the files of a snapshot"),
                ("SnapshotChunkDataset", "reads one file of a snapshot")):
    add("tf-op", op.lower(), model(HOST, node("d", op, "path")), why)
add("tf-carried", "mlir", model(node("p", "MlirPassthroughOp", "x", attributes=attribute(
    "mlir_module", field(2, "func.func @main() { tf.ReadFile }")))), "a program as MLIR's text",
    expected="suspicious")
add("tf-carried", "xla_custom_call", model(node("p", "XlaCallModule", "x", attributes=attribute(
    "module", field(2, b"ML\xefR\1StableHLO\0custom_call_v1\0")))),
    "a program of StableHLO that calls out", expected="suspicious")
keep("xla_module", model(node("p", "XlaCallModule", "x", attributes=attribute(
    "module", field(2, b"ML\xefR\1StableHLO\0add_v1\0")))), "a program of StableHLO that computes")
keep("custom_operator", model(node("c", "SomebodysOp", "x")),
     "an operator that somebody else has to bring")
add("tf-op", "io", model(HOST, node("r", "IO>FileRead", "path")), "an operator of tensorflow-io",
    expected="suspicious")
add("tf-wire", "carried", model() + field(9, evil()), "a pickle in an unknown field")
# CVE-2022-23594: converters took it for granted that inputs are there.
add("tf-wire", "dangling_input", model(node("z", "Identity", "nowhere")),
    "an input that is no node (CVE-2022-23594)", expected="suspicious")

# --- text -----------------------------------------------------------------------------------

TEXT = """saved_model_schema_version: 1
meta_graphs { graph_def { node { name: "path" op: "Const" attr { key: "dtype" value { type:
  DT_STRING } } attr { key: "value" value { tensor { dtype: DT_STRING tensor_shape { }
  string_val: "%s" } } } } node { name: "w" op: "WriteFile" input: "path" } } }
""" % MARKER
add("tf-text", "savedmodel", TEXT.encode(), "a SavedModel as text", extension="pbtxt")
add("tf-text", "graph", b'versions { producer: 27 } version: 1\nnode { name: "p" op: "Const" }\n'
    b'node { name: "w" op: "WriteFile" input: "p" }', "a GraphDef as text", extension="pbtxt")
add("tf-text", "spelt", b"# a graph\nversion: 27;\nnode: [ < name: 'p' op: 'Const' >,\n"
    b"  < name: 'w', op: 'Write' \"\\x46\\151le\", input: ['p'] > ]\n",
    "a list, other brackets, a text in pieces with escapes", extension="pbtxt")
add("tf-text", "mark", b"\xef\xbb\xbf" + TEXT.encode(),
    "a SavedModel as text, with a mark in front", extension="pbtxt")
shelf.add("tf-text", "checkpoint_climbs", b'model_checkpoint_path: "../../elsewhere/model-1"\n',
          "the newest checkpoint is in another folder", expected="suspicious", extension="")

# --- checkpoints and TensorFlow.js ----------------------------------------------------------

ELEMENTS = struct.pack("<4f", 1, 2, 3, 4)
ENTRIES = [(b"dense/kernel", entry(ELEMENTS))]
add("tf-index", "hidden", index(ENTRIES, hidden=evil()), "a pickle between the blocks",
    extension="index")


def tfjs(*paths, op="Relu"):
    return json.dumps({
        "format": "graph-model",
        "modelTopology": {"node": [{"name": "x", "op": "Placeholder"},
                                   {"name": "y", "op": op, "input": ["x"]}]},
        "weightsManifest": [{"paths": list(paths), "weights": [
            {"name": "w", "shape": [4], "dtype": "float32"}]}]}).encode()


add("tfjs-weights", "climbs", tfjs("../../secret.bin"), "weights above the model",
    extension="json")
add("tfjs-weights", "elsewhere", tfjs("http://127.0.0.1:9/w.bin"), "weights on another host",
    extension="json")
add("tfjs-op", "readfile", tfjs("w.bin", op="ReadFile"), "an operator that reads files",
    expected="suspicious", extension="json")

# --- what every model has -------------------------------------------------------------------

keep("savedmodel", savedmodel(metagraph(graph(
    PLACEHOLDER, constant("input", "model"), node("prefix", "PlaceholderWithDefault", "input"),
    constant("part", "_temp_0123/part"), node("join", "StringJoin", "prefix", "part"),
    constant("names", "v"), constant("slices", ""),
    node("shard", "ShardedFilename", "join", "x", "x"),
    node("save", "SaveV2", "shard", "names", "slices", "x"), node("pack", "Pack", "shard"),
    node("merge", "MergeV2Checkpoints", "pack", "prefix"),
    node("restore", "RestoreV2", "prefix", "names", "slices")), saver="prefix:0")),
    "a saver as TensorFlow 1 makes it")
keep("functions", savedmodel(metagraph(graph(
    node("saver_filename", "Placeholder"), PLACEHOLDER, call("c", "save", "saver_filename", "x"),
    functions=[function("save", ["file_prefix", "v"], constant("part", ".part"),
                        node("join", "StringJoin", "file_prefix", "part:output:0"),
                        node("save", "SaveV2", "join:output:0", "part:output:0", "part:output:0",
                             "v"))]),
    saver="saver_filename:0")), "a saver as TensorFlow 2 makes it")
keep("asset", table("vocabulary.txt", VOCABULARY),
     "a table from an asset: the path of the author's machine is replaced by the loader")
keep("inputs", model(node("z", "Identity", "y:0", "^x")),
     "inputs of all spellings (the twin of CVE-2022-23594)")
keep("print", model(node("p", "PrintV2", "x", attributes=attribute("output_stream", field(
    2, "stderr")))), "prints to the terminal")
keep("graphdef", graph(PLACEHOLDER, IDENTITY), "a bare GraphDef")
keep("text", b'node {\n  name: "x"\n  op: "Placeholder"\n}\nversions {\n  producer: 27\n}\n',
     "a GraphDef as text", extension="pbtxt")
keep("latest", b'model_checkpoint_path: "model-1"\nall_model_checkpoint_paths: "model-1"\n',
     "the newest checkpoint is beside the file", extension="")
benign.add("tensorflow", "checkpoint", index(ENTRIES), "an index and its shard", expected="benign",
           extension="index", companions={"model.data-00000-of-00001": ELEMENTS})
keep("js", tfjs("group1-shard1of1.bin"), "TensorFlow.js", extension="json")
