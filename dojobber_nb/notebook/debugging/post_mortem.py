"""Hands an exception to `%debug`."""

from __future__ import annotations

import sys
from types import TracebackType

from dojobber_nb.core.values import name_of
from dojobber_nb.notebook.debugging.frames import live_frames


def set_last_exception(error: BaseException | None) -> str:
    """Make it the last exception of the interpreter. Returns what to type next, or why it is not possible."""
    frames = live_frames(error)
    if error is None or not frames:
        return (
            "The frames of this error are gone: only those of the last 20 failures are kept. The text is still shown."
        )
    traceback = vars(BaseException)["__traceback__"].__get__(error)
    first = traceback.tb_frame, traceback.tb_lasti, traceback.tb_lineno
    sys.last_type, sys.last_value = type(error), error
    sys.last_exc = error  # type: ignore[attr-defined]  # exists from Python 3.12 on
    sys.last_traceback = TracebackType(traceback, *first)  # IPython 8 skips the first frame, taking it for its own
    return (
        f"Type %debug in a cell: it opens in {frames[-1][0].f_code.co_name}, where {name_of(type(error))} was raised."
    )
