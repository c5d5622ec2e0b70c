"""What the buttons do, which clicks are taken and which are refused."""

from typing import Any

import pytest

from dojobber_nb import RunonlyJob
from dojobber_nb.core.events import PhaseEnded
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.status_line import act_text
from tests.support.page import (
    Made,
    Top,
    Whole,
    idle,
    page_of,
    press,
)
from tests.support.runbooks import doing, group, job

RESUMING = ("resume", "rerun", "done")


async def test_before_a_run_all_jobs_are_pending_and_the_step_button_says_what_it_will_do() -> None:
    _, page = page_of(Top)
    assert page.counts == {"pending": 3}
    assert page.labels["step"] == "Step ▸ Made.check"
    assert page.status == "Ready: 3 jobs, nothing done yet."
    assert set(page.off) == {"pause", "interrupt", "reset", "cleanup", "leave", *RESUMING}


async def test_a_graph_of_one_job_is_told_in_the_singular() -> None:
    _, page = page_of(Made)
    assert page.status == "Ready: 1 job, nothing done yet."


async def test_a_step_takes_one_phase_and_the_page_shows_it() -> None:
    dj, page = page_of(Top)
    before = page.graph.state["statuses"]
    await press(page, "step")
    assert [event.phase for event in dj.events if isinstance(event, PhaseEnded)] == ["check"]
    assert page.labels["step"] == "Step ▸ Made.run"
    assert page.graph.state["statuses"] != before
    assert page.counts == {"running": 1, "pending": 2}


async def test_buttons_take_a_job_a_pass_and_the_rest() -> None:
    dj, page = page_of(Top)
    await press(page, "job")
    assert dj.nodestatus == {"Made": True, "Broken": None, "Top": None}
    await press(page, "pass")
    assert dj.state.jobs["Broken"].tries == 1
    await press(page, "run")
    assert dj.state.jobs["Broken"].tries == 2


async def test_counts_sum_to_all_jobs_and_the_first_failure_is_told_with_its_reason() -> None:
    _, page = page_of(Top)
    await press(page, "run")
    assert page.counts == {"failed": 1, "blocked": 1, "changed": 1}
    assert page.controls.said["failures"] == [{"job": 1, "text": "✕ Broken 2/2: no power"}]


async def test_a_successful_run_cleans_up_by_itself() -> None:
    dj, page = page_of(Whole)
    await press(page, "run")
    assert dj.success()
    assert Made.world == set()
    assert page.status == "Success: all jobs hold."
    assert page.controls.said.get("offer") is None


async def test_a_failed_run_halts_before_its_first_cleanup_and_offers_it() -> None:
    dj, page = page_of(Top)
    await press(page, "run")
    assert Made.world == {"made"}
    assert "1 Cleanup due" in page.controls.said["offer"].text
    assert page.labels["cleanup"] == "Clean up 1 job"
    assert "only Cleanups are left" in page.off["run"]
    await press(page, "cleanup")
    assert Made.world == set()
    assert dj.next_step is None


async def test_what_is_left_as_it_is_can_still_be_cleaned_up() -> None:
    _, page = page_of(Top)
    await press(page, "run")
    await press(page, "leave")
    assert page.controls.said.get("offer") is None
    assert Made.world == {"made"}
    assert "cleanup" not in page.off


async def test_a_cleanup_can_be_stepped_to_after_a_failure() -> None:
    _, page = page_of(Top)
    await press(page, "run")
    assert page.labels["step"] == "Step ▸ Made.cleanup"
    await press(page, "step")
    assert Made.world == set()


async def test_starting_over_takes_a_second_press_when_it_would_forget_cleanups() -> None:
    dj, page = page_of(Top)
    await press(page, "run")
    await press(page, "reset")
    assert len(dj.events) > 0
    assert page.labels["reset"] == "Forget 1 Cleanup, start over"
    await press(page, "reset")
    assert len(dj.events) == 0
    assert page.counts == {"pending": 3}
    assert page.labels["reset"] == "Start over"


async def test_errors_of_cleanups_are_told() -> None:
    class Sticky(RunonlyJob):
        def Run(self) -> None: ...

        def Cleanup(self) -> None:
            raise OSError("it sticks")

    _, page = page_of(Sticky)
    await press(page, "run")
    assert page.told.startswith("CleanupErrors: 1 of the Cleanups failed")


# --- clicks that must not be taken ------------------------------------------------------------------------------------


async def test_of_two_clicks_made_at_one_moment_the_second_is_refused_and_told() -> None:
    dj, page = page_of(Top)
    moment = page.controls.state["moment"]
    page.press("step", moment=moment)
    page.press("step", moment=moment)
    await idle(page)
    page.press("step", moment=moment)
    await idle(page)
    assert dj.next_step == ("Made", "run")
    assert "it came late, the run had moved on" in page.told


async def test_the_second_half_of_a_double_click_is_refused_although_the_page_shows_the_new_moment() -> None:
    dj, page = page_of(Top)
    await press(page, "step")
    await press(page, "step", shown=40, clicks=2)
    assert dj.next_step == ("Made", "run")
    assert page.told.startswith("The second click of a double click")


async def test_the_second_half_of_a_double_click_is_told_as_such_when_it_comes_late() -> None:
    dj, page = page_of(Top)
    moment = page.controls.state["moment"]
    await press(page, "step", moment=moment)
    await press(page, "step", moment=moment, shown=400, clicks=2)
    assert dj.next_step == ("Made", "run")
    assert page.told.startswith("The second click of a double click")


async def test_quick_single_steps_are_taken() -> None:
    dj, page = page_of(Top)
    for _ in range(3):
        await press(page, "step", shown=400, clicks=2)
    assert dj.next_step == ("Broken", "check")
    assert page.told == ""


async def test_a_click_made_in_a_dry_run_is_refused_once_the_mode_is_act() -> None:
    dj, page = page_of(Top, no_act=True)
    moment = page.controls.state["moment"]
    page.switch("act")
    await press(page, "run", moment=moment)
    assert len(dj.events) == 0
    assert Made.world == set()
    assert "came late" in page.told


async def test_a_refusal_is_gone_after_the_next_press_that_is_taken() -> None:
    _, page = page_of(Top)
    await press(page, "step", moment="long ago")
    assert page.told
    await press(page, "step")
    assert page.told == ""


@pytest.mark.parametrize(
    "content",
    [
        None,
        "press",
        [],
        {},
        {"kind": "explode"},
        {"kind": ["press"]},
        {"kind": "press"},
        {"kind": "press", "button": "self-destruct", "moment": "", "shown": 0, "clicks": 1},
        {"kind": "press", "button": "step", "moment": "", "shown": "long", "clicks": 1},
        {"kind": "mode", "mode": "chaos"},
        {"kind": "select", "job": "x"},
    ],
)
async def test_a_message_that_makes_no_sense_is_ignored_and_answered(content: Any) -> None:
    dj, page = page_of(Top)
    page.send(page.controls, content)
    assert page.controls.said["ignored"]
    assert len(dj.events) == 0


# --- mode -------------------------------------------------------------------------------------------------------------


async def test_the_mode_is_switched_and_a_dry_run_can_be_made_so() -> None:
    dj, page = page_of(Whole)
    page.switch("dry")
    page.switch("dry")
    assert page.controls.state["mode"] == "dry"
    await press(page, "run")
    assert page.counts == {"would_run": 1, "unknown": 1}
    told = "Act: 1 job would run, and 1 that needs it may"
    assert page.status == f"The dry run is over: 1 would run · 1 unknown. Switch to {told}."
    assert page.off["run"] == "the dry run is over; switch to Act to run the jobs"
    page.switch("act")
    assert page.told == told
    await press(page, "run")
    assert dj.success()


@pytest.mark.parametrize(
    ("sure", "may", "told"),
    [
        (0, 0, ""),
        (1, 0, "Act: 1 job would run"),
        (2, 1, "Act: 2 jobs would run, and 1 that needs them may"),
        (3, 1_200, "Act: 3 jobs would run, and 1,200 that need them may"),
    ],
)
def test_what_acting_would_mean_is_told_with_its_counts(sure: int, may: int, told: str) -> None:
    needed = [job(f"S{number}") for number in range(sure)]
    above = [job(f"M{number}", *needed) for number in range(may - 1)]
    dj = doing(group("Top", *needed, *above) if may else job("Alone", works_at=sure), no_act=True)
    dj.checknrun()
    assert act_text(Session(dj)) == told


async def test_all_that_is_tried_and_not_over_says_that_try_again_goes_on() -> None:
    dj, page = page_of(group("Top", job("A", works_at=None, TRIES=1)))
    await press(page, "run")
    assert page.status == "Not all jobs succeeded, and no tries are left. Try again gives a job one more attempt."
    assert page.off["run"].startswith("no job has tries left; Try again gives a job one more attempt; Start over")
    dj.stop()


async def test_a_count_that_is_pressed_leaves_the_others_dim() -> None:
    _, page = page_of(Top)
    await press(page, "run")
    page.send(page.controls, {"kind": "only", "status": "failed"})
    assert page.controls.said["only"] == "failed"
    assert page.graph.said["found"]["jobs"] == [1]
    page.send(page.controls, {"kind": "only", "status": ""})
    assert page.graph.said["found"]["jobs"] is None
