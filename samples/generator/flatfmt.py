"""FlatBuffers by hand, front to back: what a table refers to comes behind it."""
import struct


class Table:
    """Fields by their number: (format of struct, value) for a number, or what is referred to."""

    def __init__(self, **fields):
        self.fields = {int(name.lstrip("f")): value for name, value in fields.items()}


class Numbers:
    """A vector of numbers of one format: b B i I q Q."""

    def __init__(self, kind, values):
        self.kind, self.values = kind, list(values)


def write(root, identifier, header=b""):
    """The file. `header` stands behind the identifier. Nothing is shared."""
    out = bytearray(4) + identifier + header

    def pad(to):
        out.extend(bytes(-len(out) % to))

    def point(at, target):
        place = put(target)
        out[at:at + 4] = struct.pack("<I", place - at)

    def put(what):
        writers = {Table: put_table, Numbers: put_numbers, list: put_list}
        return writers.get(type(what), put_text)(what)

    def put_text(what):
        content = what.encode() if isinstance(what, str) else what
        pad(4)
        at = len(out)
        out.extend(struct.pack("<I", len(content)) + content + b"\0")
        return at

    def put_numbers(what):
        size = struct.calcsize(what.kind)
        pad(8)
        out.extend(bytes(4 if size == 8 else 0))
        at = len(out)
        out.extend(struct.pack("<I", len(what.values)))
        out.extend(b"".join(struct.pack("<" + what.kind, value) for value in what.values))
        return at

    def put_list(what):
        pad(4)
        at = len(out)
        out.extend(struct.pack("<I", len(what)) + bytes(4 * len(what)))
        for i, each in enumerate(what):
            point(at + 4 + 4 * i, each)
        return at

    def put_table(what):
        def width(value):
            return struct.calcsize(value[0]) if isinstance(value, tuple) else 4
        places, end = {}, 4
        for field, value in sorted(what.fields.items(), key=lambda each: -width(each[1])):
            end += -end % width(value)
            places[field] = end
            end += width(value)
        slots = max(what.fields, default=-1) + 1
        pad(8)
        vtable = len(out)
        out.extend(struct.pack("<HH", 4 + 2 * slots, end))
        out.extend(b"".join(struct.pack("<H", places.get(i, 0)) for i in range(slots)))
        pad(8)
        at = len(out)
        out.extend(struct.pack("<i", at - vtable) + bytes(end - 4))
        for field, value in what.fields.items():
            if isinstance(value, tuple):
                struct.pack_into("<" + value[0], out, at + places[field], value[1])
        for field, value in what.fields.items():
            if not isinstance(value, tuple):
                point(at + places[field], value)
        return at

    point(0, root)
    return bytes(out)
