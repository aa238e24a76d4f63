"""Signals that end a command: at several moments of every one that may take long. Inputs are sparse
files of many gigabytes, which take no room and a while to read, or slow pickles."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

from signing_support import folder, key, sign
from support import equal, slow_pickle, worker_of, write

MIB = 1 << 20
HUGE = 24 << 30
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
INTERRUPTED = b"pratique: interrupted\n"


def sparse(path, size=HUGE, head=b""):
    with open(path, "wb") as out:
        out.write(head)
        out.truncate(size)
    return path


def sparse_tensors(path, size=HUGE):
    """One tensor of zeros, as safetensors."""
    head = json.dumps({"w": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    return sparse(path, 8 + len(head) + size, len(head).to_bytes(8, "little") + head)


def moved(process):
    """Bytes that all threads of a process have read and written so far."""
    try:
        lines = pathlib.Path(f"/proc/{process.pid}/io").read_text(encoding="utf-8").splitlines()
        return sum(int(line.split()[1]) for line in lines[:2])
    except (OSError, IndexError):
        return 0


def has_moved(amount):
    def wait(process):
        until = time.monotonic() + 60
        while moved(process) < amount:
            assert process.poll() is None, f"it ended: {process.communicate()}"
            assert time.monotonic() < until, f"it has moved {moved(process)} of {amount} bytes"
            time.sleep(0.002)
    return wait


def names(top):
    return sorted(str(path) for path in pathlib.Path(top).rglob("*"))


def children(process):
    out = set()
    for task in pathlib.Path(f"/proc/{process.pid}/task").glob("*/children"):
        try:
            out |= set(map(int, task.read_text().split()))
        except OSError:
            pass  # a thread that has ended
    return out


def gone(pid, patience=10):
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        except OSError:
            return True
        if stat.rsplit(") ", 1)[1][0] == "Z":
            return True
        time.sleep(0.01)
    return False


def interrupt(process, top, moment, number, code, before):
    """It ends soon, with the code of the signal; one line is said, and nothing is left."""
    moment(process)
    workers = children(process)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    what = (process.args, number, out[-300:], err[-300:])
    equal([process.returncode, out, err], [code, b"", INTERRUPTED], what)
    assert all(gone(pid) for pid in workers), ("a worker was left behind", what)
    equal(names(top), before, what)


def at_moments(tool, top, command, *moments):
    """Each moment with another signal."""
    before = names(top)
    for moment, (number, code) in zip(moments, SIGNALS):
        interrupt(tool.start(*command), top, moment, number, code, before)


def soon_and_later(most=256 * MIB):
    return has_moved(MIB), has_moved(most // 4), has_moved(most)


def reading(tool, tmp):
    """Commands that copy or hash files."""
    model = sparse_tensors(os.path.join(tmp, "huge.safetensors"))
    for command in (("scan", "--digest"), ("scan", "--snapshot", "--snapshot-folder", tmp),
                    ("load", "--snapshot-folder", tmp),
                    ("inspect", "--digest"), ("inspect", "--digest", "--view"),
                    ("convert", model, os.path.join(tmp, "out.npz"))):
        paths = () if model in command else (model,)
        at_moments(tool, tmp, command + paths, *soon_and_later())


def signing(tool, tmp):
    """Commands that vouch, and that check what was vouched for."""
    by = key(tool, tmp)
    model = folder(tmp, **{"w.bin": b"small"})
    sign(tool, model, by, "--signature", os.path.join(tmp, "old.sig"))
    sparse(os.path.join(model, "w.bin"))
    verify = ("verify", model, "--signature", os.path.join(tmp, "old.sig"))
    for command in (("sign", model, "--key", by), ("attest", model, "--key", by),
                    ("sign", model, "--key", by, "--method", "shards"),
                    (*verify, "--key", by + ".pub")):
        at_moments(tool, tmp, command, *soon_and_later())
    at_moments(tool, tmp, ("verify", "key", model, *verify[2:], "--public-key", by + ".pub"),
               has_moved(64 * MIB))


def at_the_gate(tool, tmp):
    """While files are copied to be looked at, and while they are handed out."""
    size = 1 << 30
    policy = write(tmp, "policy.json", b'{"version": 1, "name": "any"}')
    model = folder(tmp, **{"w.bin": b""})
    command = ("gate", "--policy", policy, model)
    sparse(os.path.join(model, "w.bin"))
    at_moments(tool, tmp, command, *soon_and_later())
    sparse(os.path.join(model, "w.bin"), size)
    record = ("--output", os.path.join(tmp, "out"), "--record", os.path.join(tmp, "record"))
    at_moments(tool, tmp, command + record, has_moved(64 * MIB), has_moved(size + 64 * MIB))


def writing(tool, tmp):
    """While a file is written: with a name of its own until it is whole, where it needs one."""
    model = sparse_tensors(os.path.join(tmp, "huge.safetensors"))
    for out in ("out.safetensors", "out.npz"):
        command = ("convert", "--view", model, os.path.join(tmp, out))
        at_moments(tool, tmp, command, has_moved(4 * MIB), has_moved(100 * MIB))
    write(tmp, "out.safetensors", b"old")
    command = ("convert", "--view", "--force", model, os.path.join(tmp, "out.safetensors"))
    at_moments(tool, tmp, command, has_moved(64 * MIB))
    equal(pathlib.Path(tmp, "out.safetensors").read_bytes(), b"old")


def writing_by_name(tool, tmp):
    """Where a file cannot be without a name, its temporary one is gone, too; also if the program
    is given no time."""
    if not shutil.which("strace"):
        return "no strace"
    model = sparse_tensors(os.path.join(tmp, "huge.safetensors"))
    before = names(tmp)
    for signals in (1, 2):
        # Without /proc such a file could get no name later.
        process = tool.__class__("/usr/bin/env").start(
            "strace", "-q", "-o", "/dev/null", "-e", "inject=access:error=ENOENT:when=1+",
            tool.program, "convert", "--view", model, os.path.join(tmp, "out.safetensors"))
        until = time.monotonic() + 60
        while not list(pathlib.Path(tmp).glob(".pratique-*")):
            if process.poll() is not None:
                return f"nothing may be traced: {process.communicate()[1][-100:]}"
            assert time.monotonic() < until, "no temporary file was seen"
            time.sleep(0.01)
        traced = next(pid for pid in children(process)
                      if "convert" in pathlib.Path(f"/proc/{pid}/cmdline").read_text())
        for _ in range(signals):
            os.kill(traced, signal.SIGTERM)
        _, err = process.communicate(timeout=60)
        equal([process.returncode, names(tmp)], [143, before], err)
    return None


def working(tool, tmp):
    """While a worker reads."""
    path = write(tmp, "slow.pkl", slow_pickle(150))
    for command in (("explain", path), ("load", path), ("inspect", path),
                    ("convert", path, os.path.join(tmp, "out.npz"))):
        at_moments(tool, tmp, command, lambda process: worker_of(process, 0.02),
                   lambda process: worker_of(process, 0.2))


def in_input(tool, tmp):
    """A pipe that nobody writes to does not hold it."""
    for command in (("scan", "-"), ("explain", "-"), ("load", "-"), ("inspect", "-")):
        reading_end, writing_end = os.pipe()
        process = subprocess.Popen([tool.program, *command], stdin=reading_end,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        interrupt(process, tmp, handles_signals, *SIGNALS[0], names(tmp))
        os.close(reading_end)
        os.close(writing_end)


def handles_signals(process):
    status = pathlib.Path(f"/proc/{process.pid}/status")
    while "SigCgt:\t0000000000000000" in status.read_text(encoding="utf-8"):
        time.sleep(0.01)  # a signal before that ends it as any program
    time.sleep(0.1)


def in_output(tool, tmp):
    """What cannot be called off, as writing to a pipe that nobody reads, is waited for two seconds;
    and not at all with a second signal."""
    path = write(tmp, "long.pkl", slow_pickle(1))

    def took(again):
        process = tool.start("explain", path)
        while len(process.stdout.peek(1)) == 0:
            assert process.poll() is None
        time.sleep(0.5)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        if again:
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
        equal(process.wait(timeout=20), 130)
        took = time.monotonic() - began
        equal(process.communicate()[1], INTERRUPTED)
        return took

    assert took(False) >= 1.5
    assert any(took(True) < 1.5 for _ in range(4))


CASES = [reading, signing, at_the_gate, writing, writing_by_name, working, in_input, in_output]
