"""An HDF5 writer that can lie: superblock 0, object headers of version 1, links as messages.

A file is built from its leaves: each function that puts something into it returns an address.
"""
import struct

NONE = 2**64 - 1
SIGNATURE = b"\x89HDF\r\n\x1a\n"
SUPERBLOCK = 96


def le(form, *values):
    return struct.pack("<" + form, *values)


def padded(body):
    return body + b"\0" * (-len(body) % 8)


# --- messages: (type, body) -----------------------------------------------------------------

FLOAT32 = bytes([0x11, 0x20, 31, 0]) + le("IHHBBBBI", 4, 0, 32, 23, 8, 0, 23, 127)
BYTE = bytes([0x10, 0, 0, 0]) + le("IHH", 1, 0, 8)


def text_type(size):
    return bytes([0x13, 0, 0, 0]) + le("I", size)


def opaque_type(size):
    return bytes([0x15, 0, 0, 0]) + le("I", size)


VARIABLE_TEXT = bytes([0x19, 1, 0, 0]) + le("I", 16) + text_type(1)


def space(*shape):
    return 0x01, bytes([1, len(shape), 0]) + b"\0" * 5 + b"".join(le("Q", n) for n in shape)


def datatype(body):
    return 0x03, body


def contiguous(address, size):
    return 0x08, bytes([3, 1]) + le("QQ", address, size)


def chunked(address, *dimensions):
    """The last of `dimensions` is the size of an element."""
    head = bytes([3, 2, len(dimensions)]) + le("Q", address)
    return 0x08, head + b"".join(le("I", n) for n in dimensions)


def filters(*numbers):
    rows = [le("H", n) + (le("H", 0) if n >= 256 else b"") + le("HHI", 0, 1, 1) for n in numbers]
    return 0x0B, bytes([2, len(numbers)]) + b"".join(rows)


def hard(name, address):
    return 0x06, bytes([1, 0, len(name)]) + name.encode() + le("Q", address)


def other(kind, name, target):
    return 0x06, bytes([1, 8, kind, len(name)]) + name.encode() + le("H", len(target)) + target


def soft(name, path):
    return other(1, name, path.encode())


def external(name, file, path):
    return other(64, name, b"\0" + file.encode() + b"\0" + path.encode() + b"\0")


def attribute(name, value):
    """A text of fixed length."""
    value = value if isinstance(value, bytes) else value.encode()
    return raw_attribute(name, text_type(len(value)), value)


def raw_attribute(name, kind, value):
    head = le("BBHHH", 1, 0, len(name) + 1, len(kind), 8)
    return 0x0C, head + padded(name.encode() + b"\0") + padded(kind) + padded(space()[1]) + value


class File:
    def __init__(self):
        self.body = b""

    def put(self, data):
        address = SUPERBLOCK + len(self.body)
        self.body += padded(data)
        return address

    def object(self, *messages):
        rows = b""
        for kind, body in messages:
            body = padded(body)
            rows += le("HHB", kind, len(body), 0) + b"\0" * 3 + body
        return self.put(le("BBHII", 1, 0, len(messages), 1, len(rows)) + b"\0" * 4 + rows)

    def group(self, *links):
        nothing_in_a_heap = 0x02, bytes(2) + le("QQ", NONE, NONE)
        return self.object(nothing_in_a_heap, *links)

    def dataset(self, kind, data, size=1):
        """One dimension of elements of `size` bytes, in one run."""
        return self.object(space(len(data) // size), datatype(kind),
                           contiguous(self.put(data), len(data)))

    def heap(self, *texts):
        """A local heap with these texts, and where each begins."""
        data, places = b"\0" * 8, []
        for text in texts:
            places.append(len(data))
            data += padded(text.encode() + b"\0")
        at = self.put(data)
        return self.put(b"HEAP" + le("IQQQ", 0, len(data), NONE, at)), places

    def global_object(self, data):
        """A collection of one object; its number is 1."""
        body = le("HHIQ", 1, 1, 0, len(data)) + padded(data)
        return self.put(b"GCOL" + le("IQ", 1, 16 + len(body)) + body)

    def variable_text(self, name, text):
        """An attribute of a text of variable length."""
        data = text.encode()
        place = le("IQI", len(data), self.global_object(data), 1)
        return raw_attribute(name, VARIABLE_TEXT, place)

    def external_files(self, *files):
        """Raw data elsewhere: (name, offset, bytes) of each."""
        heap, places = self.heap(*(name for name, _, _ in files))
        body = le("BBHHHQ", 1, 0, 0, len(files), len(files), heap)
        for place, (_, begin, size) in zip(places, files):
            body += le("QQQ", place, begin, size)
        return 0x07, body

    def virtual(self, file, dataset):
        """A virtual layout that takes all of a dataset of another file."""
        all_of_it = le("IIII", 3, 1, 0, 0)
        entry = file.encode() + b"\0" + dataset.encode() + b"\0" + all_of_it * 2
        at = self.global_object(b"\0" + le("Q", 1) + entry + b"\0" * 4)
        return 0x08, bytes([4, 3]) + le("QI", at, 1)

    def build(self, root, user_block=b""):
        head = SIGNATURE + bytes([0, 0, 0, 0, 0, 8, 8, 0]) + le("HHI", 4, 16, 0)
        head += le("QQQQ", 0, NONE, SUPERBLOCK + len(self.body), NONE)
        head += le("QQII", 0, root, 0, 0) + b"\0" * 16
        return user_block + head + self.body
