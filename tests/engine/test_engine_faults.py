"""Errors that come amid a phase and not from its job: whatever leaves a call, no job starts whose needs never ran."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import dojobber_nb
from dojobber_nb import DoJobber, Record
from dojobber_nb.core.errors import CaptureError, OutOfTurnError
from dojobber_nb.core.events import PassStarted, Phase, PhaseStarted, RunStarted
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.state import RunState
from tests.support.graphs import Call, Plan, build
from tests.support.laws import LAWS, the_events_fold_to_the_state
from tests.support.surroundings import surroundings
from tests.support.trial import ClockError, Trial

PLANS = [
    Plan("Fill", check="ny", cleanup="y"),
    Plan("Park", check="y"),
    Plan("Drive", ("Fill", "Park"), check="nnny", tries=3, delay=5.0, cleanup="y"),
    Plan("Wash", check="y"),
    Plan("Trip", ("Drive", "Wash"), check="ny", cleanup="y"),
]


def holds_up(trial: Trial) -> None:
    """The laws of what was told so far; then the run goes on to success, each Cleanup called once."""
    goes_on_to_success(trial)
    cleaned = [(call.job, call.attempt) for call in trial.calls if call.phase == "cleanup"]
    assert len(cleaned) == len(set(cleaned)) == len([call for call in trial.calls if call.phase == "run"])


def goes_on_to_success(trial: Trial) -> None:
    the_events_fold_to_the_state(trial.dj)
    trial.go("run")
    assert trial.dj.success()
    for law in LAWS:
        law(trial.dj.state.graph, trial.dj.events)


def until_it_raises_no_more(attempt: Callable[[int], bool]) -> int:
    """Call it with 1, 2, 3 …, the look or system call that fails; how many there were."""
    number = 1
    while attempt(number):
        number += 1
    return number


@pytest.mark.parametrize("kept", ["", "capture", "record"])
@pytest.mark.parametrize("call", ["run", "checknrun"])
def test_a_clock_that_raises_at_any_look_leaves_no_phase_open(kept: str, call: str, tmp_path: Path) -> None:
    before = surroundings()

    def attempt(number: int) -> bool:
        file = tmp_path / f"{number}.sqlite"
        options: dict[str, Any] = {"capture": True, "record": file}
        trial = Trial(PLANS, **{name: options[name] for name in options if name == kept})
        clock = trial.clock
        clock.fails_at = number
        with contextlib.suppress(ClockError):
            trial.go(call)
        assert surroundings() == before
        raised = clock.looks >= number
        holds_up(trial)
        assert kept != "record" or Record(file).runs[-1].nodestatus == trial.dj.nodestatus
        return raised

    assert until_it_raises_no_more(attempt) > 30


def test_no_descriptors_left_is_told_by_job_and_the_run_goes_on_once_there_are() -> None:
    trial = Trial(PLANS, capture=True)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    fd = os.dup(1)
    os.close(fd)

    def lower_the_limit(call: Call) -> None:
        sys.stdout.write(f"{call}\n")
        if call.phase == "run":
            resource.setrlimit(resource.RLIMIT_NOFILE, (fd, hard))

    trial.trick = lower_the_limit
    try:
        with pytest.raises(CaptureError, match=r"\w+\.\w+: its output .*Too many open files") as raised:
            trial.go("run")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert raised.value.errno == errno.EMFILE
    assert isinstance(raised.value.__cause__, OSError)
    trial.trick = None
    holds_up(trial)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the signal may hit a __del__
@pytest.mark.parametrize("capture", [False, True])
def test_a_time_limit_by_signal_may_hit_anywhere(capture: bool) -> None:
    """The handler's own exception leaves the call, wherever it hits, and the run goes on from there."""
    before, hits = surroundings(), 0

    def limit(_signum: int, _frame: FrameType | None) -> None:
        raise TimeoutError("over the limit")

    kept = signal.signal(signal.SIGALRM, limit)
    try:
        for delay in range(1, 120):
            trial = Trial([plan._replace(tries=9) for plan in PLANS], capture=capture)
            try:
                signal.setitimer(signal.ITIMER_REAL, delay * 2e-5)
                trial.go("run")
                signal.setitimer(signal.ITIMER_REAL, 0)
            except TimeoutError:
                hits += 1
            assert surroundings() == before
            goes_on_to_success(trial)
    finally:
        signal.signal(signal.SIGALRM, kept)
    assert hits


def test_a_signal_ends_a_retry_wait_and_its_handler_is_called_there() -> None:
    dj = DoJobber()
    dj.configure(build([Plan("Fill", check="n", delay=3000.0)], dojobber_nb, lambda _call: None)[0])

    def limit(_signum: int, _frame: FrameType | None) -> None:
        raise TimeoutError("over the limit")

    kept = signal.signal(signal.SIGALRM, limit)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(TimeoutError):
            dj.run()
    finally:
        signal.signal(signal.SIGALRM, kept)
    assert dj.state.jobs["Fill"].tries == 1


def test_what_leaves_a_call_says_in_which_phase_it_came() -> None:
    trial = Trial(PLANS)
    clock = trial.clock
    notes = set()
    for number in range(1, 9):
        clock.looks, clock.fails_at = 0, number
        with contextlib.suppress(ClockError):
            try:
                trial.dj.step()
            except ClockError as error:
                notes |= set(getattr(error, "__notes__", ()))
                raise
        clock.fails_at = 0
    assert any("during Fill.check" in note for note in notes)


def test_a_turn_cannot_be_taken_twice() -> None:
    trial = Trial(PLANS)
    state = RunState(JobGraph.of(trial.jobs[-1]))
    begun = PhaseStarted("Fill", Phase.CHECK, 1, 0.0)
    for event in (RunStarted("Trip", state.graph.names, False, True, 0.0), PassStarted(1, 0.0), begun):
        state.apply(event)
    with pytest.raises(OutOfTurnError, match="Fill"):
        state.apply(begun)


@pytest.mark.parametrize("look", range(1, 6))
def test_a_cleanup_that_was_not_called_is_due_again_and_no_other_is_called_twice(look: int) -> None:
    trial = Trial(PLANS)
    clock = trial.clock
    while not trial.dj.next_step or trial.dj.next_step[1] is not Phase.CLEANUP:
        trial.dj.step()
    clock.looks, clock.fails_at = 0, look
    with contextlib.suppress(ClockError):
        trial.dj.step()
    clock.fails_at = 0
    holds_up(trial)


@pytest.mark.parametrize("ticks", [0.0, -100.0, 1e-9])
def test_a_clock_that_stands_still_or_goes_back_makes_no_wait_endless(ticks: float) -> None:
    """As freezegun's does, and a `time.monotonic` that a test has patched."""
    now, slept = 1000.0, list[float]()

    def clock() -> float:
        nonlocal now
        now += ticks
        return now

    dj = DoJobber(clock=clock, sleep=lambda seconds, _wake: slept.append(seconds))
    dj.configure(build([Plan("Fill", check="nny", delay=4000.0)], dojobber_nb, lambda _call: None)[0])
    dj.run()
    assert dj.success()
    assert 3999.9 < sum(slept) < 5000.0
    assert max(slept) <= 3600.0


def test_a_patched_monotonic_clock_makes_no_real_wait_endless(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.monotonic", lambda: 5.0)
    dj = DoJobber(clock=lambda: 5.0)
    dj.configure(build([Plan("Fill", check="nny", tries=2, delay=0.3)], dojobber_nb, lambda _call: None)[0])
    dj.run()
    assert dj.state.jobs["Fill"].tries == 2
