#!/usr/bin/env python3
"""Makes each system call fail once that a start makes, in the host and in the worker (159).

    inject.py PROBE WORKER [CALL…]

The probe runs one session and tells how it went, what the worker claims about its lock and what
the kernel says about it. strace makes the n-th call of a kind fail, for each call of a good session
and some errors that such a call may give. Whatever fails, the session fails with a reason or is
locked as well as a good one; where a layer is optional, the worker says that it is missing.

From the good session's trace it also follows that the host names the worker by its pidfd only
(162), and that every descriptor that it makes closes on exec (163).

Exit 0 if all holds, 1 if not, 77 if there is no strace or nothing may be traced."""
import collections
import concurrent.futures
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

CALL = re.compile(r"(\w+)\((.*)")
SPARE = 100  # calls of each sort that the probe makes before its session
MARK = "getpgid"

# What a kernel may answer, where EPERM is not it.
ERRORS = {
    "openat": ["EMFILE", "EACCES"], "open": ["EMFILE"], "socketpair": ["EMFILE", "ENOBUFS"],
    "pipe2": ["EMFILE"], "memfd_create": ["EMFILE", "ENOSYS"], "fcntl": ["EMFILE"],
    "clone": ["EAGAIN", "ENOMEM"], "clone3": ["EAGAIN", "ENOSYS"], "execveat": ["ENOENT", "ENOMEM"],
    "mmap": ["ENOMEM"], "munmap": ["ENOMEM"], "mremap": ["ENOMEM"], "mprotect": ["ENOMEM"],
    "madvise": ["EINVAL"],
    "poll": ["EINTR", "ENOMEM"], "ppoll": ["EINTR"], "recvfrom": ["EINTR", "EAGAIN", "ECONNRESET"],
    "recvmsg": ["EINTR", "ENOBUFS"], "sendmsg": ["EINTR", "EAGAIN", "ENOBUFS", "EPIPE"],
    "sendto": ["EAGAIN", "EPIPE"], "write": ["EINTR", "EPIPE", "EIO"], "read": ["EINTR", "EIO"],
    "waitid": ["EINTR"], "dup2": ["EBUSY", "EINTR"], "ftruncate": ["EINTR", "EFBIG"],
    "prctl": ["EPERM", "EINVAL", "ENOSYS"], "seccomp": ["EPERM", "EINVAL", "ENOSYS"],
    "landlock_create_ruleset": ["ENOSYS", "EOPNOTSUPP", "EMFILE"],
    "landlock_restrict_self": ["EPERM", "E2BIG"], "close_range": ["ENOSYS", "EPERM"],
    "ioctl": ["EBADF"], "pidfd_send_signal": ["EPERM", "ESRCH"],
}
# What never fails in a way that leaves undone what it does, so that no program looks.
NEVER_FAILS = {
    "close", "umask", "getppid", "getpid", "gettid", "getuid", "geteuid", "exit", "exit_group",
    "rt_sigreturn", "restart_syscall", "set_tid_address", "execve", MARK}
# Calls of the C library that it cannot do without (brk has no errors, and waking a thread none
# that a kernel gives): what it makes of a wrong answer is not the sandbox's.
LIBRARY = {"arch_prctl", "set_robust_list", "rseq", "brk", "futex"}
OPTIONAL = {"mdwe", "identity", "namespaces"}
# What the kernel tells of a worker, by the optional layer that makes it so.
MADE_BY = {"identity": ("kernel Uid:", "kernel Gid:", "kernel Groups:"),
           "namespaces": ("kernel folder",), "mdwe": ()}
MAKES_DESCRIPTORS = {
    "open": "O_CLOEXEC", "openat": "O_CLOEXEC", "socketpair": "SOCK_CLOEXEC",
    "socket": "SOCK_CLOEXEC", "pipe2": "O_CLOEXEC", "memfd_create": "MFD_CLOEXEC",
    "eventfd2": "EFD_CLOEXEC", "epoll_create1": "EPOLL_CLOEXEC", "timerfd_create": "TFD_CLOEXEC",
    "clone": "CLONE_PIDFD", "pidfd_open": ""}
LEAVES_OPEN_ON_EXEC = {"pipe", "dup", "creat", "accept", "epoll_create", "eventfd", "signalfd"}
NAMES_BY_NUMBER = {"kill", "tkill", "tgkill", "wait4", "waitpid", "rt_sigqueueinfo", "ptrace"}


class Run:
    """One run of the probe: what it told, and the calls of each of its threads and processes."""

    def __init__(self, folder, probe, worker, *more, inject=None):
        self.told, self.code, self.calls = [], None, {}
        self.hung = False
        prefix = os.path.join(folder, "trace")
        with open(os.path.join(folder, "told"), "w+", encoding="utf-8", errors="replace") as told:
            process = subprocess.Popen([probe, worker, *more], stdin=subprocess.DEVNULL,
                                       stdout=told, stderr=subprocess.DEVNULL)
            wait_for(lambda: state(process.pid) in "Tt")
            tracer = subprocess.Popen(
                ["strace", "-ff", "-q", "-s", "64", "-o", prefix, "-p", str(process.pid),
                 *(["-e", f"inject={inject}"] if inject else [])],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            attached = wait_for(lambda: tracer_of(process.pid) or tracer.poll() is not None)
            self.traced = attached and tracer.poll() is None
            process.send_signal(signal.SIGCONT)
            try:
                self.code = process.wait(30)
            except subprocess.TimeoutExpired:
                self.hung = True
                process.kill()
                process.wait()
            tracer.communicate(timeout=30)
            told.seek(0)
            self.told = told.read().splitlines()
        self.pid = process.pid
        for path in pathlib.Path(folder).glob("trace.*"):
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
            found = [CALL.match(line) for line in lines]
            self.calls[int(path.suffix[1:])] = [match.groups() for match in found if match]

    def lines(self, start):
        return [line for line in self.told if line.startswith(start)]

    @property
    def outcome(self):
        return (self.lines("outcome ") or [""])[0]

    def missing(self):
        return {line.split()[1] for line in self.lines("missing ")}

    def done(self, call, *words):
        """Whether the worker made such a call, and the kernel did it."""
        return any(name == call and all(word in rest for word in words) and
                   not rest.endswith("(INJECTED)") and "= -1" not in rest
                   for calls in self.workers() for name, rest in calls)

    def workers(self):
        return [calls for calls in self.calls.values() if calls and
                any(name == "execveat" for name, _ in calls)]

    def window(self):
        """The host's own calls of the session, without those by which the probe looks around."""
        part, out = 0, []
        for call in self.calls.get(self.pid, []):
            if call[0] == MARK:
                part += 1
            elif part in (1, 3):
                out.append(call)
        return out


def state(pid):
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    return stat.rsplit(") ", 1)[1][0]


def tracer_of(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    return int(re.search(r"TracerPid:\s*(\d+)", status)[1])


def wait_for(condition, patience=10):
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.001)
    return False


def points(good):
    """Each (call, n) of a good session: of the host from its first mark on, of others from the
    start. The same n of several processes is one point; all of them fail then."""
    out = set()
    for pid, calls in good.calls.items():
        count, part = collections.Counter(), 0
        for name, _ in calls:
            count[name] += 1
            part += name == MARK
            if (pid != good.pid or part in (1, 3)) and name not in NEVER_FAILS | LIBRARY:
                out.add((name, count[name]))
    return sorted(out)


def faults(run, good):
    """What is wrong with a run in which a call failed; nothing, if all is as it must be."""
    if run.hung:
        yield "hangs"
        return
    if run.code != 0 or not run.outcome:
        yield f"the host died: {run.code}"
        return
    left = run.lines("left ")
    if run.outcome != "outcome bad_alloc" and left != ["left 0 descriptors 0 children"]:
        yield f"{left}"
    if not run.lines("answered"):
        if run.outcome.startswith("outcome none"):
            yield "no answer, and no reason"
        return
    # strace makes a call fail by turning it into none, which the filter takes for a forbidden one.
    if run.outcome.startswith("outcome denied_syscall"):
        return
    allowed = run.missing() & OPTIONAL
    if run.missing() - OPTIONAL:
        yield f"goes on without {run.missing()}"
    free = tuple(line for layer in allowed for line in MADE_BY[layer])
    changed = {line for line in set(run.lines("kernel")) ^ set(good.lines("kernel"))
               if not line.startswith(free)}
    if changed:
        yield f"the kernel does not say the same of the worker: {sorted(changed)}"
    if allowed and "claim tier full" in run.told:
        yield f"claims to have all without {allowed}"
    for claim in good.lines("claim"):
        expected = "claim tier strong" if allowed and claim == "claim tier full" else claim
        if expected not in run.lines("claim") and claim.split()[1] not in allowed:
            yield f"does not claim {expected}"
    if "claim mdwe 1" in run.told and not run.done("prctl", "PR_SET_MDWE") and not run.done(
            "prctl", "0x41"):
        yield "claims mdwe"
    if not run.done("landlock_restrict_self"):
        yield "claims Landlock"
    if not run.done("seccomp"):
        yield "claims a filter"
    if not run.done("prctl", "PR_SET_DUMPABLE"):
        yield "is dumpable"


def of_the_trace(good, how_it_ends):
    """What the trace of a session must show, of one that the call `how_it_ends` is a part of."""
    calls = good.window() + [call for pid, own in good.calls.items() if pid != good.pid and
                             own not in good.workers() for call in own]
    names = {name for name, _ in calls}
    if not {"socketpair", "clone", "waitid", how_it_ends} <= names:
        yield f"162: this is no trace of a session: {sorted(names)}"
    for name, rest in calls:
        if name in NAMES_BY_NUMBER or (name == "waitid" and "P_PIDFD" not in rest):
            yield f"162: {name}({rest}"
        flag = MAKES_DESCRIPTORS.get(name)
        if name in LEAVES_OPEN_ON_EXEC or (flag and flag not in rest):
            yield f"163: {name}({rest}"
        if name == "fcntl" and "F_DUPFD" in rest and "F_DUPFD_CLOEXEC" not in rest:
            yield f"163: {name}({rest}"


def try_one(probe, worker, good, point):
    call, number, error = point
    with tempfile.TemporaryDirectory(prefix="pratique-inject-") as folder:
        run = Run(folder, probe, worker, inject=f"{call}:error={error}:when={number}")
        found = list(faults(run, good))
        hit = sum(name == call and rest.endswith("(INJECTED)")
                  for calls in run.calls.values() for name, rest in calls)
    return point, found, hit, run.outcome


def main():
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 64
    probe, worker, wanted = *map(os.path.abspath, sys.argv[1:3]), sys.argv[3:]
    if not shutil.which("strace"):
        print("skipped: no strace")
        return 77
    with tempfile.TemporaryDirectory(prefix="pratique-inject-") as folder:
        good = Run(folder, probe, worker)
    if not good.traced:
        print("skipped: nothing may be traced here")
        return 77
    with tempfile.TemporaryDirectory(prefix="pratique-inject-") as folder:
        dropped = Run(folder, probe, worker, "drop")
    failed = [f"a good session: {fault}" for fault in [
        *faults(good, good), *faults(dropped, good), *of_the_trace(good, "shutdown"),
        *of_the_trace(dropped, "pidfd_send_signal")]]
    todo = [(call, number, error) for call, number in points(good) for error in
            ERRORS.get(call, ["EPERM"]) if not wanted or call in wanted]
    outcomes, hits = collections.Counter(), 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for point, found, hit, outcome in pool.map(
                lambda point: try_one(probe, worker, good, point), todo):
            hits += hit > 0
            outcomes[" ".join(outcome.split()[1:2])] += 1
            if wanted:
                print(*point, outcome)
            failed += [f"{point[0]} {point[1]} {point[2]}: {fault}" for fault in found]
    print("\n".join(failed))
    print(f"{len(todo)} faults, {hits} struck, {dict(outcomes)}, {len(failed)} wrong")
    return 0 if todo and hits > len(todo) / 2 and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
