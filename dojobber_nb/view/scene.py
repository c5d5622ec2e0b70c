"""The scene of a run: positions of boxes, edges and texts, and the state of each; no colours, no matplotlib."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from dojobber_nb.core.events import Status
from dojobber_nb.core.graph import JobKind
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.state import RunState
from dojobber_nb.view import words
from dojobber_nb.view.edge_highlights import edge_highlights
from dojobber_nb.view.layout import Box, Curve, Direction, Edge, Layout, Point, layout
from dojobber_nb.view.text_metrics import fitted, text_width
from dojobber_nb.view.theme import LETTERS, LINE_PX, LOOKS, NAME_PX, look_key

MARGIN, HEADER, LEGEND_ROW = 28.0, 58.0, 30.0  # px
BOX_HEIGHT, LEAST_TEXT, MOST_TEXT = 46.0, 112.0, 236.0  # px; the text beside the icon
BOLD = 1.08  # width of bold text relative to plain text
ICON_PX, ICON_LEFT, TEXT_LEFT, TEXT_RIGHT = 20.0, 11.0, 40.0, 13.0
ROOM_FOR = "recheck is next · try 2/3"  # least width of boxes whose line changes
NAME_DOWN, LINE_DOWN = 20.0, 36.5  # baselines below the top of a box
MARKS: Final[Mapping[str, str]] = {"halt": "breakpoint", "next": "next", "selected": "selected"}  # with their words
ENTRIES: Final = {
    **{key: look.word for key, look in LOOKS.items()},
    "group": "group",
    "halt": MARKS["halt"],
}  # of legends


@dataclass(slots=True)
class Label:
    """A text whose baseline starts at (x, y); `role` is a key of LETTERS in theme.py."""

    x: float
    y: float
    text: str
    role: str
    state: str = ""  # of the job it belongs to


@dataclass(slots=True)
class Card:
    """A job's box and its content; `state` is a key of LOOKS, `marks` are keys of MARKS."""

    index: int
    box: Box
    state: str
    group: bool
    name: Label
    line: Label
    marks: frozenset[str] = frozenset()

    @property
    def icon(self) -> Point:
        """The upper left corner of the icon's 20 × 20 px."""
        x, y, _, height = self.box
        return x + ICON_LEFT, y + (height - ICON_PX) / 2

    @property
    def breakpoint_dot(self) -> Point:
        """The centre of the dot that marks a breakpoint."""
        return self.box[0] + 3, self.box[1] + 3

    @property
    def flag(self) -> Box:
        """The box of the "next" label, on the upper border at the right."""
        x, y, width, _ = self.box
        return round(x + width - 50, 1), round(y - 9, 1), 40.0, 17.0


@dataclass(slots=True)
class Scene:
    """A drawing of width × height px; coordinates are rounded to a tenth of a px.

    highlights: by edge "failed" or "selected".
    """

    width: float
    height: float
    direction: Direction
    cards: list[Card]
    edges: dict[Edge, Curve]
    highlights: dict[Edge, str] = field(default_factory=dict)
    labels: list[Label] = field(default_factory=list)  # outside of boxes
    legend: list[tuple[str, Point]] = field(default_factory=list)  # (key in ENTRIES, upper left corner of its icon)

    @property
    def texts(self) -> Iterator[Label]:
        """All texts."""
        for card in self.cards:
            yield card.name
            yield card.line
        yield from self.labels
        yield from self.flags

    @property
    def flags(self) -> Iterator[Label]:
        """The texts of the "next" labels."""
        for card in self.cards:
            if "next" in card.marks:
                x, y, _, _ = card.flag
                yield Label(x + 7, y + 12.5, MARKS["next"], "flag")


def picture(
    state: RunState,
    *,
    direction: Direction | None = None,
    selected: str | None = None,
    next_job: str | None = None,
    breakpoints: Collection[str] = (),
    only: Collection[int] | None = None,
) -> Scene:
    """The scene with title, counts and legend; boxes are as wide as their current text.
    selected, next_job: names of jobs. breakpoints: names of jobs that have one. only: indices of the jobs to draw
    (None: all).
    """
    jobs = _drawn_ones(state, only)
    lines = [words.line(job, state) for job in jobs]
    scene = _scene(state, jobs, lines, _laid_out(jobs, lines, direction), (MARGIN, MARGIN + HEADER))
    scene.highlights = edge_highlights(state, scene.edges, selected)
    marks: dict[str, Collection[str | None]] = {"selected": (selected,), "next": (next_job,), "halt": breakpoints}
    for mark, names in marks.items():
        _mark(scene, mark, {job.node.index for job in jobs if job.name in names})
    _add_header(scene, state)
    _add_legend(scene)
    return scene


def live(state: RunState, *, direction: Direction | None = None, only: Collection[int] | None = None) -> Scene:
    """The graph alone, for the page; boxes are wide enough for the lines of later states."""
    jobs = _drawn_ones(state, only)
    lines = [words.line(job, state, times=True) for job in jobs]
    scene = _scene(state, jobs, lines, _laid_out(jobs, [ROOM_FOR] * len(jobs), direction), (8.0, 8.0))
    scene.highlights = edge_highlights(state, scene.edges, None)
    return scene


def _drawn_ones(state: RunState, only: Collection[int] | None) -> list[JobState]:
    jobs = list(state.jobs.values())
    return jobs if only is None else [jobs[index] for index in sorted(only)]


def _laid_out(jobs: list[JobState], lines: list[str], direction: Direction | None) -> Layout:
    """The layout of these jobs; its edges use the indices of the whole graph."""
    sizes = [_size(words.name(job.name), line) for job, line in zip(jobs, lines, strict=True)]
    place = {job.node.index: number for number, job in enumerate(jobs)}
    needs = [[place[need] for need in job.node.needs if need in place] for job in jobs]
    drawn = layout(sizes, needs, direction=direction)
    drawn.edges = {(jobs[i].node.index, jobs[d].node.index): curve for (i, d), curve in drawn.edges.items()}
    return drawn


def _size(name: str, line: str) -> tuple[float, float]:
    text = max(text_width(name, NAME_PX), text_width(line, LINE_PX * BOLD), LEAST_TEXT)
    return round(TEXT_LEFT + min(text, MOST_TEXT) + TEXT_RIGHT), BOX_HEIGHT


def _scene(state: RunState, jobs: list[JobState], lines: list[str], drawn: Layout, origin: Point) -> Scene:
    left, top = origin
    cards = [
        _card(job, (round(x + left, 1), round(y + top, 1), w, h), line, state)
        for job, (x, y, w, h), line in zip(jobs, drawn.boxes, lines, strict=True)
    ]
    edges = dict(zip(drawn.edges, _moved(list(drawn.edges.values()), origin), strict=True))
    return Scene(drawn.width + 2 * left, drawn.height + top + left, drawn.direction, cards, edges)


def _mark(scene: Scene, mark: str, jobs: set[int]) -> None:
    for card in scene.cards if jobs else ():
        if card.index in jobs:
            card.marks |= {mark}


def _moved(curves: list[Curve], by: Point) -> list[Curve]:
    """The curves, moved. All at once: one by one takes as long as the layout."""
    if not curves:
        return []
    points = np.round(np.concatenate(curves) + by, 1)
    return np.split(points, np.cumsum([len(curve) for curve in curves])[:-1])


def _card(job: JobState, box: Box, line: str, state: RunState) -> Card:
    x, y, width, _ = box
    look, room = look_key(job), width - TEXT_LEFT - TEXT_RIGHT
    name = Label(x + TEXT_LEFT, y + NAME_DOWN, _fitted_name(job.name, room), "name", look)
    said = Label(x + TEXT_LEFT, y + LINE_DOWN, fitted_line(job, state, line, room), "line", look)
    return Card(job.node.index, box, look, job.node.kind is JobKind.DUMMY, name, said)


def fitted_line(job: JobState, state: RunState, line: str, room: float) -> str:
    """The line of a box, shortened to `room` px. A failure with two messages keeps a part of each."""
    px = LINE_PX * BOLD if LOOKS[look_key(job)].bold else LINE_PX
    if job.status is Status.FAILED and (width := text_width(line, px)) > room + 1:
        line = words.line(job, state, limit=int(len(line) * room / width))
    return fitted(line, px, room)


def _fitted_name(job: str, room: float) -> str:
    """The name, cut in the middle: similar names differ at their ends."""
    name = words.name(job)
    width = text_width(name, NAME_PX)
    return name if width <= room + 1 else words.name(job, int(len(name) * room / width))


def _add_header(scene: Scene, state: RunState) -> None:
    part = f" · {len(scene.cards)} of them drawn" if len(scene.cards) < len(state.graph) else ""
    scene.labels += [
        Label(MARGIN, MARGIN + 12, words.name(state.graph.root.name, 60), "title"),
        Label(MARGIN, MARGIN + 34, words.summary(state) + part, "summary"),
    ]
    scene.width = max(
        scene.width, *(MARGIN * 2 + text_width(label.text, LETTERS[label.role].px * 1.1) for label in scene.labels)
    )


def _add_legend(scene: Scene) -> None:
    """Add the legend of the states and marks in use, in as many rows as needed."""
    present = {card.state for card in scene.cards} | {mark for card in scene.cards for mark in card.marks}
    present |= {"group" for card in scene.cards if card.group}
    entries = [(key, word) for key, word in ENTRIES.items() if key in present]
    x, y = MARGIN, scene.height + 4
    for key, word in [*entries, ("", words.LEGEND)]:
        width = text_width(word, LINE_PX) + (28 if key else 0)
        if x > MARGIN and x + width > scene.width - MARGIN:
            x, y = MARGIN, y + LEGEND_ROW
        if key:
            scene.legend.append((key, (x, y)))
        scene.labels.append(Label(x + (28 if key else 0), y + 14.5, word, "legend"))
        x += width + 24
    scene.height = y + LEGEND_ROW + 8
