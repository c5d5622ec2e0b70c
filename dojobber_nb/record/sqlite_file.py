"""The file of a record: made, opened, and what SQLite says of it in this library's errors."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from dojobber_nb.core.errors import NotARecordError, RecordDamagedError, RecordError, RecordVersionError

APPLICATION: Final = 0x446A4E62  # "DjNb"
VERSION: Final = 1
PAGES: Final = 4_000  # of SQLite's log, after which it is put into the file in mid-run: each time costs as a sync does
PATIENCE: Final = 5.0  # seconds to wait for somebody else's transaction

TABLES: Final = (
    "CREATE TABLE runs (id INTEGER PRIMARY KEY, about TEXT NOT NULL, crc INTEGER NOT NULL)",
    # By one number, as SQLite adds rows at the end of such a table in two thirds of the time.
    """CREATE TABLE events (id INTEGER PRIMARY KEY, text TEXT NOT NULL, crc INTEGER NOT NULL,
    run INTEGER AS (id >> 32), number INTEGER AS (id & 4294967295))""",
    "CREATE TABLE trail (id INTEGER PRIMARY KEY, run INTEGER, after INTEGER, text TEXT NOT NULL, crc INTEGER NOT NULL)",
    "CREATE TABLE writer (one INTEGER PRIMARY KEY CHECK (one = 1), text TEXT NOT NULL, crc INTEGER NOT NULL)",
    """CREATE VIEW phases AS SELECT run, number, json_extract(text, '$.job') AS job, json_extract(text, '$.phase') AS
    phase, json_extract(text, '$.attempt') AS attempt, json_extract(text, '$.ok') AS ok, json_extract(text, '$.started')
    AS started, json_extract(text, '$.duration') AS duration, json_extract(text, '$.error.message') AS error
    FROM events WHERE json_extract(text, '$.event') = 'PhaseEnded'""",
)

CONTINUED_ELSEWHERE: Final = "another process has continued this run; resume() takes it up from there"

# What SQLite's primary result codes mean for whoever keeps a record.
BLOCKED: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
MESSAGES: Final = {
    sqlite3.SQLITE_BUSY: "another process has locked it; try again when that process is done",
    sqlite3.SQLITE_LOCKED: "another process has locked it; try again when that process is done",
    sqlite3.SQLITE_PERM: "it may not be written; choose another file, or change its permissions",
    sqlite3.SQLITE_READONLY: "it may not be written; choose another file, or change its permissions",
    sqlite3.SQLITE_IOERR: "the disk failed, or has no room for it; make room, and go on",
    sqlite3.SQLITE_FULL: "the disk is full; make room, and go on",
    sqlite3.SQLITE_CONSTRAINT: CONTINUED_ELSEWHERE,
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check that its folder exists and can be written",
}


@contextlib.contextmanager
def as_record_error(path: Path) -> Iterator[None]:
    """What SQLite or the system says inside, as a RecordError with the way out."""
    try:
        yield
    except sqlite3.Error as error:
        raise record_error(path, error) from error
    except UnicodeDecodeError as error:  # SQLite quotes what it cannot make out
        raise RecordDamagedError(path, "its tables cannot be made out") from error
    except RecordError:
        raise
    except OSError as error:
        raise RecordError(path, f"{error.strerror or error}; fix that, or choose another file") from error


def record_error(path: Path, error: sqlite3.Error) -> RecordError:
    """The RecordError that stands for what SQLite said; what is no plain refusal is damage."""
    code = primary_code(error)
    if code == sqlite3.SQLITE_NOTADB:
        return NotARecordError(path, "this is no record; it is left as it is: choose another file")
    if code in MESSAGES:
        return RecordError(path, MESSAGES[code])
    return RecordDamagedError(path, str(error))


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)) & 0xFF


# --- opened --------------------------------------------------------------------------------------------------------


def open_to_write(path: Path) -> sqlite3.Connection:
    """The record at that path, made if there is none; refused before anything is written if it is something else."""
    with as_record_error(path):
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        if not path.is_file():
            what = "a folder; name a file in it" if path.is_dir() else "no ordinary file; name another one"
            raise RecordError(path, f"this is {what}")
        connection = connect(path, "rw")
        with closed_on_error(connection):
            if not _is_record(connection, path, may_be_empty=True):
                _make(connection)
            refuse_damage(connection, path)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {PAGES}")
        return connection


def open_to_read(path: Path, *, check: bool = False) -> sqlite3.Connection:
    """The record at that path, for reading alone; `check`: its tables are looked through for damage."""
    with as_record_error(path):
        if not path.is_file():
            raise RecordError(path, "there is no such file; configure(Root, record=…) makes one")
        connection = _first_that_opens(path)
        with closed_on_error(connection):
            _is_record(connection, path)
            if check:
                refuse_damage(connection, path)
        return connection


@contextlib.contextmanager
def closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    """Close it if what is done with it raises."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


def _first_that_opens(path: Path) -> sqlite3.Connection:
    """SQLite needs to write beside what it reads; where it may not, nobody else can write either."""
    ways: list[Callable[[], sqlite3.Connection]] = [lambda: connect(path, "rw"), lambda: connect(path, "ro")]
    log = path.with_name(f"{path.name}-wal")
    if not (log.exists() and log.stat().st_size):
        ways.append(lambda: connect(path, "ro&immutable=1"))
    for way in ways[:-1]:
        try:
            return _reading(way())
        except sqlite3.OperationalError as error:
            if primary_code(error) not in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
                raise
    return _reading(ways[-1]())


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection of that mode, each statement its own transaction, texts as bytes."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=PATIENCE,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.text_factory = bytes  # a damaged text need not be text
    return connection


def _reading(connection: sqlite3.Connection) -> sqlite3.Connection:
    with closed_on_error(connection):
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return connection


# --- looked at -----------------------------------------------------------------------------------------------------


def _is_record(connection: sqlite3.Connection, path: Path, *, may_be_empty: bool = False) -> bool:
    """Whether it is one of this version; False if it is empty, and may be; else an error."""
    application, version = (scalar(connection, f"PRAGMA {name}") for name in ("application_id", "user_version"))
    empty = not path.stat().st_size  # SQLite takes a few bytes of anything for an empty database, too
    if empty and may_be_empty:
        return False
    if application != APPLICATION:
        what = "an empty file" if empty else "some other program's file"
        raise NotARecordError(path, f"this is no record but {what}; it is left as it is: choose another file")
    if version > VERSION:
        raise RecordVersionError(path, version, VERSION)
    if version != VERSION:
        raise RecordDamagedError(path, f"its version is {version}")
    return True


def _make(connection: sqlite3.Connection) -> None:
    """Write the tables, in one transaction, unless somebody else has just done so."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if not scalar(connection, "PRAGMA application_id"):
            for statement in (*TABLES, f"PRAGMA application_id = {APPLICATION}", f"PRAGMA user_version = {VERSION}"):
                connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def refuse_damage(connection: sqlite3.Connection, path: object) -> None:
    """Raise RecordDamagedError unless SQLite finds its tables sound."""
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found not in (b"ok", "ok"):
        raise RecordDamagedError(path, found.decode("utf-8", "replace").replace("\n", " ")[:200])


def event_id(run: int, event: int) -> int:
    """The id of the run's event of that number."""
    return run << 32 | event


def scalar(connection: sqlite3.Connection, query: str, *values: int) -> int:
    """The one number that the query gives."""
    (found,) = connection.execute(query, values).fetchone()
    return int(found)
