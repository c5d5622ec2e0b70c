"""JobList: the jobs as a list, for those who read or hear rather than look at a graph, and for narrow pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import traitlets

from dojobber_nb.core.events import Phase, Status
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.actions.buttons import jobs as jobs_of
from dojobber_nb.notebook.actions.job_breakpoints import halts
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.base import Part, Source, module, styles
from dojobber_nb.notebook.widgets.channel import Cached, Content, PerJob
from dojobber_nb.notebook.widgets.job_contents import FIND, LETTERS, SavedStatuses, letters, look, matching
from dojobber_nb.view import words
from dojobber_nb.view.theme import LOOKS, look_key

NAME, LINE = 200, 300  # characters shown

# What needs a look stands first; all else stays where it is, so that a run does not shuffle the list.
URGENT: Final = {Status.FAILED: 0, Status.BLOCKED: 1, Status.RETRYING: 2}
ORDERS: Final[Mapping[str, Callable[[JobState], int]]] = {
    "failures": lambda job: URGENT.get(job.status, len(URGENT)),
    "visiting": lambda job: 0,
}


class JobListContent:
    """What the list shows: which rows, in which order, and a line for each."""

    def __init__(self) -> None:
        self.find, self.order = "", "failures"
        self._names: tuple[JobGraph | None, list[str]] = (None, [])
        self._statuses = SavedStatuses()

    def content(self, session: Session) -> Content:
        """Names, statuses and lines of all jobs, and the rows that are shown."""
        state = session.state
        found = {"names": self._names_of(state.graph if state else None), **look(session, state)}
        if state is None:
            return {**found, "statuses": ""}
        return {**found, **self._statuses.content(session, state), **self._messages(session, state)}

    def _names_of(self, graph: JobGraph | None) -> list[str]:
        if graph is not self._names[0]:
            self._names = graph, [words.name(node.name, NAME) for node in graph or ()]
        return self._names[1]

    def _messages(self, session: Session, state: RunState) -> dict[str, Any]:
        now = session.now if session.busy or session.in_the_past else None
        key = session.changes.statuses, self.find, self.order, session.filter

        def line(index: int) -> str:
            return row_line(state.job_at(index), state, now)

        return {
            "letters": letters(session, state),
            "counts": self._counts(session),
            "shown": Cached(key, lambda: self._rows(session, state)),
            "halts": halts(session),
            "lines": PerJob(session.changes, range(len(state.graph)), line, serial=session.changes.graphs, blank=""),
        }

    def _counts(self, session: Session) -> list[list[Any]]:
        """How many are counted in each way that occurs, and in the one that is shown alone."""
        found, only = session.counts, session.filter
        kept = [key for key in words.COUNTED if key in found or key == only]
        return [[key, LETTERS_OF[key], words.count(key, found.get(key, 0))] for key in kept]

    def _rows(self, session: Session, state: RunState) -> dict[str, Any]:
        only, jobs = session.filter, matching(session, state, self.find)
        urgent = any(status in session.counts for status in URGENT)
        rows = sorted(jobs, key=lambda index: ORDERS[self.order](state.job_at(index))) if urgent else jobs
        said = f"{len(rows):,} of {jobs_of(len(state.graph))}" if self.find or only else jobs_of(len(rows))
        return {"rows": rows, "said": said, "find": self.find, "only": only, "order": self.order}


class JobList(Part):
    """The widget. `statuses`: a letter a job, the place of its look in LOOKS from "a" on; `names` in visiting order.

    Of many jobs, while the run goes on, only the letters that differ are sent, by message.
    """

    _esm = module("joblist")
    _css = styles("joblist")
    names: list[str] = traitlets.List().tag(sync=True)  # type: ignore[assignment]
    statuses = traitlets.Unicode().tag(sync=True)
    looked_at = traitlets.Int(-1).tag(sync=True)
    selected = traitlets.Bool(False).tag(sync=True)

    def __init__(self, source: Source) -> None:
        self._content = JobListContent()
        super().__init__(source)

    def content(self, session: Session) -> Content:
        """The rows, and what each says."""
        return self._content.content(session)

    def _search(self, content: dict[str, Any]) -> None:
        self._content.find = str(content["text"])[:FIND].strip()
        self.session.refresh()

    def _arrange(self, content: dict[str, Any]) -> None:
        if content["order"] not in ORDERS:
            raise ValueError(f"there is no order {content['order']!r:.40}")
        self._content.order = content["order"]
        self.session.refresh()

    def _only(self, content: dict[str, Any]) -> None:
        self.session.show_only(content["status"])

    HEARS: ClassVar[Mapping[str, Any]] = {
        "find": _search,
        "order": _arrange,
        "only": _only,
    }


LETTERS_OF: Final = {key: LETTERS[Phase.CHECK if key == words.RUNNING else key] for key in words.COUNTED}


def row_line(job: JobState, state: RunState, now: float | None) -> str:
    """What its status word does not say already."""
    line = words.line(job, state, now=now, limit=LINE)
    return "" if line == LOOKS[look_key(job)].word else line
