"""Writer: writes the events of a runner into its record, each before anything that depends on it begins."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NoReturn

from dojobber_nb.core.errors import NotARecordError, RecordDamagedError, RecordError, RecordLostError
from dojobber_nb.core.events import Phase, Resumed
from dojobber_nb.core.log_rows import LogRow, is_phase_start, phase_of
from dojobber_nb.record import writer_lock
from dojobber_nb.record.checksums import EventLine, WritePosition, event_line, run_checksum, trail_checksum
from dojobber_nb.record.codec import encode, text, to_json
from dojobber_nb.record.file_repair import LATEST
from dojobber_nb.record.open_record import OpenRecord
from dojobber_nb.record.rescue import RunInMemory
from dojobber_nb.record.run_metadata import environment, metadata_line, who
from dojobber_nb.record.sqlite_file import CONTINUED_ELSEWHERE, as_record_error, event_id, record_error, scalar
from dojobber_nb.record.verification import readable_trail, runs_in

log = logging.getLogger("DoJobber")

AT_ONCE: Final = 1_000  # rows of one statement
DAMAGED: Final = "the file was damaged"

_RUN = Phase.RUN.value
_COUNTED: Final = "SELECT count(*) FROM events WHERE id >= ? AND id < ?"


class Writer:
    """Writes one run at a time. Events are buffered; those that cannot be written stay buffered for the next flush."""

    def __init__(self, path: Path, *, values: bool = False) -> None:
        self.values = values
        self.run: int | None = None  # the run that is being written
        self._lock = threading.RLock()
        self._count, self._crc = 0, 0  # of the events appended so far, flushed or not
        self._lines: list[EventLine] = []
        self._trail: list[tuple[int, str]] = []
        self._unsure = False  # whether the last statement took effect
        self._postponed: RecordLostError | None = None  # raised at the next flush
        self._files = OpenRecord(path, values=values)
        self.close = weakref.finalize(self, self._files.close)

    @property
    def path(self) -> Path:
        """The path of the record; it changes when the file is moved or rescued."""
        return self._files.handle.path

    @property
    def _connection(self) -> sqlite3.Connection:
        return self._files.handle.connection

    # --- runs ------------------------------------------------------------------------------------------------------

    def begin(self, known: Mapping[str, Any], rows: list[LogRow], row: LogRow) -> None:
        """Begin a new run with its first event, durable when this returns; `rows` is the runner's list of rows."""
        if self.run is not None or not self._files.claimed:  # unless claimed() is around this
            self.end_run()
        about = metadata_line({**known, **environment()})
        with self._lock, self._transaction(durable=True):
            run = scalar(self._connection, "SELECT coalesce(max(id), 0) + 1 FROM runs")
            before = self._files.claim(run)
            crc = run_checksum(run, about.encode())
            self._connection.execute("INSERT INTO runs VALUES (?, ?, ?)", (run, about, crc))
            first = event_line(0, encode(row, values=self.values), crc)
            self._insert(run, [first])
        self.continue_run(run, about, rows, WritePosition(run, 1, first.crc))
        self._files.claimed = True
        self._note_takeover(before)

    @contextlib.contextmanager
    def claimed(self) -> Iterator[None]:
        """Hold the lock while a run is read and resumed, so that no other process resumes it, too."""
        with self._lock, self._transaction():
            before = self._files.claim(None)
        self._files.claimed = True
        self._note_takeover(before)
        try:
            yield
        except BaseException:
            self.release_lock()
            raise

    def continue_run(self, run: int, about: str, rows: list[LogRow], written: WritePosition) -> None:
        """Continue a run of which that much is in the file; `rows` is the runner's list of rows."""
        self.run, self._count, self._crc = written
        with self._lock, as_record_error(self.path):
            self._files.runs = runs_in(self._connection)
            trail = [(after, entry) for _, after, entry, _ in readable_trail(self._connection, [run])]
        self._trail = [(self._count, entry) for _, entry in self._trail]
        self._files.kept, self._files.handle.written = RunInMemory(run, about, rows, [*trail, *self._trail]), written
        self._files.claimed = self._unsure = False  # claimed anew, with the number of the run

    @property
    def count(self) -> int:
        """Number of events of the run that were appended."""
        return self._count

    @property
    def is_continued_elsewhere(self) -> bool:
        """Whether another process has continued this run."""
        if self.run is None or not self._files.is_own_process:
            return False
        with self._lock, as_record_error(self.path):
            self._check_files()
            return self._count_in_file(self.run) > self._count - (0 if self._unsure else len(self._lines))

    def end_run(self) -> None:
        """Flush and end this run, and release the lock. Events that cannot be written are lost, and logged."""
        if self._files.is_own_process:
            try:
                self.flush()
            except RecordLostError as error:
                log.critical("%s", error)
            except RecordError as error:
                log.critical("the last of run %s (number of events: %d) is lost: %s", self.run, len(self._lines), error)
            self.release_lock()
        self._lines, self._trail, self._files.kept, self.run = [], [], None, None

    def release_lock(self) -> None:
        """Release the lock between two calls, after a checkpoint, so that the file can be copied by itself."""
        if not self._files.claimed or self._lines or not self._files.is_own_process:
            return
        with self._lock, contextlib.suppress(RecordError):
            try:
                self._check_files()
            except RecordLostError as error:
                self._postpone(error)
                return
            self._files.claimed = False
            with contextlib.suppress(sqlite3.Error, ValueError):
                self._files.handle.release()
            self._files.handle.checkpoint(wait=True)

    @contextlib.contextmanager
    def in_call(self) -> Iterator[None]:
        """Mark the runner as in a call, so that no other runner of this process takes its lock."""
        writer_lock.IN_CALL.add(self._files.runner)
        try:
            yield
        finally:
            writer_lock.IN_CALL.discard(self._files.runner)

    # --- events ----------------------------------------------------------------------------------------------------

    def append(self, row: LogRow) -> None:
        """Append the event. Flush if job code is called next; if that fails, drop the event and raise RecordError."""
        starts = is_phase_start(row)
        with self._lock:
            line = event_line(self._count, encode(row, values=self.values), self._crc)
            self._lines.append(line)
            if starts or type(row) is Resumed:  # job code is called next
                try:
                    self.flush(durable=starts and phase_of(row) == _RUN)
                except BaseException:
                    self._lines = [kept for kept in self._lines if kept is not line]
                    raise
            self._count, self._crc = line.number + 1, line.crc

    def note(self, what: str, **more: Any) -> None:
        """Add an entry to the audit trail: who did what, after which event."""
        entry = to_json({"wall": time.time(), "who": who(), "what": text(what), **more})
        self._trail.append((self._count, entry))
        if self._files.kept:
            self._files.kept.trail.append((self._count, entry))

    def try_flush(self) -> None:
        """Flush, but do not raise: a RecordLostError is postponed to the next flush, other errors will come again."""
        if self._postponed is None:
            try:
                self.flush()
            except RecordLostError as error:
                self._postpone(error)
            except RecordError:
                return

    def flush(self, *, durable: bool = False) -> None:
        """Write all buffered events and trail entries, or raise RecordError; `durable`: synced to disk, too."""
        with self._lock:
            if self._postponed:
                self._raise_postponed()
            if self.run is None or not (self._lines or self._trail):
                return
            self._check_files()
            end = self._end()
            try:
                if self._files.claimed and not (self._trail or self._unsure or len(self._lines) > AT_ONCE):
                    self._in_one_statement(self.run, durable)
                else:
                    self._in_a_transaction(self.run, durable)
            except (RecordDamagedError, NotARecordError) as error:
                self._rescue(DAMAGED, error)
            self._files.handle.written = WritePosition(self.run, *end)

    def finish_call(self, *, over: bool) -> None:
        """Flush at the end of a call and verify the file; RecordLostError if it is damaged.

        over: the run has ended; verify all of it and release the lock.
        """
        with self._lock:
            self.flush()
            if self.run is None or not self._files.is_own_process:
                return
            self._check_files(everything=True)
            self.flush()  # the trail entries of that check
            handle = self._files.handle
            with as_record_error(self.path):
                last, check = (0, True) if over or handle.touched else (LATEST, handle.is_small)
                if not handle.is_whole(last=last, check=check):
                    self._rescue(DAMAGED)
            handle.touched = False
            self.release_lock() if over else handle.checkpoint()
            if not handle.is_a_record:  # the log had the damage
                self._rescue(DAMAGED)

    def _in_one_statement(self, run: int, durable: bool) -> None:
        try:
            if durable:
                self._connection.execute("PRAGMA synchronous = FULL")
            self._insert(run, self._lines)
            self._lines = []
        except sqlite3.Error as error:
            self._unsure = True
            raise record_error(self.path, error) from error
        except BaseException:
            self._unsure = True
            raise
        finally:
            if durable:
                self._connection.execute("PRAGMA synchronous = NORMAL")

    def _in_a_transaction(self, run: int, durable: bool) -> None:
        with self._transaction(durable=durable):
            before = self._files.claim(run)
            there = self._count_in_file(run)
            left = [line for line in self._lines if line.number >= there]
            if self._files.handle.written and there < self._files.handle.written.events:
                raise RecordDamagedError(self.path, "events are missing", run, there)
            if there + len(left) != self._end()[0]:
                raise RecordError(self.path, CONTINUED_ELSEWHERE)
            for at in range(0, len(left), AT_ONCE):
                self._insert(run, left[at : at + AT_ONCE])
            for after, entry in self._trail:
                crc = trail_checksum(run, after, entry.encode())
                self._connection.execute(
                    "INSERT INTO trail (run, after, text, crc) VALUES (?, ?, ?, ?)", (run, after, entry, crc)
                )
        self._unsure, self._files.claimed = False, True
        self._lines, self._trail = [], []
        self._note_takeover(before)

    def _end(self) -> tuple[int, int]:
        """(number of events, checksum of the last one) once the buffer is flushed."""
        return (self._lines[-1].number + 1, self._lines[-1].crc) if self._lines else (self._count, self._crc)

    def _count_in_file(self, run: int) -> int:
        """Number of events of the run that are in the file."""
        return scalar(self._connection, _COUNTED, event_id(run, 0), event_id(run + 1, 0))

    def _insert(self, run: int, lines: list[EventLine]) -> None:
        if lines:
            values = [value for line in lines for value in (event_id(run, line[0]), line[1], line[2])]
            self._connection.execute(_insert_of(len(lines)), values)

    @contextlib.contextmanager
    def _transaction(self, *, durable: bool = False) -> Iterator[None]:
        self._check_files()
        try:
            with self._files.transaction(durable=durable):
                yield
        except BaseException:
            self._unsure = True
            raise

    # --- the files -------------------------------------------------------------------------------------------------

    def _check_files(self, *, everything: bool = False) -> None:
        """Repair changes of the files from outside. RecordError if that fails, or in a forked child."""
        if self._files.are_as_left(everything=everything):
            return
        with self._reset_if_lost():
            for what in self._files.repair(everything=everything):
                if self.run is not None:
                    self.note(f"the record: {what}; nothing is lost")

    def _rescue(self, reason: str, cause: Exception | None = None) -> NoReturn:
        with self._reset_if_lost():
            self._files.rescue(reason, cause)

    @contextlib.contextmanager
    def _reset_if_lost(self) -> Iterator[None]:
        """Clear the buffer after a rescue, which has written all of it."""
        try:
            yield
        except RecordLostError:
            self._lines, self._trail, self._unsure = [], [], False
            if written := self._files.handle.written:
                _, self._count, self._crc = written
            raise

    def _postpone(self, error: RecordLostError) -> None:
        """Raise the error at the next flush, and log it now, as another exception may end the call."""
        self._postponed = error
        log.critical("%s", error)

    def _raise_postponed(self) -> NoReturn:
        error, self._postponed = self._postponed, None
        assert error
        raise error

    def _note_takeover(self, before: writer_lock.LockHolder | None) -> None:
        if before and not before.is_here:
            self.note(f"taken over from process {before.pid}, which is gone")


@lru_cache(maxsize=AT_ONCE)
def _insert_of(rows: int) -> str:
    return f"INSERT INTO events (id, text, crc) VALUES {','.join(['(?,?,?)'] * rows)}"
