"""Answers: what a dashboard's parts would say at each moment of a run, of each job, written down by asking them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from itertools import pairwise
from typing import Any, Final

from dojobber_nb.core.events import Event, Interrupted, PassStarted, PhaseEnded, PhaseStarted
from dojobber_nb.core.run_view import PastRun
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.controls import Controls
from dojobber_nb.notebook.graph import GraphView
from dojobber_nb.notebook.inspector import Inspector
from dojobber_nb.notebook.joblist import JobList
from dojobber_nb.notebook.panes import PANES
from dojobber_nb.notebook.part import Part
from dojobber_nb.notebook.portion import WHOLE
from dojobber_nb.notebook.session import Session
from dojobber_nb.notebook.timeline import Timeline
from dojobber_nb.notebook.tracks import Table, Track, Tracks
from dojobber_nb.notebook.travel import TimeTravel
from dojobber_nb.notebook.wire import TURNED, Wire

MOMENTS: Final = 1_000  # of a longer run these: the ends of attempts first
PARTS: Final[Mapping[str, type[Part]]] = {
    "controls": Controls,
    "graph": GraphView,
    "joblist": JobList,
    "timeline": Timeline,
    "travel": TimeTravel,
}
# What is told of buttons and of the clock; what depends on what somebody has looked for, the page finds itself.
LEFT_OUT: Final = frozenset(
    {"labels", "off", "hints", "act", "host", "elapsed", "offer", "notice", "busy", "home", "primary"}
)
OF_THE_PAGE: Final = frozenset({"shown", "found", "only", "halts"})
TRAITS_LEFT_OUT: Final = frozenset(
    {"address", "moment", "hints", "first_labels", "statuses", "layout", "tabbable", "tooltip", "comm"}
)
SCOPES: Final = ("own", "shared")
PHASES: Final = (PhaseStarted, PhaseEnded, Interrupted)
USUAL: Final = (*PHASES, PassStarted)  # what else happens concerns all jobs, or those that need one
OF_AN_ATTEMPT: Final = tuple(tab for tab in PANES if tab != "source")


class Answers:
    """Asks a dashboard that is on no page. `moments` says of each moment how many events it had seen.

    values: what storages held, too; else only the names, types and sizes of their keys.
    """

    def __init__(self, run: PastRun, table: Table, *, values: bool) -> None:
        self._run, self._values = run, values
        self.moments = moments(run.events)
        self._parts = {name: Tracks(table) for name in PARTS}
        self._jobs = Tracks(table)
        self._over = False
        self._all = True  # whether of each job something may be new
        self._ask()

    def of_parts(self) -> dict[str, dict[str, Track]]:
        """By part and by what is told the track of it; "lines 3" is of the job of that index."""
        return {name: tracks.of for name, tracks in self._parts.items()}

    def of_jobs(self) -> list[dict[str, Track]]:
        """By index the tracks of a job: "job" are its facts, "output 2" is that pane of its second attempt."""
        found: list[dict[str, Track]] = [{} for _ in self._run.state.graph]
        for (index, what), track in self._jobs.of.items():
            found[index][what] = track
        return found

    def _ask(self) -> None:
        with (
            closing(_Board(self._run, PARTS)) as board,
            closing(_Board(self._run, {"inspector": Inspector})) as inspector,
        ):
            board.wires["graph"].tell("around", depth=WHOLE)
            for number, (before, moment) in enumerate(pairwise([0, *self.moments])):
                events = self._run.events[before:moment]
                self._all = number in (0, len(self.moments) - 1) or not all(isinstance(each, USUAL) for each in events)
                board.session.travel(moment)
                inspector.session.travel(moment)
                told, turned = self._ask_parts(board, number)
                concerned = told | self._beside(turned) | self._concerned(board.session.state, events)
                self._ask_job_by_job(inspector.wires["inspector"], number, concerned, events)

    # --- parts -------------------------------------------------------------------------------------------------------

    def _ask_parts(self, board: _Board, number: int) -> tuple[set[int], set[int]]:
        """Note what is said at that moment; the jobs of which it is something new, and those with a new status."""
        new: dict[str, set[int]] = {}
        for name, part in board.parts.items():
            wire, tracks = board.wires[name], self._parts[name]
            for what, told in (*_traits(part), *_said(wire)):
                tracks.note(what, number, told)
            for kind, by_key in wire.news().items():
                if kind not in LEFT_OUT:
                    noted = {int(key) for key, told in by_key.items() if tracks.note(f"{kind} {key}", number, told)}
                    new.setdefault(kind, set()).update(noted)
        return set().union(*new.values()), new.get(TURNED, set())

    def _beside(self, turned: set[int]) -> set[int]:
        """Those that need one of these or are needed by one: of each the inspector tells how those beside it stand."""
        nodes = self._run.state.graph.nodes
        return {index for job in turned for index in (*nodes[job].needs, *nodes[job].needed_by)}

    def _concerned(self, state: RunState | None, events: Sequence[Event]) -> set[int]:
        """The other jobs of which something may be new."""
        if state is None:
            return set()
        was_over, self._over = self._over, state.over
        if self._all or was_over != state.over:
            return set(range(len(state.graph)))
        named = {event.job for event in events if isinstance(event, PHASES) and event.job}
        failed = {name for name in named if state.jobs[name].error is not None}
        below = [job.node.index for job in state.jobs.values() if job.blocked_by in failed] if failed else []
        return {*(state.graph[name].index for name in named), *below}

    # --- jobs --------------------------------------------------------------------------------------------------------

    def _ask_job_by_job(self, wire: Wire, number: int, concerned: set[int], events: Sequence[Event]) -> None:
        nodes = self._run.state.graph.nodes
        tried = _tried(events)
        for index in sorted(concerned):
            wire.tell("select", job=index)
            facts = wire.said["job"]
            self._jobs.note((index, "job"), number, facts)
            last = {facts["attempt"]} if self._all else set()
            if attempts := tried.get(nodes[index].name, set()) | last:
                self._ask_panes(wire, number, index, attempts)

    def _ask_panes(self, wire: Wire, number: int, index: int, attempts: Iterable[int]) -> None:
        for attempt in sorted(attempts):  # the last one in the end: it is the one that is looked at
            wire.tell("attempt", number=attempt)
            for tab in OF_AN_ATTEMPT:
                self._jobs.note((index, f"{tab} {attempt}"), number, self._pane(wire, tab))
        if number == 0:
            self._jobs.note((index, "source"), number, self._pane(wire, "source"))
        wire.tell("open", tab="")

    def _pane(self, wire: Wire, tab: str) -> Any:
        wire.tell("open", tab=tab)
        pane = wire.said["pane"]
        return pane if self._values or tab != "storage" else {**pane, **_without_values(pane)}


class _Board:
    """Parts of one session that are on no page, by name, with their wires."""

    def __init__(self, run: PastRun, parts: Mapping[str, type[Part]]) -> None:
        self.wires = {name: Wire() for name in parts}
        wires = iter(self.wires.values())
        self.session = Session(run, comm=lambda: next(wires))
        self.parts = {name: part(self.session) for name, part in parts.items()}

    def close(self) -> None:
        """Look no longer."""
        for part in self.parts.values():
            part.close()


def _tried(events: Sequence[Event]) -> dict[str, set[int]]:
    """By job, the attempts that something has happened in."""
    found = dict[str, set[int]]()
    for event in events:
        if isinstance(event, PHASES) and event.job:
            found.setdefault(event.job, set()).add(event.attempt)
    return found


def _traits(part: Part) -> list[tuple[str, Any]]:
    names = [name for name in part.keys if not name.startswith("_") and name not in TRAITS_LEFT_OUT]
    return [(f"trait {name}", getattr(part, name)) for name in names]


def _said(wire: Wire) -> list[tuple[str, Any]]:
    told = {**wire.said, **wire.added}
    return [(f"said {kind}", told[kind]) for kind in told if kind not in LEFT_OUT | OF_THE_PAGE]


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
