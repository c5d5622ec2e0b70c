"""TimeTravel: a slider over all that has happened. The parts of its dashboard show the moment that it stands at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import traitlets

from dojobber_nb.notebook.session.past_moment import what
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.base import Part, module, styles
from dojobber_nb.notebook.widgets.channel import Content


class TimeTravel(Part):
    """`at` of `total` events have happened at the moment that is shown; now, all of them."""

    _esm = module("travel")
    _css = styles("travel")
    at = traitlets.Int().tag(sync=True)
    total = traitlets.Int().tag(sync=True)
    past = traitlets.Bool(False).tag(sync=True)

    def content(self, session: Session) -> Content:
        """Where the slider stands, and what happened there."""
        return content(session)

    def _travel(self, content: dict[str, Any]) -> None:
        """To the event of that number; None is now: while a run goes on, its last event is soon one of many."""
        to = None if content["to"] is None else int(content["to"])
        self.session.travel(to)
        self.answer("arrived", to)

    HEARS: ClassVar[Mapping[str, Any]] = {"travel": _travel}


def content(session: Session) -> dict[str, Any]:
    """Where the slider stands, and what happened there."""
    past, total = session.past.at, session.story.told
    at = total if past is None else past
    return {"total": total, "at": at, "past": past is not None, "moment": moment(session)}


def moment(session: Session) -> str:
    """The past moment that is shown, in words: "event 41 of 57 · 12.3 s · TurnOnTV.run failed"; now, ""."""
    if session.past.at is None:
        return ""
    event = session.event
    told = f"{session.now:.1f} s · {what(event)}" if event else "before the run began"
    return f"event {session.past.at:,} of {session.story.told:,} · {told}"
