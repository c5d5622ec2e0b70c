"""Ports: where edges leave and enter boxes, spread along the sides, straight where possible."""

from __future__ import annotations

from collections.abc import Sequence

from dojobber_nb.view.layout.layers import Layered
from dojobber_nb.view.layout.smoothing import in_order

GAP, SHARE = 12.0, 0.7  # px between two ports; share of a side that ports use at most
TURNS, LAST_TURNS = 4, 2  # in which ports move towards their opposite ends


def ports(
    graph: Layered, place: list[int], x: list[float], breadths: Sequence[float]
) -> tuple[list[float], list[float]]:
    """Where each edge leaves its upper job and enters its lower one, in the order of the opposite ends.

    An edge is straight if the boxes allow; the others are spread around the middle.
    """
    seconds, lasts = graph.edge_neighbours()
    leave, enter = [x[v] for v in lasts], [x[v] for v in seconds]
    leaving = _by_job([i for i, _ in graph.edges], [place[v] for v in seconds], graph.jobs)
    entering = _by_job([d for _, d in graph.edges], [place[v] for v in lasts], graph.jobs)
    bent = [None if v < graph.jobs else (x[v], x[w]) for v, w in zip(seconds, lasts, strict=True)]
    for turn in range(TURNS + LAST_TURNS):
        side = turn % 2
        mine, theirs = (enter, leave) if side else (leave, enter)
        for v, edges in enumerate(entering if side else leaving):
            # in the last turns only single ports move, towards sides with several
            if edges and (turn < TURNS or len(edges) == 1):
                ends = [theirs[e] if (bends := bent[e]) is None else bends[side] for e in edges]
                for e, at in zip(edges, _spread(ends, x[v], breadths[v]), strict=True):
                    mine[e] = at
    return leave, enter


def _by_job(jobs: list[int], places: list[int], count: int) -> list[list[int]]:
    """The edges at each job, ordered by the place of their other end."""
    found: list[list[int]] = [[] for _ in range(count)]
    for edge in sorted(range(len(jobs)), key=places.__getitem__):
        found[jobs[edge]].append(edge)
    return found


def _spread(ends: list[float], centre: float, breadth: float) -> list[float]:
    """A port for each end, from left to right."""
    reach = breadth * SHARE / 2
    if len(ends) < 2:
        return [end if abs(end - centre) <= reach else centre for end in ends]
    gap = min(GAP, breadth * SHARE / (len(ends) - 1))
    offsets = [i * gap for i in range(len(ends))]
    middle = centre - offsets[-1] / 2
    aims = [end if abs(end - centre) <= reach else middle + offset for end, offset in zip(ends, offsets, strict=True)]
    return [min(max(at, centre - reach), centre + reach) for at in in_order(aims, offsets)]
