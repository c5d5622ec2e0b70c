"""RecordConnection: the SQLite connection for writing a record, and detection of changes of its files from outside."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import sqlite3
import weakref
from enum import StrEnum
from pathlib import Path
from typing import Final

from dojobber_nb.record import writer_lock
from dojobber_nb.record.checksums import WritePosition
from dojobber_nb.record.file_identity import Identity, identity, open_descriptors, path_of
from dojobber_nb.record.sqlite_file import PATIENCE, as_record_error, open_to_write
from dojobber_nb.record.verification import is_whole, schema_of

SMALL: Final = 1 << 20
SIDECARS: Final = ("-wal", "-shm")  # suffixes of SQLite's write-ahead log and of its index


class FileChange(StrEnum):
    """A change of the files from outside; the value says it in words."""

    CLOSED = "its descriptors were closed by a job"
    GONE = "the file was deleted or replaced"
    CUT = "the file was cut short"
    TOUCHED = "the file was changed by another program"
    LOG_GONE = "its -wal or -shm was deleted or replaced"
    LOG_CUT = "its -wal was cut short"


class RecordConnection:
    """An open record. `written`: how much of the last run is in it; `touched`: whether it changed since verified."""

    def __init__(self, path: Path, runner: str) -> None:
        before = open_descriptors()
        self.path, self.runner, self.pid = path, runner, os.getpid()
        self.written: WritePosition | None = None
        self.touched = False
        self.connection = open_to_write(path)
        with as_record_error(path):
            self.schema = schema_of(self.connection)  # this opens the log, too
        self._size, self._left = 0, _NO_MARKS
        self.files = tuple(identity(f"{path}{end}") for end in ("", *SIDECARS))
        self._held = self._own(before)
        self._header = self._read_header()
        self.remember()
        _OPEN.add(self)

    def _own(self, before: dict[int, Identity]) -> list[tuple[int, Identity]]:
        """SQLite's descriptors with their files, the log's last; [] where they cannot be identified.

        Descriptors of the file and of the index that another connection opened will do: SQLite closes none of them
        before this connection.
        """
        found = open_descriptors()
        main, log, index = ([fd for fd, held in found.items() if held == file] for file in self.files)
        log = [fd for fd in log if before.get(fd) != found[fd]]
        main = [fd for fd in main if before.get(fd) != found[fd]] or main
        fds = [*main, *index, *log] if main and index and len(log) == 1 else []
        return [(fd, found[fd]) for fd in fds]

    def remember(self) -> None:
        """Remember size and times of the files, to compare with later."""
        with contextlib.suppress(OSError):
            stat = self.path.stat()
            self._size, self._left = stat.st_size, _marks(stat)
        self._log_size = 0

    # --- checked ---------------------------------------------------------------------------------------------------

    def change(self, *, everything: bool = False) -> FileChange | None:
        """The change of the files since `remember()`, if any. Asked before each phase: it may cost microseconds.

        everything: also look for changes that can wait until the end of a call.
        """
        main = log = None
        try:
            for fd, file in self._held:
                log = os.fstat(fd)
                main = main or log
                if log[1:3] != file:
                    return FileChange.CLOSED
        except OSError:
            return FileChange.CLOSED
        found = self._path_change() if everything or not main or _marks(main) != self._left else None
        return found or self._log_change(log, everything=everything)

    def _path_change(self) -> FileChange | None:
        try:
            stat = self.path.stat()
        except OSError:
            return FileChange.GONE
        if stat[1:3] != self.files[0]:
            return FileChange.GONE
        if stat.st_size < self._size:
            return FileChange.CUT
        return None if _marks(stat) == self._left else FileChange.TOUCHED

    def _log_change(self, log: os.stat_result | None, *, everything: bool) -> FileChange | None:
        if log:
            if not log.st_nlink:
                return FileChange.LOG_GONE
            if log.st_size < self._log_size:
                return FileChange.LOG_CUT
            self._log_size = log.st_size
        return FileChange.LOG_GONE if everything and self._beside() != self.files[1:] else None

    def _beside(self) -> tuple[Identity | None, ...]:
        """Identities of the files at the paths of the log and of its index."""
        return tuple(identity(f"{self.path}{end}") for end in SIDECARS)

    @property
    def has_its_descriptors(self) -> bool:
        """Whether SQLite's descriptors are still those of its files: a job may have closed them."""
        return all(identity(fd) == file for fd, file in self._held)

    @property
    def is_small(self) -> bool:
        """Whether SQLite checks the whole file in about a millisecond."""
        return self._size <= SMALL

    def is_whole(self, *, last: int = 0, check: bool = False) -> bool:
        """Whether the file is still a record with all that was written, see verification.is_whole."""
        return self.is_a_record and is_whole(self.connection, self.schema, self.written, last=last, check=check)

    @property
    def is_a_record(self) -> bool:
        """Whether the header of the file is still that of a record."""
        return self._read_header() == self._header

    def _read_header(self) -> bytes:
        """The constant part of the header; by SQLite's descriptor, as closing another would release SQLite's locks."""
        if not self._held or not hasattr(os, "pread"):
            return b""
        header = os.pread(self._held[0][0], 100, 0)
        return header[:24] + header[44:48] + header[52:72]

    def where(self) -> Path | None:
        """The present path of the file, if the system knows one."""
        return path_of(self._held[0][0]) if self._held and self.has_its_descriptors else None

    # --- checkpoint and close ---------------------------------------------------------------------------------------

    def checkpoint(self, *, wait: bool = False) -> None:
        """Move the log into the file, unless another connection prevents it; `wait`: wait for that connection."""
        with contextlib.suppress(sqlite3.Error):
            self.connection.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000) if wait else 0}")
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.connection.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
        self.remember()

    def release(self) -> None:
        """Release the lock, if this runner still holds it."""
        row = self.connection.execute("SELECT text FROM writer").fetchone()
        if row and json.loads(row[0])["runner"] == self.runner:
            writer_lock.release(self.connection)

    def close(self) -> None:
        """Close the connection, or abandon it where closing would do harm: it writes, and deletes the log by path."""
        if os.getpid() != self.pid or self not in _OPEN:
            return
        if not self._may_be_closed():
            self.abandon()
            return
        with contextlib.suppress(sqlite3.Error, ValueError):
            self.release()
        self.connection.close()
        _OPEN.discard(self)

    def _may_be_closed(self) -> bool:
        strange = any(found not in (None, file) for found, file in zip(self._beside(), self.files[1:], strict=True))
        if strange or not self.has_its_descriptors:
            return False
        nameless = bool(self._held) and not os.fstat(self._held[0][0]).st_nlink
        return nameless or (self.change() in (None, FileChange.TOUCHED) and self.is_whole())

    def abandon(self) -> None:
        """Leave the connection open for good: it writes nothing more, not even when Python exits."""
        if self in _OPEN:
            _OPEN.discard(self)
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self.connection))

    def close_after_rescue(self) -> None:
        """Close or abandon the connection once its runs are in another file; remove its log from the path."""
        if self.has_its_descriptors:
            self.remove_own_log(self.path)
        self.close()

    def remove_own_log(self, path: Path) -> None:
        """Delete its own log beside that path: SQLite would apply it to any other file there."""
        for end, file in zip(SIDECARS, self.files[1:], strict=True):
            beside = Path(f"{path}{end}")
            if file and identity(beside) == file:
                with contextlib.suppress(OSError):
                    beside.unlink()


def _marks(stat: os.stat_result) -> tuple[tuple[int, ...], int]:
    """The values that change when a file is written, truncated, deleted or moved."""
    return stat[3:7], stat.st_ctime_ns


_NO_MARKS: Final[tuple[tuple[int, ...], int]] = (), 0
_OPEN: Final[weakref.WeakSet[RecordConnection]] = weakref.WeakSet()


def _abandon_all() -> None:
    """Abandon all connections in a forked child: the files are those of its parent."""
    for handle in list(_OPEN):
        handle.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_all)
