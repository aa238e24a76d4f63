"""Exit codes, and reports that programs read."""
import json
import hashlib
import io
import os
import random
import zipfile

from support import (CLEAN, CODES, EVIL, OPAQUE, UNKNOWN, by_name, equal, expect, printable,
                     reasons, rules, verdicts, write)

# What a folder holds -> exit code for each --fail-on.
EXITS = {
    ("clean",): {"malicious": 0, "suspicious": 0, "incomplete": 0},
    ("gap",): {"malicious": 2, "suspicious": 2, "incomplete": 1},
    ("suspicious",): {"malicious": 0, "suspicious": 1, "incomplete": 1},
    ("malicious",): {"malicious": 1, "suspicious": 1, "incomplete": 1},
    ("suspicious", "gap"): {"malicious": 2, "suspicious": 1, "incomplete": 1},
    ("malicious", "gap"): {"malicious": 1, "suspicious": 1, "incomplete": 1},
    ("clean", "suspicious"): {"malicious": 0, "suspicious": 1, "incomplete": 1},
    ("clean", "gap"): {"malicious": 2, "suspicious": 2, "incomplete": 1},
}
CONTENTS = {"clean": CLEAN, "gap": OPAQUE, "suspicious": UNKNOWN, "malicious": EVIL}


def exit_codes(tool, tmp):
    for number, (kinds, codes) in enumerate(EXITS.items()):
        folder = os.path.join(tmp, str(number))
        for kind in kinds:
            write(folder, kind + ".pkl", CONTENTS[kind])
        for fail_on, code in codes.items():
            equal(tool.run("scan", "--fail-on", fail_on, folder).code, code, (kinds, fail_on))
        equal(tool.run("scan", folder).code, codes["suspicious"], kinds)


def worst_verdict_of_a_report(tool, tmp):
    for kind, verdict in (("clean", "clean"), ("gap", "incomplete"), ("suspicious", "suspicious"),
                          ("malicious", "malicious")):
        write(tmp, kind, CONTENTS[kind])
        equal(tool.scan(tmp).report["verdict"], verdict)


def json_keys(tool, tmp):
    path = write(tmp, "evil.pkl", EVIL)
    opaque = write(tmp, "opaque.bin", OPAQUE)
    report = tool.scan(path, opaque).report
    for key in ("schema_version", "tool", "isolation", "binding", "verdict", "files"):
        assert key in report, key
    equal(report["schema_version"], 1)
    equal(report["tool"]["name"], "pratique")
    assert report["tool"]["rules_digest"].startswith("sha256:")
    equal(len(report["tool"]["rules_digest"]), 7 + 64)
    assert report["isolation"]["tier"] in ("basic", "strong", "full")
    evil, gap = report["files"]
    equal([evil["path"], gap["path"]], [path, opaque])
    equal(set(evil), {"path", "size", "group", "binding", "identities", "verdict", "findings",
                      "gaps"})
    equal([report["binding"], evil["binding"]], ["weak", "weak"])
    equal(evil["size"], len(EVIL))
    equal(evil["identities"], ["pickle"])
    finding = evil["findings"][0]
    equal(set(finding), {"rule", "severity", "capabilities", "artifact", "offset", "evidence",
                         "message"})
    equal(finding["rule"], "PRQ-PICKLE-001")
    equal(finding["severity"], "critical")
    assert "execute" in finding["capabilities"]
    equal(finding["artifact"], "")
    equal(EVIL[finding["offset"]:finding["offset"] + 1], b"R")
    assert 'os.system("true")' in finding["evidence"], finding["evidence"]
    equal(set(gap["gaps"][0]), {"reason", "artifact", "offset", "message"})
    equal(reasons(gap), {"unknown-format"})


def many(tmp):
    source = random.Random(7)
    for number in range(600):
        kind = source.choice(list(CONTENTS))
        write(tmp, f"{number % 7}/{number}.pkl", CONTENTS[kind])


def deterministic(tool, tmp):
    many(tmp)
    first = tool.scan(tmp).out
    equal(len(tool.scan(tmp).report["files"]), 600)
    assert first == tool.scan(tmp).out, "two scans differ"
    for options in (("--jobs", "1"), ("--jobs", "4")):
        assert tool.scan(*options, tmp).out == first, options
    text = tool.run("scan", "--all", tmp).out
    assert text == tool.run("scan", "--all", "--jobs", "1", tmp).out


def isolate_each_file(tool, tmp):
    for number in range(8):
        write(tmp, f"{number}.pkl", EVIL if number % 2 else CLEAN)
    apart, together = (json.loads(tool.scan(*more, tmp).out)["files"]
                       for more in (("--isolate", "file"), ()))
    assert len({file.pop("group") for file in apart}) == len(apart)
    equal({file.pop("group") for file in together}, {1})
    equal(apart, together)


def digest(tool, tmp):
    data = {"a.pkl": CLEAN, "empty": b"", "big.bin": os.urandom(3_000_001), "evil.pkl": EVIL}
    for name, content in data.items():
        write(tmp, name, content)
    found = by_name(tool.scan("--digest", tmp).report)
    for name, content in data.items():
        equal(found[name]["sha256"], hashlib.sha256(content).hexdigest(), name)
    assert all("sha256" not in file for file in tool.scan(tmp).report["files"])


def snapshot(tool, tmp):
    """The same report from a copy, in memory or on disk, with the digest of what was looked at."""
    data = {"a.pkl": CLEAN, "empty": b"", "big.bin": os.urandom(9_000_001), "evil.pkl": EVIL}
    for name, content in data.items():
        write(tmp, "in/" + name, content)
    top, copies = os.path.join(tmp, "in"), os.path.join(tmp, "copies")
    os.mkdir(copies)
    live = tool.scan("--digest", top).report
    for more in ((), ("--max-snapshot", "0"), ("--max-snapshot", "1MiB"), ("--jobs", "1"),
                 ("--isolate", "file")):
        report = tool.scan("--snapshot", "--snapshot-folder", copies, *more, top).report
        equal(report["binding"], "snapshot", more)
        for copied, original in zip(report["files"], live["files"]):
            equal(copied["binding"], "snapshot")
            equal(copied["sha256"], hashlib.sha256(data[copied["path"][len(top) + 1:]]).hexdigest())
            same = {"binding": 0, "group": 0}
            equal({**copied, **same}, {**original, **same})
        equal(os.listdir(copies), [])
    missing = tool.scan("--snapshot", "--max-snapshot", "0", "--snapshot-folder",
                        os.path.join(tmp, "none"), top)
    for name, file in by_name(expect(missing, "undecided").report).items():
        if name != "empty":  # nothing needs no room
            equal(reasons(file), {"unreadable"})
    expect(tool.scan("--max-snapshot", "1MiB", top), "usage")


def many_snapshots(tool, tmp):
    """More than are copied ahead of the workers at one time."""
    for number in range(300):
        write(tmp, f"{number:03}.pkl", (EVIL if number % 3 == 0 else CLEAN) + bytes(1 << 20))
    live, copied = tool.scan(tmp).report, tool.scan("--snapshot", tmp).report
    equal(len(copied["files"]), 300)
    for file in copied["files"]:
        file["binding"] = "weak"
        del file["sha256"]
    equal(copied["files"], live["files"])


def archive(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, data in members.items():
            target.writestr(name, data)
    return out.getvalue()


def artifact_chain(tool, tmp):
    inner = archive({"deep/evil.pkl": EVIL, "ok.pkl": CLEAN})
    path = write(tmp, "outer.zip", archive({"inner.zip": inner}))
    finding = tool.scan(path).report["files"][0]["findings"][0]
    equal(finding["artifact"], "inner.zip!deep/evil.pkl")
    equal(EVIL[finding["offset"]:finding["offset"] + 1], b"R")


def hostile_contents(tool, tmp):
    """Names inside an archive and strings inside a pickle are the file's words, not ours."""
    esc = b"\x1b]0;owned\x07\nfake: clean"
    pickled = b"\x80\x02cos\nsystem\n(X" + len(esc).to_bytes(4, "little") + esc + b"tR."
    write(tmp, "text.pkl", pickled)
    member = "a\x1b[2J\u202e\nb.pkl"
    write(tmp, "names.zip", archive({member: EVIL}))
    for command in (("scan", "--format", "json"), ("scan",), ("explain",)):
        for name in ("text.pkl", "names.zip"):
            result = tool.run(*command, os.path.join(tmp, name))
            printable(result.out)
            printable(result.err)
            assert b"fake: clean\n" not in result.out


def text_report(tool, tmp):
    write(tmp, "clean.pkl")
    path = write(tmp, "evil.pkl", EVIL)
    short = tool.run("scan", tmp).out.decode()
    assert path in short and "PRQ-PICKLE-001" in short and "clean.pkl" not in short, short
    assert "2 files: 1 malicious, 1 clean" in short, short
    assert "clean.pkl" in tool.run("scan", "--all", tmp).out.decode()
    assert "clean.pkl" in tool.run("scan", os.path.join(tmp, "clean.pkl")).out.decode()
    assert "\x1b" not in short


def limits(tool, tmp):
    nested = CLEAN
    for level in range(5):
        nested = archive({f"level{level}.zip": nested})
    path = write(tmp, "nested.zip", nested)
    expect(tool.scan(path), "clean")
    for options, name, data in (
            (("--max-depth", "3"), "nested.zip", nested),
            (("--max-members", "3"), "many.zip", archive({str(n): CLEAN for n in range(9)})),
            (("--max-bytes", "1MiB"), "bomb.zip", bomb(4 << 20)),
            (("--max-ratio", "10"), "bomb.zip", bomb(96 << 20))):
        result = tool.scan(*options, write(tmp, name, data))
        file = result.report["files"][0]
        assert "limit" in reasons(file), (options, file)
        assert result.code != 0, options
    for bad in (("--max-depth", "-1"), ("--max-depth", "x"), ("--max-bytes", "5 apples")):
        expect(tool.run("scan", *bad, path), "usage")


def bomb(size):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("numbers.txt", b"0" * size)
    return out.getvalue()


def default_bomb(tool, tmp):
    """More than the default ratio: a gap and a finding, in good time."""
    result = tool.scan(write(tmp, "bomb.zip", bomb(256 << 20)), timeout=30)
    assert result.code != CODES["clean"]
    assert "limit" in reasons(result.report["files"][0])
    assert rules(result.report["files"][0]), "a bomb is a finding, too"


def same_file_twice(tool, tmp):
    path = write(tmp, "a.pkl", EVIL)
    equal(verdicts(expect(tool.scan(path, path), "refused").report), {"a.pkl": "malicious"})


CASES = [exit_codes, worst_verdict_of_a_report, json_keys, deterministic, isolate_each_file, digest,
         snapshot, many_snapshots,
         artifact_chain, hostile_contents, text_report, limits, default_bomb, same_file_twice]
