#!/usr/bin/env python3
"""Whether code, catalogue and prose agree on findings and gaps.

    findings.py <root>      prints a line for each fault; exit code 1 if there is any

A finding that nothing emits is a promise that nobody keeps, an id in the prose that the catalogue
lacks sends readers nowhere, and a gap reason that docs/verdicts.md leaves out is a word in a report
that nobody explains.
"""
import json
import pathlib
import re
import sys

EMITTERS = ("scanner", "api", "sandbox")
# Where ids are written by hand; tests/rules is not here, as it makes up ids to be refused.
PROSE = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "docs/**/*.md",
         "cli/*.cc", "samples/*.md", "tests/corpus/*.py")
USED = re.compile(r"\bRuleId::(\w+)")
GAP_ROW = re.compile(r'^\s*X\(\w+,\s*"([a-z-]+)"', re.M)


def read(root, pattern):
    return {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(root.glob(pattern))}


def uses(root):
    """Enumerator: the first file that uses it."""
    found = {}
    for floor in EMITTERS:
        for ending in ("cc", "h"):
            for name, text in read(root, f"{floor}/**/*.{ending}").items():
                for enumerator in USED.findall(text):
                    found.setdefault(enumerator, name)
    return found


def check(root):
    catalogue = [row for text in read(root, "rules/findings/*.json").values()
                 for row in json.loads(text)["findings"]]
    known, used = {row["name"]: row["id"] for row in catalogue}, uses(root)
    faults = [f"rules/findings: {known[name]} ({name}) is emitted nowhere"
              for name in known if name not in used]
    faults += [f"{used[name]}: RuleId::{name} is not in rules/findings"
               for name in used if name not in known]
    for pattern in PROSE:
        for name, text in read(root, pattern).items():
            faults += [f"{name}: {found} is not in rules/findings"
                       for found in sorted(set(re.findall(r"PRQ-[A-Z0-9]+-\d{3}", text)))
                       if found not in known.values()]
    reasons = GAP_ROW.findall((root / "scanner/report.h").read_text(encoding="utf-8"))
    if not reasons:
        faults.append("scanner/report.h: no gap reasons found")
    verdicts = (root / "docs/verdicts.md").read_text(encoding="utf-8")
    faults += [f"docs/verdicts.md: the gap reason {reason} is not explained"
               for reason in reasons if f"`{reason}`" not in verdicts]
    return faults


def main(arguments):
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    faults = check(pathlib.Path(arguments[1]))
    for fault in faults:
        print(fault)
    print(f"findings: {len(faults)} fault(s)")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
