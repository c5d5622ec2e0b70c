"""Curves through knots, straight at each knot and smooth in between; vectorized, as there are many."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Curve = Floats  # points × 2: a start, then two control points and an end for each cubic Bézier piece
Knot = tuple[float, float, float]  # place along the layer, then where a curve enters and leaves the knot


def curves(knots: Sequence[Knot], counts: Sequence[int]) -> list[Curve]:
    """The curve of each edge. `knots` are those of all edges in sequence, `counts` the number for each."""
    if not knots:
        return []
    table, ends, starts = np.array(knots), np.cumsum(counts), np.cumsum([0, *counts[:-1]])
    first, last = np.zeros(len(table), bool), np.zeros(len(table), bool)
    first[starts], last[ends - 1] = True, True
    drawn = np.concatenate([table[:, None, :2], _lines(table), _bows(table)], axis=1)
    there = np.repeat(np.stack([first, table[:, 1] != table[:, 2], ~last], axis=1), (1, 3, 3), axis=1)
    points = np.add.reduceat(there.sum(axis=1), starts)
    return np.split(drawn[there], np.cumsum(points)[:-1])


def _lines(knots: Floats) -> Floats:
    """The three points after the start of a straight piece at each knot."""
    x, start, end = knots.T
    third = (end - start) / 3
    return np.stack([np.stack([x, y], axis=1) for y in (start + third, end - third, end)], axis=1)


def _bows(knots: Floats) -> Floats:
    """The three points of the smooth piece to the next knot."""
    x, _, start = knots.T
    to, end, _ = np.roll(knots, -1, axis=0).T
    middle = (start + end) / 2
    return np.stack([np.stack(pair, axis=1) for pair in ((x, middle), (to, middle), (to, end))], axis=1)
