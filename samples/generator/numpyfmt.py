"""NumPy's and joblib's byte layouts, written by hand.

    npy:  93 'NUMPY' major minor  u16 (major 1) or u32 header length  header text  data
    joblib:  a pickle in which the raw bytes of each array stand right behind the BUILD of its
             wrapper, since joblib 1.2 after one pad-length byte and that many bytes of ff
"""
import struct

from .assemble import *


def npy_header(header, version=(1, 0), length=None):
    """The part before the data; `header` is the text of the dictionary."""
    width = 2 if version[0] == 1 else 4
    body = header.encode()
    body += b" " * (-(8 + width + len(body) + 1) % 64) + b"\n"
    size = len(body) if length is None else length
    return b"\x93NUMPY" + bytes(version) + size.to_bytes(width, "little") + body


def describe(descr, shape, fortran=False):
    return f"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}"


def npy(descr, shape, body, **more):
    return npy_header(describe(descr, shape), **more) + body


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


def doubles(*values):
    return struct.pack(f"<{len(values)}d", *values)


def dtype_pickle(kind, size, order="<"):
    """How NumPy pickles numpy.dtype, as one assembled value."""
    unset = integer(-1)
    flags = integer(63 if kind == "O" else 0)  # 63: holds references
    state = (integer(3), text(order), NONE, NONE, NONE, unset, unset, flags)
    return call(sg("numpy", "dtype"), text(f"{kind}{size}"), FALSE, TRUE) + tup(*state) + BUILD


def array_pickle(shape, kind, size, body):
    """How NumPy pickles numpy.ndarray."""
    made = call(sg("numpy.core.multiarray", "_reconstruct"), sg("numpy", "ndarray"),
                tup(integer(0)), data(b"b"))
    dimensions = tup(*(integer(n) for n in shape))
    return made + tup(integer(1), dimensions, dtype_pickle(kind, size), FALSE, data(body)) + BUILD


def joblib_array(shape, kind, size, body, at, aligned=True, order="<", inner=None):
    """A wrapped array as joblib writes it; `at` is where these bytes begin in the file."""
    wrapper = sg("joblib.numpy_pickle", "NumpyArrayWrapper") + EMPTY_TUPLE + NEWOBJ
    pairs = [text("subclass"), sg("numpy", "ndarray"), text("shape"),
             tup(*(integer(n) for n in shape)), text("order"), text("C"), text("dtype"),
             dtype_pickle(kind, size, order), text("allow_mmap"), FALSE if inner else TRUE]
    if aligned:
        pairs += [text("numpy_array_alignment_bytes"), integer(16)]
    head = wrapper + dic(*pairs) + BUILD
    if inner is not None:
        return head + inner
    if not aligned:
        return head + body
    pad = 16 - (at + len(head) + 1) % 16
    return head + bytes([pad]) + b"\xff" * pad + body
