"""A signal handler of the caller that raises in job code ends the call: it is no verdict on the phase."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from types import FrameType

import pytest

from dojobber_nb import DoJobber, Job
from tests.support.laws import LAWS

PATIENCE = 20.0


class OverError(OSError):
    """Has an errno, as errors of the system have."""

    def __init__(self) -> None:
        super().__init__(5, "over the limit")


@pytest.fixture
def limit() -> Iterator[None]:
    """SIGALRM raises OverError."""

    def over(_number: int, _frame: FrameType | None) -> None:
        raise OverError

    kept = signal.signal(signal.SIGALRM, over)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, kept)


def slow(calls: list[str], *, at: str, capture: bool) -> DoJobber:
    """A runner of one job of which the first call of that phase lasts too long."""

    def call(phase: str) -> None:
        calls.append(phase)
        sys.stdout.write(f"{phase}\n")
        if phase == at and calls.count(phase) == 1:
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            time.sleep(PATIENCE)

    class Fill(Job):
        TRIES = 1

        def Check(self) -> None:
            call("check")
            assert "run" in calls

        def Run(self) -> None:
            call("run")

    dj = DoJobber()
    dj.configure(Fill, capture=capture)
    return dj


@pytest.mark.usefixtures("limit")
@pytest.mark.parametrize("capture", [False, True])
@pytest.mark.parametrize("at", ["check", "run"])
@pytest.mark.parametrize("how", ["checknrun", "run", "step_job"])
def test_what_it_raises_leaves_the_call_and_charges_nothing(how: str, at: str, *, capture: bool) -> None:
    dj = slow(calls := [], at=at, capture=capture)
    with pytest.raises(OverError) as raised:
        getattr(dj, how)()
    assert f"Fill.{at}" in raised.value.__notes__[0]
    assert (dj.nodestatus, dj.state.jobs["Fill"].tries, calls[-1]) == ({"Fill": None}, 0, at)
    assert dj.events[-1].stdout == (f"{at}\n" if capture else "")
    dj.run()
    for law in LAWS:
        law(dj.state.graph, dj.events)
    assert dj.success()


@pytest.mark.usefixtures("limit")
def test_it_leaves_a_run_within_a_job_of_another_run() -> None:
    inner = slow([], at="run", capture=True)

    class Outer(Job):
        def Check(self) -> None:
            inner.run()
            assert inner.success()

    dj = DoJobber()
    dj.configure(Outer, capture=True)
    with pytest.raises(OverError):
        dj.run()
    assert (inner.nodestatus, dj.nodestatus) == ({"Fill": None}, {"Outer": None})
    dj.run()
    assert dj.success()


def test_a_handler_that_the_job_has_set_is_the_jobs_own() -> None:
    kept = signal.getsignal(signal.SIGALRM)

    def over(_number: int, _frame: FrameType | None) -> None:
        raise OverError

    class Fill(Job):
        TRIES = 1

        def Check(self) -> None:
            signal.signal(signal.SIGALRM, over)
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            time.sleep(PATIENCE)

    dj = DoJobber()
    dj.configure(Fill)
    try:
        dj.run()
    finally:
        signal.signal(signal.SIGALRM, kept)
    assert isinstance(dj.nodeexceptions["Fill"], OverError)
