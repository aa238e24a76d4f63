"""A loaded file: its tensors, as views on the mapped bytes, and all else as inert values."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Mapping

from . import _library
from .errors import UsageError
from .tensor import Content, Tensor
from .values import Values

FRAMEWORKS = ("numpy", "torch", "buffer")
ISOLATION = ("none", "basic", "strong", "full")
BINDING = ("weak", "verity", "snapshot")


@dataclass(frozen=True)
class Warning:
    """Something odd in a file that was loaded all the same. Texts are safe to print."""

    code: str
    message: str
    place: str = ""
    offset: int = 0


class Model(Mapping[str, Any]):
    """A loaded file. A mapping of names to arrays, in the order of the file.

    Arrays are views on the mapped bytes: nothing is copied, they are read-only (unless the model
    was loaded with ``writable=True``, or for torch), and each keeps what it needs of the model.
    What is no array (sparse, nested, objects, no data) is its ``Tensor``.
    """

    def __init__(self, handle: _library.Handle, framework: str = "numpy") -> None:
        if framework not in FRAMEWORKS:
            raise UsageError(f"a framework is one of {', '.join(FRAMEWORKS)}")
        self._content = content = Content(handle)
        self._framework = framework
        self._values: Values | None = None
        self._made: dict[int, Any] = {}
        self._storages: Any = None
        self._names: dict[str, int] = {}
        for index in range(content.info.tensor_count):
            self._names.setdefault(Tensor(content, index).name, index)
        self._state_names: dict[str, int] | None = None

    # --- Mapping ---

    def _index(self, name: str) -> int:
        index = self._names.get(name)
        if index is None:
            if self._state_names is None:
                self._state_names = {}
                for tensor in self.tensors:
                    self._state_names.setdefault(tensor.state_name, tensor._index)
            index = self._state_names.get(name)
        if index is None:
            raise KeyError(name)
        return index

    def __getitem__(self, name: str) -> Any:
        return self._array(self._index(name))

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        try:
            self._index(name)  # type: ignore[arg-type]
        except KeyError:
            return False
        return True

    def _array(self, index: int) -> Any:
        made = self._made.get(index)
        if made is None:
            made = self._made[index] = self._make(Tensor(self._content, index))
        return made

    def _make(self, tensor: Tensor) -> Any:
        if self._framework == "torch":
            from ._torch import Storages
            if self._storages is None:
                self._storages = Storages(self.tensors)
            return self._storages.tensor(tensor)
        if tensor.layout != "strided":
            return tensor
        return tensor.memoryview() if self._framework == "buffer" else tensor.numpy()

    # --- What else there is ---

    def tensor(self, name: str) -> Tensor:
        """What is known of a tensor. KeyError: there is none of this name."""
        return Tensor(self._content, self._index(name))

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All of them; two may have one name."""
        return tuple(Tensor(self._content, i) for i in range(self._content.info.tensor_count))

    @property
    def metadata(self) -> dict[Any, Any]:
        """What the file says about itself."""
        values = self.graph
        made = values.build(values.metadata, self._array)
        return made if isinstance(made, dict) else {}

    @property
    def structure(self) -> Any:
        """All of the file, in formats that have more than tensors: lists, dicts, … with the tensors
        in their places, and classes as names (``pratique.values``). Else None."""
        values = self.graph
        return values.build(values.structure, self._array)

    @property
    def graph(self) -> Values:
        """The graph that metadata and structure are made of."""
        if self._values is None:
            self._values = Values(self._content.handle)
        return self._values

    @property
    def format(self) -> str:
        """``"torch-zip"``, ``"safetensors"``, ``"gzip+pickle"``, …"""
        return str(self._content.info.format)

    @property
    def file_size(self) -> int:
        """Bytes of the file, or of an index and all shards."""
        return self._content.info.file_size

    @property
    def file_sha256(self) -> str:
        """In lower-case hexadecimal; empty unless loaded with ``hash=True``."""
        return str(self._content.info.file_sha256)

    @property
    def warnings(self) -> tuple[Warning, ...]:
        info = self._content.info
        return tuple(Warning(str(one.code), str(one.message), str(one.place), one.offset)
                     for one in (info.warnings[i] for i in range(info.warning_count)))

    @property
    def isolation(self) -> str:
        """How strongly the process that read it was locked down: ``"strong"``, …"""
        return ISOLATION[self._content.info.isolation]

    @property
    def binding(self) -> str:
        """What ties the tensors to the bytes that were checked: ``"snapshot"``, …"""
        return BINDING[self._content.info.binding]

    @property
    def is_writable(self) -> bool:
        return self._content.is_writable

    def __repr__(self) -> str:
        return (f"<pratique.Model {self.format}, {self._content.info.tensor_count} tensors, "
                f"isolation {self.isolation}, binding {self.binding}>")
