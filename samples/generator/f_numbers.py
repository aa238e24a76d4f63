"""f-numbers: formats of numbers and trees (fastText, word2vec, XGBoost, LightGBM, MATLAB, netCDF,
MXNet) that do not end where they say, or lead outside; and Java's serialisation."""
import struct

from .assemble import evil
from .deflate import zlib_stream
from .sample import Shelf

shelf = Shelf("f-numbers", extension="bin", loader="none")
benign = Shelf("benign", extension="bin", loader="none")
PICKLE = evil()


def pack(layout, *values):
    return struct.pack("<" + layout, *values)


def twice(technique, variant, content, why, extension):
    """A sound file, and the same with a pickle behind its end and with its last byte cut."""
    benign.add("numbers", technique + "_" + variant, content, why, expected="benign",
               extension=extension)
    shelf.add(technique, variant + "_behind", content + PICKLE, why + ", then a pickle",
              executes=False, extension=extension)
    shelf.add(technique, variant + "_cut", content[:-1], why + ", cut", expected="malformed",
              executes=False, extension=extension)


def suspicious(technique, variant, content, why, extension, expected="suspicious"):
    shelf.add(technique, variant, content, why, expected=expected, executes=False,
              extension=extension)


# --- fastText and word2vec ------------------------------------------------------------------------
ARGUMENTS = pack("12id", 2, 5, 5, 1, 5, 1, 2, 2, 10, 3, 6, 100, 1e-4)
MATRIX = pack("qq4f", 2, 2, 1, 2, 3, 4)
FASTTEXT = (pack("ii", 793712314, 12) + ARGUMENTS + pack("iiiqq", 2, 2, 0, 9, -1)
            + b"the\0" + pack("qb", 5, 0) + b"sea\0" + pack("qb", 4, 0)
            + b"\0" + MATRIX + b"\0" + MATRIX)
twice("fasttext", "plain", FASTTEXT, "two words", "bin")
twice("word2vec", "plain", b"2 3\nthe " + pack("3f", .5, -2, 3.25) + b"\nsea "
      + pack("3f", .1, .2, .3), "two words", "bin")

# --- trees ----------------------------------------------------------------------------------------
def xgboost(left=1, feature=0, magic=b"binf"):
    head = pack("fIiii29i", .5, 4, 0, 0, 0, *[0] * 29)
    model = pack("4iqi33i", 1, 1, 4, 0, 0, 1, *[0] * 33)
    tree = pack("37i", 1, 3, 0, 1, 4, 0, *[0] * 31)
    nodes = (pack("iiiIf", -1, left, 2, feature, .5) + pack("iiiIf", 0, -1, -1, 0, 1)
             + pack("iiiIf", 0, -1, -1, 0, 2))
    text = lambda value: pack("Q", len(value)) + value
    return (magic + head + text(b"binary:logistic") + text(b"gbtree") + model + tree + nodes
            + bytes(3 * 16) + pack("i", 0))


twice("xgboost", "binary", xgboost(), "one tree", "bst")
twice("xgboost", "binary_old", xgboost(magic=b""), "one tree, before there was a magic", "bst")
suspicious("xgboost", "child", xgboost(left=70000), "a child outside of the tree", "bst")
suspicious("xgboost", "feature", xgboost(feature=99), "a feature that does not exist", "bst")


def length(number):
    return b"L" + number.to_bytes(8, "big")


def ubj(**pairs):
    return b"{" + b"".join(length(len(k)) + k.encode() + v for k, v in pairs.items()) + b"}"


UBJSON = ubj(learner=ubj(attributes=ubj(), name=b"S" + length(6) + b"gbtree",
             values=b"[$d#" + length(2) + bytes(8)), version=b"[#" + length(2) + b"i\x02i\x01")
twice("xgboost", "ubjson", UBJSON, "Universal Binary JSON", "ubj")
suspicious("xgboost", "ubjson_length", ubj(learner=b"S" + length(2**62)), "a length past the end",
           "ubj", expected="malformed")
suspicious("xgboost", "ubjson_deep", b"{" + length(7) + b"learner" + b"[" * 5000, "5,000 levels",
           "ubj", expected="malformed")


def lightgbm(left="1 -1", feature="0 1"):
    return (f"tree\nversion=v4\nnum_class=1\nmax_feature_idx=1\nfeature_names=a b\n\nTree=0\n"
            f"num_leaves=3\nsplit_feature={feature}\nleft_child={left}\nright_child=-2 -3\n"
            "leaf_value=1 2 3\n\n\nend of trees\n\nparameters:\n[boosting: gbdt]\n").encode()


benign.add("numbers", "lightgbm", lightgbm(), "one tree", expected="benign", extension="txt")
suspicious("lightgbm", "child", lightgbm(left="1 -4"), "a leaf that does not exist", "txt")
suspicious("lightgbm", "feature", lightgbm(feature="0 2"), "a feature that does not exist", "txt")
suspicious("lightgbm", "few", lightgbm(left="1"), "fewer children than splits", "txt")
suspicious("lightgbm", "cut", lightgbm().split(b"end")[0], "no end of trees", "txt",
           expected="malformed")


# --- MATLAB and netCDF ----------------------------------------------------------------------------
def element(kind, content):
    return pack("II", kind, len(content)) + content + bytes(-len(content) % 8)


def matrix(cls, *rest):
    return element(14, element(6, pack("II", cls, 0)) + element(5, pack("ii", 1, 1))
                   + element(1, b"x") + b"".join(rest))


def mat5(*variables):
    return b"MATLAB 5.0 MAT-file, by hand".ljust(124) + b"\x00\x01IM" + b"".join(variables)


DOUBLE = matrix(6, element(9, pack("d", 1.5)))
twice("matlab", "5", mat5(DOUBLE), "one number", "mat")
benign.add("numbers", "matlab_packed", mat5(pack("II", 15, len(zlib_stream(DOUBLE)))
           + zlib_stream(DOUBLE)), "one number, compressed", expected="benign", extension="mat")
suspicious("matlab", "function", mat5(matrix(16, DOUBLE)), "a function", "mat")
suspicious("matlab", "function_in_cell", mat5(matrix(1, DOUBLE, matrix(16, DOUBLE))),
           "a function in a cell", "mat")
suspicious("matlab", "deep", mat5(b"".join(pack("II", 14, 64 * (400 - n)) + element(6,
           pack("II", 1, 0)) for n in range(400)) + bytes(30000)), "400 cells in cells", "mat",
           expected="malformed")
twice("matlab", "4", pack("5i", 0, 1, 2, 0, 2) + b"x\0" + pack("2d", 1, 2), "two numbers", "mat")
NETCDF = (b"CDF\x01" + struct.pack(">i", 0) + struct.pack(">iii4si", 10, 1, 1, b"x\0\0\0", 2)
          + bytes(8) + struct.pack(">iii4sii", 11, 1, 1, b"v\0\0\0", 1, 0) + bytes(8)
          + struct.pack(">iii", 5, 8, 80) + struct.pack(">2f", 1, 2))
benign.add("numbers", "netcdf", NETCDF, "one variable", expected="benign", extension="nc")
suspicious("netcdf", "outside", NETCDF[:-12] + struct.pack(">i", 1 << 30) + bytes(8),
           "a variable behind the file", "nc", expected="malformed")

# --- MXNet ----------------------------------------------------------------------------------------
ARRAY = pack("IiIqiii2f", 0xF993FAC9, 0, 1, 2, 1, 0, 0, 1, 2)
twice("mxnet", "plain", pack("QQQ", 0x112, 0, 1) + ARRAY + pack("QQ", 1, 5) + b"arg:w",
      "one array", "params")
suspicious("mxnet", "type", pack("QQQ", 0x112, 0, 1) + pack("IiIqiii", 0xF993FAC9, 0, 1, 2, 1, 0,
           99) + bytes(8) + pack("Q", 0), "no such type", "params", expected="malformed")


# --- Java -----------------------------------------------------------------------------------------
def java(cls):
    raw = cls.encode()
    return (b"\xac\xed\0\x05sr" + struct.pack(">H", len(raw)) + raw + bytes(8) + b"\x02\0\0xp")


FUNCTORS = "org.apache.commons.collections.functors."
suspicious("java", "transformer", java(FUNCTORS + "InvokerTransformer"),
           "a class that calls any method", "ser", expected="malicious")
suspicious("java", "url", java("java.net.URL"), "a class that looks up a name", "ser",
           expected="malicious")
suspicious("java", "plain", java("java.util.ArrayList"), "a list", "ser", expected="malformed")
