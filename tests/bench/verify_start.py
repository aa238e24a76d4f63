#!/usr/bin/env python3
"""How long `pratique verify` takes for a model of one small file: the start of the program, nearly.

    verify_start.py PRATIQUE [RUNS]

Prints medians and the 10th percentile over RUNS (200) of each, beside the bare start of a process.
The goal is 10 ms."""
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time


def measure(command, runs):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times), statistics.quantiles(times, n=10)[0]


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
            median, fast = measure(command, runs)
            print(f"{name:<20} median {median:6.2f} ms, 10th percentile {fast:6.2f} ms")


if __name__ == "__main__":
    main()
