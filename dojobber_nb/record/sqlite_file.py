"""The SQLite file of a record: its tables, how it is created and opened, and SQLite's errors as RecordErrors."""

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
PAGES: Final = 4_000  # of SQLite's log before a checkpoint in the middle of a run, which costs as much as a sync
PATIENCE: Final = 5.0  # seconds to wait for the transaction of another process

TABLES: Final = (
    "CREATE TABLE runs (id INTEGER PRIMARY KEY, about TEXT NOT NULL, crc INTEGER NOT NULL)",
    # One number as the key: SQLite appends to such a table in two thirds of the time.
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

# By SQLite's primary result code, what it means for the record and the way out.
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
    """Raise errors of SQLite and of the system inside as RecordErrors, with the way out."""
    try:
        yield
    except sqlite3.Error as error:
        raise record_error(path, error) from error
    except UnicodeDecodeError as error:  # SQLite quotes damaged text in its messages
        raise RecordDamagedError(path, "its tables cannot be read") from error
    except RecordError:
        raise
    except OSError as error:
        raise RecordError(path, f"{error.strerror or error}; fix that, or choose another file") from error


def record_error(path: Path, error: sqlite3.Error) -> RecordError:
    """The RecordError for an error of SQLite; codes that are not in MESSAGES mean damage."""
    code = primary_code(error)
    if code == sqlite3.SQLITE_NOTADB:
        return NotARecordError(path, "this is no record, and is not changed; choose another file")
    if code in MESSAGES:
        return RecordError(path, MESSAGES[code])
    return RecordDamagedError(path, str(error))


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's primary result code."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)) & 0xFF


# --- opened --------------------------------------------------------------------------------------------------------


def open_to_write(path: Path) -> sqlite3.Connection:
    """A connection to the record at that path, created if missing. Another kind of file is refused, unchanged."""
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
    """A read-only connection to the record at that path; `check`: SQLite checks its tables for damage."""
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
    """Close the connection if the block raises."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


def _first_that_opens(path: Path) -> sqlite3.Connection:
    """SQLite needs to write beside a file that it reads; where it cannot, the file is read as an immutable one."""
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
    """A connection in that mode; each statement is a transaction, texts come as bytes."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=PATIENCE,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.text_factory = bytes  # damaged text may not be UTF-8
    return connection


def _reading(connection: sqlite3.Connection) -> sqlite3.Connection:
    with closed_on_error(connection):
        connection.execute("PRAGMA query_only = ON")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return connection


# --- checked -------------------------------------------------------------------------------------------------------


def _is_record(connection: sqlite3.Connection, path: Path, *, may_be_empty: bool = False) -> bool:
    """Whether the file is a record of this version; False if it may be empty and is; otherwise raises."""
    application, version = (scalar(connection, f"PRAGMA {name}") for name in ("application_id", "user_version"))
    empty = not path.stat().st_size  # SQLite also takes a few bytes of anything for an empty database
    if empty and may_be_empty:
        return False
    if application != APPLICATION:
        what = "an empty file" if empty else "some other program's file"
        raise NotARecordError(path, f"this is no record but {what}, and is not changed; choose another file")
    if version > VERSION:
        raise RecordVersionError(path, version, VERSION)
    if version != VERSION:
        raise RecordDamagedError(path, f"its version is {version}")
    return True


def _make(connection: sqlite3.Connection) -> None:
    """Create the tables in one transaction, unless another process has just done so."""
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
    """Raise RecordDamagedError if SQLite finds damage in the tables."""
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found not in (b"ok", "ok"):
        raise RecordDamagedError(path, found.decode("utf-8", "replace").replace("\n", " ")[:200])


def event_id(run: int, event: int) -> int:
    """The key of an event: run and event number in one integer."""
    return run << 32 | event


def scalar(connection: sqlite3.Connection, query: str, *values: int) -> int:
    """The single number that the query returns."""
    (found,) = connection.execute(query, values).fetchone()
    return int(found)
