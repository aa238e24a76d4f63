"""f-safetensors: headers that lie about the data, and names that hide."""
import json

from .assemble import *
from .sample import Shelf

shelf = Shelf("f-safetensors", extension="safetensors", loader="none")
benign = Shelf("benign", extension="safetensors", loader="none")
PICKLE = evil()


def tensor(begin, end, dtype="U8", shape=None):
    return {"dtype": dtype, "shape": [end - begin] if shape is None else shape,
            "data_offsets": [begin, end]}


def framed(header, content=b""):
    """`header` as text is taken as it is."""
    text = header if isinstance(header, str) else json.dumps(header, ensure_ascii=False)
    encoded = text.encode()
    encoded += b" " * (-len(encoded) % 8)
    return len(encoded).to_bytes(8, "little") + encoded + content


def add(technique, variant, header, content, why, expected="suspicious", **more):
    shelf.add(technique, variant, framed(header, content), why, expected=expected, executes=False,
              **more)


EIGHT = bytes(range(8))
GAP = len(PICKLE)
add("sft-hole", "between", {"a": tensor(0, 8), "b": tensor(8 + GAP, 16 + GAP)},
    EIGHT + PICKLE + EIGHT, "a pickle in a hole between two tensors", expected="malicious")
add("sft-hole", "behind", {"a": tensor(0, 8)}, EIGHT + PICKLE, "a pickle behind the data",
    expected="malicious")
add("sft-hole", "numbers", {"a": tensor(0, 8), "b": tensor(16, 24)}, EIGHT * 3, "an empty hole")
add("sft-offsets", "overlap", {"a": tensor(0, 8), "b": tensor(4, 12)}, EIGHT + EIGHT[:4],
    "two tensors share bytes")
add("sft-offsets", "reverse", {"a": tensor(8, 0, shape=[8])}, EIGHT, "an end before its begin",
    expected="malformed")
add("sft-offsets", "past", {"a": tensor(0, 800)}, EIGHT, "data past the end", expected="malformed")
add("sft-offsets", "fraction", '{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8.0]}}', EIGHT,
    "an offset with a point", expected="malformed")
add("sft-shape", "overflow", {"a": tensor(0, 8, "F64", [2**40, 2**40])}, EIGHT,
    "dimensions whose product overflows", expected="malformed")
add("sft-shape", "mismatch", {"a": tensor(0, 8, "F32", [3])}, EIGHT,
    "shape and offsets differ", expected="malformed")
add("sft-names", "twice", '{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},'
    '"a":{"dtype":"I8","shape":[8],"data_offsets":[0,8]}}', EIGHT, "one name twice")
add("sft-names", "escaped_twice", '{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},'
    '"\\u0061":{"dtype":"I8","shape":[8],"data_offsets":[0,8]}}', EIGHT,
    "one name twice, once by an escape")
add("sft-names", "nul", {"weight\0.evil": tensor(0, 8)}, EIGHT, "a NUL in a name")
add("sft-names", "direction", {"\u202ethgiew": tensor(0, 8)}, EIGHT,
    "a name that shows as another")
shelf.add("sft-renamed", "pickle", PICKLE, "a pickle called .safetensors")
INDEX = {"metadata": {"total_size": 8}, "weight_map": {"a": "../../etc/hostname"}}
shelf.add("sft-index", "traversal", json.dumps(INDEX).encode(), "a shard outside of the folder",
          extension="safetensors.index.json", executes=False)
INDEX["weight_map"]["a"] = "/etc/hostname"
shelf.add("sft-index", "absolute", json.dumps(INDEX).encode(), "a shard with an absolute path",
          extension="safetensors.index.json", executes=False)

benign.add("safetensors", "plain", framed({"__metadata__": {"format": "pt"}, "a.weight":
    tensor(0, 8, "F32", [2]), "b": tensor(8, 8, "F32", [0, 2**40])}, EIGHT),
    "two tensors, one of them empty", expected="benign")
benign.add("safetensors", "pickle_bytes", framed({"a": tensor(0, GAP)}, PICKLE),
    "a tensor whose bytes are those of a pickle: nobody loads them as one", expected="benign")
benign.add("safetensors", "zlib_length", framed({"a" * (0x9c78 - 60): tensor(0, 8)}, EIGHT),
    "a header whose length begins like zlib", expected="benign")
benign.add("safetensors", "sharded", framed({"a": tensor(0, 8)}, EIGHT), "one shard and an index",
    expected="benign", companions={"model.safetensors.index.json": json.dumps(
        {"metadata": {"total_size": 8}, "weight_map": {"a": "model.safetensors"}}).encode()})
