"""RunState: the fold of a run's events. All that views draw and all that the schedule needs.

`apply(event)` is the only thing that changes it, on one thread; a whole run costs O(jobs + edges + attempts).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence, ValuesView
from typing import Any, Final

from dojobber_nb.core.errors import EventIndexError
from dojobber_nb.core.events import (
    AskedAgain,
    Event,
    Interrupted,
    NoActSwitched,
    Outcome,
    PassStarted,
    Phase,
    PhaseStarted,
    ResumeAs,
    Resumed,
    RunEnded,
    RunStarted,
    RunStopped,
    Status,
)
from dojobber_nb.core.graph import JobGraph, JobKind, Node
from dojobber_nb.core.jobstate import DONE, JobState
from dojobber_nb.core.log_rows import (
    LogRow,
    attempt_of,
    duration_of,
    error_of,
    event_of,
    is_phase_end,
    is_phase_start,
    job_of,
    ok_of,
    passed_at_once,
    phase_of,
)
from dojobber_nb.core.pass_queue import PassQueue
from dojobber_nb.core.redacted_repr import NodeStatuses
from dojobber_nb.core.secrets import scrub

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

# The same for a job that only checks.
WITHOUT_RUN: Final = {**RULES, (Phase.CHECK, False): (Status.FAILED, None)}

# Looked up once: reading a member from its enum costs as much as a dict look-up, in the hot loop.
_CHECK, _RUN, _RECHECK, _CLEANUP = (phase.value for phase in (Phase.CHECK, Phase.RUN, Phase.RECHECK, Phase.CLEANUP))
_RUNNING, _OK, _RUN_NEXT = Status.RUNNING, Status.OK, Phase.RUN


class RunState:
    """Where a run stands after the events it was given.

    `pass_number` is 0 before the first pass; `due` are the (job, attempt) pairs whose Cleanup is due, the next one
    last; `over` means that nothing more will be tried.
    """

    def __init__(self, graph: JobGraph, *, no_act: bool = False) -> None:
        self.graph = graph
        self.no_act = no_act
        self.pass_number = 0
        self.current: JobState | None = None
        self.asked: JobState | None = None  # somebody asked for one more attempt at it, now
        self._acts = True  # whether that attempt may run
        self._last: LogRow | None = None  # of the events that concern a phase
        self.cleanup = True
        self.due: list[tuple[str, int]] = []
        self.marked: list[JobState] = []  # by the last failure, as blocked or unknown
        self.over = False
        self.cut_short = False  # closed while something could still be tried
        self.started: RunStarted | None = None
        self.ended: Outcome | None = None
        # By index: a JobState, made when first asked for; till then None, the row of a Check that passed at once, or
        # (JobState,), common to this state and copies of it: whoever asks for it gets one apart.
        self._list: list[JobState | tuple[Any, ...] | None] = [None] * len(graph)
        self._queue = PassQueue(graph)
        self._dry = False  # whether this pass was (in part) under no_act

    def __repr__(self) -> str:
        from dojobber_nb.core.brief import brief  # which knows the schedule, and that this module

        return f"<{type(self).__name__} of {brief(self)}>"

    @classmethod
    def after(cls, graph: JobGraph, rows: Sequence[LogRow], count: int) -> RunState:
        """The state after the first `count` events. EventIndexError if there are not so many."""
        if not 0 <= count <= len(rows):
            raise EventIndexError(count, len(rows))
        state = cls(graph)
        state.fold(rows[:count])
        return state

    @property
    def jobs(self) -> Mapping[str, JobState]:
        """The jobs by name, in visiting order."""
        return _Jobs(self)

    @property
    def under_way(self) -> PhaseStarted | None:
        """The phase that has begun and not ended."""
        last = event_of(self._last) if self._last else None
        return last if isinstance(last, PhaseStarted) else None

    @property
    def interrupted(self) -> bool:
        """Whether an interrupt was the last that happened to a phase."""
        return isinstance(self._last, Interrupted)

    @property
    def nodestatus(self) -> dict[str, bool | None]:
        """True, False or None (untested) by job; {} before a run."""
        return NodeStatuses(zip(self.graph.names, self._oks(), strict=True) if self.started else ())

    @property
    def succeeded(self) -> bool:
        """Whether all jobs have."""
        return all(self._oks())

    def _oks(self) -> Iterator[bool | None]:
        """What nodestatus says of each, without making what is not there."""
        return (entry.ok if type(entry) is JobState else _ok(entry) for entry in self._list)  # type: ignore[arg-type]

    def job_at(self, index: int) -> JobState:
        """The job of that index in the graph."""
        entry = self._list[index]
        if type(entry) is JobState:
            return entry
        job = self._list[index] = _job_of(self.graph.nodes[index], entry)  # type: ignore[arg-type]
        return job

    def copy(self) -> RunState:
        """The same state, apart from this one: what is applied to one does not reach the other.

        It costs about 20 ns a job, as the jobs stay common to both until asked for; one got before is of neither.
        """
        common = [(entry,) if type(entry) is JobState else entry for entry in self._list]
        other = copy.copy(self)
        for state in (self, other):
            state._list = common.copy()
            state.current, state.asked = state._own(state.current), state._own(state.asked)
            state.marked = [state.job_at(job.node.index) for job in state.marked]
        other.due, other._queue = self.due.copy(), self._queue.copy()
        return other

    def _own(self, job: JobState | None) -> JobState | None:
        return job and self.job_at(job.node.index)

    def _job(self, name: str) -> JobState:
        return self.job_at(self.graph[name].index)

    def _all(self) -> Iterator[JobState]:
        return map(self.job_at, range(len(self._list)))

    def fold(self, rows: Sequence[LogRow]) -> None:
        """Apply each row, with a short cut for the most frequent ones: Checks that pass at once."""
        names, turns, at = self.graph.names, self._queue, 0
        while at < len(rows):
            if self._concerns_one_job() and (ends := passed_at_once(rows, at, names, turns.place)):
                self._list[turns.place : turns.place + len(ends)] = ends  # in the first pass turns are indices
                turns.place += len(ends)
                self._last = ends[-1]
                at += 2 * len(ends)
            else:
                self.apply(rows[at])
                at += 1

    def _concerns_one_job(self) -> bool:
        """Whether a Check that passes now changes nothing but its job: nobody waits, and it is charged."""
        turns = self._queue
        return self.pass_number == 1 and not (turns.holding or turns.freed or self.no_act or self.asked or self.current)

    def apply(self, row: LogRow) -> None:
        """Take in what happened."""
        if is_phase_start(row):
            self._last = row
            self._phase_started(row)
        elif is_phase_end(row):
            self._last = row
            self._phase_ended(row)
        else:
            self._apply_event(event_of(row))

    def _apply_event(self, event: Event) -> None:
        match event:
            case PassStarted():
                self._pass_started(event)
            case Interrupted():
                self._interrupted(event)
            case NoActSwitched():
                self._switch(event.no_act)
            case AskedAgain():
                self._ask_again(self._job(event.job), acts=event.acts)
            case RunStarted():
                self.started, self.no_act, self.cleanup = event, event.no_act, event.cleanup
            case RunStopped():
                self._close()
                self.cleanup = self.cleanup or event.cleanup
                self.ended = None
            case RunEnded():
                self.ended = event.outcome
            case Resumed():
                self._resumed(event)

    def next_in_pass(self) -> JobState | None:
        """Whose turn it is in the pass under way; None when that pass is through."""
        index = self._queue.next()
        return None if index is None else self.job_at(index)

    def rest_of_first_pass(self) -> Iterator[Node] | None:
        """Those that come next in the first pass, in order, as long as each passes; None when that is not known."""
        turns, nodes = self._queue, self.graph.nodes
        if self.pass_number != 1 or turns.holding or turns.freed or self.current:
            return None
        return map(nodes.__getitem__, range(turns.place, len(nodes)))

    def first_of_next_pass(self) -> JobState | None:
        """Who would begin another pass; None when there will be none."""
        index = None if self.no_act and self._dry else self._queue.first_of_next_pass()
        return None if index is None else self.job_at(index)

    # --- phases ----------------------------------------------------------------------------------------------------

    def _phase_started(self, row: LogRow) -> None:
        phase = phase_of(row)
        job = self._job(job_of(row))
        if phase == _CHECK:
            if job is self.asked:
                self.asked = None  # its turn is by request
            else:
                self._queue.take(job.node.index)
            self.current = job
            job.status, job.phase, job._began = _RUNNING, Phase.CHECK, row
        elif phase == _RUN and job.node.has_cleanup:
            self.due.append((job.name, attempt_of(row)))
        elif phase == _CLEANUP:
            self._close()
            self.due.pop()

    def _phase_ended(self, row: LogRow) -> None:
        phase, ok = phase_of(row), ok_of(row)
        if phase == _CLEANUP:
            return
        job = self._job(job_of(row))
        if phase == _RUN:
            job._before = duration_of(job._row)  # type: ignore[arg-type]  # a Run follows a Check
        elif phase == _RECHECK:
            job._before += duration_of(job._row)  # type: ignore[arg-type]
        job._row = row
        rules = RULES if ok or job.node.kind is not JobKind.CHECK_ONLY else WITHOUT_RUN
        status, upcoming = rules[phase, ok]
        acts = self._acts and not self.no_act
        acted = acts or phase == _RECHECK
        if not ok:
            job.raised = error_of(row)
            if phase == _RUN:
                job.run_raised = job.raised
            elif phase != _RECHECK and (acts or phase != _CHECK):  # a Check alone leaves the cause of the failure known
                job.run_raised = None
        if ok and upcoming is None:
            self._settle(job, status, acted)
        elif upcoming is None:
            self._failed(job, status, acted)
        elif upcoming is _RUN_NEXT and not acts:
            self._failed(job, Status.WOULD_RUN, acted)
        else:
            job.phase = upcoming

    def _settle(self, job: JobState, status: Status, acted: bool) -> None:
        """The attempt is over: charge it, and tell those that wait for it."""
        self.current = job.phase = None
        self._acts = True
        job.status = status
        if acted:
            job.tries += 1
        else:
            self._dry = True
        if self._queue.holding:
            if status in DONE:
                self._queue.release(job.node.index)
            self._queue.skip()

    def _failed(self, job: JobState, status: Status, acted: bool) -> None:
        job.error, job.run_error = job.raised, job.run_raised
        self._queue.hold(job.node.index)
        self._settle(job, status, acted)
        if job.can_be_tried:
            self._queue.try_again(job.node.index)
            if acted:
                job.status = Status.RETRYING
        elif job.tries:
            job.status = Status.FAILED  # whatever it would do, it has had its tries
        if mark := _MARK_BELOW.get(job.status):
            self._mark_below(job, mark)

    def _interrupted(self, event: Interrupted) -> None:
        self._last = event
        if not event.called and event.job:
            self._was_not_called(self._job(event.job), event)
        if job := self.current:
            self._close_attempt()
            if job.can_be_tried:
                self._queue.come_again(job.node.index)

    def _was_not_called(self, job: JobState, event: Interrupted) -> None:
        """The phase began, and the code of the job was not reached."""
        if event.phase == _CLEANUP:
            self.due.append((job.name, event.attempt))
        elif event.phase == _RUN and job.node.has_cleanup:
            self.due.pop()

    def _close(self) -> None:
        """Nothing more will be tried."""
        self.cut_short = self.cut_short or any(
            (self.current, self.asked, self.next_in_pass(), self.first_of_next_pass())
        )
        self._close_attempt()
        self.over = True

    def _close_attempt(self) -> None:
        """The open attempt ends without a verdict, and is not charged."""
        job, self.current = self.current, None
        if job:
            job.phase, self._acts = None, True
            job.status = _WITHDRAWN[job.ok is None, job.can_be_tried]
            if mark := _MARK_BELOW.get(job.status):
                self._mark_below(job, mark)

    # --- passes ----------------------------------------------------------------------------------------------------

    def _pass_started(self, event: PassStarted) -> None:
        if self._dry and not self.no_act:
            self._reopen()
        self.pass_number, self._dry = event.number, False
        self._queue.begin_pass(but=self.asked.node.index if self.asked else None)

    def _ask_again(self, job: JobState, *, acts: bool) -> None:
        """Make it first in a pass of its own asking, and look afresh at who waits for whom."""
        self.asked, self._acts, self.ended = job, acts, None
        if job.status in DONE:
            job.run_raised = None  # what its Run raised did no harm, and is not the cause of what comes
        job.status = Status.PENDING
        below = self._below(job)
        for other in [job, *below] if acts else []:
            other.status, other.tries, other.blocked_by = Status.PENDING, 0, None
            other.error = other.run_error = None
        for other in below:
            if other.blocked_by == job.name:
                other.status, other.blocked_by = Status.PENDING, None
        self._regroup()

    def _resumed(self, event: Resumed) -> None:
        """Forget what was under way, and go on from what the event carries over."""
        self.no_act, self.cleanup, self.over, self.due = event.no_act, event.cleanup, event.over, list(event.due)
        self.pass_number = event.pass_number  # at least 1: the turns to come are not those of a first pass
        self.cut_short = self.cut_short and self.over
        self.current = self.asked = self.ended = self._last = None
        self._acts, self._dry, self.marked = True, False, []
        self._list = [None] * len(self.graph)
        for carried in event.jobs:
            self._job(carried.job).restore(carried, RESUMED_STATUS[carried.how])
        self._regroup()

    def _regroup(self) -> None:
        """Between two passes: who waits, who is blocked, and who can be tried in the next one."""
        for job in self._all():
            if mark := _MARK_BELOW.get(job.status):
                self._mark_below(job, mark)
        unsuccessful = [job for job in self._all() if job.status not in DONE]
        open_ = [job for job in unsuccessful if job.can_be_tried and job.status not in _RULED_OUT]
        spent = [job for job in unsuccessful if not job.can_be_tried]
        self._queue.regroup(*([job.node.index for job in jobs] for jobs in (unsuccessful, open_, spent)))

    # --- marks -----------------------------------------------------------------------------------------------------

    def _below(self, job: JobState) -> list[JobState]:
        """All that needs the job, at any depth, in visiting order."""
        found: set[int] = set()
        ahead = list(job.node.needed_by)
        while ahead:
            index = ahead.pop()
            if index not in found:
                found.add(index)
                ahead += self.graph.nodes[index].needed_by
        return [self.job_at(index) for index in sorted(found)]

    def _mark_below(self, job: JobState, mark: Status) -> None:
        """Mark all that needs the job, at any depth, once each."""
        ahead, self.marked = list(job.node.needed_by), []
        while ahead:
            below = self.job_at(ahead.pop())
            if below.status is Status.PENDING or (below.status is Status.UNKNOWN and mark is Status.BLOCKED):
                below.status, below.blocked_by = mark, job.name
                self.marked.append(below)
                ahead += below.node.needed_by

    def _reopen(self) -> None:
        """A dry pass is over and the next one acts: what only no_act had ruled out is open again."""
        for job in self._all():
            if job.status is Status.UNKNOWN or (job.blocked_by and self._job(job.blocked_by).can_be_tried):
                job.status, job.blocked_by = Status.PENDING, None
            elif job.status is Status.FAILED and job.can_be_tried:
                job.status = Status.RETRYING

    def _switch(self, no_act: bool) -> None:
        self.no_act = no_act
        if not no_act:
            tries = self._queue.first_of_next_pass() is not None and not self.over
            opens = tries or (self.due and self.cleanup)
            self.ended = None if opens else self.ended
        elif self.current and self.current.phase == _RUN:
            self._failed(self.current, Status.WOULD_RUN, acted=False)


class _Jobs(Mapping[str, JobState]):
    """The jobs by name, in visiting order."""

    __slots__ = ("_state",)

    def __init__(self, state: RunState) -> None:
        self._state = state

    def __getitem__(self, name: str) -> JobState:
        """The job of that name; UnknownJobError tells the nearest one."""
        return self._state.job_at(self._state.graph[name].index)

    def __contains__(self, name: object) -> bool:
        return name in self._state.graph

    def __iter__(self) -> Iterator[str]:
        return iter(self._state.graph.names)

    def values(self) -> ValuesView[JobState]:
        """The jobs in visiting order, not looked up by name one by one."""
        return _Values(self)

    def in_order(self) -> Iterator[JobState]:
        """The same, once."""
        return self._state._all()

    def __len__(self) -> int:
        return len(self._state.graph)

    def __repr__(self) -> str:
        return scrub(repr(dict(self)))


class _Values(ValuesView[JobState]):
    """The jobs, without their names."""

    _mapping: _Jobs

    def __iter__(self) -> Iterator[JobState]:
        return self._mapping.in_order()


def _job_of(node: Node, entry: tuple[Any, ...] | None) -> JobState:
    """The job that an entry stands for."""
    return copy.copy(entry[0]) if entry is not None and len(entry) == 1 else JobState(node, entry)


def _ok(entry: tuple[Any, ...] | None) -> bool | None:
    """What nodestatus says of the job that an entry stands for."""
    if entry is None:
        return None
    return entry[0].ok if len(entry) == 1 else True


# What a job is when its run is taken up again.
RESUMED_STATUS: Final[Mapping[ResumeAs, Status]] = {
    ResumeAs.AGAIN: Status.PENDING,
    ResumeAs.TRUSTED: Status.CHANGED,
    ResumeAs.AFRESH: Status.PENDING,
    ResumeAs.IN_DOUBT: Status.PENDING,
    ResumeAs.RETRYING: Status.RETRYING,
    ResumeAs.FAILED: Status.FAILED,
    ResumeAs.OK: Status.OK,
    ResumeAs.CHANGED: Status.CHANGED,
    ResumeAs.WOULD_RUN: Status.WOULD_RUN,
}

_RULED_OUT: Final = frozenset({Status.BLOCKED, Status.UNKNOWN})

# What a job is again when its attempt ends without a verdict, by (never judged, tries left).
_WITHDRAWN: Final = {
    (True, True): Status.PENDING,
    (False, True): Status.RETRYING,
    (False, False): Status.FAILED,
}

# What a job's end makes of those that need it.
_MARK_BELOW: Final = {
    Status.WOULD_RUN: Status.UNKNOWN,
    Status.FAILED: Status.BLOCKED,
}
