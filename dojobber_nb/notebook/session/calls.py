"""Calls: what goes on for one runner, started by somebody who looks at it and asked to halt by anybody."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from typing import Any

from dojobber_nb.core.events import Phase
from dojobber_nb.core.run_view import RunView
from dojobber_nb.engine.runner import Goal, Runner
from dojobber_nb.notebook.ipython.kernel import page_id
from dojobber_nb.notebook.ipython.phase_displays import BELOW, NOWHERE, where
from dojobber_nb.notebook.ipython.redefined_jobs import news
from dojobber_nb.notebook.session.notices import Notices


class Calls:
    """Starts calls beside the loop on which it was made, one at a time; tells when one has `begun` and is `done`.

    `runner()` gives the one that takes commands, or raises ReadOnlyError. `asked` is what the call under way was asked
    for: "", "pause" or "interrupt".
    """

    def __init__(
        self,
        runner: Callable[[], Runner],
        view: RunView,
        notices: Notices,
        begun: Callable[[], object],
        done: Callable[[], object],
    ) -> None:
        self.asked = ""
        self.loop = _running_loop()
        self._runner, self._view = runner, view
        self._notices, self._begun, self._done = notices, begun, done
        self.show_here()
        self._task: asyncio.Task[None] | None = None

    def show_here(self) -> None:
        """What jobs display, and print uncaptured, goes to the cell that runs now: it shows the dashboard."""
        self._cell, self._page = contextvars.copy_context(), page_id()

    @property
    def under_way(self) -> str:
        """What goes on: "the run" that a click started, a call of somebody's code ("run()"), or ""."""
        call = self._view.going_on
        return "the run" if self._task else f"{call}()" if call else ""

    def go_on(self, goal: Goal) -> None:
        """Start `arun(goal)`."""
        step = self._view.next_step
        at_cleanup = step is not None and step[1] is Phase.CLEANUP
        self.start(lambda: self._runner().arun(goal, halt_on_failure=not at_cleanup))

    def start(self, call: Callable[[], Awaitable[object]]) -> None:
        """Start that call of the runner. On the loop's own thread, between calls."""
        if self.loop is None:
            self._notices.tell("There is no event loop here to run on: make the dashboard in a notebook cell.")
            return
        self.asked = ""
        if told := news(self._view):
            self._notices.tell(" ".join(filter(None, [self._notices.text, told])))
        self._cell.run(where.set, BELOW if page_id() in (self._page, "") else NOWHERE)
        self._task = self.loop.create_task(self._guarded(call), context=self._cell)
        self._begun()

    async def _guarded(self, call: Callable[[], Awaitable[object]]) -> None:
        try:
            with self._notices.telling():
                await self._run(call)
        finally:
            self._task, self.asked = None, ""
            self._done()

    async def _run(self, call: Callable[[], Awaitable[object]]) -> None:
        """KeyboardInterrupt ends here: a task that ends with it would end the kernel's loop."""
        try:
            await call()
        except KeyboardInterrupt:
            self._notices.tell("Interrupted. The attempt does not count as a try; the next step starts it again.")
        except asyncio.CancelledError:
            self._notices.tell("Paused: the call was cancelled.")

    def pause(self) -> None:
        """Ask the call under way to halt after its phase; a second time changes nothing."""
        if self.under_way and not self.asked:
            self.asked = "pause"
            self._runner().pause()

    def interrupt(self) -> None:
        """Ask for KeyboardInterrupt in the phase under way."""
        if self.under_way:
            self.asked = "interrupt"
            self._runner().interrupt()

    def on_loop(self, act: Callable[[], Any]) -> None:
        """Call it on the loop's own thread, now if this is it; what it raises is told."""
        self.loop = self.loop or _running_loop()
        if self.loop is None or _running_loop() is self.loop:
            self._act(act)
        else:
            self.loop.call_soon_threadsafe(self._act, act)

    def _act(self, act: Callable[[], Any]) -> None:
        with self._notices.telling():
            act()
        if self._task is None:  # what has begun is told of in a moment, and may be over by then
            self._done()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
