"""Writer: the events of a runner's runs, put into the file before what depends on them begins."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sqlite3
import threading
import time
import uuid
import weakref
import zlib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from dojobber_nb.core.errors import RecordError
from dojobber_nb.core.events import PHASE_STARTED, Phase, PhaseStarted, Resumed, Row
from dojobber_nb.record import claim
from dojobber_nb.record.about import surroundings, to_line, who
from dojobber_nb.record.codec import encode, text, to_json
from dojobber_nb.record.file import GONE_ON, in_words, number, open_to_write, place, worded

log = logging.getLogger("DoJobber")

AT_ONCE: Final = 1_000  # rows of one statement

_RUN = Phase.RUN.value
_COUNTED: Final = "SELECT count(*) FROM events WHERE id >= ? AND id < ?"
BEGINNINGS: Final = frozenset({PhaseStarted, Resumed})  # job code is called next


class Line(NamedTuple):
    """An event as it stands in the file; `crc` is chained with the lines before it."""

    number: int
    text: str
    crc: int


class Writer:
    """Writes one run at a time. What cannot be written stays in mind, and goes into the file with what comes next."""

    def __init__(self, path: Path, *, values: bool = False) -> None:
        self.path, self.values = path, values
        self.run: int | None = None  # the run that is being written
        self._runner = uuid.uuid4().hex
        self._connection = open_to_write(path)
        self._file = _identity(path)
        self._pid = os.getpid()
        self._lock = threading.RLock()
        self._count, self._crc = 0, 0  # of the events told so far, in the file or in mind
        self._lines: list[Line] = []
        self._trail: list[tuple[int, str]] = []
        self._unsure = False  # whether the last statement took effect
        self._claimed = False
        self.close = weakref.finalize(self, _close, self._connection, self._pid, self._runner)
        with in_words(path):
            claim.refuse_if_busy(claim.holder(self._connection, path), path)

    # --- runs ------------------------------------------------------------------------------------------------------

    def begin(self, known: Mapping[str, Any], row: Row) -> None:
        """A new run, from its first event on: safe against a loss of power when this returns."""
        if self.run is not None or not self._claimed:  # else it is held
            self.leave()
        about = to_line({**known, **surroundings()})
        with self._lock, self._transaction(durable=True):
            run = number(self._connection, "SELECT coalesce(max(id), 0) + 1 FROM runs")
            before = self._claim(run)
            crc = seed(run, about.encode())
            self._connection.execute("INSERT INTO runs VALUES (?, ?, ?)", (run, about, crc))
            first = _line(0, encode(row, values=self.values), crc)
            self._insert(run, [first])
        self.take_up(run, 1, first.crc)
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

    def take_up(self, run: int, count: int, crc: int) -> None:
        """Go on with a run that has so many events, the last of them with that link."""
        self.run, self._count, self._crc = run, count, crc
        self._trail = [(count, told) for _, told in self._trail]
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
            return self._there(self.run) > self._count - (0 if self._unsure else len(self._lines))

    def leave(self) -> None:
        """Be done with this run, and let others write. What cannot be written of it is lost, and that is told."""
        try:
            self.flush()
        except RecordError as error:
            log.critical("the last of run %s (number of events: %d) is lost: %s", self.run, len(self._lines), error)
        self.let_go()
        self._lines, self._trail, self.run = [], [], None

    def let_go(self) -> None:
        """Let others write, while nothing is under way; the file is whole by itself then, and can be copied."""
        if self._claimed and not self._lines and os.getpid() == self._pid:
            self._claimed = False
            with contextlib.suppress(sqlite3.Error):
                _release(self._connection, self._runner)
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

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
            line = _line(self._count, encode(row, values=self.values), self._crc)
            self._lines.append(line)
            if begins:
                try:
                    self.flush(durable=row[1] == _RUN)
                except BaseException:
                    self._lines.remove(line)
                    raise
            self._count, self._crc = line.number + 1, line.crc

    def note(self, what: str, **more: Any) -> None:
        """Leave a word in the trail: who did what, after which event."""
        told = {"wall": time.time(), "who": who(), "what": text(what), **more}
        self._trail.append((self._count, to_json(told)))

    def settle(self) -> None:
        """Put into the file what can be put there."""
        with contextlib.suppress(RecordError):
            self.flush()

    def flush(self, *, durable: bool = False) -> None:
        """Put all into the file, or RecordError; `durable`: safe against a loss of power, too."""
        with self._lock:
            if self.run is None or not (self._lines or self._trail):
                return
            self._look_around()
            if self._claimed and not (self._trail or self._unsure or len(self._lines) > AT_ONCE):
                self._in_one_statement(self.run, durable)
            else:
                self._in_a_transaction(self.run, durable)

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
            if there + len(left) != self._lines_end():
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

    def _lines_end(self) -> int:
        """How many events the run has, with those in mind."""
        return self._lines[-1].number + 1 if self._lines else self._count

    def _there(self, run: int) -> int:
        """How many events of the run are in the file."""
        return number(self._connection, _COUNTED, place(run, 0), place(run + 1, 0))

    def _insert(self, run: int, lines: list[Line]) -> None:
        if lines:
            values = [value for line in lines for value in (place(run, line[0]), line[1], line[2])]
            self._connection.execute(_insert_of(len(lines)), values)

    # --- the file --------------------------------------------------------------------------------------------------

    def _look_around(self) -> None:
        """RecordError if this process or this file is not the one that it was."""
        if os.getpid() != self._pid:
            raise RecordError(
                self.path, f"process {os.getpid()} is a fork of {self._pid}, which writes it; configure anew in there"
            )
        if _identity(self.path) != self._file:
            raise RecordError(self.path, "the file was deleted or replaced; configure(record=…) anew")

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


def _line(count: int, told: str, before: int) -> Line:
    return Line(count, told, chained(before, count, told.encode()))


def seed(run: int, about: bytes) -> int:
    """The first link of a run's chain."""
    return zlib.crc32(b"%d:" % run + about)


def chained(before: int, count: int, told: bytes) -> int:
    """The link that an event adds."""
    return zlib.crc32(b"%d:" % count + told, before)


def trail_crc(run: int, after: int, told: bytes) -> int:
    """That of a word in the trail, by itself."""
    return zlib.crc32(b"%d:%d:" % (run, after) + told)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        stat = os.stat(path)  # noqa: PTH116  # Path.stat costs twice as much, at every phase
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def _release(connection: sqlite3.Connection, runner: str) -> None:
    """Take the claim back, if it is still this runner's."""
    row = connection.execute("SELECT text FROM writer").fetchone()
    if row and json.loads(row[0])["runner"] == runner:
        claim.release(connection)


def _close(connection: sqlite3.Connection, pid: int, runner: str) -> None:
    """When the runner is gone, or its process ends: not in a forked child, where the file is its parent's."""
    if os.getpid() == pid:
        with contextlib.suppress(sqlite3.Error):
            _release(connection, runner)
        connection.close()
