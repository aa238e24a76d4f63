"""What is on the command line and in folders: files, links, devices, and what is not there."""
import hashlib
import json
import os
import shutil
import socket
import subprocess
import time

from support import (CLEAN, EVIL, OPAQUE, by_name, equal, expect, finish, printable, reasons,
                     rules, verdicts, write)


def empty_file(tool, tmp):
    result = tool.scan(write(tmp, "model.pkl", b""))
    file = result.report["files"][0]
    equal(file["identities"], ["empty"])
    assert "PRQ-FILE" in next(iter(rules(file)), ""), "an empty file is worth a word"
    equal(file["gaps"], [])
    expect(result, "clean")


def empty_folder(tool, tmp):
    result = expect(tool.run("scan", tmp), "undecided", "nothing to scan")
    equal(result.code, 2)
    equal(expect(tool.scan(tmp), "undecided", "nothing to scan").report["files"], [])


def bad_path(tool, tmp):
    write(tmp, "good.pkl")
    missing = os.path.join(tmp, "missing.pkl")
    result = tool.scan(missing, os.path.join(tmp, "good.pkl"))
    expect(result, "undecided")
    equal(verdicts(result.report), {"missing.pkl": "incomplete", "good.pkl": "clean"})
    equal(reasons(by_name(result.report)["missing.pkl"]), {"unreadable"})
    assert missing in expect(tool.run("scan", missing), "undecided").out.decode()


def path_below_a_file(tool, tmp):
    path = write(tmp, "good.pkl")
    expect(tool.run("scan", path + "/inside"), "undecided")
    expect(tool.run("scan", ""), "undecided")


def bad_path_and_evil(tool, tmp):
    result = tool.scan(os.path.join(tmp, "missing"), write(tmp, "evil.pkl", EVIL))
    equal(verdicts(expect(result, "refused").report)["evil.pkl"], "malicious")


def fifo_in_a_folder(tool, tmp):
    write(tmp, "good.pkl")
    os.mkfifo(os.path.join(tmp, "pipe.pkl"))
    found = by_name(expect(tool.scan(tmp, timeout=20), "undecided").report)
    equal(reasons(found["pipe.pkl"]), {"special-file"})
    equal(found["good.pkl"]["verdict"], "clean")


def fifo_that_nobody_writes_to(tool, tmp):
    path = os.path.join(tmp, "pipe.pkl")
    os.mkfifo(path)
    result = expect(tool.scan("--max-seconds", "1", path, timeout=20), "undecided")
    equal(reasons(result.report["files"][0]), {"timed-out"})
    expect(tool.run("explain", "--max-seconds", "1", path, timeout=20), "undecided", "the pipe")


def fifo_with_a_writer(tool, tmp):
    path = os.path.join(tmp, "pipe.pkl")
    os.mkfifo(path)
    for data, code, verdict in ((EVIL, "refused", "malicious"), (CLEAN, "clean", "clean")):
        process = tool.start("scan", "--format", "json", "--digest", path)
        with open(path, "wb") as out:
            out.write(data)
        file = expect(finish(process), code).report["files"][0]
        equal([file["verdict"], file["binding"], file["size"]], [verdict, "snapshot", len(data)])
        equal(file["sha256"], hashlib.sha256(data).hexdigest())


def process_substitution(tool, tmp):
    write(tmp, "evil.pkl", EVIL)
    write(tmp, "clean.pkl")
    shell = ["bash", "-c"]
    for words, code in (("<(cat clean.pkl)", 0), ("<(cat evil.pkl)", 1), ("<(true)", 0),
                        ("<(cat clean.pkl) <(sleep 0.3; cat clean.pkl) clean.pkl", 0),
                        ("<(cat clean.pkl) <(cat evil.pkl)", 1),
                        ("--max-seconds 1 <(exec sleep 3)", 2), ("<(head -c 99M /dev/zero)", 0),
                        ("--max-memory 64MiB <(cat /dev/zero)", 2)):
        done = subprocess.run([*shell, f"'{tool.program}' scan {words}"], cwd=tmp, check=False,
                              capture_output=True, timeout=60)
        equal(done.returncode, code, (words, done.stdout, done.stderr))
    done = subprocess.run([*shell, f"'{tool.program}' explain <(cat evil.pkl)"], cwd=tmp,
                          check=True, capture_output=True, timeout=60)
    assert b"os.system" in done.stdout


def read_only_once(tool, tmp):
    """Half of a stream, or nothing of it, is not its content: the second mention is a gap."""
    for data, code in ((CLEAN, "undecided"), (EVIL, "refused")):
        report = expect(tool.scan("-", "-", stdin=data), code).report
        equal([file["verdict"] for file in report["files"]],
              ["clean" if data is CLEAN else "malicious", "incomplete"])
        equal(reasons(report["files"][1]), {"unreadable"})
        expect(tool.scan("-", "/dev/stdin", stdin=data), code)
        expect(tool.scan("/dev/stdin", "/dev/stdin", stdin=data), code)
    path = os.path.join(tmp, "pipe")
    os.mkfifo(path)
    process = tool.start("scan", "--format", "json", path, path)
    with open(path, "wb") as out:
        out.write(EVIL)
    equal(len(expect(finish(process), "refused").report["files"]), 2)


def device(tool, _):
    for path in ("/dev/zero", "/dev/null"):
        result = expect(tool.scan(path, timeout=20), "undecided")
        equal(reasons(result.report["files"][0]), {"special-file"}, path)


def unix_socket(tool, tmp):
    path = os.path.join(tmp, "s.pkl")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        for result in (tool.scan(tmp, timeout=20), tool.scan(path, timeout=20)):
            equal(reasons(expect(result, "undecided").report["files"][0]), {"special-file"})


def unreadable(tool, folder):
    tmp, elsewhere = os.path.join(folder, "models"), os.path.join(folder, "bin")
    os.mkdir(elsewhere)
    write(tmp, "good.pkl")
    secret = write(tmp, "secret.pkl", EVIL)
    os.mkdir(os.path.join(tmp, "closed"))
    write(tmp, "closed/in.pkl", EVIL)
    os.chmod(secret, 0)
    os.chmod(os.path.join(tmp, "closed"), 0)
    for path in (folder, tmp, elsewhere):
        os.chmod(path, 0o755)
    command = [tool.program, "scan", "--format", "json", tmp]
    if os.geteuid() == 0:
        # Root may read everything; another user may not even reach the program where it is.
        if shutil.which("setpriv") is None:
            return "skipped: setpriv is needed to stop being root"
        worker = os.path.join(os.path.dirname(tool.program), "pratique-worker")
        copies = [shutil.copy(file, os.path.join(elsewhere, os.path.basename(file)))
                  for file in (tool.program, worker)]
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", copies[0],
                   *command[1:], "--worker", copies[1]]
    done = subprocess.run(command, capture_output=True, check=False, timeout=30)
    os.chmod(os.path.join(tmp, "closed"), 0o755)
    equal(done.returncode, 2)
    files = by_name(json.loads(done.stdout))
    equal(reasons(files["secret.pkl"]), {"unreadable"})
    equal(reasons(files["closed"]), {"unreadable"})
    equal(files["good.pkl"]["verdict"], "clean")
    return None


def symlinks(tool, tmp):
    outside = write(tmp, "outside/evil.pkl", EVIL)
    write(tmp, "in/real/evil.pkl", EVIL)
    top = os.path.join(tmp, "in")
    os.symlink("real/evil.pkl", os.path.join(top, "inside.pkl"))
    os.symlink(outside, os.path.join(top, "out.pkl"))
    os.symlink("nowhere", os.path.join(top, "dangling.pkl"))
    os.symlink("loop_b", os.path.join(top, "loop_a"))
    os.symlink("loop_a", os.path.join(top, "loop_b"))
    os.symlink(".", os.path.join(top, "itself"))
    os.symlink("../outside", os.path.join(top, "folder_out"))
    report = expect(tool.scan(top, timeout=20), "refused").report
    found = by_name(report)
    equal(found["inside.pkl"]["verdict"], "malicious")
    equal(reasons(found["out.pkl"]), {"link-outside"})
    equal(reasons(found["folder_out"]), {"link-outside"})
    for name in ("dangling.pkl", "loop_a", "loop_b"):
        equal(reasons(found[name]), {"unreadable"}, name)
    equal(len(report["files"]), 7)  # `itself` is what is being walked: once is enough
    # Named by the user, a link is followed wherever it leads.
    named = tool.scan(os.path.join(top, "out.pkl"))
    equal(verdicts(expect(named, "refused").report), {"out.pkl": "malicious"})
    linked = os.path.join(tmp, "linked")
    os.symlink(top, linked)
    equal(len(tool.scan(linked).report["files"]), 7)


def hub_cache(tool, tmp):
    write(tmp, "models--a--x/blobs/abc", EVIL)
    write(tmp, "secret", EVIL)
    revision = os.path.join(tmp, "models--a--x/snapshots/rev1")
    os.makedirs(revision)
    os.symlink("../../blobs/abc", os.path.join(revision, "model.pkl"))
    os.symlink("../../../secret", os.path.join(revision, "other.pkl"))
    found = by_name(expect(tool.scan(revision), "refused").report)
    equal(found["model.pkl"]["verdict"], "malicious")
    equal(reasons(found["other.pkl"]), {"link-outside"})
    whole = by_name(tool.scan(os.path.join(tmp, "models--a--x")).report)
    equal(whole["model.pkl"]["verdict"], "malicious")
    equal(whole["abc"]["verdict"], "malicious")


HOSTILE_NAMES = [b"line\nfeed.pkl", b"esc\x1b[31mred.pkl", b"bell\x07.pkl", b"not\xff\xfeutf8.pkl",
                 "right\u202eto left.pkl".encode(), b"tab\tquote\"back\\slash.pkl",
                 b"\xc2\x9bcsi.pkl",
                 b"--help", b" ", b"a" * 255]


def hostile_names(tool, tmp):
    for name in HOSTILE_NAMES:
        write(tmp, name, EVIL)
    report = printable(tool.scan(tmp).out)
    equal(report.count('"path": '), len(HOSTILE_NAMES))
    equal(len(tool.scan(tmp).report["files"]), len(HOSTILE_NAMES))
    text = printable(tool.run("scan", tmp).out)
    equal(text.count("  malicious\n"), len(HOSTILE_NAMES), "headlines")
    found = by_name(tool.scan(tmp).report)
    for name in ("line\\nfeed.pkl", "esc\\x1b[31mred.pkl", "not\\xff\\xfeutf8.pkl",
                 "right\\u202eto left.pkl", "tab\\tquote\"back\\\\slash.pkl"):
        assert name in found, f"{name} not in {list(found)}"
    odd = "PRQ-FILE-"
    flagged = [f["rule"] for f in found["not\\xff\\xfeutf8.pkl"]["findings"]]
    assert any(rule.startswith(odd) for rule in flagged), "bytes that are no UTF-8 are flagged"
    result = tool.run("scan", *[os.path.join(os.fsencode(tmp), n) for n in HOSTILE_NAMES])
    equal(printable(expect(result, "refused").out).count("  malicious\n"), len(HOSTILE_NAMES))


def odd_but_valid_name(tool, tmp):
    """A backslash and an x in a name are two characters, not a byte that is no UTF-8."""
    result = tool.scan(write(tmp, "back\\x41.pkl"))
    equal(expect(result, "clean").report["files"][0]["findings"], [])


def hostile_missing_name(tool, tmp):
    for args in (["scan"], ["explain"]):
        result = tool.run(*args, os.path.join(os.fsencode(tmp), b"no\x1b[2J\nsuch\xff"))
        expect(result, "undecided")
        printable(result.out)
        printable(result.err)


def standard_input(tool, tmp):
    equal(verdicts(expect(tool.scan("-", stdin=CLEAN), "clean").report), {"-": "clean"})
    equal(verdicts(expect(tool.scan("-", stdin=EVIL), "refused").report), {"-": "malicious"})
    expect(tool.scan("-", stdin=OPAQUE), "undecided")
    report = tool.scan("--digest", "-", stdin=EVIL).report
    equal(report["files"][0]["sha256"], hashlib.sha256(EVIL).hexdigest())
    equal(report["files"][0]["size"], len(EVIL))
    expect(tool.run("explain", "-", stdin=EVIL), "clean")
    equal(report["binding"], "snapshot")
    for mode in ("rb", "r+b"):
        with open(write(tmp, "file", EVIL), mode) as file:
            done = subprocess.run([tool.program, "scan", "-"], stdin=file, capture_output=True,
                                  check=False)
        equal(done.returncode, 1)


def odd_standard_input(tool, tmp):
    path = write(tmp, "evil.pkl", EVIL)
    for flags in (os.O_PATH, os.O_WRONLY):
        unreadable_one = os.open(path, flags)
        done = subprocess.run([tool.program, "scan", "-"], stdin=unreadable_one, check=False,
                              capture_output=True, timeout=20)
        os.close(unreadable_one)
        equal(done.returncode, 2)
        assert b"unreadable" in done.stdout, done
    folder = os.open(tmp, os.O_RDONLY)
    done = subprocess.run([tool.program, "scan", "-"], stdin=folder, check=False,
                          capture_output=True, timeout=20)
    os.close(folder)
    equal(done.returncode, 2)
    assert b"unreadable" in done.stdout, done
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(EVIL)
        ours.shutdown(socket.SHUT_WR)
        done = subprocess.run([tool.program, "scan", "-"], stdin=theirs, check=False,
                              capture_output=True, timeout=20)
    equal(done.returncode, 1)
    # Somebody else has made it one that does not wait; it is read to its end all the same.
    read, put = os.pipe()
    os.set_blocking(read, False)
    process = subprocess.Popen([tool.program, "scan", "-"], stdin=read, stdout=subprocess.PIPE)
    os.close(read)
    time.sleep(0.3)
    os.write(put, EVIL)
    os.close(put)
    process.communicate(timeout=20)
    equal(process.returncode, 1)


def endless_standard_input(tool, _):
    with open("/dev/zero", "rb") as zeros:
        for command in ("scan", "explain"):
            done = subprocess.run([tool.program, command, "--max-memory", "64MiB", "-"],
                                  stdin=zeros, capture_output=True, check=False, timeout=30)
            equal(done.returncode, 2, command)
            assert b"standard input is longer" in done.stdout + done.stderr, done


def closed_descriptors(tool, tmp):
    """Without standard streams nothing else may take their numbers, and there is no clean."""
    path = write(tmp, "evil.pkl", EVIL)
    shell = ["bash", "-c"]
    for script, code in ((f"'{tool.program}' scan - <&-", 2),
                         (f"'{tool.program}' scan '{path}' <&-", 1),
                         (f"'{tool.program}' scan '{path}' >&-", 2),
                         (f"'{tool.program}' scan '{path}' 2>&-", 1),
                         (f"'{tool.program}' scan '{path}' <&- >&- 2>&-", 2),
                         (f"'{tool.program}' scan '{path}' > /dev/full", 2)):
        done = subprocess.run([*shell, script], capture_output=True, check=False, timeout=30)
        equal(done.returncode, code, script.replace(tool.program, "pratique"))
    equal(open(path, "rb").read(), EVIL)


def python_beside(tool, tmp):
    """A pickle that names a module that lies beside it, given as a folder or by itself."""
    path = write(tmp, "in/model.pkl", b"\x80\x02chelper_mod\nthing\n.")
    write(tmp, "in/helper_mod.py", b"x = 1\n")
    for argument in (os.path.join(tmp, "in"), path):
        found = by_name(tool.scan(argument).report)["model.pkl"]
        assert "PRQ-PICKLE-006" in rules(found), found


def names_like_options(tool, tmp):
    """Behind two dashes nothing is an option, whatever stands before them: a file that is called
    --help must not end in a help text and exit code 0."""
    write(tmp, "--help", EVIL)
    write(tmp, "x", b"plain\n")
    report = os.path.join(tmp, "report.json")
    for before in ((), ("x",), ("--report", "json=" + report), ("--jobs", "1", "x"), ("--all",)):
        done = tool.run("scan", *before, "--", "--help", cwd=tmp)
        equal(done.code, 1, str(before))
        assert b"malicious" in done.out and b"Usage" not in done.out, done
    equal(tool.run("scan", "--report", "json=" + report, "x", cwd=tmp).code, 0, "one report")
    equal(tool.run("scan", "--", "-", cwd=tmp, stdin=EVIL).code, 1, "standard input")


CASES = [names_like_options, empty_file, empty_folder, bad_path, path_below_a_file,
         bad_path_and_evil, fifo_in_a_folder, fifo_that_nobody_writes_to, fifo_with_a_writer,
         process_substitution, read_only_once, odd_standard_input, device, unix_socket, unreadable,
         symlinks, hub_cache, hostile_names, odd_but_valid_name, hostile_missing_name,
         standard_input, endless_standard_input, closed_descriptors, python_beside]
