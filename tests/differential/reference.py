#!/usr/bin/env python3
"""Prints, as JSON lines, what Python's own unpicklers do with each file. See docs/differential.md.

    reference.py [--reader c|python|both] [--encoding NAME] FILE|FOLDER...

Nothing is imported on a file's behalf: find_class hands out stand-ins that write down what is done
to them. Each file is read in a forked child with limits, in an empty folder, and as nobody when
started by root. Stand-ins are classes, so that NEWOBJ takes them; what a call gives is one again.
"""
import argparse
import codecs
import copyreg
import io
import json
import os
import pickle
import resource
import select
import signal
import sys
import tempfile
import time

EXTENSION = "\0extension"
MOST_EFFECTS = 20000
SECONDS = 5


class TooMuch(Exception):
    """More effects than are worth writing down."""


class Log:
    """Where the effects of one file go."""

    def __init__(self, write):
        self.write, self.count, self.opcode = write, 0, None

    def add(self, effect, **facts):
        self.count += 1
        if self.count > MOST_EFFECTS:
            raise TooMuch
        self.write({"effect": effect, **facts})

    def called(self, label, nargs):
        """REDUCE; but OBJ and INST with arguments call too, which only pickle.py tells us."""
        effect = "instantiate" if self.opcode in (b"o", b"i") else "call"
        self.add(effect, callable=label, nargs=nargs)

    def made(self, label, nargs):
        """NEWOBJ; but OBJ and INST without arguments use __new__ too."""
        effect = "instantiate" if self.opcode in (b"o", b"i") else "construct"
        self.add(effect, callable=label, nargs=nargs)


LOG = Log(None)


class Recorder(type):
    """The class of stand-ins: everything that an unpickler may do to an object is written down."""

    def __call__(cls, *args, **_):
        LOG.called(cls.label, len(args))
        return stand_in("?")

    def __setstate__(cls, _):
        LOG.add("set_state")

    def append(cls, _):
        LOG.add("append")

    def extend(cls, items):
        # The C reader does not call for no items, pickle.py does; it comes to the same.
        if items:
            LOG.add("append")

    def add(cls, _):
        LOG.add("add_item")

    def __setitem__(cls, _, __):
        LOG.add("set_item")


def make(cls, *args, **_):
    """__new__ of every stand-in."""
    LOG.made(cls.label, len(args))
    return stand_in("?")


def stand_in(label):
    return type.__new__(Recorder, "StandIn", (), {"label": label, "__new__": make})


def find_class(_, module, name):
    """Gets the names as the file has them: both readers map Python 2 names, and walk dots, in the
    find_class that this one replaces."""
    if module == EXTENSION:
        LOG.add("extension", code=int(name))
        return stand_in("?")
    LOG.add("import", module=module, name=name)
    return stand_in(f"{module}.{name}")


def persistent_load(_, __):
    LOG.add("persistent")
    return stand_in("?")


class CReader(pickle.Unpickler):
    find_class = find_class
    persistent_load = persistent_load


def noting(code, load):
    """The handler of one opcode, which first says which opcode it is."""
    def handler(self):
        LOG.opcode = code
        load(self)
    return handler


class PythonReader(pickle._Unpickler):
    find_class = find_class
    persistent_load = persistent_load
    dispatch = {key: noting(bytes([key]), load)
                for key, load in pickle._Unpickler.dispatch.items()}


READERS = {"c": CReader, "python": PythonReader}


def register_extensions(data):
    """Registers every code that the file could use: an unregistered one is an error in Python,
    but which ones are registered is up to the program that loads."""
    codes = set()
    for at, byte in enumerate(data):
        if 0x82 <= byte <= 0x84:
            width = 1 << (byte - 0x82)
            codes.add(int.from_bytes(data[at + 1:at + 1 + width], "little"))
    for code in codes:
        if 0 < code < 1 << 31:
            copyreg._inverted_registry[code] = (EXTENSION, str(code))


def read_all(reader, data, encoding):
    """Every pickle of the stream, each with a memo of its own. The text of the end line."""
    register_extensions(data)
    stream = io.BytesIO(data)
    try:
        while True:
            reader(stream, encoding=encoding, buffers=None).load()
            if stream.tell() >= len(data):
                return "stop"
    except BaseException as error:  # a hostile file may raise anything
        return f"error:{type(error).__name__}"


def lock_in(folder):
    os.chdir(folder)
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def warm_up(encoding):
    """pickle.py looks codecs up when it meets text; a locked child could not load them any more."""
    for name in (encoding, "ascii", "latin-1", "utf-8", "raw-unicode-escape"):
        codecs.lookup(name)
    "".encode("utf-8", "surrogatepass")
    codecs.escape_decode(b"")


def child(pipe, folder, reader, data, encoding):
    try:
        lock_in(folder)
        lines = []

        def write(line):
            lines.append(json.dumps(line))
            if len(lines) >= 500:
                flush()

        def flush():
            os.write(pipe, "".join(line + "\n" for line in lines).encode())
            lines.clear()

        LOG.__init__(write)
        end = read_all(reader, data, encoding)
        write({"end": end})
        flush()
    finally:
        os._exit(0)


def drain(pipe, pid):
    """All that the child writes; after SECONDS it is stopped."""
    parts, deadline = [], time.monotonic() + SECONDS
    while True:
        ready, _, _ = select.select([pipe], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            os.kill(pid, signal.SIGKILL)
            return parts, "error:timeout"
        part = os.read(pipe, 1 << 16)
        if not part:
            return parts, "error:died"
        parts.append(part)


def effects(path, kind, encoding, folder):
    """The lines for one file and one reader, without the heading."""
    with open(path, "rb") as file:
        data = file.read()
    receive, send = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        os.close(receive)
        child(send, folder, READERS[kind], data, encoding)
    os.close(send)
    parts, ending = drain(receive, pid)
    os.close(receive)
    os.waitpid(pid, 0)
    lines = b"".join(parts).decode().split("\n")[:-1]
    if not lines or not lines[-1].startswith('{"end"'):
        lines.append(json.dumps({"end": ending}))
    return lines


def files_below(paths):
    for path in paths:
        if os.path.isdir(path):
            for folder, folders, names in os.walk(path):
                folders.sort()
                yield from (os.path.join(folder, name) for name in sorted(names))
        else:
            yield path


def isolated():
    """Starts over without site packages and without the folder of the script on the path."""
    if not (sys.flags.isolated and sys.flags.no_site):
        os.execv(sys.executable, [sys.executable, "-I", "-S", "-B", os.path.abspath(__file__),
                                  *sys.argv[1:]])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reader", choices=["c", "python", "both"], default="both")
    parser.add_argument("--encoding", default="ASCII", help="for STRING and its kin")
    parser.add_argument("paths", nargs="+", metavar="FILE|FOLDER")
    options = parser.parse_args()
    warm_up(options.encoding)
    kinds = ["c", "python"] if options.reader == "both" else [options.reader]
    # The child may not be able to read Python's own folder any more: what it needs is loaded now.
    for name in ("ascii", "latin-1", "utf-8", "raw_unicode_escape", options.encoding):
        codecs.lookup(name)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        for path in files_below(options.paths):
            for kind in kinds:
                print(json.dumps({"file": path, "reader": kind}))
                print("\n".join(effects(path, kind, options.encoding, folder)))
    return 0


if __name__ == "__main__":
    isolated()
    sys.exit(main())
