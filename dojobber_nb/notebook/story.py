"""What has happened in a run, job by job: a fold of its events, for those who look at one job."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import groupby

from dojobber_nb.core.events import Event, Interrupted, PhaseEnded
from dojobber_nb.core.graph import JobGraph

Ended = PhaseEnded | Interrupted


class Story:
    """The phases that have ended, by job. `serial` counts the runs and graphs seen, `told` the events taken in."""

    def __init__(self) -> None:
        self.serial = 0
        self.told = 0
        self.last = ""  # the job whose phase ended last
        self._begun_with: tuple[JobGraph | None, Event | None] = (None, None)
        self._by_job: dict[str, list[Ended]] = {}
        self._lock = threading.Lock()

    def follow(self, graph: JobGraph | None, events: Sequence[Event]) -> None:
        """Take in what is new; begin anew when it is another graph or another run. From any thread."""
        with self._lock:
            self._follow(graph, events)

    def _follow(self, graph: JobGraph | None, events: Sequence[Event]) -> None:
        begins_with = graph, events[0] if events else None
        if any(now is not before for now, before in zip(begins_with, self._begun_with, strict=True)):
            self.serial, self.told, self.last, self._by_job = self.serial + 1, 0, "", {}
            self._begun_with = begins_with
        for event in events[self.told :]:
            if isinstance(event, Ended) and event.job is not None:
                self._by_job.setdefault(event.job, []).append(event)
                self.last = event.job
            self.told += 1

    def of(self, job: str) -> list[Ended]:
        """The phases of that job, the oldest first."""
        return self._by_job.get(job, [])

    def attempts(self, job: str) -> list[list[Ended]]:
        """The phases of that job, attempt by attempt; a Cleanup stands with the attempt it belongs to."""
        found: dict[int, list[Ended]] = {}
        for number, phases in groupby(self.of(job), key=lambda event: event.attempt):
            found.setdefault(number, []).extend(phases)
        return list(found.values())
