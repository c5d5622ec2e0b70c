"""A job that forks: its child ends where it comes back to the engine, and nothing is ever called twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dojobber_nb import Record

ROOT = Path(__file__).parents[2]

SCRIPT = """
import os, sys, json, asyncio
from dojobber_nb import DoJobber, Job

def note(what):
    with open("calls", "a") as file:
        file.write(f"{what}\\n")

class Daemon(Job):
    def Check(self):
        note("Daemon.Check")
        assert os.path.exists("child")
    def Run(self):
        note("Daemon.Run")
        if not (pid := os.fork()):
            open("child", "w").close()
            LEAVE
        _, status = os.waitpid(pid, 0)
        open("status", "w").write(str(os.waitstatus_to_exitcode(status)))
    def Cleanup(self):
        note("Daemon.Cleanup")

class After(Job):
    DEPS = (Daemon,)
    def Check(self):
        note("After.Check")
    def Run(self):
        note("After.Run")

def listener(event):
    HEAR

dj = DoJobber(OPTIONS)
dj.configure(After)
dj.subscribe(listener)
CALL
note("script")
print(json.dumps([dj.success(), dj.events[-1].outcome]))
"""

LEAVES = {  # how the child leaves its job: (code, its exit code, whether it says what it does not do)
    "sys.exit": ("sys.exit()", 0, False),
    "sys.exit with a code": ("sys.exit(7)", 7, False),
    "sys.exit with a text": ("sys.exit('gone')", 1, False),
    "os._exit": ("os._exit(3)", 3, False),
    "an exception": ("raise ValueError('in the child')", 1, True),
    "coming back": ("return", 0, True),
    "Ctrl-C": ("raise KeyboardInterrupt", 1, True),
}
CALLS = ["Daemon.Check", "Daemon.Run", "Daemon.Check", "After.Check", "Daemon.Cleanup", "script"]


def run(folder: Path, leave: str = "sys.exit()", options: str = "", call: str = "dj.run()", hear: str = "pass") -> str:
    """What the script says on stderr; it has to end well."""
    text = SCRIPT
    for word, code in (("LEAVE", leave), ("OPTIONS", options), ("CALL", call), ("HEAR", hear)):
        text = text.replace(word, code)
    done = subprocess.run(
        [sys.executable, "-c", text],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [True, "success"]
    return done.stderr


@pytest.mark.parametrize("leave", list(LEAVES))
def test_the_child_of_a_job_ends_there_with_its_own_exit_code(leave: str, tmp_path: Path) -> None:
    code, status, tells = LEAVES[leave]
    told = run(tmp_path, code)
    assert (tmp_path / "calls").read_text().split() == CALLS
    assert int((tmp_path / "status").read_text()) == status
    assert ("was forked in Daemon.run" in told) is tells


@pytest.mark.parametrize("leave", ["sys.exit()", "return", "raise ValueError"])
def test_with_a_record_the_parent_alone_writes_it(leave: str, tmp_path: Path) -> None:
    run(tmp_path, leave, options="record='night.sqlite'")
    assert (tmp_path / "calls").read_text().split() == CALLS
    (recorded,) = Record(tmp_path / "night.sqlite").runs
    assert (recorded.outcome, all(recorded.nodestatus.values())) == ("success", True)


@pytest.mark.parametrize("call", ["dj.checknrun()", "[dj.step() for _ in range(9)]", "asyncio.run(dj.arun())"])
def test_whichever_call_it_was(call: str, tmp_path: Path) -> None:
    run(tmp_path, "return", call=call)
    assert (tmp_path / "calls").read_text().split() == CALLS


def test_a_child_of_a_listener_goes_on_with_no_step_either(tmp_path: Path) -> None:
    hear = "event.job == 'After' and event.ok is None and os.fork()"
    assert "forked in a listener" in run(tmp_path, "sys.exit()", hear=hear)
    assert (tmp_path / "calls").read_text().split() == CALLS


def test_a_child_of_a_breakpoint_goes_on_with_no_step_either(tmp_path: Path) -> None:
    halt = "dj.breakpoints.add(when=lambda job: not (job.name != 'After' or os.fork() or True))"
    assert "forked in what was called before" in run(tmp_path, "sys.exit()", call=f"{halt}; dj.run()")
    assert (tmp_path / "calls").read_text().split() == CALLS


def test_a_child_that_was_forked_between_two_calls_may_go_on(tmp_path: Path) -> None:
    """It is the script that forked, and knows what it does."""
    call = "dj.step(); pid = os.fork(); pid and (os.waitpid(pid, 0), os._exit(0)); dj.run()"
    run(tmp_path, "sys.exit()", call=call)
    assert (tmp_path / "calls").read_text().split() == CALLS
