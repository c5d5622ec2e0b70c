"""How long a job took is what its phases took: people who think between two steps are not counted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dojobber_nb import DoJobber, Job, Record
from dojobber_nb.view import words
from tests.support.page import page_of
from tests.support.runbooks import job

PHASES = {"Check": 2.0, "Run": 3.0}
THINKING = 1_000.0  # seconds between two steps


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def slow(clock: Clock, works_at: int) -> type[Job]:
    """Its Check takes 2 s, its Run 3 s."""

    def taking(seconds: float, phase: Callable[[Job], None]) -> Callable[[Job], None]:
        def slowly(self: Job) -> None:
            clock.now += seconds
            phase(self)

        return slowly

    plain: Any = job("Slow", works_at=works_at)
    return type("Slow", (Job,), {name: taking(seconds, getattr(plain, name)) for name, seconds in PHASES.items()})


def by_hand(clock: Clock, dj: DoJobber) -> list[float]:
    """Takes every step after a long thought; how long the job had taken after each."""
    told = []
    while dj.step():
        told.append(dj.state.jobs["Slow"].duration)
        clock.now += THINKING
    return told


@pytest.mark.parametrize(("works_at", "durations"), [(0, [2]), (1, [2, 5, 7]), (2, [2, 5, 7, 2, 5, 7])])
def test_a_job_stepped_by_hand_took_what_its_phases_took(works_at: int, durations: list[float], tmp_path: Path) -> None:
    clock = Clock()
    dj = DoJobber(clock=clock)
    dj.configure(slow(clock, works_at), default_retry_delay=0, record=tmp_path / "night.sqlite")
    assert by_hand(clock, dj) == durations
    (read,) = Record(tmp_path / "night.sqlite").runs
    for state in (dj.state, read.state, dj.state_at(len(dj.events))):
        line = words.line(state.jobs["Slow"], state, times=True)
        assert line.endswith(f"· {words.seconds(durations[-1])}")


def test_no_view_counts_the_time_between_two_steps_as_the_job_s(tmp_path: Path) -> None:
    clock = Clock()
    dj, page = page_of(slow(clock, 1), clock=clock)
    by_hand(clock, dj)
    page.dashboard.session.refresh()
    assert page.graph.said["lines"] == {0: "changed · 7.0 s"}
    assert [row["seconds"] for row in page.open("attempts")["rows"][0]["phases"]] == ["2.0 s", "3.0 s", "2.0 s"]
    timeline = next(wire for wire in page.wires if "axis" in wire.said)
    assert timeline.said["alt"].startswith("Timeline: 3 bars of 1 job in 7.0 s of phases, over 33 min; ")
    told = dj.report(tmp_path / "night.html").read_text()
    assert json.dumps("7.0 s in phases, 33 min from the first to the last") in told


def test_a_new_attempt_begins_at_nothing() -> None:
    clock = Clock()
    dj = DoJobber(clock=clock)
    dj.configure(slow(clock, 2), default_retry_delay=0)
    heard: list[float] = []
    dj.subscribe(lambda event: heard.append(dj.state.jobs["Slow"].duration) if event.phase == "check" else None)
    dj.run()
    assert heard == [0, 2, 0, 2]
