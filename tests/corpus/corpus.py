#!/usr/bin/env python3
"""Scans the shared test data and holds the verdicts against its manifests.

    corpus.py PROGRAM DATA evasions|real|fixtures [--list]

Exit 0 when everything that must hold does, 1 when not, 77 (skipped) when DATA is not there. With
--list, prints every file that falls short of its manifest or is counted apart, with the reason.
"""
import csv
import json
import pathlib
import subprocess
import sys

ORDER = ["clean", "incomplete", "suspicious", "malicious"]
# What each expectation of the evasion manifest allows: a stricter verdict is right too.
ALLOWED = {
    "malicious": {"malicious"},
    "suspicious": {"suspicious", "malicious"},
    "malformed": {"incomplete", "suspicious", "malicious"},
    "benign": {"clean"},
}
OUR_CLASSES = ("p-", "c-", "f-keras", "x-resource", "benign")
# Formats whose inspection is not built yet; their files may be incomplete.
LATER_BENIGN = ("gguf__", "onnx__", "configs__hydra", "configs__tokenizer")
LATER_EVASIONS = ("x-resource/proto-deep",)
OUR_FORMATS = ("pickle", "torch", "joblib", "npy", "npz", "gzip", "bz2", "xz", "lzma", "lz4",
               "zlib", "zstd", "tar", "zip", "sb2-zip", "sb3-zip", "hdf5", "keras", "mat73")
# Rules whose meaning is "a class or function that nobody vouches for" and "code that is carried":
# default deny means these files, so they are counted apart.
APART = {"PRQ-PICKLE-003", "PRQ-PICKLE-004", "PRQ-PICKLE-005", "PRQ-PICKLE-020", "PRQ-PICKLE-022",
         "PRQ-PICKLE-028", "PRQ-PICKLE-053", "PRQ-PICKLE-018", "PRQ-PICKLE-023",
         "PRQ-KERAS-001", "PRQ-KERAS-005"}
# Labelled benign, as their projects are; but these are the projects' own attack and damage samples.
NOT_BENIGN = ("offender-traversal", "/f719964b-offending.tar", "wrong-entry-sizes.zip")
LATER_GAPS = {"not-inspected", "unknown-format", "not-present"}


def scan(program, folder):
    done = subprocess.run([program, "scan", "--format", "json", str(folder)],
                          stdout=subprocess.PIPE, check=False)
    if done.returncode not in (0, 1, 2):
        sys.exit(f"the scan of {folder} ended with {done.returncode}")
    report = json.loads(done.stdout)
    prefix = str(folder) + "/"
    return {f["path"].removeprefix(prefix): f for f in report["files"]}


def rows(manifest):
    with open(manifest, encoding="utf-8", newline="") as text:
        yield from csv.DictReader(text, delimiter="\t", quoting=csv.QUOTE_NONE)


def why(report):
    found = [f"{f['severity']} {f['rule']} {f['evidence'][:70]}" for f in report["findings"]]
    gaps = [f"gap {g['reason']} {g['artifact'][:40]} {g['message'][:50]}" for g in report["gaps"]]
    return "; ".join((found + gaps)[:3])


def evasions(program, data, listing):
    reports = scan(program, data / "evasions")
    checked = bad = 0
    for row in rows(data / "evasions/manifest.tsv"):
        name, cls = row["file"], row["class"]
        if not cls.startswith(OUR_CLASSES) or name.startswith(LATER_EVASIONS):
            continue
        if cls == "benign" and name.split("/")[1].startswith(LATER_BENIGN):
            continue
        report = reports[name]
        checked += 1
        if report["verdict"] not in ALLOWED[row["expected"]]:
            bad += 1
            if listing:
                print(f"{name}: {report['verdict']}, not {row['expected']}: {why(report)}"
                      f"  [{row['note']}]")
    print(f"evasions: {checked} files, {bad} not as the manifest says")
    return bad == 0 and checked > 0


def is_apart(report):
    heavy = [f for f in report["findings"] if f["severity"] == "medium"]
    return bool(heavy) and all(f["rule"] in APART for f in heavy)


def real(program, data, listing):
    reports = scan(program, data / "real")
    counts = dict.fromkeys(["benign", *ORDER, "unvetted", "later"], 0)
    for row in rows(data / "real/manifest.tsv"):
        if row["label"] != "benign" or not row["format"].startswith(OUR_FORMATS):
            continue
        if any(part in row["file"] for part in NOT_BENIGN):
            continue
        report = reports[row["file"]]
        verdict = report["verdict"]
        counts["benign"] += 1
        kind = verdict
        if verdict == "suspicious" and is_apart(report):
            kind = "unvetted"
        elif verdict == "incomplete" and all(g["reason"] in LATER_GAPS for g in report["gaps"]):
            kind = "later"
        counts[kind] += 1
        if listing and kind != "clean":
            print(f"{kind:10} {row['format']:20} {row['file']}: {why(report)}")
    print("real, benign:", ", ".join(f"{v} {k}" for k, v in counts.items()))
    share = counts["benign"] / 50
    return (counts["benign"] > 0 and counts["malicious"] == 0 and counts["suspicious"] <= share
            and counts["incomplete"] <= share)


def fixtures(program, data, listing):
    reports = scan(program, data / "fixtures/files")
    bad = checked = 0
    for row in rows(data / "fixtures/manifest.tsv"):
        report = reports[row["file"]]
        checked += 1
        reasons = {g["reason"] for g in report["gaps"]}
        crashed = reasons & {"crashed", "timed-out", "out-of-memory", "denied-call"}
        alarm = row["expect"] in ("tensors", "inert") and report["verdict"] == "malicious"
        if crashed or alarm:
            bad += 1
        if listing and (crashed or alarm):
            print(f"{row['file']} ({row['expect']}): {report['verdict']}: {why(report)}")
    print(f"fixtures: {checked} files, {bad} crashed or wrongly malicious")
    return bad == 0 and checked > 0


def main():
    program, data, part = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    if not data.is_dir():
        print(f"skipped: no test data at {data} (set PRATIQUE_TEST_DATA)")
        return 77
    parts = {"evasions": evasions, "real": real, "fixtures": fixtures}
    return 0 if parts[part](program, data, "--list" in sys.argv) else 1


if __name__ == "__main__":
    sys.exit(main())
