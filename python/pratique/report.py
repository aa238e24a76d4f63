"""Answers: what a scan found, what a gate decided, whether a signature stands."""
from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass, field
from typing import Any, Iterator

from ._drawing import draw
from .findings import Finding, Gap

#: Verdicts, from the best to the worst.
VERDICTS = ("clean", "incomplete", "suspicious", "malicious")


@dataclass(frozen=True)
class File:
    """One file of a scan."""

    path: str  #: safe to print: what is not printable in it is escaped
    size: int
    verdict: str  #: one of VERDICTS
    identities: tuple[str, ...] = ()  #: ``("torch-zip", "zip")``
    findings: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()
    sha256: str = ""  #: with ``digest=True``
    binding: str = ""  #: ``snapshot``, ``verity``, ``weak``; empty if it was not opened

    @classmethod
    def of(cls, raw: dict[str, Any]) -> "File":
        return cls(raw["path"], raw["size"], raw["verdict"], tuple(raw["identities"]),
                   tuple(map(Finding.of, raw["findings"])), tuple(map(Gap.of, raw["gaps"])),
                   raw.get("sha256", ""), raw.get("binding", ""))


@dataclass(frozen=True)
class Report:
    """What a scan found. True only if it is clean: nothing found, and nothing left unread."""

    verdict: str  #: the worst of all files; ``incomplete`` if there was none
    exit_code: int  #: that of ``pratique scan``: 0 passes, 1 does not, 2 is not decided
    files: tuple[File, ...]
    isolation: dict[str, Any] = field(repr=False)  #: how the readers were locked down
    version: str = field(repr=False, default="")
    rules_digest: str = field(repr=False, default="")
    json: str = field(repr=False, default="")  #: docs/report.md

    @classmethod
    def of(cls, raw: dict[str, Any], exit_code: int, text: str) -> "Report":
        return cls(raw["verdict"], exit_code, tuple(map(File.of, raw["files"])), raw["isolation"],
                   raw["tool"]["version"], raw["tool"]["rules_digest"], text)

    @property
    def is_clean(self) -> bool:
        return self.verdict == "clean"

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those of all files."""
        return tuple(finding for file in self.files for finding in file.findings)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Those of all files."""
        return tuple(gap for file in self.files for gap in file.gaps)

    def to(self, form: str, *, root: str | os.PathLike[str] | None = None) -> str:
        """The report in another form: ``text``, ``json``, ``sarif``, ``junit``, ``markdown``,
        ``cyclonedx`` or ``html`` (which shows instructions if ``scan`` was told to ``explain``).

        Args:
            root: Of ``sarif``: the folder that names of files are relative to; default: this one.
        """
        return draw(self.json, form, root)

    def write(self, path: str | os.PathLike[str], form: str, *,
              root: str | os.PathLike[str] | None = None) -> None:
        """``to(form)`` into a file, which is replaced when the new one is whole."""
        text = self.to(form, root=root)
        temporary = os.path.join(os.path.dirname(os.fspath(path)),
                                 ".pratique-" + secrets.token_hex(8))
        try:
            with open(temporary, "x", encoding="utf-8", newline="") as file:
                file.write(text)
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise

    def __bool__(self) -> bool:
        return self.is_clean

    def __iter__(self) -> Iterator[File]:
        return iter(self.files)


@dataclass(frozen=True)
class Answer:
    """What ``verify()`` and ``gate()`` answer. True only if the model passes."""

    decision: str  #: ``verified``/``passed``, ``warned``, ``refused`` or ``undecided``
    exit_code: int  #: that of the program: 0 passes, 1 does not, 2 is not decided
    reasons: tuple[str, ...]  #: of a model that does not pass, one line each, safe to print
    details: dict[str, Any] = field(repr=False)  #: the report: docs/signing.md, docs/gate.md
    json: str = field(repr=False, default="")

    def __bool__(self) -> bool:
        return self.exit_code == 0
