"""What a timeline draws of a run, and what of it is sent when."""

import json
import re
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dojobber_nb import DoJobber
from dojobber_nb.core.events import NoActSwitched, Phase, PhaseEnded, PhaseStarted, RunStarted
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.notebook.widgets.bars import KINDS, LIVE, PLACES, Bar, Bars, span, ticks
from dojobber_nb.notebook.widgets.timeline import Timeline, _axis
from dojobber_nb.view.theme import LOOKS
from tests.support.alone import Alone
from tests.support.page import (
    Behind,
    Top,
    at_the_gate,
    page_of,
    press,
    until,
)
from tests.support.runbooks import doing, group, job

NAMES = list(KINDS)


def graph_of(*needs: Any, **options: Any) -> JobGraph:
    return JobGraph.of(group("All", *needs), default_tries=3, default_retry_delay=5, **options)


def bars_of(graph: JobGraph, *events: Any) -> Bars:
    bars = Bars()
    bars.follow(graph, (RunStarted("All", (), False, True, 0.0), *events))
    return bars


def told(bars: Bars) -> list[tuple[str, int, float, float]]:
    return [(NAMES[bar.kind], bar.attempt, bar.start, bar.end) for bar in bars.ended]


def shown(page: Alone) -> list[Bar]:
    """What the page has by now."""
    told = page.wire.told
    begins = [number for number, message in enumerate(told) if message["kind"] == "begin"]
    since = [message["content"] for message in told[begins[-1] :] if message["kind"] == "bars"]
    return [Bar(*row[:8]) for content in since for row in content["bars"]]


# --- the fold --------------------------------------------------------------------------------------------------------


def test_an_attempt_is_a_bar_for_each_phase_and_a_line_for_the_wait_before_the_next_try() -> None:
    bars = bars_of(
        graph_of(job("A")),
        PhaseStarted("A", Phase.CHECK, 1, 1.0),
        PhaseEnded("A", Phase.CHECK, 1, 1.0, 0.5, False),
        PhaseStarted("A", Phase.RUN, 1, 1.5),
        PhaseEnded("A", Phase.RUN, 1, 1.5, 1.0, True),
        PhaseStarted("A", Phase.RECHECK, 1, 2.5),
        PhaseEnded("A", Phase.RECHECK, 1, 2.5, 0.5, False),
        PhaseStarted("A", Phase.CHECK, 2, 7.0),
        PhaseEnded("A", Phase.CHECK, 2, 7.0, 1.0, True),
    )
    assert told(bars) == [
        ("check failed", 1, 1.0, 1.5),
        ("run passed", 1, 1.5, 2.5),
        ("recheck failed", 1, 2.5, 3.0),
        ("wait", 1, 3.0, 6.0),  # RETRY_DELAY counts from the start of the attempt; from then on others had their turn
        ("check passed", 2, 7.0, 8.0),
    ]
    assert bars.end == 8.0
    assert bars.under_way() == []


def test_no_wait_is_drawn_after_a_job_that_holds_or_past_its_retry_delay() -> None:
    holds = PhaseEnded("A", Phase.CHECK, 1, 0.0, 1.0, True)
    fails = PhaseEnded("A", Phase.INIT, 1, 0.0, 6.0, False)
    for first in (holds, fails):
        again = PhaseStarted("A", Phase.CHECK, 2, 7.0)
        bars = bars_of(graph_of(job("A")), PhaseStarted("A", Phase.CHECK, 1, 0.0), first, again)
        assert len(bars.ended) == 1


@pytest.mark.parametrize(
    ("phase", "ok"), [pair for pair in product(Phase, (True, False)) if pair != (Phase.INIT, True)]
)
def test_every_end_of_a_phase_has_a_look_and_words(phase: Phase, ok: bool) -> None:
    bars = bars_of(graph_of(job("A")), PhaseEnded("A", phase, 1, 0.0, 1.0, ok))
    assert NAMES[bars.ended[0].kind] == f"{phase} {'passed' if ok else 'failed'}"
    assert {kind.look for kind in KINDS.values()} <= set(LOOKS)


def test_kinds_of_one_colour_differ_in_texture() -> None:
    told_apart = [(kind.look, kind.texture) for name, kind in KINDS.items() if not name.endswith("failed")]
    assert len(set(told_apart)) == len(told_apart)
    assert len({kind.words for kind in KINDS.values()}) == len(KINDS)


def test_under_no_act_a_failed_check_would_run() -> None:
    bars = bars_of(graph_of(job("A")), NoActSwitched(True, 0.0), PhaseEnded("A", Phase.CHECK, 1, 0.0, 1.0, False))
    assert [kind for kind, *_ in told(bars)] == ["check would run"]


def test_a_phase_under_way_is_known_before_it_ends() -> None:
    bars = bars_of(graph_of(job("A")), PhaseStarted("A", Phase.CHECK, 1, 2.0))
    assert bars.under_way() == [Bar(0, 1, LIVE[Phase.CHECK], LIVE[Phase.CHECK], 2, 0, 2.0, 0.0)]


def test_a_bar_tells_how_many_events_there_were_once_it_had_begun_and_once_it_was_over() -> None:
    """So that the page can draw any moment of the run."""
    dj = doing(group("All", job("A"), job("B", works_at=2)))
    dj.checknrun()
    bars = Bars()
    bars.follow(dj.state.graph, dj.events)
    for bar in bars.ended:
        if NAMES[bar.kind] != "wait":
            begin, end = dj.events[bar.begun - 1], dj.events[bar.over - 1]
            assert isinstance(begin, PhaseStarted)
            assert isinstance(end, PhaseEnded)
            assert (begin.job, begin.attempt) == (end.job, end.attempt)
            assert begin.started <= bar.start == end.started
            assert LIVE[begin.phase] == bar.live


def test_taken_in_at_once_or_piece_by_piece_the_bars_are_the_same() -> None:
    dj = doing(group("All", job("A"), job("B", works_at=None), job("C", works_at=3)))
    dj.checknrun()
    whole, pieces = Bars(), Bars()
    whole.follow(dj.state.graph, dj.events)
    for number in range(len(dj.events) + 1):
        pieces.follow(dj.state.graph, dj.events[:number])
    assert pieces.ended == whole.ended
    assert [bar.job for bar in whole.ended].count(dj.state.graph["B"].index) == 9


# --- the axis --------------------------------------------------------------------------------------------------------


@given(st.floats(0, 1e7))
def test_the_axis_holds_all_and_has_a_few_round_marks(end: float) -> None:
    shown = span(end)
    assert end <= shown * (1 + 1e-6)
    assert shown <= max(1.35 * end, 0.0011)
    marks = ticks(shown)
    assert 3 <= len(marks) <= 7
    assert marks[0] == 0
    assert marks[-1] <= shown


# --- what is sent ----------------------------------------------------------------------------------------------------


def test_each_bar_is_sent_once_and_a_new_page_gets_them_all() -> None:
    dj = doing(group("All", *(job(f"J{number}") for number in range(800))))
    page = Alone(Timeline(dj))
    dj.checknrun()
    page.part.session.refresh()
    sizes = [len(json.dumps(message)) for message in page.sent("bars")]
    assert max(sizes) < 2**16
    before = shown(page)
    assert len(before) == 2_401
    page.send("shown", view="two")
    assert shown(page) == before


def test_another_run_begins_anew() -> None:
    dj = doing(group("All", job("A")))
    page = Alone(Timeline(dj))
    dj.checknrun()
    page.part.session.refresh()
    dj.reset()
    page.part.session.refresh()
    assert shown(page) == []
    dj.step()
    page.part.session.refresh()
    assert [NAMES[bar.kind] for bar in shown(page)] == ["check passed"]


def test_its_words_tell_how_much_there_is_and_what_took_longest() -> None:
    dj = doing(group("All", job("A")))
    page = Alone(Timeline(dj))
    assert page.said["alt"] == "Timeline: nothing has been done yet."
    dj.checknrun()
    page.part.session.refresh()
    assert re.match("Timeline: 4 bars of 2 jobs in .+; the longest phase is ", page.said["alt"])


@pytest.mark.parametrize(
    ("end", "label"), [(0.0, "1 ms"), (0.0031, "4 ms"), (0.5, "500 ms"), (0.9, "1 s"), (42, "50 s")]
)
def test_the_marks_of_the_axis_are_told_in_the_unit_that_fits(end: float, label: str) -> None:
    axis = _axis(end)
    number, unit = label.split()
    assert axis["span"] * (1_000 if unit == "ms" else 1) == pytest.approx(float(number))
    assert {text.split()[1] for _, text in axis["ticks"]} == {unit}
    assert max(len(text) for _, text in axis["ticks"]) <= 7


def test_before_configure_there_is_nothing_to_draw() -> None:
    dj = DoJobber()
    page = Alone(Timeline(dj))
    assert page.said["moment"] == [0, 0.0]
    assert page.said["live"] == {"bars": [], "names": {}}


def test_a_bar_selects_its_job_and_what_makes_no_sense_is_ignored() -> None:
    dj = doing(group("All", job("A")))
    page = Alone(Timeline(dj))
    page.send("select", job=1)
    assert page.part.session.selected == "All"
    assert page.state["looked_at"] == 1
    page.send("select", job="x")
    page.send("zoom")
    assert page.said["ignored"]


async def test_the_bar_of_the_phase_under_way_grows() -> None:
    dj, page = page_of(Behind)
    line = Alone(Timeline(page.dashboard.session))
    async with at_the_gate(page):
        await until(lambda: [Bar(*row[:8]).kind for row in line.said["live"]["bars"]] == [PLACES["run"]])
        count, now = line.said["moment"]
        assert count == len(dj.events)
        await until(lambda: line.said["moment"][1] > now)
    await until(lambda: line.said["live"]["bars"] == [])
    assert [NAMES[bar.kind] for bar in shown(line)][:3] == ["check failed", "run passed", "recheck passed"]


async def test_a_job_that_waits_for_its_next_try_shows_so_until_it_is_tried() -> None:
    dj, page = page_of(Top)
    dj.configure(Top, default_retry_delay=3600)
    line = Alone(Timeline(page.dashboard.session))
    await press(page, "pass")
    waits = [Bar(*row[:8]) for row in line.said["live"]["bars"]]
    assert [(NAMES[bar.kind], bar.job) for bar in waits] == [("wait", dj.state.graph["Broken"].index)]
    assert waits[0].end > 3_000


async def test_in_the_past_the_bars_stay_and_the_moment_moves() -> None:
    dj, page = page_of(Top)
    line = Alone(Timeline(page.dashboard.session))
    await press(page, "run")
    sent = len(line.sent("bars")), len(line.sent("begin"))
    axis = line.said["axis"]
    for number in (0, 1, 5, len(dj.events) - 1):
        page.dashboard.session.travel(number)
        assert line.said["moment"][0] == number
    page.dashboard.session.travel(len(dj.events))
    assert line.said["moment"][0] == len(dj.events)
    assert line.said["axis"] == axis
    assert (len(line.sent("bars")), len(line.sent("begin"))) == sent
