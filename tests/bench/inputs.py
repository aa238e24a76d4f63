#!/usr/bin/env python3
"""Writes the inputs of the benchmark, the same bytes every time, and says what is in them.

    inputs.py DIR

    one.pkl        a small estimator, about 2 KB
    small/         2,000 small pickles, 0.3 to 3 KB
    dense.pkl      100 MB, about 30 million opcodes, as pickle.dumps writes protocol 4
    big.pt         a torch archive of 1 GB: 200 storages, of which the disk holds only the holes
    tree/          20,000 files in 400 folders, three levels deep
"""
import argparse
import pickle
import pickletools
import random
import struct
import sys
import zlib
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "samples"))

from generator import numpyfmt, torchfmt, zipwriter  # noqa: E402
from generator.assemble import (BUILD, FALSE, MEMOIZE, NONE, PROTO2, PROTO4, SETITEMS,  # noqa: E402
                                STOP, TRUE, binfloat, binget, binunicode, call, dic, integer, new,
                                sg, text, tup)

MEGABYTE = 1_000_000
FRAME = 64 * 1024
GROUP = 1000           # how many items the pickler appends at once
STORAGES, STORAGE_SIZE = 200, 5 * 1024 * 1024
SMALL_FILES = 2000
TREE_FILES = 20000


# --- small pickles ----------------------------------------------------------------------------

def array(rng, count):
    return numpyfmt.array_pickle((count,), "f", 8, struct.pack(f"<{count}d", *(
        rng.random() for _ in range(count))))


def estimator(rng, coefficients):
    """What scikit-learn leaves in a file: a class by NEWOBJ, its fields by BUILD."""
    return (new(sg("sklearn.linear_model._logistic", "LogisticRegression"))
            + dic(text("penalty"), text("l2"), text("dual"), FALSE, text("tol"), binfloat(1e-4),
                  text("C"), binfloat(rng.random()), text("fit_intercept"), TRUE,
                  text("class_weight"), NONE, text("random_state"), integer(rng.randrange(99)),
                  text("solver"), text("lbfgs"), text("max_iter"), integer(100),
                  text("n_features_in_"), integer(coefficients), text("classes_"),
                  array(rng, 2), text("coef_"), array(rng, coefficients),
                  text("intercept_"), array(rng, 1), text("n_iter_"), array(rng, 1),
                  text("_sklearn_version"), text("1.3.0")) + BUILD)


def plain(rng):
    """A dictionary as training scripts keep."""
    value = {"epoch": rng.randrange(1000), "loss": [rng.random() for _ in range(rng.randrange(40))],
             "labels": {f"class_{n}": n for n in range(rng.randrange(5, 60))},
             "name": "m" * rng.randrange(200), "shape": (rng.randrange(99), rng.randrange(99)),
             "best": None, "done": True, "blob": rng.randbytes(rng.randrange(200))}
    return pickle.dumps(value, rng.choice([2, 3, 4, 4, 4, 5]))


def ordered(rng):
    pairs = [text(f"layer.{n}.weight") + array(rng, rng.randrange(1, 4)) for n in range(3)]
    return (PROTO4 + call(sg("collections", "OrderedDict")) + b"(" + b"".join(pairs) + SETITEMS
            + STOP)


def small(rng):
    kind = rng.randrange(10)
    if kind < 6:
        return plain(rng)
    if kind < 8:
        return ordered(rng)
    return PROTO4 + estimator(rng, rng.randrange(2, 60)) + STOP


def write_small(folder):
    (folder / "one.pkl").write_bytes(PROTO4 + estimator(random.Random(1), 120) + STOP)
    (folder / "small").mkdir(exist_ok=True)
    sizes = 0
    for number in range(SMALL_FILES):
        content = small(random.Random(f"small/{number}"))
        (folder / "small" / f"{number:04}.pkl").write_bytes(content)
        sizes += len(content)
    print(f"one.pkl {(folder / 'one.pkl').stat().st_size} bytes; small/ {SMALL_FILES} files, "
          f"{sizes // SMALL_FILES} bytes on average")


# --- the dense pickle -------------------------------------------------------------------------

KEYS = ["id", "name", "kind", "score", "weight", "pair", "values", "flag", "parent"]
KINDS = ["train", "test", "valid", "other"]


def record(rng):
    """A dictionary; keys and kinds are in the memo already, all that is new goes into it."""
    key = iter(range(1, 1 + len(KEYS)))
    flag = rng.choice([TRUE, FALSE, NONE])
    values = b"".join(binfloat(rng.random()) for _ in range(3))
    return (b"}" + MEMOIZE + b"("
            + binget(next(key)) + integer(rng.randrange(1 << 20, 1 << 30))
            + binget(next(key)) + text(f"r{rng.randrange(10**9):09}") + MEMOIZE
            + binget(next(key)) + binget(1 + len(KEYS) + rng.randrange(len(KINDS)))
            + binget(next(key)) + binfloat(rng.random())
            + binget(next(key)) + binfloat(rng.gauss(0, 1))
            + binget(next(key)) + tup(integer(rng.randrange(256)), integer(rng.randrange(9999)))
            + MEMOIZE + binget(next(key)) + b"]" + MEMOIZE + b"(" + values + b"e"
            + binget(next(key)) + flag + binget(next(key)) + integer(rng.randrange(256)) + b"u")


def opcode_counts(body):
    return Counter(op.name for op, _, _ in pickletools.genops(body + STOP) if op.name != "STOP")


def write_dense(folder):
    rng = random.Random("dense")
    groups = [[record(rng) for _ in range(GROUP)] for _ in range(20)]
    # The keys stand in a list of their own at the start: memo 1 and up.
    words = b"".join(text(word) + MEMOIZE for word in KEYS + KINDS)
    frame = bytearray(b"]" + MEMOIZE + b"(" + words + b"e")
    counts, written, uses = opcode_counts(bytes(frame)), 0, Counter()
    with open(folder / "dense.pkl", "wb") as out:
        def flush():
            nonlocal written
            out.write(b"\x95" + struct.pack("<Q", len(frame)) + frame)
            written += 9 + len(frame)
            counts["FRAME"] += 1
            frame.clear()

        out.write(PROTO4)
        while written < 100 * MEGABYTE - FRAME:
            group = sum(uses.values()) % len(groups)
            uses[group] += 1
            frame += b"("
            for body in groups[group]:
                frame += body
                if len(frame) >= FRAME:
                    flush()
            frame += b"e"
        frame += STOP
        flush()
    for group, times in uses.items():
        for name, count in opcode_counts(b"(" + b"".join(groups[group]) + b"e").items():
            counts[name] += count * times
    counts.update(["PROTO", "STOP"])
    total = sum(counts.values())
    print(f"dense.pkl {(folder / 'dense.pkl').stat().st_size} bytes, {total} opcodes:")
    for name, count in counts.most_common():
        if count * 1000 > total:
            print(f"  {100 * count / total:5.1f} %  {name}")


# --- the big archive --------------------------------------------------------------------------

def big_pickle():
    count = STORAGE_SIZE // 4
    tensors = []
    for number in range(STORAGES):
        tensors += [binunicode(f"layer.{number:03}.weight"),
                    torchfmt.tensor(torchfmt.storage(str(number), count), (1024, count // 1024))]
    return PROTO2 + torchfmt.state_dict(*tensors) + STOP


def write_big(folder):
    """As torch writes it: no sizes in the local headers, padding to 64, sizes behind the data."""
    crc_of_zeros = zlib.crc32(bytes(STORAGE_SIZE))
    members = [("data.pkl", big_pickle()), ("byteorder", b"little"),
               *((f"data/{number}", None) for number in range(STORAGES)), ("version", b"3\n")]
    directory = b""
    with open(folder / "big.pt", "wb") as out:
        for name, content in members:
            entry = torchfmt.entry(name, content or b"", root="big")
            offset = out.tell()
            local = zipwriter.local_record(entry, offset)
            if content is None:
                sizes = (crc_of_zeros, STORAGE_SIZE, STORAGE_SIZE)
                out.write(local[:-16])
                out.seek(STORAGE_SIZE, 1)
                out.write(b"PK\x07\x08" + struct.pack("<III", *sizes))
                entry.central = dict(zip(("crc", "csize", "usize"), sizes))
            else:
                out.write(local)
            directory += zipwriter.central_record(entry, offset)
        start = out.tell()
        out.write(directory + zipwriter.end64(len(members), len(directory), start,
                                              start + len(directory)))
        out.write(b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF,
                                              0xFFFFFFFF, 0))
    print(f"big.pt {(folder / 'big.pt').stat().st_size} bytes, {len(members)} members")


# --- the tree ---------------------------------------------------------------------------------

def write_tree(folder):
    for number in range(TREE_FILES):
        rng = random.Random(f"tree/{number}")
        place = folder / "tree" / f"{number % 20:02}" / f"{number // 20 % 20:02}"
        if number < 400:
            place.mkdir(parents=True, exist_ok=True)
        kind = number // 400 % 5
        name, content = [
            ("model.pkl", plain(rng)), ("config.json", b'{"hidden_size": 64}\n'),
            ("notes.txt", b"some words about a model\n" * 5),
            ("w.npy", numpyfmt.npy("<f4", "(8,)", rng.randbytes(32))),
            ("tokenizer.json", b'{"version": "1.0", "model": {"vocab": {}}}\n')][kind]
        (place / f"{number // 2000:02}_{name}").write_bytes(content)
    print(f"tree/ {TREE_FILES} files")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, metavar="DIR")
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for write in (write_small, write_dense, write_big, write_tree):
        write(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
