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
from dojobber_nb.notebook.widgets.base import Part, module, styles
from dojobber_nb.notebook.widgets.output import Blocks, printed
from dojobber_nb.notebook.widgets.panes import PANES, AttemptLook
from dojobber_nb.notebook.widgets.status_line import elapsed
from dojobber_nb.view import words
from dojobber_nb.view.theme import shown

_FAILED: Final = (Status.FAILED, Status.RETRYING, Status.WOULD_RUN)
DOC = 2_000  # characters


class Inspector(Part):
    """Shows the job that is looked at; what is in its panes is said only while the pane is open.

    `moment` goes back with each click that acts.
    """

    _esm = module("output", "inspector")
    _css = styles("inspector")
    moment = traitlets.Unicode().tag(sync=True)

    _tab = ""  # the one that somebody chose
    _chosen: tuple[str, int, int] = ("", 0, 0)  # the job, the attempt that somebody chose, and how many there were

    def refresh(self) -> None:
        """Show how things stand."""
        self.moment = self.session.moment
        self.say("answered", list(self.session.answered))
        state, look = self.session.state, self._look()
        if state is None or look is None:
            self.say("job", None)
            return
        tab = self._tab or self._suggested(look)
        self.say("elapsed", elapsed(self.session) if look.current else None)
        self.say("job", {**self._facts(state, look), "tab": tab, "tabs": list(PANES)})
        self.say_new("labels", labels(self.session, JOB_BUTTONS))
        self.say_new("off", off(self.session, JOB_BUTTONS))
        self.say_new("hints", hints(self.session, JOB_BUTTONS))
        self.say("pane", {"tab": tab, "job": look.job.node.index, "number": look.number, **PANES[tab](look)})
        if tab == "output" and self.session.asks:
            self._say_rows(look)

    def _say_rows(self, look: AttemptLook) -> None:
        """What was printed since."""
        if news := self._blocks(look).news(printed(look)):
            self.send({"kind": "rows", "content": news})

    def _blocks(self, look: AttemptLook) -> Blocks:
        """What the page has of that attempt."""
        of, had = [look.job.node.index, look.number], self._said.get("rows")
        blocks = self._said["rows"] = had if had and had.of == of else Blocks(of)
        return blocks

    def _look(self) -> AttemptLook | None:
        """At the job that is looked at: at its last attempt, or the one that somebody chose."""
        state, name = self.session.state, self.session.looked_at
        if state is None or name not in state.jobs:
            return None
        job, current = state.jobs[name], self._under_way(name)
        last = current.attempt if current else job.attempt
        of, chosen, before = self._chosen
        number = chosen if (of, before) == (name, last) and 0 < chosen < last else last
        return AttemptLook(self.session, job, number, current if number == last else None)

    def _under_way(self, name: str) -> PhaseStarted | None:
        """The phase of that job, if somebody is about it now."""
        session = self.session
        phase = session.live.under_way if session.live and session.busy and not session.in_the_past else None
        return phase if phase and phase.job == name else None

    def _why(self, state: RunState, name: str) -> str:
        """Of a phase that began and that nobody is about any more, what became of it."""
        session, phase = self.session, state.under_way
        in_doubt = phase and phase.job == name and not session.busy and not session.in_the_past
        return session.view.note if in_doubt and session.view.note else why(state, name)

    def _facts(self, state: RunState, look: AttemptLook) -> dict[str, Any]:
        job, node = look.job, look.job.node
        return {
            "job": node.index,
            "name": words.name(job.name, 200),
            "state": shown(job),
            "kind": node.kind.value,
            "selected": bool(self.session.selected),
            "why": words.in_lines(self._why(state, job.name)),
            "doc": _doc(node),
            "needs": _links(state, node.needs),
            "needed_by": _links(state, node.needed_by),
            "attempt": look.number,
            "attempts": job.attempt,
            "halts": halts(self.session).get(node.index, ""),
        }

    def _suggested(self, look: AttemptLook) -> str:
        """What one wants to see first."""
        if look.job.status in _FAILED and look.job.error is not None:
            return "error"
        printed = any(event.stdout or event.stderr or event.log for event in look.phases)
        return "output" if printed or look.current else "attempts"

    # --- messages ----------------------------------------------------------------------------------------------------

    def _open(self, content: dict[str, Any]) -> None:
        """ "" goes back to the one that is suggested."""
        if content["tab"] not in ("", *PANES):
            raise ValueError(f"there is no pane {content['tab']!r:.40}")
        self._tab = content["tab"]
        self.session.refresh()

    def _choose(self, content: dict[str, Any]) -> None:
        number, look = int(content["number"]), self._look()
        if look:
            self._chosen = look.job.name, number, look.current.attempt if look.current else look.job.attempt
        self.session.refresh()

    def _lines(self, content: dict[str, Any]) -> None:
        """Of an attempt that is not shown any more, nothing."""
        with self.session.frozen():
            look = self._look()
            if look and [look.job.node.index, look.number] == content["of"]:
                for told in self._blocks(look).asked(printed(look), map(str, content["blocks"])):
                    self.send({"kind": "rows", "content": told})

    def _press(self, content: dict[str, Any]) -> None:
        press(self.session, Click.of(content))

    def _raised(self, content: dict[str, Any]) -> Ended:
        look = self._look()
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
        self.send({"kind": "locals", "content": {**place, **found}})

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
    return [{"job": node.index, "text": words.name(node.name), "state": shown(state.jobs[node.name])} for node in nodes]
