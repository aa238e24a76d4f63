"""c-zip: what zip readers disagree about, around a torch checkpoint."""
import bz2
import lzma
import struct
import zlib

from . import deflate, numpyfmt, tarwriter, torchfmt
from .assemble import *
from .sample import Shelf
from .zipwriter import Entry, archive

shelf = Shelf("c-zip", extension="pt", loader="torch")
add = shelf.add
EVIL = PROTO2 + call(glob("os", "system"), binunicode(COMMAND)) + STOP
GOOD = PROTO2 + torchfmt.state_dict(binunicode("w"),
                                    torchfmt.tensor(torchfmt.storage("0", 2), (2,))) + STOP
BODY = numpyfmt.floats(1, 2)
BAD = torchfmt.checkpoint(EVIL)
FINE = torchfmt.checkpoint(GOOD, [("0", BODY)])


def swapped(**more):
    """The members of a malicious checkpoint, data.pkl made with other fields."""
    members = torchfmt.entries(EVIL)
    fields = {"align": 64, "flags": 0x0800, **more}
    name = fields.pop("name", "archive/data.pkl")
    members[0] = Entry(name, fields.pop("data", EVIL), **fields)
    return members


for extension in ("pt", "pth", "bin", "ckpt", "zip"):
    add("control-torchzip", extension, BAD, f"a malicious data.pkl in a .{extension}",
        extension=extension)

add("case-mangled", "upper", archive(torchfmt.entries(EVIL, pickle_name="DATA.PKL")),
    "torch finds members without regard to case")
add("case-mangled", "mixed", archive(torchfmt.entries(evil_text(), pickle_name="Data.pKL")),
    "mixed case, a protocol 0 pickle inside")

add("appended-data", "junk", BAD + b"junk behind the end record", "junk after the end record")
add("appended-data", "comment", torchfmt.checkpoint(EVIL, comment=b"a comment"),
    "an archive comment")
add("appended-data", "pickle", FINE + evil(), "a pickle after the end record of a clean archive",
    expected="suspicious")

add("second-archive", "good_behind", BAD + FINE,
    "a clean archive behind: which end record counts?", executes=False)
add("second-archive", "bad_behind", FINE + BAD, "the other way round", executes=False)
add("second-archive", "in_comment", torchfmt.checkpoint(EVIL, comment=FINE),
    "a whole archive inside the comment", executes=False)

add("prepended-data", "relative", torchfmt.checkpoint(EVIL, prefix=b"#!/bin/sh\n" * 8,
    relative=True), "text in front, offsets that do not count it",
    loader="zipfile:archive/data.pkl")
add("prepended-data", "absolute", torchfmt.checkpoint(EVIL, prefix=b"#!/bin/sh\n" * 8),
    "text in front, offsets that count it", loader="zipfile:archive/data.pkl")
add("prepended-data", "pickle_front", torchfmt.checkpoint(EVIL, prefix=PROTO2 + NONE + STOP),
    "a harmless pickle in front: pickle readers and zip readers see different files",
    loader="zipfile:archive/data.pkl")

add("eocd-counts", "one", torchfmt.checkpoint(EVIL, count=1), "the end record counts one member",
    loader="zipfile:archive/data.pkl")
add("eocd-counts", "nine", torchfmt.checkpoint(EVIL, count=9), "the end record counts nine",
    loader="zipfile:archive/data.pkl")
add("eocd-counts", "short_size", torchfmt.checkpoint(EVIL, size=80),
    "the directory is longer than the end record says", executes=False)
add("eocd-counts", "hidden_member",
    archive(torchfmt.entries(GOOD, [("0", BODY)]) + [torchfmt.entry("hidden.pkl", EVIL)], count=5),
    "the member behind the counted ones is malicious", loader="zipfile:archive/hidden.pkl")


def lzma_member(content):
    """Method 14: version, length of the properties, properties, raw stream."""
    alone = lzma.compress(content, format=lzma.FORMAT_ALONE, preset=0)
    return b"\x09\x04\x05\x00" + alone[:5] + alone[13:]


SQUEEZED = deflate.deflate(EVIL)
add("method-other", "bzip2", archive(swapped(data=bz2.compress(EVIL), plain=EVIL, method=12)),
    "bzip2: zipfile reads it, torch does not", loader="zipfile:archive/data.pkl")
add("method-other", "lzma", archive(swapped(data=lzma_member(EVIL), plain=EVIL, method=14,
    flags=0x0802)), "LZMA likewise", loader="zipfile:archive/data.pkl")
add("method-other", "deflate", archive(swapped(data=SQUEEZED, plain=EVIL, method=8)),
    "plain DEFLATE, which torch reads")
add("method-other", "deflate64", archive(swapped(data=SQUEEZED, plain=EVIL, method=9)),
    "method 9: cannot be read", expected="suspicious")
add("method-other", "lie_local", archive(swapped(data=SQUEEZED, plain=EVIL, method=8,
    local={"method": 0})), "the local header says stored, the directory DEFLATE",
    loader="zipfile:archive/data.pkl")


def encrypted(content, password=b"secret"):
    """The old PKWARE cipher, with its twelve-byte header."""
    table = [zlib.crc32(bytes([n]), 0xFFFFFFFF) ^ 0xFFFFFFFF for n in range(256)]
    keys = [0x12345678, 0x23456789, 0x34567890]

    def step(key, byte):
        return (key >> 8) ^ table[(key ^ byte) & 255]

    def update(byte):
        keys[0] = step(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 255)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = step(keys[2], keys[1] >> 24)

    for byte in password:
        update(byte)
    out = bytearray()
    for byte in bytes(11) + bytes([zlib.crc32(content) >> 24]) + content:
        mask = (keys[2] | 2) & 0xFFFF
        out.append(byte ^ ((mask * (mask ^ 1)) >> 8 & 255))
        update(byte)
    return bytes(out)


add("encrypted-member", "zipcrypto", archive(swapped(data=encrypted(EVIL), plain=EVIL,
    flags=0x0801)), "cannot be looked into", expected="suspicious")
add("encrypted-member", "flag_only", archive(swapped(local={"flags": 0x0801})),
    "only the local header says encrypted", loader="zipfile:archive/data.pkl")

add("name-forms", "backslash", archive(swapped(name="archive\\data.pkl")), "a backslash",
    executes=False)
add("name-forms", "dot_slash", archive(swapped(name="./archive/data.pkl")), "a leading ./",
    executes=False)
add("name-forms", "directory", archive(swapped(name="archive/data.pkl/")),
    "a directory entry that has data", expected="suspicious")
UNICODE_PATH = b"\x01" + struct.pack("<I", zlib.crc32(b"archive/readme.txt")) + b"archive/data.pkl"
EXTRA = b"\x75\x70" + struct.pack("<H", len(UNICODE_PATH)) + UNICODE_PATH
add("name-forms", "unicode_extra", archive(swapped(name="archive/readme.txt", extra=EXTRA,
    central_extra=EXTRA)), "the extra field 0x7075 gives another name", executes=False)
add("name-forms", "local_differs", archive(swapped(local={"name": "archive/notes.txt"})),
    "another name in the local header: torch reads, zipfile refuses")
add("name-forms", "nul", archive(swapped(name="archive/data.pkl\x00.txt")),
    "a name with a NUL: readers that stop there see data.pkl", loader="zipfile:archive/data.pkl")

EVIL_FIRST = torchfmt.entries(EVIL, root="one") + torchfmt.entries(GOOD, [("0", BODY)], root="two")
add("two-roots", "evil_first", archive(EVIL_FIRST), "two roots: torch takes the first or refuses",
    executes=False)
add("two-roots", "evil_second", archive(torchfmt.entries(GOOD, [("0", BODY)], root="one")
    + torchfmt.entries(EVIL, root="two")), "evil in the second root", executes=False)
add("two-roots", "same_name", archive(torchfmt.entries(GOOD, [("0", BODY)])
    + [torchfmt.entry("data.pkl", EVIL)]), "data.pkl twice: the readers take different ones",
    loader="zipfile:archive/data.pkl")

PLAIN = torchfmt.entries(GOOD, [("0", BODY)])
for variant, name in [("dotdot", "../escape.txt"), ("absolute", "/tmp/escape.txt"),
                      ("backslash", "..\\..\\escape.txt"), ("drive", "C:/escape.txt"),
                      ("middle", "archive/x/../../../escape.txt")]:
    add("slip-names", variant, archive(PLAIN + [Entry(name, b"sample")]),
        f"the member {name!r} leaves the folder", executes=False, loader="none")

LINK = 0o120777
add("symlink", "absolute", archive(PLAIN + [Entry("archive/link", b"/etc/hostname", mode=LINK)]),
    "a symbolic link to an absolute path", executes=False, loader="none")
add("symlink", "then_file", archive([Entry("out", b"../..", mode=LINK),
    Entry("out/escape.txt", b"sample")] + PLAIN), "a file is written through a link",
    executes=False, loader="none")

add("nested-archive", "zip_in_zip", archive([Entry("model.pt", BAD)]), "a checkpoint in a zip",
    extension="zip", executes=False, loader="none")
add("nested-archive", "three", archive([Entry("a.zip", archive([Entry("b.zip",
    archive([Entry("model.pt", BAD)]))]))]), "three levels", extension="zip", executes=False,
    loader="none")
add("nested-archive", "gz_in_zip", archive([Entry("model.pkl.gz", deflate.gzip(evil()))]),
    "gzip in a zip", extension="zip", executes=False, loader="none")
add("nested-archive", "tar_in_zip", archive([Entry("model.tar", tarwriter.member(b"m.pkl", evil())
    + tarwriter.END)]), "tar in a zip", extension="zip", executes=False, loader="none")

SCRIPT = [torchfmt.entry("data.pkl", PROTO2 + EMPTY_DICT + STOP),
          torchfmt.entry("code/__torch__.py", b"class M(Module):\n  __parameters__ = []\n")]
add("torchscript-pickle", "constants", archive(SCRIPT + [torchfmt.entry("constants.pkl", EVIL),
    torchfmt.entry("version", b"3\n")]), "payload in constants.pkl",
    loader="zipfile:archive/constants.pkl")
add("torchscript-pickle", "debug", archive(SCRIPT + [
    torchfmt.entry("code/__torch__.py.debug_pkl", EVIL), torchfmt.entry("version", b"3\n")]),
    "payload in a debug_pkl", loader="zipfile:archive/code/__torch__.py.debug_pkl")

WEIGHT = torchfmt.tensor(torchfmt.storage("0", 2), (2,))
add("tensor-setitem", "tensor", torchfmt.checkpoint(PROTO2 + WEIGHT + integer(0) + integer(1)
    + SETITEM + STOP, [("0", BODY)]), "SETITEM on a tensor", expected="suspicious")
add("tensor-setitem", "class", torchfmt.checkpoint(PROTO2 + glob("collections", "OrderedDict")
    + binunicode("x") + integer(1) + SETITEM + STOP), "SETITEM on a class",
    expected="suspicious")
add("persid-type", "function", torchfmt.checkpoint(PROTO2 + torchfmt.tensor(
    torchfmt.storage("0", 2, cls="system", module="os"), (2,)) + STOP, [("0", BODY)]),
    "the storage type is os.system", executes=False)
add("int-desync-zip", "hex", torchfmt.checkpoint(PROTO2 + int_line("0x10") + POP
    + call(glob("os", "system"), binunicode(COMMAND)) + STOP), "INT '0x10' inside data.pkl")
