"""What a dashboard leaves in the notebook for readers without a kernel: a still picture and a table below it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from IPython.display import display

from dojobber_nb.core.events import Event, RunEnded
from dojobber_nb.engine.runner import Runner
from dojobber_nb.notebook.cells import after_each_cell
from dojobber_nb.view.still import bundle


class Leftover:
    """Shown once here, and again in its place after each run, when the call is over: drawing takes no time of a run.

    A dashboard that lives hides it.
    """

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._outdated = False
        self._handle = display(bundle(runner.state), raw=True, display_id=True)  # type: ignore[no-untyped-call]
        self._leave = [runner.subscribe(self._hear), after_each_cell(self._renew)]

    def leave(self) -> None:
        """Stay as it is."""
        for leave in self._leave:
            leave()

    def _hear(self, event: Event) -> None:
        if isinstance(event, RunEnded):
            self._outdated = True
            _soon(self._renew)

    def _renew(self) -> None:
        if self._outdated:
            self._outdated = False
            self._handle.update(bundle(self._runner.state), raw=True)


def _soon(act: Callable[[], object]) -> None:
    """When the call under way has returned; where no loop runs, the end of the cell comes."""
    with contextlib.suppress(RuntimeError):
        asyncio.get_running_loop().call_soon(act)
