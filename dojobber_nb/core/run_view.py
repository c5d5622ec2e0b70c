"""RunView: the read API of a run. The views, the widgets and the report take one, and cannot tell which kind it is.

It has two implementations: LiveRunView (engine), the run of a DoJobber as it goes on, and PastRun (below), a run that
is read from its events. Reading changes nothing, calls no job, and is allowed at any moment and from any thread.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from dojobber_nb.core.events import Event, Phase
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.job import JobRef
from dojobber_nb.core.jobstate import NOTHING, JobState
from dojobber_nb.core.log_rows import EventLog, LogRow
from dojobber_nb.core.redacted_repr import RedactedDict, raised
from dojobber_nb.core.schedule import next_step
from dojobber_nb.core.state import RunState
from dojobber_nb.core.why import why

Listener = Callable[[Event], object]
Storage = dict[Any, Any]


class Pause(NamedTuple):
    """A halt: the step that is next, and the reason in words."""

    job: str
    phase: Phase
    reason: str


class RunView(ABC):
    """What can be read of a run."""

    # --- for an implementation to define -----------------------------------------------------------------------------

    @property
    @abstractmethod
    def configured(self) -> JobGraph:
        """The configured graph; that of the run may be a part of it. NotConfiguredError if there is none."""

    @property
    @abstractmethod
    def rows(self) -> list[LogRow]:
        """The events as rows of the log."""

    @property
    @abstractmethod
    def state(self) -> RunState:
        """The fold of the events."""

    @property
    @abstractmethod
    def storages(self) -> Mapping[str, Storage] | None:
        """{job: the storage dict itself}, of the last attempt that failed or was watched; None if not known."""

    @property
    @abstractmethod
    def global_storage(self) -> Storage:
        """The dict that all jobs of the run share, itself."""

    @property
    @abstractmethod
    def watches(self) -> Sequence[tuple[int, bool]]:
        """(index of an event, whether phases were watched from there on), in order; empty if not known."""

    @property
    @abstractmethod
    def whose(self) -> str:
        """The user and host of the run, as user@host."""

    # --- for an implementation to override ---------------------------------------------------------------------------

    @property
    def note(self) -> str:
        """A sentence about the run that its state does not say, or ""."""
        return ""

    @property
    def going_on(self) -> str:
        """The name of the call under way, or ""."""
        return ""

    @property
    def paused_at(self) -> Pause | None:
        """Where the run halted and why; None while it goes on."""
        return None

    @property
    def no_act(self) -> bool:
        """Whether only Checks are called."""
        return self.state.no_act

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener(event)` after each event from now on; returns a function that unsubscribes it."""
        return _nothing

    def watch(self) -> Callable[[], None]:
        """Capture output and storage changes from the next call on; returns a function that ends it."""
        return _nothing

    # --- derived from these ------------------------------------------------------------------------------------------

    @property
    def next_step(self) -> tuple[str, Phase] | None:
        """The next step as (job, phase), or None when the run is over."""
        step = next_step(self.state)
        return step and (step[0].name, step[1])

    @property
    def events(self) -> EventLog:
        """The events so far, read-only."""
        return EventLog(self.rows)

    def state_at(self, count: int) -> RunState:
        """The state after the first `count` events. EventIndexError if there are fewer."""
        return RunState.after(self.state.graph, self.rows, count)

    @property
    def nodestatus(self) -> dict[str, bool | None]:
        """{job: True, False, or None (untested)}; {} before a run."""
        return self.state.nodestatus

    @property
    def nodeexceptions(self) -> dict[str, BaseException]:
        """{job: the exception that ended its last failed attempt in this run}."""
        return RedactedDict({job.name: job.error for job in self._job_states() if job.error is not None}, raised)

    @property
    def noderesults(self) -> dict[str, Any]:
        """{job: what its Check returned (its Run, for a RunonlyJob)}, of the jobs that succeeded."""
        return RedactedDict({job.name: job.result for job in self._job_states() if job.result is not NOTHING})

    def success(self) -> bool:
        """Whether there was a run and all of its jobs succeeded."""
        status = self.nodestatus
        return bool(status) and all(status.values())

    def partial_success(self) -> bool:
        """Whether any job of the run succeeded."""
        return any(self.nodestatus.values())

    def failure(self) -> bool:
        """Whether any job has not succeeded; True before a run."""
        return not self.success()

    def why(self, job: JobRef) -> str:
        """Why the job has its status, in one sentence."""
        return why(self.state, self.name_of(job))

    def name_of(self, job: JobRef) -> str:
        """The name of a job given as class or name; UnknownJobError when it is not in the graph."""
        return self.configured[_name(job)].name

    def _job_states(self) -> Iterable[JobState]:
        return self.state.jobs.values()


class PastRun(RunView):
    """A run that is read from its events: a past run, one of another process, or a copy of a run at a moment.

    storages, global_storage: their contents at the end, if known (else None).
    """

    def __init__(
        self,
        graph: JobGraph,
        rows: Iterable[LogRow],
        *,
        no_act: bool = False,
        storages: Mapping[str, Storage] | None = None,
        global_storage: Mapping[Any, Any] | None = None,
        watches: Iterable[tuple[int, bool]] = (),
        whose: str = "",
    ) -> None:
        self._rows, self._whose = list(rows), whose
        self._state, self._folded = RunState(graph, no_act=no_act), 0
        self._lock = threading.Lock()  # a followed run grows on another thread
        self._storages = None if storages is None else dict(storages)
        self._global_storage = dict(global_storage or {})
        self._watches = tuple(watches)
        self._note, self._paused_at = "", cast("Pause | None", None)

    @classmethod
    def of(cls, run: RunView) -> PastRun:
        """A copy of the run at this moment; the run may go on."""
        state, rows = run.state, tuple(run.rows)
        held: dict[str, Any] = {"storages": run.storages, "global_storage": run.global_storage}
        kept = PastRun(state.graph, rows, no_act=state.no_act, watches=run.watches, whose=run.whose, **held)
        kept._paused_at, kept._note = run.paused_at, run.note
        return kept

    @property
    def configured(self) -> JobGraph:
        """The graph of the run."""
        return self._state.graph

    @property
    def rows(self) -> list[LogRow]:
        """The events as rows of the log."""
        return self._rows

    @property
    def state(self) -> RunState:
        """The fold of the events."""
        with self._lock:
            new = self._rows[self._folded :]
            self._folded += len(new)
            self._state.fold(new)
            return self._state

    @property
    def storages(self) -> Mapping[str, Storage] | None:
        """Contents of the storages at the end; None if not known."""
        return self._storages

    @property
    def global_storage(self) -> Storage:
        """Contents of global_storage at the end, if known."""
        return self._global_storage

    @property
    def watches(self) -> Sequence[tuple[int, bool]]:
        """As RunView.watches."""
        return self._watches

    @property
    def whose(self) -> str:
        """The user and host of the run, as user@host."""
        return self._whose

    @property
    def note(self) -> str:
        """A sentence about the run that its state does not say, or ""."""
        return self._note

    @property
    def paused_at(self) -> Pause | None:
        """Where the run halted and why."""
        return self._paused_at


def once(undo: Callable[[], object]) -> Callable[[], None]:
    """A function that calls `undo` the first time, and does nothing afterwards."""
    left = [undo]

    def undo_once() -> None:
        if left:
            left.pop()()

    return undo_once


def _nothing() -> None:
    """Unsubscribe from a run that has no more events."""


def _name(job: JobRef) -> str:
    return job.__name__ if isinstance(job, type) else str(job)
