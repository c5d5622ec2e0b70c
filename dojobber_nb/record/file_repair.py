"""Repair of a record whose files were changed from outside while it was written, as far as nothing is lost."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from dojobber_nb.record.file_identity import identity
from dojobber_nb.record.record_connection import SIDECARS, FileChange, RecordConnection
from dojobber_nb.record.verification import is_whole

LATEST: Final = 2_000  # events read back in the middle of a run

_Make = Callable[[Path], None]  # copies the record to that path, where an empty file is


def repaired(handle: RecordConnection, change: FileChange) -> RecordConnection | None:
    """A connection to write on with, the same or a new one; None if something is lost."""
    try:
        return _WAYS[change](handle)
    except (OSError, sqlite3.Error):  # RecordError is an OSError
        return None


def _still_whole(handle: RecordConnection) -> RecordConnection | None:
    """After a write, by a checkpoint or from outside: the latest events are verified now, the others later."""
    handle.touched = True
    if not handle.is_whole(last=LATEST):
        return None
    handle.remember()
    return handle


def _cut(handle: RecordConnection) -> RecordConnection | None:
    """After a truncation, which may be a VACUUM: SQLite checks the whole file."""
    return _still_whole(handle) if handle.is_whole(check=True) else None


def _log_cut(handle: RecordConnection) -> RecordConnection | None:
    """After a truncation of the log: another runner of this process empties it at the end of its run."""
    emptied = not os.stat(f"{handle.path}{SIDECARS[0]}").st_size  # noqa: PTH116  # its name need not be a path's
    return _cut(handle) if emptied else _renewed(handle)


def _renewed(handle: RecordConnection) -> RecordConnection | None:
    """After the log was deleted, or the file moved: SQLite can still read all of it, and copies it into a new file."""
    target = handle.where()
    if target is None or not handle.is_whole(check=True) or _has_a_strange_log(handle, target):
        return None

    def backup(copy: Path) -> None:
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            handle.connection.backup(connection)

    return _replaced(handle, target, backup)


def _reopened(handle: RecordConnection) -> RecordConnection | None:
    """After SQLite's descriptors were closed: their numbers may belong to other files by now, so it is abandoned.

    SQLite would share what it knows of that file with any new connection, so the new one gets a copy of the file.
    """
    handle.abandon()
    if identity(handle.path) != handle.files[0] or _has_a_strange_log(handle, handle.path):
        return None
    return _replaced(handle, handle.path, lambda copy: _copy_files(handle.path, copy))


def _found(handle: RecordConnection) -> RecordConnection | None:
    """After the file left its path: it was moved, or another file there is a whole copy of it."""
    if handle.where() is not None:
        return _renewed(handle)
    own_log = identity(f"{handle.path}{SIDECARS[0]}") == handle.files[1]
    with _copied(handle, handle.path, lambda copy: _copy_files(handle.path, copy, log=not own_log)) as copy:
        if copy is None:
            return None
    handle.abandon()
    handle.remove_own_log(handle.path)
    return _opened(handle, handle.path)


_WAYS: Final[Mapping[FileChange, Callable[[RecordConnection], RecordConnection | None]]] = {
    FileChange.CLOSED: _reopened,
    FileChange.GONE: _found,
    FileChange.CUT: _cut,
    FileChange.TOUCHED: _still_whole,
    FileChange.LOG_GONE: _renewed,
    FileChange.LOG_CUT: _log_cut,
}

# --- copies --------------------------------------------------------------------------------------------------------


def _replaced(handle: RecordConnection, target: Path, make: _Make) -> RecordConnection | None:
    """A connection to a copy that takes the place of the file."""
    with _copied(handle, target, make) as copy:
        if copy is None or identity(target) != handle.files[0]:
            return None
        shutil.copymode(target, copy)
        copy.replace(target)
    handle.close()
    for path in (handle.path, target):
        handle.remove_own_log(path)
    return _opened(handle, target)


def _opened(handle: RecordConnection, path: Path) -> RecordConnection:
    opened = RecordConnection(path, handle.runner)
    opened.written = handle.written
    return opened


def _has_a_strange_log(handle: RecordConnection, path: Path) -> bool:
    """Whether a log that is not the record's own lies beside the file; SQLite would read it."""
    log = Path(f"{path}{SIDECARS[0]}")
    return log.exists() and identity(log) != handle.files[1] and log.stat().st_size > 0


@contextlib.contextmanager
def _copied(handle: RecordConnection, target: Path, make: _Make) -> Iterator[Path | None]:
    """A copy beside the target, flushed to disk; None if it lacks anything that was written."""
    fd, name = tempfile.mkstemp(prefix=f"{target.name}.", suffix=".tmp", dir=target.parent)
    os.close(fd)
    copy = Path(name)
    try:
        make(copy)
        yield copy if _is_good(copy, handle) else None
    finally:
        for end in ("", *SIDECARS):
            Path(f"{copy}{end}").unlink(missing_ok=True)


def _is_good(copy: Path, handle: RecordConnection) -> bool:
    with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.text_factory = bytes
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return is_whole(connection, handle.schema, handle.written, check=True)


def _copy_files(path: Path, copy: Path, *, log: bool = True) -> None:
    """Copy the log first: a checkpoint of another process meanwhile is in both copies then."""
    beside = Path(f"{path}{SIDECARS[0]}")
    if log and beside.exists():
        shutil.copyfile(beside, f"{copy}{SIDECARS[0]}")
    shutil.copyfile(path, copy)
