"""JobState: the state of one job of a run."""

from __future__ import annotations

from typing import Any, Final

from dojobber_nb.core.events import Phase, ResumedJob, Status
from dojobber_nb.core.graph import Node
from dojobber_nb.core.log_rows import (
    LogRow,
    attempt_of,
    duration_of,
    ok_of,
    passed_row,
    phase_of,
    result_of,
    started_of,
    started_row,
)
from dojobber_nb.core.secrets import scrub

DONE: Final = frozenset({Status.OK, Status.CHANGED})
NOTHING: Final = object()  # in place of a result: None may be one
AFTER_THE_CHECK: Final = (Phase.RUN.value, Phase.RECHECK.value)


class JobState:
    """The state of one job.

    `tries` counts the attempts charged against `node.tries`. `phase` is the phase of the open attempt that is under way
    or next, else None. `error` is the exception that ended the last failed attempt, `run_error` the one that its Run
    raised, if it did. `blocked_by` is the failed job that blocks this one, or the one that would run, if it is unknown.
    """

    status = Status.PENDING
    phase: Phase | None = None
    tries = 0
    error: BaseException | None = None
    run_error: BaseException | None = None
    blocked_by: str | None = None
    raised: BaseException | None = None  # by the last phase of its last attempt
    run_raised: BaseException | None = None  # by the Run of its last attempt that had one
    _began: LogRow = started_row("", "", 0, None)  # the start of its last attempt, or the end of that first phase
    _row: LogRow | None = None  # the end of the phase that ended last
    _before = 0.0  # seconds of the earlier phases of the attempt, if that one is in AFTER_THE_CHECK

    def __init__(self, node: Node, passed: LogRow | None = None) -> None:
        """A job that was not tried yet, or whose first Check passed and ended with the row `passed`."""
        self.node = node
        if passed is not None:
            self.status, self.tries = Status.OK, 1
            self._began = self._row = passed

    def restore(self, resumed: ResumedJob, status: Status) -> None:
        """Take the state in which another process left the job; the result of its last Check is not known."""
        self.status, self.tries = status, resumed.tries
        self.error, self.run_error = resumed.error, resumed.run_error
        self.run_raised = None if status in DONE else resumed.run_error
        self._began = started_row(self.name, Phase.CHECK.value, resumed.attempt, resumed.started)
        if status in DONE:
            self._row = passed_row(self._began, resumed.duration, NOTHING)

    @property
    def name(self) -> str:
        """The name of the job's class."""
        return self.node.name

    @property
    def ok(self) -> bool | None:
        """True, False or None (untested), as in nodestatus."""
        return True if self.status in DONE else None if self.error is None else False

    @property
    def result(self) -> Any:
        """What its last Check returned, or NOTHING before it succeeded."""
        return result_of(self._row) if self.status in DONE and self._row else NOTHING

    @property
    def attempt(self) -> int:
        """Number of attempts, including the open one."""
        return attempt_of(self._began)

    @property
    def last_passed(self) -> bool:
        """Whether the phase that ended last passed."""
        return self._row is not None and ok_of(self._row)

    @property
    def started(self) -> float | None:
        """When its last attempt began, in seconds since the run began."""
        return started_of(self._began)

    @property
    def duration(self) -> float:
        """Seconds that the phases of the last attempt took so far, without the time between phases."""
        row = self._row
        if row is None or attempt_of(row) != self.attempt:
            return 0.0
        return float(duration_of(row) + (self._before if phase_of(row) in AFTER_THE_CHECK else 0.0))

    @property
    def retry_at(self) -> float:
        """The earliest start of its next attempt, in seconds since the run began."""
        return 0.0 if self.started is None else self.started + self.node.delay

    @property
    def can_be_tried(self) -> bool:
        """Whether the job has tries left and has not succeeded."""
        return self.status not in DONE and self.tries < self.node.tries

    def __repr__(self) -> str:
        return scrub(f"<{self.name}: {self.status}>")
