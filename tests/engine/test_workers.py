"""Many at once: with several workers a run comes to the same, in less time, and each law of a run holds."""

from __future__ import annotations

import random
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dojobber_nb import DoJobber
from dojobber_nb.core.errors import CleanupErrors, WorkersError
from dojobber_nb.core.events import Interrupted, PassStarted, Phase, PhaseEnded, PhaseStarted
from tests.support.graphs import Call, Plan, random_plans
from tests.support.laws import (
    LAWS,
    a_pass_takes_each_job_once,
    a_pass_takes_each_job_once_in_visiting_order,
    facts,
    folded,
    most_under_way,
    one_phase_is_under_way_at_a_time,
)
from tests.support.runbooks import doing, group, job
from tests.support.trial import Trial

OF_ONE_WORKER = {a_pass_takes_each_job_once_in_visiting_order, one_phase_is_under_way_at_a_time}
HERE = [*(law for law in LAWS if law not in OF_ONE_WORKER), a_pass_takes_each_job_once]
WORKERS = (2, 8)


def came_to(trial: Trial) -> dict[str, Any]:
    """What people see of a run in the end."""
    dj = trial.dj
    jobs = {name: (str(one.status), one.tries, str(one.error)) for name, one in dj.state.jobs.items()}
    return {"jobs": jobs, "nodestatus": dj.nodestatus, "results": dj.noderesults, "outcome": dj.state.ended}


def holds(trial: Trial) -> None:
    graph, events = trial.dj.state.graph, list(trial.dj.events)
    for law in HERE:
        law(graph, events)
    assert facts(folded(graph, events)) == facts(trial.dj.state)


@given(st.integers(0, 2**32), st.sampled_from(WORKERS), st.booleans())
def test_with_any_number_of_workers_a_run_comes_to_the_same(seed: int, workers: int, no_act: bool) -> None:
    alone = Trial(random_plans(random.Random(seed)), no_act=no_act)
    many = Trial(random_plans(random.Random(seed)), no_act=no_act, max_workers=workers)
    for trial in (alone, many):
        trial.go("checknrun")
    assert came_to(many) == came_to(alone)
    holds(many)


@given(st.integers(0, 2**32), st.sampled_from(WORKERS))
def test_pauses_and_steps_in_between_change_nothing(seed: int, workers: int) -> None:
    dice = random.Random(seed)
    alone = Trial(random_plans(random.Random(seed)))
    many = Trial(random_plans(random.Random(seed)), max_workers=workers)
    alone.go("run")

    def pauses(_call: Call) -> None:
        if dice.random() < 0.1:
            many.dj.pause()

    many.trick = pauses
    while many.dj.state.ended is None:
        many.go(dice.choice(("run", "run", "run", "step", "step_job", "step_pass")))
        holds(many)
    assert came_to(many) == came_to(alone)


def test_jobs_that_need_nothing_of_each_other_are_under_way_at_once() -> None:
    meeting = threading.Barrier(4, timeout=30)
    jobs = [job(f"J{number}", works_at=1, Run=lambda self: meeting.wait() and None) for number in range(4)]
    dj = doing(group("Top", *jobs), max_workers=4)
    dj.checknrun()
    assert not meeting.broken


def test_no_more_than_the_workers_are_under_way() -> None:
    dj = doing(group("Top", *(job(f"J{number}") for number in range(20))), max_workers=3)
    dj.checknrun()
    assert most_under_way(dj.events) == 3


def test_what_jobs_print_at_once_is_told_apart() -> None:
    meeting = threading.Barrier(3, timeout=30)

    def speak(self: Any) -> None:
        for number in range(50):
            print(type(self).__name__, number)  # noqa: T201  # jobs do
            if number % 10 == 0:
                meeting.wait()

    dj = doing(
        group("Top", *(job(f"J{number}", works_at=1, Run=speak) for number in range(3))), max_workers=3, capture=True
    )
    dj.checknrun()
    runs = [event for event in dj.events if isinstance(event, PhaseEnded) and event.phase is Phase.RUN]
    for event in runs:
        if event.job != "Top":
            assert event.stdout == "".join(f"{event.job} {number}\n" for number in range(50))


def test_cleanups_are_called_one_at_a_time_in_the_exact_reverse_order_of_the_runs() -> None:
    plans = [Plan(f"J{number}", check="ny", cleanup="y") for number in range(6)]
    trial = Trial([*plans, Plan("Top", needs=tuple(plan.name for plan in plans), kind="DummyJob")], max_workers=6)
    trial.go("checknrun")
    started = [event.job for event in trial.dj.events if isinstance(event, PhaseStarted) and event.phase is Phase.RUN]
    cleaned = [
        event.job for event in trial.dj.events if isinstance(event, PhaseStarted) and event.phase is Phase.CLEANUP
    ]
    assert cleaned == [name for name in reversed(started) if name != "Top"]


def test_an_interrupt_reaches_everything_under_way_and_charges_nothing() -> None:
    meeting = threading.Barrier(4, timeout=30)

    def wait(self: Any) -> None:
        meeting.wait()
        while True:
            threading.Event().wait(0.01)

    dj = doing(group("Top", *(job(f"J{number}", works_at=None, Run=wait) for number in range(3))), max_workers=3)
    helper = threading.Thread(target=lambda: (meeting.wait(), dj.interrupt()))
    helper.start()
    with pytest.raises(KeyboardInterrupt):
        dj.run()
    helper.join()
    ended = {event.job for event in dj.events if isinstance(event, Interrupted)}
    assert ended >= {"J0", "J1", "J2"}
    assert {one.tries for one in dj.state.jobs.values()} == {0}
    assert dj.state.open == {}


def test_a_breakpoint_halts_a_run_with_many_under_way() -> None:
    dj = doing(group("Top", *(job(f"J{number}") for number in range(10))), max_workers=4)
    dj.breakpoints.add("J5")
    dj.run()
    assert dj.paused_at is not None
    assert dj.paused_at.job == "J5"
    assert dj.state.all_under_way == []
    dj.run()
    assert dj.success()


def test_a_step_takes_one_phase_whatever_the_workers() -> None:
    dj = doing(group("Top", *(job(f"J{number}") for number in range(3))), max_workers=3)
    assert dj.step_job() == "J0"
    assert sum(isinstance(event, PassStarted) for event in dj.events) == 1
    assert dj.step() is not None
    assert len(dj.state.open) == 1


@pytest.mark.parametrize("number", [0, -1, True, 2.0, "4", None])
def test_what_is_no_number_of_workers_is_refused(number: Any) -> None:
    with pytest.raises(WorkersError, match=r"max_workers is .*; it must be a whole number of at least 1"):
        DoJobber().configure(group("Top"), max_workers=number)


def test_errors_of_cleanups_are_raised_as_ever() -> None:
    plans = [Plan(f"J{number}", check="ny", cleanup="n") for number in range(3)]
    trial = Trial([*plans, Plan("Top", needs=("J0", "J1", "J2"), kind="DummyJob")], max_workers=3)
    with pytest.raises(CleanupErrors) as raised:
        trial.dj.checknrun()
    assert len(raised.value.exceptions) == 3


def test_what_one_of_many_has_printed_so_far_can_be_read_meanwhile() -> None:
    meeting, read = threading.Barrier(3, timeout=30), dict[str, str]()

    def speak(self: Any) -> None:
        print("I am", type(self).__name__)  # noqa: T201  # jobs do
        meeting.wait()
        read[type(self).__name__] = dj.view.output_so_far(type(self).__name__).stdout
        meeting.wait()

    jobs = [job(f"J{number}", works_at=1, Run=speak) for number in range(3)]
    dj = doing(group("Top", *jobs), max_workers=3, capture=True)
    dj.checknrun()
    assert read == {f"J{number}": f"I am J{number}\n" for number in range(3)}


async def test_beside_an_event_loop_the_loop_stays_free_and_many_are_under_way() -> None:
    meeting = threading.Barrier(3, timeout=30)
    dj = doing(
        group("Top", *(job(f"J{n}", works_at=1, Run=lambda self: meeting.wait() and None) for n in range(3))),
        max_workers=3,
    )
    told = list[int]()
    dj.subscribe(lambda _event: told.append(threading.get_ident()))
    await dj.arun()
    assert not meeting.broken
    assert set(told) == {threading.get_ident()}
