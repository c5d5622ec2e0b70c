"""Coordinates of the nodes along their layers, by the method of Brandes and Köpf: long edges are straight.

Align each node with a median neighbour from four sides, pack each of the four alignments, take the mean of the middle
two, smooth the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from dojobber_nb.view.layout.curves import Floats
from dojobber_nb.view.layout.layers import Edge, Layered
from dojobber_nb.view.layout.smoothing import smooth

Rows = list[list[int]]

Gaps = tuple[float, float]  # px between two boxes, between two edges; between a box and an edge half of each

ALL_FOUR = 6_000  # nodes up to which all four alignments are packed; two of opposite corners are enough for more


_CORNERS: Final = [(True, False), (False, True), (True, True), (False, False)]  # (downwards, mirrored)


def assign_coordinates(graph: Layered, place: list[int], breadths: Sequence[float], gaps: Gaps) -> list[float]:
    """The centre of each node along its layer, in px; `breadths` are those of the jobs."""
    bends = len(graph.rank) - graph.jobs
    reach = [*((breadth + gaps[0]) / 2 for breadth in breadths), *([gaps[1] / 2] * bends)]
    crossed = _crossed_by_long_edges(graph, place)
    corners = _CORNERS if len(place) < ALL_FOUR else _CORNERS[:2]
    found = [_from_corner(graph, place, reach, crossed, at) for at in corners]
    x = _middle(np.array(found), np.array(reach))
    smooth(graph, place, x, reach)
    return x


def _from_corner(
    graph: Layered, place: list[int], reach: list[float], crossed: set[Edge], corner: tuple[bool, bool]
) -> list[float]:
    """Coordinates with all nodes as near to one corner as possible; `reach` is half the room of each node."""
    downwards, mirrored = corner
    rows = [row[::-1] if mirrored else row for row in (graph.rows if downwards else graph.rows[::-1])]
    heads = _aligned(rows, graph.up if downwards else graph.down, place, crossed, mirrored=mirrored)
    x = _packed(rows, heads, reach)
    return [-at for at in x] if mirrored else x


def _crossed_by_long_edges(graph: Layered, place: list[int]) -> set[Edge]:
    """The edges that cross an inner segment of a long edge: they are not aligned."""
    jobs = graph.jobs
    crossed = set[Edge]()
    for row in graph.rows:
        straight = [(place[v], place[w]) for v in row if v >= jobs for w in graph.down[v] if w >= jobs]
        if straight:
            _mark(row, graph, place, straight, crossed)
    return crossed


def _mark(
    row: list[int], graph: Layered, place: list[int], straight: list[tuple[int, int]], crossed: set[Edge]
) -> None:
    left_most = _suffix_minimum([bottom for _, bottom in straight])
    passed, right_most = 0, -1
    for v in row:
        while passed < len(straight) and straight[passed][0] < place[v]:
            right_most = max(right_most, straight[passed][1])
            passed += 1
        ahead = passed + (passed < len(straight) and straight[passed][0] == place[v])
        for w in graph.down[v]:
            if not (v >= graph.jobs <= w) and (place[w] < right_most or place[w] > left_most[ahead]):
                crossed.add((v, w))


def _suffix_minimum(values: list[int]) -> list[int]:
    least = [1 << 60]
    for value in reversed(values):
        least.append(min(least[-1], value))
    return least[::-1]


def _aligned(rows: Rows, sides: Rows, place: list[int], crossed: set[Edge], *, mirrored: bool) -> list[int]:
    """The first node of each node's block; the nodes of a block get the same coordinate."""
    head = list(range(len(place)))
    for row in rows[1:]:
        limit = 1 << 60 if mirrored else -1
        for v in row:
            for w in _medians(sides[v], mirrored=mirrored):
                free = place[w] < limit if mirrored else place[w] > limit
                if free and (v, w) not in crossed and (w, v) not in crossed:
                    head[v], limit = head[w], place[w]
                    break
    return head


def _medians(neighbours: list[int], *, mirrored: bool) -> tuple[int, ...]:
    count = len(neighbours)
    if not count:
        return ()
    low, high = neighbours[(count - 1) // 2], neighbours[count // 2]
    return (high, low) if mirrored else (low, high)


def _packed(rows: Rows, heads: list[int], reach: list[float]) -> list[float]:
    """Place each block as far left as its left neighbours allow, then move it towards its right ones."""
    pairs, waiting = _neighbours(rows, heads, reach)
    order = [head for v, head in enumerate(heads) if v == head and not waiting[head]]
    x = [0.0] * len(heads)
    for block in order:  # grows while it is read
        at = x[block]
        for other, gap in pairs[block]:
            x[other] = max(x[other], at + gap)
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    for block in reversed(order):
        if pairs[block]:
            x[block] = max(x[block], min([x[other] - gap for other, gap in pairs[block]]))
    return [x[head] for head in heads]


def _neighbours(rows: Rows, heads: list[int], reach: list[float]) -> tuple[list[list[tuple[int, float]]], list[int]]:
    """By block: (right neighbour, least distance) for each row, and the number of left neighbours."""
    pairs: list[list[tuple[int, float]]] = [[] for _ in heads]
    waiting = [0] * len(heads)
    for row in rows:
        for u, v in pairwise(row):
            pairs[heads[u]].append((heads[v], reach[u] + reach[v]))
            waiting[heads[v]] += 1
    return pairs, waiting


def _middle(found: Floats, reach: Floats) -> list[float]:
    """The mean of the middle two, after all were moved to the bounds of the narrowest."""
    left, right = (found - reach).min(axis=1), (found + reach).max(axis=1)
    narrowest = np.argmin(right - left)
    mirrored = np.arange(len(found)) % 3 != 0
    shift = np.where(mirrored, right[narrowest] - right, left[narrowest] - left)
    ranked = np.sort(found + shift[:, None], axis=0)
    middle = len(found) // 2
    return [float(at) for at in (ranked[middle - 1] + ranked[middle]) / 2]
