"""The last events of a recorded run, and what they tell alone, so that a long run need not be read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import chain, pairwise
from typing import Final

from dojobber_nb.core.events import (
    Event,
    Interrupted,
    NoActSwitched,
    Outcome,
    PhaseEnded,
    PhaseStarted,
    Resumed,
    RunEnded,
)
from dojobber_nb.record.checksums import event_checksum
from dojobber_nb.record.codec import decode
from dojobber_nb.record.sqlite_file import event_id

_BACKWARDS: Final = "SELECT number, text, crc FROM events WHERE id >= ? AND id < ? ORDER BY id DESC"
_DAMAGE: Final = (sqlite3.DatabaseError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)

# A run that had ended has still ended after these; all other events begin it or open it again.
_CHANGE_NO_OUTCOME: Final = (Interrupted, NoActSwitched)
_OF_PHASES: Final = (PhaseStarted, PhaseEnded, Interrupted, Resumed)


class UndecidedError(Exception):
    """Raised when the last events do not decide, or cannot be read: all events have to be read."""


def last_events(connection: sqlite3.Connection, run: int, seed: int) -> Iterator[Event]:
    """The events of that run, the last one first; each is verified by the checksum of the one before."""
    try:
        rows = connection.execute(_BACKWARDS, (event_id(run, 0), event_id(run + 1, 0)))
        for (number, line, crc), (number_before, _, before) in pairwise(chain(rows, [(-1, b"", seed)])):
            if number != number_before + 1 or event_checksum(before, number, line) != crc:
                raise UndecidedError
            yield decode(line)
    except _DAMAGE as error:
        raise UndecidedError from error


def outcome_of(events: Iterator[Event]) -> Outcome | None:
    """The outcome of a run, from its events, the last one first; None if it has not ended."""
    acts_again = False
    for event in events:
        if isinstance(event, RunEnded):
            if acts_again:
                raise UndecidedError  # it may have something to do then
            return event.outcome
        if not isinstance(event, _CHANGE_NO_OUTCOME):
            return None
        acts_again = acts_again or (isinstance(event, NoActSwitched) and not event.no_act)
    return None


def phase_under_way(events: Iterator[Event]) -> PhaseStarted | None:
    """The phase that has begun and not ended, from the events of a run, the last one first."""
    last = next((event for event in events if isinstance(event, _OF_PHASES)), None)
    return last if isinstance(last, PhaseStarted) else None
