"""What ends in an answer: scan, its forms, inspect, convert, verify, gate, sign, attest."""
import dataclasses
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

    def test_every_form_is_the_program_s(self):
        path = self.write("e.pkl", files.EVIL)
        report = pratique.scan(path, explain=True)
        for form in ("text", "json", "sarif", "junit", "markdown", "cyclonedx", "html"):
            done = subprocess.run([PROGRAM, "scan", "--explain", "--format", form, path],
                                  capture_output=True, check=False)
            self.assertEqual(report.to(form), done.stdout.decode(), form)
            report.write(self.folder / form, form)
            self.assertEqual((self.folder / form).read_bytes(), done.stdout, form)
        report.write(self.folder / "html", "text")
        self.assertEqual((self.folder / "html").read_text(), report.to("text"))
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith(".")], [])
        self.assertIn("os.system", report.to("html"))

    def test_the_root_of_sarif(self):
        report = pratique.scan(self.write("sub/e.pkl", files.EVIL))
        found = json.loads(report.to("sarif", root=self.folder))["runs"][0]["results"][0]
        where = found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        self.assertEqual(where, "sub/e.pkl")

    def test_what_is_no_form_or_no_report(self):
        report = pratique.scan(self.model())
        self.assertRaises(pratique.UsageError, report.to, "pdf")
        self.assertRaises(OSError, report.write, self.folder / "none/x", "html")
        other = dataclasses.replace(report, json=report.json.replace('"clean"', '"malicious"'))
        self.assertRaises(pratique.Undecided, other.to, "html")

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

    def key(self, *more):
        subprocess.run([PROGRAM, "keygen", *more, self.folder / "key"], capture_output=True,
                       check=True)
        return self.folder / "key", self.folder / "key.pub"

    def test_signing(self):
        self.model("model/m.safetensors")
        model = self.folder / "model"
        key, public = self.key("--no-password")
        done = pratique.sign(model, key)
        self.assertEqual(done["signature"], str(model / "model.sig"))
        answer = pratique.verify(model, key=public)
        self.assertTrue(answer, answer.reasons)
        self.assertEqual(answer.details["signatures"][0]["key"], done["key"])
        self.assertRaises(pratique.Undecided, pratique.sign, model, key)
        pratique.sign(model, key, replace=True)
        elsewhere = self.folder / "elsewhere.sig"
        pratique.sign(model, key, signature=elsewhere, ignore=model / "model.sig", shard_size=1000)
        self.assertTrue(pratique.verify(model, key=public, signature=elsewhere))

    def test_a_key_with_a_password(self):
        model = self.model()
        password = self.write("password", "correct horse")
        password.chmod(0o600)
        key, public = self.key("--password", f"file:{password}")
        self.assertRaises(pratique.NotAdmitted, pratique.sign, model, key)
        self.assertRaises(pratique.NotAdmitted, pratique.sign, model, key, password="wrong")
        self.assertRaises(ValueError, pratique.sign, model, key, password="a\0b")
        pratique.sign(model, key, password="correct horse")
        self.assertTrue(pratique.verify(model, key=public))

    def test_attesting(self):
        self.model("model/m.safetensors")
        model = self.folder / "model"
        key, _ = self.key("--no-password")
        done = pratique.attest(model, key)
        self.assertEqual((done["verdict"], done["passed"], done["files"]), ("clean", True, 1))
        self.assertTrue(os.path.exists(done["attestation"]))
        evil = self.write("e.pkl", files.EVIL)
        done = pratique.attest(evil, key, output=self.folder / "e.attestation")
        self.assertEqual((done["verdict"], done["passed"]), ("malicious", False))
        self.assertRaises(pratique.UsageError, pratique.attest, evil, key, name="n")
        self.assertRaises(pratique.Undecided, pratique.attest, evil, self.folder / "no key")

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
