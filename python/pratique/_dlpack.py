"""DLPack's capsules, which Python's own C functions make."""
from __future__ import annotations

import ctypes
from ctypes import byref, c_char_p, c_void_p, py_object
from typing import Any

from . import _library
from .errors import check

_new = ctypes.pythonapi.PyCapsule_New
_new.restype = py_object
_new.argtypes = [c_void_p, c_char_p, c_void_p]
_is_valid = ctypes.pythonapi.PyCapsule_IsValid
_is_valid.argtypes = [c_void_p, c_char_p]
_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = c_void_p
_pointer.argtypes = [c_void_p, c_char_p]

_Deleter = ctypes.CFUNCTYPE(None, c_void_p)
#: Where a managed tensor keeps its deleter: behind a DLTensor of 48 bytes and a pointer, or behind
#: a version and a pointer.
_PLACES = {b"dltensor": 56, b"dltensor_versioned": 16}


def _destroy(capsule: int) -> None:
    """Of a capsule that nobody took: its name is still the one that it was given."""
    for name, place in _PLACES.items():
        if _is_valid(capsule, name):
            managed = _pointer(capsule, name)
            deleter = c_void_p.from_address(managed + place).value
            if deleter:
                _Deleter(deleter)(managed)


_destructor = _Deleter(_destroy)


def capsule(model: int, index: int, copy: bool, versioned: bool) -> Any:
    """A tensor as a capsule, which whoever consumes it renames."""
    out, error = c_void_p(), c_void_p()
    make = (_library.lib.pratique_tensor_dlpack_versioned if versioned
            else _library.lib.pratique_tensor_dlpack)
    check(make(model, index, int(copy), byref(out), byref(error)), error)
    name = b"dltensor_versioned" if versioned else b"dltensor"
    return _new(out, name, ctypes.cast(_destructor, c_void_p))
