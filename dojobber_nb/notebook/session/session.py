"""Session: what the parts of a dashboard know of one runner, and have in common."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterator
from typing import Final, Protocol

from dojobber_nb.core.errors import NotARunError, NotConfiguredError, ReadOnlyError
from dojobber_nb.core.events import Event, Phase, Status
from dojobber_nb.core.log_rows import EventLog
from dojobber_nb.core.run_view import RunView
from dojobber_nb.core.schedule import next_step
from dojobber_nb.core.state import RunState
from dojobber_nb.engine.followed_run import FollowedRun
from dojobber_nb.engine.runner import Runner
from dojobber_nb.notebook.ipython.cell_hooks import after_each_cell
from dojobber_nb.notebook.session.calls import Calls
from dojobber_nb.notebook.session.changed_jobs import ChangedJobs
from dojobber_nb.notebook.session.notices import Notices
from dojobber_nb.notebook.session.past_moment import PastMoment, when
from dojobber_nb.notebook.session.run_history import RunHistory
from dojobber_nb.notebook.session.snapshot import Replica, Snapshot
from dojobber_nb.notebook.session.ticker import Ticker
from dojobber_nb.record.recorded_run import RecordedRun
from dojobber_nb.view import words

ANSWERED: Final = 20  # presses: more than hands make between two refreshes


class Display(Protocol):
    """Whoever shows a session."""

    def refresh(self, *, ask: bool = False) -> None:
        """Show the session as it is now, within a snapshot; ask: whether the page shall acknowledge it."""

    @property
    def ready(self) -> bool:
        """Whether what changes now can be shown at once."""


class Session:
    """One runner, or a recorded run that is followed, and those who look at it.

    During a refresh everything here is answered from one Snapshot, on the thread that refreshes, so that all parts
    show the same moment; at any other time it is answered from the runner as it stands.

    `selected` is the job somebody chose ("": the one where something happens). `filter` is what the jobs that lists
    show are counted as ("": all). `answered` are the last presses that were answered. `left_at` is the moment at which
    Cleanups were left as they are.
    """

    def __init__(self, source: Runner | RunView | RecordedRun) -> None:
        self._runner = source if isinstance(source, Runner) else None
        self.view = view = view_of(source)
        self.display: Display | None = None
        self.changes = ChangedJobs()
        self._seen = (0, 0)  # the run that the last refresh showed, and after how many events
        self.selected = self.filter = self.left_at = ""
        self._pressed_once = ("", "")  # the button that forgets Cleanups and waits for a second press, and the moment
        self._left_behind: tuple[int, RecordedRun | None] = (0, None)  # as found when that run was seen first
        self._lock = threading.RLock()  # held during a refresh: what is selected changes before or after it
        self._replica = Replica()
        self._snapshot: Snapshot | None = None
        self._refresher = 0  # the thread that refreshes
        self.story = RunHistory()
        self.past = PastMoment()
        self.notices = Notices()
        self.answered: deque[str] = deque(maxlen=ANSWERED)
        ticker = Ticker(self.tick, lambda: self.busy)
        self.calls = Calls(lambda: self.runner, view, self.notices, ticker.wake, self.refresh)
        # After each cell: it may have called reset, configure or no_act, of which no event tells.
        self._leave = [view.subscribe(ticker.wake), after_each_cell(self.refresh)]
        self.look()
        if self.busy:
            ticker.wake()

    # --- what can be done --------------------------------------------------------------------------------------------

    @property
    def can_act(self) -> bool:
        """Whether there is a runner that takes commands: a recorded run can only be read."""
        return self._runner is not None

    @property
    def runner(self) -> Runner:
        """The runner that takes commands; ReadOnlyError for a recorded run."""
        if self._runner is None:
            raise ReadOnlyError
        return self._runner

    # --- what is known -----------------------------------------------------------------------------------------------

    @property
    def _frozen(self) -> Snapshot | None:
        """What this thread refreshes from, if it does."""
        return self._snapshot if self._refresher == threading.get_ident() else None

    @property
    def live(self) -> RunState | None:
        """How the run stands now; None before configure."""
        if frozen := self._frozen:
            return frozen.live
        with contextlib.suppress(NotConfiguredError):
            return self.view.state
        return None

    @property
    def state(self) -> RunState | None:
        """How it stands at the moment that is looked at, which may be past; None before configure."""
        live, at = self.live, self.past.at
        return live if live is None or at is None else self.past.state(live.graph, self.log, at)

    @property
    def log(self) -> EventLog:
        """All events so far."""
        if frozen := self._frozen:
            return frozen.log
        return self.view.events if self.live else EventLog([])

    @property
    def events(self) -> EventLog:
        """Those up to the moment that is looked at."""
        return self.log if self.past.at is None else self.log.first(self.past.at)

    @property
    def in_the_past(self) -> bool:
        """Whether the moment that is looked at is past."""
        return self.past.at is not None

    @property
    def event(self) -> Event | None:
        """What made the past moment that is looked at what it is."""
        return self.log[self.past.at - 1] if self.past.at else None

    @property
    def busy(self) -> str:
        """What goes on, as `Calls.under_way` says it, or ""."""
        frozen = self._frozen
        return frozen.busy if frozen else self.calls.under_way

    @property
    def moment(self) -> str:
        """Changes with everything that could make a click mean something else."""
        return f"{self._moment}.sure-{self.sure}" if self.sure else self._moment

    @property
    def sure(self) -> str:
        """The button that was pressed once and acts at the next press, as long as nothing else happens; or ""."""
        button, moment = self._pressed_once
        return button if moment == self._moment else ""

    def ask_again(self, button: str) -> None:
        """Have that button act at its second press."""
        self._pressed_once = (button, self._moment)

    @property
    def _moment(self) -> str:
        mode = "dry" if self.live and self.view.no_act else "act"
        moment = f"{self.story.serial}.{self.story.told}.{mode}"
        return f"{moment}.past" if self.in_the_past else moment

    @property
    def next(self) -> tuple[str, Phase] | None:
        """The step that would be taken."""
        state = self.state
        step = next_step(state) if state else None
        return step and (step[0].name, step[1])

    @property
    def looked_at(self) -> str:
        """The job that is selected, else the one where something happens; "" when there is none."""
        state = self.state
        if state is None:
            return ""
        return self.selected if self.selected in state.jobs else _where_it_happens(state, self)

    @property
    def left_behind(self) -> RecordedRun | None:
        """The recorded run that was cut off and can be taken up, as long as nothing has begun here."""
        if self.live is None or self.live.started or not self.can_act:
            return None
        if self._left_behind[0] != self.story.serial:
            self._left_behind = self.story.serial, None
            with self.notices.telling():  # the record may be gone by now
                self._left_behind = self.story.serial, self.runner.view.left_behind()
        return self._left_behind[1]

    @property
    def now(self) -> float:
        """Seconds since the run began, by the time of day; of a past moment, those when it was."""
        if self.in_the_past:
            return when(self.event) if self.event else 0.0
        state, frozen = self.live, self._frozen
        return (frozen.wall if frozen else time.time()) - state.started.wall if state and state.started else 0.0

    @property
    def counts(self) -> dict[str, int]:
        """How many jobs are counted in each way that occurs, at the moment that is looked at."""
        state = self.state
        return self.changes.counts if self._frozen else words.counts(state) if state else {}

    @property
    def failed(self) -> list[str]:
        """The failed jobs at the moment that is looked at, in visiting order."""
        state = self.state
        if state is None:
            return []
        if self._frozen:
            return [state.graph.nodes[index].name for index in self.changes.failed]
        return [job.name for job in state.jobs.values() if job.status is Status.FAILED]

    # --- refreshing --------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Follow the run no longer."""
        for leave in self._leave:
            leave()
        self._leave = []

    def look(self) -> None:
        """Take in what has happened. Another run has another past: then it is now that is looked at."""
        with self._lock:
            live = self.live
            if self.story.follow(live.graph if live else None, self.log):
                self.past.forget()

    def answer(self, press: object) -> None:
        """That press was taken or refused: from the next refresh on its button waits no longer."""
        if press:
            self.answered.append(f"{press!s:.40}")

    def refresh(self) -> None:
        """Bring the display up to date. From any thread; never raises."""
        with self.frozen():
            if self.display:
                self.display.refresh()

    def tick(self) -> bool:
        """`refresh` as the run goes on, and whether it was done: not while the page is behind, or must keep calm."""
        with self.frozen():
            if self.display is None:
                return True
            wait = bool(self.busy) and not self.display.ready
            if not wait:
                self.display.refresh(ask=bool(self.busy))
            return not wait

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Answer all questions of this thread from one snapshot meanwhile. One thread at a time."""
        with self._lock:
            if self._refresher:
                yield
                return
            with self.notices.telling():
                self._snapshot = self._taken()
            self._refresher = threading.get_ident()
            try:
                with self.notices.telling():
                    self.look()
                    self._compare()
                yield
            finally:
                self._refresher, self._snapshot = 0, None

    def _compare(self) -> None:
        """Find the jobs that changed since the last refresh. After a long way all are taken for changed."""
        state, (run, before) = self.state, self._seen
        now = len(self.log) if self.past.at is None else self.past.at
        near = run == self.story.serial and state is not None and abs(now - before) <= len(state.graph)
        between = self.log[min(before, now) : max(before, now)] if near else None
        self._seen = self.story.serial, now
        self.changes.look(state, between)

    def _taken(self) -> Snapshot:
        """The call comes first: once it is over, all its events are there."""
        busy, live, wall = self.busy, self.live, time.time()
        log = self.log.first(len(self.log))
        return Snapshot(self._replica.after(live.graph, log) if live and log else live, log, busy, wall)

    def select(self, index: int) -> None:
        """Look at the job of that index in the graph; another number follows the run."""
        with self._lock:
            nodes = self.live.graph.nodes if self.live else ()
            self.selected = nodes[index].name if 0 <= index < len(nodes) else ""
            self.refresh()

    def travel(self, to: int | None) -> None:
        """Look at the moment after so many events; None, and from the last one on, is now."""
        with self._lock:
            self.look()
            self.past.at = self.story.until = None if to is None or to >= self.story.told else max(to, 0)
            self.refresh()

    def show_only(self, status: str) -> None:
        """Have lists show the jobs that are counted as that alone; "" shows all."""
        if status and status not in words.COUNTED:
            raise ValueError(f"jobs are not counted as {status!r:.40}")
        with self._lock:
            self.filter = status
            self.refresh()


def view_of(source: Runner | RunView | RecordedRun) -> RunView:
    """What is read of the run; of a recorded run a view that follows it. NotARunError for anything else."""
    if isinstance(source, RecordedRun):
        return FollowedRun(source)
    if isinstance(source, Runner):
        return source.view
    if not isinstance(source, RunView):
        raise NotARunError(source)
    return source


def _where_it_happens(state: RunState, session: Session) -> str:
    """The job under way; when the run stands at its end the first failure; else what ended last, or comes next."""
    if state.under_way and state.under_way.job in state.jobs:
        return state.under_way.job
    ahead = session.next
    if ahead is None or ahead[1] is Phase.CLEANUP:
        failed = (job.name for job in state.jobs.values() if job.status in (Status.FAILED, Status.WOULD_RUN))
        return next(failed, state.graph.root.name)
    between = session.busy and not session.in_the_past
    return ahead[0] if between else session.story.last or ahead[0]
