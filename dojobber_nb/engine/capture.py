"""What a phase prints: Python's streams and logging on its thread, and what child processes write to fd 1 and 2.

Each stream of a phase is a file without a name, in memory where the system has such: a child that outlives its phase is
never killed by a closed pipe, and what is there so far can be read while the phase goes on. A file that was printed to,
or that a child may still hold, is not used again: late words go to no other phase.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final, NamedTuple

from dojobber_nb.core.secrets import scrub_part

_spent: Callable[[], object] | None = None  # by child processes that have come and gone
with contextlib.suppress(ImportError):  # Windows, JupyterLite: there no file is used twice
    from resource import RUSAGE_CHILDREN, getrusage

    _spent = partial(getrusage, RUSAGE_CHILDREN)

LIMIT = 256 * 1024  # bytes kept of each text: as much from its end as from its beginning
MOST = 32 * LIMIT  # bytes that a file may hold before what is between is let go
BROKEN: Final = "\ufffd"  # what a character is read as of which only a part is there


class Output(NamedTuple):
    """The texts of a phase."""

    stdout: str = ""
    stderr: str = ""
    log: str = ""


SILENCE: Final = Output()


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

    def write_line(self, text: str) -> None:
        """Add the text as a line of its own."""
        with contextlib.suppress(OSError):
            size = os.fstat(self.fd).st_size
            begun = size > 0 and os.pread(self.fd, 1, size - 1) != b"\n"
            self.write(f"\n{text}\n" if begun else f"{text}\n")

    @property
    def is_blank(self) -> bool:
        """Whether nothing has been written to it."""
        return not os.lseek(self.fd, 0, os.SEEK_CUR)  # all that write share one offset

    def read(self, *, growing: bool = False) -> str:
        """What is there so far, scrubbed, with a note of what was cut."""
        if self.is_blank:
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
            return _scrubbed(head + tail, growing=growing)
        return f"{_scrubbed(head, growing=True)}\n… {cut:,} bytes cut …\n{_scrubbed(tail, cut=True, growing=growing)}"

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


def _scrubbed(data: bytes, *, cut: bool = False, growing: bool = False) -> str:
    """The text without secrets, and without a part of one where it was cut in front, or goes on behind."""
    text = data.decode("utf-8", "replace")
    text = text.lstrip(BROKEN) if cut else text
    text = text.rstrip(BROKEN) if growing else text
    return scrub_part(text, cut_before=cut, cut_behind=growing)


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
        self._blank: list[_Tape] = []  # of a phase that printed nothing: the next one's
        self._real: list[tuple[int, int]] = []  # (descriptor, a copy of what it was before the call)
        self._children: object = None
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

    def say(self, line: str) -> None:
        """Add a line to what the phase under way prints, at its end so far."""
        self._tapes[0].write_line(line)

    def so_far(self) -> Output:
        """What the phase under way has printed; empty between phases. From any thread."""
        return self._read(growing=True)

    def _read(self, *, growing: bool) -> Output:
        tapes = self._tapes
        try:
            if all(tape.is_blank for tape in tapes):
                return SILENCE
            return Output(*(tape.read(growing=growing) for tape in tapes))
        except (OSError, ValueError):  # the phase ended in this very moment
            return Output()

    @contextlib.contextmanager
    def streams(self) -> Iterator[None]:
        """Stand in for sys.stdout, sys.stderr and at the root logger during a call; put all back after it."""
        real = sys.stdout, sys.stderr
        tap = _LogTap(self)
        sys.stdout, sys.stderr = self._routed = (_Routed(self, 0, real[0]), _Routed(self, 1, real[1]))
        self._real = [(target, copy) for target in (1, 2) if self._descriptors and (copy := _copy(target)) is not None]
        logging.getLogger().addHandler(tap)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(tap)
            sys.stdout, sys.stderr = real
            for tape in self._blank:
                tape.close()
            for _, copy in self._real:
                os.close(copy)
            self._blank, self._real = [], []

    def begin(self) -> None:
        """During `streams`: what is printed from now on is that of a phase."""
        tapes, self._blank = self._blank or [_Tape(), _Tape()], []
        self._take_descriptors(tapes)
        self._tapes, self._thread = tapes, threading.get_ident()

    def end(self) -> Output:
        """What was printed since; SILENCE itself when that is nothing."""
        self._thread = None
        self._give_descriptors_back()
        sys.stdout, sys.stderr = self._routed  # the job may have put others there
        printed = self._read(growing=False)
        tapes, self._tapes = self._tapes, []
        if printed is SILENCE and not self._had_children():
            self._blank = tapes
        else:
            for tape in tapes:
                tape.close()
        return printed

    def _had_children(self) -> bool:
        """Whether there may have been child processes since this was asked last."""
        before, self._children = self._children, _children()
        return before is None or before != self._children

    def _take_descriptors(self, tapes: list[_Tape]) -> None:
        """Point fd 1 and 2 at the tapes; those closed from the start stay closed."""
        _flush_real()
        for target, _ in self._real:
            os.dup2(tapes[target - 1].fd, target)

    def _give_descriptors_back(self) -> None:
        _flush_real()
        for target, copy in self._real:
            os.dup2(copy, target)


def _copy(fd: int) -> int | None:
    """Another descriptor of the same file; None when it is closed."""
    try:
        return os.dup(fd)
    except OSError:
        return None


def _children() -> object:
    """What all child processes so far have cost; None while there are some, or where that cannot be told.

    Every child that has come and gone has cost something. One that it left behind may hold a descriptor of ours.
    """
    if _spent is None or signal.getsignal(signal.SIGCHLD) is signal.SIG_IGN:
        return None
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return _spent()
    return None


def _flush_real() -> None:
    """Let what waits in Python's own buffers go where it was meant to go."""
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            try:  # noqa: SIM105  # suppress() costs more than all the rest
                stream.flush()
            except (OSError, ValueError):  # closed, or no such descriptor: nothing waits
                pass
