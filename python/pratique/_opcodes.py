"""Where a pickle in a file ends: found from the lengths of its opcodes, nothing of it is run."""
from __future__ import annotations

import io
import pickle
import pickletools
import struct
from typing import Any

_LINE, _TWO_LINES = -1, -2
#: How an argument begins that says how long it is.
_LENGTHS = {pickletools.TAKEN_FROM_ARGUMENT1: "<B", pickletools.TAKEN_FROM_ARGUMENT4: "<i",
            pickletools.TAKEN_FROM_ARGUMENT4U: "<I", pickletools.TAKEN_FROM_ARGUMENT8U: "<Q"}
#: By opcode: the bytes of its argument, its lines, or the form of the length before it.
_ARGUMENTS: dict[int, Any] = {
    ord(one.code): 0 if one.arg is None
    else _TWO_LINES if one.arg is pickletools.stringnl_noescape_pair
    else _LINE if one.arg.n == pickletools.UP_TO_NEWLINE
    else struct.Struct(_LENGTHS[one.arg.n]) if one.arg.n in _LENGTHS else one.arg.n
    for one in pickletools.opcodes}
_PIECE = 1 << 20


class _Ahead:
    """Bytes of a file, of which no more are read than are asked for."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.data = bytearray()
        self._read = 0  # of the data: what is behind was only looked at
        self._can_look = hasattr(file, "peek") or type(file) is io.BytesIO

    def need(self, size: int) -> None:
        """Makes the data that long."""
        while (left := size - len(self.data)) > 0:
            self.take(len(self.data))
            if self._can_look:
                self.data += self._look()
            if len(self.data) == self._read:
                self.data += self._next(min(left, _PIECE))
                self._read = len(self.data)

    def take(self, size: int) -> None:
        """Reads what was looked at, up to that length."""
        while self._read < size:
            piece = self._next(size - self._read)
            if piece != self.data[self._read:self._read + len(piece)]:
                raise pickle.UnpicklingError("the file changes while it is read")
            self._read += len(piece)

    def _look(self) -> bytes:
        if type(self._file) is io.BytesIO:
            start = self._file.tell()
            return bytes(self._file.getbuffer()[start:start + _PIECE])
        return bytes(self._file.peek(1))

    def _next(self, size: int) -> bytes:
        piece: bytes = self._file.read(size)
        if not piece:
            raise EOFError("Ran out of input")
        return piece


def one_pickle(file: Any) -> bytes:
    """The bytes of the next pickle of a file, and no more: it stands behind them then."""
    ahead, at = _Ahead(file), 0
    data = ahead.data
    while True:
        if at >= len(data):
            ahead.need(at + 1)
        code = data[at]
        argument = _ARGUMENTS.get(code)
        at += 1
        if argument == 0:
            if code == pickle.STOP[0]:
                break
        elif argument is None:
            raise pickle.UnpicklingError(f"invalid load key, {ascii(bytes([code]))[1:]}.")
        elif isinstance(argument, struct.Struct):
            ahead.need(at + argument.size)
            (size,) = argument.unpack_from(data, at)
            at += argument.size + max(size, 0)
        elif argument > 0:
            at += argument
        else:
            for _ in range(-argument):
                at = _end_of_line(ahead, at)
    ahead.take(at)
    return bytes(data[:at])


def _end_of_line(ahead: _Ahead, at: int) -> int:
    while (end := ahead.data.find(b"\n", at)) < 0:
        at = len(ahead.data)
        ahead.need(at + 1)
    return end + 1
