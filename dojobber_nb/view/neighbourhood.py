"""The neighbourhood of a job: what it needs and what needs it, to a depth."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from dojobber_nb.core.graph import JobGraph, Node

FOCUSED_ABOVE: Final = 40  # jobs: of more, a part is easier to read than the whole
DEPTHS: Final = (1, 2, None)  # steps up and down; None: all


def around(graph: JobGraph, job: str, depth: int | None = 1) -> frozenset[int]:
    """The indices of that job, of what it needs and of what needs it, so many steps away at most; linear in edges."""
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
