"""Timeline: the attempts of a run as bars over time, a row a job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import traitlets

from dojobber_nb.core.events import Status
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.actions.buttons import jobs
from dojobber_nb.notebook.widgets.bars import KINDS, Bar, Bars, span, ticks
from dojobber_nb.notebook.widgets.base import Part, Source, module, styles
from dojobber_nb.view import words

AT_ONCE: Final = 1_000  # bars in one message
NAME: Final = 200


class Timeline(Part):
    """Each bar is sent once, when it has ended; the page draws those that had begun at the moment that is looked at."""

    _esm = module("timeline")
    _css = styles("timeline")
    looked_at = traitlets.Int(-1).tag(sync=True)
    selected = traitlets.Bool(False).tag(sync=True)

    def __init__(self, source: Source) -> None:
        self._bars = Bars()
        super().__init__(source)

    def refresh(self) -> None:
        """Show how things stand."""
        session, state = self.session, self.session.live
        self._bars.follow(state.graph if state else None, session.log)
        now = session.now if session.busy or session.in_the_past else self._bars.end
        self._look_at(state)
        self._say_bars(state)
        self.say("live", self._live(state))
        self.say("axis", _axis(max(now, self._bars.end)))
        self.say("moment", [len(session.events), round(now, 3)])
        if not session.busy:
            self.say("alt", self._alt(state))

    def _look_at(self, state: RunState | None) -> None:
        looked_at = self.session.looked_at
        with self.hold_sync():
            self.looked_at = state.graph[looked_at].index if state and looked_at in state.jobs else -1
            self.selected = looked_at == self.session.selected != ""

    def _say_bars(self, state: RunState | None) -> None:
        """Those that are new; all of them to a page that is new, or when the run is another one."""
        serial, sent = self._said.get("bars", (0, 0))
        if serial != self._bars.serial:
            self.send({"kind": "begin", "content": [list(kind) for kind in KINDS.values()]})
            sent = 0
        over = self._bars.over
        for at in range(sent, len(over), AT_ONCE):
            self.send({"kind": "bars", "content": _told(state, over[at : at + AT_ONCE])})
        self._said["bars"] = self._bars.serial, len(over)

    def _live(self, state: RunState | None) -> dict[str, Any]:
        """The phases under way, and the waits of those that are to be tried again."""
        found = state.jobs.values() if state else ()
        waiting = [job.name for job in found if job.status is Status.RETRYING]
        return _told(state, [*self._bars.under_way(), *self._bars.waiting(waiting)])

    def _alt(self, state: RunState | None) -> str:
        """The picture in words: how much there is, and what took longest."""
        bars, longest = self._bars, self._bars.longest
        if state is None or longest is None:
            return "Timeline: nothing has been done yet."
        name, what = words.name(state.graph.nodes[longest.job].name), list(KINDS.values())[longest.kind].words
        took = f"{name}, {what}, {words.seconds(longest.end - longest.start)}"
        times = f"{words.seconds(bars.spent)} of phases, over {words.seconds(bars.end)}"
        much = f"{len(bars.over)} bars of {jobs(bars.jobs)} in {times}"
        return f"Timeline: {much}; the longest phase is {took}."


def _told(state: RunState | None, bars: Sequence[Bar]) -> dict[str, Any]:
    """The bars, and the names of their jobs, as the page gets them."""
    nodes = state.graph.nodes if state else ()
    names = {index: words.name(nodes[index].name, NAME) for index in dict.fromkeys(bar.job for bar in bars)}
    return {"bars": [[*bar[:6], round(bar.start, 4), round(bar.end, 4)] for bar in bars], "names": names}


def _axis(end: float) -> dict[str, Any]:
    shown = span(end)
    unit, name = (1.0, "s") if shown >= 1 else (0.001, "ms")
    return {"span": shown, "ticks": [[at, f"{at / unit:g} {name}"] for at in ticks(shown)]}
