"""Clicks: takes presses of buttons, or refuses them with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from dojobber_nb.notebook.actions.buttons import Button
from dojobber_nb.notebook.actions.job_buttons import BAR, JOB_BUTTONS
from dojobber_nb.notebook.session.session import Session

ALL: Final[Mapping[str, Button]] = {**BAR, **JOB_BUTTONS}
DOUBLE_CLICK_MS: Final = 250  # a second click within it comes before a person can have read what the first one did


class Click(NamedTuple):
    """A press of a button, as the page reports it.

    `token` is the session's token that the page showed, `shown_ms` for how long it had shown it, `clicks` the number of
    the click in a row. `job` is the index of the job that the button acts on, if any. `press` is the page's id of it.
    """

    button: str
    token: str
    shown_ms: float
    clicks: int
    job: int | None = None
    press: str = ""

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Click:
        """The click in a message from a page. Raises KeyError, TypeError or ValueError if it is malformed."""
        job = int(content["job"]) if ALL[content["button"]].job else None
        shown_ms, clicks = float(content["shown"]), int(content["clicks"])
        press_id = str(content.get("press", ""))
        return cls(str(content["button"]), str(content["moment"]), shown_ms, clicks, job, press_id)


def press(session: Session, click: Click) -> None:
    """Do what the button does, or show why not. Thread-safe."""
    if ALL[click.button].at_once:
        with session.notices.showing_errors():
            ALL[click.button].act(session)
        _answer(session, click)
    elif reason := refusal(session, click):  # shown at once, even while a cell blocks the loop
        session.notices.show(reason)
        _answer(session, click)
    else:
        session.calls.on_loop(partial(_press, session, click))


def _answer(session: Session, click: Click) -> None:
    session.acknowledge(click.press)
    session.refresh()


def _press(session: Session, click: Click) -> None:
    reason = refusal(session, click)  # checked again: another click may have come first
    session.notices.show(reason)
    session.acknowledge(click.press)
    if not reason:
        ALL[click.button].act(session)


def refusal(session: Session, click: Click) -> str:
    """Reason why this click is refused, or ""."""
    button = ALL[click.button]
    label = button.label(session) or "The press"  # the button may be hidden by now
    session.read_events()
    stale = click.token != session.token
    if click.clicks > 1 and (stale or session.busy or click.shown_ms < DOUBLE_CLICK_MS):
        return "The second click of a double click was not taken. Press again if you mean it."
    if reason := button.disabled(session):
        return f"{label} was not taken: {reason}"
    if stale or not _is_same_job(session, button, click.job):
        return f"{label} was not taken: it came late, the run had moved on. Check the page, then press again."
    return ""


def _is_same_job(session: Session, button: Button, job: int | None) -> bool:
    """Whether the button still acts on the job that the press names."""
    if button.job is None or job is None:
        return button.job is None
    return session.live is not None and session.live.graph.nodes[job].name == button.job(session)
