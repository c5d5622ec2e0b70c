"""Static picture and table of a run, for readers without a kernel; without times, hosts or ids.

The same outcome gives the same bytes, so that a notebook that is run again has no spurious diff.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from html import escape
from typing import Final, NamedTuple

from dojobber_nb.core.events import Status
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.state import RunState
from dojobber_nb.view import picture, words
from dojobber_nb.view.neighbourhood import around
from dojobber_nb.view.theme import LOOKS, look_key

ROWS, LINE = 500, 300  # jobs in the table, characters of each line
DRAWN: Final = 150  # jobs: of a larger graph the picture shows a part, as every save of the notebook contains it
MARK: Final = "dj-still"  # CSS class by which a live dashboard finds and hides the static picture below it


class StaticView(NamedTuple):
    """`svg` is a whole file, `table` an HTML table, `text` a summary in one sentence."""

    svg: bytes
    table: str
    text: str


def static_view(run: RunState | JobGraph) -> StaticView:
    """The static view of a run; a graph is shown as a run that has not begun."""
    state = RunState(run) if isinstance(run, JobGraph) else run
    return StaticView(picture.encoded(state, "svg", only=_part(state)), "".join(_table(state)), words.alt(state))


def bundle(run: RunState | JobGraph) -> dict[str, str]:
    """By MIME type: HTML with picture and table, the SVG alone, plain text."""
    svg, table, text = static_view(run)
    # An SVG in <img> runs no script; inline SVG is stripped from untrusted notebooks.
    image = f'<img alt="{escape(text)}" src="data:image/svg+xml;base64,{b64encode(svg).decode()}">'
    return {
        "text/html": f'<div class="{MARK}">{image}{table}</div>',
        "image/svg+xml": svg.decode(),
        "text/plain": text,
    }


def _part(state: RunState) -> set[int] | None:
    """Indices around the first failure, or the root; None (all) for a small graph."""
    graph = state.graph
    if len(graph) <= DRAWN:
        return None
    failed = (job.node for job in state.jobs.values() if job.status is Status.FAILED)
    centre = next(failed, graph.root)
    return {centre.index, *sorted(around(graph, centre.name, 1))[: DRAWN - 1]}


def _table(state: RunState) -> Iterator[str]:
    jobs = list(state.jobs.values())
    yield f"<table><caption>{escape(words.summary(state))}</caption>"
    yield "<thead><tr><th>Status</th><th>Job</th><th>Says</th></tr></thead><tbody>"
    yield from (_row(job, state) for job in jobs[:ROWS])
    if len(jobs) > ROWS:
        yield f"<tr><td>…</td><td>{len(jobs) - ROWS:,} more jobs</td><td></td></tr>"
    yield "</tbody></table>"


def _row(job: JobState, state: RunState) -> str:
    look = LOOKS[look_key(job)]
    line = words.line(job, state, limit=LINE)
    cells = f"{look.sign} {look.word}", words.name(job.name), "" if line == look.word else line
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"
