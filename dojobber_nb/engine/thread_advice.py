"""Advice for exceptions that depend on the thread, added to them as a note.

Under `dj.run()` and the other synchronous calls phases run on the caller's thread: in a notebook the main thread, on
which the kernel's event loop runs. After a click and under `await dj.arun()` they run on the runner's worker thread.
"""

from __future__ import annotations

import contextlib
import re
import sys
import threading
from typing import Final

from dojobber_nb.core.preview import exception_text

LOOP: Final = (
    "An event loop runs on this thread (a notebook cell's), and this job starts one of its own. Start the run by "
    "`await dj.arun()` or by a click in the dashboard: there phases run on a thread without an event loop."
)
NOT_MAIN: Final = (
    "This phase ran on the runner's worker thread, as phases do after a click and under `await dj.arun()`. "
    "Start the run by `dj.run()` in a cell: there phases run on the main thread."
)
OTHER_THREAD: Final = (
    "Phases run on the caller's thread under `dj.run()` (in a cell: the main one), and on the runner's worker thread "
    "after a click and under `await dj.arun()`. Make the object in the phase that uses it, or start all the same way."
)

# Messages of libraries: a running event loop, not the main thread, an object of another thread.
_SAYINGS: Final = (
    (LOOP, re.compile("running event loop|loop is already running|another loop is running|inside the asyncio loop")),
    (LOOP, re.compile("Already running asyncio in this thread")),
    (NOT_MAIN, re.compile("(works|used|called|run) (only )?(in|from|on) (the )?main thread|not in main loop")),
    (NOT_MAIN, re.compile("no current event loop in thread")),
    (OTHER_THREAD, re.compile("used in that same thread|switch to a different thread|created in a different thread")),
)


def advise(error: BaseException) -> None:
    """Add advice to an exception that depends on the thread; leave any other as it is."""
    if not isinstance(error, Exception):
        return
    text = exception_text(error)
    advice = next((advice for advice, saying in _SAYINGS if saying.search(text) and _fits(advice)), None)
    with contextlib.suppress(Exception):  # an exception may refuse attributes
        if advice and advice not in getattr(error, "__notes__", ()):
            error.add_note(advice)


def _fits(advice: str) -> bool:
    """Whether the advice applies to this thread."""
    if advice is LOOP:
        return _loop_runs()
    return advice is OTHER_THREAD or threading.current_thread() is not threading.main_thread()


def _loop_runs() -> bool:
    asyncio = sys.modules.get("asyncio")  # takes long to import, and without it no loop runs
    return asyncio is not None and asyncio._get_running_loop() is not None
