"""Sifting: fewer crossings by moving single nodes along their row."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from dojobber_nb.view.layout.layers import Layered

WINDOW = 10  # places that a node moves at most
ROUNDS, SIFTED = 6, 9_000  # how often all rows are gone through at most; nodes in all of them: large graphs get one


def sift(graph: Layered, place: list[int]) -> None:
    """Move nodes to where their edges cross least, until nothing improves."""
    awake = set(range(len(graph.rows)))
    for turn in range(min(ROUNDS, 1 + SIFTED // len(place))):
        changed = [k for k in sorted(awake, reverse=turn % 2 == 1) if _sift_row(graph, k, place)]
        awake = {near for k in changed for near in (k - 1, k, k + 1) if 0 <= near < len(graph.rows)}


def _sift_row(graph: Layered, k: int, place: list[int]) -> bool:
    """Whether a node of that row was moved."""
    row = graph.rows[k]
    ups = [sorted([place[w] for w in graph.up[v]]) for v in row]
    downs = [sorted([place[w] for w in graph.down[v]]) for v in row]
    any_moved = False
    for v in row[:]:
        at = place[v]
        saved, to = _best_place(ups, downs, at, range(at - 1, max(-1, at - 1 - WINDOW), -1), -1)
        more, further = _best_place(ups, downs, at, range(at + 1, min(len(row), at + 1 + WINDOW)), 1)
        if more > saved:
            saved, to = more, further
        if saved:
            any_moved = True
            row.insert(to, row.pop(at))
            ups.insert(to, ups.pop(at))
            downs.insert(to, downs.pop(at))
            for i in range(min(at, to), max(at, to) + 1):
                place[row[i]] = i
    return any_moved


def _best_place(ups: list[list[int]], downs: list[list[int]], at: int, others: range, sign: int) -> tuple[int, int]:
    """(crossings saved, index) of the best place on one side of `at`.

    The hot loop: in nine cases of ten both nodes have one neighbour, which is inlined.
    """
    up, down = ups[at], downs[at]
    one_up, one_down = up[0] if len(up) == 1 else -1, down[0] if len(down) == 1 else -1
    hopeless = -len(up) - len(down)
    saved = best = 0
    to = at
    for j in others:
        theirs = ups[j]
        if one_up >= 0 and len(theirs) == 1:
            saved += ((one_up > theirs[0]) - (one_up < theirs[0])) * sign
        elif up and theirs:
            saved += _crossed(up, theirs) * sign
        theirs = downs[j]
        if one_down >= 0 and len(theirs) == 1:
            saved += ((one_down > theirs[0]) - (one_down < theirs[0])) * sign
        elif down and theirs:
            saved += _crossed(down, theirs) * sign
        if saved > best:
            best, to = saved, j
        elif saved < hopeless:
            break
    return best, to


def _crossed(left: list[int], right: list[int]) -> int:
    """Pairs of ends in the wrong order, minus those in the right one."""
    if len(left) * len(right) > 60:
        return sum([bisect_left(right, a) + bisect_right(right, a) - len(right) for a in left])
    found = 0
    for a in left:
        for b in right:
            if a > b:
                found += 1
            elif a < b:
                found -= 1
    return found
