"""The dashboard as the kernel knows it: real widgets on comms that a test reads, and clicks as a page sends them."""

import asyncio
import contextlib
import gc
import json
import sys
import threading
import weakref
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, ClassVar

import comm
import pytest
from comm.base_comm import BaseComm

from dojobber_nb import Dashboard, DoJobber, DummyJob, Job, RunonlyJob

PATIENCE = 30  # seconds after which a test gives up on what never comes


class Wire(BaseComm):
    """One widget's comm. `state` is what a page would know of its traits, `said` the last message of each kind."""

    wires: ClassVar[dict[str, "Wire"]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.state: dict[str, Any] = {}
        self.said: dict[str, Any] = {}
        self.messages: list[dict[str, Any]] = []
        self.news = threading.Event()
        super().__init__(*args, **kwargs)
        self.wires[self.comm_id] = self

    def publish_msg(self, msg_type: str, data: Any = None, **_: Any) -> None:
        json.dumps(data, allow_nan=False)  # as the wire would
        data = data or {}
        self.state |= data.get("state", {})
        if data.get("method") == "custom":
            self.said[data["content"]["kind"]] = data["content"]["content"]
        self.messages.append(data)
        self.news.set()


@pytest.fixture(autouse=True)
def wires(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """comm's own way for a kernel to put in its kind of comm."""
    monkeypatch.setattr(comm, "create_comm", Wire)
    yield
    Wire.wires.clear()


class Page:
    """A browser's side of a dashboard."""

    def __init__(self, dashboard: Dashboard) -> None:
        self.dashboard = dashboard
        self.controls, self.graph, self.inspector = (Wire.wires[part.comm.comm_id] for part in dashboard.parts)
        for wire in (self.controls, self.graph, self.inspector):
            self.send(wire, {"kind": "shown", "view": "one"})

    def send(self, wire: Wire, content: Any) -> None:
        wire.handle_msg({"content": {"data": {"method": "custom", "content": content}}, "buffers": []})

    def press(self, button: str, *, moment: str | None = None, shown: float = 5_000, clicks: int = 1) -> None:
        moment = self.controls.state["moment"] if moment is None else moment
        click = {"button": button, "moment": moment, "shown": shown, "clicks": clicks}
        self.send(self.controls, {"kind": "press", **click})

    def switch(self, mode: str) -> None:
        self.send(self.controls, {"kind": "mode", "mode": mode})

    def select(self, job: str) -> None:
        names = list(self.dashboard.session.runner.state.jobs)
        self.send(self.graph, {"kind": "select", "job": names.index(job)})

    def open(self, tab: str) -> dict[str, Any]:
        self.send(self.inspector, {"kind": "open", "tab": tab})
        return self.pane

    @property
    def labels(self) -> dict[str, str]:
        return self.controls.state["labels"]

    @property
    def off(self) -> dict[str, str]:
        return self.controls.state["off"]

    @property
    def told(self) -> str:
        return self.controls.said["notice"]["text"]

    @property
    def status(self) -> str:
        return self.controls.said["status"]

    @property
    def counts(self) -> dict[str, int]:
        return {status: number for status, number, _ in self.controls.state["counts"]}

    @property
    def job(self) -> dict[str, Any]:
        return self.inspector.said["job"]

    @property
    def pane(self) -> dict[str, Any]:
        return self.inspector.said["pane"]


def page_of(root: type[Job], **options: Any) -> tuple[DoJobber, Page]:
    dj = DoJobber(**options)
    dj.configure(root, default_retry_delay=0)
    return dj, Page(Dashboard(dj))


async def until(met: Callable[[], object]) -> None:
    """Comes back when it is so."""
    async with asyncio.timeout(PATIENCE):
        while not met():  # noqa: ASYNC110  # what is waited for knows nothing of this test
            await asyncio.sleep(0.005)


async def idle(page: Page) -> None:
    await until(lambda: not page.dashboard.session.busy)


async def press(page: Page, button: str, **how: Any) -> None:
    """Presses it and waits for what it started."""
    page.press(button, **how)
    await idle(page)


# --- jobs ------------------------------------------------------------------------------------------------------------


class Made(Job):
    """Makes itself.

    At the first Run."""

    world: ClassVar[set[str]] = set()

    def Check(self) -> None:
        if "made" not in self.world:
            raise RuntimeError("not made")

    def Run(self) -> None:
        self.world.add("made")

    def Cleanup(self) -> None:
        self.world.discard("made")


class Broken(Job):
    DEPS = (Made,)
    TRIES = 2

    def Check(self) -> None:
        self.storage["tool"] = {"name": "hammer"}
        self.global_storage["who"] = "Broken"
        raise ValueError("no power")

    def Run(self) -> None:
        print("pressing the button")  # noqa: T201  # jobs do


class Top(DummyJob):
    DEPS = (Broken,)


class Whole(DummyJob):
    DEPS = (Made,)


@pytest.fixture(autouse=True)
def fresh_world() -> None:
    Made.world.clear()


# --- stepping --------------------------------------------------------------------------------------------------------


async def test_before_a_run_all_jobs_are_pending_and_the_step_button_says_what_it_will_do() -> None:
    _, page = page_of(Top)
    assert page.counts == {"pending": 3}
    assert page.labels["step"] == "Step ▸ Made.check"
    assert page.status == "Ready: 3 jobs, nothing done yet."
    assert set(page.off) == {"pause", "interrupt", "reset", "cleanup", "leave"}


async def test_a_step_takes_one_phase_and_the_page_shows_it() -> None:
    dj, page = page_of(Top)
    before = page.graph.state["statuses"]
    await press(page, "step")
    assert [event.phase for event in dj.events if hasattr(event, "ok")] == ["check"]
    assert page.labels["step"] == "Step ▸ Made.run"
    assert page.graph.state["statuses"] != before
    assert page.counts == {"running": 1, "pending": 2}


async def test_buttons_take_a_job_a_pass_and_the_rest() -> None:
    dj, page = page_of(Top)
    await press(page, "job")
    assert dj.nodestatus == {"Made": True, "Broken": None, "Top": None}
    await press(page, "pass")
    assert dj.state.jobs["Broken"].tries == 1
    await press(page, "run")
    assert dj.state.jobs["Broken"].tries == 2


async def test_counts_sum_to_all_jobs_and_the_first_failure_is_told_with_its_reason() -> None:
    _, page = page_of(Top)
    await press(page, "run")
    assert page.counts == {"failed": 1, "blocked": 1, "changed": 1}
    assert page.controls.said["failures"] == [{"job": 1, "text": "✕ Broken 2/2: no power"}]


async def test_a_successful_run_cleans_up_by_itself() -> None:
    dj, page = page_of(Whole)
    await press(page, "run")
    assert dj.success()
    assert Made.world == set()
    assert page.status == "Success: all jobs hold."
    assert page.controls.said["offer"] == ""


async def test_a_failed_run_halts_before_its_first_cleanup_and_offers_it() -> None:
    dj, page = page_of(Top)
    await press(page, "run")
    assert Made.world == {"made"}
    assert "1 Cleanup due" in page.controls.said["offer"]
    assert page.labels["cleanup"] == "Clean up 1 job"
    assert "only Cleanups are left" in page.off["run"]
    await press(page, "cleanup")
    assert Made.world == set()
    assert dj.next_step is None


async def test_what_is_left_as_it_is_can_still_be_cleaned_up() -> None:
    _, page = page_of(Top)
    await press(page, "run")
    await press(page, "leave")
    assert page.controls.said["offer"] == ""
    assert Made.world == {"made"}
    assert "cleanup" not in page.off


async def test_a_cleanup_can_be_stepped_to_after_a_failure() -> None:
    _, page = page_of(Top)
    await press(page, "run")
    assert page.labels["step"] == "Step ▸ Made.cleanup"
    await press(page, "step")
    assert Made.world == set()


async def test_starting_over_takes_a_second_press_when_it_would_forget_cleanups() -> None:
    dj, page = page_of(Top)
    await press(page, "run")
    await press(page, "reset")
    assert len(dj.events) > 0
    assert page.labels["reset"] == "Forget 1 Cleanup, start over"
    await press(page, "reset")
    assert len(dj.events) == 0
    assert page.counts == {"pending": 3}
    assert page.labels["reset"] == "Start over"


async def test_errors_of_cleanups_are_told() -> None:
    class Sticky(RunonlyJob):
        def Run(self) -> None: ...

        def Cleanup(self) -> None:
            raise OSError("it sticks")

    _, page = page_of(Sticky)
    await press(page, "run")
    assert page.told.startswith("CleanupErrors: 1 of the Cleanups failed")


# --- clicks that must not be taken -----------------------------------------------------------------------------------


async def test_of_two_clicks_made_at_one_moment_the_second_is_refused_and_told() -> None:
    dj, page = page_of(Top)
    moment = page.controls.state["moment"]
    page.press("step", moment=moment)
    page.press("step", moment=moment)
    await idle(page)
    page.press("step", moment=moment)
    await idle(page)
    assert dj.next_step == ("Made", "run")
    assert "it came late, the run had moved on" in page.told


async def test_the_second_half_of_a_double_click_is_refused_although_the_page_shows_the_new_moment() -> None:
    dj, page = page_of(Top)
    await press(page, "step")
    await press(page, "step", shown=40, clicks=2)
    assert dj.next_step == ("Made", "run")
    assert page.told.startswith("A double click")


async def test_quick_single_steps_are_taken() -> None:
    dj, page = page_of(Top)
    for _ in range(3):
        await press(page, "step", shown=400, clicks=2)
    assert dj.next_step == ("Broken", "check")
    assert page.told == ""


async def test_a_click_made_in_a_dry_run_is_refused_once_the_mode_is_act() -> None:
    dj, page = page_of(Top, no_act=True)
    moment = page.controls.state["moment"]
    page.switch("act")
    await press(page, "run", moment=moment)
    assert len(dj.events) == 0
    assert Made.world == set()
    assert "came late" in page.told


async def test_a_refusal_is_gone_after_the_next_press_that_is_taken() -> None:
    _, page = page_of(Top)
    await press(page, "step", moment="long ago")
    assert page.told
    await press(page, "step")
    assert page.told == ""


@pytest.mark.parametrize(
    "content",
    [
        None,
        "press",
        [],
        {},
        {"kind": "explode"},
        {"kind": ["press"]},
        {"kind": "press"},
        {"kind": "press", "button": "self-destruct", "moment": "", "shown": 0, "clicks": 1},
        {"kind": "press", "button": "step", "moment": "", "shown": "long", "clicks": 1},
        {"kind": "mode", "mode": "chaos"},
        {"kind": "select", "job": "x"},
    ],
)
async def test_a_message_that_makes_no_sense_is_ignored_and_answered(content: Any) -> None:
    dj, page = page_of(Top)
    page.send(page.controls, content)
    assert page.controls.said["ignored"]
    assert len(dj.events) == 0


# --- mode ------------------------------------------------------------------------------------------------------------


async def test_the_mode_is_switched_and_a_dry_run_can_be_made_so() -> None:
    dj, page = page_of(Whole)
    page.switch("dry")
    page.switch("dry")
    assert page.controls.state["mode"] == "dry"
    await press(page, "run")
    assert page.counts == {"would_run": 1, "unknown": 1}
    assert page.status == "The dry run is over: switch to Act to make it so."
    page.switch("act")
    await press(page, "run")
    assert dj.success()


# --- a run under way -------------------------------------------------------------------------------------------------


class Gate(RunonlyJob):
    """Prints, then waits until somebody opens the gate or interrupts."""

    entered = threading.Event()
    opened = threading.Event()

    def Run(self) -> None:
        print("at the gate")  # noqa: T201  # jobs do
        self.entered.set()
        while not self.opened.wait(0.01):
            pass


class Behind(DummyJob):
    DEPS = (Gate,)


@contextlib.asynccontextmanager
async def at_the_gate(page: Page) -> AsyncIterator[None]:
    """A run that stands at the gate; in the end it is opened and the run goes on."""
    Gate.entered.clear()
    Gate.opened.clear()
    page.press("run")
    await until(Gate.entered.is_set)
    try:
        yield
    finally:
        Gate.opened.set()
        await idle(page)


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
        assert page.told == "Step was not taken: Gate.run is under way"


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
        await until(lambda: page.pane["tab"] == "output" and page.pane["texts"][-1]["stdout"] == "at the gate\n")
        assert page.pane["texts"][-1]["live"]
        assert page.inspector.said["elapsed"] >= 0


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


# --- the inspector ---------------------------------------------------------------------------------------------------


async def test_the_inspector_tells_why_what_it_needs_and_what_needs_it() -> None:
    dj, page = page_of(Top)
    await press(page, "run")
    page.select("Broken")
    assert page.job["why"] == dj.why("Broken")
    assert [link["text"] for link in page.job["needs"]] == ["Made"]
    assert [(link["text"], link["state"]) for link in page.job["needed_by"]] == [("Top", "blocked")]
    page.select("Made")
    assert page.job["doc"] == "Makes itself.\n\nAt the first Run."


async def test_the_inspector_shows_attempts_output_traceback_and_storage() -> None:
    _, page = page_of(Top)
    await press(page, "run")
    page.select("Broken")
    assert page.pane["tab"] == "error"
    assert "ValueError: no power" in page.pane["errors"][0]["text"]
    rows = page.open("attempts")["rows"]
    assert [[phase["phase"] for phase in row["phases"]] for row in rows] == [["check", "run", "recheck"]] * 2
    assert page.open("output")["texts"] == [
        {"phase": "run", "stdout": "pressing the button\n", "stderr": "", "log": ""},
    ]
    storage = page.open("storage")
    assert "hammer" in json.dumps(storage["own"])
    assert "Broken" in json.dumps(storage["shared"])


async def test_a_cleanup_stands_with_the_attempt_it_belongs_to() -> None:
    _, page = page_of(Whole)
    await press(page, "run")
    page.select("Made")
    rows = page.open("attempts")["rows"]
    assert [phase["phase"] for phase in rows[0]["phases"]] == ["check", "run", "recheck", "cleanup"]


async def test_with_nothing_selected_the_inspector_follows_the_run() -> None:
    _, page = page_of(Top)
    assert page.job["name"] == "Made"
    await press(page, "run")
    assert page.job["name"] == "Broken"
    assert not page.job["selected"]


async def test_no_value_is_ever_in_a_synced_trait() -> None:
    class Talks(Job):
        TRIES = 1

        def Check(self) -> None:
            self.storage["key-canary"] = self.global_storage["key-canary"] = "storage-canary"
            raise RuntimeError("message-canary")

        def Run(self) -> None:
            print("stdout-canary")  # noqa: T201  # jobs do
            raise RuntimeError("run-canary")

    _, page = page_of(Talks)
    await press(page, "run")
    for tab in ("attempts", "output", "error", "storage"):
        page.open(tab)
    assert "canary" in json.dumps(page.inspector.said)
    for part in page.dashboard.parts:
        assert "canary" not in json.dumps(part.get_state(), default=str)


# --- coming and going ------------------------------------------------------------------------------------------------


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


async def test_a_view_that_comes_later_gets_all_that_was_said() -> None:
    _, page = page_of(Top)
    await press(page, "run")
    for wire in (page.controls, page.graph, page.inspector):
        said = dict(wire.said)
        wire.said.clear()
        page.send(wire, {"kind": "shown", "view": "two"})
        assert wire.said == said


async def test_what_jobs_print_is_captured_only_while_somebody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    dj, page = page_of(Top)
    for wire in (page.controls, page.graph, page.inspector):
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
