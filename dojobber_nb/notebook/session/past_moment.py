"""PastMoment: the moment that a dashboard looks at, if that is past, and the state at it. No job code is called."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any, Final

from dojobber_nb.core.events import (
    AskedAgain,
    Event,
    Interrupted,
    NoActSwitched,
    PassStarted,
    PhaseEnded,
    PhaseStarted,
    Resumed,
    RunEnded,
    RunStarted,
    RunStopped,
)
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.log_rows import EventLog
from dojobber_nb.core.state import RunState
from dojobber_nb.view import words

APART: Final = 128  # events between two states that are kept: to copy one and fold those after it is soon done


class PastMoment:
    """`at` is how many events the moment that is looked at has seen; None: it is now that is looked at."""

    def __init__(self) -> None:
        self.at: int | None = None
        self._kept: list[RunState] = []  # after 0, APART, 2 * APART … events
        self._seen: tuple[int, RunState] | None = None
        self._lock = threading.Lock()

    def forget(self) -> None:
        """It is another run from now on."""
        with self._lock:
            self.at, self._seen, self._kept = None, None, []

    def state(self, graph: JobGraph, events: EventLog, number: int) -> RunState:
        """How the run stood after that many events. From any thread."""
        with self._lock:
            if self._seen is None or self._seen[0] != number:
                self._seen = number, self._fold(graph, events, number)
            return self._seen[1]

    def _fold(self, graph: JobGraph, events: EventLog, number: int) -> RunState:
        kept = self._kept = self._kept or [RunState(graph)]
        for start in range((len(kept) - 1) * APART, number // APART * APART, APART):
            kept.append(_after(kept[-1], events, start, start + APART))
        last = number // APART
        return _after(kept[last], events, last * APART, number)


def _after(state: RunState, events: EventLog, start: int, stop: int) -> RunState:
    state = state.copy()
    state.fold(events[start:stop])
    return state


def when(event: Event) -> float:
    """When it happened, in seconds since the run began."""
    return event.started + event.duration if isinstance(event, PhaseEnded | Interrupted) else event.started


def what(event: Event) -> str:
    """What happened, in a few words: "TurnOnTV.run failed"."""
    return _WHAT[type(event)](event)


def step_name(job: str, phase: str) -> str:
    """ "TurnOnTV.run"."""
    return f"{words.name(job)}.{phase}"


_WHAT: Final[Mapping[type[Event], Callable[[Any], str]]] = {
    RunStarted: lambda event: "the run began",
    PassStarted: lambda event: f"pass {event.number} began",
    PhaseStarted: lambda event: f"{step_name(event.job, event.phase)} began",
    PhaseEnded: lambda event: f"{step_name(event.job, event.phase)} {'passed' if event.ok else 'failed'}",
    Interrupted: lambda event: f"{step_name(event.job, event.phase)} was interrupted" if event.job else "interrupted",
    NoActSwitched: lambda event: f"switched to {'Dry run' if event.no_act else 'Act'}",
    AskedAgain: lambda event: (
        f"one more {'attempt at' if event.acts else 'Check of'} {words.name(event.job)} was asked for"
    ),
    RunStopped: lambda event: "the run was stopped",
    Resumed: lambda event: "another process resumed the run",
    RunEnded: lambda event: f"the run ended: {event.outcome.replace('_', ' ')}",
}
