"""Signal handlers during a call, on the main thread: they run in job code or between two steps, not in the engine.

A handler that raises, such as a time limit by SIGALRM around `dj.run()`, could otherwise leave any line of the engine
half done. While the engine's own code runs, a signal is held; its handler is called when the walk handles requests, and
a wait ends for it. During a call the engine has a SIGINT handler of its own.

An exception that such a handler raises in job code is the caller's: it is no verdict on the phase, and leaves the call.
A handler that a job sets is not held.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # signal.getsignal costs twenty times as much, after every phase
import contextlib
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final

Handler = Callable[[int, FrameType | None], Any]

SIGINT: Final = int(signal.SIGINT)
HELD: Final = tuple(
    number
    for name in ("ALRM", "VTALRM", "PROF", "USR1", "USR2", "TERM", "HUP", "QUIT", "CHLD", "BREAK")
    if (number := getattr(signal, f"SIG{name}", None)) is not None
)

log = logging.getLogger("DoJobber")

handler_of = _signal.getsignal


class SignalHandlers:
    """The handlers of one runner's call: `on_sigint` is SIGINT's; `armed()` tells whether job code is running."""

    def __init__(self, on_sigint: Handler, armed: Callable[[], bool], ask: Callable[[], object]) -> None:
        self.held: list[tuple[Handler, int]] = []  # signals that came in the engine's own code
        self.on_sigint, self._armed, self._ask = on_sigint, armed, ask
        self._installed = False
        self.ignores_sigint = False  # the caller does, as programs started by `&` or nohup do
        self._raised: BaseException | None = None

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Install the handlers for a call, and restore the previous ones; a job's new handlers stay, except for SIGINT.

        Does nothing on other threads than the main thread.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = dict(zip(HELD, map(handler_of, HELD), strict=True))
        called = [number for number in HELD if callable(before[number])] if any(map(callable, before.values())) else []
        mine = {number: self._holding(before[number]) for number in called}
        sigint = handler_of(SIGINT)
        self.ignores_sigint = sigint == signal.SIG_IGN
        try:
            for number, handler in mine.items():
                signal.signal(number, handler)
            signal.signal(signal.SIGINT, self.on_sigint)
            self._installed = True
            yield
        finally:
            self._installed, self._raised = False, None
            signal.signal(signal.SIGINT, sigint if sigint is not None else signal.default_int_handler)
            for number, handler in mine.items():  # last: from here on they may raise
                if handler_of(number) is handler:
                    signal.signal(number, before[number])

    def _holding(self, handler: Handler) -> Handler:
        def hold(number: int, frame: FrameType | None) -> None:
            if self._armed():
                self._call(handler, number, frame)
            else:
                self.held.append((handler, number))
                self._ask()

        return hold

    def deliver(self) -> None:
        """Call the handlers of the held signals, in order. If one raises, the rest stay held."""
        while self.held:
            handler, number = self.held.pop(0)
            self._call(handler, number, None)

    def _call(self, handler: Handler, number: int, frame: FrameType | None) -> None:
        try:
            handler(number, frame)
        except BaseException as error:
            self._raised = error
            raise

    def raised(self, error: BaseException) -> bool:
        """Whether a handler of the caller raised this error."""
        return error is self._raised

    def restore_sigint(self, place: str) -> None:
        """After job code: restore the engine's SIGINT handler if the job has replaced it."""
        if self._installed and handler_of(SIGINT) is not self.on_sigint:
            signal.signal(signal.SIGINT, self.on_sigint)
            log.warning("%s left a SIGINT handler behind; it was removed, so that Ctrl-C halts the run", place)
