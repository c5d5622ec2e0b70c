"""After a failure the way on stands out: Try again at the job that failed, never a Cleanup, which undoes work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dojobber_nb import DoJobber, Job
from dojobber_nb.notebook.widgets.base import static
from dojobber_nb.view import words
from tests.support.page import Broken, Made, Page, Top, Whole, idle, page_of, press
from tests.support.runbooks import group, job


def coloured(page: Page) -> str:
    """The label of the coloured button, "" if there is none."""
    return page.labels.get(page.controls.said["primary"]["button"], "")


async def failed(root: type[Job] = Top, **options: Any) -> tuple[DoJobber, Page]:
    dj, page = page_of(root, **options)
    await press(page, "run")
    return dj, page


async def test_after_a_failure_try_again_is_the_coloured_button_and_goes_on_with_the_failed_job() -> None:
    dj, page = await failed()
    assert page.labels["step"] == "Step ▸ Made.cleanup"
    assert coloured(page) == "Try again ▸ Broken"
    assert page.controls.state["hints"]["again"].endswith(". 1 Cleanup stays due")
    await press(page, "again")
    assert [event.attempt for event in dj.events if event.job == "Broken"][-1] == 3
    assert dj.state.due == [("Made", 1)]
    assert coloured(page) == "Step ▸ Broken.check"


async def test_without_cleanups_too_one_button_is_coloured() -> None:
    _, page = await failed(group("Top", job("Schema", works_at=None, TRIES=1)))
    assert coloured(page) == "Try again ▸ Schema"


async def test_the_job_is_the_selected_one_if_that_has_failed_or_what_blocks_it_else_the_first() -> None:
    rows = [job(f"Rows{number}", works_at=None, TRIES=1) for number in range(3)]
    dj, page = await failed(group("Top", *(group(f"Host{number}", rows[number]) for number in range(3))))
    assert coloured(page) == "Try again ▸ Rows0"
    for chosen, about in {"Rows1": "Rows1", "Host2": "Rows2", "Top": "Rows0"}.items():
        page.select(chosen)
        assert coloured(page) == f"Try again ▸ {about}"
    page.select("Rows2")
    await press(page, "again")
    assert dj.events[-1].job is None or dj.state.jobs["Rows2"].attempt == 2
    assert dj.state.jobs["Rows0"].attempt == 1


async def test_while_jobs_are_left_to_try_the_next_step_is_coloured_and_nothing_is_while_a_call_goes_on() -> None:
    dj, page = page_of(group("Top", job("Schema", works_at=None, TRIES=1), job("Rows")))
    assert coloured(page) == "Step ▸ Schema.check"
    assert "again" not in {name for name, label in page.labels.items() if label}
    await press(page, "pass")
    dj.try_again("Schema")
    page.dashboard.session.refresh()
    assert coloured(page) == "Try again ▸ Schema"
    page.travel(3)
    assert coloured(page) == ""


async def test_a_cleanup_is_never_coloured_and_says_what_it_undoes() -> None:
    _, page = page_of(Whole)
    for _ in range(4):
        await press(page, "step")
    assert page.labels["step"] == "Step ▸ Made.cleanup"
    assert coloured(page) == ""
    hints = page.controls.state["hints"]
    assert hints["step"].startswith("Call this Cleanup: it undoes Made's Run of ")
    assert hints["cleanup"] == "Call the Cleanups that are due, the newest first: they undo the Run of Made"


async def test_the_offer_at_the_end_names_what_the_cleanups_undo() -> None:
    _, page = await failed()
    assert page.controls.said["offer"][0] == (
        "The run has halted before its first Cleanup. 1 Cleanup due. It undoes the Run of Made."
    )


async def test_when_all_is_done_no_button_is_coloured() -> None:
    _, page = await failed(group("Top", job("Rows", works_at=0)))
    assert coloured(page) == ""


async def test_a_press_late_or_meant_for_another_job_is_refused() -> None:
    dj, page = await failed(group("Top", *(job(f"Rows{n}", works_at=None, TRIES=1) for n in range(2))))
    count, moment = len(dj.events), page.controls.state["moment"]
    page.select("Rows1")
    click = {"kind": "press", "button": "again", "moment": moment, "shown": 5_000, "clicks": 1}
    for stray in ({"job": 0}, {"job": 1, "moment": "long ago"}):
        page.send(page.controls, {**click, **stray})
        await idle(page)
        assert "came late" in page.told
    page.send(page.controls, click)
    await idle(page)
    assert len(dj.events) == count


# --- a new run --------------------------------------------------------------------------------------------------------


async def test_before_anything_ran_the_buttons_of_a_job_say_nothing_of_a_new_run() -> None:
    _, page = page_of(Whole)
    page.select("Made")
    said = page.inspector.said
    assert (said["labels"]["check_again"], said["labels"]["try_again"]) == ("Check again", "Try again")
    assert said["hints"]["check_again"] == "This begins a run of Made alone. Only Checks are called"


async def test_what_a_new_run_sets_aside_is_told_before_it_begins() -> None:
    dj, page = await failed()
    await press(page, "cleanup")
    page.select("Broken")
    aside = "It replaces the run shown here: 1 failed, 1 blocked, 1 changed"
    assert page.inspector.said["labels"]["try_again"] == "Try again, in a new run of 2 jobs"
    for hint in (page.inspector.said["hints"]["try_again"], page.controls.state["hints"]["again"]):
        assert (
            hint
            == f"This begins a new run of Broken and the 1 job it needs, checked afresh. Runs may be called. {aside}"
        )
    assert coloured(page) == "Try again ▸ Broken, in a new run"
    await press(page, "again")
    assert list(dj.nodestatus) == ["Made", "Broken"]


async def test_a_new_run_that_would_forget_cleanups_says_so_and_is_not_coloured() -> None:
    class Broken2(Broken):
        def Cleanup(self) -> None: ...

    _, page = await failed(Broken2)
    await press(page, "step")  # the first of its Cleanups
    assert page.controls.state["hints"]["again"].endswith("; 2 Cleanups due will not be called")
    assert coloured(page) == ""
    assert page.labels["again"] == "Try again ▸ Broken2, in a new run"
    await press(page, "again")
    assert page.labels["again"] == "Forget 2 Cleanups, try again ▸ Broken2"
    await press(page, "again")
    assert page.told.endswith("2 Cleanups of the run before will not be called.")


async def test_jobs_with_several_cleanups_are_counted_once_and_a_blocked_job_cannot_be_run_to() -> None:
    class Retried(Broken):
        def Cleanup(self) -> None: ...

    class Above(Job):
        DEPS = (Retried,)

        def Check(self) -> None: ...
        def Run(self) -> None: ...

    dj, page = await failed(Above)
    assert [name for name, _ in dj.state.due].count("Retried") == 2
    assert page.labels["cleanup"] == "Clean up 2 jobs"  # Made's one, Retried's two
    page.select("Above")
    assert page.inspector.said["off"]["run_to"] == "it is blocked by Retried: this run does not try it"


def test_the_legend_of_the_page_is_that_of_the_picture() -> None:
    assert f'"{words.LEGEND}"' in static("graph.js")


def test_a_report_has_no_such_buttons(tmp_path: Path) -> None:
    dj = DoJobber()
    dj.configure(job("Schema", works_at=None, TRIES=1))
    dj.run()
    assert (
        "Try again ▸"
        not in dj.report(tmp_path / "night.html").read_text().partition('id="dj-told"')[2].partition("</script>")[0]
    )


@pytest.fixture(autouse=True)
def nothing_made() -> None:
    Made.world.clear()
