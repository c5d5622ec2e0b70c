"""Acting on one job: run to it, check or try it again, halt at it."""

from typing import Any

import pytest

from dojobber_nb import Job
from tests.support.page import (
    Made,
    Page,
    Top,
    Whole,
    idle,
    page_of,
    press,
)


async def act(page: Page, button: str, job: str, **how: str) -> None:
    page.select(job)
    page.act(button, **how)
    await idle(page)


def buttons(page: Page, job: str) -> dict[str, Any]:
    page.select(job)
    return page.inspector.said


async def test_run_to_here_goes_up_to_the_check_of_that_job() -> None:
    dj, page = page_of(Top)
    await act(page, "run_to", "Broken")
    assert dj.next_step == ("Broken", "check")
    assert buttons(page, "Broken")["off"]["run_to"] == "it comes next already"
    assert buttons(page, "Made")["off"]["run_to"] == "it is finished: this run does not try it again"


async def test_check_again_never_runs_and_try_again_does() -> None:
    dj, page = page_of(Top)
    await press(page, "run")
    Made.world.clear()
    await act(page, "check_again", "Made")
    assert dj.nodestatus["Made"] is False
    assert Made.world == set()
    await act(page, "try_again", "Made")
    assert dj.nodestatus["Made"] is True
    assert Made.world == {"made"}
    assert page.counts == {"changed": 1, "pending": 2}


async def test_what_a_job_waits_for_is_told_before_anybody_presses() -> None:
    dj, page = page_of(Top)
    await press(page, "step")
    assert "an attempt at Made is open" in buttons(page, "Broken")["off"]["try_again"]
    await press(page, "run")
    count = len(dj.events)
    assert buttons(page, "Top")["off"]["try_again"] == "it needs Broken, not successful so far"
    await act(page, "try_again", "Top")
    assert page.told == "Try again was not taken: it needs Broken, not successful so far"
    assert len(dj.events) == count


async def test_once_the_run_is_over_the_buttons_say_that_they_begin_a_new_one() -> None:
    dj, page = page_of(Whole)
    await press(page, "run")
    told = buttons(page, "Made")
    assert told["labels"]["try_again"] == "Try again, in a new run of 1 job"
    assert told["hints"]["try_again"].startswith("This begins a new run of Made alone, checked afresh. ")
    assert buttons(page, "Whole")["hints"]["check_again"].startswith("This begins a new run of Whole and the 1 job it")
    await act(page, "check_again", "Made")
    assert page.told == "This is a new run of Made alone. Start over goes back to all 2 jobs."
    assert dj.nodestatus == {"Made": False}
    assert Made.world == set()
    await act(page, "try_again", "Made")
    assert dj.nodestatus == {"Made": True}


async def test_a_run_of_a_part_says_of_what_and_start_over_goes_back_to_the_whole() -> None:
    dj, page = page_of(Whole)
    assert page.controls.state["runbook"] == "Whole"
    dj.checknrun("Made")
    page.dashboard.session.refresh()
    assert page.controls.state["runbook"] == "Made, 1 of the 2 jobs of Whole"
    assert page.status == "Success: all jobs hold. This was a run of Made alone."
    assert page.labels["reset"] == "Start over: all 2 jobs"
    await press(page, "reset")
    assert page.labels["reset"] == "Start over"
    assert page.controls.state["runbook"] == "Whole"
    assert page.counts == {"pending": 2}


async def test_late_presses_and_those_on_another_job_are_refused() -> None:
    dj, page = page_of(Top)
    await press(page, "run")
    count = len(dj.events)
    await act(page, "try_again", "Made", moment="long ago")
    assert "came late" in page.told
    page.select("Broken")
    page.act("try_again", job=0)
    await idle(page)
    assert "came late" in page.told
    assert len(dj.events) == count


async def test_nothing_is_done_to_a_job_in_the_past() -> None:
    dj, page = page_of(Top)
    await press(page, "run")
    count = len(dj.events)
    page.travel(4)
    for button in ("run_to", "check_again", "try_again"):
        assert buttons(page, "Made")["off"][button] == "this is the past; go back to now first"
        await act(page, button, "Made")
    assert len(dj.events) == count


async def test_in_a_dry_run_try_again_says_that_it_only_checks() -> None:
    _, page = page_of(Top, no_act=True)
    await press(page, "run")
    assert buttons(page, "Made")["hints"]["try_again"].endswith("this is a dry run")


@pytest.mark.parametrize("wire", ["inspector", "graph"])
async def test_a_breakpoint_is_set_seen_met_and_taken_away(wire: str) -> None:
    dj, page = page_of(Top)
    page.select("Broken")
    page.send(getattr(page, wire), {"kind": "halt", "job": 1, "on": True})
    page.send(getattr(page, wire), {"kind": "halt", "job": 1, "on": True})
    assert page.graph.said["halts"] == {1: "before Broken.check"}
    assert page.job["halts"] == "before Broken.check"
    await press(page, "run")
    assert dj.next_step == ("Broken", "check")
    assert page.status == "Halted before Broken.check: breakpoint before Broken.check"
    page.send(getattr(page, wire), {"kind": "halt", "job": 1, "on": False})
    assert page.graph.said["halts"] == {}
    assert len(dj.breakpoints) == 0


async def test_a_breakpoint_that_a_cell_has_set_is_taken_away_whatever_it_waits_for() -> None:
    dj, page = page_of(Top)
    dj.breakpoints.add("Broken", status="retrying", when=lambda job: True)
    page.dashboard.session.refresh()
    assert page.graph.said["halts"] == {1: "after Broken is retrying, on a condition"}
    page.send(page.graph, {"kind": "halt", "job": 1, "on": False})
    assert len(dj.breakpoints) == 0


async def test_errors_of_an_attempt_on_request_are_told() -> None:
    class Loops(Job):
        def Check(self) -> None:
            raise RuntimeError("no")

        def Run(self) -> None:
            raise SystemExit(3)

    dj, page = page_of(Loops)
    await act(page, "try_again", "Loops")
    assert dj.nodestatus == {"Loops": False}
    assert not page.dashboard.session.busy
