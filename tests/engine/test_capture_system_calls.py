"""System calls of the capture that fail, one after the other: no phase is left open, and streams are as before."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import dojobber_nb
from dojobber_nb.core.errors import CaptureError
from tests.engine.test_engine_faults import PLANS, holds_up, until_it_raises_no_more
from tests.support.surroundings import surroundings
from tests.support.trial import Trial

ENGINE = str(Path(dojobber_nb.__file__).parent / "engine")


EMFILE = partial(OSError, errno.EMFILE, "Too many open files")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # it may come in a __del__
@pytest.mark.parametrize("error", [EMFILE, MemoryError, KeyboardInterrupt])
def test_a_system_call_that_fails_while_output_is_captured_leaves_no_phase_open(
    error: Callable[[], BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = surroundings()

    def attempt(number: int) -> bool:
        trial = Trial(PLANS, capture=True)
        failing = system_calls_failing_at(number, error, monkeypatch)
        with failing as made, contextlib.suppress(type(error()), CaptureError):
            trial.go("run")
        assert surroundings() == before
        holds_up(trial)
        return made() >= number

    assert until_it_raises_no_more(attempt) > 10


CALLS = ("memfd_create", "dup", "dup2", "write", "lseek", "pread", "fstat", "ftruncate", "pipe", "set_inheritable")


@contextlib.contextmanager
def system_calls_failing_at(
    number: int, error: Callable[[], BaseException], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], int]]:
    """While inside, that one of the engine's own system calls raises; gives how many were made so far."""
    made = 0

    def failing(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal made
            in_engine = sys._getframe(1).f_code.co_filename.startswith(ENGINE)
            if in_engine and threading.current_thread() is threading.main_thread():
                made += 1
                if made == number:
                    raise error()
            return real(*args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        for name in CALLS:
            patch.setattr(os, name, failing(getattr(os, name)))
        yield lambda: made
