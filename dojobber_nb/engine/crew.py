"""Crew: performs phases of several attempts at once, each on a worker thread."""

from __future__ import annotations

import contextvars
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue

from dojobber_nb.core.log_rows import LogRow
from dojobber_nb.engine.control_requests import Requests
from dojobber_nb.engine.interruptible_wait import WakeFlag

Perform = Callable[[Requests], LogRow]  # performs a phase; its Requests throw an interrupt at the thread that calls it


@dataclass
class Ended:
    """What came of a phase of that job: its row, or the error of the engine's own that ended it."""

    job: str
    row: LogRow | None = None
    error: BaseException | None = None


class Crew:
    """Worker threads for one call. `wake` is set whenever a phase has ended."""

    def __init__(self, workers: int, wake: WakeFlag) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="dojobber-worker")
        self._wake = wake
        self._busy: dict[str, Requests] = {}
        self._ended: SimpleQueue[Ended] = SimpleQueue()

    def __len__(self) -> int:
        return len(self._busy)

    def submit(self, job: str, perform: Perform) -> None:
        """Perform a phase of that job on a free thread, in a copy of this context."""
        requests = self._busy[job] = Requests()
        context = contextvars.copy_context()
        self._pool.submit(context.run, partial(self._work, job, perform, requests))

    def _work(self, job: str, perform: Perform, requests: Requests) -> None:
        ended = Ended(job)
        try:
            requests.use_this_thread()
            ended.row = perform(requests)
        except BaseException as error:  # noqa: BLE001  # it is raised by the walk, on the caller's thread
            ended.error = error
        self._ended.put(ended)
        self._wake.set()

    def take_ended(self) -> Iterator[Ended]:
        """The phases that have ended since, in the order in which they did."""
        while True:
            try:
                ended = self._ended.get_nowait()
            except Empty:
                return
            del self._busy[ended.job]
            yield ended

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in every phase under way."""
        for requests in list(self._busy.values()):
            requests.ask(interrupt=True)

    def wait(self, seconds: float) -> None:
        """Return when a phase has ended, a request has come, or after that time."""
        self._wake.wait(seconds)

    def close(self) -> None:
        """End the threads; all phases have ended."""
        self._pool.shutdown(wait=True)
