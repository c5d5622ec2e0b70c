"""Which step may start next: follows from the state alone; time only tells how long to wait for it."""

from __future__ import annotations

from typing import NamedTuple

from dojobber_nb.core.events import Outcome, Phase
from dojobber_nb.core.state import RunState


class Step(NamedTuple):
    """A phase of a job; `new_pass` tells that it begins the next pass."""

    job: str
    phase: Phase
    new_pass: bool = False


def next_step(state: RunState) -> Step | None:
    """The step that is next, or None when nothing is left: attempts first, then the Cleanups due, newest first."""
    current = state.current
    if current is not None:
        return Step(current.node.name, current.phase or Phase.CHECK)
    if not state.over:
        if (job := state.turn()) is not None:
            return Step(job.node.name, Phase.CHECK)
        if (job := state.first_of_next_pass()) is not None:
            return Step(job.node.name, Phase.CHECK, new_pass=True)
    if state.due and state.cleanup and not state.no_act:
        return Step(state.due[-1][0], Phase.CLEANUP)
    return None


def outcome(state: RunState) -> Outcome:
    """How the run ended, when nothing is left."""
    jobs = state.jobs.values()
    if all(job.ok for job in jobs):
        return Outcome.SUCCESS
    if state.cut_short:
        return Outcome.STOPPED
    return Outcome.DRY_RUN if state.no_act and any(job.can_be_tried for job in jobs) else Outcome.FAILURE
