"""RunHistory: the events of a run by job and attempt."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from dojobber_nb.core.events import Event, Interrupted, PhaseEnded
from dojobber_nb.core.graph import JobGraph

Ended = PhaseEnded | Interrupted
Numbered = tuple[int, Ended]  # with its number among the events


class RunHistory:
    """The phases that have ended, by job. `serial` counts the runs and graphs seen, `told` the events taken in.

    `until`: only what happened before the event of that number is told (None: all).
    """

    def __init__(self) -> None:
        self.serial = 0
        self.told = 0
        self.until: int | None = None
        self._begun_with: tuple[JobGraph | None, Event | None] = (None, None)
        self._all: list[Numbered] = []
        self._by_job: dict[str, list[Numbered]] = {}
        self._sharing: list[Numbered] = []
        self._lock = threading.Lock()

    def follow(self, graph: JobGraph | None, events: Sequence[Event]) -> bool:
        """Take in what is new; begin anew, and say so, when it is another graph or another run. From any thread."""
        with self._lock:
            return self._follow(graph, events)

    def _follow(self, graph: JobGraph | None, events: Sequence[Event]) -> bool:
        begins_with = graph, events[0] if events else None
        anew = any(now is not before for now, before in zip(begins_with, self._begun_with, strict=True))
        if anew:
            self.serial, self.told, self.until = self.serial + 1, 0, None
            self._begun_with, self._all, self._by_job, self._sharing = begins_with, [], {}, []
        for event in events[self.told :]:
            if isinstance(event, Ended) and event.job is not None:
                self._all.append((self.told, event))
                self._by_job.setdefault(event.job, []).append((self.told, event))
                if any(change.scope == "global_storage" for change in event.changes):
                    self._sharing.append((self.told, event))
            self.told += 1
        return anew

    @property
    def sharing(self) -> list[Ended]:
        """The phases that changed global_storage while they were watched, the oldest first."""
        return [event for _, event in self._before(self._sharing)]

    @property
    def last(self) -> str:
        """The job whose phase ended last, or ""."""
        end = len(self._all) if self.until is None else bisect_left(self._all, self.until, key=itemgetter(0))
        return self._all[end - 1][1].job or "" if end else ""

    def of(self, job: str) -> list[Ended]:
        """The phases of that job, the oldest first."""
        return [event for _, event in self._before(self._by_job.get(job, []))]

    def span(self, job: str, attempt: int) -> tuple[int, int]:
        """The numbers of the first and the last event that ended a phase of that attempt; (0, 0) if there was none."""
        numbers = [number for number, event in self._before(self._by_job.get(job, [])) if event.attempt == attempt]
        return (numbers[0], numbers[-1]) if numbers else (0, 0)

    def attempts(self, job: str) -> list[list[Ended]]:
        """The phases of that job, attempt by attempt; a Cleanup stands with the attempt it belongs to."""
        found: dict[int, list[Ended]] = {}
        for number, phases in groupby(self.of(job), key=lambda event: event.attempt):
            found.setdefault(number, []).extend(phases)
        return list(found.values())

    def _before(self, phases: list[Numbered]) -> list[Numbered]:
        return phases if self.until is None else phases[: bisect_left(phases, self.until, key=itemgetter(0))]
