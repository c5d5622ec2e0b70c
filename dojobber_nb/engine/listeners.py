"""Listeners: those who are called with each event."""

from __future__ import annotations

import logging
from collections.abc import Callable

from dojobber_nb.core.events import Event
from dojobber_nb.core.run_view import Listener

log = logging.getLogger("DoJobber")


class Listeners:
    """The listeners, in the order in which they subscribed. One that raises is told once and harms nothing."""

    def __init__(self, on_interrupt: Callable[[], object]) -> None:
        self.callbacks: tuple[
            Callable[[Event], object], ...
        ] = ()  # replaced, never changed: it may be walked meanwhile
        self._printer: tuple[Listener, ...] = ()
        self._subscriptions: list[_Subscription] = []
        self._on_interrupt = on_interrupt
        self._logged: list[Listener] = []

    def set_printer(self, printer: Listener | None) -> None:
        """Have DoJobber's lines printed before any listener hears."""
        self._printer = (printer,) if printer else ()
        self._rebuild()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear each event from now on; what comes back ends that, once or more often."""
        subscription = _Subscription(listener)
        self._subscriptions.append(subscription)
        self._rebuild()

        def unsubscribe() -> None:
            self._subscriptions = [kept for kept in self._subscriptions if kept is not subscription]
            self._rebuild()

        return unsubscribe

    def notify(self, event: Event) -> None:
        """Let every listener hear it."""
        for listener in self.callbacks:
            try:
                listener(event)
            except KeyboardInterrupt:
                self._on_interrupt()
            except BaseException as error:  # noqa: BLE001  # foreign code: the run must not suffer from who looks on
                self._log_once(listener, error)

    def _rebuild(self) -> None:
        self.callbacks = (*self._printer, *(subscription.listener for subscription in self._subscriptions))

    def _log_once(self, listener: Listener, error: BaseException) -> None:
        if not any(listener is logged for logged in self._logged):
            self._logged.append(listener)
            name = getattr(listener, "__qualname__", type(listener).__name__)  # its repr is foreign code, too
            told = (type(error), error, error.__traceback__)
            log.critical("the listener %s raised; it stays subscribed, and this is told once", name, exc_info=told)


class _Subscription:
    """A subscription: a listener that subscribed twice has two, and leaves them one by one."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
