"""Record: a file of runs, to list, replay, compare and follow them."""

from __future__ import annotations

import contextlib
from os import PathLike
from typing import Final

from dojobber_nb.core.errors import RecordDamagedError, RecordError
from dojobber_nb.record import writer_lock
from dojobber_nb.record.record_reader import RecordReader
from dojobber_nb.record.recorded_run import RecordedRun
from dojobber_nb.record.sqlite_file import as_record_error, open_to_write, scalar

_RUNS: Final = "SELECT id, about, crc FROM runs ORDER BY id"
_LAST: Final = "SELECT id, about, crc FROM runs ORDER BY id DESC LIMIT 1"
_COUNT: Final = "SELECT count(*) FROM runs"
# Counts over ranges of ids: grouping the rows of 200,000 events would take a tenth of a second.
_STRAY: Final = """WITH found AS (SELECT
    (SELECT count(*) FROM events WHERE id >= run.id << 32 AND id < run.id + 1 << 32) AS events,
    (SELECT max(id) FROM events WHERE id < run.id + 1 << 32) - (run.id << 32) + 1 AS expected FROM runs AS run)
    SELECT (SELECT count(*) FROM events) != (SELECT total(events) FROM found)
    OR EXISTS (SELECT 1 FROM found WHERE events AND events != expected)"""


class Record(RecordReader):
    """The record at that path. The file is opened for each read.

    `configure(record=Record(path, values=True))` also records storage values, as bounded and scrubbed text. Otherwise a
    record has the names, types and sizes of storage entries.
    """

    def __init__(self, path: str | PathLike[str], *, values: bool = False) -> None:
        super().__init__(path)
        self.values = values
        self._runs: dict[int, RecordedRun] = {}
        self._checked = False

    @property
    def runs(self) -> tuple[RecordedRun, ...]:
        """The runs, the oldest first; RecordDamagedError if the file was changed or damaged."""
        with self.reading(check=not self._checked) as connection:
            if not self._checked and scalar(connection, _STRAY):
                raise RecordDamagedError(self.path, "there are events that belong to no run")
            self._checked = True
            return tuple(self._run(*row) for row in connection.execute(_RUNS))

    @property
    def whole(self) -> tuple[RecordedRun, ...]:
        """The runs of a damaged record that can be read, each as far as its `.whole`; never raises for damage."""
        found: list[RecordedRun] = []
        with contextlib.suppress(RecordDamagedError), self.reading() as connection:
            for row in connection.execute(_RUNS):
                with contextlib.suppress(RecordDamagedError):
                    found.append(self._run(*row))
        return tuple(found)

    def release(self) -> None:
        """Release the lock of a process that is known to be gone."""
        connection = open_to_write(self.file)
        with as_record_error(self.path), contextlib.closing(connection):
            writer_lock.release(connection)

    def _run(self, run: int, about: bytes, crc: int) -> RecordedRun:
        """The run, the same object each time."""
        if run not in self._runs:
            self._runs[run] = RecordedRun(self, run, about, crc)
        return self._runs[run]

    def __repr__(self) -> str:
        try:
            with self.reading() as connection:
                count, last = scalar(connection, _COUNT), connection.execute(_LAST).fetchone()
                runs = f"{count:,} run{'' if count == 1 else 's'}"
            return f"<Record {self.path}: {runs}{f'; the last: {self._run(*last).summary}' if last else ''}>"
        except RecordError as error:
            return f"<Record {error}>"
