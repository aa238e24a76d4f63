"""The package as a guest in a process: threads, signals, forks, and nothing left behind."""
import gc
import os
import signal
import threading
import time
import unittest

import files
import pratique
from support import FolderTest, children, descriptors, program


def load(path):
    return pratique.load(path, framework="buffer")


class Guest(FolderTest):
    def setUp(self):
        super().setUp()
        # Who starts tests in the background may have them ignore Ctrl-C.
        self.addCleanup(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT))
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def many(self, count):
        for i in range(count):
            self.model(f"many/{i}.safetensors")
        return self.folder / "many"

    def soon(self, holds):
        """On a busy machine as well."""
        end = time.monotonic() + 30
        while not holds():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)

    def test_keyboard_interrupt(self):
        folder, sent = self.many(300), []

        def interrupt():
            sent.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)

        threading.Timer(0.5, interrupt).start()
        with self.assertRaises(KeyboardInterrupt):
            while not sent or time.monotonic() - sent[0] < 60:
                pratique.scan(folder, isolate_files=True)
        self.assertLess(time.monotonic() - sent[0], 60)
        self.soon(lambda: not children())
        self.soon(lambda: all(t.name != "pratique" for t in threading.enumerate()))
        self.assertTrue(pratique.scan(self.model()))

    def test_keyboard_interrupt_of_copying_and_hashing(self):
        """Files that would take much longer than this waits."""
        huge = self.write("huge.bin", b"x")
        key = str(self.folder / "key")
        program("keygen", "--no-password", key)
        program("sign", huge, "--key", key)
        policy = self.write("policy.json", b'{"version": 1, "name": "any"}')
        os.truncate(huge, 64 << 30)
        before = sorted(os.listdir(self.folder))
        for call in (lambda: pratique.scan(huge, digest=True),
                     lambda: pratique.scan(huge, snapshot=True, snapshot_folder=self.folder),
                     lambda: pratique.load(huge, snapshot_folder=self.folder),
                     lambda: pratique.gate(huge, policy, snapshot_folder=self.folder),
                     lambda: pratique.verify(huge, key=key + ".pub"),
                     lambda: pratique.sign(huge, key, replace=True),
                     lambda: pratique.attest(huge, key, snapshot_folder=self.folder)):
            threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
            began = time.monotonic()
            with self.assertRaises(KeyboardInterrupt):
                call()
            self.soon(lambda: all(t.name != "pratique" for t in threading.enumerate()))
            self.assertLess(time.monotonic() - began, 8)
            self.assertEqual(children(), [])
        self.assertEqual(sorted(os.listdir(self.folder)), before)

    def test_handlers_run_during_a_call(self):
        class Stop(Exception):
            pass

        def stop(*_):
            raise Stop

        folder = self.many(300)
        self.addCleanup(signal.signal, signal.SIGALRM, signal.signal(signal.SIGALRM, stop))
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with self.assertRaises(Stop):
            while True:
                pratique.scan(folder, isolate_files=True)
        self.soon(lambda: not children())

    def test_threads(self):
        path, wrong = self.model(), []

        def work():
            for _ in range(20):
                if load(path)["a"].tolist() != [[1, 2, 3], [4, 5, 6]]:
                    wrong.append(1)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def test_after_a_fork(self):
        path = self.model()
        model = load(path)
        child = os.fork()
        if child == 0:
            try:
                good = model["a"].tolist() == load(path)["a"].tolist()
                os._exit(0 if good else 1)
            except BaseException:
                os._exit(2)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        self.assertEqual(model["a"].tolist(), [[1, 2, 3], [4, 5, 6]])

    def test_nothing_is_left_behind(self):
        path, evil = self.model(), self.write("e.pkl", files.EVIL)

        def round_trip():
            load(path)
            pratique.scan(path)
            self.assertRaises(pratique.Malicious, load, evil)

        round_trip()
        gc.collect()
        before = descriptors()
        for _ in range(50):
            round_trip()
        gc.collect()
        self.assertEqual(descriptors(), before)
        self.assertEqual(children(), [])
        with open("/proc/self/maps", encoding="ascii", errors="replace") as maps:
            self.assertEqual([line for line in maps if "memfd" in line], [])


if __name__ == "__main__":
    unittest.main()
