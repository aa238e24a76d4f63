#!/usr/bin/env python3
"""Holds the table of the lock in docs/sandbox.md against the one in sandbox/isolation.h: the same
steps, in the same order, and what it costs to be without one.

    layers.py ROOT     prints what differs; exit code 1 if anything does
"""
import pathlib
import re
import sys

CODE = re.compile(r"^    X\((\w+), (\w+), \"", re.M)
ROW = re.compile(r"^\| `(\w+)`[^|]*\|[^|]*\| (.*) \|$", re.M)
COST = {"none": "nothing is read", "strong": "tier `basic`", "full": "tier `strong`"}


def main():
    root = pathlib.Path(sys.argv[1])
    code = CODE.findall((root / "sandbox/isolation.h").read_text(encoding="utf-8"))
    page = (root / "docs/sandbox.md").read_text(encoding="utf-8")
    lock = page.partition("\n## The lock\n")[2].partition("\n## ")[0]
    wanted = [(name, COST[tier]) for name, tier in code]
    found = ROW.findall(lock)
    for expected, got in zip(wanted + [None] * len(found), found + [None] * len(wanted)):
        if expected != got:
            print(f"docs/sandbox.md has {got}, sandbox/isolation.h says {expected}")
    return 0 if wanted and wanted == found else 1


if __name__ == "__main__":
    sys.exit(main())
