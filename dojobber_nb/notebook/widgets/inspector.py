"""Inspector: one job, looked into and acted on."""

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
from dojobber_nb.notebook.actions.buttons import hints, labels, off
from dojobber_nb.notebook.actions.clicks import Click, press
from dojobber_nb.notebook.actions.job_breakpoints import halts
from dojobber_nb.notebook.actions.job_buttons import JOB_BUTTONS
from dojobber_nb.notebook.debugging.frames import known
from dojobber_nb.notebook.debugging.post_mortem import put_for_debugger
from dojobber_nb.notebook.session.run_history import Ended
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.base import Part, Source, module, styles
from dojobber_nb.notebook.widgets.channel import ByKey, Content
from dojobber_nb.notebook.widgets.output import Rows, printed
from dojobber_nb.notebook.widgets.panes import PANES, AttemptLook
from dojobber_nb.notebook.widgets.status_line import elapsed
from dojobber_nb.view import words
from dojobber_nb.view.theme import look_key

_FAILED: Final = (Status.FAILED, Status.RETRYING, Status.WOULD_RUN)
DOC = 2_000  # characters


class InspectorContent:
    """What the inspector shows: one job and one of its attempts, in one pane.

    whole: whether a pane has all of its output, as where no page can ask for more.
    """

    def __init__(self, *, whole: bool = False) -> None:
        self.tab = ""  # the one that somebody chose
        self._whole = whole
        self._chosen: tuple[str, int, int] = ("", 0, 0)  # the job, the attempt chosen, and how many there were

    def content(self, session: Session) -> Content:
        """The job that is looked at: its facts, its buttons, and the pane that is open."""
        state, look = session.state, self.look(session)
        found = {"moment": session.moment, "answered": list(session.answered)}
        if state is None or look is None:
            return {**found, "job": None}
        tab = self.tab or suggested(look)
        return {
            **found,
            "elapsed": elapsed(session) if look.current else None,
            "job": {**facts(session, state, look), "tab": tab, "tabs": list(PANES)},
            "labels": ByKey(labels(session, JOB_BUTTONS)),
            "off": ByKey(off(session, JOB_BUTTONS)),
            "hints": ByKey(hints(session, JOB_BUTTONS)),
            "pane": {"tab": tab, "job": look.job.node.index, "number": look.number, **PANES[tab](look)},
            **({"rows": Rows(look.place, printed(look))} if tab == "output" and not self._whole else {}),
        }

    def look(self, session: Session) -> AttemptLook | None:
        """At the job that is looked at: at its last attempt, or the one that somebody chose."""
        state, name = session.state, session.looked_at
        if state is None or name not in state.jobs:
            return None
        job, current = state.jobs[name], _under_way(session, name)
        last = current.attempt if current else job.attempt
        of, chosen, before = self._chosen
        number = chosen if (of, before) == (name, last) and 0 < chosen < last else last
        return AttemptLook(session, job, number, current if number == last else None, self._whole)

    def choose(self, session: Session, number: int) -> None:
        """Look at that attempt, until another one begins."""
        if look := self.look(session):
            self._chosen = look.job.name, number, look.current.attempt if look.current else look.job.attempt


def _under_way(session: Session, name: str) -> PhaseStarted | None:
    """The phase of that job that is under way, if a call is in it now."""
    phase = session.live.under_way if session.live and session.busy and not session.in_the_past else None
    return phase if phase and phase.job == name else None


def reason(session: Session, state: RunState, name: str) -> str:
    """Why the job stands where it does. Of a phase that began and that no call is in any more, what became of it."""
    phase = state.under_way
    in_doubt = phase and phase.job == name and not session.busy and not session.in_the_past
    return session.view.note if in_doubt and session.view.note else why(state, name)


def facts(session: Session, state: RunState, look: AttemptLook) -> dict[str, Any]:
    """Of the job and the attempt, without the pane."""
    job, node = look.job, look.job.node
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
        "attempt": look.number,
        "attempts": job.attempt,
        "halts": halts(session).get(node.index, ""),
    }


def suggested(look: AttemptLook) -> str:
    """The pane that one wants to see first."""
    if look.job.status in _FAILED and look.job.error is not None:
        return "error"
    printed = any(event.stdout or event.stderr or event.log for event in look.phases)
    return "output" if printed or look.current else "attempts"


class Inspector(Part):
    """The widget. What is in a pane is sent only while it is open; `moment` goes back with each click that acts."""

    _esm = module("inspector")
    _css = styles("inspector")
    moment = traitlets.Unicode().tag(sync=True)

    def __init__(self, source: Source) -> None:
        self._content = InspectorContent()
        super().__init__(source)

    def content(self, session: Session) -> Content:
        """The job, and the pane that is open."""
        return self._content.content(session)

    def _open(self, content: dict[str, Any]) -> None:
        """ "" goes back to the one that is suggested."""
        if content["tab"] not in ("", *PANES):
            raise ValueError(f"there is no pane {content['tab']!r:.40}")
        self._content.tab = content["tab"]
        self.session.refresh()

    def _choose(self, content: dict[str, Any]) -> None:
        self._content.choose(self.session, int(content["number"]))
        self.session.refresh()

    def _lines(self, content: dict[str, Any]) -> None:
        """Of an attempt that is not shown any more, nothing."""
        with self.session.frozen():
            look, sent = self._content.look(self.session), self._page.known("rows")
            if look and sent and look.place == sent.of == content["of"]:
                for some in sent.asked(printed(look), map(str, content["blocks"])):
                    self.answer("rows", some)

    def _press(self, content: dict[str, Any]) -> None:
        press(self.session, Click.of(content))

    def _raised(self, content: dict[str, Any]) -> Ended:
        look = self._content.look(self.session)
        errors = look.errors if look and look.number == content["number"] else []
        if not 0 <= int(content["error"]) < len(errors):
            raise ValueError("that error is not shown any more")
        return errors[int(content["error"])]

    def _debug(self, content: dict[str, Any]) -> None:
        self.session.notices.tell(put_for_debugger(self._raised(content).error))
        self.session.refresh()

    def _locals(self, content: dict[str, Any]) -> None:
        found = known(self._raised(content).error, int(content["frame"]))
        place = {name: int(content[name]) for name in ("number", "error", "frame")}
        self.answer("locals", {**place, **found})

    HEARS: ClassVar[Mapping[str, Any]] = {
        "open": _open,
        "attempt": _choose,
        "lines": _lines,
        "press": _press,
        "debug": _debug,
        "locals": _locals,
    }


def _doc(node: Node) -> str:
    """Its own docstring: that of Job tells nothing of it. It is scrubbed before its blanks are changed."""
    doc = vars(node.job).get("__doc__")
    return words.in_lines(clip(inspect.cleandoc(scrub(doc)), DOC)) if isinstance(doc, str) else ""


def _links(state: RunState, indices: Sequence[int]) -> list[dict[str, Any]]:
    nodes = [state.graph.nodes[index] for index in indices]
    return [
        {"job": node.index, "text": words.name(node.name), "state": look_key(state.jobs[node.name])} for node in nodes
    ]
