"""Any moment of a run, looked at again."""

from collections.abc import Sequence
from typing import Any

import pytest

from dojobber_nb import Job
from dojobber_nb.core.events import Event
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.log_rows import EventLog
from dojobber_nb.core.state import RunState
from dojobber_nb.notebook.session.past_moment import CHECKPOINT_INTERVAL, PastMoment
from tests.support.page import (
    Behind,
    Made,
    Top,
    Whole,
    at_the_gate,
    idle,
    page_of,
    press,
    until,
)
from tests.support.runbooks import doing, group, movie_night


def all_of(state: RunState) -> dict[str, Any]:
    """All that a state knows, jobs by what they know."""
    of_jobs = {name: {**vars(job)} for name, job in state.jobs.items()}
    own = {name: value for name, value in vars(state).items() if name not in {"_jobs", "_queue"}}
    of_turns = vars(state._queue)
    return {**own, **of_turns, "jobs": of_jobs, **{name: str(own[name]) for name in ("open", "asked", "marked")}}


def folded(graph: JobGraph, events: Sequence[Event]) -> RunState:
    state = RunState(graph)
    for event in events:
        state.apply(event)
    return state


def a_long_run() -> tuple[JobGraph, EventLog]:
    dj = doing(movie_night())
    dj.no_act = True
    dj.step_pass()
    dj.no_act = False
    dj.run()
    return dj.state.graph, dj.events


def test_a_copy_of_a_state_is_the_same_and_goes_its_own_way() -> None:
    graph, events = a_long_run()
    for number in range(0, len(events), 7):
        before = all_of(folded(graph, events[:number]))
        state = folded(graph, events[:number])
        one, other = state.copy(), state.copy()
        one.fold(events[number:])
        assert all_of(other) == all_of(state) == before
        assert all_of(one) == all_of(folded(graph, events))
        state.fold(events[number:])
        assert all_of(other) == before


def test_every_moment_is_what_its_events_fold_to_in_whatever_order_they_are_looked_at() -> None:
    graph, events = a_long_run()
    past = PastMoment()
    for number in [len(events), 0, 1, *range(len(events), 0, -5), *range(3, len(events), 4)]:
        assert all_of(past.state(graph, events, number)) == all_of(folded(graph, events[:number]))


def test_no_moment_of_a_long_run_folds_more_than_a_few_events(monkeypatch: pytest.MonkeyPatch) -> None:
    dj = doing(group("All", *(group(f"Job{number}") for number in range(999))))
    dj.run()
    past, folds, fold = PastMoment(), [], RunState.fold
    past.state(dj.state.graph, dj.events, len(dj.events))
    monkeypatch.setattr(RunState, "fold", lambda state, rows: (folds.append(len(rows)), fold(state, rows)))
    for number in range(0, len(dj.events), 13):
        past.state(dj.state.graph, dj.events, number)
    assert max(folds) < CHECKPOINT_INTERVAL


async def test_the_page_shows_the_moment_that_the_slider_stands_at() -> None:
    dj, page = page_of(Top)
    await press(page, "run")
    numbers = {(event.job, event.phase): number for number, event in enumerate(dj.events, 1) if event.ok is not None}
    page.travel(numbers["Made", "run"])
    assert page.controls.said["past"].startswith(f"event {numbers['Made', 'run']} of {len(dj.events)} · ")
    assert page.controls.said["past"].endswith(" · Made.run passed")
    assert page.counts == {"running": 1, "pending": 2}
    assert page.controls.said["failures"] == []
    assert page.status == "Next came Made.recheck."
    assert page.job["name"] == "Made"
    assert [phase["phase"] for phase in page.open("attempts")["rows"][0]["phases"]] == ["check", "run"]
    page.send(page.controls, {"kind": "now"})
    assert page.controls.said["past"] == ""
    assert page.counts == {"failed": 1, "blocked": 1, "changed": 1}


async def test_before_the_first_event_nothing_has_happened() -> None:
    _, page = page_of(Top)
    await press(page, "run")
    page.travel(0)
    assert page.counts == {"pending": 3}
    assert page.slider.said["moment"].endswith("before the run began")
    assert page.slider.state["past"] is True


async def test_the_last_event_is_now() -> None:
    dj, page = page_of(Top)
    await press(page, "run")
    page.travel(len(dj.events))
    assert page.slider.said["moment"] == ""
    assert "cleanup" not in page.off


async def test_nothing_can_be_done_in_the_past_and_the_buttons_say_why() -> None:
    dj, page = page_of(Top)
    await press(page, "step")
    moment = page.controls.state["moment"]
    page.travel(1)
    count = len(dj.events)
    for button in ("step", "job", "pass", "run", "reset", "cleanup"):
        assert page.off[button] == "this is the past; go back to now first"
        await press(page, button)
        await press(page, button, moment=moment)
    page.switch("dry")
    assert "this is the past" in page.told
    assert not dj.no_act
    assert len(dj.events) == count


async def test_looking_back_calls_no_job() -> None:
    calls: list[str] = []

    class Counts(Job):
        def Check(self) -> None:
            calls.append("Check")

        def Run(self) -> None: ...

        def Cleanup(self) -> None:
            calls.append("Cleanup")

    dj, page = page_of(Counts)
    await press(page, "run")
    before = list(calls)
    for number in range(len(dj.events)):
        page.travel(number)
    assert calls == before


async def test_what_happens_meanwhile_does_not_move_the_moment() -> None:
    dj, page = page_of(Behind)
    async with at_the_gate(page):
        page.travel(2)
        seen = page.controls.said["status"]
    await until(lambda: page.slider.state["total"] == len(dj.events))
    assert page.slider.state["at"] == 2
    assert page.controls.said["status"] == seen
    assert page.counts == {"pending": 2}


async def test_a_run_can_be_paused_from_the_past() -> None:
    dj, page = page_of(Behind)
    async with at_the_gate(page):
        page.travel(1)
        page.press("pause")
    await idle(page)
    assert dj.next_step == ("Gate", "recheck")


async def test_a_new_run_has_a_new_past() -> None:
    dj, page = page_of(Whole)
    await press(page, "run")
    page.travel(3)
    Made.world.clear()
    dj.checknrun()
    page.dashboard.session.refresh()
    assert page.slider.state["past"] is False
    assert page.counts == {"ok": 1, "changed": 1}


@pytest.mark.parametrize("to", ["x", None, [], 10**30, -5])
async def test_a_moment_that_is_none_harms_nothing(to: Any) -> None:
    _, page = page_of(Top)
    await press(page, "step")
    page.travel(to)
    assert isinstance(page.dashboard.session.state, RunState)
    assert page.counts


def test_jobs_of_a_copy_are_apart() -> None:
    graph = JobGraph.of(Top, default_tries=3, default_retry_delay=1)
    state = RunState(graph)
    mine: JobState = state.jobs["Made"]
    assert state.copy().jobs["Made"] is not mine


@pytest.mark.parametrize("pressed", ["the band's Back to now", "the slider's end"])
async def test_back_to_now_is_now_although_the_run_has_gone_on_since_the_page_was_told(pressed: str) -> None:
    dj, page = page_of(Whole)
    await press(page, "step")
    page.travel(1)
    dj.run()  # the page is told of it later
    if pressed == "the slider's end":
        page.send(page.slider, {"kind": "travel", "to": None})
    else:
        page.send(page.controls, {"kind": "now"})
    assert not page.slider.state["past"]
    assert page.slider.state["at"] == len(dj.events)
