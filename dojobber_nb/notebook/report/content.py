"""ReportContent: what the parts of a dashboard show at each moment of a run, and the inspector of each job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

from dojobber_nb.core.events import Event, PhaseEnded, PhaseStarted, Status
from dojobber_nb.core.run_view import PastRun
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.report.part_tracks import PartTracks
from dojobber_nb.notebook.report.tracks import TextTable, Track, Tracks
from dojobber_nb.notebook.session.changed_jobs import ABOUT_ONE_JOB, PHASES
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.inspector import facts, reason, suggested
from dojobber_nb.notebook.widgets.panes import PANES, AttemptLook
from dojobber_nb.view import words

MOMENTS: Final = 1_000  # of a longer run these: the ends of attempts first
SCOPES: Final = ("own", "shared")
OF_AN_ATTEMPT: Final = tuple(tab for tab in PANES if tab != "source")
MOVING: Final = frozenset({"state", "why", "attempt", "attempts"})  # facts that are not the same at all moments
LINKS: Final = ("needs", "needed_by")


class ReportContent:
    """The contents of all parts and of each job, moment by moment. `moments` says how many events each has seen.

    values: what storages held, too; else only the names, types and sizes of their keys.
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
        """By part and by kind of content its track; "lines 3" is of the job of that index."""
        return {name: tracks.of for name, tracks in self._parts.of.items()}

    def of_jobs(self) -> list[dict[str, Track]]:
        """By index the tracks of a job: "output 2" is that pane of its second attempt.

        "fixed" are its facts that are the same at all moments, "job" the others; the statuses of the job, and of those
        that it needs or that need it, are in the track "turned" of the graph.
        """
        found: list[dict[str, Track]] = [{} for _ in self._run.state.graph]
        for (index, what), track in self._jobs.of.items():
            found[index][what] = track
        return found

    def _note_all(self) -> None:
        session = self._parts.session
        for number, (before, moment) in enumerate(pairwise([0, *self.moments])):
            events = self._run.events[before:moment]
            last = number in (0, len(self.moments) - 1)
            everything = last or not all(isinstance(each, ABOUT_ONE_JOB) for each in events)
            self._parts.note(number, moment)
            if state := session.state:
                concerned = self._concerned(state, events, everything=everything)
                self._note_jobs(state, number, concerned, events, everything=everything)

    def _concerned(self, state: RunState, events: Sequence[Event], *, everything: bool) -> Iterable[int]:
        """The jobs of which something may be new, besides the statuses of others."""
        was_over, self._over = self._over, state.over
        if everything or was_over != state.over:
            return range(len(state.graph))
        changes, nodes = self._parts.session.changes, state.graph.nodes
        above = {index for job in changes.turned for index in nodes[job].needed_by}
        waiting = {index for index in above if state.job_at(index).status is Status.PENDING}
        named = {event.job for event in events if isinstance(event, PHASES) and event.job}
        failed = {name for name in named if state.jobs[name].error is not None}
        below = {job.node.index for job in state.jobs.values() if job.blocked_by in failed} if failed else set()
        return changes.turned | changes.named | waiting | below

    # --- jobs --------------------------------------------------------------------------------------------------------

    def _note_jobs(
        self, state: RunState, number: int, concerned: Iterable[int], events: Sequence[Event], *, everything: bool
    ) -> None:
        session, nodes, tried = self._parts.session, state.graph.nodes, _tried(events)
        for index in sorted(concerned):
            job = state.job_at(index)
            look = AttemptLook(session, job, job.attempt, None, whole=True)
            self._jobs.note((index, "job"), number, _moving(session, state, look))
            if number == 0:
                self._jobs.note((index, "fixed"), number, _fixed(session, state, look))
                self._jobs.note((index, "source"), number, self._pane(look, "source"))
            last = {look.number} if everything else set()
            self._note_panes(look, number, tried.get(nodes[index].name, set()) | last)

    def _note_panes(self, look: AttemptLook, number: int, attempts: Iterable[int]) -> None:
        for attempt in attempts:
            for tab in OF_AN_ATTEMPT:
                pane = self._pane(look._replace(number=attempt), tab)
                self._jobs.note((look.job.node.index, f"{tab} {attempt}"), number, pane)

    def _pane(self, look: AttemptLook, tab: str) -> Any:
        pane = PANES[tab](look)
        return pane if self._values or tab != "storage" else {**pane, **_without_values(pane)}


def _moving(session: Session, state: RunState, look: AttemptLook) -> dict[str, Any]:
    """The facts of the job that may change."""
    why = words.in_lines(reason(session, state, look.job.name))
    return {"why": why, "attempt": look.number, "attempts": look.number, "tab": suggested(look)}


def _fixed(session: Session, state: RunState, look: AttemptLook) -> dict[str, Any]:
    """Those that are the same at all moments; of the jobs beside it the page knows the statuses."""
    found = {**facts(session, state, look), "selected": True, "tabs": list(PANES)}
    links = {name: [{"job": link["job"], "text": link["text"]} for link in found[name]] for name in LINKS}
    return {name: fact for name, fact in found.items() if name not in MOVING} | links


def _tried(events: Sequence[Event]) -> dict[str, set[int]]:
    """By job, the attempts that something has happened in."""
    found = dict[str, set[int]]()
    for event in events:
        if isinstance(event, PHASES) and event.job:
            found.setdefault(event.job, set()).add(event.attempt)
    return found


def _without_values(pane: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of both storages by name, type and size alone."""
    return {scope: rows and [_without_value(row) for row in rows] for scope, rows in pane.items() if scope in SCOPES}


def _without_value(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {**entry, **({"row": entry["row"]._replace(text="", children=(), cut=0)} if "row" in entry else {})}


# --- moments ---------------------------------------------------------------------------------------------------------


def moments(events: Sequence[Event], most: int = MOMENTS) -> list[int]:
    """After how many events the moments are, from 0 to all. Of a long run: those at which attempts had ended."""
    every = range(len(events) + 1)
    if len(every) <= most:
        return list(every)
    kept = [0, *(number for number in every[1:-1] if _tells(events[number - 1], events[number])), len(events)]
    step = -(-len(kept) // most)
    return [*kept[:-1:step], len(events)]


def _tells(event: Event, after: Event) -> bool:
    """Whether an attempt has ended with that event, or something else has happened than a phase."""
    if not isinstance(event, PhaseEnded):
        return not isinstance(event, PhaseStarted)
    return not isinstance(after, PhaseStarted) or (after.job, after.attempt) != (event.job, event.attempt)
