"""Viewers: those who show a run, refreshed together, from any thread."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from typing import Protocol

from dojobber_nb.notebook.notices import Notices


class Viewer(Protocol):
    """A part of a dashboard."""

    def show(self) -> None:
        """Show how things stand."""

    @property
    def seen(self) -> bool:
        """Whether it is on a page, as far as anybody knows."""

    @property
    def awake(self) -> bool:
        """Whether it can be seen there."""


class Viewers:
    """Refreshes those that can be seen. `watch()` is called when the first is on a page, what it gave when none is."""

    def __init__(self, watch: Callable[[], Callable[[], None]], notices: Notices) -> None:
        self._watch, self._notices = watch, notices
        self._all: list[Viewer] = []
        self._unwatch: Callable[[], None] | None = None
        self._page: contextvars.Context | None = None  # of the last message from a page
        self._lock = threading.RLock()

    def __bool__(self) -> bool:
        return bool(self._all)

    def add(self, viewer: Viewer) -> None:
        """Refresh it, too, from now on."""
        self._all.append(viewer)
        self.attend()

    def remove(self, viewer: Viewer) -> None:
        """Refresh it no longer."""
        self._all = [other for other in self._all if other is not viewer]
        self.attend()

    def attend(self) -> None:
        """Somebody came or went."""
        seen = any(viewer.seen for viewer in self._all)
        if seen and self._unwatch is None:
            self._unwatch = self._watch()
        elif not seen and self._unwatch is not None:
            self._unwatch()
            self._unwatch = None

    def heard(self) -> None:
        """A message from a page has come: what is said from now on is said as in answer to it.

        ipykernel hears a page on the thread that spoke to it last: said from within a cell, that would be the cell's,
        and a click on Pause would wait until the cell ends.
        """
        self._page = contextvars.copy_context()

    def refresh(self) -> None:
        """Have everybody show how things stand, one thread at a time; never raises."""
        with self._lock:
            if self._page is None:
                self._refresh()
            else:
                self._page.copy().run(self._refresh)

    def _refresh(self) -> None:
        for viewer in [viewer for viewer in self._all if viewer.awake]:
            with self._notices.telling():
                viewer.show()
