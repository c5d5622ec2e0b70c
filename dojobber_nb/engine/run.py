"""Run: the events of one run, their fold, and the commands that append to them.

How the engine works
--------------------
Events. A run is a list of rows, `Run.rows`. `Run.emit(row)` is the only way in: it writes the row to the record, then
appends it to the log, then calls the listeners. State is the fold of the rows (core/state.py) and is computed when
somebody reads `Run.state`, so a run that nobody watches pays for appending alone.

Walk. `RunWalk.steps()` (run_walk.py) is a generator: one loop that asks `next_step(state)` which phase is due, emits
`PhaseStarted`, and yields an effect. It ends when nothing is left, when the call has reached its goal, or at a halt.
Each call of a runner takes one walk; whatever has to survive the call is in the events, so the next call starts a new
walk where the last one ended.

Effect. A callable without arguments that takes time: a phase (`Phases.perform`), a sweep, or a wait for RETRY_DELAY.
The walk yields it and is sent its result, a row or None. The walk itself never blocks and starts no thread. `drive`
(driver.py) performs effects on the calling thread; `adrive` (async_driver.py) performs them on the worker thread of the
runner and runs the walk, and thus all listeners, on the event loop.

Sweep. While nobody listens, captures, records or has set a breakpoint, Checks are not yielded one by one: one effect
(`Phases.sweep`) calls the first Check of job after job and appends to the log directly, until one of them fails or
somebody asks for something. That is what makes a graph of no-op jobs fast. A sweep makes the same rows as single
steps.

Request. pause(), stop(), interrupt() and a new no_act may come from any thread, from a listener, from job code and from
signal handlers. They only set flags in `Requests` (control_requests.py), end a wait, and for an interrupt raise
KeyboardInterrupt in the job code that is running. The walk handles requests between two effects
(`RunWalk._handle_requests`): the log is never touched by another thread.

Halt. A walk that returns before the run is over has halted, and `Run.paused_at` says before which step and why: a
request, an interrupt, a breakpoint before the next phase or after a status, or the first Cleanup while jobs have
failed. The next call passes the breakpoint that it starts at.

Faults. An error of the engine itself, or of a signal handler of the caller, ends the walk in the middle of a phase.
`Run.close_open_phase`, called around every call, then ends that phase as `Interrupted`: the attempt is not charged, and
no job starts whose dependencies have not succeeded.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterable
from typing import Any

from dojobber_nb.core.errors import DoJobberError
from dojobber_nb.core.events import (
    AskedAgain,
    Interrupted,
    NoActSwitched,
    Phase,
    PhaseStarted,
    Resumed,
    RunEnded,
    RunStarted,
    RunStopped,
)
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.log_rows import LogRow, event_of
from dojobber_nb.core.run_view import Pause
from dojobber_nb.core.schedule import next_step, outcome
from dojobber_nb.core.state import RunState
from dojobber_nb.engine.attempt_phases import AttemptPhases
from dojobber_nb.engine.engine_context import EngineContext
from dojobber_nb.engine.forked_child import end_child, process
from dojobber_nb.engine.phases import Phases


class Run:
    """One run of `graph`. Before `begin()` it has no events, and its state is that of a run not yet started."""

    def __init__(self, graph: JobGraph, context: EngineContext, *, no_act: bool) -> None:
        self.rows: list[LogRow] = []
        self.watches: list[tuple[int, bool]] = []  # (index of a row, whether phases are captured from there on)
        self.paused_at: Pause | None = None
        self.phases = Phases(context)
        self.attempts: dict[str, AttemptPhases] = {}  # by job, of open attempts begun beside others
        self.only_checks = False  # a resumed run that had ended: nothing is run
        self._unappended: LogRow | None = None  # between the record and the log
        self._state = RunState(graph, no_act=no_act)
        self._folded = 0  # how many rows the state contains
        self._lock = threading.RLock()  # a signal handler may read the state while it is being folded
        self.unslept: dict[tuple[str, int], float] = {}  # by (job, attempt), seconds left of its retry wait
        self._context = context

    @property
    def state(self) -> RunState:
        """The fold of all rows, from any thread. Rows that a sweep has appended are folded now."""
        if self._folded < len(self.rows):
            if self._context.requests.armed:  # job code may be reading it
                with self._context.requests.deferred():
                    self._fold_new()
            else:
                self._fold_new()
        return self._state

    def _fold_new(self) -> None:
        with self._lock:
            try:
                new = self.rows[self._folded :]
                self._folded += len(new)
                self._state.fold(new)
            except BaseException:  # Ctrl-C in the middle: start over, as half a fold is wrong
                self._state, self._folded = RunState(self._state.graph), 0
                raise

    # --- begin and end ---------------------------------------------------------------------------------------------

    def begin(self, **link: Any) -> None:
        """Start the run in the current directory; link: which recorded run it continues, and how."""
        state = self.state
        self.note_watch()
        names, no_act = state.graph.names, state.no_act
        started = RunStarted(state.graph.root.name, names, no_act, self._context.config.cleanup, time.time())
        if self._context.recording:
            config = self._context.config
            options: dict[str, int] = {"no_act": no_act, "cleanup": started.cleanup}
            if config.max_workers > 1:
                options["max_workers"] = config.max_workers
            root = (config.graph or state.graph).root.name
            more = {"of": root, "started": started.wall, **link}
            header = self._context.recording.describe(state.graph, config.args, config.kwargs, options, **more)
            self._context.recording.begin(header, self.rows, started)
        self.phases.begin()
        self._append(started)

    def continue_recorded(self, rows: Iterable[LogRow], resumed: Resumed) -> None:
        """Continue a run of another process, whose rows these are."""
        self.note_watch()
        self.rows.extend(rows)
        self.phases.begin(resumed.started, due=resumed.due)
        self.emit(resumed)

    def end_if_done(self) -> None:
        """Emit RunEnded once nothing is left to do; called after each call."""
        state = self.state
        if state.started and state.ended is None and next_step(state) is None:
            self.emit(RunEnded(outcome(state), self._now_or_last()))

    def stop(self, *, cleanup: bool) -> None:
        """Try no more jobs; `cleanup`: the Cleanups that are due come next."""
        self.emit(RunStopped(cleanup, self.phases.now()))

    def close_open_phase(self) -> None:
        """End a phase that an error of the engine has left open, as Interrupted; see "Faults" above."""
        row, self._unappended = self._unappended, None
        if row is not None and self._context.recording and self._context.recording.count > len(self.rows):
            self.rows.append(row)  # it is in the record
        for began in self.state.all_under_way:
            self._close_phase(began)

    def _close_phase(self, began: PhaseStarted) -> None:
        job, phase, attempt, started = began
        duration = self._now_or_last() - started
        _name_the_phase(sys.exception(), f"{job}.{phase}")
        phases = self.phases_of(job, phase)
        printed = phases.printed._asdict()
        self.emit(Interrupted(job, phase, attempt, started, duration, called=phases.called, **printed))

    def phases_of(self, job: str, phase: str) -> Phases:
        """What performs that phase of the job on the thread of the call."""
        attempt = self.attempts.get(job)
        if attempt is None or phase == Phase.CLEANUP:
            return self.phases
        attempt.use_caller()
        return attempt

    def _now_or_last(self) -> float:
        """Seconds since the run began; where the clock raises, the time of the last event: the end must be emitted."""
        try:
            return self.phases.now()
        except Exception:  # noqa: BLE001  # the clock is the caller's
            return event_of(self.rows[-1]).started

    # --- changes on request ----------------------------------------------------------------------------------------

    def note_watch(self) -> None:
        """Note in `watches` whether phases are captured from the next row on."""
        watched = self._context.capture is not None
        if not self.watches or self.watches[-1][1] is not watched:
            self.watches.append((len(self.rows), watched))

    def set_no_act(self, no_act: bool) -> None:
        """Switch between Checks only and acting, from the next step on."""
        if no_act == self.state.no_act:
            return
        if self.state.started:
            self.emit(NoActSwitched(no_act, self.phases.now()))
        else:
            self._state = RunState(self._state.graph, no_act=no_act)

    def apply_requested_no_act(self) -> None:
        """Switch no_act if that was requested during a call."""
        requests = self._context.requests
        no_act, requests.no_act = requests.no_act, None
        if no_act is not None:
            self.set_no_act(no_act)

    def request_attempt(self, job: str, *, acts: bool) -> None:
        """Make one more attempt at the job the next step: its Check alone, or (`acts`) a whole one with tries reset."""
        self.emit(AskedAgain(job, acts, self.phases.now()))

    # --- the log ---------------------------------------------------------------------------------------------------

    def emit(self, row: LogRow) -> None:
        """Write the row to the record, append it to the log, call the listeners: in that order."""
        self._unappended = row
        if self._context.recording:
            self._context.recording.append(row)
        self._append(row)

    def _append(self, row: LogRow) -> None:
        self.rows.append(row)
        self._unappended = None
        if self._context.listeners.callbacks:
            self.flush_record()
            here = process.here
            self._context.listeners.notify(event_of(row))
            if process.here is not here:
                end_child("a listener")

    def flush_record(self) -> None:
        """Flush the record, so that listeners, and other processes during a wait, read all events in the file."""
        if self._context.recording:
            self._context.recording.try_flush()


def _name_the_phase(error: BaseException | None, place: str) -> None:
    """Add a note to an error that leaves the call: in which phase it was raised, and that the job did not raise it."""
    if error is not None and not isinstance(error, DoJobberError):
        with contextlib.suppress(Exception):  # an exception may refuse attributes
            error.add_note(f"It was raised during {place}, outside that job's own code; the attempt is not charged.")
