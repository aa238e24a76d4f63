"""Things that go wrong during a scan: files that change, workers that die, readers that leave."""
import os
import signal
import subprocess
import time

from support import (CLEAN, EVIL, by_name, equal, expect, finish, reasons, slow_pickle, verdicts,
                     worker_of, write)


def shrinking_file(tool, tmp):
    path = write(tmp, "big.pkl", slow_pickle(64))
    write(tmp, "small.pkl")
    process = tool.start("scan", "--format", "json", tmp)
    worker_of(process)
    os.truncate(path, 4096)
    report = expect(finish(process), "undecided").report
    found = by_name(report)
    equal(found["big.pkl"]["verdict"], "incomplete")
    assert reasons(found["big.pkl"]) & {"changed", "crashed"}, found["big.pkl"]
    equal(found["small.pkl"]["verdict"], "clean")


def changing_file(tool, tmp):
    """Rewritten in place while it is read, to the same size: no verdict stands for it."""
    path = write(tmp, "big.pkl", slow_pickle(64))
    process = tool.start("scan", "--format", "json", path)
    worker_of(process)
    with open(path, "r+b") as file:
        file.seek(2)
        file.write(b"N0N0")
    report = expect(finish(process), "undecided").report
    assert "changed" in reasons(report["files"][0]), report["files"][0]


def churned_file(tool, tmp):
    """Written to all the time, in every way: no verdict stands for it, by a copy or without."""
    path = write(tmp, "model.pkl", slow_pickle(16))
    size = os.path.getsize(path)

    def rewrite(file):
        os.pwrite(file, b"N0", 2)

    def cut(file):
        os.ftruncate(file, size // 2)
        os.ftruncate(file, size)

    def grow(file):
        os.pwrite(file, b"more", os.fstat(file).st_size)

    def replace(_):
        os.replace(write(tmp, "next", slow_pickle(1)), path)

    noticed = 0
    for act in (rewrite, cut, grow, replace):
        for options in ((), ("--snapshot",), ("--snapshot", "--max-snapshot", "0")):
            write(tmp, "model.pkl", slow_pickle(16))
            process = tool.start("scan", "--format", "json", "--all", *options, path)
            file = os.open(path, os.O_RDWR)
            while process.poll() is None:
                act(file)
                time.sleep(0.0005)
            os.close(file)
            found = process.stdout.read()
            result = finish(process)
            result.out = found or result.out
            report = result.report["files"][0]
            if reasons(report) & {"changed", "crashed"}:
                equal(result.code, 2)
                noticed += 1
            elif act is not replace or report["verdict"] != "clean":
                # A copy that was finished between two writes is one version, and is bound to it.
                equal(report["binding"], "snapshot", (act, report))
    assert noticed > 4, noticed


def replaced_while_it_waits(tool, tmp):
    """A file that waits for another worker stays the file that was opened."""
    write(tmp, "big.pkl", slow_pickle(100))
    path = write(tmp, "waits.pkl")
    process = tool.start("scan", "--format", "json", "--jobs", "1", tmp)
    worker = worker_of(process, busy=0.15)
    os.rename(write(tmp + "/other", "evil.pkl", EVIL), path)
    os.kill(worker, signal.SIGKILL)
    found = by_name(expect(finish(process), "undecided").report)
    equal(reasons(found["waits.pkl"]), {"changed"})


def killed_worker(tool, tmp):
    for number in range(20):
        write(tmp, f"a{number}.pkl", EVIL if number % 2 else CLEAN)
    write(tmp, "big.pkl", slow_pickle(100))
    for number in range(20):
        write(tmp, f"z{number}.pkl", EVIL if number % 2 else CLEAN)
    for options, number in (((), signal.SIGKILL), (("--isolate", "file"), signal.SIGSEGV),
                            (("--jobs", "1"), signal.SIGABRT)):
        process = tool.start("scan", "--format", "json", *options, tmp)
        os.kill(worker_of(process, busy=0.15), number)
        found = by_name(expect(finish(process), "refused").report)
        equal(len(found), 41)
        equal(reasons(found["big.pkl"]), {"crashed"}, options)
        for name, file in found.items():
            if name != "big.pkl":
                odd = int(name[1:-4]) % 2
                equal(file["verdict"], "malicious" if odd else "clean", (options, name))


def killed_worker_of_a_single_file(tool, tmp):
    process = tool.start("scan", "--format", "json", write(tmp, "big.pkl", slow_pickle(100)))
    os.kill(worker_of(process, busy=0.15), signal.SIGKILL)
    gap = expect(finish(process), "undecided").report["files"][0]["gaps"][0]
    # SIGKILL from nowhere is what the kernel sends when memory runs out, too.
    assert "killed from outside" in gap["message"] and "memory" in gap["message"], gap


def stopped_worker(tool, tmp):
    """One that hangs is given up after the time that the user allows."""
    process = tool.start("scan", "--format", "json", "--max-seconds", "2",
                         write(tmp, "big.pkl", slow_pickle(60)), write(tmp, "small.pkl"))
    os.kill(worker_of(process), signal.SIGSTOP)
    began = time.monotonic()
    found = by_name(expect(finish(process, 30), "undecided").report)
    assert time.monotonic() - began < 15
    equal(reasons(found["big.pkl"]), {"timed-out"})
    equal(found["small.pkl"]["verdict"], "clean")


def no_worker(tool, tmp):
    path = write(tmp, "evil.pkl", EVIL)
    write(tmp, "clean.pkl")
    for worker in ("/nonexistent", "/bin/true", "/bin/cat", "/etc/passwd", tmp):
        report = expect(tool.scan("--worker", worker, tmp, timeout=90), "undecided").report
        equal(set(verdicts(report).values()) - {"incomplete"}, set(), worker)
        equal(len(report["files"]), 2)
        assert reasons(report["files"][0]) & {"no-sandbox", "crashed"}, (worker, report["files"][0])
    report = tool.scan("--worker", "/nonexistent", path).report
    equal(reasons(report["files"][0]), {"no-sandbox"})
    equal(report["isolation"]["tier"], "none")
    expect(tool.run("explain", "--worker", "/nonexistent", path), "undecided", "pratique:")
    expect(tool.run("sandbox", "check", "--worker", "/nonexistent"), "undecided")


def no_control_group(tool, tmp):
    path = write(tmp, "clean.pkl")
    for folder in ("/nonexistent", tmp, "sys/fs/cgroup"):
        report = expect(tool.scan("--cgroup", folder, path), "undecided").report
        equal(reasons(report["files"][0]), {"no-sandbox"})
        assert "control group: " in report["files"][0]["gaps"][0]["message"], report["files"][0]
        equal(report["isolation"]["cgroup"], [])
        expect(tool.run("explain", "--cgroup", folder, path), "undecided", "control group: ")


def little_memory(tool, tmp):
    data = b"\x80\x02](" + b"N" * 12_000_000 + b"e."
    result = tool.scan("--max-memory", "64MiB", write(tmp, "wide.pkl", data))
    expect(result, "undecided")
    assert reasons(result.report["files"][0]) <= {"out-of-memory", "crashed", "limit", "no-sandbox"}


def deep_nesting(tool, tmp):
    """Calls within calls a hundred thousand deep, in front of a loader: no stack holds that."""
    deep = 100_000
    data = (b"\x80\x04cpickle\nloads\n" + b"cbuiltins\nbytearray\n" * deep + b"B" +
            len(EVIL).to_bytes(4, "little") + EVIL + b"\x85R" * deep + b"\x85R.")
    result = expect(tool.scan(write(tmp, "deep.pkl", data)), "refused")
    equal(verdicts(result.report), {"deep.pkl": "malicious"})


def many_tiny_files(tool, tmp):
    for folder in range(100):
        os.mkdir(os.path.join(tmp, str(folder)))
        for number in range(1000):
            with open(f"{tmp}/{folder}/{number}.pkl", "wb") as file:
                file.write(CLEAN)
    write(tmp, "50/500.pkl", EVIL)
    began = time.monotonic()
    result = tool.run("scan", tmp, timeout=300)
    took = time.monotonic() - began
    assert b"100000 files: 1 malicious, 99999 clean" in expect(result, "refused").out, result.out
    assert took < 90, f"{took:.1f} s"


def deep_folders(tool, tmp):
    """Deeper than a path may be long: a gap, no crash and no silence."""
    here = os.open(tmp, os.O_RDONLY)
    for _ in range(300):
        os.mkdir("d" * 40, dir_fd=here)
        below = os.open("d" * 40, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("evil.pkl", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)
    expect(tool.scan(tmp), "undecided")
    subprocess.run(["rm", "-rf", tmp + "/" + "d" * 40], check=False)


def reader_leaves(tool, tmp):
    """`| head -1`: no trace, no clean, and no endless scan."""
    for number in range(3000):
        write(tmp, f"{number}.pkl", EVIL)
    read, put = os.pipe()
    process = subprocess.Popen([tool.program, "scan", tmp], stdout=put, stderr=subprocess.PIPE)
    os.close(put)
    os.read(read, 100)
    os.close(read)
    _, err = process.communicate(timeout=60)
    assert process.returncode in (2, -signal.SIGPIPE), process.returncode
    equal(err, b"")


def interrupted(tool, tmp):
    """Ctrl-C ends the program and its workers at once."""
    process = tool.start("scan", write(tmp, "big.pkl", slow_pickle(100)))
    worker = worker_of(process)
    process.send_signal(signal.SIGINT)
    assert finish(process, 20).code not in (0, 1)
    until = time.monotonic() + 10
    while os.path.exists(f"/proc/{worker}/stat") and time.monotonic() < until:
        with open(f"/proc/{worker}/stat", encoding="ascii", errors="replace") as stat:
            if stat.read().rsplit(") ", 1)[1][0] == "Z":
                return
        time.sleep(0.05)
    assert not os.path.exists(f"/proc/{worker}"), "the worker outlives the program"


CASES = [shrinking_file, changing_file, churned_file, replaced_while_it_waits, killed_worker,
         killed_worker_of_a_single_file, stopped_worker, no_worker, no_control_group, little_memory,
         deep_nesting, many_tiny_files, deep_folders, reader_leaves, interrupted]
