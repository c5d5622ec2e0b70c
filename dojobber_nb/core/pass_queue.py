"""PassQueue: which job's turn it is in a pass, and which jobs wait for which. Jobs are given by index in the graph."""

from __future__ import annotations

import copy
from bisect import insort
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush

from dojobber_nb.core.errors import OutOfTurnError
from dojobber_nb.core.graph import JobGraph


class PassQueue:
    """The order of a pass, and of the next one.

    A job whose turn goes by without success is held: each that needs it has one more unmet need, and is passed over in
    its turn. When it succeeds late, those that waited for it alone are freed, and have their turn in the same pass.
    So a run costs O(jobs + edges + attempts).
    """

    def __init__(self, graph: JobGraph) -> None:
        self.place = 0  # of the next turn in the order
        self.holding = 0  # how many are held: none, as a rule, and then nobody need be passed over
        self.freed: list[int] = []  # a heap of those whose turn comes late
        self._order: Sequence[int] = ()
        self._again: list[int] | range = range(len(graph))  # who is tried in the next pass, in order
        self._unmet = [0] * len(graph)
        self._held = bytearray(len(graph))
        self._graph = graph

    def copy(self) -> PassQueue:
        """The same, apart from this one."""
        other = copy.copy(self)
        other.freed, other._unmet, other._held = self.freed.copy(), self._unmet.copy(), self._held.copy()
        other._again = copy.copy(self._again)
        return other

    def next(self) -> int | None:
        """Whose turn it is; None when the pass is through."""
        freed, order, place = self.freed, self._order, self.place
        if place < len(order) and not (freed and freed[0] < order[place]):
            return order[place]
        return freed[0] if freed else None

    def first_of_next_pass(self) -> int | None:
        """Who would begin the next pass."""
        return self._again[0] if self._again else None

    def begin_pass(self, but: int | None = None) -> None:
        """Each that can be tried again has a turn, but for the one that comes by request."""
        order: Sequence[int] = self._again
        self._order = order if but is None else [index for index in order if index != but]
        self.place, self._again, self.freed = 0, [], []

    def take(self, index: int) -> None:
        """That job's turn has come; OutOfTurnError if it is another one's, or was taken already."""
        if index != self.next():
            raise OutOfTurnError(self._graph.nodes[index].name)
        if self.freed and self.freed[0] == index:
            heappop(self.freed)
        else:
            self.place += 1

    def come_again(self, index: int) -> None:
        """That job's turn comes once more in this pass."""
        heappush(self.freed, index)

    def try_again(self, index: int) -> None:
        """That job has a turn in the next pass."""
        insort(self._again, index)  # type: ignore[arg-type]  # a list from the first pass on; one asked for comes early

    def hold(self, index: int) -> None:
        """Its turn went by without success."""
        if not self._held[index]:
            self._held[index] = 1
            self.holding += 1
            for waiting in self._graph.nodes[index].needed_by:
                self._unmet[waiting] += 1

    def release(self, index: int) -> None:
        """It has succeeded."""
        if self._held[index]:
            self._held[index] = 0
            self.holding -= 1
            for waiting in self._graph.nodes[index].needed_by:
                self._unmet[waiting] -= 1
                if not self._unmet[waiting] and self._held[waiting]:
                    heappush(self.freed, waiting)

    def skip(self) -> None:
        """Pass over those that wait for something."""
        order, unmet = self._order, self._unmet
        while self.place < len(order) and unmet[order[self.place]]:
            self.hold(order[self.place])
            self.place += 1

    def regroup(self, unsuccessful: Iterable[int], open_: Iterable[int], spent: Iterable[int]) -> None:
        """Between two passes: hold the unsuccessful; those open have a turn in the next one, unless they wait.

        The spent have no tries left: they wait for themselves, so that nobody's success frees them.
        """
        self.place, self.holding, self.freed, self._order = 0, 0, [], ()
        self._unmet, self._held = [0] * len(self._unmet), bytearray(len(self._held))
        for index in unsuccessful:
            self.hold(index)
        for index in spent:
            self._unmet[index] += 1
        self._again = [index for index in open_ if not self._unmet[index]]
