"""f-numpy: npy, npz and joblib files that lead to a pickle, or lie about their shape."""
from . import deflate
from .assemble import *
from .numpyfmt import array_pickle, describe, floats, joblib_array, npy, npy_header
from .sample import Shelf
from .zipwriter import Entry, archive

shelf = Shelf("f-numpy", extension="npy", loader="numpy")
benign = Shelf("benign", extension="npy", loader="numpy")
add = shelf.add
PICKLE = evil()
OBJECT = npy("|O", "(1,)", PICKLE)

add("npy-header-big", "spaces", npy_header(describe("|O", "(1,)") + " " * 11000, (1, 0)) + PICKLE,
    "a header over 10,000 bytes: NumPy reads it when pickles are allowed")
add("npy-header-big", "version2", npy_header(describe("|O", "(1,)") + " " * 70000, (2, 0))
    + PICKLE, "a header that needs version 2")
add("npy-header-code", "eval", npy_header("{'descr': '<f4', 'fortran_order': False, "
    f"'shape': (__import__('os').system('{COMMAND}'),), }}") + floats(0),
    "code in the header, for readers that evaluate it", executes=False)
add("npy-header-code", "deep", npy_header("{'descr': '<f4', 'fortran_order': False, 'shape': "
    + "(" * 3000 + ")" * 3000 + ", }") + floats(0), "a header nested 3,000 deep",
    expected="suspicious")
add("npy-raw-pickle", "proto4", PICKLE, "a bare pickle called .npy: numpy.load falls back to it")
add("npy-raw-pickle", "proto0", evil_text(), "the same in protocol 0")
add("npy-shape", "huge", npy("<f8", f"({2**40}, {2**40})", bytes(16)), "a shape that overflows",
    expected="malformed")
add("npy-shape", "negative", npy("<f4", "(-1, 4)", bytes(16)), "a negative dimension",
    expected="malformed")
add("npy-shape", "short", npy("<f4", "(1000,)", bytes(16)), "less data than the shape says",
    expected="malformed")
add("npy-shape", "version9", npy("<f4", "(4,)", bytes(16), version=(9, 9)), "an unknown version",
    expected="malformed")
add("npy-shape", "header_past_end", npy_header(describe("<f4", "(4,)"), length=60000) + bytes(16),
    "a header length past the end", expected="malformed")
add("npy-shape", "trailing", npy("<f4", "(4,)", bytes(16)) + PICKLE, "a pickle behind the data",
    expected="suspicious")



def record(fields, body):
    return npy_header(f"{{'descr': {fields}, 'fortran_order': False, 'shape': (1,), }}") + body


# CVE-2019-6446: numpy.load unpickled object arrays unasked before 1.16.3.
add("npy-object", "plain", OBJECT, "an object array")
add("npy-object", "record", record("[('a', '<f4'), ('b', '|O')]", PICKLE), "one field of objects")
add("npy-object", "nested", record("[('a', '<f4'), ('b', [('c', [('d', 'O8', (2,))])])]", PICKLE),
    "objects three records deep")
add("npy-object", "titled", record("[(('O', 'a'), '<f4'), (('t', 'b'), 'object')]", PICKLE),
    "a type by its name, under a title")
benign.add("npy", "record", record("[('O', '<f4'), ('b', [('c', '<i4', (2,))])]", bytes(12)),
    "records of numbers, one called O", expected="benign")
benign.add("npy", "objects", npy("|O", "(1,)", PROTO4 + EMPTY_LIST + text("os.system") + APPEND
    + STOP), "an object array that holds text", expected="benign")

add("npz-object", "npy", archive([Entry("a.npy", OBJECT)]), "an object member", extension="npz",
    loader="npz")
add("npz-object", "no_extension", archive([Entry("weights", OBJECT)]), "a member without .npy",
    extension="npz", loader="npz")
add("npz-object", "deflated", archive([Entry("a.npy", deflate.deflate(OBJECT), plain=OBJECT,
    method=8)]), "a deflated member", extension="npz", loader="npz")

# CVE-2024-34997: joblib unpickles what follows the wrapper of an object array.
NESTED = PROTO4 + joblib_array((1,), "O", 8, b"", 0, aligned=False, order="|", inner=PICKLE) + STOP
add("joblib-object", "nested", NESTED, "an object array: joblib unpickles inside",
    extension="joblib", loader="joblib")
benign.add("joblib", "objects", PROTO4 + joblib_array((1,), "O", 8, b"", 0, aligned=False,
    order="|", inner=PROTO4 + EMPTY_LIST + STOP) + STOP, "an object array of nothing harmful",
    expected="benign", extension="joblib", loader="joblib")
HEAD = PROTO4 + EMPTY_LIST + MARK
for variant, aligned in [("after_array", True), ("after_array_unaligned", False)]:
    array = joblib_array((64,), "f", 4, bytes(range(256)), len(HEAD), aligned)
    add("joblib-object", variant, HEAD + array + payload() + APPENDS + STOP,
        "the payload comes after raw array bytes, where walkers lose their place",
        extension="joblib", loader="joblib")


def old_wrapper(filename):
    """How joblib before 0.10 named an array's file."""
    return (PROTO4 + sg("joblib.numpy_pickle_compat", "NDArrayWrapper") + EMPTY_TUPLE + NEWOBJ
            + dic(text("filename"), text(filename), text("subclass"), sg("numpy", "ndarray"),
                  text("allow_mmap"), FALSE) + BUILD + STOP)


add("joblib-ndarraywrapper", "traversal", old_wrapper("../../elsewhere.npy"),
    "reads another file, pickles allowed", executes=False, extension="joblib", loader="joblib")
add("joblib-ndarraywrapper", "companion", old_wrapper("model.joblib_01.npy"),
    "the payload lies in the .npy beside it", extension="joblib", loader="joblib",
    companions={"model.joblib_01.npy": OBJECT}, expected="malformed", executes=True)
