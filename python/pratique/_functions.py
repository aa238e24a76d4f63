"""The library's calls with Python's arguments: scan, load, inspect, convert, verify, gate, sign and
attest."""
from __future__ import annotations

import json
import os
from ctypes import byref, c_char_p, c_void_p, sizeof
from typing import Any, Callable, Iterable, Sequence, Union

from . import _drawing, _library
from ._call import Cancel, run
from ._library import lib, path_of, strings
from .errors import UsageError, check
from .model import ISOLATION, Model
from .report import VERDICTS, Answer, Report

Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
MODES = ("tensors", "inert", "strict")

_LIMITS = {"max_seconds", "max_snapshot_memory", "max_decompressed_bytes", "max_ratio",
           "max_worker_memory", "max_depth", "max_members", "min_isolation", "snapshot_folder",
           "cgroup"}


def _one_of(what: str, value: str, words: Sequence[str]) -> int:
    if value not in words:
        raise UsageError(f"{what} is one of {', '.join(words)}")
    return words.index(value)


def _flags(*choices: bool) -> int:
    return sum(1 << bit for bit, chosen in enumerate(choices) if chosen)


def _reading(limits: dict[str, Any], cancel: Cancel) -> _library.Reading:
    unknown = set(limits) - _LIMITS
    if unknown:
        raise TypeError(f"unexpected keyword argument {sorted(unknown)[0]!r}")
    out = _library.Reading()
    lib.pratique_reading_init(byref(out), sizeof(out))
    out.cancel = cancel.pointer
    out.worker = _library.worker
    for name, value in limits.items():
        if value is None:
            continue
        if name in ("snapshot_folder", "cgroup"):
            value = path_of(value)
        elif name == "min_isolation":
            value = _one_of(name, value, ISOLATION)
        else:
            value = _number(name, value, 32 if name in ("max_seconds", "max_depth", "max_members")
                            else 64)
        setattr(out, name, value)
    return out


def _number(name: str, value: int, bits: int) -> int:
    if not isinstance(value, int) or not 0 <= value < 1 << bits:
        raise UsageError(f"{name} is a whole number below 2**{bits}")
    return value


def _load_options(mode: str, flags: int, max_tensor_bytes: int | None, admitted: Path | None,
                  reading: _library.Reading) -> _library.LoadOptions:
    out = _library.LoadOptions()
    lib.pratique_load_options_init(byref(out), sizeof(out))
    out.reading.contents = reading
    out.mode = _one_of("mode", mode, MODES)
    out.flags = flags
    if max_tensor_bytes is not None:
        out.max_tensor_bytes = _number("max_tensor_bytes", max_tensor_bytes, 64)
    if admitted is not None:
        out.admitted = path_of(admitted)
    return out


def _report(call: Callable[[Any, Any], int]) -> tuple[str, int]:
    """The JSON of a report, and its exit code. ``call(report, error)`` makes it."""
    return _drawing.answer(call)[:2]


def scan(*paths: Path, fail_on: str = "suspicious", digest: bool = False, snapshot: bool = False,
         isolate_files: bool = False, explain: bool = False, jobs: int = 0,
         **limits: Any) -> Report:
    """What files and folders of models can do. Nothing in them is run.

    Args:
        paths: Files and folders. What cannot be scanned is a gap in the report.
        fail_on: From which verdict on ``exit_code`` is 1: ``malicious``, ``suspicious`` or
            ``incomplete``.
        digest: Also report each file's SHA-256, which reads all of it.
        snapshot: Copy each file first, and look at the copy, which nothing can change.
        isolate_files: A reading process for each file, instead of each folder of a model.
        explain: Add the instructions around what is dangerous, as the form ``html`` shows them.
        jobs: Reading processes at one time; 0: one per processor.
        **limits: ``max_seconds``, ``max_worker_memory``, ``max_decompressed_bytes``, ``max_depth``,
            ``max_members``, ``max_ratio``, ``max_snapshot_memory``, ``snapshot_folder``,
            ``min_isolation``, ``cgroup``: as the program's options.

    Raises:
        KeyboardInterrupt: and the reading processes are gone.
    """
    raw = [path_of(path) for path in paths]

    def work(cancel: Cancel) -> tuple[str, int]:
        options, reading = _library.ScanOptions(), _reading(limits, cancel)
        lib.pratique_scan_options_init(byref(options), sizeof(options))
        options.reading.contents = reading
        options.fail_on = _one_of("fail_on", fail_on, VERDICTS)
        options.jobs = _number("jobs", jobs, 32)
        options.flags = _flags(isolate_files, digest, snapshot, explain)
        return _report(lambda report, error: lib.pratique_scan(
            (c_char_p * len(raw))(*raw), len(raw), byref(options), report, error))

    text, exit_code = run(work)
    return Report.of(json.loads(text), exit_code, text)


def load(file: Path | int, *, mode: str = "inert", framework: str = "numpy", view: bool = False,
         dequantize: bool = False, allow_malicious: bool = False, hash: bool = False,
         writable: bool | None = None, max_tensor_bytes: int | None = None,
         admitted: Path | None = None, **limits: Any) -> Model:
    """The tensors of a model file from anybody, without running anything in it.

    Args:
        file: A path, or the descriptor of an open regular file, which stays yours. Files of the
            same folder that a path's file names (shards, external data) are loaded with it.
        mode: ``tensors``: nothing but tensors; ``inert``: all else as inert values, refused if the
            scan calls it malicious; ``strict``: also refused for any callable that is not known to
            build plain data.
        framework: What the values of the mapping are: arrays of ``numpy``, tensors of ``torch``, or
            memoryviews (``buffer``), for which nothing needs to be installed.
        view: Use the file where it is, not a copy: fast, and only as good as whoever else can write
            to it. Who makes it shorter ends this process when lost bytes are read (SIGBUS).
        dequantize: Blocks of quantised values of GGUF files become float32.
        allow_malicious: Load what the scan calls malicious.
        hash: Hash the file.
        writable: Arrays can be written to; what is written is a copy of this process's own, and the
            file stays as it is. Default: only for torch, which knows no read-only tensors.
        max_tensor_bytes: The most that all tensors may stand for.
        admitted: A record of ``gate()``: any file that is not in it is refused.
        **limits: As for ``scan()``.

    Raises:
        Refused: it was read, and does not pass (Malicious, Malformed, NotAdmitted).
        Undecided: it could not be read: no such file, a crash, too slow, no sandbox, …
    """
    if writable is None:
        writable = framework == "torch"
    if framework == "torch" and not writable:
        raise UsageError("torch knows no read-only tensors")
    flags = _flags(view, dequantize, allow_malicious, hash, writable)
    raw = file if isinstance(file, int) else path_of(file)

    def work(cancel: Cancel) -> _library.Handle:
        options = _load_options(mode, flags, max_tensor_bytes, admitted, _reading(limits, cancel))
        model, error = c_void_p(), c_void_p()
        function = lib.pratique_load_fd if isinstance(raw, int) else lib.pratique_load
        check(function(raw, byref(options), byref(model), byref(error)), error)
        return _library.Handle(model.value or 0, lib.pratique_model_free)

    return Model(run(work), framework)


def inspect(path: Path, *, digest: bool = False, structure: bool = False, mode: str = "inert",
            view: bool = False, dequantize: bool = False, max_tensor_bytes: int | None = None,
            **limits: Any) -> dict[str, Any]:
    """What a model file holds, as ``pratique inspect --format json`` says it: tensors, metadata,
    the packages that it needs. Nothing is refused for what it would do.

    Args:
        digest: SHA-256 of the file and of each tensor.
        structure: All values that are no tensors, too.
    """
    raw = path_of(path)

    def work(cancel: Cancel) -> tuple[str, int]:
        options = _load_options(mode, _flags(view, dequantize), max_tensor_bytes, None,
                                _reading(limits, cancel))
        return _report(lambda report, error: lib.pratique_inspect(
            raw, byref(options), _flags(digest, structure), report, error))

    out: dict[str, Any] = json.loads(run(work)[0])
    return out


def convert(path: Path, out: Path, *, replace: bool = False, raw_bits: bool = False,
            drop_shared: bool = False, mode: str = "inert", view: bool = False,
            dequantize: bool = False, allow_malicious: bool = False,
            max_tensor_bytes: int | None = None, admitted: Path | None = None,
            **limits: Any) -> dict[str, Any]:
    """Writes the tensors of a file as ``.safetensors``, ``.npz`` or ``.gguf``, whole or not at all.

    Args:
        out: Where to; its extension says the format.
        replace: A file that is there.
        raw_bits: Types that the format lacks as unsigned integers of the same bits.
        drop_shared: Tensors that are one piece of memory are written once.

    Returns:
        ``{"tensors": n, "bytes": n, "notes": […]}``: notes say what the new file cannot say.
    """
    raw, raw_out = path_of(path), path_of(out)

    def work(cancel: Cancel) -> tuple[str, int]:
        options = _load_options(mode, _flags(view, dequantize, allow_malicious), max_tensor_bytes,
                                admitted, _reading(limits, cancel))
        return _report(lambda report, error: lib.pratique_convert(
            raw, raw_out, byref(options), _flags(replace, raw_bits, drop_shared), report, error))

    done: dict[str, Any] = json.loads(run(work)[0])
    return done


def _paths(values: Path | Iterable[Path] | None) -> list[bytes] | None:
    """Raw paths of one path or several; None stays None."""
    if values is None:
        return None
    if isinstance(values, (str, bytes, os.PathLike)):
        values = [values]
    return [path_of(value) for value in values]


def _text(value: str | None) -> bytes | None:
    return None if value is None else path_of(value)


def _password(value: str | bytes | None) -> bytes | None:
    if value is None:
        return None
    raw = value.encode() if isinstance(value, str) else value
    if b"\0" in raw:
        raise ValueError("a password with a NUL byte")
    return raw


def verify(model: Path, *, key: Path | Iterable[Path] | None = None,
           authority: Path | Iterable[Path] | None = None, pin: Iterable[str] | None = None,
           identity: Iterable[str] | None = None, allowed_signers: Path | None = None,
           principal: str | None = None, trust: Path | None = None, name: str | None = None,
           signature: Path | Iterable[Path] | None = None,
           ignore: Path | Iterable[Path] | None = None, ignore_unsigned_files: bool = False,
           allow_symlinks: bool = False, git_paths: bool = False, any_usage: bool = False,
           legacy_minisign: bool = False) -> Answer:
    """Is this what somebody whom you trust has signed? Say whom: ``key``, ``authority``,
    ``allowed_signers`` or ``trust``, each the path of a file, as for ``pratique verify``.

    Returns:
        What was found; true if the signature stands and covers all files.

    Raises:
        UsageError: nobody is trusted. NotAdmitted, Undecided: of files that say whom to trust.
    """
    options = _library.VerifyOptions()
    lib.pratique_verify_options_init(byref(options), sizeof(options))
    options.signatures = strings(_paths(signature))
    options.keys = strings(_paths(key))
    options.authorities = strings(_paths(authority))
    options.pins = strings(_paths(pin))
    options.identities = strings(_paths(identity))
    options.ignored = strings(_paths(ignore))
    options.allowed_signers = None if allowed_signers is None else path_of(allowed_signers)
    options.principal = _text(principal)
    options.trust = None if trust is None else path_of(trust)
    options.name = _text(name)
    options.flags = _flags(any_usage, legacy_minisign, ignore_unsigned_files, allow_symlinks,
                           git_paths)
    raw = path_of(model)

    def work(cancel: Cancel) -> tuple[str, int]:
        options.cancel = cancel.pointer
        return _report(
            lambda report, error: lib.pratique_verify(raw, byref(options), report, error))

    text, exit_code = run(work)
    details = json.loads(text)
    reasons = [refusal["message"] for refusal in details.get("refusals", ())]
    for one in details.get("signatures", ()):
        reasons += [refusal["message"] for refusal in one.get("refusals", ())]
    return Answer(details["verdict"], exit_code, tuple(reasons) if exit_code else (), details, text)


def gate(model: Path, policy: Path, *, signature: Path | Iterable[Path] | None = None,
         attestation: Path | Iterable[Path] | None = None, name: str | None = None,
         output: Path | None = None, record: Path | None = None, replace: bool = False,
         jobs: int = 0, **limits: Any) -> Answer:
    """May this model be used here? Its files are copied, and the copies are compared with
    signatures, scanned, and judged by a policy, a file (docs/gate.md).

    Args:
        attestation: Verdicts that somebody signed; default: the one beside the model, if any.
        output: A new folder for the files that are admitted, as they were looked at.
        record: A file for their digests, for ``load(admitted=…)``.
        replace: A record that is there.
        **limits: As for ``scan()``.

    Returns:
        The decision; true if the model passes.
    """
    raw, raw_policy = path_of(model), path_of(policy)

    def work(cancel: Cancel) -> tuple[str, int]:
        options, reading = _library.GateOptions(), _reading(limits, cancel)
        lib.pratique_gate_options_init(byref(options), sizeof(options))
        options.reading.contents = reading
        options.signatures = strings(_paths(signature))
        options.attestations = strings(_paths(attestation))
        options.name = _text(name)
        options.output = None if output is None else path_of(output)
        options.record = None if record is None else path_of(record)
        options.jobs = _number("jobs", jobs, 32)
        options.flags = _flags(replace)
        return _report(lambda report, error: lib.pratique_gate(
            raw, raw_policy, byref(options), report, error))

    text, exit_code = run(work)
    details = json.loads(text)["models"][0]
    reasons = tuple(f"{check['rule']}: {check['file']}{': ' if check['file'] else ''}"
                    f"{check['message']}"
                    for check in details["checks"] if check["answer"] != "passed")
    return Answer(details["decision"], exit_code, reasons, details, text)


def sign(model: Path, key: Path, *, password: str | bytes | None = None,
         signature: Path | None = None, replace: bool = False,
         chain: Path | Iterable[Path] | None = None, ignore: Path | Iterable[Path] | None = None,
         shard_size: int = 0, git_paths: bool = False, spec_names: bool = False) -> dict[str, Any]:
    """Vouches for a model, a folder or a file, with a private key: all of its files are hashed, and
    the list is signed.

    Args:
        key: A file, as ``pratique keygen`` writes it.
        password: Of the key, if it has one.
        signature: Where it goes; default ``MODEL/model.sig``, or ``FILE.sig``.
        replace: A signature that is there.
        chain: Certificates of the key, its own first, without the root (PEM).
        ignore: Paths of the model that are left out.
        shard_size: Hash ranges of so many bytes; 0: whole files, as other verifiers need it.
        git_paths: Sign ``.git`` and its like as well.
        spec_names: A single file by its name, as OMS 1.0 says.

    Returns:
        ``{"signature": path, "key": id}``.

    Raises:
        NotAdmitted: of the key, the password or a file that no signature can name. Undecided: of
        what cannot be read or written.
    """
    options = _library.SignOptions()
    lib.pratique_sign_options_init(byref(options), sizeof(options))
    options.password = _password(password)
    options.signature = None if signature is None else path_of(signature)
    options.chain = strings(_paths(chain))
    options.ignored = strings(_paths(ignore))
    options.shard_size = _number("shard_size", shard_size, 64)
    options.flags = _flags(replace, git_paths, spec_names)
    raw, raw_key = path_of(model), path_of(key)

    def work(cancel: Cancel) -> tuple[str, int]:
        options.cancel = cancel.pointer
        return _report(
            lambda report, error: lib.pratique_sign(raw, raw_key, byref(options), report, error))

    done: dict[str, Any] = json.loads(run(work)[0])
    return done


def attest(model: Path, key: Path, *, password: str | bytes | None = None,
           output: Path | None = None, replace: bool = False, policy: Path | None = None,
           name: str | None = None, chain: Path | Iterable[Path] | None = None, jobs: int = 0,
           **limits: Any) -> dict[str, Any]:
    """Scans a model and signs what was found, for gates that then need not scan it.

    Args:
        key, password, chain: As for ``sign()``.
        output: Where it goes; default ``MODEL.attestation``, beside it.
        replace: An attestation that is there.
        policy: Attest what this policy decides, instead of what was found.
        name: With a policy: the model's name.
        **limits: As for ``scan()``.

    Returns:
        ``{"attestation": path, "key": id, "files": n, "verdict": word, "passed": bool}``: what was
        attested, which may be that the model is malicious.
    """
    raw, raw_key = path_of(model), path_of(key)

    def work(cancel: Cancel) -> tuple[str, int]:
        options, reading = _library.AttestOptions(), _reading(limits, cancel)
        lib.pratique_attest_options_init(byref(options), sizeof(options))
        options.reading.contents = reading
        options.password = _password(password)
        options.output = None if output is None else path_of(output)
        options.policy = None if policy is None else path_of(policy)
        options.name = _text(name)
        options.chain = strings(_paths(chain))
        options.jobs = _number("jobs", jobs, 32)
        options.flags = _flags(replace)
        return _report(
            lambda report, error: lib.pratique_attest(raw, raw_key, byref(options), report, error))

    done: dict[str, Any] = json.loads(run(work)[0])
    return done
