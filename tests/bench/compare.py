#!/usr/bin/env python3
"""Times whole processes over the inputs of inputs.py: our program, and its peers where installed.

    compare.py PROGRAM DIR [--peers [VENV]] [--runs N] [--only INPUT]

Every tool is started as its users start it. The rounds go over all tools in turn, so that a busy
machine hurts all alike. Peers come from VENV/bin or the path; one that is absent is said to be.
"""
import argparse
import os
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

INPUTS = ["one.pkl", "small", "dense.pkl", "big.pt", "tree"]
ENOUGH = 20  # seconds spent on one tool and input after which no further run is made
COMMANDS = {"picklescan": ["-p"], "modelscan": ["-p"], "modelaudit": ["scan", "--no-cache"]}
# fickling's command reads one file; this is the shortest way to give it a folder.
FICKLING = ("import sys, pathlib, fickling\n"
            "p = pathlib.Path(sys.argv[1])\n"
            "for f in [p] if p.is_file() else (f for f in p.rglob('*') if f.is_file()):\n"
            "    try: fickling.is_likely_safe(str(f))\n"
            "    except Exception: pass\n")


class Tool:
    def __init__(self, name, command):
        self.name, self.command = name, command


def peers(venv):
    """The tools found, and the names of those that were not."""
    search = str(Path(venv) / "bin") if venv else None
    found, absent = [], []
    for name, arguments in COMMANDS.items():
        program = shutil.which(name, path=search)
        if program:
            found.append(Tool(name, [program, *arguments]))
        else:
            absent.append(name)
    python = shutil.which("python3", path=search)
    if python and subprocess.run([python, "-c", "import fickling"], capture_output=True,
                                 check=False).returncode == 0:
        found.append(Tool("fickling", [python, "-c", FICKLING]))
    else:
        absent.append("fickling")
    return found, absent


def run(command, path, timeout):
    """(seconds or None, exit code, peak bytes) of one process and what it waited for."""
    null = os.open(os.devnull, os.O_RDWR)
    begin = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            for stream in (0, 1, 2):
                os.dup2(null, stream)
            signal.alarm(0)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            os.execvp(command[0], [*command, str(path)])
        finally:
            os._exit(127)
    os.close(null)

    def stop(*_):
        os.killpg(pid, signal.SIGKILL)

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(timeout)
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - begin
    signal.alarm(0)
    killed = os.WIFSIGNALED(status) and seconds >= timeout
    return None if killed else seconds, os.waitstatus_to_exitcode(status), usage.ru_maxrss * 1024


def weigh(path):
    """(files, bytes)"""
    if path.is_file():
        return 1, path.stat().st_size
    files = [file for file in path.rglob("*") if file.is_file()]
    return len(files), sum(file.stat().st_size for file in files)


def measure(tools, path, runs, timeout):
    """{tool name: [runs]}; a tool that timed out is not asked again."""
    results = {tool.name: [] for tool in tools}
    for _ in range(runs):
        for tool in tools:
            done = results[tool.name]
            if any(seconds is None for seconds, _, _ in done) or (
                    sum(seconds for seconds, _, _ in done) > ENOUGH):
                continue
            done.append(run(tool.command, path, timeout))
    return results


def middle_of(done):
    times = [seconds for seconds, _, _ in done if seconds is not None]
    return statistics.median(times) if times else None


def row(name, done, files, size, ours, timeout):
    """One line of the table; the ratio is to our own time."""
    times = [seconds for seconds, _, _ in done if seconds is not None]
    peak, code = max(rss for _, _, rss in done) / 1e6, done[-1][1]
    if not times:
        return f"  {name:11} {f'> {timeout} s':>10} {'':41} {peak:9.0f}   {code:4}"
    middle = middle_of(done)
    ratio = f"{middle / ours:8.1f}" if ours else f"{'':>8}"
    return (f"  {name:11} {1000 * middle:10.1f} {1000 * min(times):10.1f} {ratio}"
            f" {size / middle / 1e6:10.1f} {files / middle:10.1f} {peak:9.0f}   {code:4}"
            f"  ({len(times)} runs)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--peers", nargs="?", const="", metavar="VENV")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--timeout", type=int, default=120, help="seconds for one run")
    parser.add_argument("--only", choices=INPUTS, action="append")
    options = parser.parse_args()
    os.environ["PROMPTFOO_DISABLE_TELEMETRY"] = "1"  # modelaudit waits ten seconds for a network
    tools = [Tool("pratique", [os.path.abspath(options.program), "scan"])]
    if options.peers is not None:
        found, absent = peers(options.peers)
        tools += found
        if absent:
            print(f"absent: {', '.join(absent)}")
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"peak MB cannot show less than {floor:.0f}: a process starts with its parent's peak")
    for name in options.only or INPUTS:
        path = options.folder / name
        if not path.exists():
            print(f"{name}: not there; run inputs.py")
            continue
        files, size = weigh(path)
        print(f"{name}: {files} files, {size / 1e6:.3f} MB")
        print(f"  {'tool':11} {'median ms':>10} {'min ms':>10} {'ratio':>8} {'MB/s':>10}"
              f" {'files/s':>10} {'peak MB':>9}   exit")
        results = measure(tools, path, options.runs, options.timeout)
        ours = middle_of(results["pratique"])
        for tool, done in results.items():
            print(row(tool, done, files, size, ours, options.timeout), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
