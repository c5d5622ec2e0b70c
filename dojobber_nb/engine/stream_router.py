"""ROUTER: routes the output of this process to the phases of all runs under way in it.

A process has one set of streams, descriptors and root logger, and may have many runs: in threads, on one event loop, in
two dashboards, one inside a job of another. So proxies and taps are installed when the first captured call begins, and
removed when the last one ends; in between, thread and context tell which phase a line belongs to (`phase_output`). Only
fd 1 and 2 cannot be shared (`descriptors`).

The handler on the root logger drops nothing: a record outside of phases that no other handler gets goes to stderr, as
it would without it.
"""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from dojobber_nb.engine.capture_file_trimmer import TRIMMER
from dojobber_nb.engine.descriptors import STANDARD
from dojobber_nb.engine.phase_output import ThreadMarks, current_phase
from dojobber_nb.engine.prompt_guard import guard_prompts, restore_prompts
from dojobber_nb.engine.stream_proxies import InputProxy, OutputProxy, StreamTap, ensure_tap, real_stream

if TYPE_CHECKING:
    from dojobber_nb.engine.capture import Capture

log = logging.getLogger("DoJobber")


class _LogTap(logging.Handler):
    """Appends log records to the log of the current phase."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line for the record."""
        try:
            if phase := current_phase():
                phase.log(self.format(record) + "\n")
            elif logging.lastResort and record.levelno >= logging.lastResort.level and self._is_alone(record):
                logging.lastResort.handle(record)
        except Exception:  # noqa: BLE001  # logging's own rule: a bad record must not fail the caller
            self.handleError(record)

    def _is_alone(self, record: logging.LogRecord) -> bool:
        """Whether no other handler gets the record."""
        logger: logging.Logger | None = logging.getLogger(record.name)
        while logger:
            if any(handler is not self for handler in logger.handlers):
                return False
            logger = logger.parent if logger.propagate else None
        return True


_Streams = tuple[Any, Any, Any]


class StreamRouter:
    """Installs and removes what all runs of the process share."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._calls = set[object]()
        self._captures: dict[Capture, _Streams] = {}  # and the streams that were there when each began
        self._taps: list[StreamTap] = []
        self._log_tap = _LogTap()
        self._threads = ThreadMarks()

    @contextlib.contextmanager
    def call(self, capture: Capture | None = None) -> Iterator[None]:
        """Around a call of a runner: restores streams and descriptors afterwards. `capture` captures its phases."""
        seen, call = self.current(), object()
        try:
            self._begin(call, capture, seen)
            yield
        finally:
            self._end(call, capture, seen)

    def _begin(self, call: object, capture: Capture | None, seen: _Streams) -> None:
        with self._lock:
            self._calls.add(call)
            if len(self._calls) == 1:
                STANDARD.copy()
            if capture is not None:
                STANDARD.identify_copies()
                self._captures[capture] = seen
                if len(self._captures) == 1:
                    self._threads.begin()
                self._tap(seen)
                TRIMMER.begin(capture.files)
                self.install_proxies()
                sys.stdin = _proxy_for(2, sys.stdin)

    def _end(self, call: object, capture: Capture | None, seen: _Streams) -> None:
        with self._lock, contextlib.ExitStack() as steps:  # in reverse order, whatever one of them raises
            steps.callback(self._end_call, call)
            steps.callback(self._restore_descriptors)
            steps.callback(self._restore_streams, seen)
            if capture is not None:
                steps.callback(self._remove_capture, capture)
                steps.callback(capture.close)
                steps.callback(TRIMMER.end, capture.files)

    def _remove_capture(self, capture: Capture) -> None:
        if self._captures.pop(capture, None) and not self._captures:
            self._remove_hooks()

    def _restore_streams(self, seen: _Streams) -> None:
        restored = map(self._stream_after_call, (0, 1, 2), seen) if self._captures else map(real_stream, seen)
        sys.stdout, sys.stderr, sys.stdin = restored

    @staticmethod
    def _restore_descriptors() -> None:
        if STANDARD.restore_if_changed():
            tell_closed("A job of this call")

    def _end_call(self, call: object) -> None:
        self._calls.discard(call)
        if not self._calls:
            STANDARD.close_copies()

    def _remove_hooks(self) -> None:
        self._threads.end()
        restore_prompts()
        logging.getLogger().removeHandler(self._log_tap)
        while self._taps:
            self._taps.pop().remove()

    def _tap(self, seen: _Streams) -> None:
        for which, streams in enumerate(((seen[0], sys.__stdout__), (seen[1], sys.__stderr__))):
            for stream in map(real_stream, streams):
                tap = ensure_tap(stream, which)
                if tap is not None and tap not in self._taps:
                    self._taps.append(tap)

    @staticmethod
    def current() -> _Streams:
        """sys.stdout, sys.stderr and sys.stdin as they are now."""
        stdout, stderr, stdin = (getattr(sys, name, None) for name in ("stdout", "stderr", "stdin"))  # a job may `del`
        return stdout, stderr, stdin

    def install_proxies(self) -> _Streams:
        """Before a phase: install the proxies that are missing, around the current streams. Returns the streams."""
        stdout, stderr, _ = self.current()
        if type(stdout) is not OutputProxy:
            sys.stdout = OutputProxy(0, stdout)
        if type(stderr) is not OutputProxy:
            sys.stderr = OutputProxy(1, stderr)
        root = logging.getLogger()
        if self._log_tap not in root.handlers:
            root.addHandler(self._log_tap)
        guard_prompts()
        return self.current()

    @staticmethod
    def restore(streams: _Streams) -> None:
        """After a phase: restore the streams that its job has replaced."""
        stdout, stderr, sys.stdin = streams
        now_stdout, now_stderr, _ = StreamRouter.current()
        if type(now_stdout) is not OutputProxy:
            sys.stdout = stdout
        if type(now_stderr) is not OutputProxy:
            sys.stderr = stderr

    def _stream_after_call(self, which: int, seen: Any) -> Any:
        """The stream to leave when a call ends that found `seen` when it began."""
        real = real_stream(seen)
        if not any(real is real_stream(streams[which]) for streams in self._captures.values()):
            return real
        return _proxy_for(which, seen)


_PROXIES: Final = (OutputProxy, InputProxy)


def _proxy_for(which: int, stream: Any) -> Any:
    """A proxy for stdout (0), stderr (1) or stdin (2); a stdin that is no terminal needs none."""
    if type(stream) in _PROXIES:
        return stream
    if which < 2:
        return OutputProxy(which, stream)
    with contextlib.suppress(Exception):  # closed, or no stream at all
        if stream.isatty():
            return InputProxy(stream)
    return stream


def tell_closed(job: str) -> None:
    """Log that a job has closed descriptors of the process."""
    log.critical(
        "%s closed or replaced file descriptors that are not its own; stdin, stdout, stderr and the directory were "
        "restored",
        job,
    )


ROUTER: Final = StreamRouter()
