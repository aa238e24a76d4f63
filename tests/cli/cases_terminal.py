"""What a terminal shows: progress, colours, how much is said; what an interrupt leaves behind."""
import os
import re
import signal
import subprocess
import time

from cases_interrupt import gone
from support import (CLEAN, EVIL, OPAQUE, UNKNOWN, equal, expect, printable, slow_pickle, worker_of,
                     write)
from terminal import CLEAR, Terminal

INTERRUPTED = b"pratique: interrupted\r\n"
LINE = re.compile(r"\d of 6 files( \(\d+ %\))?(, [\d.]+ files/s)?(, \d+:\d\d( left)?)?")


def slow(tmp, count=6, megabytes=16):
    for number in range(count):
        write(tmp, f"slow/{number}.pkl", slow_pickle(megabytes))
    return os.path.join(tmp, "slow")


def progress_line(tool, tmp):
    """It comes after a while, says how far and how long, fits the width, and is taken away."""
    for columns in (80, 24):
        terminal = Terminal(tool, "scan", "--jobs", "1", slow(tmp), columns=columns)
        code, out = terminal.finish()
        equal(code, 0)
        lines = terminal.progress()
        assert lines, "no progress was shown"
        for line in lines:
            assert len(line) < columns, (columns, line)
            assert LINE.fullmatch(line), line
        if columns == 80:
            assert any(re.search(r"\(\d+ %\), [\d.]+ files/s, \d+:\d\d left$", line)
                       for line in lines), lines
        assert terminal.drawn.endswith(CLEAR), terminal.drawn[-50:]
        assert b"6 files: 6 clean" in out and b"\x1b" not in out and b"\r" not in out


def progress_of_bytes(tool, tmp):
    """A rate of bytes is shown where all of them are read."""
    terminal = Terminal(tool, "scan", "--digest", "--jobs", "1", slow(tmp))
    terminal.read_until(b"B/s")
    equal(terminal.finish()[0], 0)


def no_progress(tool, tmp):
    """None where nobody would see it, or where it was not asked for."""
    folder = slow(tmp)
    done = tool.run("scan", "--jobs", "1", folder)
    equal([done.code, done.err], [0, b""])
    for args, env in ((("--quiet",), {}), ((), {"TERM": "dumb"})):
        terminal = Terminal(tool, "scan", "--jobs", "1", *args, folder, env=env)
        equal(terminal.finish()[0], 0)
        equal(terminal.drawn, b"", args)
    write(tmp, "fast.pkl")
    terminal = Terminal(tool, "scan", os.path.join(tmp, "fast.pkl"))
    equal(terminal.finish()[0], 0)
    equal(terminal.drawn, b"")


def interrupt(tool, folder, number, code):
    """Workers end, the line is taken away, and nothing is reported but that. Returns how long that
    took."""
    terminal = Terminal(tool, "scan", "--jobs", "1", folder)
    terminal.read_until(b"of 4 files")
    worker = worker_of(terminal.process)
    began = time.monotonic()
    terminal.process.send_signal(number)
    got, out = terminal.finish()
    took = time.monotonic() - began
    equal([got, out], [code, b""], number)
    assert terminal.drawn.endswith(CLEAR + INTERRUPTED), terminal.drawn[-60:]
    assert gone(worker), "the worker was left behind"
    return took


def interrupted(tool, tmp):
    """It comes to its end by itself, before the two seconds are over after which it is made to."""
    folder = slow(tmp, 4, 100)
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
        # On a machine with much else to do, the best of a few tells.
        assert any(interrupt(tool, folder, number, code) < 1.5 for _ in range(4)), number


def ignored_signal(tool, tmp):
    """Who starts it with a signal ignored, as nohup does, means it."""
    folder = slow(tmp, 2, 50)
    process = tool.start("scan", "--jobs", "1", folder,
                         preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    worker_of(process)
    process.send_signal(signal.SIGHUP)
    out, _ = process.communicate(timeout=60)
    equal(process.returncode, 0)
    assert b"2 files: 2 clean" in out, out


def closed_pipe(tool, tmp):
    """As `| head` closes it: no word about it."""
    for number in range(3000):
        write(tmp, f"in/{number}.pkl", EVIL)
    script = f'"{tool.program}" scan "{tmp}/in" | head -1'
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=False, timeout=60)
    assert done.stdout.count(b"\n") == 1, done.stdout
    equal(done.stderr, b"")


def colours(tool, tmp):
    """One place decides: the option, NO_COLOR, CLICOLOR_FORCE, the terminal."""
    path = write(tmp, "evil.pkl", EVIL)
    for on_terminal, args, env, expected in (
            (True, (), {}, True), (False, (), {}, False),
            (True, (), {"NO_COLOR": "1"}, False), (True, (), {"NO_COLOR": ""}, True),
            (True, (), {"TERM": "dumb"}, False),
            (False, (), {"CLICOLOR_FORCE": "1"}, True), (False, (), {"CLICOLOR_FORCE": "0"}, False),
            (False, (), {"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, False),
            (True, ("--color", "never"), {"CLICOLOR_FORCE": "1"}, False),
            (False, ("--color", "always"), {"NO_COLOR": "1"}, True),
            (True, ("--color", "auto"), {}, True)):
        terminal = Terminal(tool, "scan", *args, path, out_too=on_terminal, env=env)
        code, out = terminal.finish()
        equal(code, 1)
        shown = terminal.drawn + out
        equal(b"\x1b[31mmalicious\x1b[0m" in shown, expected, (on_terminal, args, env))
        equal(b"\x1b" in shown, expected, (on_terminal, args, env))
    expect(tool.run("scan", "--color", "blue", path), "usage")
    assert b"\x1b" not in tool.scan("--color", "always", path).out, "JSON has no colours"


def quiet(tool, tmp):
    """Only what decides, and nothing if that is nothing."""
    for name, data in (("clean.pkl", CLEAN), ("evil.pkl", EVIL), ("unknown.pkl", UNKNOWN),
                       ("opaque.bin", OPAQUE)):
        write(tmp, name, data)
    text = printable(expect(tool.run("scan", "--quiet", tmp), "refused").out)
    for word in ("evil.pkl", "unknown.pkl", "opaque.bin", "PRQ-PICKLE-001", "unknown-format"):
        assert word in text, word
    for word in ("clean.pkl", "files:", "isolation"):
        assert word not in text, word
    text = tool.run("scan", "-q", "--fail-on", "malicious", tmp).out.decode()
    assert "evil.pkl" in text and "opaque.bin" in text and "unknown.pkl" not in text, text
    done = expect(tool.run("scan", "--quiet", os.path.join(tmp, "clean.pkl")), "clean")
    equal([done.out, done.err], [b"", b""])
    expect(tool.run("scan", "--quiet", "--verbose", tmp), "usage")
    equal(tool.scan("--quiet", tmp).out, tool.scan(tmp).out)


def verbose(tool, tmp):
    """Identity, group, digest and binding of each file, and on standard error how it went."""
    path = write(tmp, "evil.pkl", EVIL)
    write(tmp, "clean.pkl")
    done = expect(tool.run("scan", "--verbose", "--digest", tmp), "refused")
    report = tool.scan("--digest", tmp).report
    text = printable(done.out)
    for file in report["files"]:
        if file["path"] == path:
            for word in (f"{file['size']} bytes, group {file['group']}", "binding weak",
                         f"sha256 {file['sha256']}", "pickle  malicious"):
                assert word in text, (word, text)
    assert re.fullmatch(rb"pratique: 2 files of \d+ bytes in \d+\.\d\d s\n", done.err), done.err
    equal(tool.run("scan", "--digest", tmp).err, b"")


CASES = [progress_line, progress_of_bytes, no_progress, interrupted, ignored_signal,
          closed_pipe, colours, quiet, verbose]
