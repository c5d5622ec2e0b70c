"""Signal handlers during a call, on the main thread: they run in job code, or between two steps, never amid the engine.

A handler that raises, such as a time limit by SIGALRM around `dj.run()`, would otherwise leave whatever line of the
engine was under way half-way done. While the engine's own code runs a signal is held, and its handler is called when
the walk looks up next; a wait ends for it. SIGINT is the engine's own during a call.

What such a handler raises in job code is the caller's business, and no verdict on the phase: it leaves the call. A
handler that a job sets is the job's own.
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
        self.held: list[tuple[Handler, int]] = []  # signals that came amid the engine's own code
        self.on_sigint, self._armed, self._ask = on_sigint, armed, ask
        self._installed = False
        self.ignores_sigint = False  # the caller does, as what a shell starts by `&` or nohup
        self._raised: BaseException | None = None

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Around a call. What was there before is put back; a handler that a job left behind stays, but for SIGINT's.

        Does nothing on any other thread than the main one.
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
        """Call the handlers of the signals that were held, in their order; one that raises leaves the rest held."""
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
        """Whether it came out of a handler that was there before the call."""
        return error is self._raised

    def restore_sigint(self, place: str) -> None:
        """After job code: have SIGINT again, if the job has left a handler of its own behind."""
        if self._installed and handler_of(SIGINT) is not self.on_sigint:
            signal.signal(signal.SIGINT, self.on_sigint)
            log.warning("%s left a SIGINT handler behind; it is taken away, so that Ctrl-C halts the run", place)
