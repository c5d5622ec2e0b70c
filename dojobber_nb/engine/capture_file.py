"""CaptureFile: the file that one stream of a phase is written to, by Python and by child processes, and read from.

It is a file without a name, in memory where the system has those, and not a pipe. A pipe would bound memory by itself,
but SIGPIPE would kill a child that outlives this process, and C code that prints while it holds the GIL would block
for ever on a pipe that a Python thread has to drain.

So the file is trimmed while it grows: the middle is given back to the system by punching a hole. A hole moves no
offset, so it is safe while a child writes. Python's writes are trimmed by the writer; all else by one thread
(`FileTrimmer`) that polls every 20 ms. A child that outlives its phase keeps the file open. The file is polled until no
process holds it; flock() tells: the lock belongs to the open file and lasts as long as the last child that has it.

Not bounded: what a child writes within those 20 ms, and while C code holds the GIL.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Final, cast

from dojobber_nb.core.secrets import scrub_part
from dojobber_nb.engine.descriptors import opened_high
from dojobber_nb.record.file_identity import Identity, identity

with contextlib.suppress(ImportError):  # Windows, JupyterLite
    import fcntl

LIMIT: Final = 256 * 1024  # bytes kept of each text: as much from its end as from its beginning
MOST: Final = 32 * LIMIT  # bytes that a file may hold before what is between is let go
HALF: Final = LIMIT // 2
CHUNK: Final = 1024 * 1024  # characters written at a time
BROKEN: Final = "\ufffd"  # what a character is read as of which only a part is there
EMPTIED: Final = (
    "… earlier output is lost: something opened the output again, as `> /dev/stdout` does; `>&1`, `>&2` and "
    "`>> /dev/stdout` lose nothing …\n"
)
LOST: Final = "… output is lost: the job closed the descriptor …\n"


class CaptureFile:
    """One captured text. All methods may be called from any thread, and after `close`."""

    def __init__(self) -> None:
        self._own = opened_high(_nameless_file)
        _have_it_append(self.fd)
        self.stands_at = -1  # the standard descriptor that is redirected to it: 1 or 2
        self._written = 0  # bytes written by Python since it was trimmed
        self._punched = HALF  # offset up to which the middle is given back
        self._seen = 0  # its size at the last look
        self._emptied = False
        self._cut = 0  # bytes removed by moving the end, where there are no holes
        self._lock = threading.RLock()  # a signal handler may print

    @property
    def fd(self) -> int:
        """The descriptor."""
        return self._own.fd

    @property
    def identity(self) -> Identity | None:
        """Which file it is."""
        return self._own.identity

    def write(self, text: str | bytes) -> bool:
        """Append the text. False once it is closed. A full disk must not fail the job that prints."""
        for start in range(0, len(text), CHUNK):
            part = text[start : start + CHUNK]
            data = part if isinstance(part, bytes) else part.encode("utf-8", "backslashreplace")
            with self._lock:
                if self.fd < 0:
                    return False
                self._add(data)
        return True

    def write_line(self, text: str) -> None:
        """Append the text as a separate line."""
        with self._lock, contextlib.suppress(OSError):
            size = os.fstat(self.fd).st_size
            begun = size > 0 and os.pread(self.fd, 1, size - 1) != b"\n"
            self.write(f"\n{text}\n" if begun else f"{text}\n")

    def _add(self, data: bytes) -> None:
        if self.size() is None and self.is_lost() and not self._own.is_ours:
            return  # not into a file of the job's that has the number now
        self._written += len(data)
        self._seen += len(data)
        with contextlib.suppress(OSError):
            os.write(self.fd, data)
        if self._written > CHUNK:
            self._written = 0
            self.trim()

    def size(self) -> int | None:
        """Size in bytes, whoever wrote them; None when a job has closed the descriptor."""
        try:
            status = os.fstat(self._own.fd)
        except OSError:
            return None
        if (status.st_ino, status.st_dev) != self._own.identity:
            return None
        if status.st_size < self._seen:
            self._emptied = True
        self._seen = status.st_size
        return self._seen

    @property
    def is_emptied(self) -> bool:
        """Whether somebody was seen to have truncated it, as `> /dev/stdout` does."""
        return self._emptied

    def is_lost(self) -> bool:
        """Whether a job has closed the descriptor. It is reopened if fd 1 or 2 still is the file."""
        if self._own.is_ours:
            return False
        with self._lock, contextlib.suppress(OSError):
            if self.fd >= 0 and identity(self.stands_at) == self._own.identity:
                self._own.fd = -1  # the number may be that of the next one
                self._own = opened_high(partial(os.dup, self.stands_at))
        return True

    def read(self, *, growing: bool = False) -> str:
        """The text so far, scrubbed, with a note of how much was cut; "" once it is closed."""
        with self._lock:
            if self.fd < 0:
                return ""
            if not self._own.is_ours:
                return LOST
            size = self.size() or 0
            before = EMPTIED if self._emptied else ""
            if not size:
                return before
            head = os.pread(self.fd, HALF if size > LIMIT else min(size, HALF), 0)
            tail = os.pread(self.fd, HALF, max(size - HALF, HALF))
            cut = self._cut + max(size - LIMIT, 0)
        if not cut:
            return before + _scrubbed(head + tail, growing=growing)
        ends = _scrubbed(head, growing=True), _scrubbed(tail, cut=True, growing=growing)
        return before + f"\n… {cut:,} bytes cut …\n".join(ends)

    def last_line(self) -> str:
        """The text since the last newline, scrubbed: a prompt that waits for its answer."""
        with contextlib.suppress(OSError):
            size = os.fstat(self.fd).st_size
            data = os.pread(self.fd, 4096, max(size - 4096, 0))
            return _scrubbed(data[data.rfind(b"\n") + 1 :])
        return ""

    def close(self) -> None:
        """Close the descriptor; a child may go on writing to its own."""
        with self._lock:
            self._own.close()

    def trim(self) -> None:
        """Give the middle of a large file back to the system. Does nothing while another thread holds the lock."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            if (size := self.size() or 0) > MOST:
                self._take_out(size)
        except OSError:
            pass
        finally:
            self._lock.release()

    def _take_out(self, size: int) -> None:
        end = size - HALF
        if end - self._punched < MOST // 2:
            return
        if _punch(self.fd, self._punched, end - self._punched):
            self._punched = end
        elif size > MOST:
            self._move_end(size)

    def _move_end(self, size: int) -> None:
        """Without holes: truncate. All writers share one offset, so they continue after the new end."""
        tail = os.pread(self.fd, HALF, size - HALF)
        os.ftruncate(self.fd, HALF)
        os.lseek(self.fd, HALF, os.SEEK_SET)
        os.write(self.fd, tail)
        self._seen = LIMIT
        self._cut += size - LIMIT

    # --- after its phase -------------------------------------------------------------------------------------------

    def leave(self) -> bool:
        """Keep the file only to trim it, on a new descriptor without the lock. False if it was closed instead."""
        with self._lock:
            if not self._own.is_ours:
                return False
            try:
                fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                anew = opened_high(partial(os.open, f"/proc/self/fd/{self.fd}", os.O_RDWR | os.O_CLOEXEC))
            except (OSError, NameError):  # no /proc, no flock: nobody can tell who holds it
                self.close()
                return False
            self._own.close()
            self._own = anew
        return self.is_held()

    def is_held(self) -> bool:
        """After `leave`: whether a child still has the file. Closed if not."""
        with self._lock:
            try:
                if self._own.is_ours:
                    fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return True
            self.close()
            return False


def _scrubbed(data: bytes, *, cut: bool = False, growing: bool = False) -> str:
    """The text without secrets, and without a part of one at an end that was cut or still grows."""
    text = data.decode("utf-8", "replace")
    text = text.lstrip(BROKEN) if cut else text
    text = text.rstrip(BROKEN) if growing else text
    return scrub_part(text, cut_before=cut, cut_behind=growing)


def _nameless_file() -> int:
    """A descriptor of a new file without a name, not inherited by children."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("phase")
    import tempfile

    with tempfile.TemporaryFile(buffering=0) as file:
        return os.dup(file.fileno())


def _have_it_append(fd: int) -> None:
    """Set O_APPEND: a child that opens /dev/stdout again has an offset of its own."""
    with contextlib.suppress(OSError, NameError):  # Windows
        fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_APPEND)


_KEEP_SIZE_AND_PUNCH: Final = 1 | 2  # of <linux/falloc.h>
_fallocate: Callable[..., Any] | None = None


def _punch(fd: int, start: int, length: int) -> bool:
    """Punch a hole: the bytes read as zeros from now on. False where the system has no holes."""
    global _fallocate  # noqa: PLW0603  # ctypes takes long to import, and few files need it
    import ctypes

    if _fallocate is None:
        libc = ctypes.CDLL(None)
        _fallocate = cast(
            "Callable[..., Any]", getattr(libc, "fallocate64", None) or getattr(libc, "fallocate", _no_fallocate)
        )
    size = ctypes.c_int64
    return bool(_fallocate(fd, _KEEP_SIZE_AND_PUNCH, size(start), size(length)) == 0)


def _no_fallocate(*_: Any) -> int:
    return -1
