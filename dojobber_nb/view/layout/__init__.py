"""Where the boxes and edges of a job graph go: layers, what is needed below (or to the right of) what needs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dojobber_nb.view.layout.layers import Layered, Needs, layered
from dojobber_nb.view.layout.order import arrange
from dojobber_nb.view.layout.place import Gaps, along
from dojobber_nb.view.layout.routes import LANE_GAP, Point, ports, through

Direction = Literal["down", "right"]
Size = tuple[float, float]
Box = tuple[float, float, float, float]
Edge = tuple[int, int]

TOP_DOWN_UP_TO = 15  # jobs; more read better from left to right
GAPS: dict[Direction, Gaps] = {"down": (28.0, 18.0, 12.0), "right": (18.0, 15.0, 11.0)}
LAYER_GAP, BROAD_GAP, BROADENING = 44.0, 110.0, 0.07  # px between layers, at least and at most; px more per px of bow


@dataclass(slots=True)
class Layout:
    """A drawing in px, y downwards, from (0, 0) to (width, height).

    `boxes[i]` is job i's (x, y, width, height) with (x, y) its upper left corner. `edges[i, d]` is the cubic Bézier
    path from job i to the job d it needs: a start, then two control points and an end for each piece.
    """

    boxes: list[Box]
    edges: dict[Edge, list[Point]]
    width: float
    height: float
    direction: Direction


def layout(sizes: Sequence[Size], needs: Needs, *, direction: Direction | None = None) -> Layout:
    """The same drawing each time for boxes of those sizes in px, where `needs[i]` are the jobs that job i needs."""
    direction = direction or ("down" if len(sizes) <= TOP_DOWN_UP_TO else "right")
    if not sizes:
        return Layout([], {}, 0.0, 0.0, direction)
    drawn = _top_down([size if direction == "down" else size[::-1] for size in sizes], needs, GAPS[direction])
    return drawn if direction == "down" else _turned(drawn)


def _top_down(sizes: Sequence[Size], needs: Needs, gaps: Gaps) -> Layout:
    graph = layered(needs)
    breadths = [breadth for breadth, _ in sizes]
    x = along(graph, arrange(graph), breadths, gaps)
    left = min([at - breadth / 2 for at, breadth in zip(x, breadths, strict=False)] + x)
    x = [at - left for at in x]
    tops, bottoms = _bands(graph, x, [depth for _, depth in sizes])
    boxes = [(x[v] - w / 2, tops[graph.rank[v]], w, h) for v, (w, h) in enumerate(sizes)]
    edges = _edges(graph, x, boxes, tops, bottoms)
    width = max([bx + w for bx, _, w, _ in boxes] + x[len(sizes) :] + [p[0] for e in graph.detours for p in edges[e]])
    return Layout(boxes, edges, width, bottoms[-1], "down")


def _bands(graph: Layered, x: list[float], depths: list[float]) -> tuple[list[float], list[float]]:
    """The top and the bottom of each layer; further apart where edges between them run far aside."""
    tops, bottoms, y = [], [], 0.0
    for row in graph.rows:
        tops.append(y)
        bottoms.append(y + max([depths[v] for v in row if v < graph.jobs], default=0.0))
        aside = max([abs(x[v] - x[w]) for v in row for w in graph.down[v]], default=0.0)
        y = bottoms[-1] + min(BROAD_GAP, LAYER_GAP + BROADENING * aside)
    return tops, bottoms


def _edges(
    graph: Layered, x: list[float], boxes: list[Box], tops: list[float], bottoms: list[float]
) -> dict[Edge, list[Point]]:
    leave, enter = ports(graph, x, [box[2] for box in boxes])
    found = {}
    for v in range(graph.jobs):
        bottom, band = boxes[v][1] + boxes[v][3], bottoms[graph.rank[v]]
        for first in graph.down[v]:
            start, last, w = leave[v, first], v, first
            knots = [((start, bottom), (start, band))]
            while w >= graph.jobs:
                knots.append(((x[w], tops[graph.rank[w]]), (x[w], bottoms[graph.rank[w]])))
                last, w = w, graph.down[w][0]
            end = (enter[w, last], boxes[w][1])
            found[v, w] = through([*knots, (end, end)])
    return found | _detours(graph, boxes, tops, bottoms)


def _detours(graph: Layered, boxes: list[Box], tops: list[float], bottoms: list[float]) -> dict[Edge, list[Point]]:
    """Around everything on the right, those into one job in one lane."""
    right = max(box[0] + box[2] for box in boxes)
    lanes = {d: right + LANE_GAP * (n + 3) for n, d in enumerate(dict.fromkeys(d for _, d in graph.detours))}
    found = {}
    for i, d in graph.detours:
        (x, y, w, h), (to_x, to_y, to_w, _) = boxes[i], boxes[d]
        out, into, lane = x + w * 0.9, to_x + to_w * 0.9, lanes[d]
        band = bottoms[graph.rank[i]]
        start, turn = ((out, y + h), (out, band)), ((lane, tops[graph.rank[i] + 1]), (lane, bottoms[graph.rank[d] - 1]))
        found[i, d] = through([start, turn, ((into, to_y), (into, to_y))])
    return found


def _turned(drawn: Layout) -> Layout:
    """The same from left to right."""
    boxes = [(y, x, h, w) for x, y, w, h in drawn.boxes]
    edges = {edge: [(y, x) for x, y in path] for edge, path in drawn.edges.items()}
    return Layout(boxes, edges, drawn.height, drawn.width, "right")
