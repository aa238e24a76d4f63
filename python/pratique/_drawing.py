"""What the library answers with, and a report's other forms."""
from __future__ import annotations

import os
from ctypes import byref, c_void_p, sizeof
from typing import Any, Callable

from . import _library
from ._library import lib, path_of
from .errors import UsageError, check

#: The forms of a report, as the program names them (docs/reports.md).
FORMS = ("text", "json", "sarif", "junit", "markdown", "cyclonedx", "html")


def answer(call: Callable[[Any, Any], int]) -> tuple[str, int, str]:
    """The JSON of a report, its exit code, and its text. ``call(report, error)`` makes it."""
    report, error = c_void_p(), c_void_p()
    check(call(byref(report), byref(error)), error)
    handle = _library.Handle(report.value or 0, lib.pratique_report_free)
    info = _library.ReportInfo()
    lib.pratique_report_get(handle.pointer, byref(info))
    return info.json.raw().decode(), info.exit_code, info.text.raw().decode()


def draw(json: str, form: str, root: str | os.PathLike[str] | None) -> str:
    """The JSON of a scan in another form."""
    if form not in FORMS:
        raise UsageError(f"a report is one of {', '.join(FORMS)}")
    options, raw = _library.DrawOptions(), json.encode()
    lib.pratique_draw_options_init(byref(options), sizeof(options))
    options.root = path_of(os.getcwd() if root is None else root)
    return answer(lambda report, error: lib.pratique_draw(
        raw, len(raw), form.encode(), byref(options), report, error))[2]
