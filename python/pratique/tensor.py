"""One tensor of a loaded file, and what it shares with the others: the mapped bytes."""
from __future__ import annotations

import ast
import ctypes
import struct
from ctypes import byref, c_void_p
from typing import Any, NamedTuple, TYPE_CHECKING

from . import _library
from .errors import check

if TYPE_CHECKING:
    import numpy

LAYOUTS = ("strided", "sparse_coo", "sparse_csr", "sparse_csc", "sparse_bsr", "sparse_bsc",
           "sparse_onnx", "nested", "object", "meta")
_CONTIGUOUS, _CONJUGATE, _NEGATIVE, _PARAMETER, _GRAD, _SCALAR, _QUANTIZED = (
    1 << bit for bit in range(7))
_NO_SOURCE = 0xFFFFFFFF

#: Characters of the struct module, of types that memoryview knows.
_FORMATS = {"bool": "?", "uint8": "B", "int8": "b", "uint16": "H", "int16": "h", "uint32": "I",
            "int32": "i", "uint64": "Q", "int64": "q", "float16": "e", "float32": "f",
            "float64": "d"}
#: Types that NumPy has under their own names.
_NUMPY = {**{name: name for name in _FORMATS}, "complex64": "complex64",
          "complex128": "complex128"}
#: Types that stand for themselves, one element each, and that only ml_dtypes knows.
_ML_DTYPES = {"bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz",
              "float8_e8m0fnu", "float8_e4m3", "float8_e3m4", "float8_e4m3b11fnuz"}
#: Types of one element each that are seen as their bits.
_BITS = {**{name: "uint8" for name in _ML_DTYPES}, "bfloat16": "uint16", "complex32": "uint32",
         "qint8": "int8", "quint8": "uint8", "qint16": "int16", "quint16": "uint16",
         "qint32": "int32", "bits8": "uint8", "bits16": "uint16", "bits1x8": "uint8",
         "bits2x4": "uint8", "bits4x2": "uint8", "float4_e2m1fn_x2": "uint8"}


class Quantizer(NamedTuple):
    """How integers are to be read: ``(integer - zero_point) * scale``. With an axis, both are
    components of the tensor, ``scales`` and ``zero_points``."""

    scheme: str
    scale: float
    zero_point: int
    axis: int | None


class Tensor:
    """One tensor of a model: what is known of it, and its elements in the form that you like.

    Keeps the mapped bytes, even if the Model is gone.
    """

    __slots__ = ("_content", "_index", "_record")

    def __init__(self, content: "Content", index: int) -> None:
        self._content = content
        self._index = index
        self._record: tuple[Any, ...] = content.records[index]

    @property
    def name(self) -> str:
        """The keys that lead to it, joined with dots. Text of the file's, as it is."""
        return self._content.text(self._record[0], self._record[1])

    @property
    def state_name(self) -> str:
        """The name in the state dict of the module that it is part of; mostly ``name``."""
        return self._content.text(self._record[2], self._record[3])

    @property
    def dtype(self) -> str:
        """As torch and NumPy spell it: ``"float32"``, ``"bfloat16"``, ``"ggml:Q4_0"``."""
        return self._content.kind(self._record[4], self._record[5])

    @property
    def shape(self) -> tuple[int, ...]:
        return self._numbers(8)

    @property
    def strides(self) -> tuple[int, ...] | None:
        """In elements; None if they lie in the usual order (row-major)."""
        return self._numbers(9) if self._record[9] else None

    @property
    def nbytes(self) -> int:
        """Bytes of all elements in the usual order."""
        return self._record[12]

    @property
    def count(self) -> int:
        return self._record[13]

    @property
    def itemsize(self) -> int:
        """Bytes of an element; of a type of blocks, bytes of a block."""
        return self._record[14]

    @property
    def layout(self) -> str:
        """``"strided"``; any other has no bytes, only components."""
        return LAYOUTS[self._record[19]]

    @property
    def is_contiguous(self) -> bool:
        """In the usual order, and nothing to be negated: its bytes are all of it."""
        return bool(self._record[20] & _CONTIGUOUS)

    @property
    def is_conjugate(self) -> bool:
        return bool(self._record[20] & _CONJUGATE)

    @property
    def is_negative(self) -> bool:
        return bool(self._record[20] & _NEGATIVE)

    @property
    def is_parameter(self) -> bool:
        return bool(self._record[20] & _PARAMETER)

    @property
    def requires_grad(self) -> bool:
        return bool(self._record[20] & _GRAD)

    @property
    def is_scalar(self) -> bool:
        """A number of NumPy's, not an array."""
        return bool(self._record[20] & _SCALAR)

    @property
    def ggml_type(self) -> int | None:
        return self._record[21] if self._record[21] >= 0 else None

    @property
    def quantizer(self) -> Quantizer | None:
        if not self._record[20] & _QUANTIZED:
            return None
        address, size, scale, zero_point, axis = self._record[24:29]
        return Quantizer(self._content.kind(address, size), scale, zero_point,
                         axis if axis >= 0 else None)

    @property
    def components(self) -> tuple["Tensor", ...]:
        """Parts of a sparse, nested or quantised tensor; tensors in an array of objects."""
        first, count = self._record[22:24]
        return tuple(Tensor(self._content, index) for index in range(first, first + count))

    def component(self, name: str) -> "Tensor":
        """The part of this name: ``"indices"``, ``"scales"``, … KeyError: there is none."""
        for part in self.components:
            if part.name.rpartition(".")[2] == name:
                return part
        raise KeyError(name)

    def _numbers(self, member: int) -> tuple[int, ...]:
        dimensions = self._record[17]
        return struct.unpack(f"={dimensions}Q",
                             ctypes.string_at(self._record[member], 8 * dimensions)
                             if dimensions else b"")

    # --- Elements ---

    def buffer(self) -> memoryview:
        """All elements in the usual order, little-endian, as bytes: a view of the mapped file where
        they lie there so, else a copy."""
        if self.is_contiguous:
            offset, source = self._record[15:17]
            return self._content.views[source][offset:offset + self.nbytes]
        return memoryview(self._copy())

    def memoryview(self) -> memoryview:
        """The same with its type and shape; of types that memoryview does not know, as unsigned
        integers of the same bits, or plain bytes."""
        flat, dtype, shape = self.buffer(), self.dtype, self.shape
        character = _FORMATS.get(dtype) or _FORMATS.get(_BITS.get(dtype, ""), "")
        if not character or not flat.nbytes:
            return flat
        return flat.cast(character, shape)  # type: ignore[call-overload]

    def _copy(self) -> bytearray:
        out = bytearray(self.nbytes)
        place = (ctypes.c_ubyte * len(out)).from_buffer(out) if out else None
        error = c_void_p()
        check(_library.lib.pratique_tensor_copy(self._content.pointer, self._index, place,
                                                len(out), byref(error)), error)
        return out

    def sha256(self) -> str:
        """Of what ``buffer()`` gives, in lower-case hexadecimal."""
        out, error = ctypes.create_string_buffer(65), c_void_p()
        check(_library.lib.pratique_tensor_sha256(self._content.pointer, self._index, out,
                                                  byref(error)), error)
        return out.value.decode()

    def numpy_dtype(self) -> "numpy.dtype[Any]":
        """The type that ``numpy()`` gives.

        Types that NumPy lacks are those of ml_dtypes if that is installed, else unsigned integers
        of the same bits, marked: ``array.dtype.metadata["pratique"]`` is the spelling of the type.
        Types of less than a byte, and blocks, are bytes with that mark.
        """
        return self._content.numpy_dtype(self)

    def numpy(self) -> "numpy.ndarray[Any, Any]":
        """An array on the mapped bytes, read-only unless the model is writable. Copied only if
        elements are still to be negated. A type of blocks is one row of bytes.

        TypeError: not strided (sparse, nested, objects, no data), which has only components.
        """
        import numpy
        if self.layout != "strided":
            raise TypeError(f"a tensor that is {self.layout} is no array; it has components")
        dtype, shape = self.numpy_dtype(), self.shape
        whole = self._content.is_whole(self)
        if not whole:
            shape = (self.nbytes,)
        strides = self.strides
        if whole and strides is not None:
            strides = tuple(step * dtype.itemsize for step in strides)
        writable = self._content.is_writable
        if not self.nbytes:
            out = numpy.empty(shape, dtype)
        elif (whole or self.is_contiguous) and not self._record[20] & (_CONJUGATE | _NEGATIVE):
            offset, source = self._record[15:17]
            return numpy.ndarray(shape, dtype, self._content.array(source), offset,
                                 strides if whole else None)
        else:
            out = numpy.frombuffer(self._copy(), dtype).reshape(shape)
        out.flags.writeable = writable
        return out

    def torch(self) -> Any:
        """A torch.Tensor on the mapped bytes; see ``pratique.torch``."""
        from ._torch import tensor_of
        return tensor_of(self)

    def __dlpack__(self, *, stream: Any = None, max_version: tuple[int, int] | None = None,
                   dl_device: Any = None, copy: bool | None = None) -> Any:
        """For ``from_dlpack()`` of other libraries. Consumers that do not know DLPack 1.0 cannot be
        told that memory is read-only: they get a copy, unless the model is writable."""
        from ._dlpack import capsule
        versioned = max_version is not None and max_version[0] >= 1
        if not versioned and not self._content.is_writable:
            copy = True
        return capsule(self._content.pointer, self._index, bool(copy), versioned)

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)  # the CPU

    def __repr__(self) -> str:
        return f"<pratique.Tensor {self.name!r} {self.dtype} {list(self.shape)}>"


class _Memory:
    """A source as NumPy takes it. It is no buffer: NumPy would ask that one, and not the array,
    whether it may be written to, and ctypes says yes to everything."""

    def __init__(self, handle: _library.Handle, source: Any, writable: bool) -> None:
        self._handle = handle
        self.__array_interface__ = {"version": 3, "typestr": "|u1", "shape": (source.size,),
                                    "data": (source.data, not writable)}


class Content:
    """What a model and all of its tensors share: the handle, and the arrays behind it."""

    def __init__(self, handle: _library.Handle) -> None:
        self._handle = handle
        self.info = info = _library.ModelInfo()
        _library.lib.pratique_model_get(handle.pointer, byref(info))
        count = info.tensor_count + info.component_count
        raw = ctypes.string_at(info.tensors, count * info.tensor_size) if count else b""
        if info.tensor_size == _library.TENSOR.size:
            self.records = list(_library.TENSOR.iter_unpack(raw))
        else:
            self.records = [_library.TENSOR.unpack_from(raw, at * info.tensor_size)
                            for at in range(count)]
        self.is_writable = bool(info.is_writable)
        self.views = [self._view(info.sources[i]) for i in range(info.source_count)]
        self._texts = info.texts.raw()
        self._base: int = info.texts.data or 0
        self._kinds: dict[int, str] = {}
        self._dtypes: dict[int, Any] = {}
        self._arrays: dict[int, Any] = {}

    def _view(self, source: Any) -> memoryview:
        if not source.data or not source.size:
            return memoryview(b"")
        array = (ctypes.c_ubyte * source.size).from_address(source.data)
        array._pratique = self._handle  # whoever has a view keeps it
        view = memoryview(array).cast("B")
        return view if self.is_writable else view.toreadonly()

    def array(self, source: int) -> Any:
        """All of a source as an array of bytes."""
        made = self._arrays.get(source)
        if made is None:
            import numpy
            made = numpy.asarray(_Memory(self._handle, self.info.sources[source],
                                         self.is_writable))
            self._arrays[source] = made
        return made

    @property
    def pointer(self) -> int:
        return self._handle.pointer

    @property
    def handle(self) -> _library.Handle:
        return self._handle

    def text(self, address: int, size: int) -> str:
        start = address - self._base
        return _library.text_of(self._texts[start:start + size])

    def kind(self, address: int, size: int) -> str:
        """The name of a type, which many tensors share."""
        known = self._kinds.get(address)
        if known is None:
            known = _library.text_of(ctypes.string_at(address, size))
            self._kinds[address] = known
        return known

    def is_whole(self, tensor: Tensor) -> bool:
        """Whether an element of NumPy's is one of the tensor's."""
        return self.numpy_dtype(tensor).itemsize * tensor.count == tensor.nbytes

    def numpy_dtype(self, tensor: Tensor) -> Any:
        address, size = tensor._record[4:6]
        known = self._dtypes.get(address)
        if known is None:
            descr = self.kind(*tensor._record[6:8])
            known = _numpy_dtype(self.kind(address, size), descr, tensor.itemsize)
            self._dtypes[address] = known
        return known


def _numpy_dtype(dtype: str, descr: str, itemsize: int) -> Any:
    import numpy
    if dtype in _NUMPY:
        return numpy.dtype(_NUMPY[dtype])
    if dtype in _ML_DTYPES:
        try:
            import ml_dtypes
            return numpy.dtype(getattr(ml_dtypes, dtype))
        except (ImportError, AttributeError):
            pass
    if dtype not in _BITS and descr and len(descr) < 65536:
        try:
            made = numpy.dtype(ast.literal_eval(descr))
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            made = None
        if made is not None and made.itemsize == itemsize and not made.hasobject:
            return made
    return numpy.dtype(_BITS.get(dtype, "uint8"),
                       metadata={"pratique": dtype})
