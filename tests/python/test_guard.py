"""pratique.guard(): pickle in this process refuses what does not pass."""
import collections
import copyreg
import io
import os
import pickle
import threading
import unittest

import files
import pratique
from pratique import _guard
from support import FolderTest


def nested(value):
    return value


class Guards(FolderTest):
    def test_malicious_pickles_are_refused(self):
        path = self.write("e.pkl", files.EVIL)
        with pratique.guard(), open(path, "rb") as file:
            with self.assertRaises(pratique.Malicious) as caught:
                pickle.load(file)
            self.assertIn("os.system", caught.exception.findings[0].evidence)
            self.assertIn("e.pkl", str(caught.exception))
            self.assertRaises(pratique.Malicious, pickle.loads, files.EVIL)
            self.assertRaises(pratique.Malicious, pickle.Unpickler(io.BytesIO(files.EVIL)).load)

    def test_a_subclass_is_guarded_too(self):
        with pratique.guard():
            class Mine(pickle.Unpickler):
                def find_class(self, module, name):
                    raise AssertionError("it was about to be run")
            self.assertRaises(pratique.Malicious, Mine(io.BytesIO(files.EVIL)).load)

    def test_vetted_ones_pass(self):
        value = collections.OrderedDict(a=[1, (2, None)], b={b"x": 1.5})
        with pratique.guard():
            self.assertEqual(pickle.loads(pickle.dumps(value)), value)
            self.assertEqual(pickle.load(io.BytesIO(pickle.dumps(value))), value)

    def test_plain_data_is_not_scanned(self):
        scans, original = [], _guard.scan
        _guard.scan = lambda *paths, **limits: scans.append(1) or original(*paths, **limits)
        self.addCleanup(setattr, _guard, "scan", original)
        with pratique.guard():
            self.assertEqual(pickle.loads(pickle.dumps([1, {"a": (2,)}])), [1, {"a": (2,)}])
            self.assertEqual(scans, [])
            pickle.loads(pickle.dumps(collections.OrderedDict()))
            self.assertEqual(scans, [1])

    def test_extensions_are_not_plain_data(self):
        copyreg.add_extension("os", "system", 1234)
        self.addCleanup(copyreg.remove_extension, "os", "system", 1234)
        code = b"\x80\x02\x83\xd2\x04X\x04\x00\x00\x00true\x85R."
        copyreg._extension_cache[1234] = os.system  # as after one that was loaded
        self.addCleanup(copyreg._extension_cache.clear)
        with pratique.guard():
            self.assertRaises(pratique.Error, pickle.loads, code)

    def test_unknown_classes(self):
        data = pickle.dumps(nested)
        with pratique.guard():
            with self.assertRaises(_guard.Suspicious):
                pickle.loads(data)
        with pratique.guard(fail_on="malicious"):
            self.assertIs(pickle.loads(data), nested)
            self.assertRaises(pratique.Malicious, pickle.loads, files.EVIL)

    def test_a_file_stands_behind_what_was_read(self):
        out = io.BytesIO()
        for value in (1, collections.OrderedDict(b=2), [3]):
            pickle.dump(value, out)
        out.write(b"rest")
        out.seek(0)
        with pratique.guard():
            self.assertEqual(pickle.load(out), 1)
            unpickler = pickle.Unpickler(out)
            self.assertEqual(unpickler.load(), {"b": 2})
            self.assertEqual(unpickler.load(), [3])
            self.assertEqual(out.read(), b"rest")
            self.assertRaises(EOFError, pickle.load, out)

    def test_a_pipe_is_read_no_further(self):
        end, start = os.pipe()
        with open(end, "rb", buffering=0) as reader, open(start, "wb", buffering=0) as writer:
            writer.write(pickle.dumps(collections.OrderedDict(a=1)))
            with pratique.guard():
                self.assertEqual(pickle.load(reader), {"a": 1})

    def test_everything_is_as_before(self):
        before = (pickle.load, pickle.loads, pickle.Unpickler)
        guard = pratique.guard().install()
        with pratique.guard(fail_on="malicious"):
            pass
        self.assertRaises(pratique.Malicious, pickle.loads, files.EVIL)
        self.assertRaises(pratique.UsageError, guard.install)
        guard.uninstall()
        self.assertEqual((pickle.load, pickle.loads, pickle.Unpickler), before)

    def test_all_threads_are_guarded(self):
        caught = []

        def work():
            try:
                pickle.loads(files.EVIL)
            except pratique.Malicious as error:
                caught.append(error)

        with pratique.guard():
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
        self.assertEqual(len(caught), 1)


if __name__ == "__main__":
    unittest.main()
