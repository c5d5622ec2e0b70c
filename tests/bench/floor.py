"""The floor: the least that a loop can do to make the jobs, call their Checks and keep an event of each."""

from collections.abc import Callable, Sequence
from time import perf_counter_ns
from typing import Any


def bare_loop(order: Sequence[type]) -> Callable[[], object]:
    """A run of those jobs in that order; each leaves (name, phase, when it began, when it ended, ok)."""

    def loop() -> list[Any]:
        events: list[Any] = []
        for job in order:
            begin = perf_counter_ns()
            job().Check()
            events.append((job, "check", begin, perf_counter_ns(), True))
        return events

    return loop
