"""--quiet of the commands beside scan: nothing if all is well, and everything if not."""
import json
import os

from support import CLEAN, EVIL, equal, expect, write


def silent(tool, *args):
    done = expect(tool.run(*args), "clean")
    equal([done.out, done.err], [b"", b""], args)


def quiet_commands(tool, tmp):
    model, key = os.path.join(tmp, "m"), os.path.join(tmp, "key")
    write(model, "a.pkl", CLEAN)
    silent(tool, "keygen", "--quiet", "--no-password", key)
    silent(tool, "sign", "-q", model, "--key", key)
    silent(tool, "verify", "--quiet", model, "--key", key + ".pub")
    silent(tool, "attest", "--quiet", model, "--key", key)
    silent(tool, "load", "--quiet", os.path.join(model, "a.pkl"))
    silent(tool, "convert", "--quiet", os.path.join(model, "a.pkl"), os.path.join(tmp, "a.npz"))
    silent(tool, "sandbox", "check", "--quiet")
    policy = write(tmp, "policy.json", json.dumps({"version": 1}).encode())
    silent(tool, "gate", "--quiet", "--policy", policy, model)
    assert expect(tool.run("gate", "--verbose", "--policy", policy, model), "clean").out == \
        tool.run("gate", "--explain", "--policy", policy, model).out
    expect(tool.run("gate", "--quiet", "--explain", "--policy", policy, model), "usage")
    write(model, "b.pkl", EVIL)
    assert b"b.pkl" in expect(tool.run("verify", "-q", model, "--key", key + ".pub"), "refused").out
    assert b"b.pkl" in expect(tool.run("gate", "-q", "--policy", policy, model), "refused").out
    assert expect(tool.run("verify", "-q", "--format", "json", model, "--key", key + ".pub"),
                  "refused").out


CASES = [quiet_commands]
