"""The neighbourhood of a job: its dependencies and dependents, up to a depth."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from dojobber_nb.core.graph import JobGraph, Node

FOCUSED_ABOVE: Final = 40  # jobs: of a larger graph the dashboard shows a part
DEPTHS: Final = (1, 2, None)  # steps up and down; None: all


def around(graph: JobGraph, job: str, depth: int | None = 1) -> frozenset[int]:
    """Indices of the job, its dependencies and its dependents within `depth` steps (None: all). Linear in edges."""
    start = graph[job].index
    return frozenset(_reached(graph, start, depth, lambda node: node.needs)) | frozenset(
        _reached(graph, start, depth, lambda node: node.needed_by)
    )


def _reached(graph: JobGraph, start: int, depth: int | None, ahead: Callable[[Node], Iterable[int]]) -> set[int]:
    found, edge = {start}, [start]
    while edge and depth != 0:
        edge = list(dict.fromkeys(near for index in edge for near in ahead(graph.nodes[index]) if near not in found))
        found.update(edge)
        depth = None if depth is None else depth - 1
    return found
