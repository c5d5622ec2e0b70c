"""What to do when a phase failed for the thread that it ran on: added to its exception as a note.

Under `dj.run()` and the other plain calls phases run on the caller's thread: in a notebook the main one, on which the
kernel's event loop runs. From a click and under `await dj.arun()` they run on the runner's one worker thread.
"""

from __future__ import annotations

import contextlib
import re
import sys
import threading
from typing import Final

from dojobber_nb.core.preview import exception_text

LOOP: Final = (
    "An event loop runs on this thread (a notebook cell's), and this job wants one of its own. Start the run by "
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

# What libraries say: of a loop that runs already, of a thread that is not the main one, of another one's object.
_SAYINGS: Final = (
    (LOOP, re.compile("running event loop|loop is already running|another loop is running|inside the asyncio loop")),
    (LOOP, re.compile("Already running asyncio in this thread")),
    (NOT_MAIN, re.compile("(works|used|called|run) (only )?(in|from|on) (the )?main thread|not in main loop")),
    (NOT_MAIN, re.compile("no current event loop in thread")),
    (OTHER_THREAD, re.compile("used in that same thread|switch to a different thread|created in a different thread")),
)


def advise(error: BaseException) -> None:
    """Add the way out to an exception that comes of the thread; any other one stays as it is."""
    if not isinstance(error, Exception):
        return
    text = exception_text(error)
    advice = next((advice for advice, saying in _SAYINGS if saying.search(text) and _fits(advice)), None)
    with contextlib.suppress(Exception):  # an exception may refuse attributes
        if advice and advice not in getattr(error, "__notes__", ()):
            error.add_note(advice)


def _fits(advice: str) -> bool:
    """Whether this thread is such a one."""
    if advice is LOOP:
        return _loop_runs()
    return advice is OTHER_THREAD or threading.current_thread() is not threading.main_thread()


def _loop_runs() -> bool:
    asyncio = sys.modules.get("asyncio")  # takes long to import, and without it no loop runs
    return asyncio is not None and asyncio._get_running_loop() is not None
