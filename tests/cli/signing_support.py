"""What the cases about signatures and gates share: small models, keys, trust stores, policies."""
import hashlib
import json
import os
import pathlib
import pickle

from support import expect, write

ROOT = pathlib.Path(__file__).resolve().parents[2]
CLEAN_PICKLE = pickle.dumps({"weights": [1.5, 2.5]}, 4)
FUTURE = "2099-01-31T00:00:00Z"


def malicious():
    """The bytes of a malicious sample."""
    found = sorted((ROOT / "samples/files/p-import").glob("*.pkl"))
    assert found, "no samples"
    return found[0].read_bytes()


def safetensors(value=0):
    head = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    return len(head).to_bytes(8, "little") + head + bytes([value] * 8)


def short_text(text):
    data = text.encode()
    return b"\x8c" + bytes([len(data)]) + data


def unknown_call(module, name):
    """A pickle that calls a function that nobody vetted, with one inert argument."""
    return (b"\x80\x04" + short_text(module) + short_text(name) + b"\x93" +
            short_text("pratique-sample") + b"\x85R.")


def folder(tmp, name="model", **files):
    """A model: a clean pickle and a card, unless it is said what is in it."""
    path = os.path.join(tmp, name)
    for file, data in (files or {"weights.pkl": CLEAN_PICKLE, "README.md": b"# A net\n"}).items():
        write(path, file, data)
    return path


def key(tool, tmp, name="key", kind="ed25519"):
    path = os.path.join(tmp, name)
    expect(tool.run("keygen", "--type", kind, "--no-password", path), "clean")
    return path


def key_id(tool, path):
    shown = expect(tool.run("key", "show", path), "clean").out.decode()
    return dict(line.split() for line in shown.splitlines() if "  " in line)["id"]


def sign(tool, model, by, *more):
    return expect(tool.run("sign", model, "--key", by, *more), "clean")


def attest(tool, model, by, *more, code="clean"):
    return expect(tool.run("attest", model, "--key", by, *more), code)


def entry(tool, path, *may, **more):
    return {"id": key_id(tool, path), "file": path + ".pub", "may": list(may or ("sign",)), **more}


def trust(keys, **more):
    """A trust store with a rule for all models: the first key must have signed."""
    first = next(iter(keys))
    return {"version": 1, "expires": FUTURE, "keys": keys,
            "rules": [{"match": "*", "require": [{"any_of": [first]}]}], **more}


def save(tmp, name, value):
    return write(tmp, name, value if isinstance(value, bytes) else json.dumps(value).encode())


def policy(tmp, file="policy.json", **members):
    return save(tmp, file, {"version": 1, "name": "test", **members})


def gate(tool, model, by, *more, **how):
    models = [model] if isinstance(model, (str, bytes)) else model
    return tool.run("gate", "--format", "json", "--policy", by, *models, *more, **how)


def judged(tool, model, by, code, *more):
    """The checks of a decision as {(rule, answer)}; its exit code and its word must agree."""
    result = expect(gate(tool, model, by, *more), code)
    report = result.report
    words = {"clean": ("passed", "warned"), "refused": ("refused",), "undecided": ("undecided",)}
    assert report["decision"] in words[code], report
    return {(check["rule"], check["answer"]) for one in report["models"] for check in one["checks"]}


def checks(result, rule):
    return [check for one in result.report["models"] for check in one["checks"]
            if check["rule"].startswith(rule)]


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def read(path):
    with open(path, "rb") as file:
        return file.read()
