"""Where each node stands along its layer: long edges straight, parents above what they need, nothing overlapping.

The method is that of Brandes and Köpf: align each node with a median neighbour from four sides, pack each of the four
alignments, take the mean of the middle two, relax.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dojobber_nb.view.layout.layers import Layered
from dojobber_nb.view.layout.relax import Apart, relax

Rows = list[list[int]]

Gaps = tuple[float, float, float]  # px between two boxes, a box and a passing edge, two passing edges


def along(graph: Layered, place: list[int], breadths: Sequence[float], gaps: Gaps) -> list[float]:
    """The centre of each node along its layer, in px; `breadths` are those of the jobs."""
    breadth = [*breadths, *([0.0] * (len(graph.rank) - graph.jobs))]
    apart = _spacing(breadth, graph.jobs, gaps)
    crossed = _crossed_by_long_edges(graph, place)
    found = []
    for downwards in (True, False):
        for mirrored in (False, True):
            rows = [row[::-1] if mirrored else row for row in (graph.rows if downwards else graph.rows[::-1])]
            sides = graph.up if downwards else graph.down
            heads = _aligned(rows, sides, place, crossed, mirrored=mirrored)
            x = _packed(rows, heads, apart)
            found.append([-at for at in x] if mirrored else x)
    x = _middle(found, breadth)
    relax(graph, place, x, apart)
    return x


def _spacing(breadth: list[float], jobs: int, gaps: Gaps) -> Apart:
    boxes, box_and_edge, edges = gaps

    def apart(u: int, v: int) -> float:
        gap = (boxes if v < jobs else box_and_edge) if u < jobs else (box_and_edge if v < jobs else edges)
        return (breadth[u] + breadth[v]) / 2 + gap

    return apart


def _crossed_by_long_edges(graph: Layered, place: list[int]) -> set[tuple[int, int]]:
    """The edges that cross a part of a long edge between two bends: they give way to it."""
    jobs = graph.jobs
    crossed = set[tuple[int, int]]()
    for row in graph.rows:
        straight = [(place[v], place[w]) for v in row if v >= jobs for w in graph.down[v] if w >= jobs]
        if straight:
            _mark(row, graph, place, straight, crossed)
    return crossed


def _mark(
    row: list[int], graph: Layered, place: list[int], straight: list[tuple[int, int]], crossed: set[tuple[int, int]]
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


def _aligned(rows: Rows, sides: Rows, place: list[int], crossed: set[tuple[int, int]], *, mirrored: bool) -> list[int]:
    """The head of each node's block: nodes of one block stand in one line."""
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


def _packed(rows: Rows, heads: list[int], apart: Apart) -> list[float]:
    """Each block as far to the left as its left neighbours let it, then as near to the right ones as they are."""
    right: dict[int, dict[int, float]] = {head: {} for head in heads}
    for row in rows:
        for u, v in pairwise(row):
            gaps = right[heads[u]]
            gaps[heads[v]] = max(gaps.get(heads[v], 0.0), apart(u, v))
    order = _blocks_from_the_left(right)
    x = dict.fromkeys(order, 0.0)
    for block in order:
        for other, gap in right[block].items():
            x[other] = max(x[other], x[block] + gap)
    for block in reversed(order):
        if right[block]:
            x[block] = max(x[block], min(x[other] - gap for other, gap in right[block].items()))
    return [x[head] for head in heads]


def _blocks_from_the_left(right: dict[int, dict[int, float]]) -> list[int]:
    waiting = dict.fromkeys(right, 0)
    for others in right.values():
        for other in others:
            waiting[other] += 1
    order = [block for block, count in waiting.items() if not count]
    for block in order:  # grows while it is read
        for other in right[block]:
            waiting[other] -= 1
            if not waiting[other]:
                order.append(other)
    return order


def _middle(found: list[list[float]], breadth: list[float]) -> list[float]:
    """The mean of the middle two of the four, once all are moved to the narrowest."""
    spans = [_span(x, breadth) for x in found]
    low, high = min(spans, key=lambda span: span[1] - span[0])
    for number, (x, (left, right)) in enumerate(zip(found, spans, strict=True)):
        shift = high - right if number % 2 else low - left
        found[number] = [at + shift for at in x]
    return [sum(sorted(four)[1:3]) / 2 for four in zip(*found, strict=True)]


def _span(x: list[float], breadth: list[float]) -> tuple[float, float]:
    return (
        min([at - width / 2 for at, width in zip(x, breadth, strict=True)]),
        max([at + width / 2 for at, width in zip(x, breadth, strict=True)]),
    )
