"""Commands that must succeed, and tests that are made of them."""
import subprocess
import sys


def run(*command, expect=0, **more):
    """What the command prints."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          check=False, timeout=240, **more)
    assert done.returncode == expect, (
        f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def exit_with(main):
    """Ends the program with what `main` returns, or with 1 and what did not hold."""
    try:
        sys.exit(main())
    except AssertionError as error:
        print(error)
        sys.exit(1)
