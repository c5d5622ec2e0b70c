"""The thread that trims capture files which other hands write to: see capture_file.py."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterable
from typing import Final

from dojobber_nb.engine.capture_file import CaptureFile

PERIOD: Final = 0.02  # seconds between two looks
IDLE_PERIODS: Final = 50  # without work, after which the thread is parked; waking it costs a call more
MOST_HELD: Final = 256  # files held by children that are trimmed at the same time; each takes a descriptor


class FileTrimmer:
    """Trims files that child processes write to: those of the phases under way, and those that children keep open."""

    def __init__(self) -> None:
        self._sources: list[Callable[[], Iterable[CaptureFile]]] = []
        self._held: list[CaptureFile] = []
        self._work = threading.Event()
        self._parked = False
        self._thread: threading.Thread | None = None

    def begin(self, files: Callable[[], Iterable[CaptureFile]]) -> None:
        """Poll these files from now on."""
        self._sources.append(files)
        self._wake()

    def end(self, files: Callable[[], Iterable[CaptureFile]]) -> None:
        """Stop polling these files."""
        with contextlib.suppress(ValueError):
            self._sources.remove(files)

    def leave(self, file: CaptureFile) -> None:
        """Close the file as soon as no child has it open."""
        if file.leave():
            self._held.append(file)
            for oldest in self._held[:-MOST_HELD]:
                oldest.close()
            self._wake()

    def _wake(self) -> None:
        if self._parked:
            self._work.set()
        if self._thread is None or not self._thread.is_alive():  # a forked child has no threads
            thread = threading.Thread(target=self._look_on, name="dojobber-capture-trimmer", daemon=True)
            with contextlib.suppress(RuntimeError):  # no threads here: Python's own writes are trimmed all the same
                thread.start()
                self._thread = thread

    def _look_on(self) -> None:
        if hasattr(signal, "pthread_sigmask"):  # a signal must reach the job's thread to end its sleep
            signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        idle = 0
        while True:
            time.sleep(PERIOD)
            self._look()
            idle = 0 if self._sources or self._held else idle + 1
            if idle > IDLE_PERIODS:
                self._park()

    def _park(self) -> None:
        self._parked = True
        if not self._sources and not self._held:  # none was added since
            self._work.wait()
        self._parked = False
        self._work.clear()

    def _look(self) -> None:
        for files in tuple(self._sources):
            for file in files():
                file.trim()
        for file in tuple(self._held):
            file.trim()
            if not file.is_held():
                self._held.remove(file)


TRIMMER: Final = FileTrimmer()
