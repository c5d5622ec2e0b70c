"""Timeline: the phases of a run as bars over time, one row per job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import traitlets

from dojobber_nb.core.events import Status
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.actions.buttons import job_count
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.bars import KINDS, Bar, Bars, span, ticks
from dojobber_nb.notebook.widgets.base import Part, Source, module, styles
from dojobber_nb.notebook.widgets.content_values import Content, Growing
from dojobber_nb.notebook.widgets.job_contents import selection
from dojobber_nb.view import words

NAME_LENGTH: Final = 200


class TimelineContent:
    """Content of the timeline: bars of ended phases, bars of running ones, and the axis."""

    def __init__(self) -> None:
        self._bars = Bars()

    def content(self, session: Session) -> Content:
        """The bars and the axis. The page draws the bars that had begun at the moment shown."""
        state, bars = session.live, self._bars
        bars.follow(state.graph if state else None, session.log)
        now = session.now if session.busy or session.in_the_past else bars.end
        begin = [list(kind) for kind in KINDS.values()]
        return {
            **selection(session, state),
            "bars": Growing(bars.serial, begin, bars.ended, lambda bars: _encoded(state, bars)),
            "live": self._live(session, state),
            "axis": _axis(max(now, bars.end)),
            "moment": [len(session.events), round(now, 3)],
            **({} if session.busy else {"alt": self._alt(state)}),
        }

    def _live(self, session: Session, state: RunState | None) -> dict[str, Any]:
        """Bars of running phases and of waits."""
        may_wait = session.in_the_past or "retrying" in session.counts
        jobs = state.jobs.values() if state and may_wait else ()
        waiting = [job.name for job in jobs if job.status is Status.RETRYING]
        return _encoded(state, [*self._bars.under_way(), *self._bars.waiting(waiting)])

    def _alt(self, state: RunState | None) -> str:
        """Alternative text: the number of bars, and the longest phase."""
        bars, longest = self._bars, self._bars.longest
        if state is None or longest is None:
            return "Timeline: nothing has been done yet."
        name, what = words.name(state.graph.nodes[longest.job].name), list(KINDS.values())[longest.kind].words
        took = f"{name}, {what}, {words.seconds(longest.end - longest.start)}"
        times = f"{words.seconds(bars.spent)} of phases, over {words.seconds(bars.end)}"
        amount = f"{len(bars.ended)} bars of {job_count(bars.jobs)} in {times}"
        return f"Timeline: {amount}; the longest phase is {took}."


class Timeline(Part):
    """The timeline widget. Each bar is sent once, when its phase has ended."""

    _esm = module("timeline")
    _css = styles("timeline")
    looked_at = traitlets.Int(-1).tag(sync=True)
    selected = traitlets.Bool(False).tag(sync=True)

    def __init__(self, source: Source) -> None:
        self._content = TimelineContent()
        super().__init__(source)

    def content(self, session: Session) -> Content:
        """The bars and the axis."""
        return self._content.content(session)


def _encoded(state: RunState | None, bars: Sequence[Bar]) -> dict[str, Any]:
    """The bars and the names of their jobs, as sent to the page."""
    nodes = state.graph.nodes if state else ()
    names = {index: words.name(nodes[index].name, NAME_LENGTH) for index in dict.fromkeys(bar.job for bar in bars)}
    return {"bars": [_row(bar) for bar in bars], "names": names}


def _row(bar: Bar) -> list[Any]:
    """The bar with its duration and its begin as texts."""
    took = words.seconds(bar.end - bar.start) if bar.over else ""
    return [*bar[:6], round(bar.start, 4), round(bar.end, 4), took, words.seconds(bar.start)]


def _axis(end: float) -> dict[str, Any]:
    length = span(end)
    unit, name = (1.0, "s") if length >= 1 else (0.001, "ms")
    return {"span": length, "ticks": [[at, f"{at / unit:g} {name}"] for at in ticks(length)]}
