"""Marshalled code objects by hand, so that the bytes do not depend on the Python that writes them.

The instructions are those of nothing in particular: what a scanner reads are names and texts.
"""
import struct

NOTHING = b"\x97\x00d\x00S\x00"  # RESUME, LOAD_CONST, RETURN_VALUE of Python 3.11


def text(value):
    return b"\xda" + bytes([len(value)]) + value.encode()


def block(value):
    return b"s" + struct.pack("<I", len(value)) + value


def many(items):
    return b")" + bytes([len(items)]) + b"".join(items)


def numbers(count):
    return struct.pack(f"<{count}I", 1, *[0] * (count - 1))


def code311(names, texts=(), inner=()):
    """A function that uses these names, as Python 3.11 and later lay it out."""
    constants = many([b"N", *map(text, texts), *inner])
    return (b"\xe3" + numbers(5) + block(NOTHING) + constants + many([text(n) for n in names]) +
            many([text("x")]) + block(b"&") + text("<stdin>") + text("<lambda>") +
            text("<lambda>") + struct.pack("<I", 1) + block(b"") + block(b""))


def code38(names, texts=(), counts=6):
    """The same as of Python 3.8 to 3.10; with five counts, of 3.0 to 3.7."""
    return (b"\xe3" + numbers(counts) + block(NOTHING) + many([b"N", *map(text, texts)]) +
            many([text(n) for n in names]) + many([text("x")]) + many([]) + many([]) +
            text("<stdin>") + text("<lambda>") + struct.pack("<I", 1) + block(b""))


def code27(names, texts=()):
    def interned(value):
        return b"t" + struct.pack("<I", len(value)) + value.encode()

    def tuple_of(items):
        return b"(" + struct.pack("<I", len(items)) + b"".join(items)

    return (b"c" + numbers(4) + block(NOTHING) +
            tuple_of([b"N", *(block(t.encode()) for t in texts)]) +
            tuple_of([interned(n) for n in names]) + tuple_of([interned("x")]) + tuple_of([]) +
            tuple_of([]) + block(b"<stdin>") + interned("<lambda>") + struct.pack("<I", 1) +
            block(b""))
