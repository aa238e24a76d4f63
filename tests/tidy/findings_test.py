#!/usr/bin/env python3
"""Each check of findings.py sees what it is there to see."""
import json
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import findings  # noqa: E402


class Findings(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.root = pathlib.Path(self.folder.name)
        self.put("rules/findings/file.json", json.dumps(
            {"findings": [{"id": "PRQ-FILE-001", "name": "file_polyglot"}]}))
        self.put("scanner/report.h", '    X(limit, "limit", "over a limit") \\\n')
        self.put("scanner/a/b.cc", "find(RuleId::file_polyglot, at);\n")
        self.put("docs/verdicts.md", "`limit`, as in PRQ-FILE-001\n")

    def put(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def faults(self):
        return findings.check(self.root)

    def test_what_agrees_is_left_alone(self):
        self.assertEqual(self.faults(), [])

    def test_an_unused_finding(self):
        self.put("scanner/a/b.cc", "file_polyglot;\n")
        self.assertIn("emitted nowhere", self.faults()[0])

    def test_an_unknown_finding(self):
        self.put("api/a.cc", "RuleId::file_other;\n")
        self.assertEqual(self.faults(), ["api/a.cc: RuleId::file_other is not in "
                                         "rules/findings"])

    def test_an_id_in_the_prose(self):
        self.put("docs/formats/a.md", "see PRQ-FILE-002\n")
        self.assertEqual(self.faults(), ["docs/formats/a.md: PRQ-FILE-002 is not in "
                                         "rules/findings"])

    def test_a_reason_that_is_not_explained(self):
        self.put("docs/verdicts.md", "limit without its quotes\n")
        self.assertIn("limit is not explained", self.faults()[0])
        self.put("scanner/report.h", "nothing\n")
        self.assertIn("no gap reasons found", self.faults()[0])


if __name__ == "__main__":
    unittest.main()
