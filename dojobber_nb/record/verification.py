"""What was written, read back: whether the file still tells it, and what can be read of the other runs."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Container, Iterator
from typing import Any, Final, NamedTuple

from dojobber_nb.core.errors import RecordError
from dojobber_nb.record.checksums import WritePosition, event_checksum, run_checksum, trail_checksum
from dojobber_nb.record.sqlite_file import BLOCKED, event_id, primary_code, refuse_damage

Schema = list[tuple[bytes, bytes]]

_EVENTS: Final = "SELECT id, text, crc FROM events WHERE id >= ? AND id < ? ORDER BY id"
DAMAGE: Final = (sqlite3.Error, RecordError, TypeError, ValueError, OverflowError)  # that damaged bytes may raise
_TRAIL: Final = "SELECT run, after, text, crc FROM trail ORDER BY id"


class RunRows(NamedTuple):
    """A run as rows of the tables, as far as they are as they were written; `whole`: none is damaged."""

    row: tuple[Any, ...]
    events: list[tuple[Any, ...]]
    whole: bool


def schema_of(connection: sqlite3.Connection) -> Schema:
    """Its tables, as they were made."""
    return connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


def is_whole(
    connection: sqlite3.Connection, schema: Schema, written: WritePosition | None, *, last: int = 0, check: bool = False
) -> bool:
    """Whether the file tells what was written of that run: read from the file, whatever SQLite has in its cache.

    last: read no more than so many of its events. check: have SQLite look through the whole file, too.
    """
    try:
        connection.execute("PRAGMA shrink_memory")
        if schema_of(connection) != schema:
            return False
        if check:
            refuse_damage(connection, "")
        return written is None or (_tells(connection, written, last) and (last > 0 or _trail_is_whole(connection)))
    except sqlite3.Error as error:
        if primary_code(error) in BLOCKED:
            raise
        return False
    except DAMAGE:
        return False


def _tells(connection: sqlite3.Connection, written: WritePosition, last: int) -> bool:
    run, count, end = written
    number = max(count - last, 0) if last else 0
    crc, base = _link_before(connection, run, number), event_id(run, 0)
    for found, told, stored in connection.execute(_EVENTS, (base + number, base + count)):
        crc = event_checksum(crc, number, told)
        if found != base + number or crc != stored:
            return False
        number += 1
    return (number, crc) == (count, end)


def _link_before(connection: sqlite3.Connection, run: int, first: int) -> int:
    if first:
        (crc,) = connection.execute("SELECT crc FROM events WHERE id = ?", (event_id(run, first - 1),)).fetchone()
        return int(crc)
    about, crc = connection.execute("SELECT about, crc FROM runs WHERE id = ?", (run,)).fetchone()
    if run_checksum(run, about) != crc:
        raise ValueError("what it is about is not as it was written")
    return int(crc)


def _trail_is_whole(connection: sqlite3.Connection) -> bool:
    return all(trail_checksum(run, after, told) == crc for run, after, told, crc in connection.execute(_TRAIL))


# --- what can be saved ---------------------------------------------------------------------------------------------


def runs_in(connection: sqlite3.Connection) -> dict[int, int]:
    """The numbers of its runs, each with the checksum of what is known of it."""
    return dict(connection.execute("SELECT id, crc FROM runs"))


def readable(connection: sqlite3.Connection, runs: dict[int, int]) -> Iterator[RunRows]:
    """Those of these runs that can be read, each as far as it is as it was written."""
    for run in sorted(runs):
        try:
            number, about, crc = connection.execute("SELECT id, about, crc FROM runs WHERE id = ?", (run,)).fetchone()
            if run_checksum(run, about) == crc == runs[run]:  # else it is another file's
                yield _as_far_as_whole(connection, (number, about.decode(), crc))
        except DAMAGE:
            continue


def _as_far_as_whole(connection: sqlite3.Connection, row: tuple[Any, ...]) -> RunRows:
    run, _, crc = row
    events: list[tuple[Any, ...]] = []
    try:
        found = connection.execute(_EVENTS, (event_id(run, 0), event_id(run + 1, 0)))
        for number, (at, told, stored) in enumerate(found):
            crc = event_checksum(crc, number, told)
            if (at, stored) != (event_id(run, number), crc):
                return RunRows(row, events, whole=False)
            events.append((at, told.decode(), crc))
    except DAMAGE:
        return RunRows(row, events, whole=False)
    return RunRows(row, events, whole=True)


def readable_trail(connection: sqlite3.Connection, runs: Container[int]) -> Iterator[tuple[Any, ...]]:
    """The words of these runs' trails that are as they were written."""
    with contextlib.suppress(*DAMAGE):
        for run, after, told, crc in connection.execute(_TRAIL):
            if run in runs and trail_checksum(run, after, told) == crc:
                yield run, after, told.decode(), crc
