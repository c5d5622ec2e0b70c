"""The buttons about one job: the one that is looked at, and in the bar the one that failed."""

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
    Told,
    busy,
    cleanups,
    jobs,
    nothing_next,
    part_of,
    to_be_asked,
)
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.view import words


def begins_anew(session: Session) -> bool:
    """Whether one more attempt takes a new run: there is none, or it is over."""
    return session.live is None or session.live.started is None or session.live.over


def failed_job(session: Session) -> str:
    """The failed job to try again, "" if there is none: the one that is selected, or what blocks it; else the first."""
    state, chosen = session.live, session.selected
    if state is None or session.in_the_past or not session.can_act:
        return ""
    if chosen in state.jobs and state.jobs[chosen].status is Status.BLOCKED:
        chosen = state.jobs[chosen].blocked_by or ""
    failed = session.failed
    return chosen if chosen in failed else next(iter(failed), "")


def primary(session: Session) -> str:
    """The one button that is coloured: what moves the run forward; "" when nothing does. A Cleanup undoes work."""
    state, ahead = session.live, session.next
    if state is None or busy(session) or not session.can_act:
        return ""
    if ahead and ahead[1] is not Phase.CLEANUP:
        return "step"
    forgets = begins_anew(session) and state.due  # a new run would not call the Cleanups that are left
    return "again" if failed_job(session) and not forgets and not BAR["again"].off(session) else ""


def _looked_at(session: Session) -> str:
    return session.looked_at


def _job(session: Session, name: str) -> JobState | None:
    state = session.live
    return state.jobs[name] if state and name in state.graph else None


# --- labels and hints ------------------------------------------------------------------------------------------------


def _again(name: str, text: str) -> Told:
    def label(session: Session) -> str:
        if session.sure == name:
            return f"Forget {cleanups(session)}, {text[0].lower()}{text[1:]}"
        new = begins_anew(session) and session.live is not None and session.live.started is not None
        return f"{text}, in a new run of {jobs(_below(session, session.looked_at))}" if new else text

    return label


def _again_in_the_bar(session: Session) -> str:
    if not (failed := failed_job(session)):
        return ""
    name = words.name(failed)
    if not begins_anew(session):
        return f"Try again ▸ {name}"
    forget = session.sure == "again"
    return f"Forget {cleanups(session)}, try again ▸ {name}" if forget else f"Try again ▸ {name}, in a new run"


def _below(session: Session, name: str) -> int:
    """Of how many jobs a new run of that job would be."""
    return _size(session.view.configured, name) if name else 0


@lru_cache(8)
def _size(graph: JobGraph, name: str) -> int:
    return len(graph.below(name))


def _part(session: Session, name: str) -> str:
    return part_of(_below(session, name), name)


def _beginning(session: Session, name: str) -> str:
    """What a new run is of."""
    begun = session.live is not None and session.live.started is not None
    return f"This begins a {'new ' if begun else ''}run of {_part(session, name)}{', checked afresh' if begun else ''}"


def _set_aside(session: Session) -> str:
    """What a new run takes off the page: ". The run shown here is set aside: 1 failed, 3 ok"; "" if there is none."""
    state = session.live
    if state is None or state.started is None:
        return ""
    found = [f"{number:,} {words.COUNTED[key][1]}" for key, number in words.counts(state).items()]
    due = f"; {cleanups(session)} due will not be called" if state.due else ""
    return f". The run shown here is set aside: {', '.join(found)}{due}"


def _check_hint(job: Told) -> Told:
    def hint(session: Session) -> str:
        if begins_anew(session):
            return f"{_beginning(session, job(session))}. Only Checks are called{_set_aside(session)}"
        return "Call its Check once more, and never its Run"

    return hint


def _try_hint(job: Told) -> Told:
    def hint(session: Session) -> str:
        if session.live and session.view.no_act:
            return f"{_check_hint(job)(session)}: this is a dry run"
        if begins_anew(session):
            return f"{_beginning(session, job(session))}. Runs may be called{_set_aside(session)}"
        number = len(session.live.due) if session.live else 0
        due = f". {cleanups(session)} {'stays' if number == 1 else 'stay'} due" if number else ""
        return (
            "Make one more attempt now; all its tries are given back, and its Run may be called. Jobs that need it are "
            f"tried again when the run goes on{due}"
        )

    return hint


# --- why not ---------------------------------------------------------------------------------------------------------


def _not_ahead(session: Session) -> str:
    if reason := nothing_next(session):
        return reason
    job = _job(session, session.looked_at)
    if job is None or job.status in DONE or not job.can_be_tried:
        return "it is settled: its turn does not come again"
    if job.status is Status.BLOCKED:
        return f"it is blocked by {words.name(job.blocked_by or '')}: its turn does not come"
    return "it comes next already" if session.next and session.next[0] == job.name else ""


def _not_ready(about: Told) -> Told:
    """As the engine's NotReadyError, told beforehand."""

    def off(session: Session) -> str:
        state, job = session.live, _job(session, about(session))
        if (reason := busy(session)) or state is None or job is None:
            return reason or "there is no job to look at"
        if begins_anew(session):
            return ""
        if state.current:
            return f"an attempt at {words.name(state.current.name)} is open; take the rest of it first"
        waiting = waits_for(state, job)
        return f"it needs {listed([words.name(name) for name in waiting])}, not successful so far" if waiting else ""

    return off


def _not_failed(session: Session) -> str:
    return _not_ready(failed_job)(session) if failed_job(session) else ""  # it is not there at all


# --- what they do ----------------------------------------------------------------------------------------------------


def _run_to(session: Session) -> None:
    job = session.looked_at
    session.calls.start(lambda: session.runner.arun_to(job))


def _attempt(name: str, about: Told, *, acts: bool) -> Callable[[Session], object]:
    def attempt(session: Session) -> None:
        job = about(session)
        if begins_anew(session):
            if to_be_asked(session, name, f"A new run of {_part(session, job)}"):
                return
            session.notices.tell(_new_run(session, job))
        runner = session.runner
        session.calls.start(lambda: (runner.atry_again if acts else runner.acheck_again)(job))

    return attempt


def _new_run(session: Session, job: str) -> str:
    due = session.live.due if session.live else ()
    left = f" {cleanups(session)} of the run before will not be called." if due else ""
    back = f"Start over goes back to all {jobs(len(session.view.configured))}"
    return f"This is a new run of {_part(session, job)}. {back}.{left}"


JOB_BUTTONS: Final[Mapping[str, Button]] = {
    "run_to": Button(
        lambda session: "Run to here",
        lambda session: "Go on until this job's Check comes next",
        _not_ahead,
        _run_to,
        job=_looked_at,
    ),
    "check_again": Button(
        _again("check_again", "Check again"),
        _check_hint(_looked_at),
        _not_ready(_looked_at),
        _attempt("check_again", _looked_at, acts=False),
        job=_looked_at,
    ),
    "try_again": Button(
        _again("try_again", "Try again"),
        _try_hint(_looked_at),
        _not_ready(_looked_at),
        _attempt("try_again", _looked_at, acts=True),
        job=_looked_at,
    ),
}
# Those of the bar: about the whole run, and the way on after a failure.
BAR: Final[Mapping[str, Button]] = {
    "again": Button(
        _again_in_the_bar, _try_hint(failed_job), _not_failed, _attempt("again", failed_job, acts=True), job=failed_job
    ),
    **BUTTONS,
}
