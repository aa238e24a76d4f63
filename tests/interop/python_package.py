"""The Python package beside the libraries that users have: NumPy, torch, safetensors, joblib and
scikit-learn. Run by pytest; as a script it runs itself so.

    python_package.py PROGRAM [pytest's options]

Without an installed package that of the source tree is taken, with the library beside PROGRAM.
"""
import gc
import importlib.util
import io
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

README = str(pathlib.Path(__file__).resolve().parents[1] / "python" / "test_readme.py")

if __name__ == "__main__":
    program = pathlib.Path(sys.argv[1]).resolve()
    environment = dict(os.environ)
    if importlib.util.find_spec("pratique") is None:
        environment["PYTHONPATH"] = str(pathlib.Path(__file__).resolve().parents[2] / "python")
        environment["PRATIQUE_LIBRARY"] = str(program.parent / "api" / "libpratique.so")
    sys.exit(subprocess.call([sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider",
                              __file__, README, *sys.argv[2:]], env=environment))

import collections
import decimal
import pickle

import joblib
import numpy
import pytest
import safetensors.torch
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelEncoder, OneHotEncoder

import pratique
import pratique.torch

EVIL = b"\x80\x02cos\nsystem\n(X\x04\x00\x00\x00truetR."


def same(left, right):
    if isinstance(left, torch.Tensor):
        assert type(left) is type(right)
        assert (left.dtype, left.shape, left.requires_grad) == (right.dtype, right.shape,
                                                               right.requires_grad)
        assert torch.equal(left, right)
    elif isinstance(left, dict):
        assert list(left) == list(right)
        for key in left:
            same(left[key], right[key])
    elif isinstance(left, (list, tuple)):
        assert len(left) == len(right)
        for one, other in zip(left, right):
            same(one, other)
    else:
        assert left == right and type(left) is type(right)


@pytest.fixture
def network():
    torch.manual_seed(1)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))


@pytest.fixture
def state(tmp_path, network):
    path = tmp_path / "state.pt"
    torch.save(network.state_dict(), path)
    return path


@pytest.fixture
def evil(tmp_path):
    path = tmp_path / "evil.pkl"
    path.write_bytes(EVIL)
    return path


# --- Arrays ---

TYPES = [torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16,
         torch.float32, torch.float64, torch.complex64, torch.complex128]


def test_arrays_of_all_types(tmp_path):
    tensors = {str(dtype): torch.arange(6).reshape(2, 3).to(dtype) for dtype in TYPES}
    torch.save(tensors, tmp_path / "t.pt")
    model = pratique.load(tmp_path / "t.pt")
    for name, tensor in tensors.items():
        array = model[name]
        assert array.dtype == tensor.numpy().dtype
        assert numpy.array_equal(array, tensor.numpy())
        assert not array.flags.writeable
        with pytest.raises(ValueError):
            array.flags.writeable = True


def test_arrays_are_views(state, network):
    model = pratique.load(state)
    base = model["0.weight"].base
    assert base is not None and model["0.bias"].base is base
    array = model["0.weight"]
    del model
    gc.collect()
    assert numpy.array_equal(array, network.state_dict()["0.weight"].numpy())


def test_strides_and_conjugates(tmp_path):
    tensors = {"t": torch.arange(6.).reshape(2, 3).t(), "s": torch.arange(10.)[2:9:3],
               "c": torch.tensor([1 + 2j]).conj(), "n": torch.tensor([1 + 2j]).conj().imag,
               "e": torch.empty(0, 3), "x": torch.ones(3, 1).expand(3, 4)}
    torch.save(tensors, tmp_path / "t.pt")
    model = pratique.load(tmp_path / "t.pt")
    for name, tensor in tensors.items():
        wanted = tensor.resolve_conj().resolve_neg().numpy()
        assert numpy.array_equal(model[name], wanted), name
        assert not model[name].flags.writeable


def test_types_that_numpy_lacks(tmp_path, monkeypatch):
    torch.save({"b": torch.tensor([1., -2.], dtype=torch.bfloat16),
                "f": torch.tensor([1., 2.]).to(torch.float8_e4m3fn)}, tmp_path / "t.pt")
    model = pratique.load(tmp_path / "t.pt")
    assert model["b"].dtype.name == "bfloat16" and model["b"].astype(float).tolist() == [1, -2]
    assert model["f"].dtype.name == "float8_e4m3fn"
    monkeypatch.setitem(sys.modules, "ml_dtypes", None)
    model = pratique.load(tmp_path / "t.pt")
    assert model["b"].dtype == numpy.uint16 and model["b"].tolist() == [0x3F80, 0xC000]
    assert model["b"].dtype.metadata["pratique"] == "bfloat16"


def test_numpy_files(tmp_path):
    arrays = {"f": numpy.asfortranarray(numpy.arange(6.).reshape(2, 3)),
              "big": numpy.arange(3, dtype=">i4"), "text": numpy.array(["ab", "c"]),
              "raw": numpy.array([b"ab", b"c"]), "time": numpy.array(["2020-01-01"], "M8[D]"),
              "record": numpy.array([(1, 2.5)], [("a", "<i4"), ("b", "<f8")])}
    numpy.savez_compressed(tmp_path / "a.npz", **arrays)
    model = pratique.load(tmp_path / "a.npz")
    for name, array in arrays.items():
        assert numpy.array_equal(model[name], array), name
    assert model["record"].dtype.names == ("a", "b")


def test_dlpack(state):
    tensor = pratique.load(state).tensor("0.bias")
    array = numpy.from_dlpack(tensor)
    assert numpy.array_equal(array, tensor.numpy()) and not array.flags.writeable
    taken = torch.from_dlpack(tensor)
    assert numpy.array_equal(taken.numpy(), tensor.numpy())
    capsule = tensor.__dlpack__()
    del capsule, tensor
    gc.collect()
    assert taken.sum().isfinite()


# --- torch ---

def test_state_dicts(state, network):
    for source in (state, str(state), open(state, "rb"), io.BytesIO(state.read_bytes())):
        loaded = pratique.torch.load(source, map_location="cpu", weights_only=True)
        assert isinstance(loaded, collections.OrderedDict)
        same(dict(torch.load(state)), dict(loaded))
        network.load_state_dict(loaded)
        if hasattr(source, "close"):
            source.close()
    same(dict(torch.load(state)), dict(pratique.torch.load(state, mmap=True)))


def test_whole_checkpoints(tmp_path, network):
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.randn(5, 3)).sum().backward()
    optimizer.step()
    path = tmp_path / "c.pt"
    torch.save({"model": network.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3,
                "dtype": torch.float16, "device": torch.device("cpu"), "lr": [0.1, (2, None)],
                "p": torch.nn.Parameter(torch.ones(2), requires_grad=False)}, path)
    loaded = pratique.torch.load(path)
    same(torch.load(path), loaded)
    optimizer.load_state_dict(loaded["optimizer"])


def test_sharing_is_kept(tmp_path):
    base = torch.arange(10.)
    torch.save({"a": base[:6], "b": base[4:], "alone": torch.zeros(3)}, tmp_path / "s.pt")
    before = (tmp_path / "s.pt").read_bytes()
    loaded = pratique.torch.load(tmp_path / "s.pt")
    loaded["a"][5] = 99
    assert loaded["b"][1] == 99
    assert loaded["alone"].untyped_storage().nbytes() == 12
    assert (tmp_path / "s.pt").read_bytes() == before
    assert pratique.torch.load(tmp_path / "s.pt")["a"][5] == 5


def test_special_tensors(tmp_path):
    tensors = {"coo": torch.eye(3).to_sparse(), "csr": torch.eye(3).to_sparse_csr(),
               "meta": torch.empty(2, 3, device="meta"),
               "q": torch.quantize_per_tensor(torch.arange(4.), 0.5, 3, torch.quint8),
               "qc": torch.quantize_per_channel(torch.arange(4.).reshape(2, 2),
                                                torch.tensor([0.5, 1]), torch.tensor([1, 2]), 0,
                                                torch.qint8)}
    torch.save(tensors, tmp_path / "s.pt")
    loaded = pratique.torch.load(tmp_path / "s.pt")
    for name in ("coo", "csr"):
        assert loaded[name].layout == tensors[name].layout
        assert torch.equal(loaded[name].to_dense(), tensors[name].to_dense())
    assert loaded["meta"].device.type == "meta" and loaded["meta"].shape == (2, 3)
    for name in ("q", "qc"):
        assert loaded[name].dtype == tensors[name].dtype
        assert torch.equal(loaded[name].dequantize(), tensors[name].dequantize())


def test_what_is_no_weights(tmp_path, evil):
    torch.save({"x": decimal.Decimal(1)}, tmp_path / "d.pt")
    with pytest.raises(pratique.torch.UnknownClass):
        pratique.torch.load(tmp_path / "d.pt")
    made = pratique.torch.load(tmp_path / "d.pt", weights_only=False)["x"]
    assert isinstance(made, pratique.Object) and made.maker.name == "decimal.Decimal"
    with pytest.raises(pratique.Malicious):
        pratique.torch.load(evil, weights_only=False)


def test_map_location(state):
    assert pratique.torch.load(state, map_location="meta")["0.bias"].device.type == "meta"
    assert pratique.torch.load(state, map_location={"cuda:0": "cpu"})["0.bias"].device.type == "cpu"
    seen = []
    pratique.torch.load(state, map_location=lambda storage, place: seen.append(place))
    assert set(seen) == {"cpu"}


def test_no_warning_about_buffers(state, recwarn):
    pratique.load(state, framework="torch")["0.weight"].add_(1)
    pratique.load(state).tensor("0.weight").torch()
    assert [one for one in recwarn if "writable" in str(one.message)] == []


# --- Folders ---

def shards(folder, names, save, index):
    folder.mkdir()
    for name, file in names.items():
        save({name: torch.full((2,), float(ord(name)))}, folder / file)
    (folder / index).write_text(json.dumps({"metadata": {}, "weight_map": names}))


def test_shards(tmp_path):
    shards(tmp_path / "s", {"a": "m-1.safetensors", "b": "m-2.safetensors"},
           safetensors.torch.save_file, "model.safetensors.index.json")
    shards(tmp_path / "b", {"a": "m-1.bin", "b": "m-2.bin"}, torch.save,
           "pytorch_model.bin.index.json")
    for folder in ("s", "b"):
        model = pratique.load_folder(tmp_path / folder)
        assert {name: array.tolist() for name, array in model.items()} == {"a": [97, 97],
                                                                          "b": [98, 98]}
    (tmp_path / "b" / "m-2.bin").write_bytes(EVIL)
    with pytest.raises(pratique.Malicious):
        pratique.load_folder(tmp_path / "b")
    with pytest.raises(pratique.Undecided):
        pratique.load_folder(tmp_path)


def test_variants(tmp_path):
    safetensors.torch.save_file({"a": torch.ones(1)}, tmp_path / "model.fp16.safetensors")
    assert list(pratique.load_folder(tmp_path, variant="fp16")) == ["a"]
    with pytest.raises(pratique.Undecided):
        pratique.load_folder(tmp_path)


def test_files_of_old_are_as_torch_reads_them(tmp_path):
    base = torch.arange(24.).reshape(4, 6)
    saved = {"odd": torch.ones(1, dtype=torch.uint8), "base": base, "turned": base.t(),
             "column": base[:, 2],
             "last": torch.ones(1, 3, 4, 4).to(memory_format=torch.channels_last)}
    path = tmp_path / "old.pt"
    torch.save(saved, path, _use_new_zipfile_serialization=False)
    ours, theirs = pratique.torch.load(path), torch.load(path)
    same(ours, theirs)
    assert [one.stride() for one in ours.values()] == [one.stride() for one in theirs.values()]
    ours["base"][1, 2] = 99
    assert ours["turned"][2, 1] == 99 and ours["column"][1] == 99


def test_what_torch_takes_for_plain_data(tmp_path):
    path = tmp_path / "m.pt"
    torch.save({"b": bytearray(b"x"), "c": 1 - 2j, "z": torch.Size([1, 2]), "u": {1, 2},
                "m": torch.empty(2, device="meta"), "s": torch.eye(2).to_sparse()}, path)
    for place in (None, "cpu", lambda storage, _: storage):
        ours = pratique.torch.load(path, map_location=place)
        assert [ours[key] for key in "bczu"] == [bytearray(b"x"), 1 - 2j, (1, 2), {1, 2}]
        assert ours["m"].is_meta and ours["m"].dtype == torch.float32
        assert torch.equal(ours["s"].to_dense(), torch.eye(2))


# --- The guard ---

def test_guarded_loads(evil):
    with pratique.guard():
        for load in (lambda: torch.load(evil, weights_only=False), lambda: joblib.load(evil),
                     lambda: numpy.load(evil, allow_pickle=True),
                     lambda: pickle.loads(evil.read_bytes())):
            with pytest.raises(pratique.Malicious):
                load()


def test_what_passes_the_guard(tmp_path, state):
    model = LogisticRegression().fit([[0], [1]], [0, 1])
    objects = numpy.array([{"a": 1}, 2], dtype=object)
    joblib.dump(model, tmp_path / "m.joblib", compress=3)
    numpy.save(tmp_path / "o.npy", objects)
    numpy.save(tmp_path / "f.npy", numpy.arange(3.))
    with pratique.guard():
        assert joblib.load(tmp_path / "m.joblib").predict([[1]]).tolist() == [1]
        assert numpy.load(tmp_path / "o.npy", allow_pickle=True).tolist() == objects.tolist()
        assert numpy.load(file=tmp_path / "f.npy").tolist() == [0, 1, 2]
        same(dict(pratique.torch.load(state)), dict(torch.load(state)))
        torch.load(state, mmap=True)
        torch.load(f=io.BytesIO(state.read_bytes()))
        assert (pickle.loads(pickle.dumps(model)).coef_ == model.coef_).all()


def test_models_with_labels_of_text_pass_the_guard(tmp_path):
    labels = numpy.array(["no", "yes", "no"], dtype=object)
    coder = OneHotEncoder(handle_unknown="ignore")
    model = make_pipeline(coder, LogisticRegression()).fit(labels.reshape(-1, 1), labels)
    for value in (model, LabelEncoder().fit(labels), {"labels": labels}, [1, labels, labels[:2]]):
        for protocol in (2, 4):
            joblib.dump(value, tmp_path / "m.joblib", protocol=protocol)
            with pratique.guard():
                assert type(joblib.load(tmp_path / "m.joblib")) is type(value)


def test_a_guarded_file_stands_where_the_library_leaves_it(tmp_path):
    with open(tmp_path / "two", "wb") as out:
        joblib.dump([1], out)
        numpy.save(out, numpy.array([1, None]))
        numpy.save(out, numpy.arange(3))
        out.write(b"rest")
    with pratique.guard(), open(tmp_path / "two", "rb") as file:
        assert joblib.load(file) == [1]
        assert numpy.load(file, allow_pickle=True).tolist() == [1, None]
        assert numpy.load(file, allow_pickle=True).tolist() == [0, 1, 2]
        assert file.read() == b"rest"
    numpy.savez(tmp_path / "o.npz", a=numpy.array([1, None]))
    with pratique.guard(), open(tmp_path / "o.npz", "rb") as file:
        members = numpy.load(file, allow_pickle=True)
    assert members["a"].tolist() == [1, None]


# --- Many ---

def count(name):
    return len(os.listdir(f"/proc/self/{name}"))


def resident():
    return int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * 4096


def children():
    out = []
    for thread in os.listdir("/proc/self/task"):
        out += pathlib.Path(f"/proc/self/task/{thread}/children").read_text().split()
    return out


def test_a_thousand_loads_in_eight_threads(state, network, evil):
    wanted, wrong = network.state_dict()["0.weight"].numpy(), []

    def work(loads):
        try:
            for turn in range(loads):
                if not numpy.array_equal(pratique.load(state)["0.weight"], wanted):
                    wrong.append("other values")
                if turn % 10 == 0:
                    with pytest.raises(pratique.Malicious):
                        pratique.load(evil)
        except BaseException as error:  # which a thread would only print
            wrong.append(error)

    def run(loads):
        threads = [threading.Thread(target=work, args=(loads,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        gc.collect()

    run(40)
    before = (count("fd"), resident(), pathlib.Path("/proc/self/maps").read_text().count("memfd"))
    run(125)
    assert wrong == []
    assert count("fd") == before[0]
    assert children() == []
    assert pathlib.Path("/proc/self/maps").read_text().count("memfd") == before[2]
    assert resident() - before[1] < 4 << 20


def test_time_against_torch(tmp_path, capsys):
    """No limit: figures for who reads the output."""
    torch.save({f"l{i}": torch.randn(1 << 22) for i in range(16)}, tmp_path / "big.pt")
    torch.save({f"l{i}.w": torch.randn(32) for i in range(20000)}, tmp_path / "many.pt")
    for name in ("big.pt", "many.pt"):
        row = []
        for load in (torch.load, pratique.torch.load,
                     lambda path: pratique.torch.load(path, mmap=True)):
            start = time.perf_counter()
            load(tmp_path / name)
            row.append(time.perf_counter() - start)
        with capsys.disabled():
            print(f"\n{name}: torch {row[0]:.3f} s, pratique {row[1]:.3f} s, view {row[2]:.3f} s")
