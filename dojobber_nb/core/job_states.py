"""JobStates: the state of each job of a run, made when it is first asked for, and the marks on what a job blocks."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence, ValuesView
from typing import Any

from dojobber_nb.core.events import Status
from dojobber_nb.core.graph import JobGraph, Node
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.log_rows import LogRow
from dojobber_nb.core.secrets import scrub


class JobStates(Mapping[str, JobState]):
    """The JobStates of a run by name, in visiting order."""

    __slots__ = ("_entries", "_graph")

    def __init__(self, graph: JobGraph) -> None:
        self._graph = graph
        # By index in the graph: a JobState; or, before the first access, None, the row of a first Check that
        # passed, or the tuple (JobState,), which several copies share: the first access copies that JobState.
        self._entries: list[JobState | tuple[Any, ...] | None] = [None] * len(graph)

    def __getitem__(self, name: str) -> JobState:
        """The job of that name; UnknownJobError suggests the nearest name."""
        return self.at(self._graph[name].index)

    def __contains__(self, name: object) -> bool:
        return name in self._graph

    def __iter__(self) -> Iterator[str]:
        return iter(self._graph.names)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return scrub(repr(dict(self)))

    def at(self, index: int) -> JobState:
        """The job of that index in the graph."""
        entry = self._entries[index]
        if type(entry) is JobState:
            return entry
        job = self._entries[index] = _job_of(self._graph.nodes[index], entry)  # type: ignore[arg-type]
        return job

    def in_order(self) -> Iterator[JobState]:
        """The jobs in visiting order."""
        return map(self.at, range(len(self._entries)))

    def values(self) -> ValuesView[JobState]:
        """The jobs in visiting order, without a look-up by name for each."""
        return _Values(self)

    def oks(self) -> Iterator[bool | None]:
        """True, False or None (untested) of each job, without making its JobState."""
        return (entry.ok if type(entry) is JobState else _ok(entry) for entry in self._entries)  # type: ignore[arg-type]

    def copy(self) -> JobStates:
        """The same states, independent of these.

        20 ns a job, as both share the JobStates until asked for them; one obtained before belongs to neither.
        """
        other = JobStates(self._graph)
        self._entries = [(entry,) if type(entry) is JobState else entry for entry in self._entries]
        other._entries = self._entries.copy()
        return other

    def set_passed(self, index: int, ends: Sequence[LogRow]) -> None:
        """The jobs from that index on are ok: each passed its first Check, which ended with the row given."""
        self._entries[index : index + len(ends)] = ends

    # --- what needs a job ------------------------------------------------------------------------------------------

    def below(self, job: JobState) -> list[JobState]:
        """All jobs that need this one, at any depth, in visiting order."""
        found: set[int] = set()
        ahead = list(job.node.needed_by)
        while ahead:
            index = ahead.pop()
            if index not in found:
                found.add(index)
                ahead += self._graph.nodes[index].needed_by
        return [self.at(index) for index in sorted(found)]

    def mark_below(self, job: JobState, mark: Status) -> list[JobState]:
        """Mark all pending jobs that need this one, at any depth; the jobs that were marked.

        A marked job is not visited again, nor what needs it, so all marks of a run together cost O(jobs + edges).
        """
        ahead, marked = list(job.node.needed_by), list[JobState]()
        while ahead:
            below = self.at(ahead.pop())
            if below.status is Status.PENDING or (below.status is Status.UNKNOWN and mark is Status.BLOCKED):
                below.status, below.blocked_by = mark, job.name
                marked.append(below)
                ahead += below.node.needed_by
        return marked


class _Values(ValuesView[JobState]):
    """The values of JobStates."""

    _mapping: JobStates

    def __iter__(self) -> Iterator[JobState]:
        return self._mapping.in_order()


def _job_of(node: Node, entry: tuple[Any, ...] | None) -> JobState:
    """The JobState that an entry stands for."""
    return copy.copy(entry[0]) if _is_shared(entry) else JobState(node, entry)  # type: ignore[index]


def _ok(entry: tuple[Any, ...] | None) -> bool | None:
    """JobState.ok of the job that an entry stands for."""
    return entry[0].ok if _is_shared(entry) else None if entry is None else True  # type: ignore[index]


def _is_shared(entry: tuple[Any, ...] | None) -> bool:
    return entry is not None and len(entry) == 1  # a row is longer
