"""RecordReader: opens the file of a record for reading."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from os import PathLike
from pathlib import Path

from dojobber_nb.core.errors import NotAPathError
from dojobber_nb.record import writer_lock
from dojobber_nb.record.sqlite_file import as_record_error, open_to_read


class RecordReader:
    """Opens the file for each read. `path` is the path as given, `file` the absolute one it resolved to."""

    def __init__(self, path: str | PathLike[str]) -> None:
        try:
            self.path = Path(os.fsdecode(path))
            with as_record_error(self.path):
                self.file = Path(os.path.realpath(self.path))  # once, as jobs may change the working directory
        except (TypeError, ValueError) as error:
            raise NotAPathError(path) from error

    @contextlib.contextmanager
    def reading(self, *, check: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection for reading, closed at the end; SQLite's errors become RecordErrors."""
        connection = open_to_read(self.file, check=check)
        with as_record_error(self.path), contextlib.closing(connection):
            yield connection

    def holder(self) -> writer_lock.LockHolder | None:
        """The holder of the lock, alive or dead, if there is one."""
        with self.reading() as connection:
            return writer_lock.holder(connection, self.path)
