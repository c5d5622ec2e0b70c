"""Forks: a forked child that returns from job code to the engine is ended, so that no job runs twice.

A job may fork, as a daemon does. Its child has a copy of the whole run and would call all further jobs and Cleanups
a second time. `process.here` is a different object in each process, at a tenth of the cost of `os.getpid()`: read it
before job code is called, and compare afterwards.
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
    """End this forked child, which returned from `place`, with the exit code of its SystemExit if it raised one.

    Otherwise print on stderr that the child ends here.
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
    """The exit code that Python would use; a text is printed on stderr."""
    if error.code is None or isinstance(error.code, int):
        return (error.code or 0) & 0xFF
    _write(f"{error.code}\n")
    return 1


def _write(text: str) -> None:
    with contextlib.suppress(Exception):
        sys.stderr.write(text)
