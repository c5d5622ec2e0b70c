"""The buttons of one job: the one that is looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.jobstate import DONE, JobState
from dojobber_nb.core.why import listed, waits_for
from dojobber_nb.notebook.buttons import Button, busy, jobs, nothing_next, part_of
from dojobber_nb.notebook.session import Session
from dojobber_nb.view import words


def hints(session: Session) -> dict[str, str]:
    """What each does just now."""
    return {} if session.runner.read_only else {name: _HINTS[name](session) for name in JOB_BUTTONS}


def begins_anew(session: Session) -> bool:
    """Whether one more attempt takes a new run: there is none, or it is over."""
    return session.live is None or session.live.started is None or session.live.over


def _job(session: Session) -> JobState | None:
    state = session.live
    return state.jobs[session.looked_at] if state and session.looked_at in state.graph else None


# --- labels and hints ------------------------------------------------------------------------------------------------


def _again(text: str) -> Callable[[Session], str]:
    return lambda session: f"{text}, in a new run of {jobs(_below(session))}" if begins_anew(session) else text


def _below(session: Session) -> int:
    """Of how many jobs a new run of the job that is looked at would be."""
    return _size(session.runner.configured, session.looked_at) if session.looked_at else 0


@lru_cache(8)
def _size(graph: JobGraph, name: str) -> int:
    return len(graph.below(name))


def _new_run(session: Session) -> str:
    return f"a new run of {part_of(_below(session), session.looked_at)}"


def _check_hint(session: Session) -> str:
    if begins_anew(session):
        return f"This begins {_new_run(session)}, checked afresh. Only Checks are called"
    return "Call its Check once more, and never its Run"


def _try_hint(session: Session) -> str:
    if session.live and session.runner.no_act:
        return f"{_check_hint(session)}: this is a dry run"
    if begins_anew(session):
        return f"This begins {_new_run(session)}, checked afresh. Runs may be called"
    return "One more attempt, now, its tries anew: it may run. What needs it is set back, and tried as the run goes on"


_HINTS: Final[Mapping[str, Callable[[Session], str]]] = {
    "run_to": lambda session: "Go on until this job's Check comes next",
    "check_again": _check_hint,
    "try_again": _try_hint,
}


# --- why not ---------------------------------------------------------------------------------------------------------


def _not_ahead(session: Session) -> str:
    if reason := nothing_next(session):
        return reason
    job = _job(session)
    if job is None or job.status in DONE or not job.can_be_tried:
        return "it is settled: its turn does not come again"
    return "it comes next already" if session.next and session.next[0] == job.name else ""


def _not_ready(session: Session) -> str:
    """As the engine's NotReadyError, told beforehand."""
    state, job = session.live, _job(session)
    if (reason := busy(session)) or state is None or job is None:
        return reason or "there is no job to look at"
    if begins_anew(session):
        return ""
    if state.current:
        return f"an attempt at {words.name(state.current.name)} is open; take the rest of it first"
    waiting = waits_for(state, job)
    return f"it needs {listed([words.name(name) for name in waiting])}, not successful so far" if waiting else ""


# --- what they do ----------------------------------------------------------------------------------------------------


def _run_to(session: Session) -> None:
    job = session.looked_at
    session.calls.start(lambda: session.runner.arun_to(job))


def _attempt(*, acts: bool) -> Callable[[Session], object]:
    def attempt(session: Session) -> None:
        job = session.looked_at
        if begins_anew(session):
            back = f"Start over goes back to all {jobs(len(session.runner.configured))}"
            session.notices.tell(f"This is {_new_run(session)}. {back}.")
        session.calls.start(lambda: session.runner.arun_again(job, acts=acts))

    return attempt


JOB_BUTTONS: Final[Mapping[str, Button]] = {
    "run_to": Button(lambda session: "Run to here", "", _not_ahead, _run_to),
    "check_again": Button(_again("Check again"), "", _not_ready, _attempt(acts=False)),
    "try_again": Button(_again("Try again"), "", _not_ready, _attempt(acts=True)),
}
