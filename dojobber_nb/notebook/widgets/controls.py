"""Controls: the band that names the mode, the buttons, the counts, failures, questions and notices."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import traitlets

from dojobber_nb.core.cause import cause
from dojobber_nb.core.events import Phase
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.actions.buttons import PAST, cleanups, hints, in_doubt, jobs, labels, off, part, undone
from dojobber_nb.notebook.actions.clicks import Click, press
from dojobber_nb.notebook.actions.job_buttons import BAR, failed_job, primary
from dojobber_nb.notebook.session.past_moment import step_name, when
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.base import Part, module, styles
from dojobber_nb.notebook.widgets.channel import ByKey, Content
from dojobber_nb.notebook.widgets.status_line import elapsed, status, would_run
from dojobber_nb.notebook.widgets.travel import moment
from dojobber_nb.view import words
from dojobber_nb.view.status import status_text

FAILURES_TOLD, WHY = 3, 300  # failed jobs, and characters of why each failed


class Offer(NamedTuple):
    """What is asked, and the buttons that answer it."""

    text: str
    buttons: tuple[str, ...]


class Controls(Part):
    """`hints` say by button what it does, messages its name and why it is off; `moment` goes back with each click."""

    _esm = module("controls")
    _css = styles("controls")
    mode = traitlets.Unicode().tag(sync=True)
    runbook = traitlets.Unicode().tag(sync=True)
    pass_number = traitlets.Int().tag(sync=True)
    moment = traitlets.Unicode().tag(sync=True)
    hints = traitlets.Dict().tag(sync=True)
    first_labels = traitlets.Dict().tag(sync=True)  # of the buttons: what a page shows until the kernel answers
    counts: list[Any] = traitlets.List().tag(sync=True)  # type: ignore[assignment]

    def content(self, session: Session) -> Content:
        """The buttons, and the run in a few words."""
        buttons = labels(session, BAR)
        first = {} if self.first_labels else {"first_labels": buttons}
        return {**first, **_buttons(session, buttons), **overview(session)}

    def _press(self, content: dict[str, Any]) -> None:
        press(self.session, Click.of(content))

    def _mode(self, content: dict[str, Any]) -> None:
        """Given as what it is to be, so that a second press does no harm. In a call it holds from the next step on."""
        no_act = {"dry": True, "act": False}[content["mode"]]

        def switch() -> None:
            self.session.answer(content.get("press"))
            if self.session.view.no_act and not no_act:
                self.session.notices.tell(would_run(self.session))
            self.session.runner.no_act = no_act

        if self.session.in_the_past:
            self.session.notices.tell(f"The mode was not switched: {PAST}.")
            self.session.answer(content.get("press"))
            self.session.refresh()
        elif self.session.busy:
            switch()
            self.session.refresh()
        else:
            self.session.calls.on_loop(switch)

    def _now(self, content: dict[str, Any]) -> None:
        self.session.travel(None)

    def _only(self, content: dict[str, Any]) -> None:
        self.session.show_only(content["status"])

    def _copy(self, content: dict[str, Any]) -> None:
        self.answer("copy", copied(self.session))
        self.session.answer(content.get("press"))
        self.session.refresh()

    HEARS: ClassVar[Mapping[str, Any]] = {
        "press": _press,
        "copy": _copy,
        "mode": _mode,
        "now": _now,
        "only": _only,
    }


def overview(session: Session) -> dict[str, Any]:
    """The run in a few words: mode, counts, status, failures."""
    state = session.state
    return {
        **(_traits(session, state) if state else {}),
        "host": {"who": session.view.whose, "utc_offset": time.localtime().tm_gmtoff // 60},
        "status": status(session, state),
        "past": moment(session),
        "only": session.filter,
        "elapsed": elapsed(session),
        "failures": failures(session),
    }


def _traits(session: Session, state: RunState) -> dict[str, Any]:
    found, only = session.counts, session.filter
    kept = [key for key in words.COUNTED if key in found or key == only]
    return {
        "mode": "dry" if session.view.no_act else "act",
        "runbook": _runbook(session, state),
        "pass_number": state.pass_number,
        "counts": [[key, found.get(key, 0), words.count(key, found.get(key, 0))] for key in kept],
    }


def _buttons(session: Session, names: Mapping[str, str]) -> dict[str, Any]:
    """What the buttons are called, which are off and why, and what is asked."""
    reasons, coloured = off(session, BAR), _primary(session)
    return {
        "moment": session.moment,
        "hints": hints(session, BAR),
        "labels": ByKey(names),
        "off": ByKey(reasons),
        "primary": coloured,
        "act": would_run(session) if session.live and session.view.no_act else "",
        "busy": bool(session.busy),
        "home": _home(session, coloured["button"], reasons),
        "offer": _offer(session, session.state),
        "notice": {"number": session.notices.number, "text": session.notices.text},
        "answered": list(session.answered),
    }


def _primary(session: Session) -> dict[str, Any]:
    """The button that is coloured, and the index of the job that Try again in the bar is about, or -1."""
    again, state = failed_job(session), session.live
    return {"button": primary(session), "job": state.graph[again].index if state and again else -1}


def _home(session: Session, coloured: str, reasons: Mapping[str, str]) -> str:
    """Where the focus goes when the button that had it is off at the end of a call: what goes on and undoes nothing."""
    return coloured if coloured and coloured not in reasons else "failure" if session.failed else "copy"


def _runbook(session: Session, state: RunState) -> str:
    """The root's name; of a run of a part that of the whole, too: "TurnOnTV, 4 of the 20 jobs of WatchMovie"."""
    root = words.name(state.graph.root.name, 60)
    if not part(session):
        return root
    whole = session.view.configured
    return f"{root}, {len(state.graph):,} of the {jobs(len(whole))} of {words.name(whole.root.name)}"


def copied(session: Session) -> str:
    """How the run stands now, in text for others."""
    state, events = session.live, session.view.events if session.live else ()
    elapsed = session.now if session.busy and not session.in_the_past else when(events[-1]) if events else 0.0
    if state is None:
        return "No graph yet."
    return status_text(state, elapsed=elapsed, host=session.view.whose, running=bool(session.busy))


def failures(session: Session) -> list[dict[str, Any]]:
    """The first failed jobs, each with how often and why: "✕ TurnOnTV 3/3: Remote batteries are dead."."""
    state, failed = session.state, session.failed
    first = [state.jobs[name] for name in failed[:FAILURES_TOLD]] if state else []
    told = [{"job": job.node.index, "text": _failure(job)} for job in first]
    left = len(failed) - len(told)
    return [*told, {"job": -1, "text": f"and {left} more"}] if left else told


def _failure(job: JobState) -> str:
    tries = f" {job.tries}/{job.node.tries}" if job.tries else ""
    return f"✕ {words.name(job.name)}{tries}: {words.short(cause(job, WHY) or 'failed', WHY)}"


def _offer(session: Session, state: RunState | None) -> Offer | None:
    """What is asked at a halt with Cleanups due, and of a recorded run that was cut off."""
    if state is None or session.in_the_past or session.busy or session.left_at == session.moment:
        return None
    return _of_what_was_cut_off(session) or _of_cleanups(session, state)


def _of_cleanups(session: Session, state: RunState) -> Offer | None:
    if not state.due or state.over:
        return None
    ahead = session.next
    if state.interrupted:
        return Offer(f"The run was interrupted. {_due(session)}", ("cleanup", "leave"))
    if ahead is None or ahead[1] is not Phase.CLEANUP or session.view.success():
        return None
    return Offer(f"The run has halted before its first Cleanup. {_due(session)}", ("cleanup", "leave"))


def _due(session: Session) -> str:
    """ "2 Cleanups due. They undo the Runs of B and A."."""
    due = len(session.state.due) if session.state else 0
    return f"{cleanups(session)} due. {'It undoes' if due == 1 else 'They undo'} {undone(session)}."


def _of_what_was_cut_off(session: Session) -> Offer | None:
    run = session.left_behind
    if run is None:
        return None
    phase, file = run.in_doubt, words.short(run.record.path.name, 100)
    where = f" in {step_name(phase.job, phase.phase)}" if phase else ""
    if job := in_doubt(session):
        told = f"The last run in {file} was cut off{where}: nobody can check whether {words.name(job)} was done."
        return Offer(told, ("rerun", "done", "leave"))
    return Offer(f"The last run in {file} was cut off{where}. Run begins a new one.", ("resume", "leave"))
