#!/usr/bin/env python3
"""Times the hashing of models beside `openssl speed` and beside the reference implementation.

    hash.py BENCH_HASH DIR [--runs N] [--peer PYTHON]

BENCH_HASH is tests/bench/hash_main.cc, built by `cmake --build --preset release --target
bench_hash`. DIR keeps the inputs (8 GB), which are made when they are missing; they are read once
before, so that they come from memory. PYTHON is that of a virtual environment with model-signing
(PyPI, 1.1.1) and pyOpenSSL. The rounds go over all in turn, so that a busy machine hurts all alike.
GB/s by the clock say what a user waits for, on an idle machine; processor time is what to trust on
a busy one. User mode is hashing, system mode is reading: a lone file is read by another thread than
the one that hashes it, so that on an idle machine the clock should show the rate of user mode.
Listing the folder is part of all of it, the start of Python is not. openssl hashes one block of
16 KiB over and over and reads nothing; ratios are to it."""
import argparse
import os
import pathlib
import statistics
import subprocess

GIB = 1 << 30

REFERENCE = """
import resource, sys, time
from model_signing import hashing
def used():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), usage.ru_utime, usage.ru_stime
config = hashing.Config()
before = used()
config.hash(sys.argv[1])
print(*((b - a) * 1000 for a, b in zip(before, used())))
"""

INPUTS = {"one": ("one file of 4 GiB", [4 * GIB]),
          "two": ("two files of 2 GiB", [2 * GIB, 2 * GIB]),
          "uneven": ("files of 2, 1 and 0.5 GiB", [2 * GIB, GIB, GIB // 2]),
          "small": ("10,000 files of 4 KiB", [4096] * 10_000)}


def make(folder, sizes):
    folder.mkdir(parents=True)
    block = os.urandom(1 << 20)
    for number, size in enumerate(sizes):
        with open(folder / f"{number:05}.bin", "wb") as out:
            for at in range(0, size, len(block)):
                out.write(block[:size - at])


def ours(bench, path, *how):
    """Milliseconds by the clock, user, system."""
    done = subprocess.run([bench, path, "1", *how], capture_output=True, text=True, check=True)
    return tuple(float(word) for word in done.stdout.split()[:3])


def reference(python, path):
    done = subprocess.run([python, "-c", REFERENCE, path], capture_output=True, text=True,
                          check=True)
    return tuple(float(word) for word in done.stdout.split())


def openssl():
    """GB per second of user time, by openssl's own measure."""
    done = subprocess.run(["openssl", "speed", "-mr", "-seconds", "2", "-bytes", "16384", "-evp",
                           "sha256"], capture_output=True, text=True, check=True)
    line = next(line for line in done.stdout.splitlines() if line.startswith("+F:"))
    return float(line.split(":")[-1]) / 1e9


def report(title, size, results, speed):
    print(f"\n{title}; openssl {speed:.3f} GB/s\n{'':22}{'clock best':>11}{'median':>9}"
          f"{'user':>9}{'system':>8} ms {'by clock':>9}{'user':>12}{'user+system':>13}")
    for label, runs in results.items():
        clock = [run[0] for run in runs]
        best = min(runs, key=lambda run: run[1] + run[2])
        rates = [size / time / 1e6 for time in (min(clock), best[1], best[1] + best[2])]
        print(f"  {label:20}{min(clock):11.1f}{statistics.median(clock):9.1f}{best[1]:9.1f}"
              f"{best[2]:8.1f}   " + "".join(f"{rate:6.2f} ({rate / speed:.2f})"
                                             for rate in rates), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peer")
    parser.add_argument("--only", choices=INPUTS)
    options = parser.parse_args()
    for name, (title, sizes) in INPUTS.items():
        if options.only not in (None, name):
            continue
        folder = options.folder / name
        if not folder.exists():
            make(folder, sizes)
        path, results, speeds = str(folder), {}, []
        ours(options.bench, path)
        for _ in range(options.runs):
            speeds.append(openssl())
            results.setdefault("ours", []).append(ours(options.bench, path))
            results.setdefault("ours, one thread", []).append(ours(options.bench, path, "1"))
            if sum(sizes) >= GIB:
                results.setdefault("ours, shards of 1 GB", []).append(
                    ours(options.bench, path, "0", "1000000000"))
            if options.peer:
                results.setdefault("model_signing", []).append(reference(options.peer, path))
        report(title, sum(sizes), results, max(speeds))


if __name__ == "__main__":
    main()
