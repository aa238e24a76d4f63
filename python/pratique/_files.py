"""Files that are looked at once and used afterwards: an open descriptor of the very bytes."""
from __future__ import annotations

import contextlib
import io
import os
import stat
from typing import Any, Iterator, Union

from ._library import path_of

_CHUNK = 1 << 20


def memory_file(read: Any) -> int:
    """A descriptor of sealed memory with all that ``read(size)`` gives: nobody changes it."""
    import fcntl
    fd = os.memfd_create("pratique", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        while chunk := read(_CHUNK):
            left = memoryview(chunk).cast("B")
            while left:
                left = left[os.write(fd, left):]
        os.lseek(fd, 0, os.SEEK_SET)
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW |
                    fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL)
    except BaseException:
        os.close(fd)
        raise
    return fd


def is_path(file: Any) -> bool:
    return isinstance(file, (str, bytes, os.PathLike))


def name_of(file: Any) -> str:
    """What to call it in a message: safe to print."""
    text = os.fsdecode(file) if is_path(file) else str(getattr(file, "name", type(file).__name__))
    if text.isprintable():
        return text
    return text.encode("unicode_escape", "backslashreplace").decode()


@contextlib.contextmanager
def as_descriptor(file: Any) -> Iterator[tuple[Union[bytes, int], bool]]:
    """A path as it is, or a descriptor of what a file object has left to read; and whether that is
    a private copy. TypeError: neither a path nor a file."""
    if is_path(file):
        yield path_of(file), False
        return
    if not hasattr(file, "read"):
        raise TypeError(f"a path or a file to read from, not {type(file).__name__}")
    try:
        fd = file.fileno()
        if stat.S_ISREG(os.fstat(fd).st_mode) and file.tell() == 0:
            yield fd, False
            return
    except (AttributeError, OSError, io.UnsupportedOperation):
        pass
    fd = memory_file(file.read)
    try:
        yield fd, True
    finally:
        os.close(fd)


@contextlib.contextmanager
def private_copy(file: Any) -> Iterator[int]:
    """A descriptor of a private copy of a file, from where it stands to its end."""
    if is_path(file):
        with open(file, "rb") as opened:
            fd = memory_file(opened.read)
    else:
        fd = memory_file(file.read)
    try:
        yield fd
    finally:
        os.close(fd)
