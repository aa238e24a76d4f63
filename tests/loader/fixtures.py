#!/usr/bin/env python3
"""Holds what the program says of every shared fixture against what is expected of it.

    fixtures.py PROGRAM DATA

Of files that must load: names, paths, types, shapes, bytes and digests of all tensors, as
`inspect --format json --digest` prints them. Of files that must be refused: exit 1 and an error
with a name. Each in less than a second and 64 MB. Exit 0 if all hold, 77 without the data."""
import csv
import json
import os
import pathlib
import resource
import subprocess
import sys
import time

MOST_SECONDS = 1.0
MOST_KILOBYTES = 64 * 1024
COMPARED = ("name", "path", "dtype", "shape", "nbytes", "sha256")


def run(program, path):
    """Exit code, output, errors, seconds and peak kilobytes of the program and its worker."""
    read_end, write_end = os.pipe()
    if os.fork() == 0:
        os.close(read_end)
        began = time.monotonic()
        done = subprocess.run([program, "inspect", "--format", "json", "--digest", path],
                              capture_output=True, check=False)
        took = time.monotonic() - began
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        with os.fdopen(write_end, "wb") as out:
            out.write(json.dumps([done.returncode, done.stdout.decode(), done.stderr.decode(),
                                  took, peak]).encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as answer:
        result = json.load(answer)
    os.wait()
    return result


def picture(tensor):
    """What is compared of a tensor, in a form that sorts."""
    keys = {key: tensor.get(key) for key in COMPARED}
    parts = tensor.get("components", []) if tensor.get("dtype") != "object" else []
    keys["components"] = [picture(part) for part in parts]
    if "quantizer" in tensor:
        keys["quantizer"] = tensor["quantizer"]
    return json.dumps(keys, sort_keys=True)


def check_tensors(expected, output):
    got = json.loads(output)["tensors"]
    want, have = sorted(map(picture, expected["tensors"])), sorted(map(picture, got))
    wrong = [f"missing {x}" for x in want if x not in have]
    wrong += [f"not expected {x}" for x in have if x not in want]
    if not wrong and len(want) != len(have):
        wrong.append(f"{len(want)} tensors expected, {len(have)} given")
    return wrong


def check(program, files, row):
    expected = json.loads((files.parent / "expected" / (row["file"] + ".json")).read_text())
    code, output, errors, took, peak = run(program, str(files / row["file"]))
    wrong = []
    if row["expect"] == "reject":
        if code != 1:
            wrong.append(f"exit {code}, not 1")
        if " at " not in errors or ": " not in errors:
            wrong.append(f"no named error: {errors!r}")
    elif code != 0:
        wrong.append(f"exit {code}: {errors.strip()}")
    else:
        wrong += check_tensors(expected, output)
    if took > MOST_SECONDS:
        wrong.append(f"took {took:.2f} s")
    if peak > MOST_KILOBYTES:
        wrong.append(f"took {peak} kB")
    return wrong, took, peak


def main():
    program, data = sys.argv[1], pathlib.Path(sys.argv[2])
    folder = data / "fixtures"
    if not (folder / "manifest.tsv").exists():
        print(f"skipped: no fixtures in {folder}")
        return 77
    with open(folder / "manifest.tsv", encoding="utf-8", newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    failed, slowest, largest = 0, 0.0, 0
    for row in rows:
        wrong, took, peak = check(program, folder / "files", row)
        slowest, largest = max(slowest, took), max(largest, peak)
        failed += bool(wrong)
        for line in wrong:
            print(f"{row['file']}: {line}")
    print(f"{len(rows)} fixtures, {failed} not as expected; slowest {slowest:.2f} s, "
          f"largest {largest / 1024:.0f} MB")
    return 0 if rows and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
