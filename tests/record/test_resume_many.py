"""A process killed with many phases under way: each is named at the resume, none is charged, and no Run is lost."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import dev
from dojobber_nb import Record
from dojobber_nb.core.events import Phase, PhaseStarted, Resumed

PATIENCE = 60  # seconds after which a test gives up on what never comes
SCRIPT = """
import sys, time
from pathlib import Path
from dojobber_nb import DoJobber, DummyJob, Job, RunonlyJob

here, slow, kind = Path(sys.argv[1]), sys.argv[2] == "slow", sys.argv[3]

def made(name):
    def Check(self): assert (here / name).exists()
    def Run(self):
        (here / f"{name}-begun").touch()
        if slow: time.sleep(600)
        (here / name).touch()
    base = RunonlyJob if kind == "runonly" and name == "J1" else Job
    return type(name, (base,), {"Run": Run} | ({} if base is RunonlyJob else {"Check": Check}))

Top = type("Top", (DummyJob,), {"DEPS": tuple(made(f"J{number}") for number in range(4))})
dj = DoJobber()
dj.configure(Top, record=here / "night.sqlite", max_workers=3)
dj.run() if slow else dj.resume()
print({name: job.tries for name, job in dj.state.jobs.items()}, dj.success())
"""


def begun(folder: Path) -> set[str]:
    return {file.name for file in folder.glob("*-begun")}


def killed_with_three_under_way(folder: Path, kind: str) -> None:
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder), "slow", kind], cwd=dev.ROOT)
    try:
        deadline = time.monotonic() + PATIENCE
        while begun(folder) != {"J0-begun", "J1-begun", "J2-begun"} and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        process.kill()
        process.wait()


def resumed(folder: Path, kind: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SCRIPT, str(folder), "quick", kind]
    return subprocess.run(command, cwd=dev.ROOT, capture_output=True, text=True, check=False)


def test_each_attempt_in_doubt_is_named_and_none_is_charged(tmp_path: Path) -> None:
    killed_with_three_under_way(tmp_path, "job")
    (run,) = Record(tmp_path / "night.sqlite").runs
    assert {(phase.job, phase.phase) for phase in run.state.all_under_way} == {(f"J{n}", Phase.RUN) for n in range(3)}
    assert run.in_doubt
    done = resumed(tmp_path, "job")
    for number in range(3):
        assert f"J{number}.run was under way when its process died; that attempt does not count as a try" in done.stderr
    assert "True" in done.stdout, done.stderr
    assert "{'J0': 1, 'J1': 1, 'J2': 1, 'J3': 1, 'Top': 1} True" in done.stdout
    (run,) = Record(tmp_path / "night.sqlite").runs
    (event,) = (event for event in run.events if isinstance(event, Resumed))
    assert {doubt.job for doubt in event.doubts} == {"J0", "J1", "J2"}
    assert {event.job for event in run.events if isinstance(event, PhaseStarted)} >= {"J0", "J1", "J2", "J3", "Top"}


def test_a_run_that_nobody_can_check_is_asked_about_whichever_else_was_under_way(tmp_path: Path) -> None:
    killed_with_three_under_way(tmp_path, "runonly")
    done = resumed(tmp_path, "runonly")
    assert done.returncode
    assert "InDoubtError" in done.stderr
    assert "J1" in done.stderr.splitlines()[-1]
