"""What a scan says of a file: findings, and gaps."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """Something that a file does, or looks like. Texts are safe to print."""

    rule: str  #: ``"PRQ-PICKLE-001"``
    severity: str  #: ``critical``, ``high``, ``medium``, ``low``, ``info``
    message: str
    evidence: str = ""  #: what was seen
    artifact: str = ""  #: where in the file: the name of a member
    offset: int = 0  #: bytes, from the start of the artifact
    capabilities: tuple[str, ...] = ()  #: ``execute``, ``network``, …

    @classmethod
    def of(cls, raw: dict[str, Any]) -> "Finding":
        return cls(raw["rule"], raw["severity"], raw["message"], raw["evidence"], raw["artifact"],
                   raw["offset"], tuple(raw["capabilities"]))

    def __str__(self) -> str:
        place = f"{self.artifact} at {self.offset}: " if self.artifact else ""
        evidence = f": {self.evidence}" if self.evidence else ""
        return f"{self.severity} {self.rule}: {place}{self.message}{evidence}"


@dataclass(frozen=True)
class Gap:
    """A part of a file that could not be inspected."""

    reason: str  #: ``encrypted``, ``malformed``, ``no-sandbox``, …
    message: str
    artifact: str = ""
    offset: int = 0

    @classmethod
    def of(cls, raw: dict[str, Any]) -> "Gap":
        return cls(raw["reason"], raw["message"], raw["artifact"], raw["offset"])

    def __str__(self) -> str:
        place = f"{self.artifact} at {self.offset}: " if self.artifact else ""
        return f"gap {self.reason}: {place}{self.message}"
