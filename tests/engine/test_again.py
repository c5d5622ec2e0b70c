"""A job asked for again: its Check alone, or a whole attempt, in the middle of a run and after its end."""

from collections.abc import Callable
from typing import Any

import pytest

from dojobber_nb import DoJobber, DummyJob, Job
from dojobber_nb.core.errors import NotReadyError, UnknownJobError
from dojobber_nb.core.events import Phase, PhaseEnded, PhaseStarted
from dojobber_nb.core.state import RunState


class World(dict[str, bool]):
    """What is so, and whether work helps."""


class Fill(Job):
    def Check(self, world: World) -> None:
        assert world.get("full"), "empty"

    def Run(self, world: World) -> None:
        world["full"] = world.get("helps", True)

    def Cleanup(self) -> None:
        """Due for each Run."""


class Drive(Job):
    DEPS = (Fill,)
    TRIES = 2

    def Check(self, world: World) -> None:
        assert world.get("there"), "not there"

    def Run(self, world: World) -> None:
        """Help nothing."""


class Home(DummyJob):
    DEPS = (Drive,)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def dj(world: World) -> DoJobber:
    made = DoJobber(default_retry_delay=0)
    made.configure(Home, cleanup=False)
    made.set_args(world)
    return made


def phases(dj: DoJobber, since: int = 0) -> list[tuple[str, Phase]]:
    return [(event.job, event.phase) for event in dj.events[since:] if isinstance(event, PhaseEnded)]


def statuses(dj: DoJobber) -> list[str]:
    return [str(job.status) for job in dj.state.jobs.values()]


def test_a_failed_job_whose_check_now_passes_frees_what_it_blocked(dj: DoJobber, world: World) -> None:
    dj.run()
    assert statuses(dj) == ["changed", "failed", "blocked"]
    world["there"] = True
    seen = len(dj.events)
    assert dj.check_again(Drive)
    assert phases(dj, seen) == [("Drive", "check")]
    assert statuses(dj) == ["changed", "ok", "pending"]
    dj.run()
    assert dj.success()


def test_check_again_never_runs_and_charges_nothing(dj: DoJobber, world: World) -> None:
    dj.run()
    seen, tries = len(dj.events), dj.state.jobs["Drive"].tries
    assert not dj.check_again(Drive)
    assert phases(dj, seen) == [("Drive", "check")]
    assert dj.state.jobs["Drive"].tries == tries
    assert statuses(dj) == ["changed", "failed", "blocked"]


def test_a_job_that_no_longer_holds_would_run_and_is_run_when_the_run_goes_on(dj: DoJobber, world: World) -> None:
    world["there"] = True
    dj.run()
    world["full"] = False
    assert not dj.check_again(Fill)
    assert statuses(dj) == ["would_run", "ok", "ok"]
    dj.run()
    assert statuses(dj) == ["changed", "ok", "ok"]


def test_try_again_gives_tries_anew_and_sets_back_what_needs_the_job(dj: DoJobber, world: World) -> None:
    dj.run()
    assert dj.try_again(Fill)
    assert statuses(dj) == ["ok", "pending", "pending"]
    dj.run()
    assert statuses(dj) == ["ok", "failed", "blocked"]
    assert dj.state.jobs["Drive"].tries == 2


@pytest.mark.parametrize("ask", [DoJobber.check_again, DoJobber.try_again])
def test_a_job_is_not_asked_for_before_what_it_needs(ask: Callable[..., bool], dj: DoJobber) -> None:
    dj.run()
    with pytest.raises(NotReadyError, match="Home cannot be tried now: it needs Drive"):
        ask(dj, Home)
    assert dj.state.asked is None


def test_a_job_is_not_asked_for_in_the_middle_of_an_attempt(dj: DoJobber) -> None:
    dj.step()
    with pytest.raises(NotReadyError, match="an attempt at Fill is open"):
        dj.check_again(Fill)


def test_after_the_end_check_again_begins_a_run_of_checks_of_the_job_and_what_it_needs(
    dj: DoJobber, world: World
) -> None:
    dj.run()
    dj.cleanup()
    world["there"] = True
    assert dj.check_again(Drive)
    assert phases(dj) == [("Fill", "check"), ("Drive", "check")]
    assert not dj.no_act


def test_after_the_end_try_again_begins_a_run_of_the_job_and_what_it_needs(dj: DoJobber, world: World) -> None:
    dj.run()
    dj.cleanup()
    world.update(there=True, full=False)
    assert dj.try_again(Drive)
    assert phases(dj) == [("Fill", "check"), ("Fill", "run"), ("Fill", "recheck"), ("Drive", "check")]
    assert list(dj.nodestatus) == ["Fill", "Drive"]


def test_an_unknown_job_is_told(dj: DoJobber) -> None:
    with pytest.raises(UnknownJobError, match="did you mean 'Drive'"):
        dj.check_again("Drvie")


def test_the_fold_of_the_events_is_the_state_after_asking_again(dj: DoJobber, world: World) -> None:
    dj.run()
    dj.check_again(Drive)
    dj.try_again(Drive)
    world["there"] = True
    dj.try_again(Fill)
    folded = RunState(dj.state.graph)
    for event in dj.events:
        folded.apply(event)
    assert repr(folded.jobs) == repr(dj.state.jobs)
    dj.run()
    assert dj.success()


async def test_asking_beside_a_loop_is_asking(dj: DoJobber, world: World) -> None:
    await dj.arun()
    world["there"] = True
    assert await dj.acheck_again(Drive)
    await dj.arun()
    assert dj.success()


def test_an_interrupted_check_again_leaves_the_job_as_it_was(dj: DoJobber, world: World) -> None:
    dj.run()

    def interrupts(event: Any) -> None:
        if isinstance(event, PhaseStarted):
            dj.interrupt()

    leave = dj.subscribe(interrupts)
    with pytest.raises(KeyboardInterrupt):
        dj.check_again(Drive)
    leave()
    assert statuses(dj) == ["changed", "failed", "blocked"]
