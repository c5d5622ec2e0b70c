"""StorageHistory: which phase wrote which key of a storage, and what it held at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from dojobber_nb.core.preview import TreeRow, tree
from dojobber_nb.core.storage_diff import Change, Scope
from dojobber_nb.notebook.session.past_moment import step_name
from dojobber_nb.notebook.session.run_history import Ended

NOT_WATCHED, BY_HAND = "not watched", "outside of a phase"


class StorageHistory(NamedTuple):
    """The change that a key owes what it holds to, and where it was made."""

    change: Change
    where: str


def written(phases: Iterable[Ended], scope: Scope) -> dict[str, StorageHistory]:
    """By key, the last change that these phases made in the storage."""
    return {
        change.key: StorageHistory(change, f"{step_name(event.job or '', event.phase or '')}, attempt {event.attempt}")
        for event in phases
        for change in event.changes
        if change.scope == scope
    }


def watched(watches: Sequence[tuple[int, bool]], first: int, last: int) -> bool:
    """Whether somebody watched all that the events from the first to the last tell of; so it is where nobody can say.

    Events are counted from 0; `watches` has from which one on, and whether somebody watched.
    """
    ends = [*(begin for begin, _ in watches[1:]), last + 1]
    return all(was for (begin, was), end in zip(watches, ends, strict=False) if begin <= last and end > first)


def held(phases: Sequence[Ended], scope: Scope, last: Ended | None) -> list[dict[str, Any]]:
    """The keys that the storage held after these phases, as their changes tell; `last` is the one whose are marked."""
    of_them = written(phases, scope)
    rows = [each.change.value for each in of_them.values() if each.change.value is not None]
    return _told(rows, of_them, _marks(last, scope), NOT_WATCHED)


def holds(
    storage: Mapping[Any, Any], phases: Sequence[Ended], scope: Scope, last: Ended | None, *, watched: bool
) -> list[dict[str, Any]]:
    """The keys that the storage holds now, and who is known to have written them; watched: whether all phases were."""
    row = tree(storage, depth=4, items=50, chars=500)
    told = _told(row.children, written(phases, scope), _marks(last, scope), BY_HAND if watched else NOT_WATCHED)
    return [*told, {"more": row.cut}] if row.cut else told


def _told(
    rows: Iterable[TreeRow], of_them: Mapping[str, StorageHistory], marks: Mapping[str, str], otherwise: str
) -> list[dict[str, Any]]:
    there = [
        {
            "row": row,
            "mark": marks.get(row.key, ""),
            "by": of_them[row.key].where if row.key in of_them else otherwise,
        }
        for row in rows
    ]
    gone = [key for key, mark in marks.items() if mark == "removed"]
    return [*there, *({"row": TreeRow(key, "", "", ""), "mark": "removed", "by": of_them[key].where} for key in gone)]


def _marks(last: Ended | None, scope: Scope) -> dict[str, str]:
    return {change.key: change.kind for change in last.changes if change.scope == scope} if last else {}
