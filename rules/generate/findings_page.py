#!/usr/bin/env python3
"""Writes docs/findings.md, the catalogue of findings as a page, from rules/findings/.

    findings_page.py            writes the page
    findings_page.py --check    exit code 1 if the page is not what would be written (a ctest)
"""
import json
import sys

from rulefiles import RULES

PAGE = RULES.parent / "docs" / "findings.md"
INTRODUCTION = """# Findings

Everything that a report can say under `rule`, by area. `pratique rules show ID` prints a row of it.
This page is written by `rules/generate/findings_page.py` from `rules/findings/`: edit that.
Numbers that are missing are not used, and none is ever given a second meaning.

A finding that speaks of a Python name may carry another severity than the one here, and other
capabilities: those of the rule that knows the name (`pratique rules show os.system`).
"""
AREAS = {
    "ARCHIVE": "Zip, tar and other archives",
    "CONFIG": "Configuration: JSON, YAML, manifests, requirements",
    "EXECUTORCH": "ExecuTorch",
    "FILE": "Any file",
    "FLAX": "Flax",
    "GGUF": "GGUF and GGML",
    "HDF5": "HDF5 files",
    "JAVA": "Java's serialisation",
    "JINJA": "Jinja templates",
    "KERAS": "Keras models",
    "MATLAB": "MATLAB",
    "NUMPY": "NumPy arrays",
    "ONNX": "ONNX",
    "PADDLE": "PaddlePaddle",
    "PICKLE": "Pickles",
    "PROTOBUF": "Protobuf messages",
    "PYTHON": "Python source",
    "RDS": "R's serialisations",
    "SAFETENSORS": "safetensors",
    "SANDBOX": "The reading process",
    "SCRIPT": "Scripts and notebooks",
    "TENSORFLOW": "TensorFlow",
    "TFLITE": "TensorFlow Lite",
    "TORCH": "PyTorch",
    "TORCH7": "Torch 7",
    "TREES": "XGBoost, LightGBM, CatBoost",
    "XML": "XML",
}


def cell(text):
    return text.replace("|", "\\|").replace("*", "\\*").replace("__", "\\_\\_")


def table(rows):
    lines = ["| id | severity | title | why | advice |", "|---|---|---|---|---|"]
    for row in sorted(rows, key=lambda row: row["id"]):
        severity = row["severity"]
        if row["capabilities"]:
            severity += ": " + ", ".join(row["capabilities"])
        cells = [row["id"], severity, *(cell(row[key]) for key in ("title", "why", "advice"))]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def page():
    areas = {}
    for file in sorted((RULES / "findings").glob("*.json")):
        for row in json.loads(file.read_text(encoding="utf-8"))["findings"]:
            areas.setdefault(row["id"].split("-")[1], []).append(row)
    parts = [INTRODUCTION]
    for area in sorted(areas):
        parts.append(f"## {AREAS.get(area, area.capitalize())}\n\n{table(areas[area])}")
    return "\n".join(parts)


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 64
    if not arguments:
        PAGE.write_text(page(), encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page():
        print("docs/findings.md is not up to date: run rules/generate/findings_page.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
