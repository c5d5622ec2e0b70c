"""Where `%debug` finds an exception."""

from __future__ import annotations

import sys
from types import TracebackType

from dojobber_nb.core.values import name_of
from dojobber_nb.notebook.debugging.frames import living


def put_for_debugger(error: BaseException | None) -> str:
    """Make it the last exception of this interpreter; what to type then, or why it cannot be done."""
    frames = living(error)
    if error is None or not frames:
        return "Its frames have been let go: only those of the last 20 failures are kept. The text is all there is."
    traceback = vars(BaseException)["__traceback__"].__get__(error)
    first = traceback.tb_frame, traceback.tb_lasti, traceback.tb_lineno
    sys.last_type, sys.last_value = type(error), error
    sys.last_exc = error  # type: ignore[attr-defined]  # known from Python 3.12 on
    sys.last_traceback = TracebackType(traceback, *first)  # IPython 8 takes the first frame for its own and skips it
    return (
        f"Type %debug in a cell: it opens in {frames[-1][0].f_code.co_name}, where {name_of(type(error))} was raised."
    )
