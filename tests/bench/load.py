#!/usr/bin/env python3
"""Times loading, side by side: ours as a copy, as a copy that is hashed, and as a view, from C++
and from Python; torch.load with weights only and without; safetensors; numpy.load; gguf's reader.

    load.py BENCH_LOAD DIR [--runs N] [--only INPUT] [--library LIBPRATIQUE]

BENCH_LOAD is tests/bench/load_main.cc, built by `cmake --build --preset release --target
bench_load`; LIBPRATIQUE the library that the Python package uses, by default that of the same
build. DIR keeps the inputs (4 GB), which are made when they are missing. Needs torch, numpy,
safetensors and gguf. The rounds go over all loaders in turn, each in a fresh process that loads
once to warm up and once for the clock, so that a busy machine hurts all alike; what a load costs
and what it gives back are both in it, the start of Python is not. Ratios are to torch.load."""
import argparse
import os
import pathlib
import statistics
import subprocess
import sys

MAKE = """
import sys, numpy as np, torch, gguf
from safetensors.torch import save_file
d = sys.argv[1] + "/"
big = {f"layers.{i}.weight": torch.randn(1310, 1024) for i in range(200)}
many = {f"layers.{i}.attention.weight": torch.randn(64) for i in range(20000)}
for name, state in (("big", big), ("many", many)):
    torch.save(state, d + name + ".pt")
    save_file(state, d + name + ".safetensors")
np.save(d + "big.npy", torch.randn(65536, 4096).numpy())
writer = gguf.GGUFWriter(d + "big.gguf", "llama")
for name, value in big.items():
    writer.add_tensor(name, value.numpy())
writer.write_header_to_file(); writer.write_kv_data_to_file(); writer.write_tensors_to_file()
writer.close()
"""

LOAD = """
import sys, time, resource
how, path = sys.argv[1:]
if how.startswith("torch"):
    import torch
    options = {"weights_only": how != "torch.load unsafe", "mmap": how == "torch.load mmap"}
    load = lambda: torch.load(path, **options)
elif how == "safetensors":
    from safetensors.torch import load_file as loader
    load = lambda: loader(path)
elif how == "numpy":
    import numpy
    load = lambda: numpy.load(path)
elif how.startswith("pratique"):
    import pratique
    options = {"view": "view" in how, "framework": "torch" if "torch" in how else "numpy"}
    load = lambda: dict(pratique.load(path, **options))
else:
    import gguf
    load = lambda: gguf.GGUFReader(path)
load()
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.perf_counter()
kept = load()
print((time.perf_counter() - began) * 1000, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""

INPUTS = {"big.pt": ["torch.load", "torch.load unsafe", "torch.load mmap"],
          "many.pt": ["torch.load", "torch.load unsafe"],
          "big.safetensors": ["safetensors"], "many.safetensors": ["safetensors"],
          "big.npy": ["numpy"], "big.gguf": ["gguf"]}
PYTHON = ["pratique.load", "pratique.load view", "pratique.load torch"]
OURS = {"ours, copy": "copy", "ours, copy and hash": "hash", "ours, view": "view"}


def ours(bench, path, how):
    """(milliseconds, megabytes of the program, megabytes of its worker)"""
    done = subprocess.run([bench, path, "2", how], capture_output=True, text=True, check=True)
    *runs, peaks = done.stdout.splitlines()
    parent, worker = peaks.split()
    return float(runs[-1].split()[0]), int(parent) / 1024, int(worker) / 1024


def theirs(path, how, library):
    environment = {**os.environ, "PRATIQUE_LIBRARY": library,
                   "PYTHONPATH": str(pathlib.Path(__file__).resolve().parents[2] / "python")}
    done = subprocess.run([sys.executable, "-c", LOAD, how, path], capture_output=True, text=True,
                          check=True, env=environment)
    took, peak = done.stdout.split()
    return float(took), float(peak) / 1024, 0.0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench")
    parser.add_argument("folder")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--only")
    parser.add_argument("--library")
    options = parser.parse_args()
    library = options.library or str(
        pathlib.Path(options.bench).resolve().parents[2] / "api" / "libpratique.so")
    folder = pathlib.Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    if not all((folder / name).exists() for name in INPUTS):
        subprocess.run([sys.executable, "-c", MAKE, str(folder)], check=True)
    for name, peers in INPUTS.items():
        if options.only not in (None, name):
            continue
        path = str(folder / name)
        print(f"\n{name}, {os.path.getsize(path) / 1e6:.0f} MB{'best':>18}{'median ms':>12}"
              f"{'ratio':>8}{'peak MB':>9}{'worker':>8}")
        results = {}
        for _ in range(options.runs):
            for peer in peers + PYTHON:
                results.setdefault(peer, []).append(theirs(path, peer, library))
            for label, how in OURS.items():
                results.setdefault(label, []).append(ours(options.bench, path, how))
        first = statistics.median(run[0] for run in results[peers[0]])
        for label, runs in results.items():
            median = statistics.median(run[0] for run in runs)
            print(f"  {label:22}{min(run[0] for run in runs):16.2f}{median:12.2f}"
                  f"{first / median:8.1f}{max(run[1] for run in runs):9.0f}"
                  f"{max(run[2] for run in runs):8.0f}", flush=True)


if __name__ == "__main__":
    main()
