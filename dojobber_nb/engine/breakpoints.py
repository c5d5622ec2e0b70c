"""Breakpoints: before which phase, or after which status, a run halts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from dojobber_nb.core.errors import BreakpointError, UnknownPhaseError, UnknownStatusError
from dojobber_nb.core.events import Phase, Status
from dojobber_nb.core.job import JobRef
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.preview import message

Condition = Callable[[JobState], object]
STEPS = (Phase.CHECK, Phase.RUN, Phase.RECHECK, Phase.CLEANUP)  # what one can halt before


class Breakpoint(NamedTuple):
    """Halts before a phase, or after a job got a status. None matches any job, phase or status."""

    job: str | None = None
    phase: Phase | None = None
    status: Status | None = None
    when: Condition | None = None

    def __str__(self) -> str:
        job = self.job or "any job"
        place = f"after {job} is {self.status}" if self.status else f"before {job}.{self.phase or 'any phase'}"
        return f"{place}{_named(self.when)}" if self.when else place


def _named(when: Condition) -> str:
    name = getattr(when, "__name__", "<lambda>")
    return ", on a condition" if name == "<lambda>" else f", when {name} holds"


class Breakpoints:
    """The breakpoints of a runner, in the order in which they were added."""

    def __init__(self, name_of: Callable[[JobRef], str], look_up: Callable[[], object]) -> None:
        self._name_of, self._look_up = name_of, look_up
        self._kept: list[Breakpoint] = []

    def add(
        self,
        job: JobRef | None = None,
        phase: str | None = None,
        *,
        status: str | None = None,
        when: Condition | None = None,
    ) -> Breakpoint:
        """Halt before `phase` of `job` (of a job alone: its Check), or after it gets `status`, if `when(JobState)`."""
        point = self._of(job, phase, status, when)
        if point not in self._kept:
            self._kept = [*self._kept, point]
            self._look_up()
        return point

    def remove(
        self,
        job: JobRef | Breakpoint | None = None,
        phase: str | None = None,
        *,
        status: str | None = None,
        when: Condition | None = None,
    ) -> None:
        """Remove a breakpoint that add() returned, or one with these arguments. BreakpointError if there is none."""
        point = job if isinstance(job, Breakpoint) else self._of(job, phase, status, when)
        if point not in self._kept:
            kept = "; ".join(map(str, self._kept)) or "none"
            raise BreakpointError(f"no breakpoint is set {point}; set are: {kept}")
        self._kept = [kept for kept in self._kept if kept != point]

    def clear(self) -> None:
        """Remove all breakpoints."""
        self._kept = []

    def rename(self) -> None:
        """Update job names after the graph was renamed, as when a secret is scrubbed from them."""
        self._kept = [point._replace(job=point.job and self._name_of(point.job)) for point in self._kept]

    def __iter__(self) -> Iterator[Breakpoint]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def __repr__(self) -> str:
        """All breakpoints, in words."""
        return f"<Breakpoints: {'; '.join(map(str, self._kept)) or 'none'}>"

    def before(self, job: JobState, phase: Phase) -> str | None:
        """The reason to halt before this step, or None."""
        return self._first(
            job, (point for point in self._kept if point.status is None and point.phase in (None, phase))
        )

    def after(self, changed: Iterable[JobState]) -> str | None:
        """The reason to halt now that the status of these jobs has changed, or None."""
        points = [point for point in self._kept if point.status is not None]
        for job in changed if points else ():
            if reason := self._first(job, (point for point in points if point.status is job.status)):
                return reason
        return None

    def _first(self, job: JobState, points: Iterable[Breakpoint]) -> str | None:
        for point in points:
            if point.job in (None, job.name) and (reason := _met(point, job)):
                return reason
        return None

    def _of(self, job: JobRef | None, phase: str | None, status: str | None, when: Condition | None) -> Breakpoint:
        if all(word is None for word in (job, phase, status, when)):
            raise BreakpointError("a breakpoint needs a job, a phase, a status or a condition")
        if phase is not None and status is not None:
            raise BreakpointError("a breakpoint halts before a phase or after a status, not both: add two")
        if phase is None and status is None and job is not None and when is None:
            phase = Phase.CHECK
        name = None if job is None else self._name_of(job)
        return Breakpoint(name, None if phase is None else step_phase(phase), _status(status), when)


def step_phase(phase: str) -> Phase:
    """The phase of that name; UnknownPhaseError if a run cannot halt before it."""
    if phase not in STEPS:
        raise UnknownPhaseError(phase, STEPS)
    return Phase(phase)


def _status(status: str | None) -> Status | None:
    try:
        return None if status is None else Status(status)
    except ValueError:
        raise UnknownStatusError(status, Status) from None


def _met(point: Breakpoint, job: JobState) -> str | None:
    """The reason to halt at this job: the condition holds, or raised."""
    here = point._replace(job=job.name)
    try:
        met = point.when is None or bool(point.when(job))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # a condition is the user's code: a halt shows what is wrong with it
        return f"breakpoint {here} raised {type(error).__name__}: {message(error, 200)}"
    return f"breakpoint {here}" if met else None
