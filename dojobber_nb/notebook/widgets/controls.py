"""Controls: the band that says the mode, the buttons, the counts, and what is to be told."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import traitlets

from dojobber_nb.core.cause import cause
from dojobber_nb.core.events import Phase, Status
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.actions.buttons import PAST, cleanups, hints, in_doubt, jobs, labels, off, part, undone
from dojobber_nb.notebook.actions.clicks import Click, press
from dojobber_nb.notebook.actions.job_buttons import BAR, failed_job, primary
from dojobber_nb.notebook.session.past_moment import step_name, when
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.base import Part, module, styles
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

    def refresh(self) -> None:
        """Show how things stand."""
        session, state = self.session, self.session.state
        with self.hold_sync():
            self.moment, self.hints = session.moment, hints(session, BAR)
            self.first_labels = self.first_labels or labels(session, BAR)
            if state:
                self._show(state)
        self.say_new("labels", labels(session, BAR))
        self.say_new("off", off(session, BAR))
        self.say("primary", _primary(session))
        self.say("act", would_run(session.live) if self.mode == "dry" else "")
        minutes = time.localtime().tm_gmtoff // 60
        self.say("host", {"who": session.view.whose, "utc_offset": minutes})
        self.say("status", status(session, state))
        self.say("busy", bool(session.busy))
        self.say("home", _home(session, state))
        self.say("past", moment(session))
        self.say("only", session.filter)
        self.say("elapsed", elapsed(session))
        self.say("failures", failures(state))
        self.say("offer", _offer(session, state))
        self.say("notice", {"number": session.notices.number, "text": session.notices.text})
        self.say("answered", list(session.answered))

    def _show(self, state: RunState) -> None:
        self.mode = "dry" if self.session.view.no_act else "act"
        self.runbook, self.pass_number = _runbook(self.session, state), state.pass_number
        found, only = words.counts(state), self.session.filter
        kept = [key for key in words.COUNTED if key in found or key == only]
        self.counts = [[key, found.get(key, 0), words.count(key, found.get(key, 0))] for key in kept]

    def _press(self, content: dict[str, Any]) -> None:
        press(self.session, Click.of(content))

    def _mode(self, content: dict[str, Any]) -> None:
        """Given as what it is to be, so that a second press does no harm. In a call it holds from the next step on."""
        no_act = {"dry": True, "act": False}[content["mode"]]

        def switch() -> None:
            self.session.answer(content.get("press"))
            if self.session.view.no_act and not no_act:
                self.session.notices.tell(would_run(self.session.live))
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
        self.send({"kind": "copy", "content": copied(self.session)})
        self.session.answer(content.get("press"))
        self.session.refresh()

    HEARS: ClassVar[Mapping[str, Any]] = {
        "press": _press,
        "copy": _copy,
        "mode": _mode,
        "now": _now,
        "only": _only,
    }


def _primary(session: Session) -> dict[str, Any]:
    """The button that is coloured, and the index of the job that Try again in the bar is about, or -1."""
    again, state = failed_job(session), session.live
    return {"button": primary(session), "job": state.graph[again].index if state and again else -1}


def _home(session: Session, state: RunState | None) -> str:
    """Where the focus goes when the button that had it is off at the end of a call: what goes on and undoes nothing."""
    coloured = primary(session)
    return coloured if coloured and coloured not in off(session, BAR) else "failure" if failures(state) else "copy"


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


def failures(state: RunState | None) -> list[dict[str, Any]]:
    """The first failed jobs, each with how often and why: "✕ TurnOnTV 3/3: Remote batteries are dead."."""
    failed = [job for job in state.jobs.values() if job.status is Status.FAILED] if state else []
    told = [{"job": job.node.index, "text": _failure(job)} for job in failed[:FAILURES_TOLD]]
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
