"""p-stream: the shape of the opcode stream."""
from .assemble import *
from .sample import Shelf

shelf = Shelf("p-stream")
add = shelf.add
RUN = payload()

# The payload ran before the machine met the error.
for variant, tail, why in [
        ("truncated", b"", "no STOP"),
        ("bad_opcode", b"\xff.", "an opcode that does not exist"),
        ("past_end", b"X\xff\xff\x00\x00ab", "a length past the end"),
        ("underflow", POP + POP + b".", "stack underflow"),
        ("memo_miss", binget(99) + STOP, "a memo slot that was never filled"),
        ("bad_utf8", text(b"\xc3\x28") + STOP, "text that is no UTF-8"),
        ("bad_import", sg("no_such_module_here", "x") + STOP, "an import that fails"),
        ("bad_proto", proto(9) + STOP, "PROTO 9"),
        ("negative", b"T\xff\xff\xff\xffab.", "a negative length"),
        ("mark_miss", TUPLE + STOP, "TUPLE without MARK"),
        ("unregistered", ext1(199) + STOP, "an extension code that nobody registered")]:
    add("broken-after", variant, PROTO4 + RUN + tail, f"payload, then {why}")

add("missing-proto", "proto4_opcodes", RUN + STOP, "opcodes of protocol 4 without a PROTO")
add("missing-proto", "zero", proto(0) + RUN + STOP, "PROTO 0, then opcodes of protocol 4")
add("missing-proto", "leading_none", NONE + POP + RUN + STOP, "begins with NONE POP")
add("missing-proto", "leading_mark", MARK + POP_MARK + RUN + STOP, "begins with MARK POP_MARK")
add("missing-proto", "five_text", PROTO5 + evil_text(), "PROTO 5, then text opcodes")
add("missing-proto", "late", EMPTY_LIST + PROTO4 + RUN + APPEND + STOP, "PROTO in the middle")

add("proto-late", "six", PROTO4 + RUN + proto(6) + STOP, "PROTO 6 comes after the payload")
add("proto-early-bad", "six", proto(6) + RUN + STOP, "PROTO 6 first: nothing runs",
    expected="malformed")
add("proto-early-bad", "ff", proto(255) + RUN + STOP, "PROTO 255 first", expected="malformed")

BODY = RUN + STOP
add("frame-lie", "zero", PROTO4 + frame(b"", 0) + BODY, "a frame of no bytes")
add("frame-lie", "short", PROTO4 + frame(BODY, 5),
    "the frame ends inside an argument: the C reader does not mind")
add("frame-lie", "nested", PROTO4 + frame(frame(BODY)), "a frame in a frame")
add("frame-lie", "proto0", frame(BODY), "a frame and no PROTO")
add("frame-lie", "several", PROTO4 + frame(NONE + POP) + frame(RUN) + frame(STOP), "three frames")
add("frame-lie", "hidden", PROTO4 + frame(text("a" * 40) + POP, 12) + BODY,
    "an argument that crosses the end of its frame, payload behind")
add("frame-lie", "past_end", PROTO4 + frame(BODY, 1 << 20),
    "longer than the file: the C reader refuses, pickle.py runs it", loader="pickle-python")
add("frame-lie", "past_end_c", PROTO4 + frame(BODY, 1 << 40), "the same for the C reader",
    expected="malformed")

add("leading-junk", "newline", b"\n" + evil(), "a byte before the pickle", expected="malformed")
add("leading-junk", "bom", b"\xef\xbb\xbf" + evil(), "a byte-order mark before it",
    expected="malformed")
add("leading-junk", "zeros", bytes(512) + evil(), "at offset 512, for loaders that seek",
    expected="suspicious")

add("proto5-ops", "bytearray8", PROTO5 + bytearray8(b"abc") + POP + RUN + STOP,
    "BYTEARRAY8 before the payload")
add("proto5-ops", "readonly", PROTO5 + bytearray8(b"abc") + READONLY_BUFFER + POP + RUN + STOP,
    "READONLY_BUFFER before the payload")
add("proto5-ops", "next_buffer", PROTO5 + RUN + NEXT_BUFFER + STOP,
    "NEXT_BUFFER without buffers, after the payload")

LIST_ARGS = PROTO4 + SYSTEM + lst(text(COMMAND)) + REDUCE + STOP
add("reduce-arg", "list_c", LIST_ARGS, "a list of arguments: the C reader refuses",
    executes=False)
add("reduce-arg", "list_python", LIST_ARGS, "the same bytes run in pickle.py",
    loader="pickle-python")
add("reduce-arg", "text_args", PROTO4 + sg("builtins", "print") + text(MARKER[:1]) + REDUCE
    + POP + SYSTEM + EMPTY_LIST + text(COMMAND) + APPEND + REDUCE + STOP,
    "text and list as arguments, in pickle.py", loader="pickle-python")

add("cyclic", "list", PROTO4 + EMPTY_LIST + DUP + APPEND + POP + RUN + STOP,
    "a list that holds itself comes first")
add("cyclic", "dict_in_tuple",
    PROTO4 + EMPTY_DICT + binput(0) + text("k") + binget(0) + TUPLE1 + SETITEM + POP + RUN + STOP,
    "a dict inside its own tuple comes first")
