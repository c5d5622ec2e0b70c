"""Session: what the parts of a dashboard know of one runner, and the one way in which they act on it."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

from dojobber_nb.core.errors import NotConfiguredError
from dojobber_nb.core.events import Phase, Status
from dojobber_nb.core.preview import message
from dojobber_nb.core.state import RunState
from dojobber_nb.engine.runner import Runner
from dojobber_nb.notebook.story import Story
from dojobber_nb.notebook.ticker import Ticker


class Notice(NamedTuple):
    """Something told to whoever pressed a button; `number` tells two of the same text apart."""

    number: int = 0
    text: str = ""


class Viewer(Protocol):
    """A part of a dashboard."""

    def refresh(self) -> None:
        """Show how things stand."""

    @property
    def seen(self) -> bool:
        """Whether it is on a page, as far as anybody knows."""


class Session:
    """One runner and those who look at it.

    `selected` is the job somebody chose ("": the one where something happens); `asked` what a running call was asked
    for ("", "pause" or "interrupt"); `sure_at` and `left_at` the moments at which "Start over" was pressed once, and
    Cleanups were left as they are.
    """

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.story = Story()
        self.selected = ""
        self.notice = Notice()
        self.asked = self.sure_at = self.left_at = ""
        self._viewers: list[Viewer] = []
        self._task: asyncio.Task[None] | None = None
        self._loop = _running_loop()
        self._cell = contextvars.copy_context()  # what jobs print uncaptured goes to the cell of the dashboard
        self._page: contextvars.Context | None = None  # of the last message from a page
        self._lock = threading.RLock()
        self._ticker = Ticker(self.refresh, lambda: self.busy, self._loop)
        self._unwatch: Callable[[], None] | None = None
        self._leave = [runner.subscribe(self._ticker.wake), *_after_each_cell(self.refresh)]
        self._follow()

    # --- what is known -----------------------------------------------------------------------------------------------

    @property
    def state(self) -> RunState | None:
        """None before configure."""
        with contextlib.suppress(NotConfiguredError):
            return self.runner.state
        return None

    @property
    def busy(self) -> str:
        """The name of the call under way, or ""."""
        return self.runner.going_on or ("arun" if self._task else "")

    @property
    def moment(self) -> str:
        """Changes with everything that could make a click mean something else."""
        mode = "dry" if self.state and self.runner.no_act else "act"
        moment = f"{self.story.serial}.{self.story.told}.{mode}"
        return f"{moment}.sure" if self.sure_at == moment else moment

    @property
    def next(self) -> tuple[str, Phase] | None:
        """The step that would be taken."""
        return self.runner.next_step if self.state else None

    @property
    def looked_at(self) -> str:
        """The job that is selected, else the one where something happens; "" when there is none."""
        state = self.state
        if state is None:
            return ""
        return self.selected if self.selected in state.jobs else _where_it_happens(state, self)

    @property
    def elapsed(self) -> float:
        """Seconds since the phase under way began, by the time of day."""
        state = self.state
        if state is None or not state.started or not state.under_way:
            return 0.0
        return max(0.0, self.now - state.under_way.started)

    @property
    def now(self) -> float:
        """Seconds since the run began, by the time of day."""
        state = self.state
        return time.time() - state.started.wall if state and state.started else 0.0

    # --- who looks ---------------------------------------------------------------------------------------------------

    def join(self, viewer: Viewer) -> Callable[[], None]:
        """Have the viewer refreshed; what comes back ends that, and with the last one the session."""
        self._viewers.append(viewer)
        self.attend()

        def leave() -> None:
            with contextlib.suppress(ValueError):
                self._viewers.remove(viewer)
            self.attend()
            if not self._viewers:
                self._close()

        return leave

    def attend(self) -> None:
        """Watch what phases print while somebody is there to see it."""
        seen = any(viewer.seen for viewer in self._viewers)
        if seen and self._unwatch is None:
            self._unwatch = self.runner.watch()
        elif not seen and self._unwatch is not None:
            self._unwatch()
            self._unwatch = None

    def refresh(self) -> None:
        """Have everybody show how things stand. From any thread; never raises."""
        with self._lock:
            if self._page is None:
                self._refresh()
            else:
                self._page.copy().run(self._refresh)

    def _refresh(self) -> None:
        with self.telling():
            self._follow()
        for viewer in [viewer for viewer in self._viewers if viewer.seen]:
            with self.telling():
                viewer.refresh()

    def heard(self) -> None:
        """A message from a page has come: what is said from now on is said as in answer to it.

        ipykernel hears a page on the thread that spoke to it last: said from within a cell, that would be the cell's,
        and a click on Pause would wait until the cell ends.
        """
        self._page = contextvars.copy_context()

    def look(self) -> None:
        """Take in what has happened."""
        with self._lock:
            self._follow()

    def tell(self, text: str) -> None:
        """Show the text where somebody who has just pressed something looks."""
        self.notice = Notice(self.notice.number + 1, text)

    @contextlib.contextmanager
    def telling(self) -> Iterator[None]:
        """What is raised inside is shown, and goes no further: not even sys.exit, which would end the kernel."""
        try:
            yield
        except BaseException as error:  # noqa: BLE001  # see above
            self.tell(f"{type(error).__name__}: {message(error, 600)}")

    def _follow(self) -> None:
        state = self.state
        self.story.follow(state.graph if state else None, self.runner.events if state else ())

    def _close(self) -> None:
        for leave in self._leave:
            leave()

    # --- acting ------------------------------------------------------------------------------------------------------

    def select(self, index: int) -> None:
        """Look at the job of that index in the graph; another number follows the run."""
        nodes = self.state.graph.nodes if self.state else ()
        self.selected = nodes[index].name if 0 <= index < len(nodes) else ""
        self.refresh()

    def go(self, goal: str) -> None:
        """Start a call that goes on, beside the loop. On the loop's own thread."""
        if self._loop is None:
            self.tell("There is no event loop here to run on: make the dashboard in a notebook cell.")
            return
        self.asked = ""
        self._task = self._loop.create_task(self._go(goal), context=self._cell)
        self._ticker.wake()

    async def _go(self, goal: str) -> None:
        at_cleanup = self.next is not None and self.next[1] is Phase.CLEANUP
        try:
            with self.telling():
                await self._arun(goal, halt_on_failure=not at_cleanup)
        finally:
            self._task, self.asked = None, ""
            self.refresh()

    async def _arun(self, goal: str, *, halt_on_failure: bool) -> None:
        """KeyboardInterrupt ends here: a task that ends with it would end the kernel's loop."""
        try:
            await self.runner.arun(goal, halt_on_failure=halt_on_failure)
        except KeyboardInterrupt:
            self.tell("Interrupted. The attempt is not charged; the next step tries that job afresh.")
        except asyncio.CancelledError:
            self.tell("Paused, as the loop cancelled the call.")

    def on_loop(self, act: Callable[[], Any]) -> None:
        """Call it on the loop's own thread, now if this is it; what it raises is shown."""
        self._loop = self._loop or _running_loop()
        if self._loop is None or _running_loop() is self._loop:
            self._acted(act)
        else:
            self._loop.call_soon_threadsafe(self._acted, act)

    def _acted(self, act: Callable[[], Any]) -> None:
        with self.telling():
            act()
        self.refresh()


def _where_it_happens(state: RunState, session: Session) -> str:
    """The job under way; when the run stands at its end the first failure; else what ended last, or comes first."""
    if state.under_way and state.under_way.job in state.jobs:
        return state.under_way.job
    ahead = session.next
    if ahead is None or ahead[1] is Phase.CLEANUP:
        failed = (job.name for job in state.jobs.values() if job.status in (Status.FAILED, Status.WOULD_RUN))
        return next(failed, state.graph.root.name)
    return session.story.last or ahead[0]


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _after_each_cell(look: Callable[..., object]) -> list[Callable[[], None]]:
    """Look again after each cell: it may have called reset, configure or no_act, of which no event tells."""
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        return []

    def after(*_: object) -> None:
        look()

    shell.events.register("post_run_cell", after)
    return [lambda: shell.events.unregister("post_run_cell", after)]
