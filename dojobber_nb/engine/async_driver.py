"""The driver of a walk on an event loop. A module of its own, as importing asyncio takes long."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, wait
from types import FrameType
from typing import Any, Final

from dojobber_nb.engine.control_requests import Requests
from dojobber_nb.engine.driver import Effect, Walk
from dojobber_nb.engine.worker_thread import WorkerThread

Perform = Callable[[Effect], Awaitable[Any]]


async def adrive(walk: Walk, requests: Requests, worker: WorkerThread, under_way: Callable[[], str]) -> None:
    """Perform the effects of a walk on the worker thread; run the walk itself on the thread of the event loop.

    When cancelled it requests a pause, prints on stderr which phase (`under_way()`) it waits for, lets the walk return,
    and raises CancelledError. Ctrl-C cancels; a second Ctrl-C interrupts the phase.
    """
    pause_on_cancel = _PauseOnCancel(requests, under_way)
    with _SECOND_SIGINT.interrupts(requests):
        perform = await _performer(requests, worker, pause_on_cancel)
        value = None
        with contextlib.suppress(StopIteration):
            while True:
                value = await perform(walk.send(value))
    pause_on_cancel.end()


async def _performer(requests: Requests, worker: WorkerThread, pause_on_cancel: _PauseOnCancel) -> Perform:
    """A function that performs an effect: on the worker thread, or on the loop where there are no threads."""
    context = contextvars.copy_context()

    async def on_worker(effect: Effect) -> Any:
        future = worker.submit(effect, context)
        with _joined(future, requests):
            return await pause_on_cancel.with_outcome(asyncio.wrap_future(future))

    try:
        await on_worker(requests.use_this_thread)
    except RuntimeError:  # can't start new thread
        requests.use_this_thread()
        return lambda effect: pause_on_cancel.with_outcome(asyncio.ensure_future(_on_loop(effect)))
    return on_worker


@contextlib.contextmanager
def _joined(future: Future[Any], requests: Requests) -> Iterator[None]:
    """Wait for the phase to end, whatever is raised in the loop meanwhile, such as KeyboardInterrupt."""
    try:
        yield
    finally:
        if not future.done():
            requests.ask(interrupt=True)
            wait([future])


class _PauseOnCancel:
    """Waits for the outcome of effects. The first cancellation becomes a pause, and is raised at the end."""

    def __init__(self, requests: Requests, under_way: Callable[[], str]) -> None:
        self._requests, self._under_way = requests, under_way
        self._cancelled: asyncio.CancelledError | None = None

    async def with_outcome(self, effect: asyncio.Future[Any]) -> Any:
        """The outcome of the effect, which is shielded from cancellation."""
        while not effect.done():
            try:
                await asyncio.shield(effect)
            except asyncio.CancelledError as error:
                if self._cancelled is None:
                    self._cancel(error)
        return effect.result()

    def end(self) -> None:
        """Raise the cancellation, if there was one."""
        if self._cancelled:
            raise self._cancelled

    def _cancel(self, error: asyncio.CancelledError) -> None:
        self._cancelled = error
        self._requests.ask(pause=True)
        if place := self._under_way():
            again = "Ctrl-C (in a notebook: ■) once more interrupts it"
            sys.stderr.write(f"Pausing after {place}, which is under way; {again}.\n")


class _SecondSigint:
    """Passes the first Ctrl-C to the previous handler, which cancels the task; each further one interrupts the phases.

    A kernel passes on the first one only, and asyncio.run() would raise the second one inside the loop. The loop is
    woken each time: a kernel's handler does not wake it and would take effect only when the phase is over. One handler
    serves all runs on the loop of the main thread.
    """

    def __init__(self) -> None:
        self._driven: list[Requests] = []
        self._before: Any = None
        self._presses = 0
        self._handler = self._on_sigint
        self._wakeup = contextlib.ExitStack()

    @contextlib.contextmanager
    def interrupts(self, requests: Requests) -> Iterator[None]:
        """Handle SIGINT for a run that is driven on this loop."""
        if threading.current_thread() is not threading.main_thread() or not callable(signal.getsignal(signal.SIGINT)):
            yield
            return
        if not self._driven:
            self._before, self._presses = signal.signal(signal.SIGINT, self._handler), 0
            self._wakeup.enter_context(_signals_wake(asyncio.get_running_loop()))
        self._driven.append(requests)
        try:
            yield
        finally:
            self._driven.remove(requests)
            if not self._driven:
                self._put_back()

    def _put_back(self) -> None:
        self._wakeup.close()
        # a kernel restores its own when a cell ends before the task that it started
        if signal.getsignal(signal.SIGINT) is self._handler:
            signal.signal(signal.SIGINT, self._before)

    def _on_sigint(self, number: int, frame: FrameType | None) -> None:
        self._presses += 1
        if loop := asyncio._get_running_loop():
            loop.call_soon_threadsafe(_nothing)
        if self._presses == 1:
            self._before(number, frame)
        for requests in self._driven if self._presses > 1 else ():
            requests.ask(interrupt=True)


@contextlib.contextmanager
def _signals_wake(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Wake the loop for each signal. One that comes just before the loop waits would be handled after the wait."""
    with contextlib.ExitStack() as undo:
        with contextlib.suppress(OSError, NotImplementedError):  # no descriptors left; Windows, whose loop does it
            reader, writer = map(undo.enter_context, socket.socketpair())
            reader.setblocking(False)
            writer.setblocking(False)
            loop.add_reader(reader, _drain, reader)
            undo.callback(loop.remove_reader, reader)
            if _swap_wakeup(-1, writer.fileno()):
                undo.callback(_swap_wakeup, writer.fileno(), -1)
        yield


def _swap_wakeup(old: int, new: int) -> bool:
    """Replace the wakeup descriptor if it is `old`; one that somebody else has set stays. Whether it was replaced."""
    there = signal.set_wakeup_fd(new, warn_on_full_buffer=False)
    if there != old:
        with contextlib.suppress(OSError, ValueError):  # theirs is closed by now
            signal.set_wakeup_fd(there)
    return there == old


def _drain(reader: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        reader.recv(4096)


_SECOND_SIGINT: Final = _SecondSigint()


def _nothing() -> None:
    """Wake the loop."""


async def _on_loop(effect: Effect) -> Any:
    await asyncio.sleep(0)  # let clicks in
    return effect()
