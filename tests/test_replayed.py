"""A run that can but be looked at reads as the runner whose it was, and does nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from dojobber_nb.core.errors import ReadOnlyError
from dojobber_nb.engine.replayed import Replayed
from tests.runbooks import doing, movie_night

ACTS: dict[str, Callable[[Replayed], Any]] = {
    "configure": lambda run: run.configure(movie_night()),
    "set_args": lambda run: run.set_args(1),
    "checknrun": lambda run: run.checknrun(),
    "run": lambda run: run.run(),
    "step": lambda run: run.step(),
    "step_job": lambda run: run.step_job(),
    "step_pass": lambda run: run.step_pass(),
    "run_to": lambda run: run.run_to("TurnOnTV"),
    "check_again": lambda run: run.check_again("TurnOnTV"),
    "try_again": lambda run: run.try_again("TurnOnTV"),
    "cleanup": lambda run: run.cleanup(),
    "reset": lambda run: run.reset(),
    "stop": lambda run: run.stop(),
    "no_act": lambda run: setattr(run, "no_act", True),
    "breakpoints.add": lambda run: run.breakpoints.add("TurnOnTV"),
}


def halfway() -> tuple[Any, Replayed]:
    dj = doing(movie_night(), capture=True)
    dj.step_pass()
    return dj, Replayed.of(dj)


def test_it_reads_as_the_runner_did() -> None:
    dj, run = halfway()
    names = ("nodestatus", "next_step", "noderesults", "no_act", "global_storage", "storages")
    assert {name: getattr(run, name) for name in names} == {name: getattr(dj, name) for name in names}
    assert list(run.events) == list(dj.events)
    assert [run.why(job) for job in dj.state.jobs] == [dj.why(job) for job in dj.state.jobs]


def test_the_runner_goes_on_without_it() -> None:
    dj, run = halfway()
    before = run.nodestatus
    dj.run()
    assert dj.nodestatus != before
    assert run.nodestatus == before


@pytest.mark.parametrize("act", ACTS)
def test_nothing_can_be_done_with_it(act: str) -> None:
    _, run = halfway()
    before = list(run.events)
    with pytest.raises(ReadOnlyError) as told:
        ACTS[act](run)
    assert told.value.call == act
    assert list(run.events) == before


async def test_nothing_can_be_done_with_it_beside_a_loop() -> None:
    _, run = halfway()
    with pytest.raises(ReadOnlyError):
        await run.arun()


def test_to_look_on_does_no_harm() -> None:
    _, run = halfway()
    run.watch()()
    run.subscribe(print)()
    run.pause()
    run.interrupt()
    assert run.going_on == ""
