"""A recorded run in a dashboard: another process's, without its job classes, as it is being written."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dojobber_nb import Dashboard, Record
from dojobber_nb.core.errors import ReadOnlyError
from tests.support.page import (
    Page,
)

NIGHT = """
import sys, time
from pathlib import Path
from dojobber_nb import DoJobber, Job

FOLDER = Path(sys.argv[1])

def until(name):
    while not (FOLDER / name).exists():
        time.sleep(0.005)

class Fill(Job):
    def Check(self):
        assert (FOLDER / "full").exists(), "The tank is empty."
    def Run(self):
        self.storage["litres"] = 40
        print("Glug.")
        (FOLDER / "filling").touch()
        until("filled")
        (FOLDER / "full").touch()

class Drive(Job):
    DEPS = (Fill,)
    def Check(self):
        self.global_storage["went"] = True
    def Run(self): ...

dj = DoJobber()
dj.configure(Drive, record=FOLDER / "night.sqlite")
dj.checknrun()
(FOLDER / "over").touch()
until("closed")
"""


def wait_for(met: Callable[[], object]) -> None:
    """Ten seconds are more than any machine takes."""
    end = time.monotonic() + 10
    while not met():
        assert time.monotonic() < end
        time.sleep(0.02)


@pytest.fixture
def night(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is in the middle of Fill's Run."""
    process = subprocess.Popen([sys.executable, "-c", NIGHT, str(tmp_path)])
    wait_for(lambda: (tmp_path / "filling").exists())
    yield process
    (tmp_path / "closed").touch()
    process.kill()
    process.wait()


@pytest.fixture
def page(night: subprocess.Popen[bytes], tmp_path: Path) -> Iterator[Page]:
    dashboard = Dashboard(Record(tmp_path / "night.sqlite").runs[-1])
    yield Page(dashboard)
    dashboard.close()


def test_it_follows_what_another_process_is_doing_to_the_end(page: Page, tmp_path: Path) -> None:
    assert page.status == "Fill.run is under way"
    (tmp_path / "filled").touch()
    wait_for(lambda: page.status == "Success: all jobs hold.")
    assert page.counts == {"changed": 1, "ok": 1}


def test_a_run_whose_process_dies_is_told_so_and_how_it_goes_on(page: Page, night: subprocess.Popen[bytes]) -> None:
    os.kill(night.pid, signal.SIGKILL)
    night.wait()
    wait_for(lambda: page.status == "Its process died in Fill.run: resume() there continues it.")
    wait_for(lambda: page.job["why"] == page.status)
    wait_for(lambda: page.inspector.said["elapsed"] is None)


def test_its_past_its_output_and_what_it_wrote_are_shown_by_name_type_and_size(page: Page, tmp_path: Path) -> None:
    (tmp_path / "filled").touch()
    wait_for(lambda: page.status == "Success: all jobs hold.")
    page.select("Fill")
    page.open("output")
    assert "Glug.\n" in page.printed.values()
    own = page.open("storage")["own"]
    assert "litres" in str(own)
    assert "40" not in str(own)
    page.travel(3)
    assert page.status == "Fill.check was under way."


def test_nothing_can_be_done_to_it(page: Page) -> None:
    with pytest.raises(ReadOnlyError):
        _ = page.dashboard.session.runner
    assert not page.dashboard.session.can_act
    assert "labels" not in page.controls.said


def test_a_record_that_is_lost_meanwhile_is_told_and_what_was_read_stays(page: Page, tmp_path: Path) -> None:
    for file in tmp_path.glob("night.sqlite*"):
        file.unlink()
    wait_for(lambda: "night.sqlite" in page.status)
    assert page.counts["running"] == 1
