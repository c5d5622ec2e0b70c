"""PageState: what the page has of one widget, and what a channel needs of a widget."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from typing import Any, Protocol

from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.content_values import Content, Message, diff, message


class Widget(Protocol):
    """What the channel needs of a widget. `address` is the id by which the page finds its views."""

    address: str

    def content(self, session: Session) -> Content:
        """What it shows at the moment of the session, by kind."""

    @property
    def ready(self) -> bool:
        """Whether it may change now. A drawing that jumps may do so a few times a second only."""

    @property
    def unfinished(self) -> bool:
        """Whether its last content left out a slow part, which the next call of content() will have."""

    def take_traits(self, traits: Content) -> None:
        """Set those traits."""

    def send_traits(self, names: Iterable[str]) -> None:
        """Sync those traits with the page."""

    def post(self, content: Message) -> None:
        """Send the message to the page."""


class PageState:
    """What the page has of one widget, and which views of it exist."""

    def __init__(self, widget: Widget, traits: Collection[str]) -> None:
        self.widget, self.traits = widget, traits
        self.views: set[str] | None = None  # None: not displayed yet
        self.asleep: set[str] = set()  # views out of sight
        self.needs_all = False  # a new view needs the whole content
        self.collector = 0  # id of the thread that collects its content
        self._known: dict[str, Any] = {}
        self._unsynced: set[str] = set()  # traits that were sent to views by message and not synced
        self._messages: list[Message] = []

    @property
    def on_page(self) -> bool | None:
        """Whether a page shows the widget; None until it was displayed once."""
        return None if self.views is None else bool(self.views)

    @property
    def awake(self) -> bool:
        """Whether a view is in sight, or may be soon."""
        return self.views is None or bool(self.views - self.asleep)

    def collect(self, session: Session) -> None:
        """Compute the content, and queue messages for what differs."""
        if self.needs_all:
            self._forget_page()
        content = self.widget.content(session)
        self._set_traits({kind: value for kind, value in content.items() if kind in self.traits})
        for kind, value in content.items():
            if kind not in self.traits:
                messages, self._known[kind] = diff(kind, value, self._known.get(kind))
                self._messages += messages

    def _forget_page(self) -> None:
        """Forget what the page has. Done within a refresh: otherwise a running one would note its values as known."""
        self.needs_all = False
        self.widget.send_traits(self._unsynced)
        self._unsynced.clear()
        self._known.clear()

    def _set_traits(self, traits: Content) -> None:
        self.collector = threading.get_ident()
        try:
            self.widget.take_traits(traits)
        finally:
            self.collector = 0

    def hold(self, traits: Content) -> bool:
        """Queue the traits to be sent with the other messages, and return True; False outside of a refresh.

        Each separate message costs the page time.
        """
        if not self.views or self.collector != threading.get_ident():
            return False
        if traits:
            self._unsynced |= traits.keys()
            self._messages.append(message("traits", traits))
        return True

    def take_messages(self) -> list[Message]:
        """Return the queued messages, and clear the queue."""
        taken, self._messages = self._messages, []
        return taken

    def known(self, kind: str) -> Any:
        """What the page has of that kind."""
        return self._known.get(kind)
