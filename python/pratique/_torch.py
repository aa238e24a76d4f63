"""Tensors of torch on the mapped bytes of a model."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Iterable

import torch

from .errors import Malformed

if TYPE_CHECKING:
    from .tensor import Tensor

_INTEGERS = {"quint8": "uint8", "qint8": "int8", "qint32": "int32"}


def _dtype(tensor: Tensor) -> Any:
    """The type of one element; None if torch has none of that name and size."""
    found = getattr(torch, _INTEGERS.get(tensor.dtype, tensor.dtype), None)
    if not isinstance(found, torch.dtype) or found.itemsize != tensor.itemsize:
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
        if not isinstance(made, torch.Tensor):
            return made
        if tensor.is_parameter:
            return torch.nn.Parameter(made, tensor.requires_grad)
        if tensor.requires_grad:
            made.requires_grad_(True)
        return made

    def _made_of(self, tensor: Tensor) -> Any:
        layout = tensor.layout
        try:
            if layout == "strided":
                return self._quantized(tensor) if tensor.quantizer else self._strided(tensor)
            if layout == "meta":
                return torch.empty(tensor.shape, dtype=_dtype(tensor) or torch.uint8,
                                    device="meta")
            if layout == "sparse_coo":
                return torch.sparse_coo_tensor(self._part(tensor, "indices"),
                                                self._part(tensor, "values"), tensor.shape,
                                                check_invariants=True)
            if layout.startswith("sparse_") and layout != "sparse_onnx":
                return torch.sparse_compressed_tensor(
                    self._part(tensor, "compressed_indices"), self._part(tensor, "plain_indices"),
                    self._part(tensor, "values"), tensor.shape,
                    layout=getattr(torch, layout), check_invariants=True)
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
            return torch._make_per_tensor_quantized_tensor(integers, quantizer.scale,
                                                            quantizer.zero_point)
        return torch._make_per_channel_quantized_tensor(
            integers, self._part(tensor, "scales"), self._part(tensor, "zero_points"),
            quantizer.axis)

    def _strided(self, tensor: Tensor) -> Any:
        dtype, shape = _dtype(tensor), tensor.shape
        if dtype is None:  # blocks, or less than a byte: a row of bytes
            dtype, shape = torch.uint8, (tensor.nbytes,)
        if not tensor.nbytes:
            return torch.empty(shape, dtype=dtype)
        offset, source = tensor._record[15:17]
        if not tensor._content.is_writable or tensor.is_conjugate or tensor.is_negative:
            return torch.frombuffer(tensor._copy(), dtype=dtype).reshape(shape)
        alone = (source, offset, offset + tensor._record[11])
        group = self._shared.get((source, offset), alone)
        start = group[1]
        if (offset - start) % dtype.itemsize != 0:
            return torch.frombuffer(tensor._copy(), dtype=dtype).reshape(shape)
        storage = self._made.get(group)
        if storage is None:
            storage = _storage(tensor, group, dtype.itemsize)
            if group is not alone:
                self._made[group] = storage
        strides = tensor.strides
        if strides is None:
            strides = torch.empty(shape, device="meta").stride()
        return torch.empty(0, dtype=dtype).set_(storage, (offset - start) // dtype.itemsize,
                                                 shape, strides)


def _storage(tensor: Tensor, group: tuple[int, int, int], itemsize: int) -> Any:
    """That of the bytes of a group: themselves, or a copy where they lie as no element may."""
    source, start, end = group
    view = tensor._content.views[source]
    address = tensor._record[10] - (tensor._record[15] - start)
    if address % itemsize == 0:
        flat = torch.frombuffer(view, dtype=torch.uint8, count=end - start, offset=start)
    else:
        flat = torch.frombuffer(bytearray(view[start:end]), dtype=torch.uint8)
    return flat.untyped_storage()


def tensor_of(tensor: Tensor) -> Any:
    """A torch.Tensor of one tensor: on the mapped bytes if the model is writable, else a copy."""
    return Storages([tensor]).tensor(tensor)
