"""What holds of every run, on random graphs under a clock of the test's own."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dojobber_nb import DoJobber, Job
from dojobber_nb.core.events import Event, Outcome, PassStarted, Phase, PhaseEnded, PhaseStarted, RunEnded, Status
from tests.support.graphs import Call, Plan, random_plans
from tests.support.laws import (
    LAWS,
    attempts,
    facts,
    folded,
    status_is_the_last_verdict,
    the_events_fold_to_the_state,
    tries_are_the_attempts_charged,
)
from tests.support.surroundings import surroundings
from tests.support.trial import Trial, run_in_pieces, untimed

DELAYS = (None, 0, 0.25, 1.5, 10.0)
ROOT = Path(__file__).parents[2]

dice = st.randoms(use_true_random=False)
plans = dice.map(lambda rng: random_plans(rng, delays=DELAYS, check_only=True))
options = st.fixed_dictionaries(
    {
        "no_act": st.sampled_from([False, False, True]),
        "cleanup": st.booleans(),
        "default_tries": st.integers(1, 4),
        "default_retry_delay": st.sampled_from(DELAYS[1:]),
    }
)


def whole(trial: Trial, _rng: random.Random) -> None:
    trial.go("checknrun")


WAYS = (whole, run_in_pieces)


@settings(max_examples=200)
@given(plans=plans, options=options, rng=dice, way=st.sampled_from(WAYS))
def test_the_events_of_a_run_keep_every_law(
    plans: list[Plan],
    options: dict[str, Any],
    rng: random.Random,
    way: Callable[[Trial, random.Random], None],
) -> None:
    trial = Trial(plans, **options)
    way(trial, rng)
    for law in LAWS:
        law(trial.dj.state.graph, trial.dj.events)


@given(plans, options, dice)
def test_a_job_has_succeeded_just_if_its_last_check_passed(
    plans: list[Plan], options: dict[str, Any], rng: random.Random
) -> None:
    trial = Trial(plans, **options)
    run_in_pieces(trial, rng)
    status_is_the_last_verdict(trial.dj)
    assert trial.dj.success() == all(trial.dj.nodestatus.values())


@given(plans, options)
def test_a_run_ends_when_each_job_succeeded_or_has_no_tries_left_or_is_blocked(
    plans: list[Plan], options: dict[str, Any]
) -> None:
    trial = Trial(plans, **options | {"no_act": False})
    trial.go("checknrun")
    tries_are_the_attempts_charged(trial.dj)
    graph, jobs = trial.dj.state.graph, trial.dj.state.jobs
    for node in graph:
        needs = [jobs[graph.nodes[need].name] for need in node.needs]
        job = jobs[node.name]
        expected = (
            {Status.BLOCKED} if not all(need.ok for need in needs) else {Status.OK, Status.CHANGED, Status.FAILED}
        )
        assert job.status in expected
        assert (job.status is Status.FAILED) == (job.tries == node.tries and not job.ok)


@given(plans, options)
def test_under_no_act_nothing_runs_and_the_acting_run_afterwards_has_all_its_tries(
    plans: list[Plan], options: dict[str, Any]
) -> None:
    trial = Trial(
        [plan._replace(check="n" if plan.check else "", run="n" if plan.run else "") for plan in plans], **options
    )
    trial.dj.no_act = True
    trial.go("checknrun")
    dry = list(trial.dj.events)
    trial.dj.no_act = False
    trial.go("run")
    assert not {Phase.RUN, Phase.RECHECK, Phase.CLEANUP} & {
        event.phase for event in dry if isinstance(event, PhaseStarted)
    }
    assert sum(isinstance(event, PassStarted) for event in dry) == 1
    for job in trial.dj.state.jobs.values():
        charged = [
            attempt
            for attempt in attempts(trial.dj.state.graph, trial.dj.events)
            if attempt.job == job.name and attempt.charged
        ]
        assert job.status is not Status.FAILED or len(charged) == job.node.tries


@given(plans, options)
def test_what_no_act_finds_is_ok_would_run_or_unknown(plans: list[Plan], options: dict[str, Any]) -> None:
    trial = Trial(plans, **options | {"no_act": True})
    trial.go("checknrun")
    graph, jobs = trial.dj.state.graph, trial.dj.state.jobs
    for node in graph:
        needed_hold = all(jobs[graph.nodes[need].name].ok for need in node.needs)
        found = jobs[node.name].status
        assert found in (
            {Status.OK, Status.WOULD_RUN, Status.FAILED} if needed_hold else {Status.UNKNOWN, Status.BLOCKED}
        )


@given(plans, options)
def test_every_cleanup_due_is_called_once_on_its_own_attempt(plans: list[Plan], options: dict[str, Any]) -> None:
    trial = Trial(plans, **options | {"cleanup": True, "no_act": False})
    trial.go("checknrun")
    runs = [
        (call.job, call.attempt)
        for call in trial.calls
        if call.phase == "run" and trial.dj.state.graph[call.job].has_cleanup
    ]
    assert [(call.job, call.attempt) for call in trial.calls if call.phase == "cleanup"] == runs[::-1]


@given(plans, options, dice)
def test_any_mixture_of_steps_gives_the_events_of_one_run(
    plans: list[Plan], options: dict[str, Any], rng: random.Random
) -> None:
    stepped, at_once = Trial(plans, **options), Trial(plans, **options)
    run_in_pieces(stepped, rng)
    at_once.go("run")
    assert list(map(untimed, stepped.dj.events)) == list(map(untimed, at_once.dj.events))
    assert stepped.calls == at_once.calls


@pytest.mark.parametrize("step", ["step", "step_job", "step_pass"])
@given(plans=plans, options=options)
def test_steps_of_one_kind_give_the_events_of_one_run(step: str, plans: list[Plan], options: dict[str, Any]) -> None:
    stepped, at_once = Trial(plans, **options), Trial(plans, **options)
    while stepped.go(step) or stepped.dj.next_step:
        pass
    at_once.go("checknrun")
    assert list(map(untimed, stepped.dj.events)) == list(map(untimed, at_once.dj.events))


@given(plans, options)
def test_step_takes_what_next_step_told(plans: list[Plan], options: dict[str, Any]) -> None:
    trial = Trial(plans, **options)
    while ahead := trial.dj.next_step:
        ended = trial.dj.step()
        assert (ended.job, Phase.CHECK if ended.phase is Phase.INIT else ended.phase) == ahead
    assert trial.dj.step() is None


@given(plans, options, st.randoms(use_true_random=False))
def test_step_job_takes_one_attempt_and_step_pass_one_pass(
    plans: list[Plan], options: dict[str, Any], rng: random.Random
) -> None:
    trial = Trial(plans, **options)
    while trial.dj.next_step:
        begun, job = len(trial.dj.events), trial.dj.next_step[0]
        passes = trial.dj.state.pass_number
        if rng.random() < 0.5:
            assert trial.dj.step_job() == job
            assert {event.job for event in trial.dj.events[begun:] if isinstance(event, PhaseEnded)} == {job}
        else:
            left = trial.dj.step_pass()
            assert left == (trial.dj.next_step is not None and trial.dj.next_step[1] is not Phase.CLEANUP)
            assert trial.dj.state.pass_number in (passes, passes + 1)


@given(plans, options)
def test_listeners_change_nothing(plans: list[Plan], options: dict[str, Any]) -> None:
    def fails(event: Event) -> None:
        raise SystemExit(str(event))

    alone, heard, seen = Trial(plans, **options), Trial(plans, **options), list[Event]()
    for listener in (fails, seen.append, lambda event: event._replace(started=0)):
        heard.dj.subscribe(listener)
    alone.go("run")
    heard.go("run")
    assert list(map(untimed, alone.dj.events)) == list(map(untimed, heard.dj.events))
    assert alone.calls == heard.calls
    assert seen == list(heard.dj.events)


@given(plans, options, dice)
def test_the_fold_of_the_events_so_far_is_the_state_whenever_a_listener_hears(
    plans: list[Plan], options: dict[str, Any], rng: random.Random
) -> None:
    trial = Trial(plans, **options)
    seen: list[tuple[Any, Any]] = []
    trial.dj.subscribe(
        lambda _event: seen.append((facts(folded(trial.dj.state.graph, trial.dj.events)), facts(trial.dj.state)))
    )
    run_in_pieces(trial, rng)
    assert [there for there, _ in seen] == [here for _, here in seen]


@given(plans, options, dice)
def test_the_fold_of_the_events_is_the_state_after_each_call_that_nobody_hears(
    plans: list[Plan], options: dict[str, Any], rng: random.Random
) -> None:
    trial = Trial(plans, **options)
    while trial.dj.next_step:
        trial.go(rng.choice(("step", "step_job", "step_pass")))
        the_events_fold_to_the_state(trial.dj)


@given(plans, options)
def test_the_end_of_a_run_is_told_once_and_tells_how_it_ended(plans: list[Plan], options: dict[str, Any]) -> None:
    trial = Trial(plans, **options)
    trial.go("checknrun")
    ends = [event for event in trial.dj.events if isinstance(event, RunEnded)]
    assert [*trial.dj.events][-1:] == ends
    expected = Outcome.SUCCESS if trial.dj.success() else Outcome.DRY_RUN if options["no_act"] else Outcome.FAILURE
    assert ends[0].outcome is expected


# --- order and time ------------------------------------------------------------------------------------------------

ORDERS = """
import random
from tests.support.graphs import random_plans
from tests.support.surroundings import surroundings
from tests.support.trial import Trial
for seed in range(40):
    trial = Trial(random_plans(random.Random(seed), most=15), default_retry_delay=0)
    trial.go("checknrun")
    print([call[:3] for call in trial.calls])
"""


def test_the_order_follows_from_deps_alone_whatever_the_hash_seed() -> None:
    told = {
        subprocess.run(
            [sys.executable, "-c", ORDERS],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": str(seed)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in (0, 1, 2)
    }
    assert len(told) == 1
    assert told != {""}


class Flaky(Job):
    """Starts are noted; the fourth attempt succeeds."""

    RETRY_DELAY = 0.02
    TRIES = 4
    starts: list[float]

    def Check(self) -> None:
        self.starts.append(time.monotonic())
        assert len(self.starts) > 6

    def Run(self) -> None:
        """Change nothing."""


def test_a_jump_of_the_wall_clock_changes_no_retry_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    jumps = iter(range(0, 10**9, 10**6))
    monkeypatch.setattr(time, "time", lambda: -float(next(jumps)))
    Flaky.starts = []
    dj = DoJobber()
    dj.configure(Flaky)
    dj.checknrun()
    checks = Flaky.starts[::2]
    assert dj.success()
    assert all(later - earlier >= Flaky.RETRY_DELAY for earlier, later in pairwise(checks))


# --- all is as before ----------------------------------------------------------------------------------------------


@given(plans, options, dice, st.sampled_from([None, True, False]))
def test_cwd_streams_and_log_handlers_are_as_before_after_every_call(
    plans: list[Plan], options: dict[str, Any], rng: random.Random, capture: bool | None
) -> None:
    trial, before = Trial(plans, capture=capture, **options), surroundings()
    trial.trick = lambda _call: os.chdir("/")
    while trial.dj.next_step:
        trial.go(rng.choice(("step", "step_job", "step_pass")))
        assert surroundings() == before


@given(plans, options)
def test_every_phase_begins_in_the_directory_of_the_run(plans: list[Plan], options: dict[str, Any]) -> None:
    trial, home, places = Trial(plans, **options), os.getcwd(), set[str]()

    def wander(_call: Call) -> None:
        places.add(os.getcwd())
        os.chdir("/")

    trial.trick = wander
    trial.go("checknrun")
    assert places == {home}
