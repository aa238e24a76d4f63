"""Harmless files that look like trouble: false alarms start here."""
import datetime
import pickle

from . import c_wrap, deflate, tarwriter, torchfmt
from .assemble import *
from .numpyfmt import array_pickle, doubles, dtype_pickle, floats, joblib_array, npy
from .sample import Shelf
from .zipwriter import Entry, archive

shelf = Shelf("benign")


def add(technique, variant, content, why, **more):
    shelf.add(technique, variant, content, why, expected="benign", **more)


# --- plain pickles, as the standard library writes them ---------------------------------------
PLAIN = {"epoch": 7, "loss": 0.125, "names": ["a", "b"], "best": None, "done": True,
         "pair": (1, -2), "set": {3}, "frozen": frozenset({4}), "blob": b"\x00\x80\x04.",
         "text": "größe", "big": 2**200, "nested": {"os": "system", "eval": "exec"}}
for protocol in range(6):
    add("protocols", f"p{protocol}", pickle.dumps(PLAIN, protocol),
        f"every plain kind of value, protocol {protocol}")
add("big-ints", "positive", pickle.dumps(2**2100, 4), "LONG4")
add("big-ints", "negative", pickle.dumps([-1, -128, -129, -2**31, -2**31 - 1, -2**63], 2),
    "negative numbers of every width")
add("big-ints", "text", pickle.dumps(2**100, 0), "a text LONG")
add("big-ints", "magic_like", pickle.dumps([0x1950A86A20F9469CFC6C, 2**61 - 1], 4),
    "numbers that look like known magics")
add("frames", "several", pickle.dumps(["x" * 30000, "y" * 30000, "z" * 30000], 4),
    "three frames")
add("frames", "large_text", pickle.dumps({"k": "x" * 70000, "after": 1}, 4),
    "a text outside of any frame")
add("frames", "bytearray", pickle.dumps(bytearray(b"abc"), 5), "BYTEARRAY8 in protocol 5")
add("shared", "cyclic", PROTO4 + EMPTY_LIST + MEMOIZE + binget(0) + APPEND + STOP,
    "a list that holds itself, as pickle writes it")
SHARED = ["same"] * 3
add("shared", "memo", pickle.dumps([SHARED, SHARED, {"again": SHARED}], 2), "shared lists")
add("classes", "datetime", pickle.dumps(datetime.datetime(2024, 1, 2, 3, 4, 5), 4),
    "REDUCE of datetime")
add("classes", "ordered", PROTO4 + call(sg("collections", "OrderedDict")) + MARK + text("a")
    + integer(1) + SETITEMS + STOP, "OrderedDict")
add("classes", "namespace", PROTO4 + new(sg("argparse", "Namespace")) + dic(text("eval"),
    text("os.system"), text("lr"), binfloat(0.1)) + BUILD + STOP,
    "argparse.Namespace with a field called eval, as many checkpoints hold")
add("classes", "defaultdict", PROTO4 + call(sg("collections", "defaultdict"),
    sg("builtins", "list")) + MARK + text("a") + EMPTY_LIST + SETITEMS + STOP,
    "defaultdict of list")
add("classes", "complex", PROTO4 + call(sg("builtins", "complex"), binfloat(1.0), binfloat(2.0))
    + STOP, "a complex number")

# --- NumPy and scikit-learn -------------------------------------------------------------------
ARRAY = array_pickle((2, 2), "f", 8, doubles(1, 2, 3, 4))
SCALAR = call(sg("numpy.core.multiarray", "scalar"), dtype_pickle("f", 8), data(doubles(0.5)))
add("numpy", "array", PROTO4 + ARRAY + STOP, "an ndarray", loader="pickle+numpy")
add("numpy", "scalar", PROTO4 + SCALAR + STOP, "a scalar", loader="pickle+numpy")
ESTIMATOR = (new(sg("sklearn.linear_model._base", "LinearRegression"))
             + dic(text("fit_intercept"), TRUE, text("n_features_in_"), integer(2), text("coef_"),
                   ARRAY, text("intercept_"), SCALAR, text("_sklearn_version"), text("1.2.2"))
             + BUILD)
add("sklearn", "linear", PROTO4 + ESTIMATOR + STOP, "an estimator", loader="none")
add("sklearn", "pipeline", PROTO4 + new(sg("sklearn.pipeline", "Pipeline"))
    + dic(text("steps"), lst(tup(text("model"), ESTIMATOR)), text("memory"), NONE,
          text("verbose"), FALSE) + BUILD + STOP, "a pipeline", loader="none")
add("npy", "float", npy("<f4", "(2, 2)", floats(1, 2, 3, 4)), "a float array", extension="npy",
    loader="numpy")
add("npy", "version2", npy("<f8", "(2,)", doubles(1, 2), version=(2, 0)), "version 2",
    extension="npy", loader="numpy")
add("npy", "text", npy("<U4", "(2,)", "eval".encode("utf-32-le") + "exec".encode("utf-32-le")),
    "texts with words of interest", extension="npy", loader="numpy")
MEMBERS = [("w.npy", npy("<f4", "(2, 2)", floats(1, 2, 3, 4))),
           ("b.npy", npy("<i8", "(0,)", b""))]
add("npz", "stored", archive([Entry(name, body) for name, body in MEMBERS]), "numpy.savez",
    extension="npz", loader="npz")
add("npz", "deflated", archive([Entry(name, deflate.deflate(body), plain=body, method=8)
    for name, body in MEMBERS]), "numpy.savez_compressed", extension="npz", loader="npz")

# --- joblib -----------------------------------------------------------------------------------
HEAD = PROTO4 + EMPTY_DICT + MARK + text("coef")
RAW = b".\x80\x04cos\nsystem\n(R" + bytes(range(48))
for variant, aligned in [("aligned", True), ("unaligned", False)]:
    add("joblib", variant, HEAD + joblib_array((8,), "f", 8, RAW, len(HEAD), aligned)
        + text("n") + integer(3) + SETITEMS + STOP,
        "an inline array whose bytes look like opcodes", extension="joblib", loader="joblib")
JOBLIB = HEAD + joblib_array((8,), "f", 8, RAW, len(HEAD)) + SETITEMS + STOP
add("joblib", "zlib", deflate.zlib_stream(JOBLIB), "compressed with zlib", extension="joblib",
    loader="joblib")
add("joblib", "gzip", deflate.gzip(JOBLIB), "compressed with gzip", extension="joblib",
    loader="joblib")

# --- PyTorch ----------------------------------------------------------------------------------
WEIGHTS = PROTO2 + torchfmt.state_dict(
    binunicode("layer.weight"), torchfmt.tensor(torchfmt.storage("0", 4), (2, 2)),
    binunicode("layer.bias"), torchfmt.tensor(torchfmt.storage("1", 2), (2,))) + STOP
STORAGES = [("0", floats(1, 2, 3, 4)), ("1", floats(5, 6))]
add("torch-zip", "state_dict", torchfmt.checkpoint(WEIGHTS, STORAGES), "a state dict",
    extension="pt", loader="torch")
add("torch-zip", "zip64", torchfmt.checkpoint(WEIGHTS, STORAGES, zip64=True),
    "with a zip64 end record", extension="pt", loader="torch")
add("torch-zip", "storage_like_pickle", torchfmt.checkpoint(WEIGHTS, [
    ("0", b"\x80\x04cos\nsystem\n(R."), ("1", b"\x80\x02K\x01.abc")]),
    "tensor bytes that look like pickles", extension="pt", loader="torch")
add("torch-zip", "rezipped", archive([Entry(f"model/{name}", deflate.deflate(body), plain=body,
    method=8) for name, body in [("data.pkl", WEIGHTS), ("version", b"3\n"),
    ("data/0", STORAGES[0][1]), ("data/1", STORAGES[1][1])]]), "packed again with DEFLATE",
    extension="pth", loader="torch")
LEGACY = WEIGHTS.replace(b"cpu" + integer(4), b"cpu" + integer(4) + NONE).replace(
    b"cpu" + integer(2), b"cpu" + integer(2) + NONE)
add("torch-legacy", "state_dict", torchfmt.legacy(body=LEGACY, storages=STORAGES),
    "five pickles and two storages", extension="pt", loader="torch")
CODE_TEXT = (b"class Net(Module):\n  __parameters__ = [\"w\", ]\n  __buffers__ = []\n"
             b"  w : Tensor\n  training : bool\n"
             b"  def forward(self: __torch__.Net,\n    x: Tensor) -> Tensor:\n"
             b"    return torch.add(x, self.w)\n")
MODULE = (PROTO2 + glob("__torch__", "Net") + EMPTY_TUPLE + NEWOBJ
          + dic(binunicode("w"), torchfmt.tensor(torchfmt.storage("0", 4), (2, 2)),
                binunicode("training"), FALSE) + BUILD + STOP)
add("torchscript", "net", archive([
    torchfmt.entry("data.pkl", MODULE), torchfmt.entry("data/0", STORAGES[0][1]),
    torchfmt.entry("code/__torch__.py", CODE_TEXT),
    torchfmt.entry("constants.pkl", PROTO2 + EMPTY_TUPLE + STOP),
    torchfmt.entry("version", b"3\n")]), "the layout of TorchScript", extension="pt",
    loader="none")

# --- archives, text, media --------------------------------------------------------------------
CONFIG = b'{"architectures": ["Net"], "note": "os.system and eval are only words here"}\n'
TAR = (tarwriter.member(b"model/config.json", CONFIG)
       + tarwriter.member(b"model/weights.npy", MEMBERS[0][1]) + tarwriter.END)
add("archives", "tar", TAR, "a tar of configuration and weights", extension="tar", loader="none")
add("archives", "tar_gz", deflate.gzip(TAR), "the same, compressed", extension="tar.gz",
    loader="none")
add("archives", "tar_link", tarwriter.member(b"a.txt", b"text\n") + tarwriter.header(
    b"b.txt", kind=b"2", link=b"a.txt") + tarwriter.END, "a link to a sibling", extension="tar",
    loader="none")
add("archives", "zip", archive([Entry("readme.md", b"# A model\n"), Entry("config.json", CONFIG),
    Entry("notes..old.txt", b"two dots in a name are fine\n")]), "a zip of texts",
    extension="zip", loader="none")
add("archives", "seven_zip", c_wrap.seven_zip("config.json", CONFIG), "a 7z of one text",
    extension="7z", loader="none")
add("texts", "config", CONFIG, "a configuration", extension="json", loader="none")
add("texts", "readme", b"# A model\n\n    import os; os.system('not run')\n    c.o.s\n",
    "a model card that shows code", extension="md", loader="none")
add("texts", "vocabulary", b"cos\nsystem\nR.\n[PAD]\n", "words that look like opcodes",
    extension="txt", loader="none")
add("media", "pixel", c_wrap.png(), "a picture", extension="png", loader="none")
