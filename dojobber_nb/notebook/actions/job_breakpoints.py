"""Breakpoints of a job: their texts on the page, and setting them from it."""

from __future__ import annotations

from dojobber_nb.core.preview import message
from dojobber_nb.engine.breakpoints import Breakpoint
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.view import words

TEXT_LENGTH = 300  # characters of the text of a breakpoint


def breakpoint_texts(session: Session) -> dict[int, str]:
    """Texts of the breakpoints of each job that has one, by its index: "before TurnOnTV.check"."""
    state, texts = session.live, dict[int, list[str]]()
    for point in session.runner.breakpoints if session.can_act else ():
        if state and point.job and point.job in state.graph:
            texts.setdefault(state.graph[point.job].index, []).append(words.short(str(point), TEXT_LENGTH))
    return {index: "; ".join(points) for index, points in texts.items()}


def set_breakpoint(session: Session, index: int, *, on: bool) -> None:
    """Set a breakpoint before the job, or remove all of it. Pressing twice does no harm: `on` is the wanted state."""
    points, state = session.runner.breakpoints, session.live
    job = state.graph.nodes[index].name if state and 0 <= index < len(state.graph) else ""
    existing = [point for point in points if point.job == job]
    if job and on and not existing:
        points.add(job)
    for point in [] if on else existing:
        _remove(session, point)
    session.refresh()


def _remove(session: Session, point: Breakpoint) -> None:
    try:
        session.runner.breakpoints.remove(point.job, point.phase, status=point.status, when=point.when)
    except ValueError as error:  # removed elsewhere meanwhile
        session.notices.show(message(error))
