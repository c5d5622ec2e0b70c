"""Forks: a child of job code that comes back to the engine ends there, so that nothing is ever run twice.

A job may fork, as a daemon does. Its child has a copy of the whole run; were it to go on with that copy, it would call
all further jobs and Cleanups a second time beside its parent. `process.here` is another object in each process, which
costs a tenth of what `os.getpid()` does: read it before job code is called, and compare it afterwards.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from typing import NoReturn


class _Process:
    """This process: `here` is replaced in every forked child."""

    __slots__ = ("here",)

    def __init__(self) -> None:
        self.here = object()


process = _Process()

if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=process.__init__)  # type: ignore[misc]  # the same object, as others hold it


def end_child(place: str, error: BaseException | None = None) -> NoReturn:
    """End this forked child, which came back from `place`, with the exit code that it asked for by SystemExit.

    One that left in any other way says on stderr what it does not do.
    """
    if isinstance(error, SystemExit):
        code = _exit_code(error)
    else:
        code = 0 if error is None else 1
        lines = traceback.format_exception(error) if error else []
        _write(
            f"{''.join(lines)}process {os.getpid()} was forked in {place} and came back from it; it ends here, without "
            f"the rest of the run and of the script, which process {os.getppid()} goes on with. "
            "End a forked child by sys.exit() or os._exit().\n"
        )
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    os._exit(code)  # not sys.exit: what runs at exit, and every finally on the way there, is the parent's


def _exit_code(error: SystemExit) -> int:
    """The code that Python itself would end with; a text goes to stderr."""
    if error.code is None or isinstance(error.code, int):
        return (error.code or 0) & 0xFF
    _write(f"{error.code}\n")
    return 1


def _write(text: str) -> None:
    with contextlib.suppress(Exception):
        sys.stderr.write(text)
