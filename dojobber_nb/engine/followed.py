"""Followed: a run as its record tells it, which another process may still be writing."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Final

from dojobber_nb.core.errors import RecordError
from dojobber_nb.engine.replayed import Replayed
from dojobber_nb.record.recorded import RecordedRun

PERIOD: Final = 0.5  # seconds between two looks at the record


class Followed(Replayed):
    """Reads as the Runner that wrote it, behind by half a second while somebody watches, else as it was at the start.

    No job class is needed, and nothing can be done.
    """

    by_heart = True

    def __init__(self, recorded: RecordedRun) -> None:
        super().__init__(recorded.graph, recorded.events, watches=[(0, True)])
        self._source, self._lost = recorded, ""
        self._following = False
        self._call_there = ""
        self._lock = threading.Lock()
        self._take_in()

    @property
    def going_on(self) -> str:
        """'run' while the process that writes the record has a phase under way, else empty."""
        return self._call_there

    @property
    def whose(self) -> str:
        """Who ran it, and on which host."""
        return f"{self._source.who}@{self._source.host}"

    @property
    def note(self) -> str:
        """Why it does not go on, if it has not ended; or that its record cannot be read any further."""
        if self._lost or self.state.ended:
            return self._lost
        if self._source.writing:
            return "Nothing is under way: the process that runs it has halted, or is waiting."
        phase = self.state.under_way
        died = f"Its process died in {phase.job}.{phase.phase}" if phase else "Its process is gone"
        return f"{died}: resume() there continues it."

    def watch(self) -> Callable[[], None]:
        """Follow the record until what comes back is called."""
        unwatch = super().watch()
        with self._lock, contextlib.suppress(RuntimeError):  # can't start new thread: it stays as it was at the start
            if not self._following:
                threading.Thread(target=self._follow, name="dojobber-follower", daemon=True).start()
                self._following = True
        return unwatch

    def _follow(self) -> None:
        while True:
            self._take_in()
            with self._lock:
                if not self._watchers or self._lost:
                    self._following = False
                    return
            time.sleep(PERIOD)

    def _take_in(self) -> None:
        """What the record has by now."""
        rows = self._run.rows
        try:
            new = self._source.events[len(rows) :]
            rows.extend(new)
            self._call_there = "run" if self.state.under_way and self._source.writing else ""
        except RecordError as error:
            new, self._lost, self._call_there = (), str(error), ""
        for event in new:
            self._setting.audience.hear(event)
