"""Rescue: the runs of a record that was damaged or taken away while it was written, in a new file beside it."""

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
from dojobber_nb.record.chain import Written, line_of, seed, trail_crc
from dojobber_nb.record.codec import encode
from dojobber_nb.record.descriptors import identity
from dojobber_nb.record.file import connect, in_words, place
from dojobber_nb.record.handle import BESIDE, Handle
from dojobber_nb.record.readback import SavedRun, readable, readable_trail

_MOST: Final = 1_000  # names tried in a folder


class Kept(NamedTuple):
    """A run as it is known in memory, with the words of its trail: (after how many events, text)."""

    run: int
    about: str
    rows: Iterable[LogRow]
    trail: list[tuple[int, str]]

    def saved(self, *, values: bool) -> SavedRun:
        """Its lines, as a record has them."""
        crc = seed(self.run, self.about.encode())
        saved = SavedRun((self.run, self.about, crc), [], whole=True)
        for number, row in enumerate(self.rows):
            line = line_of(number, encode(row, values=values), crc)
            saved.events.append((place(self.run, number), line.text, line.crc))
            crc = line.crc
        return saved

    @property
    def words(self) -> list[tuple[Any, ...]]:
        """Its trail, as a record has it."""
        return [(self.run, after, told, trail_crc(self.run, after, told.encode())) for after, told in self.trail]


class Rescued(NamedTuple):
    """The file that the runs are in now; `lost`: those that could not be read any more, wholly or in part."""

    handle: Handle
    lost: list[int]


def rescued(old: Handle, kept: Kept | None, others: dict[int, int], *, values: bool, claimed: bool) -> Rescued | None:
    """All that can be read of a record, in a new one; None if that is nothing. The old one is not written to."""
    found = _read(old, others) if old.has_its_descriptors else []
    runs = [*found, *([kept.saved(values=values)] if kept else [])]
    if not runs:
        return None
    words = [*(readable_trail(old.connection, others) if found else ()), *(kept.words if kept else ())]
    handle = _new_record(old)
    with in_words(handle.path):
        _write(handle, runs, words, kept.run if kept and claimed else None)
    handle.checkpoint()
    if kept:
        events = runs[-1].events
        handle.written = Written(kept.run, len(events), events[-1][2] if events else runs[-1].row[2])
    return Rescued(handle, sorted(set(others) - {run.row[0] for run in found if run.whole}))


def _read(old: Handle, others: dict[int, int]) -> list[SavedRun]:
    """The other runs as SQLite sees them; those that its log has spoilt as they were before, in the file alone."""
    found = {run.row[0]: run for run in readable(old.connection, others)}
    spoilt = {run: crc for run, crc in others.items() if run not in found or not found[run].whole}
    if spoilt and identity(old.path) == old.files[0]:
        with contextlib.suppress(sqlite3.Error), contextlib.closing(connect(old.path, "ro&immutable=1")) as alone:
            found |= {run.row[0]: run for run in readable(alone, spoilt) if run.whole}
    return [found[run] for run in sorted(found)]


def _write(handle: Handle, runs: list[SavedRun], words: list[tuple[Any, ...]], run: int | None) -> None:
    connection = handle.connection
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("BEGIN IMMEDIATE")
    if run is not None:
        writer_lock.claim(connection, handle.path, writer_lock.myself(handle.runner)._replace(run=run))
    for saved in runs:
        connection.execute("INSERT INTO runs VALUES (?, ?, ?)", saved.row)
        connection.executemany("INSERT INTO events (id, text, crc) VALUES (?, ?, ?)", saved.events)
    connection.executemany("INSERT INTO trail (run, after, text, crc) VALUES (?, ?, ?, ?)", words)
    connection.execute("COMMIT")
    connection.execute("PRAGMA synchronous = NORMAL")


# --- where ---------------------------------------------------------------------------------------------------------


def _new_record(old: Handle) -> Handle:
    """A new and empty record that is named after the old one: beside it, or where temporary files are kept."""
    folders = [old.path.parent, Path(tempfile.gettempdir())]
    for folder in folders:
        with contextlib.suppress(OSError):  # RecordError is one
            return Handle(_free_path(folder, old.path), old.runner)
    raise RecordError(old.path, f"no file can be made in {' or '.join(map(str, folders))}")


def _free_path(folder: Path, path: Path) -> Path:
    for number in range(1, _MOST):
        rescue = folder / f"{path.stem}.rescue-{number}{path.suffix}"
        if any(os.path.lexists(f"{rescue}{end}") for end in BESIDE):
            continue
        with contextlib.suppress(FileExistsError):
            os.close(os.open(rescue, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            return rescue
    raise FileExistsError
