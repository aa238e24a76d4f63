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
            self.assertRaises(pratique.Malicious, pickle._loads, files.EVIL)
            self.assertRaises(pratique.Malicious, pickle._load, io.BytesIO(files.EVIL))

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

    def test_guards_end_in_any_order(self):
        before = (pickle.load, pickle.loads, pickle.Unpickler)
        first, second = pratique.guard().install(), pratique.guard().install()
        kept = pickle.loads
        first.uninstall()
        self.assertRaises(pratique.Malicious, pickle.loads, files.EVIL)
        self.assertRaises(pratique.Malicious, kept, files.EVIL)
        second.uninstall()
        self.assertEqual((pickle.load, pickle.loads, pickle.Unpickler), before)
        self.assertIs(kept(pickle.dumps(nested)), nested)  # there is no guard any more

    def test_what_others_have_put_there_stays(self):
        before = pickle.loads
        with pratique.guard():
            theirs = pickle.loads = lambda data: None
        self.assertIs(pickle.loads, theirs)
        pickle.loads = before

    def test_a_decorated_function_may_call_itself(self):
        @pratique.guard()
        def call(times):
            return call(times - 1) if times else pickle.loads(files.EVIL)
        self.assertRaises(pratique.Malicious, call, 2)
        self.assertIs(pickle.loads(pickle.dumps(nested)), nested)

    def test_loads_within_a_load_are_checked(self):
        # A storage as torch names it, which passes: where it lies is up to the program.
        data = (b"\x80\x02(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000"
                b"X\x03\x00\x00\x00cpuK\x01tQ.")
        with pratique.guard():
            class Mine(pickle.Unpickler):
                def find_class(self, module, name):
                    return (module, name)

                def persistent_load(self, pid):
                    return pickle.load(io.BytesIO(files.EVIL))
            self.assertRaises(pratique.Malicious, Mine(io.BytesIO(data)).load)

    def test_what_an_earlier_pickle_memoized_counts(self):
        # The second is plain by itself: its MEMOIZE would be the first, and so its memo 0.
        made = b"\x80\x04ccollections\nOrderedDict\n\x940]."
        use = b"\x80\x04]\x940h\x00."
        with pratique.guard():
            unpickler = pickle.Unpickler(io.BytesIO(made + use))
            self.assertEqual(unpickler.load(), [])
            names, check = [], _guard._Rules.check_bytes
            _guard._Rules.check_bytes = lambda *given: names.append(given[1]) or check(*given)
            self.addCleanup(setattr, _guard._Rules, "check_bytes", check)
            self.assertIs(unpickler.load(), collections.OrderedDict)
            self.assertIn(b"OrderedDict", names[0])

    def test_a_pickler_that_dumps_twice(self):
        out, shared = io.BytesIO(), ["text", collections.OrderedDict(a=1)]
        pickler = pickle.Pickler(out)
        for value in (shared[0], shared, [shared, 5]):
            pickler.dump(value)
        out.seek(0)
        with pratique.guard():
            unpickler = pickle.Unpickler(out)
            self.assertEqual([unpickler.load() for _ in range(3)], ["text", shared, [shared, 5]])

    def test_files_of_python_2(self):
        for data in (b"\x80\x02}U\x01aU\x02\xff\xfes.",
                     b"(dp0\nS'a'\np1\nS'\\xff\\xfe'\np2\ns."):
            with pratique.guard():
                self.assertEqual(pickle.load(io.BytesIO(data), encoding="latin1"),
                                 {"a": "\xff\xfe"})
                self.assertEqual(pickle.loads(data, encoding="bytes"), {b"a": b"\xff\xfe"})

    def test_buffers_out_of_band(self):
        value, kept = [pickle.PickleBuffer(b"abc"), collections.OrderedDict()], []
        data = pickle.dumps(value, 5, buffer_callback=kept.append)
        with pratique.guard():
            self.assertEqual(bytes(pickle.loads(data, buffers=iter(kept))[0]), b"abc")
            self.assertEqual(bytes(pickle.load(io.BytesIO(data), buffers=iter(kept))[0]), b"abc")

    def test_what_is_cut_off(self):
        with pratique.guard():
            for data in (b"", b"\x80\x04}"):
                self.assertRaises(EOFError, pickle.load, io.BytesIO(data))
            for data in (b"\x80\x04X\xff\xff\xff\x7fabc", b"\x80\x04\xff.", b"\x80\x02c"):
                self.assertRaises((EOFError, pickle.UnpicklingError), pickle.load, io.BytesIO(data))

    def test_queues_of_processes_are_left_alone(self):
        import multiprocessing.reduction
        with pratique.guard():
            loads = multiprocessing.reduction.ForkingPickler.loads
            self.assertIs(loads(pickle.dumps(nested)), nested)

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
