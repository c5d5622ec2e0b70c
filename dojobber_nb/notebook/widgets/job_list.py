"""JobList: the jobs as a list, for screen readers, for narrow pages, and for people who prefer a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import traitlets

from dojobber_nb.core.events import Phase, Status
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.actions.buttons import job_count
from dojobber_nb.notebook.actions.job_breakpoints import breakpoint_texts
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.base import Part, Source, module, styles
from dojobber_nb.notebook.widgets.content_values import Cached, Content, PerJob
from dojobber_nb.notebook.widgets.job_contents import FIND, LETTERS, SavedStatuses, letters, matching, selection
from dojobber_nb.view import words
from dojobber_nb.view.theme import LOOKS, look_key

NAME_LENGTH, LINE_LENGTH = 200, 300

# Jobs that need attention come first. All others keep their order, so that a run does not shuffle the list.
URGENT: Final = {Status.FAILED: 0, Status.BLOCKED: 1, Status.RETRYING: 2}
ORDERS: Final[Mapping[str, Callable[[JobState], int]]] = {
    "failures": lambda job: URGENT.get(job.status, len(URGENT)),
    "visiting": lambda job: 0,
}


class JobListContent:
    """Content of the list: the rows, their order, and a line for each."""

    def __init__(self) -> None:
        self.find, self.order = "", "failures"
        self._names: tuple[JobGraph | None, list[str]] = (None, [])
        self._statuses = SavedStatuses()

    def content(self, session: Session) -> Content:
        """Names, statuses and lines of all jobs, and the rows to show."""
        state = session.state
        common = {"names": self._names_of(state.graph if state else None), **selection(session, state)}
        if state is None:
            return {**common, "statuses": ""}
        return {**common, **self._statuses.content(session, state), **self._messages(session, state)}

    def _names_of(self, graph: JobGraph | None) -> list[str]:
        if graph is not self._names[0]:
            self._names = graph, [words.name(node.name, NAME_LENGTH) for node in graph or ()]
        return self._names[1]

    def _messages(self, session: Session, state: RunState) -> dict[str, Any]:
        now = session.now if session.busy or session.in_the_past else None
        key = session.changes.statuses_version, self.find, self.order, session.filter

        def line(index: int) -> str:
            return row_line(state.job_at(index), state, now)

        return {
            "letters": letters(session, state),
            "counts": self._counts(session),
            "shown": Cached(key, lambda: self._rows(session, state)),
            "halts": breakpoint_texts(session),
            "lines": PerJob(
                session.changes, range(len(state.graph)), line, serial=session.changes.graph_serial, blank=""
            ),
        }

    def _counts(self, session: Session) -> list[list[Any]]:
        """Number of jobs per status that occurs, and of the status that is filtered by."""
        counts, only = session.counts, session.filter
        kept = [key for key in words.COUNTED if key in counts or key == only]
        return [[key, LETTERS_OF[key], words.count(key, counts.get(key, 0))] for key in kept]

    def _rows(self, session: Session, state: RunState) -> dict[str, Any]:
        only, jobs = session.filter, matching(session, state, self.find)
        urgent = any(status in session.counts for status in URGENT)
        rows = sorted(jobs, key=lambda index: ORDERS[self.order](state.job_at(index))) if urgent else jobs
        text = f"{len(rows):,} of {job_count(len(state.graph))}" if self.find or only else job_count(len(rows))
        return {"rows": rows, "said": text, "find": self.find, "only": only, "order": self.order}


class JobList(Part):
    """The list widget. `names` are in visiting order; `statuses` has a letter per job, as in GraphView."""

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
        """The rows, and the text of each."""
        return self._content.content(session)

    def _search(self, content: dict[str, Any]) -> None:
        self._content.find = str(content["text"])[:FIND].strip()
        self.session.refresh()

    def _set_order(self, content: dict[str, Any]) -> None:
        if content["order"] not in ORDERS:
            raise ValueError(f"there is no order {content['order']!r:.40}")
        self._content.order = content["order"]
        self.session.refresh()

    def _only(self, content: dict[str, Any]) -> None:
        self.session.show_only(content["status"])

    HEARS: ClassVar[Mapping[str, Any]] = {
        "find": _search,
        "order": _set_order,
        "only": _only,
    }


LETTERS_OF: Final = {key: LETTERS[Phase.CHECK if key == words.RUNNING else key] for key in words.COUNTED}


def row_line(job: JobState, state: RunState, now: float | None) -> str:
    """The line of a job; "" if it only repeats the word of its status."""
    line = words.line(job, state, now=now, limit=LINE_LENGTH)
    return "" if line == LOOKS[look_key(job)].word else line
