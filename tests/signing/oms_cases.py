#!/usr/bin/env python3
"""Runs `pratique verify` over the shared OMS cases: each must end as its manifest says.

usage: oms_cases.py PRATIQUE DATA [-v]

A case is a model, a signature, a key or an authority, and options; some need a command run first
(a FIFO, a mode bit), some come as an archive because no file system keeps their names as they are.
Each is copied to a folder of its own. The drop-in spelling and our own must agree.
"""
import csv
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

# What the README of the cases leaves to us, and what we chose.
CHOICES = {
    "s41-predicate-extra": "accept",  # with a notice: unknown members have no effect
    "v16-ref-blake3": "reject",       # a clear "not supported"
}
# "Accept as stored" and the like: the condition asks for more than one run.
THEN_REJECT = {"t14-fifo-added": "mkfifo model/pipe"}
UPSTREAM = [
    # folder, what, model below it, options, verdict
    ("v0.2.0-certificate", "certificate", "", [], "reject"),
    ("v0.3.1-certificate", "certificate", "", [], "accept"),
    ("v1.0.0-certificate", "certificate", "", [], "accept"),
    ("v1.0.1-certificate", "certificate", "", ["ignore-me"], "accept"),
    ("v1.1.0-certificate", "certificate", "", ["ignore-me"], "accept"),
    ("v0.3.1-elliptic-key", "key", "signme-1", [], "accept"),
    ("v1.0.0-elliptic-key", "key", "signme-1", [], "accept"),
    ("v1.0.1-elliptic-key", "key", "", ["ignore-me"], "accept"),
    ("v1.1.0-elliptic-key", "key", "", ["ignore-me"], "accept"),
    ("v0.3.1-sigstore", "certificate", "", [], "sigstore"),
    ("v1.0.0-sigstore", "certificate", "", [], "sigstore"),
    ("v1.0.1-sigstore", "certificate", "", ["ignore-me"], "sigstore"),
    ("v1.1.0-sigstore", "certificate", "", ["ignore-me"], "sigstore"),
]


class Run:
    def __init__(self, program, data, verbose):
        self.program, self.data, self.verbose = program, pathlib.Path(data) / "oms", verbose
        self.passed, self.failed = 0, 0

    def check(self, name, good, said):
        if good:
            self.passed += 1
        else:
            self.failed += 1
        if self.verbose or not good:
            print(("ok   " if good else "FAIL ") + name + ("" if good else ": " + said))

    def call(self, arguments, folder):
        done = subprocess.run([self.program, "verify", *arguments], cwd=folder, text=True,
                              capture_output=True, timeout=20, errors="replace")
        return done.returncode, (done.stdout + done.stderr).strip()

    def both(self, name, method, signature, trust, model, options, expected, folder):
        """In our own spelling, and as the reference is called."""
        own = ["--signature", signature, *options, model]
        drop_in = [method, "--signature", signature, *options, model]
        for path in trust:
            own += ["--key" if method == "key" else "--authority", path]
            drop_in += ["--public-key" if method == "key" else "--certificate-chain", path]
        own = ["--ignore" if x == "--ignore-paths" else x for x in own]
        code, said = self.call(own, folder)
        good = code == (0 if expected == "accept" else 1)
        self.check(name, good, f"{expected} but exit {code}: {said[:400]}")
        code, said_too = self.call(drop_in, folder)
        same = code == (0 if expected == "accept" else 1)
        self.check(name + " (drop-in)", same, f"{expected} but exit {code}: {said_too[:400]}")
        return said

    def case(self, row, scratch):
        name = row["case"]
        folder = scratch / name
        shutil.copytree(self.data / "cases" / name, folder, symlinks=True)
        description = json.loads((folder / "case.json").read_text())
        if (folder / "model.tar").exists():
            with tarfile.open(folder / "model.tar", errors="surrogateescape") as archive:
                archive.extractall(folder)
        setup = row["setup"].removeprefix("after: ")
        if setup:
            subprocess.run(["sh", "-c", setup], cwd=folder, check=True)
        options = row["options"].split()
        method = row["method"]
        trust = ([description["public_key"]] if method == "key" else
                 description.get("trusted_certificates", []))
        trust = [str((self.data / "cases" / name / path).resolve()) for path in trust]
        model = description["model"].split(" ")[0] if "tar" not in description["model"] else "model"
        expected = CHOICES.get(name, row["verdict"])
        said = self.both(name, method, description["signature"], trust, model, options, expected,
                         folder)
        if "not covered" in row["condition"] or "unsigned files" in row["condition"]:
            self.check(name + " names what is not covered", "not covered" in said, said[:400])
        if name in THEN_REJECT:
            subprocess.run(["sh", "-c", THEN_REJECT[name]], cwd=folder, check=True)
            self.both(name + " afterwards", method, description["signature"], trust, model, options,
                      "reject", folder)

    def upstream(self):
        folder = self.data / "upstream"
        for name, method, below, ignored, expected in UPSTREAM:
            options = []
            for path in ignored:
                options += ["--ignore-paths", f"{name}/{path}"]
            trust = ["keys/ca-cert.pem" if method == "certificate" else "keys/signing-key-pub.pem"]
            wanted = "reject" if expected == "sigstore" else expected
            said = self.both(name, method, f"{name}/model.sig", trust, f"{name}/{below}", options,
                             wanted, folder)
            if expected == "sigstore":
                self.check(name + " says why", "sigstore" in said and "not supported" in said, said)

    def detached(self):
        folder = self.data / "detached"
        ssh = ["--allowed-signers", "allowed_signers", "--principal", "signer@example.org"]
        minisign = ["--key", "minisign.pub"]
        rows = [
            ("msg.prehashed.minisig", minisign, "accept"),
            ("msg.legacy.minisig", minisign, "reject"),
            ("msg.legacy.minisig", [*minisign, "--allow-legacy-minisign"], "accept"),
            ("ok-untrusted-comment-changed.minisig", minisign, "accept"),
            ("msg.signify.sig", ["--key", "signify.pub", "--allow-legacy-minisign"], "accept"),
            ("msg.sshsig", ssh, "accept"),
            ("msg.sshsig", [*ssh[:3], "other@example.org"], "reject"),
            ("bad-trusted-comment.minisig", minisign, "reject"),
            ("bad-keyid.minisig", minisign, "reject"),
            ("bad-alg-swapped.minisig", [*minisign, "--allow-legacy-minisign"], "reject"),
            ("bad-no-global-sig.minisig", minisign, "reject"),
        ]
        for signature, trust, expected in rows:
            for message, wanted in (("msg.txt", expected), ("msg-tampered.txt", "reject")):
                code, said = self.call(["--signature", signature, *trust, message], folder)
                good = code == (0 if wanted == "accept" else 1)
                what = f"detached {signature} {message}"
                self.check(what, good, f"{wanted}, exit {code}: {said}")

    def run(self):
        with open(self.data / "cases.tsv", encoding="utf-8", newline="") as table:
            rows = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
        with tempfile.TemporaryDirectory() as scratch:
            for row in rows:
                self.case(row, pathlib.Path(scratch))
        self.upstream()
        self.detached()
        print(f"oms cases: {len(rows)} cases, {self.passed} checks passed, {self.failed} failed")
        return 1 if self.failed or not rows else 0


def main():
    program, data = sys.argv[1:3]
    if not os.path.isdir(os.path.join(data, "oms")):
        print("oms cases: skipped, no test data")
        return 77
    return Run(os.path.abspath(program), data, "-v" in sys.argv).run()


sys.exit(main())
