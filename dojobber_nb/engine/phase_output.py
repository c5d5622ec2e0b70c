"""PhaseOutput: the files of one phase, and which phase the current thread belongs to.

A context variable holds the phase; asyncio's tasks and `asyncio.to_thread` inherit it. A thread that a job started, and
the threads of that thread, belong to the phase in which they were started. Once that phase is over they belong to no
phase, or to the outer phase in which a nested run was started.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any, Final, NamedTuple

from dojobber_nb.engine.capture_file import CaptureFile


class Output(NamedTuple):
    """The captured texts of a phase."""

    stdout: str = ""
    stderr: str = ""
    log: str = ""


NO_OUTPUT: Final = Output()


class PhaseOutput:
    """The files of a phase of `job`, open until it ends. `outer`: the phase in which its run was started, if nested."""

    __slots__ = ("_log", "files", "has_threads", "job", "outer")

    def __init__(self, job: str, files: Sequence[CaptureFile]) -> None:
        self.job, self.files = job, files
        self.outer = current_phase()
        self.has_threads = False  # the job started some
        self._log: list[CaptureFile] = []  # few phases need one

    def write(self, which: int, text: str | bytes) -> bool:
        """Append to stdout (0) or stderr (1). False once the phase is over."""
        files = self.files
        return bool(files) and files[which].write(text)

    def log(self, text: str) -> None:
        """Append to the log."""
        with _making, contextlib.suppress(OSError):  # no descriptors left: the line is lost
            if self.files and not self._log:
                self._log.append(CaptureFile())
        for file in self._log:
            file.write(text)

    def all_files(self) -> Sequence[CaptureFile]:
        """The files of stdout, stderr and, if there is one, the log; none once the phase is over."""
        files = self.files
        return [*files, *self._log] if files else ()

    def close(self) -> Sequence[CaptureFile]:
        """End the phase. Returns its files, to which Python writes no more."""
        files, self.files = self.all_files(), ()
        return files


_making = threading.RLock()
_current: ContextVar[PhaseOutput | None] = ContextVar("phase_output", default=None)
_STARTED_IN: Final = "_dojobber_phase_output"  # an attribute of threads


def current_phase() -> PhaseOutput | None:
    """The open phase that this thread or task belongs to."""
    phase = _current.get()
    if phase is None:
        phase = getattr(threading.current_thread(), _STARTED_IN, None)
    while phase is not None and not phase.files:
        phase = phase.outer
    return phase


def set_current_phase(phase: PhaseOutput | None) -> None:
    """Assign what runs in this context to that phase."""
    _current.set(phase)


class ThreadMarks:
    """Patches Thread.start so that each thread knows in which phase it was started."""

    def __init__(self) -> None:
        self._plain: Any = None
        self._marked: Any = None

    def begin(self) -> None:
        """Patch Thread.start."""
        self._plain = plain = threading.Thread.start

        def start(self: threading.Thread) -> None:
            phase = current_phase()
            if phase is not None:
                phase.has_threads = True
                setattr(self, _STARTED_IN, phase)
            plain(self)

        self._marked = start
        threading.Thread.start = start  # type: ignore[method-assign]

    def end(self) -> None:
        """Restore Thread.start, unless somebody else has patched it since."""
        if threading.Thread.start is self._marked:
            threading.Thread.start = self._plain  # type: ignore[method-assign]
        self._marked = None
