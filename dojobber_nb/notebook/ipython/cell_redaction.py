"""Takes secrets out of what a notebook keeps of cells: what they print and show, and their errors."""

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
    """Have IPython, if that is what runs this, show no secret from now on, not even of an exception itself."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        return
    guard_streams()
    if "format" not in vars(shell.display_formatter):
        _guard(shell)
        shell.events.register("pre_run_cell", lambda *_: guard_streams())  # %%capture may have hidden them until now


def _guard(shell: Any) -> None:
    shown, failed = shell.display_formatter.format, shell._showtraceback

    def format(*args: Any, **kwargs: Any) -> Any:  # noqa: A001  # IPython's name
        data, metadata = shown(*args, **kwargs)
        return _scrubbed(data), metadata

    def showtraceback(kind: Any, error: Any, lines: list[str]) -> Any:
        return failed(kind, scrub(error) if isinstance(error, str) else exception_text(error), _scrubbed(lines))

    shell.display_formatter.format, shell._showtraceback = format, showtraceback
    shell.showtraceback = _with_scrubbed_stderr(shell.showtraceback)  # where IPython has Python print groups


def _with_scrubbed_stderr(call: Callable[..., Any]) -> Callable[..., Any]:
    def with_scrubbed_stderr(*args: Any, **kwargs: Any) -> Any:
        try:
            with contextlib.redirect_stderr(io.StringIO()) as told:
                return call(*args, **kwargs)
        finally:
            sys.stderr.write(scrub(told.getvalue()))

    return with_scrubbed_stderr


def _scrubbed(value: Any) -> Any:
    """The text, or all texts in the JSON."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {scrub(key): _scrubbed(each) for key, each in value.items()}
    return [*map(_scrubbed, value)] if isinstance(value, list) else value
