#!/usr/bin/env python3
"""What the real libraries write, this program must read, bit for bit.

    gguf_safetensors.py PROGRAM

Needs the Python packages gguf, safetensors and numpy; without them it says so and exits 77, which
ctest takes for "skipped". Writes files of every type that the libraries know into a temporary
folder, has PROGRAM inspect and convert them, and compares names, types, shapes and digests.
Exits 1 when one differs.
"""
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True
try:
    import gguf
    import numpy as np
    import safetensors
    from gguf import GGMLQuantizationType as Type
    from safetensors import TensorSpec, deserialize, serialize_file
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

SECONDS = 120
PLAIN = {Type.F32: "float32", Type.F16: "float16", Type.BF16: "bfloat16", Type.F64: "float64",
         Type.I8: "int8", Type.I16: "int16", Type.I32: "int32", Type.I64: "int64"}
# Bytes of a group of elements, and elements of a group, by safetensors' name in Python.
SAFETENSORS = {"bool": (1, 1), "int8": (1, 1), "uint8": (1, 1), "int16": (2, 1), "uint16": (2, 1),
               "int32": (4, 1), "uint32": (4, 1), "int64": (8, 1), "uint64": (8, 1),
               "float16": (2, 1), "bfloat16": (2, 1), "float32": (4, 1), "float64": (8, 1),
               "complex64": (8, 1), "float8_e4m3fn": (1, 1), "float8_e5m2": (1, 1),
               "float8_e4m3fnuz": (1, 1), "float8_e5m2fnuz": (1, 1), "float8_e8m0fnu": (1, 1),
               "float4_e2m1fn_x2": (1, 2)}
# The package has another size for its block than ggml.
NOT_WRITTEN = [Type.Q8_1]
# What gguf's converter of byte orders can convert.
BOTH_ORDERS = [Type.F32, Type.F16, Type.BF16, Type.Q4_0, Type.Q8_0, Type.Q4_K, Type.Q6_K]


class Checks:
    def __init__(self, program):
        self.program, self.made, self.failed = program, 0, 0

    def run(self, *words):
        return subprocess.run([self.program, *map(str, words)], capture_output=True, text=True,
                              timeout=SECONDS, check=False)

    def same(self, what, got, wanted):
        self.made += 1
        if got != wanted:
            self.failed += 1
            print(f"{what}:\n  got    {got}\n  wanted {wanted}")

    def inspect(self, path):
        done = self.run("inspect", "--format", "json", "--digest", path)
        if done.returncode != 0:
            self.failed += 1
            print(f"{path.name}: exit {done.returncode}: {done.stderr.strip()}")
            return {}
        tensors = json.loads(done.stdout)["tensors"]
        return {t["name"]: (t["dtype"], t["shape"], t["nbytes"], t["sha256"]) for t in tensors}


def described(dtype, shape, data):
    return dtype, list(shape), len(data), hashlib.sha256(data).hexdigest()


def noise(seed, count):
    return np.random.default_rng(seed).integers(0, 256, count, dtype=np.uint8)


# --- safetensors --------------------------------------------------------------------------------

def write_safetensors(path):
    """Returns what is in it."""
    wanted, specs, kept = {}, {}, []
    for seed, (dtype, (size, group)) in enumerate(SAFETENSORS.items()):
        for shape in ([3, 4], [], [2, 0]):
            stored = [*shape[:-1], shape[-1] // group] if shape else shape
            if group > 1 and not shape:
                continue
            data = noise(seed, int(np.prod(stored)) * size)
            if dtype == "bool":
                data &= 1
            kept.append(data)
            name = f"{dtype}.{len(shape)}.{data.size}"
            specs[name] = TensorSpec(dtype=dtype, shape=stored, data_ptr=data.ctypes.data,
                                     data_len=data.nbytes)
            spelling = "float4_e2m1fn" if group > 1 else dtype
            wanted[name] = described(spelling, shape, data.tobytes())
    serialize_file(specs, path, metadata={"format": "pt", "é": "\u4e2d"})
    return wanted


def check_safetensors(checks, folder):
    path = folder / "all.safetensors"
    wanted = write_safetensors(path)
    checks.same("all.safetensors", checks.inspect(path), wanted)
    if not can_convert(checks):
        return
    again = folder / "again.safetensors"
    done = checks.run("convert", path, again)
    checks.same("convert all.safetensors", (done.returncode, done.stderr), (0, ""))
    if again.exists():
        written = {name: (t["dtype"], t["shape"], bytes(t["data"]))
                   for name, t in deserialize(again.read_bytes())}
        read = {name: (t["dtype"], t["shape"], bytes(t["data"]))
                for name, t in deserialize(path.read_bytes())}
        checks.same("again.safetensors", written, read)


# --- GGUF ---------------------------------------------------------------------------------------

def blocks_of(ggml_type, rows):
    elements, size = gguf.GGML_QUANT_SIZES[ggml_type]
    return elements, noise(ggml_type.value, rows * size).reshape(rows, size)


def described_gguf(ggml_type, elements, data):
    dtype = PLAIN.get(ggml_type, f"ggml:{ggml_type.name}")
    return described(dtype, [len(data), elements], data.tobytes())


def add_metadata(writer):
    writer.add_name("é")
    writer.add_array("tokens", [str(i) for i in range(1000)])
    writer.add_array("numbers", [1.5, 2.5])
    writer.add_bool("yes", True)
    writer.add_uint64("large", 2**64 - 1)
    writer.add_int8("small", -1)
    writer.add_float64("real", 0.1)


def write_gguf(path, types, rows=3):
    """Raw blocks of noise of each type. Returns what is in the file."""
    writer, wanted = gguf.GGUFWriter(path, "llama"), {}
    add_metadata(writer)
    for ggml_type in types:
        if ggml_type in NOT_WRITTEN:
            continue
        elements, data = blocks_of(ggml_type, rows)
        writer.add_tensor(ggml_type.name, data, raw_dtype=ggml_type)
        wanted[ggml_type.name] = described_gguf(ggml_type, elements, data)
    finish(writer)
    return wanted


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_plain(path, endianess):
    writer, wanted = gguf.GGUFWriter(path, "llama", endianess=endianess), {}
    add_metadata(writer)
    for dtype in ("float32", "float16", "float64", "int8", "int16", "int32", "int64"):
        array = noise(9, 2 * 3 * 4 * 8).view(dtype)[:24].reshape(2, 3, 4)
        writer.add_tensor(dtype, array)
        wanted[dtype] = described(dtype, array.shape, array.tobytes())
    finish(writer)
    return wanted


def check_gguf(checks, folder):
    path = folder / "all.gguf"
    wanted = write_gguf(path, list(Type))
    checks.same("all.gguf", checks.inspect(path), wanted)
    for endianess in gguf.GGUFEndian:
        path = folder / f"{endianess.name.lower()}.gguf"
        wanted = write_plain(path, endianess)
        checks.same(path.name, checks.inspect(path), wanted)


def check_byte_orders(checks, folder):
    """Blocks that gguf's own converter turned around are turned back."""
    path = folder / "turned.gguf"
    wanted = write_gguf(path, BOTH_ORDERS)
    done = subprocess.run([sys.executable, "-m", "gguf.scripts.gguf_convert_endian", path, "big"],
                          input="YES\n", capture_output=True, text=True, check=False)
    trouble = done.stderr[-200:] if done.returncode else ""
    checks.same("gguf_convert_endian", (done.returncode, trouble), (0, ""))
    checks.same("turned.gguf", checks.inspect(path), wanted)


def can_convert(checks):
    return checks.run("convert", "--help").returncode == 0


def equal_numbers(got, wanted):
    """Bit for bit; a NaN is a NaN."""
    bits = got.view(np.uint32) == wanted.view(np.uint32)
    return bool(np.all(bits | (np.isnan(got) & np.isnan(wanted))))


def check_numbers(checks, folder):
    """Every type that gguf can turn into numbers."""
    if not can_convert(checks):
        print("not checked: numbers, as there is no convert")
        return
    for ggml_type in Type:
        if ggml_type in PLAIN:
            continue
        elements, blocks = blocks_of(ggml_type, 2000)
        try:
            wanted = gguf.quants.dequantize(blocks, ggml_type)
        except NotImplementedError:
            continue
        source, target = folder / "numbers.gguf", folder / "numbers.safetensors"
        target.unlink(missing_ok=True)
        writer = gguf.GGUFWriter(source, "llama")
        writer.add_tensor("t", blocks, raw_dtype=ggml_type)
        finish(writer)
        done = checks.run("convert", "--dequantize", source, target)
        checks.same(f"convert {ggml_type.name}", (done.returncode, done.stderr), (0, ""))
        if not target.exists():
            continue
        tensor = dict(deserialize(target.read_bytes()))["t"]
        checks.same(f"shape of {ggml_type.name}", tensor["shape"], [2000, elements])
        got = np.frombuffer(bytes(tensor["data"]), dtype=np.float32).reshape(wanted.shape)
        checks.same(f"numbers of {ggml_type.name}",
                    equal_numbers(got, np.ascontiguousarray(wanted)), True)


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 64
    checks = Checks(sys.argv[1])
    np.seterr(all="ignore")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for check in (check_safetensors, check_gguf, check_byte_orders, check_numbers):
            check(checks, folder)
    print(f"gguf, safetensors {safetensors.__version__}: {checks.made} comparisons, "
          f"{checks.failed} failed")
    return 1 if checks.failed or not checks.made else 0


if __name__ == "__main__":
    sys.exit(main())
