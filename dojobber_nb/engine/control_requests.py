"""Requests: pause, stop, interrupt and switches of no_act, from any thread, for the walk of a call."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from dojobber_nb.engine.interruptible_wait import WakeFlag
from dojobber_nb.engine.signals import SignalHandlers

_ENGINE = __name__.rpartition(".")[0]


class Requests:
    """Flags that any thread sets and the walk handles between two effects.

    An interrupt reaches job code as KeyboardInterrupt: on the main thread through a SIGINT handler, which also breaks
    a sleep; on any other thread as an asynchronous exception, which waits for Python code to run.
    """

    def __init__(self) -> None:
        self.wake = WakeFlag()  # set while something is asked for: ends a wait
        self.armed = False  # job code is running: an interrupt may be raised where it stands
        self.threaded = False  # the job code runs on another thread than the main one
        self._thread = 0
        self._thrown = False
        self._lock = threading.RLock()  # a signal handler may ask, too
        self.asked = self.pause = self.stop = self.interrupt = False
        self.no_act: bool | None = None
        self.signals = SignalHandlers(self._on_sigint, lambda: self.armed, self.ask)

    def drop_pause_and_stop(self) -> None:
        """Drop requests to pause or stop: they do not carry over to the next call."""
        self.pause = self.stop = False

    def begin_handling(self) -> None:
        """Reset `asked` and the wake flag: the walk handles the requests made so far."""
        self.asked = False
        self.wake.clear()

    def ask(
        self, *, pause: bool = False, stop: bool = False, interrupt: bool = False, no_act: bool | None = None
    ) -> None:
        """Set the flags and end a wait; raise an interrupt in the job code that is running."""
        self.pause, self.stop, self.interrupt = self.pause or pause, self.stop or stop, self.interrupt or interrupt
        self.no_act = self.no_act if no_act is None else no_act
        self.asked = True
        self.wake.set()
        if interrupt:
            self._throw()

    def use_this_thread(self) -> None:
        """Note that job code is called on this thread from now on."""
        self._thread = threading.get_ident()
        self.threaded = self._thread != threading.main_thread().ident

    def arm(self) -> None:
        """Job code is called next: deliver an interrupt or a signal that came in the meantime first."""
        self.armed = True
        if self.interrupt:
            raise KeyboardInterrupt
        if self.signals.held:
            self.signals.deliver()

    def disarm(self) -> None:
        """Job code on this thread has returned: absorb an interrupt that was thrown at it and is not raised yet."""
        with self._lock:
            self.armed = False
            thrown, self._thrown = self._thrown, False
        if thrown:
            _absorb_thrown()

    def delivered(self, error: BaseException) -> None:
        """Job code has raised `error`: if it is KeyboardInterrupt, the interrupt was delivered."""
        self.disarm()
        if isinstance(error, KeyboardInterrupt):
            self.interrupt = False

    @contextlib.contextmanager
    def deferred(self) -> Iterator[None]:
        """Defer an interrupt of this thread while a critical section runs."""
        armed = self.armed and self._thread == threading.get_ident()
        if armed:
            self.disarm()
        try:
            yield
        finally:
            if armed:
                self.armed = True
                if self.interrupt:
                    self._throw()
                self.signals.deliver()

    def _throw(self) -> None:
        with self._lock:
            if not self.armed:
                return
            if not self.threaded:
                _send_sigint(self._thread)
            else:
                self._thrown = True
                _throw_at(self._thread, KeyboardInterrupt)

    @contextlib.contextmanager
    def during_call(self, *, sigint: bool) -> Iterator[None]:
        """Around a call: an interrupt is raised in one of its phases or waits, or at its end.

        sigint: handle Ctrl-C on the main thread; the previous handler is restored.
        """
        try:
            with self.signals.installed() if sigint else contextlib.nullcontext():
                yield
        finally:
            self._raise_pending()

    def _raise_pending(self) -> None:
        late, self.interrupt = self.interrupt, False
        self.signals.deliver()
        if late:
            raise KeyboardInterrupt

    def _on_sigint(self, _signum: int, frame: FrameType | None) -> None:
        if self.signals.ignores_sigint and not self.interrupt:
            return  # not from interrupt(), which sets the flag before it sends one
        self.asked = self.interrupt = True
        self.wake.set()
        if self.armed:
            if _is_engine_frame(frame):
                self.armed = False  # a second one must not interrupt the engine's own code
            raise KeyboardInterrupt


def _is_engine_frame(frame: FrameType | None) -> bool:
    return frame is not None and str(frame.f_globals.get("__name__", "")).startswith(_ENGINE)


def _throw_at(thread: int, error: type[BaseException]) -> None:
    """Raise `error` in the thread at its next bytecode. Replaces one that was thrown and is not raised yet."""
    import ctypes

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))


class _AbsorbedError(BaseException):
    """Replaces an interrupt that is not wanted any more."""


def _absorb_thrown() -> None:
    """Absorb an exception that was thrown at this thread and is not raised yet.

    CPython can clear it (by NULL), but 3.11 then checks for it at every bytecode for good, and tracing hangs.
    """
    try:
        try:
            _throw_at(threading.get_ident(), _AbsorbedError)
        except KeyboardInterrupt:  # it was raised just now
            return
        for _ in range(10_000):
            pass  # it is raised within the first few iterations
    except _AbsorbedError:
        return


def _send_sigint(thread: int) -> None:
    """Send SIGINT to the main thread; it ends a sleep where the platform can."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(thread, signal.SIGINT)
    else:
        os.kill(os.getpid(), signal.SIGINT)
