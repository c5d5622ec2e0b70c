"""How a graph differs from that of a recorded run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dojobber_nb.core.graph import JobGraph
from dojobber_nb.record.recorded_run import RecordedRun
from dojobber_nb.record.run_metadata import fold_facts, graph_metadata


def is_same_graph(run: RecordedRun, graph: JobGraph) -> bool:
    """Whether the events of the run can be folded over this graph."""
    return [fold_facts(node) for node in run.graph] == [fold_facts(node) for node in graph]


def changes(run: RecordedRun, graph: JobGraph) -> dict[str, str]:
    """{job: how it differs now, in words}, including removed jobs."""
    before, now = _by_name(run.metadata["graph"]), _by_name(graph_metadata(graph))
    told = {name: _change(row, before.get(name)) for name, row in now.items()}
    gone = {name: "gone" for name in before if name not in now}
    return {name: what for name, what in told.items() if what} | gone


def _by_name(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The rows of a graph by job, with the names of their dependencies."""
    names = [row["name"] for row in rows]
    return {row["name"]: {**row, "needs": [names[need] for need in row["needs"]]} for row in rows}


def _change(row: Mapping[str, Any], old: Mapping[str, Any] | None) -> str:
    if old is None:
        return "new"
    if row["needs"] != old["needs"]:
        return "its dependencies changed"
    if any(row[fact] != old[fact] for fact in ("kind", "tries", "cleanup")):
        return "its kind, its TRIES or its Cleanup changed"
    return "its code changed" if row["code"] != old["code"] else ""
