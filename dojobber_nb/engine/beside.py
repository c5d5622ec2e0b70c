"""How a run is driven beside an event loop: a module of its own, as asyncio takes long to import."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from dojobber_nb.engine.drive import Effect, Requests, Walk


async def adrive(walk: Walk, requests: Requests) -> None:
    """Perform the effects of a walk in one worker thread, and everything between them on the loop's own thread.

    When cancelled it asks for a pause, waits for the phase under way, lets the walk end, and raises.
    """
    perform, close = _worker(requests)
    cancelled: asyncio.CancelledError | None = None
    value = None
    try:
        with contextlib.suppress(StopIteration):
            while True:
                effect = asyncio.ensure_future(perform(walk.send(value)))
                while not effect.done():
                    try:
                        await asyncio.shield(effect)
                    except asyncio.CancelledError as error:
                        cancelled = error
                        requests.ask(pause=True)
                value = effect.result()
    finally:
        close()
    if cancelled:
        raise cancelled


def _worker(requests: Requests) -> tuple[Callable[[Effect], Awaitable[Any]], Callable[[], None]]:
    """(perform an effect, close): in a thread, or on the loop where there are none (JupyterLite)."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="dojobber-phase", initializer=requests.on_this_thread)
    context = contextvars.copy_context()
    try:
        pool.submit(int)
    except RuntimeError:  # can't start new thread
        requests.on_this_thread()
        return _on_loop, _nothing
    return lambda effect: asyncio.wrap_future(pool.submit(context.run, effect)), partial(pool.shutdown, wait=False)


async def _on_loop(effect: Effect) -> Any:
    await asyncio.sleep(0)  # let clicks in
    return effect()


def _nothing() -> None:
    """Close what has nothing to close."""
