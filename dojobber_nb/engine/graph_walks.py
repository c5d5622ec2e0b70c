"""GraphWalks: makes the runs of a runner, and the walk of each call."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final

from dojobber_nb.core.errors import NotReadyError, NotRecordedError, UnknownGoalError
from dojobber_nb.core.events import Phase
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.job import JobRef
from dojobber_nb.core.job_methods import refuse_unfit_arguments
from dojobber_nb.core.schedule import next_step
from dojobber_nb.core.state import RunState
from dojobber_nb.core.why import listed, waits_for
from dojobber_nb.engine.breakpoints import step_phase
from dojobber_nb.engine.call_guard import CallGuard
from dojobber_nb.engine.driver import Walk
from dojobber_nb.engine.engine_context import EngineContext
from dojobber_nb.engine.live_view import LiveRunView
from dojobber_nb.engine.run import Run
from dojobber_nb.engine.run_walk import Until, stop_and_clean_up, walk
from dojobber_nb.engine.stop_conditions import GOALS, attempt_is_over, has_reached, no_walk

if TYPE_CHECKING:
    from dojobber_nb.engine.recording import Recording
    from dojobber_nb.engine.resumption import ResumeOptions, Resumption


TOGETHER: Final = frozenset({"run", "pass"})  # goals with many attempts at once; a step or an attempt is one
NO_OPTIONS: Final = dict.fromkeys(("fresh", "sweep", "halt_on_failure"), False)


class GraphWalks:
    """Each method makes the walk of one call; a driver performs it."""

    def __init__(self, context: EngineContext, view: LiveRunView, guard: CallGuard) -> None:
        self._context, self._view, self._guard = context, view, guard

    @property
    def _run(self) -> Run:
        return self._view.run

    def new_run(self, graph: JobGraph, *, no_act: bool) -> Run:
        """Replace the current run by a new one of that graph, not yet begun."""
        if self._context.recording:
            self._context.recording.end_run()
        run = Run(graph, self._context, no_act=no_act)
        self._view.show(run)
        return run

    @contextlib.contextmanager
    def from_the_start(self, graph: JobGraph) -> Iterator[Walk]:
        """The walk of a whole new run. An interrupt stops the run and calls its Cleanups."""
        self._refuse_unfit_arguments(graph)
        run = self.new_run(graph, no_act=self._run.state.no_act)
        self._guard.begun = 0
        run.begin()
        try:
            yield self._walk_many(run, fresh=True, sweep=True)
        except (KeyboardInterrupt, GeneratorExit):
            stop_and_clean_up(run, self._context)
            raise

    def to_goal(self, goal: str, *, sweep: bool = False, halt_on_failure: bool = False) -> Walk:
        run = self._run
        if goal not in GOALS:
            raise UnknownGoalError(goal, GOALS)
        if goal == "cleanup":
            if not run.state.due or run.state.no_act:
                return no_walk()
            run.stop(cleanup=True)
        fresh = self._ensure_begun(run)
        until, fresh = GOALS[goal](run.state), fresh and goal != "step"
        taken = self._walk_many if goal in TOGETHER else partial(walk, context=self._context)
        return taken(run, until=until, fresh=fresh, sweep=sweep, halt_on_failure=halt_on_failure)

    def _walk_many(self, run: Run, until: Until | None = None, **options: bool) -> Walk:
        """A walk that may have many attempts open at once."""
        if (workers := self._context.config.max_workers) == 1:
            return walk(run, self._context, until, **options)
        from dojobber_nb.engine.parallel_walk import ParallelWalk  # late: most runs have one worker

        return ParallelWalk(run, self._context, workers).steps(until, **{**NO_OPTIONS, **options})

    def up_to(self, name: str, phase: Phase) -> Walk:
        run = self._run
        fresh = self._ensure_begun(run)
        there = partial(has_reached, run.state, name, phase)
        step = next_step(run.state)
        return no_walk() if step is None or there(step) else walk(run, self._context, there, fresh=fresh)

    def target(self, job: JobRef, phase: str) -> tuple[str, Phase]:
        return self._run.state.graph[self._view.name_of(job)].name, step_phase(phase)

    def _ensure_begun(self, run: Run) -> bool:
        """Begin the run unless it has begun. Returns whether it was begun here."""
        fresh = run.state.started is None
        if fresh:
            self._refuse_unfit_arguments(run.state.graph)
            run.begin()
        return fresh

    def _refuse_unfit_arguments(self, graph: JobGraph) -> None:
        """Raise ArgumentsError, before the run begins, if jobs cannot be called with the arguments of set_args."""
        refuse_unfit_arguments(graph.signatures, self._context.args, self._context.kwargs)

    # --- one more attempt ------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def once_more(self, name: str, *, acts: bool) -> Iterator[Walk]:
        """The walk of one more attempt; once the run is over, of a new run of the job and its dependencies."""
        run, dry = self._run, self._run.state.no_act
        if run.state.started and not run.state.over:
            run.request_attempt(self._ready(run.state, name), acts=acts)
            yield walk(run, self._context, attempt_is_over(run.state))
            return
        graph = self._view.configured.below(name)
        self._refuse_unfit_arguments(graph)
        run = self.new_run(graph, no_act=dry or not acts)
        self._guard.begun = 0
        run.begin()
        yield walk(run, self._context, fresh=True)
        run.set_no_act(dry)

    def _ready(self, state: RunState, name: str) -> str:
        """The name, if the job can be tried now."""
        if state.current:
            raise NotReadyError(name, f"an attempt at {state.current.name} is open; take the rest of it first")
        if waiting := waits_for(state, state.jobs[state.graph[name].name]):
            raise NotReadyError(name, f"it needs {listed(waiting)}, not successful so far")
        return name

    # --- resume ----------------------------------------------------------------------------------------------------

    def is_under_way_here(self) -> bool:
        """Whether resume() has to continue the current run of this process, and not one in the record.

        An interrupted run in the record comes before a dry run of this process.
        """
        run, state, recording = self._run, self._run.state, self._context.recording
        if state.started is None or state.ended is not None or (recording and recording.is_continued_elsewhere):
            return False
        acted = any(job.tries for job in state.jobs.values())
        return acted or not (run.only_checks or self._view.left_behind())

    def resume_options(self, rerun: JobRef | Iterable[JobRef], done: JobRef | Iterable[JobRef]) -> ResumeOptions:
        from dojobber_nb.engine.resumption import ResumeOptions

        named = [[jobs] if isinstance(jobs, str | type) else jobs for jobs in (rerun, done)]
        decided = [[self._view.configured[self._view.name_of(job)].name for job in jobs] for jobs in named]
        return ResumeOptions(self._run.state.no_act, self._context.config.cleanup, *decided)

    def refuse_rerun(self, options: ResumeOptions) -> None:
        for job in options.rerun:
            raise NotReadyError(job, f"its run is under way in this process; use try_again({job!r})")

    @contextlib.contextmanager
    def resumed(self, options: ResumeOptions, *, halt_on_failure: bool = False) -> Iterator[Walk]:
        """The walk that continues the last run in the record; of a new run if there is none."""
        from dojobber_nb.engine.resume_lookup import find_resumption

        recording = self._context.recording
        if recording is None:
            raise NotRecordedError
        self._refuse_unfit_arguments(self._view.configured)
        self.new_run(self._view.configured, no_act=options.no_act)
        with recording.claimed():
            found = find_resumption(recording.record, self._view.configured, options)
            run = self._begin_resumed(found, recording) if found else None
        if run is None:
            with self.from_the_start(self._view.configured) as new_walk:
                yield new_walk
            return
        try:
            yield self._walk_many(run, fresh=True, halt_on_failure=halt_on_failure)
        finally:
            run.set_no_act(options.no_act)

    def _begin_resumed(self, found: Resumption, recording: Recording) -> Run:
        """Begin the resumed run in this process."""
        run = Run(found.graph, self._context, no_act=found.options.no_act or found.only_checks)
        run.only_checks = found.only_checks
        found.begin(run, recording)
        self._view.show(run)
        self._guard.begun = len(run.rows)
        return run
