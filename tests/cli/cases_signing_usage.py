"""sign, verify and attest as a user meets them: slips of the hand, and their exit codes."""
import os

from support import equal, expect, printable, write


def read(path):
    with open(path, "rb") as file:
        return file.read()


def make_key(tool, tmp):
    key = os.path.join(tmp, "key")
    expect(tool.run("keygen", "--no-password", key), "clean")
    return key


def only_signatures_are_replaced(tool, tmp):
    key = make_key(tool, tmp)
    model = write(tmp, "model.json", b'{"a": 1}')
    for command, option in (("sign", "--signature"), ("attest", "--output")):
        for target in (model, key, key + ".pub"):
            before = read(target)
            refused = tool.run(command, model, "--key", key, option, target, "--replace")
            expect(refused, "undecided", "no signature")
            equal(read(target), before)
        target = os.path.join(tmp, command)
        expect(tool.run(command, model, "--key", key, option, target), "clean")
        expect(tool.run(command, model, "--key", key, option, target), "undecided", "exists")
        expect(tool.run(command, model, "--key", key, option, target, "--replace"), "clean")


def what_has_no_effect_is_refused(tool, tmp):
    key = make_key(tool, tmp)
    model = write(tmp, "model.json", b'{"a": 1}')
    expect(tool.run("sign", model, "--key", key), "clean")
    trust = ["verify", model, "--key", key + ".pub"]
    expect(tool.run(*trust), "clean")
    for more in (["--identity", "x"], ["--pin", "00"], ["--allow-any-usage"], ["--principal", "x"],
                 ["--trust", key], ["--name", "x"], ["--allowed-signers", key]):
        expect(tool.run(*trust, *more), "usage", more[0])
    for args in (["verify"], ["verify", model], ["sign"], ["sign", model], ["attest", model],
                 ["gate", model], ["sign", model, "--key", key, "--password", "secret"],
                 ["sign", model, "--key", key, "--shard-size", "0"]):
        expect(tool.run(*args), "usage")


def drop_in_codes(tool, tmp):
    """Those of the reference: 0, 1 for any failure, 2 for usage."""
    key = make_key(tool, tmp)
    model = write(tmp, "model.json", b'{"a": 1}')
    expect(tool.run("sign", model, "--key", key), "clean")
    line = ["verify", "key", "--signature", model + ".sig", "--public_key", key + ".pub"]
    equal(expect(tool.run(*line, model), "clean").out, b"Verification succeeded\n")
    for args in (line, [*line, model, "--no-such-option"], ["verify", "key"]):
        equal(tool.run(*args).code, 2)
    write(tmp, "model.json", b'{"a": 2}')
    equal(expect(tool.run(*line, model), "refused", "Verification failed with error:").out, b"")
    expect(tool.run("verify", "certificate", "--signature", model + ".sig", model), "refused")


def names_of_models_are_escaped(tool, tmp):
    key = make_key(tool, tmp)
    model = write(tmp, b"m\x1b[31m", b'{"a": 1}')
    for args in (["sign", model, "--key", key], ["verify", model, "--key", key + ".pub"],
                 ["verify", model, "--key", model], ["sign", model, "--key", model],
                 ["verify", model + "no", "--key", key + ".pub"],
                 ["verify", model, "--key", key + ".pub", "--format", "json"]):
        done = tool.run(*args)
        printable(done.out)
        printable(done.err)


CASES = [only_signatures_are_replaced, what_has_no_effect_is_refused, drop_in_codes,
         names_of_models_are_escaped]
