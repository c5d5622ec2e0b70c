"""Clicks: which presses on a button are taken, and which are refused and told."""

from __future__ import annotations

from functools import partial
from typing import Final, NamedTuple

from dojobber_nb.notebook.buttons import BUTTONS
from dojobber_nb.notebook.session import Session

HASTE: Final = 250  # ms: the second half of a double click comes before anybody has read what the first one did


class Click(NamedTuple):
    """A press as the page reports it: on what, the moment it showed and for how many ms, which click in a row."""

    button: str
    moment: str
    shown: float
    clicks: int


def press(session: Session, click: Click) -> None:
    """Do what the button does, or tell why not. From any thread."""
    if BUTTONS[click.button].at_once:
        with session.notices.telling():
            BUTTONS[click.button].act(session)
        session.refresh()
    elif reason := refused(session, click):  # told at once, even while a cell keeps the loop
        session.notices.tell(reason)
        session.refresh()
    else:
        session.calls.on_loop(partial(_press, session, click))


def _press(session: Session, click: Click) -> None:
    reason = refused(session, click)  # once more: another click may have come before
    session.notices.tell(reason)
    if not reason:
        BUTTONS[click.button].act(session)


def refused(session: Session, click: Click) -> str:
    """Why this click is not taken, or ""."""
    button = BUTTONS[click.button]
    label = button.label(session)
    session.look()
    if click.clicks > 1 and (session.busy or click.shown < HASTE):
        return f"A double click: its second half was not taken. Press {label} once more if you mean it."
    if reason := button.off(session):
        return f"{label} was not taken: {reason}"
    if click.moment != session.moment:
        return f"{label} was not taken: it came late, the run had moved on. Look again, then press once more."
    return ""
