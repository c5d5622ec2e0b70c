"""The order within each layer: few crossings. Barycentre sweeps from several starts, then sifting of the best."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from dojobber_nb.view.layers import Layered

Rows = list[list[int]]

SWEEPS, PATIENCE = 24, 6  # sweeps from each start, and how many in a row may bring nothing
WINDOW, ROUNDS = 10, 10  # how far sifting looks to either side, and how often it goes through all layers


def arrange(graph: Layered) -> list[int]:
    """Put each row of the graph in order; returns every node's place in its row."""
    place = [0] * len(graph.rank)
    _, graph.rows = min((_swept(graph, start, place) for start in _starts(graph)), key=lambda found: found[0])
    _number(graph.rows, place)
    _sift(graph, place)
    for side in (graph.up, graph.down):
        for neighbours in side:
            neighbours.sort(key=place.__getitem__)
    return place


def crossings(graph: Layered, place: list[int]) -> int:
    """How many pairs of edges cross."""
    return sum(_crossings(row, graph.down, place) for row in graph.rows)


def _crossings(row: list[int], down: Rows, place: list[int]) -> int:
    """Inversions among the lower ends of the row's edges, read from left to right."""
    seen: list[int] = []
    found = 0
    for v in row:
        for end in sorted([place[w] for w in down[v]]):
            at = bisect_right(seen, end)
            found += len(seen) - at
            seen.insert(at, end)
    return found


def _number(rows: Rows, place: list[int]) -> None:
    for row in rows:
        for i, v in enumerate(row):
            place[v] = i


# --- starts ----------------------------------------------------------------------------------------------------------


def _starts(graph: Layered) -> Iterable[tuple[Rows, int]]:
    """(rows, parity of the first sweep): depth first and breadth first from the top, depth first from the bottom."""
    yield _walked(graph, graph.down, graph.up, depth_first=True), 0
    yield _walked(graph, graph.down, graph.up, depth_first=False), 0
    yield _walked(graph, graph.up, graph.down, depth_first=True), 1


def _walked(graph: Layered, ahead: Rows, behind: Rows, *, depth_first: bool) -> Rows:
    """Rows filled in the order in which a walk comes by."""
    rows: Rows = [[] for _ in graph.rows]
    seen = bytearray(len(graph.rank))
    to_visit = [v for v, neighbours in enumerate(behind) if not neighbours]
    if depth_first:
        to_visit.reverse()
    visits = _pop(to_visit) if depth_first else iter(to_visit)
    for v in visits:
        if not seen[v]:
            seen[v] = 1
            rows[graph.rank[v]].append(v)
            to_visit.extend(reversed(ahead[v]) if depth_first else ahead[v])
    return rows


def _pop(stack: list[int]) -> Iterable[int]:
    while stack:
        yield stack.pop()


# --- sweeps ----------------------------------------------------------------------------------------------------------


def _swept(graph: Layered, start: tuple[Rows, int], place: list[int]) -> tuple[int, Rows]:
    """(crossings, rows) of the best that sweeps down and up came by."""
    rows, parity = start
    _number(rows, place)
    best, kept, stale = _count(rows, graph, place), [row[:] for row in rows], 0
    for turn in range(parity, parity + SWEEPS):
        _sweep(graph, rows, place, downwards=turn % 2 == 0)
        found = _count(rows, graph, place)
        stale = 0 if found < best else stale + 1
        if found < best:
            best, kept = found, [row[:] for row in rows]
        if stale == PATIENCE:
            break
    return best, kept


def _count(rows: Rows, graph: Layered, place: list[int]) -> int:
    return sum(_crossings(row, graph.down, place) for row in rows)


def _sweep(graph: Layered, rows: Rows, place: list[int], *, downwards: bool) -> None:
    """Each row by the mean place of its neighbours in the row before; what has none there stays where it is."""
    sides = graph.up if downwards else graph.down
    for row in rows if downwards else reversed(rows):
        moving = [v for v in row if sides[v]]
        mean = {v: _mean(sides[v], place) for v in moving}
        moving.sort(key=mean.__getitem__)
        if len(moving) < len(row):
            ordered = iter(moving)
            moving = [next(ordered) if sides[v] else v for v in row]
        row[:] = moving
        for i, v in enumerate(row):
            place[v] = i


def _mean(neighbours: list[int], place: list[int]) -> float:
    if len(neighbours) == 1:
        return place[neighbours[0]]
    return sum([place[w] for w in neighbours]) / len(neighbours)


# --- sifting ---------------------------------------------------------------------------------------------------------


def _sift(graph: Layered, place: list[int]) -> None:
    """Move single nodes to where their edges cross least, until that brings nothing."""
    awake = set(range(len(graph.rows)))
    for turn in range(ROUNDS):
        gained = [k for k in sorted(awake, reverse=turn % 2 == 1) if _sift_row(graph, k, place)]
        awake = {near for k in gained for near in (k - 1, k, k + 1) if 0 <= near < len(graph.rows)}
        if not awake:
            break


def _sift_row(graph: Layered, k: int, place: list[int]) -> bool:
    """Whether any node of the row found a better place."""
    row = graph.rows[k]
    ends = {v: (sorted([place[w] for w in graph.up[v]]), sorted([place[w] for w in graph.down[v]])) for v in row}
    gained = False
    for v in row[:]:
        at = place[v]
        better = _better(row, at, ends)
        if better != at:
            row.insert(better, row.pop(at))
            for i in range(min(at, better), max(at, better) + 1):
                place[row[i]] = i
            gained = True
    return gained


Ends = dict[int, tuple[list[int], list[int]]]


def _better(row: list[int], at: int, ends: Ends) -> int:
    """The index within the window where the node at `at` has the fewest crossings."""
    up, down = ends[row[at]]
    best = gain = 0
    better = at
    for j in range(at - 1, max(-1, at - 1 - WINDOW), -1):
        other_up, other_down = ends[row[j]]
        gain += _inverted(other_up, up) + _inverted(other_down, down)
        if gain > best:
            best, better = gain, j
    gain = 0
    for j in range(at + 1, min(len(row), at + 1 + WINDOW)):
        other_up, other_down = ends[row[j]]
        gain += _inverted(up, other_up) + _inverted(down, other_down)
        if gain > best:
            best, better = gain, j
    return better


def _inverted(left: list[int], right: list[int]) -> int:
    """Crossings that go away, minus those that come, when the two nodes swap places."""
    if len(left) == 1 == len(right):
        return (left[0] > right[0]) - (left[0] < right[0])
    if len(left) * len(right) > 100:
        return sum([bisect_left(right, a) + bisect_right(right, a) - len(right) for a in left])
    return sum([(a > b) - (a < b) for a in left for b in right])
