"""f-gguf: numbers that break readers, lists that do not fit, and what hides behind the data."""
import struct

from .assemble import *
from .ggufwriter import *
from .sample import Shelf

shelf = Shelf("f-gguf", extension="gguf", loader="none")
benign = Shelf("benign", extension="gguf", loader="none")
PICKLE = evil()
DATA = bytes(range(32))
WEIGHT = entry("w", [8])


def add(technique, variant, content, why, expected="suspicious", **more):
    shelf.add(technique, variant, content, why, expected=expected, executes=False, **more)


def twin(variant, content, why, **more):
    benign.add("gguf", variant, content, why, expected="benign", **more)


def one(*pairs, entries=(WEIGHT,), data=DATA):
    return gguf([LLAMA, *pairs], entries, data)


# Each CVE with a file that is as it should be, but for the one number.
add("gguf-count", "pairs", gguf([LLAMA], counts=(0, 2**64 // 32 + 1)),
    "a number of pairs whose size in memory wraps (CVE-2024-23496)")
twin("count_pairs", gguf([LLAMA]), "the number of pairs that there are")
add("gguf-count", "tensors", gguf([LLAMA], [WEIGHT], DATA, counts=(2**60, 1)),
    "a number of tensors whose size in memory wraps (CVE-2024-21802)")
twin("count_tensors", one(), "the number of tensors that there are")
add("gguf-length", "value", gguf([pair("general.name", STRING, string("x", 2**64 - 1))]),
    "a length to which readers add one for a NUL (CVE-2024-21836)")
twin("length_value", gguf([text("general.name", "x")]), "a length that is that of its text")
add("gguf-length", "key", gguf([string("k", 2**64 - 1) + struct.pack("<I", BOOL) + b"\1"]),
    "a key's length to which readers add one (CVE-2024-23605)")
twin("length_key", gguf([pair("k", BOOL, b"\1")]), "a key's length that is that of the key")
add("gguf-array", "items", gguf([array("k", U64, 2**61, b"")]),
    "an array whose size in bytes wraps (CVE-2024-21825)")
twin("array_items", gguf([array("k", U64, 1, bytes(8))]), "an array of one number")
add("gguf-sum", "padding",
    gguf([LLAMA], [entry("a", [2**61 - 1]), entry("b", [8], offset=2**63 - 32)]),
    "sizes whose padded sum wraps (CVE-2025-53630)")
twin("sum_padding", gguf([LLAMA], [entry("a", [8]), entry("b", [8], offset=32)], DATA * 2),
     "two tensors, one behind the other")
add("gguf-sum", "memory", gguf([LLAMA], [entry("a", [2**62])]),
    "a size that wraps when memory for it is asked for (CVE-2026-27940)")
twin("sum_memory", gguf([LLAMA], [entry("a", [2**3])], DATA), "a size for which there is data")
add("gguf-product", "dimensions", gguf([LLAMA], [entry("w", [2**32, 2**32])], DATA),
    "dimensions whose product wraps (CVE-2026-33298)")
twin("product_dimensions", gguf([LLAMA], [entry("w", [4, 2])], DATA), "dimensions that fit")
add("gguf-data", "past", gguf([LLAMA], [entry("w", [2**20, 2**10])], DATA),
    "a tensor larger than the file (CVE-2026-7482)", expected="malformed")
twin("data_whole", gguf([LLAMA], [entry("w", [8])], DATA), "a tensor that is there in full")

add("gguf-names", "tensor_twice", gguf([LLAMA], [WEIGHT, entry("w", [8], offset=32)], DATA * 2),
    "one name twice")
add("gguf-names", "key_twice", gguf([LLAMA, LLAMA]), "one key twice")
add("gguf-names", "direction", gguf([LLAMA], [entry("\u202ethgiew", [8])], DATA),
    "a name that shows as another")
add("gguf-offset", "alias", gguf([LLAMA], [entry("a", [8]), entry("b", [8])], DATA),
    "two tensors share bytes")
add("gguf-offset", "hole", gguf([LLAMA], [entry("a", [8]), entry("b", [8], offset=64)], DATA * 3),
    "a hole between two tensors")
add("gguf-offset", "hole_pickle",
    gguf([LLAMA], [entry("a", [8]), entry("b", [8], offset=32 + 256)],
         DATA + PICKLE.ljust(256, b"\0") + DATA), "a pickle in a hole", expected="malicious")
add("gguf-behind", "pickle", one() + PICKLE, "a pickle behind the data", expected="malicious")
add("gguf-behind", "bytes", one() + b"\x93" * 64, "bytes behind the data")
add("gguf-alignment", "zero", one(u32("general.alignment", 0)), "an alignment that divides by zero",
    expected="malformed")
add("gguf-boolean", "seven", gguf([pair("k", BOOL, b"\7")]), "neither true nor false",
    expected="malformed")
add("gguf-kind", "unknown", gguf([pair("k", 13, bytes(8))]), "a kind of value that does not exist",
    expected="malformed")
add("gguf-kind", "type", gguf([LLAMA], [entry("w", [8], kind=5)], DATA),
    "a type that was taken back", expected="malformed")

TOKENS = texts("tokenizer.ggml.tokens", ["<s>", "os", "system", "__import__"])
FLOATS = struct.pack("<4f", 0, -1, -2, -3)
INTEGERS = struct.pack("<4i", 3, 1, 1, 1)
add("gguf-vocabulary", "scores",
    one(TOKENS, array("tokenizer.ggml.scores", F32, 1, FLOATS[:4])), "four tokens, one score")
add("gguf-vocabulary", "types",
    one(TOKENS, array("tokenizer.ggml.token_type", U8, 4, bytes(4))), "types in too few bytes")
twin("vocabulary", one(TOKENS, array("tokenizer.ggml.scores", F32, 4, FLOATS),
                       array("tokenizer.ggml.token_type", I32, 4, INTEGERS)),
     "tokens, scores and types, some of the tokens words of interest")
twin("origin", one(text("general.url", "https://example.org/model"),
                   text("quantize.imatrix.file", "/models/imatrix.dat"),
                   text("general.description", "Answers in {{ braces }} when asked to.")),
     "metadata that says where the model comes from")
twin("aligned", gguf([LLAMA, u32("general.alignment", 64)],
                     [entry("a", [8]), entry("b", [32], kind=TYPE_Q4_0, offset=64)],
                     DATA + bytes(32) + bytes(18), alignment=64),
     "another alignment, a block of a quantised type, the last padding missing")

LEGACY = struct.pack("<7i", 2, 8, 256, 1, 1, 8, 0)
WORDS = struct.pack("<i", 1) + b"a" + struct.pack("<i", 2) + b"bc"
SCORED = struct.pack("<i", 1) + b"a" + bytes(4) + struct.pack("<i", 2) + b"bc" + bytes(4)


def tjgg(name, sizes, data):
    head = b"tjgg" + struct.pack("<I", 3) + LEGACY + SCORED
    before = len(head) + 12 + 4 * len(sizes) + len(name)
    return head + ggml_tensor(name, sizes, data, padding=-before % 32)


for name, content in [("ggml", b"lmgg" + LEGACY + WORDS + ggml_tensor("w", [8], DATA)),
                      ("ggjt", tjgg("w", [8], DATA))]:
    benign.add("ggml", name, content, "a model from before GGUF", expected="benign",
               extension="bin")
add("ggml-data", "past", tjgg("w", [2**20], DATA), "a tensor larger than the file",
    expected="malformed", extension="bin")
add("ggml-length", "negative", b"lmgg" + LEGACY + struct.pack("<i", -1) + WORDS[4:],
    "a word of negative length", expected="malformed", extension="bin")
add("ggml-behind", "pickle", tjgg("w", [8], DATA) + PICKLE, "a pickle behind the last tensor",
    expected="malicious", extension="bin")
