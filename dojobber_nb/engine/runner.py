"""Runner: configure, step, run, listen."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Concatenate, NoReturn, ParamSpec, TypeVar, cast

from dojobber_nb.core.arguments import plain_arguments
from dojobber_nb.core.errors import NotCopiedError, OptionError
from dojobber_nb.core.events import Phase, PhaseEnded
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.schedule import next_step
from dojobber_nb.core.shown import Shown
from dojobber_nb.engine.drive import Walk, drive
from dojobber_nb.engine.lines import log, log_from, printer
from dojobber_nb.engine.wake import Wake
from dojobber_nb.engine.walks import Walks

if TYPE_CHECKING:
    from dojobber_nb.engine.recording import Recording, RecordLike
    from dojobber_nb.engine.worker import Worker

_P = ParamSpec("_P")
_S = TypeVar("_S")


def _with_options(configure: Callable[Concatenate[_S, _P], None]) -> Callable[Concatenate[_S, _P], None]:
    """What was not given to configure comes from the options of the constructor."""
    signature = inspect.signature(configure)
    options = list(signature.parameters)[2:]  # after self and root

    @wraps(configure)
    def filled(self: Any, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        for name in kwargs:
            if name not in signature.parameters:
                raise OptionError(name, options)
        given: dict[str, Any] = signature.bind(self, *args, **kwargs).arguments
        cast("Callable[..., None]", configure)(**{**self._options, **given})

    return cast("Callable[Concatenate[_S, _P], None]", filled)


class Runner(Walks):
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
        super().__init__(clock, sleep or _sleep)
        log_from(dojobber_loglevel)
        known = [name for name in inspect.signature(self.configure).parameters if name != "root"]
        for name in options:
            if name not in known:
                raise OptionError(name, known)
        self._options = options
        self._worker: Worker | None = None
        self._args: tuple[Any, ...] = ()
        self._kwargs = Shown[Any]({})

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        raise NotCopiedError(type(self).__name__)

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
            recording = _recording_in(record)
            loud = verbose or debug or any(node.has_cleanup for node in graph)
            self._setting.audience.print_with(printer(verbose=verbose, debug=debug) if loud else None)
            self._setting.cleanup, self._capture = bool(cleanup), capture
            self._graph, self._setting.root = graph, graph.root.name
            self._record_with(recording)
            self._renew(graph, no_act=bool(no_act))

    def set_args(self, *args: Any, **kwargs: Any) -> None:
        """Take the arguments that every Check and Run gets, from the next phase on; of a secret the plain value.

        A dict, list or tuple with a secret in it, at any depth, reaches jobs as a copy with the plain value, all else
        as it is. Raises SecretError for a secret inside anything else, and for a text that holds the mark of one.
        """
        plain = plain_arguments(args, kwargs)
        self._args, self._kwargs = args, Shown(kwargs)
        self._setting.args, self._setting.kwargs = plain
        self._scrub_names()

    def _scrub_names(self) -> None:
        """Have no secret that has become known in the names of jobs, unless their run has begun."""
        if self._graph and not self._run.state.started and (graph := self._graph.scrubbed()) is not self._graph:
            self._graph, self._setting.root = graph, graph.root.name
            self.breakpoints.rename()
            self._renew(graph, no_act=self._run.state.no_act)

    @property
    def args(self) -> tuple[Any, ...]:
        """The positional arguments that every Check and Run gets, secrets as such."""
        return self._args

    @property
    def kwargs(self) -> Mapping[str, Any]:
        """The named arguments that every Check and Run gets, secrets as such, read-only."""
        return MappingProxyType(self._kwargs)

    def _record_with(self, recording: Recording | None) -> None:
        """Write with that from now on."""
        before, self._setting.recording = self._setting.recording, recording
        if before:
            before.leave()
            before.close()

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
            await self._adrive(self._walk(goal, halt_on_failure=halt_on_failure))
        self._raise_cleanup_errors()

    def cleanup(self) -> None:
        """Call the Cleanups that are due, now, the newest first; the run is over. Raises CleanupErrors."""
        self._go_on("cleanup", "cleanup")
        self._raise_cleanup_errors()

    def resume(self, rerun: Iterable[object] = (), done: Iterable[object] = ()) -> None:
        """Take up the last run of this graph in the record, whose process died, and go on as run() does.

        What had succeeded is checked again; a RunonlyJob that had is trusted. rerun: jobs to be tried afresh, or run
        again, whatever the record says; done: RunonlyJobs whose Run is known to have been done. Of a run that had
        ended all is checked and nothing run, unless jobs are named in `rerun`; with nothing recorded it is checknrun().
        A dry run since does not count. What somebody should know is told on stderr, what is otherwise with the graph as
        a warning. Raises InDoubtError and JobCrashedError, before anything is called, when a person has to decide;
        NotReadyError for a job of `rerun` while its run goes on here; and CleanupErrors.
        """
        wish = self._wish(rerun, done)
        if self._is_its_own():
            self._refuse_rerun(wish)
            return self.run()
        with self._call("resume"), self._taken_up(wish) as walk:
            drive(walk)
        return self._raise_cleanup_errors()

    async def aresume(
        self, rerun: Iterable[object] = (), done: Iterable[object] = (), *, halt_on_failure: bool = False
    ) -> None:
        """`resume` beside an event loop, as `arun` is `run`; for a run that has not begun here."""
        wish = self._wish(rerun, done)
        with self._call("aresume", beside_loop=True), self._taken_up(wish, halt_on_failure=halt_on_failure) as walk:
            await self._adrive(walk)
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
            await self._adrive(self._walk_to(*target))
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
            await self._adrive(walk)
        return self._run.state.jobs[name].ok is True

    def _again(self, call: str, job: object, *, acts: bool) -> bool:
        name = self._name(job)
        with self._call(call), self._begun_again(name, acts=acts) as walk:
            drive(walk)
        return self._run.state.jobs[name].ok is True

    def _go_on(self, call: str, goal: str) -> None:
        with self._call(call):
            drive(self._walk(goal, sweep=True))

    async def _adrive(self, walk: Walk) -> None:
        from dojobber_nb.engine.beside import adrive
        from dojobber_nb.engine.worker import Worker

        self._worker = self._worker or Worker()
        await adrive(walk, self._setting.requests, self._worker, self._under_way)

    def _under_way(self) -> str:
        """The phase under way as job.phase, or ""."""
        phase = self._run.state.under_way
        return f"{phase.job}.{phase.phase}" if phase else ""


def _recording_in(record: RecordLike | None) -> Recording | None:
    """What writes into that record."""
    if record is None:
        return None
    from dojobber_nb.engine.recording import Recording

    return Recording(record)


def _sleep(seconds: float, wake: Wake) -> None:
    wake.wait(seconds)
