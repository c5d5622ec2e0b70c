"""Files: those of a record that is being written: looked at, gone on with, or their runs rescued."""

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
from dojobber_nb.record.file import in_words
from dojobber_nb.record.handle import Handle, Oddity
from dojobber_nb.record.mend import mended
from dojobber_nb.record.readback import runs_in
from dojobber_nb.record.rescue import Kept, rescued

log = logging.getLogger("DoJobber")


class Files:
    """An open record, and what is needed to rescue it: `kept` is the run that is being written.

    `runs` has the numbers of all runs in it, each with its checksum; `claimed`: whether nobody else may write.
    """

    def __init__(self, path: Path, *, values: bool) -> None:
        self._pid, self._values, self.runner = os.getpid(), values, uuid.uuid4().hex
        self.kept: Kept | None = None
        self.claimed = False
        self.handle = Handle(path, self.runner)
        with in_words(path):
            writer_lock.refuse_if_busy(writer_lock.holder(self.handle.connection, path), path)
            self.runs = runs_in(self.handle.connection)

    @property
    def is_its_own(self) -> bool:
        """Whether this is the process that opened it, and not a fork of that."""
        return os.getpid() == self._pid

    def close(self) -> None:
        """When the runner is gone, or its process ends."""
        self.handle.close()

    # --- looked at -------------------------------------------------------------------------------------------------

    def are_as_left(self, *, everything: bool) -> bool:
        """Whether there is nothing to mend; asked before each phase."""
        return os.getpid() == self._pid and self.handle.oddity(everything=everything) is None

    def look(self, *, everything: bool = False) -> Iterator[str]:
        """What befell the files and is mended; RecordError if this is a forked child, or if it cannot be mended."""
        if os.getpid() != self._pid:
            raise RecordError(
                self.handle.path,
                f"process {os.getpid()} is a fork of {self._pid}, the process that writes this record; call "
                "configure(record=…) with another file in the child",
            )
        for _ in Oddity:  # one may hide another
            oddity = self.handle.oddity(everything=everything)
            if oddity is None:
                return
            yield from self._mend(oddity)

    def _mend(self, oddity: Oddity) -> Iterator[str]:
        before, handle = self.handle, mended(self.handle, oddity)
        if handle is None:
            self.rescue(oddity)
        if handle is not before:
            self.handle = handle
            what = oddity if handle.path == before.path else f"the file was moved to {handle.path}"
            log.warning("%s: %s; nothing is lost, and the record goes on there", before.path, what)
            yield what

    def rescue(self, reason: str, cause: Exception | None = None) -> NoReturn:
        """Put what can be had of the runs into a new record, go on there, and raise RecordLostError."""
        old, kept = self.handle, self.kept
        others = {run: crc for run, crc in self.runs.items() if kept is None or run != kept.run}
        try:
            found = rescued(old, kept, others, values=self._values, claimed=self.claimed)
        except (OSError, sqlite3.Error) as error:
            told = f"{reason}, and no other file could be written in its place ({error}); make room, and go on"
            raise RecordError(old.path, told) from error
        if found is None:
            raise RecordError(old.path, f"{reason}; configure(record=…) anew") from cause
        old.give_up()
        self.handle, self.claimed = found.handle, self.claimed and kept is not None
        count = found.handle.written.events if found.handle.written else 0
        saved = f"all {count} events of run {kept.run} so far are" if kept else "its runs are"
        raise RecordLostError(old.path, reason, saved, found.handle.path, found.lost) from cause

    # --- written to ------------------------------------------------------------------------------------------------

    def claim(self, run: int | None) -> writer_lock.LockHolder | None:
        """Be the one who writes; whom this takes over from. In a transaction."""
        me = writer_lock.myself(self.runner)._replace(run=run)
        return writer_lock.claim(self.handle.connection, self.handle.path, me)

    @contextlib.contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[None]:
        """All or nothing of what is done inside; `durable`: safe against a loss of power when this returns."""
        connection = self.handle.connection
        with in_words(self.handle.path):
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
