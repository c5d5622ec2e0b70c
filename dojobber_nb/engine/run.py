"""Run: one run of a graph. Its events, their fold, and the walk that makes them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from dojobber_nb.core.events import (
    Event,
    Interrupted,
    NoActSwitched,
    PassStarted,
    Phase,
    PhaseEnded,
    PhaseStarted,
    RunEnded,
    RunStarted,
    RunStopped,
    Status,
)
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.schedule import Step, next_step, outcome
from dojobber_nb.core.state import RunState
from dojobber_nb.engine.breakpoints import Pause
from dojobber_nb.engine.drive import Walk, drive
from dojobber_nb.engine.phases import Phases
from dojobber_nb.engine.setting import Setting

Until = Callable[[Step], bool]  # asked between two phases: whether the call has gone far enough

_CHECK, _CLEANUP = Phase.CHECK, Phase.CLEANUP
_LONGEST_WAIT = 3600.0  # seconds at a time, which any clock can wait


class Run:
    """One run of `graph`. It begins with `begin()`; until then its state is that of a run to come."""

    def __init__(self, graph: JobGraph, setting: Setting, *, no_act: bool) -> None:
        self.state = RunState(graph, no_act=no_act)
        self.events: list[Event] = []
        self.paused_at: Pause | None = None
        self._setting = setting
        self.phases = Phases(setting)

    def begin(self) -> None:
        """Tell that it begins, here and now."""
        state = self.state
        self.phases.begin()
        names = tuple(node.name for node in state.graph)
        self._tell(RunStarted(state.graph.root.name, names, state.no_act, self._setting.cleanup, time.time()))

    def switch(self, no_act: bool) -> None:
        """Checks only from here on, or acting again."""
        if no_act == self.state.no_act:
            return
        if self.state.started:
            self._tell(NoActSwitched(no_act, self.phases.now()))
        else:
            self.state = RunState(self.state.graph, no_act=no_act)

    def stop(self, *, cleanup: bool) -> None:
        """Try nothing more; `cleanup`: the Cleanups that are due come next."""
        self._tell(RunStopped(cleanup, self.phases.now()))

    def conclude(self) -> None:
        """After each call: tell the end of the run once nothing is left."""
        state = self.state
        if state.started and state.ended is None and next_step(state) is None:
            self._tell(RunEnded(outcome(state), self.phases.now()))

    def wind_up(self) -> None:
        """Stop, and call all Cleanups; an interrupt skips the one under way."""
        self.stop(cleanup=self._setting.cleanup)
        while next_step(self.state):
            with contextlib.suppress(KeyboardInterrupt, GeneratorExit):
                drive(self.walk())

    # --- the walk --------------------------------------------------------------------------------------------------

    def walk(self, until: Until | None = None, *, fresh: bool = False, halt_on_failure: bool = False) -> Walk:
        """Yield what takes time, up to a halt, the end, or (asked between two phases) until `until(next step)`.

        The breakpoint that a going-on call stands on is passed; a fresh run stands on none.
        halt_on_failure: also halt before the first Cleanup, unless all jobs succeeded.
        """
        state, phases, tell = self.state, self.phases, self._tell
        requests, breakpoints, perform = self._setting.requests, self._setting.breakpoints, self.phases.perform
        moved = False
        while (step := next_step(state)) is not None:
            job, phase, new_pass = step
            if requests.asked:
                if self._meet_requests():
                    return
                until = None if state.over else until
                continue
            if moved or fresh:
                if breakpoints and self._halts(breakpoints.before(job, phase)):
                    return
                if moved and until is not None and until(step):
                    return
            if phase is _CHECK:
                if job.attempt and (left := job.retry_at - phases.now()) > 0:
                    yield partial(self._setting.sleep, min(left, _LONGEST_WAIT), requests.wake)
                    continue
                attempt = job.attempt + 1
            else:
                attempt = job.attempt if phase is not _CLEANUP else state.due[-1][1]
                if phase is _CLEANUP and halt_on_failure and not state.over and self._halts_uncleaned():
                    return
            moved = True
            if new_pass:
                tell(PassStarted(state.pass_number + 1, phases.now()))
            node = job.node
            tell(PhaseStarted(node.name, phase, attempt, phases.now()))
            ended = yield partial(perform, node, phase, attempt)
            tell(ended)
            if type(ended) is Interrupted:
                self._interrupt(ended.error)
            if breakpoints and self._halts_after(ended):
                return

    def _meet_requests(self) -> bool:
        """Do what was asked for; True when the call is to return. Raises KeyboardInterrupt for an interrupt."""
        requests = self._setting.requests
        if requests.interrupt:
            job = self.state.current
            name, phase, attempt = (job.name, job.phase, job.attempt) if job else (None, None, 0)
            self._tell(Interrupted(name, phase, attempt, self.phases.now(), 0.0))
            self._interrupt(None)
        pause, stop, no_act = requests.pause, requests.stop, requests.no_act
        requests.clear()
        if no_act is not None:
            self.switch(no_act)
        if stop:
            self.stop(cleanup=self._setting.cleanup)
        return pause and not stop and self._halts("paused")

    def _interrupt(self, error: BaseException | None) -> None:
        self._setting.requests.clear()
        self._halts("interrupted")
        raise error or KeyboardInterrupt

    def _halts(self, reason: str | None) -> bool:
        """Whether there is a reason to halt before the next step; it is noted."""
        if reason and (step := next_step(self.state)):
            self.paused_at = Pause(step[0].name, step[1], reason)
        return reason is not None

    def _halts_after(self, ended: PhaseEnded | Interrupted) -> bool:
        """Whether a breakpoint halts the run after what this phase made of its job, and of those that need it."""
        if ended.job is None or ended.phase is _CLEANUP:
            return False
        job = self.state.jobs[ended.job]
        marked = self.state.marked if job.status in (Status.FAILED, Status.WOULD_RUN) else []
        return self._halts(self._setting.breakpoints.after([job, *marked]))

    def _halts_uncleaned(self) -> bool:
        done = all(job.ok for job in self.state.jobs.values())
        return self._halts(None if done else "not all jobs succeeded, and Cleanups are due")

    def _tell(self, event: Any) -> None:
        """The event is in the list and in the state before anybody hears it."""
        self.events.append(event)
        self.state.apply(event)
        if self._setting.audience:
            self._setting.audience.hear(event)
