"""TimeTravel: a slider over all that has happened. The parts of its dashboard show the moment that it stands at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import traitlets

from dojobber_nb.notebook.session.past_moment import what
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.base import Part, module, styles


class TimeTravel(Part):
    """`at` of `total` events have happened at the moment that is shown; now, all of them."""

    _esm = module("travel")
    _css = styles("travel")
    at = traitlets.Int().tag(sync=True)
    total = traitlets.Int().tag(sync=True)
    past = traitlets.Bool(False).tag(sync=True)

    def refresh(self) -> None:
        """Show how things stand."""
        past = self.session.past.at
        with self.hold_sync():
            self.total = self.session.story.told
            self.at = self.total if past is None else past
            self.past = past is not None
        self.say("moment", moment(self.session))

    def _travel(self, content: dict[str, Any]) -> None:
        """To the event of that number; None is now: while a run goes on, its last event is soon one of many."""
        to = None if content["to"] is None else int(content["to"])
        self.session.travel(to)
        self.send({"kind": "arrived", "content": to})

    HEARS: ClassVar[Mapping[str, Any]] = {"travel": _travel}


def moment(session: Session) -> str:
    """The past moment that is shown, in words: "event 41 of 57 · 12.3 s · TurnOnTV.run failed"; now, ""."""
    if session.past.at is None:
        return ""
    event = session.event
    told = f"{session.now:.1f} s · {what(event)}" if event else "before the run began"
    return f"event {session.past.at:,} of {session.story.told:,} · {told}"
