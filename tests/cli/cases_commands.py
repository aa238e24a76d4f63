"""The commands beside scan, and usage."""
import json
import os
import pathlib

from support import CLEAN, EVIL, UNKNOWN, equal, expect, printable, write
from cases_verdicts import archive

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def usage(tool, tmp):
    path = write(tmp, "a.pkl")
    for args in ([], ["scan"], ["scna", path], ["scan", "--format", "xml", path], ["explain"],
                 ["scan", "--fail-on", "clean", path], ["scan", "--jobs", "many", path], ["rules"],
                 ["rules", "show"], ["scan", "--isolate", "nothing", path], ["sandbox"],
                 ["scan", "--min-isolation", "none", path], ["explain", path, path]):
        result = expect(tool.run(*args), "usage")
        assert result.err and not result.out, args
    for args in (["--help"], ["scan", "--help"], ["explain", "--help"], ["rules", "--help"],
                 ["sandbox", "check", "--help"]):
        text = printable(expect(tool.run(*args), "clean").out)
        assert "Usage" in text, args
        assert "/build/" not in text, "paths of the build do not belong here"
    assert "Exit codes" in tool.run("--help").out.decode()
    version = expect(tool.run("--version"), "clean").out.decode().split()
    equal(version[0], "pratique")
    assert version[1][0].isdigit()


def usage_is_printable(tool, _):
    result = expect(tool.run("scan", b"--no\x1b[2Jsuch\xff"), "usage")
    printable(result.err)


def explain(tool, tmp):
    text = printable(expect(tool.run("explain", write(tmp, "a.pkl", EVIL)), "clean").out)
    for word in ("PROTO", "GLOBAL", "REDUCE", "STOP", "os.system", "PRQ-PICKLE-001"):
        assert word in text, word
    assert "PRQ-" not in tool.run("explain", write(tmp, "b.pkl", CLEAN)).out.decode()
    zipped = archive({"m/data.pkl": UNKNOWN, "m/version": b"3\n"})
    text = expect(tool.run("explain", write(tmp, "c.pt", zipped)), "clean").out.decode()
    assert "m/data.pkl" in text and "acme_private_tools" in text, text
    result = expect(tool.run("explain", write(tmp, "d.txt", b"just words\n")), "clean", "no pickle")
    equal(result.out, b"")


def explain_broken(tool, tmp):
    """What stands before the damage is listed, and that there is damage is said."""
    result = tool.run("explain", write(tmp, "cut.pkl", EVIL[:-6]))
    text = printable(result.out)
    assert "GLOBAL" in text and "os.system" in text, text
    expect(result, "undecided", "not all was read")


def explain_locked(tool, _):
    """What cannot be read is not "no pickle in this file"."""
    sample = SOURCE / "samples/files/c-zip/encrypted-member__zipcrypto.pt"
    result = expect(tool.run("explain", sample), "undecided", "encrypted", "data.pkl")
    assert b"no pickle" not in result.err


def explain_sample(tool, _):
    sample = SOURCE / "samples/files/c-zip/control-torchzip__pt.pt"
    text = printable(expect(tool.run("explain", sample), "clean").out)
    assert "data.pkl" in text and "PRQ-PICKLE-001" in text, text[-500:]


def explain_unreadable(tool, tmp):
    for path in (os.path.join(tmp, "missing"), tmp, "/dev/zero"):
        result = expect(tool.run("explain", path, timeout=20), "undecided", "pratique:")
        equal(b"a folder, not a file" in result.err, path == tmp)
        equal(result.out, b"")


def rules_list(tool, _):
    lines = expect(tool.run("rules", "list"), "clean").out.decode().splitlines()
    assert len(lines) > 100
    assert any(line.startswith("PRQ-PICKLE-001 ") and "critical" in line for line in lines)
    shown = tool.run("rules", "show", lines[0].split()[0])
    assert lines[0].split()[0] in expect(shown, "clean").out.decode()


def rules_show(tool, _):
    text = expect(tool.run("rules", "show", "os.system"), "clean").out.decode()
    for word in ("dangerous", "critical", "execute", "why"):
        assert word in text, text
    text = expect(tool.run("rules", "show", "PRQ-PICKLE-001"), "clean").out.decode()
    assert "critical" in text and "advice" in text, text
    # What a pickle may call it, not only how it is defined.
    for name in ("posix.system", "builtins.eval", "numpy.core.multiarray._reconstruct"):
        expect(tool.run("rules", "show", name), "clean")
    for name in ("acme.thing", "PRQ-PICKLE-999", "", "\x1b[2J"):
        printable(expect(tool.run("rules", "show", name), "undecided", "no rule").err)


RULE = {"id": "ACME-THING", "verdict": "vetted", "title": "Plain data", "kind": "class",
        "why": "Its source was read.", "match": ["acme.Thing"], "effects": ["newobj", "build"],
        "evidence": "acme 1.0", "examples": {"hit": ["acme.Thing"], "miss": ["acme.Other"]}}


def rules_lint(tool, tmp):
    own = [str(path) for path in sorted((SOURCE / "rules").glob("*.json"))]
    result = tool.run("rules", "lint", *own)
    assert own and result.out == b"" and result.code == 0, result.out[-500:]
    for number, text in enumerate((b"", b"{", b"[]", b'{"rules": 1}', b"\xff\xfe",
                                   b'{"about": "x", "rules": [], "rules": []}', b"[" * 100_000,
                                   json.dumps({"about": "x", "rules": [
                                       {**RULE, "examples": {"hit": ["acme.Other"],
                                                             "miss": ["acme.Thing"]}}]}).encode())):
        result = tool.run("rules", "lint", write(tmp, f"bad{number}.json", text))
        assert printable(expect(result, "refused").out), f"{text[:40]}: no complaint"
    expect(tool.run("rules", "lint", os.path.join(tmp, "missing.json")), "undecided", "cannot read")
    expect(tool.run("rules", "lint", tmp), "undecided", "cannot read")


def sandbox_check(tool, _):
    text = expect(tool.run("sandbox", "check"), "clean").out.decode()
    assert "FAILED" not in text and "seccomp" in text, text
    tried = json.loads(expect(tool.run("sandbox", "check", "--format", "json"), "clean").out)
    assert text.startswith(f"tier {tried['isolation']['tier']}\n\n"), text
    equal(len(tried["attempts"]) + 2, len(text.splitlines()))
    for row in tried["attempts"]:
        equal(set(row), {"layer", "attempt", "expected", "got", "ok", "needed"})
        assert row["ok"] or not row["needed"], row
    full = tool.run("sandbox", "check", "--min-isolation", "full")
    expect(full, "clean" if tried["isolation"]["tier"] == "full" else "undecided")



CASES = [usage, usage_is_printable, explain, explain_broken, explain_locked, explain_sample,
         explain_unreadable, rules_list, rules_show, rules_lint, sandbox_check]
