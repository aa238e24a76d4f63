"""Long calls of the library, so that Ctrl-C works.

Python runs signal handlers in the main thread, between two of its own instructions: a call that it
makes itself would have to end first. So the main thread has another one make the call, and waits;
when a handler raises, the call is told to give up, and the exception goes on.
"""
from __future__ import annotations

import threading
from typing import Callable, TypeVar

from . import _library

T = TypeVar("T")

#: How long a call may take to give up: longer than any that reads files, shorter than patience.
_PATIENCE = 2.0


class Cancel(_library.Handle):
    """The flag by which a call is told to give up."""

    def __init__(self) -> None:
        pointer = _library.lib.pratique_cancel_new()
        if not pointer:
            raise MemoryError("out of memory")
        super().__init__(pointer, _library.lib.pratique_cancel_free)

    def set(self) -> None:
        _library.lib.pratique_cancel_set(self.pointer)


def run(work: Callable[[Cancel], T]) -> T:
    """``work(cancel)``, which makes one call of the library, given that flag."""
    cancel = Cancel()
    if threading.current_thread() is not threading.main_thread():
        return work(cancel)
    results: list[T] = []
    failures: list[BaseException] = []
    # A lock, and not join(): what interrupts its wait leaves nothing behind.
    done = threading.Lock()
    done.acquire()

    def in_thread() -> None:
        try:
            results.append(work(cancel))
        except BaseException as failure:  # whatever it is, it is the caller's
            failures.append(failure)
        finally:
            done.release()

    thread = threading.Thread(target=in_thread, name="pratique", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no thread to be had
        return work(cancel)
    try:
        done.acquire()
    except BaseException:
        cancel.set()
        done.acquire(timeout=_PATIENCE)
        raise
    if failures:
        # Without the frames of this one, which would keep what they hold.
        raise failures[0]
    return results[0]
