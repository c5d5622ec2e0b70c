"""The directory a run was started in."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from typing import Self


class Home:
    """The directory in which it was made: `go()` returns to it, also when it was renamed."""

    _fd: int | None = None

    def __init__(self) -> None:
        self.go: Callable[[], object] = int  # when there is no directory to return to, nothing is done
        try:
            self._remember()
        except OSError:
            self.close()

    def _remember(self) -> None:
        if hasattr(os, "fchdir"):
            self._fd = os.open(".", getattr(os, "O_PATH", os.O_RDONLY))
            self.go = partial(os.fchdir, self._fd)  # a kept descriptor is twice as fast as a path
        else:
            self.go = partial(os.chdir, os.getcwd())

    def close(self) -> None:
        """Give the descriptor back; `go()` does nothing from here on."""
        fd, self._fd, self.go = self._fd, None, int
        if fd is not None:
            os.close(fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
