"""WakeFlag: a wait that ends early when the flag is set, also from a signal handler."""

from __future__ import annotations

import contextlib
from queue import Empty, SimpleQueue

SLICE = 0.25  # seconds; a signal that comes just as one begins does not end it, and is handled after it


class WakeFlag:
    """A flag to wait for. A signal handler may set it at any moment: threading.Event would deadlock."""

    def __init__(self) -> None:
        self._tokens: SimpleQueue[None] = SimpleQueue()  # its put() may interrupt any of its own methods

    def set(self) -> None:
        """End the current wait, and all others until clear()."""
        self._tokens.put(None)

    def is_set(self) -> bool:
        """Whether a wait would end at once."""
        return not self._tokens.empty()

    def clear(self) -> None:
        """Reset the flag."""
        with contextlib.suppress(Empty):
            while True:
                self._tokens.get_nowait()

    def wait(self, seconds: float) -> None:
        """Return after that time, or once the flag is set.

        Counts the slices slept and reads no clock: with one that stands still the wait would never end.
        """
        left = seconds
        while left > 0 and not self.is_set():
            with contextlib.suppress(Empty):
                self._tokens.put(self._tokens.get(timeout=min(left, SLICE)))
            left -= SLICE
