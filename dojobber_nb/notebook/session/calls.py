"""Calls: starts calls of a runner from the page, one at a time, and pauses or interrupts them."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable
from typing import Any

from dojobber_nb.core.events import Phase
from dojobber_nb.core.run_view import RunView
from dojobber_nb.engine.runner import Goal, Runner
from dojobber_nb.notebook.ipython.kernel import page_id
from dojobber_nb.notebook.ipython.phase_displays import BELOW, NOWHERE, display_place
from dojobber_nb.notebook.ipython.redefined_jobs import redefinition_notice
from dojobber_nb.notebook.session.notices import Notices


class Calls:
    """Runs one call at a time as a task on the event loop on which it was created.

    `runner()` returns the runner, or raises ReadOnlyError for a recorded run. `on_begin` and `on_end` are called when a
    call begins and when it has ended. `request` is what the current call was asked to do: "", "pause" or "interrupt".
    """

    def __init__(
        self,
        runner: Callable[[], Runner],
        view: RunView,
        notices: Notices,
        on_begin: Callable[[], object],
        on_end: Callable[[], object],
    ) -> None:
        self.request = ""
        self.loop = _running_loop()
        self._runner, self._view = runner, view
        self._notices, self._on_begin, self._on_end = notices, on_begin, on_end
        self.display_in_current_cell()
        self._task: asyncio.Task[None] | None = None

    def display_in_current_cell(self) -> None:
        """Send what jobs display, and what they print without a capture, to the cell that runs now."""
        self._cell, self._page = contextvars.copy_context(), page_id()

    @property
    def under_way(self) -> str:
        """Name of the current call: "the run" if a click started it, else the method ("run()"); "" if there is none."""
        call = self._view.going_on
        return "the run" if self._task else f"{call}()" if call else ""

    def start_goal(self, goal: Goal) -> None:
        """Start `runner.arun(goal)`."""
        step = self._view.next_step
        at_cleanup = step is not None and step[1] is Phase.CLEANUP
        self.start(lambda: self._runner().arun(goal, halt_on_failure=not at_cleanup))

    def start(self, call: Callable[[], Awaitable[object]]) -> None:
        """Start a call of the runner. Must be called on the thread of the loop, while no call is running."""
        if self.loop is None:
            self._notices.show("There is no event loop to run on: create the dashboard in a notebook cell.")
            return
        self.request = ""
        if notice := redefinition_notice(self._view):
            self._notices.show(" ".join(filter(None, [self._notices.text, notice])))
        self._cell.run(display_place.set, BELOW if page_id() in (self._page, "") else NOWHERE)
        self._task = self.loop.create_task(self._guarded(call), context=self._cell)
        self._on_begin()

    async def _guarded(self, call: Callable[[], Awaitable[object]]) -> None:
        try:
            with self._notices.showing_errors():
                await self._run(call)
        finally:
            self._task, self.request = None, ""
            self._on_end()

    async def _run(self, call: Callable[[], Awaitable[object]]) -> None:
        """Await the call. KeyboardInterrupt is caught here: a task that raises it would stop the kernel's loop."""
        try:
            await call()
        except KeyboardInterrupt:
            self._notices.show("Interrupted. The attempt does not count as a try; the next step starts it again.")
        except asyncio.CancelledError:
            self._notices.show("Paused: the call was cancelled.")

    def pause(self) -> None:
        """Halt the current call after its phase. A second request changes nothing."""
        if self.under_way and not self.request:
            self.request = "pause"
            self._runner().pause()

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the current phase."""
        if self.under_way:
            self.request = "interrupt"
            self._runner().interrupt()

    def on_loop(self, act: Callable[[], Any]) -> None:
        """Call `act` on the thread of the loop: at once if this is that thread. Its errors become notices."""
        self.loop = self.loop or _running_loop()
        if self.loop is None or _running_loop() is self.loop:
            self._act(act)
        else:
            self.loop.call_soon_threadsafe(self._act, act)

    def _act(self, act: Callable[[], Any]) -> None:
        with self._notices.showing_errors():
            act()
        if self._task is None:  # a call that has begun refreshes the page itself
            self._on_end()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
