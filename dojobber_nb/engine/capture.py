"""Capture: the output of phases, from Python's streams, logging, and child processes that write to fd 1 and 2.

    begin      open the phase's files; redirect fd 1 and 2 to them, unless another phase has redirected them
    ...        stream_proxies and stream_router write each line to the files of the phase of its thread and context
    end        restore descriptors and streams; return the texts; keep a file that nobody can hold for the next phase

Whatever is raised in between, at any line and any system call: `end`, the next `begin` or the end of the call
restores descriptors and streams and releases the files. All three do so in idempotent steps.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from dojobber_nb.engine.capture_file import LIMIT, CaptureFile
from dojobber_nb.engine.capture_file_trimmer import TRIMMER
from dojobber_nb.engine.descriptors import STANDARD, flush_real
from dojobber_nb.engine.phase_output import NO_OUTPUT, Output, PhaseOutput, set_current_phase
from dojobber_nb.engine.stream_router import ROUTER, tell_closed

__all__ = ["LIMIT", "NO_OUTPUT", "Capture", "Output"]

_child_cost: Callable[[], object] | None = None  # by child processes that have come and gone
with contextlib.suppress(ImportError):  # Windows, JupyterLite: there no file is used twice
    from resource import RUSAGE_CHILDREN, getrusage

    _child_cost = partial(getrusage, RUSAGE_CHILDREN)

CHILD_OUTPUT_NOT_KEPT: Final = (
    "Output of child processes is not captured here: a phase of another run has redirected file descriptors 1 and 2.\n"
)


class Capture:
    """Captures phase after phase, inside `ROUTER.call(capture)`; `descriptors`: redirect fd 1 and 2 as well."""

    def __init__(self, *, descriptors: bool = True) -> None:
        self._descriptors = descriptors
        self._phase: PhaseOutput | None = None
        self._unused: dict[
            int, CaptureFile
        ] = {}  # of stdout (0) and stderr (1) that nothing was written to: the next phase's
        self._streams = ROUTER.current()
        self._children: object = None

    def streams(self) -> contextlib.AbstractContextManager[None]:
        """A context manager around a call whose phases are captured."""
        return ROUTER.call(self)

    def files(self) -> Sequence[CaptureFile]:
        """The files of the phase under way."""
        phase = self._phase
        return phase.all_files() if phase else ()

    def say(self, line: str) -> None:
        """Append a line to the output of the phase under way."""
        for file in self.files()[:1]:
            file.write_line(line)

    def so_far(self) -> Output:
        """Output of the phase under way; empty between phases. Can be called from any thread."""
        files = self.files()
        return Output(*(file.read(growing=True) for file in files)) if files else NO_OUTPUT

    def begin(self, job: str = "") -> None:
        """Capture from now on, for a phase of this job."""
        self._abandon()
        files = [self._unused.pop(which) if which in self._unused else CaptureFile() for which in (0, 1)]
        self._phase = phase = PhaseOutput(job, files)
        try:
            self._streams = ROUTER.install_proxies()
            if self._descriptors and not STANDARD.redirect(phase, *phase.files):
                phase.log(CHILD_OUTPUT_NOT_KEPT)
            set_current_phase(phase)
        except BaseException:
            self._abandon()
            raise

    def end(self) -> Output:
        """Stop capturing. Returns the output; NO_OUTPUT itself if there is none."""
        phase = self._phase
        if phase is None:
            return NO_OUTPUT
        try:
            set_current_phase(phase.outer)
            flush_real()
            files = phase.close()
            sizes = [file.size() for file in files]
            lost = None in sizes and any([file.is_lost() for file in files])  # noqa: C419  # all are looked for
            closed = self._restore(phase, verified=not lost) or lost
            children = self._had_children()
            some = any(sizes) or lost or any(file.is_emptied for file in files)
            printed = Output(*(file.read() for file in files)) if some else NO_OUTPUT
            self._phase = None
        except BaseException:
            self._abandon()
            raise
        _release(files if children or phase.has_threads else self._written(files, printed), children=children)
        if closed:
            tell_closed(phase.job)
        return printed

    def _written(self, files: Sequence[CaptureFile], printed: Output) -> list[CaptureFile]:
        """The files that were written to; the empty ones are kept for the next phase."""
        unused = {which: file for which, file in enumerate(files) if not printed[which]}
        self._unused |= unused
        return [file for which, file in enumerate(files) if which not in unused]

    def close(self) -> None:
        """Release everything: the call is over."""
        self._abandon()
        unused, self._unused = self._unused, {}
        _release(unused.values(), children=False)

    def _abandon(self) -> None:
        """Restore what a phase has left that an exception kept from its end."""
        phase = self._phase
        if phase is not None:
            self._restore(phase)
            _release(phase.close(), children=True)
            self._phase = None

    def _restore(self, phase: PhaseOutput, *, verified: bool = False) -> bool:
        """Restore descriptors and streams. Returns whether the job had closed or replaced any of the process."""
        closed = STANDARD.restore(phase, verified=verified)
        ROUTER.restore(self._streams)
        return closed

    def _had_children(self) -> bool:
        """Whether there may have been child processes since the last call."""
        before, self._children = self._children, _children()
        return before is None or before != self._children


def _release(files: Iterable[CaptureFile], *, children: bool) -> None:
    for file in files:
        if children:
            TRIMMER.leave(file)
        else:
            file.close()


def _children() -> object:
    """Resource usage of all child processes so far; None while there are any, or where it is unknown.

    Every child that has ended has used something, and a process that it left behind may hold a descriptor of ours.
    """
    if _child_cost is None or signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        return None
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return _child_cost()
    return None
