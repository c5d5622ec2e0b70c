"""OpenRecord: the files of a record that is being written. It checks them, repairs them, or rescues their runs."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from dojobber_nb.core.errors import RecordError, RecordLostError
from dojobber_nb.record import writer_lock
from dojobber_nb.record.file_repair import repaired
from dojobber_nb.record.record_connection import FileChange, RecordConnection
from dojobber_nb.record.rescue import RunInMemory, rescue_runs
from dojobber_nb.record.sqlite_file import as_record_error
from dojobber_nb.record.verification import runs_in

log = logging.getLogger("DoJobber")


class OpenRecord:
    """An open record, and what is needed to rescue it.

    `kept` is the run that is being written; `runs` has the number of each run with the checksum of its metadata;
    `claimed`: whether this runner holds the lock.
    """

    def __init__(self, path: Path, *, values: bool) -> None:
        self._pid, self._values, self.runner = os.getpid(), values, uuid.uuid4().hex
        self.kept: RunInMemory | None = None
        self.claimed = False
        self.handle = RecordConnection(path, self.runner)
        with as_record_error(path):
            writer_lock.refuse_if_busy(writer_lock.holder(self.handle.connection, path), path)
            self.runs = runs_in(self.handle.connection)

    @property
    def is_own_process(self) -> bool:
        """Whether this is the process that opened it, and not a fork of it."""
        return os.getpid() == self._pid

    def close(self) -> None:
        """Close the files: the runner is gone, or its process ends."""
        self.handle.close()

    # --- checked ---------------------------------------------------------------------------------------------------

    def are_as_left(self, *, everything: bool) -> bool:
        """Whether nothing was changed from outside; asked before each phase."""
        return os.getpid() == self._pid and self.handle.change(everything=everything) is None

    def repair(self, *, everything: bool = False) -> Iterator[str]:
        """Repair the files; yields what had happened to them. RecordError in a forked child, or if that fails."""
        if os.getpid() != self._pid:
            raise RecordError(
                self.handle.path,
                f"process {os.getpid()} is a fork of {self._pid}, the process that writes this record; call "
                "configure(record=…) with another file in the child",
            )
        for _ in FileChange:  # one change may hide another
            change = self.handle.change(everything=everything)
            if change is None:
                return
            yield from self._repair(change)

    def _repair(self, change: FileChange) -> Iterator[str]:
        before, handle = self.handle, repaired(self.handle, change)
        if handle is None:
            self.rescue(change)
        if handle is not before:
            self.handle = handle
            what = change if handle.path == before.path else f"the file was moved to {handle.path}"
            log.warning("%s: %s; nothing is lost, and the record goes on there", before.path, what)
            yield what

    def rescue(self, reason: str, cause: Exception | None = None) -> NoReturn:
        """Copy what can be read of the runs into a new record, go on there, and raise RecordLostError."""
        old, kept = self.handle, self.kept
        others = {run: crc for run, crc in self.runs.items() if kept is None or run != kept.run}
        try:
            found = rescue_runs(old, kept, others, values=self._values, claimed=self.claimed)
        except (OSError, sqlite3.Error) as error:
            text = f"{reason}, and no other file could be written in its place ({error}); make room, and go on"
            raise RecordError(old.path, text) from error
        if found is None:
            raise RecordError(old.path, f"{reason}; configure(record=…) anew") from cause
        old.close_after_rescue()
        self.handle, self.claimed = found.handle, self.claimed and kept is not None
        count = found.handle.written.events if found.handle.written else 0
        saved = f"all {count} events of run {kept.run} so far are" if kept else "its runs are"
        raise RecordLostError(old.path, reason, saved, found.handle.path, found.lost) from cause

    # --- written to ------------------------------------------------------------------------------------------------

    def claim(self, run: int | None) -> writer_lock.LockHolder | None:
        """Take the lock; returns the holder it was taken over from. Call it in a transaction."""
        me = writer_lock.this_runner(self.runner)._replace(run=run)
        return writer_lock.claim(self.handle.connection, self.handle.path, me)

    @contextlib.contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[None]:
        """A transaction; `durable`: it survives a loss of power once this returns."""
        connection = self.handle.connection
        with as_record_error(self.handle.path):
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
            finally:
                connection.execute("PRAGMA synchronous = NORMAL")
