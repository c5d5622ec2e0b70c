"""Breakpoints by job, as a page shows and sets them."""

from __future__ import annotations

from dojobber_nb.core.preview import message
from dojobber_nb.engine.breakpoints import Breakpoint
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.view import words

TEXT = 300  # characters of a breakpoint in words


def halts(session: Session) -> dict[int, str]:
    """Where the run halts at a job, in words, by the index of the job: "before TurnOnTV.check"."""
    state, found = session.live, dict[int, list[str]]()
    for point in session.runner.breakpoints if session.can_act else ():
        if state and point.job and point.job in state.graph:
            found.setdefault(state.graph[point.job].index, []).append(words.short(str(point), TEXT))
    return {index: "; ".join(told) for index, told in found.items()}


def halt(session: Session, index: int, *, on: bool) -> None:
    """Halt before that job from now on, or at it no more. Given as what it is to be: a second press does no harm."""
    points, state = session.runner.breakpoints, session.live
    job = state.graph.nodes[index].name if state and 0 <= index < len(state.graph) else ""
    set_there = [point for point in points if point.job == job]
    if job and on and not set_there:
        points.add(job)
    for point in [] if on else set_there:
        _take_away(session, point)
    session.refresh()


def _take_away(session: Session, point: Breakpoint) -> None:
    try:
        session.runner.breakpoints.remove(point.job, point.phase, status=point.status, when=point.when)
    except ValueError as error:  # somebody else was quicker
        session.notices.tell(message(error))
