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
import itertools
import pickle
import sys
import threading
from typing import Any, Callable, Iterator

from ._files import is_path, name_of, private_copy
from ._functions import scan
from ._opcodes import one_pickle
from .errors import Malicious, Refused, Undecided, UsageError
from .report import VERDICTS

_original_load = pickle.load
_original_loads = pickle.loads
_OriginalUnpickler = pickle.Unpickler


class Suspicious(Refused):
    """Nothing is known to be harmful, but not all that it calls is known to be harmless."""


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

    def check_bytes(self, data: Any, name: str) -> None:
        with private_copy(io.BytesIO(data)) as fd:
            self.check(fd, name)


class _NeedsScan(Exception):
    pass


class _PlainData(_OriginalUnpickler):
    """Unpickles what calls nothing. Raises _NeedsScan for anything else."""

    def find_class(self, module: str, name: str) -> Any:
        raise _NeedsScan

    def persistent_load(self, pid: Any) -> Any:
        raise _NeedsScan

    def load(self) -> Any:
        if copyreg._extension_cache:  # type: ignore[attr-defined]  # is not asked of find_class
            raise _NeedsScan
        return super().load()


def _read_twice(options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Options for two unpicklers of the same bytes: buffers may be an iterator."""
    if options.get("buffers") is None:
        return options, options
    first, second = itertools.tee(options["buffers"])
    return {**options, "buffers": first}, {**options, "buffers": second}


class _Feed:
    """What the guarded unpickler reads: nothing but pickles that were checked."""

    def __init__(self) -> None:
        self.data = io.BytesIO()

    def read(self, size: int = -1) -> bytes:
        return self.data.read(size)

    def readline(self) -> bytes:
        return self.data.readline()


class _Pickles:
    """The pickles that one unpickler reads from a file, each checked before it is handed on."""

    def __init__(self, rules: _Rules, file: Any, options: dict[str, Any]) -> None:
        self._rules = rules
        self._file = file
        self._name = name_of(file)
        self._trial = _Feed()
        #: Keeps the memo, as the guarded one does. None after the first that is not plain.
        self._plain: _PlainData | None = _PlainData(self._trial, **options)
        #: Those before, as the beginning of a pickle: what it memoized counts in the next one.
        self._before = bytearray()
        self.checked = _Feed()

    def next(self) -> None:
        """Raises unless the next one passes."""
        data = one_pickle(self._file)
        head = 2 if data.startswith(pickle.PROTO) else 0
        if not self._is_plain(data):
            self._rules.check_bytes(data[:head] + self._before + data[head:], self._name)
        self._before += data[head:-1] + pickle.POP
        self.checked.data = io.BytesIO(data)

    def _is_plain(self, data: bytes) -> bool:
        if self._plain is None:
            return False
        self._trial.data = io.BytesIO(data)
        try:
            self._plain.load()
        except _NeedsScan:
            self._plain = None
        return self._plain is not None


class Unpickler(_OriginalUnpickler):
    """pickle.Unpickler, which checks each pickle before it is loaded."""

    def __init__(self, file: Any, **options: Any) -> None:
        rules = Guard.rules()
        self._pratique: _Pickles | None = None
        if rules is not None:
            trial, options = _read_twice(options)
            self._pratique = _Pickles(rules, file, trial)
            file = self._pratique.checked
        super().__init__(file, **options)

    def load(self) -> Any:
        if self._pratique is not None:
            self._pratique.next()
        return super().load()


Unpickler.__module__ = "pickle"


@functools.wraps(_original_load)
def _load(file: Any, **options: Any) -> Any:
    return Unpickler(file, **options).load()


@functools.wraps(_original_loads)
def _loads(data: Any, /, **options: Any) -> Any:
    rules = Guard.rules()
    if rules is None:
        return _original_loads(data, **options)
    data = memoryview(data).tobytes()  # nobody else's to change
    trial, options = _read_twice(options)
    try:
        return _PlainData(io.BytesIO(data), **trial).load()
    except _NeedsScan:
        pass
    rules.check_bytes(data, "a pickle in memory")
    return _original_loads(data, **options)


class _Copy(io.BufferedReader):
    """Closed with the last reference: the members of an .npz file are read when they are wanted."""

    def __del__(self) -> None:
        self.close()


@contextlib.contextmanager
def _checked_copy(rules: _Rules, file: Any) -> Iterator[Any]:
    """A path or a file in place of another: of the copy that was checked. A file that can seek
    then stands where it would if it had been read itself."""
    start = None
    if not is_path(file):
        with contextlib.suppress(AttributeError, OSError):
            start = file.tell()
    with private_copy(file) as fd:
        rules.check(fd, name_of(file))
        path = f"/proc/self/fd/{fd}"
        if is_path(file):
            yield path
            return
        copy = _Copy(io.FileIO(path))
        yield copy
        if start is not None:
            with contextlib.suppress(AttributeError, OSError, ValueError):
                file.seek(start + copy.tell())


def _guarded_file_load(original: Callable[..., Any],
                       applies: Callable[[dict[str, Any]], bool]) -> Callable[..., Any]:
    """A function whose first argument is a path or a file: it is given the checked copy."""
    @functools.wraps(original)
    def load(*arguments: Any, **options: Any) -> Any:
        rules = Guard.rules()
        name = next((name for name in ("f", "filename", "file") if name in options), "")
        if rules is None or not (arguments or name) or not applies(options):
            return original(*arguments, **options)
        with _checked_copy(rules, arguments[0] if arguments else options[name]) as copy:
            if arguments:
                return original(copy, *arguments[1:], **options)
            options[name] = copy
            return original(**options)
    return load


class Guard(contextlib.ContextDecorator):
    """A context manager, a decorator, and an installer. Guards hold for all threads of the process,
    may be nested, and may end in any order: of those that are there the newest decides."""

    _lock = threading.RLock()
    _installed: tuple["Guard", ...] = ()
    #: Where a function was put: module, name, what was there, what is there now.
    _places: list[tuple[Any, str, Any, Any]] = []

    def __init__(self, rules: _Rules) -> None:
        self._rules = rules

    @classmethod
    def rules(cls) -> _Rules | None:
        """Those that hold now; None if there is no guard (any more)."""
        installed = cls._installed
        return installed[-1]._rules if installed else None

    def install(self) -> "Guard":
        """From now on, until ``uninstall()``. What is imported later is guarded with the next
        guard only: import torch, joblib and NumPy first."""
        # Takes pickle.loads for good when it is imported. Pipes between a program's own processes
        # are not guarded, whoever comes first.
        import multiprocessing.reduction  # noqa: F401  pylint: disable=unused-import
        with Guard._lock:
            if self in Guard._installed:
                raise UsageError("this guard is installed already")
            for name, new in _STREAM_LOADERS:
                self._put(pickle, name, new)
            for module, name, applies in _FILE_LOADERS:
                original = getattr(sys.modules.get(module), name, None)
                if original is not None:
                    self._put(sys.modules[module], name, _guarded_file_load(original, applies))
            Guard._installed += (self,)
        return self

    def uninstall(self) -> None:
        """The last one leaves everything as it was before."""
        with Guard._lock:
            Guard._installed = tuple(one for one in Guard._installed if one is not self)
            while Guard._places and not Guard._installed:
                module, name, before, ours = Guard._places.pop()
                if getattr(module, name, None) is ours:  # not somebody else's, put there since
                    setattr(module, name, before)

    @staticmethod
    def _put(module: Any, name: str, ours: Any) -> None:
        if not any(place[:2] == (module, name) for place in Guard._places):
            Guard._places.append((module, name, getattr(module, name), ours))
            setattr(module, name, ours)

    def _recreate_cm(self) -> "Guard":
        """For each call of a decorated function: calls may overlap."""
        return Guard(self._rules)

    def __enter__(self) -> "Guard":
        return self.install()

    def __exit__(self, *failure: Any) -> None:
        self.uninstall()


def _allows_pickle(options: dict[str, Any]) -> bool:
    return bool(options.get("allow_pickle", False))


_STREAM_LOADERS = (("Unpickler", Unpickler), ("load", _load), ("loads", _loads), ("_load", _load),
                   ("_loads", _loads))
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
