#!/usr/bin/env python3
"""Runs the transcript of README.md and compares: what is shown there is what the program says.

    transcript.py PROGRAM ROOT     prints the difference; exit code 1 if there is any
"""
import difflib
import os
import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"<!-- transcript[^\n]*-->\n```\n(.*?)```\n", re.S)
# A command: a line that starts with "$ ", and the next one for as long as a line ends in "\".
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n", re.M)
# What the machine allows, which a transcript cannot know.
TIER = re.compile(r"isolation (basic|strong|full),")
WITHOUT = re.compile(r"^     without .*\n", re.M)


def main():
    program, root = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])
    block = BLOCK.search((root / "README.md").read_text(encoding="utf-8"))
    if not block:
        print("README.md: no transcript found")
        return 1
    commands, wanted = COMMAND.findall(block.group(1)), COMMAND.sub("", block.group(1))
    wanted = TIER.sub("isolation …,", wanted)
    script = "\n".join(re.sub(r"\S*build/release/pratique", '"$PROGRAM"', command)
                       for command in commands)
    done = subprocess.run(["sh", "-c", script], cwd=root, env={**os.environ, "PROGRAM": program},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    printed = TIER.sub("isolation …,", WITHOUT.sub("", done.stdout.decode("utf-8", "replace")))
    sys.stdout.writelines(difflib.unified_diff(
        wanted.splitlines(True), printed.splitlines(True), "README.md", "the program"))
    return 0 if commands and printed == wanted else 1


if __name__ == "__main__":
    sys.exit(main())
