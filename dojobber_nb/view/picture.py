"""A run drawn: a figure, a file, or the SVG that the page keeps alive. Importing this wakes matplotlib."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from matplotlib.figure import Figure

from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.state import RunState
from dojobber_nb.view import scene, words
from dojobber_nb.view.dot import dot
from dojobber_nb.view.figure import figure
from dojobber_nb.view.layout import Box, Direction
from dojobber_nb.view.svg import svg
from dojobber_nb.view.theme import ThemeName

PNG_DPI: Final = 144  # two dots per px: sharp on the screens people have


def draw(
    run: RunState | JobGraph,
    *,
    theme: ThemeName = "light",
    direction: Direction | None = None,
    selected: str | None = None,
) -> Figure:
    """The run with title, counts and legend; `selected` is a job's name."""
    return figure(scene.picture(_state(run), direction=direction, selected=selected), theme)


def write(
    run: RunState | JobGraph,
    file: str | Path | IO[bytes],
    fmt: str = "png",
    *,
    theme: ThemeName = "light",
    direction: Direction | None = None,
) -> None:
    """Write the run as bytes into a path or a binary file: png, svg, pdf or dot; the same ones for the same state."""
    try:
        data = _FORMATS[fmt](_state(run), theme, direction)
    except KeyError:
        raise ValueError(f"{fmt!r:.40} is no format for a picture; the formats are {', '.join(_FORMATS)}") from None
    if isinstance(file, str | Path):
        Path(file).write_bytes(data)
    else:
        file.write(data)


@dataclass(slots=True)
class PageSvg:
    """`svg` is markup, `boxes[i]` the (x, y, width, height) of job i in its viewBox "0 0 width height"."""

    svg: str
    width: float
    height: float
    direction: Direction
    boxes: list[Box]


def page_svg(run: RunState | JobGraph, *, theme: ThemeName = "light", direction: Direction | None = None) -> PageSvg:
    """The graph alone, drawn once, its parts named so that a script can change them.

    Each job is a <g data-job="i"> with `data-part` box, hatch and icon (paths), name and line (texts); each edge
    a <g data-edge="i-d"> with curve and head (paths).
    """
    state = _state(run)
    drawn = scene.live(state, direction=direction)
    markup = svg(drawn, theme, words.alt(state), background=False)
    return PageSvg(markup, drawn.width, drawn.height, drawn.direction, [card.box for card in drawn.cards])


def _state(run: RunState | JobGraph) -> RunState:
    return RunState(run) if isinstance(run, JobGraph) else run


# --- formats ---------------------------------------------------------------------------------------------------------


def _png(state: RunState, theme: ThemeName, direction: Direction | None) -> bytes:
    return _saved(state, theme, direction, format="png", dpi=PNG_DPI, metadata={"Title": words.alt(state)})


def _pdf(state: RunState, theme: ThemeName, direction: Direction | None) -> bytes:
    return _saved(state, theme, direction, format="pdf", metadata={"Title": words.alt(state), "CreationDate": None})


def _saved(state: RunState, theme: ThemeName, direction: Direction | None, **options: Any) -> bytes:
    into = io.BytesIO()
    draw(state, theme=theme, direction=direction).savefig(into, **options)
    return into.getvalue()


def _svg(state: RunState, theme: ThemeName, direction: Direction | None) -> bytes:
    return svg(scene.picture(state, direction=direction), theme, words.alt(state), background=True).encode()


def _dot(state: RunState, theme: ThemeName, direction: Direction | None) -> bytes:
    return dot(state, theme).encode()


_FORMATS: Final[Mapping[str, Callable[[RunState, ThemeName, Direction | None], bytes]]] = {
    "png": _png,
    "svg": _svg,
    "pdf": _pdf,
    "dot": _dot,
}
