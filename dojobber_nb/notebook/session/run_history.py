"""RunHistory: the ended phases of a run, by job and attempt."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from dojobber_nb.core.events import Event, Interrupted, PhaseEnded
from dojobber_nb.core.graph import JobGraph

Ended = PhaseEnded | Interrupted
Numbered = tuple[int, Ended]  # number of the event in the run, and the event


class RunHistory:
    """The ended phases, by job. `serial` counts the runs and graphs followed, `count` the events read of this run.

    `until` limits all answers to events before that number (None: no limit).
    """

    def __init__(self) -> None:
        self.serial = 0
        self.count = 0
        self.until: int | None = None
        self._identity: tuple[JobGraph | None, Event | None] = (None, None)
        self._all: list[Numbered] = []
        self._by_job: dict[str, list[Numbered]] = {}
        self._global_writes: list[Numbered] = []
        self._lock = threading.Lock()

    def follow(self, graph: JobGraph | None, events: Sequence[Event]) -> bool:
        """Read the new events. Returns True, and starts afresh, if the graph or the run is another one. Thread-safe."""
        with self._lock:
            return self._follow(graph, events)

    def _follow(self, graph: JobGraph | None, events: Sequence[Event]) -> bool:
        identity = graph, events[0] if events else None
        new_run = any(now is not before for now, before in zip(identity, self._identity, strict=True))
        if new_run:
            self.serial, self.count, self.until = self.serial + 1, 0, None
            self._identity, self._all, self._by_job, self._global_writes = identity, [], {}, []
        for event in events[self.count :]:
            if isinstance(event, Ended) and event.job is not None:
                self._all.append((self.count, event))
                self._by_job.setdefault(event.job, []).append((self.count, event))
                if any(change.scope == "global_storage" for change in event.changes):
                    self._global_writes.append((self.count, event))
            self.count += 1
        return new_run

    @property
    def global_writes(self) -> list[Ended]:
        """The phases that are known to have changed global_storage, the oldest first."""
        return [event for _, event in self._before(self._global_writes)]

    @property
    def last_job(self) -> str:
        """Name of the job whose phase ended last, or ""."""
        end = len(self._all) if self.until is None else bisect_left(self._all, self.until, key=itemgetter(0))
        return self._all[end - 1][1].job or "" if end else ""

    def phases(self, job: str) -> list[Ended]:
        """The ended phases of the job, the oldest first."""
        return [event for _, event in self._before(self._by_job.get(job, []))]

    def event_range(self, job: str, attempt: int) -> tuple[int, int]:
        """Numbers of the first and last event that ended a phase of the attempt; (0, 0) if there is none."""
        numbers = [number for number, event in self._before(self._by_job.get(job, [])) if event.attempt == attempt]
        return (numbers[0], numbers[-1]) if numbers else (0, 0)

    def attempts(self, job: str) -> list[list[Ended]]:
        """The ended phases of the job, one list per attempt. A Cleanup belongs to the attempt whose Run it undoes."""
        attempts: dict[int, list[Ended]] = {}
        for number, phases in groupby(self.phases(job), key=lambda event: event.attempt):
            attempts.setdefault(number, []).extend(phases)
        return list(attempts.values())

    def _before(self, phases: list[Numbered]) -> list[Numbered]:
        return phases if self.until is None else phases[: bisect_left(phases, self.until, key=itemgetter(0))]
