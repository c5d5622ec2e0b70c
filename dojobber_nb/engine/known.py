"""Known: what can be read of a runner at any moment and from any thread. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dojobber_nb.core.errors import NotConfiguredError
from dojobber_nb.core.events import EventLog, Phase
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.jobstate import NOTHING, JobState
from dojobber_nb.core.schedule import next_step
from dojobber_nb.core.shown import Shown, raised
from dojobber_nb.core.state import RunState
from dojobber_nb.core.why import why
from dojobber_nb.engine.breakpoints import Pause
from dojobber_nb.engine.run import Run


class Known:
    """The graph of a runner and its one run, as they stand."""

    read_only = False  # whether it can but be looked at
    by_heart = False  # whether the storages themselves are elsewhere: what is known of them is what events tell

    def __init__(self) -> None:
        self._graph: JobGraph | None = None
        self._one_run: Run | None = None

    @property
    def whose(self) -> str:
        """Who runs it and on which host, as user@host."""
        from dojobber_nb.record.about import here

        return here()

    @property
    def note(self) -> str:
        """What there is to say of it besides what its state says."""
        return ""

    @property
    def configured(self) -> JobGraph:
        """The whole graph: that of this run may be a part of it, a job and what it needs."""
        return self._jobs

    @property
    def next_step(self) -> tuple[str, Phase] | None:
        """(job, phase) that step() would take, or None when the run is over."""
        step = next_step(self._run.state)
        return step and (step[0].name, step[1])

    @property
    def state(self) -> RunState:
        """The fold of this run's events."""
        return self._run.state

    @property
    def events(self) -> EventLog:
        """This run's events, read-only."""
        return EventLog(self._run.rows)

    @property
    def watches(self) -> Sequence[tuple[int, bool]]:
        """(from which event on, whether what phases changed was noted), in order; empty where nobody can say."""
        return tuple(self._run.watches)

    def state_at(self, count: int) -> RunState:
        """The state after the first `count` events of this run: a look back, which calls no job."""
        past = RunState(self.state.graph)
        past.fold(self._run.rows[: max(count, 0)])
        return past

    @property
    def paused_at(self) -> Pause | None:
        """Where the run halted and why, while it stands there."""
        halt = self._run.paused_at
        return halt if halt and halt[:2] == self.next_step else None

    @property
    def nodestatus(self) -> dict[str, bool | None]:
        """{job: True, False, or None (untested)}; {} before a run."""
        return self._one_run.state.nodestatus if self._one_run else {}

    @property
    def nodeexceptions(self) -> dict[str, BaseException]:
        """{job: the exception its last failed attempt in this run ended with}."""
        return Shown({job.name: job.error for job in self._job_states() if job.error is not None}, raised)

    @property
    def noderesults(self) -> dict[str, Any]:
        """{job: what its Check (of a RunonlyJob: its Run) returned}, of those that succeeded."""
        return Shown({job.name: job.result for job in self._job_states() if job.result is not NOTHING})

    @property
    def global_storage(self) -> dict[Any, Any]:
        """The dict that all jobs of this run share, itself."""
        return self._run.phases.global_storage

    @property
    def storages(self) -> Mapping[str, dict[Any, Any]]:
        """{job: its storage dict, itself}, of the last attempt that failed or was watched."""
        return self._run.phases.storages

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

    @property
    def _jobs(self) -> JobGraph:
        if self._graph is None:
            raise NotConfiguredError
        return self._graph

    @property
    def _run(self) -> Run:
        if self._one_run is None:
            raise NotConfiguredError
        return self._one_run

    def _job_states(self) -> Iterable[JobState]:
        return self._one_run.state.jobs.values() if self._one_run else ()

    def _name(self, job: object) -> str:
        """The name of a job given as class or name; UnknownJobError when it is not in the graph."""
        name = job.__name__ if isinstance(job, type) else str(job)
        return self._graph[name].name if self._graph else name
