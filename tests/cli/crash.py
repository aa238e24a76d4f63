#!/usr/bin/env python3
"""Ends keygen, sign and attest at every call of their writing, and fills the disk under them: what
stands under the final name afterwards is what was there before, or the new file whole.

    crash.py PRATIQUE

strace kills the program at the n-th call of each kind, or makes the call fail with ENOSPC; both
with files that have no name until they are whole and, by hiding /proc, with named temporary ones.
Root also gets a small file system that is full. Exit 0 if all holds, 1 if not, 77 if there is no
strace or nothing may be traced."""
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

CALL = re.compile(r"(\w+)\((.*)")
# Calls that make, fill, name and remove files, and what stands between them.
WRITING = ["openat", "access", "faccessat", "faccessat2", "pwrite64", "write", "fsync", "linkat",
           "link", "renameat", "renameat2", "rename", "unlinkat", "unlink", "rt_sigprocmask",
           "getrandom", "newfstatat", "fstat", "close"]
WANTS_SPACE = ["openat", "pwrite64", "fsync", "linkat", "renameat", "rename", "renameat2"]
HIDE_PROC = "access:error=ENOENT:when=1+"
KEPT = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
FAULTS = []


def run(*command, **more):
    return subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL,
                          capture_output=True, check=False, timeout=120, env=KEPT, umask=0, **more)


class Case:
    """A command, in a folder of its own: what is there before, and what counts as whole."""
    final = ()  # names that the command writes

    def __init__(self, program, fixtures, replace):
        self.program, self.fixtures, self.replace = program, fixtures, replace
        self.name = type(self).__name__.lower() + (" --replace" if replace else "")

    def folder(self, into):
        """A copy of what the command starts from."""
        folder = pathlib.Path(into, "work")
        shutil.copytree(self.fixtures, folder)
        if not self.replace:
            for name in self.final:
                (folder / name).unlink()
        return folder

    def command(self, folder):
        raise NotImplementedError

    def faults(self, folder, before):
        """What is wrong with the files under their final names."""
        raise NotImplementedError

    def full_command(self, folder):
        return [self.program, *self.command(folder), *(["--replace"] if self.replace else [])]


class Keygen(Case):
    final = ("old.key", "old.key.pub")

    def command(self, folder):
        return ["keygen", "--no-password", folder / "old.key"]

    def faults(self, folder, before):
        shown = [run(self.program, "key", "show", folder / name) if (folder / name).exists()
                 else None for name in self.final]
        if any(show is not None and show.returncode != 0 for show in shown):
            yield "a key that is not whole"
        if shown[0] is None and (self.replace or shown[1] is not None):
            yield "the private key is gone"
        if None not in shown and shown[0].stdout != shown[1].stdout:
            yield "a public key that is another one's"
        for path in folder.iterdir():
            if path.is_file() and b"PRIVATE" in path.read_bytes() and path.stat().st_mode & 0o077:
                yield f"others may read {path.name}"


class Sign(Case):
    final = ("model/model.sig",)

    def command(self, folder):
        return ["sign", folder / "model", "--key", folder / "new.key"]

    def verify(self, folder, signature):
        return run(self.program, "verify", folder / "model", "--signature", signature,
                   "--key", folder / "old.key.pub", "--key", folder / "new.key.pub",
                   *(part for path in (folder / "model").glob(".pratique-*")
                     for part in ("--ignore", path)))

    def faults(self, folder, before):
        signature = folder / self.final[0]
        if not signature.exists():
            if self.replace:
                yield "the old signature is gone"
            return
        done = self.verify(folder, signature)
        if done.returncode != 0:
            yield f"a signature that is not whole: {done.stdout.decode()}"


class Attest(Sign):
    final = ("attestation",)

    def command(self, folder):
        return ["attest", folder / "model", "--key", folder / "new.key", "--jobs", "1", "--output",
                folder / self.final[0]]

    def faults(self, folder, before):
        attestation = folder / self.final[0]
        if not attestation.exists():
            if self.replace:
                yield "the old attestation is gone"
            return
        try:
            json.loads(attestation.read_bytes())  # which no part of an object is
        except ValueError as error:
            yield f"an attestation that is not whole: {error}"


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*")
            if path.is_file()}


def strace(command, out, *injections):
    return run("strace", "-q", "-o", out, *(part for injection in injections
                                           for part in ("-e", f"inject={injection}")), *command)


def points(case, hidden):
    """Each (call, n) from the first file that the command makes on."""
    with tempfile.TemporaryDirectory(prefix="pratique-crash-") as into:
        folder = case.folder(into)
        out = pathlib.Path(into, "trace")
        done = strace(case.full_command(folder), out, *([HIDE_PROC] if hidden else []))
        lines = out.read_text(errors="replace").splitlines() if out.exists() else []
        calls = [match.groups() for match in map(CALL.match, lines) if match]
        if not calls:
            return None
        if done.returncode != 0:
            FAULTS.append(f"{case.name}: {done.stderr.decode()}")
    count, found, writes = collections.Counter(), [], False
    for call, rest in calls:
        count[call] += 1
        writes = writes or "O_TMPFILE" in rest or "O_CREAT" in rest
        if writes and call in WRITING and not (hidden and call == "access"):
            makes = call != "openat" or "O_TMPFILE" in rest or "O_CREAT" in rest
            found.append((call, count[call], makes and call in WANTS_SPACE))
    return found


def leftovers(folder):
    return sorted(path.name for path in folder.rglob(".pratique-*"))


def killed(case, hidden, point):
    call, number, _ = point
    with tempfile.TemporaryDirectory(prefix="pratique-crash-") as into:
        folder = case.folder(into)
        before = contents(folder)
        done = strace(case.full_command(folder), os.devnull, *([HIDE_PROC] if hidden else []),
                      f"{call}:signal=SIGKILL:when={number}")
        found = list(case.faults(folder, before))
        if len(leftovers(folder)) > len(case.final):
            found.append(f"left {leftovers(folder)}")
    what = f"{case.name}, hidden: {hidden}, killed at {call} {number}"
    return [f"{what}: {fault}" for fault in found], done.returncode != 0


def full(case, hidden, point):
    call, number, _ = point
    with tempfile.TemporaryDirectory(prefix="pratique-crash-") as into:
        folder = case.folder(into)
        before = contents(folder)
        done = strace(case.full_command(folder), os.devnull, *([HIDE_PROC] if hidden else []),
                      f"{call}:error=ENOSPC:when={number}")
        after = contents(folder)
        found = list(case.faults(folder, before)) + after_failure(case, done, before, after)
    what = f"{case.name}, hidden: {hidden}, full at {call} {number}"
    return [f"{what}: {fault}" for fault in found], done.returncode != 0


def after_failure(case, done, before, after):
    """Of a run that may have met a full disk."""
    if done.returncode == 0:
        return [] if all(name in after for name in case.final) else ["says that all went well"]
    found = []
    if done.returncode != 2:
        found.append(f"exit code {done.returncode}: {done.stderr.decode()}")
    # Once a file has its name, what follows can fail and the file stays: it is whole.
    named = b"may not keep its name" in done.stderr or b"pratique key public" in done.stderr
    if after != before and not named:
        changed = sorted(set(before.items()) ^ set(after.items()))
        found.append(f"not as before: {sorted({name for name, _ in changed})}: "
                     f"{done.stderr.decode()}")
    if any(pathlib.Path(name).name.startswith(".pratique-") for name in after):
        found.append("left a temporary file")
    return found


def small_disk(case):
    """A file system without room for what the command writes."""
    with tempfile.TemporaryDirectory(prefix="pratique-crash-") as into:
        disk = pathlib.Path(into, "disk")
        disk.mkdir()
        if run("mount", "-t", "tmpfs", "-o", "size=1m", "none", disk).returncode != 0:
            return None
        try:
            folder = case.folder(disk)
            with open(disk / "filler", "wb", buffering=0) as filler:
                try:
                    while filler.write(b"x" * 4096):
                        pass
                except OSError:
                    pass
            before = contents(folder)
            done = run(*case.full_command(folder))
            found = list(case.faults(folder, before))
            found += after_failure(case, done, before, contents(folder))
            if done.returncode != 2:
                found.append(f"exit code {done.returncode} on a full disk")
            return [f"{case.name}, a full file system: {fault}" for fault in found]
        finally:
            run("umount", disk)


def make_fixtures(program, folder):
    (folder / "model").mkdir(parents=True)
    (folder / "model" / "weights.json").write_bytes(b'{"a": 1}')
    for name in ("old", "new"):
        made = run(program, "keygen", "--no-password", folder / f"{name}.key")
        if made.returncode != 0:
            sys.exit(made.stderr.decode())
    for command in (["sign"], ["attest", "--output", folder / "attestation"]):
        made = run(program, *command, folder / "model", "--key", folder / "old.key")
        if made.returncode not in (0, 1) or b"pratique:" in made.stderr:
            sys.exit(made.stderr.decode())


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    program = pathlib.Path(sys.argv[1]).resolve()
    if not shutil.which("strace"):
        print("skipped: no strace")
        return 77
    with tempfile.TemporaryDirectory(prefix="pratique-crash-") as into:
        fixtures = pathlib.Path(into, "fixtures")
        make_fixtures(program, fixtures)
        cases = [kind(program, fixtures, replace) for kind in (Keygen, Sign, Attest)
                 for replace in (False, True)]
        todo = []
        for case in cases:
            for hidden in (False, True):
                found = points(case, hidden)
                if found is None:
                    print("skipped: nothing may be traced here")
                    return 77
                todo += [(killed, case, hidden, point) for point in found]
                todo += [(full, case, hidden, point) for point in found if point[2]]
        struck = collections.Counter()
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for (how, *_), (found, hit) in zip(todo, pool.map(
                    lambda one: one[0](*one[1:]), todo)):
                FAULTS.extend(found)
                struck[how.__name__] += hit
        disks = [small_disk(case) for case in cases] if os.geteuid() == 0 else [None]
        if None in disks:
            print("left out: a small file system, which needs root")
        FAULTS.extend(fault for found in disks for fault in found or [])
    print("\n".join(FAULTS))
    tried = collections.Counter(how.__name__ for how, *_ in todo)
    print(f"{dict(tried)} tried, {dict(struck)} struck, {len(FAULTS)} wrong")
    return 0 if not FAULTS and all(struck[how] > tried[how] / 2 for how in tried) else 1


if __name__ == "__main__":
    sys.exit(main())
