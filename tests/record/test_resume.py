"""resume(): what is carried over of each job, what is asked and told, and how the run goes on."""

from __future__ import annotations

import os
import re
import warnings
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dojobber_nb import DoJobber, DummyJob, Job, Record, RunonlyJob
from dojobber_nb.core.errors import (
    CleanupErrors,
    InDoubtError,
    JobCrashedError,
    NotConfiguredError,
    NotReadyError,
    NotRecordedError,
    RecordBusyError,
    RecordError,
    UnknownJobError,
)
from dojobber_nb.core.events import (
    Outcome,
    PassStarted,
    Phase,
    PhaseInDoubt,
    PhaseStarted,
    ResumeAs,
    Resumed,
    ResumedJob,
    RunStarted,
    Status,
)
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.state import RunState
from dojobber_nb.core.status_rules import RESUMED_STATUS
from dojobber_nb.core.why import why
from dojobber_nb.engine.resumption import KEPT
from tests.support.disks import folder_in_memory, no_room
from tests.support.graphs import random_plans
from tests.support.laws import LAWS_FOR_ALL, facts, folded
from tests.support.runbooks import job
from tests.support.trial import FakeClock, Trial, run_in_pieces


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "night.sqlite"


class Calls:
    """Jobs whose world is a set of names, and what they were called for, in order."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.world: set[str] = set()
        self.deadly: str | None = None

    def job(
        self, name: str, *needs: type[Job], base: type[Job] = Job, holds: bool | None = None, **own: Any
    ) -> type[Job]:
        """It holds once it was run; always, or never, if `holds` says so."""

        def check(self: Job) -> None:
            calls.made.append(f"{name}.check")
            self.global_storage[name] = "checked"
            if not (name in calls.world if holds is None else holds):
                raise RuntimeError(f"no {name}")

        def run(self: Job) -> None:
            calls.made.append(f"{name}.run")
            self.storage["by"] = os.getpid()
            if calls.deadly == name:
                os._exit(9)
            calls.world.add(name)
            if base is RunonlyJob and holds is False:
                raise RuntimeError(f"no {name}")

        calls = self
        code = {} if base is DummyJob else {"Run": run} if base is RunonlyJob else {"Check": check, "Run": run}
        return type(name, (base,), {"DEPS": needs, **code, **own})

    def cleaned(self, name: str, *needs: type[Job], **own: Any) -> type[Job]:
        """One with a Cleanup."""

        def cleanup(job: Job) -> None:
            self.made.append(f"{name}.cleanup {sorted(job.storage)}")

        return self.job(name, *needs, Cleanup=cleanup, **own)


@pytest.fixture
def calls() -> Calls:
    return Calls()


def configured(path: Path, root: Any, **options: Any) -> DoJobber:
    dj = DoJobber()
    dj.configure(root, record=path, **{"default_retry_delay": 0, "default_tries": 2, **options})
    return dj


def left_at(path: Path, root: Any, job: str, phase: str = "check", **options: Any) -> None:
    """As if its process had died before that phase began."""
    dj = configured(path, root, **options)
    assert dj.run_to(job, phase)


def died_in(path: Path, root: Any, calls: Calls, name: str) -> None:
    """A process that dies in the Run of that job."""
    pid = os.fork()
    if not pid:
        calls.deadly = name
        with suppress(BaseException):
            configured(path, root).resume()
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9


def resumed(path: Path, root: Any, *args: Any, **options: Any) -> DoJobber:
    dj = configured(path, root, **options)
    with suppress(CleanupErrors):
        dj.resume(*args)
    return dj


def runs_of(path: Path) -> list[str]:
    return [run.root for run in Record(path).runs]


# --- what is carried over ------------------------------------------------------------------------------------------


def test_what_had_succeeded_is_checked_again_and_not_run_again(path: Path, calls: Calls) -> None:
    root = calls.job("B", calls.job("A"))
    left_at(path, root, "B")
    calls.made.clear()
    dj = resumed(path, root)
    assert calls.made == ["A.check", "B.check", "B.run", "B.check"]
    assert dj.nodestatus == {"A": True, "B": True}
    assert dj.global_storage == {"A": "checked", "B": "checked"}
    assert runs_of(path) == ["B"]


def test_what_no_longer_holds_is_run_again_with_all_its_tries(path: Path, calls: Calls) -> None:
    root = calls.job("B", calls.job("A", TRIES=1))
    left_at(path, root, "B")
    calls.world.clear()
    calls.made.clear()
    assert resumed(path, root).success()
    assert calls.made == ["A.check", "A.run", "A.check", "B.check", "B.run", "B.check"]


def test_a_job_that_failed_stays_failed_and_blocks_what_needs_it(path: Path, calls: Calls) -> None:
    bad = calls.job("Bad", holds=False, TRIES=1)
    root = calls.job("Top", bad, calls.job("Good"))
    left_at(path, root, "Good")
    calls.made.clear()
    dj = resumed(path, root)
    assert calls.made == ["Good.check", "Good.run", "Good.check"]
    assert dj.nodestatus == {"Bad": False, "Good": True, "Top": None}
    assert dj.why("Bad") == "failed 1 of 1 try: no Bad."
    assert dj.why("Top") == "blocked: needs Bad, which failed 1 of 1 try: no Bad."
    assert dj.state.ended is Outcome.FAILURE


def test_a_failed_job_is_not_freed_by_what_it_needs(path: Path, calls: Calls) -> None:
    root = calls.job("Top", calls.job("Bad", calls.job("Good"), holds=False, TRIES=1), calls.job("Last"))
    left_at(path, root, "Last")
    calls.made.clear()
    resumed(path, root)
    assert calls.made == ["Good.check", "Last.check", "Last.run", "Last.check"]


def test_a_retrying_job_keeps_the_tries_it_has_had(path: Path, calls: Calls) -> None:
    root = calls.job("Top", calls.job("Bad", holds=False, TRIES=3), calls.job("Good"))
    left_at(path, root, "Good")
    calls.made.clear()
    dj = resumed(path, root)
    assert calls.made.count("Bad.run") == 2
    assert dj.state.jobs["Bad"].tries == 3


def test_the_attempt_that_was_cut_short_is_not_charged(path: Path, calls: Calls) -> None:
    root = calls.job("A", TRIES=1, holds=False)
    died_in(path, root, calls, "A")
    dj = configured(path, root)
    dj.resume()
    (told,) = [event for event in dj.events if isinstance(event, Resumed)]
    assert told.doubt == PhaseInDoubt("A", Phase.RUN, 1)
    assert told.jobs[0][:4] == ("A", ResumeAs.IN_DOUBT, 0, 1)
    assert (dj.state.jobs["A"].tries, dj.state.jobs["A"].attempt) == (1, 2)
    assert dj.why("A") == "failed 1 of 1 try: no A."


def test_a_named_job_is_tried_afresh_even_if_it_had_failed(path: Path, calls: Calls) -> None:
    root = calls.job("Top", bad := calls.job("Bad", holds=False, TRIES=1), calls.job("Good"))
    left_at(path, root, "Good")
    calls.made.clear()
    resumed(path, root, [bad])
    assert calls.made.count("Bad.run") == 1


# --- jobs without a Check ------------------------------------------------------------------------------------------


def test_a_runonly_job_that_succeeded_is_trusted_and_told(path: Path, calls: Calls, capsys: Any) -> None:
    root = calls.job("Top", calls.job("Sent", base=RunonlyJob))
    left_at(path, root, "Top")
    calls.made.clear()
    dj = resumed(path, root)
    assert calls.made == ["Top.check", "Top.run", "Top.check"]
    assert dj.success()
    assert "Sent succeeded before and cannot be checked: trusted, and not run again" in capsys.readouterr().err
    assert any("global_storage is gone" in word.what for word in Record(path).runs[0].trail)


def test_a_runonly_job_whose_run_is_known_to_have_passed_is_trusted_before_its_recheck(
    path: Path, calls: Calls
) -> None:
    root = calls.job("Sent", base=RunonlyJob)
    left_at(path, root, "Sent", "recheck")
    calls.made.clear()
    assert resumed(path, root).success()
    assert calls.made == []


def test_a_runonly_job_that_succeeded_is_run_again_only_if_it_is_named(path: Path, calls: Calls) -> None:
    root = calls.job("Top", sent := calls.job("Sent", base=RunonlyJob))
    left_at(path, root, "Top")
    calls.made.clear()
    resumed(path, root, [sent])
    assert calls.made[0] == "Sent.run"
    assert any(word.what == "approved, to be run again: Sent" for word in Record(path).runs[0].trail)


@pytest.mark.parametrize(("decided", "made"), [("rerun", ["Sent.run"]), ("done", [])])
def test_a_runonly_job_in_doubt_is_asked_about_before_anything_is_called(
    path: Path, calls: Calls, decided: str, made: list[str]
) -> None:
    root = calls.job("Top", sent := calls.job("Sent", base=RunonlyJob))
    died_in(path, root, calls, "Sent")
    dj = configured(path, root)
    with pytest.raises(InDoubtError, match=re.escape("resume(done=['Sent'])")) as raised:
        dj.resume()
    assert (raised.value.job, calls.made) == ("Sent", [])
    dj.resume(**{decided: [sent]})
    assert calls.made[: len(made) + 1] == [*made, "Top.check"]
    assert dj.success()


def test_a_runonly_job_whose_code_has_changed_is_not_run_again_for_that(path: Path, calls: Calls) -> None:
    left_at(path, calls.job("Top", calls.job("Sent", base=RunonlyJob)), "Top")
    calls.made.clear()
    other = type("Sent", (RunonlyJob,), {"Run": lambda job: calls.made.append("another Sent.run")})
    with pytest.warns(UserWarning, match="Sent: its code changed"):
        dj = resumed(path, calls.job("Top", other))
    assert dj.success()
    assert "another Sent.run" not in calls.made


# --- Cleanups ------------------------------------------------------------------------------------------------------


def test_a_cleanup_due_from_the_dead_process_is_called_on_a_fresh_instance_and_told(
    path: Path, calls: Calls, capsys: Any
) -> None:
    root = calls.job("Top", calls.cleaned("A"))
    left_at(path, root, "Top")
    calls.made.clear()
    resumed(path, root)
    assert calls.made[-1] == "A.cleanup []"
    assert "on a fresh instance with an empty storage: A (attempt 1)" in capsys.readouterr().err


def test_cleanups_of_both_processes_are_called_once_each_the_newest_first(path: Path, calls: Calls) -> None:
    root = calls.cleaned("B", calls.cleaned("A"))
    left_at(path, root, "B", "recheck")
    calls.world.discard("A")
    calls.made.clear()
    resumed(path, root)
    assert [call for call in calls.made if "cleanup" in call] == ["A.cleanup ['by']", "B.cleanup []", "A.cleanup []"]


def test_once_cleanups_had_begun_only_those_that_are_left_are_called(path: Path, calls: Calls) -> None:
    root = calls.cleaned("B", calls.cleaned("A"))
    dj = configured(path, root)
    for _ in range(7):
        dj.step()
    assert dj.next_step == ("A", "cleanup")
    calls.made.clear()
    again = resumed(path, root)
    assert calls.made == ["A.cleanup []"]
    assert again.nodestatus == {"A": True, "B": True}
    assert again.state.ended is Outcome.SUCCESS
    assert [again.state.jobs[name].status for name in "AB"] == [Status.CHANGED, Status.CHANGED]


def test_a_cleanup_that_had_begun_is_not_called_again_and_that_is_told(path: Path, calls: Calls, capsys: Any) -> None:
    def dies(_job: Job) -> None:
        calls.made.append("B.cleanup")
        if calls.deadly:
            os._exit(9)

    root = calls.job("B", calls.cleaned("A"), Cleanup=dies)
    pid = os.fork()
    if not pid:
        calls.deadly = "Cleanup"
        configured(path, root).checknrun()
        os._exit(1)
    os.waitpid(pid, 0)
    resumed(path, root)
    assert calls.made == ["A.cleanup []"]
    assert "B.cleanup was under way when its process died; it is not called again" in capsys.readouterr().err


def test_what_cleanups_raise_is_raised_as_by_any_run(path: Path, calls: Calls) -> None:
    def cleanup(_job: Job) -> None:
        raise ValueError("stuck")

    root = calls.job("Top", calls.job("A", Cleanup=cleanup))
    left_at(path, root, "Top")
    with pytest.raises(CleanupErrors) as raised:
        configured(path, root).resume()
    assert [str(error) for error in raised.value.exceptions] == ["stuck"]


# --- runs that had ended, or never were ----------------------------------------------------------------------------


def test_with_nothing_recorded_it_is_checknrun(path: Path, calls: Calls) -> None:
    dj = resumed(path, calls.job("B", calls.job("A")))
    assert calls.made == ["A.check", "A.run", "A.check", "B.check", "B.run", "B.check"]
    assert (dj.success(), runs_of(path)) == (True, ["B"])


def test_runs_of_other_roots_are_left_alone(path: Path, calls: Calls) -> None:
    left_at(path, calls.job("Other", calls.job("A")), "Other")
    dj = resumed(path, calls.job("Mine", calls.job("A")))
    assert dj.success()
    assert runs_of(path) == ["Other", "Mine"]


def test_a_run_that_had_ended_is_only_checked(path: Path, calls: Calls) -> None:
    root = calls.job("B", calls.job("A"))
    resumed(path, root)
    calls.world.discard("B")
    calls.made.clear()
    dj = resumed(path, root)
    assert calls.made == ["A.check", "B.check"]
    assert dj.nodestatus == {"A": True, "B": False}
    assert facts(dj.state) == facts(folded(dj.state.graph, dj.events))
    assert dj.no_act is False
    calls.made.clear()
    resumed(path, root)
    assert calls.made == ["A.check", "B.check"]
    assert [run.metadata.get("resumes") for run in Record(path).runs] == [None, 1, 2]


def test_of_a_run_that_had_ended_all_is_checked_as_often_as_it_is_asked_for(path: Path, calls: Calls) -> None:
    root = calls.job("A")
    resumed(path, root)
    calls.world.clear()
    dj = resumed(path, root)
    calls.made.clear()
    dj.resume()
    assert calls.made == ["A.check"]
    dj.run()
    assert dj.success()
    dj.resume()
    assert calls.made == ["A.check", "A.check", "A.run", "A.check", "A.check"]


def test_of_a_run_that_had_ended_a_named_job_is_run_again(path: Path, calls: Calls) -> None:
    root = calls.job("B", calls.job("Once", base=RunonlyJob))
    resumed(path, root)
    calls.made.clear()
    dj = resumed(path, root, "Once")
    assert calls.made == ["Once.run", "B.check"]
    assert dj.success()
    assert dj.state.ended is Outcome.SUCCESS
    assert facts(dj.state) == facts(folded(dj.state.graph, dj.events))


@pytest.mark.parametrize("cut_off", [True, False])
@pytest.mark.parametrize("here", [True, False])
def test_a_dry_run_since_does_not_hide_a_run_that_was_cut_off(
    path: Path, calls: Calls, here: bool, cut_off: bool
) -> None:
    root = calls.job("Top", calls.cleaned("Once", base=RunonlyJob))
    left_at(path, root, "Top")
    dj = configured(path, root, no_act=True)
    if cut_off:
        dj.step()
    else:
        dj.run()
    if not here:
        dj = configured(path, root)
    dj.no_act = False
    calls.made.clear()
    dj.resume()
    assert calls.made == ["Top.check", "Top.run", "Top.check", "Once.cleanup []"]
    assert Record(path).runs[0].outcome is Outcome.SUCCESS
    calls.made.clear()
    resumed(path, root)
    assert calls.made == ["Top.check"]


def test_a_run_taken_up_to_be_looked_at_can_be_taken_up_to_act(path: Path, calls: Calls) -> None:
    root = calls.job("B", calls.cleaned("A"))
    left_at(path, root, "B")
    resumed(path, root, no_act=True)
    calls.made.clear()
    assert resumed(path, root).success()
    assert calls.made == ["A.check", "B.check", "B.run", "B.check", "A.cleanup []"]
    assert runs_of(path) == ["B"]


@pytest.mark.parametrize("named", ["Fill", ["Fill"], ("Fill",)])
def test_one_job_can_be_named_by_itself(path: Path, calls: Calls, named: Any) -> None:
    root = calls.job("Fill", holds=False, TRIES=1)
    resumed(path, root)
    calls.made.clear()
    resumed(path, root, named)
    resumed(path, root, root)
    assert calls.made == ["Fill.check", "Fill.run", "Fill.check"] * 2


def test_the_run_of_one_job_that_was_cut_off_is_gone_on_with_as_such(path: Path, calls: Calls) -> None:
    root = calls.job("Top", calls.job("B", calls.job("A")))
    dj = configured(path, root)
    dj.breakpoints.add("B", "run")
    dj.checknrun("B")
    calls.made.clear()
    assert resumed(path, root).nodestatus == {"A": True, "B": True}
    assert "Top.check" not in calls.made


def test_under_no_act_it_only_checks(path: Path, calls: Calls) -> None:
    root = calls.job("B", calls.job("A"))
    left_at(path, root, "B")
    calls.made.clear()
    dj = resumed(path, root, no_act=True)
    assert calls.made == ["A.check", "B.check"]
    assert [job.status for job in dj.state.jobs.values()] == [Status.OK, Status.WOULD_RUN]
    dj.no_act = False
    dj.run()
    assert dj.success()


def test_a_run_of_its_own_that_stands_still_is_gone_on_with(path: Path, calls: Calls) -> None:
    dj = configured(path, calls.job("B", calls.job("A")))
    dj.step()
    dj.resume()
    assert calls.made == ["A.check", "A.run", "A.check", "B.check", "B.run", "B.check"]
    assert not any(isinstance(event, Resumed) for event in dj.events)


def test_of_a_run_of_its_own_no_job_is_run_again_by_resume(path: Path, calls: Calls) -> None:
    dj = configured(path, calls.job("B", calls.job("A")))
    dj.run_to("B")
    calls.made.clear()
    with pytest.raises(NotReadyError, match=r"use try_again\('A'\)"):
        dj.resume(rerun=["A"])
    with pytest.raises(UnknownJobError, match="'Nobody'"):
        dj.resume(rerun=["Nobody"])
    assert calls.made == []


def test_a_run_that_somebody_else_went_on_with_can_be_taken_up_again(path: Path, calls: Calls) -> None:
    first = configured(path, root := calls.job("B", calls.job("A")))
    first.run_to("B")
    second = configured(path, root)
    second.breakpoints.add("B", "run")
    second.resume()
    with pytest.raises(RecordError, match="another process has continued this run"):
        first.run()
    first.resume()
    assert first.success()
    assert len(Record(path).runs[0].events) == len(first.events)


def test_nobody_else_can_take_up_the_run_meanwhile(path: Path, calls: Calls) -> None:
    left_at(path, calls.job("B", calls.job("A")), "B")
    refused: list[RecordBusyError] = []

    def look(*_told: Any) -> None:
        with pytest.raises(RecordBusyError, match="another runner of this process") as caught:
            configured(path, calls.job("B"))
        refused.append(caught.value)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = look
        assert resumed(path, calls.job("B", TRIES=1)).success()
    assert refused
    assert len(Record(path).runs) == 2


@pytest.mark.parametrize("same", [True, False])
def test_who_was_taken_over_from_is_in_the_trail(path: Path, calls: Calls, same: bool) -> None:
    root = calls.job("A")
    died_in(path, root, calls, "A")
    calls.deadly = None
    with nullcontext() if same else pytest.warns(UserWarning, match="the graph is not"):
        resumed(path, root if same else calls.job("A", TRIES=1), "A")
    trail = Record(path).runs[-1].trail
    assert trail[0].what.startswith("taken over from process ")
    assert trail[0].after == (5 if same else 1)  # events: up to the begin of the Run that was its last, or a new run's


def test_without_a_record_there_is_nothing_to_take_up() -> None:
    with pytest.raises(NotConfiguredError):
        DoJobber().resume()
    dj = DoJobber()
    dj.configure(job("A"))
    with pytest.raises(NotRecordedError, match="record=path"):
        dj.resume()


def test_a_job_that_is_not_in_the_graph_cannot_be_decided_about(path: Path, calls: Calls) -> None:
    with pytest.raises(UnknownJobError, match="Drvie"):
        configured(path, calls.job("Drive")).resume(rerun=["Drvie"])
    assert calls.made == []


# --- crashes -------------------------------------------------------------------------------------------------------


def test_a_job_that_kills_its_process_again_and_again_is_not_tried_for_ever(path: Path, calls: Calls) -> None:
    root = calls.job("Top", calls.job("Deadly"))
    for _ in range(3):
        died_in(path, root, calls, "Deadly")
    with pytest.raises(JobCrashedError, match="3 times while Deadly was under way") as raised:
        configured(path, root).resume()
    assert (raised.value.job, raised.value.times, calls.made) == ("Deadly", 3, [])
    assert resumed(path, root, ["Deadly"]).success()


def test_a_job_that_was_mended_is_tried_again_however_often_it_crashed(path: Path, calls: Calls) -> None:
    for _ in range(3):
        died_in(path, calls.job("Top", calls.job("Deadly")), calls, "Deadly")
    mended = type("Deadly", (Job,), {"Check": lambda job: None, "Run": lambda job: None})
    with pytest.warns(UserWarning, match="Deadly: its code changed"):
        assert resumed(path, calls.job("Top", mended)).success()


# --- graphs that have changed --------------------------------------------------------------------------------------


def test_what_is_otherwise_with_the_graph_is_told_job_by_job(path: Path, calls: Calls) -> None:
    old = [calls.job("Same"), calls.job("Gone"), calls.cleaned("Went"), calls.job("Tries", TRIES=3)]
    left_at(path, calls.job("Top", *old), "Top")
    new = [calls.job("Same"), calls.job("New"), calls.job("Tries", TRIES=4)]
    calls.made.clear()
    with pytest.warns(UserWarning, match="run 1") as warned:
        dj = resumed(path, calls.job("Top", *new))
    assert str(warned[0].message).splitlines()[1:] == [
        "  New: new",
        "  Tries: its kind, its TRIES or its Cleanup changed",
        "  Top: its dependencies changed",
        "  Gone: gone",
        "  Went: gone",
    ]
    assert dj.success()
    assert "Same.run" not in calls.made
    assert dj.state.jobs["Same"].status is Status.OK
    assert facts(dj.state) == facts(folded(dj.state.graph, dj.events))
    assert [type(event) for event in dj.events[:2]] == [RunStarted, Resumed]
    assert Record(path).runs[1].metadata["resumes"] == 1


@pytest.mark.filterwarnings("error")
def test_where_warnings_are_errors_a_changed_graph_is_refused_before_anything_is_done(path: Path, calls: Calls) -> None:
    left_at(path, calls.job("Top", calls.job("A")), "Top")
    calls.made.clear()
    before = len(Record(path).runs[0].events)
    dj = configured(path, calls.job("Top"))
    with pytest.raises(UserWarning, match="its dependencies changed"):
        dj.resume()
    assert calls.made == []
    assert (len(Record(path).runs), len(Record(path).runs[0].events)) == (1, before)


def test_a_cleanup_due_of_a_job_that_is_gone_is_told(path: Path, calls: Calls, capsys: Any) -> None:
    left_at(path, calls.job("Top", calls.cleaned("Gone")), "Top")
    with pytest.warns(UserWarning, match="Gone: gone"):
        resumed(path, calls.job("Top"))
    assert "cannot be called, as the graph no longer has these jobs: Gone" in capsys.readouterr().err


def test_a_job_whose_code_has_changed_starts_afresh_and_the_same_run_goes_on(path: Path, calls: Calls) -> None:
    left_at(path, calls.job("Top", calls.job("Bad", holds=False, TRIES=1), calls.job("Last")), "Last")
    mended = type("Bad", (Job,), {"Check": lambda job: None, "Run": lambda job: None, "TRIES": 1})
    with pytest.warns(UserWarning, match="Bad: its code changed"):
        dj = resumed(path, calls.job("Top", mended, calls.job("Last")))
    assert dj.nodestatus == {"Bad": True, "Last": True, "Top": True}
    assert runs_of(path) == ["Top"]


# --- time ----------------------------------------------------------------------------------------------------------


def test_seconds_go_on_from_where_they_were(path: Path, calls: Calls) -> None:
    clock = FakeClock()
    dj = DoJobber(clock=clock, sleep=clock.sleep)
    dj.configure(calls.job("B", calls.job("A")), record=path, default_tries=2)
    dj.step()
    clock.now += 5_000
    dj.run_to("B")
    again = resumed(path, calls.job("B", calls.job("A")))
    times = [event.started for event in again.events]
    assert times == sorted(times)
    assert times[-1] > 5_000


def test_a_job_that_is_tried_again_waits_for_its_delay_and_one_that_had_succeeded_does_not(
    path: Path, calls: Calls
) -> None:
    bad = calls.job("Bad", holds=False, TRIES=2, RETRY_DELAY=1_000)
    root = calls.job("Top", calls.job("Good", RETRY_DELAY=1_000), bad, calls.job("Last"))
    left_at(path, root, "Last")
    clock = FakeClock()
    dj = DoJobber(clock=clock, sleep=clock.sleep)
    dj.configure(root, record=path, default_tries=2)
    began = clock.now
    waits: list[tuple[str | None, bool]] = []
    dj.subscribe(
        lambda event: waits.append((event.job, clock.now - began > 900)) if isinstance(event, PhaseStarted) else None
    )
    dj.resume()
    assert waits[:2] == [("Good", False), ("Bad", True)]


# --- the event and its fold ----------------------------------------------------------------------------------------


def test_every_way_to_carry_a_job_over_has_a_status() -> None:
    assert set(RESUMED_STATUS) == set(ResumeAs)
    assert all(RESUMED_STATUS[how] is status for status, how in KEPT.items())


@pytest.mark.parametrize("how", ResumeAs)
def test_whatever_is_carried_over_can_be_told_in_a_sentence(how: ResumeAs) -> None:
    graph = JobGraph.of(job("Top", job("A")))
    state = RunState(graph)
    state.apply(RunStarted("Top", graph.names, False, True, 0.0))
    carried = ResumedJob("A", how, 3, 3, 1.0, 0.5, RuntimeError("no power"))
    state.apply(Resumed(0.0, 2.0, False, True, over=how in KEPT.values(), jobs=(carried,)))
    assert state.jobs["A"].status is RESUMED_STATUS[how]
    assert why(state, "A").endswith(".")
    assert why(state, "Top")


def test_the_pass_after_it_is_never_taken_for_a_first_one() -> None:
    """In a first pass the turns are the jobs in order, and Checks that pass are folded without looking."""
    graph = JobGraph.of(job("Top", job("A"), job("B")))
    event = Resumed(0.0, 0.0, False, True, jobs=(ResumedJob("A", ResumeAs.TRUSTED, 1, 1, 0.0),))
    state = RunState(graph)
    state.fold([RunStarted("Top", graph.names, False, True, 0.0), event])
    assert state.pass_number == 1
    state.fold([PassStarted(2, 1.0)])
    for name in ("B", "Top"):
        turn = state.turn()
        assert turn
        assert turn.name == name
        state.fold([(name, "check", 1, 1.0), (name, "check", 1, 1.0, 0.5, True, None)])
    assert state.nodestatus == {"A": True, "B": True, "Top": True}


def test_what_came_before_makes_no_difference_to_what_goes_on() -> None:
    graph = JobGraph.of(job("Top", job("A")))
    event = Resumed(0.0, 9.0, False, True, 4, jobs=(ResumedJob("A", ResumeAs.RETRYING, 1, 2, 1.0, 0.5, OSError("x")),))
    began = RunStarted("Top", graph.names, False, True, 0.0)
    before = [began, PassStarted(1, 0.0), PhaseStarted("A", Phase.CHECK, 1, 1.0)]
    assert facts(folded(graph, [began, event])) == facts(folded(graph, [*before, event]))


@given(st.randoms(use_true_random=False), st.integers(0, 60))
def test_left_anywhere_and_resumed_the_laws_hold_and_the_fold_is_the_state(rng: Any, steps: int) -> None:
    with folder_in_memory() as folder:
        path = folder / "r.sqlite"
        plans = random_plans(rng, most=5, check_only=True)
        trial = Trial(plans, record=path, default_retry_delay=0)
        for _ in range(steps):
            if trial.dj.next_step:
                trial.go("step")
        again = Trial(plans, record=path, default_retry_delay=0)
        again.go("resume")
        run_in_pieces(again, rng)
        events = again.dj.events
        assert facts(folded(again.dj.state.graph, events)) == facts(again.dj.state)
        assert Record(path).runs[-1].nodestatus == again.dj.nodestatus
        for law in LAWS_FOR_ALL:
            law(again.dj.state.graph, events)


# --- what goes wrong in it -----------------------------------------------------------------------------------------


def test_a_resume_that_cannot_be_written_calls_nothing_and_can_be_asked_for_again(path: Path, calls: Calls) -> None:
    root = calls.job("B", calls.job("A"))
    left_at(path, root, "B")
    calls.made.clear()
    dj = configured(path, root)
    with no_room(path), pytest.raises(RecordError, match="make room"):
        dj.resume()
    assert calls.made == []
    dj.resume()
    assert dj.success()


def test_an_interrupt_while_it_goes_on_is_one_of_any_run(path: Path, calls: Calls) -> None:
    raised: list[int] = []

    def interrupts(_job: Job) -> None:
        if not raised:
            raised.append(1)
            raise KeyboardInterrupt

    root = calls.job("Top", type("I", (Job,), {"Check": interrupts, "Run": interrupts}), calls.job("A"))
    dj = configured(path, root)
    with pytest.raises(KeyboardInterrupt):
        dj.resume()
    raised.clear()
    again = configured(path, root)
    with pytest.raises(KeyboardInterrupt):
        again.resume()
    again.run()
    assert again.success()
