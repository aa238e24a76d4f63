"""R's serialisation, written by hand in its three spellings.

    item = flags (i32), then what the type of the flags asks for; formats/rds/rds.h draws it.

An item is a list of parts here, so that a spelling is chosen last: integers, doubles, and text.
"""
import struct

OBJECT, ATTRIBUTES, TAG = 0x100, 0x200, 0x400
ACTIVE = 1 << 27
NIL, GLOBAL, UNBOUND, MISSING, EMPTY_ENVIRONMENT, BASE = 254, 253, 252, 251, 242, 241


def characters(text):
    return [0x40009, len(text.encode()), text]


def symbol(name):
    return [1, *characters(name)]


def strings(*values):
    return [16, len(values), *(part for value in values for part in characters(value))]


def reals(*values):
    return [14, len(values), *map(float, values)]


def integers(*values):
    return [13, len(values), *values]


def vector(*items, attributes=None):
    head = 19 | (ATTRIBUTES if attributes else 0)
    return [head, len(items), *sum(items, []), *(attributes or [])]


def chain(*pairs, first=2, flags=0):
    """A list of (tag or None, item); the first cell may be that of a call or of `...`."""
    out = []
    for number, (tag, value) in enumerate(pairs):
        head = (2 if number else first) | flags | (TAG if tag else 0)
        out += [head, *(symbol(tag) if tag else []), *value]
    return out + [NIL]


def call(function, *arguments):
    head = symbol(function) if isinstance(function, str) else function
    return chain((None, head), *((None, argument) for argument in arguments), first=6)


def closure(body, formals=(NIL,), environment=(GLOBAL,)):
    return [3 | TAG, *environment, *formals, *body]


def promise(expression, value=(UNBOUND,), environment=(GLOBAL,)):
    return [5 | TAG, *environment, *value, *expression]


def environment(*variables, flags=0):
    frame = chain(*variables, flags=flags) if variables else [NIL]
    return [4, 0, EMPTY_ENVIRONMENT, *frame, NIL, NIL]


def alternative(cls, package, state, attributes=(NIL,)):
    info = chain((None, symbol(cls)), (None, symbol(package)), (None, integers(13)))
    return [238, *info, *state, *attributes]


def byte_code(*constants, code=(13, 1, 12)):
    """Each constant is its type in byte code and what follows."""
    return [21, 1, *code, len(constants), *sum(constants, [])]


def xdr(parts):
    return b"".join(part.encode() if isinstance(part, str) else
                    struct.pack(">d", part) if isinstance(part, float) else
                    struct.pack(">i", part) for part in parts)


def little(parts):
    return b"".join(part.encode() if isinstance(part, str) else
                    struct.pack("<d", part) if isinstance(part, float) else
                    struct.pack("<i", part) for part in parts)


def ascii_words(parts):
    spelt = (part.replace("\\", "\\\\").replace("\n", "\\n").replace(" ", "\\040")
             if isinstance(part, str) else repr(part) for part in parts)
    return "".join(word + "\n" for word in spelt).encode()


def header(version=3):
    native = [5, "UTF-8"] if version == 3 else []
    return [version, 0x40300, 0x20300 if version == 2 else 0x30500, *native]


def rds(item, version=3, spelling=b"X"):
    write = {b"X": xdr, b"B": little, b"A": ascii_words}[spelling]
    return spelling + b"\n" + write(header(version) + list(item))


def rda(*variables, version=3, spelling=b"X"):
    """A workspace of (name, item)."""
    return b"RD" + spelling + b"%d\n" % version + rds(chain(*variables), version, spelling)
