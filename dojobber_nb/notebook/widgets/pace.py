"""Pace: whether the page keeps up with what is sent to it."""

from __future__ import annotations

import time
from collections.abc import Callable

APART = 0.25  # seconds at least between two messages that ask for an acknowledgement
LATE = 0.15  # seconds without one after which the page is behind
MUTE = 2.0  # seconds without one after which nobody is expected to answer: the kernel may be too busy to hear it


class Pace:
    """Asks now and then for an acknowledgement, one at a time.

    A page that has never sent one is never behind: where a cell keeps the kernel busy, none can arrive.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._number = 0
        self._asked_at: float | None = None  # while there is no answer
        self._last = clock() - APART
        self._answers = False

    def ask(self) -> int:
        """The number that the page is to send back once it has shown this message; 0: none."""
        now = self._clock()
        if self._asked_at is not None and now - self._asked_at >= MUTE:
            self._asked_at, self._answers = None, False
        if self._asked_at is not None or now - self._last < APART:
            return 0
        self._number, self._asked_at, self._last = self._number + 1, now, now
        return self._number

    def acknowledged(self, number: int) -> None:
        """The page has shown the message of that number."""
        if number == self._number:
            self._asked_at, self._answers = None, True

    @property
    def behind(self) -> bool:
        """Whether the page has not yet shown what it got: what is sent now would only wait there."""
        return self._answers and self._asked_at is not None and LATE <= self._clock() - self._asked_at < MUTE
