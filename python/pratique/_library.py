"""The shared library behind the package: where it is, and its C functions as ctypes sees them.

The library and the worker program lie in the package (``_native/``). ``PRATIQUE_LIBRARY`` names
another library, one in a build tree for instance, which knows its own worker.
"""
from __future__ import annotations

import ctypes
import os
import pathlib
import struct
from ctypes import (POINTER, c_char_p, c_int, c_int32, c_int64, c_size_t, c_uint32, c_uint64,
                    c_void_p)
from typing import Any, Sequence

OK, REFUSED, UNDECIDED, INTERRUPTED, NO_MEMORY, USAGE = 0, 1, 2, 3, 4, 64


class Text(ctypes.Structure):
    """``pratique_text``: characters that belong to a handle."""

    _fields_ = [("data", c_void_p), ("size", c_size_t)]

    def raw(self) -> bytes:
        return ctypes.string_at(self.data, self.size) if self.size else b""

    def __str__(self) -> str:
        return text_of(self.raw())


class _Sized(ctypes.Structure):
    """A struct whose first member says how much of it the caller knows."""

    def __init__(self, **members: Any) -> None:
        super().__init__(**members)
        self.size = ctypes.sizeof(self)


class ErrorInfo(_Sized):
    _fields_ = [("size", c_size_t), ("status", c_int32), ("has_offset", c_int32),
                ("offset", c_uint64), ("message", Text), ("code", Text), ("path", Text),
                ("place", Text), ("findings", Text)]


class Reading(_Sized):
    _fields_ = [("size", c_size_t), ("cancel", c_void_p), ("worker", c_char_p),
                ("cgroup", c_char_p), ("snapshot_folder", c_char_p),
                ("max_snapshot_memory", c_uint64), ("max_decompressed_bytes", c_uint64),
                ("max_ratio", c_uint64), ("max_worker_memory", c_uint64), ("max_depth", c_uint32),
                ("max_members", c_uint32), ("max_seconds", c_uint32), ("min_isolation", c_uint32)]


class LoadOptions(_Sized):
    _fields_ = [("size", c_size_t), ("reading", POINTER(Reading)), ("admitted", c_char_p),
                ("max_tensor_bytes", c_uint64), ("mode", c_uint32), ("flags", c_uint32)]


class Source(ctypes.Structure):
    _fields_ = [("data", c_void_p), ("size", c_size_t)]


class Warning_(ctypes.Structure):
    _fields_ = [("code", Text), ("place", Text), ("message", Text), ("offset", c_uint64)]


class ModelInfo(_Sized):
    _fields_ = [("size", c_size_t), ("format", Text), ("file_sha256", Text),
                ("file_size", c_uint64), ("tensors", c_void_p), ("tensor_count", c_size_t),
                ("component_count", c_size_t), ("tensor_size", c_size_t),
                ("sources", POINTER(Source)), ("source_count", c_size_t),
                ("warnings", POINTER(Warning_)), ("warning_count", c_size_t), ("texts", Text),
                ("isolation", c_uint32), ("binding", c_uint32), ("is_writable", c_int32),
                ("reserved", c_int32)]


class Tree(_Sized):
    _fields_ = [("size", c_size_t), ("nodes", c_void_p), ("node_count", c_size_t),
                ("children", c_void_p), ("child_count", c_size_t), ("texts", Text),
                ("metadata", c_int64), ("structure", c_int64), ("node_size", c_size_t)]


class ReportInfo(_Sized):
    _fields_ = [("size", c_size_t), ("json", Text), ("exit_code", c_int32), ("verdict", c_int32),
                ("text", Text)]


class ScanOptions(_Sized):
    _fields_ = [("size", c_size_t), ("reading", POINTER(Reading)), ("fail_on", c_uint32),
                ("jobs", c_uint32), ("flags", c_uint32), ("reserved", c_uint32)]


class DrawOptions(_Sized):
    _fields_ = [("size", c_size_t), ("root", c_char_p), ("help_uri", c_char_p),
                ("width", c_uint32), ("flags", c_uint32)]


Strings = POINTER(c_char_p)


class VerifyOptions(_Sized):
    _fields_ = [("size", c_size_t), ("signatures", Strings), ("keys", Strings),
                ("authorities", Strings), ("pins", Strings), ("identities", Strings),
                ("ignored", Strings), ("allowed_signers", c_char_p), ("principal", c_char_p),
                ("trust", c_char_p), ("name", c_char_p), ("cancel", c_void_p),
                ("flags", c_uint32), ("reserved", c_uint32)]


class GateOptions(_Sized):
    _fields_ = [("size", c_size_t), ("reading", POINTER(Reading)), ("signatures", Strings),
                ("attestations", Strings), ("name", c_char_p), ("output", c_char_p),
                ("record", c_char_p), ("jobs", c_uint32), ("flags", c_uint32)]


class SignOptions(_Sized):
    _fields_ = [("size", c_size_t), ("cancel", c_void_p), ("password", c_char_p),
                ("signature", c_char_p), ("chain", Strings), ("ignored", Strings),
                ("shard_size", c_uint64), ("flags", c_uint32), ("reserved", c_uint32)]


class AttestOptions(_Sized):
    _fields_ = [("size", c_size_t), ("reading", POINTER(Reading)), ("password", c_char_p),
                ("output", c_char_p), ("policy", c_char_p), ("name", c_char_p),
                ("chain", Strings), ("jobs", c_uint32), ("flags", c_uint32)]


#: ``pratique_tensor``: four texts, three addresses, five numbers, …; see TENSOR_MEMBERS.
TENSOR = struct.Struct("=16Q5Ii2I2Qd2q")
#: ``pratique_node``: number, first, count, kind.
NODE = struct.Struct("=QQII")

_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "pratique_version": (c_char_p, []),
    "pratique_error_get": (None, [c_void_p, POINTER(ErrorInfo)]),
    "pratique_error_free": (None, [c_void_p]),
    "pratique_cancel_new": (c_void_p, []),
    "pratique_cancel_set": (None, [c_void_p]),
    "pratique_cancel_free": (None, [c_void_p]),
    "pratique_reading_init": (None, [POINTER(Reading), c_size_t]),
    "pratique_load_options_init": (None, [POINTER(LoadOptions), c_size_t]),
    "pratique_load": (c_int, [c_char_p, POINTER(LoadOptions), POINTER(c_void_p),
                              POINTER(c_void_p)]),
    "pratique_load_fd": (c_int, [c_int, POINTER(LoadOptions), POINTER(c_void_p),
                                 POINTER(c_void_p)]),
    "pratique_model_free": (None, [c_void_p]),
    "pratique_model_get": (None, [c_void_p, POINTER(ModelInfo)]),
    "pratique_tensor_copy": (c_int, [c_void_p, c_size_t, c_void_p, c_size_t, POINTER(c_void_p)]),
    "pratique_tensor_sha256": (c_int, [c_void_p, c_size_t, c_char_p, POINTER(c_void_p)]),
    "pratique_tensor_dlpack": (c_int, [c_void_p, c_size_t, c_int, POINTER(c_void_p),
                                       POINTER(c_void_p)]),
    "pratique_tensor_dlpack_versioned": (c_int, [c_void_p, c_size_t, c_int, POINTER(c_void_p),
                                                 POINTER(c_void_p)]),
    "pratique_model_tree": (c_int, [c_void_p, POINTER(Tree), POINTER(c_void_p)]),
    "pratique_report_get": (None, [c_void_p, POINTER(ReportInfo)]),
    "pratique_report_free": (None, [c_void_p]),
    "pratique_scan_options_init": (None, [POINTER(ScanOptions), c_size_t]),
    "pratique_scan": (c_int, [Strings, c_size_t, POINTER(ScanOptions), POINTER(c_void_p),
                              POINTER(c_void_p)]),
    "pratique_inspect": (c_int, [c_char_p, POINTER(LoadOptions), c_uint32, POINTER(c_void_p),
                                 POINTER(c_void_p)]),
    "pratique_convert": (c_int, [c_char_p, c_char_p, POINTER(LoadOptions), c_uint32,
                                 POINTER(c_void_p), POINTER(c_void_p)]),
    "pratique_verify": (c_int, [c_char_p, POINTER(VerifyOptions), POINTER(c_void_p),
                                POINTER(c_void_p)]),
    "pratique_verify_options_init": (None, [POINTER(VerifyOptions), c_size_t]),
    "pratique_gate": (c_int, [c_char_p, c_char_p, POINTER(GateOptions), POINTER(c_void_p),
                              POINTER(c_void_p)]),
    "pratique_gate_options_init": (None, [POINTER(GateOptions), c_size_t]),
    "pratique_draw": (c_int, [c_char_p, c_size_t, c_char_p, POINTER(DrawOptions),
                              POINTER(c_void_p), POINTER(c_void_p)]),
    "pratique_draw_options_init": (None, [POINTER(DrawOptions), c_size_t]),
    "pratique_sign": (c_int, [c_char_p, c_char_p, POINTER(SignOptions), POINTER(c_void_p),
                              POINTER(c_void_p)]),
    "pratique_sign_options_init": (None, [POINTER(SignOptions), c_size_t]),
    "pratique_attest": (c_int, [c_char_p, c_char_p, POINTER(AttestOptions), POINTER(c_void_p),
                                POINTER(c_void_p)]),
    "pratique_attest_options_init": (None, [POINTER(AttestOptions), c_size_t]),
}


def _open() -> tuple[ctypes.CDLL, bytes | None]:
    """The library, and the worker to name to it: none if it knows its own."""
    other = os.environ.get("PRATIQUE_LIBRARY")
    if other:
        return ctypes.CDLL(other), None
    native = pathlib.Path(__file__).resolve().parent / "_native"
    return ctypes.CDLL(str(native / "libpratique.so")), os.fsencode(native / "pratique-worker")


lib, worker = _open()
for _name, (_result, _arguments) in _FUNCTIONS.items():
    _function = getattr(lib, _name)
    _function.restype = _result
    _function.argtypes = _arguments

version: str = lib.pratique_version().decode()


def text_of(raw: bytes) -> str:
    """Text as a file has it: UTF-8, perhaps with the lone surrogates that Python's pickles may
    hold; what is neither becomes surrogates, as in names of files (PEP 383)."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode(errors="surrogatepass")
    except UnicodeDecodeError:
        return raw.decode(errors="surrogateescape")


def path_of(path: str | bytes | os.PathLike[Any]) -> bytes:
    """A path as C takes it. ValueError: a NUL byte in it."""
    raw = os.fsencode(path)
    if b"\0" in raw:
        raise ValueError("a path with a NUL byte")
    return raw


def strings(values: Sequence[bytes] | None) -> Any:
    """A list that ends in a null pointer, or none."""
    if values is None:
        return None
    return (c_char_p * (len(values) + 1))(*values, None)


def view(address: int | None, size: int) -> memoryview:
    """Foreign memory. Whoever uses it keeps its owner."""
    if not address or not size:
        return memoryview(b"")
    return memoryview((ctypes.c_ubyte * size).from_address(address)).cast("B")


class Handle:
    """Something of the library's, freed with the last reference to it."""

    def __init__(self, pointer: int, free: Any) -> None:
        self.pointer = pointer
        self._free = free

    def __del__(self) -> None:
        pointer, self.pointer = getattr(self, "pointer", 0), 0
        if pointer:
            self._free(pointer)
