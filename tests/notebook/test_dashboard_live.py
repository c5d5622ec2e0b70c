"""A run under way, and those who come and go while it is."""

import asyncio
import gc
import sys
import threading
import weakref

import pytest

from dojobber_nb import Dashboard, DoJobber, DummyJob, Job, RunonlyJob
from tests.support.page import (
    PATIENCE,
    Behind,
    Gate,
    Page,
    Top,
    Whole,
    Wire,
    at_the_gate,
    idle,
    page_of,
    press,
    until,
)


async def test_pause_is_answered_during_a_run_and_takes_hold_after_the_phase() -> None:
    dj, page = page_of(Behind)
    async with at_the_gate(page):
        page.press("pause")
        assert page.labels["pause"] == "Pausing after Gate.run"
        page.press("pause")
    assert dj.next_step == ("Gate", "recheck")
    assert page.status == "Halted before Gate.recheck: paused"
    assert page.labels["pause"] == "Pause"


async def test_interrupt_ends_the_phase_and_the_page_says_so() -> None:
    dj, page = page_of(Behind)
    async with at_the_gate(page):
        page.press("interrupt")
        page.press("interrupt")
        await idle(page)
    assert dj.paused_at is not None
    assert dj.paused_at.reason == "interrupted"
    assert dj.state.jobs["Gate"].tries == 0
    assert page.told.startswith("Interrupted.")


async def test_an_acting_click_during_a_run_is_refused_at_once_and_told() -> None:
    _, page = page_of(Behind)
    async with at_the_gate(page):
        page.press("step")
        assert page.told == "Step was not taken: Gate.run is under way; Pause or Interrupt it first"


async def test_another_job_can_be_looked_into_during_a_run() -> None:
    _, page = page_of(Behind)
    async with at_the_gate(page):
        await until(lambda: page.job["name"] == "Gate")
        page.select("Behind")
        assert page.job["name"] == "Behind"
        assert page.job["selected"]
        assert page.job["needs"] == [{"job": 0, "text": "Gate", "state": "run"}]


async def test_what_a_phase_prints_is_shown_while_it_runs() -> None:
    _, page = page_of(Behind)
    async with at_the_gate(page):
        await until(lambda: page.pane["tab"] == "output" and page.printed == {"run stdout": "at the gate\n"})
        assert page.pane["texts"][-1]["live"]
        assert page.inspector.said["elapsed"]["phase"][:3] == ["Gate", "run", 1]


async def test_a_pause_reaches_a_run_that_a_cell_awaits() -> None:
    dj, page = page_of(Behind)
    Gate.entered.clear()
    Gate.opened.clear()
    run = asyncio.create_task(dj.arun())
    await until(Gate.entered.is_set)
    page.press("pause")
    Gate.opened.set()
    await run
    await until(lambda: page.status == "Halted before Gate.recheck: paused")


async def test_a_click_on_another_thread_acts_on_the_loop_of_the_dashboard() -> None:
    dj, page = page_of(Whole)
    heard: list[str] = []
    dj.subscribe(lambda event: heard.append(threading.current_thread().name))
    await asyncio.to_thread(page.press, "step")
    await until(lambda: len(dj.events) > 3)
    await idle(page)
    assert set(heard) == {threading.current_thread().name}


async def test_a_run_that_a_cell_started_is_shown_while_it_keeps_the_loop() -> None:
    seen: list[bool] = []

    class Looks(RunonlyJob):
        def Run(self) -> None:
            wire = page.controls
            while wire.news.wait(PATIENCE) and not page.status.startswith("Looks.run"):
                wire.news.clear()
            seen.append(page.status == "Looks.run is under way")

    dj, page = page_of(Looks)
    dj.run()  # the loop does nothing else meanwhile
    assert seen == [True]


async def test_sys_exit_in_a_job_ends_the_job_alone() -> None:
    class Exits(Job):
        TRIES = 1

        def Check(self) -> None:
            sys.exit("gone")

        def Run(self) -> None:
            sys.exit("gone")

    dj, page = page_of(Exits)
    await press(page, "run")
    assert dj.nodestatus == {"Exits": False}
    assert page.controls.said["failures"][0]["text"] == "✕ Exits 1/1: gone"


# --- coming and going -------------------------------------------------------------------------------------------------


async def test_without_a_graph_the_dashboard_says_so_and_fills_in_later() -> None:
    dj = DoJobber()
    page = Page(Dashboard(dj))
    assert page.status.startswith("No graph yet")
    assert page.off["step"] == "there is no graph yet: call configure(RootJob)"
    dj.configure(Top)
    page.dashboard.session.refresh()
    assert page.labels["step"] == "Step ▸ Made.check"
    assert page.graph.state["svg"].count("data-job=") == 3


async def test_another_graph_is_drawn_anew_and_forgets_the_selection() -> None:
    dj, page = page_of(Top)
    page.select("Top")
    dj.configure(Whole)
    page.dashboard.session.refresh()
    assert page.graph.state["svg"].count("data-job=") == 2
    assert page.job["name"] == "Made"


ADDED = {"rows": None, "bars": None}  # a message adds to those before: their number depends on the speed of the machine


async def test_a_view_that_comes_later_gets_all_that_was_said() -> None:
    _, page = page_of(Top)
    await press(page, "run")
    for wire in page.wires:
        said, blocks = dict(wire.said), dict(wire.blocks)
        wire.said.clear()
        wire.blocks.clear()
        page.send(wire, {"kind": "shown", "view": "two"})
        assert {**wire.said, **ADDED} == {**said, **ADDED}
        assert wire.blocks == blocks


async def test_what_jobs_print_is_captured_only_while_somebody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    dj, page = page_of(Top)
    for wire in page.wires:
        page.send(wire, {"kind": "hidden", "view": "one"})
    dj.run()
    assert capsys.readouterr().out.count("pressing the button") == 2
    page.send(page.graph, {"kind": "shown", "view": "three"})
    dj.checknrun()
    assert capsys.readouterr().out == ""


async def test_a_closed_dashboard_hears_and_captures_nothing_and_can_be_forgotten(
    capsys: pytest.CaptureFixture[str],
) -> None:
    dj, page = page_of(Top)
    await press(page, "run")
    session, messages = weakref.ref(page.dashboard.session), page.controls.messages
    page.dashboard.close()
    told = len(messages)
    Wire.wires.clear()
    del page
    dj.checknrun()
    assert len(messages) == told
    assert "pressing the button" in capsys.readouterr().out
    await until(lambda: [gc.collect()] and session() is None)


async def test_two_dashboards_of_one_runner_refuse_each_others_late_clicks() -> None:
    dj, one = page_of(Top)
    two = Page(Dashboard(dj))
    moment = two.controls.state["moment"]
    await press(one, "step")
    await press(two, "step", moment=moment)
    assert dj.next_step == ("Made", "run")
    assert "came late" in two.told


async def test_where_no_thread_can_be_started_a_run_is_shown_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)  # as in JupyterLite
    dj, page = page_of(Top)
    await press(page, "run")
    assert page.status.startswith("Halted before Made.cleanup")
    dj.reset()
    dj.step()  # in a cell, with the loop at rest
    await until(lambda: page.labels["step"] == "Step ▸ Broken.check")


async def test_a_run_of_many_jobs_is_told_in_few_messages() -> None:
    jobs = [type(f"Job{number}", (DummyJob,), {}) for number in range(2_000)]
    dj, page = page_of(type("All", (DummyJob,), {"DEPS": jobs}))
    before = len(page.graph.messages)
    dj.run()
    await until(lambda: page.counts == {"ok": 2_001})
    assert len(page.graph.messages) - before < len(dj.events) / 10
