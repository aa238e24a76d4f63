"""attest, a gate that takes a signed verdict instead of scanning, and load of what was admitted."""
import base64
import json
import os
import shutil
import subprocess
import time

from signing_support import (CLEAN_PICKLE, attest, checks, entry, folder, gate, judged, key,
                             malicious, policy, read, safetensors, save, sign, trust, unknown_call)
from support import OPAQUE, equal, expect, printable, write

PASSED, REFUSED = "passed", "refused"
# Of one size, so that what tells them apart is their digests.
OTHER_PICKLE = CLEAN_PICKLE.replace(b"weights", b"heights")
MODEL = {"a.pkl": CLEAN_PICKLE, "b.pkl": OTHER_PICKLE, "sub/c.pkl": CLEAN_PICKLE}


def payload(path):
    return json.loads(base64.b64decode(json.loads(read(path))["dsseEnvelope"]["payload"]))


def attested(tmp, store, file="attested.json", **attestation):
    return policy(tmp, file, trust=store,
                  attestation={"instead_of_scan": True, "required": True, "max_age_days": 30,
                               **attestation})


def verify(tool, model, store, code, *more):
    """verify by an attestation; the rules of its checks that did not pass."""
    named = () if "--attestation" in more else ("--attestation", model + ".attestation")
    result = expect(tool.run("verify", model, "--trust", store, "--format", "json", *named, *more),
                    code)
    seen = {check["rule"] for one in result.report["models"] for check in one["checks"]
            if check["answer"] != PASSED}
    equal(not seen, code == "clean")
    return seen


def setting(tool, tmp):
    """A scanner's key, a trust store that knows it, and an attested model."""
    lab = key(tool, tmp, "lab")
    model = folder(tmp, **MODEL)
    attest(tool, model, lab)
    return lab, trust({"lab": entry(tool, lab, "attest")}), model


def attest_says_what_scan_says(tool, tmp):
    lab = key(tool, tmp, "lab")
    for name, data, code, result in (
            ("good", CLEAN_PICKLE, "clean", "PASSED"), ("gap", OPAQUE, "undecided", "WARNED"),
            ("odd", unknown_call("acme.layers", "build"), "refused", "WARNED"),
            ("evil", malicious(), "refused", "FAILED")):
        model = folder(tmp, name, **{"a.pkl": data})
        attest(tool, model, lab, code=code)
        says = payload(model + ".attestation")
        equal(says["predicateType"], "https://in-toto.io/attestation/test-result/v0.1")
        equal(says["predicate"]["result"], result)
        equal([one["name"] for one in says["subject"]], ["a.pkl"])
        expect(tool.run("attest", model, "--key", lab), "undecided", "exists")
        attest(tool, model, lab, "--replace", code=code)
    single = write(tmp, "one.pkl", CLEAN_PICKLE)
    attest(tool, single, lab)
    equal(payload(single + ".attestation")["subject"][0]["name"], "one.pkl")
    for number, plant in enumerate((os.mkfifo, lambda at: os.symlink("a.pkl", at),
                                    lambda at: os.symlink("/etc/passwd", at),
                                    lambda at: write(os.path.dirname(at), b"\xff", b"x"))):
        model = folder(tmp, f"m{number}", **MODEL)
        plant(os.path.join(model, "x"))
        expect(tool.run("attest", model, "--key", lab), "refused")
        assert not os.path.exists(model + ".attestation")


def a_verdict_instead_of_a_scan(tool, tmp):
    lab, store, model = setting(tool, tmp)
    by = attested(tmp, store)
    result = expect(gate(tool, model, by), "clean")
    equal(result.report["models"][0]["attested_by"], "lab")
    assert {check["rule"] for check in checks(result, "attestation")} == {"attestation",
                                                                         "attestation.files"}
    os.rename(model + ".attestation", tmp + "/away")
    seen = judged(tool, model, by, "refused")
    assert ("attestation.required", REFUSED) in seen, seen
    judged(tool, model, by, "clean", "--attestation", tmp + "/away")
    may = attested(tmp, store, "may.json", required=False)
    result = expect(gate(tool, model, may), "clean")
    equal(result.report["models"][0]["attested_by"], "")
    # A verdict is judged as a scan is: by what was found, not by the word of who signed it.
    for name, data, code in (("evil", malicious(), "refused"), ("gap", OPAQUE, "undecided")):
        other = folder(tmp, name, **{"a.pkl": data})
        attest(tool, other, lab, code=code)
        judged(tool, other, by, code)


def verdicts_that_do_not_stand(tool, tmp):
    lab, _, model = setting(tool, tmp)
    alice = key(tool, tmp, "alice")
    keys = {"lab": entry(tool, lab, "attest"), "alice": entry(tool, alice, "sign")}
    store = trust(keys)
    rules = payload(model + ".attestation")["predicate"]["pratique"]["rules_digest"]
    for wanted, code in (({"rules_digests": [rules]}, "clean"),
                         ({"rules_digests": ["ab" * 32]}, "refused"),
                         ({"rules_digests": ["ab" * 32, rules]}, "clean"),
                         ({"min_version": "0.0.1"}, "clean"), ({"min_version": "99"}, "refused")):
        judged(tool, model, attested(tmp, store, **wanted), code)
    for change in ({"may": ["sign"]}, {"status": "retired"}, {"status": "revoked"},
                   {"not_after": "2020-01-01T00:00:00Z"}):
        changed = trust({**keys, "lab": {**keys["lab"], **change}})
        judged(tool, model, attested(tmp, changed), "refused")
    by = attested(tmp, store)
    for other in (alice, key(tool, tmp, "stranger")):
        attest(tool, model, other, "--replace")
        judged(tool, model, by, "refused")
        # Where none is required, one that does not stand is none.
        judged(tool, model, attested(tmp, store, "may.json", required=False), "clean")
    bundle = json.loads(read(model + ".attestation"))
    sign(tool, model, lab)
    for data in (b"", b"{}", json.dumps(bundle).encode()[:-9], read(model + "/model.sig")):
        write(tmp, "broken", data)
        judged(tool, model, by, "refused", "--attestation", tmp + "/broken")
    expect(gate(tool, model, by, "--attestation", tmp + "/none"), "refused")


def every_change_of_an_attested_model(tool, tmp):
    _, store, original = setting(tool, tmp)
    by, warns = attested(tmp, store), policy(
        tmp, "warns.json", mode="warn", trust=store,
        attestation={"instead_of_scan": True, "max_age_days": 1})

    def swap(model):
        for old, new in (("a", "t"), ("b", "a"), ("t", "b")):
            os.rename(f"{model}/{old}.pkl", f"{model}/{new}.pkl")

    def link_out(model):
        os.rename(model + "/a.pkl", tmp + "/elsewhere.pkl")
        os.symlink(tmp + "/elsewhere.pkl", model + "/a.pkl")

    def link_in(model):
        os.unlink(model + "/a.pkl")  # sub/c.pkl has the same bytes
        os.symlink("sub/c.pkl", model + "/a.pkl")

    tricks = {
        "added": lambda m: write(m, "new.pkl"), "removed": lambda m: os.unlink(m + "/b.pkl"),
        "changed": lambda m: write(m, "a.pkl", OTHER_PICKLE),
        "longer": lambda m: write(m, "a.pkl", CLEAN_PICKLE[:-1] + b"N0."),
        "renamed": lambda m: os.rename(m + "/a.pkl", m + "/z.pkl"), "swapped": swap,
        "linked-out": link_out, "linked-in": link_in, "fifo": lambda m: os.mkfifo(m + "/x"),
        "malicious": lambda m: write(m, "a.pkl", malicious()),
        "hidden": lambda m: write(m, ".git/x", b"x"),
        "shadow": lambda m: write(m, "sub/torch.py", b"x"),
    }
    for name, trick in tricks.items():
        model = os.path.join(tmp, name)
        shutil.copytree(original, model)
        shutil.copy(original + ".attestation", model + ".attestation")
        judged(tool, model, by, "clean")
        trick(model)
        seen = judged(tool, model, by, "refused")
        assert ("attestation.files", REFUSED) in seen, f"{name}: {seen}"
        judged(tool, model, warns, "undecided")  # nobody looked at what is there now
        equal(verify(tool, model, save(tmp, "trust.json", store), "refused"), {"attestation.files"},
              name)


def verify_by_a_verdict(tool, tmp):
    lab, store, model = setting(tool, tmp)
    by = save(tmp, "trust.json", store)
    verify(tool, model, by, "clean")
    verify(tool, model, by, "clean", "--max-age", "12h", "--min-rules", "0.0.1")
    says = expect(tool.run("verify", model, "--trust", by, "--attestation",
                           model + ".attestation"), "clean").out
    assert b"a verdict by lab" in says, says
    for data, code in ((malicious(), "refused"), (unknown_call("acme.layers", "build"), "refused"),
                       (OPAQUE, "undecided")):
        other = folder(tmp, f"not-clean-{len(data)}", **{"a.pkl": data, "b.pkl": CLEAN_PICKLE})
        attest(tool, other, lab, code=code)
        equal(verify(tool, other, by, code), {"scan.fail_on"})
    unfit = {"attestation", "attestation.required"}
    equal(verify(tool, model, by, "refused", "--min-rules", "99"), unfit)
    time.sleep(2.1)
    equal(verify(tool, model, by, "refused", "--max-age", "1s"), unfit)
    verify(tool, model, by, "clean", "--max-age", "1")
    equal(verify(tool, model, by, "refused", "--attestation", tmp + "/none"), unfit)
    alone = write(tmp, "one.pkl", CLEAN_PICKLE)
    attest(tool, alone, lab)
    verify(tool, alone, by, "clean")


def verify_by_a_verdict_what_cannot_be_read(tool, tmp):
    _, store, model = setting(tool, tmp)
    command = [tool.program, "verify", model, "--attestation", model + ".attestation", "--trust",
               save(tmp, "trust.json", store)]
    if os.geteuid() == 0:
        # Root may read everything; another user may not even reach the program where it is.
        if shutil.which("setpriv") is None:
            return "skipped: setpriv is needed to stop being root"
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                   shutil.copy(tool.program, tmp), *command[1:]]
    os.chmod(tmp, 0o755)
    for mode, code, word in ((0o644, 0, b"passed attestation.files"),
                             (0, 2, b"undecided attestation.files: a.pkl: unreadable")):
        os.chmod(model + "/a.pkl", mode)
        done = subprocess.run(command, capture_output=True, check=False, timeout=30)
        assert (done.returncode, word in done.stdout) == (code, True), done
        assert b"refused" not in done.stdout, done
    return None


def verify_by_a_verdict_and_a_signature(tool, tmp):
    lab, alice = key(tool, tmp, "lab"), key(tool, tmp, "alice")
    by = save(tmp, "trust.json", trust({"alice": entry(tool, alice, "sign"),
                                        "lab": entry(tool, lab, "attest")}))
    model = folder(tmp, **MODEL)
    attest(tool, model, alice)  # who may sign may not attest
    equal(verify(tool, model, by, "refused"), {"attestation", "attestation.required"})
    attest(tool, model, lab, "--replace")
    verify(tool, model, by, "clean")
    signature = model + "/model.sig"
    equal(verify(tool, model, by, "refused", "--signature", signature),
          {"signature", "trust.rules *"})
    sign(tool, model, alice)
    verify(tool, model, by, "clean")
    verify(tool, model, by, "clean", "--signature", signature)
    sign(tool, model, lab, "--replace")  # nor may who attests sign
    equal(verify(tool, model, by, "refused"), {"signature", "trust.rules *"})


def verify_by_a_verdict_usage(tool, tmp):
    lab, store, model = setting(tool, tmp)
    by = save(tmp, "trust.json", store)
    of = ["verify", model, "--trust", by]
    with_it = [*of, "--attestation", model + ".attestation"]
    for args in ([*of, "--max-age", "3"], [*of, "--min-rules", "0.1"],
                 ["verify", model, "--key", lab + ".pub", *with_it[4:]],
                 *([*with_it, "--max-age", bad] for bad in
                   ("", "0", "-1", "1y", "d", "1dd", "36501", "99999999999999999999", "1.5")),
                 *([*with_it, "--min-rules", bad] for bad in ("", "new", "1.", "1.x")),
                 [*with_it, "--ignore", "a.pkl"], [*with_it, "--ignore-unsigned-files"],
                 [*with_it, "--allow-symlinks"], [*with_it, "--no-ignore-git-paths"]):
        expect(tool.run(*args), "usage")


def a_summary_of_a_policy(tool, tmp):
    lab, store, _ = setting(tool, tmp)
    lax = policy(tmp, "lax.json", scan={"allow_imports": ["acme.*"]})
    for name, data, code, result in (
            ("good", unknown_call("acme.layers", "build"), "clean", "PASSED"),
            ("bad", unknown_call("other.layers", "build"), "refused", "FAILED")):
        model = folder(tmp, name, **{"a.pkl": data})
        attest(tool, model, lab, "--policy", lax, "--name", "acme/net", code=code)
        says = payload(model + ".attestation")
        equal(says["predicateType"], "https://slsa.dev/verification_summary/v1")
        equal(says["predicate"]["verificationResult"], result)
        equal(says["predicate"]["resourceUri"], "acme/net")
        equal(says["predicate"]["policy"]["digest"]["sha256"], gate(tool, model, lax).report[
            "models"][0]["policy"]["sha256"])
        # The gate has rules of its own: what another policy allowed is not what it allows.
        judged(tool, model, attested(tmp, store), "refused")
        same = policy(tmp, "same.json", trust=store, scan={"allow_imports": ["acme.*", "other.*"]},
                      attestation={"required": True, "max_age_days": 1})
        judged(tool, model, same, code)


def signed_and_attested(tool, tmp):
    """Whichever comes first: a voucher in the model is no part of it."""
    lab, alice = key(tool, tmp, "lab"), key(tool, tmp, "alice")
    store = trust({"alice": entry(tool, alice, "sign"), "lab": entry(tool, lab, "attest")})
    by = policy(tmp, trust=store, signature={"required": True},
                attestation={"required": True, "max_age_days": 30})
    first, then = folder(tmp, "first", **MODEL), folder(tmp, "then", **MODEL)
    sign(tool, first, alice)
    attest(tool, first, lab)
    attest(tool, then, lab)
    sign(tool, then, alice)
    out = os.path.join(tmp, "out")
    for model in (first, then):
        result = expect(gate(tool, model, by, "--output", out), "clean")
        equal(sorted(os.listdir(out)), ["a.pkl", "b.pkl", "sub"])
        shutil.rmtree(out)
        equal(len(result.report["models"][0]["files"]), 3)


def one_model_by_many_names(tool, tmp):
    _, store, model = setting(tool, tmp)
    by = attested(tmp, store)
    os.symlink("model", os.path.join(tmp, "linked"))
    for name in ("model", "model/", "./model", "model/.", "model//", "model/../model", "linked"):
        expect(gate(tool, name, by, cwd=tmp), "clean")
    expect(gate(tool, ".", by, cwd=model), "clean")
    expect(gate(tool, "..", by, cwd=os.path.join(model, "sub")), "clean")


def hostile_names_in_a_verdict(tool, tmp):
    lab = key(tool, tmp, "lab")
    model = os.path.join(tmp, "model")
    write(model, b"a\x1b[31m\xe2\x80\xae.pkl", malicious())
    printable(attest(tool, model, lab, code="refused").err)
    by = attested(tmp, trust({"lab": entry(tool, lab, "attest")}))
    for more in ([], ["--explain"], ["--format", "json"]):
        printable(expect(tool.run("gate", "--policy", by, model, *more), "refused").out)


def a_record_holds_load_to_it(tool, tmp):
    by = policy(tmp, scan={"accept_gaps": ["not-inspected"]})
    model = folder(tmp, **{"a.safetensors": safetensors(1), "b.safetensors": safetensors(2)})
    record, first = os.path.join(tmp, "record.json"), os.path.join(model, "a.safetensors")
    expect(gate(tool, model, by, "--record", record), "clean")
    says = json.loads(read(record))
    equal([one["name"] for one in says["files"]], ["a.safetensors", "b.safetensors"])
    for path in (first, os.path.join(model, "b.safetensors")):
        expect(tool.run("load", path, "--admitted", record), "clean")
    out = os.path.join(tmp, "out.npz")
    expect(tool.run("convert", first, out, "--admitted", record), "clean")
    os.unlink(out)
    os.rename(os.path.join(model, "b.safetensors"), first)
    for command in (["load", first], ["convert", first, out],
                    ["load", shutil.copy(first, os.path.join(tmp, "other.safetensors"))]):
        expect(tool.run(*command, "--admitted", record), "refused", "were not admitted")
    assert not os.path.exists(out)
    expect(tool.run("load", first, "--admitted", record, "--view"), "usage")
    expect(tool.run("load", first, "--admitted", record, "--policy", by), "usage")
    for broken in ({**says, "version": 2}, {**says, "more": 1}, {"version": 1}, b"x"):
        expect(tool.run("load", first, "--admitted", save(tmp, "broken", broken)), "refused")
    expect(tool.run("load", first, "--admitted", tmp + "/none"), "undecided")
    evil = folder(tmp, "evil", **{"a.pkl": malicious()})
    other = folder(tmp, "other", **{"c.safetensors": safetensors(3)})
    old = read(record)
    assert ("record", "undecided") in judged(tool, other, by, "undecided", "--record", record)
    judged(tool, evil, by, "refused", "--record", record, "--replace")
    equal(read(record), old)
    judged(tool, other, by, "clean", "--record", record, "--replace")
    equal([one["name"] for one in json.loads(read(record))["files"]], ["c.safetensors"])
    precious = os.path.join(other, "c.safetensors")
    judged(tool, other, by, "undecided", "--record", precious, "--replace")
    equal(read(precious), safetensors(3))
    expect(tool.run("gate", "--policy", by, other, "--replace"), "usage")
    os.unlink(record)
    expect(gate(tool, evil, by, "--record", record), "refused")
    assert not os.path.exists(record)


def load_by_a_policy(tool, tmp):
    alice = key(tool, tmp, "alice")
    by = policy(tmp, trust=trust({"alice": entry(tool, alice)}), signature={"required": True},
                scan={"accept_gaps": ["not-inspected"]})
    model = folder(tmp, **{"a.safetensors": safetensors(1), "README.md": b"# A net\n"})
    path, out = os.path.join(model, "a.safetensors"), os.path.join(tmp, "out.npz")
    expect(tool.run("load", path, "--policy", by, "--model", model), "refused", "no signature")
    expect(tool.run("convert", path, out, "--policy", by, "--model", model), "refused")
    assert not os.path.exists(out)
    sign(tool, model, alice)
    expect(tool.run("load", path, "--policy", by, "--model", model), "clean")
    expect(tool.run("convert", path, out, "--policy", by, "--model", model), "clean")
    stranger = write(tmp, "stranger.safetensors", safetensors(3))
    expect(tool.run("load", stranger, "--policy", by, "--model", model), "refused",
           "were not admitted")
    expect(tool.run("load", path, "--policy", by), "refused", "no signature")
    sign(tool, path, alice)
    expect(tool.run("load", path, "--policy", by), "clean")
    expect(tool.run("load", path, "--model", model), "usage")


CASES = [attest_says_what_scan_says, a_verdict_instead_of_a_scan, verdicts_that_do_not_stand,
         every_change_of_an_attested_model, verify_by_a_verdict,
         verify_by_a_verdict_what_cannot_be_read, verify_by_a_verdict_and_a_signature,
         verify_by_a_verdict_usage, a_summary_of_a_policy, signed_and_attested,
         one_model_by_many_names, hostile_names_in_a_verdict, a_record_holds_load_to_it,
         load_by_a_policy]
