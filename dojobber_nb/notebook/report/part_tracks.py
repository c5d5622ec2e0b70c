"""What the parts of a dashboard show at each moment of a run, one moment after the other.

A part that refreshes looks at every job. Here only the jobs that an event has changed are looked at: of 1,000 jobs and
1,000 moments a hundredth. What is asked of each is asked by the functions of the parts themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dojobber_nb.core.events import Event, EventLog, Interrupted, PassStarted, PhaseEnded, PhaseStarted, Status
from dojobber_nb.core.graph import JobGraph, JobKind
from dojobber_nb.core.run_view import PastRun
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.report.tracks import TextTable, Tracks
from dojobber_nb.notebook.session.past_moment import PastMoment
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.base import Part
from dojobber_nb.notebook.widgets.controls import Controls, failures
from dojobber_nb.notebook.widgets.graph import LETTERS, GraphView, box_line
from dojobber_nb.notebook.widgets.graph_scope import WHOLE
from dojobber_nb.notebook.widgets.job_list import LETTERS_OF, JobList, row_line
from dojobber_nb.notebook.widgets.recorded_comm import RecordedComm
from dojobber_nb.notebook.widgets.status_line import status
from dojobber_nb.notebook.widgets.timeline import Timeline
from dojobber_nb.notebook.widgets.travel import TimeTravel, moment
from dojobber_nb.view import words
from dojobber_nb.view.theme import shown

PARTS: Final[Mapping[str, type[Part]]] = {
    "controls": Controls,
    "graph": GraphView,
    "joblist": JobList,
    "timeline": Timeline,
    "travel": TimeTravel,
}
LIGHT: Final = ("timeline", "travel")  # parts that look at no job: they refresh at each moment
# Buttons and the clock; what depends on what somebody has looked for, the page finds itself.
LEFT_OUT: Final = frozenset(
    {"labels", "off", "hints", "act", "host", "elapsed", "offer", "notice", "busy", "home", "primary"}
)
OF_THE_PAGE: Final = frozenset({"shown", "found", "only", "halts"})
TRAITS_LEFT_OUT: Final = frozenset(
    {"address", "moment", "hints", "first_labels", "statuses", "layout", "tabbable", "tooltip", "comm"}
)
PHASES: Final = (PhaseStarted, PhaseEnded, Interrupted)
USUAL: Final = (*PHASES, PassStarted)  # what else happens concerns all jobs, or those that need one
MARKING: Final = frozenset({Status.FAILED, Status.BLOCKED})  # what the edges that stand out depend on


class Onward(PastMoment):
    """The states of a run at moments that are asked for in order: one state, folded on."""

    def __init__(self) -> None:
        super().__init__()
        self._state: RunState | None = None
        self._count = 0

    def state(self, graph: JobGraph, events: EventLog, number: int) -> RunState:
        """How the run stood after that many events: the same object each time."""
        if self._state is None or number < self._count:
            self._state, self._count = RunState(graph), 0
        self._state.fold(events[self._count : number])
        self._count = number
        return self._state


class Changes:
    """The jobs that are not as they were at the moment before. `counts` are those of words.counts."""

    def __init__(self, graph: JobGraph) -> None:
        self._graph = graph
        self._before: list[tuple[Any, ...]] = []
        self._counted: dict[int, str] = {}
        self._tally = Counter[str]()
        self.turned: set[int] = set()  # those with another status
        self.all: set[int] = set()  # these, and those of which an event told
        self.marking = True  # whether a failure, or what one blocks, came or went

    def take(self, state: RunState, events: Sequence[Event], *, everything: bool) -> None:
        """Compare with the moment before; everything: take all jobs as changed."""
        now = [(job.status, job.phase, job.blocked_by) for job in state.jobs.values()]
        pairs = enumerate(zip(now, self._before or [()] * len(now), strict=True))
        self.turned = {index for index, (one, other) in pairs if one != other}
        stati = {each[index][0] for index in self.turned for each in (now, self._before) if each}
        self.marking = everything or not MARKING.isdisjoint(stati)
        self._before = now
        named = {self._graph[event.job].index for event in events if isinstance(event, PHASES) and event.job}
        self.all = set(range(len(now))) if everything else self.turned | named
        self._count(state)

    def _count(self, state: RunState) -> None:
        for index in self.all:
            counted, before = words.counted(state.job_at(index)), self._counted.get(index)
            if counted != before:
                self._tally[counted] += 1
                self._tally[before or ""] -= 1
                self._counted[index] = counted

    @property
    def counts(self) -> dict[str, int]:
        """How many jobs are counted in each way that occurs."""
        return {key: self._tally[key] for key in words.COUNTED if self._tally[key]}

    def lines(self, state: RunState) -> set[int]:
        """The jobs whose line may be another one: a group tells of those it needs, a wait how long it still is."""
        nodes = self._graph.nodes
        above = {need for index in self.all for need in nodes[index].needed_by if nodes[need].kind is JobKind.DUMMY}
        waiting = {index for index, (now, *_) in enumerate(self._before) if now is Status.RETRYING}
        return self.all | above | {index for index in waiting if nodes[index].delay}


class PartTracks:
    """By part, the tracks of what it shows. `session` looks at the moment that was taken in last."""

    def __init__(self, run: PastRun, table: TextTable) -> None:
        self._wires = {name: RecordedComm() for name in PARTS}
        wires = iter(self._wires.values())
        self.session = Session(run, comm=lambda: next(wires, None) or RecordedComm())
        self.session.past = Onward()
        self._parts = {name: part(self.session) for name, part in PARTS.items()}
        self._wires["graph"].tell("around", depth=WHOLE)
        self._graph: Any = self._parts["graph"]
        self.of = {name: Tracks(table) for name in PARTS}
        self.changes = Changes(run.state.graph)
        for name in PARTS.keys() - set(LIGHT):
            self._note_part(name, 0)  # what is the same at all moments; the rest is noted anew at the first one
            self._parts[name].close()

    def close(self) -> None:
        """Look no longer."""
        for name in LIGHT:
            self._parts[name].close()

    def take(self, number: int, at: int, events: Sequence[Event], *, everything: bool) -> None:
        """Note what is shown at the moment of that number, after `at` events, the last ones of which are given."""
        self.session.travel(at)
        state = self.session.state
        for name in LIGHT:
            self._note_part(name, number)
        if state is not None:
            self.changes.take(state, events, everything=everything)
            self._note_all("controls", number, self._controls(state))
            self._note_all("graph", number, self._graph_now(state))
            self._note_all("joblist", number, self._joblist(state))
            self._note_jobs(number, state)

    def _note_all(self, name: str, number: int, told: Iterator[tuple[str, Any]]) -> None:
        for what, each in told:
            self.of[name].note(what, number, each)

    def _note_part(self, name: str, number: int) -> None:
        part, wire = self._parts[name], self._wires[name]
        traits = (each for each in part.keys if not each.startswith("_") and each not in TRAITS_LEFT_OUT)
        kinds = {**wire.said, **wire.added}  # in the order in which a page has to hear them: "begin" before "bars"
        said = {kind: told for kind, told in kinds.items() if kind not in LEFT_OUT | OF_THE_PAGE}
        self._note_all(name, number, ((f"trait {each}", getattr(part, each)) for each in traits))
        self._note_all(name, number, ((f"said {kind}", told) for kind, told in said.items()))

    # --- parts -------------------------------------------------------------------------------------------------------

    def _controls(self, state: RunState) -> Iterator[tuple[str, Any]]:
        counts = self.changes.counts
        yield "trait pass_number", state.pass_number
        yield "trait counts", [[key, number, words.count(key, number)] for key, number in counts.items()]
        yield "said status", status(self.session, state)
        yield "said past", moment(self.session)
        yield "said failures", failures(state)

    def _graph_now(self, state: RunState) -> Iterator[tuple[str, Any]]:
        ahead = self.session.next
        yield "trait looked_at", self._looked_at
        yield "trait ahead", state.graph[ahead[0]].index if ahead and not state.under_way else -1
        if self.changes.marking:
            yield "trait marks", self._graph.marks_in(state, None)
        yield "said alt", words.alt(state, self.changes.counts)

    def _joblist(self, state: RunState) -> Iterator[tuple[str, Any]]:
        yield "trait looked_at", self._looked_at
        counts = self.changes.counts.items()
        yield "said counts", [[key, LETTERS_OF[key], words.count(key, number)] for key, number in counts]

    @property
    def _looked_at(self) -> int:
        state, name = self.session.state, self.session.looked_at
        return state.graph[name].index if state and name in state.graph else -1

    def _note_jobs(self, number: int, state: RunState) -> None:
        """By job the letter of its status, and its line in its box and in its row."""
        graph, joblist = self.of["graph"], self.of["joblist"]
        for index in self.changes.all:
            letter = LETTERS[shown(state.job_at(index))]
            graph.note(f"turned {index}", number, letter)
            joblist.note(f"statuses {index}", number, letter)
        now = self.session.now if self.session.in_the_past else None
        for index in self.changes.lines(state):
            job = state.job_at(index)
            graph.note(f"lines {index}", number, box_line(state, index, self._graph.room[index], now))
            self._note_row(number, f"lines {index}", row_line(job, state, now))

    def _note_row(self, number: int, what: str, line: str) -> None:
        """Most jobs have none at any moment."""
        joblist = self.of["joblist"]
        if line and number and what not in joblist.of:
            joblist.note(what, 0, "")
        if line or what in joblist.of:
            joblist.note(what, number, line)
