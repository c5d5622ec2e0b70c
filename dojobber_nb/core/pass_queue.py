"""PassQueue: the jobs that have a turn in a pass, in order. Jobs are given by index in the graph."""

from __future__ import annotations

import copy
from bisect import insort
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush

from dojobber_nb.core.errors import OutOfTurnError
from dojobber_nb.core.graph import JobGraph


class PassQueue:
    """The turns of this pass, and of the next one.

    A job whose turn goes by without success is held: each job that needs it has one more unmet need, and is skipped.
    When a held job succeeds it is released: the jobs that waited for it alone are freed, and have a turn in the same
    pass. The head of core/state.py explains how this keeps a run linear.
    """

    def __init__(self, graph: JobGraph) -> None:
        self.place = 0  # in the order, of the next turn
        self.holding = 0  # how many jobs are held: mostly none, and then no job need be skipped
        self.freed: list[int] = []  # a heap of the jobs whose turn comes late
        self._order: Sequence[int] = ()
        self._again: list[int] | range = range(len(graph))  # the jobs with a turn in the next pass, in order
        self._unmet = [0] * len(graph)
        self._held = bytearray(len(graph))
        self._graph = graph

    def copy(self) -> PassQueue:
        """The same queue, independent of this one."""
        other = copy.copy(self)
        other.freed, other._unmet, other._held = self.freed.copy(), self._unmet.copy(), self._held.copy()
        other._again = copy.copy(self._again)
        return other

    def next(self) -> int | None:
        """The job whose turn it is; None at the end of the pass."""
        freed, order, place = self.freed, self._order, self.place
        if place < len(order) and not (freed and freed[0] < order[place]):
            return order[place]
        return freed[0] if freed else None

    def first_of_next_pass(self) -> int | None:
        """The job that would begin the next pass, if any."""
        return self._again[0] if self._again else None

    def begin_pass(self, but: int | None = None) -> None:
        """Begin the next pass, without the job `but`, whose attempt comes by request."""
        order: Sequence[int] = self._again
        self._order = order if but is None else [index for index in order if index != but]
        self.place, self._again, self.freed = 0, [], []

    def take(self, index: int) -> None:
        """Take the turn of that job; OutOfTurnError if it is not the next one."""
        if index != self.next():
            raise OutOfTurnError(self._graph.nodes[index].name)
        if self.freed and self.freed[0] == index:
            heappop(self.freed)
        else:
            self.place += 1

    def set_aside(self, indices: Iterable[int]) -> None:
        """Hold jobs whose attempts are open beside each other, and skip what needs them until they have succeeded."""
        for index in indices:
            self.hold(index)
        self.skip()

    def come_again(self, index: int) -> None:
        """Give that job another turn in this pass."""
        heappush(self.freed, index)

    def try_again(self, index: int) -> None:
        """Give that job a turn in the next pass."""
        insort(self._again, index)  # type: ignore[arg-type]  # a list from the first pass on, or from a request before it

    def hold(self, index: int) -> None:
        """Hold that job: its turn went by without success."""
        if not self._held[index]:
            self._held[index] = 1
            self.holding += 1
            for waiting in self._graph.nodes[index].needed_by:
                self._unmet[waiting] += 1

    def release(self, index: int) -> None:
        """Release that job, which has succeeded, and free the held jobs that waited for it alone."""
        if self._held[index]:
            self._held[index] = 0
            self.holding -= 1
            for waiting in self._graph.nodes[index].needed_by:
                self._unmet[waiting] -= 1
                if not self._unmet[waiting] and self._held[waiting]:
                    heappush(self.freed, waiting)

    def skip(self) -> None:
        """Skip the next turns of jobs with unmet needs, and hold those jobs."""
        order, unmet = self._order, self._unmet
        while self.place < len(order) and unmet[order[self.place]]:
            self.hold(order[self.place])
            self.place += 1

    def regroup(self, unsuccessful: Iterable[int], open_: Iterable[int], spent: Iterable[int]) -> None:
        """Rebuild the queue between two passes: hold the unsuccessful jobs, and give the open ones a turn.

        The spent have no tries left: each gets one unmet need that is never met, so that no success frees it.
        """
        self.place, self.holding, self.freed, self._order = 0, 0, [], ()
        self._unmet, self._held = [0] * len(self._unmet), bytearray(len(self._held))
        for index in unsuccessful:
            self.hold(index)
        for index in spent:
            self._unmet[index] += 1
        self._again = [index for index in open_ if not self._unmet[index]]
