"""How a run is driven here, and how it is paused, stopped and interrupted from anywhere."""

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
    """Pause, stop and interrupt, asked for from any thread and met at the next chance.

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
        """A new call is not paused or stopped by what was asked of the last one."""
        self.pause = self.stop = False

    def begin_handling(self) -> None:
        """What was asked so far is about to be met; what is asked from here on is met at the next look."""
        self.asked = False
        self.wake.clear()

    def ask(
        self, *, pause: bool = False, stop: bool = False, interrupt: bool = False, no_act: bool | None = None
    ) -> None:
        """Note a request and end a wait; an interrupt is raised in the job code that is running."""
        self.pause, self.stop, self.interrupt = self.pause or pause, self.stop or stop, self.interrupt or interrupt
        self.no_act = self.no_act if no_act is None else no_act
        self.asked = True
        self.wake.set()
        if interrupt:
            self._throw()

    def use_this_thread(self) -> None:
        """Job code will be called on this thread from now on."""
        self._thread = threading.get_ident()
        self.threaded = self._thread != threading.main_thread().ident

    def arm(self) -> None:
        """Job code is called next: an interrupt, or a signal, that came since the last look comes first."""
        self.armed = True
        if self.interrupt:
            raise KeyboardInterrupt
        if self.signals.held:
            self.signals.deliver()

    def disarm(self) -> None:
        """Job code of this thread has returned: an interrupt thrown at it and not yet raised comes no more."""
        with self._lock:
            self.armed = False
            thrown, self._thrown = self._thrown, False
        if thrown:
            _absorb_thrown()

    def delivered(self, error: BaseException) -> None:
        """The interrupt has reached the job code; another kind of exception leaves the request as it is."""
        self.disarm()
        if isinstance(error, KeyboardInterrupt):
            self.interrupt = False

    @contextlib.contextmanager
    def deferred(self) -> Iterator[None]:
        """Keep an interrupt from the job code's own thread while something is done that must not be left half-way."""
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
        """Around a call: each interrupt meets a phase or a wait of it, or at the latest its end.

        sigint: on the main thread, Ctrl-C is one; the handler that was there is put back.
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
            return  # not ours: interrupt() says so before it sends one
        self.asked = self.interrupt = True
        self.wake.set()
        if self.armed:
            if _is_engine_frame(frame):
                self.armed = False  # once only: the engine's own code must not be left half-way by a second one
            raise KeyboardInterrupt


def _is_engine_frame(frame: FrameType | None) -> bool:
    return frame is not None and str(frame.f_globals.get("__name__", "")).startswith(_ENGINE)


def _throw_at(thread: int, error: type[BaseException]) -> None:
    """Raise `error` in the thread at its next bytecode, in place of what was thrown at it and not yet raised."""
    import ctypes

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))


class _AbsorbedError(BaseException):
    """In place of an interrupt that nobody waits for any longer."""


def _absorb_thrown() -> None:
    """Swallow what was thrown at this thread, if it has not been raised yet.

    CPython can take it back (by NULL), but 3.11 then looks for it at every bytecode for good, and tracing hangs.
    """
    try:
        try:
            _throw_at(threading.get_ident(), _AbsorbedError)
        except KeyboardInterrupt:  # at the last moment: nothing is left to replace
            return
        for _ in range(10_000):
            pass  # it is raised within the first few
    except _AbsorbedError:
        return


def _send_sigint(thread: int) -> None:
    """SIGINT to the main thread, breaking a sleep where the platform can."""
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(thread, signal.SIGINT)
    else:
        os.kill(os.getpid(), signal.SIGINT)
