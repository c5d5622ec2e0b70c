"""Clicks: which presses on a button are taken, and which are refused and told."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from dojobber_nb.notebook.actions.buttons import Button
from dojobber_nb.notebook.actions.job_buttons import BAR, JOB_BUTTONS
from dojobber_nb.notebook.session.session import Session

ALL: Final[Mapping[str, Button]] = {**BAR, **JOB_BUTTONS}
HASTE: Final = 250  # ms: the second half of a double click comes before anybody has read what the first one did


class Click(NamedTuple):
    """A press as the page reports it: on what, the moment it showed and for how many ms, which click in a row.

    `job`: the index of the job that the button was about, if it is about one. `press`: what the page knows it by.
    """

    button: str
    moment: str
    shown: float
    clicks: int
    job: int | None = None
    press: str = ""

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Click:
        """That of a message from a page."""
        job = int(content["job"]) if ALL[content["button"]].job else None
        shown, clicks = float(content["shown"]), int(content["clicks"])
        press = str(content.get("press", ""))
        return cls(str(content["button"]), str(content["moment"]), shown, clicks, job, press)


def press(session: Session, click: Click) -> None:
    """Do what the button does, or tell why not. From any thread."""
    if ALL[click.button].at_once:
        with session.notices.telling():
            ALL[click.button].act(session)
        _answer(session, click)
    elif reason := refused(session, click):  # told at once, even while a cell keeps the loop
        session.notices.tell(reason)
        _answer(session, click)
    else:
        session.calls.on_loop(partial(_press, session, click))


def _answer(session: Session, click: Click) -> None:
    session.answer(click.press)
    session.refresh()


def _press(session: Session, click: Click) -> None:
    reason = refused(session, click)  # once more: another click may have come before
    session.notices.tell(reason)
    session.answer(click.press)
    if not reason:
        ALL[click.button].act(session)


def refused(session: Session, click: Click) -> str:
    """Why this click is not taken, or ""."""
    button = ALL[click.button]
    label = button.label(session) or "The press"  # the button may be gone by now
    session.look()
    stale = click.moment != session.moment
    if click.clicks > 1 and (stale or session.busy or click.shown < HASTE):
        return "A double click: its second half was not taken. Press once more if you mean it."
    if reason := button.off(session):
        return f"{label} was not taken: {reason}"
    if stale or not _is_about(session, button, click.job):
        return f"{label} was not taken: it came late, the run had moved on. Look again, then press once more."
    return ""


def _is_about(session: Session, button: Button, job: int | None) -> bool:
    """Whether the button is still about the job that the press names."""
    if button.job is None or job is None:
        return button.job is None
    return session.live is not None and session.live.graph.nodes[job].name == button.job(session)
