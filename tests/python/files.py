"""Model files, written byte by byte: the tests need nothing but the standard library."""
import json
import pickle
import struct

#: A pickle that would start a program.
EVIL = b"\x80\x02cos\nsystem\n(X\x04\x00\x00\x00truetR."
#: An object of a class that nobody knows.
UNKNOWN = b"\x80\x02cacme\nThing\n)\x81}X\x01\x00\x00\x00nK\x07sb."


def safetensors(tensors, metadata=None):
    """``tensors``: {name: (type, shape, bytes)}."""
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, (dtype, shape, raw) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape,
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)


def model():
    return safetensors({"a": ("F32", [2, 3], floats(1, 2, 3, 4, 5, 6)),
                        "b": ("BF16", [2], b"\x80\x3f\x00\x40"), "empty": ("F32", [0, 4], b""),
                        "c": ("I64", [], struct.pack("<q", -7))}, {"k": "v"})


def npy(values, shape, order="False"):
    header = f"{{'descr': '<f4', 'fortran_order': {order}, 'shape': {shape}, }}".encode()
    header += b" " * (117 - len(header)) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + floats(*values)


def values(value):
    return pickle.dumps(value, 4)
