"""The cache of results: the same report with it and without, and nobody else's words in it."""
import json
import os
import re
import shutil

from support import (CLEAN, EVIL, OPAQUE, UNKNOWN, by_name, equal, expect, printable, reasons,
                     slow_pickle, verdicts, write)
from cases_verdicts import archive, bomb


def models(tmp, count=12):
    folder = os.path.join(tmp, "m")
    for number in range(count):
        kind = (CLEAN, EVIL, UNKNOWN, OPAQUE)[number % 4]
        write(folder, f"{number}.pkl", kind + b"\n" * (number // 4) if kind != CLEAN else CLEAN)
    return folder


def scan(tool, cache, *args):
    """The report, and how many results came from the cache."""
    done = tool.scan("--verbose", "--cache", cache, *args)
    printable(done.err)
    found = re.search(rb", (\d+) from the cache", done.err)
    assert found, done.err
    return done, int(found[1])


def entries(cache):
    return sorted(name for name in os.listdir(cache) if name != "key")


def the_same_report(tool, tmp):
    folder, cache = models(tmp), os.path.join(tmp, "cache")
    cold, found = scan(tool, cache, folder)
    equal(found, 0)
    equal(os.stat(cache).st_mode & 0o7777, 0o700)
    assert len(entries(cache)) == 12, entries(cache)
    warm, found = scan(tool, cache, folder)
    equal(found, 12)
    assert warm.out == cold.out and warm.code == cold.code, "the cache shows"
    plain = tool.scan("--snapshot", "--isolate", "file", folder)
    assert plain.out == cold.out, "the cache shows"
    equal(cold.report["binding"], "snapshot")
    equal(scan(tool, cache, "--jobs", "1", folder)[0].out, cold.out)
    fed = tool.run("scan", "--verbose", "--cache", cache, "-", stdin=EVIL)
    assert b"0 from the cache" in expect(fed, "refused").err
    fed = tool.run("scan", "--verbose", "--cache", cache, "-", stdin=EVIL)
    assert b"1 from the cache" in expect(fed, "refused").err


def what_it_depends_on(tool, tmp):
    """Bytes, name, modules beside it, limits: any other is another question."""
    cache = os.path.join(tmp, "cache")
    path = write(tmp, "m/a.pkl", UNKNOWN)
    expected = expect(tool.scan(path), "refused").report["files"][0]["findings"]
    equal(scan(tool, cache, path)[1], 0)
    equal(scan(tool, cache, path)[1], 1)
    equal(scan(tool, cache, "--max-depth", "3", path)[1], 0)
    equal(scan(tool, cache, write(tmp, "m/b.bin", UNKNOWN))[1], 0)
    equal(scan(tool, cache, write(tmp, "n/a.pkl", UNKNOWN))[1], 1)
    done, found = scan(tool, cache, path)
    equal([found, done.report["files"][0]["findings"]], [1, expected])
    write(tmp, "m/acme_private_tools.py", b"x = 1\n")
    done, found = scan(tool, cache, os.path.join(tmp, "m"))
    equal(by_name(done.report)["a.pkl"]["verdict"], "malicious")
    write(tmp, "n/a.pkl", EVIL)
    done, found = scan(tool, cache, os.path.join(tmp, "n/a.pkl"))
    equal([found, verdicts(done.report)], [0, {"a.pkl": "malicious"}])


def spoilt_entries(tool, tmp):
    """What was changed, exchanged or made by another key is not used, and is said to be there."""
    cache = os.path.join(tmp, "cache")
    evil, clean = write(tmp, "evil.pkl", EVIL), write(tmp, "clean.pkl", CLEAN)
    scan(tool, cache, clean)
    of_clean, = entries(cache)
    scan(tool, cache, evil)
    of_evil, = set(entries(cache)) - {of_clean}

    def expect_spoilt(count):
        done, found = scan(tool, cache, evil)
        expect(done, "refused", f"{count} results of the cache are not as they were written")
        equal([found, verdicts(done.report)], [0, {"evil.pkl": "malicious"}])
        equal(scan(tool, cache, evil)[1], 1, "it was written anew")

    with open(os.path.join(cache, of_evil), "rb") as entry:
        good = entry.read()
    for at in (0, 31, 32, len(good) // 2, len(good) - 1):
        with open(os.path.join(cache, of_evil), "wb") as entry:
            entry.write(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
        expect_spoilt(1)
    for bad in (b"", good[:-1], good[:31], good + b"\0"):
        with open(os.path.join(cache, of_evil), "wb") as entry:
            entry.write(bad)
        expect_spoilt(1)
    # The result of a clean file under the name of the other one.
    shutil.copy(os.path.join(cache, of_clean), os.path.join(cache, of_evil))
    expect_spoilt(1)
    with open(os.path.join(cache, "key"), "r+b") as key:
        key.write(bytes(32))
    expect_spoilt(1)
    # A link, a folder or a pipe is no result, and is not waited for.
    for make in (lambda path: os.symlink(os.path.join(cache, of_clean), path), os.mkdir, os.mkfifo):
        path = os.path.join(cache, of_evil)
        os.unlink(path)
        make(path)
        done, found = scan(tool, cache, evil)
        equal([found, verdicts(done.report)], [0, {"evil.pkl": "malicious"}])
        if os.path.isdir(path):
            os.rmdir(path)
            write(cache, of_evil)


def whose_folder(tool, tmp):
    path = write(tmp, "a.pkl")
    for mode in (0o755, 0o770, 0o701):
        folder = os.path.join(tmp, "open")
        os.mkdir(folder)
        os.chmod(folder, mode)
        result = expect(tool.scan("--cache", folder, path), "undecided", "others may look into it")
        equal([result.out, os.listdir(folder)], [b"", []])
        os.rmdir(folder)
    real = os.path.join(tmp, "real")
    os.mkdir(real, 0o700)
    os.symlink(real, os.path.join(tmp, "link"))
    for bad in ("link", "a.pkl", "none/cache"):
        result = expect(tool.scan("--cache", os.path.join(tmp, bad), path), "undecided",
                        "the cache cannot be used")
        equal(result.out, b"")
    expect(tool.scan("--cache", real, path), "clean")
    os.chmod(os.path.join(real, "key"), 0o644)
    expect(tool.scan("--cache", real, path), "undecided", "private key that others may read")
    if os.geteuid() == 0:
        os.chmod(os.path.join(real, "key"), 0o600)
        os.chown(real, 65534, -1)
        expect(tool.scan("--cache", real, path), "undecided", "somebody else's folder")


def key_elsewhere(tool, tmp):
    """Who has the folder and not the key cannot say anything by it."""
    path, cache = write(tmp, "a.pkl", EVIL), os.path.join(tmp, "cache")
    keys = [write(tmp, name, os.urandom(32)) for name in ("one", "two")]
    for key in keys:
        expect(tool.scan("--cache", cache, "--cache-key", key, path), "undecided", "chmod 600")
        os.chmod(key, 0o600)
    equal(scan(tool, cache, "--cache-key", keys[0], path)[1], 0)
    equal(scan(tool, cache, "--cache-key", keys[0], path)[1], 1)
    assert "key" not in os.listdir(cache)
    done, found = scan(tool, cache, "--cache-key", keys[1], path)
    equal(found, 0)
    expect(done, "refused", "not as they were written")
    os.chmod(write(tmp, "short", bytes(31)), 0o600)
    expect(tool.scan("--cache", cache, "--cache-key", os.path.join(tmp, "short"), path),
           "undecided", "less than 32 bytes")
    expect(tool.scan("--cache-key", keys[0], path), "usage")


def never_kept(tool, tmp):
    """What went wrong here may go well the next time."""
    cache = os.path.join(tmp, "cache")
    nested = CLEAN
    for level in range(5):
        nested = archive({f"level{level}.zip": nested})
    for name, data, options, reason in (
            ("slow.pkl", slow_pickle(400), ("--max-seconds", "1"), "timed-out"),
            ("nested.zip", nested, ("--max-depth", "3"), "limit"),
            ("bomb.zip", bomb(4 << 20), ("--max-bytes", "1MiB"), "limit")):
        path = write(tmp, name, data)
        for _ in range(2):
            done, found = scan(tool, cache, *options, path)
            equal(found, 0, name)
            assert reason in reasons(done.report["files"][0]), done.out
        equal(entries(cache), [], name)
    scan(tool, cache, os.path.join(tmp, "none"))
    equal(entries(cache), [])
    # A gap that is about the bytes is as good as a finding.
    path = write(tmp, "opaque.bin", OPAQUE)
    scan(tool, cache, path)
    done, found = scan(tool, cache, path)
    equal([found, done.code], [1, 2])


def references_are_followed_anew(tool, tmp):
    cache, folder = os.path.join(tmp, "cache"), os.path.join(tmp, "m")
    write(folder, "w.bin", CLEAN)
    index = "pytorch_model.bin.index.json"
    write(folder, index, json.dumps({"metadata": {}, "weight_map": {"a": "w.bin"}}).encode())
    equal(verdicts(scan(tool, cache, folder)[0].report), {index: "clean", "w.bin": "clean"})
    write(folder, "w.bin", EVIL)
    done, found = scan(tool, cache, folder)
    equal([found, verdicts(done.report)], [1, {index: "malicious", "w.bin": "malicious"}])
    os.unlink(os.path.join(folder, "w.bin"))
    done, found = scan(tool, cache, folder)
    equal([found, reasons(by_name(done.report)[index])], [1, {"not-present"}])


def bounded(tool, tmp):
    folder, cache = models(tmp, 80), os.path.join(tmp, "cache")
    for number in range(80):
        write(folder, f"{number}.pkl", b"\x80\x02K" + bytes([number]) + b".")
    scan(tool, cache, "--jobs", "1", "--cache-size", "128KiB", folder)
    assert 10 <= len(entries(cache)) <= 31, len(entries(cache))
    write(cache, "new-0123")
    os.utime(os.path.join(cache, "new-0123"), (1, 1))
    scan(tool, cache, "--jobs", "1", "--cache-size", "16KiB", folder)
    assert len(entries(cache)) <= 3 and "new-0123" not in entries(cache), entries(cache)
    assert "key" in os.listdir(cache)


CASES = [the_same_report, what_it_depends_on, spoilt_entries, whose_folder, key_elsewhere,
         never_kept, references_are_followed_anew, bounded]
