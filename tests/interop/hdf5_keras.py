#!/usr/bin/env python3
"""Writes HDF5 and Keras files with h5py and Keras in every way that these know of, has the program
inspect each, and compares names, types, shapes and the digest of the elements with what h5py reads.

    hdf5_keras.py PROGRAM [FOLDER]

PROGRAM is a built `pratique`; FOLDER keeps the files, else they are thrown away. Needs h5py and
NumPy; Keras (with the backend that KERAS_BACKEND names) is tried as well where it is installed.
Exit code: 0 all equal, 1 a difference, 77 skipped because h5py is not there.
"""
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile

try:
    import h5py
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

VERSIONS = ["earliest", ("earliest", "v108"), ("v110", "v110"), ("v112", "v112"),
            ("v114", "v114"), "latest"]
RNG = np.random.default_rng(7)


def numbers(dtype, shape):
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return RNG.integers(0, 2, shape).astype(bool)
    if dtype.kind in "iu":
        return RNG.integers(0, 100, shape).astype(dtype)
    if dtype.kind == "c":
        return (RNG.normal(size=shape) + 1j * RNG.normal(size=shape)).astype(dtype)
    return RNG.normal(size=shape).astype(dtype)


# --- What is written: each function fills one file -----------------------------------------------

def plain_types(f):
    for code in ("b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16 >i2 >i4 >u8 >f2 >f4 >f8 >c8 >c16 "
                 "<f16").split():
        for shape in [(3, 5), (7,), (), (0, 4)]:
            f[f"{code.replace('<', 'l').replace('>', 'b')}/{len(shape)}_{sum(shape)}"] = \
                numbers(code, shape).astype(code) if shape else numbers(code, (1,))[0]
    f["text"] = np.array([b"ab", b"cdef", b""], dtype="S4")
    f["opaque"] = np.array([b"abc", b"\0\0x"], dtype="V3")
    f["time"] = np.arange(4).astype("M8[ns]").astype(h5py.opaque_dtype("M8[ns]"))
    f["enum"] = np.array([0, 1, 5], dtype=h5py.enum_dtype({"A": 0, "B": 1, "C": 5}, basetype="i2"))
    f.create_dataset("null", data=h5py.Empty("f4"))
    low_level(f)


def low_level(f):
    """Types that h5py reads but does not make of any NumPy type."""
    types = {"bits": "STD_B16LE", "bits_big": "STD_B32BE", "half": "NATIVE_FLOAT16",
             "pair": "COMPLEX_IEEE_F32LE", "pair_big": "COMPLEX_IEEE_F64BE"}
    for name, kind in types.items():
        if not hasattr(h5py.h5t, kind):
            continue
        kind = getattr(h5py.h5t, kind)
        try:
            made = h5py.h5d.create(f.id, name.encode(), kind, h5py.h5s.create_simple((3,)))
        except ValueError:
            continue  # complex numbers of their own came with HDF5 2.0
        data = numbers(h5py.Dataset(made).dtype, 3)
        made.write(h5py.h5s.ALL, h5py.h5s.ALL, data, mtype=h5py.h5t.py_create(data.dtype)
                   if name[0] != "b" else kind)


def records(f):
    plain = np.dtype([("a", "<i4"), ("b", "<f8"), ("c", "S2")])
    padded = np.dtype({"names": ["a", "b"], "formats": ["<i2", "<f8"], "offsets": [2, 8],
                       "itemsize": 24})
    nested = np.dtype([("p", plain), ("v", "<f4", (2, 3)), ("z", "<c8"), ("flag", "?"),
                       ("e", h5py.enum_dtype({"X": -1, "Y": 2}, basetype="i1"))])
    mixed = np.dtype([("a", ">i4"), ("b", "<i4"), ("c", ">f8", (2,)), ("d", ">c8")])
    for name, dtype in [("plain", plain), ("padded", padded), ("nested", nested),
                        ("mixed", mixed)]:
        raw = np.zeros(4, dtype)
        for field in dtype.names:
            raw[field] = np.frombuffer(
                RNG.integers(0, 2, raw[field].nbytes).astype("u1"), raw[field].dtype.base
            ).reshape(raw[field].shape)
        f[name] = raw.reshape(2, 2)
        f.create_dataset(name + "_gz", data=raw, chunks=(3,), compression="gzip")
    f.create_dataset("array", (4,), dtype=np.dtype(("<f4", (2, 3))))
    f["array"][...] = numbers("f4", (4, 2, 3))
    f.create_dataset("array_big", (4,), dtype=np.dtype((">i4", (3,))), chunks=(3,))
    f["array_big"][...] = numbers("i4", (4, 3))


def chunked(f):
    filters = {
        "none": {}, "gzip": {"compression": "gzip"}, "gzip9": {"compression": 9},
        "lzf": {"compression": "lzf"}, "shuffle": {"shuffle": True},
        "sum": {"fletcher32": True},
        "all": {"compression": "gzip", "shuffle": True, "fletcher32": True},
        "lzf_all": {"compression": "lzf", "shuffle": True, "fletcher32": True},
    }
    shapes = [((10,), (4,)), ((7, 9), (3, 4)), ((5, 6, 7), (2, 6, 3)), ((5, 6, 7), (1, 6, 7)),
              ((3,), (8,)), ((20, 3), (20, 1))]
    for name, options in filters.items():
        for number, (shape, chunk) in enumerate(shapes):
            for code in ("<f4", ">i2", "u1", "S5"):
                data = (np.array([b"%d" % i for i in range(np.prod(shape))], dtype="S5")
                        .reshape(shape) if code == "S5" else numbers(code, shape).astype(code))
                # Chunks may be larger than a dataset only if it can grow.
                most = tuple(None if c > s else s for s, c in zip(shape, chunk))
                f.create_dataset(f"{name}/{number}/{code[-2:]}", data=data, dtype=code,
                                 chunks=chunk, maxshape=most, **options)
    f.create_dataset("random", data=RNG.integers(0, 256, 5000).astype("u1"), chunks=(1000,),
                     compression="lzf")  # does not shrink: stored as it is
    f.create_dataset("empty", (0, 5), maxshape=(None, 5), chunks=(2, 5), dtype="f4")


def indexes(f):
    """Every index that chunks can have, with few chunks and with many."""
    for name, options in [("plain", {}), ("gzip", {"compression": "gzip"})]:
        def make(kind, shape, chunk, most, **more):
            f.create_dataset(f"{name}/{kind}", data=numbers("<i4", shape), chunks=chunk,
                             maxshape=most, **options, **more)
        make("single", (6, 7), (6, 7), (6, 7))
        make("fixed", (30, 31), (4, 5), (30, 31))
        make("fixed_larger", (30, 31), (4, 5), (50, 60))
        make("fixed_paged", (3000,), (1,), (3000,))
        make("growing_first", (40, 9), (3, 4), (None, 9))
        make("growing_last", (9, 40), (4, 3), (9, None))
        make("growing_middle", (3, 40, 5), (2, 3, 2), (3, None, 6))
        make("growing_long", (5000,), (1,), (None,))
        make("growing_all", (20, 21), (3, 4), (None, None))
        make("growing_all_long", (60, 70), (1, 1), (None, None))
    f["plain/growing_first"].resize((7, 9))
    f["plain/growing_all"].resize((40, 5))
    f["gzip/growing_last"].resize((9, 70))
    early(f)
    sparse(f)


def early(f):
    """Space that is given out at once is found by arithmetic."""
    for name, most in [("implicit", (10, 7)), ("implicit_larger", (20, 9))]:
        shape = (10, 7)
        plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plan.set_chunk((3, 4))
        plan.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        space = h5py.h5s.create_simple(shape, most)
        data = numbers("f8", shape)
        made = h5py.h5d.create(f.id, name.encode(), h5py.h5t.IEEE_F64LE, space, plan)
        made.write(h5py.h5s.ALL, h5py.h5s.ALL, data)


def sparse(f):
    """Long arrays of chunks of which few were ever written: pages and blocks that are not there."""
    for name, size, most in [("fixed", 200_000, 200_000), ("growing", 400_000, None)]:
        for fill in (0, 7):
            made = f.create_dataset(f"sparse/{name}{fill}", (size,), maxshape=(most,), chunks=(1,),
                                    dtype="i4", fillvalue=fill)
            for at in (0, 3, 5, 70, 1023, 1024, 5000, 65535, 140_000, 141_600, 160_001, 199_999):
                made[at] = at + 1
    made = f.create_dataset("sparse/tree", (500, 500), maxshape=(None, None), chunks=(7, 9),
                            dtype=">f4", fillvalue=1.5, compression="gzip")
    made[100:120, 300:310] = 3
    made[499, 499] = 4


def storage(f):
    """Compact and contiguous data, data that was never written, edges without filters."""
    for layout, name in [(h5py.h5d.COMPACT, "compact"), (h5py.h5d.CONTIGUOUS, "contiguous")]:
        for code in ("<f4", ">f4"):
            plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            plan.set_layout(layout)
            data = numbers("f4", (5, 6)).astype(code)
            made = h5py.h5d.create(f.id, f"{name}{code[0] == '>'}".encode(),
                                   h5py.h5t.py_create(np.dtype(code)),
                                   h5py.h5s.create_simple((5, 6)), plan)
            made.write(h5py.h5s.ALL, h5py.h5s.ALL, data)
    for fill in (None, 0, 2.5):
        f.create_dataset(f"never{fill}", (4, 5), dtype=">f4", fillvalue=fill)
        f.create_dataset(f"never_chunked{fill}", (40, 5), dtype="<f4", chunks=(3, 2),
                         fillvalue=fill)
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_chunk((4, 4))
    plan.set_deflate(4)
    if hasattr(plan, "set_chunk_opts"):
        plan.set_chunk_opts(2)
    made = h5py.h5d.create(f.id, b"edges", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((10, 11)),
                           plan)
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, numbers("f4", (10, 11)))
    big = numbers("f4", (300, 70, 400))
    f.create_dataset("big", data=big, chunks=(100, 70, 100), compression=1, shuffle=True)
    f.create_dataset("columns", data=big.reshape(300, 28000), chunks=(300, 50))


def groups(f):
    """Links in all their forms: many, long, tracked, hard twice, soft, named types."""
    for name, track in [("plain", False), ("tracked", True)]:
        group = f.create_group(f"many/{name}", track_order=track)
        for i in range(700):
            group[f"d{i * 7919 % 700:04d}" + "x" * (i % 40)] = np.float32(i)
    f["few/b"] = np.arange(3)
    f["few/a"] = np.arange(4)
    f["twice"] = f["few/a"]
    f["again"] = f["few"]
    f["circle/inside"] = np.arange(2)
    f["circle/self"] = f["circle"]
    f["soft"] = h5py.SoftLink("/few/a")
    f["dangling"] = h5py.SoftLink("/nowhere")
    f["type"] = np.dtype("<i8")
    f.create_dataset("typed", data=np.arange(5), dtype=f["type"])
    f["gr\u00f6\u00dfe"] = np.arange(2)
    f["text"] = "one string of variable length"
    deep = f
    for i in range(60):
        deep = deep.create_group(f"g{i}")
    deep["w"] = np.arange(3.0)


def attributes(f):
    for i in range(150):
        f.attrs[f"a{i}"] = f"value {i}"
    f.attrs["keras_version"] = "2.11.0"
    if f.libver[1] != "earliest" and f.libver[0] != "earliest":
        f.attrs["model_config"] = "x" * 100_000
    f.attrs["layer_names"] = np.array([b"dense", b"conv"])
    f.attrs["numbers"] = np.arange(5)
    f["w"] = np.arange(3.0)
    f["w"].attrs["unit"] = "m"


FILES = [plain_types, records, chunked, indexes, storage, groups, attributes]


# --- What must be refused ---------------------------------------------------------------------

def external_file(f):
    f.create_dataset("e", (4,), dtype="f4", external=[("other.raw", 0, 16)])


def external_link(f):
    f["e"] = h5py.ExternalLink("other.h5", "/x")


def virtual(f):
    layout = h5py.VirtualLayout(shape=(4,), dtype="f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", shape=(4,))
    f.create_virtual_dataset("e", layout)


def scale_offset(f):
    f.create_dataset("e", data=np.arange(10), chunks=(5,), scaleoffset=True)


def sequences(f):
    f.create_dataset("e", (2,), dtype=h5py.vlen_dtype("f4"))


def references(f):
    f["e"] = np.array([f.ref], dtype=h5py.ref_dtype)


REFUSED = [(external_file, "external_data"), (external_link, "external_data"),
           (virtual, "unsupported"), (scale_offset, "unsupported"), (sequences, "unsupported"),
           (references, "unsupported")]


# --- What is compared -----------------------------------------------------------------------

def little(dtype):
    return np.dtype(dtype).newbyteorder("<")


def spelling(dtype):
    dtype = np.dtype(dtype)
    if dtype.fields:
        return "struct:" + str(little(dtype).descr)
    if dtype.kind in "Mm":
        return dtype.str[1:]
    if dtype.kind == "f" and dtype.itemsize == 16:
        return "longdouble128"
    return {"S": f"bytes{dtype.itemsize}", "V": f"void{dtype.itemsize}"}.get(dtype.kind, dtype.name)


def swapped(array):
    """The bytes of the elements with all numbers little-endian, padding as it is."""
    raw = np.frombuffer(bytearray(array.tobytes()), array.dtype)

    def visit(view):
        if view.dtype.fields:
            for name in view.dtype.names:
                visit(view[name])
        elif view.dtype.byteorder == ">":
            view[...] = view.byteswap()
    visit(raw)
    return raw.tobytes()


def dataset(found):
    if found.shape is None:
        return spelling(found.dtype), [0], b""
    if found.attrs.get("dtype") == "bfloat16":
        return "bfloat16", list(found.shape), found[()].tobytes()
    if found.dtype.subdtype:
        value = found[()]
        return spelling(value.dtype), list(value.shape), swapped(value)
    value = np.zeros(found.shape, found.dtype)
    if value.size:
        found.read_direct(value)
    return spelling(found.dtype), list(value.shape), swapped(value)


def expected(path):
    out = []

    def walk(group, keys, above):
        for key in sorted(group.keys(), key=lambda k: k.encode()):
            if not isinstance(group.get(key, getlink=True), h5py.HardLink):
                continue
            member = group[key]
            if isinstance(member, h5py.Group):
                address = h5py.h5o.get_info(member.id).addr
                if address not in above:
                    walk(member, keys + [key], above + [address])
            elif isinstance(member, h5py.Dataset) and member.dtype.kind != "O":
                dtype, shape, data = dataset(member)
                out.append((keys + [key], dtype, shape, hashlib.sha256(data).hexdigest()))
    with h5py.File(path) as file:
        walk(file, [], [h5py.h5o.get_info(file.id).addr])
    return out


class Check:
    def __init__(self, program):
        self.program = program
        self.files = self.tensors = self.failures = 0

    def inspect(self, path):
        done = subprocess.run([self.program, "inspect", "--format", "json", "--digest", path],
                              capture_output=True, check=False)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace")

    def fail(self, path, what):
        self.failures += 1
        print(f"{os.path.basename(path)}: {what}"[:600])

    def same(self, path, want):
        self.files += 1
        code, out, err = self.inspect(path)
        if code != 0:
            return self.fail(path, f"exit {code}: {err} {out[:300]}")
        have = [(t["path"], t["dtype"], t["shape"], t["sha256"])
                for t in json.loads(out)["tensors"]]
        self.tensors += len(want)
        if have == want:
            return None
        if len(have) != len(want):
            missing = [w[0] for w in want if w[0] not in [h[0] for h in have]]
            return self.fail(path, f"{len(have)} tensors instead of {len(want)}: {missing[:5]}")
        return self.fail(path, next((h, w) for h, w in zip(have, want) if h != w))

    def refused(self, path, error):
        self.files += 1
        code, out, err = self.inspect(path)
        if code == 0 or error not in out.decode() + err:
            self.fail(path, f"exit {code}, not refused as {error}: {err} {out[:300]}")


def write_all(check, folder):
    for version in VERSIONS:
        label = version if isinstance(version, str) else "-".join(version)
        for fill in FILES:
            path = os.path.join(folder, f"{fill.__name__}-{label}.h5")
            with h5py.File(path, "w", libver=version) as f:
                fill(f)
            check.same(path, expected(path))
        for fill, error in REFUSED:
            path = os.path.join(folder, f"{fill.__name__}-{label}.h5")
            try:
                with h5py.File(path, "w", libver=version) as f:
                    fill(f)
            except ValueError:
                continue  # older versions have no virtual datasets
            check.refused(path, error)
        path = os.path.join(folder, f"user_block-{label}.h5")
        with h5py.File(path, "w", libver=version, userblock_size=1024) as f:
            storage(f)
        check.same(path, expected(path))


def write_keras(check, folder):
    os.environ.setdefault("KERAS_BACKEND", "numpy")
    try:
        import keras
    except ImportError as missing:
        print(f"without Keras: {missing}")
        return
    for policy in ("float32", "bfloat16"):
        keras.config.set_dtype_policy(policy)
        inner = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Conv2D(3, 3),
                                  keras.layers.BatchNormalization(), keras.layers.Flatten()])
        model = keras.Sequential([keras.Input((8, 8, 1)), inner, keras.layers.Dense(5),
                                  keras.layers.Dense(2)])
        if policy == "float32":
            model.compile("adam", "mse")
            model.optimizer.build(model.trainable_variables)
        for suffix in (".keras", ".weights.h5", ".h5"):
            path = os.path.join(folder, f"{policy}{suffix}")
            try:
                (model.save_weights if suffix == ".weights.h5" else model.save)(path)
            except Exception as why:  # whatever Keras cannot write is not ours to read
                print(f"Keras does not write {policy}{suffix}: {why}"[:200])
                continue
            weights = path
            if suffix == ".keras":
                weights = os.path.join(folder, f"{policy}.inner.h5")
                with zipfile.ZipFile(path) as archive, open(weights, "wb") as out:
                    out.write(archive.read("model.weights.h5"))
                deflated = os.path.join(folder, f"{policy}-deflated.keras")
                with zipfile.ZipFile(path) as old, \
                        zipfile.ZipFile(deflated, "w", zipfile.ZIP_DEFLATED) as new:
                    for name in old.namelist():
                        new.writestr(name, old.read(name))
                check.same(deflated, expected(weights))
            check.same(path, expected(weights))


def main():
    check = Check(sys.argv[1])
    with tempfile.TemporaryDirectory() as temporary:
        folder = sys.argv[2] if len(sys.argv) > 2 else temporary
        write_all(check, folder)
        write_keras(check, folder)
    print(f"{check.files} files, {check.tensors} tensors, {check.failures} failures "
          f"(h5py {h5py.version.version}, HDF5 {h5py.version.hdf5_version})")
    return 1 if check.failures else 0


if __name__ == "__main__":
    sys.exit(main())
