"""Loading: a mapping of names to views, values that are no tensors, and what is refused."""
import gc
import os
import pathlib
import pickle
import re
import sys
import unittest

import files
import pratique
from pratique import _library
from support import FolderTest


def load(path, **options):
    return pratique.load(path, framework="buffer", **options)


class Tensors(FolderTest):
    def test_a_file_is_a_mapping_of_views(self):
        model = load(self.model())
        self.assertEqual(list(model), ["a", "b", "empty", "c"])
        self.assertEqual(len(model), 4)
        self.assertIn("a", model)
        self.assertNotIn("x", model)
        self.assertNotIn(7, model)
        self.assertRaises(KeyError, lambda: model["x"])
        self.assertEqual(model["a"].tolist(), [[1, 2, 3], [4, 5, 6]])
        self.assertEqual((model["a"].format, model["a"].shape), ("f", (2, 3)))
        self.assertEqual(model["c"].tolist(), -7)
        self.assertEqual(model["empty"].nbytes, 0)
        self.assertIs(model["a"], model["a"])
        self.assertEqual(model.format, "safetensors")
        self.assertEqual(model.binding, "snapshot")
        self.assertIn(model.isolation, ("strong", "full"))
        self.assertEqual(model.file_sha256, "")
        self.assertIn("v", str(model.metadata))

    def test_types_that_memoryview_lacks_are_their_bits(self):
        tensor = load(self.model()).tensor("b")
        self.assertEqual(tensor.dtype, "bfloat16")
        self.assertEqual(tensor.memoryview().tolist(), [0x3F80, 0x4000])

    def test_views_are_read_only_and_nothing_is_copied(self):
        model = load(self.model())
        view = model["a"]
        self.assertTrue(view.readonly)
        with self.assertRaises(TypeError):
            view[0, 0] = 1.0
        self.assertIs(view.obj, model.tensor("c").buffer().obj)  # one mapping

    def test_a_view_keeps_the_mapping(self):
        view = load(self.model())["a"]
        gc.collect()
        self.assertEqual(view.tolist(), [[1, 2, 3], [4, 5, 6]])

    def test_what_is_written_stays_here(self):
        path = self.model()
        before = path.read_bytes()
        for view in (False, True):
            model = load(path, writable=True, view=view)
            model["a"][1, 2] = 60.0
            self.assertEqual(model["a"].tolist(), [[1, 2, 3], [4, 5, 60]])
            self.assertTrue(model.is_writable)
            self.assertEqual(path.read_bytes(), before)
        self.assertEqual(load(path)["a"].tolist(), [[1, 2, 3], [4, 5, 6]])

    def test_other_orders_are_copied(self):
        tensor = load(self.write("f.npy", files.npy(range(6), "(2, 3)", "True"))).tensor("")
        self.assertEqual(tensor.strides, (1, 2))
        self.assertFalse(tensor.is_contiguous)
        self.assertEqual(tensor.memoryview().tolist(), [[0, 2, 4], [1, 3, 5]])

    def test_what_is_known_of_a_tensor(self):
        tensor = load(self.model()).tensor("a")
        self.assertEqual((tensor.name, tensor.state_name), ("a", "a"))
        self.assertEqual((tensor.shape, tensor.strides, tensor.layout), ((2, 3), None, "strided"))
        self.assertEqual((tensor.nbytes, tensor.count, tensor.itemsize), (24, 6, 4))
        self.assertFalse(tensor.is_parameter or tensor.requires_grad or tensor.is_scalar)
        self.assertIsNone(tensor.quantizer)
        self.assertIsNone(tensor.ggml_type)
        self.assertEqual(tensor.components, ())
        self.assertRegex(tensor.sha256(), "^[0-9a-f]{64}$")
        self.assertIn("float32", repr(tensor))

    def test_a_descriptor_stays_the_callers(self):
        with open(self.model(), "rb") as file:
            file.seek(5)
            self.assertEqual(load(file.fileno())["c"].tolist(), -7)
            self.assertEqual(file.tell(), 5)

    def test_options(self):
        self.assertRegex(load(self.model(), hash=True).file_sha256, "^[0-9a-f]{64}$")
        self.assertEqual(load(self.model(), view=True).binding, "weak")
        self.assertRaises(TypeError, load, self.model(), max_second=1)
        self.assertRaises(pratique.UsageError, load, self.model(), mode="any")
        self.assertRaises(pratique.UsageError, load, self.model(), max_seconds=-1)
        self.assertRaises(ValueError, load, "a\0b")
        self.assertRaises(pratique.UsageError, pratique.load, self.model(), framework="jax")

    def test_neither_numpy_nor_torch_is_imported(self):
        load(self.model())
        self.assertNotIn("numpy", sys.modules)
        self.assertNotIn("torch", sys.modules)


class Structure(FolderTest):
    def structure(self, value):
        return load(self.write("v.pkl", files.values(value))).structure

    def test_plain_values_are_themselves(self):
        value = {"n": None, "b": [True, False], 3: -5, "r": 0.5, "t": "\u00e4",
                 "big": [-(1 << 70), 1 << 70, (1 << 63) + 5, -(1 << 63) - 1, -(1 << 80) + 256],
                 "y": b"\x00\xff", "u": (1, (2, ())), "s": {1, 2}, "f": frozenset({3})}
        self.assertEqual(self.structure(value), value)

    def test_names_that_are_no_unicode(self):
        self.assertEqual(self.structure({"\ud800": 1}), {"\ud800": 1})

    def test_what_is_shared_stays_shared(self):
        inner = [1]
        out = self.structure([inner, inner])
        self.assertIs(out[0], out[1])

    def test_values_that_contain_themselves(self):
        value = [1]
        value.append(value)
        out = self.structure(value)
        self.assertIs(out[1], out)
        through = []
        pair = (through, 2)
        through.append(pair)
        through.append({"pair": pair})
        out = self.structure(pair)
        self.assertIs(out[0][0], out)
        self.assertIs(out[0][1]["pair"], out)

    def test_deep_values_need_no_recursion(self):
        value = []
        for _ in range(200):
            value = [value]
        out, depth = self.structure(value), 0
        while out:
            out, depth = out[0], depth + 1
        self.assertEqual(depth, 200)

    def test_classes_are_names(self):
        out = load(self.write("v.pkl", files.UNKNOWN)).structure
        self.assertIsInstance(out, pratique.Object)
        self.assertEqual(out.maker, pratique.Global("acme.Thing"))
        self.assertEqual(out.fields["state"], {"n": 7})
        self.assertNotIn("acme", sys.modules)

    def test_formats_without_one(self):
        self.assertIsNone(load(self.model()).structure)


class Refusals(FolderTest):
    def refused(self, kind, path, **options):
        with self.assertRaises(kind) as caught:
            load(path, **options)
        return caught.exception

    def test_malicious_files_say_what_they_would_do(self):
        error = self.refused(pratique.Malicious, self.write("e.pkl", files.EVIL))
        self.assertEqual(error.code, "malicious")
        finding = error.findings[0]
        self.assertEqual((finding.severity, finding.capabilities), ("critical", ("execute",)))
        self.assertIn("os.system", finding.evidence)
        self.assertIn("os.system", str(finding))
        self.assertIsInstance(error, pratique.Refused)
        load(self.write("e.pkl", files.EVIL), allow_malicious=True)

    def test_errors_travel_between_processes(self):
        error = self.refused(pratique.Malicious, self.write("e.pkl", files.EVIL))
        again = pickle.loads(pickle.dumps(error))
        self.assertEqual((type(again), str(again), again.findings, again.code),
                         (type(error), str(error), error.findings, error.code))

    def test_broken_files_say_where(self):
        error = self.refused(pratique.Malformed, self.write("m.safetensors", files.model()[:-3]))
        self.assertNotEqual(error.code, "")
        self.assertIsInstance(error.offset, int)
        self.assertEqual(error.path, str(self.folder / "m.safetensors"))

    def test_unknown_callables_in_strict_mode(self):
        path = self.write("v.pkl", files.UNKNOWN)
        self.assertIsInstance(self.refused(pratique.Refused, path, mode="strict"),
                              pratique.Malformed)

    def test_what_cannot_be_read_is_undecided(self):
        self.assertEqual(self.refused(pratique.Undecided, self.folder / "none").code, "unreadable")
        self.refused(pratique.Undecided, self.folder)
        self.refused(pratique.Undecided, 12345)

    def test_without_a_sandbox(self):
        self.refused(pratique.SandboxError, self.model(), cgroup="/nowhere")

    def test_a_reader_that_dies_is_an_exception(self):
        big = self.write("big.pkl", files.values([float(i) for i in range(300000)]))
        error = self.refused(pratique.Undecided, big, max_worker_memory=1 << 20)
        self.assertIn(error.code, ("out-of-memory", "crashed"))


class Abi(unittest.TestCase):
    """The structs as ctypes has them are those that tests/c/abi.c holds the compiler to."""

    NAMES = {"pratique_text": "Text", "pratique_error_info": "ErrorInfo",
             "pratique_reading": "Reading", "pratique_load_options": "LoadOptions",
             "pratique_source": "Source", "pratique_warning": "Warning_",
             "pratique_model_info": "ModelInfo", "pratique_tree": "Tree",
             "pratique_report_info": "ReportInfo", "pratique_scan_options": "ScanOptions",
             "pratique_verify_options": "VerifyOptions", "pratique_gate_options": "GateOptions"}

    def test_structs(self):
        import ctypes
        text = (pathlib.Path(__file__).parent.parent / "c" / "abi.c").read_text()
        sizes = dict(re.findall(r"HOLDS\(sizeof\((\w+)\) == (\d+)\)", text))
        for name, python in self.NAMES.items():
            self.assertEqual(ctypes.sizeof(getattr(_library, python)), int(sizes[name]), name)
        self.assertEqual(_library.TENSOR.size, int(sizes["pratique_tensor"]))
        self.assertEqual(_library.NODE.size, int(sizes["pratique_node"]))
        members = [row for row in re.findall(r"AT\((\w+), (\w+), (\d+)\)", text)
                   if row[0] in self.NAMES]
        self.assertGreater(len(members), 60)
        for name, member, offset in members:
            field = getattr(getattr(_library, self.NAMES[name]), member)
            self.assertEqual(field.offset, int(offset), f"{name}.{member}")

    def test_all_functions_are_declared(self):
        symbols = (pathlib.Path(__file__).parent.parent / "c" / "symbols.txt").read_text().split()
        self.assertEqual(sorted([*_library._FUNCTIONS, "pratique_error_message"]), symbols)


if __name__ == "__main__":
    unittest.main()
