#!/usr/bin/env python3
"""Loads every sample once, really, and writes what happened to verified.tsv.

Each load is a process of its own in an empty folder: no network (a namespace with nothing in it),
user 65534, no new privileges, limits on memory, time and file sizes. Needs root on Linux, and
for the torch, NumPy and joblib samples a Python that has them:

    verify.py [--python PYTHON_WITH_TORCH]

A sample "ran" when the marker was printed or a file of that name appeared. A row is written where
what was seen is what index.json claims; everything else is printed.
"""
import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

from generate import samples  # noqa: E402
from generator.assemble import MARKER  # noqa: E402

# What runs inside: the loader's name and the file's are arguments.
DRIVER = r'''
import pickle, sys, time
loader, path = sys.argv[1:]
sys.path.insert(0, ".")
kind, _, detail = loader.partition(":")
def load():
    if kind == "torch":
        import torch
        torch.load(path, weights_only=False)
    elif kind in ("numpy", "npz"):
        import numpy
        loaded = numpy.load(path, allow_pickle=True)
        if kind == "npz":
            for name in loaded.files:
                loaded[name]
    elif kind == "joblib":
        import joblib
        joblib.load(path)
    elif kind == "zipfile":
        import zipfile
        with zipfile.ZipFile(path) as archive:
            pickle.loads(archive.read(detail))
    else:
        data = open(path, "rb").read()
        if kind == "pickle-python":
            pickle._loads(data)
        elif kind in ("pickle-utf8", "pickle-latin1"):
            pickle.loads(data, encoding=kind[7:])
        else:
            pickle.loads(data)
if kind == "pickle-uncaught":
    load()
else:
    try:
        load()
        print("LOADED", flush=True)
    except BaseException as error:
        print("ERROR", type(error).__name__, str(error)[:200].replace("\n", " "), flush=True)
    time.sleep(0.2)
'''
PLAIN = ("pickle", "pickle-python", "pickle-utf8", "pickle-latin1", "pickle-uncaught", "zipfile")


def confined(python, loader, name):
    return ["unshare", "--net", "--pid", "--fork", "--kill-child", "--",
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs",
            "--inh-caps=-all", "--bounding-set=-all", "--",
            "prlimit", "--as=8000000000", "--cpu=30", "--fsize=1000000", "--nproc=200", "--",
            python, "-I", "-B", "-W", "ignore", "-c", DRIVER, loader, name]


def observe(sample, python):
    """(ran, loaded, last line of output)"""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        name = sample.file.rsplit("/", 1)[-1]
        for file, content in [(name, sample.content), *sample.companions.items()]:
            Path(folder, file).write_bytes(content)
        before = set(os.listdir(folder))
        done = subprocess.run(confined(python, sample.loader, name), cwd=folder, timeout=90,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env={"PATH": "/usr/bin:/bin"},
                              check=False)
        text = done.stdout.decode("utf-8", "replace")
        made = set(os.listdir(folder)) - before
    verdict = [line for line in text.splitlines() if line.startswith(("LOADED", "ERROR"))]
    printed = any(MARKER in line for line in text.splitlines() if not line.startswith("ERROR"))
    return (printed or any(MARKER in f for f in made), "LOADED" in verdict,
            (verdict or [text[-200:]])[-1])


def version(python, module):
    code = f"import {module}; print({module}.__version__)"
    found = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return found.stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable)
    options = parser.parse_args()
    names = {"torch": "torch", "numpy": "numpy", "npz": "numpy", "joblib": "joblib",
             "pickle+torch": "torch", "pickle+numpy": "numpy"}
    seen = {module: version(options.python, module) for module in set(names.values())}
    plain = f"python{sys.version_info.major}.{sys.version_info.minor}"

    def one(sample):
        kind = sample.loader.split(":")[0]
        if kind == "none":
            return None
        python = sys.executable if kind in PLAIN else options.python
        with_what = plain
        if kind in names:
            with_what += f", {names[kind]} {seen[names[kind]]}"
        ran, loaded, last = observe(sample, python)
        fine = ran == sample.executes and (loaded or sample.expected != "benign")
        if not fine:
            print(f"{sample.file}: claimed executes={sample.executes}, ran={ran}: {last}")
        digest = hashlib.sha256(sample.content).hexdigest()
        return (sample.file, digest, with_what) if fine else None

    with ThreadPoolExecutor(2) as pool:
        rows = [row for row in pool.map(one, samples()) if row]
    (HERE / "verified.tsv").write_text("".join("\t".join(row) + "\n" for row in rows))
    print(f"{len(rows)} verified")
    return 0


if __name__ == "__main__":
    if not shutil.which("unshare") or os.geteuid() != 0:
        sys.exit("verify.py needs root and unshare, to lock the samples in")
    sys.exit(main())
