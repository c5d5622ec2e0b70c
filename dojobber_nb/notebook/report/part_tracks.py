"""PartTracks: the content of each widget at each moment of a run, as tracks. It creates no widgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.log_rows import EventLog
from dojobber_nb.core.run_view import PastRun
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.report.tracks import TextTable, Tracks
from dojobber_nb.notebook.session.past_moment import PastMoment
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets import controls, travel
from dojobber_nb.notebook.widgets.base import Part
from dojobber_nb.notebook.widgets.content_values import Cached, Content, Growing, Letters, PerJob
from dojobber_nb.notebook.widgets.graph import GraphContent, GraphView
from dojobber_nb.notebook.widgets.graph_scope import WHOLE
from dojobber_nb.notebook.widgets.job_list import JobList, JobListContent
from dojobber_nb.notebook.widgets.timeline import Timeline, TimelineContent

PARTS: Final[Mapping[str, type[Part]]] = {
    "controls": controls.Controls,
    "graph": GraphView,
    "joblist": JobList,
    "timeline": Timeline,
    "travel": travel.TimeTravel,
}
# Kinds that depend on the reader are left to the page of the report; statuses are sent as letters.
OMITTED: Final = frozenset({"host", "elapsed", "statuses", "found", "shown", "only", "halts"})


class ForwardMoments(PastMoment):
    """A PastMoment for moments in increasing order: it folds one state forward and never copies it."""

    def __init__(self) -> None:
        super().__init__()
        self._state: RunState | None = None
        self._count = 0

    def state(self, graph: JobGraph, events: EventLog, number: int) -> RunState:
        """The state after that many events: the same object each time."""
        if self._state is None or number < self._count:
            self._state, self._count = RunState(graph), 0
        self._state.fold(events[self._count : number])
        self._count = number
        return self._state


class PartTracks:
    """The tracks of each widget, in `of`. `session` shows the moment that was noted last.

    It is the display of that session: each refresh notes the content of all widgets.
    """

    ready = True

    def __init__(self, run: PastRun, table: TextTable) -> None:
        self.of = {name: Tracks(table) for name in PARTS}
        graph = GraphContent()
        graph.scope.choose(WHOLE)
        self._contents: Mapping[str, Callable[[Session], Content]] = {
            "controls": controls.overview,
            "graph": graph.content,
            "joblist": JobListContent().content,
            "timeline": TimelineContent().content,
            "travel": travel.content,
        }
        self._traits = {name: frozenset(part.class_trait_names(sync=True)) for name, part in PARTS.items()}
        self._number, self._version = 0, 0
        self._last_keys: dict[tuple[str, str], object] = {}  # key of the last value, by widget and kind
        self.session = Session(run)
        with self.session.frozen():
            graph.content(self.session)  # drawn once, in the final state of the run
        self.session.past = ForwardMoments()
        self.session.display = self

    def note(self, number: int, at: int) -> None:
        """Note what is shown at moment `number`, after `at` events."""
        self._number = number
        self.session.travel(at)

    def refresh(self, *, ask: bool = False) -> None:
        """Note the content of all widgets at the moment that the session shows."""
        changed = self.session.changes.since(self._version)
        for name, content in self._contents.items():
            for kind, value in content(self.session).items():
                if kind not in OMITTED:
                    self._note(name, kind, value, changed)
        self._version = self.session.changes.version

    def _note(self, name: str, kind: str, value: Any, changed: Sequence[int]) -> None:
        match value:
            case PerJob():
                self._note_jobs(name, kind, value, changed)
            case Growing() if self._last_keys.get((name, kind)) != value.size:
                self._last_keys[name, kind] = value.size
                self._track(name, "said begin", value.begin)
                self._track(name, f"said {kind}", value.portions(0))
            case Cached() if self._last_keys.get((name, kind)) != value.key:
                self._last_keys[name, kind] = value.key
                self._track(name, f"said {kind}", value.make())
            case Growing() | Cached():
                pass  # unchanged
            case _:
                self._track(name, f"{'trait' if kind in self._traits[name] else 'said'} {kind}", value)

    def _note_jobs(self, name: str, kind: str, value: PerJob, changed: Sequence[int]) -> None:
        what, tracks = "turned" if isinstance(value, Letters) else kind, self.of[name].of
        for index in changed:
            key, text = f"{what} {index}", value.of(index)
            if text == value.blank and key not in tracks:
                continue  # most jobs never have this text
            if key not in tracks and value.blank is not None and self._number:
                self.of[name].note(key, 0, value.blank)
            self._track(name, key, text)

    def _track(self, name: str, what: str, value: Any) -> None:
        self.of[name].note(what, self._number, value)
