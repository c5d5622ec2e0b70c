"""The buttons that act on one job: on the one shown, and in the bar on the failed one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from dojobber_nb.core.events import Phase, Status
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.jobstate import DONE, JobState
from dojobber_nb.core.why import listed, waits_for
from dojobber_nb.notebook.actions.buttons import (
    BUTTONS,
    Button,
    Text,
    cleanup_count,
    job_count,
    needs_second_press,
    subgraph_name,
    why_busy,
    why_no_step,
)
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.view import words


def starts_new_run(session: Session) -> bool:
    """Whether one more attempt starts a new run, because there is none or it is over."""
    return session.live is None or session.live.started is None or session.live.over


def failed_job(session: Session) -> str:
    """The failed job to try again: the selected one, or the one that blocks it, else the first; "" if there is none."""
    state, chosen = session.live, session.selected
    if state is None or session.in_the_past or not session.can_act:
        return ""
    if chosen in state.jobs and state.jobs[chosen].status is Status.BLOCKED:
        chosen = state.jobs[chosen].blocked_by or ""
    failed = session.failed
    return chosen if chosen in failed else next(iter(failed), "")


def primary_button(session: Session) -> str:
    """The coloured button, which moves the run forward; "" if none does. Never a Cleanup, which undoes work."""
    state, step = session.live, session.next_step
    if state is None or why_busy(session) or not session.can_act:
        return ""
    if step and step[1] is not Phase.CLEANUP:
        return "step"
    drops_cleanups = starts_new_run(session) and state.due
    return "again" if failed_job(session) and not drops_cleanups and not BAR["again"].disabled(session) else ""


def _shown_job(session: Session) -> str:
    return session.shown_job


def _job(session: Session, name: str) -> JobState | None:
    state = session.live
    return state.jobs[name] if state and name in state.graph else None


# --- labels and hints ------------------------------------------------------------------------------------------------


def _again_label(name: str, text: str) -> Text:
    def label(session: Session) -> str:
        if session.pressed_once == name:
            return f"Forget {cleanup_count(session)}, {text[0].lower()}{text[1:]}"
        new = starts_new_run(session) and session.live is not None and session.live.started is not None
        return f"{text}, in a new run of {job_count(_subgraph_size(session, session.shown_job))}" if new else text

    return label


def _bar_label(session: Session) -> str:
    if not (failed := failed_job(session)):
        return ""
    name = words.name(failed)
    if not starts_new_run(session):
        return f"Try again ▸ {name}"
    forget = session.pressed_once == "again"
    return f"Forget {cleanup_count(session)}, try again ▸ {name}" if forget else f"Try again ▸ {name}, in a new run"


def _subgraph_size(session: Session, name: str) -> int:
    """Number of jobs in a new run of that job."""
    return _size(session.view.configured, name) if name else 0


@lru_cache(8)
def _size(graph: JobGraph, name: str) -> int:
    return len(graph.below(name))


def _subgraph(session: Session, name: str) -> str:
    return subgraph_name(_subgraph_size(session, name), name)


def _new_run_text(session: Session, name: str) -> str:
    """The jobs that a new run would have."""
    begun = session.live is not None and session.live.started is not None
    new, afresh = ("new ", ", checked afresh") if begun else ("", "")
    return f"This begins a {new}run of {_subgraph(session, name)}{afresh}"


def _replaced_run_text(session: Session) -> str:
    """The run that a new one replaces: ". It replaces the run shown here: 1 failed, 3 ok"; "" if there is none."""
    state = session.live
    if state is None or state.started is None:
        return ""
    counts = [f"{number:,} {words.COUNTED[key][1]}" for key, number in words.counts(state).items()]
    due = f"; {cleanup_count(session)} due will not be called" if state.due else ""
    return f". It replaces the run shown here: {', '.join(counts)}{due}"


def _check_hint(job: Text) -> Text:
    def hint(session: Session) -> str:
        if starts_new_run(session):
            return f"{_new_run_text(session, job(session))}. Only Checks are called{_replaced_run_text(session)}"
        return "Call its Check once more, and never its Run"

    return hint


def _try_hint(job: Text) -> Text:
    def hint(session: Session) -> str:
        if session.live and session.view.no_act:
            return f"{_check_hint(job)(session)}: this is a dry run"
        if starts_new_run(session):
            return f"{_new_run_text(session, job(session))}. Runs may be called{_replaced_run_text(session)}"
        number = len(session.live.due) if session.live else 0
        due = f". {cleanup_count(session)} {'stays' if number == 1 else 'stay'} due" if number else ""
        return (
            "Make one more attempt now. The job gets all its tries back, and its Run may be called. Jobs that need it "
            f"are tried again when the run goes on{due}"
        )

    return hint


# --- why disabled ----------------------------------------------------------------------------------------------------


def _why_no_run_to(session: Session) -> str:
    if reason := why_no_step(session):
        return reason
    job = _job(session, session.shown_job)
    if job is None or job.status in DONE or not job.can_be_tried:
        return "it is finished: this run does not try it again"
    if job.status is Status.BLOCKED:
        return f"it is blocked by {words.name(job.blocked_by or '')}: this run does not try it"
    return "it comes next already" if session.next_step and session.next_step[0] == job.name else ""


def _why_not_ready(job_of: Text) -> Text:
    """The reason that the engine would give in a NotReadyError."""

    def disabled(session: Session) -> str:
        state, job = session.live, _job(session, job_of(session))
        if (reason := why_busy(session)) or state is None or job is None:
            return reason or "no job is selected"
        if starts_new_run(session):
            return ""
        if state.current:
            return f"an attempt at {words.name(state.current.name)} is open; finish it first"
        waiting = waits_for(state, job)
        return f"it needs {listed([words.name(name) for name in waiting])}, not successful so far" if waiting else ""

    return disabled


def _why_no_retry(session: Session) -> str:
    return _why_not_ready(failed_job)(session) if failed_job(session) else ""  # else it is hidden


# --- actions ---------------------------------------------------------------------------------------------------------


def _run_to(session: Session) -> None:
    job = session.shown_job
    session.calls.start(lambda: session.runner.arun_to(job))


def _attempt(name: str, job_of: Text, *, acts: bool) -> Callable[[Session], object]:
    def attempt(session: Session) -> None:
        job = job_of(session)
        if starts_new_run(session):
            if needs_second_press(session, name, f"A new run of {_subgraph(session, job)}"):
                return
            session.notices.show(_new_run_notice(session, job))
        runner = session.runner
        session.calls.start(lambda: (runner.atry_again if acts else runner.acheck_again)(job))

    return attempt


def _new_run_notice(session: Session, job: str) -> str:
    due = session.live.due if session.live else ()
    left = f" {cleanup_count(session)} of the run before will not be called." if due else ""
    back = f"Start over goes back to all {job_count(len(session.view.configured))}"
    return f"This is a new run of {_subgraph(session, job)}. {back}.{left}"


JOB_BUTTONS: Final[Mapping[str, Button]] = {
    "run_to": Button(
        lambda session: "Run to here",
        lambda session: "Go on until this job's Check comes next",
        _why_no_run_to,
        _run_to,
        job=_shown_job,
    ),
    "check_again": Button(
        _again_label("check_again", "Check again"),
        _check_hint(_shown_job),
        _why_not_ready(_shown_job),
        _attempt("check_again", _shown_job, acts=False),
        job=_shown_job,
    ),
    "try_again": Button(
        _again_label("try_again", "Try again"),
        _try_hint(_shown_job),
        _why_not_ready(_shown_job),
        _attempt("try_again", _shown_job, acts=True),
        job=_shown_job,
    ),
}
# The buttons in the bar: about the whole run, and Try again after a failure.
BAR: Final[Mapping[str, Button]] = {
    "again": Button(
        _bar_label, _try_hint(failed_job), _why_no_retry, _attempt("again", failed_job, acts=True), job=failed_job
    ),
    **BUTTONS,
}
