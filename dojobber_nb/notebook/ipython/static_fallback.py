"""StaticFallback: the picture and the table that a dashboard leaves for readers without a kernel."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from IPython.display import display

from dojobber_nb.core.events import Event, RunEnded
from dojobber_nb.core.run_view import RunView
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.ipython.cell_hooks import after_each_cell
from dojobber_nb.view.static_bundle import bundle

QUIET: Final = 2.0  # seconds without an event after which a run that has not ended is drawn: it may stay like that


class StaticFallback:
    """Shown once here, and again in its place after each run and each cell, and when nothing happens for a while.

    Drawing takes no time of a run. A dashboard that lives hides it.
    """

    def __init__(self, view: RunView) -> None:
        self._view = view
        self._waits = False
        self._drawn = self._stand
        self._handle = display(bundle(view.state), raw=True, display_id=True)  # type: ignore[no-untyped-call]
        self._leave = [view.subscribe(self._hear), after_each_cell(self._renew)]

    @property
    def _stand(self) -> tuple[RunState, int]:
        """Another one after each event, and of another run or graph."""
        return self._view.state, len(self._view.events)

    def leave(self) -> None:
        """Stay as it is."""
        for leave in self._leave:
            leave()

    def _hear(self, event: Event) -> None:
        with contextlib.suppress(RuntimeError):  # where no loop runs, the end of the cell comes
            if isinstance(event, RunEnded):
                asyncio.get_running_loop().call_soon(self._renew)  # when the call under way has returned
            elif not self._waits:
                self._wait()

    def _wait(self) -> None:
        """For a quiet moment: one timer at a time, however many events there are."""
        asyncio.get_running_loop().call_later(QUIET, self._look, self._stand)
        self._waits = True

    def _look(self, stood: tuple[RunState, int]) -> None:
        self._waits = False
        if stood == self._stand:
            self._renew()
        else:
            self._wait()

    def _renew(self) -> None:
        if self._drawn != self._stand:
            self._drawn = self._stand
            self._handle.update(bundle(self._view.state), raw=True)
