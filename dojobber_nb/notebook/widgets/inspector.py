"""Inspector: the details of one job, and the buttons that act on it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

import traitlets

from dojobber_nb.core.events import PhaseStarted, Status
from dojobber_nb.core.graph import Node
from dojobber_nb.core.preview import clip
from dojobber_nb.core.secrets import scrub
from dojobber_nb.core.state import RunState
from dojobber_nb.core.why import why
from dojobber_nb.notebook.actions.buttons import disabled, hints, labels
from dojobber_nb.notebook.actions.job_breakpoints import breakpoint_texts
from dojobber_nb.notebook.actions.job_buttons import JOB_BUTTONS
from dojobber_nb.notebook.debugging.frames import frame_locals
from dojobber_nb.notebook.debugging.post_mortem import set_last_exception
from dojobber_nb.notebook.session.run_history import Ended
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.base import Part, Source, module, styles
from dojobber_nb.notebook.widgets.content_values import ByKey, Content
from dojobber_nb.notebook.widgets.output import Rows, attempt_texts
from dojobber_nb.notebook.widgets.panes import PANES
from dojobber_nb.notebook.widgets.shown_attempt import ShownAttempt
from dojobber_nb.notebook.widgets.status_line import elapsed
from dojobber_nb.view import words
from dojobber_nb.view.theme import look_key

_FAILED: Final = (Status.FAILED, Status.RETRYING, Status.WOULD_RUN)
DOC = 2_000  # characters


class InspectorContent:
    """Content of the inspector: one job, and one pane about one of its attempts.

    whole: whether the output pane has all rows at once, for a page that cannot request more.
    """

    def __init__(self, *, whole: bool = False) -> None:
        self.tab = ""  # chosen by a person; "": the suggested one
        self._whole = whole
        self._chosen: tuple[str, int, int] = ("", 0, 0)  # job, chosen attempt, last attempt at that time

    def content(self, session: Session) -> Content:
        """Facts of the job shown, its buttons, and the open pane."""
        state, attempt = session.state, self.shown_attempt(session)
        common = {"moment": session.token, "answered": list(session.answered)}
        if state is None or attempt is None:
            return {**common, "job": None}
        tab = self.tab or suggested(attempt)
        return {
            **common,
            "elapsed": elapsed(session) if attempt.current else None,
            "job": {**facts(session, state, attempt), "tab": tab, "tabs": list(PANES)},
            "labels": ByKey(labels(session, JOB_BUTTONS)),
            "off": ByKey(disabled(session, JOB_BUTTONS)),
            "hints": ByKey(hints(session, JOB_BUTTONS)),
            "pane": {"tab": tab, "job": attempt.job.node.index, "number": attempt.number, **PANES[tab](attempt)},
            **({"rows": Rows(attempt.place, attempt_texts(attempt))} if tab == "output" and not self._whole else {}),
        }

    def shown_attempt(self, session: Session) -> ShownAttempt | None:
        """The attempt to show: the last one of the job shown, or the one that a person chose."""
        state, name = session.state, session.shown_job
        if state is None or name not in state.jobs:
            return None
        job, current = state.jobs[name], _under_way(session, name)
        last = current.attempt if current else job.attempt
        chosen_job, chosen, last_then = self._chosen
        number = chosen if (chosen_job, last_then) == (name, last) and 0 < chosen < last else last
        return ShownAttempt(session, job, number, current if number == last else None, self._whole)

    def choose(self, session: Session, number: int) -> None:
        """Show that attempt, until another one begins."""
        if attempt := self.shown_attempt(session):
            self._chosen = attempt.job.name, number, attempt.current.attempt if attempt.current else attempt.job.attempt


def _under_way(session: Session, name: str) -> PhaseStarted | None:
    """The phase of that job that a call is in, or None."""
    return session.live.phase_under_way(name) if session.live and session.busy and not session.in_the_past else None


def reason(session: Session, state: RunState, name: str) -> str:
    """Why the job has its status; of a phase in doubt, which began and did not end, what is known of it."""
    phase = state.under_way
    in_doubt = phase and phase.job == name and not session.busy and not session.in_the_past
    return session.view.note if in_doubt and session.view.note else why(state, name)


def facts(session: Session, state: RunState, attempt: ShownAttempt) -> dict[str, Any]:
    """Facts of the job and the attempt, without the pane."""
    job, node = attempt.job, attempt.job.node
    return {
        "job": node.index,
        "name": words.name(job.name, 200),
        "state": look_key(job),
        "kind": node.kind.value,
        "selected": bool(session.selected),
        "why": words.in_lines(reason(session, state, job.name)),
        "doc": _doc(node),
        "needs": _links(state, node.needs),
        "needed_by": _links(state, node.needed_by),
        "attempt": attempt.number,
        "attempts": job.attempt,
        "halts": breakpoint_texts(session).get(node.index, ""),
    }


def suggested(attempt: ShownAttempt) -> str:
    """The pane that is open until a person chooses one."""
    if attempt.job.status in _FAILED and attempt.job.error is not None:
        return "error"
    printed = any(event.stdout or event.stderr or event.log for event in attempt.phases)
    return "output" if printed or attempt.current else "attempts"


class Inspector(Part):
    """The inspector widget. Only the open pane is sent. The page returns the token `moment` with each click."""

    _esm = module("inspector")
    _css = styles("inspector")
    moment = traitlets.Unicode().tag(sync=True)

    def __init__(self, source: Source) -> None:
        self._content = InspectorContent()
        super().__init__(source)

    def content(self, session: Session) -> Content:
        """The job, and the open pane."""
        return self._content.content(session)

    def _open(self, content: dict[str, Any]) -> None:
        """Open a pane; "" means the suggested one."""
        if content["tab"] not in ("", *PANES):
            raise ValueError(f"there is no pane {content['tab']!r:.40}")
        self._content.tab = content["tab"]
        self.session.refresh()

    def _choose(self, content: dict[str, Any]) -> None:
        self._content.choose(self.session, int(content["number"]))
        self.session.refresh()

    def _lines(self, content: dict[str, Any]) -> None:
        """Send requested blocks of output, unless another attempt is shown by now."""
        with self.session.frozen():
            attempt, sent = self._content.shown_attempt(self.session), self._page.known("rows")
            if attempt and sent and attempt.place == sent.of == content["of"]:
                for blocks in sent.requested(attempt_texts(attempt), map(str, content["blocks"])):
                    self.answer("rows", blocks)

    def _shown_error(self, content: dict[str, Any]) -> Ended:
        attempt = self._content.shown_attempt(self.session)
        errors = attempt.errors if attempt and attempt.number == content["number"] else []
        if not 0 <= int(content["error"]) < len(errors):
            raise ValueError("that error is no longer shown")
        return errors[int(content["error"])]

    def _debug(self, content: dict[str, Any]) -> None:
        self.session.notices.show(set_last_exception(self._shown_error(content).error))
        self.session.refresh()

    def _locals(self, content: dict[str, Any]) -> None:
        variables = frame_locals(self._shown_error(content).error, int(content["frame"]))
        place = {name: int(content[name]) for name in ("number", "error", "frame")}
        self.answer("locals", {**place, **variables})

    HEARS: ClassVar[Mapping[str, Any]] = {
        "open": _open,
        "attempt": _choose,
        "lines": _lines,
        "debug": _debug,
        "locals": _locals,
    }


def _doc(node: Node) -> str:
    """The docstring of the class itself, not an inherited one. Scrubbed before its whitespace is changed."""
    doc = vars(node.job).get("__doc__")
    return words.in_lines(clip(inspect.cleandoc(scrub(doc)), DOC)) if isinstance(doc, str) else ""


def _links(state: RunState, indices: Sequence[int]) -> list[dict[str, Any]]:
    nodes = [state.graph.nodes[index] for index in indices]
    return [
        {"job": node.index, "text": words.name(node.name), "state": look_key(state.jobs[node.name])} for node in nodes
    ]
