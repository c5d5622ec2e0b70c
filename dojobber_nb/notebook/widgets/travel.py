"""TimeTravel: a slider over the events of a run. All widgets of the session show the chosen moment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import traitlets

from dojobber_nb.notebook.session.past_moment import event_text
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.base import Part, module, styles
from dojobber_nb.notebook.widgets.content_values import Content


class TimeTravel(Part):
    """The slider widget: `at` of `total` events had happened at the moment shown."""

    _esm = module("travel")
    _css = styles("travel")
    at = traitlets.Int().tag(sync=True)
    total = traitlets.Int().tag(sync=True)
    past = traitlets.Bool(False).tag(sync=True)

    def content(self, session: Session) -> Content:
        """Position of the slider, and the text of the moment."""
        return content(session)

    def _travel(self, content: dict[str, Any]) -> None:
        """Show the moment after `to` events. None is the present: a number would soon be past while a run goes on."""
        to = None if content["to"] is None else int(content["to"])
        self.session.travel(to)
        self.answer("arrived", to)

    HEARS: ClassVar[Mapping[str, Any]] = {"travel": _travel}


def content(session: Session) -> dict[str, Any]:
    """Position of the slider, and the text of the moment."""
    past, total = session.past.at, session.history.count
    at = total if past is None else past
    return {"total": total, "at": at, "past": past is not None, "moment": past_label(session)}


def past_label(session: Session) -> str:
    """The past moment shown: "event 41 of 57 · 12.3 s · TurnOnTV.run failed"; "" in the present."""
    if session.past.at is None:
        return ""
    event = session.event
    text = f"{session.now:.1f} s · {event_text(event)}" if event else "before the run began"
    return f"event {session.past.at:,} of {session.history.count:,} · {text}"
