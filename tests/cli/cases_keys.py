"""keygen and key: what is written, for whom, and what no interruption may leave behind."""
import base64
import hashlib
import os
import pty
import select
import shutil
import signal
import subprocess
import termios
import time

from support import Result, equal, expect, finish, printable, write

TYPES = {"ed25519": "ed25519", "p256": "ecdsa-p256", "p384": "ecdsa-p384", "p521": "ecdsa-p521"}
WORD = "correct horse"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def mode(path):
    return os.stat(path).st_mode & 0o777


def openssl(*args):
    """What openssl prints; None where there is none."""
    if shutil.which("openssl") is None:
        return None
    return subprocess.run(["openssl", *args], capture_output=True, check=True, timeout=60).stdout


def fields(out):
    """The lines "name  value" of a description."""
    return dict(line.split() for line in out.decode().splitlines() if "  " in line)


def keygen_and_show(tool, tmp):
    for kind, name in TYPES.items():
        out = os.path.join(tmp, kind)
        made = expect(tool.run("keygen", "--type", kind, "--no-password", out), "clean")
        assert b"not encrypted" in made.out, made.out
        equal(made.err, b"")
        equal(mode(out), 0o600)
        pem = read(out + ".pub")
        der = base64.b64decode(b"".join(pem.splitlines()[1:-1]))
        known = {"type": name, "id": hashlib.sha256(der).hexdigest(),
                 "hint": hashlib.sha256(pem).hexdigest()}
        equal(fields(made.out), known)
        for path in (out, out + ".pub"):
            shown = expect(tool.run("key", "show", path), "clean")
            equal(fields(shown.out), known)
            assert shown.out.endswith(pem), shown.out
            assert b"PRIVATE" not in shown.out, shown.out
        theirs = openssl("pkey", "-in", out, "-pubout")
        assert theirs in (None, pem), theirs
    out = os.path.join(tmp, "default")
    equal(fields(expect(tool.run("keygen", "--no-password", out), "clean").out)["type"], "ed25519")


def keygen_under_a_password(tool, tmp):
    word = write(tmp, "word", WORD.encode() + b"\nmore\n")
    os.chmod(word, 0o600)
    sources = {"file:" + word: {}, "env:KEY_WORD": {"env": {"KEY_WORD": WORD}},
               "fd:0": {"stdin": WORD.encode() + b"\n"}}
    for number, (source, more) in enumerate(sources.items()):
        out = os.path.join(tmp, f"key{number}")
        made = expect(tool.run("keygen", "--type", "p256", "--password", source, out, **more),
                      "clean")
        assert b"under a password" in made.out, made.out
        assert read(out).startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), read(out)
        # Any of them opens it, and so does openssl.
        for other, how in sources.items():
            shown = expect(tool.run("key", "show", out, "--password", other, **how), "clean")
            assert shown.out.endswith(read(out + ".pub")), shown.out
        theirs = openssl("pkey", "-in", out, "-pubout", "-passin", "pass:" + WORD)
        assert theirs in (None, read(out + ".pub")), theirs
        scheme = openssl("asn1parse", "-in", out)
        for part in (b":0927C0", b"hmacWithSHA256", b"aes-256-cbc"):  # 600,000 iterations
            assert scheme is None or part in scheme, scheme
        wrong = tool.run("key", "show", out, "--password", "fd:0", stdin=b"battery staple\n")
        expect(wrong, "refused", "the password does not open the key", out)
        expect(tool.run("key", "show", out, "--password", "fd:0"), "refused")
    os.chmod(word, 0o644)
    expect(tool.run("key", "show", out, "--password", "file:" + word), "refused",
           "a private key that others may read")


def keys_of_openssl(tool, tmp):
    if shutil.which("openssl") is None:
        return "no openssl"
    plain, out = os.path.join(tmp, "plain"), os.path.join(tmp, "out")
    openssl("genpkey", "-algorithm", "ed25519", "-out", plain)
    shown = openssl("pkey", "-in", plain, "-pubout")
    how = {"stdin": WORD.encode() + b"\n"}
    for options in (["-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512"], ["-v2", "aes-192-cbc"],
                    ["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA1", "-iter", "3"],
                    ["-scrypt"], ["-scrypt", "-scrypt_N", "16384", "-scrypt_p", "2"]):
        openssl("pkcs8", "-topk8", "-in", plain, "-out", out, "-passout", "pass:" + WORD, *options)
        os.chmod(out, 0o600)
        read_ = expect(tool.run("key", "show", out, "--password", "fd:0", **how), "clean")
        assert read_.out.endswith(shown), options
    for options in (["-v2", "des3"], ["-v1", "PBE-SHA1-3DES"], ["-iter", "10000001"]):
        openssl("pkcs8", "-topk8", "-in", plain, "-out", out, "-passout", "pass:" + WORD, *options)
        os.chmod(out, 0o600)
        began = time.monotonic()
        expect(tool.run("key", "show", out, "--password", "fd:0", **how), "refused",
               "not supported")
        assert time.monotonic() - began < 3, "it stretched the password first"
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", out)
    os.chmod(out, 0o600)
    expect(tool.run("key", "show", out), "refused", "RSA")
    return None


def keys_of_openssh(tool, tmp):
    if shutil.which("ssh-keygen") is None:
        return "no ssh-keygen"
    for kind, word, outcome in (("ed25519", "", "clean"), ("ed25519", WORD, "refused"),
                                ("ecdsa", "", "refused")):
        out = os.path.join(tmp, kind + word[:1])
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", word, "-f", out, "-C", "a comment"],
                       check=True, timeout=60)
        got = expect(tool.run("key", "show", out, "--password", "fd:0", stdin=WORD.encode()),
                     outcome)
        equal("ssh-keygen -p" in got.err.decode(), outcome == "refused")
        shown = expect(tool.run("key", "show", out + ".pub"), "clean")
        assert outcome == "refused" or fields(shown.out) == fields(got.out), got.out
    return None


def keygen_keeps_what_is_there(tool, tmp):
    out = write(tmp, "key", b"mine")
    expect(tool.run("keygen", "--no-password", out), "undecided", "exists")
    equal(read(out), b"mine")
    os.unlink(out)
    write(tmp, "key.pub", b"mine")
    expect(tool.run("keygen", "--no-password", out), "undecided", "exists")
    equal(sorted(os.listdir(tmp)), ["key.pub"])
    write(tmp, "key", b"mine")
    os.chmod(out, 0o644)
    expect(tool.run("keygen", "--no-password", "--replace", out), "clean")
    equal(mode(out), 0o600)
    shown = expect(tool.run("key", "show", out), "clean")
    assert shown.out.endswith(read(out + ".pub")), shown.out
    link = os.path.join(tmp, "link")
    os.symlink(out, link)
    before = read(out)
    expect(tool.run("keygen", "--no-password", "--replace", link), "undecided", "no regular file")
    equal(read(out), before)
    expect(tool.run("keygen", "--no-password", os.path.join(tmp, "no", "key")), "undecided")


def the_public_half_is_made_again(tool, tmp):
    out = os.path.join(tmp, "key")
    expect(tool.run("keygen", "--password", "fd:0", out, stdin=WORD.encode()), "clean")
    pem = read(out + ".pub")
    os.unlink(out + ".pub")
    expect(tool.run("key", "public", out, "--password", "fd:0", stdin=b"wrong"), "refused")
    equal(os.listdir(tmp), ["key"])
    made = expect(tool.run("key", "public", out, "--password", "fd:0", stdin=WORD.encode()),
                  "clean")
    assert b"key.pub: public key" in made.out, made.out
    equal(read(out + ".pub"), pem)
    again = ["key", "public", out, "--password", "fd:0"]
    expect(tool.run(*again, stdin=WORD.encode()), "undecided", "exists")
    expect(tool.run(*again, "--replace", stdin=WORD.encode()), "clean")
    expect(tool.run("key", "public", out + ".pub"), "refused")


def keys_that_others_may_read(tool, tmp):
    out = os.path.join(tmp, "key")
    expect(tool.run("keygen", "--no-password", out), "clean")
    for bits in (0o640, 0o604, 0o622):
        os.chmod(out, bits)
        for command in ("show", "public"):
            expect(tool.run("key", command, out), "refused", "a private key that others may read",
                   "chmod 600")


def no_terminal_no_password(tool, tmp):
    out = os.path.join(tmp, "key")
    result = tool.run("keygen", out, start_new_session=True)
    expect(result, "undecided", "no terminal", "--no-password", "--password")
    equal(os.listdir(tmp), [])


class Session:
    """The program on a terminal of its own."""

    def __init__(self, tool, *args):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execv(tool.program, [tool.program, *args])
        self.seen = b""

    def wait_for(self, text, patience=30):
        until = time.monotonic() + patience
        while text not in self.seen:
            assert time.monotonic() < until, f"no {text!r} in {self.seen!r}"
            if select.select([self.terminal], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self.terminal, 4096)
                except OSError:  # the other end is closed
                    break
        assert text in self.seen, self.seen
        self.seen = self.seen.split(text, 1)[1]

    def until_quiet(self, patience=30):
        until = time.monotonic() + patience
        while self.echoes():
            assert time.monotonic() < until, "the echo is still on"
            time.sleep(0.01)

    def type(self, line):
        os.write(self.terminal, line)

    def echoes(self):
        return bool(termios.tcgetattr(self.terminal)[3] & termios.ECHO)

    def end(self):
        """Exit code, negative for a signal, and what was printed since."""
        out = self.seen
        while True:
            try:
                more = os.read(self.terminal, 4096)
            except OSError:
                break
            if not more:
                break
            out += more
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.terminal)
        return Result(code, out, out)


def typing_a_password(tool, tmp):
    out = os.path.join(tmp, "key")
    session = Session(tool, "keygen", out)
    for prompt in (b"New password: ", b"The same again: "):
        session.wait_for(prompt)
        session.until_quiet()
        session.type(WORD.encode() + b"\n")
    result = expect(session.end(), "clean")
    assert WORD.encode() not in result.out, result.out
    expect(tool.run("key", "show", out, "--password", "fd:0", stdin=WORD.encode()), "clean")
    session = Session(tool, "key", "show", out)
    session.wait_for(b"Password: ")
    session.type(WORD.encode() + b"\n")
    assert b"ed25519" in expect(session.end(), "clean").out


def typing_two_passwords(tool, tmp):
    session = Session(tool, "keygen", os.path.join(tmp, "key"))
    for prompt, word in ((b"New password: ", b"one\n"), (b"The same again: ", b"two\n")):
        session.wait_for(prompt)
        session.until_quiet()
        session.type(word)
    expect(session.end(), "refused", "the two differ")
    for typed, why in ((b"\n", "it is empty"), (b"\x04", "none was typed"),
                       (b"p" * 1025 + b"\n", "too long")):
        session = Session(tool, "keygen", os.path.join(tmp, "key"))
        session.wait_for(b"New password: ")
        session.until_quiet()
        session.type(typed)
        expect(session.end(), "refused", why)
    equal(os.listdir(tmp), [])


def a_signal_brings_the_echo_back(tool, tmp):
    for how in (b"\x03", signal.SIGTERM, signal.SIGHUP):
        session = Session(tool, "keygen", os.path.join(tmp, "key"))
        session.wait_for(b"New password: ")
        session.until_quiet()
        if isinstance(how, bytes):
            session.type(b"half a wo" + how)
        else:
            os.kill(session.pid, how)
        os.waitid(os.P_PID, session.pid, os.WEXITED | os.WNOWAIT)
        assert session.echoes(), "the echo is still off"
        expected = signal.SIGINT if isinstance(how, bytes) else how
        equal(session.end().code, -expected)
    equal(os.listdir(tmp), [])


def a_stop_brings_the_echo_back(tool, tmp):
    session = Session(tool, "keygen", os.path.join(tmp, "key"))
    session.wait_for(b"New password: ")
    session.until_quiet()
    os.kill(session.pid, signal.SIGTSTP)
    # A session of its own has nobody to continue it, so the system may drop the stop.
    session.wait_for(b"New password: ")
    session.until_quiet()
    session.type(WORD.encode() + b"\n")
    session.wait_for(b"The same again: ")
    session.until_quiet()
    session.type(WORD.encode() + b"\n")
    expect(session.end(), "clean")


def an_end_leaves_no_half_key(tool, tmp):
    """Whenever it comes: no key, or a whole private one, from which the public one can be made."""
    out = os.path.join(tmp, "key")
    states = set()
    for number in range(40):
        process = tool.start("keygen", "--type", "p521", "--no-password", out)
        time.sleep(number * 0.0005)
        process.send_signal(signal.SIGKILL if number % 2 else signal.SIGINT)
        finish(process)
        left = sorted(os.listdir(tmp))
        assert left in ([], ["key"], ["key", "key.pub"]), left
        states.add(len(left))
        if left == ["key"]:
            expect(tool.run("key", "public", out), "clean")
        if left:
            shown = expect(tool.run("key", "show", out), "clean")
            assert shown.out.endswith(read(out + ".pub")), shown.out
        for name in os.listdir(tmp):
            os.unlink(os.path.join(tmp, name))
    assert states, states


def key_usage(tool, tmp):
    out = os.path.join(tmp, "key")
    for args in (["keygen"], ["keygen", "--type", "rsa", "--no-password", out],
                 ["keygen", "--password", "secret", out], ["keygen", "--password", "fd:x", out],
                 ["keygen", "--password", "fd:0", "--no-password", out], ["key"], ["key", "show"],
                 ["key", "public"], ["key", "show", out, "--password", "pass:x"]):
        expect(tool.run(*args), "usage")
    equal(os.listdir(tmp), [])
    for args in (["keygen"], ["key"], ["key", "show"], ["key", "public"]):
        printable(expect(tool.run(*args, "--help"), "clean").out)


def key_names_are_escaped(tool, tmp):
    name = os.path.join(os.fsencode(tmp), b"k\x1b[31m")
    printable(expect(tool.run("keygen", "--no-password", name), "clean").out)
    printable(expect(tool.run("keygen", "--no-password", name), "undecided").err)
    printable(expect(tool.run("key", "show", os.path.join(name, b"no\x1b")), "undecided").err)
    printable(expect(tool.run("key", "show", write(tmp, b"e\x1b", b"\x1b")), "refused").err)


CASES = [keygen_and_show, keygen_under_a_password, keys_of_openssl, keys_of_openssh,
         keygen_keeps_what_is_there, the_public_half_is_made_again, keys_that_others_may_read,
         no_terminal_no_password, typing_a_password, typing_two_passwords,
         a_signal_brings_the_echo_back, a_stop_brings_the_echo_back, an_end_leaves_no_half_key,
         key_usage, key_names_are_escaped]
