"""A scene as SVG markup: outlines by matplotlib, texts and icons added, every part with a data-part name.

No ids and no styles: a page may contain the same picture twice, and a style sheet overrides every attribute.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from html import escape
from typing import Any

from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.transforms import Affine2D

from dojobber_nb.view.figure import diagonals, grown, outlines
from dojobber_nb.view.layout import Box, Point
from dojobber_nb.view.scene import Card, Label, Scene
from dojobber_nb.view.theme import (
    FONT,
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

Edge = tuple[int, int]


def svg(scene: Scene, theme: ThemeName, alt: str) -> str:
    """The scene as one <svg>, with colours."""
    return _document(
        scene,
        alt,
        f'<rect width="100%" height="100%" fill="{PAGES[theme].background}"/>',
        *_graph(
            scene,
            lambda edge, paths: _edge(edge, paths, edge_style(scene.highlights.get(edge), theme)),
            lambda card, box: _card(card, box, theme),
        ),
        *(_legend(state, at, theme) for state, at in scene.legend),
        *(_text(label, theme) for label in scene.labels),
        *_marks(scene, theme),
    )


def live_svg(scene: Scene, alt: str) -> str:
    """Jobs and edges of the scene without colours and icons, which the page sets.

    The first box of each size contains the hatch path for all boxes of that size.
    """
    sizes = set[Point]()
    return _document(scene, alt, *_graph(scene, _edge, lambda card, box: _live_card(card, box, sizes)))


def _document(scene: Scene, alt: str, *parts: str) -> str:
    size = f'{scene.width:.0f}" height="{scene.height:.0f}" viewBox="0 0 {scene.width:.0f} {scene.height:.0f}'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(alt)}" width="{size}" '
    return "\n".join([f'{head} font-family="{FONT}">', *filter(None, parts), "</svg>"])


def _graph(
    scene: Scene, edge_of: Callable[[Edge, tuple[str, str]], str], card_of: Callable[[Card, str], str]
) -> Iterator[str]:
    drawn = _drawn(scene)
    edges = dict(zip(scene.edges, zip(drawn["curves"], drawn["heads"], strict=True), strict=True))
    yield '<g data-layer="edges" fill="none">'
    for edge in sorted(edges, key=lambda edge: edge in scene.highlights):
        yield edge_of(edge, edges[edge])
    yield '</g><g data-layer="jobs">'
    for card, box in zip(scene.cards, drawn["boxes"], strict=True):
        yield card_of(card, box)
    yield "</g>"


def _drawn(scene: Scene) -> dict[str, list[str]]:
    """Path data of the outlines, by kind, one for each element, written by matplotlib's SVG renderer.

    No artists: they read the user's rcParams, and this runs on any thread.
    """
    into, paths = io.StringIO(), outlines(scene)
    renderer: Any = RendererSVG(scene.width, scene.height, into)  # type: ignore[no-untyped-call]
    upright = Affine2D().scale(1, -1).translate(0, scene.height)
    for path in paths.values():
        # a filled path is neither clipped nor simplified
        renderer.draw_path(renderer.new_gc(), path, upright, rgbFace=(0, 0, 0))
    written = [" ".join(data.split()).split("M")[1:] for data in _PATH.findall(into.getvalue())]
    found = {kind: [f"M{each.strip()}" for each in data] for kind, data in zip(paths, written, strict=True)}
    return {"curves": [], "heads": []} | found


_PATH = re.compile(r'<path d="([^"]*)"')


def _edge(edge: Edge, paths: tuple[str, str], style: tuple[str, float] | None = None) -> str:
    curve, head = paths
    stroke, fill = (f' stroke="{style[0]}" stroke-width="{style[1]}"', f' fill="{style[0]}"') if style else ("", "")
    return (
        f'<g data-edge="{edge[0]}-{edge[1]}"><path data-part="curve" d="{curve}"{stroke}/>'
        f'<path data-part="head" d="{head}"{fill}/></g>'
    )


def _card(card: Card, box: str, theme: ThemeName) -> str:
    look, colours = LOOKS[card.state], LOOKS[card.state][theme]
    outline = f'fill="{colours.fill}" stroke="{colours.stroke}" stroke-width="{look.border}"'
    hatch = f'<path data-part="hatch" d="{_hatch(*card.box[2:])}" {_at(card.box)} stroke="{colours.hatch}"/>'
    return (
        f'<g data-job="{card.index}"><path data-part="box" d="{box}" {outline}{_dash(card)}/>'
        f"{hatch if look.hatched else ''}"
        f'<path data-part="icon" d="{look.icon}" {_at(card.icon)} fill="{colours.icon}"/>'
        f"{_text(card.name, theme)}{_text(card.line, theme)}</g>"
    )


def _live_card(card: Card, box: str, sizes: set[Point]) -> str:
    size = card.box[2:]
    hatch = "" if size in sizes else f'd="{_hatch(*size)}" '
    sizes.add(size)
    return (
        f'<g data-job="{card.index}"><path data-part="box" d="{box}"{_dash(card)}/>'
        f'<path data-part="hatch" {hatch}{_at(card.box)}/><path data-part="icon" {_at(card.icon)}/>'
        f"{_text(card.name)}{_text(card.line)}</g>"
    )


def _dash(card: Card) -> str:
    return f' stroke-dasharray="{GROUP_DASH[0]:g} {GROUP_DASH[1]:g}"' if card.group else ""


def _at(place: Sequence[float]) -> str:
    return f'transform="translate({place[0]:.1f} {place[1]:.1f})"'


@cache
def _hatch(width: float, height: float) -> str:
    return "".join([f"M{a:g} {b:g}l{c - a:g}{d - b:g}" for (a, b), (c, d) in diagonals(width, height)])


def _text(label: Label, theme: ThemeName | None = None) -> str:
    bold = ' font-weight="bold"' if is_bold(label.role, label.state) else ""
    place = f'x="{label.x:.1f}" y="{label.y:.1f}" font-size="{LETTERS[label.role].px:g}"{bold}'
    colour = f' fill="{ink(label.role, label.state, theme)}"' if theme else ""
    return f'<text data-part="{label.role}" {place}{colour}>{escape(label.text)}</text>'


def _marks(scene: Scene, theme: ThemeName) -> Iterator[str]:
    """Selection, "next" labels and breakpoints, on top."""
    page = PAGES[theme]
    for card in scene.cards if any(card.marks for card in scene.cards) else ():
        if "selected" in card.marks:
            yield f'<rect {_rect(grown(card.box, 4), RADIUS + 3)} fill="none" stroke="{page.focus}" stroke-width="2"/>'
        if "next" in card.marks:
            yield f'<rect data-mark="next" {_rect(card.flag, 8)} fill="{page.accent}"/>'
        if "halt" in card.marks:
            yield _dot(card.breakpoint_dot, theme)
    yield from (_text(label, theme) for label in scene.flags)


def _rect(box: Box, radius: float) -> str:
    x, y, width, height = box
    return f'x="{x:.1f}" y="{y:.1f}" width="{width:g}" height="{height:g}" rx="{radius:g}"'


def _dot(at: Point, theme: ThemeName) -> str:
    return (
        f'<circle data-mark="halt" cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{HALT_PX:g}" '
        f'fill="{LOOKS["failed"][theme].mark}" stroke="{PAGES[theme].background}" stroke-width="1.5"/>'
    )


def _legend(key: str, at: Point, theme: ThemeName) -> str:
    x, y = at
    if key == "halt":
        return _dot((x + 10, y + 10), theme)
    if key in LOOKS:
        place = f'transform="translate({x:.1f} {y:.1f})"'
        return f'<path d="{LOOKS[key].icon}" {place} fill="{LOOKS[key][theme].mark}"/>'
    return (
        f'<rect {_rect((x, y + 2, 22, 16), 5)} fill="none" stroke="{PAGES[theme].muted}" '
        'stroke-width="1.2" stroke-dasharray="4 2.5"/>'
    )
