"""Whatever is raised while output is captured, and whatever a job closes: nothing leaks, and the next phase works."""

# ruff: noqa: T201  # printing is what is tested

from __future__ import annotations

import errno
import gc
import os
import resource
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import dev
from dojobber_nb.engine.capture import Capture
from dojobber_nb.engine.capture_file import LOST
from tests.support.surroundings import surroundings

# --- whatever is raised ----------------------------------------------------------------------------------------------


def descriptors() -> dict[str, str]:
    """What is open, but for the folder that is looked into."""
    gc.collect()
    found = {file.name: file for file in Path("/proc/self/fd").iterdir()}
    return {number: str(file.readlink()) for number, file in found.items() if file.is_symlink()}


class AtLine:
    """Raises at the n-th line of this library that is run."""

    def __init__(self, number: int, error: type[BaseException]) -> None:
        self.left, self.error = number, error

    def __call__(self, frame: FrameType, _event: str, _arg: object) -> Any:
        within: FrameType | None = frame
        while within and within.f_code.co_name != "__del__":  # what is raised there is swallowed
            within = within.f_back
        return self.line if "dojobber_nb/engine" in frame.f_code.co_filename and not within else None

    def line(self, _frame: FrameType, event: str, _arg: object) -> Any:
        self.left -= event == "line"
        if not self.left:
            sys.settrace(None)
            raise self.error
        return self.line


def phase(capture: Capture) -> None:
    capture.begin("Fill")
    print("in the phase")
    os.write(1, b"raw\n")
    capture.end()


def raises_at(number: int, error: type[BaseException]) -> bool:
    """Whether it was raised; the next phase must work."""
    capture, raised, tracer = Capture(), False, sys.gettrace()
    with capture.streams():
        sys.settrace(AtLine(number, error))
        try:
            phase(capture)
        except error:
            raised = True
        finally:
            sys.settrace(tracer)
        capture.begin("Next")
        print("next")
        os.write(1, b"raw\n")
        assert capture.end()[:2] == ("next\nraw\n", "")
    return raised


def test_an_error_at_any_line_of_capture_leaks_nothing_and_the_next_phase_works() -> None:
    raises_at(10_000, MemoryError)
    before, seen, lines = descriptors(), surroundings(), 1
    while raises_at(lines, (KeyboardInterrupt, MemoryError)[lines % 2]):
        assert surroundings() == seen
        lines += 1
    assert descriptors() == before
    assert lines > 80


def test_no_descriptors_left_fails_the_beginning_alone() -> None:
    capture, before, seen = Capture(), descriptors(), surroundings()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with capture.streams():
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
        try:
            with pytest.raises(OSError, match="Too many open files") as raised:
                capture.begin("Fill")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert raised.value.errno == errno.EMFILE
        capture.begin("Next")
        print("next")
        assert capture.end().stdout == "next\n"
    assert surroundings() == seen
    assert descriptors() == before


# --- whatever a job closes -------------------------------------------------------------------------------------------

JOBS = """
import os, resource, subprocess, sys
from dojobber_nb import DoJobber, Job
from dojobber_nb.core.events import PhaseEnded

limits = resource.getrlimit(resource.RLIMIT_NOFILE)
SOFT and resource.setrlimit(resource.RLIMIT_NOFILE, (SOFT, limits[1]))

class Spoil(Job):
    def Check(self):
        print("before")
        ACT
        print("after")
    def Run(self):
        pass

class Next(Job):
    DEPS = (Spoil,)
    def Check(self):
        print("next", os.getcwd(), flush=True)
        subprocess.check_call("echo child", shell=True)
    def Run(self):
        pass

dj = DoJobber()
dj.configure(Next, capture=CAPTURE, default_tries=1)
home, here = os.getcwd(), [os.fstat(fd)[:2] for fd in (0, 1, 2)]
dj.run()
assert dj.success(), dj.nodeexceptions
assert os.getcwd() == home
assert [os.fstat(fd)[:2] for fd in (0, 1, 2)] == here
if CAPTURE:
    spoilt, done = [event.stdout for event in dj.events if isinstance(event, PhaseEnded)]
    assert done == f"next {home}\\nchild\\n", done
    assert spoilt == PRINTED, spoilt
dj.step()
dj.checknrun()
print("over", flush=True)
FINALLY
"""
CLOSES = {
    "from 3 on": ("os.closerange(3, 4096)", "before\nafter\n"),
    "up to the soft limit": ("os.closerange(3, os.sysconf('SC_OPEN_MAX'))", "before\nafter\n"),
    "as a daemon does": (
        "os.closerange(0, 4096); os.open('/dev/null', os.O_RDWR); os.dup2(0, 1); os.dup2(0, 2)",
        "before\nafter\n",
    ),
    "stdin": ("os.close(0)", "before\nafter\n"),
}


def run_one(tmp_path: Path, act: str, printed: str, *, soft: int, capture: bool, more: str = "") -> tuple[str, str]:
    code = JOBS.replace("ACT", act).replace("SOFT", str(soft)).replace("CAPTURE", str(capture))
    code = code.replace("PRINTED", repr(printed)).replace("FINALLY", more)
    environment = {**os.environ, "PYTHONPATH": str(dev.ROOT)}
    out, err = tmp_path / "out", tmp_path / "err"
    with out.open("w") as stdout, err.open("w") as stderr:
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=tmp_path, env=environment, stdout=stdout, stderr=stderr, check=False)
    assert done.returncode == 0, err.read_text()
    return out.read_text(), err.read_text()


@pytest.mark.parametrize("capture", [True, False])
@pytest.mark.parametrize("case", CLOSES)
def test_a_job_that_closes_descriptors_is_judged_and_named_and_they_are_made_good(
    case: str, capture: bool, tmp_path: Path
) -> None:
    act, printed = CLOSES[case]
    stdout, stderr = run_one(tmp_path, act, printed, soft=1024, capture=capture)
    named = "Spoil" if capture else "A job of this call"
    touched = "closerange(3" not in act  # what lies high is out of reach
    assert [line.partition(" closed")[0] for line in stderr.splitlines()] == [named] * touched * 2  # and checknrun()
    assert stdout.endswith("over\n")


def test_what_a_job_opened_in_the_place_of_what_it_closed_is_not_closed(tmp_path: Path) -> None:
    act = "os.closerange(3, 20000); type(self).mine = [os.open('/dev/zero', os.O_RDONLY) for _ in range(50)]"
    run_one(tmp_path, act, "before\nafter\n", soft=0, capture=True, more="[os.read(fd, 1) for fd in Spoil.mine]")


EVERYTHING = "os.closerange(0, 20000); os.open('/', os.O_RDONLY)"


@pytest.mark.parametrize(
    ("act", "capture"), [("os.closerange(3, 20000)", True), ("os.closerange(3, 20000)", False), (EVERYTHING, True)]
)
def test_where_all_descriptors_are_closed_they_are_found_again_by_name(act: str, capture: bool, tmp_path: Path) -> None:
    """Beyond all numbers that we use: what was printed may be lost, but not where to print to."""
    printed = "before\nafter\n" if "(3" in act else LOST
    stdout, stderr = run_one(tmp_path, act, printed, soft=0, capture=capture)
    assert stdout.endswith("over\n")
    assert {line.partition(" closed")[0] for line in stderr.splitlines()} == {"Spoil"}
