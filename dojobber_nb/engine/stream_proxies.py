"""Proxies for sys.stdout, sys.stderr and sys.stdin while phases are captured, and taps on the real streams.

None of them holds a capture: for each write they look up the current phase. So a proxy that a logging handler has kept
from an earlier step or run writes to the phase of now, and to the real stream when there is none.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable
from typing import Any

from dojobber_nb.engine.descriptors import STANDARD, write_all
from dojobber_nb.engine.phase_output import PhaseOutput, current_phase


class StreamTap:
    """Replaces `write` on a real stream, for objects that have held it from before: handlers, consoles.

    Text of a phase goes to the phase. Other text goes `through` to the stream, or to the copy of a redirected 1 or 2.
    """

    def __init__(self, stream: Any, which: int) -> None:
        self._stream, self._which = stream, which
        self._before = vars(stream).get("write")  # an override of somebody else
        self._number = _number_of(stream)
        self.through: Callable[[str], Any] = stream.write
        self.stays = False  # not removed when nothing is captured any more
        stream.write = self.write

    def write(self, text: str) -> Any:
        """Write to the phase that this thread belongs to, else to the stream."""
        phase = current_phase()
        if phase is not None and type(text) is str and phase.write(self._which, text):
            return len(text)
        if self._number and STANDARD.are_redirected and (fd := STANDARD.copy_of(self._number)) is not None:
            encoding, errors = self._stream.encoding or "utf-8", self._stream.errors or "backslashreplace"
            write_all(fd, text.encode(encoding, errors))
            return len(text)
        return self.through(text)

    def remove(self) -> None:
        """Restore the stream's own `write`."""
        if self.stays or tap_of(self._stream) is not self:
            return
        if self._before is None:
            del self._stream.write
        else:
            self._stream.write = self._before


def tap_of(stream: Any) -> StreamTap | None:
    """The tap on that stream, if there is one."""
    with contextlib.suppress(TypeError, AttributeError):
        tap = getattr(vars(stream).get("write"), "__self__", None)
        return tap if isinstance(tap, StreamTap) else None
    return None


def ensure_tap(stream: Any, which: int) -> StreamTap | None:
    """The tap on that stream, set if there is none; None if it cannot be set."""
    tap = tap_of(stream)
    if tap is None:
        with contextlib.suppress(TypeError, AttributeError):
            tap = StreamTap(stream, which)
    return tap


def _number_of(stream: Any) -> int:
    """The stream's descriptor if it is 1 or 2; else 0."""
    with contextlib.suppress(Exception):  # no descriptor, or none that can be told
        number = stream.fileno()
        return number if number in (1, 2) else 0
    return 0


class OutputProxy(io.TextIOBase):
    """sys.stdout (0) or sys.stderr (1) while phases are captured: writes to the current phase, or the real stream."""

    def __init__(self, which: int, real: Any) -> None:
        self._which, self.real = which, real

    def write(self, text: str) -> int:
        """Write to the phase that this thread belongs to, else to the real stream, if there is one."""
        phase = current_phase()
        if (phase is None or not phase.write(self._which, text)) and self.real is not None:
            self.real.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush the real stream; capture files have no buffer."""
        if self.real is not None:
            self.real.flush()

    def close(self) -> None:
        """Do nothing: a job that closes its stdout must not close that of others."""

    def isatty(self) -> bool:
        """False: a capture file is no terminal."""
        return False

    def fileno(self) -> int:
        """In a phase the descriptor of its file, for child processes; else that of the real stream.

        1 or 2 if the phase has redirected them: these numbers stay valid after the phase, for faulthandler and others
        that keep them.
        """
        phase = current_phase()
        files = phase.files if phase is not None else ()
        if not files:
            return int(self.real.fileno())
        number = self._which + 1
        return number if STANDARD.is_redirected_to(phase, number) else files[self._which].fd

    def writable(self) -> bool:
        """True."""
        return True

    @property
    def buffer(self) -> Any:
        """The binary stream."""
        phase = current_phase()
        return self.real.buffer if phase is None else _Bytes(self, phase)

    def write_bytes(self, phase: PhaseOutput, data: bytes) -> None:
        """Write to that phase, or to the real stream once it is over."""
        if not phase.write(self._which, data) and self.real is not None:
            self.real.buffer.write(data)

    def __getattr__(self, name: str) -> Any:
        """All other attributes are the real stream's."""
        return getattr(self.real, name)

    @property
    def encoding(self) -> str:  # type: ignore[override]  # TextIOBase has a plain attribute
        """utf-8, whatever the encoding of the real stream."""
        return "utf-8"

    @property
    def errors(self) -> str:  # type: ignore[override]  # TextIOBase has a plain attribute
        """Lone surrogates are written as escapes."""
        return "backslashreplace"


class _Bytes(io.RawIOBase):
    """The binary stream of stdout or stderr in a phase."""

    def __init__(self, stand_in: OutputProxy, phase: PhaseOutput) -> None:
        self._proxy_for, self._phase = stand_in, phase

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, data: Any) -> int:
        """Add the bytes."""
        self._proxy_for.write_bytes(self._phase, bytes(data))
        return len(data)


class InputProxy(io.TextIOBase):
    """sys.stdin at a terminal: when a phase reads, its last captured line is shown there as the prompt."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def readline(self, size: int | None = -1) -> str:  # type: ignore[override]  # typeshed knows no None here
        """Show the phase's prompt on the terminal, and read the answer."""
        phase = current_phase()
        files = phase.files[:2] if phase is not None else ()
        question = "".join(file.last_line() for file in files)
        if question:
            _show(question)
        answer = self.real.readline(size)
        for file in files:
            if file.last_line():
                file.write("\n")  # the terminal has echoed the newline
        return str(answer)

    def read(self, size: int | None = -1) -> str:
        """Read to end of file."""
        return str(self.real.read(size))

    def fileno(self) -> int:
        """The terminal's descriptor."""
        return int(self.real.fileno())

    def isatty(self) -> bool:
        """True."""
        return True

    def readable(self) -> bool:
        """True."""
        return True

    def close(self) -> None:
        """Do nothing: a job that closes its stdin must not close that of others."""

    def __getattr__(self, name: str) -> Any:
        """All other attributes are the real stream's."""
        return getattr(self.real, name)


def real_stream(stream: Any) -> Any:
    """The stream behind the proxies, or the stream itself."""
    while type(stream) in {OutputProxy, InputProxy}:
        stream = stream.real
    return stream


def _show(text: str) -> None:
    for number in (1, 2, 0):
        fd = STANDARD.copy_of(number)
        if fd is not None and os.isatty(fd):
            write_all(fd, text.encode("utf-8", "backslashreplace"))
            return
