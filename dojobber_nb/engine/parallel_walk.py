"""The walk through a run with several workers: many attempts are open at once.

It starts every job whose needs hold, in visiting order, while fewer attempts than workers are under way, and performs
their phases on the threads of a Crew. The walk alone emits events, one after the other, as the serial walk does: those
of different jobs interleave, those of one attempt do not. Once no attempt is open and none can begin, the serial walk
goes on: it calls the Cleanups, one at a time.

A pause or a stop starts nothing more and waits until the phases under way have ended; after a pause the next call
continues the attempts that are open. An interrupt is raised in every phase under way. A breakpoint before a Check lets
the open attempts come to their end, so that this Check is next; any other breakpoint halts the run as a pause does.
"""

from __future__ import annotations

from functools import partial

from dojobber_nb.core.events import Interrupted, PassStarted, Phase, PhaseStarted
from dojobber_nb.core.schedule import Step, step_beside
from dojobber_nb.engine.attempt_phases import AttemptPhases
from dojobber_nb.engine.capture import NO_OUTPUT
from dojobber_nb.engine.crew import Crew, Ended
from dojobber_nb.engine.driver import Walk
from dojobber_nb.engine.engine_context import EngineContext
from dojobber_nb.engine.run import Run
from dojobber_nb.engine.run_walk import LONGEST, RunWalk, Until

_CHECK = Phase.CHECK


class ParallelWalk(RunWalk):
    """One walk with so many workers."""

    def __init__(self, run: Run, context: EngineContext, workers: int) -> None:
        super().__init__(run, context)
        self._workers = workers
        self._crew = Crew(workers, context.requests.wake)
        self._moved = False
        self._halted = self._interrupting = False
        self._reason = ""  # of a breakpoint that was met: no more phase is started
        self._barred = ""  # the same before a Check: no more attempt is started
        self._error: BaseException | None = None  # that ended a phase, and is raised once the others have ended

    def steps(self, until: Until | None, *, fresh: bool, sweep: bool, halt_on_failure: bool) -> Walk:
        """Yield waits up to a halt or the end of all attempts, then the effects of the serial walk."""
        self._moved = fresh  # a fresh run has no breakpoint to pass
        try:
            yield from self._attempts(until)
        finally:
            self._crew.interrupt()  # none is under way, unless an error of the engine's own ends this walk
            self._crew.close()
        if not self._halted:
            yield from super().steps(until, fresh=self._moved, sweep=False, halt_on_failure=halt_on_failure)

    def _attempts(self, until: Until | None) -> Walk:
        """Until no attempt is open and none can begin, or a halt."""
        requests, crew = self._context.requests, self._crew
        while True:
            requests.wake.clear()
            for ended in crew.take_ended():
                self._take(ended)
            if requests.asked and self._take_requests():  # a pause or a stop is met once the phases have ended
                self._begin_interrupt(None)
            left = 0.0 if self._is_draining else self._start_all(until)
            if crew:
                self._run.flush_record()
                yield partial(crew.wait, left or LONGEST)
            elif left:
                yield from self._sleep_until_retry()
            else:
                self._meet_end()
                return

    @property
    def _is_draining(self) -> bool:
        """Whether nothing more is started."""
        requests = self._context.requests
        return bool(self._reason or self._halted or self._interrupting or requests.pause or requests.stop)

    def _meet_end(self) -> None:
        """Nothing is under way any more: do what was requested meanwhile."""
        requests = self._context.requests
        if self._interrupting:
            self._close_attempts()
            self._interrupt(self._error)
        pause, stop = requests.pause, requests.stop
        requests.drop_pause_and_stop()
        if stop:
            self._run.stop(cleanup=self._context.config.cleanup)
        elif reason := self._reason or ("paused" if pause else self._barred):
            self._halted = self._halt_if(reason)

    def _close_attempts(self) -> None:
        """Withdraw the attempts that are between two phases."""
        run = self._run
        for job in run.state.resting:
            run.emit(Interrupted(job.name, job.phase, job.attempt, run.phases.now(), 0.0))
        if not (run.state.interrupted or self._error):
            run.emit(Interrupted(None, None, 0, run.phases.now(), 0.0))

    # --- phases ----------------------------------------------------------------------------------------------------

    def _start_all(self, until: Until | None) -> float:
        """Start what can be started; seconds until the next retry is due, 0 if no retry has to wait."""
        while len(self._crew) < self._workers and (step := step_beside(self._run.state)):
            if self._bars(step):
                break
            if self._moved and until and until(step):
                self._halted = not self._crew
                break
            if (left := self._retry_wait(step)) > 0:
                return left
            self._start_beside(step)
        return 0.0

    def _bars(self, step: Step) -> bool:
        """Whether a breakpoint keeps the step from being started."""
        reason = self._context.breakpoints.before(step[0], step[1]) if self._moved else None
        if step[1] is _CHECK:
            self._barred = self._barred or reason or ""
            return bool(self._barred)
        self._reason = reason or ""
        return bool(reason)

    def _start_beside(self, step: Step) -> None:
        """Emit the start of the step, and give it to a worker."""
        job, phase, new_pass = step
        run = self._run
        if new_pass:
            run.emit(PassStarted(run.state.pass_number + 1, run.phases.now()))
        attempt = job.attempt + (phase is _CHECK)
        phases = run.attempts.get(job.name)
        if phase is _CHECK or phases is None:
            phases = run.attempts[job.name] = AttemptPhases(run.phases, self._context)
        phases.called, phases.printed = False, NO_OUTPUT
        run.emit(PhaseStarted(job.name, phase, attempt, run.phases.now()))
        self._crew.submit(job.name, partial(phases.perform_on_thread, job.node, phase, attempt))
        self._moved = True

    def _sleep_until_retry(self) -> Walk:
        step = step_beside(self._run.state)
        if step and (left := self._retry_wait(step)) > 0:
            yield from self._sleep(step[0], left)

    def _take(self, ended: Ended) -> None:
        """Emit the end of a phase."""
        if ended.row is None:
            self._begin_interrupt(ended.error)
            return
        self._run.emit(ended.row)
        state = self._run.state
        if state.graph[ended.job].index not in state.open:
            self._run.attempts.pop(ended.job, None)  # its instance and output are needed no more
        if type(ended.row) is Interrupted:
            self._begin_interrupt(ended.row.error)
        elif self._halts_after(ended.row) and (pause := self._run.paused_at):
            self._reason = pause.reason

    def _begin_interrupt(self, error: BaseException | None) -> None:
        self._error = self._error or error
        if not self._interrupting:
            self._interrupting = True
            self._crew.interrupt()
