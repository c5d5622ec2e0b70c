"""What is otherwise in one run than in another, job by job."""

from __future__ import annotations

from typing import Any, Final, NamedTuple, Protocol

from dojobber_nb.core.cause import cause
from dojobber_nb.core.events import Status
from dojobber_nb.core.jobstate import DONE, JobState
from dojobber_nb.core.state import RunState

RATIO: Final = 2.0  # how much longer a job must have taken to be slower
LEAST: Final = 0.1  # seconds that it must have taken longer


class Difference(NamedTuple):
    """What is otherwise with a job, in words: "newly failing: no power"."""

    job: str
    what: str


class Told(Protocol):
    """A run: where it stands, and what is known of its graph."""

    @property
    def metadata(self) -> dict[str, Any]:
        """What was known before its first event, the graph included."""

    @property
    def state(self) -> RunState:
        """The fold of its events."""


def differences(run: Told, other: Told) -> tuple[Difference, ...]:
    """Those of `run` as against the other one; jobs that are in both first, in visiting order."""
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
    told = [_verdict(now, before), _pace(now, before)]
    return [what for what in told if what]


def _verdict(now: JobState, before: JobState) -> str:
    if now.ok is False and before.ok is not False:
        return f"newly failing: {cause(now, 200)}"
    if now.ok is True and before.ok is False:
        return "mended: it had failed"
    if now.status is before.status or {now.status, before.status} - DONE:
        return "" if now.status is before.status else f"{_status_words(now)}: it was {_status_words(before)}"
    return "changed: it held already before" if now.status is Status.CHANGED else "held already: it was changed before"


def _status_words(job: JobState) -> str:
    return job.status.replace("_", " ")


def _pace(now: JobState, before: JobState) -> str:
    """How much longer or shorter its last attempt took, if both got to their end by the same way."""
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
