"""Listeners: the callables that get each event."""

from __future__ import annotations

import logging
from collections.abc import Callable

from dojobber_nb.core.events import Event
from dojobber_nb.core.run_view import Listener

log = logging.getLogger("DoJobber")


class Listeners:
    """Calls the listeners in the order of subscription. One that raises is logged once; the run goes on."""

    def __init__(self, on_interrupt: Callable[[], object]) -> None:
        self.callbacks: tuple[
            Callable[[Event], object], ...
        ] = ()  # replaced, never changed: it may be walked meanwhile
        self._printer: tuple[Listener, ...] = ()
        self._subscriptions: list[_Subscription] = []
        self._on_interrupt = on_interrupt
        self._logged: list[Listener] = []

    def set_printer(self, printer: Listener | None) -> None:
        """Call `printer` before all listeners: it prints DoJobber's lines."""
        self._printer = (printer,) if printer else ()
        self._rebuild()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call the listener with each event from now on. Returns a function that ends it, and may be called twice."""
        subscription = _Subscription(listener)
        self._subscriptions.append(subscription)
        self._rebuild()

        def unsubscribe() -> None:
            self._subscriptions = [kept for kept in self._subscriptions if kept is not subscription]
            self._rebuild()

        return unsubscribe

    def notify(self, event: Event) -> None:
        """Call every listener with the event."""
        for listener in self.callbacks:
            try:
                listener(event)
            except KeyboardInterrupt:
                self._on_interrupt()
            except BaseException as error:  # noqa: BLE001  # a listener is the user's code and must not harm the run
                self._log_once(listener, error)

    def _rebuild(self) -> None:
        self.callbacks = (*self._printer, *(subscription.listener for subscription in self._subscriptions))

    def _log_once(self, listener: Listener, error: BaseException) -> None:
        if not any(listener is logged for logged in self._logged):
            self._logged.append(listener)
            name = getattr(listener, "__qualname__", type(listener).__name__)  # its repr may raise, too
            told = (type(error), error, error.__traceback__)
            log.critical("the listener %s raised; it stays subscribed, and this is logged once", name, exc_info=told)


class _Subscription:
    """One subscription. A listener that subscribed twice has two, each with its own end."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
