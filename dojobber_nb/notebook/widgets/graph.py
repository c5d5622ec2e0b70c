"""GraphView: the job graph, drawn once, its boxes changing with the run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar, Final

import traitlets

from dojobber_nb.core.events import Status
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.actions.job_breakpoints import halts
from dojobber_nb.notebook.widgets.base import Part, Source, module, styles
from dojobber_nb.notebook.widgets.graph_scope import DEPTHS, GraphScope
from dojobber_nb.view import picture, scene, words
from dojobber_nb.view.edge_highlights import marked
from dojobber_nb.view.layout import Direction
from dojobber_nb.view.text_metrics import fitted
from dojobber_nb.view.theme import LINE_PX, LOOKS, shown

LETTERS: Final = {state: chr(ord("a") + number) for number, state in enumerate(LOOKS)}
OTHER: Final[Mapping[Direction, Direction]] = {"down": "right", "right": "down"}
Drawing = tuple[JobGraph, frozenset[int] | None, Direction | None]  # of which graph, the jobs if not all, and how

FIND = 200  # characters looked for
SENT_WHOLE = 100  # jobs: the statuses of so many are no more than a message about one change


class GraphView(Part):
    """`statuses`: a letter a job, the place of its look in LOOKS from "a" on. `marks`: the edges that stand out.

    While the run goes on, and of many jobs always, only the letters that are new are said, by message.
    """

    slow = True  # another part of the graph takes its time to draw

    _esm = module("graph")
    _css = styles("graph")
    svg = traitlets.Unicode().tag(sync=True)
    statuses = traitlets.Unicode().tag(sync=True)
    marks = traitlets.Dict().tag(sync=True)
    looked_at = traitlets.Int(-1).tag(sync=True)
    selected = traitlets.Bool(False).tag(sync=True)
    ahead = traitlets.Int(-1).tag(sync=True)

    def __init__(self, source: Source) -> None:
        self._portion = GraphScope()
        self._direction: Direction | None = None  # the one that somebody chose
        self._view: dict[str, Any] = {}
        self._find = ""
        self._drawn: Drawing | None = None
        super().__init__(source)

    def refresh(self) -> None:
        """Show how things stand."""
        state = self.session.state
        if state is None:
            self.svg = ""
            return
        wanted = self._wanted(state)
        if wanted != self._drawn and self._has(state):  # it is seen to be looked at before another drawing is made
            self._show(state, None)
            self.session.viewers.send()
        self._show(state, wanted)

    def _show(self, state: RunState, drawing: Drawing | None) -> None:
        """How things stand, in that drawing; None: in the one that there is."""
        with self.hold_sync():
            if drawing not in (None, self._drawn):
                self._draw(state, drawing)
            self._point(state)
            letters = "".join([LETTERS[shown(job)] for job in state.jobs.values()])
            if self._at_rest and (state.ended or len(letters) <= SENT_WHOLE or not self.statuses):
                self.statuses = letters
        self._say_statuses(letters)
        self._say_lines(state)
        self.say("halts", halts(self.session))
        self.say("found", self._found(state))
        self.say("view", self._view)
        if self._at_rest:
            self.say("alt", words.alt(state))

    @property
    def _at_rest(self) -> bool:
        return self.session.in_the_past or not self.session.busy

    def _wanted(self, state: RunState) -> Drawing:
        """What is to be drawn."""
        return state.graph, self._portion.of(state.graph, self.session.looked_at, hold=self._follows), self._direction

    @property
    def _follows(self) -> bool:
        return bool(self.session.busy and not self.session.selected)

    @property
    def ready(self) -> bool:
        """Whether no other part of the graph has to be drawn, or the one that is drawn has been seen for a while."""
        state = self.session.state
        return state is None or self._portion.calm(state.graph, self.session.looked_at, hold=self._follows)

    def _has(self, state: RunState) -> bool:
        """Whether the job that is looked at stands in the drawing that there is."""
        drawn, index = self._drawn, state.jobs[self.session.looked_at].node.index
        return drawn is not None and drawn[0] is state.graph and index in self._room

    def _draw(self, state: RunState, wanted: Drawing) -> None:
        page = picture.page_svg(state, direction=self._direction, only=wanted[1])
        self.svg, self._drawn = page.svg, wanted
        self._edges = [(index, need) for index in page.jobs for need in state.graph.nodes[index].needs]
        rooms = [width - scene.TEXT_LEFT - scene.TEXT_RIGHT for _, _, width, _ in page.boxes]
        self._room = dict(zip(page.jobs, rooms, strict=True))
        self._view = {"direction": page.direction, "depth": self._portion.name, "depths": list(DEPTHS)}
        self._said.pop("lines", None)

    @property
    def room(self) -> dict[int, float]:
        """By the index of each job that is drawn, the pixels that its box has for text."""
        return self._room

    def marks_in(self, state: RunState, selected: str | None) -> dict[str, str]:
        """By edge, as "4-2", how it stands out."""
        return {f"{i}-{d}": mark for (i, d), mark in marked(state, self._edges, selected).items()}

    def _point(self, state: RunState) -> None:
        jobs, looked_at, ahead = state.jobs, self.session.looked_at, self.session.next
        self.looked_at = jobs[looked_at].node.index if looked_at in jobs else -1
        self.selected = looked_at == self.session.selected != ""
        self.ahead = jobs[ahead[0]].node.index if ahead and self._at_rest and not state.under_way else -1
        self.marks = self.marks_in(state, looked_at if self.selected else None)

    def _say_statuses(self, letters: str) -> None:
        """Those that are new, as long as the page has the others."""
        before, self._said["statuses"] = self._said.get("statuses", ""), letters
        if len(before) != len(letters):
            self.send({"kind": "statuses", "content": letters})
        elif new := {index: letter for index, letter in enumerate(letters) if letter != before[index]}:
            self.send({"kind": "turned", "content": new})

    def _say_lines(self, state: RunState) -> None:
        """What each box says below its name, as much as there is room for: those that are new."""
        now = self.session.now if self.session.busy or self.session.in_the_past else None
        self.say_new("lines", {index: box_line(state, index, room, now) for index, room in self._room.items()})

    def _found(self, state: RunState) -> dict[str, Any]:
        """The jobs that `find` and the session's filter leave; None when neither is set."""
        wanted, only = self._find.casefold(), self.session.filter
        if not wanted and not only:
            return {"jobs": None, "said": "", "find": ""}
        jobs = [
            job.node.index
            for job in state.jobs.values()
            if wanted in job.name.casefold() and only in ("", words.counted(job))
        ]
        return {"jobs": jobs, "said": self._said_of(jobs, len(state.graph)), "find": self._find}

    def _said_of(self, found: list[int], of: int) -> str:
        """ "12 of 300"; where not all of them are drawn "12 found, 3 of them drawn"."""
        drawn = sum(index in self._room for index in found)
        return (
            f"{len(found):,} of {of:,}"
            if drawn == len(found)
            else f"{len(found):,} found, {f'{drawn:,}' if drawn else 'none'} of them drawn"
        )

    # --- messages ----------------------------------------------------------------------------------------------------

    def _follow(self, content: dict[str, Any]) -> None:
        """Off: stay with the job that is looked at."""
        self.session.select(-1 if content["on"] else self.looked_at)

    def _search(self, content: dict[str, Any]) -> None:
        """take: look at the first one found, whatever the page has heard of it so far."""
        self._find = str(content["text"])[:FIND].strip()
        state = self.session.state
        jobs = self._found(state)["jobs"] if content.get("take") and state else None
        self.session.select(jobs[0]) if jobs else self.session.refresh()

    def _only(self, content: dict[str, Any]) -> None:
        self.session.show_only(content["status"])

    def _around(self, content: dict[str, Any]) -> None:
        self._portion.choose(str(content["depth"]))
        self.session.refresh()

    def _turn(self, content: dict[str, Any]) -> None:
        self._direction = OTHER[self._view["direction"]]
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
