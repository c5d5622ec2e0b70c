"""Status line of the run, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dojobber_nb.core.cause import cause
from dojobber_nb.core.events import Outcome, Status
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.actions.buttons import jobs, part
from dojobber_nb.notebook.session.past_moment import step_name
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.view import words

WHY: Final = 120  # characters of why a job failed

_ENDED: Final[Mapping[Outcome, str]] = {
    Outcome.SUCCESS: "Success: all jobs hold.",
    Outcome.FAILURE: "The run is over, and not all jobs succeeded.",
    Outcome.STOPPED: "The run was stopped.",
}


def status(session: Session, state: RunState | None) -> str:
    """Where the run stands, in a sentence."""
    if state is None:
        return "No graph yet: call configure(RootJob) in a cell, and its jobs appear here."
    if session.in_the_past:
        return _then(session, state)
    return _under_way(session, state) if session.busy else _at_rest(session, state)


def _at_rest(session: Session, state: RunState) -> str:
    if state.ended:
        of = part(session)
        advice = "" if not session.can_act else _advice(session, state, state.ended)
        return _over(state, state.ended) + advice + (f" This was a run of {of}." if of else "")
    if session.view.note:
        return session.view.note
    if state.under_way:  # a report that was written meanwhile
        return f"{step_name(state.under_way.job, state.under_way.phase)} was under way."
    halt, ahead = session.view.paused_at, session.next
    failed = _failed_last(session, state)
    if halt:
        return f"{failed}Halted before {step_name(halt.job, halt.phase)}: {words.short(halt.reason, 300)}"
    if not session.story.told:
        return f"Ready: {jobs(len(state.graph))}, nothing done yet."
    return f"{failed}Next comes {step_name(*ahead)}." if ahead else "Nothing is left to do."


def _failed_last(session: Session, state: RunState) -> str:
    """What failed last while tries are left: "Certificate.recheck failed: No route to host. 1 try left. "; or ""."""
    job = state.jobs.get(session.story.last)
    if job is None or job.status is not Status.RETRYING:
        return ""
    phase, left = session.story.of(job.name)[-1].phase, job.node.tries - job.tries
    failed = step_name(job.name, phase) if phase else words.name(job.name)
    return f"{failed} failed: {_sentence(cause(job, WHY))} {left} {'try' if left == 1 else 'tries'} left. "


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _over(state: RunState, outcome: Outcome) -> str:
    if outcome is Outcome.DRY_RUN:
        return f"The dry run is over: {words.plan(state)}."
    if outcome is Outcome.FAILURE and not state.over:
        return "Not all jobs succeeded, and no tries are left."
    return _ENDED[outcome]


def _advice(session: Session, state: RunState, outcome: Outcome) -> str:
    """What can be done then."""
    if outcome is Outcome.DRY_RUN:
        return f" Switch to {would_run(session) or 'Act'}."
    return " Try again gives a job one more attempt." if outcome is Outcome.FAILURE and not state.over else ""


def _under_way(session: Session, state: RunState) -> str:
    phase = state.under_way
    if phase is None:
        return _between(session, state)
    if session.calls.asked == "interrupt":
        return f"Interrupting {step_name(phase.job, phase.phase)}: a call that blocks must return first"
    return f"{step_name(phase.job, phase.phase)} is under way"


def _between(session: Session, state: RunState) -> str:
    """Where a call stands that has no phase under way just now."""
    if session.next is None:
        return "Ending" if session.story.told else "Starting"
    name, phase = session.next
    if state.jobs[name].status is Status.RETRYING:
        return f"Waiting to try {words.name(name)} again: {cause(state.jobs[name], WHY)}"
    return f"Next comes {step_name(name, phase)}."


def elapsed(session: Session) -> dict[str, Any] | None:
    """Of the phase under way: which one it is, and for how long by now, in whole seconds ("" in the first one).

    It is said anew once a second. The page does not count by itself: what it shows may be over by then.
    """
    phase = session.live.under_way if session.live and session.busy and not session.in_the_past else None
    if phase is None:
        return None
    seconds = int(session.now - phase.started)
    told = f"{seconds} s" if seconds < 60 else f"{seconds // 60} min {seconds % 60} s"
    return {"phase": [phase.job, phase.phase, phase.attempt, phase.started], "for": told if seconds > 0 else ""}


def _then(session: Session, state: RunState) -> str:
    """What stood there to be done at a past moment."""
    if state.under_way:
        return f"{step_name(state.under_way.job, state.under_way.phase)} was under way."
    if session.next is None:
        return "Nothing was left to do."
    return f"{_failed_last(session, state)}Next came {step_name(*session.next)}."


def would_run(session: Session) -> str:
    """What acting would mean, as far as a dry run has found out: "Act: 5 jobs would run, and 8 that need them may"."""
    live = session.live
    found = session.counts if not session.in_the_past else words.counts(live) if live else {}
    sure, may = found.get("would_run", 0) + found.get("cannot_tell", 0), found.get("unknown", 0)
    if not sure:
        return ""
    needs = f"need{'s' if may == 1 else ''} {'it' if sure == 1 else 'them'}"
    return f"Act: {jobs(sure)} would run" + (f", and {may:,} that {needs} may" if may else "")
