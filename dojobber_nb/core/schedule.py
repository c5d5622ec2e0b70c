"""The step that may start next, which follows from the state alone; the time only says how long to wait for it."""

from __future__ import annotations

from dojobber_nb.core.events import Outcome, Phase
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.state import RunState

_CHECK, _CLEANUP = Phase.CHECK, Phase.CLEANUP


Step = tuple[JobState, Phase, bool]  # the job, the phase, and whether it begins the next pass


def next_step(state: RunState) -> Step | None:
    """The next step, or None when nothing is left: attempts first, then the Cleanups due, the newest first."""
    job = state.current
    if job is not None:
        return job, job.phase or _CHECK, False
    if not state.over:
        if (job := state.asked) is not None:
            return job, _CHECK, True
        if (job := state.turn()) is not None:
            return job, _CHECK, False
        if (job := state.first_of_next_pass()) is not None:
            return job, _CHECK, True
    if state.due and state.cleanup and not state.no_act:
        return state.jobs[state.due[-1][0]], _CLEANUP, False
    return None


def step_beside(state: RunState) -> Step | None:
    """A step that can begin now beside the phases under way; None when there is none, and for Cleanups."""
    if resting := state.resting:
        return resting[0], resting[0].phase or _CHECK, False
    if state.over:
        return None
    if not state.open and (job := state.asked) is not None:
        return job, _CHECK, True
    if (job := state.turn_beside()) is not None:
        return job, _CHECK, False
    if not state.open and (job := state.first_of_next_pass()) is not None:
        return job, _CHECK, True
    return None


def outcome(state: RunState) -> Outcome:
    """The outcome of a run with nothing left to do."""
    if state.succeeded:
        return Outcome.SUCCESS
    if state.cut_short:
        return Outcome.STOPPED
    opens = state.no_act and any(job.can_be_tried for job in state.jobs.values())
    return Outcome.DRY_RUN if opens else Outcome.FAILURE
