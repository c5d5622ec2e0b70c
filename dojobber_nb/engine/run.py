"""Run: one run of a graph. Its events, their fold, and the walk that makes them."""

from __future__ import annotations

import contextlib
import math
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Final

from dojobber_nb.core.errors import DoJobberError
from dojobber_nb.core.events import (
    AskedAgain,
    Interrupted,
    LogRow,
    NoActSwitched,
    PassStarted,
    Phase,
    PhaseStarted,
    Resumed,
    RunEnded,
    RunStarted,
    RunStopped,
    Status,
    told,
)
from dojobber_nb.core.graph import JobGraph, Node
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.run_view import Pause
from dojobber_nb.core.schedule import Step, next_step, outcome
from dojobber_nb.core.state import RunState
from dojobber_nb.engine.capture import NO_OUTPUT
from dojobber_nb.engine.driver import Effect, Walk, drive
from dojobber_nb.engine.engine_context import EngineContext
from dojobber_nb.engine.forked_child import end_child, process
from dojobber_nb.engine.phases import Phases

Until = Callable[[Step], bool]  # asked between two phases: whether the call has gone far enough

LONGEST: Final = 3600.0  # seconds of one sleep: any clock can wait that long

_CHECK, _CLEANUP = Phase.CHECK, Phase.CLEANUP


class Run:
    """One run of `graph`. It begins with `begin()`; until then its state is that of a run to come."""

    def __init__(self, graph: JobGraph, context: EngineContext, *, no_act: bool) -> None:
        self.rows: list[LogRow] = []
        self.watches: list[tuple[int, bool]] = []  # from which row on, whether somebody watches
        self.paused_at: Pause | None = None
        self.phases = Phases(context)
        self.only_checks = False  # of a run that had ended
        self._walked_in = process.here
        self._unappended: LogRow | None = None  # on its way into the record and the log
        self._unslept: dict[tuple[str, int], float] = {}  # by (job, attempt), seconds of a retry wait not slept so far
        self._state = RunState(graph, no_act=no_act)
        self._folded = 0  # how many rows the state has taken in
        self._lock = threading.RLock()  # a signal handler may ask while the state is being folded
        self._context = context

    @property
    def state(self) -> RunState:
        """The fold of all that has happened, from any thread: what a sweep has told is taken in when asked for."""
        if self._folded < len(self.rows):
            if self._context.requests.armed:  # job code may be asking
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
            except BaseException:  # Ctrl-C between two calls: half a fold is none
                self._state, self._folded = RunState(self._state.graph), 0
                raise

    def begin(self, **link: Any) -> None:
        """Tell that it begins, here and now; link: which recorded run it goes on with, and how."""
        state = self.state
        self.note_watch()
        names, no_act = state.graph.names, state.no_act
        started = RunStarted(state.graph.root.name, names, no_act, self._context.config.cleanup, time.time())
        if self._context.recording:
            config, options = self._context.config, {"no_act": no_act, "cleanup": started.cleanup}
            root = (config.graph or state.graph).root.name
            more = {"of": root, "started": started.wall, **link}
            known = self._context.recording.describe(state.graph, config.args, config.kwargs, options, **more)
            self._context.recording.begin(known, self.rows, started)
        self.phases.begin()
        self._append(started)

    def continue_recorded(self, rows: Iterable[LogRow], resumed: Resumed) -> None:
        """Go on with what another process has begun and told so far."""
        self.note_watch()
        self.rows.extend(rows)
        self.phases.begin(resumed.started, due=resumed.due)
        self._emit(resumed)

    def note_watch(self) -> None:
        """Keep in mind whether what phases change is noted from here on."""
        watched = self._context.capture is not None
        if not self.watches or self.watches[-1][1] is not watched:
            self.watches.append((len(self.rows), watched))

    def set_no_act(self, no_act: bool) -> None:
        """Checks only from here on, or acting again."""
        if no_act == self.state.no_act:
            return
        if self.state.started:
            self._emit(NoActSwitched(no_act, self.phases.now()))
        else:
            self._state = RunState(self._state.graph, no_act=no_act)

    def apply_requested_no_act(self) -> None:
        """Switch no_act, if that was asked for during a call."""
        requests = self._context.requests
        no_act, requests.no_act = requests.no_act, None
        if no_act is not None:
            self.set_no_act(no_act)

    def request_attempt(self, job: str, *, acts: bool) -> None:
        """Have one more attempt at the job come next: its Check alone, or (`acts`) a whole one with tries anew."""
        self._emit(AskedAgain(job, acts, self.phases.now()))

    def stop(self, *, cleanup: bool) -> None:
        """Try nothing more; `cleanup`: the Cleanups that are due come next."""
        self._emit(RunStopped(cleanup, self.phases.now()))

    def close_open_phase(self) -> None:
        """End a phase that was left begun, as when an error of the engine's own ended the walk: it is not charged.

        Around every call, so that whatever leaves a walk, no job starts whose needs have not succeeded.
        """
        row, self._unappended = self._unappended, None
        if row is not None and self._context.recording and self._context.recording.count > len(self.rows):
            self.rows.append(row)  # it is in the record
        began = self.state.under_way
        if began is None:
            return
        job, phase, attempt, started = began
        duration = self._now_or_last() - started
        _name_the_phase(sys.exception(), f"{job}.{phase}")
        printed = self.phases.printed._asdict()
        self._emit(Interrupted(job, phase, attempt, started, duration, called=self.phases.called, **printed))

    def end_if_done(self) -> None:
        """After each call: tell the end of the run once nothing is left."""
        state = self.state
        if state.started and state.ended is None and next_step(state) is None:
            self._emit(RunEnded(outcome(state), self._now_or_last()))

    def _now_or_last(self) -> float:
        """Now; where the clock raises, the time of the last event, as an end must be told all the same."""
        try:
            return self.phases.now()
        except Exception:  # noqa: BLE001  # it is anybody's clock
            return told(self.rows[-1]).started

    def stop_and_clean_up(self) -> None:
        """Stop, and call all Cleanups; an interrupt skips the one under way."""
        self.stop(cleanup=self._context.config.cleanup)
        while next_step(self.state):
            with contextlib.suppress(KeyboardInterrupt, GeneratorExit):
                drive(self.walk())

    # --- the walk --------------------------------------------------------------------------------------------------

    def walk(
        self, until: Until | None = None, *, fresh: bool = False, sweep: bool = False, halt_on_failure: bool = False
    ) -> Walk:
        """Yield what takes time, up to a halt, the end, or (asked between two phases) until `until(next step)`.

        The breakpoint that a going-on call stands on is passed; a fresh run stands on none. sweep: Checks may be
        performed many at a time while nobody looks on. halt_on_failure: halt before the first Cleanup, unless all jobs
        succeeded.
        """
        requests, moved = self._context.requests, False
        self._walked_in = process.here
        while (step := next_step(self.state)) is not None:
            if requests.asked:
                if self._handle_requests():
                    return
                until = None if self.state.over else until
                continue
            if (moved or fresh) and self._halts_before(step):
                return
            if (moved and until and until(step)) or (halt_on_failure and self._halts_before_cleanup(step)):
                return
            if (left := self._retry_wait(step)) > 0:
                yield from self._sleep(step[0], left)
                continue
            moved = True
            ended = yield self._start(step, sweep=sweep and until is None)
            if ended is None:
                continue
            self._emit(ended)
            if type(ended) is Interrupted:
                self._interrupt(ended.error)
            if self._halts_after(ended):
                return

    def _start(self, step: Step, *, sweep: bool) -> Effect:
        """Tell that the step begins; what performs it, or it and those after it."""
        job, phase, new_pass = step
        if process.here is not self._walked_in:
            end_child(f"what was called before {job.name}.{phase}")
        phases, state = self.phases, self.state
        if new_pass:
            self._emit(PassStarted(state.pass_number + 1, phases.now()))
        if sweep and (ahead := self._sweepable()):
            return partial(phases.sweep, ahead, self.rows)
        attempt = state.due[-1][1] if phase is _CLEANUP else job.attempt + (phase is _CHECK)
        phases.called, phases.printed = False, NO_OUTPUT
        self._emit(PhaseStarted(job.name, phase, attempt, phases.now()))
        perform = phases.perform_captured if self._context.capture else phases.perform
        return partial(perform, job.node, phase, attempt)

    def _sweepable(self) -> Iterator[Node] | None:
        """Those that can be checked in one sweep, as nobody listens, watches or halts; else None."""
        context = self._context
        looked_at = context.listeners.callbacks or context.capture or context.breakpoints or context.recording
        if looked_at or context.requests.threaded:
            return None
        return self.state.straight()

    def _retry_wait(self, step: Step) -> float:
        """Seconds until the step may start: by the clock, but no more than has not been slept of this wait."""
        job, phase, _ = step
        waits = phase is _CHECK and job.attempt and job is not self.state.asked  # who asks has waited
        if not waits:
            return 0.0
        unslept = self._unslept.get((job.name, job.attempt), math.inf)  # a clock may stand still, or jump back
        return min(job.retry_at - self.phases.now(), unslept)

    def _sleep(self, job: JobState, left: float) -> Walk:
        """Sleep that long, or until something is asked; what was slept in full need not be slept again."""
        requests = self._context.requests
        self._flush()
        yield partial(self._context.sleep, min(left, LONGEST), requests.wake)
        if not requests.asked:
            self._unslept[job.name, job.attempt] = left - LONGEST

    def _handle_requests(self) -> bool:
        """Do what was asked for; True when the call is to return. Raises KeyboardInterrupt for an interrupt."""
        requests = self._context.requests
        requests.begin_handling()
        requests.signals.deliver()
        self.apply_requested_no_act()
        if requests.interrupt:
            requests.interrupt = False
            job = self.state.current
            name, phase, attempt = (job.name, job.phase, job.attempt) if job else (None, None, 0)
            self._emit(Interrupted(name, phase, attempt, self.phases.now(), 0.0))
            self._interrupt(None)
        pause, stop = requests.pause, requests.stop
        requests.drop_pause_and_stop()
        if stop:
            self.stop(cleanup=self._context.config.cleanup)
        return pause and not stop and self._halt_if("paused")

    def _interrupt(self, error: BaseException | None) -> None:
        """Raise it; what else was asked for holds all the same."""
        self.apply_requested_no_act()
        if self._context.requests.stop:
            self.stop(cleanup=self._context.config.cleanup)
        self._context.requests.drop_pause_and_stop()
        self._halt_if("interrupted")
        raise error or KeyboardInterrupt

    def _halt_if(self, reason: str | None) -> bool:
        """Whether there is a reason to halt before the next step; it is noted."""
        if reason and (step := next_step(self.state)):
            self.paused_at = Pause(step[0].name, step[1], reason)
        return reason is not None

    def _halts_before(self, step: Step) -> bool:
        """Whether a breakpoint halts the run before this step."""
        return self._halt_if(self._context.breakpoints.before(step[0], step[1]))

    def _halts_after(self, row: LogRow) -> bool:
        """Whether a breakpoint halts the run after what this phase made of its job, and of those that need it."""
        name, phase = row[:2]
        if not self._context.breakpoints or phase == _CLEANUP:
            return False
        job = self.state.jobs[name]
        marked = self.state.marked if job.status in (Status.FAILED, Status.WOULD_RUN) else []
        return self._halt_if(self._context.breakpoints.after([job, *marked]))

    def _halts_before_cleanup(self, step: Step) -> bool:
        """Whether the first Cleanup is next and not all jobs succeeded."""
        state = self.state
        if step[1] is not _CLEANUP or state.over or state.succeeded:
            return False
        return self._halt_if("not all jobs succeeded, and Cleanups are due")

    def _emit(self, row: LogRow) -> None:
        """The event is in the record, where there is one, then in the log and in the state before anybody hears it."""
        self._unappended = row
        if self._context.recording:
            self._context.recording.take(row)
        self._append(row)

    def _append(self, row: LogRow) -> None:
        self.rows.append(row)
        self._unappended = None
        if self._context.listeners.callbacks:
            self._flush()
            here = process.here
            self._context.listeners.notify(told(row))
            if process.here is not here:
                end_child("a listener")

    def _flush(self) -> None:
        """Whoever hears of it, or waits, finds it in the file."""
        if self._context.recording:
            self._context.recording.settle()


def _name_the_phase(error: BaseException | None, place: str) -> None:
    """Add to what leaves the call which phase it came in, beside whose code and not from it."""
    if error is not None and not isinstance(error, DoJobberError):
        with contextlib.suppress(Exception):  # an exception may refuse attributes
            error.add_note(f"It came amid {place}, outside that job's own code; the attempt is not charged.")
