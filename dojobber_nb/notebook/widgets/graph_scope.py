"""GraphScope: which jobs of a graph are drawn: all of them, or one job and its neighbours."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from dojobber_nb.core.graph import JobGraph
from dojobber_nb.view.neighbourhood import FOCUSED_ABOVE, around

DEPTHS: Final[Mapping[str, int | None]] = {"1": 1, "2": 2, "all": None}  # number of edges up and down (None: all)
WHOLE: Final = "whole"
MIN_INTERVAL = 0.4  # seconds at least between two drawings during a run: faster changes flicker


class GraphScope:
    """`name` is the last scope used: a key of DEPTHS, or WHOLE."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.name = ""
        self._chosen = ""
        self._drawn: frozenset[int] | None = None
        self._around: tuple[JobGraph | None, str, str] = (None, "", "")  # graph, job and name
        self._since = 0.0
        self._held = False

    def choose(self, name: str) -> None:
        """Set the scope. Raises ValueError for an unknown name."""
        if name not in {*DEPTHS, WHOLE}:
            raise ValueError(f"there is no scope {name!r:.40}")
        self._chosen = name

    def jobs_to_draw(self, graph: JobGraph, job: str, *, hold: bool) -> frozenset[int] | None:
        """Indices of the jobs to draw, None for all. hold: keep the present drawing while it contains the job."""
        self.name, self._held = self._name(graph), hold and self._held
        if self.name == WHOLE or job not in graph:
            return None
        if not self._stays(graph, job, hold=hold):
            self._drawn, self._around = around(graph, job, DEPTHS[self.name]), (graph, job, self.name)
            self._since = self._clock()
        return self._drawn

    def may_change(self, graph: JobGraph, job: str, *, hold: bool) -> bool:
        """Whether the drawing stays for that job, or was visible for MIN_INTERVAL, counted from the start of a hold."""
        if hold and not self._held:
            self._since = self._clock()
        self._held = hold
        whole = self._name(graph) == WHOLE or job not in graph
        return whole or self._stays(graph, job, hold=hold) or self._clock() - self._since >= MIN_INTERVAL

    def _name(self, graph: JobGraph) -> str:
        return self._chosen or (WHOLE if len(graph) <= FOCUSED_ABOVE else "1")

    def _stays(self, graph: JobGraph, job: str, *, hold: bool) -> bool:
        drawn_graph, _, name = self._around
        if drawn_graph is not graph or name != self._name(graph) or self._drawn is None:
            return False
        return graph[job].index in self._drawn if hold else self._around[1] == job
