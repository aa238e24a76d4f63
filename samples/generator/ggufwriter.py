"""GGUF and the ggml files before it, written by hand: nothing here checks that numbers fit."""
import struct

U8, U32, F32, BOOL, STRING, ARRAY, U64 = 0, 4, 6, 7, 8, 9, 10
I32 = 5
TYPE_F32, TYPE_Q4_0 = 0, 2


def string(text, length=None):
    data = text.encode() if isinstance(text, str) else text
    return struct.pack("<Q", len(data) if length is None else length) + data


def pair(key, kind, value):
    return string(key) + struct.pack("<I", kind) + value


def text(key, value):
    return pair(key, STRING, string(value))


def u32(key, value):
    return pair(key, U32, struct.pack("<I", value))


def array(key, kind, count, items):
    return pair(key, ARRAY, struct.pack("<IQ", kind, count) + items)


def texts(key, values):
    return array(key, STRING, len(values), b"".join(map(string, values)))


def entry(name, sizes, kind=TYPE_F32, offset=0):
    return (string(name) + struct.pack("<I", len(sizes)) +
            b"".join(struct.pack("<Q", size) for size in sizes) + struct.pack("<IQ", kind, offset))


def gguf(pairs=(), entries=(), data=b"", version=3, counts=None, alignment=32):
    """`counts`: tensors and pairs, if they are to be others than there are."""
    tensors, metadata = counts or (len(entries), len(pairs))
    out = b"GGUF" + struct.pack("<IQQ", version, tensors, metadata)
    out += b"".join(pairs) + b"".join(entries)
    if entries:
        out += b"\0" * (-len(out) % alignment)
    return out + data


LLAMA = text("general.architecture", "llama")


def with_template(template, key="tokenizer.chat_template"):
    return gguf([LLAMA, text(key, template)])


def ggml_tensor(name, sizes, data, kind=TYPE_F32, padding=0):
    encoded = name.encode()
    return (struct.pack("<3i", len(sizes), len(encoded), kind) +
            b"".join(struct.pack("<i", size) for size in sizes) + encoded + b"\0" * padding + data)
