"""Where a run stands, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dojobber_nb.core.events import Outcome
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.buttons import jobs, part
from dojobber_nb.notebook.past import step_name
from dojobber_nb.notebook.session import Session
from dojobber_nb.view import words

_ENDED: Final[Mapping[Outcome, str]] = {
    Outcome.SUCCESS: "Success: all jobs hold.",
    Outcome.FAILURE: "The run is over, and not all jobs succeeded.",
    Outcome.STOPPED: "The run was stopped.",
}


def status(session: Session, state: RunState | None) -> str:
    """Where the run stands, in a sentence."""
    if state is None:
        return "No graph yet: call configure(RootJob) in a cell, and this fills in."
    if session.in_the_past:
        return _then(session, state)
    return _under_way(session, state) if session.busy else _at_rest(session, state)


def _at_rest(session: Session, state: RunState) -> str:
    if state.ended:
        of = part(session)
        advice = "" if session.runner.read_only else _advice(state, state.ended)
        return _over(state, state.ended) + advice + (f" This was a run of {of}." if of else "")
    if session.runner.note:
        return session.runner.note
    if state.under_way:  # a report that was written meanwhile
        return f"{step_name(state.under_way.job, state.under_way.phase)} was under way."
    halt, ahead = session.runner.paused_at, session.next
    if halt:
        return f"Halted before {step_name(halt.job, halt.phase)}: {words.short(halt.reason, 300)}"
    if not session.story.told:
        return f"Ready: {jobs(len(state.graph))}, nothing done yet."
    return f"Next comes {step_name(*ahead)}." if ahead else "Nothing is left to do."


def _over(state: RunState, outcome: Outcome) -> str:
    if outcome is Outcome.DRY_RUN:
        return f"The dry run is over: {words.plan(state)}."
    if outcome is Outcome.FAILURE and not state.over:
        return "Not all jobs succeeded, and no tries are left."
    return _ENDED[outcome]


def _advice(state: RunState, outcome: Outcome) -> str:
    """What can be done then."""
    if outcome is Outcome.DRY_RUN:
        return f" Switch to {would_run(state) or 'Act'}."
    return " Try again gives a job one more attempt." if outcome is Outcome.FAILURE and not state.over else ""


def announced(session: Session, state: RunState | None) -> str:
    """What is read out: during a call how the last attempt came out, between calls where the run stands."""
    if state is None or not session.busy:
        return status(session, state)
    last = state.jobs.get(session.story.last)
    return f"{words.name(last.name)}: {words.line(last, state)}" if last else ""


def _under_way(session: Session, state: RunState) -> str:
    phase = state.under_way
    if phase is None:
        waits = session.next is not None and state.jobs[session.next[0]].attempt
        return f"Waiting to try {words.name(session.next[0])} again" if session.next and waits else "Starting"
    if session.calls.asked == "interrupt":
        return f"Interrupting {step_name(phase.job, phase.phase)}: a call that blocks must return first"
    return f"{step_name(phase.job, phase.phase)} is under way"


def _then(session: Session, state: RunState) -> str:
    """What stood there to be done at a past moment."""
    if state.under_way:
        return f"{step_name(state.under_way.job, state.under_way.phase)} was under way."
    return f"Next came {step_name(*session.next)}." if session.next else "Nothing was left to do."


def would_run(state: RunState | None) -> str:
    """What acting would mean, as far as a dry run has found out: "Act: 5 jobs would run, and 8 that need them may"."""
    found = words.counts(state) if state else {}
    sure, may = found.get("would_run", 0) + found.get("cannot_tell", 0), found.get("unknown", 0)
    if not sure:
        return ""
    needs = f"need{'s' if may == 1 else ''} {'it' if sure == 1 else 'them'}"
    return f"Act: {jobs(sure)} would run" + (f", and {may:,} that {needs} may" if may else "")
