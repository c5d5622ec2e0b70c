"""What a phase prints: Python's streams and logging on its thread, and what child processes write to fd 1 and 2.

Each stream of a phase is a file of its own without a name, in memory where the system has such: a child that outlives
its phase is never killed by a closed pipe, its late words go to no other phase, and what is there so far can be read
while the phase goes on.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple

LIMIT = 256 * 1024  # bytes kept of each text: as much from its end as from its beginning
MOST = 32 * LIMIT  # bytes that a file may hold before what is between is let go


class Output(NamedTuple):
    """The texts of a phase."""

    stdout: str = ""
    stderr: str = ""
    log: str = ""


class _Tape:
    """A text that is being written, by whatever holds the descriptor."""

    def __init__(self) -> None:
        self.fd = _nameless_file()
        self._cut = 0
        self._lock = threading.Lock()  # whoever looks on reads from another thread

    def write(self, text: str | bytes) -> None:
        """Add the text; a full disk must not fail the job that prints."""
        with contextlib.suppress(OSError):
            os.write(self.fd, text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace"))
            self._let_go()

    def read(self) -> str:
        """What is there so far, with a note of what was cut."""
        if not os.fstat(self.fd).st_size:
            return ""
        self._let_go()
        with self._lock:
            size, half = os.fstat(self.fd).st_size, LIMIT // 2
            if size <= LIMIT:
                head, tail = os.pread(self.fd, min(size, half), 0), os.pread(self.fd, max(size - half, 0), half)
            else:
                head, tail = os.pread(self.fd, half, 0), os.pread(self.fd, half, size - half)
            cut = self._cut + max(size - LIMIT, 0)
        if not cut:
            return (head + tail).decode("utf-8", "replace")
        return f"{head.decode('utf-8', 'replace')}\n… {cut:,} bytes cut …\n{tail.decode('utf-8', 'replace')}"

    def close(self) -> None:
        """Let go of it; a child that still writes to it may."""
        with self._lock:
            os.close(self.fd)

    def _let_go(self) -> None:
        """Of a file that has grown too large, drop what is between its beginning and its end.

        All that write share one offset, so those that go on do so after the end that is kept.
        """
        if os.fstat(self.fd).st_size <= MOST:
            return
        with self._lock:
            size, half = os.fstat(self.fd).st_size, LIMIT // 2
            tail = os.pread(self.fd, half, size - half)
            os.ftruncate(self.fd, half)
            os.lseek(self.fd, half, os.SEEK_SET)
            os.write(self.fd, tail)
            self._cut += size - LIMIT


def _nameless_file() -> int:
    """A descriptor that children do not inherit, unless it is put in the place of one that they do."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("phase")
    import tempfile

    with tempfile.TemporaryFile(buffering=0) as file:
        return os.dup(file.fileno())


class _Bytes(io.RawIOBase):
    """Where a phase writes bytes to one of its streams."""

    def __init__(self, tape: _Tape) -> None:
        self._tape = tape

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, data: Any) -> int:
        """Add the bytes to the tape."""
        self._tape.write(bytes(data))
        return len(data)


class _Routed(io.TextIOBase):
    """sys.stdout or sys.stderr while somebody watches: the phase's thread writes to its tape, others pass through."""

    def __init__(self, capture: Capture, which: int, real: Any) -> None:
        self._capture, self._which, self._real = capture, which, real

    def write(self, text: str) -> int:
        """Write to the tape of the phase whose thread this is, else to the real stream, if there is one."""
        tape = self._capture.tape(self._which)
        if tape is not None:
            tape.write(text)
        elif self._real is not None:
            self._real.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush the real stream; tapes need none."""
        if self._real is not None:
            self._real.flush()

    def close(self) -> None:
        """Stay open: a job that closes its stdout closes nobody else's."""

    def isatty(self) -> bool:
        """False: what is captured is no terminal."""
        return False

    def fileno(self) -> int:
        """The descriptor of the stream in whose place this stands."""
        return int(self._real.fileno())

    def writable(self) -> bool:
        """True."""
        return True

    @property
    def buffer(self) -> Any:
        """Where bytes are written."""
        tape = self._capture.tape(self._which)
        return self._real.buffer if tape is None else _Bytes(tape)

    def __getattr__(self, name: str) -> Any:
        """What the real stream can do besides."""
        return getattr(self._real, name)

    @property
    def encoding(self) -> str:  # type: ignore[override]  # TextIOBase has a plain attribute
        """utf-8, whatever the real stream has."""
        return "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]  # TextIOBase has a plain attribute
        """Lone surrogates are written as escapes."""
        return "backslashreplace"


class _LogTap(logging.Handler):
    """Puts log records of the phase's thread on its tape."""

    def __init__(self, capture: Capture) -> None:
        super().__init__()
        self._capture = capture
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line for the record."""
        if self._capture.is_here():
            try:
                self._capture.log(self.format(record) + "\n")
            except Exception:  # noqa: BLE001  # logging's own rule: a bad record must not fail the caller
                self.handleError(record)


class Capture:
    """Captures phase after phase; `descriptors` takes fd 1 and 2 as well, which only one worker may."""

    def __init__(self, *, descriptors: bool = True) -> None:
        self._descriptors = descriptors
        self._tapes: list[_Tape] = []
        self._thread: int | None = None

    def is_here(self) -> bool:
        """Whether this thread is the phase's."""
        return self._thread == threading.get_ident()

    def tape(self, which: int) -> _Tape | None:
        """The tape for what this thread writes, if it is the phase's."""
        return self._tapes[which] if self.is_here() else None

    def log(self, text: str) -> None:
        """Put it on the tape of the log, which few phases need."""
        if len(self._tapes) < len(Output._fields):
            self._tapes = [*self._tapes, _Tape()]
        self._tapes[-1].write(text)

    def so_far(self) -> Output:
        """What the phase under way has printed; empty between phases. From any thread."""
        tapes = self._tapes
        try:
            return Output(*(tape.read() for tape in tapes))
        except (OSError, ValueError):  # the phase ended in this very moment
            return Output()

    @contextlib.contextmanager
    def streams(self) -> Iterator[None]:
        """Stand in for sys.stdout, sys.stderr and at the root logger during a call; put all back after it."""
        real = sys.stdout, sys.stderr
        tap = _LogTap(self)
        sys.stdout, sys.stderr = self._routed = (_Routed(self, 0, real[0]), _Routed(self, 1, real[1]))
        logging.getLogger().addHandler(tap)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(tap)
            sys.stdout, sys.stderr = real

    @contextlib.contextmanager
    def phase(self) -> Iterator[list[Output]]:
        """Capture what is printed inside; the list holds the Output afterwards."""
        texts: list[Output] = []
        tapes = [_Tape(), _Tape()]
        saved = self._take_descriptors(tapes)
        self._tapes, self._thread = tapes, threading.get_ident()
        try:
            yield texts
        finally:
            self._thread = None
            self._give_descriptors_back(saved)
            sys.stdout, sys.stderr = self._routed  # the job may have put others there
            texts.append(self.so_far())
            tapes, self._tapes = self._tapes, []
            for tape in tapes:
                tape.close()

    def _take_descriptors(self, tapes: list[_Tape]) -> list[tuple[int, int]]:
        """Point fd 1 and 2 at the tapes; (descriptor, its copy) pairs to undo it."""
        saved = []
        _flush_real()
        for target, tape in zip((1, 2), tapes, strict=True) if self._descriptors else ():
            with contextlib.suppress(OSError):  # closed from the start: nothing to save, nothing to take
                saved.append((target, os.dup(target)))
                os.dup2(tape.fd, target, inheritable=True)
        return saved

    def _give_descriptors_back(self, saved: list[tuple[int, int]]) -> None:
        _flush_real()
        for target, copy in saved:
            os.dup2(copy, target, inheritable=True)
            os.close(copy)


def _flush_real() -> None:
    """Let what waits in Python's own buffers go where it was meant to go."""
    for stream in (sys.__stdout__, sys.__stderr__):
        with contextlib.suppress(OSError, ValueError):  # closed, or no such descriptor: nothing waits
            if stream is not None:
                stream.flush()
