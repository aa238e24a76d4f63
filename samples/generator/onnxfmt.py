"""Protobuf by hand, and the messages of ONNX in it."""


def varint(value):
    value &= 2**64 - 1
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def blob(field, content):
    """Text, bytes or a message."""
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


FLOAT, INT64, STRING = 1, 7, 8


def tensor(name="w", data=b"\0\0\x80\x3f", dims=(1,), dtype=FLOAT, more=b""):
    """`data` None: no raw_data at all."""
    out = b"".join(number(1, extent) for extent in dims) + number(2, dtype) + blob(8, name)
    return out + (b"" if data is None else blob(9, data)) + more


def entry(key, value):
    return blob(1, key) + blob(2, value)


def external(entries, name="w", dims=(4,), dtype=FLOAT):
    """A tensor whose elements lie in another file; `entries` is a list of keys and values."""
    places = b"".join(blob(13, entry(key, value)) for key, value in entries)
    return tensor(name, None, dims, dtype, places + number(14, 1))


def attribute(name, content, kind):
    """`content` is the field that holds the value."""
    return blob(5, blob(1, name) + content + number(20, kind))


def node(op="Relu", domain=None, attributes=b"", more=b""):
    out = blob(1, "x") + blob(2, "y") + blob(4, op) + attributes
    return out + (b"" if domain is None else blob(7, domain)) + more


def graph(nodes=None, tensors=(), more=b""):
    out = b"".join(blob(1, each) for each in (nodes or [node()])) + blob(2, "g")
    out += b"".join(blob(5, each) for each in tensors)
    ends = blob(11, blob(1, "x")) + blob(12, blob(1, "y"))
    return out + ends + more


def opset(domain="", version=17):
    return blob(8, blob(1, domain) + number(2, version))


def model(main=None, more=b""):
    return number(1, 8) + blob(2, "pratique") + opset() + blob(7, main or graph()) + more


def function(name, nodes, domain="local"):
    return blob(25, blob(1, name) + blob(4, "x") + blob(5, "y") +
                b"".join(blob(7, each) for each in nodes) + blob(10, domain) + opset())
