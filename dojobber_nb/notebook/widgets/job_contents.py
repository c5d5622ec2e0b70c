"""Content shared by graph, list and timeline: the selection, a letter per job, the search."""

from __future__ import annotations

from typing import Any, Final

from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.content_values import Letters
from dojobber_nb.view import words
from dojobber_nb.view.theme import LOOKS, look_key

LETTERS: Final = {state: chr(ord("a") + number) for number, state in enumerate(LOOKS)}
SENT_WHOLE: Final = 100  # jobs: up to so many, all letters cost no more than a message about one change
FIND: Final = 200  # characters of a search text


def selection(session: Session, state: RunState | None) -> dict[str, Any]:
    """Index of the job shown, or -1, and whether a person selected it."""
    name = session.shown_job
    index = state.graph[name].index if state and name in state.graph else -1
    return {"looked_at": index, "selected": name == session.selected != ""}


def letters(session: Session, state: RunState) -> Letters:
    """A letter for each job: the index of its look in LOOKS, from "a" on."""
    return Letters(
        session.changes,
        range(len(state.graph)),
        lambda index: LETTERS[look_key(state.job_at(index))],
        serial=session.changes.graph_serial,
    )


class SavedStatuses:
    """The letters of all jobs, for the trait that is saved with the notebook.

    For many jobs it changes only at the end of a run, and for another graph: otherwise it would double each message.
    """

    def __init__(self) -> None:
        self._graph: JobGraph | None = None

    def content(self, session: Session, state: RunState) -> dict[str, str]:
        """The trait, if it may change now; else {}."""
        whole = len(state.graph) <= SENT_WHOLE or bool(state.ended) or state.graph is not self._graph
        if not (whole and is_idle(session)):
            return {}
        self._graph = state.graph
        return {"statuses": "".join([LETTERS[look_key(job)] for job in state.jobs.values()])}


def matching(session: Session, state: RunState, find: str) -> list[int]:
    """Indices of the jobs whose name contains the text, and that pass the filter of the session."""
    wanted, only = find.casefold(), session.filter
    if not wanted and not only:
        return list(range(len(state.graph)))
    return [
        job.node.index
        for job in state.jobs.values()
        if wanted in job.name.casefold() and only in ("", words.counted(job))
    ]


def is_idle(session: Session) -> bool:
    """Whether no call is running at the moment shown."""
    return session.in_the_past or not session.busy
