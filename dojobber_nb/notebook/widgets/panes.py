"""Panes of the inspector: attempts, output, error, storage and source of one attempt at a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from dojobber_nb.core.cause import reason
from dojobber_nb.core.events import Interrupted, Phase
from dojobber_nb.core.graph import JobKind
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.preview import chain, clip
from dojobber_nb.notebook.debugging.frames import Frame, traceback_parts
from dojobber_nb.notebook.debugging.source import class_source
from dojobber_nb.notebook.session.run_history import Ended
from dojobber_nb.notebook.widgets.output import output
from dojobber_nb.notebook.widgets.shown_attempt import ShownAttempt, headline_of
from dojobber_nb.notebook.widgets.storage_history import live_keys, recorded_keys, was_watched
from dojobber_nb.view import words

ATTEMPTS = 20  # the last ones, at most
TRACEBACK_LENGTH = 16_000  # characters of a traceback


def attempts(attempt: ShownAttempt) -> dict[str, Any]:
    """Content of the attempts pane: the result of each phase of each attempt."""
    job, history = attempt.job, attempt.session.history.attempts(attempt.job.name)
    rows = [
        {"number": phases[0].attempt, "phases": [_phase(job, event) for event in phases]}
        for phases in history[-ATTEMPTS:]
    ]
    tries = f"{job.tries} of {job.node.tries} tries taken, at least {words.seconds(job.node.delay)} apart"
    return {"rows": rows, "earlier": _earlier(max(0, len(history) - ATTEMPTS)), "tries": tries}


def _earlier(left_out: int) -> str:
    if not left_out:
        return ""
    return f"{left_out:,} earlier attempt{' is' if left_out == 1 else 's are'} not shown."


def error(attempt: ShownAttempt) -> dict[str, Any]:
    """Content of the error pane: message, causes and frames of each error."""
    return {"errors": [{"title": attempt.title(event), **_raised(event)} for event in attempt.errors]}


def storage(attempt: ShownAttempt) -> dict[str, Any]:
    """Content of the storage pane: the keys of both storages after the attempt, and which phase wrote each."""
    session, phases, view = attempt.session, attempt.phases, attempt.session.view
    last, all_phases = (phases[-1] if phases else None), session.history.global_writes
    attempt_watched, run_watched = _watched(attempt)
    storages = None if session.in_the_past else view.storages
    if storages is None or attempt.number != attempt.job.attempt:
        own = recorded_keys(phases, "storage", last)
        shared = recorded_keys(all_phases, "global_storage", last) if storages is None else None
        notes = {"own": _note(own, "attempt", attempt_watched), "shared": _note(shared or [], "run", run_watched)}
        return {"own": own, "shared": shared, "notes": notes}
    own = live_keys(storages.get(attempt.job.name) or {}, phases, "storage", last, watched=attempt_watched)
    shared = live_keys(view.global_storage, all_phases, "global_storage", last, watched=run_watched)
    return {"own": own, "shared": shared, "notes": {"own": "", "shared": ""}}


def code(attempt: ShownAttempt) -> dict[str, Any]:
    """Content of the source pane: the source of the class."""
    where, text = class_source(attempt.job.node.job)
    return {"where": where, "text": words.in_lines(text)}


PANES: Final[Mapping[str, Callable[[ShownAttempt], dict[str, Any]]]] = {
    "attempts": attempts,
    "output": output,
    "error": error,
    "storage": storage,
    "source": code,
}


# In place of the errors that the engine raises for a RunonlyJob: the real error is shown with its Run.
RUNONLY_TEXTS: Final[Mapping[str | None, str]] = {Phase.CHECK: "it has no Check", Phase.RECHECK: "as its Run"}


def _phase(job: JobState, event: Ended) -> dict[str, Any]:
    text = "interrupted" if isinstance(event, Interrupted) else words.in_lines(reason(event.error, 300))
    if text and job.node.kind is JobKind.RUNONLY:
        text = RUNONLY_TEXTS.get(event.phase, text)
    return {"phase": event.phase or "", "ok": event.ok, "seconds": words.seconds(event.duration), "said": text}


def _raised(event: Ended) -> dict[str, Any]:
    headline = headline_of(event)
    parts = traceback_parts(words.in_lines(clip(event.traceback, TRACEBACK_LENGTH)), event.error)
    return {
        "message": headline,
        "came_from": chain(event.error) if event.error is not None else None,
        "parts": _folded([part for part in parts if part != headline]),
    }


def _folded(found: Sequence[str | Frame]) -> list[dict[str, Any]]:
    """The parts of a traceback. The first of library frames in a row says how many they are: the page folds them."""
    told: list[dict[str, Any]] = []
    for library, group in groupby(found, lambda part: isinstance(part, Frame) and part.library):
        frames = [{"text": part} if isinstance(part, str) else part._asdict() for part in group]
        if library:
            frames[0]["folded"] = f"{len(frames)} frame{'' if len(frames) == 1 else 's'} in libraries"
        told += frames
    return told


def _watched(attempt: ShownAttempt) -> tuple[bool, bool]:
    """Whether the storages were recorded during the whole attempt, and during the whole run up to now."""
    session = attempt.session
    watches, events = session.view.watches, session.history.event_range(attempt.job.name, attempt.number)
    return was_watched(watches, *events), was_watched(watches, 0, len(session.events) - 1)


def _note(rows: Sequence[object], what: str, seen: bool) -> str:
    """Note below the keys of a past storage; "" if they are complete."""
    if not seen:
        return f"Incomplete: no dashboard or record watched the whole {what}, so some changes were not recorded."
    return "" if rows else f"Empty at that moment: the {what} had stored nothing here."
