#!/usr/bin/env python3
"""Scans the shared test data and holds the verdicts against its manifests.

    corpus.py PROGRAM DATA evasions|real|cut|fixtures [--list]

Exit 0 when everything that must hold does, 1 when not, 77 (skipped) when DATA is not there. With
--list, prints every file that falls short of its manifest or is counted apart, with the reason.
"""
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

ORDER = ["clean", "incomplete", "suspicious", "malicious"]
# What each expectation of the evasion manifest allows: a stricter verdict is right too.
ALLOWED = {
    "malicious": {"malicious"},
    "suspicious": {"suspicious", "malicious"},
    "malformed": {"incomplete", "suspicious", "malicious"},
    "benign": {"clean"},
}
# Formats, as the manifest of real files calls them, whose files must be understood; of others it is
# said what is inside (`incomplete`), which is no failure.
OUR_FORMATS = ("pickle", "torch", "joblib", "npy", "npz", "gzip", "bz2", "xz", "lzma", "lz4",
               "zlib", "zstd", "tar", "zip", "sb2-zip", "sb3-zip", "safetensors", "gguf", "ggml",
               "onnx", "ort", "tf-", "tflite", "keras", "hdf5", "mat73", "json", "text", "xml",
               "rda", "rds", "t7", "tfjs-json", "pmml", "lightgbm", "xgboost-json")
# Rules whose meaning is "a class or function that nobody vouches for" and "code that is carried":
# default deny means these files, so they are counted apart.
APART = {"PRQ-PICKLE-003", "PRQ-PICKLE-004", "PRQ-PICKLE-005", "PRQ-PICKLE-020", "PRQ-PICKLE-022",
         "PRQ-PICKLE-028", "PRQ-PICKLE-053", "PRQ-PICKLE-018", "PRQ-PICKLE-023",
         "PRQ-KERAS-001", "PRQ-KERAS-005", "PRQ-TORCH7-002"}
# Labelled benign, as their projects are; but these are the projects' own attack and damage samples,
# or hold what is reported by rule whoever made it.
NOT_BENIGN = (
    "offender-traversal", "/f719964b-offending.tar", "wrong-entry-sizes.zip",  # attack samples
    "good-1-x86-lzma2.xz", "good-1-sparc-lzma2.xz",  # programs, packed
    "benign_password_protected.zip", "traditional-encryption-and-compression.zip",  # encrypted
    "268e9d73-corpus.zip",      # a fuzzer's archive of odd archives
    "497e72b4-nanogpt.gguf",    # pads where the format does not: llama.cpp does not read it
    "ba7816bf-broken.pt", "03b202dd-unsupported-filter_flags-3.xz",  # broken, as their names say
)
# What only reading the payload would show.
PAYLOAD_ONLY = {"zip_crc"}
# Gaps that say what the files themselves do not hold, or what nobody promises to know.
APART_GAPS = {"not-inspected", "unknown-format", "not-present"}


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
        name = row["file"]
        report = reports[name]
        checked += 1
        absent = {g["reason"] for g in report["gaps"]} == {"not-present"}
        if row["expected"] == "benign" and report["verdict"] == "incomplete" and absent:
            continue  # it names data that the folder does not hold
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


def kind_of(report):
    verdict = report["verdict"]
    if verdict == "suspicious" and is_apart(report):
        return "unvetted"
    if verdict == "incomplete" and all(g["reason"] in APART_GAPS for g in report["gaps"]):
        return "apart"
    return verdict


def family(name):
    """Of a format of the manifest: formats that stand for one reader are counted as one."""
    return next((own for own in OUR_FORMATS if name.startswith(own)), None)


def real(program, data, listing):
    reports = scan(program, data / "real")
    kinds = [*ORDER, "unvetted", "apart"]
    counts = {}
    for row in rows(data / "real/manifest.tsv"):
        own = family(row["format"])
        if row["label"] != "benign" or own is None:
            continue
        if any(part in row["file"] for part in NOT_BENIGN):
            continue
        report = reports[row["file"]]
        kind = kind_of(report)
        counts.setdefault(own, dict.fromkeys(kinds, 0))[kind] += 1
        if listing and kind != "clean":
            print(f"{kind:10} {row['format']:20} {row['file']}: {why(report)}")
    good = bool(counts)
    for own, of in sorted(counts.items()):
        total = sum(of.values())
        # One in fifty; of fewer, one.
        short = of["malicious"] > 0 or max(of["suspicious"], of["incomplete"]) > max(1, total / 50)
        good = good and not short
        print(f"{'SHORT' if short else 'good '} {own:16} {total:4}:",
              ", ".join(f"{v} {k}" for k, v in of.items() if v))
    return good


def cut(program, data, listing):
    """Downloads that broke off: no file is called malicious only because its end is missing."""
    root = data / "real"
    whole, wrong, count = scan(program, root), 0, 0
    for part in (0.3, 0.6, 0.95):
        with tempfile.TemporaryDirectory() as folder:
            for name in whole:
                content = (root / name).read_bytes()
                target = pathlib.Path(folder, name)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content[:int(len(content) * part)])
            for name, report in scan(program, folder).items():
                count += 1
                if report["verdict"] == "malicious" != whole[name]["verdict"]:
                    wrong += 1
                    print(f"{name}, the first {part:.0%}: {why(report)}")
                elif listing and ORDER.index(report["verdict"]) > max(
                        1, ORDER.index(whole[name]["verdict"])):
                    print(f"{name}, the first {part:.0%}: {report['verdict']}, {why(report)}")
    print(f"cut: {count} files, {wrong} malicious only because they are cut off")
    return count > 0 and wrong == 0


def fixtures(program, data, listing):
    reports = scan(program, data / "fixtures/files")
    bad = checked = 0
    for row in rows(data / "fixtures/manifest.tsv"):
        report = reports[row["file"]]
        checked += 1
        reasons = {g["reason"] for g in report["gaps"]}
        crashed = reasons & {"crashed", "timed-out", "out-of-memory", "denied-call"}
        loads = row["expect"] in ("tensors", "inert")
        alarm = loads and report["verdict"] == "malicious"
        missed = (not loads and report["verdict"] == "clean"
                  and row["error"] not in PAYLOAD_ONLY)
        if crashed or alarm or missed:
            bad += 1
            if listing:
                print(f"{row['file']} ({row['expect']}): {report['verdict']}: {why(report)}"
                      f"  [{row['error']}]")
    print(f"fixtures: {checked} files, {bad} crashed, wrongly malicious or wrongly clean")
    return bad == 0 and checked > 0


def main():
    program, data, part = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
    if not data.is_dir():
        print(f"skipped: no test data at {data} (set PRATIQUE_TEST_DATA)")
        return 77
    parts = {"evasions": evasions, "real": real, "cut": cut, "fixtures": fixtures}
    return 0 if parts[part](program, data, "--list" in sys.argv) else 1


if __name__ == "__main__":
    sys.exit(main())
