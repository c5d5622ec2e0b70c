"""GraphView: the job graph, drawn once, its boxes changing with the run."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar, Final

import traitlets

from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.part import Part, module, styles
from dojobber_nb.view import picture, scene, words
from dojobber_nb.view.measure import fitted
from dojobber_nb.view.theme import LINE_PX, LOOKS, shown
from dojobber_nb.view.trail import marked

LETTERS: Final = {state: chr(ord("a") + number) for number, state in enumerate(LOOKS)}


class GraphView(Part):
    """`statuses`: a letter a job, the place of its look in LOOKS from "a" on. `marks`: the edges that stand out."""

    _esm = module("graph")
    _css = styles("graph")
    svg = traitlets.Unicode().tag(sync=True)
    statuses = traitlets.Unicode().tag(sync=True)
    marks = traitlets.Dict().tag(sync=True)
    looked_at = traitlets.Int(-1).tag(sync=True)
    selected = traitlets.Bool(False).tag(sync=True)
    ahead = traitlets.Int(-1).tag(sync=True)

    _drawn: JobGraph | None = None

    def refresh(self) -> None:
        """Show how things stand."""
        state = self.session.state
        if state is None:
            self.svg = ""
            return
        with self.hold_sync():
            if state.graph is not self._drawn:
                self._draw(state)
            self._colour(state)
        self._say_lines(state)
        if self.session.in_the_past or not self.session.busy:
            self.say("alt", words.alt(state))

    def _draw(self, state: RunState) -> None:
        page = picture.page_svg(state)
        self.svg, self._drawn = page.svg, state.graph
        self._edges = [(node.index, need) for node in state.graph for need in node.needs]
        self._room = [width - scene.TEXT_LEFT - scene.TEXT_RIGHT for _, _, width, _ in page.boxes]
        self._said.pop("lines", None)

    def _colour(self, state: RunState) -> None:
        jobs, looked_at, ahead = state.jobs, self.session.looked_at, self.session.next
        self.statuses = "".join([LETTERS[shown(job)] for job in jobs.values()])
        self.looked_at = jobs[looked_at].node.index if looked_at in jobs else -1
        self.selected = looked_at == self.session.selected != ""
        at_rest = self.session.in_the_past or not self.session.busy
        self.ahead = jobs[ahead[0]].node.index if ahead and at_rest and not state.under_way else -1
        marks = marked(state, self._edges, looked_at if self.selected else None)
        self.marks = {f"{i}-{d}": mark for (i, d), mark in marks.items()}

    def _say_lines(self, state: RunState) -> None:
        """What each box says below its name, as much as there is room for: those that are new."""
        now = self.session.now if self.session.busy or self.session.in_the_past else None
        said = (words.line(job, state, now=now) for job in state.jobs.values())
        lines = [_fitted(line, room) for line, room in zip(said, self._room, strict=True)]
        before = self._said.get("lines", [""] * len(lines))
        new = {number: line for number, line in enumerate(lines) if line != before[number]}
        if new:
            self._said["lines"] = lines
            self.send({"kind": "lines", "content": new})

    def _select(self, content: dict[str, Any]) -> None:
        self.session.select(int(content["job"]))

    HEARS: ClassVar[Mapping[str, Any]] = {"select": _select}


@lru_cache(4096)
def _fitted(line: str, room: float) -> str:
    return fitted(line, LINE_PX, room)
