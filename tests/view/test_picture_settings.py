"""Pictures with matplotlib settings of the user's, and the format that a file name asks for."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib import style
from matplotlib.patheffects import withStroke

from dojobber_nb.core.errors import UnknownFormatError
from dojobber_nb.core.state import RunState
from dojobber_nb.view import picture
from dojobber_nb.view.static_bundle import bundle
from tests.support.runbooks import doing, group, job, movie_night

SKETCH = {"path.sketch": (1, 100, 2), "path.effects": [withStroke(linewidth=4, foreground="w")]}  # as plt.xkcd() does
SETTINGS: dict[str, dict[str, Any]] = {
    "usetex": {"text.usetex": True, "text.latex.preamble": r"\usepackage{nosuchpackage}"},
    "xkcd": {**SKETCH, "font.family": ["xkcd", "Humor Sans"], "figure.facecolor": "pink", "axes.linewidth": 3},
    "fonts": {"font.size": 40, "font.weight": "bold", "font.style": "italic", "text.hinting": "none"},
    "letters": {"text.parse_math": True, "text.antialiased": False, "text.color": "red"},
    "saving": {"savefig.bbox": "tight", "savefig.facecolor": "red", "savefig.dpi": 30, "savefig.transparent": True},
    "sizes": {"figure.dpi": 33, "figure.figsize": (1, 1), "figure.autolayout": True},
    "layout": {"figure.constrained_layout.use": True, "figure.frameon": False, "figure.edgecolor": "red"},
    "svg": {"svg.fonttype": "path", "svg.hashsalt": "mine", "svg.image_inline": False},
    "pdf": {"pdf.fonttype": 42, "pdf.compression": 0, "pdf.use14corefonts": True},
    "paths": {"path.simplify": True, "path.simplify_threshold": 1.0, "path.snap": False, "agg.path.chunksize": 100},
    "patches": {"patch.antialiased": False, "patch.edgecolor": "red", "patch.force_edgecolor": True},
    "lines": {"patch.linewidth": 9, "lines.linewidth": 9, "lines.scale_dashes": False, "lines.antialiased": False},
    "hatches": {"hatch.color": "red", "hatch.linewidth": 9, "axes.facecolor": "red"},
    "a dark style": dict(style.library["dark_background"]),
    "another style": dict(style.library["ggplot"]),
}
DRAWN = ("svg", "png", "pdf")


@pytest.fixture(scope="module")
def state() -> RunState:
    """A run with every kind of box and edge: failed, blocked, changed, a group."""
    dj = doing(group("Top", job("Slow"), job("Broken", works_at=None, says="no $\\frac{power$", TRIES=1)))
    dj.checknrun()
    return dj.state


def everything(state: RunState) -> dict[str, object]:
    """All that is drawn: files, the page's picture, the still one."""
    return {
        **{fmt: picture.encoded(state, fmt, breakpoints={"Slow"}, selected="Slow") for fmt in DRAWN},
        "page": picture.page_svg(state),
        "still": bundle(state),
    }


@pytest.fixture(scope="module")
def usual(state: RunState) -> dict[str, object]:
    with style.context("default"):
        return everything(state)


@pytest.mark.parametrize("kind", SETTINGS)
def test_what_is_drawn_does_not_depend_on_the_user_s_settings_and_they_stay(
    state: RunState, usual: dict[str, object], kind: str
) -> None:
    with mpl.rc_context(SETTINGS[kind]):
        before = dict(mpl.rcParams)
        drawn = everything(state)
        assert dict(mpl.rcParams) == before
    assert [name for name in usual if drawn[name] != usual[name]] == []


def test_a_matplotlibrc_of_the_user_s_changes_nothing(
    state: RunState, usual: dict[str, object], tmp_path: Path
) -> None:
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\nsavefig.bbox: tight\npath.sketch: 1, 100, 2\n")
    with mpl.rc_context(fname=tmp_path / "matplotlibrc"):
        assert everything(state) == usual


def test_threads_that_draw_at_once_leave_the_settings_as_they_were(state: RunState, usual: dict[str, object]) -> None:
    with mpl.rc_context(SETTINGS["xkcd"]), ThreadPoolExecutor(4) as pool:
        before = dict(mpl.rcParams)
        drawn = list(pool.map(everything, [state] * 8))
        assert dict(mpl.rcParams) == before
    assert all(each == usual for each in drawn)


def test_the_page_s_picture_never_touches_the_settings_as_it_is_drawn_beside_cells(
    state: RunState, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("rcParams were changed")

    monkeypatch.setattr(mpl.RcParams, "update", refuse)
    monkeypatch.setattr(mpl.RcParams, "__setitem__", refuse)
    assert picture.page_svg(state).svg
    assert bundle(state)
    assert picture.encoded(state, "svg")


# --- the format of a file --------------------------------------------------------------------------------------------

STARTS = {"png": b"\x89PNG", "svg": b"<svg", "pdf": b"%PDF", "dot": b"digraph", "mermaid": b"flowchart"}


@pytest.mark.parametrize(
    ("name", "fmt", "written"),
    [
        ("night.svg", None, "svg"),
        ("night.PDF", None, "pdf"),
        ("night.v2.png", None, "png"),
        ("night.gv", None, "dot"),
        ("night.dot", None, "dot"),
        ("night.mmd", None, "mermaid"),
        ("night", None, "png"),
        (".svg", None, "png"),  # a hidden file of that name
        ("night.png", "svg", "svg"),
        ("night.jpg", "pdf", "pdf"),
    ],
)
@pytest.mark.parametrize("path_of", [Path, str])
def test_the_suffix_tells_the_format_unless_it_is_given(
    tmp_path: Path, path_of: Callable[[Path], Any], name: str, fmt: str | None, written: str
) -> None:
    doing(movie_night()).write_graph(path_of(tmp_path / name), *([fmt] if fmt else []))
    assert (tmp_path / name).read_bytes().startswith(STARTS[written])


def test_a_binary_file_gets_a_png() -> None:
    into = io.BytesIO()
    doing(job("Only")).write_graph(into)
    assert into.getvalue().startswith(STARTS["png"])


@pytest.mark.parametrize("name", ["night.gif", "night.svgz", "night.2026"])
def test_a_suffix_that_names_no_format_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        UnknownFormatError,
        match=rf"'{Path(name).suffix[1:]}' is no format for a picture; the formats are png, svg, pdf, dot, mermaid",
    ):
        doing(job("Only")).write_graph(tmp_path / name)
    assert list(tmp_path.iterdir()) == []
