"""gate: what each member of a policy lets pass and what it does not, and what the answer becomes
in words, in JSON and in exit codes."""
import json
import os

from signing_support import (CLEAN_PICKLE, checks, entry, folder, gate, judged, key, malicious,
                             policy, read, safetensors, save, sha256, sign, trust, unknown_call)
from support import OPAQUE, equal, expect, printable, write

PASSED, REFUSED, UNDECIDED, WARNED = "passed", "refused", "undecided", "warned"


def one_member(tool, tmp, section, member, value, good, bad, bad_code="refused", **others):
    """A model that passes the member and one that does not."""
    by = policy(tmp, f"{member}.json", **{section: {member: value, **others}})
    rule = f"{section}.{member}"
    here = os.path.join(tmp, member)
    seen = judged(tool, folder(here, "good", **good), by, "clean")
    assert all(answer == PASSED for _, answer in seen), seen
    seen = judged(tool, folder(here, "bad", **bad), by, bad_code)
    answer = REFUSED if bad_code == "refused" else UNDECIDED
    assert (rule, answer) in seen, f"{rule}: {seen}"


def each_member_of_scan(tool, tmp):
    clean, evil = {"a.pkl": CLEAN_PICKLE}, {"a.pkl": malicious()}
    unknown = {"a.pkl": unknown_call("acme.layers", "build")}
    stranger = {"a.pkl": unknown_call("other.layers", "build")}
    tensors, opaque = {"a.safetensors": safetensors()}, {"a.bin": OPAQUE}
    one_member(tool, tmp, "scan", "fail_on", "suspicious", clean, unknown)
    one_member(tool, tmp, "scan", "fail_on", "malicious", unknown, evil)
    one_member(tool, tmp, "scan", "fail_on", "incomplete", clean, opaque)
    one_member(tool, tmp, "scan", "formats", ["pickle"], clean, tensors)
    one_member(tool, tmp, "scan", "refuse_capabilities", ["execute"], unknown, evil,
               fail_on="malicious")
    one_member(tool, tmp, "scan", "max_file_bytes", 300, clean, {"a.pkl": CLEAN_PICKLE * 9})
    one_member(tool, tmp, "scan", "max_files", 1, clean, {"a.pkl": CLEAN_PICKLE,
                                                         "b.pkl": CLEAN_PICKLE})
    one_member(tool, tmp, "scan", "max_total_bytes", 90, clean, {"a.pkl": CLEAN_PICKLE,
                                                                "b.pkl": CLEAN_PICKLE})
    # What these two accept is not refused by themselves, but by what they do not name.
    for member, value, good, bad in (
            ("allow_imports", ["acme.*"], unknown, stranger),
            ("allow_imports", ["acme.*"], None,
             {"a.pkl": unknown_call("acme.tools", "os.system")}),
            ("accept_findings", ["PRQ-PICKLE-003"], None, evil)):
        by = policy(tmp, scan={member: value})
        if good:
            seen = judged(tool, folder(tmp, member + "-good", **good), by, "clean")
            assert (f"scan.{member}", PASSED) in seen, seen
        worse = folder(tmp, f"{member}-bad{len(os.listdir(tmp))}", **bad)
        seen = judged(tool, worse, by, "refused")
        assert ("scan.fail_on", REFUSED) in seen, seen
    by = policy(tmp, scan={"accept_gaps": ["not-inspected"]})
    database = {"a.db": b"SQLite format 3\0" + OPAQUE}
    seen = judged(tool, folder(tmp, "gap-good", **database), by, "clean")
    assert ("scan.accept_gaps", PASSED) in seen, seen
    judged(tool, folder(tmp, "gap-bad", **opaque), by, "undecided")


def accepted_findings(tool, tmp):
    model = folder(tmp, **{"a.pkl": unknown_call("acme.layers", "build")})
    plain = expect(tool.scan(model), "refused").report
    found = [finding["rule"] for file in plain["files"] for finding in file["findings"]]
    assert found, plain
    seen = judged(tool, model, policy(tmp, scan={"accept_findings": found}), "clean")
    assert ("scan.accept_findings", PASSED) in seen, seen


def no_isolation_no_answer(tool, tmp):
    model = folder(tmp)
    shown = expect(tool.scan(model), "clean").report["isolation"]["tier"]
    judged(tool, model, policy(tmp, scan={"min_isolation": "basic"}), "clean")
    code = "clean" if shown == "full" else "undecided"
    judged(tool, model, policy(tmp, scan={"min_isolation": "full"}), code)


def each_member_of_signature(tool, tmp):
    alice, mallory = key(tool, tmp, "alice"), key(tool, tmp, "mallory")
    store = trust({"alice": entry(tool, alice)})
    needs = policy(tmp, "needs.json", trust=store, signature={"required": True})
    may = policy(tmp, "may.json", trust=store, signature={"required": False})
    none = policy(tmp, "none.json", trust=store)
    bare = policy(tmp, "bare.json", trust=store, signature={})
    unsigned, signed, wrong = (folder(tmp, name) for name in ("unsigned", "signed", "wrong"))
    sign(tool, signed, alice)
    sign(tool, wrong, mallory)
    for by in (needs, bare):
        seen = judged(tool, unsigned, by, "refused")
        assert ("signature", REFUSED) in seen, seen
    for by in (may, none):
        judged(tool, unsigned, by, "clean")
    for by in (needs, bare, may, none):
        seen = judged(tool, signed, by, "clean")
        assert ("signature", PASSED) in seen and ("trust.rules *", PASSED) in seen, seen
        # One that is there and does not stand is never ignored.
        judged(tool, wrong, by, "refused")
    write(signed, "weights.pkl", CLEAN_PICKLE + b"\n")
    for by in (needs, may):
        result = expect(gate(tool, signed, by), "refused")
        assert any(check["file"] == "weights.pkl" for check in checks(result, "signature")), result
    # A store in a file names its keys' files relative to itself.
    for name in ("alice.pub", "trust.json"):
        os.makedirs(os.path.join(tmp, "store"), exist_ok=True)
    write(tmp, "store/a.pub", read(alice + ".pub"))
    store["keys"]["alice"]["file"] = "a.pub"
    save(tmp, "store/trust.json", store)
    by = policy(tmp, "far.json", trust="store/trust.json", signature={"required": True})
    judged(tool, unsigned, by, "refused")
    sign(tool, unsigned, alice)
    judged(tool, unsigned, by, "clean")


def a_signed_virus_is_refused(tool, tmp):
    alice = key(tool, tmp, "alice")
    by = policy(tmp, trust=trust({"alice": entry(tool, alice)}), signature={"required": True})
    model = folder(tmp, **{"a.pkl": malicious()})
    sign(tool, model, alice)
    seen = judged(tool, model, by, "refused")
    assert ("signature", PASSED) in seen and ("scan.fail_on", REFUSED) in seen, seen


def unsigned_files_of_a_signed_model(tool, tmp):
    alice = key(tool, tmp, "alice")
    model = folder(tmp)
    sign(tool, model, alice)
    for place in ("added.pkl", ".git/hooks/post-merge", ".gitignore"):
        path = write(model, place, CLEAN_PICKLE)
        for rule, code in (({}, "refused"), ({"max_unsigned_files": 1}, "clean"),
                           ({"allow_unsigned": [place.split("/")[0]]}, "clean")):
            rules = [{"match": "*", "require": [{"any_of": ["alice"]}], **rule}]
            by = policy(tmp, trust=trust({"alice": entry(tool, alice)}, rules=rules),
                        signature={"required": True})
            result = expect(gate(tool, model, by), code)
            named = any(check["file"] == place and check["answer"] == REFUSED
                        for check in checks(result, "trust.rules"))
            equal(named, code == "refused", f"{place} {rule}")
        os.unlink(path)


def broken_policies_name_the_member(tool, tmp):
    model = folder(tmp)
    for members, words in (
            ({"scna": {}}, ["policy.scna"]), ({"scan": {"fail-on": "malicious"}}, ["fail-on"]),
            ({"scan": {"formats": "pickle"}}, ["policy.scan.formats"]),
            ({"scan": {"accept_gaps": ["crashed"]}}, ["accept_gaps", "crashed"]),
            ({"signature": {"require": True}}, ["require"]),
            ({"attestation": {"max_age": 1}}, ["max_age"]), ({"mode": "off"}, ["policy.mode"]),
            ({"signature": {"required": True}}, ["needs trust"]),
            ({"scan": {"formats": []}}, ["policy.scan.formats"]),
            ({"version": 2}, ["policy.version"])):
        path = policy(tmp, **members)
        result = gate(tool, model, path)
        expect(result, "refused", path, *words)
        equal(result.out, b"")
    for text in (b'{"version":1,"version":1}', b"[]", b"", b'{"version":1}x', b"{}"):
        expect(gate(tool, model, save(tmp, "bad.json", text)), "refused", "bad.json")
    expect(gate(tool, model, os.path.join(tmp, "missing.json")), "undecided", "missing.json")
    expect(gate(tool, model, save(tmp, "hostile.json", b'{"version":1,"\\u001b[31m":1}')),
           "refused")
    printable(gate(tool, model, os.path.join(tmp, "hostile.json")).err)


def warnings_let_refusals_pass_and_nothing_else(tool, tmp):
    alice = key(tool, tmp, "alice")
    store = trust({"alice": entry(tool, alice)})
    evil = folder(tmp, "evil", **{"a.pkl": malicious()})
    both = folder(tmp, "both", **{"a.pkl": malicious(), "b.bin": OPAQUE})
    opaque = folder(tmp, "opaque", **{"b.bin": OPAQUE})
    for fail_on in ("suspicious", "incomplete"):
        by = policy(tmp, mode="warn", trust=store, signature={"required": True},
                    scan={"fail_on": fail_on})
        result = expect(gate(tool, evil, by), "clean")
        equal(result.report["decision"], WARNED)
        answers = {check["answer"] for check in checks(result, "")}
        assert WARNED in answers and REFUSED not in answers, result.out
        for model in (both, opaque, os.path.join(tmp, "missing")):
            expect(gate(tool, model, by), "undecided")
    # Nothing to use is left behind by what a warning could not let pass.
    out = os.path.join(tmp, "out")
    expect(gate(tool, both, by, "--output", out, "--record", out + ".json"), "undecided")
    assert not os.path.exists(out) and not os.path.exists(out + ".json")
    expect(gate(tool, evil, by, "--output", out), "clean")
    equal(read(os.path.join(out, "a.pkl")), malicious())


def words_and_reasons(tool, tmp):
    model, by = folder(tmp), policy(tmp, name="no \x1b[31m colours")
    short = expect(tool.run("gate", "--policy", by, model), "clean")
    long = expect(tool.run("gate", "--policy", by, model, "--explain"), "clean")
    assert b"passed" in short.out and b"scan.fail_on" not in short.out, short.out
    assert b"passed scan.fail_on" in long.out and b"scan.min_isolation" in long.out, long.out
    printable(short.out)
    printable(gate(tool, model, by).out)
    many = folder(tmp, "many", **{f"{n}.pkl": malicious() for n in range(30)})
    short = expect(tool.run("gate", "--policy", by, many), "refused")
    assert b"more (--explain)" in short.out, short.out
    long = expect(tool.run("gate", "--policy", by, many, "--explain"), "refused")
    assert b"29.pkl" in long.out and b"more (--explain)" not in long.out, long.out


def the_worst_of_several(tool, tmp):
    by = policy(tmp)
    models = {"clean": folder(tmp, "good"), "refused": folder(tmp, "bad", **{"a": malicious()}),
              "undecided": folder(tmp, "gap", **{"a.bin": OPAQUE})}
    order = ["clean", "undecided", "refused"]
    for first in order:
        for second in order:
            result = gate(tool, [models[first], models[second]], by)
            code = max(first, second, key=order.index)
            expect(result, code)
            equal(len(result.report["models"]), 2)
            equal(result.report["decision"], {"clean": PASSED}.get(code, code))
    for option in ("--output", "--record", "--signature", "--attestation", "--name"):
        expect(gate(tool, list(models.values()), by, option, os.path.join(tmp, "x")), "usage")
    expect(tool.run("gate", models["clean"]), "usage")
    expect(tool.run("gate", "--policy", by), "usage")
    empty = os.path.join(tmp, "empty")
    os.mkdir(empty)
    for nothing in (empty, os.path.join(tmp, "missing")):
        expect(gate(tool, nothing, by), "undecided")


def hostile_names_at_the_gate(tool, tmp):
    name = b"a\x1b[31m\xe2\x80\xae.pkl"
    model = os.path.join(tmp, "model")
    write(model, name, malicious())
    for more in ([], ["--explain"]):
        printable(expect(tool.run("gate", "--policy", policy(tmp), model, *more), "refused").out)
    result = expect(gate(tool, model, policy(tmp)), "refused")
    printable(result.out)
    assert json.loads(result.out)


def what_is_no_file_is_undecided(tool, tmp):
    by = policy(tmp)
    for number, plant in enumerate((os.mkfifo, lambda path: os.symlink("/etc/passwd", path),
                                    lambda path: os.symlink("nothing", path))):
        model = folder(tmp, f"m{number}")
        plant(os.path.join(model, "x"))
        expect(gate(tool, model, by), "undecided")


def an_output_of_what_was_scanned(tool, tmp):
    by, out = policy(tmp), os.path.join(tmp, "out")
    model = folder(tmp, **{"a.pkl": CLEAN_PICKLE, "sub/deep/b.pkl": OPAQUE})
    expect(gate(tool, model, by, "--output", out), "undecided")
    left = sorted(os.listdir(tmp))
    equal(left, ["model", "policy.json"])
    write(model, "sub/deep/b.pkl", CLEAN_PICKLE)
    result = expect(gate(tool, model, by, "--output", out + "/"), "clean")
    for name in ("a.pkl", "sub/deep/b.pkl"):
        equal(read(os.path.join(out, name)), CLEAN_PICKLE)
    digests = {file["sha256"] for file in result.report["models"][0]["files"]}
    equal(digests, {sha256(CLEAN_PICKLE)})
    expect(gate(tool, model, by, "--output", out), "undecided")
    for existing in (write(tmp, "file"), os.path.join(tmp, "empty")):
        if not os.path.exists(existing):
            os.mkdir(existing)
        result = expect(gate(tool, model, by, "--output", existing), "undecided")
        assert "exists already" in result.out.decode(), result.out
    os.symlink("nowhere", os.path.join(tmp, "dangling"))
    expect(gate(tool, model, by, "--output", os.path.join(tmp, "dangling")), "undecided")
    expect(gate(tool, model, by, "--output", os.path.join(tmp, "no", "out")), "undecided")
    evil = folder(tmp, "evil", **{"a.pkl": malicious()})
    expect(gate(tool, evil, by, "--output", os.path.join(tmp, "no")), "refused")
    equal(sorted(os.listdir(tmp)), ["dangling", "empty", "evil", "file", "model", "out",
                                    "policy.json"])
    single = os.path.join(model, "a.pkl")
    expect(gate(tool, single, by, "--output", os.path.join(tmp, "one")), "clean")
    equal(os.listdir(os.path.join(tmp, "one")), ["a.pkl"])


CASES = [each_member_of_scan, accepted_findings, no_isolation_no_answer, each_member_of_signature,
         a_signed_virus_is_refused, unsigned_files_of_a_signed_model,
         broken_policies_name_the_member, warnings_let_refusals_pass_and_nothing_else,
         words_and_reasons, the_worst_of_several, hostile_names_at_the_gate,
         what_is_no_file_is_undecided, an_output_of_what_was_scanned]
