"""p-text: text arguments, which readers spell and read differently."""
from . import deflate, torchfmt
from .assemble import *
from .sample import Shelf

shelf = Shelf("p-text")
benign = Shelf("benign", extension="joblib.gz", loader="joblib")
add = shelf.add
SHELL = text(COMMAND)
CALL = SHELL + TUPLE1 + REDUCE + STOP


def then_run(prefix):
    """Whoever stops at `prefix` does not see the payload."""
    return PROTO4 + prefix + POP + payload() + STOP


for variant, body in [("hex", "0x1fL"), ("no_suffix", "255"), ("octal", "0o17L"),
                      ("binary", "0b101L"), ("underscore", "1_000L"), ("blank", "  7L")]:
    add("long-base0", variant, then_run(long_line(body)), f"LONG {body!r} is read with base 0")
for variant, body in [("hex", "0x10"), ("octal", "0o17"), ("underscore", "1_000")]:
    add("long-base0", f"int_{variant}", then_run(int_line(body)), f"INT {body!r} likewise")

add("string-escape", "argument", PROTO4 + SYSTEM + string_line(
    "'" + "".join(f"\\x{ord(c):02x}" for c in COMMAND) + "'") + TUPLE1 + REDUCE + STOP,
    "the command is spelt by \\x escapes")
add("string-escape", "names_hex", PROTO4 + string_line(r"'\x6f\x73'")
    + string_line(r"'s\x79stem'") + STACK_GLOBAL + CALL, "the names are spelt by \\x escapes")
add("string-escape", "names_octal", PROTO4 + string_line(r'"\157\163"')
    + string_line(r"'\163ystem'") + STACK_GLOBAL + CALL, "octal escapes, both kinds of quote")
add("string-escape", "mixed", PROTO4 + string_line(r"'o\x73'") + string_line(r"'s\171stem'")
    + STACK_GLOBAL + CALL, "escaped and plain letters in one name")

add("unicode-escape", "names_u", PROTO4 + unicode_line(r"\u006fs") + unicode_line(r"s\u0079stem")
    + STACK_GLOBAL + CALL, "UNICODE knows \\uXXXX")
add("unicode-escape", "names_big_u", PROTO4 + unicode_line(r"o\U00000073")
    + unicode_line(r"\U00000073ystem") + STACK_GLOBAL + CALL, "and \\UXXXXXXXX")
add("unicode-escape", "latin1", then_run(unicode_line(b"gr\xfc\xdfe")),
    "and raw Latin-1 bytes")

NON_ASCII = then_run(string_line("'größe'".encode()))
add("string-nonascii", "ascii", NON_ASCII, "refused while the encoding is ASCII", executes=False)
add("string-nonascii", "utf8", NON_ASCII, "read with encoding utf-8, as torch.load does",
    loader="pickle-utf8")
add("string-nonascii", "latin1", then_run(string_line(b"'gr\xfc\xdfe'")),
    "read with encoding latin1, as numpy.load may", loader="pickle-latin1")


def slot(spelling, again):
    return (PROTO4 + text("system") + put(spelling) + POP + text("os") + get(again)
            + STACK_GLOBAL + CALL)


add("put-get-forms", "plus", slot("+5", "5"), "PUT '+5' is slot 5")
add("put-get-forms", "blank", slot(" 6", "6"), "PUT ' 6' is slot 6")
add("put-get-forms", "underscore", slot("1_0", "10"), "PUT '1_0' is slot 10")
add("put-get-forms", "zeros", slot("007", "7"), "PUT '007' is slot 7")
add("put-get-forms", "zero_zero", slot("00", "0"), "PUT '00' is slot 0, where INT has False")
add("put-get-forms", "negative", slot("-1", "-1"), "a negative slot is refused",
    expected="malformed")

add("float-forms", "inf", then_run(float_line("inf")), "FLOAT inf")
add("float-forms", "nan", then_run(float_line("-nan")), "FLOAT -nan")
add("float-forms", "huge", then_run(float_line("1e999")), "FLOAT 1e999: the C reader refuses",
    expected="malformed")
add("float-forms", "hex", then_run(float_line("0x1p3")), "a hex float is refused by all",
    expected="malformed")
add("float-forms", "underscore", then_run(float_line("1_0.5")),
    "an underscore: pickle.py reads it, the C reader does not", expected="malformed")

add("crlf", "global", PROTO4 + call(glob("os\r", "system\r"), SHELL) + STOP,
    "CR is part of the name, which does not resolve", expected="suspicious")
add("crlf", "in_string", then_run(unicode_line("a\rb\x0bc\x0cd\x1ce\x85f".encode("latin1"))),
    "other line ends inside an argument are data")
add("crlf", "in_name", PROTO4 + slots(sg("argparse", "Namespace"), text("a\rb"), SYSTEM) + POP
    + call(glob("argparse", "Namespace.a\rb"), SHELL) + STOP, "a name with a CR that resolves")

add("eof-line", "string", PROTO4 + payload() + POP + b"V" + b"abc.",
    "after the payload a line without an end")
add("eof-line", "global", PROTO4 + b"cos\nsystem", "a name without an end: nothing runs",
    expected="malformed")

# A first line of more bytes than a reader looks at to guess what they are.
LONG = b"S'" + b"a" * (5 << 20) + b"'\n"
for variant, rest, why in (
        ("inst", string_line(f"'{COMMAND} {'x' * 300}'"), "the MARK of INST far before it"),
        ("global", None, "a call behind it")):
    body = LONG + POP + (MARK + rest + b"ios\nsystem\n" + STOP if rest else SYSTEM + CALL)
    packed = deflate.deflate(body)
    add("long-line", variant, deflate.gzip(body), f"a first line of 5 MiB, and {why}",
        executes=False, extension="joblib.gz")
    add("long-line", f"torch_{variant}", torchfmt.zipwriter.archive(
        [torchfmt.zipwriter.Entry("archive/data.pkl", packed, plain=body, method=8),
         torchfmt.entry("version", b"3\n")]), f"a first line of 5 MiB, and {why}",
        executes=False, extension="pt")
benign.add("long-line", "text", deflate.gzip(LONG + STOP), "a text of 5 MiB and nothing else",
           expected="benign")
