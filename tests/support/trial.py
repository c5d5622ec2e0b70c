"""A runner on a scripted graph under a clock of its own, with all that its jobs were called with."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import dojobber_nb
from dojobber_nb import DoJobber
from dojobber_nb.core.errors import CleanupErrors
from dojobber_nb.core.events import Event
from dojobber_nb.engine.interruptible_wait import WakeFlag
from tests.support.graphs import Call, Plan, build

TICK = 2.0**-20  # seconds; a power of two, so that times are exact


class ClockError(Exception):
    """What a clock raises that cannot be read."""


class FakeClock:
    """Monotonic seconds that pass in waits, and by a tick with each look; the look of number `fails_at` raises."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.looks = self.fails_at = 0

    def __call__(self) -> float:
        self.looks += 1
        if self.looks == self.fails_at:
            raise ClockError
        self.now += TICK
        return self.now

    def sleep(self, seconds: float, wake: WakeFlag) -> None:
        """Let the time pass, unless the wait is already over."""
        if not wake.is_set():
            self.now += seconds


class Trial:
    """`dj` is configured with the last plan as its root; `calls` are what its jobs got; `trick` is done in each."""

    def __init__(self, plans: Sequence[Plan], **options: Any) -> None:
        self.clock = FakeClock()
        self.calls: list[Call] = []
        self.trick: Callable[[Call], object] | None = None
        self.dj = DoJobber(clock=self.clock, sleep=self.clock.sleep)
        self.jobs = build(plans, dojobber_nb, self._hear)
        self.dj.configure(self.jobs[-1], **options)

    def _hear(self, call: Call) -> None:
        self.calls.append(call)
        if self.trick:
            self.trick(call)

    def go(self, step: str, *args: Any) -> Any:
        """Call that method of `dj`; what its Cleanups raised is in the events."""
        with suppress(CleanupErrors):
            return getattr(self.dj, step)(*args)


GOING_ON = ("step", "step", "step", "step_job", "step_job", "step_pass", "run_to", "run")


def run_in_pieces(trial: Trial, rng: random.Random) -> None:
    """Go to the end of the run by any mixture of steps."""
    while trial.dj.next_step:
        step = rng.choice(GOING_ON)
        trial.go(step, *([rng.choice(list(trial.dj.state.jobs))] if step == "run_to" else []))


def untimed(event: Event) -> dict[str, Any]:
    """All that an event tells but for times, with its exception as text."""
    told: dict[str, Any] = {"event": type(event).__name__, **event._asdict()}
    timed = {name: None for name in ("started", "duration", "wall") if name in told}
    return told | timed | ({"error": repr(told["error"])} if "error" in told else {})
