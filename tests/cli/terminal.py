"""A terminal for the program: a pseudo-terminal of some width, and what was drawn on it."""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

CLEAR = b"\r\x1b[K"


class Terminal:
    """The program with standard error, and perhaps standard output, on a terminal."""

    def __init__(self, tool, *args, columns=80, out_too=False, env=None):
        self.own, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        environment = {key: value for key, value in os.environ.items()
                       if key not in ("NO_COLOR", "CLICOLOR_FORCE")}
        environment.update({"TERM": "xterm", **(env or {})})
        self.process = subprocess.Popen(
            [tool.program, *args], stdin=subprocess.DEVNULL, stderr=other, env=environment,
            stdout=other if out_too else subprocess.PIPE, start_new_session=True)
        os.close(other)
        self.drawn = b""

    def read_until(self, word, patience=30):
        until = time.monotonic() + patience
        while word not in self.drawn:
            assert time.monotonic() < until, f"{word!r} was never drawn: {self.drawn[-300:]!r}"
            if not self._read(0.1) and self.process.poll() is not None:
                assert word in self.drawn, f"{word!r} was never drawn: {self.drawn[-300:]!r}"

    def finish(self, patience=60):
        """The exit code, and all that went to a standard output that is no terminal."""
        until = time.monotonic() + patience
        while self.process.poll() is None:
            assert time.monotonic() < until, "it does not end"
            self._read(0.1)
        while self._read(0.1):
            pass
        os.close(self.own)
        out = self.process.stdout.read() if self.process.stdout else b""
        if self.process.stdout:
            self.process.stdout.close()
        return self.process.returncode, out

    def _read(self, patience):
        if not select.select([self.own], [], [], patience)[0]:
            return False
        try:
            got = os.read(self.own, 65536)
        except OSError:
            return False  # the other side is closed
        self.drawn += got
        return bool(got)

    def progress(self):
        """The lines of progress, one after the other."""
        return [line.decode() for line in re.findall(rb"\r([^\r\x1b]+)\x1b\[K", self.drawn)]
