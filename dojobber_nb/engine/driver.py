"""The driver of a walk on the calling thread; async_driver.py has its twin for an event loop."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from typing import Any

Effect = Callable[[], Any]  # what takes time: a phase, a sweep or a wait
Walk = Generator[Effect, Any, None]  # yields effects and is sent their results


def drive(walk: Walk) -> None:
    """Perform the effects of a walk on this thread, until it returns."""
    send, value = walk.send, None
    with contextlib.suppress(StopIteration):
        while True:
            value = send(value)()
