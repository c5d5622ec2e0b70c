"""Storage history: which phase last wrote each key of a storage, and the keys at a past moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from dojobber_nb.core.preview import TreeRow, tree
from dojobber_nb.core.storage_diff import Change, Scope
from dojobber_nb.notebook.session.past_moment import step_name
from dojobber_nb.notebook.session.run_history import Ended

NOT_WATCHED, BY_HAND = "not watched", "outside of a phase"


class LastChange(NamedTuple):
    """The last change of a key, and the phase that made it."""

    change: Change
    by: str


def last_changes(phases: Iterable[Ended], scope: Scope) -> dict[str, LastChange]:
    """The last change of each key by these phases."""
    return {
        change.key: LastChange(change, f"{step_name(event.job or '', event.phase or '')}, attempt {event.attempt}")
        for event in phases
        for change in event.changes
        if change.scope == scope
    }


def was_watched(watches: Sequence[tuple[int, bool]], first: int, last: int) -> bool:
    """Whether changes were recorded from event `first` to event `last`, counted from 0; True if that is not known.

    `watches` holds (number of the first event, whether somebody watched from there on).
    """
    ends = [*(begin for begin, _ in watches[1:]), last + 1]
    return all(was for (begin, was), end in zip(watches, ends, strict=False) if begin <= last and end > first)


def recorded_keys(phases: Sequence[Ended], scope: Scope, last: Ended | None) -> list[dict[str, Any]]:
    """The keys of the storage after these phases, from the recorded changes. Changes of phase `last` are marked."""
    changes = last_changes(phases, scope)
    rows = [each.change.value for each in changes.values() if each.change.value is not None]
    return _rows(rows, changes, _marks(last, scope), NOT_WATCHED)


def live_keys(
    storage: Mapping[Any, Any], phases: Sequence[Ended], scope: Scope, last: Ended | None, *, watched: bool
) -> list[dict[str, Any]]:
    """The keys of the storage now, and who wrote each. watched: whether all phases were recorded."""
    row = tree(storage, depth=4, items=50, chars=500)
    keys = _rows(row.children, last_changes(phases, scope), _marks(last, scope), BY_HAND if watched else NOT_WATCHED)
    return [*keys, {"more": row.cut}] if row.cut else keys


def _rows(
    rows: Iterable[TreeRow], changes: Mapping[str, LastChange], marks: Mapping[str, str], default: str
) -> list[dict[str, Any]]:
    present = [
        {
            "row": row,
            "mark": marks.get(row.key, ""),
            "by": changes[row.key].by if row.key in changes else default,
        }
        for row in rows
    ]
    removed = [key for key, mark in marks.items() if mark == "removed"]
    return [*present, *({"row": TreeRow(key, "", "", ""), "mark": "removed", "by": changes[key].by} for key in removed)]


def _marks(last: Ended | None, scope: Scope) -> dict[str, str]:
    return {change.key: change.kind for change in last.changes if change.scope == scope} if last else {}
