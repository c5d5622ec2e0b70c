"""Smoothing of coordinates: jobs move to the middle of their neighbours, long edges in line with an end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, pairwise

from dojobber_nb.view.layout.layers import Layered

TURNS = 4  # through all rows; in the first half of them long edges move, too
LARGE = 5_000  # nodes; with more there are half as many turns
FAR = 1e9  # px


def smooth(graph: Layered, place: list[int], x: list[float], reach: list[float]) -> None:
    """Move nodes that have room between their neighbours; order and distances are kept.

    `reach` is half the room of each node.
    """
    turns = TURNS if len(x) < LARGE else TURNS // 2
    for turn in range(turns):
        downwards = turn % 2 == 0
        sides = graph.up if downwards else graph.down
        for row in graph.rows if downwards else reversed(graph.rows):
            for run in _runs_of_jobs(row, graph.jobs):
                _smooth_run(row, run, sides, x, reach)
        if turn < turns // 2:
            for part in _straight_parts(graph, x):
                _align(part, graph, place, x, reach)


# --- jobs ------------------------------------------------------------------------------------------------------------


def _runs_of_jobs(row: list[int], jobs: int) -> Iterator[slice]:
    """Each sequence of jobs between bends; bends are not moved."""
    start = 0
    for i, v in enumerate([*row, jobs]):
        if v >= jobs:
            if start < i:
                yield slice(start, i)
            start = i + 1


def _smooth_run(row: list[int], place: slice, sides: list[list[int]], x: list[float], reach: list[float]) -> None:
    run, before, after = row[place], row[max(place.start - 1, 0) : place.start], row[place.stop : place.stop + 1]
    offsets = [0.0, *accumulate([reach[u] + reach[v] for u, v in pairwise(run)])]
    least = max([x[u] + reach[u] + reach[run[0]] for u in before], default=-FAR)
    most = min([x[w] - reach[w] - reach[run[-1]] for w in after], default=FAR) - offsets[-1]
    aims = [_mean(sides[v], x) if sides[v] else x[v] for v in run]
    for v, at, offset in zip(run, in_order(aims, offsets), offsets, strict=True):
        x[v] = min(max(at - offset, least), most) + offset


def _mean(nodes: list[int], x: list[float]) -> float:
    return sum([x[w] for w in nodes]) / len(nodes)


def in_order(aims: list[float], offsets: list[float]) -> list[float]:
    """The places nearest to the aims, by least squares, at distances of at least their offsets."""
    blocks: list[tuple[float, int]] = []  # (mean of aim less offset, how many)
    for aim, offset in zip(aims, offsets, strict=True):
        mean, count = aim - offset, 1
        while blocks and blocks[-1][0] > mean:
            before, many = blocks.pop()
            mean, count = (before * many + mean * count) / (many + count), many + count
        blocks.append((mean, count))
    means = [mean for mean, count in blocks for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]


# --- long edges ------------------------------------------------------------------------------------------------------


def _straight_parts(graph: Layered, x: list[float]) -> Iterator[list[int]]:
    """The bends of each straight segment of a long edge."""
    part: list[int] = []
    for v in range(graph.jobs, len(x)):  # the bends of an edge follow each other
        if part and (graph.up[v][0] != part[-1] or abs(x[v] - x[part[-1]]) > 0.01):
            yield part
            part = []
        part.append(v)
    if part:
        yield part


def _align(part: list[int], graph: Layered, place: list[int], x: list[float], reach: list[float]) -> None:
    """Move a segment in line with the nearer of its ends, as far as its neighbours allow."""
    ends = x[graph.up[part[0]][0]], x[graph.down[part[-1]][0]]
    least, most = -FAR, FAR
    for v in part:
        row, i = graph.rows[graph.rank[v]], place[v]
        least = max(least, x[row[i - 1]] + reach[row[i - 1]] + reach[v]) if i else least
        most = min(most, x[row[i + 1]] - reach[row[i + 1]] - reach[v]) if i + 1 < len(row) else most
    if least <= most:
        at = min((min(max(end, least), most) for end in ends), key=lambda at: min(abs(at - end) for end in ends))
        for v in part:
            x[v] = at
