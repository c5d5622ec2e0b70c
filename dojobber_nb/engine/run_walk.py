"""The walk through a run, from one halt to the next. run.py explains walks, effects, requests and halts."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from dojobber_nb.core.events import Interrupted, PassStarted, Phase, PhaseStarted, Status
from dojobber_nb.core.graph import Node
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.log_rows import LogRow, job_of, phase_of
from dojobber_nb.core.run_view import Pause
from dojobber_nb.core.schedule import Step, next_step
from dojobber_nb.engine.capture import NO_OUTPUT
from dojobber_nb.engine.driver import Effect, Walk, drive
from dojobber_nb.engine.engine_context import EngineContext
from dojobber_nb.engine.forked_child import end_child, process
from dojobber_nb.engine.run import Run

Until = Callable[[Step], bool]  # called between two phases: whether the call has reached its goal

LONGEST: Final = 3600.0  # seconds of one sleep: any clock can wait that long

_CHECK, _CLEANUP = Phase.CHECK, Phase.CLEANUP


def walk(
    run: Run,
    context: EngineContext,
    until: Until | None = None,
    *,
    fresh: bool = False,
    sweep: bool = False,
    halt_on_failure: bool = False,
) -> Walk:
    """The walk of one call: see RunWalk.steps."""
    return RunWalk(run, context).steps(until, fresh=fresh, sweep=sweep, halt_on_failure=halt_on_failure)


def stop_and_clean_up(run: Run, context: EngineContext) -> None:
    """Stop the run and call all Cleanups that are due; an interrupt skips the one under way."""
    run.stop(cleanup=context.config.cleanup)
    while next_step(run.state):
        with contextlib.suppress(KeyboardInterrupt, GeneratorExit):
            drive(walk(run, context))


class RunWalk:
    """One walk through a run, for one call. `Run.unslept` outlives it, as a wait may last over several calls."""

    def __init__(self, run: Run, context: EngineContext) -> None:
        self._run, self._context, self._unslept = run, context, run.unslept
        self._process = process.here  # a forked child must not continue the walk

    def steps(self, until: Until | None, *, fresh: bool, sweep: bool, halt_on_failure: bool) -> Walk:
        """Yield effects up to a halt, the end, or (called between two phases) until `until(next step)`.

        The breakpoint that the call starts at is passed, unless the run is fresh. sweep: Checks may be performed many
        at a time while nobody watches. halt_on_failure: halt before the first Cleanup, unless all jobs succeeded.
        """
        run, requests, moved = self._run, self._context.requests, False
        while (step := next_step(run.state)) is not None:
            if requests.asked:
                if self._handle_requests():
                    return
                until = None if run.state.over else until
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
            run.emit(ended)
            if type(ended) is Interrupted:
                self._interrupt(ended.error)
            if self._halts_after(ended):
                return

    # --- effects ---------------------------------------------------------------------------------------------------

    def _start(self, step: Step, *, sweep: bool) -> Effect:
        """Emit the start of the step; the effect that performs it, or that sweeps from it on."""
        job, phase, new_pass = step
        if process.here is not self._process:
            end_child(f"what was called before {job.name}.{phase}")
        run, state, now = self._run, self._run.state, self._run.phases.now
        if new_pass:
            run.emit(PassStarted(state.pass_number + 1, now()))
        if sweep and (ahead := self._sweepable()):
            return partial(run.phases.sweep, ahead, run.rows)
        if phase is _CHECK:
            run.attempts.pop(job.name, None)
        phases = run.phases_of(job.name, phase) if run.attempts else run.phases
        attempt = state.due[-1][1] if phase is _CLEANUP else job.attempt + (phase is _CHECK)
        phases.called, phases.printed = False, NO_OUTPUT
        run.emit(PhaseStarted(job.name, phase, attempt, now()))
        perform = phases.perform_captured if self._context.capture else phases.perform
        return partial(perform, job.node, phase, attempt)

    def _sweepable(self) -> Iterator[Node] | None:
        """The jobs that can be checked in one sweep; None while anybody has to see each event."""
        context = self._context
        watched = context.listeners.callbacks or context.capture or context.breakpoints or context.recording
        if watched or context.requests.threaded:
            return None
        return self._run.state.rest_of_first_pass()

    def _retry_wait(self, step: Step) -> float:
        """Seconds until the step may start: by the clock, but at most what is left of this wait.

        A clock that stands still or jumps back would otherwise make the wait endless.
        """
        job, phase, _ = step
        is_retry = phase is _CHECK and job.attempt > 0
        if not is_retry or job is self._run.state.asked:  # a requested attempt starts at once
            return 0.0
        unslept = self._unslept.get((job.name, job.attempt), math.inf)
        return min(job.retry_at - self._run.phases.now(), unslept)

    def _sleep(self, job: JobState, left: float) -> Walk:
        """Sleep that long, or until a request comes; what was slept in full is not slept again."""
        requests = self._context.requests
        self._run.flush_record()
        yield partial(self._context.sleep, min(left, LONGEST), requests.wake)
        if not requests.asked:
            self._unslept[job.name, job.attempt] = left - LONGEST

    # --- requests --------------------------------------------------------------------------------------------------

    def _handle_requests(self) -> bool:
        """Do what was requested; True when the walk has to return. Raises KeyboardInterrupt for an interrupt."""
        run, requests = self._run, self._context.requests
        if self._take_requests():
            job = run.state.current
            name, phase, attempt = (job.name, job.phase, job.attempt) if job else (None, None, 0)
            run.emit(Interrupted(name, phase, attempt, run.phases.now(), 0.0))
            self._interrupt(None)
        pause, stop = requests.pause, requests.stop
        requests.drop_pause_and_stop()
        if stop:
            run.stop(cleanup=self._context.config.cleanup)
        return pause and not stop and self._halt_if("paused")

    def _take_requests(self) -> bool:
        """Deliver held signals and switch no_act; whether an interrupt was requested."""
        requests = self._context.requests
        requests.begin_handling()
        requests.signals.deliver()
        self._run.apply_requested_no_act()
        interrupt, requests.interrupt = requests.interrupt, False
        return interrupt

    def _interrupt(self, error: BaseException | None) -> None:
        """Raise the interrupt, after the other requests were handled."""
        self._run.apply_requested_no_act()
        if self._context.requests.stop:
            self._run.stop(cleanup=self._context.config.cleanup)
        self._context.requests.drop_pause_and_stop()
        self._halt_if("interrupted")
        raise error or KeyboardInterrupt

    # --- halts -----------------------------------------------------------------------------------------------------

    def _halt_if(self, reason: str | None) -> bool:
        """Note in `paused_at` that the run halts before the next step, if there is a reason; whether there is."""
        if reason and (step := next_step(self._run.state)):
            self._run.paused_at = Pause(step[0].name, step[1], reason)
        return reason is not None

    def _halts_before(self, step: Step) -> bool:
        """Whether a breakpoint halts the run before this step."""
        return self._halt_if(self._context.breakpoints.before(step[0], step[1]))

    def _halts_after(self, row: LogRow) -> bool:
        """Whether a breakpoint halts the run on a status: that of the job, or of a job that its failure has marked."""
        name, phase = job_of(row), phase_of(row)
        if not self._context.breakpoints or phase == _CLEANUP:
            return False
        state = self._run.state
        job = state.jobs[name]
        marked = state.marked if job.status in (Status.FAILED, Status.WOULD_RUN) else []
        return self._halt_if(self._context.breakpoints.after([job, *marked]))

    def _halts_before_cleanup(self, step: Step) -> bool:
        """Whether the first Cleanup is next and not all jobs succeeded."""
        state = self._run.state
        if step[1] is not _CLEANUP or state.over or state.succeeded:
            return False
        return self._halt_if("not all jobs succeeded, and Cleanups are due")
