#!/usr/bin/env python3
"""Signs with `pratique sign` and verifies with the reference implementation of OMS, and the other
way round: models of odd shapes, every curve, keys of either maker, certificates; each also tampered
with, which both must refuse. The drop-in spelling must end as the reference does, in its words.

    signing.py PRATIQUE

Needs model-signing (and the pyOpenSSL that it uses) and the program openssl. With
PRATIQUE_TEST_DATA and jsonschema, bundles must also be valid by the JSON schemas of OMS 1.0.
Exit code: 0 all as expected, 1 a difference."""
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import click.testing
import model_signing._cli

FAULTS = []
COUNT = 0
CURVES = {"p256": "prime256v1", "p384": "secp384r1", "p521": "secp521r1"}
SAID = "Verification succeeded"


def check(what, good, said=""):
    global COUNT
    COUNT += 1
    if not good:
        FAULTS.append(f"{what}\n  {said.strip()[-300:]}")


def make(*command):
    done = subprocess.run([str(part) for part in command], capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{command}: {done.stderr.decode(errors='replace')}")


class Done:
    def __init__(self, code, out, said):
        self.code, self.out, self.said = code, out, said


def theirs(*arguments):
    """The reference, in this process: its start takes longer than its work."""
    model_signing._cli.tracer = model_signing._cli.NoOpTracer()
    done = click.testing.CliRunner().invoke(model_signing._cli.main, [*map(str, arguments)])
    return Done(done.exit_code, done.stdout, done.output)


class Bench:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def ours(self, *arguments):
        done = subprocess.run([self.program, *map(str, arguments)], capture_output=True,
                              check=False, timeout=60)
        out, err = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
        return Done(done.returncode, out, out + err)

    def both(self, what, good, model, signature, trust, certificate=False, ignored=()):
        """All three ways to verify: `good` says how each must end. A model that is not there is
        undecided in our own words, and a failure in the reference's."""
        method, option = (("certificate", "--certificate_chain") if certificate else
                          ("key", "--public_key"))
        drop_in = ["verify", method, "--signature", signature, option, trust,
                   *(part for path in ignored for part in ("--ignore-paths", path)), model]
        native = ["verify", model, "--signature", signature,
                  "--authority" if certificate else "--key", trust,
                  *(part for path in ignored for part in ("--ignore", path))]
        for who, done in (("the reference", theirs(*drop_in)), ("drop-in", self.ours(*drop_in)),
                          ("ours", self.ours(*native))):
            expected = 0 if good else 1 if who != "ours" or model.exists() else 2
            check(f"{what}: {who}", done.code == expected, f"exit {done.code}: {done.said}")
            if who != "ours":
                check(f"{what}: words of {who}", done.out == (SAID + "\n" if good else ""),
                      done.said)


# --- Models --------------------------------------------------------------------------------------

ODD = ["a b", " lead", "trail ", "ünï", "u\u0308", "日本", "\U0001f600", "x:y", "x:0:4", "b\\c",
       "new\nline", "tab\t", "'q\"", "-dash", "--key", "*?[x]", "%41", "$HOME", "\x01\x7f", "CON",
       "a.b", "a-b", "a/b", "a0", "n" * 255, "Ａ", "\u202egnp.exe", "<&>", ".hidden", "...", "~"]
MODELS = {
    "plain": {"config.json": b"{}", "weights.bin": bytes(range(256)) * 9000},
    "nested": {"/".join(f"d{i}" for i in range(depth)) + "/f": b"%d" % depth
               for depth in range(1, 30)},
    "empty": {"empty": b"", "sub/empty": b"", "one": b"1"},
    "odd": {f"odd/{name}": name.encode() for name in ODD if name != "a/b"} | {"odd/a/b": b"ab"},
    "git": {".git/config": b"x", ".gitignore": b"x", ".gitattributes": b"x", ".github/x": b"x",
            ".gitmodules": b"x", "sub/.git/config": b"x", "sub/.gitignore": b"x", "w": b"x"},
    "many": {f"{i % 7}/{i}": b"%d" % i for i in range(500)},
    "file": b"a single file" * 1000,
    "empty file": b"",
}


def build(path, content):
    if isinstance(content, bytes):
        path.write_bytes(content)
        return
    (path / "empty folder").mkdir(parents=True)
    for name, data in content.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)


def covered(model):
    return sorted(path for path in model.rglob("*") if path.is_file() and
                  path.name != "model.sig" and not path.relative_to(model).parts[0].startswith(
                      ".git"))


def changes(model):
    """Each makes the model another one, and gives what takes it back."""
    def flip(path):
        old = path.read_bytes()
        path.write_bytes(bytes([old[0] ^ 1]) + old[1:] if old else b"!")
        return lambda: path.write_bytes(old)

    def add(path):
        path.write_bytes(b"")
        return path.unlink

    def move(path):
        other = path.with_name("renamed")
        path.rename(other)
        return lambda: other.rename(path)

    def remove(path):
        old = path.read_bytes()
        path.unlink()
        return lambda: path.write_bytes(old)
    if model.is_file():
        yield "changed", flip(model)
        yield "removed", remove(model)
        return
    files = covered(model)
    yield "first changed", flip(files[0])
    yield "last changed", flip(files[-1])
    yield "added", add(model / "new")
    yield "added deep", add(files[-1].parent / "__init__.py")
    yield "removed", remove(files[0])
    yield "renamed", move(files[-1])
    first, last = files[0].read_bytes(), files[-1].read_bytes()
    if first != last:
        files[0].write_bytes(last)
        files[-1].write_bytes(first)

        def back():
            files[0].write_bytes(first)
            files[-1].write_bytes(last)
        yield "exchanged", back


# --- Keys ----------------------------------------------------------------------------------------

def keys(bench):
    out = {}
    for name, curve in CURVES.items():
        ours = bench.folder / f"ours-{name}"
        done = bench.ours("keygen", "--no-password", "--type", name, ours)
        check(f"keygen {name}", done.code == 0, done.said)
        out[f"pratique {name}"] = (ours, pathlib.Path(f"{ours}.pub"))
        for form, command in (("SEC 1", ["ecparam", "-genkey", "-noout", "-name", curve]),
                              ("PKCS#8", ["genpkey", "-algorithm", "EC", "-pkeyopt",
                                          f"ec_paramgen_curve:{curve}"])):
            key = bench.folder / f"openssl-{name}-{form[0]}"
            make("openssl", *command, "-out", key)
            key.chmod(0o600)
            make("openssl", "pkey", "-in", key, "-pubout", "-out", f"{key}.pub")
            out[f"openssl {name} {form}"] = (key, pathlib.Path(f"{key}.pub"))
    return out


def sign(bench, who, model, signature, key, ignored=()):
    more = [part for path in ignored
            for part in ("--ignore" if who == "ours" else "--ignore-paths", path)]
    if who == "ours":
        done = bench.ours("sign", model, "--key", key, "--signature", signature, "--replace", *more)
    else:
        done = theirs("sign", "key", "--private_key", key, "--signature", signature, *more, model)
    check(f"{who} signs {model.name}", done.code == 0, done.said)


def by_keys(bench, validate):
    pairs = keys(bench)
    for name, content in MODELS.items():
        model = bench.folder / "model" / name
        model.parent.mkdir(exist_ok=True)
        build(model, content)
        chosen = pairs if name in ("plain", "file") else list(pairs)[:1]
        for which in chosen:
            key, public = pairs[which]
            for who in ("ours", "theirs"):
                for inside in (False, True) if model.is_dir() else (False,):
                    signature = model / "model.sig" if inside else bench.folder / "outside.sig"
                    what = f"{name}, {which}, signed by {who}, inside: {inside}"
                    sign(bench, who, model, signature, key)
                    bench.both(what, True, model, signature, public)
                    validate(what, signature)
                    if which == list(pairs)[0]:
                        other = pairs["openssl p256 SEC 1"][1]
                        bench.both(f"{what}, another key", False, model, signature, other)
                        for change, back in changes(model):
                            bench.both(f"{what}, {change}", False, model, signature, public)
                            back()
                        bench.both(f"{what}, all back", True, model, signature, public)
                    signature.unlink()
    ignoring(bench, *pairs["pratique p256"])


def ignoring(bench, key, public):
    model = bench.folder / "ignoring"
    build(model, {"w": b"1", "cache/a": b"2", "cache/deep/b": b"3", "log": b"4"})
    signature = model / "model.sig"
    paths = [model / "cache", model / "log"]
    for who in ("ours", "theirs"):
        sign(bench, who, model, signature, key, paths)
        what = f"ignored paths, signed by {who}"
        bench.both(what, True, model, signature, public)
        (model / "cache" / "new").write_bytes(b"5")
        (model / "log").write_bytes(b"6")
        bench.both(f"{what}, changed there", True, model, signature, public)
        (model / "extra").write_bytes(b"7")
        bench.both(f"{what}, changed beside", False, model, signature, public)
        bench.both(f"{what}, ignored by the verifier", True, model, signature, public,
                   ignored=[model / "extra"])
        for path in (model / "extra", model / "cache" / "new"):
            path.unlink()


# --- Certificates --------------------------------------------------------------------------------

USAGES = {  # of the leaf; whether both take it
    "good": ("keyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\n", True),
    "no usage": ("keyUsage=critical,keyAgreement\n", False),
}


def certificates(bench):
    folder = bench.folder / "ca"
    folder.mkdir()

    def certificate(name, issuer, extensions, curve="prime256v1"):
        key, path = folder / f"{name}.key", folder / f"{name}.pem"
        make("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}",
             "-out", key)
        key.chmod(0o600)
        make("openssl", "req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", folder / "csr")
        (folder / "ext").write_text(
            "subjectKeyIdentifier=hash\n" + extensions +
            ("authorityKeyIdentifier=keyid\n" if issuer else ""))
        how = (["-signkey", key] if not issuer else
               ["-CA", folder / f"{issuer}.pem", "-CAkey", folder / f"{issuer}.key",
                "-CAcreateserial"])
        make("openssl", "x509", "-req", "-in", folder / "csr", "-days", "30", "-sha256",
             "-extfile", folder / "ext", "-out", path, *how)
        return key, path
    authority = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
    _, root = certificate("root", None, authority)
    _, other = certificate("other", None, authority)
    _, middle = certificate("middle", "root", authority)
    model = bench.folder / "model" / "plain"
    signature = bench.folder / "certificate.sig"
    for curve in CURVES.values():
        for usage, (extensions, good) in USAGES.items():
            key, leaf = certificate(f"{usage}-{curve}".replace(" ", "-"), "middle",
                                    "basicConstraints=critical,CA:FALSE\n" + extensions, curve)
            for who in ("ours", "theirs"):
                what = f"certificate, {curve}, {usage}, signed by {who}"
                done = bench.ours("sign", model, "--key", key, "--signature", signature,
                                  "--replace", "--certificate-chain", leaf, "--certificate-chain",
                                  middle) if who == "ours" else theirs(
                    "sign", "certificate", "--private_key", key, "--signing_certificate", leaf,
                    "--certificate_chain", middle, "--signature", signature, model)
                check(f"{what}: signing", done.code == 0, done.said)
                bench.both(what, good, model, signature, root, certificate=True)
                if not good:
                    continue
                bench.both(f"{what}, another root", False, model, signature, other,
                           certificate=True)
                for change, back in changes(model):
                    bench.both(f"{what}, {change}", False, model, signature, root,
                               certificate=True)
                    back()
                # Certificates are not keys, nor the other way round.
                make("openssl", "pkey", "-in", key, "-pubout", "-out", folder / "leaf.pub")
                for by, done in (("the reference", theirs), ("ours", bench.ours)):
                    done = done("verify", "key", "--signature", signature, "--public_key",
                                folder / "leaf.pub", model)
                    check(f"{what}, as a key: {by}", done.code == 1, done.said)
    signature.unlink()


# --- The same command lines ----------------------------------------------------------------------

def command_lines(bench):
    key = bench.folder / "ours-p256"
    model = bench.folder / "lines"
    build(model, {"a": b"1", "sub/b": b"2"})
    signature, public = model / "model.sig", f"{key}.pub"
    sign(bench, "ours", model, signature, key)
    git = bench.folder / "lines-git"
    shutil.copytree(model, git)
    (git / ".gitignore").write_bytes(b"x")
    extra = bench.folder / "lines-extra"
    shutil.copytree(model, extra)
    (extra / "extra").write_bytes(b"x")
    linked = bench.folder / "lines-linked"
    shutil.copytree(model, linked)
    (linked / "link").symlink_to("a")
    bad = bench.folder / "bad.sig"
    bad.write_bytes(b"{}")

    # A signature that does not say that .git and the like were left out. Without the option the
    # reference does not look at what is signed there, and fails; we look at it.
    tracked = bench.folder / "lines-tracked"
    shutil.copytree(git, tracked)
    done = theirs("sign", "key", "--no-ignore-git-paths", "--private_key", key, "--signature",
                  tracked / "model.sig", "--ignore-paths", tracked / "model.sig", tracked)
    check("signing .gitignore", done.code == 0, done.said)
    tracked_more = bench.folder / "lines-tracked-more"
    shutil.copytree(tracked, tracked_more)
    (tracked_more / ".gitattributes").write_bytes(b"x")

    def line(*more, of=model, key=public, by=None):
        return ["key", "--signature", by or of / "model.sig", "--public_key", key, *more, of]
    lines = [
        line(), line("--ignore-git-paths"), line("--no-ignore-git-paths"), line(of=git),
        line("--no-ignore-git-paths", of=git),
        *(line("--no-ignore-git-paths", of=one) for one in (tracked, tracked_more)),
        line(of=extra), line("--ignore_unsigned_files", of=extra),
        line("--no-ignore_unsigned_files", of=extra), line("--ignore-paths", extra / "extra",
                                                            of=extra),
        line("--ignore-paths", "extra", of=extra), line("--ignore-paths", "/nowhere", of=extra),
        line("--ignore-paths", extra / "a", "--ignore-paths", extra / "extra", of=extra),
        line("--allow_symlinks"), line(of=linked),
        line(by=bad), line(by="/nowhere"), line(by=model), line(key="/nowhere"), line(key=bad),
        line(key=key), line(of=bench.folder / "nowhere", by=signature), line("--no-such-option"),
        line("one more"), line()[:-1], ["key", model], ["key", "--signature", signature, model],
        ["key", "--public_key", public, model], ["key"], ["key", "--help"], ["key", "-h"],
        ["key", "--signature"], ["certificate", "--help"], ["certificate"], ["--help"],
        ["certificate", "--signature", signature, "--certificate_chain", public, model],
        ["certificate", "--signature", signature, "--certificate_chain", "/nowhere", model],
        ["certificate", "--signature", signature, "--log_fingerprints", "--certificate_chain",
         bench.folder / "ca" / "root.pem", model],
        ["certificate", "--signature", signature, model],
    ]
    for arguments in lines:
        reference, own = theirs("verify", *arguments), bench.ours("verify", *arguments)
        shown = " ".join(map(str, arguments)).replace(str(bench.folder), "…")
        check(f"verify {shown}: exit code {own.code}, the reference's {reference.code}",
              own.code == reference.code, own.said)
        check(f"verify {shown}: words", (SAID in own.out) == (SAID in reference.out), own.said)
        prefix = "Verification failed with error:"
        check(f"verify {shown}: words of a failure",
              (prefix in own.said) == (prefix in reference.said), own.said)


# --- The spec's schemas --------------------------------------------------------------------------

def schemas():
    """What checks a bundle; nothing where the schemas are not there."""
    folder = pathlib.Path(os.environ.get("PRATIQUE_TEST_DATA", "/nowhere"), "oms/spec-v1.0/schemas")
    if not folder.is_dir():
        print("left out: the schemas of OMS; PRATIQUE_TEST_DATA is where they lie")
        return lambda what, signature: None
    import jsonschema
    import referencing
    known = {path.name.split(".")[0]: json.loads(path.read_text()) for path in folder.iterdir()}
    registry = referencing.Registry().with_resources(
        [(schema["$id"], referencing.Resource.from_contents(schema)) for schema in known.values()])

    def validate(what, signature):
        bundle = json.loads(signature.read_bytes())
        payload = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
        for schema, value in (("bundle", bundle), ("envelope", bundle["dsseEnvelope"]),
                              ("statement", payload), ("predicate", payload["predicate"])):
            validator = jsonschema.Draft202012Validator(known[schema], registry=registry)
            faults = [fault.message for fault in validator.iter_errors(value)]
            check(f"{what}: the {schema} schema", not faults, "; ".join(faults))
    return validate


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory(prefix="pratique-signing-") as name:
        bench = Bench(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(name).resolve())
        by_keys(bench, schemas())
        certificates(bench)
        command_lines(bench)
    for fault in FAULTS:
        print(fault)
    print(f"{COUNT} checks, {len(FAULTS)} differences")
    return 1 if FAULTS else 0


if __name__ == "__main__":
    sys.exit(main())
