"""What a sample is, and the list that the modules of this package fill."""
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sample:
    """One file. `loader` names what `executes` speaks of (see verify.py)."""
    cls: str
    technique: str
    variant: str
    extension: str
    content: bytes
    expected: str
    executes: bool
    why: str
    loader: str = "pickle"
    companions: dict = field(default_factory=dict)  # name beside the sample -> bytes

    @property
    def file(self):
        """The path below samples/files. A sample with companions has a folder of its own."""
        stem = f"{self.cls}/{self.technique}__{self.variant}"
        dotted = f".{self.extension}" if self.extension else ""
        return f"{stem}/model{dotted}" if self.companions else stem + dotted


class Shelf:
    """Collects the samples of one class."""

    def __init__(self, cls, extension="pkl", loader="pickle"):
        self.cls, self.extension, self.loader = cls, extension, loader
        self.samples = []

    def add(self, technique, variant, content, why, expected="malicious", executes=None, **more):
        """`executes` is yes unless told otherwise for a malicious sample, no for all others."""
        if executes is None:
            executes = expected == "malicious"
        more.setdefault("extension", self.extension)
        more.setdefault("loader", self.loader)
        self.samples.append(Sample(cls=self.cls, technique=technique, variant=variant,
                                   content=content, expected=expected, executes=executes,
                                   why=why, **more))
