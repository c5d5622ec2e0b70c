"""Comparison of two runs, job by job."""

from __future__ import annotations

from typing import Any, Final, NamedTuple, Protocol

from dojobber_nb.core.cause import cause
from dojobber_nb.core.events import Status
from dojobber_nb.core.jobstate import DONE, JobState
from dojobber_nb.core.state import RunState

RATIO: Final = 2.0  # how much longer a job must have taken to be slower
LEAST: Final = 0.1  # seconds that it must have taken longer


class Difference(NamedTuple):
    """A difference of one job, in words: "newly failing: no power"."""

    job: str
    what: str


class ComparableRun(Protocol):
    """A run with its state and its metadata."""

    @property
    def metadata(self) -> dict[str, Any]:
        """The metadata of the run, the graph included."""

    @property
    def state(self) -> RunState:
        """The fold of its events."""


def differences(run: ComparableRun, other: ComparableRun) -> tuple[Difference, ...]:
    """The differences of `run` from the other run; jobs of both runs first, in visiting order."""
    now, before = run.state.jobs, other.state.jobs
    codes = {row["name"]: row["code"] for row in other.metadata["graph"]}
    found = [
        Difference(name, what)
        for row in run.metadata["graph"]
        if (name := row["name"]) in before
        for what in [*_in_state(now[name], before[name]), *_in_code(row, codes[name])]
    ]
    new = [Difference(name, "new: not in the other run") for name in now if name not in before]
    gone = [Difference(name, "gone: only in the other run") for name in before if name not in now]
    return (*found, *new, *gone)


def _in_state(now: JobState, before: JobState) -> list[str]:
    found = [_verdict(now, before), _pace(now, before)]
    return [what for what in found if what]


def _verdict(now: JobState, before: JobState) -> str:
    if now.ok is False and before.ok is not False:
        return f"newly failing: {cause(now, 200)}"
    if now.ok is True and before.ok is False:
        return "fixed: it failed before"
    if now.status is before.status or {now.status, before.status} - DONE:
        return "" if now.status is before.status else f"{_status_words(now)}: it was {_status_words(before)}"
    return (
        "changed: it held already in the other run"
        if now.status is Status.CHANGED
        else "held already: it was changed in the other run"
    )


def _status_words(job: JobState) -> str:
    return job.status.replace("_", " ")


def _pace(now: JobState, before: JobState) -> str:
    """How much longer or shorter its last attempt took, if both have the same status."""
    if now.status is not before.status or not (now.duration and before.duration):
        return ""
    if abs(now.duration - before.duration) < LEAST:
        return ""
    ratio = now.duration / before.duration
    if ratio >= RATIO:
        return f"slower: {ratio:.1f} times as long"
    return f"faster: {1 / ratio:.1f} times as fast" if ratio <= 1 / RATIO else ""


def _in_code(row: dict[str, Any], code: str) -> list[str]:
    return ["its code changed"] if row["code"] != code else []
