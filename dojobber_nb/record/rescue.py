"""Rescue: copies the runs of a record that was damaged or deleted while it was written into a new file."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from dojobber_nb.core.errors import RecordError
from dojobber_nb.core.log_rows import LogRow
from dojobber_nb.record import writer_lock
from dojobber_nb.record.checksums import WritePosition, event_line, run_checksum, trail_checksum
from dojobber_nb.record.codec import encode
from dojobber_nb.record.file_identity import identity
from dojobber_nb.record.record_connection import SIDECARS, RecordConnection
from dojobber_nb.record.sqlite_file import as_record_error, connect, event_id
from dojobber_nb.record.verification import RunRows, readable, readable_trail

_MOST: Final = 1_000  # file names tried in a folder


class RunInMemory(NamedTuple):
    """The run that is being written, from memory; `trail` has (after how many events, text)."""

    run: int
    about: str
    rows: Iterable[LogRow]
    trail: list[tuple[int, str]]

    def saved(self, *, values: bool) -> RunRows:
        """The run as rows of the tables."""
        crc = run_checksum(self.run, self.about.encode())
        saved = RunRows((self.run, self.about, crc), [], whole=True)
        for number, row in enumerate(self.rows):
            line = event_line(number, encode(row, values=values), crc)
            saved.events.append((event_id(self.run, number), line.text, line.crc))
            crc = line.crc
        return saved

    @property
    def trail_rows(self) -> list[tuple[Any, ...]]:
        """The trail as rows of the table."""
        return [(self.run, after, text, trail_checksum(self.run, after, text.encode())) for after, text in self.trail]


class RescuedRecord(NamedTuple):
    """The new record; `lost` has the numbers of the runs that could not be read completely."""

    handle: RecordConnection
    lost: list[int]


def rescue_runs(
    old: RecordConnection, kept: RunInMemory | None, others: dict[int, int], *, values: bool, claimed: bool
) -> RescuedRecord | None:
    """Copy what can be read of a record into a new one; None if that is nothing. The old one is not changed."""
    found = _read(old, others) if old.has_its_descriptors else []
    runs = [*found, *([kept.saved(values=values)] if kept else [])]
    if not runs:
        return None
    trail = [*(readable_trail(old.connection, others) if found else ()), *(kept.trail_rows if kept else ())]
    handle = _new_record(old)
    with as_record_error(handle.path):
        _write(handle, runs, trail, kept.run if kept and claimed else None)
    handle.checkpoint()
    if kept:
        events = runs[-1].events
        handle.written = WritePosition(kept.run, len(events), events[-1][2] if events else runs[-1].row[2])
    return RescuedRecord(handle, sorted(set(others) - {run.row[0] for run in found if run.whole}))


def _read(old: RecordConnection, others: dict[int, int]) -> list[RunRows]:
    """The other runs through SQLite; those that a damaged log has spoilt are read from the file without it."""
    found = {run.row[0]: run for run in readable(old.connection, others)}
    spoilt = {run: crc for run, crc in others.items() if run not in found or not found[run].whole}
    if spoilt and identity(old.path) == old.files[0]:
        with contextlib.suppress(sqlite3.Error), contextlib.closing(connect(old.path, "ro&immutable=1")) as alone:
            found |= {run.row[0]: run for run in readable(alone, spoilt) if run.whole}
    return [found[run] for run in sorted(found)]


def _write(handle: RecordConnection, runs: list[RunRows], trail: list[tuple[Any, ...]], run: int | None) -> None:
    connection = handle.connection
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    if run is not None:
        writer_lock.claim(connection, handle.path, writer_lock.this_runner(handle.runner)._replace(run=run))
    for saved in runs:
        connection.execute("INSERT INTO runs VALUES (?, ?, ?)", saved.row)
        connection.executemany("INSERT INTO events (id, text, crc) VALUES (?, ?, ?)", saved.events)
    connection.executemany("INSERT INTO trail (run, after, text, crc) VALUES (?, ?, ?, ?)", trail)
    connection.execute("COMMIT")
    connection.execute("PRAGMA synchronous = NORMAL")


# --- where ---------------------------------------------------------------------------------------------------------


def _new_record(old: RecordConnection) -> RecordConnection:
    """A new, empty record named after the old one, beside it or in the folder for temporary files."""
    folders = [old.path.parent, Path(tempfile.gettempdir())]
    for folder in folders:
        with contextlib.suppress(OSError):  # RecordError is one
            return RecordConnection(_free_path(folder, old.path), old.runner)
    raise RecordError(old.path, f"no file can be made in {' or '.join(map(str, folders))}")


def _free_path(folder: Path, path: Path) -> Path:
    for number in range(1, _MOST):
        rescue = folder / f"{path.stem}.rescue-{number}{path.suffix}"
        if any(os.path.lexists(f"{rescue}{end}") for end in SIDECARS):
            continue
        with contextlib.suppress(FileExistsError):
            os.close(os.open(rescue, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            return rescue
    raise FileExistsError
