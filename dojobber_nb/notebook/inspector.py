"""Inspector: one job, looked into."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from dojobber_nb.core.events import Interrupted, Status
from dojobber_nb.core.graph import Node
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.preview import clip, message, tree
from dojobber_nb.core.state import RunState
from dojobber_nb.core.values import name_of
from dojobber_nb.core.why import why
from dojobber_nb.notebook.part import Part, module, styles
from dojobber_nb.notebook.story import Ended
from dojobber_nb.view import words
from dojobber_nb.view.theme import shown

_FAILED: Final = (Status.FAILED, Status.RETRYING, Status.WOULD_RUN)
TABS: Final = ("attempts", "output", "error", "storage")
ATTEMPTS = 20  # the last ones are shown
TEXT = 16_000  # characters of one text of output
DOC = 2_000


class Inspector(Part):
    """Shows the job that is looked at; what is in its panes is said only while the pane is open."""

    _esm = module("inspector")
    _css = styles("inspector")
    _tab = ""  # the one that somebody chose

    def refresh(self) -> None:
        """Show how things stand."""
        state, name = self.session.state, self.session.looked_at
        if state is None or name not in state.jobs:
            self.say("job", None)
            return
        job = state.jobs[name]
        tab = self._tab or self._suggested(job)
        self.say("elapsed", round(self.session.elapsed, 1) if self._under_way(job) else None)
        self.say("job", {**self._facts(state, job), "tab": tab, "tabs": TABS})
        self.say("pane", {"tab": tab, "job": job.node.index, **_PANES[tab](self, job)})

    def _facts(self, state: RunState, job: JobState) -> dict[str, Any]:
        node = job.node
        return {
            "name": words.name(job.name, 200),
            "state": shown(job),
            "kind": node.kind.value,
            "selected": bool(self.session.selected),
            "why": why(state, job.name),
            "doc": _doc(node),
            "needs": _links(state, node.needs),
            "needed_by": _links(state, node.needed_by),
        }

    def _suggested(self, job: JobState) -> str:
        """What one wants to see first."""
        if job.status in _FAILED and job.error is not None:
            return "error"
        printed = any(event.stdout or event.stderr or event.log for event in self._last(job))
        return "output" if printed or self._under_way(job) else "attempts"

    def _under_way(self, job: JobState) -> bool:
        state = self.session.live
        going = state is not None and state.under_way is not None and state.under_way.job == job.name
        return going and not self.session.in_the_past

    def _last(self, job: JobState) -> list[Ended]:
        """The phases of its last attempt."""
        attempts = self.session.story.attempts(job.name)
        return attempts[-1] if attempts else []

    # --- panes -------------------------------------------------------------------------------------------------------

    def _attempts(self, job: JobState) -> dict[str, Any]:
        attempts = self.session.story.attempts(job.name)
        rows = [{"number": phases[0].attempt, "phases": [_phase(event) for event in phases]} for phases in attempts]
        tries = f"{job.tries} of {job.node.tries} tries taken, at least {words.seconds(job.node.delay)} apart"
        return {"rows": rows[-ATTEMPTS:], "cut": max(0, len(rows) - ATTEMPTS), "tries": tries}

    def _output(self, job: JobState) -> dict[str, Any]:
        """What its last attempt printed, phase by phase, and the phase under way so far."""
        state = self.session.state
        texts = []
        current = state.under_way if state and self._under_way(job) else None
        attempt = current.attempt if current else job.attempt
        texts = [_printed(event.phase, event) for event in self.session.story.of(job.name) if event.attempt == attempt]
        if current:
            texts.append({**_printed(current.phase, self.session.runner.output_so_far()), "live": True})
        return {"texts": [text for text in texts if any(text.get(key) for key in ("stdout", "stderr", "log", "live"))]}

    def _error(self, job: JobState) -> dict[str, Any]:
        """What the last attempt that failed raised, the judge's word first."""
        failed = [event for event in self.session.story.of(job.name) if event.traceback]
        last = [event for event in failed if event.attempt == failed[-1].attempt]
        latest = {message(event.error): event for event in last}  # Check and Recheck mostly say the same
        return {"errors": [_raised(event) for event in reversed(last) if latest[message(event.error)] is event]}

    def _storage(self, job: JobState) -> dict[str, Any]:
        runner = self.session.runner
        return {
            "own": _rows(runner.storages.get(job.name)),
            "shared": _rows(runner.global_storage),
        }

    # --- messages ----------------------------------------------------------------------------------------------------

    def _select(self, content: dict[str, Any]) -> None:
        self.session.select(int(content["job"]))

    def _open(self, content: dict[str, Any]) -> None:
        if content["tab"] not in TABS:
            raise ValueError(f"there is no pane {content['tab']!r:.40}")
        self._tab = content["tab"]
        self.session.refresh()

    HEARS: ClassVar[Mapping[str, Any]] = {"select": _select, "open": _open}


_PANES: Final = {
    "attempts": Inspector._attempts,
    "output": Inspector._output,
    "error": Inspector._error,
    "storage": Inspector._storage,
}


def _doc(node: Node) -> str:
    """Its own docstring: that of Job tells nothing of it."""
    doc = vars(node.job).get("__doc__")
    return clip(inspect.cleandoc(doc), DOC) if isinstance(doc, str) else ""


def _links(state: RunState, indices: Sequence[int]) -> list[dict[str, Any]]:
    nodes = [state.graph.nodes[index] for index in indices]
    return [{"job": node.index, "text": words.name(node.name), "state": shown(state.jobs[node.name])} for node in nodes]


def _phase(event: Ended) -> dict[str, Any]:
    said = "interrupted" if isinstance(event, Interrupted) else message(event.error, 300)
    return {"phase": event.phase or "", "ok": event.ok, "seconds": words.seconds(event.duration), "said": said}


def _raised(event: Ended) -> dict[str, str]:
    return {
        "title": f"Attempt {event.attempt}, {event.phase}",
        "message": f"{name_of(type(event.error))}: {message(event.error)}",
        "text": clip(event.traceback, TEXT),
    }


def _printed(phase: str | None, texts: Any) -> dict[str, Any]:
    return {"phase": phase or "", **{stream: _tail(getattr(texts, stream)) for stream in ("stdout", "stderr", "log")}}


def _tail(text: str) -> str:
    kept = text if len(text) <= TEXT else f"… {len(text) - TEXT:,} characters before this\n{text[-TEXT:]}"
    return clip(kept, TEXT + 100)


def _rows(storage: dict[Any, Any] | None) -> Any:
    return None if storage is None else tree(storage, depth=3, items=50, chars=500)
