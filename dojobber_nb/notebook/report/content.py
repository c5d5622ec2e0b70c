"""ReportContent: what each widget shows at each moment of a run, and the inspector of each job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from dojobber_nb.core.events import Event, PhaseEnded, PhaseStarted, Status
from dojobber_nb.core.run_view import PastRun
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.report.part_tracks import PartTracks
from dojobber_nb.notebook.report.tracks import TextTable, Track, Tracks
from dojobber_nb.notebook.session.changed_jobs import PHASE_EVENTS, SINGLE_JOB_EVENTS
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.inspector import facts, reason, suggested
from dojobber_nb.notebook.widgets.panes import PANES
from dojobber_nb.notebook.widgets.shown_attempt import ShownAttempt
from dojobber_nb.view import words

MOMENTS: Final = 1_000  # at most; of a longer run, the ends of attempts are kept
STORAGES: Final = ("own", "shared")
ATTEMPT_PANES: Final = tuple(tab for tab in PANES if tab != "source")
CHANGING_FACTS: Final = frozenset({"state", "why", "attempt", "attempts"})  # facts that differ between moments
LINKS: Final = ("needs", "needed_by")


class ReportContent:
    """The contents of all widgets and of each job, as tracks over the moments of the run.

    `moments` holds the number of events before each moment. values: whether to include what storages held; else only
    names, types and sizes of their keys.
    """

    def __init__(self, run: PastRun, table: TextTable, *, values: bool) -> None:
        self._run, self._values = run, values
        self.moments = moments(run.events)
        self._jobs = Tracks(table)
        self._over = False
        self._parts = PartTracks(run, table)
        try:
            self._note_all()
        finally:
            self._parts.session.close()

    def of_parts(self) -> dict[str, dict[str, Track]]:
        """Tracks by widget and kind of content; "lines 3" is the line of the job with index 3."""
        return {name: tracks.of for name, tracks in self._parts.of.items()}

    def of_jobs(self) -> list[dict[str, Track]]:
        """Tracks of each job, by index: "output 2" is the output pane of its second attempt.

        "fixed" holds the facts that are the same at all moments, "job" the others. The statuses, also of the jobs that
        it needs or that need it, are in the track "turned" of the graph.
        """
        tracks: list[dict[str, Track]] = [{} for _ in self._run.state.graph]
        for (index, what), track in self._jobs.of.items():
            tracks[index][what] = track
        return tracks

    def _note_all(self) -> None:
        session = self._parts.session
        for number, (before, moment) in enumerate(pairwise([0, *self.moments])):
            events = self._run.events[before:moment]
            last = number in (0, len(self.moments) - 1)
            everything = last or not all(isinstance(each, SINGLE_JOB_EVENTS) for each in events)
            self._parts.note(number, moment)
            if state := session.state:
                affected = self._affected_jobs(state, events, everything=everything)
                self._note_jobs(state, number, affected, events, everything=everything)

    def _affected_jobs(self, state: RunState, events: Sequence[Event], *, everything: bool) -> Iterable[int]:
        """Indices of the jobs whose facts may have changed, apart from the statuses of their neighbours."""
        was_over, self._over = self._over, state.over
        if everything or was_over != state.over:
            return range(len(state.graph))
        changes, nodes = self._parts.session.changes, state.graph.nodes
        above = {index for job in changes.changed for index in nodes[job].needed_by}
        waiting = {index for index in above if state.job_at(index).status is Status.PENDING}
        named = {event.job for event in events if isinstance(event, PHASE_EVENTS) and event.job}
        failed = {name for name in named if state.jobs[name].error is not None}
        below = {job.node.index for job in state.jobs.values() if job.blocked_by in failed} if failed else set()
        return changes.changed | changes.mentioned | waiting | below

    # --- jobs --------------------------------------------------------------------------------------------------------

    def _note_jobs(
        self, state: RunState, number: int, affected: Iterable[int], events: Sequence[Event], *, everything: bool
    ) -> None:
        session, nodes, tried = self._parts.session, state.graph.nodes, _attempts_by_job(events)
        for index in sorted(affected):
            job = state.job_at(index)
            attempt = ShownAttempt(session, job, job.attempt, None, whole=True)
            self._jobs.note((index, "job"), number, _changing_facts(session, state, attempt))
            if number == 0:
                self._jobs.note((index, "fixed"), number, _fixed_facts(session, state, attempt))
                self._jobs.note((index, "source"), number, self._pane(attempt, "source"))
            last = {attempt.number} if everything else set()
            self._note_panes(attempt, number, tried.get(nodes[index].name, set()) | last)

    def _note_panes(self, shown: ShownAttempt, number: int, attempts: Iterable[int]) -> None:
        for attempt in attempts:
            for tab in ATTEMPT_PANES:
                pane = self._pane(shown._replace(number=attempt), tab)
                self._jobs.note((shown.job.node.index, f"{tab} {attempt}"), number, pane)

    def _pane(self, attempt: ShownAttempt, tab: str) -> Any:
        pane = PANES[tab](attempt)
        return pane if self._values or tab != "storage" else {**pane, **_without_values(pane)}


def _changing_facts(session: Session, state: RunState, attempt: ShownAttempt) -> dict[str, Any]:
    """The facts that may differ between moments."""
    why = words.in_lines(reason(session, state, attempt.job.name))
    return {"why": why, "attempt": attempt.number, "attempts": attempt.number, "tab": suggested(attempt)}


def _fixed_facts(session: Session, state: RunState, attempt: ShownAttempt) -> dict[str, Any]:
    """The facts that are the same at all moments. The page knows the statuses of the neighbours already."""
    fixed = {**facts(session, state, attempt), "selected": True, "tabs": list(PANES)}
    links = {name: [{"job": link["job"], "text": link["text"]} for link in fixed[name]] for name in LINKS}
    return {name: fact for name, fact in fixed.items() if name not in CHANGING_FACTS} | links


def _attempts_by_job(events: Sequence[Event]) -> dict[str, set[int]]:
    """The attempts that have events, by job."""
    attempts = dict[str, set[int]]()
    for event in events:
        if isinstance(event, PHASE_EVENTS) and event.job:
            attempts.setdefault(event.job, set()).add(event.attempt)
    return attempts


def _without_values(pane: Mapping[str, Any]) -> dict[str, Any]:
    """Both storages, reduced to name, type and size of their keys."""
    return {scope: rows and [_without_value(row) for row in rows] for scope, rows in pane.items() if scope in STORAGES}


def _without_value(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {**entry, **({"row": entry["row"]._replace(text="", children=(), cut=0)} if "row" in entry else {})}


# --- moments ---------------------------------------------------------------------------------------------------------


def moments(events: Sequence[Event], most: int = MOMENTS) -> list[int]:
    """The numbers of events at which moments are kept, from 0 to all; of a long run, those at ends of attempts."""
    every = range(len(events) + 1)
    if len(every) <= most:
        return list(every)
    kept = [0, *(number for number in every[1:-1] if _is_kept(events[number - 1], events[number])), len(events)]
    step = -(-len(kept) // most)
    return [*kept[:-1:step], len(events)]


def _is_kept(event: Event, after: Event) -> bool:
    """Whether an attempt ended with this event, or the event is about something other than a phase."""
    if not isinstance(event, PhaseEnded):
        return not isinstance(event, PhaseStarted)
    return not isinstance(after, PhaseStarted) or (after.job, after.attempt) != (event.job, event.attempt)
