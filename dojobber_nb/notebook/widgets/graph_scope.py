"""GraphScope: how much of a graph is drawn: all of it, or one job and its neighbours."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from dojobber_nb.core.graph import JobGraph
from dojobber_nb.view.neighbourhood import FOCUSED_ABOVE, around

DEPTHS: Final[Mapping[str, int | None]] = {"1": 1, "2": 2, "all": None}  # steps up and down; else the whole is drawn
WHOLE: Final = "whole"
CALM = 0.4  # seconds at least between two portions while a run goes on: more than three jumps a second are flicker


class GraphScope:
    """`name`: how far it reaches, a key of DEPTHS, or WHOLE."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.name = ""
        self._chosen = ""
        self._now: frozenset[int] | None = None
        self._around: tuple[JobGraph | None, str, str] = (None, "", "")  # graph, job and name
        self._since = 0.0
        self._held = False

    def choose(self, name: str) -> None:
        """Draw that much from now on."""
        if name not in {*DEPTHS, WHOLE}:
            raise ValueError(f"there is no portion {name!r:.40}")
        self._chosen = name

    def of(self, graph: JobGraph, job: str, *, hold: bool) -> frozenset[int] | None:
        """The indices of the jobs to draw, None for all. hold: stay with what is drawn as long as the job is there."""
        self.name, self._held = self._name(graph), hold and self._held
        if self.name == WHOLE or job not in graph:
            return None
        if not self._stays(graph, job, hold=hold):
            self._now, self._around = around(graph, job, DEPTHS[self.name]), (graph, job, self.name)
            self._since = self._clock()
        return self._now

    def calm(self, graph: JobGraph, job: str, *, hold: bool) -> bool:
        """Whether it need not change for that job, or has not changed for a while; counted from when a hold began."""
        if hold and not self._held:
            self._since = self._clock()
        self._held = hold
        whole = self._name(graph) == WHOLE or job not in graph
        return whole or self._stays(graph, job, hold=hold) or self._clock() - self._since >= CALM

    def _name(self, graph: JobGraph) -> str:
        return self._chosen or (WHOLE if len(graph) <= FOCUSED_ABOVE else "1")

    def _stays(self, graph: JobGraph, job: str, *, hold: bool) -> bool:
        drawn, _, name = self._around
        if drawn is not graph or name != self._name(graph) or self._now is None:
            return False
        return graph[job].index in self._now if hold else self._around[1] == job
