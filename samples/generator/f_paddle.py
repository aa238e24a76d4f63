"""f-paddle: PaddlePaddle's programs with operators that reach out."""
from .assemble import MARKER
from .sample import Shelf
from .tffmt import field, number

shelf = Shelf("f-paddle", extension="pdmodel", loader="none")
benign = Shelf("benign", extension="pdmodel", loader="none")


def operator(type_, **texts):
    attributes = b"".join(field(4, field(1, name) + number(2, 2) + field(5, text))
                          for name, text in texts.items())
    return field(3, type_) + attributes


def program(*operators):
    ordinary = (operator("feed"), operator("matmul_v2"), *operators, operator("fetch"))
    block = number(1, 0) + number(2, 0) + b"".join(field(4, o) for o in ordinary)
    return field(1, block) + field(4, number(1, 2006000))


for type_, texts, why in (
        ("save", {"file_path": MARKER}, "writes a variable to a path of its own"),
        ("load", {"file_path": "/etc/hostname"}, "reads a file as a variable"),
        ("send", {"endpoints": "127.0.0.1:9"}, "sends a variable to an address"),
        ("py_func", {}, "calls a function of the running program")):
    shelf.add("paddle-op", type_, program(operator(type_, **texts)), why, executes=False)
benign.add("paddle", "program", program(operator("relu", op_role_var="x")),
           "operators that only compute", expected="benign")

PIECES = b"".join(field(1, field(1, text) + bytes([0x15]) + bytes(4) + number(3, kind))
                  for text, kind in (("<unk>", 2), ("\u2581the", 1), ("<0x0A>", 6)))
benign.add("sentencepiece", "model", PIECES + field(2, number(3, 1)) + field(3, field(1, "nfkc")),
           "a SentencePiece model", expected="benign", extension="model")
