"""Resumption: a recorded run that this process continues, and what it carries over of each job."""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dojobber_nb.core.events import Phase, PhaseInDoubt, ResumeAs, Resumed, ResumedJob, Status
from dojobber_nb.core.graph import JobGraph, JobKind, Node
from dojobber_nb.core.jobstate import DONE, JobState
from dojobber_nb.core.log_rows import LogRow
from dojobber_nb.core.state import RunState
from dojobber_nb.core.why import listed
from dojobber_nb.engine.recording import Recording
from dojobber_nb.engine.run import Run
from dojobber_nb.record.checksums import WritePosition
from dojobber_nb.record.recorded_run import RecordedRun


@dataclass
class ResumeOptions:
    """Options of resume(); `rerun`, `done`: names of jobs."""

    no_act: bool
    cleanup: bool
    rerun: Collection[str] = ()
    done: Collection[str] = ()


@dataclass
class Resumption:
    """A recorded run to continue: as the `same` run, or as a new one that is linked to it.

    changed: by job, how the graph differs now, in words. elapsed: seconds since the recorded run began. ended: the
    recorded run had ended.
    """

    run: RecordedRun
    graph: JobGraph
    options: ResumeOptions
    elapsed: float
    rows: list[LogRow]
    state: RunState
    changed: Mapping[str, str]
    same: bool
    ended: bool

    @property
    def only_checks(self) -> bool:
        """Whether no Run is called: the recorded run had ended, and `rerun` is empty."""
        return self.ended and not self.options.rerun

    def begin(self, run: Run, recording: Recording) -> None:
        """Begin the run where the recorded one stopped; print and record what was carried over."""
        self._warn()  # first: it raises where warnings are errors
        event = self.event()
        if self.same:
            recording.continue_run(self.run.id, self.run.line.decode(), run.rows, self._written())
            run.continue_recorded(self.rows, event)
        else:
            run.begin(resumes=self.run.id, only_checks=self.only_checks)
            run.continue_recorded((), event)
        self._tell(event, recording)

    def _written(self) -> WritePosition:
        return WritePosition(self.run.id, len(self.rows), self.run.crc)

    def _tell(self, event: Resumed, recording: Recording) -> None:
        lines = list(self.messages(event))
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        for line in [*lines, *self._decisions()]:
            recording.note(line)

    def _warn(self) -> None:
        """Warn of changes in the graph, job by job."""
        if self.changed:
            told = "".join(f"\n  {job}: {what}" for job, what in self.changed.items())
            warnings.warn(f"the graph is not the same as in run {self.run.id}:{told}", stacklevel=2)

    def _decisions(self) -> Iterator[str]:
        """Notes for the record: the jobs in `rerun` and `done`."""
        for word, names in (("to be run again", self.options.rerun), ("known to be done", self.options.done)):
            if names:
                yield f"approved, {word}: {', '.join(names)}"

    @property
    def over(self) -> bool:
        """Whether only Cleanups are left."""
        return self.state.over and not self.ended

    def event(self) -> Resumed:
        """The event that carries the state over."""
        jobs = tuple(self._carried())
        started = self.elapsed if self.same else 0.0
        number = max(self.state.pass_number, 1) if self.same else 1
        no_act = self.options.no_act or self.only_checks
        ways = no_act, self.options.cleanup, number, self.over
        doubt, *more = self.doubts() or (None,)
        due = tuple(self._due())
        return Resumed(time.time(), started, *ways, doubt=doubt, jobs=jobs, due=due, more_doubts=tuple(more))

    def doubts(self) -> tuple[PhaseInDoubt, ...]:
        """The phases that were under way when the process died."""
        return tuple(PhaseInDoubt(phase.job, phase.phase, phase.attempt) for phase in self.state.all_under_way)

    # --- jobs ------------------------------------------------------------------------------------------------------

    def _carried(self) -> Iterator[ResumedJob]:
        """What is carried over of each job that does not start as pending."""
        for job in self.state.jobs.values():
            if job.name in self.graph and (how := self._how(job, self.graph[job.name])):
                yield self._as_it_goes_on(job, how)

    def _as_it_goes_on(self, job: JobState, how: ResumeAs) -> ResumedJob:
        if how in ANEW:
            return ResumedJob(job.name, how, attempt=job.attempt)
        began = None if job.started is None else job.started - (0.0 if self.same else self.elapsed)
        tries = max(job.tries, 1) if how is ResumeAs.TRUSTED else job.tries
        return ResumedJob(job.name, how, tries, job.attempt, began, job.duration, job.error, job.run_error)

    def _how(self, job: JobState, node: Node) -> ResumeAs | None:
        if self.over:
            return KEPT.get(job.status)
        if node.kind is JobKind.RUNONLY and (asked := self._how_without_check(job)):
            return asked
        if job.name in self.options.rerun or job.name in self.changed or (self.only_checks and job.status not in DONE):
            return ResumeAs.AFRESH if job.attempt else None
        return _how(job)

    def _how_without_check(self, job: JobState) -> ResumeAs | None:
        """Of a RunonlyJob: its Run is not called again only because its code changed, as that may do harm."""
        if job.name in self.options.rerun:
            return ResumeAs.AFRESH
        if job.name in self.options.done or job.status in DONE or _ran(job):
            return ResumeAs.TRUSTED
        return ResumeAs.FAILED if self.only_checks and job.status is Status.FAILED else None

    # --- Cleanups --------------------------------------------------------------------------------------------------

    def _due(self) -> Iterator[tuple[str, int]]:
        for name, attempt in self.state.due:
            if name in self.graph and self.graph[name].has_cleanup:
                yield name, attempt

    # --- words -----------------------------------------------------------------------------------------------------

    def messages(self, event: Resumed) -> Iterator[str]:
        """What resume() prints on stderr."""
        number, path = self.run.id, self.run.record.path
        ended = ", which had ended" if self.ended else ""
        yield f"resumed: run {number} of {path}{ended}{': Checks only' if self.only_checks else ''}"
        for doubt in event.doubts:
            yield f"{doubt.job}.{doubt.phase} was under way when its process died; {_what_of(doubt)}"
        if trusted := [job.job for job in event.jobs if job.how is ResumeAs.TRUSTED]:
            yield (
                f"{listed(trusted)} succeeded before and cannot be checked: trusted, and not run again; what the Run "
                "put into global_storage is gone"
            )
        if event.due and event.cleanup:
            due = listed([f"{job} (attempt {attempt})" for job, attempt in reversed(event.due)])
            yield f"Cleanups left by the process that died are called on a fresh instance with an empty storage: {due}"
        if lost := [name for name, attempt in self.state.due if (name, attempt) not in event.due]:
            yield f"Cleanups that were due cannot be called, as the graph no longer has these jobs: {listed(lost)}"


def _what_of(doubt: PhaseInDoubt) -> str:
    return "it is not called again" if doubt.phase is Phase.CLEANUP else "that attempt does not count as a try"


def _how(job: JobState) -> ResumeAs | None:
    """What is carried over of a job with a Check, or one that has not succeeded."""
    if job.status in DONE:
        return ResumeAs.AGAIN
    if job.status is Status.FAILED and not job.can_be_tried:
        return ResumeAs.FAILED
    if job.tries and job.error is not None:
        return ResumeAs.RETRYING
    if not job.attempt:
        return None
    return ResumeAs.IN_DOUBT if job.status is Status.RUNNING else ResumeAs.AFRESH


def _ran(job: JobState) -> bool:
    """Whether the Run of its open attempt has passed."""
    return job.status is Status.RUNNING and job.phase is Phase.RECHECK and job.last_passed


ANEW: Final = frozenset({ResumeAs.AGAIN, ResumeAs.AFRESH})

# Once the run is over each job keeps its status; blocked jobs follow from failed ones.
KEPT: Final[Mapping[Status, ResumeAs]] = {
    Status.OK: ResumeAs.OK,
    Status.CHANGED: ResumeAs.CHANGED,
    Status.FAILED: ResumeAs.FAILED,
    Status.RETRYING: ResumeAs.RETRYING,
    Status.WOULD_RUN: ResumeAs.WOULD_RUN,
}
