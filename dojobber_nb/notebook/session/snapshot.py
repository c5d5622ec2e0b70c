"""Snapshot: the run as all widgets show it in one refresh, while the run itself goes on."""

from __future__ import annotations

from typing import NamedTuple

from dojobber_nb.core.events import Event
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.log_rows import EventLog
from dojobber_nb.core.state import RunState


class Snapshot(NamedTuple):
    """`live` is the state after the events in `log`, `busy` the name of the current call, `wall` the time of day."""

    live: RunState | None
    log: EventLog
    busy: str
    wall: float


class StateCopy:
    """A second fold of the events: the state of the runner may change while another thread reads it."""

    def __init__(self) -> None:
        self._state: RunState | None = None
        self._first: Event | None = None
        self._count = 0

    def after(self, graph: JobGraph, log: EventLog) -> RunState:
        """The state after all events of the log, which must not be empty. Costs O(new events)."""
        state, first = self._state, log[0]
        if state is None or state.graph is not graph or self._first is not first or self._count > len(log):
            state, self._first, self._count = RunState(graph), first, 0
        state.fold(log[self._count :])
        self._state, self._count = state, len(log)
        return state
