"""ChangedJobs: which jobs have changed since when, how many are counted in each way, and which have failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from dojobber_nb.core.events import Event, Interrupted, PassStarted, PhaseEnded, PhaseStarted, Status
from dojobber_nb.core.graph import JobGraph, JobKind
from dojobber_nb.core.state import RunState
from dojobber_nb.view import words

PHASES: Final = (PhaseStarted, PhaseEnded, Interrupted)
ABOUT_ONE_JOB: Final = (*PHASES, PassStarted)  # any other event may change how every job looks
FAILURES: Final = frozenset({Status.FAILED, Status.BLOCKED})


class ChangedJobs:
    """A digest of the state that a session looks at, renewed when a refresh begins.

    Each look has a number, `version`. `turned` are the jobs whose status, phase or blocker differed at the last look,
    `named` those that an event since the look before is about. `statuses` is the version at which a status changed,
    `failures` the one at which a failure, or what one blocks, came or went. `graphs` counts the graphs seen.
    """

    def __init__(self) -> None:
        self.version = self.statuses = self.failures = self.graphs = 0
        self.turned: set[int] = set()
        self.named: set[int] = set()
        self._forget(None)

    def _forget(self, graph: JobGraph | None) -> None:
        size = len(graph) if graph else 0
        self._graph = graph
        self.graphs += 1
        self._now: list[tuple[Any, ...]] = [()] * size
        self._counted = [""] * size
        self._changed_at = [0] * size
        self._tally = Counter[str]()

    def look(self, state: RunState | None, events: Sequence[Event] | None) -> None:
        """Compare with the look before. events: those between both moments; None where nobody can tell."""
        self.version += 1
        graph = state.graph if state else None
        if graph is not self._graph:
            self._forget(graph)
            events = None
        if state is None:
            return
        before = self._now
        self._now = [(job.status, job.phase, job.blocked_by) for job in state.jobs.values()]
        self.turned = {index for index, (now, was) in enumerate(zip(self._now, before, strict=True)) if now != was}
        self.named = _named(state.graph, events or ())
        self._mark(state, self._all(state, events))
        statuses = {each[index][0] for index in self.turned for each in (self._now, before) if each[index]}
        if events is None or statuses:
            self.statuses = self.version
        if events is None or not FAILURES.isdisjoint(statuses):
            self.failures = self.version

    def _all(self, state: RunState, events: Sequence[Event] | None) -> Iterable[int]:
        """The jobs that may look different: also groups of changed jobs, and retries whose wait is counted down."""
        if events is None or not all(isinstance(event, ABOUT_ONE_JOB) for event in events):
            return range(len(state.graph))
        nodes, changed = state.graph.nodes, self.turned | self.named
        groups = {need for index in changed for need in nodes[index].needed_by if nodes[need].kind is JobKind.DUMMY}
        waiting = {index for index, now in enumerate(self._now) if now[0] is Status.RETRYING and nodes[index].delay}
        return changed | groups | waiting

    def _mark(self, state: RunState, changed: Iterable[int]) -> None:
        for index in changed:
            self._changed_at[index] = self.version
            counted, before = words.counted(state.job_at(index)), self._counted[index]
            if counted != before:
                self._counted[index] = counted
                self._tally[counted] += 1
                self._tally[before] -= 1

    def since(self, version: int) -> list[int]:
        """The indices of the jobs that may look different than at the look of that number."""
        if version >= self.version:
            return []
        return [index for index, changed_at in enumerate(self._changed_at) if changed_at > version]

    @property
    def counts(self) -> dict[str, int]:
        """How many jobs are counted in each way that occurs, as words.counts says it."""
        return {key: self._tally[key] for key in words.COUNTED if self._tally[key]}

    @property
    def failed(self) -> list[int]:
        """The indices of the failed jobs, in visiting order."""
        if not self._tally["failed"]:
            return []
        return [index for index, now in enumerate(self._now) if now[0] is Status.FAILED]


def _named(graph: JobGraph, events: Iterable[Event]) -> set[int]:
    names = {event.job for event in events if isinstance(event, PHASES) and event.job}
    return {graph[name].index for name in names if name in graph}
