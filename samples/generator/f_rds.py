"""f-rds: what R does with a file by itself, and code that a file carries."""
from . import deflate
from .assemble import COMMAND
from .rdsfmt import *
from .sample import Shelf

shelf = Shelf("f-rds", extension="rds", loader="none")
benign = Shelf("benign", extension="rds", loader="none")
SYSTEM = call("system", strings(COMMAND))
BENIGN = call("+", reals(1), reals(2))


def add(technique, variant, content, why, expected="malicious", **more):
    shelf.add(technique, variant, content, why, expected=expected, executes=False, **more)


# --- CVE-2024-27322 -----------------------------------------------------------------------------
add("rds-promise", "plain", rds(promise(SYSTEM)), "a promise in place of the value")
add("rds-promise", "version2", rds(promise(SYSTEM), 2), "the same in version 2")
add("rds-promise", "binary", rds(promise(SYSTEM), 2, b"B"), "the same in the machine's order")
add("rds-promise", "ascii", rds(promise(SYSTEM), 3, b"A"), "the same as text")
add("rds-promise", "gzip", deflate.gzip(rds(promise(SYSTEM))), "the same, compressed")
add("rds-promise", "in_list", rds(vector(reals(1), promise(SYSTEM))), "one item of a list")
add("rds-promise", "harmless_name", rds(promise(call("print", strings("pratique-sample")))),
    "a promise that calls nothing of note is one all the same")
add("rds-promise", "attribute", rds(vector(reals(1), attributes=chain(("names",
    promise(SYSTEM))))), "in place of an attribute")
add("rds-promise", "workspace", rda(("x", promise(SYSTEM))), "a variable of a workspace",
    extension="rda")
add("rds-promise", "shared_name", rds(vector(symbol("system"), promise(
    chain((None, [1 << 8 | 255]), (None, strings(COMMAND)), first=6)))),
    "the name of the function stands elsewhere, and is referred to")

add("rds-hook", "first", rda((".First", closure(BENIGN))), "a function that R calls on start",
    extension="RData")
add("rds-hook", "last", rda(("x", reals(1)), (".Last", closure(BENIGN)), spelling=b"A"),
    "a function that R calls when it ends", extension="RData")
add("rds-code", "closure", rds(closure(SYSTEM)), "a function that starts a program")
add("rds-code", "qualified", rds(closure(call("paste", call(call("::", symbol("base"),
    symbol("system")), strings(COMMAND))))), "the same by base::system")
add("rds-code", "by_name", rds(closure(call("do.call", strings("system"), strings(COMMAND)))),
    "the same by do.call")
add("rds-code", "bytecode", rds(byte_code([1, *symbol("system")], [16, *strings(COMMAND)])),
    "byte code whose constants name it")
add("rds-code", "builtin", rds(vector([8, 8, "dyn.load"])), "an internal function as a value")
add("rds-code", "environment", rds(environment(("f", closure(call("socketConnection"))))),
    "a function in an environment")
add("rds-code", "plain", rds(closure(BENIGN)), "a function that adds numbers",
    expected="suspicious")
add("rds-code", "pending", rds(environment(("x", promise(BENIGN)))),
    "an argument that was not evaluated", expected="suspicious")
add("rds-code", "active", rds(environment(("x", reals(1)), flags=ACTIVE)),
    "a variable that is computed", expected="suspicious")
add("rds-code", "stored_call", rds(call("update", SYSTEM)), "a call kept as data",
    expected="suspicious")
add("rds-alternative", "mmap", rds(alternative("mmap_integer", "base", vector(
    strings("/etc/hostname"), integers(4)))), "a vector that is a file")
add("rds-alternative", "package", rds(alternative("vroom_dbl", "vroom", [NIL])),
    "a vector that a package makes", expected="suspicious")

add("rds-broken", "truncated", rds(vector(reals(1)))[:-4], "the last number is cut",
    expected="malformed")
add("rds-broken", "bytecode", rds([21, 1, 24]), "byte code that is no code", expected="malformed")
add("rds-broken", "length", rds([14, -1, 0x7FFF, -1]), "2^47 numbers", expected="malformed")
add("rds-broken", "reference", rds([7 << 8 | 255]), "a reference to nothing",
    expected="malformed")
add("rds-broken", "deep", rds([19, 1] * 300), "nothing inside lists", expected="malformed")
add("rds-broken", "type", rds([99]), "a type that R does not have", expected="malformed")

for spelling, name in [(b"X", "xdr"), (b"B", "binary"), (b"A", "ascii")]:
    benign.add("rds", name, rds(vector(reals(1, 2.5), strings("system", "a b"), integers(7)), 3,
               spelling), "numbers and words", expected="benign")
benign.add("rds", "forced_promise", rds(environment(("x", promise(BENIGN, value=reals(3))))),
           "an argument that was evaluated", expected="benign")
benign.add("rds", "model_call", rds(vector(call("lm", call("~", symbol("y"), symbol("system"))))),
           "the call that made a model, with a variable called system", expected="benign")
benign.add("rds", "compact", rds(alternative("compact_intseq", "base", reals(3, 1, 1))),
           "the numbers 1 to 3", expected="benign")
benign.add("rds", "workspace", rda((".First.lib", reals(1)), ("x", strings("y"))),
           "two variables", extension="rda", expected="benign")
benign.add("rds", "formula", rds(call("~", symbol("y"), symbol("x"))), "a formula",
           expected="benign")
