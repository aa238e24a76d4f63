#!/usr/bin/env python3
"""Scans the project's own samples and holds each verdict against samples/index.json.

    samples.py PROGRAM SAMPLES

Exit 0 when every sample gets the verdict that its entry names (or, if that is not "benign", a
stricter one), 1 when not.
"""
import json
import pathlib
import sys

from corpus import ALLOWED, scan, why


def main():
    program, samples = sys.argv[1], pathlib.Path(sys.argv[2])
    entries = json.loads((samples / "index.json").read_text(encoding="utf-8"))
    reports = scan(program, samples / "files")
    bad = 0
    for entry in entries:
        report = reports.get(entry["file"])
        if report is None or report["verdict"] not in ALLOWED[entry["expected"]]:
            bad += 1
            verdict = report["verdict"] if report else "not scanned"
            print(f"{entry['file']}: {verdict}, not {entry['expected']}: "
                  f"{why(report) if report else ''}")
    print(f"samples: {len(entries)} files, {bad} not as the index says")
    return 0 if entries and bad == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
