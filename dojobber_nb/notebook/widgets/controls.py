"""Controls: mode, buttons, counts, failures, questions and notices."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import traitlets

from dojobber_nb.core.cause import cause
from dojobber_nb.core.events import Phase
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.actions.buttons import (
    IN_THE_PAST,
    cleanup_count,
    disabled,
    hints,
    job_count,
    job_in_doubt,
    labels,
    subgraph_text,
    undo_text,
)
from dojobber_nb.notebook.actions.job_buttons import BAR, failed_job, primary_button
from dojobber_nb.notebook.session.past_moment import event_time, step_name
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.base import Part, module, styles
from dojobber_nb.notebook.widgets.content_values import ByKey, Content
from dojobber_nb.notebook.widgets.status_line import act_text, elapsed, status
from dojobber_nb.notebook.widgets.travel import past_label
from dojobber_nb.view import words
from dojobber_nb.view.status import status_text

FAILURES_SHOWN, WHY = 3, 300  # number of failed jobs, characters of the cause of each


class Offer(NamedTuple):
    """A question to the user, and the buttons that answer it."""

    text: str
    buttons: tuple[str, ...]


class Controls(Part):
    """The controls widget. Its trait `moment` is the token of the session, which the page returns with each click."""

    _esm = module("controls")
    _css = styles("controls")
    mode = traitlets.Unicode().tag(sync=True)
    runbook = traitlets.Unicode().tag(sync=True)
    pass_number = traitlets.Int().tag(sync=True)
    moment = traitlets.Unicode().tag(sync=True)
    hints = traitlets.Dict().tag(sync=True)
    first_labels = traitlets.Dict().tag(sync=True)  # labels of buttons that a page shows until the kernel answers
    counts: list[Any] = traitlets.List().tag(sync=True)  # type: ignore[assignment]

    def content(self, session: Session) -> Content:
        """The buttons and the overview."""
        buttons = labels(session, BAR)
        first = {} if self.first_labels else {"first_labels": buttons}
        return {**first, **_buttons(session, buttons), **overview(session)}

    def _mode(self, content: dict[str, Any]) -> None:
        """Set the mode. Pressing twice does no harm. During a call, it holds from the next step on."""
        no_act = {"dry": True, "act": False}[content["mode"]]

        def switch() -> None:
            self.session.acknowledge(content.get("press"))
            if self.session.view.no_act and not no_act:
                self.session.notices.show(act_text(self.session))
            self.session.runner.no_act = no_act

        if self.session.in_the_past:
            self.session.notices.show(f"The mode was not switched: {IN_THE_PAST}.")
            self.session.acknowledge(content.get("press"))
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
        self.answer("copy", status_for_copy(self.session))
        self.session.acknowledge(content.get("press"))
        self.session.refresh()

    HEARS: ClassVar[Mapping[str, Any]] = {
        "copy": _copy,
        "mode": _mode,
        "now": _now,
        "only": _only,
    }


def overview(session: Session) -> dict[str, Any]:
    """Mode, counts, status and failures of the run."""
    state = session.state
    return {
        **(_traits(session, state) if state else {}),
        "host": {"who": session.view.whose, "utc_offset": time.localtime().tm_gmtoff // 60},
        "status": status(session, state),
        "past": past_label(session),
        "only": session.filter,
        "elapsed": elapsed(session),
        "failures": failures(session),
    }


def _traits(session: Session, state: RunState) -> dict[str, Any]:
    counts, only = session.counts, session.filter
    kept = [key for key in words.COUNTED if key in counts or key == only]
    return {
        "mode": "dry" if session.view.no_act else "act",
        "runbook": _runbook(session, state),
        "pass_number": state.pass_number,
        "counts": [[key, counts.get(key, 0), words.count(key, counts.get(key, 0))] for key in kept],
    }


def _buttons(session: Session, names: Mapping[str, str]) -> dict[str, Any]:
    """Labels and states of the buttons, the question, and the notice."""
    reasons, primary = disabled(session, BAR), _primary(session)
    return {
        "moment": session.token,
        "hints": hints(session, BAR),
        "labels": ByKey(names),
        "off": ByKey(reasons),
        "primary": primary,
        "act": act_text(session) if session.live and session.view.no_act else "",
        "busy": bool(session.busy),
        "home": _focus_target(session, primary["button"], reasons),
        "offer": _offer(session, session.state),
        "notice": {"number": session.notices.number, "text": session.notices.text},
        "answered": list(session.answered),
    }


def _primary(session: Session) -> dict[str, Any]:
    """The coloured button, and the index of the job that Try again in the bar acts on, or -1."""
    again, state = failed_job(session), session.live
    return {"button": primary_button(session), "job": state.graph[again].index if state and again else -1}


def _focus_target(session: Session, primary: str, reasons: Mapping[str, str]) -> str:
    """Where the keyboard focus goes if its button is disabled at the end of a call. Never to a Cleanup."""
    return primary if primary and primary not in reasons else "failure" if session.failed else "copy"


def _runbook(session: Session, state: RunState) -> str:
    """Name of the root; of a run of a subgraph "TurnOnTV, 4 of the 20 jobs of WatchMovie"."""
    root = words.name(state.graph.root.name, 60)
    if not subgraph_text(session):
        return root
    whole = session.view.configured
    return f"{root}, {len(state.graph):,} of the {job_count(len(whole))} of {words.name(whole.root.name)}"


def status_for_copy(session: Session) -> str:
    """The present status of the run as text, for the clipboard."""
    state, events = session.live, session.view.events if session.live else ()
    elapsed = session.now if session.busy and not session.in_the_past else event_time(events[-1]) if events else 0.0
    if state is None:
        return "No graph yet."
    return status_text(state, elapsed=elapsed, host=session.view.whose, running=bool(session.busy))


def failures(session: Session) -> list[dict[str, Any]]:
    """The first failed jobs, with tries and cause: "✕ TurnOnTV 3/3: Remote batteries are dead."."""
    state, failed = session.state, session.failed
    first = [state.jobs[name] for name in failed[:FAILURES_SHOWN]] if state else []
    rows = [{"job": job.node.index, "text": _failure(job)} for job in first]
    left = len(failed) - len(rows)
    return [*rows, {"job": -1, "text": f"and {left} more"}] if left else rows


def _failure(job: JobState) -> str:
    tries = f" {job.tries}/{job.node.tries}" if job.tries else ""
    return f"✕ {words.name(job.name)}{tries}: {words.short(cause(job, WHY) or 'failed', WHY)}"


def _offer(session: Session, state: RunState | None) -> Offer | None:
    """The question about due Cleanups at a halt, or about a recorded run that was cut off; or None."""
    if state is None or session.in_the_past or session.busy or session.dismissed_at == session.token:
        return None
    return _resume_offer(session) or _cleanup_offer(session, state)


def _cleanup_offer(session: Session, state: RunState) -> Offer | None:
    if not state.due or state.over:
        return None
    step = session.next_step
    if state.interrupted:
        return Offer(f"The run was interrupted. {_due(session)}", ("cleanup", "leave"))
    if step is None or step[1] is not Phase.CLEANUP or session.view.success():
        return None
    return Offer(f"The run has halted before its first Cleanup. {_due(session)}", ("cleanup", "leave"))


def _due(session: Session) -> str:
    """ "2 Cleanups due. They undo the Runs of B and A."."""
    due = len(session.state.due) if session.state else 0
    return f"{cleanup_count(session)} due. {'It undoes' if due == 1 else 'They undo'} {undo_text(session)}."


def _resume_offer(session: Session) -> Offer | None:
    run = session.cut_off_run
    if run is None:
        return None
    phase, file = run.in_doubt, words.short(run.record.path.name, 100)
    where = f" in {step_name(phase.job, phase.phase)}" if phase else ""
    if job := job_in_doubt(session):
        text = f"The last run in {file} was cut off{where}: nobody can check whether {words.name(job)} was done."
        return Offer(text, ("rerun", "done", "leave"))
    return Offer(f"The last run in {file} was cut off{where}. Run begins a new one.", ("resume", "leave"))
