"""A scene as a matplotlib figure. A few collections are ten times as fast as an artist per box."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import numpy as np
from matplotlib import font_manager
from matplotlib.artist import Artist
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Transform
from numpy.typing import NDArray

from dojobber_nb.view.layout import Box, Curve, Edge, Point
from dojobber_nb.view.scene import Card, Label, Scene
from dojobber_nb.view.theme import (
    GROUP_DASH,
    HALT_PX,
    LETTERS,
    LOOKS,
    PAGES,
    RADIUS,
    ThemeName,
    edge_style,
    ink,
    is_bold,
)

Codes = NDArray[Any]
Outlines = tuple[Sequence[Curve], Sequence[Codes]]  # points and codes of each

PX: Final = 72  # per inch: one px of the scene is one point
FONT_FAMILY: Final = "DejaVu Sans"  # matplotlib ships it


def figure(scene: Scene, theme: ThemeName) -> Figure:
    """The whole scene."""
    drawn, transform = _canvas(scene, PAGES[theme].background)
    _add(drawn, transform, [*_edges(scene, theme), *_boxes(scene, theme), *_icons(scene, theme), *_marks(scene, theme)])
    for label in scene.texts:
        _add_text(drawn, transform, label, theme)
    return drawn


def outlines(scene: Scene) -> dict[str, Path]:
    """Outlines of curves, arrow heads and boxes, one path for each kind: a path per element takes ten times as long."""
    kinds = {"boxes": _rounded([card.box for card in scene.cards])}
    if scene.edges:
        kinds |= {"curves": _curves(list(scene.edges.values())), "heads": _heads(scene, list(scene.edges))}
    return {kind: Path(np.concatenate(points), np.concatenate(codes)) for kind, (points, codes) in kinds.items()}


def _canvas(scene: Scene, background: str) -> tuple[Figure, Transform]:
    """(figure, transform from the px of the scene, y downwards)."""
    drawn = Figure(figsize=(scene.width / PX, scene.height / PX), dpi=PX, facecolor=background)
    return drawn, Affine2D().scale(1 / PX, -1 / PX).translate(0, scene.height / PX) + drawn.dpi_scale_trans


def _add(drawn: Figure, transform: Transform, artists: Sequence[Artist]) -> None:
    for artist in artists:
        artist.set_transform(transform)
        drawn.add_artist(artist)


# --- edges -----------------------------------------------------------------------------------------------------------


def _edges(scene: Scene, theme: ThemeName) -> list[PathCollection]:
    order = sorted(scene.edges, key=lambda edge: edge in scene.highlights)  # highlighted edges on top
    styles = [edge_style(scene.highlights.get(edge), theme) for edge in order]
    colours, widths = [colour for colour, _ in styles], [width for _, width in styles]
    curves = _curves([scene.edges[edge] for edge in order])
    return [
        PathCollection(_paths(curves), facecolors="none", edgecolors=colours, linewidths=widths),
        PathCollection(_paths(_heads(scene, order)), facecolors=colours, linewidths=0),
    ]


def _curves(curves: Sequence[Curve]) -> Outlines:
    return curves, [_curve_codes(len(curve)) for curve in curves]


@cache
def _curve_codes(points: int) -> Codes:
    return np.array([_MOVE, *([_CURVE] * (points - 1))], Path.code_type)


def _heads(scene: Scene, order: Sequence[Edge]) -> Outlines:
    tips = np.array([scene.edges[edge][-1] for edge in order]).reshape(-1, 1, 2)
    return list(tips + _HEAD[:, :: 1 if scene.direction == "down" else -1]), [_HEAD_CODES] * len(order)


# --- boxes -----------------------------------------------------------------------------------------------------------


def _boxes(scene: Scene, theme: ThemeName) -> list[PathCollection]:
    looks = [LOOKS[card.state] for card in scene.cards]
    boxes = PathCollection(
        _paths(_rounded([card.box for card in scene.cards])),
        facecolors=[look[theme].fill for look in looks],
        edgecolors=[look[theme].stroke for look in looks],
        linewidths=[look.border for look in looks],
        linestyles=[_dash(card) for card in scene.cards],
    )
    return [*_hatched(scene, theme, boxes), *_rings(scene, theme)]


def _dash(card: Card) -> Any:
    # matplotlib counts dashes in line widths
    return (0, tuple(length / LOOKS[card.state].border for length in GROUP_DASH)) if card.group else "solid"


def _hatched(scene: Scene, theme: ThemeName, boxes: PathCollection) -> list[PathCollection]:
    """The boxes, and the hatches over blocked ones."""
    paths = [_hatch(card.box) for card in scene.cards if LOOKS[card.state].hatched]
    colour = LOOKS["blocked"][theme].hatch
    return [boxes, PathCollection(paths, facecolors="none", edgecolors=colour, linewidths=1)] if paths else [boxes]


def _hatch(box: Box) -> Path:
    x, y, w, h = box
    ends = np.array(diagonals(w, h)) + np.array((x, y))
    return Path(ends.reshape(-1, 2), [_MOVE, _LINE] * len(ends))


@cache
def diagonals(width: float, height: float, gap: float = 9.0, inset: float = 2.5) -> list[tuple[Point, Point]]:
    """(start, end) of hatch lines of a box at the origin, clear of its border and round corners."""
    w, h = width - 2 * inset, height - 2 * inset
    found = []
    for number in range(int((w + h - 1.5 * RADIUS) / gap) + 1):
        along = RADIUS + number * gap  # on the left and then the lower side, on the upper and then the right one
        start = inset + max(along - h, 0), inset + min(along, h)
        end = inset + min(along, w), inset + max(along - w, 0)
        found.append((start, end))
    return found


def _rings(scene: Scene, theme: ThemeName) -> list[PathCollection]:
    """The outline around the selected job."""
    boxes = [grown(card.box, 4) for card in scene.cards if "selected" in card.marks]
    if not boxes:
        return []
    paths = _paths(_rounded(boxes, RADIUS + 3))
    return [PathCollection(paths, facecolors="none", edgecolors=PAGES[theme].focus, linewidths=2)]


def _marks(scene: Scene, theme: ThemeName) -> list[PathCollection]:
    """The dots of breakpoints, in the legend too, and the pill of the job that is next."""
    page = PAGES[theme]
    dots = [card.breakpoint_dot for card in scene.cards if "halt" in card.marks]
    dots += [(x + 10, y + 10) for key, (x, y) in scene.legend if key == "halt"]
    flags = [card.flag for card in scene.cards if "next" in card.marks]
    pills = _paths(_rounded(flags, 8))
    found = [PathCollection(pills, facecolors=page.accent, linewidths=0)] if pills else []
    if dots:
        circles = [Path.circle(at, HALT_PX) for at in dots]
        colours = {"facecolors": LOOKS["failed"][theme].mark, "edgecolors": page.background}
        found.append(PathCollection(circles, linewidths=1.5, **colours))
    return found


def grown(box: Box, by: float) -> Box:
    """The box, larger by so many px on each side."""
    x, y, w, h = box
    return x - by, y - by, w + 2 * by, h + 2 * by


# --- icons and texts -------------------------------------------------------------------------------------------------


def _icons(scene: Scene, theme: ThemeName) -> list[PathCollection]:
    icons = [(card.state, card.icon, LOOKS[card.state][theme].icon) for card in scene.cards]
    icons += [(state, at, LOOKS[state][theme].mark) for state, at in scene.legend if state in LOOKS]
    paths = [Path(_icon(state).vertices + np.array(at), _icon(state).codes) for state, at, _ in icons]
    drawn = PathCollection(paths, facecolors=[colour for _, _, colour in icons], linewidths=0)
    groups = _paths(_rounded([(x, y + 2, 22, 16) for state, (x, y) in scene.legend if state == "group"], 5))
    dash: Any = (0, (3.4, 2.1))
    sample = PathCollection(groups, facecolors="none", edgecolors=PAGES[theme].muted, linewidths=1.2, linestyles=[dash])
    return [drawn, sample] if groups else [drawn]


def _add_text(drawn: Figure, transform: Transform, label: Label, theme: ThemeName) -> None:
    drawn.text(
        label.x,
        label.y,
        _with_glyphs(label.text),
        transform=transform,
        color=ink(label.role, label.state, theme),
        fontsize=LETTERS[label.role].px,
        fontweight="bold" if is_bold(label.role, label.state) else "normal",
        family=FONT_FAMILY,
        parse_math=False,
        verticalalignment="baseline",
    )


def _with_glyphs(text: str) -> str:
    """The text with ▯ for each character that the font lacks, of which matplotlib would warn."""
    return text if text.isascii() else "".join(each if ord(each) in _glyphs() else "▯" for each in text)


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(font_manager.get_font(font_manager.findfont(FONT_FAMILY)).get_charmap())


# --- paths -----------------------------------------------------------------------------------------------------------

_MOVE, _LINE, _CURVE, _CLOSE = Path.MOVETO, Path.LINETO, Path.CURVE4, Path.CLOSEPOLY
_COMMANDS: Final = {"M": (_MOVE, 1), "L": (_LINE, 1), "C": (_CURVE, 3), "Z": (_CLOSE, 1)}
_ROUNDED: Final = np.array([_MOVE, *([_LINE, _CURVE, _CURVE, _CURVE] * 4), _CLOSE], Path.code_type)
_HEAD: Final = np.array([(0, 0), (-4, -8), (4, -8), (0, 0)], float)  # of an arrow that points down
_HEAD_CODES: Final = np.array([_MOVE, _LINE, _LINE, _CLOSE], Path.code_type)
_BEND: Final = 0.4477  # of the radius: where the control points of a quarter circle lie


def _paths(outlines: Outlines) -> list[Path]:
    """One path per outline."""
    return [Path(points, codes) for points, codes in zip(*outlines, strict=True)]


def _rounded(boxes: Sequence[Box], radius: float = RADIUS) -> Outlines:
    """Outlines of boxes with round corners, clockwise from the upper left."""
    k, c = radius, round(radius * _BEND, 1)
    x, y, w, h = np.array(boxes, float).reshape(-1, 4).T
    r, b = x + w, y + h
    points = [
        (x + k, y), (r - k, y), (r - c, y), (r, y + c), (r, y + k),
        (r, b - k), (r, b - c), (r - c, b), (r - k, b),
        (x + k, b), (x + c, b), (x, b - c), (x, b - k),
        (x, y + k), (x, y + c), (x + c, y), (x + k, y), (x + k, y),
    ]  # fmt: skip
    return list(np.array(points).transpose(2, 0, 1)), [_ROUNDED] * len(boxes)


@cache
def _icon(state: str) -> Path:
    """The icon's SVG path data (M, L, C and Z) as a matplotlib path."""
    numbers: list[float] = []
    codes: list[Any] = []
    for letter, values in re.findall(r"([MLCZ])([^MLCZ]*)", LOOKS[state].icon):
        code, count = _COMMANDS[letter]
        codes += [code] * count
        numbers += map(float, values.split() or (0, 0))
    return Path(np.array(numbers).reshape(-1, 2), codes)
