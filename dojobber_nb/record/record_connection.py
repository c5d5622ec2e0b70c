"""RecordConnection: SQLite's connection to a record that is being written, and what it must not be used after."""

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
SIDECARS: Final = ("-wal", "-shm")  # SQLite's log, and the index of that


class FileChange(StrEnum):
    """What is not as it was left."""

    CLOSED = "its descriptors were closed by a job"
    GONE = "the file was deleted or replaced"
    CUT = "the file was cut short"
    TOUCHED = "the file was changed by somebody else"
    LOG_GONE = "its -wal or -shm was deleted or replaced"
    LOG_CUT = "its -wal was cut short"


class RecordConnection:
    """An open record. `written` is how far the run that was written last is in the file."""

    def __init__(self, path: Path, runner: str) -> None:
        before = open_descriptors()
        self.path, self.runner, self.pid = path, runner, os.getpid()
        self.written: WritePosition | None = None
        self.touched = False  # the file, by SQLite or by somebody else, since it was looked through
        self.connection = open_to_write(path)
        with as_record_error(path):
            self.schema = schema_of(self.connection)  # opens the log, too
        self._size, self._left = 0, _NO_MARKS
        self.files = tuple(identity(f"{path}{end}") for end in ("", *SIDECARS))
        self._held = self._own(before)
        self._header = self._read_header()
        self.remember()
        _OPEN.add(self)

    def _own(self, before: dict[int, Identity]) -> list[tuple[int, Identity]]:
        """SQLite's descriptors and their files, the log's last; none where they cannot be told from others.

        Those of the file and of the index that others opened are as good: SQLite closes none of them before this one.
        """
        found = open_descriptors()
        main, log, index = ([fd for fd, held in found.items() if held == file] for file in self.files)
        log = [fd for fd in log if before.get(fd) != found[fd]]
        main = [fd for fd in main if before.get(fd) != found[fd]] or main
        fds = [*main, *index, *log] if main and index and len(log) == 1 else []
        return [(fd, found[fd]) for fd in fds]

    def remember(self) -> None:
        """Take what its files are like now as what they were left like."""
        with contextlib.suppress(OSError):
            stat = self.path.stat()
            self._size, self._left = stat.st_size, _marks(stat)
        self._log_size = 0

    # --- looked at -------------------------------------------------------------------------------------------------

    def change(self, *, everything: bool = False) -> FileChange | None:
        """What is not as it was left, if anything. Asked before each phase: it may cost no more than microseconds.

        everything: also what can wait until a call ends.
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
        """What stands where its log and the index of that should be."""
        return tuple(identity(f"{self.path}{end}") for end in SIDECARS)

    @property
    def has_its_descriptors(self) -> bool:
        """Whether SQLite would read and write its own files: another's may have got their numbers."""
        return all(identity(fd) == file for fd, file in self._held)

    @property
    def is_small(self) -> bool:
        """Whether SQLite looks through all of it in about a millisecond."""
        return self._size <= SMALL

    def is_whole(self, *, last: int = 0, check: bool = False) -> bool:
        """Whether it still is a record and tells what was written, see readback.is_whole."""
        return self.is_a_record and is_whole(self.connection, self.schema, self.written, last=last, check=check)

    @property
    def is_a_record(self) -> bool:
        """By its header, which says so, and how the rest is to be read."""
        return self._read_header() == self._header

    def _read_header(self) -> bytes:
        """What never changes of it, by SQLite's own descriptor: closing another one would let go of SQLite's locks."""
        if not self._held or not hasattr(os, "pread"):
            return b""
        header = os.pread(self._held[0][0], 100, 0)
        return header[:24] + header[44:48] + header[52:72]

    def where(self) -> Path | None:
        """Where the file is now, if it still has a name that can be found."""
        return path_of(self._held[0][0]) if self._held and self.has_its_descriptors else None

    # --- put into the file, and closed -----------------------------------------------------------------------------

    def checkpoint(self, *, wait: bool = False) -> None:
        """Have the file whole by itself and its log empty, if nobody is in the way; `wait`: for those who are."""
        with contextlib.suppress(sqlite3.Error):
            self.connection.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000) if wait else 0}")
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.connection.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
        self.remember()

    def release(self) -> None:
        """Take the claim back, if it is still this runner's."""
        row = self.connection.execute("SELECT text FROM writer").fetchone()
        if row and json.loads(row[0])["runner"] == self.runner:
            writer_lock.release(self.connection)

    def close(self) -> None:
        """Close it, or abandon it where SQLite would do harm: it writes to the file, and deletes its log by name."""
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
        """Leave the connection open for good: nothing more is written by it, not even when Python ends."""
        if self in _OPEN:
            _OPEN.discard(self)
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self.connection))

    def close_after_rescue(self) -> None:
        """Once its runs are elsewhere: close it, or abandon it, and keep its log from what stands in its place now."""
        if self.has_its_descriptors:
            self.remove_own_log(self.path)
        self.close()

    def remove_own_log(self, path: Path) -> None:
        """From beside that path, if it stands there: to any other file it would be poison."""
        for end, file in zip(SIDECARS, self.files[1:], strict=True):
            beside = Path(f"{path}{end}")
            if file and identity(beside) == file:
                with contextlib.suppress(OSError):
                    beside.unlink()


def _marks(stat: os.stat_result) -> tuple[tuple[int, ...], int]:
    """What changes when somebody writes to a file, cuts, deletes or moves it: how many names, whose, size; and when."""
    return stat[3:7], stat.st_ctime_ns


_NO_MARKS: Final[tuple[tuple[int, ...], int]] = (), 0
_OPEN: Final[weakref.WeakSet[RecordConnection]] = weakref.WeakSet()


def _abandon_all() -> None:
    """In a forked child, where the files are its parent's."""
    for handle in list(_OPEN):
        handle.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_all)
