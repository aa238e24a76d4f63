#!/usr/bin/env python3
"""Writes the sample files and their index. The same bytes every time.

    generate.py           writes samples/files and samples/index.json
    generate.py --check   makes everything again in a temporary folder and compares
"""
import argparse
import hashlib
import importlib
import json
import pkgutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

import generator  # noqa: E402
from generator.sample import Shelf  # noqa: E402


def shelves():
    """Those of all modules of the generator, each once, in the order of the modules' names."""
    found = {}
    for module in sorted(info.name for info in pkgutil.iter_modules(generator.__path__)):
        for value in vars(importlib.import_module(f"generator.{module}")).values():
            if isinstance(value, Shelf):
                found[id(value)] = value
    return found.values()


def samples():
    found = [sample for shelf in shelves() for sample in shelf.samples]
    names = [sample.file for sample in found]
    assert len(set(names)) == len(names), "two samples with one name"
    return found


def verified():
    """What verify.py saw: file -> (digest, text). A result for other bytes does not count."""
    table = HERE / "verified.tsv"
    if not table.exists():
        return {}
    rows = [line.split("\t") for line in table.read_text().splitlines()]
    return {file: (digest, seen) for file, digest, seen in rows}


def index(found):
    rows, seen = [], verified()
    for sample in found:
        row = {"file": sample.file, "class": sample.cls, "technique": sample.technique,
               "expected": sample.expected, "executes": "yes" if sample.executes else "no",
               "loader": sample.loader, "why": sample.why}
        digest, text = seen.get(sample.file, ("", ""))
        if digest == hashlib.sha256(sample.content).hexdigest():
            row["verified"] = text
        rows.append(row)
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return f"[\n{lines}\n]\n"


def write(root):
    found = samples()
    for sample in found:
        path = root / "files" / sample.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sample.content)
        for name, content in sample.companions.items():
            (path.parent / name).write_bytes(content)
    (root / "index.json").write_text(index(found), encoding="utf-8")
    return found


def listing(root):
    files = [path for path in (root / "files").rglob("*") if path.is_file()]
    files.append(root / "index.json")
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def check():
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder))
        made, kept = listing(Path(folder)), listing(HERE)
    wrong = [name for name in sorted(made | kept) if made.get(name) != kept.get(name)]
    for name in wrong:
        state = "not made" if name not in made else "missing" if name not in kept else "differs"
        print(f"{state}: {name}")
    print(f"{len(made)} files compared, {len(wrong)} wrong")
    return 1 if wrong else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    if parser.parse_args().check:
        return check()
    found = write(HERE)
    print(f"{len(found)} samples, {sum(len(s.content) for s in found)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
