"""f-torch: tensors that do not lie in their storages, and records that torch does not write."""
from . import torchfmt
from .assemble import *
from .sample import Shelf

shelf = Shelf("f-torch", extension="pt", loader="none")
benign = Shelf("benign", extension="pt", loader="none")
SIXTEEN = [("0", bytes(range(16)))]


def view(offset, size, stride, reference=None):
    """torch._utils._rebuild_tensor_v2 of any numbers."""
    hooks = call(glob("collections", "OrderedDict"))
    return call(glob("torch._utils", "_rebuild_tensor_v2"),
                reference or torchfmt.storage("0", 4), integer(offset),
                tup(*map(integer, size)), tup(*map(integer, stride)), FALSE, hooks)


def add(technique, variant, value, why, **more):
    shelf.add(technique, variant, torchfmt.checkpoint(PROTO2 + value + STOP, SIXTEEN), why,
              expected="suspicious", executes=False, **more)


add("torch-view", "beyond", view(0, [4096], [1]),
    "4,096 elements of a storage of four, the mechanism of CVE-2026-24747")
add("torch-view", "offset", view(1 << 40, [4], [1]), "an offset far behind the storage")
add("torch-view", "negative", view(-8, [4], [1]), "elements in front of the storage")
add("torch-view", "stride", view(0, [2, 2], [1 << 62, 1]), "a stride whose product overflows")
add("torch-view", "ranks", view(0, [2, 2], [1]), "a size and a stride of different ranks")
add("torch-view", "bomb", view(0, [1 << 20, 1 << 20], [0, 0]), "16 bytes that stand for 4 TiB")
add("torch-storage", "two_types", tup(
    view(0, [4], [1]), view(0, [2], [1], torchfmt.storage("0", 2, "DoubleStorage"))),
    "one key for two storages")
TENSOR = PROTO2 + view(0, [4], [1]) + STOP
for variant, name in (("version", "version"), ("byteorder", "byteorder")):
    members = [torchfmt.entry("data.pkl", TENSOR), torchfmt.entry(name, b"77\n"),
               torchfmt.entry("data/0", SIXTEEN[0][1])]
    shelf.add("torch-record", variant, torchfmt.zipwriter.archive(members),
              f"a record `{name}` that no torch writes", expected="suspicious", executes=False)

benign.add("torch-view", "part", torchfmt.checkpoint(
    PROTO2 + tup(view(1, [3], [1]), view(0, [2, 2], [1, 2]), view(3, [100], [0])) + STOP, SIXTEEN),
    "parts, a transposed view and an expanded element of one storage", expected="benign")
