"""f-hdf5: files that lead to other files, to libraries, in circles, or to more than there is."""
from .assemble import *
from .hdf5fmt import *
from .sample import Shelf

shelf = Shelf("f-hdf5", extension="h5", loader="none")
benign = Shelf("benign", extension="h5", loader="none")
EIGHT = bytes(range(8))
PICKLE = evil()


def add(technique, variant, content, why, expected="suspicious", **more):
    shelf.add(technique, variant, content, why, expected=expected, executes=False, **more)


def with_root(*messages, file=None, **more):
    file = File() if file is None else file
    return file.build(file.group(*messages), **more)


def with_dataset(make):
    """A file of one dataset called "w", of what `make` gives for its messages."""
    file = File()
    return with_root(hard("w", file.object(*make(file))), file=file)


def stored_in(*files):
    return with_dataset(lambda file: (space(2), datatype(FLOAT32), file.external_files(*files),
                                      contiguous(NONE, 8)))


def virtual(name):
    return with_dataset(lambda file: (space(2), datatype(FLOAT32), file.virtual(name, "/w")))


def holding(kind, data, *shape):
    return with_dataset(lambda file: (space(*shape), datatype(kind),
                                      contiguous(file.put(data), len(data))))


def floats(shape, *layout):
    return with_dataset(lambda file: (space(*shape), datatype(FLOAT32), *layout))


def circle():
    file = File()
    at = SUPERBLOCK  # where the group will be
    assert file.object(hard("self", at)) == at
    return file.build(at)


def sequence():
    file = File()
    place = le("IQI", len(PICKLE), file.global_object(PICKLE), 1)
    kind = bytes([0x19, 0, 0, 0]) + le("I", 16) + BYTE
    return with_root(hard("w", file.dataset(kind, place, size=16)), file=file)


def two_names():
    file = File()
    at = file.dataset(FLOAT32, EIGHT, size=4)
    return with_root(hard("a", at), hard("b", at), soft("c", "/a"), file=file)


# CVE-2026-1669: data of other files as weights.
add("h5-external", "absolute", stored_in(("/etc/hostname", 0, 8)),
    "raw data in a file of the system (CVE-2026-1669)", expected="malicious")
add("h5-external", "traversal", stored_in(("part", 0, 4), ("../../.ssh/id_ed25519", 0, 4)),
    "the second of two files lies elsewhere (CVE-2026-1669)", expected="malicious")
add("h5-external", "drive", stored_in(("C:\\Windows\\win.ini", 0, 8)), "a file on a drive",
    expected="malicious")
add("h5-external", "inside", stored_in((".env", 0, 8)), "raw data in a file of the folder")
add("h5-link", "external", with_root(external("w", "/srv/other.h5", "/w")),
    "an external link (CVE-2026-1669)", expected="malicious")
add("h5-link", "share", with_root(external("w", "\\\\127.0.0.1\\c\\x.h5", "/w")),
    "an external link to another host", expected="malicious")
add("h5-link", "user", with_root(other(200, "w", b"x")), "a link of a kind of its own")
add("h5-virtual", "absolute", virtual("/srv/other.h5"), "a virtual dataset (CVE-2026-1669)",
    expected="malicious")

# CVE-2026-0897: more elements than are stored.
add("h5-bomb", "never_written", floats([2**40], contiguous(NONE, 2**42)),
    "a shape without data (CVE-2026-0897)")
add("h5-bomb", "chunks", floats([2**20, 2**20], chunked(NONE, 1024, 1024, 4), filters(1)),
    "a shape of chunks that are not there (CVE-2026-0897)")
add("h5-bomb", "overflow", floats([2**40, 2**40], chunked(NONE, 1, 1, 4)),
    "a shape whose product no number holds (CVE-2026-0897)")
add("h5-filter", "plugin", floats([8], chunked(NONE, 8, 4), filters(666)),
    "a filter that is a library")
add("h5-circle", "hard", circle(), "a group that contains itself")
add("h5-circle", "soft", with_root(soft("a", "/b"), soft("b", "a")), "soft links in a circle")

add("h5-blob", "opaque", holding(opaque_type(len(PICKLE)), PICKLE), "a pickle as opaque bytes",
    expected="malicious")
add("h5-blob", "bytes", holding(BYTE, PICKLE, len(PICKLE)), "a pickle as small numbers",
    expected="malicious")
add("h5-blob", "sequence", sequence(), "a pickle as bytes of variable length",
    expected="malicious")
add("h5-blob", "attribute", with_root(attribute("TITLE", evil_text())),
    "a pickle in an attribute, as PyTables reads it", expected="malicious")
add("h5-userblock", "pickle", with_root(user_block=PICKLE.ljust(512, b"\0")), "a pickle in front",
    expected="malicious")
add("h5-behind", "pickle", with_root() + PICKLE, "a pickle behind the end", expected="malicious")
add("h5-broken", "short", with_root(hard("w", 4000)), "a link past the end", expected="malformed")
add("h5-broken", "cut", holding(FLOAT32, EIGHT, 2)[:-16], "a file that says to be longer",
    expected="malformed")

MATLAB = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(116) + b"\0" * 8 + b"\0\x02IM"
for variant, content, why in [
        ("plain", holding(FLOAT32, EIGHT, 2), "a dataset with its data in it"),
        ("deflated", floats([8], chunked(NONE, 8, 4), filters(2, 1)), "shuffled and deflated"),
        ("not_written", floats([1000, 1000], chunked(NONE, 100, 100, 4)),
         "a dataset without chunks, of four megabytes"),
        ("two_names", two_names(), "a dataset of two names, and a soft link to it"),
        ("virtual_here", virtual("."), "a virtual dataset of this file"),
        ("matlab", with_root(user_block=MATLAB.ljust(512, b"\0")),
         "the block in front of a MATLAB file")]:
    benign.add("hdf5", variant, content, why, expected="benign")
