"""Ticker: has what changes shown often enough, and never more often."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable

PERIOD = 0.05  # seconds at least between two looks at what is new
SHARE = 0.05  # of the time at the most is spent on looks, however much there is to look at
LEAD = 0.02  # seconds until the first look: what is over by then is shown at once as what it has become
QUIET = 0.25  # seconds after which, without news, what grows by itself is shown: output, elapsed time


class Ticker:
    """Calls `tick` while `busy()`: 20 times a second when there is news, 4 times when there is none, and once after.

    Less often when a tick takes long. A tick that returns False has shown nothing: it is called again soon.

    Its thread lives only that long. Where there are no threads (JupyterLite) it lives on the news alone, and on the
    loop for the last of them.
    """

    def __init__(self, tick: Callable[[], object], busy: Callable[[], object]) -> None:
        self._tick, self._busy = tick, busy
        self._news = self._alive = False
        self._lock = threading.Lock()
        self._ticked = 0.0

    def wake(self, *_: object) -> None:
        """There is news: called at every event, and from any thread."""
        with self._lock:
            self._news = True
            self._alive = self._alive or self._start()
        if not self._alive:
            self._tick_here()

    def _start(self) -> bool:
        try:
            threading.Thread(target=self._live, name="dojobber-ticker", daemon=True).start()
        except RuntimeError:  # can't start new thread
            return False
        return True

    def _live(self) -> None:
        since, rest = 0.0, PERIOD
        time.sleep(LEAD)
        while True:
            last = not self._busy()
            if self._news or last or since >= QUIET:
                self._news = False
                since, rest = 0.0, max(PERIOD, self._timed_tick() * (1 / SHARE - 1))
            with self._lock:
                if last and not self._news:
                    self._alive = False
                    return
            time.sleep(rest)
            since += rest

    def _timed_tick(self) -> float:
        """Seconds that it took; what it could not show yet stays news."""
        began = time.monotonic()
        self._news = self._tick() is False or self._news
        return time.monotonic() - began

    def _tick_here(self) -> None:
        if time.monotonic() - self._ticked >= PERIOD:
            self._ticked = time.monotonic()
            self._tick()
        else:
            with contextlib.suppress(RuntimeError):  # no loop here: nobody clicks, either
                asyncio.get_running_loop().call_soon(self._tick)  # when the call under way has returned
