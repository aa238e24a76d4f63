"""Baselines and ignore rules: what they hide, what they never hide, and that they say so."""
import datetime
import hashlib
import json
import os
import pathlib

from support import (CLEAN, EVIL, OPAQUE, UNKNOWN, by_name, equal, expect, printable, rules,
                     verdicts, write)

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "docs/ignore.schema.json"


def models(tmp):
    folder = os.path.join(tmp, "m")
    for name, data in (("clean.pkl", CLEAN), ("evil.pkl", EVIL), ("unknown.pkl", UNKNOWN),
                       ("opaque.bin", OPAQUE)):
        write(folder, name, data)
    return folder


def baseline_of(tool, tmp, folder, *options):
    return write(tmp, "old.json", tool.scan("--digest", *options, folder).out)


def only_what_is_new(tool, tmp):
    folder = models(tmp)
    old = baseline_of(tool, tmp, folder)
    same = expect(tool.scan("--baseline", old, folder), "clean")
    equal(same.report["verdict"], "clean")
    equal({file["baseline"] for file in same.report["files"]}, {"unchanged"})
    evil = by_name(same.report)["evil.pkl"]
    equal([evil["verdict"], evil["verdict_in_full"], evil["findings"]], ["clean", "malicious", []])
    known = evil["suppressed"]["findings"][0]
    equal([known["rule"], known["suppressed_by"]], ["PRQ-PICKLE-001", "baseline"])
    opaque = by_name(same.report)["opaque.bin"]
    equal(opaque["suppressed"]["gaps"][0]["reason"], "unknown-format")
    summary = same.report["suppressed"]
    equal([summary["findings"] >= 2, summary["gaps"] >= 1], [True, True])
    with open(old, "rb") as text:
        equal(summary["baseline"], {
            "sha256": hashlib.sha256(text.read()).hexdigest(),
            "rules_digest": same.report["tool"]["rules_digest"]})
    text = printable(expect(tool.run("scan", "--baseline", old, folder), "clean").out)
    assert "4 files: 1 clean, 3 suppressed" in text and "evil.pkl" not in text, text
    assert "not counted: 2 findings, 1 gap (3 known from the baseline, 0 ignored)" in text, text
    text = tool.run("scan", "-v", "--baseline", old, folder).out.decode()
    assert "(critical)" in text and "known from the baseline" in text, text
    # And what is new is all that is told of.
    write(folder, "new.pkl", EVIL)
    done = expect(tool.scan("--baseline", old, folder), "refused")
    equal({name for name, verdict in verdicts(done.report).items() if verdict != "clean"},
          {"new.pkl"})
    equal(by_name(done.report)["new.pkl"]["baseline"], "new")


def a_changed_file_is_new(tool, tmp):
    """The same line of evidence in other bytes may stand for something else."""
    folder = models(tmp)
    old = baseline_of(tool, tmp, folder)
    write(folder, "evil.pkl", EVIL + b"\n")
    done = expect(tool.scan("--baseline", old, folder), "refused")
    evil = by_name(done.report)["evil.pkl"]
    equal([evil["baseline"], evil["verdict"]], ["changed", "malicious"])
    assert "suppressed" not in evil
    write(folder, "evil.pkl", EVIL)
    write(folder, "opaque.bin", OPAQUE + b"\x91")
    expect(tool.scan("--baseline", old, folder), "undecided")


def a_baseline_without_digests(tool, tmp):
    folder = models(tmp)
    old = write(tmp, "old.json", tool.scan(folder).out)
    done = expect(tool.scan("--baseline", old, folder), "refused")
    equal({file["baseline"] for file in done.report["files"]}, {"no-digest"})
    equal(done.report["suppressed"]["findings"], 0)


def other_rules_find_more(tool, tmp):
    """As if the rules had changed since: what they alone find, or take for worse, is not hidden."""
    folder = models(tmp)
    report = tool.scan("--digest", folder).report
    report["tool"]["rules_digest"] = "sha256:" + "0" * 64
    evil = by_name(report)["evil.pkl"]
    evil["findings"][0]["severity"] = "low"
    by_name(report)["unknown.pkl"]["findings"] = []
    old = write(tmp, "old.json", json.dumps(report).encode())
    done = expect(tool.scan("--baseline", old, folder), "refused")
    assert "PRQ-PICKLE-001" in rules(by_name(done.report)["evil.pkl"])
    assert by_name(done.report)["unknown.pkl"]["findings"]
    equal(done.report["suppressed"]["baseline"]["rules_digest"], "sha256:" + "0" * 64)


def rolling_baselines(tool, tmp):
    """The report of a scan with a baseline is the next one."""
    folder = models(tmp)
    old = baseline_of(tool, tmp, folder)
    for _ in range(3):
        done = expect(tool.scan("--baseline", old, folder), "clean")
        old = write(tmp, "old.json", done.out)


def no_baseline(tool, tmp):
    path = write(tmp, "m/a.pkl")
    for number, text in enumerate((b"", b"{", b"[]", b"{}", b'{"schema_version": 2}', b"\xff",
                                   b'{"schema_version": 1, "tool": {"name": "\x1b[2J"}}')):
        bad = write(tmp, f"bad{number}.json", text)
        result = expect(tool.scan("--baseline", bad, path), "undecided", "pratique: ")
        printable(result.err)
        equal(result.out, b"")
    expect(tool.scan("--baseline", os.path.join(tmp, "none"), path), "undecided")


def day(days):
    return (datetime.date.today() + datetime.timedelta(days=days)).isoformat()


def ignore_file(tmp, *ignored, name="ignore.json"):
    return write(tmp, name, json.dumps({"version": 1, "ignore": list(ignored)}).encode())


def ignored(tool, tmp):
    folder = models(tmp)
    evil = {"finding": "PRQ-PICKLE-001", "path": "*/m/evil.pkl", "reason": "a \x1b[2Jtest",
            "expires": day(30)}
    gap = {"gap": "unknown-format", "path": "*/opaque.*", "reason": "ours", "expires": day(1)}
    unused = {"gap": "encrypted", "path": "*/none", "reason": "ours", "expires": day(1)}
    file = ignore_file(tmp, evil, gap, unused)
    done = expect(tool.scan("--ignore", file, folder), "refused")
    equal(verdicts(done.report), {"clean.pkl": "clean", "evil.pkl": "clean", "opaque.bin": "clean",
                                  "unknown.pkl": "suspicious"})
    known = by_name(done.report)["evil.pkl"]["suppressed"]["findings"][0]
    equal([known["suppressed_by"], known["suppressed_because"], known["suppressed_until"]],
          ["ignore", "a \\x1b[2Jtest", day(30)])
    assert "baseline" not in by_name(done.report)["evil.pkl"]
    equal([rule["path"] for rule in done.report["suppressed"]["ignore"]["unused"]], ["*/none"])
    expect(tool.scan("--ignore", file, "--fail-on", "malicious", folder), "clean")
    text = printable(tool.run("scan", "-v", "--ignore", file, folder).out)
    assert "0 known from the baseline, 2 ignored" in text and "had no use" in text, text


def ignored_until(tool, tmp):
    """A rule that has expired hides nothing, and is reported."""
    path = write(tmp, "evil.pkl", EVIL)
    rule = {"finding": "PRQ-PICKLE-001", "path": "*.pkl", "reason": "looked at"}
    for expires, code in ((day(1), "clean"), (day(-2), "refused"),
                          ("2001-01-01T00:00:00Z", "refused")):
        file = ignore_file(tmp, {**rule, "expires": expires})
        done = expect(tool.scan("--ignore", file, path), code)
        equal([one["expires"] for one in done.report["suppressed"]["ignore"]["expired"]],
              [] if code == "clean" else [expires])
        text = tool.run("scan", "--ignore", file, path).out.decode()
        equal(f"an ignore rule has expired, on {expires}: PRQ-PICKLE-001 *.pkl: looked at" in text,
              code == "refused", text)


def ignored_by_digest(tool, tmp):
    path = write(tmp, "evil.pkl", EVIL)
    rule = {"finding": "PRQ-PICKLE-001", "path": "*.pkl", "reason": "r", "expires": day(1),
            "sha256": hashlib.sha256(EVIL).hexdigest()}
    file = ignore_file(tmp, rule)
    expect(tool.scan("--ignore", file, path), "clean")
    write(tmp, "evil.pkl", EVIL + b"\n")
    expect(tool.scan("--ignore", file, path), "refused")


def ignored_shard(tool, tmp):
    """What is ignored in a file is no reason to trust another file that reads it."""
    write(tmp, "m/w.bin", EVIL)
    write(tmp, "m/pytorch_model.bin.index.json",
          json.dumps({"metadata": {}, "weight_map": {"a": "w.bin"}}).encode())
    file = ignore_file(tmp, {"finding": "PRQ-PICKLE-001", "path": "*/w.bin", "reason": "r",
                             "expires": day(1)})
    done = tool.scan("--ignore", file, os.path.join(tmp, "m"))
    equal(verdicts(done.report)["w.bin"], "clean")
    assert "PRQ-FILE-016" in rules(by_name(done.report)["pytorch_model.bin.index.json"]), done.out


def planted_rules(tool, tmp):
    """A file of rules that comes with a model is said to be there, and is not used."""
    folder = models(tmp)
    rule = {"finding": "PRQ-PICKLE-001", "path": "*.pkl", "reason": "r", "expires": day(1)}
    for where in ("m", "."):
        planted = ignore_file(tmp, rule, name=f"{where}/.pratique-ignore.json")
        done = expect(tool.scan(folder), "refused", ".pratique-ignore.json is not used")
        equal(verdicts(done.report)["evil.pkl"], "malicious")
        assert b"is not used" in tool.scan(os.path.join(folder, "evil.pkl")).err or where == "."
        # Named by the user it is a file like any other.
        done = tool.scan("--ignore", planted, folder)
        equal(verdicts(done.report)["evil.pkl"], "clean")
        assert b"is not used" not in done.err, done.err
        os.unlink(planted)


def no_rules(tool, tmp):
    path = write(tmp, "m/a.pkl")
    good = {"finding": "PRQ-PICKLE-001", "path": "*.pkl", "reason": "r", "expires": day(1)}
    with open(SCHEMA, encoding="utf-8") as text:
        schema = json.load(text)
    one = schema["properties"]["ignore"]["items"]
    equal(one["additionalProperties"], False)
    for member in one["required"]:
        bad = ignore_file(tmp, {key: value for key, value in good.items() if key != member})
        expect(tool.scan("--ignore", bad, path), "undecided", member)
    for member, value in (("gap", "encrypted"), ("sha256", "x"), ("until", day(1)),
                          ("path", "*"), ("expires", "soon"), ("reason", " "),
                          ("finding", "PRQ-\x1b[2J")):
        result = expect(tool.scan("--ignore", ignore_file(tmp, {**good, member: value}), path),
                        "undecided", member)
        printable(result.err)
        equal(result.out, b"")
    known = {"finding": "PRQ-PICKLE-001", "gap": "encrypted", "path": "*.pkl", "reason": "r",
             "sha256": "0" * 64, "expires": day(1)}
    equal(set(one["properties"]), set(known))
    for member in ("finding", "gap"):
        rule = {key: value for key, value in known.items()
                if key not in ({"finding", "gap"} - {member})}
        expect(tool.scan("--ignore", ignore_file(tmp, rule), path), "clean")
    for reason in one["properties"]["gap"]["enum"]:
        rule = {**good, "gap": reason}
        del rule["finding"]
        expect(tool.scan("--ignore", ignore_file(tmp, rule), path), "clean")
    for reason in ("limit", "crashed", "timed-out", "no-sandbox", "too-many", "unreadable"):
        rule = {**good, "gap": reason}
        del rule["finding"]
        expect(tool.scan("--ignore", ignore_file(tmp, rule), path), "undecided", "gap")


CASES = [only_what_is_new, a_changed_file_is_new, a_baseline_without_digests, other_rules_find_more,
         rolling_baselines, no_baseline, ignored, ignored_until, ignored_by_digest, ignored_shard,
         planted_rules, no_rules]
