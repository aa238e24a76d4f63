"""A tar writer that can lie: one 512-byte header at a time, any field as given."""

BLOCK = 512


def padded(data):
    return data + bytes(-len(data) % BLOCK)


def header(name, size=0, kind=b"0", link=b"", prefix=b"", magic=b"ustar\x0000", mode=b"0000644",
           checksum=None):
    """`size` is a number or twelve raw bytes; `magic` b"" gives the V7 form."""
    raw_size = size if isinstance(size, bytes) else b"%011o\x00" % size
    block = bytearray(BLOCK)
    block[0:len(name)] = name
    block[100:107] = mode
    block[108:115] = block[116:123] = b"0000000"
    block[124:136] = raw_size
    block[136:147] = b"00000000000"
    block[148:156] = b" " * 8
    block[156:157] = kind
    block[157:157 + len(link)] = link
    block[257:257 + len(magic)] = magic
    block[345:345 + len(prefix)] = prefix
    total = sum(block) if checksum is None else checksum
    block[148:156] = b"%06o\x00 " % total
    return bytes(block)


def member(name, data, **more):
    return header(name, len(data), **more) + padded(data)


def pax(**records):
    """A PAX header for the member that follows."""
    body = b""
    for key, value in records.items():
        line = b" " + key.encode() + b"=" + value.encode() + b"\n"
        length = len(line) + 1
        while length != len(line) + len(str(length)):
            length = len(line) + len(str(length))
        body += str(length).encode() + line
    return member(b"PaxHeader/entry", body, kind=b"x")


def long_name(name):
    return member(b"././@LongLink", name + b"\x00", kind=b"L")


END = bytes(2 * BLOCK)
