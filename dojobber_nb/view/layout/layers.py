"""Assignment of jobs to layers: each below all jobs that need it; long edges have a bend in every layer they pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Needs = Sequence[Sequence[int]]
Edge = tuple[int, int]

FREE_BENDS, BENDS_PER_EDGE = 2_000, 3  # with more bends than these the longest edges become detours


@dataclass(slots=True)
class Layered:
    """Nodes 0..jobs-1 are the jobs, those after them the bends of long edges.

    `rank[v]` is the layer of node v, `rows[k]` the nodes of layer k from left to right, `up[v]` and `down[v]` its
    neighbours in the layers above and below; a bend has one of each. `edges` are in the order of their bends.
    `detours` are the edges left out because their bends would be too many.
    """

    jobs: int
    rank: list[int]
    rows: list[list[int]]
    up: list[list[int]]
    down: list[list[int]]
    edges: list[Edge]
    detours: list[Edge]

    def edge_neighbours(self) -> tuple[list[int], list[int]]:
        """By edge, the node after its upper end and the node before its lower end."""
        seconds, lasts, bend = [], [], self.jobs
        for i, d in self.edges:
            bends = self.rank[d] - self.rank[i] - 1
            seconds.append(bend if bends else d)
            bend += bends
            lasts.append(bend - 1 if bends else i)
        return seconds, lasts


def layered(needs: Needs) -> Layered:
    """The jobs in layers, not ordered within a layer. ValueError for a cycle."""
    rank = ranks(needs)
    kept, detours = _split([(i, d) for i, deps in enumerate(needs) for d in deps], rank)
    graph = Layered(len(needs), rank, [], [[] for _ in needs], [[] for _ in needs], kept, detours)
    for edge in kept:
        _add(graph, *edge)
    graph.rows = [[] for _ in range(max(rank, default=-1) + 1)]
    for node, k in enumerate(rank):
        graph.rows[k].append(node)
    return graph


def ranks(needs: Needs) -> list[int]:
    """The layer of each job, 0 for jobs that no job needs; the total length of edges is small."""
    order = _topological(needs)
    needed_by = _reversed(needs)
    rank = [0] * len(needs)
    for i in order:
        for d in needs[i]:
            rank[d] = max(rank[d], rank[i] + 1)
    for turn in range(_TURNS):
        moved = [_tighten(i, needs[i], needed_by[i], rank, prefer_down=turn % 2 == 0) for i in reversed(order)]
        if not any(moved):
            break
    for _ in range(2 if len(needs) < MANY else 1):
        _shift_groups(needs, needed_by, rank, 1)
        _shift_groups(needed_by, needs, rank, -1)
    top = min(rank, default=0)
    return [k - top for k in rank]


_TURNS, MANY = 8, 1_000  # turns; jobs from which on one round of group moves must do
_GROUP = 40  # jobs that are moved together at most


def _tighten(i: int, needs: Sequence[int], needed_by: Sequence[int], rank: list[int], *, prefer_down: bool) -> bool:
    """Move the job next to its dependencies or its dependents, whichever are more. Whether it moved."""
    pull = len(needs) - len(needed_by)
    if needs and (pull > 0 or (pull == 0 and prefer_down)):
        best = min(rank[d] for d in needs) - 1
    elif needed_by:
        best = max(rank[p] for p in needed_by) + 1
    else:
        return False
    moved, rank[i] = best != rank[i], best
    return moved


def _shift_groups(ahead: Needs, behind: Needs, rank: list[int], step: int) -> None:
    """Move groups of jobs that block each other, where that shortens the edges in total.

    Single moves stop where a job and its neighbour block each other. This finds nearly all that a network simplex would
    improve, in a tenth of the time.
    """
    for i in range(len(ahead)):
        while len(ahead[i]) > len(behind[i]) and (group := _pushed(i, ahead, rank, step)):
            slacks = [(rank[d] - rank[j]) * step - 1 for j in group for d in ahead[j] if d not in group]
            held = sum(1 for j in group for p in behind[j] if p not in group)
            if len(slacks) <= held:
                break
            for j in group:
                rank[j] += step * min(slacks)


def _pushed(i: int, ahead: Needs, rank: list[int], step: int) -> set[int]:
    """The job and those that have to move with it by one layer; an empty set if they are too many."""
    group, reached = {i}, [i]
    for j in reached:  # grows while it is read
        if len(group) > _GROUP:
            return set()
        near = [d for d in ahead[j] if rank[d] == rank[j] + step and d not in group]
        group.update(near)
        reached.extend(near)
    return group


def _topological(needs: Needs) -> list[int]:
    waiting = [len(users) for users in _reversed(needs)]
    order = [i for i, count in enumerate(waiting) if not count]
    for i in order:  # grows while it is read
        for d in needs[i]:
            waiting[d] -= 1
            if not waiting[d]:
                order.append(d)
    if len(order) < len(needs):
        raise ValueError("the jobs depend on each other in a cycle; a JobGraph never does")
    return order


def _reversed(needs: Needs) -> list[list[int]]:
    needed_by: list[list[int]] = [[] for _ in needs]
    for i, deps in enumerate(needs):
        for d in deps:
            needed_by[d].append(i)
    return needed_by


def _split(edges: list[Edge], rank: list[int]) -> tuple[list[Edge], list[Edge]]:
    """(edges with bends, detours), so that the number of bends is linear in the edges."""
    left = FREE_BENDS + BENDS_PER_EDGE * len(edges)
    detours = set[Edge]()
    for i, d in sorted(edges, key=lambda edge: rank[edge[1]] - rank[edge[0]]):
        bends = rank[d] - rank[i] - 1
        left -= bends
        if bends and left < 0:
            detours.add((i, d))
    return [edge for edge in edges if edge not in detours], [edge for edge in edges if edge in detours]


def _add(graph: Layered, i: int, d: int) -> None:
    first, last, rank = len(graph.rank), len(graph.rank) + graph.rank[d] - graph.rank[i] - 2, graph.rank
    if last < first:
        graph.down[i].append(d)
        graph.up[d].append(i)
        return
    rank.extend(range(rank[i] + 1, rank[d]))
    graph.up.extend([[i], *([v] for v in range(first, last))])
    graph.down.extend([*([v] for v in range(first + 1, last + 1)), [d]])
    graph.down[i].append(first)
    graph.up[d].append(last)
