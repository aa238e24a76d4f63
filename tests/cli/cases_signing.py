"""sign and verify: what a signature covers, who may have made it, and that nothing else passes."""
import os
import shutil
import subprocess

from cases_keys import Session
from signing_support import (CLEAN_PICKLE, entry, folder, key, key_id, read, safetensors, save,
                             sign, trust)
from support import equal, expect, printable, write

WORD = b"correct horse"


def verify(tool, model, *more, **how):
    return tool.run("verify", "--format", "json", model, *more, **how)


def reasons(report):
    """Names of all refusals with what they speak of."""
    return {(one["reason"], one["subject"]) for one in
            report["refusals"] + [each for sig in report["signatures"] for each in sig["refusals"]]}


def sign_and_verify(tool, tmp):
    for kind in ("ed25519", "p256", "p384", "p521"):
        by = key(tool, tmp, "key-" + kind, kind)
        for model in (folder(tmp, "folder-" + kind),
                      write(tmp, f"{kind}.safetensors", safetensors())):
            made = sign(tool, model, by)
            assert key_id(tool, by).encode() in made.err, made.err
            report = expect(verify(tool, model, "--key", by + ".pub"), "clean").report
            equal(report["verdict"], "verified")
            equal(report["signatures"][0]["key"], key_id(tool, by))
            equal(report["signatures"][0]["covered_files"], 2 if os.path.isdir(model) else 1)
            text = expect(tool.run("verify", model, "--key", by + ".pub"), "clean")
            printable(text.out)


def every_change_is_seen(tool, tmp):
    by = key(tool, tmp)
    original = folder(tmp, "original", **{"a.pkl": CLEAN_PICKLE, "b/c.bin": b"c", "b/d.bin": b"d"})
    sign(tool, original, by)

    def changed(model, name):
        with open(os.path.join(model, name), "r+b") as file:
            file.write(b"x")

    def swapped(model):
        for old, new in (("c", "t"), ("d", "c"), ("t", "d")):
            os.rename(f"{model}/b/{old}.bin", f"{model}/b/{new}.bin")

    def linked(model):
        os.rename(model + "/a.pkl", tmp + "/elsewhere")
        os.symlink(tmp + "/elsewhere", model + "/a.pkl")

    def of_another_kind(model):
        os.unlink(model + "/a.pkl")
        os.mkfifo(model + "/a.pkl")

    tricks = {
        "changed": (lambda m: changed(m, "b/c.bin"), ("changed_file", "b/c.bin")),
        "added": (lambda m: write(m, "b/new.pkl"), ("uncovered_file", "b/new.pkl")),
        "removed": (lambda m: os.unlink(m + "/a.pkl"), ("missing_file", "a.pkl")),
        "renamed": (lambda m: os.rename(m + "/a.pkl", m + "/e.pkl"), ("missing_file", "a.pkl")),
        "longer": (lambda m: write(m, "b/c.bin", b"cc"), ("changed_file", "b/c.bin")),
        "swapped": (swapped, ("changed_file", "b/d.bin")),
        "linked": (linked, ("link", "a.pkl")),
        "fifo": (of_another_kind, ("special_file", "a.pkl")),
    }
    for name, (trick, wanted) in tricks.items():
        model = os.path.join(tmp, name)
        shutil.copytree(original, model)
        trick(model)
        report = expect(verify(tool, model, "--key", by + ".pub"), "refused").report
        assert wanted in reasons(report), f"{name}: {reasons(report)}"
    expect(verify(tool, original, "--key", by + ".pub"), "clean")


def who_signed(tool, tmp):
    alice, mallory = key(tool, tmp, "alice"), key(tool, tmp, "mallory", "p256")
    model = folder(tmp)
    report = expect(verify(tool, model, "--key", alice + ".pub"), "refused").report
    equal({reason for reason, _ in reasons(report)}, {"unsigned_model"})
    sign(tool, model, mallory)
    expect(verify(tool, model, "--key", alice + ".pub"), "refused")
    expect(verify(tool, model, "--key", alice + ".pub", "--key", mallory + ".pub"), "clean")
    broken = read(model + "/model.sig").replace(b"payloadType", b"payloadTypo")
    for data in (b"", b"{}", broken, b"\xff" * 99, b"[" * 100000):
        write(model, "model.sig", data)
        expect(verify(tool, model, "--key", mallory + ".pub"), "refused")
    expect(verify(tool, model), "usage", "whom to trust")
    expect(tool.run("verify", "--key", alice + ".pub"), "usage")
    expect(verify(tool, os.path.join(tmp, "none"), "--key", alice + ".pub"), "refused")
    expect(verify(tool, model, "--key", os.path.join(tmp, "none.pub")), "undecided", "none.pub")


def several_signatures(tool, tmp):
    alice, bob = key(tool, tmp, "alice"), key(tool, tmp, "bob")
    model, store = folder(tmp), os.path.join(tmp, "trust.json")
    first, second = os.path.join(tmp, "a.sig"), os.path.join(tmp, "b.sig")
    sign(tool, model, alice, "--signature", first)
    sign(tool, model, bob, "--signature", second)
    both = ["--signature", first, "--signature", second]
    keys = ["--key", alice + ".pub", "--key", bob + ".pub"]
    expect(verify(tool, model, *both, *keys), "clean")
    expect(verify(tool, model, *both, *keys[:2]), "refused")
    names = {"alice": entry(tool, alice), "bob": entry(tool, bob)}
    need = {"any_of": ["alice", "bob"], "threshold": 2}
    save(tmp, "trust.json", trust(names, rules=[{"match": "*", "require": [need]}]))
    expect(verify(tool, model, *both, "--trust", store), "clean")
    expect(verify(tool, model, *both[:2], "--trust", store), "refused", )
    expect(verify(tool, model, *both[:2], *both[:2], "--trust", store), "refused")


def rules_of_a_trust_store(tool, tmp):
    alice = key(tool, tmp, "alice")
    model, store = folder(tmp), os.path.join(tmp, "trust.json")
    sign(tool, model, alice)
    root = expect(verify(tool, model, "--key", alice + ".pub"), "clean").report[
        "signatures"][0]["root"]
    past = "2020-01-01T00:00:00Z"

    def case(code, name=None, entries=None, **more):
        save(tmp, "trust.json", trust({"alice": entry(tool, alice, **(entries or {}))}, **more))
        return expect(verify(tool, model, "--trust", store, *(["--name", name] if name else [])),
                      code)

    require = [{"any_of": ["alice"]}]
    case("clean")
    case("refused", expires=past)
    case("refused", entries={"status": "revoked"})
    case("refused", entries={"status": "retired"})
    case("clean", entries={"status": "retired", "accepted_roots": [root]})
    case("refused", entries={"not_after": past})
    case("refused", entries={"not_before": "2098-01-01T00:00:00Z"})
    case("refused", revoked_digests=[root])
    case("refused", rules=[])
    case("clean", "acme/net-1", rules=[{"match": "acme/*", "require": require}])
    case("refused", "evil/net-1", rules=[{"match": "acme/*", "require": require}])
    for wrong in ({"keys": {"alice": entry(tool, alice, "bark")}}, {"version": 7},
                  {"rules": [{"match": "*", "require": [{"any_of": ["carol"]}]}]}):
        save(tmp, "trust.json", {**trust({"alice": entry(tool, alice)}), **wrong})
        expect(verify(tool, model, "--trust", store), "refused", "trust.json")
    write(model, "extra.bin", b"x")
    case("refused")
    case("clean", rules=[{"match": "*", "require": require, "max_unsigned_files": 1}])
    warned = case("clean", rules=[{"match": "*", "require": require, "level": "warn"}]).report
    assert {one["reason"] for one in warned["warnings"]} == {"uncovered_file"}, warned


def shards(tool, tmp):
    by, model = key(tool, tmp), folder(tmp, "model", **{"big.bin": bytes(range(256)) * 40})
    made = sign(tool, model, by, "--method", "shards", "--shard-size", "1000")
    assert b"cannot verify shards" in made.err, made.err
    expect(verify(tool, model, "--key", by + ".pub"), "clean")
    data = bytearray(read(model + "/big.bin"))
    data[5000] ^= 1
    write(model, "big.bin", bytes(data))
    expect(verify(tool, model, "--key", by + ".pub"), "refused")
    write(model, "big.bin", bytes(data[:-1]))
    expect(verify(tool, model, "--key", by + ".pub"), "refused")


def what_is_left_out_is_named(tool, tmp):
    by = key(tool, tmp)
    model = folder(tmp, "model", **{"a.pkl": CLEAN_PICKLE, "notes/x.txt": b"x",
                                    ".git/config": b"g"})
    sign(tool, model, by, "--ignore", model + "/notes")
    report = expect(verify(tool, model, "--key", by + ".pub"), "clean").report
    equal(sorted(report["uncovered"]), [".git/config", "notes/x.txt"])
    text = expect(tool.run("verify", model, "--key", by + ".pub"), "clean").out
    assert b".git/config" in text and b"notes/x.txt" in text, text
    write(model, "b.pkl")
    expect(verify(tool, model, "--key", by + ".pub"), "refused")
    for more in (["--ignore", model + "/b.pkl"], ["--ignore-unsigned-files"]):
        report = expect(verify(tool, model, "--key", by + ".pub", *more), "clean").report
        assert "b.pkl" in report["uncovered"], report


def files_of_git(tool, tmp):
    by = key(tool, tmp)
    model = folder(tmp, "model", **{"a.pkl": CLEAN_PICKLE, ".git/config": b"g"})
    sign(tool, model, by, "--no-ignore-git-paths")
    report = expect(verify(tool, model, "--key", by + ".pub"), "clean").report
    equal((report["uncovered"], report["signatures"][0]["covered_files"]), ([], 2))
    write(model, ".git/config", b"changed")
    expect(verify(tool, model, "--key", by + ".pub"), "refused")
    sign(tool, model, by, "--replace")
    report = expect(verify(tool, model, "--key", by + ".pub"), "clean").report
    equal(report["uncovered"], [".git/config"])


def as_the_reference_spells_it(tool, tmp):
    by, model = key(tool, tmp, "key", "p256"), folder(tmp)
    sign(tool, model, by)
    sig = model + "/model.sig"
    for signature, public in (("--signature", "--public-key"), ("--signature", "--public_key")):
        good = tool.run("verify", "key", signature, sig, public, by + ".pub", model)
        equal((good.code, good.out), (0, b"Verification succeeded\n"))
    write(model, "b.pkl")
    common = ["verify", "key", "--signature", sig, "--public-key", by + ".pub"]
    bad = tool.run(*common, model)
    equal(bad.code, 1)
    assert bad.err.startswith(b"Verification failed with error"), bad.err
    for more in (["--ignore-paths", model + "/b.pkl"], ["--ignore_paths", model + "/b.pkl"],
                 ["--ignore-unsigned-files"], ["--ignore_unsigned_files"]):
        equal(tool.run(*common, *more, model).code, 0, str(more))
    equal(tool.run(*common, os.path.join(tmp, "none")).code, 1)
    equal(tool.run(*common[:4], model).code, 2)
    equal(tool.run(*common, "--bark", model).code, 2)


def sources_of_a_password(tool, tmp):
    word = write(tmp, "word", WORD + b"\n")
    os.chmod(word, 0o600)
    by, model = os.path.join(tmp, "key"), folder(tmp)
    expect(tool.run("keygen", "--password", "file:" + word, by), "clean")
    of_env = {"env": {"KEY_WORD": WORD.decode()}}
    for source, more in (("file:" + word, {}), ("env:KEY_WORD", of_env), ("fd:0", {"stdin": WORD})):
        done = tool.run("sign", model, "--key", by, "--password", source, "--replace", **more)
        expect(done, "clean")
        assert WORD not in done.err + done.out, done.err
        expect(verify(tool, model, "--key", by + ".pub"), "clean")
        os.unlink(model + "/model.sig")
    expect(tool.run("sign", model, "--key", by, "--password", "fd:0", stdin=b"wrong"), "refused",
           "does not open the key")
    expect(tool.run("sign", model, "--key", by, start_new_session=True), "undecided")
    assert not os.path.exists(model + "/model.sig")


def a_password_that_is_typed(tool, tmp):
    by, model = os.path.join(tmp, "key"), folder(tmp)
    expect(tool.run("keygen", "--password", "fd:0", by, stdin=WORD), "clean")
    for typed, code in ((b"battery staple", "refused"), (WORD, "clean")):
        session = Session(tool, "sign", model, "--key", by)
        session.wait_for(b"Password: ")
        session.until_quiet()
        session.type(typed + b"\n")
        result = expect(session.end(), code)
        assert typed not in result.out, result.out
        equal(os.path.exists(model + "/model.sig"), code == "clean")


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, capture_output=True, timeout=60)


def authority(tmp, name, usage):
    """A root, and a key with a certificate by it for that usage; their paths."""
    root, leaf = os.path.join(tmp, name + "-root"), os.path.join(tmp, name)
    more = {root: "basicConstraints=critical,CA:true\nkeyUsage=critical,keyCertSign\n",
            leaf: f"basicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\n"
                  f"extendedKeyUsage={usage}\n"}
    for path, extensions in more.items():
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path)
        openssl("req", "-new", "-key", path, "-subj", "/CN=" + os.path.basename(path), "-out",
                path + ".csr")
        by = ["-signkey", root] if path == root else ["-CA", root + ".pem", "-CAkey", root,
                                                      "-CAcreateserial"]
        openssl("x509", "-req", "-days", "9", "-in", path + ".csr", *by, "-out", path + ".pem",
                "-extfile", write(tmp, "extensions", extensions.encode()))
        os.chmod(path, 0o600)
    return root + ".pem", leaf


def by_certificates(tool, tmp):
    if shutil.which("openssl") is None:
        return "no openssl"
    root, leaf = authority(tmp, "acme", "codeSigning")
    other, web = authority(tmp, "other", "serverAuth")
    model = folder(tmp)
    expect(tool.run("sign", model, "--key", leaf, "--certificate-chain", web + ".pem"), "refused")
    sign(tool, model, leaf, "--certificate-chain", leaf + ".pem")
    report = expect(verify(tool, model, "--authority", root), "clean").report
    assert "acme" in report["signatures"][0]["subject"], report
    expect(verify(tool, model, "--authority", root, "--identity", "somebody"), "refused")
    expect(verify(tool, model, "--authority", root, "--pin", "ab" * 32), "refused")
    expect(verify(tool, model, "--authority", other), "refused")
    common = ["verify", "certificate", "--signature", model + "/model.sig"]
    for chain, code in ((root, 0), (other, 1), (os.path.join(tmp, "none"), 1)):
        for option in ("--certificate-chain", "--certificate_chain"):
            equal(tool.run(*common, option, chain, model).code, code, chain)
    equal(tool.run(*common, model).code, 1)  # no authority is trusted by default
    sign(tool, model, web, "--certificate-chain", web + ".pem", "--replace")
    expect(verify(tool, model, "--authority", other), "refused")
    expect(verify(tool, model, "--authority", other, "--allow-any-usage"), "clean")
    entries = {"acme": {"file": root, "may": ["sign"]}}
    save(tmp, "trust.json", {**trust({"acme": {}}), "keys": {}, "authorities": entries})
    expect(verify(tool, model, "--trust", os.path.join(tmp, "trust.json")), "refused")
    sign(tool, model, leaf, "--certificate-chain", leaf + ".pem", "--replace")
    expect(verify(tool, model, "--trust", os.path.join(tmp, "trust.json")), "clean")
    return None


def sign_refuses(tool, tmp):
    by, model = key(tool, tmp), folder(tmp)
    sign(tool, model, by)
    before = read(model + "/model.sig")
    write(model, "b.pkl")
    expect(tool.run("sign", model, "--key", by), "undecided", "exists")
    equal(read(model + "/model.sig"), before)
    sign(tool, model, by, "--replace")
    assert read(model + "/model.sig") != before
    os.chmod(by, 0o644)
    expect(tool.run("sign", model, "--key", by, "--replace"), "refused", "others may read")
    os.chmod(by, 0o600)
    expect(tool.run("sign", os.path.join(tmp, "none"), "--key", by), "undecided", "none")
    expect(tool.run("sign", model), "usage")
    expect(tool.run("sign", model, "--key", by + ".pub", "--replace"), "refused")
    secret = write(tmp, "secret", b"secret")
    for number, plant in enumerate((lambda at: os.symlink(secret, at),
                                    lambda at: os.symlink("../secret", at),
                                    lambda at: os.symlink(tmp, at), os.mkfifo)):
        other = folder(tmp, f"m{number}")
        plant(os.path.join(other, "x"))
        expect(tool.run("sign", other, "--key", by), "refused")
        assert not os.path.exists(other + "/model.sig")
    empty = os.path.join(tmp, "empty")
    os.mkdir(empty)
    expect(tool.run("sign", empty, "--key", by), "refused")
    # A signature is not written through a link that a stranger left where it goes.
    linked = folder(tmp, "linked")
    os.symlink(secret, linked + "/model.sig")
    expect(tool.run("sign", linked, "--key", by), "undecided")
    expect(tool.run("sign", linked, "--key", by, "--replace"), "undecided")
    equal(read(secret), b"secret")


def hostile_names_are_signed_and_escaped(tool, tmp):
    by, model = key(tool, tmp), os.path.join(tmp, "model")
    write(model, b"a\x1b[31m\xe2\x80\xae.bin")
    sign(tool, model, by)
    expect(verify(tool, model, "--key", by + ".pub"), "clean")
    write(model, b"a\x1b[31m\xe2\x80\xae.bin", b"changed")
    write(model, b"new\x1b\n.bin", b"new")
    for how in ("text", "json"):
        result = expect(tool.run("verify", "--format", how, model, "--key", by + ".pub"), "refused")
        printable(result.out)
        printable(result.err)
    drop_in = tool.run("verify", "key", "--signature", model + "/model.sig", "--public-key",
                       by + ".pub", model)
    equal(drop_in.code, 1)
    printable(drop_in.err)
    write(model, b"\xff\xfe", b"no UTF-8")
    printable(expect(tool.run("sign", model, "--key", by, "--replace"), "refused").err)


CASES = [sign_and_verify, every_change_is_seen, who_signed, several_signatures,
         rules_of_a_trust_store, shards, what_is_left_out_is_named, files_of_git,
         as_the_reference_spells_it, sources_of_a_password, a_password_that_is_typed,
         by_certificates, sign_refuses, hostile_names_are_signed_and_escaped]
