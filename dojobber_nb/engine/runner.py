"""Runner: configure a graph, run it, step through it, halt it.

A runner is composed of parts: EngineContext holds what they share, LiveRunView reads the run, CallGuard wraps each
call, GraphWalks makes runs and walks, `drive` performs a walk. The properties that read the run delegate to the view.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from dojobber_nb.core.arguments import plain_arguments
from dojobber_nb.core.errors import NotCopiedError
from dojobber_nb.core.events import Phase, PhaseEnded
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.job import Job, JobRef
from dojobber_nb.core.log_rows import EventLog
from dojobber_nb.core.redacted_repr import RedactedDict
from dojobber_nb.core.run_view import Listener, Pause, Storage
from dojobber_nb.core.schedule import next_step
from dojobber_nb.core.state import RunState
from dojobber_nb.engine.breakpoints import Breakpoints
from dojobber_nb.engine.call_guard import CallGuard
from dojobber_nb.engine.console_log import log, log_from, printer
from dojobber_nb.engine.driver import Walk, drive
from dojobber_nb.engine.engine_context import EngineContext
from dojobber_nb.engine.graph_walks import GraphWalks
from dojobber_nb.engine.interruptible_wait import WakeFlag
from dojobber_nb.engine.live_view import LiveRunView
from dojobber_nb.engine.run_config import refuse_unknown_options, with_options, worker_count
from dojobber_nb.engine.run_walk import walk

if TYPE_CHECKING:
    from dojobber_nb.engine.recording import Recording, RecordLike
    from dojobber_nb.engine.worker_thread import WorkerThread

Goal = Literal["run", "step", "job", "pass", "cleanup"]
StepPhase = Literal["check", "run", "recheck", "cleanup"] | Phase


class Runner:
    """Runs a job graph: whole, or step by step, in any mixture.

    `view` is what views and widgets read. `clock` (monotonic seconds) and `sleep(seconds, wake)` (which returns early
    when `wake` is set) are the only sources of time.
    """

    def __init__(
        self,
        dojobber_loglevel: int | str | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float, WakeFlag], object] | None = None,
        **options: Any,
    ) -> None:
        log_from(dojobber_loglevel)
        refuse_unknown_options(self.configure, options)
        self._options = options
        self._context = context = EngineContext(clock, sleep or _sleep)
        self.view = LiveRunView(context)
        self._guard = CallGuard(context, self.view)
        self._walks = GraphWalks(context, self.view, self._guard)
        self._worker: WorkerThread | None = None

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise NotCopiedError(type(self).__name__)

    # --- configuration ---------------------------------------------------------------------------------------------

    @with_options
    def configure(  # noqa: PLR0917  # DoJobber's signature
        self,
        root: type[Job],
        no_act: bool = False,
        verbose: bool = False,
        debug: bool = False,
        cleanup: bool = True,
        default_tries: float = 3,
        default_retry_delay: float = 1,
        *,
        capture: bool | None = None,
        record: RecordLike | None = None,
        max_workers: int = 1,
    ) -> None:
        """Set the graph to run: `root` and all its dependencies. Discards the previous run.

        no_act: call Checks only. verbose, debug: print DoJobber's lines on stderr. cleanup: call the Cleanups when
        nothing is left to try. default_tries, default_retry_delay (seconds): for jobs without TRIES or RETRY_DELAY.
        capture: capture the output of phases (None: while a dashboard or a record wants it). record: the path of a
        record, or a Record, to write each run to. max_workers: how many jobs may be under way at once, each on a thread
        of its own. Raises a GraphError that names the job at fault, or a RecordError, before any job is created.
        """
        with self._guard.alone("configure"):
            graph = JobGraph.of(root, default_tries=default_tries, default_retry_delay=default_retry_delay)
            for node in graph:
                log.debug("processing dependencies for %s", node.name)
            recording = _recording_in(record)
            loud = verbose or debug or any(node.has_cleanup for node in graph)
            context = self._context
            context.listeners.set_printer(printer(verbose=verbose, debug=debug) if loud else None)
            context.config = replace(
                context.config,
                graph=graph,
                cleanup=bool(cleanup),
                capture=capture,
                verbose=bool(verbose or debug),
                max_workers=worker_count(max_workers),
            )
            self._record_with(recording)
            self._walks.new_run(graph, no_act=bool(no_act))

    def set_args(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments of every Check and Run, from the next phase on. Jobs get the plain value of a secret.

        Jobs get a copy of a dict, list or tuple that contains a secret at any depth, with the plain value in it.
        Raises SecretError for a secret inside any other object, and for a text that contains the mark of one.
        """
        context = self._context
        plain = plain_arguments(args, kwargs)
        context.config = replace(context.config, args=args, kwargs=RedactedDict(kwargs))
        context.args, context.kwargs = plain
        self._scrub_names()

    def _scrub_names(self) -> None:
        """Scrub the new secrets from job names, unless the run has begun."""
        context, graph = self._context, self._context.config.graph
        if graph and not self.view.state.started and (scrubbed := graph.scrubbed()) is not graph:
            context.config = replace(context.config, graph=scrubbed)
            context.breakpoints.rename()
            self._walks.new_run(scrubbed, no_act=self.view.state.no_act)

    @property
    def args(self) -> tuple[Any, ...]:
        """The positional arguments of every Check and Run; secrets stay wrapped."""
        return self._context.config.args

    @property
    def kwargs(self) -> Mapping[str, Any]:
        """The keyword arguments of every Check and Run, read-only; secrets stay wrapped."""
        return MappingProxyType(self._context.config.kwargs)

    def _record_with(self, recording: Recording | None) -> None:
        """Replace the writer of the record; None stops recording."""
        context = self._context
        before, context.recording = context.recording, recording
        if before:
            before.end_run()
            before.close()

    @property
    def no_act(self) -> bool:
        """Whether only Checks are called. Can be switched during a run; takes effect at the next step."""
        return self.view.no_act

    @no_act.setter
    def no_act(self, value: bool) -> None:
        if self._context.call:
            self._context.requests.ask(no_act=bool(value))
        else:
            self.view.run.set_no_act(bool(value))
            self.view.run.end_if_done()
            self._guard.flush()

    @property
    def breakpoints(self) -> Breakpoints:
        """The breakpoints of all runs: `.add(job, phase)`, `.add(status="failed")`, `.remove(…)`, `.clear()`."""
        return self._context.breakpoints

    # --- requests --------------------------------------------------------------------------------------------------

    def pause(self) -> None:
        """Halt the run after the phase under way. Can be called from any thread, listener or job."""
        if self._context.call:
            self._context.requests.ask(pause=True)

    def stop(self) -> None:
        """End the run: after the phase under way call the Cleanups that are due. Between calls, call them now."""
        run = self.view.run
        if self._context.call:
            self._context.requests.ask(stop=True)
        elif run.state.started and not run.state.ended:
            with self._guard.around("stop"):
                run.stop(cleanup=self._context.config.cleanup)
                drive(walk(run, self._context))
            self._guard.raise_cleanup_errors()

    def interrupt(self) -> None:
        """Raise KeyboardInterrupt in the phase or wait under way. A blocking C call in a thread has to return first."""
        self._context.interrupt()

    # --- whole runs ------------------------------------------------------------------------------------------------

    def checknrun(self, node: JobRef | None = None) -> None:
        """Run the graph from the start, to its end or the next halt. node: run only this job and its dependencies.

        Raises CleanupErrors when Cleanups failed. Ctrl-C: calls the Cleanups, then raises KeyboardInterrupt.
        """
        with self._guard.around("checknrun"):
            graph = self.view.configured if node is None else self.view.configured.below(self.view.name_of(node))
            with self._walks.from_the_start(graph) as walk:
                drive(walk)
        self._guard.raise_cleanup_errors()

    def run(self) -> None:
        """Continue the current run, or start one, to its end or the next halt. Raises CleanupErrors."""
        self._go_on("run", "run")
        self._guard.raise_cleanup_errors()

    async def arun(self, goal: Goal = "run", *, halt_on_failure: bool = False) -> None:
        """Async `run`: phases run in one worker thread, listeners on the thread of the event loop.

        goal: how far to go: to the end ("run"), one phase ("step"), one attempt ("job"), one pass ("pass"), or all
        Cleanups ("cleanup"). halt_on_failure: halt before the first Cleanup, unless all jobs succeeded. Cancelling
        pauses the run: it waits for the phase under way, then raises CancelledError.
        """
        with self._guard.around("arun", beside_loop=True):
            await self._adrive(self._walks.to_goal(goal, halt_on_failure=halt_on_failure))
        self._guard.raise_cleanup_errors()

    def cleanup(self) -> None:
        """Call all Cleanups that are due, the newest first, and end the run. Raises CleanupErrors."""
        self._go_on("cleanup", "cleanup")
        self._guard.raise_cleanup_errors()

    def resume(self, rerun: JobRef | Iterable[JobRef] = (), done: JobRef | Iterable[JobRef] = ()) -> None:
        """Continue the last run of this graph in the record, whose process died, as run() does.

        Jobs that had succeeded are checked again; RunonlyJobs that had succeeded are trusted. rerun: jobs to try anew,
        whatever the record says. done: RunonlyJobs whose Run is known to have been done. Of a run that had ended, all
        jobs are checked and none is run, except those in `rerun`. With nothing recorded this is checknrun(). Later dry
        runs are skipped. Prints on stderr what was carried over, and warns of changes in the graph. Raises
        InDoubtError or JobCrashedError, before any job is called, when a person has to decide; NotReadyError for a
        job in `rerun` while its run is not over in this process; CleanupErrors.
        """
        options = self._walks.resume_options(rerun, done)
        if self._walks.is_under_way_here():
            self._walks.refuse_rerun(options)
            return self.run()
        with self._guard.around("resume"), self._walks.resumed(options) as walk:
            drive(walk)
        return self._guard.raise_cleanup_errors()

    async def aresume(
        self,
        rerun: JobRef | Iterable[JobRef] = (),
        done: JobRef | Iterable[JobRef] = (),
        *,
        halt_on_failure: bool = False,
    ) -> None:
        """Async `resume`, of a run that has not begun in this process."""
        options = self._walks.resume_options(rerun, done)
        find_resumption = self._walks.resumed(options, halt_on_failure=halt_on_failure)
        with self._guard.around("aresume", beside_loop=True), find_resumption as walk:
            await self._adrive(walk)
        self._guard.raise_cleanup_errors()

    def reset(self) -> None:
        """Discard the run without Cleanup; graph and arguments stay."""
        with self._guard.alone("reset"):
            self._walks.new_run(self.view.configured, no_act=self.view.state.no_act)

    # --- steps -----------------------------------------------------------------------------------------------------

    def step(self) -> PhaseEnded | None:
        """Perform the next phase. Returns its end event, or None when the run is over or was paused in a retry wait."""
        self._go_on("step", "step")
        return next(self._guard.ended_phases(), None)

    def step_job(self) -> str | None:
        """Perform the next attempt, the rest of the current one, or one Cleanup. Returns the job's name, or None."""
        self._go_on("step_job", "job")
        ended = next(self._guard.ended_phases(), None)
        return ended and ended.job

    def step_pass(self) -> bool:
        """Perform the rest of the current pass, the next pass, or all Cleanups. True while jobs are left to try."""
        self._go_on("step_pass", "pass")
        step = next_step(self.view.state)
        return step is not None and step[1] is not Phase.CLEANUP

    def run_to(self, job: JobRef, phase: StepPhase = "check") -> bool:
        """Run up to that phase and halt before it. False when the run halted elsewhere, or the phase will not come."""
        target = self._walks.target(job, phase)
        with self._guard.around("run_to"):
            drive(self._walks.up_to(*target))
        return self.view.next_step == target

    async def arun_to(self, job: JobRef, phase: StepPhase = "check") -> bool:
        """Async `run_to`."""
        target = self._walks.target(job, phase)
        with self._guard.around("arun_to", beside_loop=True):
            await self._adrive(self._walks.up_to(*target))
        return self.view.next_step == target

    def check_again(self, job: JobRef) -> bool:
        """Call the job's Check once more, and never its Run. Returns whether it passed.

        Once the run is over this starts a new one, of Checks only, of the job and its dependencies.
        Raises NotReadyError while a dependency has not succeeded, or in the middle of an attempt.
        """
        return self._again("check_again", job, acts=False)

    def try_again(self, job: JobRef) -> bool:
        """Make one more attempt at the job, with its tries reset. Returns whether it succeeded.

        Jobs that need it are reset, and tried when the run continues. Once the run is over this starts a new one, of
        the job and its dependencies. Raises NotReadyError as check_again does.
        """
        return self._again("try_again", job, acts=True)

    async def acheck_again(self, job: JobRef) -> bool:
        """Async `check_again`."""
        return await self._aagain("acheck_again", job, acts=False)

    async def atry_again(self, job: JobRef) -> bool:
        """Async `try_again`."""
        return await self._aagain("atry_again", job, acts=True)

    async def _aagain(self, call: str, job: JobRef, *, acts: bool) -> bool:
        name = self.view.name_of(job)
        with self._guard.around(call, beside_loop=True), self._walks.once_more(name, acts=acts) as walk:
            await self._adrive(walk)
        return self.view.state.jobs[name].ok is True

    def _again(self, call: str, job: JobRef, *, acts: bool) -> bool:
        name = self.view.name_of(job)
        with self._guard.around(call), self._walks.once_more(name, acts=acts) as walk:
            drive(walk)
        return self.view.state.jobs[name].ok is True

    def _go_on(self, call: str, goal: Goal) -> None:
        with self._guard.around(call):
            drive(self._walks.to_goal(goal, sweep=True))

    async def _adrive(self, walk: Walk) -> None:
        from dojobber_nb.engine.async_driver import adrive
        from dojobber_nb.engine.worker_thread import WorkerThread

        self._worker = self._worker or WorkerThread()
        await adrive(walk, self._context.requests, self._worker, self._under_way)

    def _under_way(self) -> str:
        """The phase under way as job.phase, their number if there are several, or ""."""
        phases = self.view.state.all_under_way
        return f"{len(phases)} phases" if len(phases) > 1 else "".join(f"{one.job}.{one.phase}" for one in phases)

    # --- what is known ---------------------------------------------------------------------------------------------

    @property
    def state(self) -> RunState:
        """The fold of this run's events: `state.jobs["Fill"].status`, `.attempt`, `.tries`, `.error` …"""
        return self.view.state

    @property
    def events(self) -> EventLog:
        """This run's events, read-only."""
        return self.view.events

    @property
    def next_step(self) -> tuple[str, Phase] | None:
        """(job, phase) that step() would perform, or None when the run is over."""
        return self.view.next_step

    @property
    def paused_at(self) -> Pause | None:
        """Pause(job, phase, reason) where the run has halted, or None."""
        return self.view.paused_at

    @property
    def nodestatus(self) -> dict[str, bool | None]:
        """{job: True, False, or None (untested)}; {} before a run."""
        return self.view.nodestatus

    @property
    def nodeexceptions(self) -> dict[str, BaseException]:
        """{job: the exception of its last failed attempt in this run}."""
        return self.view.nodeexceptions

    @property
    def noderesults(self) -> dict[str, Any]:
        """{job: what its Check returned (of a RunonlyJob: its Run)}, for jobs that succeeded."""
        return self.view.noderesults

    @property
    def storages(self) -> Mapping[str, Storage]:
        """{job: storage dict} of each job's last attempt that failed or was captured; the dicts themselves."""
        return self.view.storages

    @property
    def global_storage(self) -> Storage:
        """The dict that all jobs of this run share; the dict itself."""
        return self.view.global_storage

    def success(self) -> bool:
        """Whether there was a run and all its jobs succeeded."""
        return self.view.success()

    def partial_success(self) -> bool:
        """Whether any job of the run succeeded."""
        return self.view.partial_success()

    def failure(self) -> bool:
        """Whether not all jobs succeeded; before a run, too."""
        return self.view.failure()

    def why(self, job: JobRef) -> str:
        """Why the job has its status, in one sentence."""
        return self.view.why(job)

    def state_at(self, count: int) -> RunState:
        """The state after the first `count` events of this run. Raises EventIndexError if there are fewer."""
        return self.view.state_at(count)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(event)` after each event from now on. Returns a function that unsubscribes it."""
        return self.view.subscribe(listener)


def _recording_in(record: RecordLike | None) -> Recording | None:
    """The writer of that record."""
    if record is None:
        return None
    from dojobber_nb.engine.recording import Recording

    return Recording(record)


def _sleep(seconds: float, wake: WakeFlag) -> None:
    wake.wait(seconds)
