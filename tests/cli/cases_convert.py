"""Converting and loading: what is written, what is said of it, and what is never left behind."""
import json
import os
import signal
import struct
import subprocess
import sys
import zipfile

from support import CLEAN, EVIL, equal, expect, finish, printable, write


def safetensors(header, data):
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def read_safetensors(path):
    with open(path, "rb") as file:
        size, = struct.unpack("<Q", file.read(8))
        header, data = json.loads(file.read(size)), file.read()
    metadata = header.pop("__metadata__", {})
    return {name: (entry["dtype"], entry["shape"], data[slice(*entry["data_offsets"])])
            for name, entry in header.items()}, metadata


def model(name="w", dtype="F32", size=4, metadata=None):
    header = {"__metadata__": metadata} if metadata else {}
    header[name] = {"dtype": dtype, "shape": [2], "data_offsets": [0, 2 * size]}
    return safetensors(header, bytes(range(2 * size)))


def convert_to_each(tool, tmp):
    source = write(tmp, "m.safetensors", model(metadata={"k": "v"}))
    for extension in ("safetensors", "npz", "gguf"):
        out = os.path.join(tmp, f"out.{extension}")
        result = expect(tool.run("convert", source, out), "clean")
        assert b"1 tensor, " in result.out and b"isolation" in result.out, result.out
        equal(result.err, b"")
        with open(out, "rb") as file:
            assert bytes(range(8)) in file.read()
    tensors, metadata = read_safetensors(os.path.join(tmp, "out.safetensors"))
    equal(tensors, {"w": ("F32", [2], bytes(range(8)))})
    equal(metadata, {"k": "v"})
    with zipfile.ZipFile(os.path.join(tmp, "out.npz")) as archive:
        equal(archive.namelist(), ["w.npy"])
        assert archive.read("w.npy").endswith(bytes(range(8)))


def convert_keeps_every_byte(tool, tmp):
    """Of tensors below and above what is buffered on the way to the file."""
    data, header = b"", {}
    for kib in (1, 511, 512, 600, 3, 1024, 2500, 700):
        piece = os.urandom(kib << 10)
        header[f"w{len(header)}"] = {"dtype": "U8", "shape": [len(piece)],
                                     "data_offsets": [len(data), len(data) + len(piece)]}
        data += piece
    source = write(tmp, "m.safetensors", safetensors(header, data))
    tensors = read_safetensors(source)[0]
    for extension in ("safetensors", "npz"):
        expect(tool.run("convert", source, os.path.join(tmp, f"out.{extension}")), "clean")
    assert read_safetensors(os.path.join(tmp, "out.safetensors"))[0] == tensors
    with zipfile.ZipFile(os.path.join(tmp, "out.npz")) as archive:
        for name, (_, _, content) in tensors.items():
            assert archive.read(name + ".npy").endswith(content), name


def convert_keeps_what_is_there(tool, tmp):
    source = write(tmp, "m.safetensors", model())
    out = write(tmp, "out.npz", b"mine")
    expect(tool.run("convert", source, out), "undecided", "exists")
    with open(out, "rb") as file:
        equal(file.read(), b"mine")
    expect(tool.run("convert", source, out, "--force"), "clean")
    with open(out, "rb") as file:
        equal(file.read(4), b"PK\x03\x04")
    os.symlink(out, os.path.join(tmp, "link.npz"))
    expect(tool.run("convert", source, os.path.join(tmp, "link.npz"), "--force"), "undecided",
           "no regular file")
    # A file may be replaced by what is made of it.
    expect(tool.run("convert", source, source, "--force"), "clean")
    expect(tool.run("convert", source, source, "--force", "--view"), "clean")
    equal(read_safetensors(source)[0], {"w": ("F32", [2], bytes(range(8)))})


def convert_refuses_and_leaves_nothing(tool, tmp):
    folder = os.path.join(tmp, "out")
    os.mkdir(folder)
    out = os.path.join(folder, "m.safetensors")
    expect(tool.run("convert", write(tmp, "evil.pkl", EVIL), out), "refused", "PRQ-PICKLE-001",
           "os.system")
    expect(tool.run("convert", write(tmp, "cut.safetensors", model()[:60]), out), "refused",
           "truncated")
    expect(tool.run("convert", os.path.join(tmp, "nowhere"), out), "undecided")
    expect(tool.run("convert", write(tmp, "b.safetensors", model(dtype="BF16", size=2)),
                    os.path.join(folder, "m.npz")), "undecided", "tensor w", "bfloat16",
           "--raw-bits")
    long = write(tmp, "long.safetensors", model(name="n" * 64))
    expect(tool.run("convert", long, os.path.join(folder, "m.gguf")), "undecided", "64 bytes")
    expect(tool.run("convert", long, out, "--worker", "/nonexistent"), "undecided")
    equal(os.listdir(folder), [])


def convert_usage(tool, tmp):
    source = write(tmp, "m.safetensors", model())
    for args in (["convert"], ["convert", source], ["convert", source, "out.pt"],
                 ["convert", source, os.path.join(tmp, "o.npz"), "--mode", "quick"],
                 ["convert", source, os.path.join(tmp, "o.npz"), "--shared", "maybe"],
                 ["load"], ["load", source, "--to", "out"]):
        expect(tool.run(*args), "usage")
    for command in ("convert", "load"):
        text = printable(expect(tool.run(command, "--help"), "clean").out)
        assert "--view" in text and "/build/" not in text, text


def load_without_a_target(tool, tmp):
    result = expect(tool.run("load", write(tmp, "m.safetensors", model())), "clean")
    assert b"1 tensor, isolation " in result.out and b"binding snapshot" in result.out, result.out
    result = expect(tool.run("load", os.path.join(tmp, "m.safetensors"), "--view"), "clean")
    assert b"binding snapshot" not in result.out, result.out
    equal(sorted(os.listdir(tmp)), ["m.safetensors"])


def load_to_npz(tool, tmp):
    source = write(tmp, "m.safetensors", model())
    out = os.path.join(tmp, "out.npz")
    expect(tool.run("load", source, "--to", out), "clean")
    with zipfile.ZipFile(out) as archive:
        equal(archive.testzip(), None)


def load_by_mode(tool, tmp):
    unknown = write(tmp, "u.pkl", b"\x80\x02cacme\nThing\n)\x81.")
    expect(tool.run("load", unknown), "clean")
    expect(tool.run("load", unknown, "--mode", "strict"), "refused", "unknown_callable")
    expect(tool.run("load", write(tmp, "c.pkl", CLEAN)), "clean", )
    expect(tool.run("load", write(tmp, "evil.pkl", EVIL), "--mode", "tensors"), "clean")


def names_are_escaped(tool, tmp):
    bad = model(name="a\u001b[2J\u202e", dtype="F64", size=8)
    source = write(tmp, b"m\x1b[31m.safetensors", bad)
    result = tool.run("convert", source, os.path.join(tmp, "o.gguf"))
    printable(expect(result, "clean").out)
    result = tool.run("convert", source, os.path.join(tmp, "no\x1b/o.npz"))
    printable(expect(result, "undecided").err)
    bf16 = write(tmp, "b.safetensors", model(name="a\u001b[2J\u202e", dtype="BF16", size=2))
    printable(expect(tool.run("convert", bf16, os.path.join(tmp, "o.npz")), "undecided").err)


def an_end_leaves_nothing(tool, tmp):
    """Whenever it comes: the folder holds what it held, or the whole file."""
    count = 1 << 22
    big = safetensors({"w": {"dtype": "F32", "shape": [count], "data_offsets": [0, 4 * count]}},
                      bytes(4 * count))
    source = write(tmp, "m.safetensors", big)
    folder = os.path.join(tmp, "out")
    os.mkdir(folder)
    out = os.path.join(folder, "o.safetensors")
    for wait in (0.0, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05):
        process = tool.start("convert", source, out, "--force")
        try:
            process.wait(wait)
        except Exception:  # it still runs
            process.send_signal(signal.SIGINT)
        finish(process)
        left = os.listdir(folder)
        assert left in ([], ["o.safetensors"]), left
        if left:
            equal(os.path.getsize(out), len(big))


# Peak memory of a program and its workers, in KiB. A process starts with the peak of the one that
# started it, so this one must be small.
MEMORY = """import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"""


def large_files_need_little_memory(tool, tmp):
    count, most = 1 << 23, 48 << 20
    tensors = {f"w{i}": {"dtype": "F32", "shape": [count],
                         "data_offsets": [4 * count * i, 4 * count * (i + 1)]} for i in range(8)}
    source = write(tmp, "m.safetensors", safetensors(tensors, b""))
    # Zeros that take no room on the disk.
    os.truncate(source, os.path.getsize(source) + 8 * 4 * count)
    for number, options in enumerate((["--view"], ["--max-snapshot", "1MiB"])):
        out = os.path.join(tmp, f"o{number}.npz")
        used = int(subprocess.run(
            [sys.executable, "-c", MEMORY, tool.program, "convert", source, out, *options,
             "--snapshot-folder", tmp], capture_output=True, check=True, timeout=60).stdout)
        # The scan searches the first 64 MiB of such a file for pickles.
        assert used * 1024 < most + (64 << 20), f"{used} KiB for {options}"
        assert os.path.getsize(out) > 8 * 4 * count
        os.unlink(out)


CASES = [convert_to_each, convert_keeps_every_byte, convert_keeps_what_is_there,
         convert_refuses_and_leaves_nothing, convert_usage, load_without_a_target, load_to_npz,
         load_by_mode, names_are_escaped, an_end_leaves_nothing, large_files_need_little_memory]
