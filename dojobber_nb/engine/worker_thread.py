"""The thread on which the phases of a runner run beside an event loop."""

from __future__ import annotations

import contextvars
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


class WorkerThread:
    """One thread for all calls of its runner: what belongs to a thread in one phase is there in the next.

    SQLite connections, `threading.local`, browsers and GUI objects do. It starts with the first call, and ends with the
    runner.
    """

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._pid = 0

    def submit(self, call: Callable[[], Any], context: contextvars.Context) -> Future[Any]:
        """Call it there, in that context. RuntimeError where there are no threads (JupyterLite)."""
        if self._pool is None or self._pid != os.getpid():  # a forked child has not got the thread
            self._pool, self._pid = ThreadPoolExecutor(1, thread_name_prefix="dojobber-phase"), os.getpid()
        try:
            return self._pool.submit(context.run, call)
        except RuntimeError:  # a pool that could not start its thread keeps what it was given
            self._pool = None
            raise
