#!/usr/bin/env python3
"""Writes random pickles, most of which run to STOP, and mutated ones, most of which do not.

    generate.py [--seed N] [--mutated PERCENT] COUNT FOLDER

A model of the unpickler's stack says which opcodes can come next, so that all 68 are used where
they make sense. The names are those of real callables; nobody ever imports them here.
"""
import argparse
import random
import struct
import sys
from pathlib import Path

MARK = "mark"
GLOBALS = [("os", "system"), ("builtins", "eval"), ("__builtin__", "set"),
           ("copy_reg", "_reconstructor"), ("collections", "OrderedDict"), ("numpy", "dtype"),
           ("torch._utils", "_rebuild_tensor_v2"),
           ("logging", "os.system"), ("functools", "partial"), ("a.b.c", "D.E"), ("x", "größe")]
WORDS = ["", "a", "key", "os", "system", "builtins", "größe", "x" * 300, "tab\tnew\nline",
         "\ud800"]
HASHABLE = {"int", "text", "bytes", "atom", "tuple", "object", "frozen"}


class Model:
    """The pickle so far, and what lies on the stack: kinds of values, and marks."""

    def __init__(self, rng):
        self.rng, self.out, self.stack, self.memo, self.filled = rng, bytearray(), [], {}, 0

    def emit(self, code, *push, pop=0):
        self.out += code
        if pop:
            del self.stack[-pop:]
        self.stack += push

    def segment(self):
        """The values above the last mark, and whether there is a mark."""
        for at in range(len(self.stack) - 1, -1, -1):
            if self.stack[at] == MARK:
                return self.stack[at + 1:], at
        return self.stack, None

    def close(self, code, *push, also=0):
        """An opcode that takes everything down to the mark, and `also` items below it."""
        _, at = self.segment()
        del self.stack[at - also:]
        self.out += code
        self.stack += push


def line(text):
    return text + b"\n"


def counted(code, width, body):
    return code + len(body).to_bytes(width, "little") + body


def integer(m):
    r = m.rng
    n = r.choice([0, 1, 7, 255, 256, 65535, 65536, -1, -129, 2**31 - 1, -2**31])
    big = r.choice([0, 2**63, -2**63, 2**200, -2**100, 255, -1])
    body = big.to_bytes((big.bit_length() + 8) // 8, "little", signed=True) if big else b""
    m.emit(r.choice([
        b"K" + bytes([n & 255]), b"M" + struct.pack("<H", n & 65535), b"J" + struct.pack("<i", n),
        b"I" + line(str(n).encode()), b"L" + line(str(big).encode() + r.choice([b"", b"L"])),
        b"I" + line(r.choice([b"0x10", b" 5", b"1_0", b"+3", b"01", b"00"])),
        counted(b"\x8a", 1, body), counted(b"\x8b", 4, body)]), "int")


def real(m):
    value = m.rng.choice([0.0, -1.5, 1e300, float("inf"), float("nan")])
    m.emit(m.rng.choice([b"G" + struct.pack(">d", value), b"F" + line(repr(value).encode())]),
           "int")


def words(m):
    r = m.rng
    word = r.choice(WORDS) if r.random() < 0.6 else r.choice(r.choice(GLOBALS))
    body = word.encode("utf-8", "surrogatepass")
    plain = word.encode("ascii", "replace").replace(b"\n", b" ")
    escaped = word.encode("raw_unicode_escape").replace(b"\n", b"\\u000a")
    short = body[:255] if len(body) < 256 else plain[:255]
    m.emit(r.choice([
        counted(b"\x8c", 1, short), counted(b"X", 4, body), counted(b"\x8d", 8, body),
        b"V" + line(escaped), b"S" + line(repr(plain.decode()).encode()),
        counted(b"T", 4, plain), counted(b"U", 1, plain[:255])]), "text")


def octets(m):
    body = m.rng.randbytes(m.rng.choice([0, 3, 20]))
    kind = m.rng.choice("BC89")
    if kind == "9":
        m.emit(counted(b"\x96", 8, body), "bytearray")
    else:
        code, width = {"B": (b"B", 4), "C": (b"C", 1), "8": (b"\x8e", 8)}[kind]
        m.emit(counted(code, width, body), "bytes")


def atom(m):
    m.emit(m.rng.choice([b"N", b"\x88", b"\x89"]), "atom")


def empty(m):
    code, kind = m.rng.choice([(b"]", "list"), (b"}", "dict"), (b")", "tuple"), (b"\x8f", "set")])
    m.emit(code, kind)


def name(m):
    module, attribute = m.rng.choice(GLOBALS)
    if m.rng.random() < 0.6:
        m.emit(b"c" + line(module.encode()) + line(attribute.encode()), "object")
    else:
        for word in (module, attribute):
            m.emit(counted(b"\x8c", 1, word.encode()), "text")
        m.emit(b"\x93", "object", pop=2)


def extension(m):
    n = m.rng.choice([1, 5, 200])
    m.emit(m.rng.choice([b"\x82" + bytes([n]), b"\x83" + struct.pack("<H", n),
                         b"\x84" + struct.pack("<i", n)]), "object")


def persistent(m):
    if m.stack and m.stack[-1] != MARK and m.rng.random() < 0.5:
        m.emit(b"Q", "object", pop=1)
    else:
        m.emit(b"P" + line(b"some id"), "object")


def remember(m):
    if not m.stack or m.stack[-1] == MARK:
        return
    r = m.rng
    index = r.choice([0, 1, 2, 7, 255, 256, 70000])
    form = r.randrange(4)
    if form == 0:
        index = len(m.memo)
        m.out += b"\x94"
    elif form == 1:
        m.out += b"p" + line(str(index).encode())
    elif form == 2:
        index &= 255
        m.out += b"q" + bytes([index])
    else:
        m.out += b"r" + struct.pack("<I", index)
    m.memo[index] = m.stack[-1]


def recall(m):
    if not m.memo:
        return
    index = m.rng.choice(list(m.memo))
    forms = [b"g" + line(str(index).encode()), b"j" + struct.pack("<I", index)]
    if index < 256:
        forms.append(b"h" + bytes([index]))
    m.emit(m.rng.choice(forms), m.memo[index])


def dup(m):
    if m.stack and m.stack[-1] != MARK:
        m.emit(b"2", m.stack[-1])


def mark(m):
    if m.stack.count(MARK) < 5:
        m.emit(b"(", MARK)


def pop(m):
    if len(m.stack) > 1:
        m.emit(b"0", pop=1)


def short_tuple(m):
    values, _ = m.segment()
    count = m.rng.randint(1, 3)
    if len(values) >= count:
        hashable = all(kind in HASHABLE for kind in values[-count:])
        m.emit(bytes([0x84 + count]), "tuple" if hashable else "tuple!", pop=count)


def to_mark(m):
    """One of the opcodes that take all items above the mark, if it fits."""
    values, at = m.segment()
    if at is None:
        return
    below = m.stack[at - 1] if at else None
    hashable = all(kind in HASHABLE for kind in values)
    fits = [lambda: m.close(b"1"), lambda: m.close(b"l", "list"),
            lambda: m.close(b"t", "tuple" if hashable else "tuple!"),
            lambda: m.close(b"i" + line(b"os") + line(b"system"), "object")]
    if len(values) % 2 == 0 and all(kind in HASHABLE for kind in values[::2]):
        fits.append(lambda: m.close(b"d", "dict"))
        if below in ("dict", "object"):
            fits += [lambda: m.close(b"u", below, also=1)] * 3
    if hashable:
        fits.append(lambda: m.close(b"\x91", "frozen"))
        if below in ("set", "object"):
            fits += [lambda: m.close(b"\x90", below, also=1)] * 3
    if below in ("list", "object"):
        fits += [lambda: m.close(b"e", below, also=1)] * 3
    if values and values[0] == "object":
        fits += [lambda: m.close(b"o", "object")] * 3
    m.rng.choice(fits)()


def on_top(m):
    """One of the opcodes that take the last two or three items, if it fits."""
    values, _ = m.segment()
    if len(values) < 2:
        return
    below, top = values[-2], values[-1]
    fits = []
    if below == "object":
        fits += [lambda: m.emit(b"b", "object", pop=2), lambda: m.emit(b"a", "object", pop=2)]
        fits += [lambda: m.emit(b"\x85R", "object", pop=2)] * 2
        if top.startswith("tuple"):
            fits += [lambda: m.emit(b"R", "object", pop=2),
                     lambda: m.emit(b"\x81", "object", pop=2)] * 3
    if below == "list":
        fits.append(lambda: m.emit(b"a", "list", pop=2))
    if below == top == "text":
        fits.append(lambda: m.emit(b"\x93", "object", pop=2))
    if len(values) > 2 and values[-3] in ("dict", "object") and below in HASHABLE:
        fits.append(lambda: m.emit(b"s", values[-3], pop=3))
    if fits:
        m.rng.choice(fits)()


def newobj_ex(m):
    name(m)
    m.emit(b")", "tuple")
    m.emit(b"}", "dict")
    if m.rng.random() < 0.5:
        m.emit(b"X\x01\x00\x00\x00kNs")
    m.emit(b"\x92", "object", pop=3)


def buffers(m):
    if m.stack and m.stack[-1] in ("bytes", "bytearray"):
        m.emit(b"\x98", "buffer", pop=1)
    elif m.rng.random() < 0.02:
        m.emit(b"\x97", "buffer")


def protocol(m):
    m.out += b"\x80" + bytes([m.rng.randrange(6)])


STEPS = [(integer, 8), (real, 2), (words, 9), (octets, 3), (atom, 3), (empty, 6), (name, 8),
         (extension, 1), (persistent, 2), (remember, 8), (recall, 5), (dup, 3), (mark, 6), (pop, 2),
         (short_tuple, 6), (to_mark, 9), (on_top, 20), (newobj_ex, 1), (buffers, 1),
         (protocol, 0.3)]


def framed(body, rng):
    """Frames as a pickler makes them: each holds whole bytes of the stream, none overlaps."""
    cut = rng.randrange(len(body) + 1)
    return b"\x95" + struct.pack("<Q", cut) + body[:cut] + body[cut:]


def pickle(rng):
    m = Model(rng)
    steps, weights = zip(*STEPS)
    for step in rng.choices(steps, weights, k=rng.randint(3, 60)):
        step(m)
    while MARK in m.stack:
        m.close(b"t", "tuple!")
    if not m.stack:
        m.emit(b"N", "atom")
    while len(m.stack) > 1 and rng.random() < 0.95:
        m.emit(b"0", pop=1)
    body = bytes(m.out) + b"."
    if rng.random() < 0.1:
        body = b"\x95" + struct.pack("<Q", len(body)) + body
    elif rng.random() < 0.03:
        body = framed(body, rng)
    if rng.random() < 0.7:
        body = b"\x80" + bytes([rng.choice([2, 3, 4, 4, 5])]) + body
    return body


def mutated(body, rng):
    body = bytearray(body)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(body)) if body else 0
        kind = rng.randrange(5)
        if kind == 0 and body:
            body[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            body = body[:at]
        elif kind == 2:
            body[at:at] = rng.randbytes(rng.randint(1, 3))
        elif kind == 3:
            end = at + rng.randint(1, 8)
            body[at:at] = body[at:end]
        else:
            del body[at:at + rng.randint(1, 4)]
    return bytes(body)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--mutated", type=int, default=30, metavar="PERCENT")
    parser.add_argument("count", type=int)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for number in range(options.count):
        rng = random.Random(f"{options.seed}/{number}")
        body = b"".join(pickle(rng) for _ in range(1 if rng.random() < 0.95 else 2))
        kind = "valid"
        if rng.random() * 100 < options.mutated:
            kind, body = "mutated", mutated(body, rng)
        (options.folder / f"{number:05}-{kind}.pkl").write_bytes(body)
    return 0


if __name__ == "__main__":
    sys.exit(main())
