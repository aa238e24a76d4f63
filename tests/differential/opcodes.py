#!/usr/bin/env python3
"""Compares our opcode table with Python's.

    opcodes.py PROGRAM

PROGRAM --opcodes prints one row per opcode: byte (0x28), name, kind of argument, first protocol.
"""
import pickletools
import subprocess
import sys

# Ours that cannot be called as Python's are, as the words are taken in C++.
NAMES = {"real": "FLOAT", "integer": "INT", "long_": "LONG"}
# pickletools' argument descriptors, by the name of the layout in our table.
KINDS = {
    None: "none", "uint1": "u1", "uint2": "u2", "int4": "i4", "uint4": "u4", "uint8": "u8",
    "float8": "f8", "decimalnl_short": "line", "decimalnl_long": "line", "floatnl": "line",
    "stringnl": "line", "stringnl_noescape": "line", "unicodestringnl": "line",
    "stringnl_noescape_pair": "two_lines",
    "string1": "counted_u1", "string4": "counted_i4", "long1": "counted_u1", "long4": "counted_i4",
    "bytes1": "counted_u1", "bytes4": "counted_u4", "bytes8": "counted_u8",
    "bytearray8": "counted_u8", "unicodestring1": "counted_u1", "unicodestring4": "counted_u4",
    "unicodestring8": "counted_u8",
}


def theirs():
    return {ord(op.code): (op.name, KINDS[op.arg.name if op.arg else None], op.proto)
            for op in pickletools.opcodes}


def ours(program):
    done = subprocess.run([program, "--opcodes"], stdout=subprocess.PIPE, text=True, check=True)
    table = {}
    for line in done.stdout.splitlines():
        byte, name, kind, protocol = line.split()
        table[int(byte, 0) & 255] = (NAMES.get(name, name.upper()), kind, int(protocol))
    return table


def main():
    mine, other = ours(sys.argv[1]), theirs()
    wrong = 0
    for byte in sorted(mine | other):
        if mine.get(byte) != other.get(byte):
            wrong += 1
            print(f"{byte:#04x}: ours {mine.get(byte)}, Python's {other.get(byte)}")
    print(f"{len(mine) - wrong} passed, {wrong} failed")
    return 1 if wrong or len(mine) != len(other) else 0


if __name__ == "__main__":
    sys.exit(main())
