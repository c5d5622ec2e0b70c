"""DoJobber's lines on stderr, exactly as DoJobber prints them, and its logger."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator
from typing import Any

from dojobber_nb.core.events import Event, Phase, PhaseEnded, PhaseStarted
from dojobber_nb.core.preview import exception_text
from dojobber_nb.core.secrets import reach, scrub

log = logging.getLogger("DoJobber")


class _Stderr(logging.StreamHandler[Any]):
    """Writes to what sys.stderr is at that moment."""

    @property
    def stream(self) -> Any:
        """sys.stderr."""
        return sys.stderr

    @stream.setter
    def stream(self, _stream: Any) -> None:
        """Ignored: StreamHandler sets it."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Print the logging error on stderr; a closed stderr must not fail the run."""
        with contextlib.suppress(OSError, ValueError):
            super().handleError(record)


def log_from(level: int | str | None) -> None:
    """Log to stderr from that level on. None: CRITICAL only, and to the user's handlers."""
    log.setLevel(logging.CRITICAL if level is None else level)
    if level is not None and not log.handlers:
        handler = _Stderr()
        handler.setFormatter(logging.Formatter("DoJobber %(levelname)-19s: %(message)s"))
        log.addHandler(handler)


def _scrubbed(record: logging.LogRecord) -> bool:
    """Scrub the message and the traceback of a log record; always True, as a filter."""
    if reach():
        with contextlib.suppress(Exception):  # a message that cannot be formatted is the handler's error
            record.msg, record.args = scrub(record.getMessage()), ()
        if record.exc_info:
            record.exc_text = scrub(logging.Formatter().formatException(record.exc_info))
    return True


log.addFilter(_scrubbed)


def printer(*, verbose: bool, debug: bool) -> _Printer:
    """A listener that prints what `verbose` and `debug` ask for; a failed Cleanup is printed always."""
    return _Printer(verbose=verbose or debug, debug=debug)


class _Printer:
    def __init__(self, *, verbose: bool, debug: bool) -> None:
        self._verbose, self._debug = verbose, debug

    def __call__(self, event: Event) -> None:
        stderr: Any = getattr(sys, "stderr", None)  # a job may have deleted sys.stderr
        for line in self._lines(event) if stderr is not None else ():
            stderr.write(f"{scrub(line)}\n")

    def _lines(self, event: Event) -> Iterator[str]:
        match event:
            case PhaseStarted(job, Phase.CLEANUP) if self._debug:
                yield f"{job}.cleanup running"
            case PhaseEnded(job, Phase.CLEANUP, ok=True) if self._debug:
                yield f"{job}.cleanup: pass"
            case PhaseEnded(job, Phase.CLEANUP, ok=False):
                yield f"{job}.cleanup: fail{_quoted(event.error)}"
            case PhaseEnded(phase=phase) if self._verbose and phase is not Phase.CLEANUP:
                yield _verdict(event)
                if self._debug and not event.ok:
                    yield _told[phase] + event.traceback.strip().replace("\n", "\n  ")


def _verdict(event: PhaseEnded) -> str:
    phase = Phase.CHECK if event.phase is Phase.INIT else event.phase
    reason = _quoted(event.error) if phase is Phase.RECHECK else ""
    return f"{event.job}.{phase}: {'pass' if event.ok else 'fail'}{reason}"


def _quoted(error: BaseException | None) -> str:
    return "" if error is None else f' "{exception_text(error)}"'


_told = {
    Phase.INIT: "  Could not create job, error was ",
    Phase.CHECK: "  Error was:\n  ",
    Phase.RUN: "  Error was:\n  ",
    Phase.RECHECK: "  Error was:\n  ",
}
