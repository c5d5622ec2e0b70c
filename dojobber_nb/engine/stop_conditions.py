"""Stop conditions of a walk: by goal ("step", "job", "pass" …), and for run_to()."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from dojobber_nb.core.events import Phase, Status
from dojobber_nb.core.schedule import Step, next_step
from dojobber_nb.core.state import RunState
from dojobber_nb.engine.driver import Walk
from dojobber_nb.engine.run_walk import Until


def attempt_is_over(state: RunState) -> Until:
    """Until the open attempt is over, or the next one; of several that are open, the first."""
    first = state.current
    if first is None:
        return lambda _step: not state.open
    return lambda _step: first.node.index not in state.open


def _pass_is_over(state: RunState) -> Until | None:
    """A pass ends before the next pass and before the Cleanups. All Cleanups count as one pass."""
    step = next_step(state)
    cleaning = step is not None and step[1] is Phase.CLEANUP
    return None if cleaning else lambda step: step[2] or step[1] is Phase.CLEANUP


def _at_once(_step: Step) -> bool:
    return True


def no_walk() -> Walk:
    """A walk without effects: the goal is reached already."""
    yield from ()


# By goal, the condition that ends a walk, tested between two phases (None: walk to the end).
GOALS: Final[Mapping[str, Callable[[RunState], Until | None]]] = {
    "run": lambda _state: None,
    "step": lambda _state: _at_once,
    "job": attempt_is_over,
    "pass": _pass_is_over,
    "cleanup": lambda _state: None,
}

_SETTLED = frozenset({Status.OK, Status.CHANGED, Status.FAILED, Status.BLOCKED, Status.WOULD_RUN, Status.UNKNOWN})


def has_reached(state: RunState, name: str, phase: Phase, step: Step) -> bool:
    """Whether run_to has to stop: at its phase, at a Cleanup, or because the job will not be tried any more."""
    if step[1] is Phase.CLEANUP or (step[0].name, step[1]) == (name, phase):
        return True
    return _is_settled(state, name)


def _is_settled(state: RunState, name: str) -> bool:
    """Whether the job will not be tried any more, with no_act as it is now."""
    job = state.jobs[name]
    if state.no_act:
        return job.status in _SETTLED
    return not state.jobs[job.blocked_by or name].can_be_tried
