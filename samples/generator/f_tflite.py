"""f-tflite: numbers that lead to nothing, operators of TensorFlow, what hangs on behind."""
from .assemble import evil
from .flatfmt import Numbers, Table, write
from .onnxfmt import blob
from .sample import Shelf
from .zipwriter import Entry, archive

shelf = Shelf("f-tflite", extension="tflite", loader="none")
benign = Shelf("benign", extension="tflite", loader="none")

ADD, CUSTOM, IF, SEGMENT_SUM = 0, 32, 118, 125
FLOAT, INT32 = 0, 2


def code(builtin, custom=None):
    fields = {"f0": ("b", min(builtin, 127)), "f3": ("i", builtin)}
    return Table(**fields, **({"f1": custom} if custom else {}))


def tensor(shape=(2,), kind=FLOAT, buffer=0):
    return Table(f0=Numbers("i", shape), f1=("b", kind), f2=("I", buffer), f3="t")


def operator(inputs, outputs, number=0, **more):
    return Table(f0=("I", number), f1=Numbers("i", inputs), f2=Numbers("i", outputs), **more)


def subgraph(tensors, operators, inputs=(0,), outputs=(1,)):
    return Table(f0=tensors, f1=Numbers("i", inputs), f2=Numbers("i", outputs), f3=operators,
                 f4="main")


def buffer(content=None, **place):
    return Table(**({"f0": Numbers("B", content)} if content is not None else {}), **place)


def model(codes, subgraphs, buffers=None):
    root = Table(f0=("I", 3), f1=codes, f2=subgraphs, f3="pratique", f4=buffers or [buffer()])
    return write(root, b"TFL3")


def one(op, codes=None, tensors=None, buffers=None):
    """A model of one graph with one operator."""
    return model(codes or [code(ADD)], [subgraph(tensors or [tensor(), tensor()], [op])], buffers)


def flex_options(name, op):
    """A FlexBuffer: the vector [name, NodeDef]."""
    definition = blob(1, "n") + blob(2, op)
    out = bytearray()
    places = []
    for content in (name.encode(), definition):
        out += bytes([len(content)])
        places.append(len(out))
        out += content + b"\0"
    out += bytes([2])
    elements = len(out)
    for place in places:
        out += bytes([len(out) - place])
    out += bytes([5 << 2, 5 << 2])  # two texts, lengths of one byte
    out += bytes([len(out) - elements, 10 << 2, 1])
    return Numbers("B", out)


def flex(name, op=None):
    return one(operator([0], [1], f5=flex_options(name, op or name)), [code(CUSTOM, "Flex" + name)])


def branches(*calls):
    """Graphs, each of which calls one with If."""
    graphs = [subgraph([tensor(), tensor()], [] if call is None else [operator(
        [0], [1], f3=("B", 92), f4=Table(f0=("i", call), f1=("i", call)))]) for call in calls]
    return model([code(IF)], graphs)


def segments(ids):
    data = b"".join(each.to_bytes(4, "little", signed=True) for each in ids)
    return one(operator([0, 1], [2]), [code(SEGMENT_SUM)],
               [tensor((3,)), tensor((3,), INT32, 1), tensor((0,))], [buffer(), buffer(data)])


def behind(content, members):
    return archive([Entry(name, data) for name, data in members], prefix=content)


def add(technique, variant, content, why, expected="suspicious"):
    shelf.add(technique, variant, content, why, expected=expected, executes=False)


PLAIN = one(operator([0, 0], [1]))
for name, why in [("ReadFile", "reads a file"), ("WriteFile", "writes a file"),
                  ("PyFunc", "calls Python")]:
    add("tflite-flex", name.lower(), flex(name), f"an operator of TensorFlow that {why}",
        "malicious")
add("tflite-flex", "disguised", flex("AddV2", "WriteFile"), "WriteFile under the name of AddV2",
    "malicious")
add("tflite-index", "tensor", one(operator([9], [1])), "an input that is not there "
    "(CVE-2020-15207)")
add("tflite-index", "negative", one(operator([-2], [1])), "a negative input (CVE-2020-15208)")
add("tflite-index", "operator", one(operator([0], [1], 7)), "an operator that is not there")
add("tflite-index", "buffer", one(operator([0], [1]), tensors=[tensor(), tensor(buffer=5)]),
    "a buffer that is not there")
add("tflite-index", "subgraph", branches(4), "a branch that is not there")
add("tflite-operand", "constant", one(operator([0], [1]), None, [tensor(), tensor(buffer=1)],
    [buffer(), buffer(bytes(8))]), "a constant as output")
add("tflite-operand", "unfilled", one(operator([0, 2], [1]), None, [tensor()] * 3),
    "an input whose data was taken away (CVE-2020-15209)")
add("tflite-operand", "in_place", one(operator([0], [0])), "one tensor as input and output "
    "(CVE-2020-15210)")
add("tflite-operand", "left_out", one(operator([0], [-1])), "an output that is left out "
    "(CVE-2020-15211)")
add("tflite-operand", "segments_negative", segments([-1, 0, 1]), "a negative segment "
    "(CVE-2020-15212)")
add("tflite-operand", "segments_huge", segments([0, 1, 2**30]), "a segment that needs gigabytes "
    "(CVE-2020-15213)")
add("tflite-operand", "segments_order", segments([1, 0, 0]), "segments out of order "
    "(CVE-2020-15214)")
add("tflite-cycle", "two", branches(1, 0), "branches that call each other (CVE-2021-29591)")
add("tflite-size", "short", one(operator([0, 1], [2]), None, [tensor(), tensor((9,), buffer=1),
    tensor()], [buffer(), buffer(bytes(8))]), "less data than the shape says")
add("tflite-outside", "buffer", one(operator([0, 0], [1]), None, None,
    [buffer(), buffer(f1=("Q", 1 << 40), f2=("Q", 64))]), "data beyond the end of the file")
add("tflite-zip", "pickle", behind(PLAIN, [("labels.pkl", evil())]), "a pickle in the zip behind",
    "malicious")

benign.add("tflite", "plain", PLAIN, "one addition", expected="benign")
benign.add("tflite", "branches", branches(1, None), "a branch", expected="benign")
benign.add("tflite", "segments", segments([0, 0, 1]), "segments in order", expected="benign")
benign.add("tflite", "flex", flex("AddV2"), "an addition of TensorFlow", expected="benign")
benign.add("tflite", "labels", behind(PLAIN, [("labels.txt", b"person\nbicycle\n")]),
           "names of classes in a zip behind", expected="benign")
