"""Portion: how much of a graph is drawn: all of it, or one job and those around it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from dojobber_nb.core.graph import JobGraph
from dojobber_nb.view.focus import FOCUSED_ABOVE, around

DEPTHS: Final[Mapping[str, int | None]] = {"1": 1, "2": 2, "all": None}  # steps up and down; else the whole is drawn
WHOLE: Final = "whole"
CALM = 1.0  # seconds at least between two portions while a run goes on


class Portion:
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
        """The indices of the jobs to draw, None for all.

        hold: stay with what is drawn, as long as the job is there, and for a second at least from when that began.
        """
        if hold and not self._held:
            self._since = self._clock()
        self._held = hold
        self.name = self._chosen or (WHOLE if len(graph) <= FOCUSED_ABOVE else "1")
        if self.name == WHOLE or job not in graph:
            return None
        wanted = graph, job, self.name
        same = self._around[0] is graph and self._around[2] == self.name
        if wanted != self._around and not (hold and same and self._stays(graph[job].index)):
            self._now, self._around = around(graph, job, DEPTHS[self.name]), wanted
            self._since = self._clock()
        return self._now

    def _stays(self, index: int) -> bool:
        return self._now is not None and (index in self._now or self._clock() - self._since < CALM)
