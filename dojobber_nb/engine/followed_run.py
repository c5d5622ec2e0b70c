"""FollowedRun: a recorded run that another process may still be writing; polled twice a second."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Final

from dojobber_nb.core.errors import RecordError
from dojobber_nb.core.log_rows import event_of
from dojobber_nb.core.run_view import Listener, PastRun, once
from dojobber_nb.engine.listeners import Listeners
from dojobber_nb.record.recorded_run import RecordedRun

PERIOD: Final = 0.5  # seconds between two looks at the record


class FollowedRun(PastRun):
    """Polls the record while somebody watches; otherwise the run stays as it was when it was opened.

    Needs no job classes. Storages are known as far as events contain them.
    """

    def __init__(self, recorded: RecordedRun) -> None:
        super().__init__(recorded.graph, tuple(recorded.rows), watches=[(0, True)])
        self._source, self._lost = recorded, ""
        self._following, self._watchers = False, 0
        self._call_there = ""
        self._listeners = Listeners(_ignore)
        self._poll_lock = threading.Lock()
        self._poll()

    @property
    def going_on(self) -> str:
        """ "run" while the process that writes the record has a phase under way, else ""."""
        return self._call_there

    @property
    def whose(self) -> str:
        """Who ran it and on which host, as user@host."""
        return f"{self._source.who}@{self._source.host}"

    @property
    def note(self) -> str:
        """Why the run makes no progress, if it has not ended; or why the record cannot be read any more."""
        if self._lost or self.state.ended:
            return self._lost
        if self._source.writing:
            return "Nothing is under way: the process that runs it has halted, or is waiting."
        phase = self.state.under_way
        died = f"Its process died in {phase.job}.{phase.phase}" if phase else "Its process is gone"
        return f"{died}: resume() there continues it."

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(event)` for each event that is read from now on. Returns a function that ends it."""
        return self._listeners.subscribe(listener)

    def watch(self) -> Callable[[], None]:
        """Poll the record. Returns a function that ends it."""
        with self._poll_lock, contextlib.suppress(RuntimeError):  # can't start new thread: no polling
            self._watchers += 1
            if not self._following:
                threading.Thread(target=self._follow, name="dojobber-follower", daemon=True).start()
                self._following = True
        return once(self._unwatch)

    def _unwatch(self) -> None:
        self._watchers -= 1

    def _follow(self) -> None:
        while True:
            self._poll()
            with self._poll_lock:
                if not self._watchers or self._lost:
                    self._following = False
                    return
            time.sleep(PERIOD)

    def _poll(self) -> None:
        """Read the new events of the record, and call the listeners."""
        try:
            new = self._source.rows[len(self.rows) :]
            self.rows.extend(new)
            self._call_there = "run" if self.state.under_way and self._source.writing else ""
        except RecordError as error:
            new, self._lost, self._call_there = [], str(error), ""
        for row in new:
            self._listeners.notify(event_of(row))


def _ignore() -> None:
    """Ctrl-C in a listener: nothing of this process is under way."""
