#!/usr/bin/env python3
"""How long `pratique verify` takes for a model of one small file: the start of the program, nearly.

    verify_start.py PRATIQUE [RUNS]

Prints medians over RUNS (200) of each, beside the bare start of a process: of the time that passes,
and of that in which a processor works for it, which says more on a busy machine. The goal is
10 ms."""
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time


def measure(command, runs):
    passed, worked = [], []
    for _ in range(runs):
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        passed.append((time.perf_counter() - start) * 1000)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"{command}: exit code {process.returncode}")
        worked.append((usage.ru_utime + usage.ru_stime) * 1000)
    return [f(times) for times in (passed, worked)
            for f in (statistics.median, lambda of: statistics.quantiles(of, n=10)[0])]


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    program = str(pathlib.Path(sys.argv[1]).resolve())
    runs = int(sys.argv[2]) if len(sys.argv) == 3 else 200
    with tempfile.TemporaryDirectory(prefix="pratique-start-") as name:
        folder = pathlib.Path(name)
        model = folder / "model.bin"
        model.write_bytes(b"weights" * 100)
        commands = {"nothing (true)": ["true"], "pratique --version": [program, "--version"]}
        for kind in ("ed25519", "p256", "p384"):
            key, signature = str(folder / kind), str(folder / f"{kind}.sig")
            for command in (["keygen", "--no-password", "--type", kind, key],
                            ["sign", str(model), "--key", key, "--signature", signature]):
                subprocess.run([program, *command], capture_output=True, check=True)
            commands[f"verify, {kind}"] = [program, "verify", str(model), "--key", key + ".pub",
                                           "--signature", signature]
        for name, command in commands.items():
            median, fast, worked, least = measure(command, runs)
            print(f"{name:<20} {median:6.2f} ms (10th percentile {fast:6.2f}), of a processor "
                  f"{worked:6.2f} ms ({least:6.2f})")


if __name__ == "__main__":
    main()
