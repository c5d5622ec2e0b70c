"""Listeners: those who are called with each event."""

from __future__ import annotations

import logging
from collections.abc import Callable

from dojobber_nb.core.events import Event
from dojobber_nb.core.run_view import Listener

log = logging.getLogger("DoJobber")


class Listeners:
    """The listeners, in the order in which they subscribed. One that raises is told once and harms nothing."""

    def __init__(self, interrupted: Callable[[], object]) -> None:
        self.hearers: tuple[Callable[[Event], object], ...] = ()  # replaced, never changed: it may be walked meanwhile
        self._printer: tuple[Listener, ...] = ()
        self._listeners: list[_Seat] = []
        self._interrupted = interrupted
        self._reproved: list[Listener] = []

    def print_with(self, printer: Listener | None) -> None:
        """Have DoJobber's lines printed before any listener hears."""
        self._printer = (printer,) if printer else ()
        self._seat()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear each event from now on; what comes back ends that, once or more often."""
        seat = _Seat(listener)
        self._listeners.append(seat)
        self._seat()

        def unsubscribe() -> None:
            self._listeners = [kept for kept in self._listeners if kept is not seat]
            self._seat()

        return unsubscribe

    def hear(self, event: Event) -> None:
        """Let every listener hear it."""
        for listener in self.hearers:
            try:
                listener(event)
            except KeyboardInterrupt:
                self._interrupted()
            except BaseException as error:  # noqa: BLE001  # foreign code: the run must not suffer from who looks on
                self._reprove(listener, error)

    def _seat(self) -> None:
        self.hearers = (*self._printer, *(seat.listener for seat in self._listeners))

    def _reprove(self, listener: Listener, error: BaseException) -> None:
        if not any(listener is reproved for reproved in self._reproved):
            self._reproved.append(listener)
            name = getattr(listener, "__qualname__", type(listener).__name__)  # its repr is foreign code, too
            told = (type(error), error, error.__traceback__)
            log.critical("the listener %s raised; it stays subscribed, and this is told once", name, exc_info=told)


class _Seat:
    """A subscription: a listener that subscribed twice has two, and leaves them one by one."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
