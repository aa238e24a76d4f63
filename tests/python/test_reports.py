"""What ends in an answer: scan, inspect, convert, verify, gate."""
import json
import os
import subprocess
import unittest

import files
import pratique
from support import FolderTest

PROGRAM = os.environ.get("PRATIQUE_PROGRAM", "pratique")


class Scans(FolderTest):
    def test_a_clean_folder(self):
        self.model()
        report = pratique.scan(self.folder, digest=True)
        self.assertTrue(report)
        self.assertEqual((report.verdict, report.exit_code), ("clean", 0))
        self.assertEqual(report.version, pratique.__version__)
        (file,) = report.files
        self.assertEqual(file.identities, ("safetensors",))
        self.assertEqual((file.verdict, file.size), ("clean", len(files.model())))
        self.assertRegex(file.sha256, "^[0-9a-f]{64}$")
        self.assertEqual(json.loads(report.json)["verdict"], "clean")
        self.assertEqual(list(report), [file])

    def test_findings_and_gaps(self):
        self.write("e.pkl", files.EVIL)
        self.write("cut.safetensors", files.model()[:-3])
        report = pratique.scan(self.folder)
        self.assertFalse(report)
        self.assertEqual((report.verdict, report.exit_code), ("malicious", 1))
        self.assertIn("os.system", report.findings[0].evidence)
        self.assertEqual(report.gaps[0].reason, "malformed")
        self.assertIn("malformed", str(report.gaps[0]))

    def test_what_is_not_there_is_no_clean_answer(self):
        for report in (pratique.scan(self.folder / "none"), pratique.scan()):
            self.assertEqual((report.verdict, report.exit_code), ("incomplete", 2))
            self.assertFalse(report)

    def test_fail_on(self):
        path = self.write("u.pkl", files.UNKNOWN)
        self.assertEqual(pratique.scan(path).exit_code, 1)
        self.assertEqual(pratique.scan(path, fail_on="malicious").exit_code, 0)
        self.assertFalse(pratique.scan(path, fail_on="malicious"))
        self.assertRaises(pratique.UsageError, pratique.scan, path, fail_on="clean")

    def test_the_same_answers_as_the_program(self):
        path = self.write("e.pkl", files.EVIL)
        done = subprocess.run([PROGRAM, "scan", "--format", "json", path], capture_output=True,
                              check=False)
        report = pratique.scan(path)
        self.assertEqual(done.stdout.decode(), report.json)
        self.assertEqual(done.returncode, report.exit_code)

    def test_a_name_that_is_no_unicode(self):
        path = os.fsencode(self.folder) + b"/\xff\n.safetensors"
        with open(path, "wb") as file:
            file.write(files.model())
        report = pratique.scan(path, fail_on="malicious")
        self.assertIn("\\xff\\n", report.files[0].path)


class Inspections(FolderTest):
    def test_what_a_file_holds(self):
        out = pratique.inspect(self.model(), digest=True)
        self.assertEqual([one["name"] for one in out["tensors"]], ["a", "b", "empty", "c"])
        self.assertRegex(out["tensors"][0]["sha256"], "^[0-9a-f]{64}$")

    def test_what_is_malicious_is_inspected(self):
        out = pratique.inspect(self.write("e.pkl", files.EVIL), structure=True)
        self.assertIn("structure", out)
        self.assertRaises(pratique.Undecided, pratique.inspect, self.folder / "none")


class Conversions(FolderTest):
    def test_the_tensors_are_the_same(self):
        source, target = self.model(), self.folder / "out.npz"
        done = pratique.convert(source, target, raw_bits=True)
        self.assertEqual(done["tensors"], 4)
        self.assertEqual(done["bytes"], target.stat().st_size)
        was, now = (pratique.load(path, framework="buffer") for path in (source, target))
        self.assertEqual(now["a"].tolist(), was["a"].tolist())

    def test_nothing_is_overwritten_unasked(self):
        target = self.write("out.safetensors", b"mine")
        self.assertRaises(pratique.Error, pratique.convert, self.model(), target)
        self.assertEqual(target.read_bytes(), b"mine")
        pratique.convert(self.model(), target, replace=True)
        self.assertNotEqual(target.read_bytes(), b"mine")
        self.assertRaises(pratique.UsageError, pratique.convert, self.model(), "x.txt")
        evil = self.write("e.pkl", files.EVIL)
        self.assertRaises(pratique.Malicious, pratique.convert, evil, self.folder / "e.npz")
        self.assertFalse((self.folder / "e.npz").exists())


class Signatures(FolderTest):
    def sign(self):
        self.model("model/m.safetensors")
        key = self.folder / "key"
        for command in (["keygen", "--no-password", key],
                        ["sign", "--key", key, self.folder / "model"]):
            done = subprocess.run([PROGRAM, *command], capture_output=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
        return self.folder / "model", self.folder / "key.pub"

    def test_who_signed(self):
        model, key = self.sign()
        answer = pratique.verify(model, key=key)
        self.assertTrue(answer, answer.reasons)
        self.assertEqual((answer.decision, answer.reasons), ("verified", ()))
        (model / "m.safetensors").write_bytes(b"other")
        answer = pratique.verify(model, key=key)
        self.assertFalse(answer)
        self.assertEqual((answer.decision, answer.exit_code), ("refused", 1))
        self.assertIn("m.safetensors", answer.reasons[0])

    def test_whom_to_trust_must_be_said(self):
        self.assertRaises(pratique.UsageError, pratique.verify, self.model())
        self.assertRaises(pratique.UsageError, pratique.verify, self.model(), key="k",
                          identity=["me"])
        self.assertRaises(pratique.Undecided, pratique.verify, self.model(), key="/nowhere")
        self.assertRaises(pratique.NotAdmitted, pratique.verify, self.model(),
                          key=self.write("k", b"no key"))


class Gates(FolderTest):
    def test_a_policy_decides(self):
        policy = self.write("p.json", '{"version": 1, "name": "p", "scan": {}}')
        answer = pratique.gate(self.model(), policy)
        self.assertTrue(answer)
        self.assertEqual((answer.decision, answer.exit_code, answer.reasons), ("passed", 0, ()))
        answer = pratique.gate(self.write("e.pkl", files.EVIL), policy)
        self.assertFalse(answer)
        self.assertEqual((answer.decision, answer.exit_code), ("refused", 1))
        self.assertIn("e.pkl", "".join(answer.reasons))
        self.assertRaises(pratique.NotAdmitted, pratique.gate, self.model(),
                          self.write("bad.json", "{}"))

    def test_only_what_was_admitted_is_loaded(self):
        policy = self.write("p.json", '{"version": 1, "name": "p", "scan": {}}')
        model, record = self.model("model/m.safetensors"), self.folder / "record.json"
        self.assertTrue(pratique.gate(model, policy, record=record))
        pratique.load(model, framework="buffer", admitted=record)
        model.write_bytes(model.read_bytes().replace(b"\x80\x3f", b"\x81\x3f"))
        self.assertRaises(pratique.NotAdmitted, pratique.load, model, framework="buffer",
                          admitted=record)


if __name__ == "__main__":
    unittest.main()
