"""Viewers: those who show a run, refreshed together, from any thread."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any, Protocol

from dojobber_nb.notebook.session.notices import Notices
from dojobber_nb.notebook.session.pace import Pace


class Viewer(Protocol):
    """A part of a dashboard. `address`: what its views on a page are found by; `slow`: shown after the others."""

    address: str
    slow: bool

    def show(self) -> None:
        """Show how things stand; what is said meanwhile is kept until it is taken."""

    def take(self, *, over: bool) -> list[Any]:
        """What was said since; over: what is said from now on is sent at once."""

    def post(self, content: dict[str, Any]) -> None:
        """Send that message to the page."""

    @property
    def seen(self) -> bool:
        """Whether it is on a page, as far as anybody knows."""

    @property
    def awake(self) -> bool:
        """Whether it can be seen there."""

    @property
    def ready(self) -> bool:
        """Whether it may change now: a picture that jumps does so a few times a second at most."""


class Viewers:
    """Refreshes those that can be seen, and sends what they say as one message: a page shows all of it at once.

    The message comes by one of them and says by address what is for each: {"kind": "refresh", "content": {address:
    [messages]}}; what is for one alone, as {"kind": "several", "content": [messages]}. With "ack" the page sends that
    number back once it has shown it. together=False: there is no page, and each says its own.

    `watch()` is called when the first is on a page, what it gave when none is.
    """

    def __init__(self, watch: Callable[[], Callable[[], None]], notices: Notices, *, together: bool = True) -> None:
        self._watch, self._notices, self._together = watch, notices, together
        self.pace = Pace()
        self._all: list[Viewer] = []
        self._shown: list[Viewer] = []  # in the refresh under way
        self._unwatch: Callable[[], None] | None = None
        self._page: contextvars.Context | None = None  # of the last message from a page

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

    @property
    def ready(self) -> bool:
        """Whether what changes now can be shown at once."""
        return not self.pace.behind and all(viewer.ready for viewer in self._all if viewer.awake)

    def refresh(self, *, ask: bool = False) -> None:
        """Have everybody show how things stand, one thread at a time; never raises. ask: for an acknowledgement."""
        if self._page is None:
            self._refresh(ask)
        else:
            self._page.copy().run(self._refresh, ask)

    def _refresh(self, ask: bool) -> None:
        self._shown = []
        for viewer in sorted((viewer for viewer in self._all if viewer.awake), key=lambda viewer: viewer.slow):
            self._shown.append(viewer)
            with self._notices.telling():
                viewer.show()
        self.send(ask=ask, over=True)

    def send(self, *, ask: bool = False, over: bool = False) -> None:
        """Send what all have said so far in this refresh."""
        told = {viewer: held for viewer in self._shown if (held := viewer.take(over=over))}
        if len(told) > 1 and self._together:
            by = next((viewer for viewer in told if viewer.seen), next(iter(told)))
            self._post(by, {"kind": "refresh", "content": {each.address: held for each, held in told.items()}}, ask)
            return
        for viewer, held in told.items():
            self._post(viewer, held[0] if len(held) == 1 else {"kind": "several", "content": held}, ask)

    def _post(self, by: Viewer, message: dict[str, Any], ask: bool) -> None:
        number = self.pace.ask() if ask else 0
        with self._notices.telling():
            by.post({**message, "ack": number} if number else message)
