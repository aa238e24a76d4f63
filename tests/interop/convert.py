#!/usr/bin/env python3
"""Writes models with the libraries that define their formats, has `pratique convert` turn each into
safetensors, npz and GGUF, reads those back with the libraries that define them, and compares names,
shapes and all bits.

    convert.py PRATIQUE

Needs torch, numpy, safetensors and gguf.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import gguf
import numpy as np
import safetensors
import safetensors.numpy
import safetensors.torch
import torch

# Types that NumPy and GGUF have no name for are written as these, on request.
BITS = {1: "uint8", 2: "uint16", 4: "uint32", 8: "uint64"}
GGUF_TYPES = {"F32": "float32", "F16": "float16", "BF16": "bfloat16", "F64": "float64",
              "I8": "int8", "I16": "int16", "I32": "int32", "I64": "int64"}
NUMPY_LACKS = {"bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz",
               "float8_e8m0fnu"}
SAFETENSORS_LACKS = {"complex128", "complex32"}


class Pratique:
    def __init__(self, program, folder):
        self.program, self.folder, self.count = program, folder, 0

    def convert(self, source, extension, *options, expect=0):
        self.count += 1
        out = self.folder / f"out{self.count}.{extension}"
        done = subprocess.run([self.program, "convert", source, out, *options], check=False,
                              capture_output=True, text=True)
        assert done.returncode == expect, f"{source} {extension}: {done.returncode} {done.stderr}"
        assert out.exists() == (expect == 0)
        return out, done.stderr


def bits(tensor):
    """(type, shape, bytes in row-major order) of a torch tensor or a NumPy array."""
    if isinstance(tensor, torch.Tensor):
        if tensor.is_quantized:
            tensor = tensor.int_repr()
        tensor = tensor.detach().resolve_conj().resolve_neg().contiguous()
        flat = tensor.reshape(-1)
        raw = flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""
        return str(tensor.dtype).removeprefix("torch."), list(tensor.shape), raw
    return tensor.dtype.name, list(tensor.shape), np.ascontiguousarray(tensor).tobytes()


def same(got, wanted, what):
    assert sorted(got) == sorted(wanted), f"{what}: {sorted(set(got) ^ set(wanted))}"
    for name, value in wanted.items():
        assert got[name] == value, (
            f"{what}: {name}: {got[name][:2]}, not {value[:2]}, or other bits")


def as_bits(wanted, lacking):
    out = {}
    for name, (dtype, shape, raw) in wanted.items():
        if dtype in lacking:
            size = len(raw) // max(int(np.prod(shape, dtype=np.int64)), 1)
            dtype, shape = (BITS[size], shape) if size in BITS else ("uint8", [*shape, size])
        out[name] = (dtype, shape, raw)
    return out


def read_safetensors(path):
    return {name: bits(tensor) for name, tensor in safetensors.torch.load_file(path).items()}


def read_npz(path):
    assert zipfile.ZipFile(path).testzip() is None
    with np.load(path, allow_pickle=False) as arrays:
        return {name: bits(arrays[name]) for name in arrays.files}


def read_gguf(path):
    out = {}
    for tensor in gguf.GGUFReader(path).tensors:
        # Sizes as the file has them: gguf turns those of BF16 into bytes.
        shape = [int(size) for size in reversed(tensor.shape)]
        out[tensor.name] = (GGUF_TYPES[tensor.tensor_type.name], shape, tensor.data.tobytes())
    return out


def signed(wanted):
    """GGUF has no unsigned types, and no booleans: as integers of the same size."""
    out = {}
    for name, (dtype, shape, raw) in as_bits(
            wanted, {value[0] for value in wanted.values()} - set(GGUF_TYPES.values())).items():
        out[name] = (dtype.removeprefix("u"), shape, raw)
    return out


def check_all(tool, source, wanted):
    types = {value[0] for value in wanted.values()}
    raw = ["--raw-bits"] if types & SAFETENSORS_LACKS else []
    if raw:
        tool.convert(source, "safetensors", expect=2)
    out, _ = tool.convert(source, "safetensors", *raw)
    same(read_safetensors(out), as_bits(wanted, SAFETENSORS_LACKS) if raw else wanted, source)
    if types & NUMPY_LACKS:
        _, err = tool.convert(source, "npz", expect=2)
        assert "--raw-bits" in err, err
    out, _ = tool.convert(source, "npz", *(["--raw-bits"] if types & NUMPY_LACKS else []))
    same(read_npz(out), as_bits(wanted, NUMPY_LACKS), source)
    lacking = types - set(GGUF_TYPES.values())
    if lacking:
        tool.convert(source, "gguf", expect=2)
    out, _ = tool.convert(source, "gguf", *(["--raw-bits"] if lacking else []))
    same(read_gguf(out), signed(wanted), source)


def every_type():
    out = {}
    for name in ("float32 float64 float16 bfloat16 int8 int16 int32 int64 uint8 uint16 uint32 "
                 "uint64 bool complex64 complex128 float8_e4m3fn float8_e5m2 float8_e4m3fnuz "
                 "float8_e5m2fnuz float8_e8m0fnu").split():
        dtype = getattr(torch, name)
        size = torch.empty((), dtype=dtype).element_size()
        raw = torch.randint(0, 2 if name == "bool" else 256, (3 * 4 * size,), dtype=torch.uint8)
        out[f"t.{name}"] = raw.view(dtype).reshape(3, 4)
    return out


def views():
    base = torch.randn(64, 48)
    cube = torch.randn(6, 7, 8)
    return {"base": base, "t": base.t(), "rows": base[3:9], "columns": base[:, 5:11],
            "steps": base[::3, ::5], "expanded": base[0].expand(5, 48), "scalar": torch.tensor(2.5),
            "empty": torch.empty(3, 0), "perm": cube.permute(2, 0, 1), "alias": base,
            "channels": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
            "large": torch.randn(1500, 700).t()}


def torch_files(tool):
    folder = tool.folder
    for number, tensors in enumerate([every_type(), views()]):
        wanted = {name: bits(tensor) for name, tensor in tensors.items()}
        for form, options in {"zip": {}, "zip4": {"pickle_protocol": 4},
                              "legacy": {"_use_new_zipfile_serialization": False}}.items():
            if form == "legacy" and number == 0:
                tensors = {name: tensor for name, tensor in tensors.items()
                           if "float8" not in name and "uint" not in name or name == "t.uint8"}
                wanted = {name: wanted[name] for name in tensors}
            path = folder / f"torch{number}_{form}.pt"
            torch.save(tensors, path, **options)
            check_all(tool, path, wanted)
    lazy = {"conj": torch.randn(3, dtype=torch.complex64).conj(),
            "neg": torch.randn(4, dtype=torch.complex64).conj().imag,
            "both": torch.randn(2, 3, dtype=torch.complex64).t().conj()}
    torch.save(lazy, folder / "lazy.pt")
    check_all(tool, folder / "lazy.pt", {name: bits(tensor) for name, tensor in lazy.items()})


def modules(tool):
    net = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3),
                              torch.nn.LSTM(3, 5, num_layers=2))
    wanted = {name: bits(tensor) for name, tensor in net.state_dict().items()}
    torch.save(net, tool.folder / "module.pt")
    # LSTM keeps its weights a second time, in a list.
    out, _ = tool.convert(tool.folder / "module.pt", "safetensors")
    got = read_safetensors(out)
    same({name: got[name] for name in wanted}, wanted, "module")
    optimiser = torch.optim.Adam(net.parameters())
    for parameter in net.parameters():
        parameter.grad = torch.ones_like(parameter)
    optimiser.step()
    state = {"model": net.state_dict(), "optimizer": optimiser.state_dict(), "epoch": 3}
    torch.save(state, tool.folder / "training.pt")
    wanted = {f"model.{name}": bits(tensor) for name, tensor in net.state_dict().items()}
    for number, values in optimiser.state_dict()["state"].items():
        wanted.update({f"optimizer.state.{number}.{key}": bits(value)
                       for key, value in values.items()})
    check_all(tool, tool.folder / "training.pt", wanted)


def sparse_and_quantised(tool):
    sparse = torch.eye(4).to_sparse()
    quantised = torch.quantize_per_tensor(torch.randn(3, 3), 0.1, 2, torch.qint8)
    torch.save({"s": sparse, "q": quantised, "m": torch.empty(2, device="meta")},
               tool.folder / "odd.pt")
    out, err = tool.convert(tool.folder / "odd.pt", "safetensors")
    assert "left out: m" in err, err
    got = read_safetensors(out)
    same(got, {"s.indices": bits(sparse.indices()), "s.values": bits(sparse.values()),
               "q": bits(quantised)}, "odd")
    with safetensors.safe_open(out, "pt") as file:
        told = json.loads(file.metadata()["pratique.quantizer.q"])
    assert (told["scale"], told["zero_point"]) == (quantised.q_scale(), 2), told


def safetensors_files(tool):
    tensors = {name: tensor for name, tensor in every_type().items() if "complex128" not in name}
    path = tool.folder / "own.safetensors"
    safetensors.torch.save_file(tensors, path, metadata={"format": "pt"})
    check_all(tool, path, {name: bits(tensor) for name, tensor in tensors.items()})
    out, _ = tool.convert(path, "safetensors")
    assert out.read_bytes() == path.read_bytes(), "not what safetensors writes"
    # The same state dict, from a file of torch's: the very same bytes again.
    torch.save(tensors, tool.folder / "own.pt")
    out, _ = tool.convert(tool.folder / "own.pt", "safetensors")
    assert out.read_bytes() == path.read_bytes(), "not what safetensors writes"
    metadata = {"format": "pt", "a": "1\n\"\\\x7f é", "empty": ""}
    safetensors.torch.save_file({"w": torch.ones(2)}, path, metadata=metadata)
    out, _ = tool.convert(path, "safetensors")
    with safetensors.safe_open(out, "pt") as file:
        assert file.metadata() == metadata, file.metadata()
    tied = torch.ones(3, 2)
    torch.save({"in": tied, "out": tied}, tool.folder / "tied.pt")
    out, err = tool.convert(tool.folder / "tied.pt", "safetensors", "--shared", "drop")
    assert "share memory" in err, err
    with safetensors.safe_open(out, "pt") as file:
        assert (list(file.keys()), file.metadata()["out"]) == (["in"], "in"), file.metadata()


def numpy_files(tool):
    arrays = {name: np.arange(24).reshape(2, 3, 4).astype(name) for name in
              "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 "
              "complex64 complex128".split()}
    arrays.update({"big": np.arange(6, dtype=">i4"), "scalar": np.array(1.5),
                   "fortran": np.asfortranarray(np.random.rand(5, 7)), "a/b": np.zeros((0, 3))})
    wanted = {name: bits(array.astype(array.dtype.newbyteorder("=")))
              for name, array in arrays.items()}
    for save in (np.savez, np.savez_compressed):
        path = tool.folder / f"{save.__name__}.npz"
        save(path, **arrays)
        check_all(tool, path, wanted)
    odd = {"text": np.array(["a", "çd"]), "bytes": np.array([b"ab", b"c"]),
           "time": np.array(["2020-01-01"], "M8[D]"),
           "record": np.array([(1, 2.0)], [("é", "<i4"), ("y", "<f8")])}
    np.savez(tool.folder / "odd.npz", **odd)
    tool.convert(tool.folder / "odd.npz", "safetensors", expect=2)
    out, _ = tool.convert(tool.folder / "odd.npz", "npz")
    same(read_npz(out), {name: bits(array) for name, array in odd.items()}, "odd.npz")


def gguf_files(tool):
    path = tool.folder / "own.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(2)
    writer.add_token_list([f"token{i}" for i in range(1000)])
    writer.add_token_scores([float(i) for i in range(1000)])
    writer.add_string("tokenizer.chat_template", "{{ x }}")
    weights = np.random.rand(4, 256).astype(np.float32)
    writer.add_tensor("plain", weights)
    writer.add_tensor("half", weights.astype(np.float16))
    kinds = {"q8": gguf.GGMLQuantizationType.Q8_0, "q4": gguf.GGMLQuantizationType.Q4_0}
    blocks = {name: gguf.quants.quantize(weights, kind) for name, kind in kinds.items()}
    for name, kind in kinds.items():
        writer.add_tensor(name, blocks[name], raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    out, _ = tool.convert(path, "gguf")
    assert out.read_bytes() == path.read_bytes(), "not what gguf writes"
    out, _ = tool.convert(path, "npz", "--dequantize")
    got = read_npz(out)
    for name, kind in kinds.items():
        assert got[name] == bits(gguf.quants.dequantize(blocks[name], kind)), name
    out, _ = tool.convert(path, "npz", "--raw-bits")
    assert read_npz(out)["q4"] == ("uint8", list(blocks["q4"].shape), blocks["q4"].tobytes())
    out, _ = tool.convert(path, "safetensors", "--dequantize")
    with safetensors.safe_open(out, "np") as file:
        assert file.metadata()["tokenizer.chat_template"] == "{{ x }}", file.metadata()


def main():
    torch.manual_seed(1)
    with tempfile.TemporaryDirectory(prefix="pratique-convert-") as name:
        tool = Pratique(str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(name))
        for case in (torch_files, modules, sparse_and_quantised, safetensors_files, numpy_files,
                     gguf_files):
            case(tool)
            print(f"ok  {case.__name__}", flush=True)
        print(f"{tool.count} conversions")


if __name__ == "__main__":
    main()
