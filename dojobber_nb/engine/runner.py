"""Runner: configure, step, run, listen."""

from __future__ import annotations

import contextlib
import inspect
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial, wraps
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast

from dojobber_nb.core.errors import (
    CleanupErrors,
    CleanupExit,
    EngineBusyError,
    NotReadyError,
    NotRecordedError,
    OptionError,
    UnknownGoalError,
)
from dojobber_nb.core.events import Phase, PhaseEnded, told
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.preview import message
from dojobber_nb.core.schedule import next_step
from dojobber_nb.core.secrets import MARK, plain
from dojobber_nb.core.shown import Shown
from dojobber_nb.core.state import RunState
from dojobber_nb.core.why import listed, waits_for
from dojobber_nb.engine.audience import Audience, Listener
from dojobber_nb.engine.breakpoints import Breakpoints, step_phase
from dojobber_nb.engine.capture import Capture, Output
from dojobber_nb.engine.drive import Requests, Walk, drive
from dojobber_nb.engine.goals import GOALS, attempt_is_over, is_at, no_walk
from dojobber_nb.engine.home import Home
from dojobber_nb.engine.known import Known
from dojobber_nb.engine.lines import log, log_from, printer
from dojobber_nb.engine.run import Run
from dojobber_nb.engine.setting import Setting
from dojobber_nb.engine.wake import Wake

if TYPE_CHECKING:
    from dojobber_nb.engine.recording import Recording, RecordLike
    from dojobber_nb.engine.resuming import Wish
    from dojobber_nb.record.recorded import RecordedRun

_P = ParamSpec("_P")
_S = TypeVar("_S")


def _with_options(configure: Callable[Concatenate[_S, _P], None]) -> Callable[Concatenate[_S, _P], None]:
    """What was not given to configure comes from the options of the constructor."""
    signature = inspect.signature(configure)

    @wraps(configure)
    def filled(self: Any, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        given: dict[str, Any] = signature.bind(self, *args, **kwargs).arguments
        cast("Callable[..., None]", configure)(**{**self._options, **given})

    return cast("Callable[Concatenate[_S, _P], None]", filled)


class Runner(Known):
    """Runs a job graph: whole, or step by step, in any mixture.

    `clock` (monotonic seconds) and `sleep(seconds, wake)` (which returns early when `wake` is set) are
    the only sources of time.
    """

    def __init__(
        self,
        dojobber_loglevel: int | str | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float, Wake], object] | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        log_from(dojobber_loglevel)
        known = [name for name in inspect.signature(self.configure).parameters if name != "root"]
        for name in options:
            if name not in known:
                raise OptionError(name, known)
        self._options = options
        self._setting = Setting(clock, sleep or _sleep, Audience(self.interrupt))
        self.breakpoints = self._setting.breakpoints = Breakpoints(self._name, self._setting.requests.ask)
        self._args: tuple[Any, ...] = ()
        self._kwargs = Shown[Any]({})
        self._busy = threading.Lock()
        self._watchers = 0
        self.going_on = ""  # the name of the call under way

    # --- configuration ---------------------------------------------------------------------------------------------

    @_with_options
    def configure(  # noqa: PLR0917  # DoJobber's signature
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
        record: RecordLike | None = None,
    ) -> None:
        """Take `root` and all below it as the graph to run, and forget the run before.

        no_act: Checks only. verbose, debug: DoJobber's lines on stderr. cleanup: call the Cleanups when nothing is left
        to try. default_tries, default_retry_delay (seconds): for jobs that set none. capture: keep what phases print
        (None: while somebody watches, or a record is kept). record: the path of a record, or a Record, that each run is
        put into. Raises a GraphError that names the job at fault, or a RecordError, before any job is made.
        """
        with self._alone("configure"):
            graph = JobGraph.of(root, default_tries=default_tries, default_retry_delay=default_retry_delay)
            for node in graph:
                log.debug("processing dependencies for %s", node.name)
            recording = self._recording_in(record)
            loud = verbose or debug or any(node.has_cleanup for node in graph)
            self._setting.audience.print_with(printer(verbose=verbose, debug=debug) if loud else None)
            self._setting.cleanup, self._capture = bool(cleanup), capture
            self._graph, self._setting.root = graph, graph.root.name
            self._record_with(recording)
            self._renew(graph, no_act=bool(no_act))

    def set_args(self, *args: Any, **kwargs: Any) -> None:
        """Take the arguments that every Check and Run gets, from the next phase on; of a secret the plain value."""
        self._args, self._kwargs = args, Shown(kwargs)
        self._setting.args = tuple(map(plain, args))
        self._setting.kwargs = {name: plain(value) for name, value in kwargs.items()}

    @property
    def args(self) -> tuple[Any, ...]:
        """The positional arguments that every Check and Run gets, secrets as such."""
        return self._args

    @property
    def kwargs(self) -> Mapping[str, Any]:
        """The named arguments that every Check and Run gets, secrets as such, read-only."""
        return MappingProxyType(self._kwargs)

    # --- whole runs ------------------------------------------------------------------------------------------------

    def checknrun(self, node: object = None) -> None:
        """A new run from the start, to its end or the next halt; with `node`, of that job and what it needs only.

        Raises CleanupErrors when Cleanups failed. KeyboardInterrupt is raised again, after Cleanup.
        """
        with self._call("checknrun"):
            graph = self._jobs if node is None else self._jobs.below(self._name(node))
            with self._from_the_start(graph) as walk:
                drive(walk)
        self._raise_cleanup_errors()

    def run(self) -> None:
        """Go on with the run that is under way, or a new one, to its end or the next halt. Raises CleanupErrors."""
        self._go_on("run", "run")
        self._raise_cleanup_errors()

    async def arun(self, goal: str = "run", *, halt_on_failure: bool = False) -> None:
        """`run` beside an event loop: phases in one worker thread, all events on the loop's own thread.

        goal: how far to go: a key of GOALS. halt_on_failure: halt before the first Cleanup, unless all jobs succeeded.
        Cancelling it is a pause: it waits for the phase under way, then raises CancelledError.
        """
        with self._call("arun", beside_loop=True):
            await _adrive(self._walk(goal, halt_on_failure=halt_on_failure), self._setting.requests)
        self._raise_cleanup_errors()

    def cleanup(self) -> None:
        """Call the Cleanups that are due, now, the newest first; the run is over. Raises CleanupErrors."""
        self._go_on("cleanup", "cleanup")
        self._raise_cleanup_errors()

    def resume(self, rerun: Iterable[object] = (), done: Iterable[object] = ()) -> None:
        """Take up the last run of this graph in the record, whose process died, and go on as run() does.

        What had succeeded is checked again; a RunonlyJob that had is trusted. rerun: jobs to be tried afresh, or run
        again, whatever the record says; done: RunonlyJobs whose Run is known to have been done. Of a run that had
        ended all is checked and nothing run; with nothing recorded it is checknrun(). What somebody should know is
        told on stderr, what is otherwise with the graph as a warning. Raises InDoubtError and JobCrashedError, before
        anything is called, when a person has to decide; and CleanupErrors.
        """
        if self._is_its_own():
            return self.run()
        wish = self._wish(rerun, done)
        with self._call("resume"), self._taken_up(wish) as walk:
            drive(walk)
        return self._raise_cleanup_errors()

    async def aresume(
        self, rerun: Iterable[object] = (), done: Iterable[object] = (), *, halt_on_failure: bool = False
    ) -> None:
        """`resume` beside an event loop, as `arun` is `run`; for a run that has not begun here."""
        wish = self._wish(rerun, done)
        with self._call("aresume", beside_loop=True), self._taken_up(wish, halt_on_failure=halt_on_failure) as walk:
            await _adrive(walk, self._setting.requests)
        self._raise_cleanup_errors()

    def reset(self) -> None:
        """Forget the run: same graph, same arguments, no Cleanup."""
        with self._alone("reset"):
            self._renew(self._jobs, no_act=self._run.state.no_act)

    # --- steps -----------------------------------------------------------------------------------------------------

    def step(self) -> PhaseEnded | None:
        """Take the next phase; its end event, or None when the run is over (or was paused in a retry wait)."""
        self._go_on("step", "step")
        return next(self._ended_phases(), None)

    def step_job(self) -> str | None:
        """Take the next attempt, the rest of the one under way, or one Cleanup; the job's name, or None."""
        self._go_on("step_job", "job")
        ended = next(self._ended_phases(), None)
        return ended and ended.job

    def step_pass(self) -> bool:
        """Take the rest of the pass under way, the next one, or all Cleanups; True while something is left to try."""
        self._go_on("step_pass", "pass")
        step = next_step(self._run.state)
        return step is not None and step[1] is not Phase.CLEANUP

    def run_to(self, job: object, phase: str = "check") -> bool:
        """Go up to, not into, that phase; False once the job is settled, before any Cleanup, or at another halt."""
        target = self._target(job, phase)
        with self._call("run_to"):
            drive(self._walk_to(*target))
        return self.next_step == target

    async def arun_to(self, job: object, phase: str = "check") -> bool:
        """`run_to` beside an event loop, as `arun` is `run`."""
        target = self._target(job, phase)
        with self._call("arun_to", beside_loop=True):
            await _adrive(self._walk_to(*target), self._setting.requests)
        return self.next_step == target

    def check_again(self, job: object) -> bool:
        """Call the job's Check once more, now, and never its Run; whether the job holds.

        Once the run is over this begins a new one, of Checks only, of the job and all it needs.
        Raises NotReadyError while something it needs has not succeeded, or in the middle of an attempt.
        """
        return self._again("check_again", job, acts=False)

    def try_again(self, job: object) -> bool:
        """Make one more attempt at the job, now, with its tries anew; whether the job holds.

        What needs it is set back: it is tried afresh when the run goes on. Once the run is over this begins a new one,
        of the job and all it needs. Raises NotReadyError as check_again does.
        """
        return self._again("try_again", job, acts=True)

    async def arun_again(self, job: object, *, acts: bool) -> bool:
        """`check_again`, or (`acts`) `try_again`, beside an event loop, as `arun` is `run`."""
        name = self._name(job)
        with self._call("arun_again", beside_loop=True), self._begun_again(name, acts=acts) as walk:
            await _adrive(walk, self._setting.requests)
        return self._run.state.jobs[name].ok is True

    # --- requests --------------------------------------------------------------------------------------------------

    def pause(self) -> None:
        """Ask the call under way to return after its phase. From any thread, from listeners, from jobs."""
        if self.going_on:
            self._setting.requests.ask(pause=True)

    def stop(self) -> None:
        """Ask the call under way to return after its phase and the Cleanups; between calls, call those now."""
        if self.going_on:
            self._setting.requests.ask(stop=True)
        elif self._run.state.started and not self._run.state.ended:
            with self._call("stop"):
                self._run.stop(cleanup=self._setting.cleanup)
                drive(self._run.walk())
            self._raise_cleanup_errors()

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the phase or wait under way; in a blocking C call of a thread, once it returns."""
        if self.going_on:
            self._setting.requests.ask(interrupt=True)

    @property
    def no_act(self) -> bool:
        """Checks only. Switched in mid-run it holds from the next step on."""
        asked = self._setting.requests.no_act
        return self._run.state.no_act if asked is None else asked

    @no_act.setter
    def no_act(self, value: bool) -> None:
        if self.going_on:
            self._setting.requests.ask(no_act=bool(value))
        else:
            self._run.switch(bool(value))
            self._run.conclude()
            self._keep()

    # --- who looks on ----------------------------------------------------------------------------------------------

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(event)` after each event from now on; what comes back ends that."""
        self._setting.requests.ask()  # a sweep looks up
        return self._setting.audience.subscribe(listener)

    def watch(self) -> Callable[[], None]:
        """Have what phases print captured, from the next call on, until what comes back is called."""
        self._watchers += 1
        self._setting.requests.ask()
        left = iter((1,))

        def unwatch() -> None:
            self._watchers -= next(left, 0)

        return unwatch

    def output_so_far(self) -> Output:
        """What the phase under way has printed, while it is captured. From any thread."""
        capture = self._setting.capture
        return capture.so_far() if capture else Output()

    # --- record ----------------------------------------------------------------------------------------------------

    def _recording_in(self, record: RecordLike | None) -> Recording | None:
        """What writes into that record."""
        if record is None:
            return None
        from dojobber_nb.engine.recording import Recording

        return Recording(record)

    def _record_with(self, recording: Recording | None) -> None:
        """Write with that from now on."""
        before, self._setting.recording = self._setting.recording, recording
        if before:
            before.leave()
            before.close()

    def _keep(self) -> None:
        """What was told goes into the record, RecordError if it cannot; once the run has ended others may write."""
        if recording := self._setting.recording:
            recording.flush()
            if self._run.state.ended is not None:
                recording.let_go()

    def left_behind(self) -> RecordedRun | None:
        """The recorded run that resume() would go on with: it was cut off, and nobody goes on with it."""
        if self._setting.recording is None:
            return None
        from dojobber_nb.engine.resuming import last_run

        run = last_run(self._setting.recording.record, self._jobs.root.name)
        return run if run and run.interrupted else None

    def _is_its_own(self) -> bool:
        """Whether the run under way here is the one to go on with; one that was cut off comes before a dry run."""
        state = self._run.state
        under_way = state.started is not None and state.ended is None
        return under_way and (any(job.tries for job in state.jobs.values()) or self.left_behind() is None)

    def _wish(self, rerun: Iterable[object], done: Iterable[object]) -> Wish:
        from dojobber_nb.engine.resuming import Wish

        decided = [[self._jobs[self._name(job)].name for job in jobs] for jobs in (rerun, done)]
        return Wish(self._run.state.no_act, self._setting.cleanup, *decided)

    @contextlib.contextmanager
    def _taken_up(self, wish: Wish, *, halt_on_failure: bool = False) -> Iterator[Walk]:
        """The walk of the last run in the record; of a new one if there is none."""
        from dojobber_nb.engine.resuming import taken_up

        recording = self._setting.recording
        if recording is None:
            raise NotRecordedError
        self._renew(self._jobs, no_act=wish.no_act)
        found = taken_up(recording.record, self._jobs, wish)
        if found is None:
            with self._from_the_start(self._jobs) as walk:
                yield walk
            return
        run = Run(found.graph, self._setting, no_act=wish.no_act or found.only_checks)
        found.begin(run, recording)
        self._one_run, self._begun = run, len(run.rows)
        try:
            yield run.walk(fresh=True, halt_on_failure=halt_on_failure)
        finally:
            run.switch(wish.no_act)

    # --- calls -----------------------------------------------------------------------------------------------------

    def _target(self, job: object, phase: str) -> tuple[str, Phase]:
        return self._run.state.graph[self._name(job)].name, step_phase(phase)

    def _renew(self, graph: JobGraph, *, no_act: bool) -> Run:
        """A run to come in place of the one there was."""
        if self._one_run:
            self._one_run.phases.close()
        if self._setting.recording:
            self._setting.recording.leave()
        self._one_run = Run(graph, self._setting, no_act=no_act)
        return self._one_run

    @contextlib.contextmanager
    def _from_the_start(self, graph: JobGraph) -> Iterator[Walk]:
        """The walk of a whole new run; interrupted, it is wound up."""
        run = self._renew(graph, no_act=self._run.state.no_act)
        self._begun = 0
        run.begin()
        try:
            yield run.walk(fresh=True, sweep=True)
        except (KeyboardInterrupt, GeneratorExit):
            run.wind_up()
            raise

    def _go_on(self, call: str, goal: str) -> None:
        with self._call(call):
            drive(self._walk(goal, sweep=True))

    def _walk(self, goal: str, *, sweep: bool = False, halt_on_failure: bool = False) -> Walk:
        run = self._run
        if goal not in GOALS:
            raise UnknownGoalError(goal, GOALS)
        if goal == "cleanup":
            if not run.state.due or run.state.no_act:
                return no_walk()
            run.stop(cleanup=True)
        fresh = self._ensure_begun(run)
        until, fresh = GOALS[goal](run.state), fresh and goal != "step"
        return run.walk(until, fresh=fresh, sweep=sweep, halt_on_failure=halt_on_failure)

    def _walk_to(self, name: str, phase: Phase) -> Walk:
        run = self._run
        fresh = self._ensure_begun(run)
        there = partial(is_at, run.state, name, phase)
        step = next_step(run.state)
        return no_walk() if step is None or there(step) else run.walk(there, fresh=fresh)

    def _again(self, call: str, job: object, *, acts: bool) -> bool:
        name = self._name(job)
        with self._call(call), self._begun_again(name, acts=acts) as walk:
            drive(walk)
        return self._run.state.jobs[name].ok is True

    @contextlib.contextmanager
    def _begun_again(self, name: str, *, acts: bool) -> Iterator[Walk]:
        """The walk of one more attempt; once the run is over, that of a new run of the job and all it needs."""
        run, dry = self._run, self._run.state.no_act
        if run.state.started and not run.state.over:
            run.ask_again(self._ready(run.state, name), acts=acts)
            yield run.walk(attempt_is_over(run.state))
            return
        run = self._renew(self._jobs.below(name), no_act=dry or not acts)
        self._begun = 0
        run.begin()
        yield run.walk(fresh=True)
        run.switch(dry)

    def _ready(self, state: RunState, name: str) -> str:
        """The name, if the job can be tried now."""
        if state.current:
            raise NotReadyError(name, f"an attempt at {state.current.name} is open; take the rest of it first")
        if waiting := waits_for(state, state.jobs[state.graph[name].name]):
            raise NotReadyError(name, f"it needs {listed(waiting)}, not successful so far")
        return name

    def _ensure_begun(self, run: Run) -> bool:
        """Begin the run if it has not begun; whether it had not."""
        fresh = run.state.started is None
        if fresh:
            run.begin()
        return fresh

    @contextlib.contextmanager
    def _alone(self, call: str) -> Iterator[None]:
        """Refuse a call while another one of this runner is under way."""
        if not self._busy.acquire(blocking=False):
            raise EngineBusyError(call, self.going_on)
        self._setting.requests.forget()
        self.going_on = call
        try:
            yield
        finally:
            self.going_on = ""
            self._busy.release()

    @contextlib.contextmanager
    def _call(self, call: str, *, beside_loop: bool = False) -> Iterator[None]:
        """Around each call that goes on: alone; cwd and streams as before when it returns; the end of the run told."""
        requests = self._setting.requests
        with requests.met(sigint=not beside_loop), self._alone(call), Home() as home:
            requests.on_this_thread()
            self._run.paused_at, self._begun = None, len(self._run.rows)
            streams = sys.stdout, sys.stderr
            try:
                with self._captured(), self._recorded():
                    yield
            finally:
                sys.stdout, sys.stderr = streams
                home.go()
                self._conclude()
            self._keep()

    @contextlib.contextmanager
    def _captured(self) -> Iterator[None]:
        """Capture what phases print, if somebody watches."""
        watched = self._watchers or self._setting.recording
        wanted = watched if self._capture is None else self._capture
        self._setting.capture = Capture() if wanted else None
        self._run.note_watch()
        with self._setting.capture.streams() if self._setting.capture else contextlib.nullcontext():
            yield

    def _recorded(self) -> contextlib.AbstractContextManager[None]:
        recording = self._setting.recording
        return recording.going_on() if recording else contextlib.nullcontext()

    def _conclude(self) -> None:
        """Settle what was asked too late for a step, and tell the end of the run."""
        self._run.switch_as_asked()
        self._run.conclude()
        if self._setting.recording:
            self._setting.recording.after_call(tuple(self.breakpoints), self._run.paused_at)

    def _ended_phases(self) -> Iterator[PhaseEnded]:
        """The phases that ended in the call that has just returned."""
        return (event for event in map(told, self._run.rows[self._begun :]) if isinstance(event, PhaseEnded))

    def _raise_cleanup_errors(self) -> None:
        """Raise what the Cleanups of the call that has just returned raised, as one group."""
        if not self._run.state.over:
            return
        failed = [event for event in self._ended_phases() if event.phase is Phase.CLEANUP and not event.ok]
        if failed:
            errors = [_as_exception(event) for event in failed]
            raise CleanupErrors(f"{len(errors)} of the Cleanups failed; all were called", errors)


async def _adrive(walk: Walk, requests: Requests) -> None:
    from dojobber_nb.engine.beside import adrive

    await adrive(walk, requests)


def _sleep(seconds: float, wake: Wake) -> None:
    wake.wait(seconds)


def _as_exception(event: PhaseEnded) -> Exception:
    """What the Cleanup raised, unless Python would tell a secret when it prints the group."""
    error = event.error
    hides = MARK in event.traceback
    if isinstance(error, Exception) and not hides:
        return error
    left = CleanupExit(event.job, error or RuntimeError(), said=message(error))
    left.__cause__ = None if hides else error
    return left
