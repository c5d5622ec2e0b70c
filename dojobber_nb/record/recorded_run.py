"""RecordedRun: a run that is read from its record, even while another process is writing it."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from dojobber_nb.core import upper_floors
from dojobber_nb.core.errors import RecordDamagedError, RecordError, RecordVersionError
from dojobber_nb.core.events import Event, Outcome, PhaseStarted
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.log_rows import EventLog, LogRow
from dojobber_nb.core.state import RunState
from dojobber_nb.record.checksums import event_checksum, run_checksum, trail_checksum
from dojobber_nb.record.codec import UnknownKindError, decode_row
from dojobber_nb.record.compare import Difference, differences
from dojobber_nb.record.last_events import UndecidedError, last_events, outcome_of, phase_under_way
from dojobber_nb.record.record_reader import RecordReader
from dojobber_nb.record.run_metadata import graph_of, header_of
from dojobber_nb.record.sqlite_file import VERSION, event_id

T = TypeVar("T")

# What reading damaged bytes may raise.
DAMAGE: Final = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError)


class TrailEntry(NamedTuple):
    """An entry of the audit trail: who did what, after how many events, and when (seconds since the epoch)."""

    after: int
    wall: float
    who: str
    what: str


class RecordedRun:
    """One run of a record. Each read also reads what was written since the one before.

    `header` is the metadata without the graph; `line` is all metadata as JSON; `started` is in seconds since the epoch.

    A damaged record raises RecordDamagedError: damaged tables and a changed header in `Record.runs`; a changed graph
    there or in `graph`; a changed event when it is read. `outcome`, `interrupted` and `in_doubt` read the last events
    alone, `events`, `state` and `nodestatus` read all.
    """

    def __init__(self, record: RecordReader, number: int, line: bytes, crc: int) -> None:
        self.record, self.id, self.line = record, number, line
        self._rows: list[LogRow] = []
        self._seed = self.crc = crc  # `crc` is that of the last event read
        try:
            if run_checksum(number, line) != crc:
                raise ValueError("its checksum does not match")
            self.header = header_of(line)
            self.root, self.who, self.host = (str(self.header[name]) for name in ("root", "who", "host"))
            self.started = float(self.header["started"])
        except DAMAGE as error:
            raise self._unreadable(error) from error
        self._folded = 0

    @cached_property
    def metadata(self) -> dict[str, Any]:
        """What was known before the first event: the header, and `graph` with a dict for each job."""
        try:
            about: dict[str, Any] = json.loads(self.line)
        except DAMAGE as error:
            raise self._unreadable(error) from error
        return about

    @cached_property
    def graph(self) -> JobGraph:
        """The graph of the run; classes of the same names stand in for the job classes."""
        try:
            return graph_of(self.metadata["graph"])
        except DAMAGE as error:
            raise self._unreadable(error) from error

    @cached_property
    def _state(self) -> RunState:
        return RunState(self.graph)

    @property
    def events(self) -> Sequence[Event]:
        """The events so far; RecordDamagedError says how many are intact."""
        return EventLog(self.rows)

    @property
    def rows(self) -> list[LogRow]:
        """The events so far as rows of the log."""
        with self.record.reading() as connection:
            self._read_on(connection)
        return self._rows

    @property
    def whole(self) -> Sequence[Event]:
        """The events up to the first damage; never raises for damage."""
        try:
            return self.events
        except RecordDamagedError:
            return EventLog(self._rows)

    @property
    def state(self) -> RunState:
        """The fold of the events so far."""
        self._state.fold(self.rows[self._folded :])
        self._folded = len(self._rows)
        return self._state

    def state_at(self, count: int) -> RunState:
        """The state after the first `count` events; EventIndexError if there are fewer."""
        return RunState.after(self.graph, self.rows, count)

    @property
    def nodestatus(self) -> dict[str, bool | None]:
        """{job: True, False, or None (untested)}."""
        return self.state.nodestatus

    @property
    def outcome(self) -> Outcome | None:
        """The outcome; None if the run has not ended. Takes about a millisecond, however long the run is."""
        return self._by_last_events(outcome_of, lambda state: state.ended)

    @property
    def writing(self) -> bool:
        """Whether the process that writes the run may still be alive."""
        holder = self.record.holder()
        return holder is not None and holder.run == self.id and holder.lives

    @property
    def interrupted(self) -> bool:
        """Whether the run has not ended and no process continues it; resume() would."""
        return self.outcome is None and not self.writing

    @property
    def in_doubt(self) -> PhaseStarted | None:
        """The phase that was under way when its process died, if one was."""
        return None if self.writing else self._by_last_events(phase_under_way, lambda state: state.under_way)

    @property
    def trail(self) -> tuple[TrailEntry, ...]:
        """The audit trail in order of time: breakpoints, halts, approvals, takeovers."""
        with self.record.reading() as connection:
            rows = connection.execute("SELECT id, run, after, text, crc FROM trail ORDER BY id").fetchall()
        entries = [(row[1], self._trail_entry(row, number)) for number, row in enumerate(rows, 1)]
        return tuple(entry for run, entry in entries if run == self.id)

    def compare(self, other: RecordedRun) -> tuple[Difference, ...]:
        """The differences from the other run, job by job."""
        return differences(self, other)

    def _by_last_events(self, answer: Callable[[Iterator[Event]], T], fold: Callable[[RunState], T]) -> T:
        """An answer from the last events alone, or else from the state; reading all events also locates damage."""
        if self.header.get("options", {}).get("max_workers"):  # several phases may be open, the last event tells of one
            return fold(self.state)
        with contextlib.suppress(UndecidedError), self.record.reading() as connection:
            return answer(last_events(connection, self.id, self._seed))
        return fold(self.state)

    # --- reading ---------------------------------------------------------------------------------------------------

    def _read_on(self, connection: sqlite3.Connection) -> None:
        """Read the new events."""
        query = "SELECT number, text, crc FROM events WHERE id >= ? AND id < ? ORDER BY id"
        try:
            for number, line, crc in connection.execute(
                query, (event_id(self.id, len(self._rows)), event_id(self.id + 1, 0))
            ):
                self._take_in(number, line, crc)
        except UnknownKindError as error:
            raise RecordVersionError(self.record.path, f"later than {VERSION}", VERSION) from error
        except (sqlite3.DatabaseError, *DAMAGE) as error:
            raise self._damaged(f"{error!s:.80}") from error

    def _take_in(self, number: int, line: bytes, crc: int) -> None:
        if number != len(self._rows) or event_checksum(self.crc, number, line) != crc:
            raise self._damaged("the checksum of an event does not match")
        self._rows.append(decode_row(line))
        self.crc = crc

    def _trail_entry(self, row: tuple[int, int, int, bytes, int], expected: int) -> TrailEntry:
        number, run, after, line, crc = row
        try:
            if number != expected or trail_checksum(run, after, line) != crc:
                raise ValueError("its checksum does not match")
            entry = json.loads(line)
            return TrailEntry(after, entry["wall"], entry["who"], entry["what"])
        except DAMAGE as error:
            raise self._damaged(f"an entry of the trail cannot be read: {error!s:.80}") from error

    def _unreadable(self, error: Exception) -> RecordDamagedError:
        return RecordDamagedError(self.record.path, f"its metadata cannot be read: {error!s:.80}", self.id)

    def report(self, file: str | Path, *, values: bool = False) -> Path:
        """Write the recorded run as one HTML file, as DoJobber.report does; the path of the file."""
        return upper_floors.write_report(self, file, values=values)

    def _damaged(self, reason: str) -> RecordDamagedError:
        return RecordDamagedError(self.record.path, reason, self.id, len(self._rows))

    @property
    def summary(self) -> str:
        """Root, start and outcome: "WatchMovie, 2026-11-27 14:05:00, failure". It reads the last events alone."""
        began = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.started))
        return f"{self.root}, {began}, {self._outcome_words()}"

    def __repr__(self) -> str:
        return f"<run {self.id} of {self.record.path}: {self.summary}>"

    def _outcome_words(self) -> str:
        """How the run ended, or where it was cut off, from its last events."""
        try:
            if outcome := self.outcome:
                return outcome.replace("_", " ")
            if self.writing:
                return "has not ended"
            phase = self.in_doubt
        except RecordError as error:
            return str(error)
        return f"cut off in {phase.job}.{phase.phase}" if phase else "cut off"
