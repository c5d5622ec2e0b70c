"""Status line: the status of the run in one or two sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dojobber_nb.core.cause import cause
from dojobber_nb.core.events import Outcome, Status
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.actions.buttons import job_count, subgraph_text
from dojobber_nb.notebook.session.past_moment import step_name
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.view import words

WHY: Final = 120  # characters of the cause of a failure

_ENDED: Final[Mapping[Outcome, str]] = {
    Outcome.SUCCESS: "Success: all jobs hold.",
    Outcome.FAILURE: "The run is over, and not all jobs succeeded.",
    Outcome.STOPPED: "The run was stopped.",
}


def status(session: Session, state: RunState | None) -> str:
    """The status line at the moment shown."""
    if state is None:
        return "No graph yet: call configure(RootJob) in a cell, and its jobs appear here."
    if session.in_the_past:
        return _past_status(session, state)
    return _under_way(session, state) if session.busy else _at_rest(session, state)


def _at_rest(session: Session, state: RunState) -> str:
    if state.ended:
        subgraph = subgraph_text(session)
        advice = "" if not session.can_act else _advice(session, state, state.ended)
        return _over(state, state.ended) + advice + (f" This was a run of {subgraph}." if subgraph else "")
    if session.view.note:
        return session.view.note
    if state.under_way:  # in a report that was written during a phase
        return _was_under_way(state)
    halt, step = session.view.paused_at, session.next_step
    failed = _failed_last(session, state)
    if halt:
        return f"{failed}Halted before {step_name(halt.job, halt.phase)}: {words.short(halt.reason, 300)}"
    if not session.history.count:
        return f"Ready: {job_count(len(state.graph))}, nothing done yet."
    return f"{failed}Next comes {step_name(*step)}." if step else "Nothing is left to do."


def _failed_last(session: Session, state: RunState) -> str:
    """The last failure, if tries are left: "Certificate.recheck failed: No route to host. 1 try left. "; else ""."""
    job = state.jobs.get(session.history.last_job)
    if job is None or job.status is not Status.RETRYING:
        return ""
    phase, left = session.history.phases(job.name)[-1].phase, job.node.tries - job.tries
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
    """What the user can do after the end of the run."""
    if outcome is Outcome.DRY_RUN:
        return f" Switch to {act_text(session) or 'Act'}."
    return " Try again gives a job one more attempt." if outcome is Outcome.FAILURE and not state.over else ""


def _under_way(session: Session, state: RunState) -> str:
    phase = state.under_way
    if phase is None:
        return _between(session, state)
    several = len(state.all_under_way)
    what = step_name(phase.job, phase.phase) if several == 1 else f"{several:,} phases"
    if session.calls.request == "interrupt":
        return f"Interrupting {what}: a call that blocks must return first"
    return f"{what} is under way" if several == 1 else _many(session, several)


def _many(session: Session, several: int) -> str:
    """ "4 under way, 12 waiting"."""
    waiting = sum(number for key, number in session.counts.items() if key in ("pending", "retrying"))
    return f"{several:,} under way, {waiting:,} waiting"


def _was_under_way(state: RunState) -> str:
    phases = state.all_under_way
    if len(phases) > 1:
        return f"{len(phases):,} were under way."
    return f"{step_name(phases[0].job, phases[0].phase)} was under way."


def _between(session: Session, state: RunState) -> str:
    """Status of a call between two phases."""
    if session.next_step is None:
        return "Ending" if session.history.count else "Starting"
    name, phase = session.next_step
    if state.jobs[name].status is Status.RETRYING:
        return f"Waiting to try {words.name(name)} again: {cause(state.jobs[name], WHY)}"
    return f"Next comes {step_name(name, phase)}."


def elapsed(session: Session) -> dict[str, Any] | None:
    """The current phase and its elapsed time in whole seconds ("" in the first one), or None.

    It is sent once a second. The page does not count by itself: the phase may have ended.
    """
    live = session.live if session.busy and not session.in_the_past else None
    phase = (live.phase_under_way(session.shown_job) or live.under_way) if live else None
    if phase is None:
        return None
    seconds = int(session.now - phase.started)
    text = f"{seconds} s" if seconds < 60 else f"{seconds // 60} min {seconds % 60} s"
    return {"phase": [phase.job, phase.phase, phase.attempt, phase.started], "for": text if seconds > 0 else ""}


def _past_status(session: Session, state: RunState) -> str:
    """The status line of a past moment."""
    if state.under_way:
        return _was_under_way(state)
    if session.next_step is None:
        return "Nothing was left to do."
    return f"{_failed_last(session, state)}Next came {step_name(*session.next_step)}."


def act_text(session: Session) -> str:
    """What Act would do, as known from a dry run: "Act: 5 jobs would run, and 8 that need them may"; or ""."""
    live = session.live
    counts = session.counts if not session.in_the_past else words.counts(live) if live else {}
    would, may = counts.get("would_run", 0) + counts.get("cannot_tell", 0), counts.get("unknown", 0)
    if not would:
        return ""
    needs = f"need{'s' if may == 1 else ''} {'it' if would == 1 else 'them'}"
    return f"Act: {job_count(would)} would run" + (f", and {may:,} that {needs} may" if may else "")
