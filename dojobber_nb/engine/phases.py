"""Perform one phase of one job: instance, storage, cwd, exceptions, and what it printed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from dojobber_nb.core.changes import changes, look
from dojobber_nb.core.events import PHASE_STARTED, Interrupted, Phase, PhaseEnded, Row, told
from dojobber_nb.core.graph import Kind, Node
from dojobber_nb.engine.capture import SILENCE
from dojobber_nb.engine.home import Home
from dojobber_nb.engine.setting import Setting
from dojobber_nb.engine.tracebacks import Tracebacks

NOT_CHECKED = "Runonly node check intentionally fails first time."

_CHECK, _RUN, _CLEANUP = Phase.CHECK, Phase.RUN, Phase.CLEANUP
_RUNONLY = Kind.RUNONLY


class Phases:
    """Performs the phases of one run, one at a time.

    `global_storage` is the run's; `storages` has, by job, the dict of the last attempt that failed or was watched.
    """

    def __init__(self, setting: Setting) -> None:
        self.global_storage: dict[Any, Any] = {}
        self.storages: dict[str, dict[Any, Any]] = {}
        self._setting, self._requests, self._clock = setting, setting.requests, setting.clock
        self.began = 0.0
        self._home: Home | None = None
        self._go_home: Callable[[], object] = int
        self._instance: Any = None
        self._ran = _Ran()
        self._due: list[Any] = []  # the instances whose Cleanup is due, in step with RunState.due
        self._tracebacks = Tracebacks()

    def begin(self, elapsed: float = 0.0, due: int = 0) -> None:
        """The run begins, or began `elapsed` seconds ago, in the directory of this moment.

        due: how many Cleanups another process has left, whose instances died with it.
        """
        self.close()
        self._home = Home()
        self._go_home = self._home.go
        self.began = self._clock() - elapsed
        self._due = [None] * due

    def now(self) -> float:
        """Seconds since the run began."""
        return self._clock() - self.began if self._home else 0.0

    def close(self) -> None:
        """Let go of the descriptor of the run's directory."""
        if self._home:
            self._home.close()

    __del__ = close

    def watched(self, node: Node, phase: Phase, attempt: int) -> Row:
        """`perform`, and besides what it printed and what it changed in its storages."""
        capture = self._setting.capture
        assert capture is not None
        job = self._due[-1] if phase is Phase.CLEANUP else None if phase is _CHECK else self._instance
        own, shared = look(_storage_of(job)), look(self.global_storage)
        capture.begin()
        try:
            ended = self.perform(node, phase, attempt)
        finally:
            printed = capture.end()
        self._note_storage(node)
        changed = (
            *changes("storage", own, _storage_of(job or self._instance)),
            *changes("global_storage", shared, self.global_storage),
        )
        if printed is SILENCE and not changed:
            return ended
        return cast("PhaseEnded | Interrupted", told(ended))._replace(**printed._asdict(), changes=changed)

    def sweep(self, nodes: Iterable[Node], rows: list[Row]) -> Row | None:
        """Check one job after the other for the first time, while each passes and nobody asks for anything.

        What it tells is put in `rows`, but for the end event that it stops at: that comes back, if there is one.
        """
        requests, clock, began, check, go_home = self._requests, self._clock, self.began, self._check, self._go_home
        log = rows.append
        try:
            try:
                requests.arm()
                for node in nodes:
                    started = clock()
                    since = started - began
                    log((node.name, "check", 1, since))
                    go_home()
                    result = check(node)
                    ended = node.name, "check", 1, since, clock() - started, True, result
                    if requests.asked:
                        return ended
                    log(ended)
            finally:
                requests.armed = False
        except BaseException as error:  # noqa: BLE001  # as in perform
            if len(rows[-1]) == PHASE_STARTED:
                return self._raised(node, "check", 1, started, error)
            return Interrupted(None, None, 0, self.now(), 0.0, error=error)  # between two of them
        return None

    def perform(self, node: Node, phase: str, attempt: int) -> Row:
        """Call the job code of that phase; what came of it."""
        requests, clock = self._requests, self._clock
        if phase == _RUN and node.has_cleanup:
            self._due.append(self._instance)
        elif phase == _CLEANUP:
            self._instance = self._due.pop()
        started = clock()
        try:
            try:
                self._go_home()
                requests.arm()
                result = _CALLS[phase](self, node)
            finally:
                requests.armed = False
                if requests.threaded:
                    requests.take_back()
        except BaseException as error:  # noqa: BLE001  # SystemExit, pytest outcomes, CancelledError: the phase failed
            return self._raised(node, phase, attempt, started, error)
        return node.name, phase, attempt, started - self.began, clock() - started, True, result

    def _raised(self, node: Node, phase: str, attempt: int, started: float, error: BaseException) -> Row:
        """The end event of a phase that raised."""
        duration = self._clock() - started
        started -= self.began
        if issubclass(type(error), KeyboardInterrupt | GeneratorExit):
            self._requests.took(error)
            return Interrupted(node.name, Phase(phase), attempt, started, duration, error=error)
        if phase == _CHECK and self._instance is None:
            phase = Phase.INIT
        self._note_storage(node)
        text = self._tracebacks.keep(error)
        return PhaseEnded(node.name, Phase(phase), attempt, started, duration, False, None, error, traceback=text)

    # --- calls -----------------------------------------------------------------------------------------------------

    def _check(self, node: Node) -> Any:
        self._instance = None  # tells a failed __init__ from a failed Check
        job: Any = node.job()
        if node.has_init:
            self._go_home()  # it may have gone elsewhere, and the Check begins at home as every phase does
        job.global_storage = self.global_storage
        self._instance = job
        if node.kind is _RUNONLY:
            raise RuntimeError(NOT_CHECKED)
        return job.Check(*self._setting.args, **self._setting.kwargs)

    def _run(self, node: Node) -> Any:
        if node.kind is not _RUNONLY:
            return self._instance.Run(*self._setting.args, **self._setting.kwargs)
        return self._run_only()

    def _run_only(self) -> Any:
        self._ran = _Ran()
        try:
            self._ran.result = self._instance.Run(*self._setting.args, **self._setting.kwargs)
        except BaseException as error:
            self._ran.error = error
            raise
        return self._ran.result

    def _recheck(self, node: Node) -> Any:
        if node.kind is not _RUNONLY:
            return self._instance.Check(*self._setting.args, **self._setting.kwargs)
        if self._ran.error is not None:
            raise self._ran.error
        return self._ran.result

    def _cleanup(self, node: Node) -> Any:
        if self._instance is None:  # it died with its process
            self._instance = node.job()
            self._instance.global_storage = self.global_storage
        return self._instance.Cleanup()

    # --- what is kept ----------------------------------------------------------------------------------------------

    def _note_storage(self, node: Node) -> None:
        """Keep the attempt's storage in reach, if it made one: for failures, and while somebody watches."""
        storage = _storage_of(self._instance)
        if storage is not None:
            self.storages[node.name] = storage


_CALLS: dict[str, Callable[[Phases, Node], Any]] = {
    Phase.CHECK: Phases._check,
    Phase.RUN: Phases._run,
    Phase.RECHECK: Phases._recheck,
    Phase.CLEANUP: Phases._cleanup,
}


def _storage_of(job: object) -> Any:
    """Its storage, if it has made one; asked for without code of its own."""
    try:
        return object.__getattribute__(job, "__dict__").get("storage")
    except AttributeError:  # it made itself into something else
        return None


class _Ran:
    """What the Run of a RunonlyJob came to: its Recheck says it again."""

    result: Any = None
    error: BaseException | None = None
