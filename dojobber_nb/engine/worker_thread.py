"""WorkerThread: the thread on which phases run under arun()."""

from __future__ import annotations

import contextvars
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any


class WorkerThread:
    """One thread for all calls of its runner, so that thread-bound objects of one phase work in the next.

    SQLite connections, `threading.local`, browsers and GUI objects are bound to a thread. It starts with the first
    call and ends with the runner.
    """

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._pid = 0

    def submit(self, call: Callable[[], Any], context: contextvars.Context) -> Future[Any]:
        """Call the function on the thread, in that context. RuntimeError where there are no threads (JupyterLite)."""
        if self._pool is None or self._pid != os.getpid():  # a forked child does not have the thread
            self._pool, self._pid = ThreadPoolExecutor(1, thread_name_prefix="dojobber-phase"), os.getpid()
        try:
            return self._pool.submit(context.run, call)
        except RuntimeError:  # a pool that cannot start a thread keeps the call in its queue
            self._pool = None
            raise
