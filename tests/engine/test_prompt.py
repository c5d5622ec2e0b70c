"""At a Python prompt a whole run that halts or does not succeed leaves one line: which job, why, what next."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dojobber_nb import DoJobber, Job
from dojobber_nb.core.secrets import secret

ROOT = Path(__file__).parents[2]


class Fill(Job):
    TRIES = 1

    def Check(self) -> None:
        raise RuntimeError("no water")

    def Run(self) -> None:
        pass


class Holds(Job):
    def Check(self) -> None:
        pass


class Locked(Job):
    TRIES = 1

    def Check(self, *, token: str) -> None:
        raise RuntimeError(f"refused {token}")

    def Run(self, *, token: str) -> None:
        pass


def configured(root: type[Job], **options: Any) -> DoJobber:
    dj = DoJobber()
    dj.configure(root, **options)
    return dj


def halted() -> DoJobber:
    dj = configured(Fill)
    dj.breakpoints.add(status="failed")
    dj.breakpoints.add("Fill", "run")
    dj.run()
    return dj


def failed_with_secret() -> None:
    dj = configured(Locked)
    dj.set_args(token=secret("canary-7f3a"))
    dj.run()


SAID: dict[str, tuple[Callable[[], object], str]] = {
    "success": (lambda: configured(Holds).run(), ""),
    "verbose": (
        lambda: configured(Fill, verbose=True).run(),
        'Fill.check: fail\nFill.run: pass\nFill.recheck: fail "no water"\n',
    ),
    "dry run": (lambda: configured(Fill, no_act=True).run(), ""),
    "a step": (lambda: configured(Fill).step(), ""),
    "failure": (
        lambda: configured(Fill).checknrun(),
        "Fill: over, not all jobs succeeded; failed: Fill 1/1: no water. Next: try_again('Fill') or checknrun().\n",
    ),
    "halt": (halted, "Fill: halted before Fill.run: breakpoint before Fill.run. Next: run() goes on.\n"),
    "a secret": (
        failed_with_secret,
        (
            "Locked: over, not all jobs succeeded; failed: Locked 1/1: refused <secret>. "
            "Next: try_again('Locked') or checknrun().\n"
        ),
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_the_line_at_a_prompt(case: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    act, line = SAID[case]
    act()
    assert capsys.readouterr().err == line


def test_a_script_says_no_more_than_dojobber_does(capsys: pytest.CaptureFixture[str]) -> None:
    configured(Fill).run()
    assert capsys.readouterr().err == ""


def test_a_breakpoint_on_a_status_names_the_job_that_got_it() -> None:
    dj = configured(Fill)
    dj.breakpoints.add(status="failed")
    dj.run()
    assert dj.paused_at is None  # nothing is left to halt before
    dj = configured(type("Top", (Job,), {"DEPS": (Fill, Holds), "Check": lambda self: None}))
    dj.breakpoints.add(status="failed")
    dj.run()
    assert dj.paused_at
    assert dj.paused_at.reason == "breakpoint after Fill is failed"


def test_a_real_prompt_shows_the_line() -> None:
    code = "from tests.engine.test_prompt import *\nhalted() and None\n"
    shell = subprocess.run(
        [sys.executable, "-i", "-q"], input=code, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False
    )
    assert "Fill: halted before Fill.run: breakpoint before Fill.run. Next: run() goes on." in shell.stderr
