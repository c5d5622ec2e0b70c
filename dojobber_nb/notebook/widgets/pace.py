"""Pace: whether the page keeps up with the messages."""

from __future__ import annotations

import time
from collections.abc import Callable

ACK_INTERVAL = 0.25  # seconds at least between two messages that ask for an acknowledgement
LATE = 0.15  # seconds without one after which the page is behind
ACK_TIMEOUT = 2.0  # seconds without one after which it counts as lost: the kernel may be too busy to receive it


class Pace:
    """Requests an acknowledgement now and then, one at a time.

    A page that has never sent one is never behind: while a cell blocks the kernel, none can arrive.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._number = 0
        self._requested_at: float | None = None  # None: no request is open
        self._last = clock() - ACK_INTERVAL
        self._has_answered = False

    def ask(self) -> int:
        """Number that the page shall send back after painting this message; 0: none."""
        now = self._clock()
        if self._requested_at is not None and now - self._requested_at >= ACK_TIMEOUT:
            self._requested_at, self._has_answered = None, False
        if self._requested_at is not None or now - self._last < ACK_INTERVAL:
            return 0
        self._number, self._requested_at, self._last = self._number + 1, now, now
        return self._number

    def acknowledged(self, number: int) -> None:
        """The page has painted the message with that number."""
        if number == self._number:
            self._requested_at, self._has_answered = None, True

    @property
    def behind(self) -> bool:
        """Whether the page has not painted the last message yet: another one would only wait there."""
        return (
            self._has_answered
            and self._requested_at is not None
            and LATE <= self._clock() - self._requested_at < ACK_TIMEOUT
        )
