"""No unsafe load in this process: ``torch.load``, ``pickle.load``, … refuse what does not pass.

The bytes are copied, the copy is scanned, and it is the copy that is loaded: exchanging the file
meanwhile changes nothing. What is plain data (no class, no function in it) is not scanned, as
unpickling it calls nothing.

What it cannot do: code that holds one of these functions already (``from pickle import loads``
before the guard, a subclass of ``pickle.Unpickler``, ``multiprocessing``), that calls ``_pickle``
or an unpickler of its own, or that means to get around it. It is a rail, not a wall; the wall is
``pratique.load``.
"""
from __future__ import annotations

import contextlib
import copyreg
import functools
import io
import pickle
import pickletools
import sys
import threading
from typing import Any, Callable, Iterator

from ._files import name_of, private_copy
from ._functions import scan
from .errors import Malicious, Refused, Undecided, UsageError
from .report import VERDICTS

_original_load = pickle.load
_original_loads = pickle.loads
_OriginalUnpickler = pickle.Unpickler
_state = threading.local()


class Suspicious(Refused):
    """Nothing is known to be harmful, but not all that it calls is known to be harmless."""


class _NeedsScan(Exception):
    pass


class _PlainData(_OriginalUnpickler):
    """Unpickles what calls nothing."""

    def find_class(self, module: str, name: str) -> Any:
        raise _NeedsScan

    def persistent_load(self, pid: Any) -> Any:
        raise _NeedsScan


def _plain_data(data: bytes, options: dict[str, Any]) -> Any:
    """The value of a pickle that calls nothing. Raises _NeedsScan for any other."""
    if copyreg._extension_cache:  # type: ignore[attr-defined]  # what is in it needs no find_class
        raise _NeedsScan
    return _PlainData(io.BytesIO(data), **options).load()


class _Rules:
    """What a guard lets pass."""

    def __init__(self, fail_on: str, allow_incomplete: bool, limits: dict[str, Any]) -> None:
        if fail_on not in ("suspicious", "malicious"):
            raise UsageError("fail_on is one of suspicious, malicious")
        self.fail_on = fail_on
        self.allow_incomplete = allow_incomplete
        self.limits = limits

    def check(self, fd: int, name: str) -> None:
        """Raises unless what the descriptor holds passes."""
        report = scan(f"/proc/self/fd/{fd}", **self.limits)
        findings = report.findings
        if report.verdict == "malicious":
            raise Malicious(f"{name}: the scan calls it malicious", code="malicious", path=name,
                            findings=findings)
        suspicious = any(finding.severity == "medium" for finding in findings)
        if suspicious and VERDICTS.index(self.fail_on) <= VERDICTS.index("suspicious"):
            raise Suspicious(f"{name}: the scan calls it suspicious: {findings[0]}",
                             code="suspicious", path=name, findings=findings)
        if report.gaps and not self.allow_incomplete:
            gap = report.gaps[0]
            raise Undecided(f"{name}: not all of it could be inspected: {gap.message}",
                            code=gap.reason, path=name, findings=findings)


def _is_trusted() -> bool:
    """Whether this thread is inside of a load whose bytes were checked."""
    return getattr(_state, "depth", 0) > 0


@contextlib.contextmanager
def _trusted() -> Iterator[None]:
    _state.depth = getattr(_state, "depth", 0) + 1
    try:
        yield
    finally:
        _state.depth -= 1


def _checked_bytes(rules: _Rules, data: Any, name: str) -> None:
    with private_copy(io.BytesIO(data)) as fd:
        rules.check(fd, name)


class _Recorder:
    """A file that remembers what was read from it."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self.data = bytearray()

    def read(self, size: int = -1) -> bytes:
        out: bytes = self._file.read(size)
        self.data += out
        return out

    def readline(self) -> bytes:
        out: bytes = self._file.readline()
        self.data += out
        return out


class _Replay:
    """What the guarded unpickler reads: nothing but pickles that were checked."""

    def __init__(self) -> None:
        self.data = io.BytesIO()

    def read(self, size: int = -1) -> bytes:
        return self.data.read(size)

    def readline(self) -> bytes:
        return self.data.readline()


def _one_pickle(file: Any) -> bytes:
    """The bytes of the next pickle of a file, and no more: it stands behind them then."""
    recorder = _Recorder(file)
    try:
        for _ in pickletools.genops(recorder):  # type: ignore[arg-type]
            pass
    except ValueError as error:
        if not recorder.data:
            raise EOFError("Ran out of input") from None
        raise pickle.UnpicklingError(f"no pickle: {error}") from None
    return bytes(recorder.data)


def _guarded_loads(rules: _Rules) -> Callable[..., Any]:
    @functools.wraps(_original_loads)
    def loads(data: Any, /, **options: Any) -> Any:
        if _is_trusted():
            return _original_loads(data, **options)
        data = bytes(data)  # nobody else's to change
        try:
            return _plain_data(data, options)
        except _NeedsScan:
            pass
        _checked_bytes(rules, data, "a pickle in memory")
        with _trusted():
            return _original_loads(data, **options)
    return loads


def _guarded_unpickler(rules: _Rules) -> type:
    class Unpickler(_OriginalUnpickler):
        """pickle.Unpickler, which checks each pickle before it is loaded."""

        def __init__(self, file: Any, **options: Any) -> None:
            self._pratique_file = file
            self._pratique_name = name_of(file)
            self._pratique_replay = None if _is_trusted() else _Replay()
            super().__init__(self._pratique_replay or file, **options)

        def load(self) -> Any:
            if self._pratique_replay is not None:
                data = _one_pickle(self._pratique_file)
                try:
                    _plain_data(data, {})
                except _NeedsScan:
                    _checked_bytes(rules, data, self._pratique_name)
                self._pratique_replay.data = io.BytesIO(data)
            with _trusted():
                return super().load()

    Unpickler.__module__, Unpickler.__qualname__ = "pickle", "Unpickler"
    return Unpickler


def _guarded_load(unpickler: type) -> Callable[..., Any]:
    @functools.wraps(_original_load)
    def load(file: Any, **options: Any) -> Any:
        if _is_trusted():
            return _original_load(file, **options)
        return unpickler(file, **options).load()
    return load


def _guarded_file_load(rules: _Rules, original: Callable[..., Any],
                       applies: Callable[[dict[str, Any]], bool]) -> Callable[..., Any]:
    """A function whose first argument is a path or a file: it is given the checked copy's path."""
    @functools.wraps(original)
    def load(*arguments: Any, **options: Any) -> Any:
        names = ("f", "filename", "file")
        found = [name for name in names if name in options]
        if _is_trusted() or not (arguments or found) or not applies(options):
            return original(*arguments, **options)
        file = arguments[0] if arguments else options[found[0]]
        with private_copy(file) as fd:
            rules.check(fd, name_of(file))
            path = f"/proc/self/fd/{fd}"
            if arguments:
                arguments = (path, *arguments[1:])
            else:
                options[found[0]] = path
            with _trusted():
                return original(*arguments, **options)
    return load


class Guard(contextlib.ContextDecorator):
    """A context manager, a decorator, and an installer. Guards may be nested: the innermost one
    decides. They hold for all threads of the process."""

    _lock = threading.RLock()

    def __init__(self, rules: _Rules) -> None:
        self._rules = rules
        self._before: list[tuple[Any, str, Any]] = []

    def install(self) -> "Guard":
        """From now on, until ``uninstall()``. What is imported later is guarded with the next
        guard only: import torch, joblib and NumPy first."""
        with self._lock:
            if self._before:
                raise UsageError("this guard is installed already")
            unpickler = _guarded_unpickler(self._rules)
            self._put(pickle, "Unpickler", unpickler)
            self._put(pickle, "loads", _guarded_loads(self._rules))
            self._put(pickle, "load", _guarded_load(unpickler))
            for name, function, applies in _FILE_LOADERS:
                module = sys.modules.get(name)
                if module is not None and hasattr(module, function):
                    self._put(module, function, _guarded_file_load(
                        self._rules, _innermost(getattr(module, function)), applies))
        return self

    def uninstall(self) -> None:
        """As it was before."""
        with self._lock:
            while self._before:
                module, name, value = self._before.pop()
                setattr(module, name, value)

    def _put(self, module: Any, name: str, value: Any) -> None:
        self._before.append((module, name, getattr(module, name)))
        if not isinstance(value, type):
            value._pratique_guarded = True
        setattr(module, name, value)

    def __enter__(self) -> "Guard":
        return self.install()

    def __exit__(self, *failure: Any) -> None:
        self.uninstall()


def _innermost(function: Any) -> Any:
    """The function that another guard has wrapped."""
    while getattr(function, "_pratique_guarded", False):
        function = function.__wrapped__
    return function


def _allows_pickle(options: dict[str, Any]) -> bool:
    return bool(options.get("allow_pickle", False))


_FILE_LOADERS: tuple[tuple[str, str, Callable[[dict[str, Any]], bool]], ...] = (
    ("torch", "load", lambda options: True),
    ("torch.serialization", "load", lambda options: True),
    ("joblib", "load", lambda options: True),
    ("joblib.numpy_pickle", "load", lambda options: True),
    ("numpy", "load", _allows_pickle),
)


def guard(*, fail_on: str = "suspicious", allow_incomplete: bool = False, **limits: Any) -> Guard:
    """Makes ``torch.load``, ``pickle.load``, ``pickle.loads``, ``pickle.Unpickler``,
    ``joblib.load`` and ``numpy.load(allow_pickle=True)`` refuse what does not pass a scan::

        with pratique.guard():
            model = joblib.load("model.joblib")

        pratique.guard().install()

    What it cannot do stands in ``pratique._guard`` and docs/python.md.

    Args:
        fail_on: ``suspicious`` also refuses classes and functions that nobody vetted, your own
            among them; ``malicious`` refuses only what is known to do harm.
        allow_incomplete: Load what could not be inspected as a whole.
        **limits: Those of ``scan()``.
    """
    return Guard(_Rules(fail_on, allow_incomplete, limits))
