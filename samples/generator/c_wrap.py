"""c-wrap: pickles in wrapping paper."""
import bz2
import lzma
import struct
import zlib

from . import deflate, numpyfmt, tarwriter, torchfmt
from .assemble import *
from .sample import Shelf

shelf = Shelf("c-wrap")
add = shelf.add
PICKLE = evil()

# bz2 and LZMA come from the standard library; their encoders have not changed in many years.
for variant, content in [
        ("gz", deflate.gzip(PICKLE)), ("zlib", deflate.zlib_stream(PICKLE)),
        ("bz2", bz2.compress(PICKLE)),
        ("xz", lzma.compress(PICKLE, format=lzma.FORMAT_XZ, preset=0)),
        ("lzma", lzma.compress(PICKLE, format=lzma.FORMAT_ALONE, preset=0))]:
    add("joblib-compressed", variant, content, f"joblib.load opens {variant} by its magic",
        extension="joblib", loader="joblib")

for extension in ("txt", "json", "h5", "onnx", "safetensors", "gguf", "npy", "dat", "pb", "png"):
    add("wrong-extension", extension, PICKLE, f"a pickle called .{extension}",
        extension=extension)
add("wrong-extension", "none", evil_text(), "no extension, protocol 0", extension="")

GOOD = torchfmt.checkpoint(PROTO2 + torchfmt.state_dict(binunicode("w"), torchfmt.tensor(
    torchfmt.storage("0", 2), (2,))) + STOP, [("0", numpyfmt.floats(1, 2))])


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png():
    """One grey pixel."""
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", deflate.zlib_stream(b"\x00\x80")) + chunk(b"IEND", b""))


add("polyglot", "pickle_zip", PICKLE + GOOD, "a pickle in front of a clean torch archive")
add("polyglot", "pickle_zip_bin", PICKLE + GOOD, "the same, called .bin", extension="bin")
add("polyglot", "png_tail", png() + PICKLE, "a pickle behind a whole picture",
    expected="suspicious", extension="png")
add("polyglot", "tar_padding", tarwriter.header(b"readme.txt", 6) + (b"hello\n" + PICKLE).ljust(
    512, b"\x00") + tarwriter.END, "a pickle in the padding of a tar member",
    expected="suspicious", extension="tar", loader="none")
add("polyglot", "text_tail", b"# A model card\n\nNothing to see.\n" + PICKLE,
    "a pickle behind text", expected="suspicious", extension="md")


def number(value):
    """7z's variable-length number, up to two bytes."""
    return bytes([value]) if value < 128 else bytes([0x80 | value >> 8, value & 255])


def seven_zip(name, content):
    """One file, stored (the copy coder)."""
    title = name.encode("utf-16-le") + b"\x00\x00"
    streams = (b"\x04\x06" + number(0) + b"\x01\x09" + number(len(content)) + b"\x00"
               + b"\x07\x0b\x01\x00\x01\x01\x00\x0c" + number(len(content)) + b"\x00\x08\x0a\x01"
               + struct.pack("<I", zlib.crc32(content)) + b"\x00\x00")
    files = b"\x05\x01\x11" + number(len(title) + 1) + b"\x00" + title + b"\x00"
    end = b"\x01" + streams + files + b"\x00"
    start = struct.pack("<QQI", len(content), len(end), zlib.crc32(end))
    return (b"7z\xbc\xaf\x27\x1c\x00\x04" + struct.pack("<I", zlib.crc32(start)) + start + content
            + end)


for variant, name, content, extension in [
        ("pkl", "model.pkl", PICKLE, "7z"), ("no_extension", "weights", evil_text(), "7z"),
        ("as_pt", "data.pkl", PICKLE[:-1] + b"\xff", "pt")]:
    add("sevenzip", variant, seven_zip(name, content), f"{name} in a 7z called .{extension}",
        extension=extension, executes=False, loader="none")
