"""Pictures of a run: a matplotlib figure, a file, or the SVG of the dashboard. Imports matplotlib."""

from __future__ import annotations

import contextlib
import io
import os
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, TypedDict, Unpack

from matplotlib import style
from matplotlib.figure import Figure

from dojobber_nb.core.errors import UnknownFormatError
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.state import RunState
from dojobber_nb.view import scene, words
from dojobber_nb.view.dot import dot
from dojobber_nb.view.figure import figure
from dojobber_nb.view.layout import Box, Direction
from dojobber_nb.view.mermaid import mermaid
from dojobber_nb.view.png import png
from dojobber_nb.view.svg import live_svg, svg
from dojobber_nb.view.theme import ThemeName

PNG_DPI: Final = 144  # two dots per px, for high-resolution screens
MOST_LONG, MOST_DOTS = 30_000, 60_000_000  # dots along a side, and in all: larger graphs get fewer per px


class Marks(TypedDict, total=False):
    """Options of a picture: see `scene.picture`."""

    direction: Direction | None
    selected: str | None
    next_job: str | None
    breakpoints: Collection[str]
    only: Collection[int] | None


def draw(run: RunState | JobGraph, *, theme: ThemeName = "light", **marks: Unpack[Marks]) -> Figure:
    """A figure of the run with title, counts and legend."""
    with _default_settings():
        return figure(scene.picture(_state(run), **marks), theme)


def write(
    run: RunState | JobGraph,
    file: str | os.PathLike[str] | IO[bytes],
    fmt: str | None = None,
    *,
    theme: ThemeName = "light",
    **marks: Unpack[Marks],
) -> None:
    """Write a picture to a path or a binary file, in one of FORMATS; the same bytes for the same state.

    fmt: None takes the format from the suffix of the path, and png where there is none.
    """
    data = encoded(run, _format_of(file) if fmt is None else fmt, theme=theme, **marks)
    if isinstance(file, str | os.PathLike):
        Path(file).write_bytes(data)
    else:
        file.write(data)


def _format_of(file: str | os.PathLike[str] | IO[bytes]) -> str:
    suffix = Path(file).suffix if isinstance(file, str | os.PathLike) else ""
    fmt = SUFFIXES.get(suffix.lower())
    if fmt is None:
        raise UnknownFormatError(suffix.removeprefix("."), FORMATS)
    return fmt


def encoded(run: RunState | JobGraph, fmt: str, *, theme: ThemeName = "light", **marks: Unpack[Marks]) -> bytes:
    """The bytes of a picture. UnknownFormatError, which is a ValueError, lists the formats."""
    if fmt not in FORMATS:
        raise UnknownFormatError(fmt, FORMATS)
    return FORMATS[fmt](_state(run), theme, marks)


@dataclass(slots=True)
class PageSvg:
    """`svg` is markup, `boxes[n]` the (x, y, width, height) of job `jobs[n]` in its viewBox "0 0 width height"."""

    svg: str
    width: float
    height: float
    direction: Direction
    boxes: list[Box]
    jobs: list[int]


def page_svg(
    run: RunState | JobGraph, *, direction: Direction | None = None, only: Collection[int] | None = None
) -> PageSvg:
    """SVG of the graph (of the jobs in `only`) without colours and icons, which the page sets on the named parts.

    Each job is a <g data-job="i"> with `data-part` box, hatch and icon (paths), name and line (texts); each edge
    a <g data-edge="i-d"> with curve and head (paths).
    """
    state = _state(run)
    drawn = scene.live(state, direction=direction, only=only)
    markup = live_svg(drawn, words.alt(state))
    boxes, jobs = [card.box for card in drawn.cards], [card.index for card in drawn.cards]
    return PageSvg(markup, drawn.width, drawn.height, drawn.direction, boxes, jobs)


def _state(run: RunState | JobGraph) -> RunState:
    return RunState(run) if isinstance(run, JobGraph) else run


_settings_lock = threading.RLock()


@contextlib.contextmanager
def _default_settings() -> Iterator[None]:
    """Draw and save with matplotlib's defaults instead of the user's rcParams.

    rcParams is global: the lock serializes our own drawings. A thread of the user that plots at the same time sees the
    defaults; SVGs, which the dashboard draws on any thread, do without them (see svg.py).
    """
    with _settings_lock, style.context("default"):
        yield


# --- formats ---------------------------------------------------------------------------------------------------------


def _png(state: RunState, theme: ThemeName, marks: Marks) -> bytes:
    with _default_settings():
        drawn = draw(state, theme=theme, **marks)
        width, height = drawn.get_size_inches()
        dpi = min(PNG_DPI, MOST_LONG / max(width, height), (MOST_DOTS / (width * height)) ** 0.5)
        return png(drawn, dpi, words.alt(state))


def _pdf(state: RunState, theme: ThemeName, marks: Marks) -> bytes:
    into = io.BytesIO()
    with _default_settings():
        drawn = draw(state, theme=theme, **marks)
        drawn.savefig(into, format="pdf", metadata={"Title": words.alt(state), "CreationDate": None})
    return into.getvalue()


def _svg(state: RunState, theme: ThemeName, marks: Marks) -> bytes:
    return svg(scene.picture(state, **marks), theme, words.alt(state)).encode()


def _dot(state: RunState, theme: ThemeName, marks: Marks) -> bytes:
    return dot(state, theme).encode()


def _mermaid(state: RunState, theme: ThemeName, marks: Marks) -> bytes:
    return mermaid(state, theme, marks.get("direction")).encode()


FORMATS: Final[Mapping[str, Callable[[RunState, ThemeName, Marks], bytes]]] = {
    "png": _png,
    "svg": _svg,
    "pdf": _pdf,
    "dot": _dot,
    "mermaid": _mermaid,
}
SUFFIXES: Final[Mapping[str, str]] = {f".{fmt}": fmt for fmt in FORMATS} | {"": "png", ".gv": "dot", ".mmd": "mermaid"}
