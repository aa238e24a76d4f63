"""x-resource: small files that cost a lot. All are made small; none is ever loaded."""
import lzma
import struct

from . import deflate, torchfmt
from .assemble import *
from .sample import Shelf
from .tarwriter import END, header
from .zipwriter import Entry, archive

shelf = Shelf("x-resource", loader="none")


def add(technique, variant, content, why, expected="suspicious", **more):
    shelf.add(technique, variant, content, why, expected=expected, **more)


add("dup-bomb", "tuple", PROTO4 + text("x") + (DUP + TUPLE2) * 60 + STOP,
    "DUP TUPLE2 sixty times: 2^60 leaves in 125 bytes")
add("dup-bomb", "list", PROTO4 + EMPTY_LIST + b"".join(
    binput(n) + POP + EMPTY_LIST + MARK + binget(n) * 10 + APPENDS for n in range(12)) + STOP,
    "lists of ten lists, twelve levels")
add("dup-bomb", "stack", PROTO4 + NONE + DUP * 60000 + STOP, "60,000 DUP")
add("dup-bomb", "marks", PROTO4 + MARK * 60000 + STOP, "60,000 MARK, and nothing to stop with",
    expected="malformed")
add("dup-bomb", "deep", PROTO4 + EMPTY_LIST * 30000 + APPEND * 29999 + STOP,
    "a list nested 30,000 deep: whoever recurses runs out of stack", expected="suspicious")
add("huge-memo", "long_binput", PROTO2 + NONE + b"r\xff\xff\xff\x7f" + STOP,
    "slot 2^31-1: the C reader makes a table of 32 GiB")
add("huge-memo", "put", NONE + put(10**10) + STOP, "text PUT of slot 10^10")
add("huge-memo", "long_text", b"X\xff\xff\xff\x7fab", "a text of 2 GiB in a file of seven bytes",
    expected="malformed")
add("huge-memo", "long_bytes8", PROTO4 + b"\x8e" + struct.pack("<Q", 1 << 62),
    "bytes of 4 EiB", expected="malformed")
PRIME = 2**61 - 1
add("hash-collide", "ints", PROTO4 + EMPTY_DICT + MARK + b"".join(
    integer(PRIME * n) + NONE for n in range(1, 3001)) + SETITEMS + STOP,
    "3,000 dict keys of one hash value")
add("hash-collide", "long_text_number", b"L" + b"7" * 40000 + b"L\n.",
    "a decimal number of 40,000 digits")
add("slow-regex", "re", PROTO4 + call(sg("re", "fullmatch"), text("(a+)+b"), text("a" * 40))
    + STOP, "a regular expression that backtracks for years")

ZEROS = 258 * 210000 + 1
SQUEEZED = deflate.zero_run(210000)


def zero_entry(name, **more):
    """About 52 MiB of zeros in 52 KiB, with its true checksum."""
    return Entry(name, SQUEEZED, plain=bytes(ZEROS), method=8, **more)


add("zip-bomb", "zeros", archive([zero_entry("archive/data.pkl"),
    torchfmt.entry("version", b"3\n")]), "52 MiB of zeros in 52 KiB", extension="pt")
add("zip-bomb", "declared", archive([Entry("archive/data.pkl", PROTO2 + NONE + STOP,
    local={"usize": 1 << 31}, central={"usize": 1 << 31})]), "a declared size of 2 GiB",
    expected="malformed", extension="pt")
SHARED = zero_entry("m/0")
add("zip-bomb", "overlap", archive([SHARED] + [Entry(f"m/{n}", SQUEEZED, plain=bytes(ZEROS),
    method=8, share=SHARED) for n in range(1, 300)]), "300 members share one block",
    extension="zip")
INNER = archive([zero_entry("a.bin")])
add("zip-bomb", "nested", archive([Entry("a.zip", deflate.deflate(INNER), plain=INNER, method=8)]),
    "a bomb in a zip in a zip", extension="zip")
add("zip-bomb", "many_members", archive([Entry(f"{n}", b"") for n in range(1500)], count=1500),
    "1,500 empty members: many, but nothing in them", expected="benign", extension="zip")

add("gz-bomb", "zeros", deflate.gzip(bytes(ZEROS), SQUEEZED), "52 MiB of zeros",
    extension="joblib")
LAYER = deflate.gzip(bytes(ZEROS), SQUEEZED)
add("gz-bomb", "twice", deflate.gzip(LAYER), "gzip in gzip", extension="joblib")
add("gz-bomb", "xz", lzma.compress(bytes(ZEROS), format=lzma.FORMAT_XZ, preset=0),
    "xz of zeros", extension="joblib")


def keras(config):
    return archive([Entry("metadata.json", b'{"keras_version": "3.0.0"}'),
                    Entry("config.json", deflate.deflate(config), plain=config, method=8)])


add("json-deep", "nested", keras(b"[" * 20000 + b"]" * 20000), "20,000 levels of JSON",
    expected="malformed", extension="keras")
add("json-deep", "number", keras(b'{"n": ' + b"9" * 50000 + b"}"), "a number of 50,000 digits",
    expected="suspicious", extension="keras")


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out + bytes([value]))


def nested_messages(tag, depth):
    body = b""
    for _ in range(depth):
        body = tag + varint(len(body)) + body
    return body


add("proto-deep", "saved_model", b"\x08\x01" + nested_messages(b"\x12", 2000),
    "2,000 messages in each other", expected="malformed", extension="pb")

SPARSE = bytearray(header(b"big.bin", 512, kind=b"S", magic=b"ustar  \x00"))
SPARSE[386:410] = b"%011o\x00%011o\x00" % (0, 512)
SPARSE[483:495] = b"%011o\x00" % (8 << 30)
SPARSE[148:156] = b" " * 8
SPARSE[148:156] = b"%06o\x00 " % sum(SPARSE)
add("sparse-tar", "gnu", bytes(SPARSE) + bytes(512) + END, "a sparse file of 8 GiB",
    expected="malformed", extension="tar")
