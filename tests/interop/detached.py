#!/usr/bin/env python3
"""Makes keys and signatures with minisign, signify and ssh-keygen themselves, and has the program
verify them; what is wrong with one must be refused by both. For allowed_signers, ssh-keygen is
asked for its verdict on the same file.

    detached.py PROGRAM

Which of the tools is missing is left out and named. Exit code: 0 all as expected, 1 a difference,
77 skipped because there is none of them."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

FAULTS = []
COUNT = 0


def run(*command, stdin=b""):
    return subprocess.run([str(part) for part in command], input=stdin, capture_output=True,
                          check=False)


def make(*command, stdin=b""):
    done = run(*command, stdin=stdin)
    if done.returncode != 0:
        sys.exit(f"{command}: {done.stderr.decode(errors='replace')}")
    return done.stdout


class Bench:
    """A folder with two files, and the program under test."""

    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        self.model = folder / "model.bin"
        self.model.write_bytes(bytes(range(256)) * 5000)
        self.other = folder / "other.bin"
        self.other.write_bytes(b"another model")
        self.empty = folder / "empty.bin"
        self.empty.write_bytes(b"")

    def check(self, what, expected, signature, file, *trust):
        """`expected`: the exit code, 0 for verified, 1 for refused."""
        global COUNT
        COUNT += 1
        done = run(self.program, "verify", file, "--signature", signature, *trust)
        if done.returncode != expected:
            FAULTS.append(f"{what}: exit code {done.returncode}, not {expected}\n"
                          f"  {(done.stdout + done.stderr).decode(errors='replace').strip()}")


# --- minisign and signify ------------------------------------------------------------------------

def minisign(bench, tool):
    folder = bench.folder / "minisign"
    folder.mkdir()
    for name in ("a", "b"):
        make(tool, "-G", "-W", "-p", folder / f"{name}.pub", "-s", folder / f"{name}.key")

    def sign(file, name, *options):
        signature = folder / f"{name}.minisig"
        make(tool, "-S", "-s", folder / "a.key", "-m", file, "-x", signature, *options)
        return signature
    key, other = ("--key", folder / "a.pub"), ("--key", folder / "b.pub")
    plain = sign(bench.model, "plain")
    bench.check("minisign", 0, plain, bench.model, *key)
    bench.check("minisign, one of two keys", 0, plain, bench.model, *other, *key)
    bench.check("minisign, another key", 1, plain, bench.model, *other)
    bench.check("minisign, another file", 1, plain, bench.other, *key)
    bench.check("minisign, empty file", 0, sign(bench.empty, "empty"), bench.empty, *key)
    commented = sign(bench.model, "commented", "-t", "für später\t1", "-c", "x" * 200)
    bench.check("minisign, comments", 0, commented, bench.model, *key)
    commented.write_text(commented.read_text().replace("später", "spater"))
    bench.check("minisign, trusted comment changed", 1, commented, bench.model, *key)
    legacy = sign(bench.model, "legacy", "-l")
    bench.check("minisign, legacy", 1, legacy, bench.model, *key)
    bench.check("minisign, legacy allowed", 0, legacy, bench.model, *key,
                "--allow-legacy-minisign")
    bench.check("minisign, legacy of another file", 1, legacy, bench.other, *key,
                "--allow-legacy-minisign")
    bare = folder / "bare.pub"
    bare.write_text((folder / "a.pub").read_text().split("\n")[1] + "\n")
    bench.check("minisign, key without comment", 0, plain, bench.model, "--key", bare)


def signify(bench, tool):
    folder = bench.folder / "signify"
    folder.mkdir()
    make(tool, "-G", "-n", "-p", folder / "a.pub", "-s", folder / "a.sec")
    signature = folder / "model.sig"
    make(tool, "-S", "-s", folder / "a.sec", "-m", bench.model, "-x", signature)
    key = ("--key", folder / "a.pub")
    bench.check("signify", 1, signature, bench.model, *key)
    bench.check("signify allowed", 0, signature, bench.model, *key, "--allow-legacy-minisign")
    bench.check("signify, another file", 1, signature, bench.other, *key,
                "--allow-legacy-minisign")


# --- OpenSSH -------------------------------------------------------------------------------------

# What may stand before a key, and for whom it is asked. {…} is a list of principals.
LISTS = [
    "a@example.org", "*", "*@example.org", "b@example.org", "?@example.org", "??example.org",
    "b@example.org,a@example.org", "*@example.org,!a@example.org", "!a@example.org,*",
    "!b@example.org,*", "!b@example.org", '"a@example.org"', "A@example.org",
    '* namespaces="model-signing"', '* namespaces="model-*"', '* namespaces="git"',
    '* namespaces="git,model-signing"', '* namespaces="*,!model-signing"',
    '* NameSpaces="model-signing"', '* valid-after="20200101"', '* valid-after="20990101"',
    '* valid-before="20200101"', '* valid-before="20990101"',
    '* valid-after="202001010000",valid-before="20990101235959"',
    '* namespaces="model-signing",valid-after="20990101"', "* cert-authority",
    '* cert-authority,namespaces="model-signing"',
]


def ssh(bench, tool):
    folder = bench.folder / "ssh"
    folder.mkdir()
    kinds = {"ed25519": [], "p256": ["-b", "256"], "p384": ["-b", "384"], "p521": ["-b", "521"]}
    for name, size in kinds.items():
        kind = "ecdsa" if size else "ed25519"
        make(tool, "-q", "-t", kind, *size, "-N", "", "-C", "a comment", "-f", folder / name)

    def sign(key, file, namespace="model-signing", *options):
        signature = pathlib.Path(f"{file}.sig")
        signature.unlink(missing_ok=True)
        make(tool, "-Y", "sign", "-q", "-f", folder / key, "-n", namespace, *options, file)
        return signature.rename(folder / "signature")

    def trusting(line):
        allowed = folder / "allowed_signers"
        allowed.write_text(line + "\n")
        return ("--allowed-signers", allowed, "--principal", "a@example.org")
    for name in kinds:
        trust = trusting("* " + (folder / f"{name}.pub").read_text())
        for digest in ("sha256", "sha512"):
            # ECDSA numbers come in several lengths.
            for _ in range(4):
                signature = sign(name, bench.model, "model-signing", "-O", f"hashalg={digest}")
                bench.check(f"ssh {name} {digest}", 0, signature, bench.model, *trust)
            bench.check(f"ssh {name}, another file", 1, signature, bench.other, *trust)
        bench.check("ssh, empty file", 0, sign(name, bench.empty), bench.empty, *trust)
        bench.check("ssh, another namespace", 1, sign(name, bench.model, "git"), bench.model,
                    *trust)
    signature = sign("ed25519", bench.model)
    key = (folder / "ed25519.pub").read_text().strip()
    bench.check("ssh, another key", 1, signature, bench.model,
                *trusting("* " + (folder / "p256.pub").read_text()))
    content = bench.model.read_bytes()
    for line in LISTS:
        trust = trusting(f"# a comment\n\n{line} {key}")
        verdict = run(tool, "-Y", "verify", "-f", trust[1], "-I", "a@example.org", "-n",
                      "model-signing", "-s", signature, stdin=content)
        bench.check(f"ssh, as ssh-keygen says of: {line}", min(verdict.returncode, 1), signature,
                    bench.model, *trust)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = pathlib.Path(sys.argv[1]).resolve()
    found = 0
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(program, pathlib.Path(name))
        for tools, part in ((["minisign"], minisign), (["signify-openbsd", "signify"], signify),
                            (["ssh-keygen"], ssh)):
            tool = next((found for found in map(shutil.which, tools) if found), None)
            if tool is None:
                print(f"left out: no {tools[0]}")
                continue
            found += 1
            part(bench, tool)
    if found == 0:
        print("skipped: none of the tools is there")
        return 77
    for fault in FAULTS:
        print(fault)
    print(f"{COUNT} checks, {len(FAULTS)} differences")
    return 1 if FAULTS else 0


if __name__ == "__main__":
    sys.exit(main())
