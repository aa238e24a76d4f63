"""inspect, and what all commands that load share: refusals, bindings, companions, bad input."""
import io
import json
import os
import resource
import signal
import struct
import subprocess
import zipfile

from cases_interrupt import handles_signals
from support import EVIL, equal, expect, finish, printable, write


def npy(array=b"\x01\x02", shape="(2,)", descr="|u1"):
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + array


def safetensors(tensors):
    """{name: bytes}, each a row of U8."""
    header, data = {}, b""
    for name, value in tensors.items():
        header[name] = {"dtype": "U8", "shape": [len(value)],
                        "data_offsets": [len(data), len(data) + len(value)]}
        data += value
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def text_of(word):
    return b"X" + struct.pack("<I", len(word.encode())) + word.encode()


def checkpoint(extra=b"", names=("w",)):
    """A torch zip: {name: four float32 of one storage}; `extra` runs first and is dropped."""
    storage = (b"(" + text_of("storage") + b"ctorch\nFloatStorage\n" + text_of("0") +
               text_of("cpu") + b"K\x04tQ")
    tensor = (b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\x00(K\x04t(K\x01t\x89" +
              b"ccollections\nOrderedDict\n)RtR")
    body = b"\x80\x02" + extra + b"}(" + b"".join(text_of(n) + tensor for n in names) + b"u."
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("m/data.pkl", body)
        archive.writestr("m/version", b"3\n")
        archive.writestr("m/data/0", struct.pack("<4f", 1, 2, 3, 4))
    return out.getvalue()


RUNS_CODE = b"cos\nsystem\n(" + text_of("true") + b"tR0"


def inspect_table(tool, tmp):
    path = write(tmp, "m.pt", checkpoint(names=("layer.weight", "layer.bias")))
    text = printable(expect(tool.run("inspect", path), "clean").out)
    for word in ("torch-zip", "float32", "layer.weight", "16 B", "snapshot", "collections, torch"):
        assert word in text, word
    longest = max(len(line) for line in text.splitlines() if path not in line)
    assert longest <= 80, longest


def inspect_json(tool, tmp):
    path = write(tmp, "m.npy", npy())
    report = expect(tool.run("inspect", "--format", "json", "--digest", path), "clean").report
    equal(report["format"], "npy")
    tensor, = report["tensors"]
    equal((tensor["name"], tensor["path"], tensor["dtype"]), ("", [], "uint8"))
    equal((tensor["shape"], tensor["nbytes"]), ([2], 2))
    equal(tensor["sha256"], "a12871fee210fb8619291eaea194581cbd2531e4b23759d225f6806923f63222")
    equal(report["binding"], "snapshot")
    assert len(report["sha256"]) == 64
    again = tool.run("inspect", "--format", "json", "--digest", path).out
    equal(again, tool.run("inspect", "--format", "json", "--digest", path).out)
    assert "sha256" not in tool.run("inspect", "--format", "json", path).report["tensors"][0]


def inspect_stdin(tool, _):
    report = expect(tool.run("inspect", "--format", "json", "-", stdin=npy()), "clean").report
    equal(report["tensors"][0]["shape"], [2])


def inspect_hostile_names(tool, tmp):
    name = "a\x1b[2Jb\u202ec"
    path = write(tmp, "m.safetensors", safetensors({name: b"x"}))
    printable(expect(tool.run("inspect", path), "clean").out)
    result = expect(tool.run("inspect", "--format", "json", path), "clean")
    printable(result.out)
    equal(result.report["tensors"][0]["name"], name)


def inspect_structure(tool, tmp):
    path = write(tmp, "m.pt", checkpoint(extra=b""))
    report = tool.run("inspect", "--format", "json", "--structure", path).report
    equal(report["structure"], {"w": {"$tensor": 0}})
    assert "structure" not in tool.run("inspect", "--format", "json", path).report
    # A list in itself is written once.
    path = write(tmp, "self.pkl", b"\x80\x02]q\x00h\x00a.")
    report = tool.run("inspect", "--format", "json", "--structure", path).report
    structure = report["structure"]
    equal(structure, {"$id": structure["$id"], "$list": [{"$ref": structure["$id"]}]})


def load_refuses_malice(tool, tmp):
    """Loading is refused, looking is not; and nothing but tensors is nothing to fear."""
    path = write(tmp, "m.pt", checkpoint(extra=RUNS_CODE))
    result = expect(tool.run("load", path), "refused", "malicious", "os.system")
    printable(result.err)
    expect(tool.run("convert", path, os.path.join(tmp, "o.npz")), "refused")
    assert not os.path.exists(os.path.join(tmp, "o.npz"))
    expect(tool.run("inspect", path), "clean")
    expect(tool.run("load", "--mode", "tensors", path), "clean")
    expect(tool.run("load", "--mode", "strict", path), "refused")
    # Broken behind the call, it is malicious all the same.
    broken = write(tmp, "b.pkl", EVIL[:-1] + b"0" + b"\xff")
    expect(tool.run("load", broken), "refused", "malicious")


def strict_mode(tool, tmp):
    unknown = b"cacme_tools\nThing\n)\x810"
    path = write(tmp, "m.pt", checkpoint(extra=unknown))
    expect(tool.run("load", path), "clean")
    expect(tool.run("load", "--mode", "strict", path), "refused", "unknown_callable", "data.pkl")


def broken_files(tool, tmp):
    """Refused with the error's name, where it stands, and nothing on standard output."""
    whole = checkpoint()
    for name, data, word in (("empty.pt", b"", "truncated"),
                             ("cut.pt", whole[:-30], "truncated"),
                             ("text.txt", b"just words\n", "no_tensors"),
                             ("lfs.pt", b"version https://git-lfs.github.com/spec/v1\n", "pointer"),
                             ("cut.npy", npy(b"\x01"), "truncated"),
                             ("size.npy", npy(shape="(-2,)"), "negative_length")):
        result = expect(tool.run("inspect", write(tmp, name, data)), "refused", word, " at ")
        equal(result.out, b"")
        printable(result.err)
    broken = bytearray(whole)
    broken[whole.index(struct.pack("<4f", 1, 2, 3, 4))] ^= 1
    path = write(tmp, "crc.pt", bytes(broken))
    expect(tool.run("load", path), "refused", "bad_checksum")
    # A view does not read the payload, and says so.
    seen = printable(expect(tool.run("inspect", "--view", path), "clean").out)
    assert "payload: not read" in seen, seen


def bad_paths(tool, tmp):
    expect(tool.run("inspect", os.path.join(tmp, "none.pt")), "undecided")
    expect(tool.run("inspect", tmp), "undecided", "folder")
    os.mkfifo(os.path.join(tmp, "pipe"))
    result = expect(tool.run("load", "--worker", "/nonexistent", write(tmp, "a.npy", npy())),
                    "undecided")
    assert b"worker" in result.err
    for args in (["inspect"], ["inspect", "--format", "xml", "x"], ["load", "--mode", "any", "x"]):
        expect(tool.run(*args), "usage")


def bindings(tool, tmp):
    path = write(tmp, "m.npy", npy())
    equal(tool.run("inspect", "--format", "json", path).report["binding"], "snapshot")
    equal(tool.run("inspect", "--format", "json", "--view", path).report["binding"], "weak")


def closed_pipe(tool, tmp):
    """head closes the pipe: the program ends, without a word and without success."""
    names = [f"layers.{i}.weight" for i in range(5000)]
    path = write(tmp, "m.safetensors", safetensors({name: b"x" for name in names}))
    process = tool.start("inspect", path)
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=60) in (2, -signal.SIGPIPE), process.returncode
    process.stderr.close()


def shards(tool, tmp):
    write(tmp, "m/one.safetensors", safetensors({"a": b"1", "b": b"22"}))
    write(tmp, "m/two.safetensors", safetensors({"c": b"333"}))
    index = {"metadata": {}, "weight_map": {"a": "one.safetensors", "b": "one.safetensors",
                                            "c": "two.safetensors"}}
    path = write(tmp, "m/model.safetensors.index.json", json.dumps(index).encode())
    report = expect(tool.run("inspect", "--format", "json", "--digest", path), "clean").report
    equal({t["name"]: t["shape"] for t in report["tensors"]}, {"a": [1], "b": [2], "c": [3]})
    # The index and the shards must agree, and nothing outside the folder is opened.
    for change in ({"b": "two.safetensors"}, {"d": "two.safetensors"}, {"c": "../x.safetensors"},
                   {"c": "/etc/passwd"}, {"c": "none.safetensors"}):
        wrong = {"weight_map": {**index["weight_map"], **change}}
        path = write(tmp, "m/wrong.safetensors.index.json", json.dumps(wrong).encode())
        assert tool.run("inspect", path).code in (1, 2), change
    # Nor is a link out of it followed.
    os.remove(os.path.join(tmp, "m/two.safetensors"))
    outside = write(tmp, "out.safetensors", safetensors({"c": b"333"}))
    os.symlink(outside, os.path.join(tmp, "m/two.safetensors"))
    path = write(tmp, "m/model.safetensors.index.json", json.dumps(index).encode())
    expect(tool.run("inspect", path), "undecided")


def shards_of_a_hub_cache(tool, tmp):
    """There all files are links into the blobs of the same model."""
    cache = os.path.join(tmp, "models--a--b")
    blobs = {"one.safetensors": safetensors({"a": b"1"}),
             "two.safetensors": safetensors({"b": b"22"}),
             "model.safetensors.index.json": json.dumps(
                 {"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}).encode()}
    os.makedirs(os.path.join(cache, "snapshots/rev"))
    for number, (name, data) in enumerate(blobs.items()):
        write(cache, f"blobs/{number}", data)
        os.symlink(f"../../blobs/{number}", os.path.join(cache, "snapshots/rev", name))
    path = os.path.join(cache, "snapshots/rev/model.safetensors.index.json")
    report = expect(tool.run("inspect", "--format", "json", path), "clean").report
    equal([t["name"] for t in report["tensors"]], ["a", "b"])


def little_address_space(tool, tmp):
    """Room for what does not lie in the file is asked for as it is needed."""
    path = write(tmp, "m.npy", npy(b"\0\1\0\2", descr=">i2"))
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    expect(tool.run("inspect", "--digest", path, preexec_fn=limit), "clean")


def module_beside(tool, tmp):
    """An import that Python would take from the model's folder is the author's code."""
    unknown = b"chelper\nThing\n)\x810"
    path = write(tmp, "m.pt", checkpoint(extra=unknown))
    expect(tool.run("load", path), "clean")
    write(tmp, "helper.py", b"import os\n")
    expect(tool.run("load", path), "refused", "malicious")


def bombs(tool, tmp):
    """What stands for more than it is ends in a named error, soon."""
    zeros = io.BytesIO()
    with zipfile.ZipFile(zeros, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("w.npy", "w") as member:
            member.write(npy(b"", shape="(1073741824,)"))
            for _ in range(256):
                member.write(bytes(1 << 20))
    path = write(tmp, "zeros.npz", zeros.getvalue())
    result = tool.run("inspect", "--max-bytes", "64MiB", path, timeout=60)
    assert result.code in (1, 2), result.code
    assert b"limit" in result.err, result.err


def inspect_interrupted(tool, tmp):
    """Ctrl-C ends it and its worker."""
    path = os.path.join(tmp, "m")
    os.mkfifo(path)
    process = subprocess.Popen([tool.program, "inspect", "--max-seconds", "30", path],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    with open(path, "wb") as pipe:
        pipe.write(b"\x93NUMPY")
        pipe.flush()
        handles_signals(process)
        process.send_signal(signal.SIGINT)
        result = finish(process)
    equal([result.code, result.out], [130, b""])


CASES = [inspect_table, inspect_json, inspect_stdin, inspect_hostile_names, inspect_structure,
         load_refuses_malice, strict_mode, broken_files, bad_paths, bindings, closed_pipe, shards,
         shards_of_a_hub_cache, little_address_space, module_beside,
         bombs, inspect_interrupted]
