"""The timeline in a real browser: what is drawn stands in its table too, and its marks keep apart at every width."""

import itertools

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .dash import TYPED
from .lab import Lab

CELL = """
import time
from dojobber_nb import DoJobber, DummyJob, Job
from dojobber_nb.notebook.widgets.timeline import Timeline

class TV(Job):
    RETRY_DELAY = 0.3
    def Check(self):
        time.sleep(0.02)
        raise RuntimeError('dead')
    def Run(self): ...

class Movie(DummyJob):
    DEPS = (TV,)

dj = DoJobber(default_tries=2)
dj.configure(Movie)
line = Timeline(dj)
display(line)
"""
MARKS = """() => [...document.querySelectorAll('.dj-marks span')].map(one => one.getBoundingClientRect())
  .filter(box => box.width).map(box => [box.left, box.right])"""
WIDTH = "width => { document.querySelector('.dj-timeline').style.width = `${width}px`; }"
SETTLED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def opened(lab: Lab) -> Page:
    page = lab.open([CELL])
    lab.run_all(page)
    expect(page.locator(".dj-timeline")).to_be_visible()
    return page


def test_the_table_says_what_the_bars_show_at_the_moment_that_is_looked_at(lab: Lab) -> None:
    page = opened(lab)
    expect(page.get_by_text("As a table")).to_be_hidden()
    page.evaluate(TYPED, "dj.checknrun()")
    page.get_by_text("As a table").press("Enter")
    rows, bars = page.locator(".dj-sheet tbody tr"), page.locator(".dj-lane .dj-stretch")
    expect(rows).to_have_count(7)  # two attempts of three phases, and the wait between them
    texts = [text.split("\t") for text in page.locator(".dj-sheet tbody").inner_text().splitlines()]
    said = bars.evaluate_all("bars => bars.map(bar => bar.title)")
    assert said == [f"{job}, attempt {number}: {what}, {long}, from {at} on" for job, number, at, long, what in texts]
    assert [row[4] for row in texts[2:4]] == ["recheck, it does not hold", "wait before the next try"]
    assert Axe().run(page, ".dj-timeline").response["violations"] == []
    page.evaluate(TYPED, "line.session.travel(3)")
    expect(rows).to_have_count(1)
    assert lab.errors == []


@pytest.mark.parametrize("width", [200, 240, 290, 420, 900])
def test_marks_of_the_axis_keep_apart_at_every_width(lab: Lab, width: int) -> None:
    page = opened(lab)
    page.evaluate(TYPED, "dj.checknrun()")
    expect(page.locator(".dj-lane .dj-stretch").first).to_be_visible()
    page.evaluate(WIDTH, width)
    page.evaluate(SETTLED)
    marks = page.evaluate(MARKS)
    assert marks
    assert all(left - right >= 5 for (_, right), (left, _) in itertools.pairwise(marks))
    assert page.locator(".dj-chart").evaluate("chart => chart.scrollWidth <= chart.clientWidth")
    assert lab.errors == []
