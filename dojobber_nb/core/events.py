"""Phase, Status, Outcome, and Event: the closed union of what can happen in a run.

Events are named tuples: cheap to make in the hot loop, and listeners cannot change them. Each event has `job`, `phase`,
`attempt` and `ok`, or None in their place, so that any list of events can be filtered.
All times are seconds on the monotonic clock since the run began.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, NamedTuple, get_args

from dojobber_nb.core.redacted_repr import line
from dojobber_nb.core.storage_diff import Change


class Phase(StrEnum):
    """A part of an attempt, or the Cleanup after it."""

    INIT = "init"
    CHECK = "check"
    RUN = "run"
    RECHECK = "recheck"
    CLEANUP = "cleanup"


class Status(StrEnum):
    """Status of a job."""

    PENDING = "pending"
    RUNNING = "running"
    OK = "ok"  # it held already: the first Check passed
    CHANGED = "changed"  # Run made it so
    WOULD_RUN = "would_run"  # a failed Check under no_act
    UNKNOWN = "unknown"  # under no_act: something it needs would run
    RETRYING = "retrying"  # failed, tries left
    FAILED = "failed"  # no tries left
    BLOCKED = "blocked"  # something it needs failed, at any depth


class Outcome(StrEnum):
    """How a run ended."""

    SUCCESS = "success"
    FAILURE = "failure"
    DRY_RUN = "dry_run"  # Checks only; it may open again when no_act is switched off
    STOPPED = "stopped"


class RunStarted(NamedTuple):
    """A run of `root` and all it needs begins; `wall` is the time of day, in seconds since the epoch.

    `cleanup`: whether the Cleanups are called when nothing is left to try.
    """

    root: str
    jobs: tuple[str, ...]
    no_act: bool
    cleanup: bool
    wall: float
    started: float = 0.0


class PassStarted(NamedTuple):
    """A pass begins, in which each job that can be tried is tried once."""

    number: int
    started: float


class PhaseStarted(NamedTuple):
    """Job code is about to be called. `__init__` is part of check."""

    job: str
    phase: Phase
    attempt: int
    started: float


class PhaseEnded(NamedTuple):
    """Job code returned (`ok`, with its `result`) or raised (`error`, with its `traceback` as text).

    Output and changes of storages are captured while the run is watched, and otherwise "" and ().
    """

    job: str
    phase: Phase
    attempt: int
    started: float
    duration: float
    ok: bool
    result: Any = None
    error: BaseException | None = None
    stdout: str = ""
    stderr: str = ""
    log: str = ""
    traceback: str = ""
    changes: tuple[Change, ...] = ()


class Interrupted(NamedTuple):
    """KeyboardInterrupt, or an error of the engine, ended the open attempt, which is not charged.

    `job` is None between two attempts. `called`: whether job code had been called; if not, a Cleanup is not due
    for that Run, or is due again.
    """

    job: str | None
    phase: Phase | None
    attempt: int
    started: float
    duration: float
    ok: bool = False
    result: Any = None
    error: BaseException | None = None
    stdout: str = ""
    stderr: str = ""
    log: str = ""
    traceback: str = ""
    changes: tuple[Change, ...] = ()
    called: bool = True


class NoActSwitched(NamedTuple):
    """no_act was switched on (only Checks from here on) or off."""

    no_act: bool
    started: float


class AskedAgain(NamedTuple):
    """One more attempt at this job was asked for: its Check alone, or (`acts`) a whole attempt with all tries.

    `acts` also resets the jobs that need it: they are tried again when it has succeeded.
    """

    job: str
    acts: bool
    started: float


class RunStopped(NamedTuple):
    """The run was stopped: nothing more will be tried; `cleanup`: the Cleanups that are due come next."""

    cleanup: bool
    started: float


class RunEnded(NamedTuple):
    """The run ended: nothing is left to do. A dry run can go on when no_act is switched off."""

    outcome: Outcome
    started: float


class ResumeAs(StrEnum):
    """How a job of a run whose process died is treated when the run is resumed."""

    AGAIN = "again"  # it had succeeded, and is checked again, with all tries
    TRUSTED = "trusted"  # it had succeeded, and has no Check
    AFRESH = "afresh"  # as if it had not been tried
    IN_DOUBT = "in_doubt"  # its attempt was cut short, and is not charged
    RETRYING = "retrying"
    FAILED = "failed"
    # When the run is over, so that nothing is checked.
    OK = "ok"
    CHANGED = "changed"
    WOULD_RUN = "would_run"


class ResumedJob(NamedTuple):
    """A job as the run is resumed; `started` is None if its next attempt need not wait for RETRY_DELAY."""

    job: str
    how: ResumeAs
    tries: int = 0
    attempt: int = 0
    started: float | None = None
    duration: float = 0.0
    error: BaseException | None = None
    run_error: BaseException | None = None


class PhaseInDoubt(NamedTuple):
    """The phase that was under way when the process died."""

    job: str
    phase: Phase
    attempt: int


class Resumed(NamedTuple):
    """Another process resumes the run: from here on jobs are as in `jobs`, and the others as at the start of a run.

    `due` are the Cleanups due, as in RunState; `over`: only those are left to do. `doubt` is the phase that was under
    way when the process died, `more_doubts` those that were under way beside it.
    """

    wall: float
    started: float
    no_act: bool
    cleanup: bool
    pass_number: int = 1
    over: bool = False
    doubt: PhaseInDoubt | None = None
    jobs: tuple[ResumedJob, ...] = ()
    due: tuple[tuple[str, int], ...] = ()
    more_doubts: tuple[PhaseInDoubt, ...] = ()

    @property
    def doubts(self) -> tuple[PhaseInDoubt, ...]:
        """All phases that were under way when the process died."""
        return (self.doubt, *self.more_doubts) if self.doubt else ()


Event = (
    RunStarted
    | PassStarted
    | PhaseStarted
    | PhaseEnded
    | Interrupted
    | NoActSwitched
    | AskedAgain
    | RunStopped
    | RunEnded
    | Resumed
)


for _kind in get_args(Event):
    for _name, _nothing in {"job": None, "phase": None, "ok": None, "attempt": None, "changes": ()}.items():
        if _name not in _kind._fields:
            setattr(_kind, _name, _nothing)
    setattr(_kind, "__repr__", line)  # noqa: B010  # as a method of each it would stand there ten times
