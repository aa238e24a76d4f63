#!/usr/bin/env python3
"""Saves with torch, NumPy, SciPy, scikit-learn, pandas and joblib whatever these can save, has the
program inspect each file, and compares names, types, shapes and the digests of all elements with
what is in memory.

    torch_numpy.py PROGRAM

Needs torch and numpy; what else is missing is left out and named. The files are written and never
loaded here. Exit code: 0 all equal, 1 a difference, 77 skipped because torch is not there."""
import argparse
import collections
import decimal
import hashlib
import json
import os
import pathlib
import pickle
import subprocess
import sys
import tempfile
import warnings

try:
    import numpy as np
    import torch
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

warnings.filterwarnings("ignore")
torch.manual_seed(5)
RNG = np.random.default_rng(5)
NEW_TYPES = ["uint16", "uint32", "uint64", "float8_e5m2", "float8_e4m3fn", "float8_e5m2fnuz",
             "float8_e4m3fnuz", "float8_e8m0fnu", "float4_e2m1fn_x2", "complex32", "bits8",
             "bits16", "bits1x8", "bits2x4", "bits4x2"]
OLD_TYPES = ["float32", "float64", "float16", "bfloat16", "int8", "int16", "int32", "int64",
             "uint8", "bool", "complex64", "complex128"]


# --- What is expected --------------------------------------------------------------------------

def raw(tensor):
    """The elements as bytes, row-major."""
    if tensor.is_quantized:
        tensor = tensor.int_repr()
    tensor = tensor.detach().resolve_conj().resolve_neg().contiguous()
    if tensor.numel() == 0:
        return b""
    return bytes(tensor.untyped_storage())[
        tensor.storage_offset() * tensor.element_size():
        (tensor.storage_offset() + tensor.numel()) * tensor.element_size()]


def expect_torch(tensor):
    return (str(tensor.dtype).removeprefix("torch."), list(tensor.shape),
            hashlib.sha256(raw(tensor)).hexdigest())


def expect_numpy(array):
    array = np.asarray(array)
    little = array.astype(array.dtype.newbyteorder("<"))
    return (array.dtype.newbyteorder("=").name, list(array.shape),
            hashlib.sha256(np.ascontiguousarray(little).tobytes()).hexdigest())


def expect(value):
    return expect_torch(value) if isinstance(value, torch.Tensor) else expect_numpy(value)


# --- The program ---------------------------------------------------------------------------------

class Check:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.compared = self.failed = self.files = 0

    def path(self, name):
        self.files += 1
        return os.path.join(self.folder, name)

    def inspect(self, path, *options):
        done = subprocess.run([self.program, "inspect", "--format", "json", "--digest", *options,
                               path], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.wrong(f"{os.path.basename(path)}: {done.stderr.strip()}")
            return None
        return json.loads(done.stdout)

    def wrong(self, what):
        self.failed += 1
        print("FAIL", what)

    def same(self, path, wanted, key="name", exactly=True):
        """`wanted`: {name: tensor or array}. Components go by "name/part"."""
        report = self.inspect(path)
        if report is None:
            return
        got = {}
        for tensor in report["tensors"]:
            name = tensor.get(key, tensor["name"])
            got.setdefault(name, (tensor["dtype"], tensor["shape"], tensor["sha256"]))
            for part in tensor.get("components", []):
                got[f"{name}/{part['name']}"] = (part["dtype"], part["shape"], part["sha256"])
        for name, value in wanted.items():
            self.compared += 1
            if got.get(name) != expect(value):
                self.wrong(f"{os.path.basename(path)}: {name}: {got.get(name)}, not "
                           f"{expect(value)}")
        more = set(got) - set(wanted)
        if exactly and more:
            self.wrong(f"{os.path.basename(path)}: not expected: {sorted(more)[:5]}")


# --- torch -------------------------------------------------------------------------------------

def of_type(name, shape):
    dtype = getattr(torch, name)
    if name in NEW_TYPES or name == "bool":
        size = torch.empty(0, dtype=dtype).element_size()
        count = int(np.prod(shape)) * size
        bits = torch.randint(0, 2 if name == "bool" else 120, (count,), dtype=torch.uint8)
        return bits.view(dtype).reshape(shape)
    if dtype.is_floating_point or dtype.is_complex:
        return torch.randn(shape, dtype=torch.complex128 if dtype.is_complex else
                           torch.float64).to(dtype)
    return torch.randint(0, 120, shape).to(dtype)


def torch_types(check):
    for zipped in (True, False):
        for protocol in (2, 3, 4, 5):
            state = {name: of_type(name, (3, 4)) for name in OLD_TYPES}
            if zipped:
                state.update({name: of_type(name, (3, 4)) for name in NEW_TYPES
                              if hasattr(torch, name)})
            state.update(empty=torch.empty(0, 3), scalar=torch.tensor(1.5))
            path = check.path(f"types_{zipped}_{protocol}.pt")
            torch.save(state, path, _use_new_zipfile_serialization=zipped,
                       pickle_protocol=protocol)
            check.same(path, state)


def torch_views(check):
    base = torch.randn(6, 8)
    z = torch.randn(3, 4, dtype=torch.complex64)
    state = {"base": base, "t": base.t(), "rows": base[1:4], "columns": base[:, ::3],
             "diagonal": base.diagonal(), "expanded": base[0].expand(5, 8),
             "permuted": base.view(2, 3, 8).permute(2, 0, 1), "unfolded": base.unfold(1, 3, 2),
             "last": base[5, 7], "conj": z.conj()}
    for zipped in (True, False):
        path = check.path(f"views_{zipped}.pt")
        torch.save(state, path, _use_new_zipfile_serialization=zipped)
        check.same(path, state)
    path = check.path("negated.pt")
    state = {"n": torch.randn(3, 4, dtype=torch.complex64).conj().imag}
    torch.save(state, path)
    check.same(path, state)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Embedding(9, 4)
        self.body = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.ReLU(),
                                        torch.nn.BatchNorm1d(4))
        self.rnn = torch.nn.LSTM(4, 5, num_layers=2)
        self.layer = torch.nn.TransformerEncoderLayer(4, 2, 8)
        self.many = torch.nn.ModuleList([torch.nn.Conv2d(1, 2, 3), torch.nn.Conv2d(2, 1, 3)])
        self.head = torch.nn.Linear(4, 9, bias=False)
        self.head.weight = self.embed.weight  # tied
        self.register_buffer("steps", torch.arange(4))

    def forward(self, x):
        return self.body(x)


def torch_modules(check):
    net = Net()
    path = check.path("module.pt")
    torch.save(net, path)
    check.same(path, net.state_dict(), key="state_name", exactly=False)
    path = check.path("state.pt")
    torch.save(net.state_dict(), path)
    check.same(path, net.state_dict())


def torch_optimisers(check):
    net = torch.nn.Linear(3, 2)
    for kind, options in ((torch.optim.Adam, {}), (torch.optim.SGD, {"momentum": 0.9}),
                          (torch.optim.AdamW, {"amsgrad": True}), (torch.optim.RMSprop, {})):
        optimiser = kind(net.parameters(), lr=0.1, **options)
        for _ in range(2):
            optimiser.zero_grad()
            net(torch.randn(5, 3)).sum().backward()
            optimiser.step()
        state = {"model": net.state_dict(), "optimizer": optimiser.state_dict(), "epoch": 3,
                 "args": argparse.Namespace(lr=0.1, path=pathlib.Path("x")),
                 "rng": torch.get_rng_state(), "when": decimal.Decimal("1.5")}
        wanted = {f"model.{name}": value for name, value in net.state_dict().items()}
        wanted["rng"] = state["rng"]
        for number, values in optimiser.state_dict()["state"].items():
            wanted.update({f"optimizer.state.{number}.{key}": value
                           for key, value in values.items() if isinstance(value, torch.Tensor)})
        path = check.path(f"optimiser_{kind.__name__}.ckpt")
        torch.save(state, path)
        check.same(path, wanted)


def torch_sparse(check):
    dense = torch.zeros(6, 8)
    dense[0, 1], dense[3, 2], dense[5, 7] = 1, 2, 3
    coo = dense.to_sparse()
    state = {"coo": coo, "csr": dense.to_sparse_csr(), "csc": dense.to_sparse_csc(),
             "bsr": dense.to_sparse_bsr((2, 2)), "bsc": dense.to_sparse_bsc((2, 2))}
    wanted = {"coo/indices": coo.indices(), "coo/values": coo.values()}
    for name in ("csr", "bsr"):
        wanted[f"{name}/compressed_indices"] = state[name].crow_indices()
        wanted[f"{name}/plain_indices"] = state[name].col_indices()
        wanted[f"{name}/values"] = state[name].values()
    for name in ("csc", "bsc"):
        wanted[f"{name}/compressed_indices"] = state[name].ccol_indices()
        wanted[f"{name}/plain_indices"] = state[name].row_indices()
        wanted[f"{name}/values"] = state[name].values()
    for zipped in (True, False):
        path = check.path(f"sparse_{zipped}.pt")
        torch.save(state, path, _use_new_zipfile_serialization=zipped)
        check.same(path, wanted, exactly=False)


def torch_quantised(check):
    real = torch.randn(4, 6)
    state = {"tensor": torch.quantize_per_tensor(real, 0.1, 3, torch.quint8),
             "signed": torch.quantize_per_tensor(real, 0.1, 0, torch.qint8),
             "wide": torch.quantize_per_tensor(real, 0.1, 0, torch.qint32),
             "channel": torch.quantize_per_channel(real, torch.rand(4, dtype=torch.float64) + 0.1,
                                                   torch.zeros(4, dtype=torch.int64), 0,
                                                   torch.qint8)}
    path = check.path("quantised.pt")
    torch.save(state, path)
    report = check.inspect(path)
    for tensor in report["tensors"] if report else []:
        value = state[tensor["name"]]
        digest = hashlib.sha256(raw(value)).hexdigest()
        check.compared += 1
        quantizer = tensor["quantizer"]
        fits = quantizer.get("axis") == value.q_per_channel_axis() \
            if tensor["name"] == "channel" else \
            (quantizer["scale"], quantizer["zero_point"]) == (value.q_scale(), value.q_zero_point())
        if tensor["sha256"] != digest or not fits:
            check.wrong(f"quantised: {tensor}")
        if tensor["name"] == "channel":
            parts = {p["name"]: p["sha256"] for p in tensor["components"]}
            scales = value.q_per_channel_scales()
            if parts["scales"] != hashlib.sha256(raw(scales)).hexdigest():
                check.wrong("quantised: scales of the channels")


def torch_others(check):
    nested = torch.nested.nested_tensor([torch.randn(2, 3), torch.randn(4, 3)])
    path = check.path("nested.pt")
    torch.save({"n": nested}, path)
    check.same(path, {"n/buffer": nested._nested_tensor_storage().clone()
                      if hasattr(nested, "_nested_tensor_storage") else
                      torch.cat([t.reshape(-1) for t in nested.unbind()])}, exactly=False)
    path = check.path("meta.pt")
    torch.save({"m": torch.empty(3, 4, device="meta")}, path)
    report = check.inspect(path)
    if report and (report["tensors"][0]["shape"], report["tensors"][0]["sha256"]) != ([3, 4], None):
        check.wrong(f"meta: {report['tensors']}")
    for name, value in (("root", torch.randn(3)),
                        ("parameter", torch.nn.Parameter(torch.randn(3)))):
        path = check.path(f"{name}.pt")
        torch.save(value, path)
        check.same(path, {"": value})
    marked = torch.randn(3)
    marked.note = "mine"
    path = check.path("attributes.pt")
    torch.save({"a": marked}, path)
    check.same(path, {"a": marked})
    # pickle of a tensor: a torch file inside the pickle.
    path = check.path("plain.pkl")
    pathlib.Path(path).write_bytes(pickle.dumps({"t": torch.randn(0, 3), "u": marked[:2]}))
    check.same(path, {"t": torch.randn(0, 3), "u": marked[:2]})


def torch_script(check):
    net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4)).eval()
    for name, script in (("scripted", torch.jit.script(net)),
                         ("traced", torch.jit.trace(net, torch.randn(2, 3)))):
        path = check.path(f"{name}.pt")
        script.save(path)
        check.same(path, net.state_dict(), exactly=False)


# --- NumPy and what stands on it ------------------------------------------------------------------

def arrays():
    out = {code: RNG.integers(0, 100, (3, 4)).astype(code)
           for code in ("i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16 ? >i4 >f8 >c16").split()}
    out["fortran"] = np.asfortranarray(RNG.normal(size=(3, 4, 5)))
    out["strided"] = RNG.normal(size=(6, 8))[::2, ::3]
    out["scalar"] = np.float32(1.5)
    out["empty"] = np.zeros((0, 3))
    return out


def numpy_files(check):
    values = arrays()
    path = check.path("all.npz")
    np.savez(path, **values)
    check.same(path, values)
    path = check.path("packed.npz")
    np.savez_compressed(path, **values)
    check.same(path, values)
    for number, value in enumerate(values.values()):
        path = check.path(f"{number}.npy")
        np.save(path, value)
        check.same(path, {"": value})
    for protocol in range(6):
        path = check.path(f"arrays_{protocol}.pkl")
        with open(path, "wb") as out:
            pickle.dump(collections.OrderedDict(values), out, protocol)
        check.same(path, values)


def scipy_files(check):
    from scipy import sparse  # pylint: disable=import-outside-toplevel
    matrix = sparse.random(9, 7, 0.3, format="csr", random_state=5)
    path = check.path("sparse.npz")
    sparse.save_npz(path, matrix)
    check.same(path, {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr},
               exactly=False)
    path = check.path("sparse.pkl")
    pathlib.Path(path).write_bytes(pickle.dumps({"m": matrix}))
    check.same(path, {"m.data": matrix.data, "m.indices": matrix.indices,
                      "m.indptr": matrix.indptr}, exactly=False)


def sklearn_files(check):
    # pylint: disable=import-outside-toplevel
    import joblib
    from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    x, y = RNG.normal(size=(40, 5)), RNG.integers(0, 2, 40)
    logistic = LogisticRegression().fit(x, y)
    scaled = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y)
    forest = RandomForestClassifier(3, max_depth=2).fit(x, y)
    boosted = GradientBoostingRegressor(n_estimators=3).fit(x, y)
    wanted = {"logistic": (logistic, {"coef_": logistic.coef_, "intercept_": logistic.intercept_}),
              "pipe": (scaled, {"steps.0.1.mean_": scaled[0].mean_, "steps.1.1.coef_":
                                scaled[1].coef_}),
              "forest": (forest, {f"estimators_.{i}.tree_.values": tree.tree_.value
                                  for i, tree in enumerate(forest.estimators_)}),
              "boosted": (boosted, {f"estimators_/{i}.0.tree_.values": tree.tree_.value
                                    for i, (tree,) in enumerate(boosted.estimators_)})}
    for name, (model, tensors) in wanted.items():
        path = check.path(f"{name}.pkl")
        pathlib.Path(path).write_bytes(pickle.dumps(model))
        check.same(path, tensors, exactly=False)
        # The compressors of joblib, and the joblib file of a table of objects.
        for ending in ("", ".z", ".gz", ".bz2", ".xz", ".lzma", ".lz4"):
            path = check.path(f"{name}.joblib{ending}")
            joblib.dump(model, path)
            check.same(path, tensors, exactly=False)


def pandas_files(check):
    import pandas  # pylint: disable=import-outside-toplevel
    frame = pandas.DataFrame({"a": RNG.normal(size=4), "b": RNG.integers(0, 9, 4)})
    path = check.path("frame.pkl")
    frame.to_pickle(path)
    report = check.inspect(path)
    digests = {t["sha256"] for t in report["tensors"]} if report else set()
    for column in frame:
        check.compared += 1
        if expect_numpy(frame[column].to_numpy().reshape(1, 4))[2] not in digests:
            check.wrong(f"pandas: {column}")


PARTS = [torch_types, torch_views, torch_modules, torch_optimisers, torch_sparse, torch_quantised,
         torch_others, torch_script, numpy_files, scipy_files, sklearn_files, pandas_files]


def main():
    with tempfile.TemporaryDirectory(prefix="pratique-interop-") as folder:
        check = Check(os.path.abspath(sys.argv[1]), folder)
        for part in PARTS:
            try:
                part(check)
            except ImportError as missing:
                print(f"left out: {part.__name__}: {missing}")
        print(f"torch {torch.__version__}, numpy {np.__version__}: {check.files} files, "
              f"{check.compared} tensors compared, {check.failed} failed")
        return 1 if check.failed or not check.compared else 0


if __name__ == "__main__":
    sys.exit(main())
