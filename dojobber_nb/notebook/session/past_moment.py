"""PastMoment: the past moment that a dashboard shows, and the state at that moment. Calls no job code."""

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

CHECKPOINT_INTERVAL: Final = 128  # events; any state is a copy of a checkpoint and a fold of fewer events than this


class PastMoment:
    """`at` is the number of events that had happened by the moment shown; None: the dashboard shows the present."""

    def __init__(self) -> None:
        self.at: int | None = None
        self._checkpoints: list[RunState] = []  # the states after 0, 128, 256 … events
        self._last: tuple[int, RunState] | None = None
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Return to the present and drop all states: another run has begun."""
        with self._lock:
            self.at, self._last, self._checkpoints = None, None, []

    def state(self, graph: JobGraph, events: EventLog, number: int) -> RunState:
        """The state after that many events. Thread-safe."""
        with self._lock:
            if self._last is None or self._last[0] != number:
                self._last = number, self._fold(graph, events, number)
            return self._last[1]

    def _fold(self, graph: JobGraph, events: EventLog, number: int) -> RunState:
        checkpoints = self._checkpoints = self._checkpoints or [RunState(graph)]
        last = number // CHECKPOINT_INTERVAL
        while len(checkpoints) <= last:
            start = (len(checkpoints) - 1) * CHECKPOINT_INTERVAL
            checkpoints.append(_advanced(checkpoints[-1], events, start, start + CHECKPOINT_INTERVAL))
        return _advanced(checkpoints[last], events, last * CHECKPOINT_INTERVAL, number)


def _advanced(state: RunState, events: EventLog, start: int, stop: int) -> RunState:
    copy = state.copy()
    copy.fold(events[start:stop])
    return copy


def event_time(event: Event) -> float:
    """Time of the event, in seconds since the run began; of a phase that ended, its end."""
    return event.started + event.duration if isinstance(event, PhaseEnded | Interrupted) else event.started


def event_text(event: Event) -> str:
    """The event in a few words: "TurnOnTV.run failed"."""
    return _TEXTS[type(event)](event)


def step_name(job: str, phase: str) -> str:
    """ "TurnOnTV.run"."""
    return f"{words.name(job)}.{phase}"


_TEXTS: Final[Mapping[type[Event], Callable[[Any], str]]] = {
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
