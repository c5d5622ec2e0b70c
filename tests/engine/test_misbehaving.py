"""Jobs and listeners that do what they must not: a failed phase or a typed error, and the run goes on unharmed."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
import io
import logging
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dojobber_nb import DoJobber, DummyJob, Job
from dojobber_nb.core.errors import CleanupErrors, CleanupExit, EngineBusyError
from dojobber_nb.core.events import Event, Phase, PhaseEnded, Status
from tests.support.graphs import Call, Plan
from tests.support.laws import the_events_fold_to_the_state
from tests.support.surroundings import surroundings
from tests.support.trial import Trial

ROOT = Path(__file__).parents[2]
PLANS = [Plan("Fill", check="ny", cleanup="y"), Plan("Drive", ("Fill",))]


def raising(error: BaseException, phase: str = "run", job: str = "Fill") -> Trial:
    """A runner whose job raises that in that phase, the first time."""
    trial = Trial(PLANS, default_tries=2, default_retry_delay=0)

    def trick(call: Call) -> None:
        if call[:2] == (job, phase):
            trial.trick = None
            raise error

    trial.trick = trick
    return trial


def failures(dj: DoJobber) -> list[PhaseEnded]:
    return [event for event in dj.events if isinstance(event, PhaseEnded) and not event.ok]


# --- whatever is raised --------------------------------------------------------------------------------------------


class Unspeakable(Exception):
    """Cannot say what it is."""

    def __str__(self) -> str:
        raise self


class Exits(Exception):
    """Leaves when it is asked what it is."""

    __repr__ = __str__ = lambda _self: sys.exit(3)


class Falsy(Exception):
    """Counts as false."""

    def __len__(self) -> int:
        return 0


@dataclasses.dataclass(frozen=True)
class Frozen(Exception):
    """Refuses attributes, its traceback among them."""

    reason: str = "cold"


class Imposter(Exception):
    """Looks like a group and like one with notes, and is none."""

    exceptions = 5
    __notes__ = 5


class Closed(Exception):
    """Answers no question about itself."""

    def __getattribute__(self, name: str) -> Any:
        raise OSError(name)


def chain(length: int) -> Exception:
    error = ValueError("the first")
    for number in range(length):
        later = ValueError(number)
        later.__cause__, error = error, later
    return error


def loop() -> Exception:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__context__ = second, first
    return first


def nest(depth: int) -> ExceptionGroup[Exception]:
    group = ExceptionGroup("inmost", [ValueError("deep")])
    for number in range(depth):
        group = ExceptionGroup(str(number), [group, Unspeakable()])
    return group


RAISED: dict[str, Callable[[], BaseException]] = {
    "SystemExit": lambda: SystemExit(3),
    "CancelledError": asyncio.CancelledError,
    "pytest's failure": lambda: pytest.fail.Exception("failed"),
    "pytest's skip": lambda: pytest.skip.Exception("skipped"),
    "a base exception group": lambda: BaseExceptionGroup("all", [SystemExit(), KeyboardInterrupt()]),
    "StopIteration": StopIteration,
    "StopAsyncIteration": StopAsyncIteration,
    "MemoryError": MemoryError,
    "unspeakable": Unspeakable,
    "exits when shown": Exits,
    "falsy": Falsy,
    "frozen": Frozen,
    "an imposter": Imposter,
    "closed": Closed,
    "a long chain": lambda: chain(3000),
    "a loop": loop,
    "a deep nest": lambda: nest(600),
    "a wide group": lambda: ExceptionGroup("wide", [ValueError("x" * 1000) for _ in range(2000)]),
    "a long message": lambda: ValueError("x" * 10**7),
    "a strange message": lambda: ValueError("\ud800\0\x1b[31m\u202e<img onerror=x>$\\frac{$"),
}


@pytest.mark.parametrize("phase", ["init", "check", "run"])
@pytest.mark.parametrize("case", RAISED)
def test_whatever_a_phase_raises_fails_that_phase_alone(case: str, phase: str) -> None:
    error = RAISED[case]()
    trial = raising(error, phase)
    trial.dj.run()
    (failed,) = (event for event in failures(trial.dj) if event.error is error)
    assert (failed.job, failed.phase) == ("Fill", Phase(phase))
    assert trial.dj.success()
    the_events_fold_to_the_state(trial.dj)


@pytest.mark.parametrize("case", RAISED)
def test_whatever_a_cleanup_raises_comes_in_the_group_and_keeps_no_other_from_being_called(case: str) -> None:
    error = RAISED[case]()
    trial = Trial([Plan("Fill", check="ny", cleanup="y"), Plan("Drive", ("Fill",), check="ny", cleanup="y")])

    def trick(call: Call) -> None:
        if call[:2] == ("Drive", "cleanup"):
            raise error

    trial.trick = trick
    with pytest.raises(CleanupErrors) as caught:
        trial.dj.checknrun()
    (raised,) = caught.value.exceptions
    assert raised is error if isinstance(error, Exception) else (type(raised), raised.__cause__) == (CleanupExit, error)
    assert [(call.job, call.phase) for call in trial.calls][-2:] == [("Drive", "cleanup"), ("Fill", "cleanup")]


@pytest.mark.parametrize("case", RAISED)
def test_whatever_is_raised_can_be_told(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    error = RAISED[case]()
    dj = DoJobber()
    dj.configure(failing(error), debug=True, default_tries=1)
    dj.checknrun()
    assert dj.nodeexceptions == {"Fails": error} or dj.nodeexceptions["Fails"] is error
    assert "Fails.recheck: fail" in capsys.readouterr().err
    for text in (dj.why("Fails"), failures(dj)[-1].traceback):
        assert type(text) is str
        assert len(text) <= 100_000
        text.encode()


def failing(error: BaseException) -> type[Job]:
    def fail(_job: Job) -> None:
        raise error

    return type("Fails", (Job,), {"Check": fail, "Run": lambda _job: None})


def test_a_falsy_exception_of_a_runonly_job_is_a_failure() -> None:
    trial = Trial([Plan("Once", kind="RunonlyJob", check="")], default_tries=1)

    def trick(call: Call) -> None:
        raise Falsy

    trial.trick = trick
    trial.dj.checknrun()
    assert trial.dj.nodestatus == {"Once": False}


def test_a_generator_exit_is_no_failure_and_is_raised_again() -> None:
    trial = raising(GeneratorExit())
    with pytest.raises(GeneratorExit):
        trial.dj.run()
    assert trial.dj.next_step == ("Fill", Phase.CHECK)
    assert trial.dj.state.jobs["Fill"].tries == 0


def test_a_job_that_recurses_for_ever_fails_and_the_next_has_the_whole_stack() -> None:
    def recurse(_call: Call) -> None:
        recurse(_call)

    trial = Trial([Plan("Fill"), Plan("Drive", ("Fill",))], default_tries=1)
    trial.trick = recurse
    trial.dj.step_job()
    trial.trick = None
    assert type(trial.dj.nodeexceptions["Fill"]) is RecursionError
    trial.dj.checknrun()
    assert trial.dj.success()


# --- what is kept of it --------------------------------------------------------------------------------------------


class Kept:
    """Stands in the frame of a failed phase."""


def many_failures(number: int, error: Callable[[], BaseException]) -> tuple[DoJobber, list[weakref.ref[Kept]]]:
    """A runner whose `number` jobs have failed, and what their frames held."""
    held: list[weakref.ref[Kept]] = []

    def fail(_job: Job) -> None:
        local = Kept()
        held.append(weakref.ref(local))
        raise error()

    jobs = [type(f"J{place}", (Job,), {"Check": fail, "Run": lambda _job: None}) for place in range(number)]
    dj = DoJobber()
    dj.configure(type("All", (DummyJob,), {"DEPS": jobs}), default_tries=1)
    dj.checknrun()
    return dj, held


@pytest.mark.parametrize("error", [ValueError, Frozen, Imposter, Falsy, Unspeakable, Closed])
def test_the_frames_of_the_last_failures_alone_stay_alive(error: Callable[[], BaseException]) -> None:
    dj, held = many_failures(50, error)
    gc.collect()
    alive = [place for place, frame in enumerate(held) if frame() is not None]
    assert alive == list(range(80, 100))
    assert all(event.traceback for event in failures(dj))


def test_one_exception_that_is_raised_again_and_again_keeps_its_frames() -> None:
    error = ValueError("always the same")
    dj, _ = many_failures(50, lambda: error)
    assert error.__traceback__ is not None
    assert error.__traceback__.tb_frame.f_code.co_name == "fail"
    assert len(dj.nodeexceptions) == 50


def test_the_traceback_begins_with_the_job() -> None:
    dj, _ = many_failures(1, ValueError)
    told = failures(dj)[0].traceback.splitlines()
    assert told[0] == "Traceback (most recent call last):"
    assert told[1].endswith("in fail")
    assert told[-1] == "ValueError"


def test_a_reset_lets_go_of_instances_frames_and_storages() -> None:
    dj, held = many_failures(5, ValueError)
    dj.reset()
    gc.collect()
    assert [frame() for frame in held if frame() is not None] == []


def left_over() -> tuple[int, int]:
    """Descriptors and threads that ten runners, once let go, have left behind in this process."""

    def runs() -> None:
        for capture in (True, False, None):
            trial = raising(SystemExit(), "run")
            trial.dj.configure(trial.jobs[-1], capture=capture)
            trial.dj.run()
            trial.dj.checknrun()
            asyncio.run(trial.dj.arun())

    def held() -> tuple[int, int]:
        gc.collect()
        for thread in threading.enumerate():
            if thread.name.startswith("dojobber-phase"):  # it ends once its runner is gone
                thread.join(60)
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    runs()
    before = held()
    for _ in range(10):
        runs()
    after = held()
    return after[0] - before[0], after[1] - before[1]


def test_a_runner_that_is_let_go_leaves_no_descriptor_and_no_thread_behind() -> None:
    # In a process of its own, where no thread of another test ends.
    ask = "from tests.engine.test_misbehaving import left_over; print(*left_over())"
    told = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "0 0"


# --- jobs that are no good jobs ------------------------------------------------------------------------------------


class Refuses(Job):
    """Takes no attributes."""

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(name)


class Hides(Job):
    """Answers no question about itself but where its phases are."""

    def __getattribute__(self, name: str) -> Any:
        if name in ("Check", "Run"):
            return super().__getattribute__(name)
        raise OSError(name)


class Abstract(Job):
    """Cannot be made, though it has no `__init__` of its own."""

    def __new__(cls) -> Job:
        raise TypeError("abstract")


class Elsewhere(Job):
    """Is something else once it is made."""

    def __new__(cls) -> Any:
        return 5


class Spoiler(Job):
    """Puts something else in the place of its storages."""

    def Check(self) -> None:
        self.storage = self.global_storage = 5


def spoilt(base: type[Job]) -> type[Job]:
    def fail(_job: Job) -> None:
        raise ValueError

    kept = {"Check": base.__dict__.get("Check", fail), "Run": fail}
    return type("Spoilt", (base,), kept)


@pytest.mark.parametrize("capture", [True, False])
@pytest.mark.parametrize(
    ("base", "phase"),
    [(Refuses, Phase.INIT), (Abstract, Phase.INIT), (Elsewhere, Phase.INIT), (Hides, Phase.RECHECK), (Spoiler, None)],
)
def test_a_job_that_is_hard_to_make_or_to_look_at_fails_in_its_phase(
    base: type[Job], phase: Phase | None, capture: bool
) -> None:
    dj = DoJobber()
    dj.configure(spoilt(base), default_tries=1, capture=capture)
    dj.checknrun()
    assert [event.phase for event in failures(dj)][-1:] == ([phase] if phase else [])
    assert dj.success() is (phase is None)
    the_events_fold_to_the_state(dj)


def test_a_job_that_could_not_be_made_is_not_shown_with_the_storage_of_another() -> None:
    def store(job: Job) -> None:
        job.storage["secret"] = "of First"

    first: Any = type("First", (Job,), {"Check": store, "Run": store})
    second = type("Second", (Abstract,), {"DEPS": (first,), "Check": store, "Run": store})
    dj = DoJobber()
    dj.configure(second, default_tries=1, capture=True)
    dj.checknrun()
    assert "Second" not in dj.storages


def test_a_result_is_kept_without_being_asked_anything() -> None:
    class Touchy:
        def __bool__(self) -> bool:
            raise AssertionError

        __eq__ = __len__ = __repr__ = __bool__  # type: ignore[assignment]
        __hash__ = None  # type: ignore[assignment]

    touchy = Touchy()
    dj = DoJobber()
    dj.configure(type("Odd", (Job,), {"Check": lambda _job, arg: arg, "Run": lambda _job, arg: None}))
    dj.set_args(touchy)
    dj.checknrun()
    assert dj.noderesults["Odd"] is touchy


# --- surroundings --------------------------------------------------------------------------------------------------

LEFT_BEHIND: dict[str, Callable[[], object]] = {
    "another directory": lambda: os.chdir("/"),
    "another stdout": lambda: setattr(sys, "stdout", io.StringIO()),
    "no stdout": lambda: setattr(sys, "stdout", None),
    "another stderr": lambda: setattr(sys, "stderr", io.StringIO()),
    "another SIGINT handler": lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
}


@pytest.mark.parametrize("capture", [True, False])
@pytest.mark.parametrize("case", LEFT_BEHIND)
def test_what_a_job_leaves_behind_is_put_back_when_the_call_returns(case: str, capture: bool) -> None:
    trial, before = Trial(PLANS, capture=capture), surroundings()
    trial.trick = lambda _call: LEFT_BEHIND[case]()
    trial.dj.checknrun()
    assert surroundings() == before
    assert trial.dj.success()


def test_a_run_goes_on_in_a_directory_that_was_renamed_or_removed(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    trial, places = Trial([*PLANS, Plan("Arrive", ("Drive",))]), list[str]()

    def trick(call: Call) -> None:
        if call[:2] == ("Fill", "run"):
            home.rename(tmp_path / "renamed")
        elif call[:2] == ("Drive", "check"):
            places.append(os.getcwd())
            (tmp_path / "renamed").rmdir()

    trial.trick = trick
    with contextlib.chdir(home.parent):
        os.chdir(home)
        trial.dj.checknrun()
    assert places == [str(tmp_path / "renamed")]
    assert trial.dj.success()


def test_lines_on_a_closed_stderr_harm_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    trial, closed = Trial(PLANS), io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    trial.dj.configure(trial.jobs[-1], debug=True)
    trial.dj.checknrun()
    assert trial.dj.success()


# --- the engine, from inside ---------------------------------------------------------------------------------------

BUSY: dict[str, Callable[[DoJobber], object]] = {
    "step": DoJobber.step,
    "step_job": DoJobber.step_job,
    "step_pass": DoJobber.step_pass,
    "run": DoJobber.run,
    "checknrun": DoJobber.checknrun,
    "run_to": lambda dj: dj.run_to("Drive"),
    "cleanup": DoJobber.cleanup,
    "reset": DoJobber.reset,
    "configure": lambda dj: dj.configure(DummyJob),
    "arun": lambda dj: asyncio.run(dj.arun()),
}
ALLOWED: dict[str, Callable[[DoJobber], object]] = {
    "state": lambda dj: (dj.state.jobs["Fill"].status, dj.nodestatus, dj.events[-1], dj.noderesults, dj.nodeexceptions),
    "why": lambda dj: (dj.why("Fill"), dj.next_step, dj.paused_at, dj.success(), dj.partial_success(), dj.failure()),
    "pause": DoJobber.pause,
    "no_act": lambda dj: setattr(dj, "no_act", False),
    "breakpoints": lambda dj: (dj.breakpoints.add("Drive"), dj.breakpoints.remove("Drive"), dj.breakpoints.clear()),
    "set_args": lambda dj: dj.set_args(1),
    "subscribe": lambda dj: dj.subscribe(print)(),
}


@pytest.mark.parametrize("case", BUSY)
def test_a_job_that_drives_its_own_engine_is_told_so(case: str) -> None:
    trial, refused = Trial(PLANS), list[EngineBusyError]()

    def trick(call: Call) -> None:
        try:
            BUSY[case](trial.dj)
        except EngineBusyError as error:
            refused.append(error)

    trial.trick = trick
    trial.dj.checknrun()
    assert len(refused) == len(trial.calls)
    assert f"{case}() while checknrun() is under way" in str(refused[0])
    assert trial.dj.success()


@pytest.mark.parametrize("case", BUSY)
def test_a_listener_that_drives_the_engine_is_told_so(case: str, caplog: pytest.LogCaptureFixture) -> None:
    trial = Trial(PLANS)
    trial.dj.subscribe(lambda _event: BUSY[case](trial.dj))
    trial.dj.checknrun()
    assert [record.exc_info[0] for record in caplog.records if record.exc_info] == [EngineBusyError]
    assert trial.dj.success()


@pytest.mark.parametrize("case", ALLOWED)
def test_what_a_job_and_a_listener_may_do(case: str) -> None:
    trial = Trial(PLANS)
    trial.trick = lambda _call: ALLOWED[case](trial.dj)
    trial.dj.subscribe(lambda _event: ALLOWED[case](trial.dj))
    while trial.dj.next_step:
        trial.dj.run()
    assert trial.dj.success()


def test_another_thread_that_drives_the_engine_meanwhile_is_told_so() -> None:
    trial, refused = Trial(PLANS), list[BaseException]()

    def intrude() -> None:
        try:
            trial.dj.step()
        except EngineBusyError as error:
            refused.append(error)

    def trick(_call: Call) -> None:
        thread = threading.Thread(target=intrude)
        thread.start()
        thread.join()

    trial.trick = trick
    trial.dj.checknrun()
    assert len(refused) == len(trial.calls)
    assert trial.dj.success()


def test_deps_changed_in_mid_run_are_seen_by_the_next_configure_alone() -> None:
    trial = Trial(PLANS)
    late = type("Late", (DummyJob,), {})

    def trick(_call: Call) -> None:
        trial.jobs[-1].DEPS = (late,)

    trial.trick = trick
    trial.dj.checknrun()
    before = list(trial.dj.nodestatus)
    trial.dj.configure(trial.jobs[-1])
    trial.dj.checknrun()
    assert (before, list(trial.dj.nodestatus)) == (["Fill", "Drive"], ["Late", "Drive"])


# --- listeners -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [ValueError, SystemExit, asyncio.CancelledError, Unspeakable])
def test_a_listener_that_raises_is_logged_once_and_harms_nothing(
    error: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    trial, seen = Trial(PLANS), list[Event]()

    def fails(_event: Event) -> None:
        raise error

    trial.dj.subscribe(fails)
    trial.dj.subscribe(seen.append)
    with caplog.at_level(logging.CRITICAL, "DoJobber"):
        trial.dj.checknrun()
    assert len(caplog.records) == 1
    assert "fails" in caplog.records[0].message
    assert seen == list(trial.dj.events)
    assert trial.dj.success()


def test_a_listener_that_raises_keyboard_interrupt_interrupts_the_run() -> None:
    trial = Trial(PLANS)

    def interrupts(event: Event) -> None:
        if event[:2] == ("Fill", Phase.CHECK):
            raise KeyboardInterrupt

    trial.dj.subscribe(interrupts)
    with pytest.raises(KeyboardInterrupt):
        trial.dj.run()
    assert trial.dj.next_step == ("Fill", Phase.CHECK)
    assert trial.calls == []


MUTATIONS: dict[str, Callable[[DoJobber, Any], object]] = {
    "an event's field": lambda _dj, event: setattr(event, "job", "Other"),
    "the events": lambda dj, event: dj.events.append(event),
    "one of the events": lambda dj, event: dj.events.__setitem__(0, event),
    "the jobs": lambda dj, _event: dj.state.jobs.pop("Fill"),
    "the graph": lambda dj, _event: dj.state.graph.nodes.append(None),
}
HARMLESS: dict[str, Callable[[DoJobber], object]] = {
    "nodestatus": lambda dj: dj.nodestatus.clear(),
    "noderesults": lambda dj: dj.noderesults.clear(),
    "nodeexceptions": lambda dj: dj.nodeexceptions.clear(),
    "its own subscription": lambda dj: dj.subscribe(lambda _event: None),
}


@pytest.mark.parametrize("case", MUTATIONS)
def test_what_a_listener_got_cannot_be_changed(case: str) -> None:
    trial, refused = Trial(PLANS), list[Exception]()

    def mutates(event: Event) -> None:
        try:
            MUTATIONS[case](trial.dj, event)
        except (AttributeError, TypeError) as error:
            refused.append(error)

    trial.dj.subscribe(mutates)
    trial.dj.checknrun()
    assert len(refused) == len(trial.dj.events)
    assert trial.dj.success()


@pytest.mark.parametrize("case", HARMLESS)
def test_what_a_listener_may_change_is_a_copy(case: str) -> None:
    trial, quiet = Trial(PLANS), Trial(PLANS)
    trial.dj.subscribe(lambda _event: HARMLESS[case](trial.dj))
    trial.dj.checknrun()
    quiet.dj.checknrun()
    assert trial.dj.nodestatus == quiet.dj.nodestatus
    assert trial.dj.noderesults == quiet.dj.noderesults
    assert trial.calls == quiet.calls


def test_a_listener_may_leave_while_it_hears_and_hears_nothing_more() -> None:
    trial, seen = Trial(PLANS), list[Event]()

    def once(event: Event) -> None:
        seen.append(event)
        leave()

    leave = trial.dj.subscribe(once)
    trial.dj.checknrun()
    leave()
    assert seen == [trial.dj.events[0]]


def test_a_breakpoint_condition_that_raises_halts_and_says_so() -> None:
    trial = Trial(PLANS)
    trial.dj.breakpoints.add("Drive", when=lambda job: job.nonsense)
    trial.dj.run()
    assert trial.dj.paused_at is not None
    assert trial.dj.paused_at[:2] == ("Drive", Phase.CHECK)
    assert "AttributeError" in trial.dj.paused_at.reason


def test_the_status_of_a_job_whose_cleanup_failed_is_what_its_check_said() -> None:
    trial = Trial([Plan("Fill", check="ny", cleanup="n")])
    with pytest.raises(CleanupErrors):
        trial.dj.checknrun()
    assert trial.dj.state.jobs["Fill"].status is Status.CHANGED
    assert trial.dj.success()
