"""What a phase changed in its storages, as its end event tells it while somebody watches."""

from typing import Any

import pytest

from dojobber_nb import DoJobber, Job
from dojobber_nb.core.events import PhaseEnded
from dojobber_nb.core.storage_diff import KEYS, storage_changes, storage_snapshot


class Hostile:
    def __repr__(self) -> str:
        raise SystemExit

    def __eq__(self, other: object) -> bool:
        raise SystemExit

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ({}, {"a": 1}, [("'a'", "added", "1")]),
        ({"a": 1}, {"a": 2}, [("'a'", "changed", "2")]),
        ({"a": 1}, {}, [("'a'", "removed", None)]),
        ({"a": 1}, {"a": 1}, []),
        ({"a": "x" * 10**6}, {"a": "x" * 10**6 + "y"}, []),
        ({1: 0, "1": 0}, {1: 1, "1": 0}, [("1", "changed", "1")]),
        ({"a": Hostile()}, {"a": Hostile()}, []),
    ],
    ids=["added", "changed", "removed", "the same", "beyond the text that is kept", "keys that look alike", "hostile"],
)
def test_each_key_is_told_with_what_became_of_it(
    before: Any, now: Any, told: list[tuple[str, str, str | None]]
) -> None:
    found = storage_changes("storage", storage_snapshot(before), now)
    assert [(change.key, change.kind, change.value and change.value.text) for change in found] == told


def test_a_list_that_grew_is_a_change() -> None:
    storage = {"seen": [1]}
    before = storage_snapshot(storage)
    storage["seen"].append(2)
    (change,) = storage_changes("storage", before, storage)
    assert change.kind == "changed"
    assert change.value is not None
    assert [child.text for child in change.value.children] == ["1", "2"]


def test_of_a_large_storage_the_first_keys_are_looked_at() -> None:
    assert len(storage_snapshot(dict.fromkeys(range(10**6)))) == KEYS


@pytest.mark.parametrize("storage", [None, [], Hostile(), 7])
def test_what_is_no_dict_has_nothing_to_tell(storage: object) -> None:
    assert storage_changes("storage", storage_snapshot(storage), storage) == ()


class Fill(Job):
    def Check(self) -> None:
        self.storage["level"] = self.storage.get("level", 0) + 1
        assert "full" in self.global_storage

    def Run(self) -> None:
        self.global_storage["full"] = ["yes"]

    def Cleanup(self) -> None:
        del self.global_storage["full"]


def told(dj: DoJobber) -> dict[str, list[tuple[str, str, str]]]:
    ended = (event for event in dj.events if isinstance(event, PhaseEnded))
    return {event.phase: [(change.scope, change.key, change.kind) for change in event.changes] for event in ended}


def test_the_end_of_a_phase_tells_what_it_changed_while_somebody_watches() -> None:
    dj = DoJobber()
    dj.configure(Fill, capture=True)
    dj.checknrun()
    assert told(dj) == {
        "check": [("storage", "'level'", "added")],
        "run": [("global_storage", "'full'", "added")],
        "recheck": [("storage", "'level'", "changed")],
        "cleanup": [("global_storage", "'full'", "removed")],
    }


def test_nothing_is_looked_at_when_nobody_watches() -> None:
    dj = DoJobber()
    dj.configure(Fill)
    dj.checknrun()
    assert not any(told(dj).values())
