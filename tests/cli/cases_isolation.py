"""Kernels and containers that lack a layer: what is refused, and what the report says instead.

A system call is taken away from the program, and from all that it starts, by a seccomp filter of
four steps, as a container or an older kernel would."""
import ctypes
import errno
import platform
import struct

from support import EVIL, equal, expect, write

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, FILTER_MODE = 22, 38, 2
X86_64 = platform.machine() == "x86_64"
SECCOMP = 317 if X86_64 else 277
UNSHARE = 272 if X86_64 else 97
LANDLOCK = 444  # landlock_create_ruleset


def without(number, error):
    """For subprocess's preexec_fn: this call fails with this error from now on."""
    libc = ctypes.CDLL(None, use_errno=True)
    steps = b"".join(struct.pack("=HBBI", *step) for step in (
        (0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050000 | error),
        (0x06, 0, 0, 0x7FFF0000)))
    code = ctypes.create_string_buffer(steps, len(steps))
    program = struct.pack("@HP", 4, ctypes.addressof(code))

    def install():
        if (libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or
                libc.prctl(PR_SET_SECCOMP, FILTER_MODE, program, 0, 0) != 0):
            raise OSError(ctypes.get_errno(), "no filter")
        return code  # kept until here
    return install


def missing(report):
    return {entry["layer"]: entry["errno"] for entry in report["isolation"]["missing"]}


def no_namespaces(tool, tmp):
    path, taken = write(tmp, "evil.pkl", EVIL), without(UNSHARE, errno.EPERM)
    report = expect(tool.scan(path, preexec_fn=taken), "refused").report
    equal(report["isolation"]["tier"], "strong")
    equal(missing(report)["namespaces"], errno.EPERM)
    said = expect(tool.run("scan", path, preexec_fn=taken), "refused").out.decode()
    assert "isolation strong," in said, said
    assert "     without namespaces: Operation not permitted\n" in said, said
    full = tool.scan("--min-isolation", "full", path, preexec_fn=taken)
    report = expect(full, "undecided").report
    equal(report["isolation"]["tier"], "none")
    equal(report["files"][0]["gaps"][0]["reason"], "no-sandbox")
    assert "namespaces" in report["files"][0]["gaps"][0]["message"], report["files"][0]


def no_landlock(tool, tmp):
    path = write(tmp, "evil.pkl", EVIL)
    for error in (errno.ENOSYS, errno.EOPNOTSUPP):
        taken = without(LANDLOCK, error)
        report = expect(tool.scan(path, preexec_fn=taken), "undecided").report
        equal(report["isolation"]["tier"], "none")
        assert "landlock" in report["files"][0]["gaps"][0]["message"], report["files"][0]
        basic = tool.scan("--min-isolation", "basic", path, preexec_fn=taken)
        report = expect(basic, "refused").report
        equal(report["isolation"]["tier"], "basic")
        equal(missing(report)["landlock"], error)
        expect(tool.run("explain", path, preexec_fn=taken), "undecided", "landlock")


def no_seccomp(tool, tmp):
    path = write(tmp, "evil.pkl", EVIL)
    for error in (errno.ENOSYS, errno.EINVAL, errno.EPERM):
        taken = without(SECCOMP, error)
        for tier in ("basic", "strong", "full"):
            result = tool.scan("--min-isolation", tier, path, preexec_fn=taken)
            report = expect(result, "undecided").report
            equal(report["isolation"]["tier"], "none")
            equal(report["files"][0]["findings"], [])
        expect(tool.run("explain", path, preexec_fn=taken), "undecided", "seccomp")
        expect(tool.run("sandbox", "check", preexec_fn=taken), "undecided")


CASES = [no_namespaces, no_landlock, no_seccomp]
