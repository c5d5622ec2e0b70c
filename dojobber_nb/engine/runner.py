"""Runner: configure, step, run, listen."""

from __future__ import annotations

import contextlib
import inspect
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from dojobber_nb.core.errors import CleanupErrors, CleanupExit, EngineBusyError, NotConfiguredError, OptionError
from dojobber_nb.core.events import (
    Event,
    EventLog,
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
from dojobber_nb.core.state import NOTHING, JobState, RunState
from dojobber_nb.core.why import why
from dojobber_nb.engine.breakpoints import Breakpoints, Pause, step_phase
from dojobber_nb.engine.capture import Capture, Output
from dojobber_nb.engine.drive import Requests, Walk, adrive, drive
from dojobber_nb.engine.lines import printer
from dojobber_nb.engine.phases import Home, Phases

Listener = Callable[[Event], object]
Until = Callable[[Step], bool]  # asked before each step: whether the call has gone far enough

log = logging.getLogger("DoJobber")
_CHECK, _CLEANUP = Phase.CHECK, Phase.CLEANUP

P = ParamSpec("P")


S = TypeVar("S")


def _with_options(configure: Callable[Concatenate[S, P], None]) -> Callable[Concatenate[S, P], None]:
    """What was not given to configure comes from the options of the constructor."""
    signature = inspect.signature(configure)

    @wraps(configure)
    def filled(self: Any, *args: P.args, **kwargs: P.kwargs) -> None:
        given: dict[str, Any] = signature.bind(self, *args, **kwargs).arguments
        cast("Callable[..., None]", configure)(**{**self._options, **given})

    return filled


class Runner:
    """Runs a job graph: whole, or step by step, in any mixture.

    `clock` (monotonic seconds) and `sleep(seconds, wake)` (which returns early when the `wake` event is set) are
    the only sources of time.
    """

    def __init__(
        self,
        dojobber_loglevel: int | str | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float, threading.Event], object] | None = None,
        **options: Any,
    ) -> None:
        log.setLevel(logging.CRITICAL if dojobber_loglevel is None else dojobber_loglevel)
        known = [name for name in inspect.signature(self.configure).parameters if name != "root"]
        for name in options:
            if name not in known:
                raise OptionError(name, known)
        self._options = options
        self._clock, self._sleep = clock, sleep or _sleep
        self._requests = Requests()
        self._busy = threading.Lock()
        self._call = ""  # the name of the going-on call, for EngineBusyError
        self._listeners: list[Listener] = []
        self._watchers = 0
        self._args: tuple[Any, ...] = ()
        self._kwargs: dict[str, Any] = {}
        self._jobs: JobGraph | None = None
        self._phases: Phases | None = None
        self._paused_at: Pause | None = None
        self._no_act = False
        self._reproved: list[Listener] = []  # listeners whose error was told
        self.breakpoints = Breakpoints(self._name)

    # --- configuration ---------------------------------------------------------------------------------------------

    @_with_options
    def configure(
        self,
        root: object,
        no_act: bool = False,
        verbose: bool = False,
        debug: bool = False,
        cleanup: bool = True,
        default_tries: float = 3,
        default_retry_delay: float = 1,
        *,
        capture: bool | None = None,
    ) -> None:
        """Take `root` and all below it as the graph to run, and forget the run before.

        no_act: Checks only. verbose, debug: DoJobber's lines on stderr. cleanup: call the Cleanups when nothing is left
        to try. default_tries, default_retry_delay (seconds): for jobs that set none. capture: keep what phases print
        (None: while somebody watches). Raises a GraphError that names the job at fault, before any job is made.
        """
        with self._alone("configure"):
            jobs = JobGraph.of(root, default_tries=default_tries, default_retry_delay=default_retry_delay)
            for node in jobs:
                log.debug("processing dependencies for %s", node.name)
            self._jobs, self._no_act, self._cleanup, self._capture = jobs, bool(no_act), bool(cleanup), capture
            loud = verbose or debug or any(node.has_cleanup for node in jobs)
            self._printer = printer(verbose=verbose, debug=debug) if loud else None
            self._forget()

    def set_args(self, *args: Any, **kwargs: Any) -> None:
        """Take the arguments that every Check and Run gets, from the next phase on."""
        self._args, self._kwargs = args, kwargs

    # --- whole runs ------------------------------------------------------------------------------------------------

    def checknrun(self, node: object = None) -> None:
        """A new run from the start, to its end or the next halt; with `node`, of that job and what it needs only.

        Raises CleanupErrors when Cleanups failed. KeyboardInterrupt is raised again, after Cleanup.
        """
        with self._going_on("checknrun"):
            self._begin(self._graph if node is None else self._graph.below(self._name(node)))
            try:
                drive(self._walk(fresh=True))
            except (KeyboardInterrupt, GeneratorExit):
                self._wind_up()
                raise
        self._raise_cleanup_errors()

    def run(self) -> None:
        """Go on with the run that is under way, or a new one, to its end or the next halt. Raises CleanupErrors."""
        with self._going_on("run"):
            drive(self._walk(fresh=self._ensure_run()))
        self._raise_cleanup_errors()

    async def arun(self) -> None:
        """`run` beside an event loop: phases in one worker thread, all events on the loop's own thread.

        Cancelling it is a pause: it waits for the phase under way, then raises CancelledError.
        """
        with self._going_on("arun", beside_loop=True):
            await adrive(self._walk(fresh=self._ensure_run()), self._requests)
        self._raise_cleanup_errors()

    def cleanup(self) -> None:
        """Call the Cleanups that are due, now, the newest first; the run is over. Raises CleanupErrors."""
        with self._going_on("cleanup"):
            if self.state.due and not self.state.no_act:
                self._tell(RunStopped(True, self._now()))
                drive(self._walk())
        self._raise_cleanup_errors()

    def reset(self) -> None:
        """Forget the run: same graph, same arguments, no Cleanup."""
        with self._alone("reset"):
            self._forget()

    # --- steps -----------------------------------------------------------------------------------------------------

    def step(self) -> PhaseEnded | None:
        """Take the next phase; its end event, or None when the run is over (or was paused in a retry wait)."""
        with self._going_on("step"):
            self._ensure_run()
            begun = len(self._events)
            drive(self._walk(lambda _step: True))
            return self._first_ended(begun)

    def step_job(self) -> str | None:
        """Take the next attempt, the rest of the one under way, or one Cleanup; the job's name, or None."""
        with self._going_on("step_job"):
            fresh, begun = self._ensure_run(), len(self._events)
            drive(self._walk(lambda _step: self.state.current is None, fresh=fresh))
            ended = self._first_ended(begun)
            return ended and ended.job

    def step_pass(self) -> bool:
        """Take the rest of the pass under way, or the next one, or all Cleanups; True while something is left to try."""
        with self._going_on("step_pass"):
            fresh = self._ensure_run()
            step = next_step(self.state)
            cleaning = step is not None and step.phase is _CLEANUP
            drive(self._walk(None if cleaning else _pass_is_over, fresh=fresh))
            return self._left_to_try()

    def run_to(self, job: object, phase: str = "check") -> bool:
        """Go up to, not into, that phase; False once the job is settled, before any Cleanup, or at another halt."""
        name, wanted = self._name(job), step_phase(phase)
        with self._going_on("run_to"):
            fresh = self._ensure_run()
            if not self._is_at(name, wanted, next_step(self.state)):
                drive(self._walk(partial(self._is_at, name, wanted), fresh=fresh))
            return self.next_step == (name, wanted)

    def _is_at(self, name: str, phase: Phase | None, step: Step | None) -> bool:
        """Whether run_to has come as far as it can."""
        if step is None or step.phase is _CLEANUP or (step.job, step.phase) == (name, phase):
            return True
        job = self.state.jobs[name]
        return job.status in _SETTLED

    @property
    def next_step(self) -> tuple[str, Phase] | None:
        """(job, phase) that step() would take, or None when the run is over."""
        step = next_step(self.state)
        return step and (step.job, step.phase)

    # --- requests --------------------------------------------------------------------------------------------------

    def pause(self) -> None:
        """Ask the call under way to return after its phase. From any thread, from listeners, from jobs."""
        if self._call:
            self._requests.ask(pause=True)

    def stop(self) -> None:
        """Ask the call under way to return after its phase and the Cleanups; between calls, call those now."""
        if self._call:
            self._requests.ask(stop=True)
        elif self.state.started and not self.state.ended:
            with self._going_on("stop"):
                self._tell(RunStopped(self._cleanup, self._now()))
                drive(self._walk())
            self._raise_cleanup_errors()

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the phase or wait under way; in a blocking C call of a thread, once it returns."""
        if self._call:
            self._requests.ask(interrupt=True)

    @property
    def no_act(self) -> bool:
        """Checks only. Switched in mid-run it holds from the next step on."""
        wanted = self._requests.no_act
        return self._no_act if wanted is None else wanted

    @no_act.setter
    def no_act(self, value: bool) -> None:
        self._graph  # noqa: B018  # raises when there is none
        if self._call:
            self._requests.ask(no_act=bool(value))
        elif bool(value) != self._no_act:
            self._switch(bool(value))

    # --- what is known ---------------------------------------------------------------------------------------------

    @property
    def state(self) -> RunState:
        """The fold of this run's events."""
        self._graph  # noqa: B018  # raises when there is none
        return self._state

    @property
    def events(self) -> EventLog:
        """This run's events, read-only."""
        return EventLog(self._events)

    @property
    def paused_at(self) -> Pause | None:
        """Where the run halted and why, while it stands there."""
        return self._paused_at

    @property
    def nodestatus(self) -> dict[str, bool | None]:
        """{job: True, False, or None (untested)}; {} before a run."""
        return self._state.nodestatus if self._jobs else {}

    @property
    def nodeexceptions(self) -> dict[str, BaseException]:
        """{job: the exception its last failed attempt in this run ended with}."""
        return {name: job.error for name, job in self._known() if job.error is not None}

    @property
    def noderesults(self) -> dict[str, Any]:
        """{job: what its Check (of a RunonlyJob: its Run) returned}, of those that succeeded."""
        return {name: job.result for name, job in self._known() if job.result is not NOTHING}

    def success(self) -> bool:
        """Whether there was a run and all its jobs succeeded."""
        status = self.nodestatus
        return bool(status) and all(status.values())

    def partial_success(self) -> bool:
        """Whether any job of the run succeeded."""
        return any(self.nodestatus.values())

    def failure(self) -> bool:
        """Whether not all jobs succeeded; before a run, too."""
        return not self.success()

    def why(self, job: object) -> str:
        """Why the job stands where it does, in one sentence."""
        return why(self.state, self._name(job))

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(event)` after each event from now on; what comes back ends that."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(listener)

        return unsubscribe

    def watch(self) -> Callable[[], None]:
        """Have what phases print captured, from the next call on, until what comes back is called."""
        self._watchers += 1
        ends = iter((1,))

        def unwatch() -> None:
            self._watchers -= next(ends, 0)

        return unwatch

    def output_so_far(self) -> Output:
        """What the phase under way has printed, while it is captured."""
        capture = self._phases.capture if self._phases else None
        return capture.so_far() if capture else Output()

    # --- the walk --------------------------------------------------------------------------------------------------

    def _walk(self, until: Until | None = None, *, fresh: bool = False) -> Walk:
        """Yield what takes time, up to a halt, the end, or (asked after each phase) until `until(next step)`.

        The breakpoint that a going-on call stands on is passed; a fresh run stands on none.
        """
        state, requests, moved = self._state, self._requests, False
        while (step := next_step(state)) is not None:
            if requests.asked:
                if self._meet_requests(step):
                    return
                until = None if state.over else until
                continue
            if (moved or fresh) and self._halted(step):
                return
            if moved and until is not None and until(step):
                return
            if step.phase is _CHECK and (left := self._left_to_wait(step.job)) > 0:
                yield partial(self._sleep, left, requests.wake)
                continue
            moved = True
            ended = yield self._start(step)
            self._tell(ended)
            if type(ended) is Interrupted:
                self._raise_interrupt(ended)
            if self.breakpoints and self._halted_after(ended):
                return

    def _start(self, step: Step) -> Callable[[], PhaseEnded | Interrupted]:
        """Tell that the phase begins; what performs it."""
        state, phases = self._state, self._phases
        assert phases is not None
        if step.new_pass:
            self._tell(PassStarted(state.pass_number + 1, phases.now()))
        job = state.jobs[step.job]
        attempt = job.attempt + (step.phase is _CHECK) if step.phase is not _CLEANUP else state.due[-1][1]
        self._tell(PhaseStarted(step.job, step.phase, attempt, phases.now()))
        phases.args, phases.kwargs, phases.capture = self._args, self._kwargs, self._use_capture
        return partial(phases.perform, job.node, step.phase, attempt)

    def _left_to_wait(self, name: str) -> float:
        """Seconds until the job may be tried again; not more than an hour at a time, which any clock can wait."""
        job = self._state.jobs[name]
        return min(job.retry_at - self._now(), 3600.0) if job.attempt else 0.0

    def _meet_requests(self, step: Step) -> bool:
        """Do what was asked for; True when the call is to return."""
        requests = self._requests
        if requests.interrupt:
            job = self._state.current
            of = (job.name, job.phase, job.attempt) if job else (None, None, 0)
            self._tell(Interrupted(*of, self._now(), 0.0))
            self._raise_interrupt(None)
        asked_pause, asked_stop, no_act = requests.pause, requests.stop, requests.no_act
        requests.clear()
        if no_act is not None:
            self._switch(no_act)
        if asked_stop:
            self._tell(RunStopped(self._cleanup, self._now()))
        elif asked_pause and (ahead := next_step(self._state)):
            self._paused_at = Pause(ahead.job, ahead.phase, "paused")
            return True
        return False

    def _halted(self, step: Step) -> bool:
        """Whether a breakpoint halts the run before this step."""
        reason = self.breakpoints.before(self._state.jobs[step.job], step.phase) if self.breakpoints else None
        return self._pause_before_next(reason)

    def _halted_after(self, ended: PhaseEnded | Interrupted) -> bool:
        """Whether a breakpoint halts the run after what this phase made of its job, or of those that need it."""
        if ended.job is None or ended.phase is _CLEANUP:
            return False
        job = self._state.jobs[ended.job]
        marked = self._state.marked if job.status in (Status.FAILED, Status.WOULD_RUN) else []
        return self._pause_before_next(self.breakpoints.after([job, *marked]))

    def _pause_before_next(self, reason: str | None) -> bool:
        step = next_step(self._state) if reason else None
        if reason and step:
            self._paused_at = Pause(step.job, step.phase, reason)
        return reason is not None

    def _raise_interrupt(self, interrupted: Interrupted | None) -> None:
        self._requests.clear()
        if step := next_step(self._state):
            self._paused_at = Pause(step.job, step.phase, "interrupted")
        raise (interrupted and interrupted.error) or KeyboardInterrupt

    def _wind_up(self) -> None:
        """After an interrupted checknrun: the Cleanups; another interrupt skips the one under way."""
        self._tell(RunStopped(self._cleanup, self._now()))
        while next_step(self._state):
            with contextlib.suppress(KeyboardInterrupt, GeneratorExit):
                drive(self._walk())

    # --- the run ---------------------------------------------------------------------------------------------------

    @property
    def _graph(self) -> JobGraph:
        if self._jobs is None:
            raise NotConfiguredError
        return self._jobs

    def _name(self, job: object) -> str:
        """The name of a job given as class or name; UnknownJobError when it is not in the graph."""
        name = job.__name__ if isinstance(job, type) else str(job)
        return self._jobs[name].name if self._jobs else name

    def _known(self) -> Iterable[tuple[str, JobState]]:
        return self._state.jobs.items() if self._jobs else ()

    def _now(self) -> float:
        return self._phases.now() if self._phases else 0.0

    def _forget(self) -> None:
        if self._phases:
            self._phases.close()
        self._phases = None
        self._state = RunState(self._graph, no_act=self._no_act)
        self._events: list[Event] = []
        self._paused_at = None

    def _begin(self, jobs: JobGraph) -> None:
        self._forget()
        self._state = RunState(jobs, no_act=self._no_act)
        self._phases = Phases(self._requests, self._clock)
        names = tuple(node.name for node in jobs)
        self._tell(RunStarted(jobs.root.name, names, self._no_act, self._cleanup, time.time()))

    def _ensure_run(self) -> bool:
        """Begin a run if there is none; whether it was begun."""
        fresh = self._state.started is None
        if fresh:
            self._begin(self._graph)
        return fresh

    def _switch(self, no_act: bool) -> None:
        if no_act != self._no_act:
            self._no_act = no_act
            if self._state.started:
                self._tell(NoActSwitched(no_act, self._now()))
            else:
                self._state.no_act = no_act

    def _tell(self, event: Event) -> None:
        """The event is in the list and the state before any listener hears it."""
        self._events.append(event)
        self._state.apply(event)
        if self._printer:
            self._printer(event)
        for listener in self._listeners and tuple(self._listeners):
            self._hear(listener, event)

    def _hear(self, listener: Listener, event: Event) -> None:
        try:
            listener(event)
        except KeyboardInterrupt:
            self._requests.ask(interrupt=True)
        except BaseException:  # noqa: BLE001  # foreign code, and the run must not suffer from who looks on
            if listener not in self._reproved:
                self._reproved.append(listener)
                log.critical("the listener %r raised; it stays subscribed, and this is told once", listener, exc_info=True)

    def _first_ended(self, since: int) -> PhaseEnded | None:
        return next((event for event in self._events[since:] if isinstance(event, PhaseEnded)), None)

    def _left_to_try(self) -> bool:
        step = next_step(self._state)
        return step is not None and step.phase is not _CLEANUP

    def _raise_cleanup_errors(self) -> None:
        """Raise what the Cleanups of the call that has just ended raised, as one group."""
        ended = (event for event in self._events[self._begun :] if isinstance(event, PhaseEnded))
        failed = [event for event in ended if event.phase is _CLEANUP and event.error is not None]
        if failed:
            errors = [_as_exception(event) for event in failed]
            raise CleanupErrors(f"{len(errors)} of the Cleanups failed; all were called", errors)

    # --- calls -----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _alone(self, call: str) -> Iterator[None]:
        """Refuse a call while another one of this runner is under way."""
        if not self._busy.acquire(blocking=False):
            raise EngineBusyError(call, self._call)
        self._call = call
        try:
            yield
        finally:
            self._call = ""
            self._busy.release()

    @contextlib.contextmanager
    def _going_on(self, call: str, *, beside_loop: bool = False) -> Iterator[None]:
        """Around each call that goes on: alone, cwd and streams as before when it returns, the end of the run told."""
        self._graph  # noqa: B018  # raises when there is none
        requests = self._requests
        with self._alone(call), Home() as home, contextlib.nullcontext() if beside_loop else requests.sigint():
            self._paused_at, self._begun = None, len(self._events)
            requests.clear()
            try:
                with self._watched():
                    yield
            finally:
                home.go()
                self._conclude()

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        """Capture what phases print, if somebody watches."""
        if not (self._watchers if self._capture is None else self._capture):
            self._use_capture = None
            yield
            return
        self._use_capture = Capture()
        with self._use_capture.streams():
            yield

    def _conclude(self) -> None:
        """What was asked too late for a step is settled, and the end of the run is told once."""
        no_act = self._requests.no_act
        self._requests.clear()
        if no_act is not None:
            self._switch(no_act)
        state = self._state
        if state.started and state.ended is None and next_step(state) is None:
            self._tell(RunEnded(outcome(state), self._now()))


_SETTLED = frozenset({Status.OK, Status.CHANGED, Status.FAILED, Status.BLOCKED, Status.WOULD_RUN, Status.UNKNOWN})


def _pass_is_over(step: Step) -> bool:
    return step.new_pass or step.phase is _CLEANUP


def _sleep(seconds: float, wake: threading.Event) -> None:
    wake.wait(seconds)


def _as_exception(event: PhaseEnded) -> Exception:
    error = event.error
    return error if isinstance(error, Exception) else CleanupExit(event.job, error or RuntimeError())
