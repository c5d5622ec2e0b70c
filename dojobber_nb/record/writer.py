"""Writer: the events of a runner's runs, put into the file before what depends on them begins."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import threading
import time
import uuid
import weakref
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NoReturn

from dojobber_nb.core.errors import NotARecordError, RecordDamagedError, RecordError, RecordLostError
from dojobber_nb.core.events import PHASE_STARTED, Phase, PhaseStarted, Resumed, Row
from dojobber_nb.record import claim
from dojobber_nb.record.about import surroundings, to_line, who
from dojobber_nb.record.chain import Line, Written, line_of, seed, trail_crc
from dojobber_nb.record.codec import encode, text, to_json
from dojobber_nb.record.file import GONE_ON, in_words, number, place, worded
from dojobber_nb.record.handle import Handle, Oddity
from dojobber_nb.record.mend import LATEST, mended
from dojobber_nb.record.readback import readable_trail, runs_in
from dojobber_nb.record.rescue import Kept, rescued

log = logging.getLogger("DoJobber")

AT_ONCE: Final = 1_000  # rows of one statement
DAMAGED: Final = "the file was damaged"

_RUN = Phase.RUN.value
_COUNTED: Final = "SELECT count(*) FROM events WHERE id >= ? AND id < ?"
BEGINNINGS: Final = frozenset({PhaseStarted, Resumed})  # job code is called next


class Writer:
    """Writes one run at a time. What cannot be written stays in mind, and goes into the file with what comes next."""

    def __init__(self, path: Path, *, values: bool = False) -> None:
        self.path, self.values = path, values
        self.run: int | None = None  # the run that is being written
        self._runner = uuid.uuid4().hex
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._count, self._crc = 0, 0  # of the events told so far, in the file or in mind
        self._lines: list[Line] = []
        self._trail: list[tuple[int, str]] = []
        self._unsure = False  # whether the last statement took effect
        self._claimed = False
        self._kept: Kept | None = None  # the run that is being written, all of it
        self._untold: RecordLostError | None = None  # what befell the file, while nobody can be told yet
        self._handle = Handle(path, self._runner)
        self.close = weakref.finalize(self, self._handle.close)
        with in_words(path):
            claim.refuse_if_busy(claim.holder(self._connection, path), path)
            self._runs = runs_in(self._connection)

    def _write_with(self, handle: Handle) -> None:
        """Write by that one from now on; it is closed when the runner is gone, or its process ends."""
        self.close.detach()
        self.path, self._handle = handle.path, handle
        self.close = weakref.finalize(self, handle.close)

    @property
    def _connection(self) -> sqlite3.Connection:
        return self._handle.connection

    # --- runs ------------------------------------------------------------------------------------------------------

    def begin(self, known: Mapping[str, Any], rows: list[Row], row: Row) -> None:
        """A new run, from its first event on: safe against a loss of power when this returns.

        rows: where the runner has its events, the first one soon.
        """
        if self.run is not None or not self._claimed:  # else it is held
            self.leave()
        about = to_line({**known, **surroundings()})
        with self._lock, self._transaction(durable=True):
            run = number(self._connection, "SELECT coalesce(max(id), 0) + 1 FROM runs")
            before = self._claim(run)
            crc = seed(run, about.encode())
            self._connection.execute("INSERT INTO runs VALUES (?, ?, ?)", (run, about, crc))
            first = line_of(0, encode(row, values=self.values), crc)
            self._insert(run, [first])
        self.take_up(run, about, rows, Written(run, 1, first.crc))
        self._claimed = True
        self._tell_whom_it_took_over_from(before)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Around reading it for a run to take up, and beginning that: nobody else does the same meanwhile."""
        with self._lock, self._transaction():
            before = self._claim(None)
        self._claimed = True
        self._tell_whom_it_took_over_from(before)
        try:
            yield
        except BaseException:
            self.let_go()
            raise

    def take_up(self, run: int, about: str, rows: list[Row], written: Written) -> None:
        """Go on with a run of which so much is in the file; `rows` is where the runner has its events."""
        self.run, self._count, self._crc = written
        with self._lock, in_words(self.path):
            self._runs = runs_in(self._connection)
            trail = [(after, told) for _, after, told, _ in readable_trail(self._connection, [run])]
        self._trail = [(self._count, told) for _, told in self._trail]
        self._kept, self._handle.written = Kept(run, about, rows, [*trail, *self._trail]), written
        self._claimed = self._unsure = False  # the claim is to name the run

    @property
    def count(self) -> int:
        """How many events of the run it was told."""
        return self._count

    @property
    def is_gone_on_elsewhere(self) -> bool:
        """Whether somebody else has gone on with this run."""
        if self.run is None or os.getpid() != self._pid:
            return False
        with self._lock, in_words(self.path):
            self._look_around()
            return self._there(self.run) > self._count - (0 if self._unsure else len(self._lines))

    def leave(self) -> None:
        """Be done with this run, and let others write. What cannot be written of it is lost, and that is told."""
        if os.getpid() == self._pid:
            try:
                self.flush()
            except RecordLostError as error:
                log.critical("%s", error)
            except RecordError as error:
                log.critical("the last of run %s (number of events: %d) is lost: %s", self.run, len(self._lines), error)
            self.let_go()
        self._lines, self._trail, self._kept, self.run = [], [], None, None

    def let_go(self) -> None:
        """Let others write, while nothing is under way; the file is whole by itself then, and can be copied."""
        if not self._claimed or self._lines or os.getpid() != self._pid:
            return
        with self._lock, contextlib.suppress(RecordLostError):
            try:
                self._look_around()
            except RecordLostError as error:
                self._untold = error
                raise
            self._claimed = False
            with contextlib.suppress(sqlite3.Error, ValueError):
                self._handle.release()
            self._handle.checkpoint(wait=True)

    @contextlib.contextmanager
    def going_on(self) -> Iterator[None]:
        """Around a call: nobody else of this process may write either."""
        claim.GOING_ON.add(self._runner)
        try:
            yield
        finally:
            claim.GOING_ON.discard(self._runner)

    # --- events ----------------------------------------------------------------------------------------------------

    def take(self, row: Row) -> None:
        """Have the event in mind; if job code is called next, in the file, or RecordError, and it is as if not told."""
        begins = type(row) in BEGINNINGS or (type(row) is tuple and len(row) == PHASE_STARTED)
        with self._lock:
            line = line_of(self._count, encode(row, values=self.values), self._crc)
            self._lines.append(line)
            if begins:
                try:
                    self.flush(durable=row[1] == _RUN)
                except BaseException:
                    self._lines = [kept for kept in self._lines if kept is not line]
                    raise
            self._count, self._crc = line.number + 1, line.crc

    def note(self, what: str, **more: Any) -> None:
        """Leave a word in the trail: who did what, after which event."""
        told = to_json({"wall": time.time(), "who": who(), "what": text(what), **more})
        self._trail.append((self._count, told))
        if self._kept:
            self._kept.trail.append((self._count, told))

    def settle(self) -> None:
        """Put into the file what can be put there; what befell it is told at the next chance."""
        with contextlib.suppress(RecordError):
            if self._untold is None:
                try:
                    self.flush()
                except RecordLostError as error:
                    self._untold = error

    def flush(self, *, durable: bool = False) -> None:
        """Put all into the file, or RecordError; `durable`: safe against a loss of power, too."""
        with self._lock:
            self._tell_what_befell_it()
            if self.run is None or not (self._lines or self._trail):
                return
            self._look_around()
            end = self._end()
            try:
                if self._claimed and not (self._trail or self._unsure or len(self._lines) > AT_ONCE):
                    self._in_one_statement(self.run, durable)
                else:
                    self._in_a_transaction(self.run, durable)
            except (RecordDamagedError, NotARecordError) as error:
                self._rescue(DAMAGED, error)
            self._handle.written = Written(self.run, *end)

    def keep(self, *, over: bool) -> None:
        """At the end of a call: all is in the file, and it is whole by itself; RecordLostError if it is not.

        over: nothing is left of the run, and others may write.
        """
        with self._lock:
            self.flush()
            if self.run is None or os.getpid() != self._pid:
                return
            self._look_around(everything=True)
            self.flush()  # what was noted of that
            touched = self._handle.touched
            with in_words(self.path):
                if not self._handle.is_whole(last=0 if over or touched else LATEST, check=touched):
                    self._rescue(DAMAGED)
            self._handle.touched = False
            self.let_go() if over else self._handle.checkpoint()

    def _in_one_statement(self, run: int, durable: bool) -> None:
        try:
            if durable:
                self._connection.execute("PRAGMA synchronous = FULL")
            self._insert(run, self._lines)
            self._lines = []
        except sqlite3.Error as error:
            self._unsure = True
            raise worded(self.path, error) from error
        except BaseException:
            self._unsure = True
            raise
        finally:
            if durable:
                self._connection.execute("PRAGMA synchronous = NORMAL")

    def _in_a_transaction(self, run: int, durable: bool) -> None:
        with self._transaction(durable=durable):
            before = self._claim(run)
            there = self._there(run)
            left = [line for line in self._lines if line.number >= there]
            if self._handle.written and there < self._handle.written.events:
                raise RecordDamagedError(self.path, "events are missing", run, there)
            if there + len(left) != self._end()[0]:
                raise RecordError(self.path, GONE_ON)
            for at in range(0, len(left), AT_ONCE):
                self._insert(run, left[at : at + AT_ONCE])
            for after, told in self._trail:
                crc = trail_crc(run, after, told.encode())
                self._connection.execute(
                    "INSERT INTO trail (run, after, text, crc) VALUES (?, ?, ?, ?)", (run, after, told, crc)
                )
        self._unsure, self._claimed = False, True
        self._lines, self._trail = [], []
        self._tell_whom_it_took_over_from(before)

    def _end(self) -> tuple[int, int]:
        """How many events the run has, with those in mind, and the checksum of the last one."""
        return (self._lines[-1].number + 1, self._lines[-1].crc) if self._lines else (self._count, self._crc)

    def _there(self, run: int) -> int:
        """How many events of the run are in the file."""
        return number(self._connection, _COUNTED, place(run, 0), place(run + 1, 0))

    def _insert(self, run: int, lines: list[Line]) -> None:
        if lines:
            values = [value for line in lines for value in (place(run, line[0]), line[1], line[2])]
            self._connection.execute(_insert_of(len(lines)), values)

    # --- the file --------------------------------------------------------------------------------------------------

    def _look_around(self, *, everything: bool = False) -> None:
        """RecordError if this process or this file is not the one that it was, and that cannot be mended."""
        if os.getpid() != self._pid:
            raise RecordError(
                self.path, f"process {os.getpid()} is a fork of {self._pid}, which writes it; configure anew in there"
            )
        for _ in Oddity:  # one may hide another
            oddity = self._handle.oddity(everything=everything)
            if oddity is None:
                return
            self._mend(oddity)

    def _mend(self, oddity: Oddity) -> None:
        """Go on with the record if it is whole in spite of this, else with a rescue."""
        handle = mended(self._handle, oddity)
        if handle is None:
            self._rescue(oddity)
        elif handle is not self._handle:
            what = oddity if handle.path == self.path else f"the file was moved to {handle.path}"
            log.warning("%s: %s; nothing is lost, and the record goes on there", self.path, what)
            self._write_with(handle)
            if self.run is not None:
                self.note(f"the record: {what}; nothing is lost")

    def _rescue(self, reason: str, cause: Exception | None = None) -> NoReturn:
        """Put what can be had of the runs into a new record, go on there, and raise RecordLostError."""
        old, kept, claimed = self._handle, self._kept, self._claimed
        others = {run: crc for run, crc in self._runs.items() if run != self.run}
        try:
            found = rescued(old, kept, others, values=self.values, claimed=claimed)
        except (OSError, sqlite3.Error) as error:
            told = f"{reason}, and no other file could be written in its place ({error}); make room, and go on"
            raise RecordError(self.path, told) from error
        if found is None:
            raise RecordError(self.path, f"{reason}; configure(record=…) anew") from cause
        old.give_up()
        self._write_with(found.handle)
        self._lines, self._trail, self._unsure, self._claimed = [], [], False, claimed and kept is not None
        if kept and found.handle.written:
            _, self._count, self._crc = found.handle.written
        saved = f"all {self._count} events of run {kept.run} so far are" if kept else "its runs are"
        raise RecordLostError(old.path, reason, saved, found.handle.path, found.lost) from cause

    def _tell_what_befell_it(self) -> None:
        untold, self._untold = self._untold, None
        if untold:
            raise untold

    def _claim(self, run: int | None) -> claim.Holder | None:
        """Be the one who writes; whom this takes over from. In a transaction."""
        return claim.claim(self._connection, self.path, claim.myself(self._runner)._replace(run=run))

    def _tell_whom_it_took_over_from(self, before: claim.Holder | None) -> None:
        if before and not before.is_here:
            self.note(f"taken over from process {before.pid}, which is gone")

    @contextlib.contextmanager
    def _transaction(self, *, durable: bool = False) -> Iterator[None]:
        self._look_around()
        with in_words(self.path):
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                self._unsure = True
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise
            finally:
                self._connection.execute("PRAGMA synchronous = NORMAL")


@lru_cache(maxsize=AT_ONCE)
def _insert_of(rows: int) -> str:
    return f"INSERT INTO events (id, text, crc) VALUES {','.join(['(?,?,?)'] * rows)}"
