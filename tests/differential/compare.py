#!/usr/bin/env python3
"""Compares the effects that our machine sees with those that Python's two readers make.

    compare.py [--strict] [--show N] PROGRAM FILE|FOLDER...

PROGRAM prints for each FILE a line {"file": …}, the effects, any {"note": …}, and {"end": …}. The
rules of the comparison are in docs/differential.md. Exits 1 when a file fails.
"""
import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
sys.stdout.reconfigure(errors="backslashreplace")
sys.path.insert(0, str(Path(__file__).resolve().parent))

from reference import files_below  # noqa: E402

BATCH = 200
SECONDS = 120  # for one batch of ours
# Ends that speak of our limits on the reader, not of the file.
LIMITS = {"error:MemoryError", "error:timeout", "error:died", "error:TooMuch",
          "error:RecursionError"}
REPEATS = {"append", "set_item", "add_item"}


class Run:
    """What one reader made of one file."""

    def __init__(self):
        self.effects, self.notes, self.end, self.spoilt = [], [], None, False

    def add(self, line):
        if "end" in line:
            self.end = line["end"]
        elif "note" in line:
            self.notes.append(line["note"])
        else:
            self.effects.append(line)

    @property
    def stopped(self):
        return self.end == "stop"


def parse(text):
    """{(file, reader): Run}. A line that is no JSON spoils the run that it belongs to."""
    runs, current = {}, None
    for line in text.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            if current is not None:
                current.spoilt = True
            continue
        if "file" in value:
            current = runs.setdefault((value["file"], value.get("reader")), Run())
        elif current is not None:
            current.add(value)
    return runs


def output(program, files):
    """(what it printed, whether a signal or the clock ended it)"""
    try:
        done = subprocess.run([program, *files], stdout=subprocess.PIPE, timeout=SECONDS,
                              check=False)
    except subprocess.TimeoutExpired as late:
        return (late.stdout or b"").decode("utf-8", "surrogateescape"), True
    return done.stdout.decode("utf-8", "surrogateescape"), done.returncode < 0


def of_program(program, files):
    """{file: Run}; a batch that dies is read again one by one, so that one file is to blame."""
    runs = {}
    for start in range(0, len(files), BATCH):
        batch = files[start:start + BATCH]
        text, died = output(program, batch)
        found = parse(text)
        if len(batch) > 1 and (died or len(found) < len(batch)):
            for file in batch:
                runs.update(of_program(program, [file]))
            continue
        for (file, _), run in found.items():
            run.end = "crash" if died or run.spoilt else run.end
            runs[file] = run
    return runs


def of_python(paths):
    script = Path(__file__).with_name("reference.py")
    done = subprocess.run([sys.executable, "-I", "-S", "-B", str(script), *paths],
                          stdout=subprocess.PIPE, check=True)
    return parse(done.stdout.decode())


def normal(run, precise):
    """The effects as comparable rows. Runs of the same item effect are one; an extension counts
    once per code; without `precise`, OBJ and INST are spelt as the C reader sees them."""
    rows, codes = [], set()
    for effect in run.effects:
        kind = effect["effect"]
        if kind == "extension":
            if effect.get("code") in codes:
                continue
            codes.add(effect.get("code"))
        if kind in REPEATS and rows and rows[-1][0] == kind:
            continue
        nargs = effect.get("nargs")
        if kind == "instantiate" and not precise:
            kind = "call" if nargs else "construct"
        rows.append((kind, effect.get("module"), effect.get("name"), effect.get("callable"),
                     nargs, effect.get("code")))
    return rows


def same(ours, theirs):
    """A callable that Python's side cannot name agrees with any name that we found."""
    if theirs[3] == "?":
        ours = (*ours[:3], "?", *ours[4:])
    if ours[4] is None or ours[4] < 0:  # we don't always know how many arguments a call has
        ours, theirs = (*ours[:4], None, ours[5]), (*theirs[:4], None, theirs[5])
    return ours == theirs


def agrees(ours, theirs, precise):
    """'same', 'goes on' (Python ended with an error where we saw more), or None."""
    mine, other = normal(ours, precise), normal(theirs, precise)
    if not all(same(a, b) for a, b in zip(mine, other)) or len(mine) < len(other):
        return None
    if theirs.stopped:
        return "same" if len(mine) == len(other) and ours.stopped else None
    return "same" if len(mine) == len(other) and not ours.stopped else "goes on"


def judge(ours, c, python, strict):
    """(category, failed)"""
    if ours is None or ours.end is None:
        return "no answer", True
    if ours.end == "crash":
        return "crash, time-out or a line that is no JSON", True
    by_c, by_python = agrees(ours, c, False), agrees(ours, python, True)
    if by_c is None and by_python is None:
        return "differs from both", True
    if by_c and by_python:
        if "goes on" in (by_c, by_python):
            limited = c.end in LIMITS or python.end in LIMITS
            readers_differ = c.stopped != python.stopped and not limited
            if readers_differ:
                return ("readers differ, noted", False) if ours.notes else (
                    "readers differ, no note", True)
            return "goes on after an error", strict and not limited
        return "same", False
    if c.end in LIMITS or python.end in LIMITS:
        return "same as the reader that had enough memory", False
    which = "C" if by_c else "pickle.py"
    if ours.notes:
        return f"readers differ, noted, as {which}", False
    return f"readers differ, no note, as {which}", True


def show(file, ours, c, python):
    print(f"--- {file}")
    for name, run in (("ours", ours), ("C", c), ("pickle.py", python)):
        if run is None:
            print(f"  {name}: nothing")
            continue
        rows = [" ".join(str(part) for part in row if part is not None)
                for row in normal(run, True)]
        print(f"  {name}: {'; '.join(rows[:12])}{' …' if len(rows) > 12 else ''} -> {run.end}"
              f"{' notes: ' + str(run.notes[:3]) if run.notes else ''}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--strict", action="store_true",
                        help="going on after an error of both readers fails too")
    parser.add_argument("--show", type=int, default=10, help="how many failures to print")
    parser.add_argument("program")
    parser.add_argument("paths", nargs="+", metavar="FILE|FOLDER")
    options = parser.parse_args()
    files = list(files_below(options.paths))
    python = of_python(files)
    ours = of_program(options.program, files)
    counts, failures = Counter(), 0
    for file in files:
        three = (ours.get(file), python[(file, "c")], python[(file, "python")])
        category, failed = judge(*three, options.strict)
        counts[(category, failed)] += 1
        if failed:
            failures += 1
            if failures <= options.show:
                print(category)
                show(file, *three)
    print(f"{'files':>8}  result")
    for (category, failed), count in sorted(counts.items(), key=lambda row: -row[1]):
        print(f"{count:8}  {category}{'  FAILED' if failed else ''}")
    print(f"{len(files) - failures} passed, {failures} failed")
    return 1 if failures or not files else 0


if __name__ == "__main__":
    sys.exit(main())
