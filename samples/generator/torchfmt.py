"""PyTorch's two layouts.

    zip:     archive/data.pkl, archive/version, archive/byteorder, archive/data/<key>, ...
    legacy:  pickle(magic) pickle(1001) pickle(system facts) pickle(object) pickle(storage keys)
             then for each key: i64 count, raw bytes
"""
import struct

from . import zipwriter
from .assemble import *

MAGIC = 0x1950A86A20F9469CFC6C


def storage(key, count, cls="FloatStorage", legacy=False, module="torch"):
    """A persistent reference to a storage."""
    parts = [binunicode("storage"), glob(module, cls), binunicode(key), binunicode("cpu"),
             integer(count)]
    if legacy:
        parts.append(NONE)
    return MARK + b"".join(parts) + TUPLE + BINPERSID


def tensor(reference, shape):
    """torch._utils._rebuild_tensor_v2 of a contiguous tensor."""
    strides, step = [], 1
    for n in reversed(shape):
        strides.insert(0, step)
        step *= n
    return (glob("torch._utils", "_rebuild_tensor_v2") + MARK + reference + integer(0)
            + tup(*(integer(n) for n in shape)) + tup(*(integer(n) for n in strides)) + FALSE
            + glob("collections", "OrderedDict") + EMPTY_TUPLE + REDUCE + TUPLE + REDUCE)


def state_dict(*pairs):
    """An OrderedDict as torch pickles a state dict; names and tensors alternate."""
    return (glob("collections", "OrderedDict") + EMPTY_TUPLE + REDUCE + MARK + b"".join(pairs)
            + SETITEMS)


def entry(name, content, root="archive", **more):
    """A member as torch writes it: stored, aligned to 64, sizes behind the data."""
    more.setdefault("align", 64)
    more.setdefault("descriptor", True)
    more.setdefault("flags", 0x0800)
    return zipwriter.Entry(f"{root}/{name}" if root else name, content, **more)


def entries(pickle, storages=(), root="archive", pickle_name="data.pkl"):
    members = [entry(pickle_name, pickle, root), entry("byteorder", b"little", root)]
    members += [entry(f"data/{key}", body, root) for key, body in storages]
    members += [entry("version", b"3\n", root),
                entry(".data/serialization_id", b"0" * 40, root)]
    return members


def checkpoint(pickle, storages=(), **more):
    return zipwriter.archive(entries(pickle, storages), **more)


def number(value):
    return PROTO2 + integer(value) + STOP


def system_facts():
    sizes = dic(binunicode("short"), integer(2), binunicode("int"), integer(4),
                binunicode("long"), integer(4))
    return PROTO2 + dic(binunicode("protocol_version"), integer(1001),
                        binunicode("little_endian"), TRUE, binunicode("type_sizes"),
                        sizes) + STOP


def legacy(body=None, magic=None, protocol=None, facts=None, keys=None, storages=()):
    """The five pickles; any of them can be given."""
    names = [binunicode(key) for key, _ in storages]
    parts = [magic or number(MAGIC), protocol or number(1001), facts or system_facts(),
             body or PROTO2 + EMPTY_DICT + STOP, keys or PROTO2 + lst(*names) + STOP]
    tail = b"".join(struct.pack("<q", len(raw_bytes) // 4) + raw_bytes
                    for _, raw_bytes in storages)
    return b"".join(parts) + tail
