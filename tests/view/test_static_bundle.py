"""The still picture and its table: whole without a kernel, the same for the same outcome, inert whatever is in it."""

import base64
import itertools
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from IPython.core.formatters import DisplayFormatter

from dojobber_nb import DoJobber, Job
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.view import words
from dojobber_nb.view.static_bundle import DRAWN, ROWS, StaticView, bundle, static_view
from tests.support.runbooks import NAMES, doing, group, job, movie_night


def ended(root: type[Job], **options: object) -> DoJobber:
    dj = doing(root, **options)
    dj.checknrun()
    return dj


def rows(table: str) -> list[list[str]]:
    """The cells of each row of its body."""
    return [[cell.text or "" for cell in row] for row in ET.fromstring(table).iterfind("tbody/tr")]


class Tags(HTMLParser):
    """What a browser would make of HTML: the names of its elements and of their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(f"{tag} {name}" for name, _ in attrs)}


def mishap() -> type[Job]:
    """A job that works, one that fails, and one that is blocked."""
    return group("Top", job("Slow"), job("Broken", works_at=None, says="no power", TRIES=1))


def test_the_same_outcome_gives_the_same_bytes_however_long_it_took() -> None:
    states = []
    for pace in (0, 7):
        dj = DoJobber(clock=itertools.count(0, pace).__next__)
        dj.configure(mishap())
        dj.checknrun()
        states.append(dj.state)
    first, second = states
    assert first.jobs["Slow"].duration < second.jobs["Slow"].duration
    assert bundle(first) == bundle(second)


def test_another_outcome_gives_other_bytes() -> None:
    begun, over = static_view(doing(movie_night()).state), static_view(ended(movie_night()).state)
    assert all(before != after for before, after in zip(begun, over, strict=True))


def test_the_table_tells_status_name_and_line_of_each_job() -> None:
    assert rows(static_view(ended(mishap()).state).table) == [
        ["✚ changed", "Slow", ""],
        ["✕ failed", "Broken", "1/1 no power"],
        ["⊘ blocked", "Top", "blocked by Broken"],
    ]


def test_a_long_table_tells_how_many_jobs_it_leaves_out() -> None:
    state = doing(group("Top", *(job(f"J{n}") for n in range(ROWS + 9)))).state
    *listed, last = rows(static_view(state).table)
    assert len(listed) == ROWS
    assert last == ["…", "10 more jobs", ""]


def test_of_a_large_graph_the_picture_shows_what_stands_around_the_first_failure() -> None:
    crowd = [job(f"J{n}", works_at=0) for n in range(DRAWN)]
    dj = ended(group("Top", *crowd, job("Broken", job("Base"), works_at=None, TRIES=1)))
    texts = [text.text for text in ET.fromstring(static_view(dj.state).svg).iter("{http://www.w3.org/2000/svg}text")]
    assert {"Base", "Broken", "Top"} <= set(texts)
    assert not any((text or "").startswith("J") for text in texts)
    assert any((text or "").endswith(" · 3 of them drawn") for text in texts)


def test_what_a_notebook_keeps_of_the_largest_graphs_is_small() -> None:
    state = doing(group("Top", *(job(f"Job{n}") for n in range(1_000)))).state
    assert sum(map(len, bundle(state).values())) < 700_000


@pytest.mark.parametrize("kind", NAMES)
def test_names_and_messages_of_any_kind_are_texts_and_nothing_else(kind: str) -> None:
    state = ended(job(NAMES[kind], works_at=None, says=NAMES[kind])).state
    kept = bundle(state)
    ((_, name, line),) = rows(static_view(state).table)
    assert name == words.name(NAMES[kind])
    assert line == words.line(next(iter(state.jobs.values())), state, limit=300)
    assert Tags(kept["text/html"]).found == {
        "div", "div class", "img", "img alt", "img src", "table", "caption", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip


def test_the_picture_in_the_html_is_the_svg_itself() -> None:
    kept = bundle(doing(movie_night()).state)
    (data,) = re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', kept["text/html"])
    assert base64.b64decode(data).decode() == kept["image/svg+xml"]


def test_a_graph_alone_is_shown_as_one_that_has_not_begun() -> None:
    dj = doing(movie_night())
    assert isinstance(static_view(dj.state.graph), StaticView)
    assert static_view(dj.state.graph) == static_view(dj.state)


@pytest.mark.parametrize("kind", [JobGraph, "state", "runner"])
def test_what_a_notebook_asks_of_a_graph_a_state_and_a_runner_is_the_same(kind: object) -> None:
    dj = ended(movie_night())
    shown = {JobGraph: dj.state.graph, "state": dj.state, "runner": dj}[kind]
    formatter = DisplayFormatter()
    formatter.ipython_display_formatter.enabled = False  # as where nothing is live
    data, _ = formatter.format(shown)
    assert data == bundle(dj.state.graph if kind is JobGraph else dj.state)


def test_before_configure_a_runner_says_what_it_is() -> None:
    assert list(DoJobber()._repr_mimebundle_()) == ["text/plain"]
