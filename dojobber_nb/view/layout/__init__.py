"""Layered layout of a job graph: dependencies below (or to the right of) the jobs that need them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dojobber_nb.view.layout.coordinates import Gaps, assign_coordinates
from dojobber_nb.view.layout.curves import Curve
from dojobber_nb.view.layout.layers import Edge, Layered, Needs, layered
from dojobber_nb.view.layout.node_order import order_nodes
from dojobber_nb.view.layout.routes import Box, Placed, routes

__all__ = ["Box", "Curve", "Direction", "Edge", "Layout", "Needs", "Point", "Size", "direction_of", "layout"]

Direction = Literal["down", "right"]
Size = tuple[float, float]
Point = tuple[float, float]

TOP_DOWN_UP_TO = 15  # jobs; larger graphs are drawn from left to right
GAPS: dict[Direction, Gaps] = {"down": (28.0, 12.0), "right": (18.0, 11.0)}
LAYER_GAP, BROAD_GAP, BROADENING = 44.0, 110.0, 0.07  # px between layers, at least and at most; px more per px of bow


@dataclass(slots=True)
class Layout:
    """A drawing in px, y downwards, from (0, 0) to (width, height).

    `boxes[i]` is job i's (x, y, width, height) with (x, y) its upper left corner. `edges[i, d]` is the curve from job i
    to the job d it needs.
    """

    boxes: list[Box]
    edges: dict[Edge, Curve]
    width: float
    height: float
    direction: Direction


def layout(sizes: Sequence[Size], needs: Needs, *, direction: Direction | None = None) -> Layout:
    """Lay out boxes of those sizes in px; `needs[i]` are the dependencies of job i. Deterministic."""
    direction = direction or direction_of(len(sizes))
    if not sizes:
        return Layout([], {}, 0.0, 0.0, direction)
    drawn = _top_down([size if direction == "down" else size[::-1] for size in sizes], needs, GAPS[direction])
    return drawn if direction == "down" else _left_to_right(drawn)


def direction_of(jobs: int) -> Direction:
    """The default direction for so many jobs."""
    return "down" if jobs <= TOP_DOWN_UP_TO else "right"


def _top_down(sizes: Sequence[Size], needs: Needs, gaps: Gaps) -> Layout:
    at = _placed(sizes, needs, gaps)
    edges = routes(at)
    detours = [edges[edge][:, 0].max() for edge in at.graph.detours]
    width = max([x + w for x, _, w, _ in at.boxes] + at.x[len(sizes) :] + detours)
    return Layout(at.boxes, edges, float(width), at.bottoms[-1], "down")


def _placed(sizes: Sequence[Size], needs: Needs, gaps: Gaps) -> Placed:
    graph = layered(needs)
    place = order_nodes(graph)
    x = assign_coordinates(graph, place, [breadth for breadth, _ in sizes], gaps)
    left = min([at - breadth / 2 for at, (breadth, _) in zip(x, sizes, strict=False)] + x)
    x = [at - left for at in x]
    tops, bottoms = _layer_bounds(graph, x, [depth for _, depth in sizes])
    boxes = [(x[v] - w / 2, tops[graph.rank[v]], w, h) for v, (w, h) in enumerate(sizes)]
    return Placed(graph, place, x, boxes, tops, bottoms)


def _layer_bounds(graph: Layered, x: list[float], depths: list[float]) -> tuple[list[float], list[float]]:
    """Top and bottom of each layer; layers are further apart where edges between them run far to the side."""
    tops, bottoms, y = [], [], 0.0
    for row in graph.rows:
        tops.append(y)
        bottoms.append(y + max([depths[v] for v in row if v < graph.jobs], default=0.0))
        aside = max([abs(x[v] - x[w]) for v in row for w in graph.down[v]], default=0.0)
        y = bottoms[-1] + min(BROAD_GAP, LAYER_GAP + BROADENING * aside)
    return tops, bottoms


def _left_to_right(drawn: Layout) -> Layout:
    """The layout, turned from top-down to left-to-right."""
    boxes = [(y, x, h, w) for x, y, w, h in drawn.boxes]
    edges = {edge: curve[:, ::-1] for edge, curve in drawn.edges.items()}
    return Layout(boxes, edges, drawn.height, drawn.width, "right")
