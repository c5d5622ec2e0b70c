"""StaticFallback: a picture and a table in the saved notebook, for readers without a kernel."""

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

QUIET: Final = 2.0  # seconds without an event after which an unfinished run is drawn, as it may stay like that


class StaticFallback:
    """Displayed once, and redrawn after each run and each cell, and when no event came for a while.

    It is never drawn during a call. A live dashboard hides it.
    """

    def __init__(self, view: RunView) -> None:
        self._view = view
        self._timer_runs = False
        self._drawn = self._version
        self._handle = display(bundle(view.state), raw=True, display_id=True)  # type: ignore[no-untyped-call]
        self._unsubscribe = [view.subscribe(self._on_event), after_each_cell(self._draw)]

    @property
    def _version(self) -> tuple[RunState, int]:
        """Differs after each event, and for another run or graph."""
        return self._view.state, len(self._view.events)

    def freeze(self) -> None:
        """Stop redrawing."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()

    def _on_event(self, event: Event) -> None:
        with contextlib.suppress(RuntimeError):  # without a loop, the hook after the cell draws it
            if isinstance(event, RunEnded):
                asyncio.get_running_loop().call_soon(self._draw)  # after the current call has returned
            elif not self._timer_runs:
                self._start_timer()

    def _start_timer(self) -> None:
        """One timer at a time, however many events there are."""
        asyncio.get_running_loop().call_later(QUIET, self._draw_if_quiet, self._version)
        self._timer_runs = True

    def _draw_if_quiet(self, version: tuple[RunState, int]) -> None:
        self._timer_runs = False
        if version == self._version:
            self._draw()
        else:
            self._start_timer()

    def _draw(self) -> None:
        if self._drawn != self._version:
            self._drawn = self._version
            self._handle.update(bundle(self._view.state), raw=True)
