"""Tensors of torch from files of strangers: ``pratique.torch.load`` for ``torch.load``.

Tensors lie on the mapped bytes; nothing is copied. They can be written to: the mapping is private
(copy on write), so that neither the file nor anybody else sees it.
"""
from __future__ import annotations

from collections import OrderedDict
from typing import Any, Callable

import torch as _torch

from ._files import as_descriptor, name_of
from ._functions import load as _load
from .errors import Refused
from .model import Model
from .tensor import Tensor
from .values import Global, Object

__all__ = ["UnknownClass", "load"]


class UnknownClass(Refused):
    """There is more in the file than tensors and plain data, and ``weights_only`` forbids it."""


def load(f: Any, map_location: Any = None, pickle_module: Any = None, *,
         weights_only: bool | None = None, mmap: bool | None = None, **options: Any) -> Any:
    """As ``torch.load``, of a file that may come from anybody. Nothing in it is run.

    Dicts are OrderedDicts, tensors are torch's, with all nesting and sharing kept; types and
    devices of torch are themselves. Reads whatever ``pratique.load`` reads, safetensors too.

    Args:
        f: A path, or an object with ``read()``, which is read to its end.
        map_location: As for torch. Without it tensors are on the CPU, wherever they were.
        weights_only: True, as by default: anything but tensors and plain data is refused
            (UnknownClass). False: it comes as inert ``pratique.Object``, and is not run either.
        mmap: Use the live file, as ``pratique.load(view=True)``.
        pickle_module: Accepted, without effect: nothing is unpickled.
        **options: Those of ``pratique.load``.

    Raises:
        Those of ``pratique.load``, and UnknownClass.
    """
    with as_descriptor(f) as (file, must_copy):
        model = _load(file, framework="torch", view=bool(mmap) and not must_copy, **options)
    place = _placer(map_location)
    moved: dict[int, Any] = {}

    def tensor(index: int) -> Any:
        if index not in moved:
            moved[index] = place(_value(model, index))
        return moved[index]

    def other(value: Any) -> Any:
        known = _known(value)
        if known is value and weights_only is not False:
            raise UnknownClass(f"not only weights: {value!r} (weights_only=False loads it as "
                               "inert data)", code="unknown-class", path=name_of(f))
        return known

    graph = model.graph
    if graph.structure < 0:
        return OrderedDict((name, tensor(index)) for name, index in model._names.items())
    return graph.build(graph.structure, tensor, other, OrderedDict)


def _value(model: Model, index: int) -> Any:
    made = model._array(index)
    if isinstance(made, _torch.Tensor) and Tensor(model._content, index).is_scalar:
        return made.item()
    return made


def _known(value: Any) -> Any:
    """What torch's plain values are; anything else is itself."""
    if isinstance(value, Global) and value.name.startswith("torch."):
        found = getattr(_torch, value.name[6:], None)
        if isinstance(found, (_torch.dtype, _torch.layout, _torch.memory_format)):
            return found
    if isinstance(value, Object) and isinstance(value.maker, Global):
        args = value.fields.get("args")
        if isinstance(args, tuple) and set(value.fields) <= {"args"}:
            try:
                if value.maker.name in ("builtins.bytearray", "builtins.complex"):
                    return _plain(value.maker.name, args)
                if value.maker.name == "torch.device":
                    return _torch.device(*args)
            except (RuntimeError, TypeError, ValueError):
                pass
    return value


def _plain(name: str, args: tuple[Any, ...]) -> Any:
    """A bytearray of bytes (a number would be its size), a complex number of two numbers."""
    if name == "builtins.bytearray" and (args == () or len(args) == 1 and type(args[0]) is bytes):
        return bytearray(*args)
    if name == "builtins.complex" and [type(one) for one in args] == [float, float]:
        return complex(*args)
    raise TypeError(name)


def _placer(map_location: Any) -> Callable[[Any], Any]:
    """What moves a tensor to where it is wanted."""
    if map_location is None:
        return lambda value: value
    if isinstance(map_location, dict):
        map_location = map_location.get("cpu", "cpu")

    def place(value: Any) -> Any:
        if not isinstance(value, _torch.Tensor) or value.is_meta:
            return value
        where = map_location
        if callable(map_location):
            has_storage = value.layout == _torch.strided
            storage = map_location(
                (value if has_storage else _torch.empty(0)).untyped_storage(), "cpu")
            where = "cpu" if storage is None else storage.device
        moved = value.to(where)
        if isinstance(value, _torch.nn.Parameter) and moved is not value:
            moved = _torch.nn.Parameter(moved.detach(), value.requires_grad)
        return moved

    return place
