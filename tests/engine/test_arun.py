"""arun: the run of run(), beside an event loop that stays free, with all events told on the loop's own thread."""

from __future__ import annotations

import asyncio
import contextvars
import os
import random
import threading
from collections.abc import Callable
from typing import Any

import pytest

from dojobber_nb import DoJobber, Job
from dojobber_nb.core.errors import CleanupErrors, EngineBusyError, UnknownGoalError
from dojobber_nb.core.events import Outcome, Phase
from tests.support.graphs import Call, Plan, random_plans
from tests.support.surroundings import surroundings
from tests.support.trial import Trial, untimed

PLANS = [Plan("Fill", check="ny", cleanup="y"), Plan("Drive", ("Fill",), check="nnny", tries=3, delay=5.0)]
SECONDS = 60  # a job that nobody lets go on gives up, and fails its test


class Gate:
    """A phase that stands still until it is let go on."""

    def __init__(self, trial: Trial, job: str, phase: str) -> None:
        self.reached, self.opened = threading.Event(), threading.Event()
        self._trial, self._at = trial, (job, phase)
        trial.trick = self._stand

    def _stand(self, call: Call) -> None:
        if call[:2] == self._at:
            self._trial.trick = None
            self.reached.set()
            for _ in range(SECONDS * 1000):  # short waits: an interrupt comes between two of them
                if self.opened.wait(0.001):
                    return
            raise TimeoutError

    async def entered(self) -> None:
        """Return once it stands there."""
        await asyncio.to_thread(self.reached.wait, SECONDS)


@pytest.fixture
def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform without threads, as Pyodide is."""

    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)


# --- where things happen -------------------------------------------------------------------------------------------


def whereabouts(trial: Trial) -> tuple[set[int], set[int]]:
    """The threads on which events are told, and those on which job code is called."""
    told, called = set[int](), set[int]()
    trial.dj.subscribe(lambda _event: told.add(threading.get_ident()))
    trial.trick = lambda _call: called.add(threading.get_ident())
    return told, called


async def test_events_are_told_on_the_loops_thread_and_phases_run_on_one_other() -> None:
    trial = Trial(PLANS)
    told, called = whereabouts(trial)
    await trial.dj.arun()
    assert told == {threading.get_ident()}
    assert len(called) == 1
    assert told.isdisjoint(called)


async def test_the_loop_is_free_while_a_phase_goes_on() -> None:
    trial = Trial(PLANS)
    gate = Gate(trial, "Fill", "run")
    run = asyncio.create_task(trial.dj.arun())
    await gate.entered()
    assert trial.dj.view.going_on == "arun"
    assert trial.dj.state.under_way is not None
    gate.opened.set()
    await run
    assert trial.dj.success()


@pytest.mark.parametrize("seed", range(40))
async def test_it_makes_the_events_and_calls_of_run(seed: int) -> None:
    plans = random_plans(random.Random(seed), delays=(None, 3.0), check_only=True)
    beside, here = Trial(plans), Trial(plans)
    raised = [await raised_by(beside.dj.arun), await raised_by(asyncio.to_thread, here.dj.run)]
    assert list(map(untimed, beside.dj.events)) == list(map(untimed, here.dj.events))
    assert beside.calls == here.calls
    assert raised[0] == raised[1]


async def raised_by(call: Callable[..., Any], *args: Any) -> type[BaseException] | None:
    try:
        await call(*args)
    except BaseException as error:
        return type(error)
    return None


async def test_phases_see_the_context_of_the_caller_and_begin_in_the_directory_of_the_run() -> None:
    who, before = contextvars.ContextVar[str]("who"), surroundings()
    who.set("the caller")
    trial, seen = Trial(PLANS), set[tuple[str, str]]()

    def trick(call: Call) -> None:
        if call.phase != "check":  # an __init__ may have gone elsewhere just before
            seen.add((who.get(), os.getcwd()))
        os.chdir("/")

    trial.trick = trick
    await trial.dj.arun()
    assert seen == {("the caller", before["cwd"])}
    assert surroundings() == before


async def test_cleanup_errors_are_raised_by_it() -> None:
    trial = Trial([Plan("Fill", check="ny", cleanup="n")])
    assert await raised_by(trial.dj.arun) is CleanupErrors


# --- how far it goes -----------------------------------------------------------------------------------------------

GOALS = {"step": "step", "job": "step_job", "pass": "step_pass", "run": "run", "cleanup": "cleanup"}


@pytest.mark.parametrize("goal", GOALS)
async def test_each_goal_is_that_of_a_call_without_loop(goal: str) -> None:
    beside, here = Trial(PLANS), Trial(PLANS)
    for _ in range(3):
        await beside.dj.arun(goal)
        await asyncio.to_thread(getattr(here.dj, GOALS[goal]))
    assert list(map(untimed, beside.dj.events)) == list(map(untimed, here.dj.events))


async def test_a_goal_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UnknownGoalError, match="step, job, pass"):
        await Trial(PLANS).dj.arun("far")


async def test_arun_to_stops_before_that_phase() -> None:
    trial = Trial(PLANS)
    assert await trial.dj.arun_to("Drive", "run")
    assert trial.dj.next_step == ("Drive", Phase.RUN)
    assert not await trial.dj.arun_to("Fill")


@pytest.mark.parametrize("tries", [1, 3])
async def test_it_halts_before_the_cleanups_of_a_failed_run_when_asked_to(tries: int) -> None:
    trial = Trial([PLANS[0], PLANS[1]._replace(tries=tries)])
    await trial.dj.arun(halt_on_failure=True)
    assert trial.dj.success() is (tries == 3)
    assert trial.dj.next_step == (None if tries == 3 else ("Fill", Phase.CLEANUP))
    assert (trial.dj.paused_at is None) is (tries == 3)
    await trial.dj.arun()
    assert trial.calls[-1].phase == "cleanup"


# --- cancelled, paused, stopped, interrupted -----------------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 3])
async def test_cancelling_is_a_pause_that_waits_for_the_phase_under_way(times: int) -> None:
    trial = Trial(PLANS)
    gate = Gate(trial, "Fill", "run")
    run = asyncio.create_task(trial.dj.arun())
    await gate.entered()
    for _ in range(times):
        run.cancel()
        await asyncio.sleep(0)
    assert not run.done()
    gate.opened.set()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert (trial.dj.next_step, trial.dj.view.going_on) == (("Fill", Phase.RECHECK), "")
    await trial.dj.arun()
    assert trial.dj.success()


async def test_a_timeout_around_it_is_a_pause() -> None:
    trial = Trial(PLANS)
    gate = Gate(trial, "Fill", "run")
    gate_opens = asyncio.create_task(open_later(gate))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await trial.dj.arun()
    await gate_opens
    await trial.dj.arun()
    assert trial.dj.success()


async def open_later(gate: Gate) -> None:
    await asyncio.sleep(0.01)
    gate.opened.set()


ASKED: dict[str, tuple[Callable[[DoJobber], object], type[BaseException] | None, Outcome | None]] = {
    "pause": (DoJobber.pause, None, None),
    "stop": (DoJobber.stop, None, Outcome.STOPPED),
    "interrupt": (DoJobber.interrupt, KeyboardInterrupt, None),
}


def here(ask: Callable[[], object]) -> None:
    ask()


def elsewhere(ask: Callable[[], object]) -> None:
    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()


@pytest.mark.parametrize("where", [here, elsewhere])
@pytest.mark.parametrize("asked", ASKED)
async def test_it_can_be_asked_from_the_loop_and_from_other_threads(
    asked: str, where: Callable[[Callable[[], object]], None]
) -> None:
    ask, raised, ended = ASKED[asked]
    trial = Trial(PLANS)
    gate = Gate(trial, "Fill", "run")
    run = asyncio.create_task(raised_by(trial.dj.arun))
    await gate.entered()
    where(lambda: ask(trial.dj))
    if asked != "interrupt":
        gate.opened.set()
    assert await run is raised
    assert trial.dj.state.ended is ended
    if not ended:
        await trial.dj.arun()
        assert trial.dj.success()


class Flaky(Job):
    """Fails the first time; the next try is a minute away."""

    RETRY_DELAY = SECONDS

    def Check(self) -> None:
        raise ValueError

    def Run(self) -> None:
        """Change nothing."""


@pytest.mark.parametrize("where", [here, elsewhere])
@pytest.mark.parametrize("asked", ASKED)
async def test_a_wait_ends_at_once_when_it_is_asked_for_something(
    asked: str, where: Callable[[Callable[[], object]], None]
) -> None:
    ask, raised, ended = ASKED[asked]
    dj, run = await waiting()
    where(lambda: ask(dj))
    assert await run is raised
    assert (dj.state.jobs["Flaky"].attempt, dj.state.ended) == (1, ended)


async def test_a_wait_ends_at_once_when_it_is_cancelled() -> None:
    dj, run = await waiting()
    run.cancel()
    assert await run is asyncio.CancelledError
    assert dj.next_step == ("Flaky", Phase.CHECK)


async def waiting() -> tuple[DoJobber, asyncio.Task[type[BaseException] | None]]:
    """A runner that waits to try its job again, and its run."""
    waits = threading.Event()
    dj = DoJobber(sleep=lambda seconds, wake: (waits.set(), wake.wait(seconds)))
    dj.configure(Flaky)
    run = asyncio.create_task(raised_by(dj.arun))
    await asyncio.to_thread(waits.wait)
    return dj, run


# --- one call at a time --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["step", "step_job", "step_pass", "run", "checknrun", "cleanup", "reset"])
async def test_another_call_meanwhile_is_refused(call: str) -> None:
    trial = Trial(PLANS)
    gate = Gate(trial, "Fill", "run")
    run = asyncio.create_task(trial.dj.arun())
    await gate.entered()
    with pytest.raises(EngineBusyError, match=rf"{call}\(\) while arun\(\) is under way"):
        getattr(trial.dj, call)()
    with pytest.raises(EngineBusyError):
        await trial.dj.arun()
    gate.opened.set()
    await run
    assert trial.dj.success()


async def test_two_runners_run_beside_each_other() -> None:
    trials = [Trial(PLANS) for _ in range(3)]
    await asyncio.gather(*(trial.dj.arun() for trial in trials))
    assert all(trial.dj.success() for trial in trials)


# --- where there are no threads ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("no_threads")
async def test_without_threads_phases_run_on_the_loop_with_a_turn_for_others_between() -> None:
    trial, turns = Trial(PLANS), 0
    told, called = whereabouts(trial)

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await trial.dj.arun()
    counting.cancel()
    assert told == called == {threading.get_ident()}
    assert turns >= len([call for call in trial.calls if call.phase != "init"])
    assert trial.dj.success()


@pytest.mark.usefixtures("no_threads")
async def test_without_threads_cancelling_is_a_pause_too() -> None:
    trial = Trial(PLANS)
    run = asyncio.create_task(trial.dj.arun())
    trial.trick = lambda call: call[:2] == ("Fill", "run") and run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert trial.dj.next_step == ("Fill", Phase.RECHECK)
    await trial.dj.arun()
    assert trial.dj.success()


@pytest.mark.usefixtures("no_threads")
async def test_without_threads_an_interrupted_phase_is_tried_afresh() -> None:
    trial = Trial(PLANS)

    def trick(call: Call) -> None:
        if call[:2] == ("Fill", "run"):
            trial.trick = None
            raise KeyboardInterrupt

    trial.trick = trick
    assert await raised_by(trial.dj.arun) is KeyboardInterrupt
    assert trial.dj.next_step == ("Fill", Phase.CHECK)
    await trial.dj.arun()
    assert trial.dj.success()


@pytest.mark.usefixtures("no_threads")
async def test_without_threads_a_wait_is_slept_through() -> None:
    trial = Trial(PLANS)
    began = trial.clock.now
    await trial.dj.arun()
    assert trial.clock.now - began >= 5.0
