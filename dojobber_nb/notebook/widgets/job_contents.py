"""What graph, list and timeline have in common: the job that is looked at, a letter per job, and the search."""

from __future__ import annotations

from typing import Any, Final

from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.channel import Letters
from dojobber_nb.view import words
from dojobber_nb.view.theme import LOOKS, look_key

LETTERS: Final = {state: chr(ord("a") + number) for number, state in enumerate(LOOKS)}
SENT_WHOLE: Final = 100  # jobs: the statuses of so many are no more than a message about one change
FIND: Final = 200  # characters looked for


def look(session: Session, state: RunState | None) -> dict[str, Any]:
    """The index of the job that is looked at, or -1, and whether somebody selected it."""
    name = session.looked_at
    index = state.graph[name].index if state and name in state.graph else -1
    return {"looked_at": index, "selected": name == session.selected != ""}


def letters(session: Session, state: RunState) -> Letters:
    """A letter for each job: the place of its look in LOOKS, from "a" on."""
    return Letters(
        session.changes,
        range(len(state.graph)),
        lambda index: LETTERS[look_key(state.job_at(index))],
        serial=session.changes.graphs,
    )


class SavedStatuses:
    """The letters of all jobs, for the trait that is saved with the notebook.

    Of many jobs only when a run has ended, or when the graph is another one: else they would double each message.
    """

    def __init__(self) -> None:
        self._graph: JobGraph | None = None

    def content(self, session: Session, state: RunState) -> dict[str, str]:
        """The trait, if it is to change now."""
        whole = len(state.graph) <= SENT_WHOLE or bool(state.ended) or state.graph is not self._graph
        if not (whole and at_rest(session)):
            return {}
        self._graph = state.graph
        return {"statuses": "".join([LETTERS[look_key(job)] for job in state.jobs.values()])}


def matching(session: Session, state: RunState, find: str) -> list[int]:
    """The indices of the jobs whose name has that text in it and that the session's filter leaves."""
    wanted, only = find.casefold(), session.filter
    if not wanted and not only:
        return list(range(len(state.graph)))
    return [
        job.node.index
        for job in state.jobs.values()
        if wanted in job.name.casefold() and only in ("", words.counted(job))
    ]


def at_rest(session: Session) -> bool:
    """Whether nothing goes on at the moment that is looked at."""
    return session.in_the_past or not session.busy
