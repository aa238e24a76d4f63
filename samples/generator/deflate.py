"""DEFLATE, gzip and zlib by hand, so that the same input always gives the same bytes: a compressor
library may change its mind between versions.

Two encoders: a small greedy one with the fixed code tables, and one that only writes runs of zeros
and does it with two bits per 258 bytes.
"""
import struct
import zlib

LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99,
               115, 131, 163, 195, 227, 258]
LENGTH_EXTRA = [0] * 8 + [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4 + [5] * 4 + [0]
DISTANCE_BASE = [1, 2, 3, 4] + [((2 + half) << extra) + 1 for extra in range(1, 14)
                                for half in (0, 1)]
DISTANCE_EXTRA = [0] * 4 + [extra for extra in range(1, 14) for _ in (0, 1)]


class Bits:
    """Collects bits, least significant first; codes go in from their top bit."""

    def __init__(self):
        self.out, self.held, self.count = bytearray(), 0, 0

    def put(self, value, width):
        self.held |= value << self.count
        self.count += width
        while self.count >= 8:
            self.out.append(self.held & 255)
            self.held >>= 8
            self.count -= 8

    def code(self, value, width):
        self.put(int(format(value, f"0{width}b")[::-1], 2), width)

    def done(self):
        if self.count:
            self.put(0, 8 - self.count)
        return bytes(self.out)


def fixed_symbol(bits, symbol):
    if symbol < 144:
        bits.code(0x30 + symbol, 8)
    elif symbol < 256:
        bits.code(0x190 + symbol - 144, 9)
    elif symbol < 280:
        bits.code(symbol - 256, 7)
    else:
        bits.code(0xC0 + symbol - 280, 8)


def fixed_match(bits, length, distance):
    index = max(i for i, base in enumerate(LENGTH_BASE) if base <= length)
    fixed_symbol(bits, 257 + index)
    bits.put(length - LENGTH_BASE[index], LENGTH_EXTRA[index])
    index = max(i for i, base in enumerate(DISTANCE_BASE) if base <= distance)
    bits.code(index, 5)
    bits.put(distance - DISTANCE_BASE[index], DISTANCE_EXTRA[index])


def deflate(data):
    """One block with the fixed tables, matches found by the last place of each three bytes."""
    bits, seen, at = Bits(), {}, 0
    bits.put(1, 1)
    bits.put(1, 2)
    while at < len(data):
        key = data[at:at + 3]
        before, length = seen.get(key), 0
        if len(key) == 3 and before is not None and at - before <= 32768:
            while length < 258 and at + length < len(data) and (
                    data[before + length] == data[at + length]):
                length += 1
        if length >= 3:
            fixed_match(bits, length, at - before)
        else:
            fixed_symbol(bits, data[at])
            length = 1
        for place in range(at, at + length):
            seen[data[place:place + 3]] = place
        at += length
    fixed_symbol(bits, 256)
    return bits.done()


def zero_run(matches):
    """1 + 258 * matches zero bytes. A block with tables of its own in which "copy 258 bytes" is one
    bit and "from one byte back" another: 1 : 1032, the most that DEFLATE can do."""
    bits = Bits()
    bits.put(1, 1)
    bits.put(2, 2)
    bits.put(286 - 257, 5)   # literal and length codes
    bits.put(1 - 1, 5)       # distance codes
    bits.put(18 - 4, 4)      # lengths of the code-length code, in their odd order
    lengths = {18: 2, 0: 2, 1: 2, 2: 2}
    for symbol in (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1):
        bits.put(lengths.get(symbol, 0), 3)
    # canonical: symbols in order 0, 1, 2, 18 have the codes 00, 01, 10, 11
    two, one, long_zero = (0b10, 2), (0b01, 2), (0b11, 2)

    def zeros(count):
        while count:
            step = min(count, 138)
            bits.code(*long_zero)
            bits.put(step - 11, 7)
            count -= step

    bits.code(*two)          # literal 0
    zeros(138)
    zeros(117)
    bits.code(*two)          # end of block
    zeros(28)
    bits.code(*one)          # length 258
    bits.code(*one)          # distance 1
    bits.code(0b10, 2)       # the literal zero: codes are 285 -> 0, 0 -> 10, 256 -> 11
    for _ in range(matches):
        bits.code(0, 1)
        bits.code(0, 1)
    bits.code(0b11, 2)
    return bits.done()


def gzip(data, body=None):
    """A gzip member; `body` is the DEFLATE stream if it was made otherwise."""
    body = deflate(data) if body is None else body
    return (b"\x1f\x8b\x08\x00" + bytes(4) + b"\x00\xff" + body
            + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF))


def zlib_stream(data):
    return b"\x78\x9c" + deflate(data) + struct.pack(">I", zlib.adler32(data))
