"""Jobs that only check, and jobs that only run and have no Run."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

from dojobber_nb import DoJobber, Job, Record, RunonlyJob
from dojobber_nb.core.events import Outcome, Status
from dojobber_nb.view import words
from tests.engine.test_against_dojobber import ours, theirs, watch
from tests.support.graphs import Plan
from tests.support.laws import LAWS, the_events_fold_to_the_state
from tests.support.runbooks import doing
from tests.support.trial import Trial

WAITS = [Plan("Waits", check="nny", run=""), Plan("Drive", ("Waits",))]
NEVER = [Plan("Waits", check="n", run="", tries=2), Plan("Drive", ("Waits",))]


def phases(trial: Trial) -> str:
    return " ".join(f"{call.job}.{call.phase}" for call in trial.calls if call.phase != "init")


def known(dj: DoJobber) -> dict[str, tuple[Status, int]]:
    return {name: (job.status, job.tries) for name, job in dj.state.jobs.items()}


def test_its_attempt_is_one_check_and_it_is_tried_again_after_its_delay() -> None:
    trial = Trial(WAITS, default_retry_delay=5)
    trial.dj.step()
    assert known(trial.dj) == {"Waits": (Status.RETRYING, 1), "Drive": (Status.PENDING, 0)}
    assert trial.dj.why("Waits") == "retrying: failed 1 of 3 tries: check of Waits, attempt 1."
    began = trial.clock.now
    trial.dj.run()
    assert trial.clock.now - began > 10 - 1
    assert phases(trial) == "Waits.check Waits.check Waits.check Drive.check"
    assert known(trial.dj) == {"Waits": (Status.OK, 3), "Drive": (Status.OK, 1)}
    for law in LAWS:
        law(trial.dj.state.graph, trial.dj.events)


def test_without_tries_left_it_has_failed_and_blocks_what_needs_it() -> None:
    trial = Trial(NEVER, default_retry_delay=0)
    assert trial.dj.step_job() == "Waits"
    assert trial.dj.step_job() == "Waits"
    assert known(trial.dj) == {"Waits": (Status.FAILED, 2), "Drive": (Status.BLOCKED, 0)}
    assert trial.dj.nodestatus == {"Waits": False, "Drive": None}
    assert trial.dj.why("Waits") == "failed 2 of 2 tries: ScriptedError; it has no Run."
    assert trial.dj.why("Drive") == "blocked: needs Waits, which failed 2 of 2 tries: ScriptedError; it has no Run."
    assert trial.dj.next_step is None


def test_under_no_act_it_has_failed_uncharged_and_the_acting_run_has_all_its_tries() -> None:
    trial = Trial(WAITS, default_retry_delay=0, no_act=True)
    trial.dj.checknrun()
    assert known(trial.dj) == {"Waits": (Status.FAILED, 0), "Drive": (Status.BLOCKED, 0)}
    assert trial.dj.state.ended is Outcome.DRY_RUN
    assert trial.dj.why("Waits") == "failed: check of Waits, attempt 1; it has no Run."
    trial.dj.no_act = False
    trial.dj.run()
    assert known(trial.dj) == {"Waits": (Status.OK, 2), "Drive": (Status.OK, 1)}
    the_events_fold_to_the_state(trial.dj)


@pytest.mark.parametrize("call", ["check_again", "try_again"])
def test_asked_for_again_it_is_checked_and_what_needs_it_is_open_if_it_holds(call: str) -> None:
    trial = Trial([Plan("Waits", check="nny", run="", tries=2), Plan("Drive", ("Waits",))], default_retry_delay=0)
    trial.dj.step_pass()
    trial.dj.step_pass()
    assert getattr(trial.dj, call)("Waits") is True
    trial.dj.run()
    assert trial.dj.success()
    assert phases(trial) == "Waits.check Waits.check Waits.check Drive.check"


def test_its_words_say_that_it_only_checks() -> None:
    trial = Trial(NEVER, default_retry_delay=0)
    job, state = trial.dj.state.jobs["Waits"], trial.dj.state
    assert words.line(job, state) == "check only · pending"
    trial.dj.run()
    assert words.line(trial.dj.state.jobs["Waits"], trial.dj.state).startswith("2/2 ")


def test_a_record_of_it_folds_to_the_same_and_is_taken_up(tmp_path: Path) -> None:
    path = str(tmp_path / "night.sqlite")
    trial = Trial(WAITS, default_retry_delay=0, record=path)
    trial.dj.step()
    recorded = Record(path).runs[-1]
    assert {name: job.status for name, job in recorded.state.jobs.items()} == {
        "Waits": Status.RETRYING,
        "Drive": Status.PENDING,
    }
    trial.dj.run()
    assert Record(path).runs[-1].nodestatus == {"Waits": True, "Drive": True}


def test_an_empty_run_attribute_is_no_run_and_a_lone_check_needs_no_more() -> None:
    class Waits(Job):
        Run = None

        def Check(self) -> None:
            """Hold."""

    dj = doing(Waits)
    dj.checknrun()
    assert dj.success()


def nothing_to_run(library: Any, _hear: Any, **body: Any) -> list[Any]:
    return [type("Once", (library.RunonlyJob,), body)]


def raises(_job: Any) -> None:
    raise OSError("the inventory is gone")


@pytest.mark.parametrize("body", [{}, {"__init__": raises}])
def test_a_runonly_job_without_run_is_warned_about_and_never_succeeds_as_in_dojobber(body: dict[str, Any]) -> None:
    with pytest.warns(UserWarning, match="Once is a RunonlyJob: without Run it can never succeed"):
        DoJobber().configure(type("Once", (RunonlyJob,), body))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        options = {"default_tries": 2, "verbose": True}
        mine, peer = (
            watch(library, lambda lib, hear: nothing_to_run(lib, hear, **body), options) for library in (ours, theirs)
        )
    assert mine == peer
    assert mine.nodestatus == {"Once": False}
