"""Who hears the events of a run."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable

from dojobber_nb.core.events import Event

Listener = Callable[[Event], object]

log = logging.getLogger("DoJobber")


class Audience:
    """The listeners, in the order in which they subscribed. One that raises is told once and harms nothing."""

    def __init__(self, interrupted: Callable[[], object]) -> None:
        self.printer: Listener | None = None  # DoJobber's lines come before all listeners
        self.listeners: tuple[tuple[Listener], ...] = ()  # replaced, never changed: it may be walked while somebody leaves
        self._interrupted = interrupted
        self._reproved: list[Listener] = []

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear each event from now on; what comes back ends that, once or more often."""
        entry = (listener,)  # one of its own, so that a listener that subscribed twice can leave once
        self.listeners = (*self.listeners, entry)

        def unsubscribe() -> None:
            self.listeners = tuple(kept for kept in self.listeners if kept is not entry)

        return unsubscribe

    def __bool__(self) -> bool:
        return bool(self.listeners or self.printer)

    def hear(self, event: Event) -> None:
        """Let every listener hear it."""
        if self.printer:
            self.printer(event)
        for (listener,) in self.listeners:
            try:
                listener(event)
            except KeyboardInterrupt:
                self._interrupted()
            except BaseException:  # noqa: BLE001  # foreign code, and the run must not suffer from who looks on
                self._reprove(listener)

    def _reprove(self, listener: Listener) -> None:
        if listener not in self._reproved:
            self._reproved.append(listener)
            with contextlib.suppress(Exception):  # its repr is foreign code, too
                log.critical("the listener %r raised; it stays subscribed, and this is told once", listener, exc_info=True)
