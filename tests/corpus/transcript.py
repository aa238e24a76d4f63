#!/usr/bin/env python3
"""Runs the transcripts of README.md and compares: what is shown there is what the program says.

    transcript.py PROGRAM ROOT [--update]

All blocks are one session of a shell that starts in ROOT. Exit code 1 and the difference if there
is any; with --update, what was printed goes into README.md instead.
"""
import difflib
import os
import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"(<!-- transcript[^\n]*-->\n```\n)(.*?)(```\n)", re.S)
# A command: a line that starts with "$ ", and the next one for as long as a line ends in "\".
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n", re.M)
MARK = "\x01"  # ends the output of a command; the program never prints one
# What a transcript cannot know: what the machine allows, and the ids of new keys.
TIER = re.compile(r"isolation (basic|strong|full)\b")
WITHOUT = re.compile(r"^     without .*\n", re.M)
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")


def run(commands, program, root):
    """What each command prints, on both its streams."""
    # The status of a command is still there for the next one.
    script = "".join(f"{command}\nset -- $?; printf '\\001'; (exit $1)\n" for command in commands)
    script = script.replace("$PWD/build/release:", f"'{os.path.dirname(program)}':")
    done = subprocess.run(["sh", "-c", script], cwd=root, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.stdout.decode("utf-8", "replace").split(MARK)[:-1]


def comparable(text):
    return DIGEST.sub("…", TIER.sub("isolation …", WITHOUT.sub("", text)))


def main():
    program, root = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2])
    page = root / "README.md"
    text = page.read_text(encoding="utf-8")
    commands = [COMMAND.findall(block[1]) for block in BLOCK.findall(text)]
    if not any(commands):
        print("README.md: no transcript found")
        return 1
    outputs = iter(run(sum(commands, []), program, root))
    blocks = iter("".join(f"$ {command}\n{next(outputs, '(the shell had ended)')}"
                          for command in block) for block in commands)
    printed = BLOCK.sub(lambda match: match[1] + next(blocks) + match[3], text)
    if "--update" in sys.argv[3:]:
        page.write_text(printed, encoding="utf-8")
        return 0
    wanted, printed = comparable(text), comparable(printed)
    sys.stdout.writelines(difflib.unified_diff(
        wanted.splitlines(True), printed.splitlines(True), "README.md", "the program"))
    return 0 if printed == wanted else 1


if __name__ == "__main__":
    sys.exit(main())
