"""PhaseOutput: where one phase writes, and which phase it is that a line of Python belongs to.

A phase is told by its context, which asyncio's tasks and `asyncio.to_thread` inherit; a thread that a job started, and
the threads of that thread, by who started it. Once the phase is over their words are nobody's, or those of the phase in
which a nested run was started.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any, Final, NamedTuple

from dojobber_nb.engine.capture_file import CaptureFile


class Output(NamedTuple):
    """The texts of a phase."""

    stdout: str = ""
    stderr: str = ""
    log: str = ""


NO_OUTPUT: Final = Output()


class PhaseOutput:
    """Where a phase of `job` writes, open until it ends; `outer`: the phase in which this one's run was started."""

    __slots__ = ("_log", "files", "has_threads", "job", "outer")

    def __init__(self, job: str, files: Sequence[CaptureFile]) -> None:
        self.job, self.files = job, files
        self.outer = current_phase()
        self.has_threads = False  # the job started some
        self._log: list[CaptureFile] = []  # few phases need one

    def write(self, which: int, text: str | bytes) -> bool:
        """Add to stdout (0) or stderr (1); False once the phase is over."""
        files = self.files
        return bool(files) and files[which].write(text)

    def log(self, text: str) -> None:
        """Add to the log."""
        with _making, contextlib.suppress(OSError):  # no descriptors left: a line less
            if self.files and not self._log:
                self._log.append(CaptureFile())
        for file in self._log:
            file.write(text)

    def all_files(self) -> Sequence[CaptureFile]:
        """Those of stdout, stderr and, if there is one, the log; none once the phase is over."""
        files = self.files
        return [*files, *self._log] if files else ()

    def close(self) -> Sequence[CaptureFile]:
        """End it: the files, which nothing more is written to by Python."""
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
    """What runs in this context belongs to that phase from now on."""
    _current.set(phase)


class ThreadMarks:
    """While it is in place, each thread knows in which phase it was started."""

    def __init__(self) -> None:
        self._plain: Any = None
        self._marked: Any = None

    def begin(self) -> None:
        """Stand in for Thread.start."""
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
        """Put it back, unless somebody has put another one upon it."""
        if threading.Thread.start is self._marked:
            threading.Thread.start = self._plain  # type: ignore[method-assign]
        self._marked = None
