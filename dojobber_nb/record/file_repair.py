"""A record in whose files somebody has interfered: gone on with at the same place, if nothing of it is lost."""

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

LATEST: Final = 2_000  # events read back in mid-run

_Make = Callable[[Path], None]  # a copy of the record at that path, which is an empty file so far


def repaired(handle: RecordConnection, change: FileChange) -> RecordConnection | None:
    """What to go on writing with: the same handle, or another one of the whole record; None if something is lost."""
    try:
        return _WAYS[change](handle)
    except (OSError, sqlite3.Error):  # RecordError is an OSError
        return None


def _still_whole(handle: RecordConnection) -> RecordConnection | None:
    """Somebody has written to the file, or a checkpoint of SQLite's has: the latest events tell, the rest later."""
    handle.touched = True
    if not handle.is_whole(last=LATEST):
        return None
    handle.remember()
    return handle


def _cut(handle: RecordConnection) -> RecordConnection | None:
    """VACUUM makes a file shorter, too."""
    return _still_whole(handle) if handle.is_whole(check=True) else None


def _log_cut(handle: RecordConnection) -> RecordConnection | None:
    """Another runner of this process empties it when its run has ended."""
    emptied = not os.stat(f"{handle.path}{SIDECARS[0]}").st_size  # noqa: PTH116  # its name need not be a path's
    return _cut(handle) if emptied else _renewed(handle)


def _renewed(handle: RecordConnection) -> RecordConnection | None:
    """Its log is gone, or the file was moved: all is still in SQLite's reach, and is put into a new file there."""
    target = handle.where()
    if target is None or not handle.is_whole(check=True) or _has_a_strange_log(handle, target):
        return None

    def backup(copy: Path) -> None:
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            handle.connection.backup(connection)

    return _replaced(handle, target, backup)


def _reopened(handle: RecordConnection) -> RecordConnection | None:
    """SQLite's descriptors are closed, and their numbers may be another file's by now: the old connection is left.

    As SQLite would share what it knows of that file with any new connection, the new one gets a file of its own.
    """
    handle.abandon()
    if identity(handle.path) != handle.files[0] or _has_a_strange_log(handle, handle.path):
        return None
    return _replaced(handle, handle.path, lambda copy: _copy_files(handle.path, copy))


def _found(handle: RecordConnection) -> RecordConnection | None:
    """The file has gone from its place: it was moved, or what is there now is a whole copy of it."""
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
    """A new handle of a copy that takes the place of the file."""
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
    """Whether something that is not its own log stands beside the file and would be taken for that."""
    log = Path(f"{path}{SIDECARS[0]}")
    return log.exists() and identity(log) != handle.files[1] and log.stat().st_size > 0


@contextlib.contextmanager
def _copied(handle: RecordConnection, target: Path, make: _Make) -> Iterator[Path | None]:
    """A copy beside the target, on disk when this returns; None if it does not tell what was written."""
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
    """The log first: what another process puts from there into the file meanwhile is in both copies then."""
    beside = Path(f"{path}{SIDECARS[0]}")
    if log and beside.exists():
        shutil.copyfile(beside, f"{copy}{SIDECARS[0]}")
    shutil.copyfile(path, copy)
