"""f-executorch and f-ort: programs of ExecuTorch, and models as ONNX Runtime writes them."""
import struct

from .flatfmt import Numbers, Table, write
from .sample import Shelf

shelf = Shelf("f-executorch", extension="pte", loader="none")
runtime = Shelf("f-ort", extension="ort", loader="none")
benign = Shelf("benign", extension="pte", loader="none")

KERNEL_CALL, TENSOR = 1, 5


def value(sizes=(2,), buffer=0):
    return Table(f0=("B", TENSOR), f1=Table(f0=("b", 6), f2=Numbers("i", sizes), f5=("I", buffer)))


def plan(values=None, op=0, args=(0, 0, 1), delegates=()):
    call = Table(f0=("B", KERNEL_CALL), f1=Table(f0=("i", op), f1=Numbers("i", args)))
    chain = Table(f0=Numbers("i", [0]), f1=Numbers("i", [1]), f2=[call])
    return Table(f0="forward", f2=values or [value(), value()], f3=Numbers("i", [0]),
                 f4=Numbers("i", [1]), f5=[chain], f6=[Table(f0="aten::add", f1="out")],
                 f7=list(delegates))


def program(main=None, segments=(), tail=b"", header=True):
    """`segments` are places behind the program, which has 2048 bytes."""
    base = 2048
    tables = [Table(f0=("Q", offset), f1=("Q", size)) for offset, size in segments]
    eh00 = struct.pack("<4sIQQQ", b"eh00", 32, base, base, len(tail)) if header else b""
    content = write(Table(f0=("I", 0), f1=[main or plan()], f4=tables), b"ET12", eh00)
    return content + (bytes(base - len(content)) + tail if header else b"")


def delegate(name, segment=0):
    return Table(f0=name, f1=Table(f0=("b", 1), f1=("I", segment)))


def add(technique, variant, content, why, expected="suspicious"):
    shelf.add(technique, variant, content, why, expected=expected, executes=False)


add("executorch-index", "operator", program(plan(op=3)), "an operator that is not there "
    "(CVE-2025-30402)")
add("executorch-index", "value", program(plan(args=(0, -1, 1))), "a negative value "
    "(CVE-2025-30404)")
add("executorch-index", "buffer", program(plan([value(), value(buffer=9)])),
    "a buffer that is not there (CVE-2025-30405)")
add("executorch-outside", "segment", program(segments=[(0, 1 << 40)], tail=bytes(16)),
    "a segment beyond the end of the file (CVE-2025-54949)")
add("executorch-outside", "wraps", program(segments=[(2**64 - 8, 16)], tail=bytes(16)),
    "a segment whose place wraps around (CVE-2025-54950)")
add("executorch-size", "overflow", program(plan([value((2**31 - 1,) * 3), value()])),
    "sizes whose product overflows (CVE-2025-54951)")
add("executorch-size", "negative", program(plan([value((-2,)), value()])),
    "a negative size (CVE-2025-54952)")
add("executorch-delegate", "unknown", program(plan(delegates=[delegate("PratiqueBackend")]),
    [(0, 16)], bytes(16)), "a backend that nobody knows")
add("executorch-delegate", "elf", program(plan(delegates=[delegate("XnnpackBackend")]), [(0, 64)],
    b"\x7fELF" + bytes(60)), "a program for the processor in a segment")
benign.add("executorch", "plain", program(segments=[(0, 16)], tail=bytes(range(16))),
           "one addition", expected="benign")
benign.add("executorch", "old", program(header=False), "one addition, without a header",
           expected="benign")
benign.add("executorch", "delegate", program(plan(delegates=[delegate("XnnpackBackend")]),
           [(0, 16)], bytes(range(16))), "a part for XNNPACK", expected="benign")


# --- ONNX Runtime ---------------------------------------------------------------------------

def tensor(dims=(2,), data=bytes(8)):
    return Table(f0="w", f2=Numbers("q", dims), f3=("i", 1), f4=Numbers("B", data))


def node(op="Relu", domain="", attributes=()):
    return Table(f2=domain, f5=op, f8=["x"], f9=["y"], f10=list(attributes))


def session(nodes, tensors=(), properties=()):
    graph = Table(f0=list(tensors), f2=list(nodes), f5=["x"], f6=["y"])
    model = Table(f0=("q", 8), f2="pratique", f7=graph,
                  f9=[Table(f0=key, f1=value) for key, value in properties])
    return write(Table(f0="5", f1=model), b"ORTM")


def nested(depth):
    """If inside If."""
    graph = Table(f2=[node()])
    for _ in range(depth):
        graph = Table(f2=[node("If", attributes=[Table(f0="then_branch", f2=("i", 5), f7=graph)])])
    return write(Table(f0="5", f1=Table(f0=("q", 8), f7=graph)), b"ORTM")


for technique, variant, content, why, expected in [
        ("ort-python", "pyop", session([node("PyOp", "pyopadd")]),
         "an operator that imports a module", "malicious"),
        ("ort-size", "short", session([node()], [tensor((100,))]), "less data than the shape says",
         "suspicious"),
        ("ort-metadata", "names", session([node()], properties=[
            ("names", "__import__('os').system('echo pratique-sample')")]),
         "a property that programs evaluate", "malicious"),
        ("ort-nest", "if40", nested(40), "40 graphs inside each other", "suspicious")]:
    runtime.add(technique, variant, content, why, expected=expected, executes=False)
benign.add("ort", "plain", session([node(), node("FusedConv", "com.microsoft")], [tensor()],
           [("author", "pratique")]), "two operators and a tensor", expected="benign",
           extension="ort")
benign.add("ort", "branch", nested(2), "two graphs inside each other", expected="benign",
           extension="ort")
