"""Find the recorded run that resume() continues, and refuse what a person has to decide first."""

from __future__ import annotations

import time
from typing import Final

from dojobber_nb.core.errors import InDoubtError, JobCrashedError
from dojobber_nb.core.events import Outcome, Phase, PhaseInDoubt, Resumed
from dojobber_nb.core.graph import JobGraph, JobKind
from dojobber_nb.core.log_rows import LogRow, end_time, is_phase_start, phase_of
from dojobber_nb.engine.graph_changes import changes, is_same_graph
from dojobber_nb.engine.resumption import ResumeOptions, Resumption
from dojobber_nb.record.record import Record
from dojobber_nb.record.recorded_run import RecordedRun

CRASHES: Final = 3  # times that a process may die in one job
_RUN: Final = Phase.RUN.value


def find_resumption(record: Record, graph: JobGraph, options: ResumeOptions) -> Resumption | None:
    """The resumption of the last run of that graph; None if there is none.

    Raises InDoubtError or JobCrashedError when a person has to decide first.
    """
    run = last_run(record, graph.root.name)
    if run is None:
        return None
    graph, state = graph.below(run.root) if run.root in graph else graph, run.state
    rows = list(run.rows)
    changed, ended = changes(run, graph), has_ended(run)
    same = not ended and is_same_graph(run, graph)
    found = Resumption(run, graph, options, _elapsed(run, rows), rows, state, changed, same, ended)
    for doubt in found.doubts():
        _refuse_doubt(found, doubt)
    return found


def last_run(record: Record, root: str) -> RecordedRun | None:
    """The newest run of that root, or of a job below it if that has not ended; a dry run only if there is no other."""
    dry = None
    for run in reversed(record.runs):
        if run.header.get("of") == root and (run.root == root or run.outcome is None):
            if not _is_dry(run):
                return run
            dry = dry or run
    return dry


def has_ended(run: RecordedRun) -> bool:
    """Whether there is nothing to continue: the run ended, or was a dry run that never acted."""
    ended = run.outcome
    if ended is Outcome.DRY_RUN or (ended is None and run.header.get("only_checks")):
        return not _acted(run)
    return ended is not None


def _is_dry(run: RecordedRun) -> bool:
    options = run.header.get("options", {})
    return bool(options.get("no_act")) and not run.header.get("only_checks") and not _acted(run)


def _acted(run: RecordedRun) -> bool:
    return any(is_phase_start(row) and phase_of(row) == _RUN for row in run.rows)


def _elapsed(run: RecordedRun, rows: list[LogRow]) -> float:
    """Seconds since it began, by the wall clock, but at least up to its last event."""
    last = max(map(end_time, rows), default=0.0)
    return max(last, time.time() - run.started)


def _refuse_doubt(found: Resumption, doubt: PhaseInDoubt) -> None:
    path, options = found.run.record.path, found.options
    if found.only_checks or doubt.phase is Phase.CLEANUP:
        return
    if doubt.job in options.rerun or doubt.job in options.done or doubt.job not in found.graph:
        return
    if doubt.phase is Phase.RUN and found.run.graph[doubt.job].kind is JobKind.RUNONLY:
        raise InDoubtError(path, doubt.job)
    if doubt.job in found.changed:  # its code was changed since
        return
    doubts = [each.job for row in found.rows if isinstance(row, Resumed) for each in row.doubts]
    if (times := doubts.count(doubt.job) + 1) >= CRASHES:
        raise JobCrashedError(path, doubt.job, times)
