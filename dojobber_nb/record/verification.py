"""Verification: whether a record still has what was written, and which of its runs can be read."""

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
DAMAGE: Final = (
    sqlite3.Error,
    RecordError,
    TypeError,
    ValueError,
    OverflowError,
)  # that reading damaged bytes may raise
_TRAIL: Final = "SELECT run, after, text, crc FROM trail ORDER BY id"


class RunRows(NamedTuple):
    """The intact rows of a run; `whole`: none is damaged."""

    row: tuple[Any, ...]
    events: list[tuple[Any, ...]]
    whole: bool


def schema_of(connection: sqlite3.Connection) -> Schema:
    """The names and statements of the tables."""
    return connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


def is_whole(
    connection: sqlite3.Connection, schema: Schema, written: WritePosition | None, *, last: int = 0, check: bool = False
) -> bool:
    """Whether the file has what was written of that run, read from the file and not from SQLite's cache.

    last: read only that many of the last events. check: have SQLite check the whole file, too.
    """
    try:
        connection.execute("PRAGMA shrink_memory")
        if schema_of(connection) != schema:
            return False
        if check:
            refuse_damage(connection, "")
        return written is None or (
            _has_written(connection, written, last) and (last > 0 or _trail_is_whole(connection))
        )
    except sqlite3.Error as error:
        if primary_code(error) in BLOCKED:
            raise
        return False
    except DAMAGE:
        return False


def _has_written(connection: sqlite3.Connection, written: WritePosition, last: int) -> bool:
    run, count, end = written
    number = max(count - last, 0) if last else 0
    crc, base = _checksum_before(connection, run, number), event_id(run, 0)
    for found, text, stored in connection.execute(_EVENTS, (base + number, base + count)):
        crc = event_checksum(crc, number, text)
        if found != base + number or crc != stored:
            return False
        number += 1
    return (number, crc) == (count, end)


def _checksum_before(connection: sqlite3.Connection, run: int, first: int) -> int:
    if first:
        (crc,) = connection.execute("SELECT crc FROM events WHERE id = ?", (event_id(run, first - 1),)).fetchone()
        return int(crc)
    about, crc = connection.execute("SELECT about, crc FROM runs WHERE id = ?", (run,)).fetchone()
    if run_checksum(run, about) != crc:
        raise ValueError("the checksum of the metadata does not match")
    return int(crc)


def _trail_is_whole(connection: sqlite3.Connection) -> bool:
    return all(trail_checksum(run, after, text) == crc for run, after, text, crc in connection.execute(_TRAIL))


# --- intact rows ---------------------------------------------------------------------------------------------------


def runs_in(connection: sqlite3.Connection) -> dict[int, int]:
    """{number of a run: checksum of its metadata}."""
    return dict(connection.execute("SELECT id, crc FROM runs"))


def readable(connection: sqlite3.Connection, runs: dict[int, int]) -> Iterator[RunRows]:
    """The intact rows of those of these runs whose metadata is intact."""
    for run in sorted(runs):
        try:
            number, about, crc = connection.execute("SELECT id, about, crc FROM runs WHERE id = ?", (run,)).fetchone()
            if run_checksum(run, about) == crc == runs[run]:  # else the file was replaced
                yield _as_far_as_whole(connection, (number, about.decode(), crc))
        except DAMAGE:
            continue


def _as_far_as_whole(connection: sqlite3.Connection, row: tuple[Any, ...]) -> RunRows:
    run, _, crc = row
    events: list[tuple[Any, ...]] = []
    try:
        found = connection.execute(_EVENTS, (event_id(run, 0), event_id(run + 1, 0)))
        for number, (at, text, stored) in enumerate(found):
            crc = event_checksum(crc, number, text)
            if (at, stored) != (event_id(run, number), crc):
                return RunRows(row, events, whole=False)
            events.append((at, text.decode(), crc))
    except DAMAGE:
        return RunRows(row, events, whole=False)
    return RunRows(row, events, whole=True)


def readable_trail(connection: sqlite3.Connection, runs: Container[int]) -> Iterator[tuple[Any, ...]]:
    """The intact rows of the audit trails of these runs."""
    with contextlib.suppress(*DAMAGE):
        for run, after, text, crc in connection.execute(_TRAIL):
            if run in runs and trail_checksum(run, after, text) == crc:
                yield run, after, text.decode(), crc
