"""Phases: calls job code. Instance, storage, working directory, exceptions and output of each phase."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Final, cast

from dojobber_nb.core.errors import CaptureError, DoJobberError
from dojobber_nb.core.events import Interrupted, Phase, PhaseEnded
from dojobber_nb.core.graph import JobKind, Node
from dojobber_nb.core.job_methods import checked_result
from dojobber_nb.core.log_rows import LogRow, attempt_of, event_of, is_phase_start, job_of, passed_row, started_row
from dojobber_nb.core.storage_diff import storage_changes, storage_snapshot
from dojobber_nb.engine.capture import NO_OUTPUT
from dojobber_nb.engine.descriptors import STANDARD
from dojobber_nb.engine.engine_context import EngineContext
from dojobber_nb.engine.forked_child import end_child, process
from dojobber_nb.engine.signals import SIGINT, SignalHandlers, handler_of
from dojobber_nb.engine.stream_router import tell_closed
from dojobber_nb.engine.thread_advice import advise
from dojobber_nb.engine.tracebacks import TRACEBACK, Tracebacks
from dojobber_nb.engine.working_directory import WorkingDirectory, no_directory

NOT_CHECKED = "Runonly node check intentionally fails first time."

_CHECK, _RUN, _CLEANUP = Phase.CHECK, Phase.RUN, Phase.CLEANUP
_RUNONLY = JobKind.RUNONLY


class Phases:
    """Performs the phases of one run, one at a time.

    `global_storage` is the run's; `storages` has, by job, the dict of the last attempt that failed or was captured.
    """

    def __init__(self, context: EngineContext) -> None:
        self.global_storage: dict[Any, Any] = {}
        self.storages: dict[str, dict[Any, Any]] = {}
        self._context, self._requests, self._clock = context, context.requests, context.clock
        self.began = 0.0
        self._directory: WorkingDirectory | None = None
        self._enter_directory: Callable[[], object] = no_directory
        self._instance: Any = None
        self._run_outcome = _RunOutcome()
        self.called = False  # whether the job code of the last phase was called
        self.printed = NO_OUTPUT  # output of the last phase, once it has ended
        self._due: dict[tuple[str, int], Any] = {}  # by (job, attempt), the instances whose Cleanup is due
        self._tracebacks = Tracebacks()

    def begin(self, elapsed: float = 0.0, due: Iterable[tuple[str, int]] = ()) -> None:
        """Start the clock of the run, `elapsed` seconds ago, in the current directory.

        due: (job, attempt) of Cleanups left by a process that died; their instances died with it.
        """
        self.close()
        self._directory = WorkingDirectory(self._context.directory)
        self._enter_directory = self._directory.enter
        self.began = self._clock() - elapsed
        self._due = dict.fromkeys(due)

    def share(self, run_phases: Phases) -> None:
        """Share what all attempts of the run have in common, and continue the attempt that is open there, if any."""
        self._instance, self._run_outcome = run_phases._instance, run_phases._run_outcome
        self.global_storage, self.storages = run_phases.global_storage, run_phases.storages
        self._due, self._tracebacks, self.began = run_phases._due, run_phases._tracebacks, run_phases.began

    def now(self) -> float:
        """Seconds since the run began."""
        return self._clock() - self.began if self._directory else 0.0

    def close(self) -> None:
        """Close the descriptor of the run's directory."""
        if self._directory:
            self._directory.close()

    __del__ = close

    def perform_captured(self, node: Node, phase: Phase, attempt: int) -> LogRow:
        """Perform the phase and capture its output and its changes of storage."""
        capture = self._context.capture
        assert capture is not None
        due = self._due.get((node.name, attempt))
        job = due if phase is Phase.CLEANUP else None if phase is _CHECK else self._instance
        own, shared = storage_snapshot(_storage_of(job)), storage_snapshot(self.global_storage)
        with _capture_faults(node.name, phase, self._requests.signals):
            capture.begin(node.name)
            try:
                ended = self._context.around_phase(partial(self.perform, node, phase, attempt), capture.say)
            finally:
                self.printed = printed = capture.end()
        self._keep_storage(node)
        changed = (
            *storage_changes("storage", own, _storage_of(job or self._instance)),
            *storage_changes("global_storage", shared, self.global_storage),
        )
        if printed is NO_OUTPUT and not changed:
            return ended
        return cast("PhaseEnded | Interrupted", event_of(ended))._replace(**printed._asdict(), changes=changed)

    def sweep(self, nodes: Iterable[Node], rows: list[LogRow]) -> LogRow | None:
        """Call the first Check of one job after the other, while all pass and no request comes.

        Appends to `rows`, except the end event that it stops at, which it returns; None if it got through.
        """
        # The rows are made here, as a call of started_row and passed_row would cost each job 100 ns.
        requests, clock, began, check, enter_directory = (
            self._requests,
            self._clock,
            self.began,
            self._check,
            self._enter_directory,
        )
        on_sigint = requests.signals.on_sigint
        log, here = rows.append, process.here
        try:
            try:
                requests.arm()
                for node in nodes:
                    started = clock()
                    since = started - began
                    log((node.name, "check", 1, since))
                    try:
                        enter_directory()
                    except OSError:
                        enter_directory = self._recover_directory(self._instance)
                    self._instance = None
                    result = check(node)
                    if process.here is not here:
                        end_child(f"{node.name}.check")
                    ended = node.name, "check", 1, since, clock() - started, True, result
                    if handler_of(SIGINT) is not on_sigint:
                        requests.signals.restore_sigint(node.name)
                    if requests.asked:
                        return ended
                    log(ended)
            finally:
                requests.armed = False
        except BaseException as error:  # noqa: BLE001  # as in perform
            if process.here is not here:
                end_child(f"{node.name}.check", error)
            if self._is_of_job(error):
                return self._failure(node, "check", 1, started, error)
            return self._interrupted_in_sweep(rows[-1], error)
        return None

    def _interrupted_in_sweep(self, last: LogRow, error: BaseException) -> Interrupted:
        """The end event of a sweep that was interrupted in its own code; any other error is raised."""
        if not isinstance(error, KeyboardInterrupt):
            raise error
        self._requests.delivered(error)
        if is_phase_start(last):
            return Interrupted(job_of(last), Phase.CHECK, attempt_of(last), self.now(), 0.0, error=error)
        return Interrupted(None, None, 0, self.now(), 0.0, error=error)

    def _recover_directory(self, job: object) -> Callable[[], object]:
        """Enter the run's directory, whose descriptor a job has closed. Returns the new function that enters it."""
        assert self._directory is not None
        closed = self._directory.recover()
        if STANDARD.restore_if_changed() or closed:
            tell_closed("Something" if job is None else type(job).__name__)
        self._enter_directory = self._directory.enter
        return self._enter_directory

    def perform(self, node: Node, phase: str, attempt: int) -> LogRow:
        """Call the job code of the phase. Returns its end event."""
        requests, clock, here = self._requests, self._clock, process.here
        self._prepare(node, phase, attempt)
        started = clock()
        try:
            try:
                requests.arm()
                self.called = True
                result = _CALLS[phase](self, node)
            finally:
                requests.armed = False
                if requests.threaded:
                    requests.disarm()
        except BaseException as error:  # SystemExit, pytest outcomes, CancelledError: the phase failed
            if process.here is not here:
                end_child(f"{node.name}.{phase}", error)
            if not (self._is_of_job(error) or isinstance(error, KeyboardInterrupt)):
                raise
            return self._failure(node, phase, attempt, started, error)
        finally:
            requests.signals.restore_sigint(node.name)
        if process.here is not here:
            end_child(f"{node.name}.{phase}")
        duration = clock() - started
        return passed_row(started_row(node.name, phase, attempt, started - self.began), duration, result)

    def _is_of_job(self, error: BaseException) -> bool:
        """Whether the job raised it, not the engine or a signal handler of the caller."""
        return _is_of_job_code(error) and not self._requests.signals.raised(error)

    def _prepare(self, node: Node, phase: str, attempt: int) -> None:
        """Enter the run's directory, and set the instance that the phase is called on."""
        try:
            self._enter_directory()
        except OSError:
            self._recover_directory(self._instance)
        if phase == _RUN and node.has_cleanup:
            self._due[node.name, attempt] = self._instance
        elif phase == _CLEANUP:
            self._instance = self._due[node.name, attempt]
        elif phase == _CHECK:
            self._instance = None  # tells a failed __init__ from a failed Check

    def _failure(self, node: Node, phase: str, attempt: int, started: float, error: BaseException) -> LogRow:
        """The end event of a phase that raised."""
        duration = self._clock() - started
        started -= self.began
        if issubclass(type(error), KeyboardInterrupt | GeneratorExit):
            self._requests.delivered(error)
            return Interrupted(
                node.name, Phase(phase), attempt, started, duration, error=error, called=_is_of_job_code(error)
            )
        if phase == _CHECK and self._instance is None:
            phase = Phase.INIT
        self._keep_storage(node)
        advise(error)
        text = self._tracebacks.keep(error)
        return PhaseEnded(node.name, Phase(phase), attempt, started, duration, False, None, error, traceback=text)

    # --- calls -----------------------------------------------------------------------------------------------------

    def _check(self, node: Node) -> Any:
        job: Any = node.job()
        if node.has_init:
            try:
                self._enter_directory()
            except OSError:
                self._recover_directory(
                    job
                )  # it may have gone elsewhere, and the Check begins at home as every phase does
        job.global_storage = self.global_storage
        self._instance = job
        if node.kind is _RUNONLY:
            raise RuntimeError(NOT_CHECKED)
        result = job.Check(*self._context.args, **self._context.kwargs)
        return result if result is None else checked_result(result, node.name, "Check")

    def _run(self, node: Node) -> Any:
        if node.kind is _RUNONLY:
            return self._run_only(node)
        return checked_result(self._instance.Run(*self._context.args, **self._context.kwargs), node.name, "Run")

    def _run_only(self, node: Node) -> Any:
        self._run_outcome = _RunOutcome()
        try:
            result = self._instance.Run(*self._context.args, **self._context.kwargs)
            self._run_outcome.result = checked_result(result, node.name, "Run")
        except BaseException as error:
            self._run_outcome.error = error
            raise
        return self._run_outcome.result

    def _recheck(self, node: Node) -> Any:
        if node.kind is not _RUNONLY:
            return checked_result(self._instance.Check(*self._context.args, **self._context.kwargs), node.name, "Check")
        if self._run_outcome.error is not None:
            raise self._run_outcome.error
        return self._run_outcome.result

    def _cleanup(self, node: Node) -> Any:
        if self._instance is None:  # the instance died with its process
            self._instance = node.job()
            self._instance.global_storage = self.global_storage
        return checked_result(self._instance.Cleanup(), node.name, "Cleanup")

    # --- what is kept ----------------------------------------------------------------------------------------------

    def _keep_storage(self, node: Node) -> None:
        """Keep the attempt's storage, if it has one: of failures, and while phases are captured."""
        storage = _storage_of(self._instance)
        if storage is not None:
            self.storages[node.name] = storage


_CALLS: dict[str, Callable[[Phases, Node], Any]] = {
    Phase.CHECK: Phases._check,
    Phase.RUN: Phases._run,
    Phase.RECHECK: Phases._recheck,
    Phase.CLEANUP: Phases._cleanup,
}


_CALLED_AT: Final = frozenset(call.__code__ for call in _CALLS.values())


def _is_of_job_code(error: BaseException) -> bool:
    """Whether job code raised it, not the engine's own code around the call."""
    frames = TRACEBACK.__get__(error)
    below = frames and frames.tb_next
    return below is not None and below.tb_frame.f_code in _CALLED_AT


@contextlib.contextmanager
def _capture_faults(job: str, phase: Phase, signals: SignalHandlers) -> Iterator[None]:
    """Raise an OSError of capturing as CaptureError; one that a signal handler raised stays as it is."""
    try:
        yield
    except OSError as error:
        if error.errno is None or isinstance(error, DoJobberError) or signals.raised(error):
            raise
        raise CaptureError(job, phase, error) from error


def _storage_of(job: object) -> Any:
    """The storage of a job, if it has one; without calling code of the job."""
    try:
        return object.__getattribute__(job, "__dict__").get("storage")
    except AttributeError:  # its __dict__ is gone
        return None


class _RunOutcome:
    """Result or error of a RunonlyJob's Run, which its Recheck repeats."""

    result: Any = None
    error: BaseException | None = None
