"""RunState: the fold of a run's events. All that views draw and all that the schedule needs.

`apply(event)` is the only thing that changes it, on one thread; a whole run costs O(jobs + edges + attempts).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
from types import MappingProxyType
from typing import Any, Final

from dojobber_nb.core.events import (
    Event,
    Interrupted,
    NoActSwitched,
    Outcome,
    PassStarted,
    Phase,
    PhaseEnded,
    PhaseStarted,
    RunEnded,
    RunStarted,
    RunStopped,
    Status,
)
from dojobber_nb.core.graph import JobGraph, Node

# What the end of a phase makes of its job, and the phase that comes next in the attempt.
RULES: Final[Mapping[tuple[Phase, bool], tuple[Status, Phase | None]]] = {
    (Phase.INIT, False): (Status.FAILED, None),
    (Phase.CHECK, True): (Status.OK, None),
    (Phase.CHECK, False): (Status.RUNNING, Phase.RUN),
    (Phase.RUN, True): (Status.RUNNING, Phase.RECHECK),
    (Phase.RUN, False): (Status.RUNNING, Phase.RECHECK),  # Recheck is the judge
    (Phase.RECHECK, True): (Status.CHANGED, None),
    (Phase.RECHECK, False): (Status.FAILED, None),
}

# Looked up once: reading a member from its enum costs as much as a dict look-up, in the hot loop.
_CHECK, _RUN, _RECHECK, _CLEANUP = Phase.CHECK, Phase.RUN, Phase.RECHECK, Phase.CLEANUP
_RUNNING, _OK, _CHANGED = Status.RUNNING, Status.OK, Status.CHANGED
NOTHING: Final = object()  # no result yet: None is one


class JobState:
    """Where one job stands.

    `attempt` counts its attempts, `tries` those charged against `node.tries`; `phase` is the phase of the open attempt
    that is under way or comes next, else None; `ok` is nodestatus; `error` is what its last failed attempt ended with;
    `started` and `duration` (seconds) are those of its last attempt; `blocked_by` is the failure or the job that would
    run at the root of a blocked or unknown one.
    """

    status = Status.PENDING
    phase: Phase | None = None
    attempt = 0
    tries = 0
    ok: bool | None = None
    error: BaseException | None = None
    result: Any = NOTHING
    started: float | None = None
    duration = 0.0
    blocked_by: str | None = None
    raised: BaseException | None = None  # by the last phase of its last attempt
    held = False  # its dependents count it among what they wait for

    def __init__(self, node: Node) -> None:
        self.node = node

    @property
    def name(self) -> str:
        """The name of the job's class."""
        return self.node.name

    @property
    def retry_at(self) -> float:
        """The earliest start of its next attempt, in seconds since the run began."""
        return 0.0 if self.started is None else self.started + self.node.delay

    @property
    def can_be_tried(self) -> bool:
        """Whether it has tries left and has not succeeded."""
        return self.ok is not True and self.tries < self.node.tries

    def __repr__(self) -> str:
        return f"<{self.name}: {self.status}>"


class RunState:
    """Where a run stands after the events it was given.

    `pass_number` is 0 before the first pass; `under_way` is the phase that has begun and not ended; `due` are the
    (job, attempt) pairs whose Cleanup is due, the next one last; `over` means that nothing more will be tried.
    """

    def __init__(self, graph: JobGraph, *, no_act: bool = False) -> None:
        self.graph = graph
        self.no_act = no_act
        self.pass_number = 0
        self.current: JobState | None = None
        self.under_way: PhaseStarted | None = None
        self.cleanup = True
        self.due: list[tuple[str, int]] = []
        self.marked: list[JobState] = []  # by the last failure, as blocked or unknown
        self.over = False
        self.cut_short = False  # closed while something could still be tried
        self.interrupted = False
        self.started: RunStarted | None = None
        self.ended: Outcome | None = None
        self._list = [JobState(node) for node in graph]
        self._jobs = {job.node.name: job for job in self._list}
        self._unmet = [0] * len(graph)  # how many deps are known to wait or to have failed
        self._turns: Sequence[int] = ()  # who is tried in this pass, in order; _turn is the next of them
        self._turn = 0
        self._freed: list[int] = []  # a heap of those freed in mid-pass, whose turn had gone by
        self._again: list[int] | range = range(len(graph))  # who is tried in the next pass, in order
        self._dry = False  # whether this pass was (in part) under no_act

    @property
    def jobs(self) -> Mapping[str, JobState]:
        """The jobs by name, in visiting order."""
        return MappingProxyType(self._jobs)

    @property
    def nodestatus(self) -> dict[str, bool | None]:
        """True, False or None (untested) by job; {} before a run."""
        return {job.name: job.ok for job in self._list} if self.started else {}

    def apply(self, event: Event) -> None:
        """Take in what happened."""
        match event:
            case PhaseEnded():
                self._phase_ended(event)
            case PhaseStarted():
                self._phase_started(event)
            case PassStarted():
                self._pass_started(event)
            case Interrupted():
                self._interrupted(event)
            case NoActSwitched():
                self._switch(event.no_act)
            case RunStarted():
                self.started, self.no_act, self.cleanup = event, event.no_act, event.cleanup
            case RunStopped():
                self._close()
                self.cleanup = self.cleanup or event.cleanup
                self.ended = None
            case RunEnded():
                self.ended = event.outcome

    def turn(self) -> JobState | None:
        """Whose turn it is in the pass under way; None when that pass is through."""
        freed, turns = self._freed, self._turns
        if freed and (self._turn >= len(turns) or freed[0] < turns[self._turn]):
            return self._list[freed[0]]
        return self._list[turns[self._turn]] if self._turn < len(turns) else None

    def first_of_next_pass(self) -> JobState | None:
        """Who would begin another pass; None when there will be none."""
        if not self._again or (self.no_act and self._dry):
            return None
        return self._list[self._again[0]]

    # --- phases ----------------------------------------------------------------------------------------------------

    def _phase_started(self, event: PhaseStarted) -> None:
        phase = event.phase
        self.under_way = event
        self.interrupted = False
        job = self._jobs[event.job]
        if phase is _CHECK:
            self._take_turn(job.node.index)
            self.current = job
            job.status, job.attempt, job.started, job.blocked_by = _RUNNING, event.attempt, event.started, None
        elif phase is _RUN and job.node.has_cleanup:
            self.due.append((event.job, event.attempt))
        elif phase is _CLEANUP:
            self._close()
            self.due.pop()
            return
        job.phase = phase

    def _phase_ended(self, event: PhaseEnded) -> None:
        self.under_way = None
        phase = event.phase
        if phase is _CLEANUP:
            return
        job = self._jobs[event.job]
        job.duration = event.started + event.duration - (job.started or 0.0)
        job.raised = event.error
        status, job.phase = RULES[phase, event.ok]
        if job.phase is None:
            if event.ok:
                job.result = event.result
            self._settle(job, status, acted=phase is _RECHECK or not self.no_act)
        elif self.no_act and job.phase is _RUN:
            self._settle(job, Status.WOULD_RUN, acted=False)

    def _settle(self, job: JobState, status: Status, *, acted: bool) -> None:
        """The attempt is over: charge it, and tell those that wait for it."""
        self.current = job.phase = None
        job.status = status
        if acted:
            job.tries += 1
        else:
            self._dry = True
        if status is _OK or status is _CHANGED:
            job.ok = True
            if job.held:
                self._release(job)
        else:
            self._failed(job, acted=acted)
        self._skip()

    def _failed(self, job: JobState, *, acted: bool) -> None:
        job.ok, job.error = False, job.raised
        if job.can_be_tried:
            self._again.append(job.node.index)  # type: ignore[union-attr]  # a list from the first pass on
            if acted:
                job.status = Status.RETRYING
        self._hold(job)
        mark = _MARK_BELOW.get(job.status)
        if mark:
            self._mark_below(job, mark)

    def _interrupted(self, event: Interrupted) -> None:
        self.under_way = None
        self.interrupted = True
        if self.current:
            index = self.current.node.index
            self._close_attempt()
            heappush(self._freed, index)  # its turn comes again

    def _close(self) -> None:
        """Nothing more will be tried."""
        self.cut_short = self.cut_short or any((self.current, self.turn(), self.first_of_next_pass()))
        self._close_attempt()
        self.over = True

    def _close_attempt(self) -> None:
        """The open attempt ends without a verdict, and is not charged."""
        job, self.current = self.current, None
        if job:
            job.phase = None
            job.status = Status.PENDING if job.ok is None else Status.RETRYING

    # --- passes ----------------------------------------------------------------------------------------------------

    def _pass_started(self, event: PassStarted) -> None:
        if self._dry and not self.no_act:
            self._reopen()
        self.pass_number, self._dry = event.number, False
        self._turns, self._turn, self._again, self._freed = self._again, 0, [], []

    def _take_turn(self, index: int) -> None:
        if self._turn < len(self._turns) and self._turns[self._turn] == index:
            self._turn += 1
        else:
            heappop(self._freed)

    def _skip(self) -> None:
        """Pass over those that wait for something, in their turn."""
        turns, unmet = self._turns, self._unmet
        while self._turn < len(turns) and unmet[turns[self._turn]]:
            self._hold(self._list[turns[self._turn]])
            self._turn += 1

    def _hold(self, job: JobState) -> None:
        """Its turn went by without success: those that need it wait."""
        if not job.held:
            job.held = True
            for index in job.node.needed_by:
                self._unmet[index] += 1

    def _release(self, job: JobState) -> None:
        """It succeeded late: those that waited for it alone get a turn in this pass."""
        job.held = False
        for index in job.node.needed_by:
            self._unmet[index] -= 1
            if not self._unmet[index] and self._list[index].held:
                heappush(self._freed, index)

    # --- marks -----------------------------------------------------------------------------------------------------

    def _mark_below(self, job: JobState, mark: Status) -> None:
        """Mark all that needs the job, at any depth, once each."""
        ahead, self.marked = list(job.node.needed_by), []
        while ahead:
            below = self._list[ahead.pop()]
            if below.status is Status.PENDING or (below.status is Status.UNKNOWN and mark is Status.BLOCKED):
                below.status, below.blocked_by = mark, job.name
                self.marked.append(below)
                ahead += below.node.needed_by

    def _reopen(self) -> None:
        """A dry pass is over and the next one acts: what only no_act had ruled out is open again."""
        for job in self._list:
            if job.status is Status.UNKNOWN or (job.blocked_by and self._jobs[job.blocked_by].can_be_tried):
                job.status, job.blocked_by = Status.PENDING, None
            elif job.status is Status.FAILED and job.can_be_tried:
                job.status = Status.RETRYING

    def _switch(self, no_act: bool) -> None:
        self.no_act = no_act
        if not no_act:
            self.ended = None
        elif self.current and self.current.phase is _RUN:
            self._settle(self.current, Status.WOULD_RUN, acted=False)


# What a job's end makes of those that need it.
_MARK_BELOW: Final = {
    Status.WOULD_RUN: Status.UNKNOWN,
    Status.FAILED: Status.BLOCKED,
}
