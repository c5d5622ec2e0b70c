"""Hooks that run after each cell of the notebook."""

from __future__ import annotations

from collections.abc import Callable


def after_each_cell(act: Callable[[], object]) -> Callable[[], None]:
    """Call `act` after each cell, before the front end marks the cell as done. Returns a function that stops it."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return lambda: None

    def after(*_: object) -> None:
        act()

    shell.events.register("post_run_cell", after)
    return lambda: shell.events.unregister("post_run_cell", after)
