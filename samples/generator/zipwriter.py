"""A zip writer that can lie.

    [prefix] { local header, data, [descriptor] }... directory... [end64, locator] end [suffix]

Every field of an entry can be given for the local header and the directory apart; the end record's
counts and offsets can be false too.
"""
import struct
import zlib
from dataclasses import dataclass, field


@dataclass
class Entry:
    name: object                   # str (UTF-8) or bytes
    data: bytes = b""              # as stored, after compression
    plain: bytes = None            # what the crc and size speak of; `data` if not given
    method: int = 0
    flags: int = 0
    extra: bytes = b""             # in the local header
    central_extra: bytes = b""
    mode: int = 0                  # Unix mode in the external attributes
    align: int = 0                 # pads with an FB field so that the data starts at a multiple
    descriptor: bool = False       # sizes after the data, as torch writes
    local: dict = field(default_factory=dict)    # overrides: name crc csize usize method flags
    central: dict = field(default_factory=dict)  # the same and offset
    share: "Entry" = None          # the directory points to that entry's local header


def raw(name):
    return name.encode() if isinstance(name, str) else name


def facts(entry, overrides):
    plain = entry.data if entry.plain is None else entry.plain
    values = {"name": entry.name, "crc": zlib.crc32(plain), "csize": len(entry.data),
              "usize": len(plain), "method": entry.method,
              "flags": entry.flags | (8 if entry.descriptor else 0)}
    values.update(overrides)
    return values


def local_record(entry, offset):
    f = facts(entry, entry.local)
    name, extra = raw(f["name"]), entry.extra
    if entry.align:
        need = -(offset + 30 + len(name) + len(extra) + 4) % entry.align
        extra += b"FB" + struct.pack("<H", need) + b"Z" * need
    crc, csize, usize = f["crc"], f["csize"], f["usize"]
    tail = b""
    if entry.descriptor:
        tail = b"PK\x07\x08" + struct.pack("<III", crc, csize, usize)
        crc = csize = usize = 0
    header = b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", 20, f["flags"], f["method"], 0, 0x21,
                                         crc, csize, usize, len(name), len(extra))
    return header + name + extra + entry.data + tail


def central_record(entry, offset):
    f = facts(entry, entry.central)
    name = raw(f["name"])
    return b"PK\x01\x02" + struct.pack(
        "<HHHHHHIIIHHHHHII", 0x0314 if entry.mode else 20, 20, f["flags"], f["method"], 0, 0x21,
        f["crc"], f["csize"], f["usize"], len(name), len(entry.central_extra), 0, 0, 0,
        entry.mode << 16, f.get("offset", offset)) + name + entry.central_extra


def end64(count, size, offset, at):
    """The zip64 end record and its locator."""
    record = b"PK\x06\x06" + struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, count, count, size, offset)
    return record + b"PK\x06\x07" + struct.pack("<IQI", 0, at, 1)


def archive(entries, prefix=b"", suffix=b"", comment=b"", relative=False, count=None, size=None,
            zip64=False, comment_length=None):
    """Zip bytes. `relative`: offsets don't count the prefix; `count`, `size`: of the end record."""
    shift = 0 if relative else len(prefix)
    body, places = b"", {}
    for entry in entries:
        if entry.share is None:
            places[id(entry)] = shift + len(body)
            body += local_record(entry, len(prefix) + len(body))
    directory = b"".join(central_record(e, places[id(e.share or e)]) for e in entries)
    start = shift + len(body)
    count = len(entries) if count is None else count
    size = len(directory) if size is None else size
    extra = end64(count, size, start, start + len(directory)) if zip64 else b""
    end = b"PK\x05\x06" + struct.pack(
        "<HHHHIIH", 0, 0, 0xFFFF if zip64 else count, 0xFFFF if zip64 else count,
        0xFFFFFFFF if zip64 else size, 0xFFFFFFFF if zip64 else start,
        len(comment) if comment_length is None else comment_length)
    return prefix + body + directory + extra + end + comment + suffix
