"""ChangedJobs: which jobs changed since an earlier refresh, how many have each status, and which failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from dojobber_nb.core.events import Event, Interrupted, PassStarted, PhaseEnded, PhaseStarted, Status
from dojobber_nb.core.graph import JobGraph, JobKind
from dojobber_nb.core.state import RunState
from dojobber_nb.view import words

PHASE_EVENTS: Final = (PhaseStarted, PhaseEnded, Interrupted)
SINGLE_JOB_EVENTS: Final = (*PHASE_EVENTS, PassStarted)  # any other event may change the look of every job
FAILURES: Final = frozenset({Status.FAILED, Status.BLOCKED})


class ChangedJobs:
    """Compares the state of each refresh with the one before.

    `version` counts the comparisons. The last one found the jobs in `changed`, whose status, phase or blocker differs,
    and those in `mentioned`, which have new events. `statuses_version` is the version of the last change of any status,
    `failures_version` that of the last change to or from failed or blocked. `graph_serial` counts the graphs seen.
    """

    def __init__(self) -> None:
        self.version = self.statuses_version = self.failures_version = self.graph_serial = 0
        self.changed: set[int] = set()
        self.mentioned: set[int] = set()
        self._forget(None)

    def _forget(self, graph: JobGraph | None) -> None:
        size = len(graph) if graph else 0
        self._graph = graph
        self.graph_serial += 1
        self._current: list[tuple[Any, ...]] = [()] * size
        self._count_keys = [""] * size
        self._changed_at = [0] * size
        self._tally = Counter[str]()

    def compare(self, state: RunState | None, events: Sequence[Event] | None) -> None:
        """Compare the state with the one before. events: those between the two; None if they are not known."""
        self.version += 1
        graph = state.graph if state else None
        if graph is not self._graph:
            self._forget(graph)
            events = None
        if state is None:
            return
        before = self._current
        self._current = [(job.status, job.phase, job.blocked_by) for job in state.jobs.values()]
        self.changed = {index for index, (now, was) in enumerate(zip(self._current, before, strict=True)) if now != was}
        self.mentioned = _mentioned(state.graph, events or ())
        self._mark(state, self._candidates(state, events))
        statuses = {each[index][0] for index in self.changed for each in (self._current, before) if each[index]}
        if events is None or statuses:
            self.statuses_version = self.version
        if events is None or not FAILURES.isdisjoint(statuses):
            self.failures_version = self.version

    def _candidates(self, state: RunState, events: Sequence[Event] | None) -> Iterable[int]:
        """The jobs that may look different: changed ones, their groups, and retries, whose wait is counted down."""
        if events is None or not all(isinstance(event, SINGLE_JOB_EVENTS) for event in events):
            return range(len(state.graph))
        nodes, changed = state.graph.nodes, self.changed | self.mentioned
        groups = {need for index in changed for need in nodes[index].needed_by if nodes[need].kind is JobKind.DUMMY}
        waiting = {index for index, now in enumerate(self._current) if now[0] is Status.RETRYING and nodes[index].delay}
        return changed | groups | waiting

    def _mark(self, state: RunState, changed: Iterable[int]) -> None:
        for index in changed:
            self._changed_at[index] = self.version
            key, before = words.counted(state.job_at(index)), self._count_keys[index]
            if key != before:
                self._count_keys[index] = key
                self._tally[key] += 1
                self._tally[before] -= 1

    def since(self, version: int) -> list[int]:
        """Indices of the jobs that may look different than at that version."""
        if version >= self.version:
            return []
        return [index for index, changed_at in enumerate(self._changed_at) if changed_at > version]

    @property
    def counts(self) -> dict[str, int]:
        """Number of jobs per status that occurs, like words.counts."""
        return {key: self._tally[key] for key in words.COUNTED if self._tally[key]}

    @property
    def failed(self) -> list[int]:
        """Indices of the failed jobs, in visiting order."""
        if not self._tally["failed"]:
            return []
        return [index for index, now in enumerate(self._current) if now[0] is Status.FAILED]


def _mentioned(graph: JobGraph, events: Iterable[Event]) -> set[int]:
    names = {event.job for event in events if isinstance(event, PHASE_EVENTS) and event.job}
    return {graph[name].index for name in names if name in graph}
