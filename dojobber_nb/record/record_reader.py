"""RecordReader: reads the file of a record."""

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
    """The file at that path; it is opened for each look. `path` is as somebody named it, `file` where that led to."""

    def __init__(self, path: str | PathLike[str]) -> None:
        try:
            self.path = Path(os.fsdecode(path))
            with as_record_error(self.path):
                self.file = Path(os.path.realpath(self.path))  # for good, wherever jobs or people go meanwhile
        except (TypeError, ValueError) as error:
            raise NotAPathError(path) from error

    @contextlib.contextmanager
    def reading(self, *, check: bool = False) -> Iterator[sqlite3.Connection]:
        """The file, for as long as one looks; what SQLite says of it as a RecordError."""
        connection = open_to_read(self.file, check=check)
        with as_record_error(self.path), contextlib.closing(connection):
            yield connection

    def holder(self) -> writer_lock.LockHolder | None:
        """Who is writing it, alive or dead."""
        with self.reading() as connection:
            return writer_lock.holder(connection, self.path)
