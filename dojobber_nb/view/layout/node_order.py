"""Order of the nodes in each layer, with few crossings: barycentre sweeps from several starts, then sifting.

Sweeps find the large structure, sifting improves the details. It leaves fewer crossings than dot's method (median
sweeps, transposing neighbours).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from random import Random

from dojobber_nb.view.layout.layers import Layered
from dojobber_nb.view.layout.long_edges import reroute_long_edges
from dojobber_nb.view.layout.sifting import sift

Rows = list[list[int]]

SWEEPS, PATIENCE = 10, 3  # at most, from each start; sweeps in a row without gain
ROUNDS, SHAKES = 5, 16  # of refinement at most
EFFORT, SHAKEN = 6_000, 1_000  # nodes gone through in all rounds and in all shakes
SWEPT = 40_000  # nodes gone through in the sweeps of a graph that is too large for a round
SMALL = 300  # nodes up to which all starts are tried
REROUTED = 1_500  # nodes up to which it pays to move whole edges


def order_nodes(graph: Layered) -> list[int]:
    """Order each row of the graph. Returns the place of every node in its row."""
    place = [0] * len(graph.rank)
    if len(place) > EFFORT:
        _order_large(graph, place)
    else:
        starts = islice(_starts(graph), 3 if len(place) < SMALL else 1)
        _, rows = min((_best_of_sweeps(graph, start, place) for start in starts), key=lambda found: found[0])
        _refine(graph, rows, place)
    for neighbours in (*graph.up, *graph.down):
        if len(neighbours) > 1:
            neighbours.sort(key=place.__getitem__)
    return place


def _order_large(graph: Layered, place: list[int]) -> None:
    """Some sweeps and one sifting, without counting crossings, which would double the time."""
    graph.rows, parity = next(_starts(graph))
    _number(graph.rows, place)
    for turn in range(parity, parity + 2 + SWEPT // len(place)):
        _sweep(graph, graph.rows, turn, place)
    sift(graph, place)


def crossings(rows: Rows, down: Rows, place: list[int]) -> int:
    """Number of pairs of edges that cross."""
    return sum([_crossings(row, down, place) for row in rows])


def _crossings(row: list[int], down: Rows, place: list[int]) -> int:
    """Crossings below one row: the inversions among the lower ends of its edges."""
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


def _starts(graph: Layered) -> Iterator[tuple[Rows, int]]:
    """(rows, parity of the first sweep): depth first from the bottom and the top, breadth first from the top."""
    yield _in_visiting_order(graph, graph.up, graph.down, depth_first=True), 1
    yield _in_visiting_order(graph, graph.down, graph.up, depth_first=True), 0
    yield _in_visiting_order(graph, graph.down, graph.up, depth_first=False), 0


def _in_visiting_order(graph: Layered, ahead: Rows, behind: Rows, *, depth_first: bool) -> Rows:
    """Rows in the order of a depth-first or breadth-first walk."""
    rows: Rows = [[] for _ in graph.rows]
    seen = bytearray(len(graph.rank))
    to_visit = [v for v, neighbours in enumerate(behind) if not neighbours]
    if depth_first:
        to_visit.reverse()
    for v in _drain(to_visit) if depth_first else to_visit:  # grows while it is read
        if not seen[v]:
            seen[v] = 1
            rows[graph.rank[v]].append(v)
            to_visit.extend(reversed(ahead[v]) if depth_first else ahead[v])
    return rows


def _drain(stack: list[int]) -> Iterator[int]:
    while stack:
        yield stack.pop()


# --- sweeps ----------------------------------------------------------------------------------------------------------


def _best_of_sweeps(graph: Layered, start: tuple[Rows, int], place: list[int]) -> tuple[int, Rows]:
    """(crossings, rows) of the best order that sweeps down and up have found."""
    rows, parity = start
    _number(rows, place)
    best, kept, stale = crossings(rows, graph.down, place), _copy(rows), 0
    for turn in range(parity, parity + SWEEPS):
        _sweep(graph, rows, turn, place)
        found = crossings(rows, graph.down, place)
        stale = 0 if found < best else stale + 1
        if found < best:
            best, kept = found, _copy(rows)
        if stale == PATIENCE:
            break
    return best, kept


def _sweep(graph: Layered, rows: Rows, turn: int, place: list[int]) -> None:
    """Order each row by the mean place of its neighbours in the row before; nodes without any stay in place."""
    before = graph.down if turn % 2 else graph.up
    for row in reversed(rows) if turn % 2 else rows:
        moving = [v for v in row if before[v]]
        mean = {v: _mean(before[v], place) for v in moving}
        moving.sort(key=mean.__getitem__)
        if len(moving) < len(row):
            ordered = iter(moving)
            moving = [next(ordered) if before[v] else v for v in row]
        row[:] = moving
        for i, v in enumerate(row):
            place[v] = i


def _mean(neighbours: list[int], place: list[int]) -> float:
    if len(neighbours) == 1:
        return place[neighbours[0]]
    return sum([place[w] for w in neighbours]) / (len(neighbours) or 1)


# --- refinement ------------------------------------------------------------------------------------------------------


def _refine(graph: Layered, rows: Rows, place: list[int]) -> None:
    """Sift, shake and sift again while that helps; the graph keeps the best."""
    size = len(place)
    best = _Best(graph, place, rows)
    for turn in range(min(ROUNDS, EFFORT // size)):
        _sweep_between(graph, graph.rows if turn % 2 == 0 else graph.rows[::-1], place)
        best.settle()
    best.restore()
    if size < REROUTED:
        reroute_long_edges(graph, place)
        best.settle()
    random = Random(size)  # deterministic
    for _ in range(min(SHAKES, SHAKEN // size)):
        best.restore()
        _shake(graph.rows, random)
        best.settle()
    best.restore()


class _Best:
    """The rows with the fewest crossings so far."""

    def __init__(self, graph: Layered, place: list[int], rows: Rows) -> None:
        self.graph, self.place = graph, place
        self.rows, self.crossings = rows, 1 << 60
        graph.rows = rows
        self.settle()

    def settle(self) -> None:
        """Sift the current order, and keep it if it is the best so far."""
        _number(self.graph.rows, self.place)
        sift(self.graph, self.place)
        found = crossings(self.graph.rows, self.graph.down, self.place)
        if found < self.crossings:
            self.crossings, self.rows = found, _copy(self.graph.rows)

    def restore(self) -> None:
        """Restore the best order."""
        self.graph.rows = _copy(self.rows)
        _number(self.graph.rows, self.place)


def _copy(rows: Rows) -> Rows:
    return [row[:] for row in rows]


def _sweep_between(graph: Layered, rows: Rows, place: list[int]) -> None:
    """Order each row by the mean place of its neighbours above and below, with equal weight."""
    for row in rows:
        mean = {v: _mean(graph.up[v] or graph.down[v], place) + _mean(graph.down[v] or graph.up[v], place) for v in row}
        row.sort(key=mean.__getitem__)
        for i, v in enumerate(row):
            place[v] = i


def _shake(rows: Rows, random: Random) -> None:
    """Move one node in ten a little."""
    for row in rows:
        for _ in range(-(-len(row) // 10) if len(row) > 1 else 0):
            at = random.randrange(len(row))
            row.insert(max(0, at + random.randint(-4, 4)), row.pop(at))
