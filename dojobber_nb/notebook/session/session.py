"""Session: the state shared by the widgets that show one run."""

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
from dojobber_nb.notebook.session.past_moment import PastMoment, event_time
from dojobber_nb.notebook.session.run_history import RunHistory
from dojobber_nb.notebook.session.snapshot import Snapshot, StateCopy
from dojobber_nb.notebook.session.ticker import Ticker
from dojobber_nb.record.recorded_run import RecordedRun
from dojobber_nb.view import words

ANSWERED: Final = 20  # presses kept: more than a person makes between two refreshes


class Display(Protocol):
    """What shows a session: the Channel, or the report."""

    def refresh(self, *, ask: bool = False) -> None:
        """Show the session. Called within a snapshot. ask: whether the page shall acknowledge the message."""

    @property
    def ready(self) -> bool:
        """Whether a change can be shown at once."""


class Session:
    """One run, live or recorded, with what the widgets have in common: selection, filter, past moment, notices.

    During a refresh, the thread that refreshes reads everything from one Snapshot, so that all widgets show the same
    moment. At other times, and on other threads, the properties read the live run.

    `selected` is the job that a person chose ("": follow the run). `filter` limits lists to one status ("": all).
    `answered` holds the ids of the last presses that were handled. `dismissed_at` is the token at which the question
    about Cleanups was dismissed.
    """

    def __init__(self, source: Runner | RunView | RecordedRun) -> None:
        self._runner = source if isinstance(source, Runner) else None
        self.view = view = view_of(source)
        self.display: Display | None = None
        self.changes = ChangedJobs()
        self._last_shown = (0, 0)  # at the last refresh: serial of the run, number of events
        self.selected = self.filter = self.dismissed_at = ""
        self._first_press = ("", "")  # the button that waits for its second press, and the token
        self._cut_off_run: tuple[int, RecordedRun | None] = (0, None)  # by serial of the run for which it was looked up
        self._lock = threading.RLock()  # held during a refresh, so that the selection does not change in one
        self._state_copy = StateCopy()
        self._snapshot: Snapshot | None = None
        self._refreshing_thread = 0  # id of the thread that refreshes
        self.history = RunHistory()
        self.past = PastMoment()
        self.notices = Notices()
        self.answered: deque[str] = deque(maxlen=ANSWERED)
        ticker = Ticker(self.tick, lambda: self.busy)
        self.calls = Calls(lambda: self.runner, view, self.notices, ticker.wake, self.refresh)
        # A cell may have called reset, configure or no_act, which emit no event.
        self._unsubscribe = [view.subscribe(ticker.wake), after_each_cell(self.refresh)]
        self.read_events()
        if self.busy:
            ticker.wake()

    # --- commands ----------------------------------------------------------------------------------------------------

    @property
    def can_act(self) -> bool:
        """Whether the run takes commands: a recorded run can only be read."""
        return self._runner is not None

    @property
    def runner(self) -> Runner:
        """The runner. Raises ReadOnlyError for a recorded run."""
        if self._runner is None:
            raise ReadOnlyError
        return self._runner

    # --- the run -----------------------------------------------------------------------------------------------------

    @property
    def _thread_snapshot(self) -> Snapshot | None:
        """The snapshot, on the thread that refreshes; else None."""
        return self._snapshot if self._refreshing_thread == threading.get_ident() else None

    @property
    def live(self) -> RunState | None:
        """The present state; None before configure."""
        if snapshot := self._thread_snapshot:
            return snapshot.live
        with contextlib.suppress(NotConfiguredError):
            return self.view.state
        return None

    @property
    def state(self) -> RunState | None:
        """The state at the moment shown, which may be past; None before configure."""
        live, at = self.live, self.past.at
        return live if live is None or at is None else self.past.state(live.graph, self.log, at)

    @property
    def log(self) -> EventLog:
        """All events so far, whatever moment is shown."""
        if snapshot := self._thread_snapshot:
            return snapshot.log
        return self.view.events if self.live else EventLog([])

    @property
    def events(self) -> EventLog:
        """The events up to the moment shown."""
        return self.log if self.past.at is None else self.log.first(self.past.at)

    @property
    def in_the_past(self) -> bool:
        """Whether a past moment is shown."""
        return self.past.at is not None

    @property
    def event(self) -> Event | None:
        """The last event before the past moment shown; None at the beginning, and in the present."""
        return self.log[self.past.at - 1] if self.past.at else None

    @property
    def busy(self) -> str:
        """Name of the current call, as `Calls.under_way` gives it, or ""."""
        snapshot = self._thread_snapshot
        return snapshot.busy if snapshot else self.calls.under_way

    @property
    def token(self) -> str:
        """Identifies what the page shows. It changes with everything that could change what a click does."""
        return f"{self._token}.sure-{self.pressed_once}" if self.pressed_once else self._token

    @property
    def pressed_once(self) -> str:
        """The button that waits for its second press, or "". Any change of the token cancels it."""
        button, token = self._first_press
        return button if token == self._token else ""

    def require_second_press(self, button: str) -> None:
        """Let the button act at its next press."""
        self._first_press = (button, self._token)

    @property
    def _token(self) -> str:
        mode = "dry" if self.live and self.view.no_act else "act"
        token = f"{self.history.serial}.{self.history.count}.{mode}"
        return f"{token}.past" if self.in_the_past else token

    @property
    def next_step(self) -> tuple[str, Phase] | None:
        """(job, phase) that a step would take at the moment shown, or None."""
        state = self.state
        step = next_step(state) if state else None
        return step and (step[0].name, step[1])

    @property
    def shown_job(self) -> str:
        """The job that the widgets show in detail: the selected one, else where the run is; "" before configure."""
        state = self.state
        if state is None:
            return ""
        return self.selected if self.selected in state.jobs else _default_job(state, self)

    @property
    def cut_off_run(self) -> RecordedRun | None:
        """The recorded run that was cut off and can be resumed, as long as no run has begun; or None."""
        if self.live is None or self.live.started or not self.can_act:
            return None
        if self._cut_off_run[0] != self.history.serial:
            self._cut_off_run = self.history.serial, None
            with self.notices.showing_errors():  # the record may have been deleted
                self._cut_off_run = self.history.serial, self.runner.view.left_behind()
        return self._cut_off_run[1]

    @property
    def now(self) -> float:
        """Seconds since the run began, at the moment shown, by the time of day."""
        if self.in_the_past:
            return event_time(self.event) if self.event else 0.0
        state, snapshot = self.live, self._thread_snapshot
        return (snapshot.wall if snapshot else time.time()) - state.started.wall if state and state.started else 0.0

    @property
    def counts(self) -> dict[str, int]:
        """Number of jobs per status that occurs, at the moment shown."""
        state = self.state
        return self.changes.counts if self._thread_snapshot else words.counts(state) if state else {}

    @property
    def failed(self) -> list[str]:
        """The failed jobs at the moment shown, in visiting order."""
        state = self.state
        if state is None:
            return []
        if self._thread_snapshot:
            return [state.graph.nodes[index].name for index in self.changes.failed]
        return [job.name for job in state.jobs.values() if job.status is Status.FAILED]

    # --- refreshing --------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Stop following the run."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = []

    def read_events(self) -> None:
        """Read the new events. If another run has begun, return to the present."""
        with self._lock:
            live = self.live
            if self.history.follow(live.graph if live else None, self.log):
                self.past.forget()

    def acknowledge(self, press: object) -> None:
        """Note that a press was taken or refused: at the next refresh its button stops waiting."""
        if press:
            self.answered.append(f"{press!s:.40}")

    def refresh(self) -> None:
        """Refresh the display. Thread-safe; never raises."""
        with self.frozen():
            if self.display:
                self.display.refresh()

    def tick(self) -> bool:
        """Refresh during a run. Returns False, having done nothing, while the display is not ready."""
        with self.frozen():
            if self.display is None:
                return True
            ready = not self.busy or self.display.ready
            if ready:
                self.display.refresh(ask=bool(self.busy))
            return ready

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Within this context, this thread reads everything from one snapshot. One thread at a time."""
        with self._lock:
            if self._refreshing_thread:
                yield
                return
            with self.notices.showing_errors():
                self._snapshot = self._take_snapshot()
            self._refreshing_thread = threading.get_ident()
            try:
                with self.notices.showing_errors():
                    self.read_events()
                    self._update_changes()
                yield
            finally:
                self._refreshing_thread, self._snapshot = 0, None

    def _update_changes(self) -> None:
        """Find the jobs that changed since the last refresh. After very many events, all count as changed."""
        state, (run, before) = self.state, self._last_shown
        now = len(self.log) if self.past.at is None else self.past.at
        near = run == self.history.serial and state is not None and abs(now - before) <= len(state.graph)
        between = self.log[min(before, now) : max(before, now)] if near else None
        self._last_shown = self.history.serial, now
        self.changes.compare(state, between)

    def _take_snapshot(self) -> Snapshot:
        """A snapshot of the run. `busy` is read first: once the call is over, all its events are in the log."""
        busy, live, wall = self.busy, self.live, time.time()
        log = self.log.first(len(self.log))
        return Snapshot(self._state_copy.after(live.graph, log) if live and log else live, log, busy, wall)

    def select(self, index: int) -> None:
        """Select the job with that index in the graph; an index out of range follows the run."""
        with self._lock:
            nodes = self.live.graph.nodes if self.live else ()
            self.selected = nodes[index].name if 0 <= index < len(nodes) else ""
            self.refresh()

    def travel(self, to: int | None) -> None:
        """Show the moment after that many events; None, or all events, returns to the present."""
        with self._lock:
            self.read_events()
            self.past.at = self.history.until = None if to is None or to >= self.history.count else max(to, 0)
            self.refresh()

    def show_only(self, status: str) -> None:
        """Limit lists to the jobs with that status; "" shows all."""
        if status and status not in words.COUNTED:
            raise ValueError(f"there is no status {status!r:.40} to filter by")
        with self._lock:
            self.filter = status
            self.refresh()


def view_of(source: Runner | RunView | RecordedRun) -> RunView:
    """The read API of the source; of a recorded run, a view that follows it. Raises NotARunError for anything else."""
    if isinstance(source, RecordedRun):
        return FollowedRun(source)
    if isinstance(source, Runner):
        return source.view
    if not isinstance(source, RunView):
        raise NotARunError(source)
    return source


def _default_job(state: RunState, session: Session) -> str:
    """The job under way; at the end of the run the first failure; else the job that ended last, or comes next."""
    if phases := [phase for phase in state.all_under_way if phase.job in state.jobs]:
        return phases[0].job  # of several the one that began first: it changes least often
    step = session.next_step
    if step is None or step[1] is Phase.CLEANUP:
        failed = (job.name for job in state.jobs.values() if job.status in (Status.FAILED, Status.WOULD_RUN))
        return next(failed, state.graph.root.name)
    between_phases = session.busy and not session.in_the_past
    return step[0] if between_phases else session.history.last_job or step[0]
