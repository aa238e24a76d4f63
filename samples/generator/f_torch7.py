"""f-torch7: Lua byte code in Torch 7's trees."""
import struct

from .sample import Shelf

shelf = Shelf("f-torch7", extension="t7", loader="none")
benign = Shelf("benign", extension="t7", loader="none")


def i32(*numbers):
    return struct.pack(f"<{len(numbers)}i", *numbers)


def i64(*numbers):
    return struct.pack(f"<{len(numbers)}q", *numbers)


def text(value):
    return i32(len(value)) + value.encode()


def number(value):
    return i32(1) + struct.pack("<d", value)


def string(value):
    return i32(2) + text(value)


def table(index, *items):
    return i32(3, index, len(items) // 2) + b"".join(items)


def torch(index, cls, content):
    return i32(4, index) + text("V 1") + text(cls) + content


def storage(index, values):
    return torch(index, "torch.FloatStorage", i64(len(values)) + struct.pack(
        f"<{len(values)}f", *values))


def tensor(index, values):
    return torch(index, "torch.FloatTensor", i32(1) + i64(len(values), 1, 1)
                 + storage(index + 1, values))


def function(kind, index, code, upvalues=None):
    head = i32(kind) if kind == 6 else i32(kind, index)
    return head + i32(len(code)) + code + (upvalues or table(index + 1))


def chunk(*constants):
    """The head of what LuaJIT dumps, and constants as it writes them."""
    return b"\x1bLJ\x01\x02" + b"".join(bytes([len(c) + 5]) + c.encode() for c in constants)


def add(technique, variant, content, why, expected="malicious"):
    shelf.add(technique, variant, content, why, expected=expected, executes=False)


RUN = chunk("execute", "os")
add("t7-function", "root", function(8, 1, RUN), "a function and nothing else")
add("t7-function", "old", function(7, 1, RUN), "the same by the older type")
add("t7-function", "in_module", torch(1, "nn.Linear", table(2, string("forward"),
    function(8, 3, RUN))), "a method of a module")
add("t7-function", "oldest", table(1, string("f"), function(6, 2, RUN)),
    "the type without a number")
add("t7-function", "ffi", function(8, 1, chunk("require", "ffi")), "a function that asks for C")
add("t7-function", "plain", function(8, 1, chunk("x")), "a function that names nothing",
    expected="suspicious")
add("t7-broken", "storage", torch(1, "torch.FloatStorage", i64(2**61)), "a size that overflows",
    expected="malformed")
add("t7-broken", "deep", torch(1, "nn.Linear", b"".join(i32(3, n, 1) for n in range(2, 500))),
    "nothing inside tables", expected="malformed")
add("t7-broken", "negative", torch(1, "nn.Linear", i32(2, -1)), "a text of negative length",
    expected="malformed")

benign.add("torch7", "tensor", tensor(1, [1.0, 2.0]), "two numbers", expected="benign")
benign.add("torch7", "table", table(1, number(1), string("os.execute"), number(2),
           tensor(2, [3.0])), "a table with a word in it", expected="benign")
benign.add("torch7", "module", torch(1, "nn.Linear", table(2, string("weight"), tensor(3, [1.0]),
           string("again"), i32(3, 2))), "a module that holds itself", expected="benign")
