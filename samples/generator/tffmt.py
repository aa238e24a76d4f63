"""TensorFlow's messages, field by field: graphs, and the index of a checkpoint."""
from .assemble import raw


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes(out + bytes([value]))


def number(field, value):
    return varint(field << 3) + varint(value)


def field(number_, content):
    """Text, bytes or a message."""
    content = raw(content)
    return varint(number_ << 3 | 2) + varint(len(content)) + content


# --- graphs ---------------------------------------------------------------------------------

def attribute(key, value):
    return field(5, field(1, key) + field(2, value))


def node(name, op, *inputs, attributes=b""):
    return field(1, name) + field(2, op) + b"".join(field(3, i) for i in inputs) + attributes


def constant(name, text):
    """A Const that is one text."""
    tensor = number(1, 7) + field(2, b"") + field(8, text)
    return node(name, "Const", attributes=attribute("dtype", number(6, 7)) +
                attribute("value", field(8, tensor)))


def call(name, function, *inputs):
    return node(name, "StatefulPartitionedCall", *inputs,
                attributes=attribute("f", field(10, field(1, function))))


def function(name, arguments, *nodes):
    signature = field(1, name) + b"".join(field(2, field(1, a)) for a in arguments)
    return field(1, signature) + b"".join(field(3, n) for n in nodes)


def graph(*nodes, functions=()):
    out = b"".join(field(1, n) for n in nodes)
    return out + (field(2, b"".join(field(1, f) for f in functions)) if functions else b"")


def asset(tensor, filename):
    return field(6, field(1, field(1, tensor)) + field(2, filename))


def metagraph(graph_, *rest, saver=None):
    info = field(1, field(4, "serve") + field(5, "2.18.0"))
    return info + field(2, graph_) + (field(3, field(1, saver)) if saver else b"") + b"".join(rest)


def savedmodel(*metagraphs):
    return number(1, 1) + b"".join(field(2, m) for m in metagraphs)


PLACEHOLDER = node("x", "Placeholder")
IDENTITY = node("y", "Identity", "x")


def model(*nodes, **more):
    """A SavedModel of a graph that does nothing, and these nodes."""
    return savedmodel(metagraph(graph(PLACEHOLDER, IDENTITY, *nodes, **more)))


# --- checkpoints ----------------------------------------------------------------------------

def crc32c(content):
    crc = 0xffffffff
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def masked(content):
    crc = crc32c(content)
    return ((crc >> 15 | crc << 17) + 0xa282ead8 & 0xffffffff).to_bytes(4, "little")


def block(rows):
    """Entries that share nothing with each other: each a restart."""
    out, restarts = b"", []
    for key, value in rows:
        restarts.append(len(out))
        out += varint(0) + varint(len(key)) + varint(len(value)) + key + value
    out += b"".join(r.to_bytes(4, "little") for r in restarts or [0])
    return out + (len(restarts) or 1).to_bytes(4, "little")


def index(entries, hidden=b""):
    """An index of one data block, with `hidden` behind it."""
    header = number(1, 1) + field(3, number(1, 1))
    out, handles = b"", []
    for content in (block([(b"", header), *entries]), block([])):
        handles.append(varint(len(out)) + varint(len(content)))
        out += content + b"\0" + masked(content + b"\0")
        if len(handles) == 1:
            out += hidden
    content = block([(entries[-1][0], handles[0])])
    footer = handles[1] + varint(len(out)) + varint(len(content))
    out += content + b"\0" + masked(content + b"\0")
    return out + footer.ljust(40, b"\0") + bytes.fromhex("57fb808b2475 47db".replace(" ", ""))


def entry(elements):
    """Of a vector of float32, at the beginning of the shard."""
    shape = field(2, number(1, len(elements) // 4))
    crc = varint(6 << 3 | 5) + masked(elements)
    return number(1, 1) + field(2, shape) + number(5, len(elements)) + crc
