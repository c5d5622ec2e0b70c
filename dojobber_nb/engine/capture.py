"""What a phase prints: Python's streams and logging where it is, and what child processes write to fd 1 and 2.

    begin      files for the phase; fd 1 and 2 are made these files, unless another phase has them
    ...        prints are told by thread and context, and put on the phase's files: stand_ins, stream_router
    end        descriptors and streams as before; the texts; a file that nobody can hold is the next phase's

Whatever is raised in between, at any line and any system call: `end`, the next `begin` or the end of the call puts
descriptors and streams back and lets go of the files. All three do it in steps that may be done twice.
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
    "What child processes print is not kept here: a phase of another run has file descriptors 1 and 2 at this time.\n"
)


class Capture:
    """Captures phase after phase, during `ROUTER.call(capture)`; `descriptors`: fd 1 and 2 as well."""

    def __init__(self, *, descriptors: bool = True) -> None:
        self._descriptors = descriptors
        self._phase: PhaseOutput | None = None
        self._unused: dict[
            int, CaptureFile
        ] = {}  # of stdout (0) and stderr (1) that nothing was written to: the next phase's
        self._streams = ROUTER.current()
        self._children: object = None

    def streams(self) -> contextlib.AbstractContextManager[None]:
        """Around a call whose phases are captured."""
        return ROUTER.call(self)

    def files(self) -> Sequence[CaptureFile]:
        """Those of the phase under way."""
        phase = self._phase
        return phase.all_files() if phase else ()

    def say(self, line: str) -> None:
        """Add a line to what the phase under way prints, at its end so far."""
        for file in self.files()[:1]:
            file.write_line(line)

    def so_far(self) -> Output:
        """What the phase under way has printed; empty between phases. From any thread."""
        files = self.files()
        return Output(*(file.read(growing=True) for file in files)) if files else NO_OUTPUT

    def begin(self, job: str = "") -> None:
        """What is printed from now on is that of a phase of this job."""
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
        """What was printed since; NO_OUTPUT itself when that is nothing."""
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
        """Those that something was written to; the others are kept for the next phase."""
        unused = {which: file for which, file in enumerate(files) if not printed[which]}
        self._unused |= unused
        return [file for which, file in enumerate(files) if which not in unused]

    def close(self) -> None:
        """The call is over."""
        self._abandon()
        unused, self._unused = self._unused, {}
        _release(unused.values(), children=False)

    def _abandon(self) -> None:
        """Put back what the last phase has left, if an exception kept it from its end."""
        phase = self._phase
        if phase is not None:
            self._restore(phase)
            _release(phase.close(), children=True)
            self._phase = None

    def _restore(self, phase: PhaseOutput, *, verified: bool = False) -> bool:
        """Descriptors and streams as before; whether the job had closed or replaced any that were not its own."""
        closed = STANDARD.restore(phase, verified=verified)
        ROUTER.restore(self._streams)
        return closed

    def _had_children(self) -> bool:
        """Whether there may have been child processes since this was asked last."""
        before, self._children = self._children, _children()
        return before is None or before != self._children


def _release(files: Iterable[CaptureFile], *, children: bool) -> None:
    for file in files:
        if children:
            TRIMMER.leave(file)
        else:
            file.close()


def _children() -> object:
    """What all child processes so far have cost; None while there are some, or where that cannot be told.

    Every child that has come and gone has cost something. One that it left behind may hold a descriptor of ours.
    """
    if _child_cost is None or signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        return None
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return _child_cost()
    return None
