"""The scripts of README.md do what they say: what a comment behind a print() says is printed."""
import contextlib
import importlib.util
import io
import os
import pathlib
import re
import shutil
import unittest

from support import FolderTest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = re.compile(r"```python\n(.*?)```", re.S)
PRINTED = re.compile(r"^ *print\(.*\) +# (.*)$", re.M)
SAMPLES = {"model.pt": "benign/torch-zip__state_dict.pt",
           "tuned.pt": "c-zip/appended-data__pickle.pt"}


class Readme(FolderTest):
    def setUp(self):
        super().setUp()
        (self.folder / "downloads").mkdir()
        for name, sample in SAMPLES.items():
            shutil.copy(ROOT / "samples/files" / sample, self.folder / "downloads" / name)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)

    def run_script(self, number):
        script = SCRIPT.findall((ROOT / "README.md").read_text(encoding="utf-8"))[number]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            names = {}
            exec(compile(script, str(ROOT / "README.md"), "exec"), names)
        self.assertEqual(printed.getvalue().splitlines(), PRINTED.findall(script))
        return names

    @unittest.skipUnless(importlib.util.find_spec("numpy"), "no NumPy")
    def test_scan_and_load(self):
        names = self.run_script(0)
        self.assertFalse(names["weight"].flags.writeable)

    @unittest.skipUnless(importlib.util.find_spec("torch"), "no torch")
    def test_torch(self):
        names = self.run_script(1)
        self.assertEqual(list(names["state"]), ["layer.weight", "layer.bias"])


if __name__ == "__main__":
    unittest.main()
