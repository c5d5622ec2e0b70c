"""Ctrl-C and dj.interrupt() at any moment: raised as KeyboardInterrupt, nothing charged, nothing lost, all put back."""

from __future__ import annotations

import ctypes
import functools
import gc
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from dojobber_nb import DoJobber, Job
from dojobber_nb.core.events import Interrupted, Outcome, Phase
from tests.support.graphs import Call, Plan
from tests.support.laws import (
    LAWS,
    status_is_the_last_verdict,
    the_events_fold_to_the_state,
    tries_are_the_attempts_charged,
)
from tests.support.surroundings import surroundings
from tests.support.trial import Trial

ROOT = Path(__file__).parents[2]
PLANS = [
    Plan("Fill", check="ny", cleanup="y"),
    Plan("Drive", ("Fill",), check="nnny", tries=2, delay=1.0),
]
CALLS = ("checknrun", "run", "step_pass", "step")


def all_is_well(trial: Trial, before: dict[str, Any]) -> None:
    """The laws hold, all is put back, and going on leads to success."""
    assert surroundings() == before
    assert not trial.dj.view.going_on
    for law in LAWS:
        law(trial.dj.state.graph, trial.dj.events)
    status_is_the_last_verdict(trial.dj)
    tries_are_the_attempts_charged(trial.dj)
    the_events_fold_to_the_state(trial.dj)


def goes_on_to_success(trial: Trial, call: str) -> None:
    trial.go("checknrun" if call == "checknrun" else "run")
    assert trial.dj.success()
    assert trial.dj.state.ended is Outcome.SUCCESS
    for law in LAWS:
        law(trial.dj.state.graph, trial.dj.events)


# --- at every line -------------------------------------------------------------------------------------------------

TRACED = ("dojobber_nb.core", "dojobber_nb.engine", "contextlib", "signal")


class CtrlC:
    """A trace function that has SIGINT received after `number` lines, once.

    What marks it as received is C code and so is the tracing from then on: a Python function there would be
    interrupted itself, at lines where no signal is ever handled.
    """

    def __init__(self, number: int) -> None:
        self.left = number
        self.where = ""
        self.quiet = functools.partial(sys.audit, "tests.quiet")
        self.receive = ctypes.PyDLL(None).PyErr_SetInterrupt
        self.receive.argtypes = [ctypes.py_object] * 3
        self.receive.restype = functools.partial(getattr, self, "quiet")  # what traces this function from then on

    def enter(self, frame: FrameType, _event: str, _arg: object) -> Any:
        """Trace the lines of the engine, and of what it stands on."""
        return self.line if str(frame.f_globals.get("__name__")).startswith(TRACED) else None

    def line(self, frame: FrameType, event: str, _arg: object) -> Any:
        """Count a line; the last one has the next one interrupted."""
        if self.where:  # a generator that slept when it happened
            return self.quiet
        self.left -= event == "line"
        if self.left or frame.f_code.co_name == "<genexpr>":  # one that is being closed swallows it
            self.left = max(self.left, 1)
            return self.line
        self.where = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        self.hush(frame.f_back)
        return self.receive

    def hush(self, frame: FrameType | None) -> None:
        """Let no other function be traced by Python code."""
        sys.settrace(self.quiet)
        while frame is not None:
            frame.f_trace = frame.f_trace and self.quiet
            frame = frame.f_back


def interrupted_from_line(number: int, call: str, *, capture: bool) -> bool:
    """Whether the call has that many lines; all must be well after an interrupt there."""
    trial, ctrl_c = Trial(PLANS, capture=capture), CtrlC(number)
    before, tracer = surroundings(), sys.gettrace()
    gc.disable()  # a finalizer that is interrupted swallows it, whatever we do
    sys.settrace(ctrl_c.enter)
    try:
        trial.go(call)
        sys.settrace(tracer)
    except KeyboardInterrupt:
        sys.settrace(tracer)
        all_is_well(trial, before)
        goes_on_to_success(trial, call)
        return True
    finally:
        gc.enable()
    assert not ctrl_c.where, f"swallowed at {ctrl_c.where}"
    return False


@pytest.mark.parametrize(
    ("call", "capture", "stride"), [("run", False, 3), ("checknrun", False, 3), ("step", False, 1), ("step", True, 4)]
)
def test_ctrl_c_at_any_line_of_a_call_is_raised_by_it_and_leaves_all_well(
    call: str, capture: bool, stride: int
) -> None:
    lines = 1
    while interrupted_from_line(lines, call, capture=capture):
        lines += stride
    assert lines > 100


# --- at any moment -------------------------------------------------------------------------------------------------

ROUNDS = 300
BUSY = f"""
import gc
import time
from tests.support.surroundings import surroundings
from tests.engine.test_interrupts import CALLS, PLANS, all_is_well, goes_on_to_success
from tests.support.trial import Trial

gc.disable()  # a finalizer that is interrupted swallows it, whatever we do
before, kept = surroundings(), []
for number in range({ROUNDS}):
    trial, call = Trial(PLANS, capture=number % 3 == 0), CALLS[number % len(CALLS)]
    kept.append(trial)
    try:
        print("go", flush=True)
        trial.go(call)
        while True:
            time.sleep(0.001)
    except KeyboardInterrupt:
        all_is_well(trial, before)
        goes_on_to_success(trial, call)
"""


def test_ctrl_c_at_any_moment_of_a_busy_process_leaves_all_well() -> None:
    delays = random.Random(7)
    with subprocess.Popen([sys.executable, "-c", BUSY], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        for _ in process.stdout or ():
            time.sleep(delays.uniform(0, 0.004))
            process.send_signal(signal.SIGINT)
    assert process.returncode == 0


# --- from another thread -------------------------------------------------------------------------------------------


def on_main(call: Callable[[], object]) -> BaseException | None:
    """What the call raised, here."""
    try:
        call()
    except BaseException as error:
        return error
    return None


def on_another_thread(call: Callable[[], object]) -> BaseException | None:
    """What the call raised, there."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(on_main, call).result()


On = Callable[[Callable[[], object]], BaseException | None]
THREADS = (on_main, on_another_thread)


def never_end(then: Callable[[], object]) -> None:
    threading.Thread(target=then).start()
    while True:
        time.sleep(0.001)


def stick(trial: Trial, phase: str, then: Callable[[], object], times: int = 1) -> None:
    """Have the first call of that phase never end, before as many interrupts; `then` is called beside it each time."""

    def trick(call: Call) -> None:
        if call.phase != phase:
            return
        trial.trick = None
        for _ in range(times - 1):
            with suppress(KeyboardInterrupt):
                never_end(then)
        never_end(then)

    trial.trick = trick


@pytest.mark.parametrize("on", THREADS)
@pytest.mark.parametrize("phase", ["init", "check", "run", "cleanup"])
def test_interrupt_is_raised_in_the_phase_that_goes_on(phase: str, on: On) -> None:
    trial, before = Trial(PLANS), surroundings()
    stick(trial, phase, trial.dj.interrupt)
    assert type(on(trial.dj.run)) is KeyboardInterrupt
    (event,) = (event for event in trial.dj.events if isinstance(event, Interrupted))
    assert event.phase == ("check" if phase == "init" else phase)
    all_is_well(trial, before)
    goes_on_to_success(trial, "run")


@pytest.mark.parametrize("on", THREADS)
@pytest.mark.parametrize("phase", ["check", "run", "cleanup"])
def test_an_interrupt_that_the_job_swallows_can_be_asked_for_again(phase: str, on: On) -> None:
    trial, before = Trial(PLANS), surroundings()
    stick(trial, phase, trial.dj.interrupt, times=3)
    assert type(on(trial.dj.run)) is KeyboardInterrupt
    all_is_well(trial, before)
    goes_on_to_success(trial, "run")


@pytest.mark.parametrize("on", THREADS)
def test_an_interrupt_that_a_job_makes_nothing_of_comes_before_the_next_phase(on: On) -> None:
    trial = Trial([Plan("Deaf"), Plan("Next", ("Deaf",))])

    def trick(call: Call) -> None:
        if call[:2] == ("Deaf", "check"):
            with suppress(KeyboardInterrupt):
                never_end(trial.dj.interrupt)

    trial.trick = trick
    assert type(on(trial.dj.run)) is KeyboardInterrupt
    assert (trial.dj.nodestatus, trial.dj.next_step) == ({"Deaf": True, "Next": None}, ("Next", Phase.CHECK))


@pytest.mark.parametrize("on", THREADS)
def test_an_interrupt_asked_for_as_a_phase_begins_comes_before_its_job_code(on: On) -> None:
    trial = Trial(PLANS)
    trial.dj.subscribe(lambda event: event[:2] == ("Fill", Phase.RUN) and trial.dj.interrupt())
    assert type(on(trial.dj.run)) is KeyboardInterrupt
    assert [call.phase for call in trial.calls] == ["init", "check"]
    assert trial.dj.next_step == ("Fill", Phase.CHECK)


@pytest.mark.parametrize("on", THREADS)
def test_checknrun_that_is_interrupted_cleans_up_and_raises_again(on: On) -> None:
    trial, before = Trial(PLANS), surroundings()

    def trick(call: Call) -> None:
        if call[:2] == ("Drive", "run"):
            trial.dj.interrupt()
            time.sleep(0.01)

    trial.trick = trick
    assert type(on(trial.dj.checknrun)) is KeyboardInterrupt
    assert [(call.job, call.phase) for call in trial.calls][-2:] == [("Drive", "run"), ("Fill", "cleanup")]
    assert (trial.dj.state.ended, trial.dj.next_step) == (Outcome.STOPPED, None)
    assert trial.dj.state.jobs["Drive"].tries == 0
    all_is_well(trial, before)


def test_a_second_ctrl_c_skips_the_cleanup_that_goes_on_and_no_other() -> None:
    trial = Trial([plan._replace(cleanup="y") for plan in PLANS])
    seen = []

    def trick(call: Call) -> None:
        seen.append(call.job)
        if call[:2] == ("Drive", "run") or call[:2] == ("Drive", "cleanup"):
            signal.raise_signal(signal.SIGINT)

    trial.trick = trick
    assert type(on_main(trial.dj.checknrun)) is KeyboardInterrupt
    assert [(call.job, call.phase) for call in trial.calls][-2:] == [("Drive", "cleanup"), ("Fill", "cleanup")]


HANDLERS = {"ignore": signal.SIG_IGN, "default": signal.SIG_DFL, "own": lambda *_: None}


@pytest.mark.parametrize("handler", HANDLERS.values(), ids=HANDLERS)
def test_the_handler_that_was_there_is_put_back(handler: Any) -> None:
    before = signal.signal(signal.SIGINT, handler)
    try:
        trial = Trial(PLANS)
        trial.go("run")
        stick(trial, "check", trial.dj.interrupt)
        assert type(on_main(trial.dj.checknrun)) is KeyboardInterrupt
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_caller_that_ignores_ctrl_c_is_not_halted_by_it_and_still_by_interrupt() -> None:
    """As a run in the background of a shell, which has Ctrl-C ignored."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        trial = Trial(PLANS)
        trial.trick = lambda _call: signal.raise_signal(signal.SIGINT)
        trial.go("run")
        assert trial.dj.success()
        stick(trial, "check", trial.dj.interrupt)
        assert type(on_main(trial.dj.checknrun)) is KeyboardInterrupt
    finally:
        signal.signal(signal.SIGINT, before)


# --- in a wait -----------------------------------------------------------------------------------------------------


class Flaky(Job):
    """Fails the first time; the next try is a minute away."""

    RETRY_DELAY = 60

    def Check(self) -> None:
        raise ValueError

    def Run(self) -> None:
        """Change nothing."""


def asked_in_its_wait(ask: Callable[[DoJobber], object], on: On) -> tuple[DoJobber, BaseException | None]:
    """A runner that was asked for something while it waited, and what its run raised."""
    waits = threading.Event()
    dj = DoJobber(sleep=lambda seconds, wake: (waits.set(), wake.wait(seconds)))
    dj.configure(Flaky)
    threading.Thread(target=lambda: waits.wait() and ask(dj)).start()
    return dj, on(dj.run)


@pytest.mark.parametrize("on", THREADS)
@pytest.mark.parametrize(
    ("ask", "raised", "ended"),
    [
        (DoJobber.pause, None, None),
        (DoJobber.interrupt, KeyboardInterrupt, None),
        (DoJobber.stop, None, Outcome.STOPPED),
    ],
)
def test_a_wait_ends_at_once_when_it_is_paused_interrupted_or_stopped(
    ask: Callable[[DoJobber], object], raised: Any, ended: Outcome | None, on: On
) -> None:
    dj, error = asked_in_its_wait(ask, on)
    assert type(error) is (raised or type(None))
    assert (dj.state.jobs["Flaky"].attempt, dj.state.ended) == (1, ended)
    assert dj.next_step == (None if ended else ("Flaky", Phase.CHECK))


def test_ctrl_c_ends_a_wait_at_once() -> None:
    main = threading.get_ident()
    dj, error = asked_in_its_wait(lambda _dj: signal.pthread_kill(main, signal.SIGINT), on_main)
    assert type(error) is KeyboardInterrupt
    assert dj.state.interrupted
    assert dj.paused_at is not None
    assert dj.paused_at[:] == ("Flaky", Phase.CHECK, "interrupted")
