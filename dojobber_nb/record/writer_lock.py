"""The lock of a record: a row in the file that names the one runner, process and host that may write."""

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

IN_CALL: Final[set[str]] = set()  # runners of this process that are in a call
UNKNOWN: Final = ""  # when a process started, if nobody can tell


class LockHolder(NamedTuple):
    """The process and runner that hold the lock of a record."""

    pid: int
    host: str
    born: str  # when the process started, as process_start() says it: a pid may be reused
    since: float
    runner: str
    run: int | None = None

    @property
    def lives(self) -> bool:
        """Whether the process may be alive; True for one on another machine."""
        return self.host != host() or process_start(self.pid) in (self.born, UNKNOWN)

    @property
    def is_here(self) -> bool:
        """Whether it is this process."""
        return (self.pid, self.host, self.born) == (os.getpid(), host(), process_start(os.getpid()))

    @property
    def blocks_others(self) -> bool:
        """Whether others may not take the lock. One of this process that is not in a call may be taken over."""
        return self.runner in IN_CALL if self.is_here else self.lives


def this_runner(runner: str) -> LockHolder:
    """The LockHolder for that runner of this process."""
    return LockHolder(os.getpid(), host(), process_start(os.getpid()) or UNKNOWN, time.time(), runner)


def process_start(pid: int) -> str | None:
    """When that process started, in seconds since boot; UNKNOWN when nobody can tell, None when it does not exist.

    The time since boot stays the same when the clock is set: psutil computes both times from the clock of now.
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
    """The holder of the lock, if there is one."""
    row = connection.execute("SELECT text, crc FROM writer").fetchone()
    if row is None:
        return None
    try:
        if zlib.crc32(row[0]) != row[1]:
            raise ValueError("its checksum does not match")
        return LockHolder(**json.loads(row[0]))
    except (ValueError, TypeError) as error:
        raise RecordDamagedError(path, f"its lock cannot be read: {error!s:.80}") from error


def refuse_if_busy(other: LockHolder | None, path: Path) -> None:
    """Raise RecordBusyError if that holder blocks others."""
    if other and other.blocks_others:
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(other.since))
        raise RecordBusyError(path, other.pid, other.host, since, here=other.is_here)


def claim(connection: sqlite3.Connection, path: Path, me: LockHolder) -> LockHolder | None:
    """Take the lock, inside a transaction; returns the holder it was taken over from. RecordBusyError if it is held."""
    before = holder(connection, path)
    other = before if before and before.runner != me.runner else None
    refuse_if_busy(other, path)
    line = to_json(me._asdict())
    connection.execute("INSERT OR REPLACE INTO writer VALUES (1, ?, ?)", (line, zlib.crc32(line.encode())))
    return other


def release(connection: sqlite3.Connection) -> None:
    """Release the lock."""
    connection.execute("DELETE FROM writer")
