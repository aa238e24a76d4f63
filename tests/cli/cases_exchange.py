"""Files that are exchanged while a gate looks at them: whatever it answers, what it hands out was
signed and scanned, byte for byte."""
import os
import threading
import time

from signing_support import (CLEAN_PICKLE, attest, entry, folder, gate, judged, key, malicious,
                             policy, read, safetensors, sha256, sign, trust)
from support import expect, finish, slow_pickle, write

SECONDS = 3


class Exchanging:
    """Two versions of one file that take turns under its name, as fast as it goes, by renaming
    them or by writing over it."""

    def __init__(self, path, good, bad, by_writing=False):
        self.path, self.versions, self.by_writing = path, (good, bad), by_writing
        self.turns, self.stop = 0, threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        # Beside the model: a third file in it would be one that nobody signed.
        beside = os.path.join(os.path.dirname(os.path.dirname(self.path)), ".next")
        while not self.stop.is_set():
            data = self.versions[self.turns % 2]
            with open(self.path if self.by_writing else beside, "r+b" if self.by_writing else "wb",
                      buffering=0) as out:
                out.write(data)
                out.truncate()
            if not self.by_writing:
                os.rename(beside, self.path)
            self.turns += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()
        assert self.turns > 10, f"only {self.turns} turns"


def besiege(tool, tmp, by, model, path, versions, **how):
    """Asks the gate again and again; how often it let the model pass, and how often not."""
    answers = {0: 0, 1: 0, 2: 0}
    out, record = os.path.join(tmp, "out"), os.path.join(tmp, "record.json")
    until, number = time.monotonic() + SECONDS, 0
    with Exchanging(path, *versions, **how):
        while time.monotonic() < until:
            number += 1
            result = gate(tool, model, by, "--output", f"{out}{number}", "--record", record)
            answers[result.code] += 1
            left = [name for name in os.listdir(tmp) if name.startswith(".pratique-")]
            assert not left, left
            if result.code != 0:
                assert not os.path.exists(f"{out}{number}"), result.out
                assert not os.path.exists(record), result.out
                continue
            assert read(f"{out}{number}/{os.path.basename(path)}") == versions[0]
            assert sha256(versions[0]).encode() in read(record)
            assert sha256(versions[1]).encode() not in read(record)
            os.unlink(record)
    assert answers[0] + answers[1] + answers[2] > 5, answers
    return answers


def padded(data, size=1 << 20):
    """A malicious pickle as long as another file: its bytes behind the STOP are not read."""
    return data + bytes(size - len(data))


def a_signed_file_is_exchanged(tool, tmp):
    alice = key(tool, tmp, "alice")
    by = policy(tmp, trust=trust({"alice": entry(tool, alice)}), signature={"required": True})
    model = folder(tmp, **{"a.pkl": CLEAN_PICKLE})
    sign(tool, model, alice)
    versions = (CLEAN_PICKLE, malicious())
    answers = besiege(tool, tmp, by, model, model + "/a.pkl", versions)
    assert answers[0] and answers[1], f"no race was run: {answers}"


def a_file_is_written_over(tool, tmp):
    alice = key(tool, tmp, "alice")
    by = policy(tmp, trust=trust({"alice": entry(tool, alice)}), signature={"required": True})
    good = slow_pickle(1)
    model = folder(tmp, **{"a.pkl": good})
    sign(tool, model, alice)
    besiege(tool, tmp, by, model, model + "/a.pkl", (good, padded(malicious(), len(good))),
            by_writing=True)


def an_attested_file_is_exchanged(tool, tmp):
    lab = key(tool, tmp, "lab")
    by = policy(tmp, trust=trust({"lab": entry(tool, lab, "attest")}),
                attestation={"required": True, "max_age_days": 1})
    model = folder(tmp, **{"a.pkl": CLEAN_PICKLE})
    attest(tool, model, lab)
    answers = besiege(tool, tmp, by, model, model + "/a.pkl", (CLEAN_PICKLE, malicious()))
    assert answers[0] and answers[1], f"no race was run: {answers}"


def a_model_is_exchanged_before_it_is_loaded(tool, tmp):
    """load looks at a model and then at a file of it: the file must be the one that was looked
    at, and what comes out must be its tensors."""
    alice = key(tool, tmp, "alice")
    by = policy(tmp, trust=trust({"alice": entry(tool, alice)}), signature={"required": True},
                scan={"accept_gaps": ["not-inspected"]})
    model = folder(tmp, **{"a.safetensors": safetensors(1)})
    path = model + "/a.safetensors"
    sign(tool, model, alice)
    until, codes, number = time.monotonic() + SECONDS, set(), 0
    with Exchanging(path, safetensors(1), safetensors(2)):
        while time.monotonic() < until:
            number += 1
            out = os.path.join(tmp, f"out{number}.safetensors")
            done = tool.run("convert", path, out, "--policy", by, "--model", model)
            codes.add(done.code)
            if done.code == 0:
                assert read(out).endswith(bytes([1] * 8)), read(out)
            else:
                assert not os.path.exists(out), done.err
    assert 0 in codes and 1 in codes, codes


def a_file_is_exchanged_while_another_is_read(tool, tmp):
    """The gate is busy with a file that takes long when the others are replaced: it has its copies
    of them, or sees what is new, and hands out nothing else."""
    by = policy(tmp)
    model = folder(tmp, **{"a.pkl": slow_pickle(60), "b.pkl": CLEAN_PICKLE})
    answers = set()
    for number, wait in enumerate((0.01, 0.1, 0.2, 0.4)):
        write(model, "b.pkl", CLEAN_PICKLE)
        out = os.path.join(tmp, f"out{number}")
        process = tool.start("gate", "--policy", by, model, "--output", out, "--jobs", "1")
        time.sleep(wait)
        write(tmp, "next", malicious())
        os.rename(os.path.join(tmp, "next"), model + "/b.pkl")
        done = finish(process)
        answers.add(done.code)
        if done.code == 0:
            assert read(out + "/b.pkl") == CLEAN_PICKLE, "what was not scanned was handed out"
        else:
            expect(done, "refused")
            assert not os.path.exists(out)
    assert answers, answers
    judged(tool, model, by, "refused")


CASES = [a_signed_file_is_exchanged, a_file_is_written_over, an_attested_file_is_exchanged,
         a_model_is_exchanged_before_it_is_loaded, a_file_is_exchanged_while_another_is_read]
