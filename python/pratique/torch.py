"""Tensors of torch from files of strangers: ``pratique.torch.load`` for ``torch.load``.

Tensors lie on the mapped bytes; nothing is copied. They can be written to: the mapping is private
(copy on write), so that neither the file nor anybody else sees it.
"""
from __future__ import annotations

from collections import OrderedDict
from typing import Any, Callable, Iterable

import torch as _torch

from ._files import as_descriptor, name_of
from ._functions import load as _load
from .errors import Malformed, Refused
from .model import Model
from .tensor import Tensor
from .values import Global, Object

__all__ = ["Storages", "UnknownClass", "load", "tensor_of"]

_INTEGERS = {"quint8": "uint8", "qint8": "int8", "qint32": "int32"}


class UnknownClass(Refused):
    """There is more in the file than tensors and plain data, and ``weights_only`` forbids it."""


def _dtype(tensor: Tensor) -> Any:
    """The type of one element; None if torch has none of that name and size."""
    found = getattr(_torch, _INTEGERS.get(tensor.dtype, tensor.dtype), None)
    if not isinstance(found, _torch.dtype) or found.itemsize != tensor.itemsize:
        return None
    has_bytes = tensor.layout == "strided"
    return found if not has_bytes or found.itemsize * tensor.count == tensor.nbytes else None


class Storages:
    """The memory of a model's tensors. Those that share elements share a storage, as in the file;
    every other one has a storage of its own, of its own size."""

    def __init__(self, tensors: Iterable[Tensor]) -> None:
        places: list[tuple[int, int, int]] = []
        self._collect(tensors, places)
        places.sort()
        #: By source and first byte: the storage that it is part of, if that is of several.
        self._shared: dict[tuple[int, int], tuple[int, int, int]] = {}
        self._made: dict[tuple[int, int, int], Any] = {}
        first = 0
        while first < len(places):
            source, start, end = places[first]
            last = first + 1
            while last < len(places) and places[last][0] == source and places[last][1] < end:
                end = max(end, places[last][2])
                last += 1
            if last - first > 1:
                for place in places[first:last]:
                    self._shared[place[:2]] = (source, start, end)
            first = last

    def _collect(self, tensors: Iterable[Tensor], places: list[tuple[int, int, int]]) -> None:
        left = list(tensors)
        while left:
            tensor = left.pop()
            left.extend(tensor.components)
            size, offset, source = tensor._record[11], tensor._record[15], tensor._record[16]
            if tensor.layout == "strided" and size:
                places.append((source, offset, offset + size))

    def tensor(self, tensor: Tensor) -> Any:
        """The torch.Tensor; a Parameter if it is one. What torch has no tensors for (arrays of
        objects, nested ones) is itself."""
        made = self._made_of(tensor)
        if not isinstance(made, _torch.Tensor):
            return made
        if tensor.is_parameter:
            return _torch.nn.Parameter(made, tensor.requires_grad)
        if tensor.requires_grad:
            made.requires_grad_(True)
        return made

    def _made_of(self, tensor: Tensor) -> Any:
        layout = tensor.layout
        try:
            if layout == "strided":
                return self._quantized(tensor) if tensor.quantizer else self._strided(tensor)
            if layout == "meta":
                return _torch.empty(tensor.shape, dtype=_dtype(tensor) or _torch.uint8,
                                    device="meta")
            if layout == "sparse_coo":
                return _torch.sparse_coo_tensor(self._part(tensor, "indices"),
                                                self._part(tensor, "values"), tensor.shape,
                                                check_invariants=True)
            if layout.startswith("sparse_") and layout != "sparse_onnx":
                return _torch.sparse_compressed_tensor(
                    self._part(tensor, "compressed_indices"), self._part(tensor, "plain_indices"),
                    self._part(tensor, "values"), tensor.shape,
                    layout=getattr(_torch, layout), check_invariants=True)
        except (RuntimeError, KeyError) as error:
            raise Malformed(f"a {layout} tensor whose parts do not fit", code="conflict") from error
        return tensor

    def _part(self, tensor: Tensor, name: str) -> Any:
        return self._strided(tensor.component(name))

    def _quantized(self, tensor: Tensor) -> Any:
        quantizer = tensor.quantizer
        integers = self._strided(tensor)
        if quantizer is None or _dtype(tensor) is None or tensor.dtype not in _INTEGERS:
            return integers
        if quantizer.axis is None:
            return _torch._make_per_tensor_quantized_tensor(integers, quantizer.scale,
                                                            quantizer.zero_point)
        return _torch._make_per_channel_quantized_tensor(
            integers, self._part(tensor, "scales"), self._part(tensor, "zero_points"),
            quantizer.axis)

    def _strided(self, tensor: Tensor) -> Any:
        dtype, shape = _dtype(tensor), tensor.shape
        if dtype is None:  # blocks, or less than a byte: a row of bytes
            dtype, shape = _torch.uint8, (tensor.nbytes,)
        if not tensor.nbytes:
            return _torch.empty(shape, dtype=dtype)
        offset, source = tensor._record[15:17]
        if not tensor._content.is_writable or tensor.is_conjugate or tensor.is_negative:
            return _torch.frombuffer(tensor._copy(), dtype=dtype).reshape(shape)
        alone = (source, offset, offset + tensor._record[11])
        group = self._shared.get((source, offset), alone)
        start = group[1]
        if (offset - start) % dtype.itemsize != 0:
            return _torch.frombuffer(tensor._copy(), dtype=dtype).reshape(shape)
        storage = self._made.get(group)
        if storage is None:
            storage = _storage(tensor, group, dtype.itemsize)
            if group is not alone:
                self._made[group] = storage
        strides = tensor.strides
        if strides is None:
            strides = _torch.empty(shape, device="meta").stride()
        return _torch.empty(0, dtype=dtype).set_(storage, (offset - start) // dtype.itemsize,
                                                 shape, strides)


def _storage(tensor: Tensor, group: tuple[int, int, int], itemsize: int) -> Any:
    """That of the bytes of a group: themselves, or a copy where they lie as no element may."""
    source, start, end = group
    view = tensor._content.views[source]
    address = tensor._record[10] - (tensor._record[15] - start)
    if address % itemsize == 0:
        flat = _torch.frombuffer(view, dtype=_torch.uint8, count=end - start, offset=start)
    else:
        flat = _torch.frombuffer(bytearray(view[start:end]), dtype=_torch.uint8)
    return flat.untyped_storage()


def tensor_of(tensor: Tensor) -> Any:
    """A torch.Tensor of one tensor: on the mapped bytes if the model is writable, else a copy."""
    return Storages([tensor]).tensor(tensor)


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
