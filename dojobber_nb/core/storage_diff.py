"""Diff of a storage before and after a phase, as bounded text."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final, Literal, NamedTuple

from dojobber_nb.core.preview import TreeRow, preview, tree
from dojobber_nb.core.secrets import MARK, masked

KEYS: Final = 200  # of a storage: later keys are ignored
CHARS: Final = 300  # of a value: changes beyond are not noticed
FIXED: Final = frozenset({type(None), bool, int, float, complex, str, bytes})  # immutable: identity is enough

Scope = Literal["storage", "global_storage"]
ChangeKind = Literal["added", "changed", "removed"]


class Change(NamedTuple):
    """A key that a phase added, changed or removed; `value` is its new value, as the inspector shows it."""

    scope: Scope
    key: str
    kind: ChangeKind
    value: TreeRow | None = None


class ValueSnapshot(NamedTuple):
    """A value at a moment: the value itself if it is immutable (`fixed`), and a line of text."""

    value: Any
    fixed: bool
    text: str

    def is_still(self, value: Any) -> bool:
        """Whether the value is unchanged, by its line of text; two secrets are compared by value."""
        if self.fixed and value is self.value:
            return True
        unseen = MARK in self.text and type(value) in FIXED and value != self.value
        return not unseen and preview(value, chars=CHARS) == self.text


def storage_snapshot(storage: object) -> dict[str, ValueSnapshot]:
    """Snapshot of a storage, by the text of its keys."""
    return {_key(key): _value_snapshot(value) for key, value in _items(storage)}


def storage_changes(scope: Scope, before: Mapping[str, ValueSnapshot], storage: object) -> tuple[Change, ...]:
    """The changes of the storage since the snapshot `before`."""
    now = {_key(key): (key, value) for key, value in _items(storage)}
    if not before and not now:
        return ()
    new = [
        Change(scope, text, "changed" if text in before else "added", _shown(text, masked(key, value)))
        for text, (key, value) in now.items()
        if text not in before or not before[text].is_still(value)
    ]
    return (*new, *(Change(scope, text, "removed") for text in before if text not in now))


def _items(storage: object) -> list[tuple[Any, Any]]:
    """The first keys with their values; [] for other types, and for a dict that is changed at this moment."""
    if not isinstance(storage, dict):
        return []
    try:
        return list(islice(dict.items(storage), KEYS))
    except RuntimeError:
        return []


def _key(key: object) -> str:
    return preview(key, chars=80)


def _value_snapshot(value: object) -> ValueSnapshot:
    fixed = type(value) in FIXED
    return ValueSnapshot(value if fixed else None, fixed, preview(value, chars=CHARS))


def _shown(key: str, value: object) -> TreeRow:
    return tree(value, key=key, depth=2, items=20, chars=CHARS)
