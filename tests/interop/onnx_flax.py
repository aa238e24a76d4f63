#!/usr/bin/env python3
"""Writes ONNX models and Flax trees with the libraries that define these formats, in every type and
every way to store one, has `pratique inspect` read them, and compares names, types, shapes and the
SHA-256 of all elements with what the libraries read back.

    onnx_flax.py PRATIQUE

Needs onnx, numpy, ml_dtypes and msgpack; flax too, if trees are to be written by Flax itself.
"""
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

import ml_dtypes
import msgpack
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

try:
    from flax import serialization
except ImportError:
    serialization = None

# Types of fewer than eight bits: one element per byte in memory, packed in what Pratique hands out.
NARROW = {"int4": (4, 2, 1), "uint4": (4, 2, 1), "int2": (2, 4, 1), "uint2": (2, 4, 1),
          "float4_e2m1fn": (4, 2, 1), "float6_e2m3fn": (6, 4, 3), "float6_e3m2fn": (6, 4, 3)}
RANDOM = np.random.default_rng(20)


def packed(array):
    """The elements as Pratique has them: C order, little-endian, narrow ones behind each other."""
    name = array.dtype.name
    if name not in NARROW:
        return array.astype(array.dtype.newbyteorder("<")).tobytes() if array.dtype.kind in "iufc" \
            and name in np.sctypeDict else array.tobytes()
    bits, group, size = NARROW[name]
    number = 0
    for i, byte in enumerate(array.reshape(-1).view(np.uint8).tolist()):
        number |= (byte & ((1 << bits) - 1)) << (bits * i)
    return number.to_bytes(-(-array.size // group) * size, "little")


def expected(array, path):
    return {"path": path, "dtype": array.dtype.name, "shape": list(array.shape),
            "sha256": hashlib.sha256(packed(array)).hexdigest(), "components": None, "layout": None}


def found(tensor):
    parts = tensor.get("components")
    out = {key: tensor[key] for key in ("path", "dtype", "shape", "sha256")}
    out["components"] = [found(part) for part in parts] if parts else None
    out["layout"] = tensor.get("layout") if parts else None
    return out


def some(dtype, shape):
    """Random elements: any bits that such an element can have, but no NaN, whose bits a library may
    change when it converts one."""
    dtype = np.dtype(dtype)
    count = int(np.prod(shape, dtype=np.int64))
    if dtype == np.bool_:
        return RANDOM.integers(0, 2, count).astype(bool).reshape(shape)
    if dtype.name in NARROW:
        bits = NARROW[dtype.name][0]
        raw = RANDOM.integers(0, 1 << bits, count).astype(np.uint8)
        if dtype.name in ("int4", "int2"):
            half = 1 << (bits - 1)
            raw = ((raw.astype(np.int16) ^ half) - half).astype(np.int8).view(np.uint8)
        return raw.view(dtype).reshape(shape)
    raw = RANDOM.integers(0, 256, count * dtype.itemsize).astype(np.uint8)
    array = raw.view(dtype).copy()
    if dtype.kind in "fcV":
        with np.errstate(all="ignore"):
            array[np.isnan(array)] = 1
    return array.reshape(shape)


ONNX_TYPES = {name: number for name, number in TensorProto.DataType.items()
              if name not in ("UNDEFINED", "STRING")}
SHAPES = {"m": (3, 5), "scalar": (), "empty": (0, 4), "one": (1,), "four": (4, 2)}


class Judge:
    def __init__(self, program):
        self.program = program
        self.files = self.tensors = self.failures = 0

    def fail(self, what, *details):
        self.failures += 1
        print("FAILED", what, *details, sep="\n    ")

    def inspect(self, path):
        run = subprocess.run([self.program, "inspect", "--format", "json", "--digest", str(path)],
                             capture_output=True, text=True, check=False)
        try:
            return json.loads(run.stdout)
        except json.JSONDecodeError:
            return {"error": run.stdout + run.stderr}

    def compare(self, path, wanted, what, ordered=True):
        report = self.inspect(path)
        self.files += 1
        if "tensors" not in report:
            self.fail(what, json.dumps(report))
            return report
        got = [found(tensor) for tensor in report["tensors"]]
        if not ordered:
            got.sort(key=lambda t: json.dumps(t["path"]))
            wanted = sorted(wanted, key=lambda t: json.dumps(t["path"]))
        self.tensors += len(wanted)
        if got != wanted:
            for a, b in zip(got + [None] * len(wanted), wanted + [None] * len(got)):
                if a != b:
                    self.fail(what, f"found    {json.dumps(a)}", f"expected {json.dumps(b)}")
                    break
        return report


def typed(name, number, array):
    """The tensor with its elements in the typed field, as make_tensor writes it."""
    values = array.reshape(-1)
    return helper.make_tensor(name, number, array.shape, values)


def unpacked(tensor):
    """The same, with each number of the typed field in a field of its own: older writers do so."""
    wire = tensor.SerializeToString()
    fields = {"float_data": (4, 5, 4), "double_data": (10, 1, 8)}
    for field, (number, kind, size) in fields.items():
        values = getattr(tensor, field)
        if not values:
            continue
        rest = TensorProto()
        rest.CopyFrom(tensor)
        rest.ClearField(field)
        out = rest.SerializeToString()
        for value in np.asarray(values, "<f4" if size == 4 else "<f8"):
            out += bytes([number << 3 | kind]) + value.tobytes()
        return out
    return wire


def model_of(initializers, nodes=(), **options):
    graph = helper.make_graph(
        list(nodes), "matrix",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)], initializer=initializers)
    return helper.make_model(graph, producer_name="interop", producer_version="1.2", **options)


def onnx_matrix(judge, folder):
    for name, number in ONNX_TYPES.items():
        dtype = helper.tensor_dtype_to_np_dtype(number)
        for label, shape in SHAPES.items():
            array = some(dtype, shape)
            raw = numpy_helper.from_array(array, "w")
            if raw.data_type != number:  # numpy_helper has no name for it
                raw = TensorProto(name="w", data_type=number, dims=shape, raw_data=packed(array))
            path = folder / f"{name}_{label}.onnx"
            onnx.save(model_of([raw]), path)
            judge.compare(path, [expected(numpy_helper.to_array(raw), ["w"])],
                          f"{name} raw {label}")
            tensor = typed("w", number, array)
            path.write_bytes(tensor.SerializeToString())
            back = expected(numpy_helper.to_array(tensor), ["w"])
            if array.size:  # a tensor without elements and values is no file of its own
                judge.compare(path, [back], f"{name} typed {label}")
                path.write_bytes(unpacked(tensor))
                judge.compare(path, [back], f"{name} unpacked {label}")
            onnx.save(model_of([tensor]), path)
            judge.compare(path, [back], f"{name} typed in a model {label}")


def onnx_external(judge, folder):
    arrays = {name: some(helper.tensor_dtype_to_np_dtype(number), (7, 6))
              for name, number in ONNX_TYPES.items()}
    arrays["odd"] = some(ml_dtypes.float6_e2m3fn, (7,))
    tensors = []
    for name, array in arrays.items():
        number = ONNX_TYPES.get(name, TensorProto.FLOAT6E2M3)
        bits = NARROW.get(array.dtype.name, (array.dtype.itemsize * 8,))[0]
        raw = packed(array)[:-(-array.size * bits // 8)]
        tensors.append(TensorProto(name=name, data_type=number, dims=array.shape, raw_data=raw))
    path = folder / "external.onnx"
    onnx.save(model_of(tensors), path, save_as_external_data=True, location="external.bin",
              size_threshold=0)
    wanted = [expected(array, [name]) for name, array in arrays.items()]
    judge.compare(path, wanted, "external data in one file")
    onnx.save(model_of(tensors), folder / "many.onnx", save_as_external_data=True,
              all_tensors_to_one_file=False, size_threshold=0)
    judge.compare(folder / "many.onnx", wanted, "external data in a file per tensor")


def onnx_places(judge, folder):
    a, b, c, d, e, f = (some(np.float32, (2, i + 1)) for i in range(6))
    branch = helper.make_graph(
        [helper.make_node("Constant", [], ["k"], name="inner", value=numpy_helper.from_array(a))],
        "then", [], [helper.make_tensor_value_info("k", TensorProto.FLOAT, [2, 1])],
        initializer=[numpy_helper.from_array(b, "deep")])
    other = helper.make_graph([helper.make_node("If", ["c"], ["z"], then_branch=branch,
                                                else_branch=branch)], "else", [], [])
    constant = lambda array, **name: helper.make_node(
        "Constant", [], ["c"], value=numpy_helper.from_array(array), **name)
    nodes = [constant(c), constant(c, name="twin"), constant(d, name="twin"),
             helper.make_node("If", ["c"], ["z"], name="cond", then_branch=branch,
                              else_branch=other),
             helper.make_node("Custom", [], [], name="list", domain="here",
                              all=[numpy_helper.from_array(e), numpy_helper.from_array(f)])]
    sparse = helper.make_sparse_tensor(numpy_helper.from_array(np.float32([1, 2]), "sp"),
                                       numpy_helper.from_array(np.int64([[0, 1], [2, 0]])), [3, 2])
    function = helper.make_function("here", "Fn", ["i"], ["o"],
                                    [helper.make_node("Constant", [], ["o"], name="in_function",
                                                      value=numpy_helper.from_array(a))],
                                    [helper.make_opsetid("", 20)])
    text = helper.make_tensor("words", TensorProto.STRING, [2], [b"one", "zwei ü".encode()])
    model = model_of([numpy_helper.from_array(a, "w"), text], nodes, functions=[function],
                     opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid("here", 1)])
    model.graph.sparse_initializer.append(sparse)
    training = model.training_info.add()
    training.algorithm.CopyFrom(branch)
    helper.set_model_props(model, {"author": "interop", "n": "1"})
    path = folder / "places.onnx"
    onnx.save(model, path)
    string = {"path": ["words"], "dtype": "object", "shape": [2], "sha256": None,
              "components": None, "layout": None}
    whole = {"path": ["sp"], "dtype": "float32", "shape": [3, 2], "sha256": None,
             "components": [expected(np.float32([1, 2]), ["values"]),
                            expected(np.int64([[0, 1], [2, 0]]), ["indices"])],
             "layout": "sparse_onnx"}
    inside = lambda path: [expected(a, path + ["inner", "value"]), expected(b, path + ["deep"])]
    wanted = [expected(a, ["w"]), string, whole, expected(c, [0, "value"]),
              expected(c, ["twin", "value"]), expected(d, ["twin", 2, "value"]),
              *inside(["cond", "then_branch"]),
              *inside(["cond", "else_branch", 0, "then_branch"]),
              *inside(["cond", "else_branch", 0, "else_branch"]),
              expected(e, ["list", "all", 0]), expected(f, ["list", "all", 1]),
              expected(a, ["functions", "Fn", "in_function", "value"]),
              *inside(["training_info", 0, "algorithm"])]
    report = judge.compare(path, wanted, "places in a model", ordered=False)
    metadata = {"ir_version": model.ir_version, "producer_name": "interop",
                "producer_version": "1.2", "opset_import": {"ai.onnx": 20, "here": 1},
                "metadata_props": {"author": "interop", "n": "1"},
                "inputs": [{"name": "x", "dtype": "float32", "shape": ["batch", 3]}],
                "outputs": [{"name": "y", "dtype": "float32"}],
                "strings": {"words": ["one", "zwei ü"]}}
    for key, value in metadata.items():
        if report.get("metadata", {}).get(key) != value:
            judge.fail(f"metadata {key}", report.get("metadata", {}).get(key), value)


# What Flax writes, for when it is not installed: flax/serialization.py.
def extension(value):
    if isinstance(value, np.ndarray):
        return msgpack.ExtType(1, pack_array(value))
    if isinstance(value, complex):
        return msgpack.ExtType(2, msgpack.packb((value.real, value.imag)))
    if isinstance(value, np.generic):
        return msgpack.ExtType(3, pack_array(np.asarray(value)))
    raise TypeError(type(value))


def pack_array(array):
    return msgpack.packb((array.shape, array.dtype.name, array.tobytes()), use_bin_type=True)


def written(tree):
    if serialization is not None:
        return serialization.msgpack_serialize(tree)
    return msgpack.packb(tree, default=extension, strict_types=True)


def flax_matrix(judge, folder):
    types = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
             "float16", "float32", "float64", "complex64", "complex128"]
    types += [name for name in ("bfloat16", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2",
                                "float8_e5m2fnuz", "float8_e4m3b11fnuz", "float8_e3m4",
                                "float8_e4m3", "float8_e8m0fnu", *NARROW)
              if hasattr(ml_dtypes, name)]
    tree, wanted = {}, []
    for name in types:
        dtype = np.dtype(getattr(ml_dtypes, name, name))
        for label, shape in SHAPES.items():
            array = some(dtype, shape)
            tree.setdefault(name, {})[label] = array
            wanted.append(expected(array, [name, label]))
    for name in ("float32", "int64", "bool"):
        tree[name]["number"] = np.dtype(name).type(1)
        wanted.append(expected(np.asarray(tree[name]["number"]), [name, "number"]))
    tree["plain"] = {"none": None, "true": True, "int": -5, "large": 2**64 - 1, "real": 0.5,
                     "text": "zwei ü", "bytes": b"\0\xff", "complex": 1 + 2j}
    path = folder / "matrix.msgpack"
    path.write_bytes(written(tree))
    judge.compare(path, wanted, "Flax, all types", ordered=False)


def flax_chunked(judge, folder):
    array = some(np.float32, (11, 13))
    flat = array.reshape(-1)
    pieces = [flat[i:i + 12] for i in range(0, flat.size, 12)]
    numbered = lambda items: {str(i): item for i, item in enumerate(items)}
    tree = {"w": {"__msgpack_chunked_array__": True, "shape": numbered(array.shape),
                  "chunks": numbered(pieces)}}
    path = folder / "chunked.msgpack"
    path.write_bytes(msgpack.packb(tree, default=extension, strict_types=True))
    judge.compare(path, [expected(array, ["w"])], "Flax, in pieces")
    if serialization is None:
        return
    before, serialization.MAX_CHUNK_SIZE = serialization.MAX_CHUNK_SIZE, 100
    path.write_bytes(written({"a": {"w": array}, "b": array[0]}))
    serialization.MAX_CHUNK_SIZE = before
    judge.compare(path, [expected(array, ["a", "w"]), expected(array[0], ["b"])],
                  "Flax, in pieces of its own", ordered=False)


def main():
    judge = Judge(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        onnx_matrix(judge, folder)
        onnx_external(judge, folder)
        onnx_places(judge, folder)
        flax_matrix(judge, folder)
        flax_chunked(judge, folder)
    writer = "Flax" if serialization is not None else "msgpack"
    print(f"{judge.files} files, {judge.tensors} tensors (trees by {writer}), "
          f"{judge.failures} failures")
    return 1 if judge.failures else 0


if __name__ == "__main__":
    sys.exit(main())
