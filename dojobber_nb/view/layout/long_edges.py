"""Fewer crossings by moving long edges: all bends of an edge at once, to where the whole edge crosses least."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate

from dojobber_nb.view.layout.layers import Layered

WINDOW = 8  # places that a bend moves at most


def reroute_long_edges(graph: Layered, place: list[int]) -> None:
    """Remove and reinsert each long edge where it crosses least, the longest first."""
    for edge in sorted(_long_edges(graph), key=len, reverse=True):
        _reroute(graph, place, edge)


def _long_edges(graph: Layered) -> Iterator[list[int]]:
    """The nodes of each edge that has bends, from job to job."""
    for v in range(graph.jobs):
        for first in graph.down[v]:
            edge = [v, first]
            while edge[-1] >= graph.jobs:
                edge.append(graph.down[edge[-1]][0])
            if len(edge) > 2:
                yield edge


def _reroute(graph: Layered, place: list[int], edge: list[int]) -> None:
    top, *bends, bottom = edge
    rows = [graph.rows[graph.rank[v]] for v in edge]
    places = [range(place[top], place[top] + 1)]
    for v, row in zip(bends, rows[1:], strict=False):
        row.pop(place[v])
        _renumber(row, place, place[v])
        places.append(range(max(0, place[v] - WINDOW), min(len(row), place[v] + WINDOW) + 1))
    places.append(range(place[bottom], place[bottom] + 1))
    ends = [[[place[w] for w in graph.down[u] if w != bottom] if u != top else [] for u in row] for row in rows[:-1]]
    for v, row, to in zip(bends, rows[1:], _cheapest(ends, rows, places), strict=False):
        row.insert(to, v)
        _renumber(row, place, to)


def _renumber(row: list[int], place: list[int], start: int) -> None:
    for i in range(start, len(row)):
        place[row[i]] = i


def _cheapest(ends: Sequence[list[list[int]]], rows: Sequence[list[int]], places: Sequence[range]) -> list[int]:
    """The place in each row, except the last, of the path with the fewest crossings; by dynamic programming."""
    cost = [0]
    tables = []
    for k in range(len(places) - 1):
        crossed = _crossed(ends[k], len(rows[k + 1]), places[k], places[k + 1])
        table = [[so_far + more for more in each] for so_far, each in zip(cost, crossed, strict=True)]
        cost = [min(column) for column in zip(*table, strict=True)]
        tables.append(table)
    way, q = [], 0
    for table, row_places in zip(tables[:0:-1], places[-2:0:-1], strict=True):
        q = min(range(len(table)), key=lambda p: table[p][q])
        way.append(row_places[q])
    return way[::-1]


def _crossed(ends: list[list[int]], width: int, froms: range, tos: range) -> Iterator[list[int]]:
    """For each place in `froms`, how many edges between two rows a piece from there to each place in `tos` crosses.

    `ends[i]` are the lower ends of the upper row's i-th node; one step to the right passes all edges of one node.
    """
    steps = [0] * (width + 1)  # what a step of the lower end past each lower node adds
    first = 0  # crossings with the lower end at its first place
    for i, below in enumerate(ends):
        for b in below:
            steps[b] += -1 if i < froms.start else 1
            first += (b >= tos.start) if i < froms.start else (b < tos.start)
    for p in froms:
        yield list(accumulate(steps[tos.start : tos.stop - 1], initial=first))
        for b in ends[p] if p < len(ends) else ():
            steps[b] -= 2
            first += 1 if b >= tos.start else -1
