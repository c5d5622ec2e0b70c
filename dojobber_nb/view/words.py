"""Texts of the views: the line of a job, counts, summaries; names and messages shortened and made inert."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from dojobber_nb.core.brief import totals
from dojobber_nb.core.cause import cause
from dojobber_nb.core.events import Outcome, Phase, Status
from dojobber_nb.core.graph import JobKind
from dojobber_nb.core.jobstate import DONE, JobState
from dojobber_nb.core.preview import visible
from dojobber_nb.core.secrets import beginning, ending, scrub
from dojobber_nb.core.state import RunState
from dojobber_nb.view.theme import LOOKS, look_key

NAME_LIMIT, LINE_LIMIT = 32, 34  # characters in a box
NOTICED: Final = 0.1  # seconds: shorter durations are not shown
LEGEND: Final = "A → B: A needs B; B comes first"


# --- safe text -------------------------------------------------------------------------------------------------------

_JOINERS = {"\u200c", "\u200d", "\ufe0e", "\ufe0f"}  # they join letters and emoji, and reverse no text


def short(text: str, limit: int) -> str:
    """The text on one line, scrubbed and inert, shortened in the middle to `limit` characters."""
    if len(text) > 4 * limit:  # the rest would be cut anyway
        return _shortened(inert(f"{beginning(text, 2 * limit)}{ending(text, 2 * limit)}"), limit, cut=True)
    return _shortened(inert(scrub(text)), limit, cut=False)


def inert(text: str) -> str:
    """The text on one line, with control, invisible and bidirectional characters as escapes."""
    if text.isprintable():
        return text
    return "".join(each if each in _JOINERS else visible(each) for each in " ".join(text.split()))


def in_lines(text: str) -> str:
    """The text with its newlines, and bidirectional characters as escapes."""
    return _TURNING.sub(lambda found: visible(found[0]), text)


_TURNING: Final = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def _shortened(text: str, limit: int, *, cut: bool) -> str:
    if len(text) <= limit and not cut:
        return text
    head = (limit - 1) * 3 // 5
    return f"{text[:head].rstrip()}…{text[len(text) - (limit - 1 - head) :].lstrip()}"


def name(job: str, limit: int = NAME_LIMIT) -> str:
    """A job's name, shortened for its box."""
    return short(job, limit).strip() or "(no name)"


# --- the second line in a box ----------------------------------------------------------------------------------------


def line(
    job: JobState, state: RunState, *, now: float | None = None, times: bool = False, limit: int = LINE_LIMIT
) -> str:
    """The line below the name: "check · try 2/3", "blocked by TurnOnTV", "3/3 Remote batteries are dead".

    now: seconds since the run began; adds the time that is left to wait for a retry. times: adds the duration of jobs
    that are done, from a tenth of a second on.
    """
    if job.node.kind is JobKind.DUMMY and job.status in _OF_GROUPS:
        return short(_group(job, state), limit)
    said = _LINES[job.status](job, state, now, limit)
    if times and job.status in DONE and job.duration >= NOTICED:
        said = f"{said} · {seconds(job.duration)}"
    what, statuses = _OF_KIND.get(job.node.kind, ("", ()))
    return short(f"{what} · {said}" if job.status in statuses else said, limit)


_OF_GROUPS = {Status.PENDING, Status.OK, Status.CHANGED}
_OF_KIND: Mapping[JobKind, tuple[str, tuple[Status, ...]]] = {
    JobKind.RUNONLY: ("run only", (Status.PENDING, Status.RUNNING, Status.OK, Status.CHANGED)),
    JobKind.CHECK_ONLY: ("check only", (Status.PENDING, Status.OK)),
}


def _group(job: JobState, state: RunState) -> str:
    names = [state.graph.nodes[need].name for need in job.node.needs]
    done = sum(1 for need in names if state.jobs[need].ok is True)
    return f"group, {done} of {len(names)} done" if names else f"group · {LOOKS[look_key(job)].word}"


def _word(job: JobState, state: RunState, now: float | None, limit: int) -> str:
    return LOOKS[look_key(job)].word


def _running(job: JobState, state: RunState, now: float | None, limit: int) -> str:
    going = state.phase_under_way(job.name) is not None
    phase = LOOKS[look_key(job)].word if going else f"{LOOKS[look_key(job)].word} is next"
    return f"{phase} · try {job.tries + 1}/{job.node.tries}" if job.tries else phase


def _held(job: JobState, state: RunState, now: float | None, limit: int) -> str:
    word = LOOKS[look_key(job)].word
    return f"{word} · try {job.tries}/{job.node.tries}" if job.tries > 1 else word


def _retrying(job: JobState, state: RunState, now: float | None, limit: int) -> str:
    said = f"retry {job.tries + 1}/{job.node.tries}"
    wait = 0.0 if now is None else job.retry_at - now
    return f"{said} in {seconds(wait)}" if wait > 0 else said


def _failed(job: JobState, state: RunState, now: float | None, limit: int) -> str:
    tries = f"{job.tries}/{job.node.tries} " if job.tries else ""
    return f"{tries}{inert(cause(job, limit - len(tries)))}"


def _unknown(job: JobState, state: RunState, now: float | None, limit: int) -> str:
    return f"unknown until {name(job.blocked_by or '', 15)} runs"


def _blocked(job: JobState, state: RunState, now: float | None, limit: int) -> str:
    return f"blocked by {name(job.blocked_by or '', 22)}"


_LINES: Final[Mapping[Status, Callable[[JobState, RunState, float | None, int], str]]] = {
    Status.PENDING: _word,
    Status.RUNNING: _running,
    Status.OK: _held,
    Status.CHANGED: _held,
    Status.WOULD_RUN: _word,
    Status.UNKNOWN: _unknown,
    Status.RETRYING: _retrying,
    Status.FAILED: _failed,
    Status.BLOCKED: _blocked,
}


def seconds(span: float) -> str:
    """A duration with its unit: "< 1 ms", "12 ms", "0.4 s", "12 s", "3 min", "2 h"."""
    if not span:
        return "0 s"
    for most, unit, of_it in _SPANS:
        if span < most:
            return of_it.format(span / unit)
    return f"{span / 3600:.0f} h"


# (durations below so many seconds, seconds of the unit, format)
_SPANS: Final = (
    (0.0005, 1.0, "< 1 ms"),
    (0.0995, 0.001, "{:.0f} ms"),
    (9.95, 1.0, "{:.1f} s"),
    (99.5, 1.0, "{:.0f} s"),
    (5970.0, 60.0, "{:.0f} min"),
)


# --- counts ----------------------------------------------------------------------------------------------------------

RUNNING: Final = "running"  # in any phase
# The categories in which jobs are counted, failures first: (sign, word).
COUNTED: Final[Mapping[str, tuple[str, str]]] = {
    (RUNNING if key == "check" else key): (look.sign, RUNNING if key == "check" else look.word)
    for key, look in LOOKS.items()
    if key not in (Phase.RUN, Phase.RECHECK)
}


def counted(job: JobState) -> str:
    """Key of a job in COUNTED."""
    return RUNNING if job.status is Status.RUNNING else look_key(job)


def counts(state: RunState) -> dict[str, int]:
    """{key: number of jobs}, in the order of COUNTED, without zeros; the numbers sum to all jobs."""
    found = Counter(map(counted, state.jobs.values()))
    return {key: found[key] for key in COUNTED if found[key]}


def count(key: str, number: int) -> str:
    """ "✕ 1 failed"."""
    sign, word = COUNTED[key]
    return f"{sign} {number} {word}"


# The order in which a plan lists the results of a dry run.
PLAN: Final = ("failed", "blocked", "ok", "changed", "would_run", "unknown", "cannot_tell", "pending")


def plan(state: RunState, found: Mapping[str, int] | None = None) -> str:
    """ "3 ok · 5 would run · 8 unknown · 1 cannot tell": what a dry run found."""
    found = counts(state) if found is None else found
    return " · ".join(f"{found[key]} {LOOKS[key].word}" for key in PLAN if key in found)


def summary(state: RunState, found: Mapping[str, int] | None = None) -> str:
    """ "20 jobs · ✕ 1 failed · ⊘ 2 blocked · ✓ 17 ok · pass 3"; once a dry run has ended, its plan.

    found: the counts, where they are known.
    """
    found = counts(state) if found is None else found
    if state.ended is Outcome.DRY_RUN:
        jobs = f"{len(state.graph)} job{'' if len(state.graph) == 1 else 's'}"
        return f"{jobs} · dry run: {plan(state, found)}"
    return totals(state, [count(key, number) for key, number in found.items()])


def brief(state: RunState, found: Mapping[str, int] | None = None) -> str:
    """Root and counts, for a repr: " of Top: 2 jobs · ✓ 2 ok · pass 1"."""
    return f" of {name(state.graph.root.name)}: {summary(state, found)}"


def alt(state: RunState, found: Mapping[str, int] | None = None) -> str:
    """Alternative text of a picture; the same text for the same state."""
    found = counts(state) if found is None else found
    some = state.jobs.values() if Status.FAILED in found else ()
    failed = [f"{name(job.name)} failed" for job in some if job.status is Status.FAILED]
    shown_failures = failed if len(failed) <= 3 else [*failed[:3], f"{len(failed) - 3} more"]
    what = f"Job graph{brief(state, found)}"
    return f"{what}. {', '.join(shown_failures)}." if failed else f"{what}."
