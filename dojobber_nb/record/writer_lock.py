"""The lock on a record: one process and one runner write it at a time, known by pid and host."""

from __future__ import annotations

import json
import os
import sqlite3
import time
import zlib
from pathlib import Path
from typing import Final, NamedTuple

from dojobber_nb.core.errors import RecordBusyError, RecordDamagedError
from dojobber_nb.record.codec import to_json
from dojobber_nb.record.run_metadata import host

IN_CALL: Final[set[str]] = set()  # the runners of this process that are in the middle of a call
UNKNOWN: Final = ""  # when a process started, if nobody can tell


class LockHolder(NamedTuple):
    """A process that has claimed a record, and which of its runners."""

    pid: int
    host: str
    born: str  # when the process started, see process_start(): a pid comes again
    since: float
    runner: str
    run: int | None = None

    @property
    def lives(self) -> bool:
        """Whether it may still write: on another machine nobody can tell, and it may."""
        return self.host != host() or process_start(self.pid) in (self.born, UNKNOWN)

    @property
    def is_here(self) -> bool:
        """Whether it is this very process."""
        return (self.pid, self.host, self.born) == (os.getpid(), host(), process_start(os.getpid()))

    @property
    def blocks_others(self) -> bool:
        """Whether nobody else may write: a runner of this process that stands still may be followed by another."""
        return self.runner in IN_CALL if self.is_here else self.lives


def this_runner(runner: str) -> LockHolder:
    """That runner of this process."""
    return LockHolder(os.getpid(), host(), process_start(os.getpid()) or UNKNOWN, time.time(), runner)


def process_start(pid: int) -> str | None:
    """When that process started, in seconds since boot; UNKNOWN when nobody can tell, None when it does not exist.

    The time since boot stays the same when somebody sets the clock; psutil tells both times by the clock of now.
    """
    try:
        import psutil  # late: few programs write a record
    except ImportError:  # JupyterLite, where there is no other process
        return UNKNOWN
    try:
        boot = psutil.boot_time()
        return f"{psutil.Process(pid).create_time() - boot:.2f}"
    except (psutil.NoSuchProcess, ValueError, OverflowError):
        return None
    except (psutil.Error, OSError, RuntimeError):  # it belongs to somebody else; a container hides /proc
        return UNKNOWN


# --- in the file ---------------------------------------------------------------------------------------------------


def holder(connection: sqlite3.Connection, path: Path) -> LockHolder | None:
    """Who has claimed it, if anybody."""
    row = connection.execute("SELECT text, crc FROM writer").fetchone()
    if row is None:
        return None
    try:
        if zlib.crc32(row[0]) != row[1]:
            raise ValueError("it is not as it was written")
        return LockHolder(**json.loads(row[0]))
    except (ValueError, TypeError) as error:
        raise RecordDamagedError(path, f"who writes it cannot be read: {error!s:.80}") from error


def refuse_if_busy(other: LockHolder | None, path: Path) -> None:
    """Raise RecordBusyError if that one is in the way."""
    if other and other.blocks_others:
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(other.since))
        raise RecordBusyError(path, other.pid, other.host, since, here=other.is_here)


def claim(connection: sqlite3.Connection, path: Path, me: LockHolder) -> LockHolder | None:
    """Be the one who writes; whom this takes over from. In a transaction. RecordBusyError while somebody else does."""
    before = holder(connection, path)
    other = before if before and before.runner != me.runner else None
    refuse_if_busy(other, path)
    line = to_json(me._asdict())
    connection.execute("INSERT OR REPLACE INTO writer VALUES (1, ?, ?)", (line, zlib.crc32(line.encode())))
    return other


def release(connection: sqlite3.Connection) -> None:
    """Let anybody else write."""
    connection.execute("DELETE FROM writer")
