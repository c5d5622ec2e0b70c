"""The curves of the edges: out of one box's side, between the boxes of the layers in between, into another's."""

from __future__ import annotations

from dojobber_nb.view.layers import Layered

Point = tuple[float, float]

PORT_GAP, PORT_SHARE = 12.0, 0.7  # px between two ports, and the most of a side that ports take up
LANE_GAP = 6.0  # px between two edges that go around


def ports(graph: Layered, x: list[float], breadths: list[float]) -> tuple[dict[tuple[int, int], float], ...]:
    """Where edges leave (v, w) and enter (v, w) along the sides of v and w, spread in the order of the other ends."""
    leave, enter = dict[tuple[int, int], float](), dict[tuple[int, int], float]()
    for v in range(graph.jobs):
        for side, found, outwards in ((graph.down[v], leave, True), (graph.up[v], enter, False)):
            for w, at in zip(side, _spread(len(side), x[v], breadths[v]), strict=True):
                found[(v, w) if outwards else (w, v)] = at
    return leave, enter


def _spread(count: int, centre: float, breadth: float) -> list[float]:
    gap = min(PORT_GAP, breadth * PORT_SHARE / max(count - 1, 1))
    return [centre + (i - (count - 1) / 2) * gap for i in range(count)]


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
