"""What goes wrong, as exceptions.

``Error`` is the parent of all. ``Refused`` is an answer: the file was read, and it does not pass.
``Undecided`` is none: nothing is known of it, and so it is not loaded either.

::

    Error
    ├── Refused            carries the findings
    │   ├── Malicious      what the scan says it would do
    │   ├── Malformed      not as its format wants, or of no known format
    │   └── NotAdmitted    a signature, a key or a policy says no
    ├── Undecided          an error of the system, a crash, too slow, too large
    │   └── SandboxError   there is no process that is locked down well enough to read it
    └── UsageError         the call makes no sense (a ValueError, too)
"""
from __future__ import annotations

import ctypes
import json
from ctypes import byref

from . import _library
from .findings import Finding


class Error(Exception):
    """Why there is no result. Its text is one line that is safe to print."""

    def __init__(self, message: str, *, code: str = "", path: str = "", place: str = "",
                 offset: int | None = None, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        #: For programs: ``"truncated"``, ``"malicious"``, ``"no-sandbox"``, …; stable.
        self.code = code
        #: Of the file, or of one beside it that it needs.
        self.path = path
        #: Inside the file: ``"archive/data.pkl"``; mostly empty.
        self.place = place
        #: Bytes, from the start of ``place``.
        self.offset = offset
        #: What a scan found in a malicious file.
        self.findings = findings

    def __reduce__(self) -> tuple[object, ...]:
        members = {name: getattr(self, name)
                   for name in ("code", "path", "place", "offset", "findings")}
        return _again, (type(self), str(self), members)


def _again(kind: type[Error], message: str, members: dict[str, object]) -> Error:
    return kind(message, **members)  # type: ignore[arg-type]


class Refused(Error):
    """The file was read, and the answer is no."""


class Malicious(Refused):
    """The scan says that loading it would do harm; ``findings`` say what."""


class Malformed(Refused):
    """It is not as its format wants, of no known format, or over a limit."""


class NotAdmitted(Refused):
    """A signature, a key, a policy or the record of a gate says no."""


class Undecided(Error):
    """Nothing is known of the file: it cannot be opened, its reader died, was too slow, …"""


class SandboxError(Undecided):
    """This system cannot lock a reading process down as strongly as asked."""


class UsageError(Error, ValueError):
    """The call makes no sense."""


_SIGNING = {"unsigned_model", "too_large", "bad_bundle", "bad_statement", "bad_manifest",
            "bad_signature", "wrong_method", "wrong_key", "bad_key", "exposed_key",
            "wrong_password", "bad_certificate", "untrusted_certificate", "expired_certificate",
            "missing_file", "changed_file", "uncovered_file", "link", "special_file",
            "bad_file_name", "bad_trust", "untrusted_key", "revoked", "expired", "not_admitted"}


def _kind(status: int, code: str) -> type[Error]:
    if status == _library.REFUSED:
        if code == "malicious":
            return Malicious
        return NotAdmitted if code in _SIGNING else Malformed
    if status == _library.USAGE:
        return UsageError
    return SandboxError if code == "no-sandbox" else Undecided


def check(status: int, error: ctypes.c_void_p) -> None:
    """Raises what a call of the library says, if it failed; frees its error."""
    if status == _library.OK:
        return
    if status == _library.NO_MEMORY or not error.value:
        raise MemoryError("out of memory")
    info = _library.ErrorInfo()
    try:
        _library.lib.pratique_error_get(error, byref(info))
        findings = tuple(Finding.of(one) for one in json.loads(info.findings.raw() or b"[]"))
        kind = _kind(info.status, str(info.code))
        made = kind(str(info.message), code=str(info.code), path=str(info.path),
                    place=str(info.place), offset=info.offset if info.has_offset else None,
                    findings=findings)
    finally:
        _library.lib.pratique_error_free(error)
        error.value = None
    raise made
