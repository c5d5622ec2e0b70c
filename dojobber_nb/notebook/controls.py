"""Controls: the band that says the mode, the buttons, the counts, and what is to be told."""

from __future__ import annotations

import getpass
import socket
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

import traitlets

from dojobber_nb.core.events import Outcome, Phase, Status
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.state import RunState
from dojobber_nb.core.why import failure
from dojobber_nb.notebook.buttons import BUTTONS, PAST, cleanups, labels, off
from dojobber_nb.notebook.clicks import Click, press
from dojobber_nb.notebook.part import Part, module, styles
from dojobber_nb.notebook.past import step_name
from dojobber_nb.notebook.session import Session
from dojobber_nb.notebook.travel import moment
from dojobber_nb.view import words

FAILURES_TOLD = 3


class Controls(Part):
    """`hints` say by button what it does, messages its name and why it is off; `moment` goes back with each click."""

    _esm = module("controls")
    _css = styles("controls")
    mode = traitlets.Unicode().tag(sync=True)
    runbook = traitlets.Unicode().tag(sync=True)
    pass_number = traitlets.Int().tag(sync=True)
    moment = traitlets.Unicode().tag(sync=True)
    hints = traitlets.Dict({name: button.hint for name, button in BUTTONS.items()}).tag(sync=True)
    counts: list[Any] = traitlets.List().tag(sync=True)  # type: ignore[assignment]

    def refresh(self) -> None:
        """Show how things stand."""
        session, state = self.session, self.session.state
        with self.hold_sync():
            self.moment = session.moment
            if state:
                self._show(state)
        self.say_new("labels", labels(session, BUTTONS))
        self.say_new("off", off(session, BUTTONS))
        self.say("act", _would_run(session.live) if self.mode == "dry" else "")
        self.say("host", _host())
        self.say("status", _status(session, state))
        self.say("announce", _announced(session, state))
        self.say("past", moment(session))
        self.say("only", session.filter)
        under_way = session.busy and state and state.under_way and not session.in_the_past
        self.say("elapsed", round(session.elapsed, 1) if under_way else None)
        self.say("failures", _failures(state))
        self.say("offer", _offer(session, state))
        self.say("notice", {"number": session.notices.number, "text": session.notices.text})

    def _show(self, state: RunState) -> None:
        self.mode = "dry" if self.session.runner.no_act else "act"
        self.runbook, self.pass_number = words.name(state.graph.root.name, 60), state.pass_number
        found, only = words.counts(state), self.session.filter
        kept = [key for key in words.COUNTED if key in found or key == only]
        self.counts = [[key, found.get(key, 0), words.count(key, found.get(key, 0))] for key in kept]

    def _press(self, content: dict[str, Any]) -> None:
        press(self.session, Click.of(content))

    def _mode(self, content: dict[str, Any]) -> None:
        """Given as what it is to be, so that a second press does no harm. In a call it holds from the next step on."""
        no_act = {"dry": True, "act": False}[content["mode"]]

        def switch() -> None:
            if self.session.runner.no_act and not no_act:
                self.session.notices.tell(_would_run(self.session.live))
            self.session.runner.no_act = no_act

        if self.session.in_the_past:
            self.session.notices.tell(f"The mode was not switched: {PAST}.")
            self.session.refresh()
        elif self.session.busy:
            switch()
            self.session.refresh()
        else:
            self.session.calls.on_loop(switch)

    def _now(self, content: dict[str, Any]) -> None:
        self.session.travel(self.session.story.told)

    def _only(self, content: dict[str, Any]) -> None:
        self.session.show_only(content["status"])

    HEARS: ClassVar[Mapping[str, Any]] = {
        "press": _press,
        "mode": _mode,
        "now": _now,
        "only": _only,
    }


@cache
def _host() -> dict[str, Any]:
    """Who would act and where, and how many minutes the clock there is from UTC."""
    try:
        who = getpass.getuser()
    except (KeyError, OSError):  # no such user on this machine, as in some containers
        who = "?"
    offset = time.localtime().tm_gmtoff
    return {"who": f"{who}@{socket.gethostname()}", "utc_offset": offset // 60}


def _status(session: Session, state: RunState | None) -> str:
    """Where the run stands, in a sentence."""
    if state is None:
        return "No graph yet: call configure(RootJob) in a cell, and this fills in."
    if session.in_the_past:
        return _then(session, state)
    return _under_way(session, state) if session.busy else _at_rest(session, state)


def _at_rest(session: Session, state: RunState) -> str:
    if state.ended is Outcome.DRY_RUN:
        return f"The dry run is over: {words.plan(state)}. Switch to Act to make it so."
    if state.ended:
        return _ENDED[state.ended]
    halt, ahead = session.runner.paused_at, session.next
    if halt:
        return f"Halted before {step_name(halt.job, halt.phase)}: {words.short(halt.reason, 300)}"
    if not session.story.told:
        return f"Ready: {len(state.graph)} jobs, nothing done yet."
    return f"Next comes {step_name(*ahead)}." if ahead else "Nothing is left to do."


def _announced(session: Session, state: RunState | None) -> str:
    """What is read out: during a call how the last attempt came out, between calls where the run stands."""
    if state is None or not session.busy:
        return _status(session, state)
    last = state.jobs.get(session.story.last)
    return f"{words.name(last.name)}: {words.line(last, state)}" if last else ""


def _under_way(session: Session, state: RunState) -> str:
    phase = state.under_way
    if phase is None:
        waits = session.next is not None and state.jobs[session.next[0]].attempt
        return f"Waiting to try {words.name(session.next[0])} again" if session.next and waits else "Starting"
    if session.calls.asked == "interrupt":
        return f"Interrupting {step_name(phase.job, phase.phase)}: a call that blocks must return first"
    return f"{step_name(phase.job, phase.phase)} is under way"


def _then(session: Session, state: RunState) -> str:
    """What stood there to be done at a past moment."""
    if state.under_way:
        return f"{step_name(state.under_way.job, state.under_way.phase)} was under way."
    return f"Next came {step_name(*session.next)}." if session.next else "Nothing was left to do."


def _would_run(state: RunState | None) -> str:
    """What acting would mean, as far as a dry run has found out: "Act: 5 jobs would run, and 8 that need them may"."""
    found = words.counts(state) if state else {}
    sure, may = found.get("would_run", 0) + found.get("cannot_tell", 0), found.get("unknown", 0)
    if not sure:
        return ""
    return f"Act: {sure} job{'s' if sure > 1 else ''} would run" + (f", and {may} that need them may" if may else "")


_ENDED: Mapping[Outcome, str] = {
    Outcome.SUCCESS: "Success: all jobs hold.",
    Outcome.FAILURE: "The run is over, and not all jobs hold.",
    Outcome.STOPPED: "The run was stopped.",
}


def _failures(state: RunState | None) -> list[dict[str, Any]]:
    """The first failed jobs, each with how often and why: "✕ TurnOnTV 3/3: Remote batteries are dead."."""
    failed = [job for job in state.jobs.values() if job.status is Status.FAILED] if state else []
    told = [{"job": job.node.index, "text": _failure(job)} for job in failed[:FAILURES_TOLD]]
    left = len(failed) - len(told)
    return [*told, {"job": -1, "text": f"and {left} more"}] if left else told


def _failure(job: JobState) -> str:
    tries = f" {job.tries}/{job.node.tries}" if job.tries else ""
    said = failure(job).partition(": ")[2] or "failed"
    return f"✕ {words.name(job.name)}{tries}: {words.short(said, 300)}"


def _offer(session: Session, state: RunState | None) -> str:
    """What is asked when a run halts and Cleanups are due; "" when there is nothing to ask."""
    if state is None or session.in_the_past or session.busy or not state.due or state.over:
        return ""
    if session.left_at == session.moment:
        return ""
    ahead = session.next
    if state.interrupted:
        return f"The run was interrupted. {cleanups(session)} due."
    halted = ahead is not None and ahead[1] is Phase.CLEANUP and not session.runner.success()
    return f"The run has halted before its first Cleanup. {cleanups(session)} due." if halted else ""
