"""GraphView: the job graph, drawn once, its boxes recoloured as the run goes on."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar, Final

import traitlets

from dojobber_nb.core.events import Status
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.actions.job_breakpoints import halts
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.base import Part, Source, module, styles
from dojobber_nb.notebook.widgets.channel import Content, PerJob
from dojobber_nb.notebook.widgets.graph_scope import DEPTHS, GraphScope
from dojobber_nb.notebook.widgets.job_contents import FIND, SavedStatuses, at_rest, letters, look, matching
from dojobber_nb.view import picture, scene, words
from dojobber_nb.view.edge_highlights import edge_highlights
from dojobber_nb.view.layout import Direction
from dojobber_nb.view.text_metrics import fitted
from dojobber_nb.view.theme import LINE_PX

OTHER: Final[Mapping[Direction, Direction]] = {"down": "right", "right": "down"}
Drawing = tuple[JobGraph, frozenset[int] | None, Direction | None]  # of which graph, the jobs if not all, and how


class GraphContent:
    """What a graph shows: how much of it is drawn and in which direction, the drawing, and what changes in it.

    The drawing takes time. Where the job that is looked at stands in the drawing that there is, the content keeps that
    one and is `unfinished`; asked for again, it has the new drawing.
    """

    def __init__(self) -> None:
        self.scope = GraphScope()
        self.find = ""
        self.unfinished = False
        self._direction: Direction | None = None  # the one that somebody chose
        self._drawn: Drawing | None = None
        self._drawings = 0
        self._svg = ""
        self._view: dict[str, Any] = {}
        self._edges: list[tuple[int, int]] = []
        self._room: dict[int, float] = {}
        self._marks: tuple[object, dict[str, str]] = (None, {})
        self._statuses = SavedStatuses()

    def content(self, session: Session) -> Content:
        """The drawing, the letters and lines of its jobs, and what stands out in it."""
        state = session.state
        if state is None:
            return {"svg": ""}
        self._draw_or_put_off(session, state)
        return {**self._traits(session, state), **self._messages(session, state)}

    def turn(self) -> None:
        """Draw in the other direction from now on."""
        self._direction = OTHER[self._view["direction"]]

    def ready(self, session: Session) -> bool:
        """Whether no other part of the graph has to be drawn, or the one that is drawn has been seen for a while."""
        state = session.state
        return state is None or self.scope.calm(state.graph, session.looked_at, hold=_follows(session))

    # --- the drawing -------------------------------------------------------------------------------------------------

    def _draw_or_put_off(self, session: Session, state: RunState) -> None:
        only = self.scope.of(state.graph, session.looked_at, hold=_follows(session))
        wanted = state.graph, only, self._direction
        put_off = wanted != self._drawn and not self.unfinished and self._has(session, state)
        if wanted != self._drawn and not put_off:
            self._draw(state, wanted)
        self.unfinished = put_off

    def _has(self, session: Session, state: RunState) -> bool:
        """Whether the job that is looked at stands in the drawing that there is."""
        index = state.jobs[session.looked_at].node.index
        return self._drawn is not None and self._drawn[0] is state.graph and index in self._room

    def _draw(self, state: RunState, wanted: Drawing) -> None:
        page = picture.page_svg(state, direction=self._direction, only=wanted[1])
        self._svg, self._drawn, self._drawings = page.svg, wanted, self._drawings + 1
        self._edges = [(index, need) for index in page.jobs for need in state.graph.nodes[index].needs]
        rooms = [width - scene.TEXT_LEFT - scene.TEXT_RIGHT for _, _, width, _ in page.boxes]
        self._room = dict(zip(page.jobs, rooms, strict=True))
        self._view = {"direction": page.direction, "depth": self.scope.name, "depths": list(DEPTHS)}

    # --- what changes in it ------------------------------------------------------------------------------------------

    def _traits(self, session: Session, state: RunState) -> dict[str, Any]:
        ahead, still = session.next, at_rest(session)
        at = look(session, state)
        return {
            "svg": self._svg,
            **at,
            "ahead": state.graph[ahead[0]].index if ahead and still and not state.under_way else -1,
            "marks": self._marked(session, state, session.looked_at if at["selected"] else None),
            **self._statuses.content(session, state),
        }

    def _marked(self, session: Session, state: RunState, selected: str | None) -> dict[str, str]:
        """By edge, as "4-2", how it stands out."""
        key = (self._drawings, session.changes.failures, selected)
        if self._marks[0] != key:
            edges = edge_highlights(state, self._edges, selected).items()
            self._marks = key, {f"{i}-{d}": mark for (i, d), mark in edges}
        return self._marks[1]

    def _messages(self, session: Session, state: RunState) -> dict[str, Any]:
        changes, now = session.changes, session.now if session.busy or session.in_the_past else None

        def line(index: int) -> str:
            return box_line(state, index, self._room[index], now)

        return {
            "letters": letters(session, state),
            "lines": PerJob(changes, self._room, line, serial=self._drawings),
            "halts": halts(session),
            "found": self._found(session, state),
            "view": self._view,
            **({"alt": words.alt(state, session.counts)} if at_rest(session) else {}),
        }

    def matches(self, session: Session, state: RunState) -> list[int] | None:
        """The jobs that the search and the session's filter leave; None when neither is set."""
        return matching(session, state, self.find) if self.find or session.filter else None

    def _found(self, session: Session, state: RunState) -> dict[str, Any]:
        jobs = self.matches(session, state)
        if jobs is None:
            return {"jobs": None, "said": "", "find": ""}
        return {"jobs": jobs, "said": self._counted(jobs, len(state.graph)), "find": self.find}

    def _counted(self, found: list[int], of: int) -> str:
        """ "12 of 300"; where not all of them are drawn "12 found, 3 of them drawn"."""
        drawn = sum(index in self._room for index in found)
        if drawn == len(found):
            return f"{len(found):,} of {of:,}"
        return f"{len(found):,} found, {f'{drawn:,}' if drawn else 'none'} of them drawn"


def _follows(session: Session) -> bool:
    return bool(session.busy and not session.selected)


class GraphView(Part):
    """The widget. `statuses`: a letter a job, the place of its look in LOOKS from "a" on. `marks`: highlighted edges.

    While the run goes on, and of many jobs always, only the letters that differ are sent, by message.
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
        """Whether another part of the graph is still to be drawn."""
        return self._content.unfinished

    @property
    def ready(self) -> bool:
        """Whether the drawing stays, or was seen for a while."""
        return self._content.ready(self.session)

    def _follow(self, content: dict[str, Any]) -> None:
        """Off: stay with the job that is looked at."""
        self.session.select(-1 if content["on"] else self.looked_at)

    def _search(self, content: dict[str, Any]) -> None:
        """take: look at the first one found, whatever the page has heard of it so far."""
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
    """Text below the name in a box of so many pixels."""
    job = state.job_at(index)
    line = words.line(job, state, now=now, times=True)
    return scene.fitted_line(job, state, line, room) if job.status is Status.FAILED else _fitted(line, room)


@lru_cache(4096)
def _fitted(line: str, room: float) -> str:
    return fitted(line, LINE_PX, room)
