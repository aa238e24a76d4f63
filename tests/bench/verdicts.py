#!/usr/bin/env python3
"""Asks this program and its peers the same question about the same labelled files: may it pass?

    verdicts.py PROGRAM LABELS [--peers VENV] [--list TOOL] [--prefix PATH]

LABELS is an index.json as that of samples/, or a table with the columns `file` and `expected` (or
`label`), separated by tabs; the files lie beside it, or in files/. What counts is the exit code of
each tool's own command for one file, as a gate in CI sees it:

    passed     0
    found      1: something was found
    no answer  anything else: an error, nothing that the tool reads, over 60 seconds

A harmful file that passed is a miss; a benign one with a finding a false alarm. A tool that reads
no files of some kind gives no answer there if it says so, and misses if it says 0. The command of a
peer is imported once and then run in a fork for each file, in a folder of its own and without a
network, which saves its start and changes nothing else. No file is loaded by this script; run it as
somebody who may lose nothing by what a peer does.
"""
import argparse
import csv
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

HARMFUL = {"malicious", "suspicious", "malformed"}
OUTCOMES = ("passed", "found", "no answer")
# Of each peer: the arguments before the file, and the function behind its command.
PEERS = {
    "picklescan": (["-p"], "from picklescan.cli import main"),
    "modelscan": (["-p"], "from modelscan.cli import main"),
    "fickling": (["--check-safety"], "from fickling.__main__ import main"),
    "modelaudit": (["scan", "--no-cache"], "from modelaudit.cli import main"),
}
# Reads paths from standard input and answers each with an exit code, or -1 if it took too long.
DRIVER = """
import os, signal, sys
name, arguments, load = sys.argv[1], sys.argv[2].split(), sys.argv[3]
exec(load)
answers = os.fdopen(os.dup(1), "w")
null = os.open(os.devnull, os.O_RDWR)
for stream in (1, 2):
    os.dup2(null, stream)
for path in sys.stdin.read().splitlines():
    pid = os.fork()
    if pid == 0:
        os.dup2(null, 0)
        signal.alarm(60)
        sys.argv = [name, *arguments, path]
        code = 99
        try:
            code = main() or 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        finally:
            os._exit(code)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(status if status >= 0 else -1, file=answers, flush=True)
"""


def labels_of(path):
    """[(path of the file, what it should be called)]"""
    if path.suffix == ".json":
        entries = json.loads(path.read_text(encoding="utf-8"))
        root = path.parent / "files"
    else:
        with path.open(encoding="utf-8", newline="") as table:
            entries = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
        root = path.parent
    return [(root / entry["file"], entry.get("expected") or entry["label"]) for entry in entries]


def answers_of_peer(name, venv, paths):
    before, load = PEERS[name]
    # Without a network where the kernel lets an ordinary user do that.
    lonely = ["unshare", "--user", "--map-root-user", "--net"]
    if subprocess.run([*lonely, "true"], capture_output=True, check=False).returncode != 0:
        lonely = []
    environment = {**os.environ, "PROMPTFOO_DISABLE_TELEMETRY": "1"}
    with tempfile.TemporaryDirectory() as folder:
        python = str(Path(venv) / "bin" / "python3")
        done = subprocess.run(
            [*lonely, python, "-c", DRIVER, name, " ".join(before), load],
            input="".join(f"{path}\n" for path in paths), stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, cwd=folder, env=environment, check=True)
    return [int(line) for line in done.stdout.splitlines()]


def answers_of_ours(program, paths):
    return [subprocess.run([program, "scan", "--quiet", "--", str(path)], capture_output=True,
                           check=False).returncode for path in paths]


def outcome(code):
    return "passed" if code == 0 else "found" if code == 1 else "no answer"


def installed(venv):
    return [name for name in PEERS if venv and shutil.which(name, path=str(Path(venv) / "bin"))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("labels", type=Path)
    parser.add_argument("--peers", metavar="VENV")
    parser.add_argument("--list", metavar="TOOL", help="name each file that it got wrong")
    parser.add_argument("--prefix", default="", help="only files whose path below starts so")
    options = parser.parse_args()
    root = options.labels.parent
    labelled = [(path, label) for path, label in labels_of(options.labels.resolve())
                if path.is_file() and options.prefix in str(path)]
    if not labelled:
        sys.exit(f"verdicts: no files beside {root}")
    paths = [path for path, _ in labelled]
    tools = {"pratique": answers_of_ours(os.path.abspath(options.program), paths)}
    for name in installed(options.peers):
        tools[name] = answers_of_peer(name, options.peers, paths)
    harmful = sum(label in HARMFUL for _, label in labelled)
    print(f"{harmful} harmful files, {len(labelled) - harmful} benign ones")
    print(f"  {'tool':12}" + "".join(f"{'harmful: ' + word:>20}" for word in OUTCOMES)
          + "".join(f"{'benign: ' + word:>20}" for word in OUTCOMES))
    for name, codes in tools.items():
        count = Counter((label in HARMFUL, outcome(code))
                        for (_, label), code in zip(labelled, codes, strict=True))
        print(f"  {name:12}" + "".join(f"{count[kind, word]:20}"
                                       for kind in (True, False) for word in OUTCOMES))
    for (path, label), code in zip(labelled, tools.get(options.list, []), strict=False):
        if outcome(code) == ("passed" if label in HARMFUL else "found"):
            print(f"{path}: {label}, {outcome(code)} ({code})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
