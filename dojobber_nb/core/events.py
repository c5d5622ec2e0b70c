"""Phase, Status, and what can happen in a run: the closed union of events.

Events are named tuples: cheap to make in the hot loop, and what a listener gets it cannot change. Each has `job`,
`phase`, `attempt` and `ok`, None where it has none, so that any list of them can be filtered.
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
    """Where a job stands."""

    PENDING = "pending"
    RUNNING = "running"
    OK = "ok"  # held already
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
    """A new run of `root` and what it needs; `wall` is the time of day in seconds since the epoch.

    `cleanup`: whether the Cleanups are called when nothing is left to try.
    """

    root: str
    jobs: tuple[str, ...]
    no_act: bool
    cleanup: bool
    wall: float
    started: float = 0.0


class PassStarted(NamedTuple):
    """Each job that can be tried gets its one turn."""

    number: int
    started: float


class PhaseStarted(NamedTuple):
    """Job code is about to be called; init is told as part of check."""

    job: str
    phase: Phase
    attempt: int
    started: float


class PhaseEnded(NamedTuple):
    """Job code returned (`ok`, with its `result`) or raised (`error`, with its `traceback` as text).

    What it printed and what it changed in its storages is told while somebody watches, else "" and ().
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
    """KeyboardInterrupt, or an error of the engine's own, ended the attempt under way, uncharged.

    `job` is None when it came between two attempts. `called`: whether the job's own code had been called: if not, the
    Cleanup of a Run is not due, and a Cleanup is due again.
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
    """From here on Checks only (True), or acting again (False)."""

    no_act: bool
    started: float


class AskedAgain(NamedTuple):
    """Somebody asked for one more attempt at this job, now: a Check alone, or (`acts`) a whole one with tries anew.

    `acts` sets back what needs the job, too: it is tried afresh when the job has succeeded.
    """

    job: str
    acts: bool
    started: float


class RunStopped(NamedTuple):
    """Nothing more will be tried; `cleanup`: the Cleanups that are due come next."""

    cleanup: bool
    started: float


class RunEnded(NamedTuple):
    """Nothing is left to do. Only a dry run can go on after it, when no_act is switched off."""

    outcome: Outcome
    started: float


class ResumeAs(StrEnum):
    """What a run that is taken up again makes of a job as it stood when its process died."""

    AGAIN = "again"  # had succeeded: is checked again, with tries anew
    TRUSTED = "trusted"  # had succeeded, and there is no Check to ask
    AFRESH = "afresh"  # as if it had not been tried
    IN_DOUBT = "in_doubt"  # its attempt was cut short, and is not charged
    RETRYING = "retrying"
    FAILED = "failed"
    # Once the run is over nothing is checked any more.
    OK = "ok"
    CHANGED = "changed"
    WOULD_RUN = "would_run"


class ResumedJob(NamedTuple):
    """A job as the run goes on with it; `started` is None if its next attempt need not wait for the last one."""

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
    """Another process takes up the run: from here on each job stands as told here, untouched if it is not in `jobs`.

    `due` are the Cleanups due, as in RunState; `over`: nothing but those is left to do.
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
