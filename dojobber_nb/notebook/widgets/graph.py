"""GraphView: the job graph. It is drawn once; during the run only colours and texts change."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar, Final

import traitlets

from dojobber_nb.core.events import Status
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.actions.job_breakpoints import breakpoint_texts
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.base import Part, Source, module, styles
from dojobber_nb.notebook.widgets.content_values import Content, PerJob
from dojobber_nb.notebook.widgets.graph_scope import DEPTHS, GraphScope
from dojobber_nb.notebook.widgets.job_contents import FIND, SavedStatuses, is_idle, letters, matching, selection
from dojobber_nb.view import picture, scene, words
from dojobber_nb.view.edge_highlights import edge_highlights
from dojobber_nb.view.layout import Direction
from dojobber_nb.view.text_metrics import fitted
from dojobber_nb.view.theme import LINE_PX

OTHER_DIRECTION: Final[Mapping[Direction, Direction]] = {"down": "right", "right": "down"}
Drawing = tuple[JobGraph, frozenset[int] | None, Direction | None]  # graph, jobs drawn (None: all), direction


class GraphContent:
    """Content of the graph: the drawing, its scope and direction, and what changes in it.

    Drawing is slow. If the old drawing contains the job shown, the first content after a change of scope keeps the old
    drawing and sets `unfinished`; the next one has the new drawing.
    """

    def __init__(self) -> None:
        self.scope = GraphScope()
        self.find = ""
        self.unfinished = False
        self._direction: Direction | None = None  # chosen by a person
        self._drawn: Drawing | None = None
        self._drawings = 0
        self._svg = ""
        self._view: dict[str, Any] = {}
        self._edges: list[tuple[int, int]] = []
        self._widths: dict[int, float] = {}
        self._marks: tuple[object, dict[str, str]] = (None, {})
        self._statuses = SavedStatuses()

    def content(self, session: Session) -> Content:
        """The drawing, the letters and lines of its jobs, and its highlights."""
        state = session.state
        if state is None:
            return {"svg": ""}
        self._draw_or_postpone(session, state)
        return {**self._traits(session, state), **self._messages(session, state)}

    def turn(self) -> None:
        """Draw in the other direction from now on."""
        self._direction = OTHER_DIRECTION[self._view["direction"]]

    def ready(self, session: Session) -> bool:
        """Whether the scope stays, or the present drawing was visible long enough to be replaced."""
        state = session.state
        return state is None or self.scope.may_change(state.graph, session.shown_job, hold=_follows(session))

    # --- the drawing -------------------------------------------------------------------------------------------------

    def _draw_or_postpone(self, session: Session, state: RunState) -> None:
        only = self.scope.jobs_to_draw(state.graph, session.shown_job, hold=_follows(session))
        wanted = state.graph, only, self._direction
        postponed = wanted != self._drawn and not self.unfinished and self._is_drawn(session, state)
        if wanted != self._drawn and not postponed:
            self._draw(state, wanted)
        self.unfinished = postponed

    def _is_drawn(self, session: Session, state: RunState) -> bool:
        """Whether the present drawing contains the job shown."""
        index = state.jobs[session.shown_job].node.index
        return self._drawn is not None and self._drawn[0] is state.graph and index in self._widths

    def _draw(self, state: RunState, wanted: Drawing) -> None:
        page = picture.page_svg(state, direction=self._direction, only=wanted[1])
        self._svg, self._drawn, self._drawings = page.svg, wanted, self._drawings + 1
        self._edges = [(index, need) for index in page.jobs for need in state.graph.nodes[index].needs]
        rooms = [width - scene.TEXT_LEFT - scene.TEXT_RIGHT for _, _, width, _ in page.boxes]
        self._widths = dict(zip(page.jobs, rooms, strict=True))
        self._view = {"direction": page.direction, "depth": self.scope.name, "depths": list(DEPTHS)}

    # --- what changes in it ------------------------------------------------------------------------------------------

    def _traits(self, session: Session, state: RunState) -> dict[str, Any]:
        step, idle = session.next_step, is_idle(session)
        selected = selection(session, state)
        return {
            "svg": self._svg,
            **selected,
            "ahead": state.graph[step[0]].index if step and idle and not state.under_way else -1,
            "marks": self._marked(session, state, session.shown_job if selected["selected"] else None),
            **self._statuses.content(session, state),
        }

    def _marked(self, session: Session, state: RunState, selected: str | None) -> dict[str, str]:
        """Highlight of each marked edge, by its key "4-2"."""
        key = (self._drawings, session.changes.failures_version, selected)
        if self._marks[0] != key:
            edges = edge_highlights(state, self._edges, selected).items()
            self._marks = key, {f"{i}-{d}": mark for (i, d), mark in edges}
        return self._marks[1]

    def _messages(self, session: Session, state: RunState) -> dict[str, Any]:
        changes, now = session.changes, session.now if session.busy or session.in_the_past else None

        def line(index: int) -> str:
            return box_line(state, index, self._widths[index], now)

        return {
            "letters": letters(session, state),
            "lines": PerJob(changes, self._widths, line, serial=self._drawings),
            "halts": breakpoint_texts(session),
            "found": self._search_result(session, state),
            "view": self._view,
            **({"alt": words.alt(state, session.counts)} if is_idle(session) else {}),
        }

    def matches(self, session: Session, state: RunState) -> list[int] | None:
        """Indices of the jobs that match the search and the filter; None if neither is set."""
        return matching(session, state, self.find) if self.find or session.filter else None

    def _search_result(self, session: Session, state: RunState) -> dict[str, Any]:
        jobs = self.matches(session, state)
        if jobs is None:
            return {"jobs": None, "said": "", "find": ""}
        return {"jobs": jobs, "said": self._count_text(jobs, len(state.graph)), "find": self.find}

    def _count_text(self, matches: list[int], total: int) -> str:
        """ "12 of 300"; if not all of them are drawn, "12 found, 3 of them drawn"."""
        drawn = sum(index in self._widths for index in matches)
        if drawn == len(matches):
            return f"{len(matches):,} of {total:,}"
        return f"{len(matches):,} found, {f'{drawn:,}' if drawn else 'none'} of them drawn"


def _follows(session: Session) -> bool:
    return bool(session.busy and not session.selected)


class GraphView(Part):
    """The graph widget. `statuses` has a letter per job, the index of its look in LOOKS from "a" on.

    During a run, and always for many jobs, only the letters that differ are sent, by message.
    """

    _esm = module("graph")
    _css = styles("graph")
    svg = traitlets.Unicode().tag(sync=True)
    statuses = traitlets.Unicode().tag(sync=True)
    marks = traitlets.Dict().tag(sync=True)
    looked_at = traitlets.Int(-1).tag(sync=True)
    selected = traitlets.Bool(False).tag(sync=True)
    ahead = traitlets.Int(-1).tag(sync=True)

    def __init__(self, source: Source) -> None:
        self._content = GraphContent()
        super().__init__(source)

    def content(self, session: Session) -> Content:
        """The drawing, and what changes in it."""
        return self._content.content(session)

    @property
    def unfinished(self) -> bool:
        """Whether a new drawing was postponed."""
        return self._content.unfinished

    @property
    def ready(self) -> bool:
        """Whether the drawing may change now."""
        return self._content.ready(self.session)

    def _follow(self, content: dict[str, Any]) -> None:
        """Follow the run; off: select the job shown."""
        self.session.select(-1 if content["on"] else self.looked_at)

    def _search(self, content: dict[str, Any]) -> None:
        """Set the search text. take: select the first match, even if the page has not shown it yet."""
        self._content.find = str(content["text"])[:FIND].strip()
        state = self.session.state
        jobs = self._content.matches(self.session, state) if content.get("take") and state else None
        self.session.select(jobs[0]) if jobs else self.session.refresh()

    def _only(self, content: dict[str, Any]) -> None:
        self.session.show_only(content["status"])

    def _around(self, content: dict[str, Any]) -> None:
        self._content.scope.choose(str(content["depth"]))
        self.session.refresh()

    def _turn(self, content: dict[str, Any]) -> None:
        self._content.turn()
        self.session.refresh()

    HEARS: ClassVar[Mapping[str, Any]] = {
        "follow": _follow,
        "find": _search,
        "only": _only,
        "around": _around,
        "turn": _turn,
    }


def box_line(state: RunState, index: int, room: float, now: float | None) -> str:
    """Text below the name, in a box with `room` pixels for text."""
    job = state.job_at(index)
    line = words.line(job, state, now=now, times=True)
    return scene.fitted_line(job, state, line, room) if job.status is Status.FAILED else _fitted(line, room)


@lru_cache(4096)
def _fitted(line: str, room: float) -> str:
    return fitted(line, LINE_PX, room)
