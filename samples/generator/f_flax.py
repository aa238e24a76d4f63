"""f-flax: Flax's MessagePack with arrays that do not add up, and what is not Flax's."""
import struct

from .assemble import evil
from .sample import Shelf

shelf = Shelf("f-flax", extension="msgpack", loader="none")
benign = Shelf("benign", extension="msgpack", loader="none")
PICKLE = evil()


def text(value):
    raw = value.encode()
    return (bytes([0xa0 | len(raw)]) if len(raw) < 32 else bytes([0xd9, len(raw)])) + raw


def data(raw):
    return b"\xc5" + len(raw).to_bytes(2, "big") + raw


def array(*items):
    return bytes([0x90 | len(items)]) + b"".join(items)


def mapping(**pairs):
    return named(*pairs.items())


def named(*pairs):
    return bytes([0x80 | len(pairs)]) + b"".join(text(key) + value for key, value in pairs)


def extension(kind, raw):
    return b"\xc8" + len(raw).to_bytes(2, "big") + struct.pack("b", kind) + raw


def numbers(shape, dtype, raw, kind=1):
    return extension(kind, array(array(*(bytes([n]) for n in shape)), text(dtype), data(raw)))


def chunked(shape, *pieces):
    return named(("__msgpack_chunked_array__", b"\xc3"),
                 ("shape", named(*((str(i), bytes([n])) for i, n in enumerate(shape)))),
                 ("chunks", named(*((str(i), piece) for i, piece in enumerate(pieces)))))


def add(technique, variant, content, why, expected="suspicious"):
    shelf.add(technique, variant, content, why, expected=expected, executes=False)


TWO = numbers((2,), "float32", bytes(8))
add("flax-type", "object", mapping(w=numbers((1,), "object", bytes(8))), "an array of objects")
add("flax-type", "letter", mapping(w=numbers((1,), "O", bytes(8))), "the same by its letter")
add("flax-type", "unknown", mapping(w=numbers((1,), "os.system", bytes(8))), "no such type",
    expected="malformed")
add("flax-size", "short", mapping(w=numbers((3,), "float32", bytes(8))), "fewer bytes than said",
    expected="malformed")
add("flax-size", "overflow", mapping(w=extension(1, array(array(*[b"\xcf" + b"\x7f" * 8] * 3),
    text("float32"), data(bytes(8))))), "a shape that overflows", expected="malformed")
add("flax-size", "chunks", mapping(w=chunked((2, 3), TWO, TWO)), "pieces of another size",
    expected="malformed")
add("flax-extension", "pickle", mapping(w=TWO, p=extension(5, PICKLE)),
    "a pickle under a number of its own", expected="malicious")
add("flax-extension", "plain", mapping(w=TWO, p=extension(42, b"abcd")), "a number of its own")
add("flax-trailing", "pickle", mapping(w=TWO) + PICKLE, "a pickle behind the end",
    expected="malicious")
add("flax-name", "dots", mapping(params=named(("../../w", TWO))), "a name that climbs")
add("flax-name", "absolute", mapping(params=named(("/etc/w", TWO))), "a name from the root")
add("flax-deep", "maps", b"\x81\xa1a" * 2000 + TWO, "2,000 levels", expected="malformed")
benign.add("flax", "plain", mapping(params=mapping(kernel=TWO, bias=numbers((), "bfloat16",
           bytes(2), 3)), step=b"\x07"), "two arrays", expected="benign")
benign.add("flax", "chunks", mapping(w=chunked((2, 2), TWO, TWO)), "an array in two pieces",
           expected="benign")
benign.add("flax", "no_arrays", mapping(a=b"\x01", b=array(text("x"), b"\xc0")),
           "MessagePack of another program", expected="benign")
benign.add("flax", "pickle_bytes", mapping(w=numbers((len(PICKLE),), "uint8", PICKLE)),
           "an array whose bytes are those of a pickle", expected="benign")
