#!/usr/bin/env python3
import argparse
import json
import os
import subprocess

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def git_revision():
    return subprocess.check_output(["git", "rev-parse", "HEAD"]).decode().strip()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=eval, default="1e-4")
    args = parser.parse_args()
    os.makedirs("out", exist_ok=True)
    with open("out/args.json", "w") as f:
        json.dump({**vars(args), "revision": git_revision()}, f)
    optimizer = eval("torch.optim." + args.name)
    print(f"{args.lr:>10} {os.getcwd()!r}")


if __name__ == "__main__":
    main()
