"""What a phase prints: Python's streams and logging where it is, and what child processes write to fd 1 and 2.

    begin      tapes for the phase; fd 1 and 2 are made these tapes, unless another phase has them
    ...        prints are told by thread and context, and put on the phase's tapes: stand_ins, stream_router
    end        descriptors and streams as before; the texts; a tape that nobody can hold is the next phase's

Whatever is raised in between, at any line and any system call: `end`, the next `begin` or the end of the call puts
descriptors and streams back and lets go of the tapes. All three do it in steps that may be done twice.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Final

from dojobber_nb.engine.descriptors import STANDARD, flush_real
from dojobber_nb.engine.phase_output import SILENCE, Output, PhaseOutput, enter
from dojobber_nb.engine.stream_router import ROUTER, tell_closed
from dojobber_nb.engine.tape import LIMIT, WATCH, Tape

__all__ = ["LIMIT", "SILENCE", "Capture", "Output"]

_spent: Callable[[], object] | None = None  # by child processes that have come and gone
with contextlib.suppress(ImportError):  # Windows, JupyterLite: there no file is used twice
    from resource import RUSAGE_CHILDREN, getrusage

    _spent = partial(getrusage, RUSAGE_CHILDREN)

WITHOUT: Final = (
    "What child processes print is not kept here: a phase of another run has file descriptors 1 and 2 at this time.\n"
)


class Capture:
    """Captures phase after phase, during `ROUTER.call(capture)`; `descriptors`: fd 1 and 2 as well."""

    def __init__(self, *, descriptors: bool = True) -> None:
        self._descriptors = descriptors
        self._phase: PhaseOutput | None = None
        self._blank: dict[int, Tape] = {}  # of stdout (0) and stderr (1) that nothing was written to: the next phase's
        self._streams = ROUTER.there()
        self._children: object = None

    def streams(self) -> contextlib.AbstractContextManager[None]:
        """Around a call whose phases are captured."""
        return ROUTER.call(self)

    def tapes(self) -> Sequence[Tape]:
        """Those of the phase under way."""
        phase = self._phase
        return phase.all_tapes() if phase else ()

    def say(self, line: str) -> None:
        """Add a line to what the phase under way prints, at its end so far."""
        for tape in self.tapes()[:1]:
            tape.write_line(line)

    def so_far(self) -> Output:
        """What the phase under way has printed; empty between phases. From any thread."""
        tapes = self.tapes()
        return Output(*(tape.read(growing=True) for tape in tapes)) if tapes else SILENCE

    def begin(self, job: str = "") -> None:
        """What is printed from now on is that of a phase of this job."""
        self._drop()
        tapes = [self._blank.pop(which) if which in self._blank else Tape() for which in (0, 1)]
        self._phase = phase = PhaseOutput(job, tapes)
        try:
            self._streams = ROUTER.stand_in()
            if self._descriptors and not STANDARD.take(phase, *phase.tapes):
                phase.log(WITHOUT)
            enter(phase)
        except BaseException:
            self._drop()
            raise

    def end(self) -> Output:
        """What was printed since; SILENCE itself when that is nothing."""
        phase = self._phase
        if phase is None:
            return SILENCE
        try:
            enter(phase.outer)
            flush_real()
            tapes = phase.close()
            sizes = [tape.size() for tape in tapes]
            lost = None in sizes and any([tape.is_lost() for tape in tapes])  # noqa: C419  # all are looked for
            closed = self._give_back(phase, sure=not lost) or lost
            children = self._had_children()
            some = any(sizes) or lost or any(tape.is_emptied for tape in tapes)
            printed = Output(*(tape.read() for tape in tapes)) if some else SILENCE
            self._phase = None
        except BaseException:
            self._drop()
            raise
        _let_go_of(tapes if children or phase.has_threads else self._written(tapes, printed), children=children)
        if closed:
            tell_closed(phase.job)
        return printed

    def _written(self, tapes: Sequence[Tape], printed: Output) -> list[Tape]:
        """Those that something was written to; the others are kept for the next phase."""
        blank = {which: tape for which, tape in enumerate(tapes) if not printed[which]}
        self._blank |= blank
        return [tape for which, tape in enumerate(tapes) if which not in blank]

    def close(self) -> None:
        """The call is over."""
        self._drop()
        blank, self._blank = self._blank, {}
        _let_go_of(blank.values(), children=False)

    def _drop(self) -> None:
        """Put back what the last phase has left, if an exception kept it from its end."""
        phase = self._phase
        if phase is not None:
            self._give_back(phase)
            _let_go_of(phase.close(), children=True)
            self._phase = None

    def _give_back(self, phase: PhaseOutput, *, sure: bool = False) -> bool:
        """Descriptors and streams as before; whether the job had closed or replaced any that were not its own."""
        closed = STANDARD.give_back(phase, sure=sure)
        ROUTER.put_back(self._streams)
        return closed

    def _had_children(self) -> bool:
        """Whether there may have been child processes since this was asked last."""
        before, self._children = self._children, _children()
        return before is None or before != self._children


def _let_go_of(tapes: Iterable[Tape], *, children: bool) -> None:
    for tape in tapes:
        if children:
            WATCH.leave(tape)
        else:
            tape.close()


def _children() -> object:
    """What all child processes so far have cost; None while there are some, or where that cannot be told.

    Every child that has come and gone has cost something. One that it left behind may hold a descriptor of ours.
    """
    if _spent is None or signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        return None
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return _spent()
    return None
