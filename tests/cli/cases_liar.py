"""Workers that die or lie in the middle of a scan: whatever they said before, no verdict that was
not given in full is one. The liar is that of the sandbox's tests, and plays a script."""
import errno
import os
import shutil
import struct

from support import EVIL, equal, expect, printable, reasons, verdicts, write

HEADER = struct.Struct("<IIIIQ")
MAGIC, HELLO, DENIED, EXHAUSTED, ABORTED, DONE, LISTENER = 0x51545250, 2, 4, 5, 6, 7, 10
REPORT = 0x100
LANDLOCK = 11  # a layer, as sandbox/isolation.h counts them
LOOKS = 200  # at how many places a recorded session is cut or changed


def frame(kind, number=0, payload=b""):
    return HEADER.pack(MAGIC, kind, 0, len(payload), number) + payload


def frames(session):
    """(offset, kind, id, payload) of each."""
    at = 0
    while at < len(session):
        _, kind, _, length, number = HEADER.unpack_from(session, at)
        yield at, kind, number, session[at + HEADER.size:at + HEADER.size + length]
        at += HEADER.size + length


def spread(size):
    return sorted({size * look // LOOKS for look in range(LOOKS)})


class Liar:
    def __init__(self, tool, folder):
        build = os.path.dirname(tool.program)
        self.tool, self.worker = tool, os.path.join(build, "pratique-worker")
        self.path = os.path.join(folder, "liar")
        shutil.copy(os.path.join(build, "tests/sandbox/test_liar"), self.path)

    def scan(self, script, path, *options):
        with open(self.path + ".script", "w", encoding="ascii") as out:
            out.write(script)
        return self.tool.scan("--worker", self.path, "--jobs", "1", *options, path)

    def plays(self, session, end, path, *options):
        start = f"write {session.hex()}\n" if session else ""
        return self.scan(f"{start}{end}\n", path, *options)

    def record(self, path):
        """A good session of the real worker about `path`, which is clean."""
        kept = self.path + ".record"
        expect(self.scan(f"relay {self.worker} {kept}\n", path), "clean")
        with open(kept, "rb") as file:
            session = file.read()
        if next(frames(session))[1] == LISTENER:  # it brings a descriptor, which a script cannot
            session = session[HEADER.size:]
        equal([kind for _, kind, _, _ in frames(session)][:2], [HELLO, REPORT])
        return session


def liar(case):
    """A case that gets the liar, a folder for files, and is skipped where there is none."""
    def run(tool, tmp):
        if not os.path.exists(os.path.join(os.path.dirname(tool.program),
                                           "tests/sandbox/test_liar")):
            return "skipped: the liar was not built"
        return case(Liar(tool, tmp), os.path.join(tmp, "models"))
    run.__name__ = case.__name__
    return run


def not_clean(result, context):
    assert result.code in (1, 2), (context, result.code, result.out[-500:])
    assert b"internal error" not in result.err, (context, result.err)
    report = result.report
    assert report["verdict"] != "clean", (context, report)
    return report


@liar
def session_cut_short(worker, folder):
    """142, for one file: at 200 of its bytes, by an end that looks good and by a crash."""
    path = write(folder, "clean.pkl")
    session = worker.record(path)
    for size in spread(len(session)):
        for end in ("exit 0", "crash"):
            file = not_clean(worker.plays(session[:size], end, path), (size, end))["files"][0]
            equal(file["verdict"], "incomplete", (size, end))
            assert reasons(file) <= {"no-sandbox", "crashed"}, (size, end, file)
    expect(worker.plays(session, "exit 0", path), "clean")  # all of it is good


@liar
def session_about_many_cut_short(worker, folder):
    """142, for files that share a worker: those before the cut have their verdict, no other has."""
    for number in range(8):
        write(folder, f"{number}.pkl")
    session = worker.record(folder)
    ends = [at + HEADER.size for at, kind, _, _ in frames(session) if kind == DONE]
    equal(len(ends), 8)
    for size in spread(len(session)):
        report = not_clean(worker.plays(session[:size], "exit 0", folder), size)
        clean = [file["path"][-5] for file in report["files"] if file["verdict"] == "clean"]
        equal(clean, [str(number) for number in range(sum(end <= size for end in ends))], size)


@liar
def session_with_flipped_bits(worker, folder):
    """143: what the flipped bit makes of a session is no crash, and what it makes of a report can
    be printed. Clean it may only be where the worker's own words were changed."""
    path = write(folder, "clean.pkl")
    session = worker.record(path)
    inside = set()
    for at, kind, _, payload in frames(session):
        if kind in (HELLO, REPORT):
            inside |= {*range(at + 4, at + 8), *range(at + HEADER.size,
                                                      at + HEADER.size + len(payload))}
    for bit in spread(8 * len(session)):
        flipped = bytearray(session)
        flipped[bit // 8] ^= 1 << bit % 8
        result = worker.plays(bytes(flipped), "exit 0", path)
        assert result.code in ((0, 1, 2) if bit // 8 in inside else (1, 2)), (bit, result.code)
        assert b"internal error" not in result.err, (bit, result.err)
        equal(result.report["verdict"] == "clean", result.code == 0, bit)
        printable(result.out)


@liar
def worker_that_lies(worker, folder):
    """144 and 146: each ends with a gap for the file that was asked about."""
    path = write(folder, "clean.pkl")
    session = worker.record(path)
    (_, _, _, greeting), (_, _, number, report), *_ = frames(session)
    hello, done = frame(HELLO, 0, greeting), frame(DONE, number)
    answer = frame(REPORT, number, report)
    equal(session, hello + answer + done)
    # 9 Landlock's version, 13 the count of missing layers, then a layer and an errno for each
    weak = frame(HELLO, 0, greeting[:9] + bytes(4) + bytes([greeting[13] + 1]) + greeting[14:] +
                 struct.pack("<BI", LANDLOCK, errno.ENOSYS))
    for what, said, end, reason in (
            ("nothing", b"", "exit 0", "no-sandbox"),
            ("no hello", answer + done, "exit 0", "crashed"),
            ("a weak lock", weak + answer + done, "exit 0", "no-sandbox"),
            ("no report", hello + done, "exit 0", "crashed"),
            ("no end", hello + answer, "exit 0", "crashed"),
            ("a report of another file", hello + frame(REPORT, number + 1, report) + done,
             "exit 0", "crashed"),
            ("the end of another", hello + answer + frame(DONE, number + 1), "exit 0", "crashed"),
            ("an empty report", hello + frame(REPORT, number) + done, "exit 0", "crashed"),
            ("half a report", hello + frame(REPORT, number, report[:-1]) + done, "exit 0",
             "crashed"),
            ("a report and more", hello + frame(REPORT, number, report + b"\0") + done, "exit 0",
             "crashed"),
            ("garbage", hello + os.urandom(300), "exit 0", "crashed"),
            ("that it aborted", hello + answer + frame(ABORTED), "exit 0", "crashed"),
            ("that memory ran out", hello + answer + frame(EXHAUSTED), "exit 0", "out-of-memory"),
            ("a forbidden call", hello + answer + frame(DENIED, 0, bytes(16)), "exit 0",
             "denied-call"),
            ("nothing more", hello + answer, "hang", "timed-out"),
            ("nothing more, and is busy", hello, "busy", "timed-out"),
            ("nothing more, standing still", hello + answer, "stop", "timed-out"),
            ("nothing more, with no socket", hello + answer, "close 5\nhang", "crashed")):
        result = worker.plays(said, end, path, "--max-seconds", "1")
        file = not_clean(result, what)["files"][0]
        equal(reasons(file), {reason}, what)


@liar
def session_about_another_file(worker, folder):
    """A worker that was taken over lies about its file, but only about one that it was asked."""
    session = worker.record(write(folder, "a/clean.pkl"))
    write(folder, "b/evil.pkl", EVIL)
    report = not_clean(worker.plays(session, "drain", folder, "--isolate", "file"), "two files")
    found = verdicts(report)
    equal(found["clean.pkl"], "clean")
    assert found["evil.pkl"] != "clean", found


CASES = [session_cut_short, session_about_many_cut_short, session_with_flipped_bits,
         worker_that_lies, session_about_another_file]
