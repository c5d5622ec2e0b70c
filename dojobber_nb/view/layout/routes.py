"""Routes of the edges: out of one box, between the boxes of the layers it passes, into another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from dojobber_nb.view.layout.curves import Curve, Knot, curves
from dojobber_nb.view.layout.layers import Edge, Layered
from dojobber_nb.view.layout.ports import ports

Box = tuple[float, float, float, float]

LANE_GAP = 6.0  # px between two detours


@dataclass(slots=True)
class Placed:
    """A layered graph with the place of each node in its row, its centre `x` and the top and bottom of each layer."""

    graph: Layered
    place: list[int]
    x: list[float]
    boxes: list[Box]
    tops: list[float]
    bottoms: list[float]


def routes(at: Placed) -> dict[Edge, Curve]:
    """The curve of each edge, the detours last."""
    ways = [*_direct_routes(at), *_detour_routes(at)]
    counts = [len(way) for _, way in ways]
    drawn = curves([knot for _, way in ways for knot in way], counts)
    return dict(zip([edge for edge, _ in ways], drawn, strict=True))


def _direct_routes(at: Placed) -> Iterator[tuple[Edge, list[Knot]]]:
    """Each edge with its knots: at its start, its bends and its end."""
    rank = at.graph.rank
    bends = iter([(at.x[v], at.tops[rank[v]], at.bottoms[rank[v]]) for v in range(at.graph.jobs, len(at.x))])
    leave, enter = ports(at.graph, at.place, at.x, [box[2] for box in at.boxes])
    for (i, d), out, into in zip(at.graph.edges, leave, enter, strict=True):
        (_, top, _, height), end = at.boxes[i], at.boxes[d][1]
        passed = islice(bends, rank[d] - rank[i] - 1)
        yield (i, d), [(out, top + height, at.bottoms[rank[i]]), *passed, (into, end, end)]


def _detour_routes(at: Placed) -> Iterator[tuple[Edge, list[Knot]]]:
    """Each detour: to the right of all boxes; detours to one job share a lane."""
    right, rank = max(x + width for x, _, width, _ in at.boxes), at.graph.rank
    lanes = {d: right + LANE_GAP * (n + 3) for n, d in enumerate(dict.fromkeys(d for _, d in at.graph.detours))}
    for i, d in at.graph.detours:
        (x, y, width, height), (to_x, to_y, to_width, _) = at.boxes[i], at.boxes[d]
        lane = lanes[d], at.tops[rank[i] + 1], at.bottoms[rank[d] - 1]
        yield (i, d), [(x + width * 0.9, y + height, at.bottoms[rank[i]]), lane, (to_x + to_width * 0.9, to_y, to_y)]
