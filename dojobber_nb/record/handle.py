"""Handle: SQLite's connection to a record that is being written, and what it must not be used after."""

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

from dojobber_nb.record import claim
from dojobber_nb.record.chain import Written
from dojobber_nb.record.descriptors import Identity, descriptors, identity, path_of
from dojobber_nb.record.file import APPLICATION, PATIENCE, in_words, open_to_write
from dojobber_nb.record.readback import is_whole

BESIDE: Final = ("-wal", "-shm")  # SQLite's log, and the index of that


class Oddity(StrEnum):
    """What is not as it was left."""

    CLOSED = "its descriptors were closed by a job"
    GONE = "the file was deleted or replaced"
    CUT = "the file was cut short"
    TOUCHED = "the file was changed by somebody else"
    LOG_GONE = "its -wal or -shm was deleted or replaced"
    LOG_CUT = "its -wal was cut short"


class Handle:
    """An open record. `written` is how far the run that was written last is in the file."""

    def __init__(self, path: Path, runner: str) -> None:
        before = descriptors()
        self.path, self.runner, self.pid = path, runner, os.getpid()
        self.written: Written | None = None
        self.touched = False  # the file, by SQLite or by somebody else, since it was looked through
        self.connection = open_to_write(path)
        with in_words(path):
            self.connection.execute("SELECT count(*) FROM writer").fetchone()  # opens the log, too
        self._name = str(path)
        self.files = tuple(identity(f"{path}{end}") for end in ("", *BESIDE))
        self._fds, self._held = self._own(before)
        self.remember()
        _OPEN.add(self)

    def _own(self, before: dict[int, Identity]) -> tuple[list[int], list[Identity]]:
        """SQLite's descriptors and their files, the log's last; none where they cannot be told from others.

        Those of the file and of the index that others opened are as good: SQLite closes none of them before this one.
        """
        found = descriptors()
        main, log, index = ([fd for fd, held in found.items() if held == file] for file in self.files)
        log = [fd for fd in log if before.get(fd) != found[fd]]
        main = [fd for fd in main if before.get(fd) != found[fd]] or main
        fds = [*main, *index, *log] if main and index and len(log) == 1 else []
        return fds, [found[fd] for fd in fds]

    def remember(self) -> None:
        """Take the sizes of its files, and when it was changed last, as those that it was left with."""
        with contextlib.suppress(OSError):
            stat = os.stat(self._name)  # noqa: PTH116  # Path.stat costs twice as much
            self._size, self._changed = stat.st_size, stat.st_mtime_ns
        self._log_size = 0

    # --- looked at -------------------------------------------------------------------------------------------------

    def oddity(self, *, everything: bool = False) -> Oddity | None:
        """What is not as it was left, if anything. Asked before each phase: it may cost no more than microseconds.

        everything: also what can wait until a call ends.
        """
        size = 0
        if self._fds:
            try:
                log = os.fstat(self._fds[-1])
                if os.fstat(self._fds[0])[1:3] != self.files[0] or log[1:3] != self.files[1]:
                    return Oddity.CLOSED
            except OSError:
                return Oddity.CLOSED
            if not log.st_nlink:
                return self._oddity_of_path() or Oddity.LOG_GONE
            size = log.st_size
        if size < self._log_size:
            return self._oddity_of_path() or Oddity.LOG_CUT
        self._log_size = size
        return self._oddity_of_path() or (self._oddity_of_the_rest() if everything else None)

    def _oddity_of_path(self) -> Oddity | None:
        try:
            stat = os.stat(self._name)  # noqa: PTH116  # Path.stat costs twice as much
        except OSError:
            return Oddity.GONE
        if stat[1:3] != self.files[0]:
            return Oddity.GONE
        if stat.st_size < self._size:
            return Oddity.CUT
        return None if stat.st_mtime_ns == self._changed else Oddity.TOUCHED

    def _oddity_of_the_rest(self) -> Oddity | None:
        if not self.has_its_descriptors:
            return Oddity.CLOSED
        beside = [identity(f"{self._name}{end}") for end in BESIDE]
        return None if beside == list(self.files[1:]) else Oddity.LOG_GONE

    @property
    def has_its_descriptors(self) -> bool:
        """Whether SQLite would read and write its own files: another's may have got their numbers."""
        return [identity(fd) for fd in self._fds] == self._held

    def is_whole(self, *, last: int = 0, check: bool = False) -> bool:
        """Whether it still is a record and tells what was written, see readback.is_whole."""
        return self._is_a_record() and is_whole(self.connection, self.written, last=last, check=check)

    def _is_a_record(self) -> bool:
        """By its header, read by SQLite's own descriptor: closing another one would let go of SQLite's locks."""
        if not self._fds or not hasattr(os, "pread"):
            return True
        header = os.pread(self._fds[0], 100, 0)
        return header.startswith(b"SQLite format 3\0") and header[68:72] == APPLICATION.to_bytes(4, "big")

    def where(self) -> Path | None:
        """Where the file is now, if it still has a name that can be found."""
        return path_of(self._fds[0]) if self._fds and self.has_its_descriptors else None

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
            claim.release(self.connection)

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
        beside = (identity(f"{self._name}{end}") for end in BESIDE)
        strange = any(found not in (None, file) for found, file in zip(beside, self.files[1:], strict=True))
        if strange or not self.has_its_descriptors:
            return False
        nameless = bool(self._fds) and not os.fstat(self._fds[0]).st_nlink
        return nameless or (self.oddity() in (None, Oddity.TOUCHED) and self.is_whole())

    def abandon(self) -> None:
        """Leave the connection open for good: nothing more is written by it, not even when Python ends."""
        if self in _OPEN:
            _OPEN.discard(self)
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(self.connection))

    def give_up(self) -> None:
        """Once its runs are elsewhere: close it, or abandon it, and keep its log from what stands in its place now."""
        if self.has_its_descriptors:
            self.take_its_log_away(self.path)
        self.close()

    def take_its_log_away(self, path: Path) -> None:
        """From beside that path, if it stands there: to any other file it would be poison."""
        for end, file in zip(BESIDE, self.files[1:], strict=True):
            beside = Path(f"{path}{end}")
            if file and identity(beside) == file:
                with contextlib.suppress(OSError):
                    beside.unlink()


_OPEN: Final[weakref.WeakSet[Handle]] = weakref.WeakSet()


def _abandon_all() -> None:
    """In a forked child, where the files are its parent's."""
    for handle in list(_OPEN):
        handle.abandon()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_abandon_all)
