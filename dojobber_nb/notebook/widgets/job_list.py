"""JobList: the jobs as a list, for those who read or hear rather than look at a graph, and for narrow pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Final

import traitlets

from dojobber_nb.core.events import Phase, Status
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.actions.buttons import jobs as jobs_of
from dojobber_nb.notebook.actions.job_breakpoints import halts
from dojobber_nb.notebook.widgets.base import Part, Source, module, styles
from dojobber_nb.notebook.widgets.graph import LETTERS
from dojobber_nb.view import words
from dojobber_nb.view.theme import LOOKS, shown

NAME, LINE, FIND = 200, 300, 200  # characters shown, and looked for
SENT_WHOLE = 100  # jobs: the statuses of so many are no more than a message about one change

# What needs a look stands first; all else stays where it is, so that a run does not shuffle the list.
URGENT: Final = {Status.FAILED: 0, Status.BLOCKED: 1, Status.RETRYING: 2}
ORDERS: Final[Mapping[str, Callable[[JobState], int]]] = {
    "failures": lambda job: URGENT.get(job.status, len(URGENT)),
    "visiting": lambda job: 0,
}


class JobList(Part):
    """`statuses`: a letter a job, the place of its look in LOOKS from "a" on; `names` in visiting order.

    Of many jobs, while the run goes on, only the letters that are new are said, by message. So is which rows are shown
    and in which order: those that `find` and the session's filter leave.
    """

    _esm = module("joblist")
    _css = styles("joblist")
    names: list[str] = traitlets.List().tag(sync=True)  # type: ignore[assignment]
    statuses = traitlets.Unicode().tag(sync=True)
    looked_at = traitlets.Int(-1).tag(sync=True)
    selected = traitlets.Bool(False).tag(sync=True)

    _listed: JobGraph | None = None

    def __init__(self, source: Source) -> None:
        self._find, self._order = "", "failures"
        super().__init__(source)

    def refresh(self) -> None:
        """Show how things stand."""
        state = self.session.state
        with self.hold_sync():
            self._list(state)
            self._point(state)
            letters = "".join([LETTERS[shown(job)] for job in state.jobs.values()] if state else ())
            if not self.session.busy or len(letters) <= SENT_WHOLE:
                self.statuses = letters
        if state:
            self._say_changes("statuses", letters)
            self.say("counts", self._counts(state))
            self.say("shown", self._shown_rows(state))
            self.say("halts", halts(self.session))
            self._say_lines(state)

    def _list(self, state: RunState | None) -> None:
        graph = state.graph if state else None
        if graph is not self._listed:
            self._listed = graph
            self.names = [words.name(node.name, NAME) for node in graph or ()]
            self._said.pop("lines", None)
            self._said.pop("statuses", None)

    def _point(self, state: RunState | None) -> None:
        jobs, looked_at = state.jobs if state else {}, self.session.looked_at
        self.looked_at = jobs[looked_at].node.index if looked_at in jobs else -1
        self.selected = looked_at == self.session.selected != ""

    def _counts(self, state: RunState) -> list[list[Any]]:
        """How many are counted in each way that occurs, and in the one that is shown alone."""
        found, only = words.counts(state), self.session.filter
        kept = [key for key in words.COUNTED if key in found or key == only]
        return [[key, LETTERS_OF[key], words.count(key, found.get(key, 0))] for key in kept]

    def _shown_rows(self, state: RunState) -> dict[str, Any]:
        wanted, only = self._find.casefold(), self.session.filter
        jobs = [
            job for job in state.jobs.values() if wanted in job.name.casefold() and only in ("", words.counted(job))
        ]
        rows = [job.node.index for job in sorted(jobs, key=ORDERS[self._order])]
        said = f"{len(rows):,} of {jobs_of(len(state.graph))}" if self._find or only else jobs_of(len(rows))
        return {"rows": rows, "said": said, "find": self._find, "only": only, "order": self._order}

    def _say_lines(self, state: RunState) -> None:
        """What each row says beside its status."""
        now = self.session.now if self.session.busy or self.session.in_the_past else None
        self._say_changes("lines", [row_line(job, state, now) for job in state.jobs.values()])

    def _say_changes(self, kind: str, now: Sequence[str]) -> None:
        """Those that are new, by the index of the job."""
        before = self._said.get(kind) or [""] * len(now)
        self._said[kind] = now
        if new := {index: each for index, each in enumerate(now) if each != before[index]}:
            self.send({"kind": kind, "content": new})

    # --- messages ----------------------------------------------------------------------------------------------------

    def _search(self, content: dict[str, Any]) -> None:
        self._find = str(content["text"])[:FIND].strip()
        self.session.refresh()

    def _arrange(self, content: dict[str, Any]) -> None:
        if content["order"] not in ORDERS:
            raise ValueError(f"there is no order {content['order']!r:.40}")
        self._order = content["order"]
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
    return "" if line == LOOKS[shown(job)].word else line
