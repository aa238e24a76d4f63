"""What the cases share: running the program, its reports as Python objects, and small inputs.

The payloads name `os.system("true")` and are never loaded here; only the program reads them."""
import json
import os
import pathlib
import pickle
import subprocess
import time

CLEAN = pickle.dumps({"weights": [1.5, 2.5], "name": "net"}, 4)
EVIL = b"\x80\x02cos\nsystem\n(X\x04\x00\x00\x00truetR."
UNKNOWN = b"\x80\x02cacme_private_tools\nthing\n)R."
# No format has this front, and nothing in it starts a pickle.
OPAQUE = bytes(range(0x91, 0xfb)) * 8

CODES = {"clean": 0, "refused": 1, "undecided": 2, "usage": 64}
# Characters that no report may hold unescaped: controls but the line feed, and what reorders text.
UNPRINTABLE = [chr(c) for c in [*range(0x20), *range(0x7f, 0xa0)] if c != 10] + [
    "\u200e", "\u200f", "\u202a", "\u202e", "\u2066", "\u2069", "\ufeff"]


class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def report(self):
        return json.loads(self.out)


class Tool:
    def __init__(self, program):
        self.program = str(pathlib.Path(program).resolve())

    def run(self, *args, stdin=b"", timeout=60, **more):
        done = subprocess.run([self.program, *map(os.fsencode, args)], input=stdin, timeout=timeout,
                              capture_output=True, check=False, **more)
        return Result(done.returncode, done.stdout, done.stderr)

    def scan(self, *args, **more):
        return self.run("scan", "--format", "json", *args, **more)

    def start(self, *args, **more):
        return subprocess.Popen([self.program, *map(os.fsencode, args)], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def finish(process, timeout=60):
    out, err = process.communicate(timeout=timeout)
    return Result(process.returncode, out, err)


def write(folder, name, data=CLEAN):
    path = os.path.join(os.fsencode(folder), os.fsencode(name))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as out:
        out.write(data)
    return os.fsdecode(path)


def by_name(report):
    """The files of a report by their last component."""
    return {file["path"].rsplit("/", 1)[-1]: file for file in report["files"]}


def verdicts(report):
    return {name: file["verdict"] for name, file in by_name(report).items()}


def reasons(file):
    return {gap["reason"] for gap in file["gaps"]}


def rules(file):
    return {finding["rule"] for finding in file["findings"]}


def equal(got, expected, what=""):
    assert got == expected, f"{what}: got {got!r}, expected {expected!r}"


def expect(result, code, *in_err):
    """The exit code, and words on standard error; an internal error is never what a case wants."""
    shown = f"exit {result.code}, out {result.out[-300:]!r}, err {result.err[-300:]!r}"
    assert result.code == CODES[code], f"not {code}: {shown}"
    assert b"internal error" not in result.err, shown
    for word in in_err:
        assert word.encode() in result.err, f"no {word!r} on stderr: {shown}"
    return result


def printable(data):
    text = data.decode("utf-8")  # strict: what is no UTF-8 fails here
    found = [hex(ord(c)) for c in UNPRINTABLE if c in text]
    assert not found, f"unescaped {found}"
    return text


def slow_pickle(megabytes):
    """A valid, harmless pickle that takes a while: NONE POP over and over."""
    return b"\x80\x02" + b"N0" * (megabytes * 500_000) + b"N."


def worker_of(process, busy=0.05, patience=20):
    """The process id of a child of `process` once it has used `busy` seconds of processor time."""
    tick = os.sysconf("SC_CLK_TCK")
    until = time.monotonic() + patience
    while time.monotonic() < until and process.poll() is None:
        for task in pathlib.Path(f"/proc/{process.pid}/task").glob("*/children"):
            try:
                for child in task.read_text().split():
                    stat = pathlib.Path(f"/proc/{child}/stat").read_text()
                    fields = stat.rsplit(") ", 1)[1].split()
                    if (int(fields[11]) + int(fields[12])) / tick >= busy:
                        return int(child)
            except (OSError, IndexError):
                continue  # it ended while it was looked at
        time.sleep(0.005)
    raise AssertionError("no busy worker was seen")
