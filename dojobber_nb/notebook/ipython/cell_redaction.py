"""Scrubs secrets from what a notebook saves of cells: printed text, displays and errors."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable
from typing import Any

from dojobber_nb.core.preview import exception_text
from dojobber_nb.core.secrets import scrub
from dojobber_nb.notebook.ipython.stream_guard import guard_streams


def guard_cells() -> None:
    """Scrub all output of IPython from now on, tracebacks included; no-op outside IPython."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        return
    guard_streams()
    if "format" not in vars(shell.display_formatter):
        _guard(shell)
        shell.events.register("pre_run_cell", lambda *_: guard_streams())  # %%capture may have replaced them


def _guard(shell: Any) -> None:
    format_value, show_traceback = shell.display_formatter.format, shell._showtraceback

    def format(*args: Any, **kwargs: Any) -> Any:  # noqa: A001  # IPython's name
        data, metadata = format_value(*args, **kwargs)
        return _scrubbed(data), metadata

    def showtraceback(kind: Any, error: Any, lines: list[str]) -> Any:
        return show_traceback(kind, scrub(error) if isinstance(error, str) else exception_text(error), _scrubbed(lines))

    shell.display_formatter.format, shell._showtraceback = format, showtraceback
    # IPython lets Python print exception groups to stderr.
    shell.showtraceback = _with_scrubbed_stderr(shell.showtraceback)


def _with_scrubbed_stderr(call: Callable[..., Any]) -> Callable[..., Any]:
    def with_scrubbed_stderr(*args: Any, **kwargs: Any) -> Any:
        try:
            with contextlib.redirect_stderr(io.StringIO()) as captured:
                return call(*args, **kwargs)
        finally:
            sys.stderr.write(scrub(captured.getvalue()))

    return with_scrubbed_stderr


def _scrubbed(value: Any) -> Any:
    """The text, or the JSON value, with all its texts scrubbed."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {scrub(key): _scrubbed(each) for key, each in value.items()}
    return [*map(_scrubbed, value)] if isinstance(value, list) else value
