"""The dashboard says what failed, what a press would forget, what is found but not drawn, and answers each press."""

from __future__ import annotations

import pytest

from dojobber_nb import DummyJob, Job
from tests.support.page import Behind, Made, at_the_gate, idle, page_of, press, until
from tests.support.runbooks import group, job


class Unreachable(Job):
    TRIES = 2
    DEPS = (Made,)

    def Check(self) -> None:
        raise ValueError("db2 has no certificate")

    def Run(self) -> None:
        raise ConnectionError("No route to host")

    def Cleanup(self) -> None: ...


class Deploy(DummyJob):
    DEPS = (Unreachable,)


CAUSE = "No route to host (Run), so: db2 has no certificate."


async def test_the_failed_phase_and_its_cause_are_told_while_tries_are_left_now_and_in_the_past() -> None:
    dj, page = page_of(Deploy)
    await press(page, "run")
    await press(page, "again")
    assert page.status == f"Unreachable.recheck failed: {CAUSE} 1 try left. Next comes Unreachable.check."
    count = len(dj.events)
    await press(page, "step")
    page.travel(count)
    assert page.status == f"Unreachable.recheck failed: {CAUSE} 1 try left. Next came Unreachable.check."


async def test_a_breakpoint_after_a_failed_try_hides_no_cause() -> None:
    dj, page = page_of(Deploy)
    dj.breakpoints.add(status="retrying")
    await press(page, "run")
    assert page.status.startswith(f"Unreachable.recheck failed: {CAUSE} 1 try left. Halted before Unreachable.check: ")


@pytest.mark.parametrize("button", ["reset", "again", "check_again", "try_again"])
async def test_what_forgets_cleanups_takes_two_presses_and_the_second_names_what_is_not_undone(button: str) -> None:
    dj, page = page_of(Deploy)
    await press(page, "run")
    await press(page, "step")  # the first Cleanup: from now on one more attempt takes a new run
    page.select("Unreachable")
    count, due = len(dj.events), len(dj.state.due)
    hand, there = (page.press, page.controls) if button in page.labels else (page.act, page.inspector)
    hand(button)
    await idle(page)
    assert len(dj.events) == count
    assert there.said["labels"][button].startswith(f"Forget {due} Cleanups, ")
    assert f"forgets {due} Cleanups: the Runs of Unreachable and Made are not undone." in page.told
    others = {"again", "check_again", "try_again"} - {button}
    assert not any(label.startswith("Forget") for name, label in page.labels.items() if name in others)
    hand(button)
    await idle(page)
    assert len(dj.events) != count
    assert dj.state.due == []


async def test_a_try_that_keeps_the_cleanups_due_takes_one_press() -> None:
    dj, page = page_of(Deploy)
    await press(page, "run")
    due = len(dj.state.due)
    await press(page, "again")
    assert len(dj.state.due) == due + 1


async def test_found_jobs_that_are_not_drawn_are_told_apart() -> None:
    _, page = page_of(group("Top", *(job(f"Node{number}") for number in range(12)), job("Other")))
    page.send(page.graph, {"kind": "find", "text": "node"})
    assert page.graph.said["found"]["said"] == "12 of 14"
    page.select("Node3")
    page.send(page.graph, {"kind": "around", "depth": "1"})
    assert page.graph.said["found"]["said"] == "12 found, 1 of them drawn"
    page.select("Other")
    assert page.graph.said["found"]["said"] == "12 found, none of them drawn"


async def test_each_press_is_answered_whether_it_is_taken_or_refused() -> None:
    _, page = page_of(Behind)
    send = {"kind": "press", "button": "step", "shown": 5_000, "clicks": 1}
    page.send(page.controls, {**send, "moment": "long ago", "press": "late"})
    page.send(page.controls, {"kind": "mode", "mode": "act", "press": "mode"})
    page.send(page.controls, {"kind": "copy", "press": "copy"})
    page.send(page.controls, {**send, "moment": page.controls.state["moment"], "press": "step"})
    await until(lambda: {"late", "mode", "copy", "step"} <= {*page.controls.said["answered"]})
    await idle(page)
    async with at_the_gate(page):
        page.send(page.controls, {**send, "button": "pause", "moment": "", "press": "pause"})
        assert "pause" in page.controls.said["answered"]


async def test_between_two_phases_of_a_click_it_is_the_run_that_is_under_way() -> None:
    _, page = page_of(Behind)
    session = page.dashboard.session
    page.press("step")
    assert session.busy == "the run"
    with session.frozen():
        assert "arun" not in session.busy
    await idle(page)


async def test_a_run_that_goes_on_can_be_paused_from_its_past() -> None:
    _, page = page_of(Behind)
    async with at_the_gate(page):
        page.travel(1)
        assert page.off.keys().isdisjoint({"pause", "interrupt"})
        page.press("pause")
        assert page.dashboard.session.calls.request == "pause"
