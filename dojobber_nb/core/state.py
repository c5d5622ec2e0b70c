"""RunState: the state of a run, which is the fold of its events.

How it works
------------
A run is a list of events, and `apply(event)` is the only thing that changes a state. The engine, a record, a look back
at event 41 and `resume()` all feed events to this one class, so no two of them can disagree. `apply` runs on one
thread, calls no job and reads no clock. `schedule.next_step(state)` reads from the state what may start next.

*Attempt.* A job is tried in attempts. An attempt begins with PhaseStarted(check); `current` is its job until it ends.
Each PhaseEnded looks up (phase, passed) in `RULES`: the status of the job, and the next phase of the attempt, if there
is one. When there is none the attempt is over: `_settle` charges it as a try, unless nothing could be run (no_act). An
attempt that is interrupted is withdrawn: not charged, and its job has another turn in the same pass.

*Pass and turn.* A pass gives each job that can be tried one turn, in visiting order. PassStarted begins it. The first
pass has all jobs; a job that failed and has tries left has a turn in the next one. `PassQueue` keeps the order. A job
whose turn goes by without success is *held*, and each job that needs it counts it as an unmet need. A job with unmet
needs is skipped, and held, too. When a held job succeeds late (by request, or
because it was freed itself), it is released: the counts go down, and a job that waited for it alone is freed, which
gives it its turn in the pass under way.

*Marks.* When a job has failed for good, all pending jobs that need it, at any depth, are marked blocked, with the
failed job as `blocked_by`. A job that would run under no_act marks them unknown instead, and a mark of blocked replaces
one of unknown. The walk stops at a job that is marked already. Marks are for people and for nodestatus: the queue does
not need them, as it counts unmet needs.

*Requests and switches.* AskedAgain and Resumed set jobs back to pending in the middle of a run, and build marks and
queue anew from all jobs (`_regroup`). The first acting pass after a dry one sets back what only no_act had ruled out
(`_reopen`). All of these are rare, and may cost O(jobs + edges).

*Sweep and fold.* As long as every Check passes, an event concerns nothing but its own job: no marks, no held jobs, no
other pass. The engine performs such Checks in one loop, a sweep, and `fold` takes in their events in one loop, too
(`log_rows.passed_at_once`): it keeps the row of the end in `JobStates`, which makes a JobState of it on demand.

*Cost.* Each attempt costs O(1) by itself. Between two rebuilds a job is held at most once, released at most once and
marked at most once per mark, each at the cost of its edges. So a whole run costs O(jobs + edges + attempts). A copy of
the state, as for a look back, costs 20 ns a job.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from dojobber_nb.core import upper_floors
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
    Resumed,
    RunEnded,
    RunStarted,
    RunStopped,
    Status,
)
from dojobber_nb.core.graph import JobGraph, JobKind, Node
from dojobber_nb.core.job_states import JobStates
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
from dojobber_nb.core.status_rules import MARK_BELOW, MARKS, RESUMED_STATUS, RULES, WITHDRAWN, WITHOUT_RUN

# Looked up once: reading a member from its enum costs as much as a dict look-up, in the hot loop.
_CHECK: Final = Phase.CHECK.value
_RUN: Final = Phase.RUN.value
_RECHECK: Final = Phase.RECHECK.value
_CLEANUP: Final = Phase.CLEANUP.value
_RUNNING, _RUN_NEXT = Status.RUNNING, Phase.RUN


class RunState:
    """State of a run after the events that were applied.

    `pass_number` is 0 before the first pass; `open` has the jobs of open attempts by index, in the order in which they
    began, and `current` is the first of them, which is the only one with one worker; `asked` is a job of which one more
    attempt was asked for, which comes next; `due` are the (job, attempt) pairs whose Cleanup is due, the next one last;
    `marked` the jobs that the last failure marked as blocked or unknown. `over`: nothing more will be tried;
    `cut_short`: it was closed while something could still be tried.
    """

    def __init__(self, graph: JobGraph, *, no_act: bool = False) -> None:
        self.graph = graph
        self.no_act = no_act
        self.pass_number = 0
        self.open: dict[int, JobState] = {}
        self.asked: JobState | None = None
        self.cleanup = True
        self.due: list[tuple[str, int]] = []
        self.marked: list[JobState] = []
        self.over = False
        self.cut_short = False
        self.started: RunStarted | None = None
        self.ended: Outcome | None = None
        self._jobs = JobStates(graph)
        self._queue = PassQueue(graph)
        self._last: LogRow | None = None  # of those that concern a phase
        self._begun: dict[str, LogRow] = {}  # by job, the start of its phase that has not ended
        self._acts = True  # whether the attempt that was asked for may run
        self._dry = False  # whether no_act was on at some time in this pass

    def __repr__(self) -> str:
        from dojobber_nb.core.brief import brief  # which knows the schedule, and that this module

        return f"<{type(self).__name__} of {brief(self)}>"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Mapping[str, str]:
        """Picture, table and text, by MIME type, for IPython."""
        return upper_floors.mime_bundle(self)

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
        return self._jobs

    @property
    def current(self) -> JobState | None:
        """The job whose open attempt began first."""
        return next(iter(self.open.values())) if self.open else None

    @property
    def under_way(self) -> PhaseStarted | None:
        """The phase that has begun and not ended; of several the one that began last."""
        return event_of(next(reversed(self._begun.values()))) if self._begun else None  # type: ignore[return-value]

    @property
    def all_under_way(self) -> list[PhaseStarted]:
        """The phases that have begun and not ended, in that order."""
        return list(map(event_of, self._begun.values()))  # type: ignore[arg-type]

    def phase_under_way(self, job: str) -> PhaseStarted | None:
        """The phase of that job that has begun and not ended."""
        row = self._begun.get(job)
        return event_of(row) if row else None  # type: ignore[return-value]

    @property
    def resting(self) -> list[JobState]:
        """The jobs of open attempts that are between two phases."""
        return [job for job in self.open.values() if job.name not in self._begun]

    @property
    def interrupted(self) -> bool:
        """Whether an interrupt was the last that happened to a phase."""
        return isinstance(self._last, Interrupted)

    @property
    def nodestatus(self) -> dict[str, bool | None]:
        """True, False or None (untested) by job; {} before a run."""
        return NodeStatuses(zip(self.graph.names, self._jobs.oks(), strict=True) if self.started else ())

    @property
    def succeeded(self) -> bool:
        """Whether all jobs succeeded."""
        return all(self._jobs.oks())

    def job_at(self, index: int) -> JobState:
        """The job of that index in the graph."""
        return self._jobs.at(index)

    def copy(self) -> RunState:
        """The same state, independent of this one; a JobState obtained before belongs to neither."""
        other = copy.copy(self)
        other._jobs, other._queue, other.due = self._jobs.copy(), self._queue.copy(), self.due.copy()
        other._begun = self._begun.copy()
        for state in (self, other):
            state.open = {index: state.job_at(index) for index in self.open}
            state.asked = state._own(state.asked)
            state.marked = [state.job_at(job.node.index) for job in state.marked]
        return other

    def _own(self, job: JobState | None) -> JobState | None:
        return job and self.job_at(job.node.index)

    def fold(self, rows: Sequence[LogRow]) -> None:
        """Apply each row, with a short cut for the most frequent ones: Checks that pass at once."""
        names, turns, at = self.graph.names, self._queue, 0
        while at < len(rows):
            if self._concerns_one_job() and (ends := passed_at_once(rows, at, names, turns.place)):
                self._jobs.set_passed(turns.place, ends)  # in the first pass the place is the index
                turns.place += len(ends)
                self._last = ends[-1]
                at += 2 * len(ends)
            else:
                self.apply(rows[at])
                at += 1

    def _concerns_one_job(self) -> bool:
        """Whether a Check that passes now changes nothing but its own job: no job is held, and the try is charged."""
        turns = self._queue
        return self.pass_number == 1 and not (turns.holding or turns.freed or self.no_act or self.asked or self.open)

    def apply(self, row: LogRow) -> None:
        """Change the state by one event."""
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
                self._ask_again(self._jobs[event.job], acts=event.acts)
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

    def turn(self) -> JobState | None:
        """The job whose turn it is in the pass under way; None at the end of the pass."""
        index = self._queue.next()
        return None if index is None else self.job_at(index)

    def turn_beside(self) -> JobState | None:
        """The job that can begin now although attempts are open: none of those is a need of it."""
        self._queue.set_aside(self.open)
        return self.turn()

    def rest_of_first_pass(self) -> Iterator[Node] | None:
        """The jobs left in the first pass, in order; None in other passes, and when a job is held, freed or open."""
        turns, nodes = self._queue, self.graph.nodes
        if self.pass_number != 1 or turns.holding or turns.freed or self.open:
            return None
        return map(nodes.__getitem__, range(turns.place, len(nodes)))

    def first_of_next_pass(self) -> JobState | None:
        """The job that would begin another pass; None when there will be no other pass."""
        index = None if self.no_act and self._dry else self._queue.first_of_next_pass()
        return None if index is None else self.job_at(index)

    # --- phases ----------------------------------------------------------------------------------------------------

    def _phase_started(self, row: LogRow) -> None:
        phase = phase_of(row)
        job = self._jobs[job_of(row)]
        self._begun[job.name] = row
        if phase == _CHECK:
            self._begin_attempt(job)
            job.status, job.phase, job._began = _RUNNING, Phase.CHECK, row
        elif phase == _RUN and job.node.has_cleanup:
            self.due.append((job.name, attempt_of(row)))
        elif phase == _CLEANUP:
            self._close()
            self.due.pop()

    def _begin_attempt(self, job: JobState) -> None:
        index, beside = job.node.index, bool(self.open)
        if beside:
            self._queue.set_aside(self.open)
        if job is self.asked:
            self.asked = None  # its turn is by request, and not in the queue
        else:
            self._queue.take(index)
        self.open[index] = job
        if beside:
            self._queue.set_aside((index,))

    def _phase_ended(self, row: LogRow) -> None:
        phase, ok = phase_of(row), ok_of(row)
        self._begun.pop(job_of(row), None)
        if phase == _CLEANUP:
            return
        job = self._jobs[job_of(row)]
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
        """End the attempt: charge it, and release the job in the queue if it succeeded."""
        self.open.pop(job.node.index, None)
        job.phase, self._acts = None, True
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
            job.status = Status.FAILED  # no tries left, whatever it would do
        if mark := MARK_BELOW.get(job.status):
            self.marked = self._jobs.mark_below(job, mark)

    def _interrupted(self, event: Interrupted) -> None:
        self._last = event
        self._begun.pop(event.job or "", None)
        if not event.called and event.job:
            self._was_not_called(self._jobs[event.job], event)
        index = self.graph[event.job].index if event.job else None
        for job in [job for at, job in self.open.items() if index in (None, at)]:
            self._close_attempt(job)
            if job.can_be_tried:
                self._queue.come_again(job.node.index)

    def _was_not_called(self, job: JobState, event: Interrupted) -> None:
        """Undo what the start of a phase did to the Cleanups due: its job code was not called."""
        if event.phase == _CLEANUP:
            self.due.append((job.name, event.attempt))
        elif event.phase == _RUN and job.node.has_cleanup:
            self.due.remove((job.name, event.attempt))

    def _close(self) -> None:
        """Close the run: nothing more will be tried."""
        self.cut_short = self.cut_short or any((self.open, self.asked, self.turn(), self.first_of_next_pass()))
        for job in list(self.open.values()):
            self._close_attempt(job)
        self.over = True

    def _close_attempt(self, job: JobState) -> None:
        """Withdraw the open attempt at the job: no verdict, and no try charged."""
        del self.open[job.node.index]
        job.phase, self._acts = None, True
        job.status = WITHDRAWN[job.ok is None, job.can_be_tried]
        if mark := MARK_BELOW.get(job.status):
            self.marked = self._jobs.mark_below(job, mark)

    # --- passes ----------------------------------------------------------------------------------------------------

    def _pass_started(self, event: PassStarted) -> None:
        if self._dry and not self.no_act:
            self._reopen()
        self.pass_number, self._dry = event.number, False
        self._queue.begin_pass(but=self.asked.node.index if self.asked else None)

    def _ask_again(self, job: JobState, *, acts: bool) -> None:
        """Have the job come next, in a pass that begins with it; `acts` resets it and all that needs it."""
        self.asked, self._acts, self.ended = job, acts, None
        if job.status in DONE:
            job.run_raised = None  # what its Run raised is not the cause of a later failure
        job.status = Status.PENDING
        below = self._jobs.below(job)
        for other in [job, *below] if acts else []:
            other.status, other.tries, other.blocked_by = Status.PENDING, 0, None
            other.error = other.run_error = None
        for other in below:
            if other.blocked_by == job.name:
                other.status, other.blocked_by = Status.PENDING, None
        self._regroup()

    def _resumed(self, event: Resumed) -> None:
        """Replace the state of all jobs by what the event says of them."""
        self.no_act, self.cleanup, self.over, self.due = event.no_act, event.cleanup, event.over, list(event.due)
        self.pass_number = event.pass_number  # at least 1, as the next pass is not a first one
        self.cut_short = self.cut_short and self.over
        self.asked = self.ended = self._last = None
        self.open, self._begun = {}, {}
        self._acts, self._dry, self.marked = True, False, []
        self._jobs = JobStates(self.graph)
        for resumed in event.jobs:
            self._jobs[resumed.job].restore(resumed, RESUMED_STATUS[resumed.how])
        self._regroup()

    def _regroup(self) -> None:
        """Mark what failures block, and build the queue anew: jobs held, jobs with a turn in the next pass."""
        for job in self._jobs.in_order():
            if mark := MARK_BELOW.get(job.status):
                self.marked = self._jobs.mark_below(job, mark)
        unsuccessful = [job for job in self._jobs.in_order() if job.status not in DONE]
        open_ = [job for job in unsuccessful if job.can_be_tried and job.status not in MARKS]
        spent = [job for job in unsuccessful if not job.can_be_tried]
        self._queue.regroup(*([job.node.index for job in jobs] for jobs in (unsuccessful, open_, spent)))

    def _reopen(self) -> None:
        """Set jobs back to pending or retrying that only no_act had ruled out: the next pass acts."""
        for job in self._jobs.in_order():
            if job.status is Status.UNKNOWN or (job.blocked_by and self._jobs[job.blocked_by].can_be_tried):
                job.status, job.blocked_by = Status.PENDING, None
            elif job.status is Status.FAILED and job.can_be_tried:
                job.status = Status.RETRYING

    def _switch(self, no_act: bool) -> None:
        self.no_act = no_act
        if not no_act:
            tries = self._queue.first_of_next_pass() is not None and not self.over
            opens = tries or (self.due and self.cleanup)
            self.ended = None if opens else self.ended
        for job in self.resting if no_act else ():
            if job.phase == _RUN:
                self._failed(job, Status.WOULD_RUN, acted=False)
