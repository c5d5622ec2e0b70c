"""The curves of the edges: out of one box's side, between the boxes of the layers in between, into another's."""

from __future__ import annotations

from dojobber_nb.view.layout.layers import Layered
from dojobber_nb.view.layout.relax import in_order

Point = tuple[float, float]

PORT_GAP, PORT_SHARE = 12.0, 0.7  # px between two ports, and the most of a side that ports take up
LANE_GAP = 6.0  # px between two edges that go around


def ports(graph: Layered, x: list[float], breadths: list[float]) -> tuple[Ports, Ports]:
    """Where each edge leaves v for w, and enters v from w, by (v, w): along the side, in the order of the other ends.

    An edge is straight where the boxes let it; the others are spread around the middle.
    """
    leave, enter = Ports(), Ports()
    sides = (graph.down, leave, enter), (graph.up, enter, leave)
    for turn in range(6):
        side, mine, theirs = sides[turn % 2]
        for v in range(graph.jobs):
            if turn >= 4 and len(side[v]) != 1:
                continue  # at last those that are alone on their side yield to those that are not
            ends = [theirs.get((w, v), x[w]) for w in side[v]]
            mine.update(zip(((v, w) for w in side[v]), _spread(ends, x[v], breadths[v]), strict=True))
    return leave, enter


Ports = dict[tuple[int, int], float]


def _spread(ends: list[float], centre: float, breadth: float) -> list[float]:
    """A port for each end, from left to right."""
    reach = breadth * PORT_SHARE / 2
    if len(ends) < 2:
        return [end if abs(end - centre) <= reach else centre for end in ends]
    gap = min(PORT_GAP, breadth * PORT_SHARE / (len(ends) - 1))
    offsets = [i * gap for i in range(len(ends))]
    middle = centre - offsets[-1] / 2
    aims = [end if abs(end - centre) <= reach else middle + offset for end, offset in zip(ends, offsets, strict=True)]
    return [min(max(at, centre - reach), centre + reach) for at in in_order(aims, offsets)]


def through(knots: list[tuple[Point, Point]]) -> list[Point]:
    """Bézier points along straight pieces (from, to) in the direction of the layers, with a smooth bow between them."""
    path = [knots[0][0]]
    for number, (start, end) in enumerate(knots):
        if number:
            path += _bow(path[-1], start)
        if start != end:
            path += _line(start, end)
    return path


def _bow(start: Point, end: Point) -> list[Point]:
    """Leaves and arrives along the direction of the layers, and stays between the two."""
    middle = (start[1] + end[1]) / 2
    return [(start[0], middle), (end[0], middle), end]


def _line(start: Point, end: Point) -> list[Point]:
    third = (end[1] - start[1]) / 3
    return [(start[0], start[1] + third), (end[0], end[1] - third), end]
