"""What all tests of the package share."""
import os
import pathlib
import subprocess
import tempfile
import unittest

import files


class FolderTest(unittest.TestCase):
    """Each test has a folder of its own."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)

    def write(self, name, data):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def model(self, name="m.safetensors"):
        return self.write(name, files.model())


def program(*args):
    """What the command line says, by the program of the same build."""
    return subprocess.run([os.environ.get("PRATIQUE_PROGRAM", "pratique"), *map(str, args)],
                          capture_output=True, check=True)


def descriptors():
    return sorted(os.listdir("/proc/self/fd"))


def children():
    out = []
    for thread in os.listdir("/proc/self/task"):
        try:
            out += pathlib.Path(f"/proc/self/task/{thread}/children").read_text().split()
        except OSError:
            pass  # a thread that has ended
    return out
