"""WorkingDirectory: the directory in which a run was started; each phase starts there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import partial
from typing import Self

from dojobber_nb.engine.descriptors import Descriptor, high_copy, opened_high


def no_directory() -> None:
    """Stay where the process is: there is no directory to enter."""


class WorkingDirectory:
    """The current directory, or that of `like`. `enter()` changes to it, also when it was renamed."""

    def __init__(self, like: WorkingDirectory | None = None) -> None:
        self.enter: Callable[[], object] = no_directory
        self._own: Descriptor | None = None
        self._path: str = like._path if like else ""
        with contextlib.suppress(OSError):
            self._path = self._path or os.getcwd()
            self.enter = partial(os.chdir, self._path)
        held = like and like._own
        with contextlib.suppress(OSError):
            self._hold(high_copy(held.fd) if held and held.is_ours else _opened(like._path if like else "."))

    def _hold(self, own: Descriptor | None) -> None:
        """Enter by an open descriptor, which is twice as fast as by path."""
        self._own = own
        if own:
            self.enter = partial(os.fchdir, own.fd)

    def recover(self) -> bool:
        """Enter when `enter` has failed, or may be wrong. Returns whether a job had closed the descriptor."""
        own = self._own
        closed = own is not None and not own.is_ours
        with contextlib.suppress(OSError):  # the directory is gone
            if own and closed:
                own.fd = -1  # the number may be another file's
                self._own, self.enter = None, partial(os.chdir, self._path)
                os.chdir(self._path)
                self._hold(_opened("."))
            self.enter()
        return closed

    def close(self) -> None:
        """Close the descriptor; `enter()` does nothing from here on."""
        own, self._own, self.enter = self._own, None, no_directory
        if own:
            own.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _opened(path: str) -> Descriptor | None:
    if not hasattr(os, "fchdir"):
        return None
    return opened_high(partial(os.open, path, _FLAGS))


_FLAGS = getattr(os, "O_PATH", os.O_RDONLY)
_under_way: list[WorkingDirectory] = []
_in_call: ContextVar[bool] = ContextVar("in_call", default=False)


@contextlib.contextmanager
def directory_of_call() -> Iterator[WorkingDirectory]:
    """The directory of a call, to be restored after it.

    Overlapping calls share that of the first: a job of it may have changed directory meanwhile. A call that a job
    makes has the directory of the job.
    """
    nested = _in_call.get()
    with WorkingDirectory(None if nested else next(iter(_under_way), None)) as directory:
        _in_call.set(True)
        if not nested:
            _under_way.append(directory)
        try:
            yield directory
        finally:
            _in_call.set(nested)
            if not nested:
                _under_way.remove(directory)
