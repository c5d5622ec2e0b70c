"""A dashboard on a runner whose record tells of a run that was cut off: it offers to take it up."""

import os
import signal
from pathlib import Path

import pytest

from dojobber_nb import Dashboard, DoJobber, Job, Record, RunonlyJob
from tests.support.page import (
    Page,
    idle,
    press,
)


def jobs_in(folder: Path, *, deadly: bool) -> dict[str, type[Job]]:
    """Fill and Send, whose world is in the folder; deadly: the process is killed in their Run."""

    class Fill(Job):
        def Check(self) -> None:
            assert (folder / "full").exists(), "The tank is empty."

        def Run(self) -> None:
            if deadly:
                os.kill(os.getpid(), signal.SIGKILL)
            (folder / "full").touch()

    class Send(RunonlyJob):
        def Run(self) -> None:
            with (folder / "sent").open("a") as letters:
                letters.write("Dear Ada\n")
            if deadly:
                os.kill(os.getpid(), signal.SIGKILL)

    return {"Fill": Fill, "Send": Send}


def configured(folder: Path, root: str, *, deadly: bool = False) -> DoJobber:
    dj = DoJobber(record=folder / "night.sqlite")
    dj.configure(jobs_in(folder, deadly=deadly)[root])
    return dj


def cut_off(folder: Path, root: str) -> Page:
    """Its process was killed in the middle of that job's Run, and here is another one."""
    child = os.fork()
    if not child:
        configured(folder, root, deadly=True).checknrun()
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    return Page(Dashboard(configured(folder, root)))


async def test_resume_takes_it_up(tmp_path: Path) -> None:
    page = cut_off(tmp_path, "Fill")
    text, buttons = page.controls.said["offer"]
    assert text == "The last run in night.sqlite was cut off in Fill.run. Run begins a new one."
    assert buttons == ("resume", "leave")
    await press(page, "resume")
    await idle(page)
    assert page.counts == {"changed": 1}
    assert page.controls.said.get("offer") is None
    assert "Resumed" in [type(event).__name__ for event in page.dashboard.session.events]


@pytest.mark.parametrize(("answer", "letters"), [("rerun", 2), ("done", 1)])
async def test_of_a_run_that_nobody_can_check_it_asks(tmp_path: Path, answer: str, letters: int) -> None:
    page = cut_off(tmp_path, "Send")
    text, buttons = page.controls.said["offer"]
    assert text.endswith("nobody can check whether Send was done.")
    assert buttons == ("rerun", "done", "leave")
    await press(page, answer)
    await idle(page)
    assert page.dashboard.session.runner.success()
    assert len((tmp_path / "sent").read_text().splitlines()) == letters


async def test_left_as_it_is_it_asks_no_more_and_a_new_run_begins_from_the_start(tmp_path: Path) -> None:
    page = cut_off(tmp_path, "Fill")
    page.press("leave")
    assert page.controls.said.get("offer") is None
    await press(page, "run")
    await idle(page)
    assert page.counts == {"changed": 1}
    assert [run.id for run in Record(tmp_path / "night.sqlite").runs] == [1, 2]


def test_of_a_run_that_ended_it_says_nothing(tmp_path: Path) -> None:
    configured(tmp_path, "Fill").checknrun()
    page = Page(Dashboard(configured(tmp_path, "Fill")))
    assert page.controls.said.get("offer") is None
    assert page.off["resume"] == "no run was cut off"


def test_resume_prefers_the_run_that_was_cut_off_to_a_dry_run_of_its_own(tmp_path: Path) -> None:
    dj = configured(tmp_path, "Fill")
    dj.no_act = True
    dj.run()
    cut_off(tmp_path, "Fill")
    dj.no_act = False
    dj.resume()
    assert dj.success()
    assert "Resumed" in [type(event).__name__ for event in dj.events]


def test_a_record_that_is_gone_by_then_is_told_and_the_dashboard_is_there(tmp_path: Path) -> None:
    dj = configured(tmp_path, "Fill")
    for file in tmp_path.glob("night.sqlite*"):
        file.unlink()
    page = Page(Dashboard(dj))
    assert page.controls.said.get("offer") is None
    assert "there is no such file" in page.told
    assert page.counts == {"pending": 1}
