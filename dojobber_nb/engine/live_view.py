"""LiveRunView: the read API of a runner's current run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from dojobber_nb.core.errors import NotConfiguredError
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.log_rows import LogRow
from dojobber_nb.core.run_view import Listener, Pause, RunView, Storage, once
from dojobber_nb.core.state import RunState
from dojobber_nb.engine.capture import Output
from dojobber_nb.engine.engine_context import EngineContext
from dojobber_nb.engine.run import Run

if TYPE_CHECKING:
    from dojobber_nb.record.recorded_run import RecordedRun


class LiveRunView(RunView):
    """Reads the current run of a runner. Raises NotConfiguredError before configure()."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context
        self._run: Run | None = None

    @property
    def run(self) -> Run:
        """The run; NotConfiguredError before there is a graph."""
        if self._run is None:
            raise NotConfiguredError
        return self._run

    def show(self, run: Run) -> None:
        """Switch to that run."""
        if self._run:
            self._run.phases.close()
        self._run = run

    @property
    def is_configured(self) -> bool:
        """Whether there is a graph."""
        return self._run is not None

    @property
    def configured(self) -> JobGraph:
        """The whole graph. That of the run may be a part of it: one job and its dependencies."""
        if self._context.config.graph is None:
            raise NotConfiguredError
        return self._context.config.graph

    @property
    def rows(self) -> list[LogRow]:
        """The rows of the event log."""
        return self.run.rows

    @property
    def state(self) -> RunState:
        """The fold of the events."""
        return self.run.state

    @property
    def storages(self) -> Mapping[str, Storage]:
        """{job: storage dict} of each job's last attempt that failed or was captured; the dicts themselves."""
        return self.run.phases.storages

    @property
    def global_storage(self) -> Storage:
        """The dict that all jobs of this run share; the dict itself."""
        return self.run.phases.global_storage

    @property
    def watches(self) -> Sequence[tuple[int, bool]]:
        """As RunView.watches."""
        return tuple(self.run.watches)

    @property
    def whose(self) -> str:
        """Who runs it and on which host, as user@host."""
        from dojobber_nb.record.run_metadata import here

        return here()

    @property
    def going_on(self) -> str:
        """The name of the call under way, or ""."""
        return self._context.call

    @property
    def paused_at(self) -> Pause | None:
        """Pause(job, phase, reason) where the run has halted, or None."""
        halt = self.run.paused_at
        return halt if halt and halt[:2] == self.next_step else None

    @property
    def no_act(self) -> bool:
        """Whether only Checks are called, from the next step on."""
        asked = self._context.requests.no_act
        return self.run.state.no_act if asked is None else asked

    @property
    def nodestatus(self) -> dict[str, bool | None]:
        """{job: True, False, or None (untested)}; {} before a run."""
        return self.run.state.nodestatus if self.is_configured else {}

    def _job_states(self) -> Iterable[JobState]:
        return self.run.state.jobs.values() if self.is_configured else ()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(event)` after each event from now on. Returns a function that ends it."""
        self._context.requests.ask()  # ends a sweep, which calls no listeners
        return self._context.listeners.subscribe(listener)

    def watch(self) -> Callable[[], None]:
        """Capture the output of phases from the next call on. Returns a function that ends it."""
        self._context.watchers += 1
        self._context.requests.ask()
        return once(self._unwatch)

    def _unwatch(self) -> None:
        self._context.watchers -= 1

    def output_so_far(self, job: str = "") -> Output:
        """Output of the phase under way, of several that of the job; empty if it is not captured. From any thread."""
        attempt = self.run.attempts.get(job)
        capture = attempt.capture if attempt else self._context.capture
        return capture.so_far() if capture else Output()

    def left_behind(self) -> RecordedRun | None:
        """The recorded run that resume() would continue: interrupted, and not continued by anybody."""
        if self._context.recording is None:
            return None
        from dojobber_nb.engine.resume_lookup import has_ended, last_run

        run = last_run(self._context.recording.record, self.configured.root.name)
        return run if run and run.interrupted and not has_ended(run) else None
