"""A run drawn by matplotlib: PNG, PDF, SVG, and the SVG that the page keeps alive. Importing it wakes matplotlib."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path as File
from typing import IO, Any

from matplotlib import font_manager, rc_context
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.transforms import Affine2D, Transform

from dojobber_nb.core.graph import JobGraph, Kind
from dojobber_nb.core.state import RunState
from dojobber_nb.view import scene as scenes
from dojobber_nb.view import words
from dojobber_nb.view.layout import Box, Direction, Point
from dojobber_nb.view.scene import Card, Label, Scene
from dojobber_nb.view.theme import (
    FONT,
    GROUP_DASH,
    LINE_PX,
    LOOKS,
    NAME_PX,
    PAGES,
    RADIUS,
    TITLE_PX,
    Colours,
    Look,
    Page,
    ThemeName,
    shown,
)

PNG_DPI = 144  # two dots per px: sharp on the screens people have
POINTS = 72  # px per inch in the figure: one px is one point
FORMATS = ("png", "svg", "pdf", "dot")


def draw(
    run: RunState | JobGraph,
    *,
    theme: ThemeName = "light",
    direction: Direction | None = None,
    selected: str | None = None,
) -> Figure:
    """The run as a matplotlib figure, with title, counts and legend."""
    return _figure(scenes.picture(_state(run), direction=direction, selected=selected), theme, texts=True)


def write(
    run: RunState | JobGraph,
    file: str | File | IO[bytes],
    fmt: str = "png",
    *,
    theme: ThemeName = "light",
    direction: Direction | None = None,
) -> None:
    """The run as png, svg, pdf or dot, into a path or a binary file; the same bytes for the same state."""
    data = _bytes(_state(run), fmt, theme, direction)
    if isinstance(file, str | File):
        File(file).write_bytes(data)
    else:
        file.write(data)


def _state(run: RunState | JobGraph) -> RunState:
    return RunState(run) if isinstance(run, JobGraph) else run


def _bytes(state: RunState, fmt: str, theme: ThemeName, direction: Direction | None) -> bytes:
    if fmt == "dot":
        return dot(state).encode()
    if fmt == "svg":
        return static_svg(state, theme=theme, direction=direction).encode()
    if fmt not in FORMATS:
        raise ValueError(f"{fmt!r:.40} is no format of a picture; there are {', '.join(FORMATS)}")
    into = io.BytesIO()
    metadata: dict[str, Any] = {"CreationDate": None} if fmt == "pdf" else {"Title": words.alt(state)}
    draw(state, theme=theme, direction=direction).savefig(into, format=fmt, dpi=PNG_DPI, metadata=metadata)
    return into.getvalue()


# --- the figure ------------------------------------------------------------------------------------------------------


def _figure(scene: Scene, theme: ThemeName, *, texts: bool) -> Figure:
    page = PAGES[theme]
    figure = Figure(figsize=(scene.width / POINTS, scene.height / POINTS), dpi=POINTS, facecolor=page.background)
    flipped = Affine2D().scale(1 / POINTS, -1 / POINTS).translate(0, scene.height / POINTS) + figure.dpi_scale_trans
    for collection in (*_edges(scene, theme), *_boxes(scene, theme), *_icons(scene, theme)):
        collection.set_transform(flipped)
        figure.add_artist(collection)
    if texts:
        for label in scene.texts:
            _write_text(figure, label, theme, flipped)
    return figure


def _edges(scene: Scene, theme: ThemeName) -> list[PathCollection]:
    """Edges, then their heads; those that stand out are drawn last."""
    page = PAGES[theme]
    order = sorted(scene.edges, key=lambda edge: edge in scene.marked)
    colours = [_edge_colour(scene.marked.get(edge), page, theme) for edge in order]
    widths = [1.9 if edge in scene.marked else 1.2 for edge in order]
    curves = PathCollection(
        [_curve(scene.edges[edge]) for edge in order], facecolors="none", edgecolors=colours, linewidths=widths, gid="edges"
    )
    heads = PathCollection(
        [_head(scene.edges[edge][-1], scene.direction) for edge in order], facecolors=colours, linewidths=0, gid="heads"
    )
    return [curves, heads]


def _edge_colour(mark: str | None, page: Page, theme: ThemeName) -> str:
    if mark == "failed":
        return LOOKS["failed"].light.fill if theme == "light" else LOOKS["failed"].dark.fill
    return page.focus if mark else page.edge


def _boxes(scene: Scene, theme: ThemeName) -> list[PathCollection]:
    looks = [(_colours(card, theme), LOOKS[card.state]) for card in scene.cards]
    boxes = PathCollection(
        [_rounded(card.box) for card in scene.cards],
        facecolors=[colours.fill for colours, _ in looks],
        edgecolors=[colours.stroke for colours, _ in looks],
        linewidths=[look.border for _, look in looks],
        linestyles=[_dash(card, look) for card, (_, look) in zip(scene.cards, looks, strict=True)],
        gid="boxes",
    )
    return [boxes, *_hatch(scene, theme), *_rings(scene, theme)]


def _hatch(scene: Scene, theme: ThemeName) -> list[PathCollection]:
    paths = [_rounded(card.box) for card in scene.cards if LOOKS[card.state].hatched]
    colour = LOOKS["blocked"].light.hatch if theme == "light" else LOOKS["blocked"].dark.hatch
    return [PathCollection(paths, facecolors="none", edgecolors=colour, linewidths=0, hatch="///")] if paths else []


def _rings(scene: Scene, theme: ThemeName) -> list[PathCollection]:
    """Around what is selected."""
    paths = [_rounded(_grown(card.box, 4), RADIUS + 3) for card in scene.cards if card.selected]
    return [PathCollection(paths, facecolors="none", edgecolors=PAGES[theme].focus, linewidths=2)] if paths else []


def _icons(scene: Scene, theme: ThemeName) -> list[PathCollection]:
    icons = [(_icon(card.state, card.icon), _colours(card, theme).icon) for card in scene.cards]
    icons += [(_icon(key, at), _of(LOOKS[key], theme).icon) for key, at in scene.legend if key != "group"]
    drawn = PathCollection([path for path, _ in icons], facecolors=[colour for _, colour in icons], linewidths=0)
    groups = [_rounded((x, y + 2, 22, 16), 5) for key, (x, y) in scene.legend if key == "group"]
    dash = (0, (4.0, 2.5))
    sample = PathCollection(groups, facecolors="none", edgecolors=PAGES[theme].muted, linewidths=1.2, linestyles=[dash])
    return [drawn, sample] if groups else [drawn]


def _write_text(figure: Figure, label: Label, theme: ThemeName, transform: Transform) -> None:
    figure.text(
        label.x,
        label.y,
        _drawable(label.text),
        transform=transform,
        color=_ink(label, theme),
        fontsize=_px(label),
        fontweight=_weight(label),
        family="DejaVu Sans",
        parse_math=False,
        verticalalignment="baseline",
    )


def _drawable(text: str) -> str:
    """The text with a box for what the font has no glyph for."""
    glyphs = _glyphs()
    return "".join(character if ord(character) in glyphs else "▯" for character in text)


def _glyphs() -> dict[int, Any]:
    return dict(font_manager.get_font(font_manager.findfont("DejaVu Sans")).get_charmap())


# --- how parts look --------------------------------------------------------------------------------------------------


def _of(look: Look, theme: ThemeName) -> Colours:
    return look.light if theme == "light" else look.dark


def _colours(card: Card, theme: ThemeName) -> Colours:
    return _of(LOOKS[card.state], theme)


def _dash(card: Card, look: Look) -> Any:
    # matplotlib counts dashes in line widths
    return (0, tuple(length / look.border for length in GROUP_DASH)) if card.group else "solid"


def _ink(label: Label, theme: ThemeName) -> str:
    if label.role in ("name", "line"):
        colours = _of(LOOKS[label.state], theme)
        return colours.text if label.role == "name" else colours.line
    return PAGES[theme].ink if label.role == "title" else PAGES[theme].muted


def _px(label: Label) -> float:
    return {"name": NAME_PX, "title": TITLE_PX}.get(label.role, LINE_PX)


def _weight(label: Label) -> str:
    bold = label.role == "title" or (label.role == "line" and LOOKS[label.state].bold)
    return "bold" if bold else "normal"


# --- paths -----------------------------------------------------------------------------------------------------------

_MOVE, _LINE, _CURVE, _CLOSE = Path.MOVETO, Path.LINETO, Path.CURVE4, Path.CLOSEPOLY
_ROUNDED_CODES = [_MOVE, *([_LINE, _CURVE, _CURVE, _CURVE] * 4), _CLOSE]
_BEND = 0.4477  # of the radius: where the control points of a quarter circle lie


def _curve(points: Sequence[Point]) -> Path:
    return Path(points, [_MOVE, *([_CURVE] * (len(points) - 1))])


def _head(tip: Point, direction: Direction) -> Path:
    x, y = tip
    down = [(x, y), (x - 4, y - 8), (x + 4, y - 8), (x, y)]
    right = [(x, y), (x - 8, y - 4), (x - 8, y + 4), (x, y)]
    return Path(down if direction == "down" else right, [_MOVE, _LINE, _LINE, _CLOSE])


def _rounded(box: Box, radius: float = RADIUS) -> Path:
    x, y, w, h = box
    r, b = x + w, y + h
    k, c = radius, radius * _BEND
    points = [
        (x + k, y), (r - k, y), (r - c, y), (r, y + c), (r, y + k),
        (r, b - k), (r, b - c), (r - c, b), (r - k, b),
        (x + k, b), (x + c, b), (x, b - c), (x, b - k),
        (x, y + k), (x, y + c), (x + c, y), (x + k, y), (x + k, y),
    ]  # fmt: skip
    return Path(points, _ROUNDED_CODES)


def _grown(box: Box, by: float) -> Box:
    x, y, w, h = box
    return x - by, y - by, w + 2 * by, h + 2 * by


_CODES = {"M": (_MOVE, 1), "L": (_LINE, 1), "C": (_CURVE, 3)}


def _icon(state: str, at: Point) -> Path:
    icon = _parsed(state)
    return Path(icon.vertices + at, icon.codes)


def _parsed(state: str, known: dict[str, Path] = {}) -> Path:  # noqa: B006  # kept on purpose: icons never change
    if state not in known:
        known[state] = _path(LOOKS[state].icon)
    return known[state]


def _path(data: str) -> Path:
    """Path data of M, L, C and Z as a matplotlib path."""
    points: list[Point] = []
    codes: list[Any] = []
    for letter, numbers in re.findall(r"([MLCZ])([^MLCZ]*)", data):
        if letter == "Z":
            points.append((0.0, 0.0))
            codes.append(_CLOSE)
            continue
        values = [float(number) for number in numbers.split()]
        points += list(zip(values[::2], values[1::2], strict=True))
        codes += [_CODES[letter][0]] * _CODES[letter][1]
    return Path(points, codes)


# --- SVG -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class PageSvg:
    """The live picture: `svg` is markup, `boxes[i]` is (x, y, width, height) of job i in its viewBox of width × height."""

    svg: str
    width: float
    height: float
    direction: Direction
    boxes: list[Box]


def page_svg(run: RunState | JobGraph, *, theme: ThemeName = "light", direction: Direction | None = None) -> PageSvg:
    """The graph for the page, drawn once: a script then sets attributes of its parts.

    Each job is a `<g data-job="i">` of `data-part` box (a path), hatch (a path), icon (a path, moved by its transform),
    name and line (texts); each edge a `<g data-edge="i-d">` of `data-part` curve and head. No ids, no styles.
    """
    state = _state(run)
    scene = scenes.live(state, direction=direction)
    svg = _svg(scene, theme, words.alt(state), "")
    return PageSvg(svg, scene.width, scene.height, scene.direction, [card.box for card in scene.cards])


def static_svg(state: RunState, *, theme: ThemeName = "light", direction: Direction | None = None) -> str:
    """A picture that stands alone, with title, counts and legend."""
    scene = scenes.picture(state, direction=direction)
    background = f'<rect width="100%" height="100%" fill="{PAGES[theme].background}"/>'
    return _svg(scene, theme, words.alt(state), background)


def _svg(scene: Scene, theme: ThemeName, alt: str, background: str) -> str:
    paths = _drawn_by_matplotlib(scene, theme)
    order = sorted(scene.edges, key=lambda edge: edge in scene.marked)
    edges = [_svg_edge(scene, i, theme, *parts) for i, *parts in zip(order, paths["edges"], paths["heads"], strict=True)]
    cards = [_svg_card(card, theme, d) for card, d in zip(scene.cards, paths["boxes"], strict=True)]
    legend = [_svg_legend(key, at, theme) for key, at in scene.legend]
    labels = [_svg_text(label, theme) for label in scene.labels]
    size = f'width="{scene.width:.0f}" height="{scene.height:.0f}" viewBox="0 0 {scene.width:.0f} {scene.height:.0f}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(alt)}" font-family="{FONT}">',
            background,
            '<g data-layer="edges" fill="none">',
            *edges,
            '</g>\n<g data-layer="jobs">',
            *cards,
            "</g>",
            *legend,
            *labels,
            "</svg>",
        ]
    )


def _drawn_by_matplotlib(scene: Scene, theme: ThemeName) -> dict[str, list[str]]:
    """The path data of each element of the collections that have a name."""
    into = io.StringIO()
    with rc_context({"svg.fonttype": "none", "path.simplify": False}):
        _figure(scene, theme, texts=False).savefig(into, format="svg", metadata={"Date": None})
    groups = re.findall(r'<g id="(edges|heads|boxes)">(.*?)</g>', into.getvalue(), re.DOTALL)
    found = {gid: [" ".join(d.split()) for d in re.findall(r'<path d="([^"]*)"', body)] for gid, body in groups}
    return {"edges": [], "heads": [], "boxes": []} | found


def _svg_edge(scene: Scene, edge: tuple[int, int], theme: ThemeName, curve: str, head: str) -> str:
    mark = scene.marked.get(edge)
    colour = _edge_colour(mark, PAGES[theme], theme)
    return (
        f'<g data-edge="{edge[0]}-{edge[1]}">'
        f'<path data-part="curve" d="{curve}" stroke="{colour}" stroke-width="{1.9 if mark else 1.2}"/>'
        f'<path data-part="head" d="{head}" fill="{colour}"/></g>'
    )


def _svg_card(card: Card, theme: ThemeName, d: str) -> str:
    look, colours = LOOKS[card.state], _colours(card, theme)
    dash = f' stroke-dasharray="{GROUP_DASH[0]:g} {GROUP_DASH[1]:g}"' if card.group else ""
    x, y = card.icon
    return (
        f'<g data-job="{card.index}">'
        f'<path data-part="box" d="{d}" fill="{colours.fill}" stroke="{colours.stroke}" stroke-width="{look.border}"{dash}/>'
        f'<path data-part="icon" transform="translate({x:g} {y:g})" d="{look.icon}" fill="{colours.icon}"/>'
        f"{_svg_text(card.name, theme)}{_svg_text(card.line, theme)}</g>"
    )


def _svg_text(label: Label, theme: ThemeName) -> str:
    return (
        f'<text data-part="{label.role}" x="{label.x:g}" y="{label.y:g}" font-size="{_px(label):g}" '
        f'font-weight="{_weight(label)}" fill="{_ink(label, theme)}">{escape(label.text)}</text>'
    )


def _svg_legend(key: str, at: Point, theme: ThemeName) -> str:
    x, y = at
    if key == "group":
        return (
            f'<rect x="{x:g}" y="{y + 2:g}" width="22" height="16" rx="5" fill="none" '
            f'stroke="{PAGES[theme].muted}" stroke-width="1.2" stroke-dasharray="4 2.5"/>'
        )
    look = LOOKS[key]
    return f'<path transform="translate({x:g} {y:g})" d="{look.icon}" fill="{_of(look, theme).icon}"/>'


# --- dot -------------------------------------------------------------------------------------------------------------


def dot(state: RunState, *, theme: ThemeName = "light") -> str:
    """The run as DOT source: for graphviz, which is not needed for anything else here."""
    rows = [f'  "{node.index}" [{_dot_look(state, node.name, theme)}];' for node in state.graph]
    edges = [f'  "{node.index}" -> "{need}";' for node in state.graph for need in node.needs]
    header = '  node [shape=box style="rounded,filled" fontname="DejaVu Sans"];'
    return "\n".join(["digraph {", header, *rows, *edges, "}", ""])


def _dot_look(state: RunState, name: str, theme: ThemeName) -> str:
    job = state.jobs[name]
    colours = _of(LOOKS[shown(job)], theme)
    label = rf"{_dot_quoted(words.name(name))}\n{_dot_quoted(words.line(job, state))}"
    style = ' style="rounded,filled,dashed"' if job.node.kind is Kind.DUMMY else ""
    return f'label="{label}" fillcolor="{colours.fill}" color="{colours.stroke}" fontcolor="{colours.text}"{style}'


def _dot_quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
