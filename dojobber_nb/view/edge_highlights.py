"""Edge highlights: edges on the path to a failure, and edges of the selected job."""

from __future__ import annotations

from collections.abc import Iterable

from dojobber_nb.core.events import Status
from dojobber_nb.core.state import RunState
from dojobber_nb.view.layout import Edge


def edge_highlights(state: RunState, edges: Iterable[Edge], selected: str | None) -> dict[Edge, str]:
    """{edge: "failed" or "selected"}: the edges on a path to a failure, and those of the selected job."""
    nodes = state.graph.nodes
    failing = _failing(state)
    found = {edge: "failed" for edge in edges if edge in failing}
    if selected is None:
        return found
    return found | {(i, d): "selected" for i, d in edges if selected in (nodes[i].name, nodes[d].name)}


def _failing(state: RunState) -> set[Edge]:
    """The edges of one shortest path from the root to each failed job, through blocked ones."""
    jobs = list(state.jobs.values())
    came_from = {jobs[-1].node.index: -1}
    reached = [jobs[-1]]
    for job in reached:  # grows while it is read
        for need in job.node.needs if job.status is Status.BLOCKED else ():
            if need not in came_from and jobs[need].status in (Status.BLOCKED, Status.FAILED):
                came_from[need] = job.node.index
                reached.append(jobs[need])
    found = set[Edge]()
    for job in reached:
        at = job.node.index
        while job.status is Status.FAILED and came_from[at] >= 0 and (came_from[at], at) not in found:
            found.add((came_from[at], at))
            at = came_from[at]
    return found
