"""Ticker: calls a refresh periodically while a run goes on, at a limited rate."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable

PERIOD = 0.05  # seconds at least between two ticks
MAX_LOAD = 0.05  # largest share of the time that is spent in ticks
FIRST_DELAY = 0.02  # seconds before the first tick: of a short phase only the end is shown
IDLE_PERIOD = 0.25  # seconds between ticks without news: output and elapsed time grow all the same


class Ticker:
    """Calls `tick` while `busy()`: up to 20 times a second when there is news, 4 times otherwise, and once at the end.

    Slow ticks lower the rate. A tick that returns False could not show the news and is repeated soon. The thread ends
    with the call. Where threads cannot be started (JupyterLite), `wake` itself ticks, and the event loop ticks last.
    """

    def __init__(self, tick: Callable[[], object], busy: Callable[[], object]) -> None:
        self._tick, self._busy = tick, busy
        self._has_news = self._alive = False
        self._lock = threading.Lock()
        self._ticked = 0.0

    def wake(self, *_: object) -> None:
        """Report news: called at each event. Thread-safe."""
        with self._lock:
            self._has_news = True
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
        time.sleep(FIRST_DELAY)
        while True:
            last = not self._busy()
            if self._has_news or last or since >= IDLE_PERIOD:
                self._has_news = False
                since, rest = 0.0, max(PERIOD, self._timed_tick() * (1 / MAX_LOAD - 1))
            with self._lock:
                if last and not self._has_news:
                    self._alive = False
                    return
            time.sleep(rest)
            since += rest

    def _timed_tick(self) -> float:
        """Tick, and return how many seconds it took. News that was not shown stays news."""
        began = time.monotonic()
        self._has_news = self._tick() is False or self._has_news
        return time.monotonic() - began

    def _tick_here(self) -> None:
        if time.monotonic() - self._ticked >= PERIOD:
            self._ticked = time.monotonic()
            self._tick()
        else:
            with contextlib.suppress(RuntimeError):  # no loop: nobody can click either
                asyncio.get_running_loop().call_soon(self._tick)  # after the current call has returned
