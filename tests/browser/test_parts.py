"""Parts of a dashboard by themselves in a real JupyterLab: used by mouse and keys, and seen by assistive software."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from .dash import TYPED
from .lab import Lab

PARTS = """
import time
from dojobber_nb import DoJobber, DummyJob, Job, RunonlyJob, secret
from dojobber_nb.notebook.widgets.args import ArgsForm
from dojobber_nb.notebook.widgets.job_list import JobList
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.timeline import Timeline

class Remote(Job):
    def Check(self, **_):
        time.sleep(0.02)
    def Run(self, **_): ...

class TV(Job):
    DEPS = (Remote,)
    TRIES, RETRY_DELAY = 2, 0.3
    def Check(self, batteries, **_):
        if batteries == 'dead':
            raise RuntimeError('batteries are <b>dead</b>')
    def Run(self, **_):
        time.sleep(0.1)

class Sleep(RunonlyJob):
    def Run(self, seconds, **_):
        time.sleep(seconds)

class Movie(DummyJob):
    DEPS = (TV, Sleep)

dj = DoJobber()
dj.configure(Movie)
session = Session(dj)
display(ArgsForm(session, batteries=['dead', 'fresh'], seconds=0.1, loud=True, title='x', token=secret))
display(JobList(session))
display(Timeline(session))
"""
MANY = """
from dojobber_nb import DoJobber, DummyJob, Job
from dojobber_nb.notebook.widgets.job_list import JobList
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.timeline import Timeline

def fails(self):
    raise RuntimeError('no')

def check(self):
    self.seen = getattr(self, 'seen', 0) + 1
    if self.seen < 2:
        raise RuntimeError('not yet')

jobs = [type(f'J{number}', (Job,), {'Check': check, 'Run': lambda self: None}) for number in range(999)]
dj = DoJobber()
dj.configure(type('All', (DummyJob,), {'DEPS': jobs}), default_tries=3, default_retry_delay=0)
session = Session(dj)
display(JobList(session))
display(Timeline(session))
"""
GROWS = """() => {
  const bar = document.querySelector('.dj-lane [data-texture=live][data-state=run]');
  window.widest = Math.max(bar?.offsetWidth ?? 0, window.widest ?? 0);
  window.narrowest = Math.min(bar?.offsetWidth ?? 1e6, window.narrowest ?? 1e6);
  return window.widest > window.narrowest + 20;
}"""
TOUCHED = """list => {
  window.touched = new Set();
  const note = records => { for (const { target } of records) touched.add(target.closest('[data-job]')?.dataset.job); };
  new MutationObserver(note).observe(list, { subtree: true, childList: true, characterData: true, attributes: true });
}"""


def opened(lab: Lab, cell: str, **options: object) -> Page:
    page = lab.open([cell, "print('last cell')"], height=1600, **options)
    lab.run_all(page)
    expect(page.locator(".dj-rows [data-job]").first).to_be_visible()
    return page


def focused(page: Page) -> Locator:
    return page.locator(":focus")


def keys(page: Page, *pressed: str) -> None:
    for key in pressed:
        page.keyboard.press(key)


def do(page: Page, code: str) -> None:
    page.evaluate(TYPED, code)


def test_the_list_is_found_in_filtered_and_used_by_keyboard_alone(lab: Lab) -> None:
    page = opened(lab, PARTS)
    rows = page.locator(".dj-rows [data-job]")
    do(page, "await dj.arun()")
    expect(rows).to_have_text(
        [
            "TVfailed2/2 batteries are <b>dead</b>",
            "Movieblockedblocked by TV",
            "Remoteok",
            "Sleepchangedrun only · changed",
        ]
    )
    rows.first.focus()
    keys(page, "/")
    page.keyboard.type("re")
    expect(rows).to_have_count(1)
    keys(page, "Enter")
    expect(focused(page)).to_have_attribute("aria-label", "Remote, ok")
    expect(focused(page)).to_have_attribute("data-looked-at", "selected")
    keys(page, "/", "Escape")
    expect(rows).to_have_count(4)
    keys(page, "Home", "ArrowDown", "b")
    expect(focused(page)).to_have_attribute(
        "aria-label", "Movie, blocked, blocked by TV, breakpoint before Movie.check"
    )
    keys(page, "b", "End", "x", "d", "d", "0", "0")
    expect(focused(page)).to_have_attribute("aria-label", "Sleep, changed, run only · changed")
    page.get_by_role("button", name="1 failed").click()
    expect(rows).to_have_count(1)
    assert page.locator(".jp-CodeCell").count() == 2
    assert page.locator(".dj b").count() == 0
    assert lab.errors == []


def test_what_is_entered_in_the_form_is_what_jobs_get(lab: Lab) -> None:
    page = opened(lab, PARTS)
    page.get_by_label("seconds").fill("soon")
    page.get_by_label("seconds").press("Enter")
    expect(page.get_by_text("Enter a number, such as 0.5. Jobs still get 0.1.")).to_be_visible()
    page.get_by_label("seconds").fill("0.2")
    page.get_by_label("seconds").press("Enter")
    expect(page.get_by_text("Enter a number")).to_be_hidden()
    page.get_by_label("batteries").select_option("fresh")
    page.get_by_role("switch", name="loud").press("Enter")
    expect(page.get_by_role("switch", name="loud")).not_to_be_checked()
    page.get_by_label("token").fill("hunter-2")
    page.get_by_label("token").press("Enter")
    expect(page.get_by_label("token")).to_have_attribute("placeholder", "is set")
    expect(page.get_by_label("token")).to_have_value("")
    told = page.evaluate(TYPED, "print(dict(dj.kwargs))")
    assert told.strip() == "{'batteries': 'fresh', 'seconds': 0.2, 'loud': False, 'title': 'x', 'token': <secret>}"
    assert lab.errors == []


def test_the_timeline_grows_and_is_walked_by_keyboard(lab: Lab) -> None:
    page = opened(lab, PARTS)
    line = page.locator(".dj-timeline")
    expect(line.get_by_text("Nothing has been done yet")).to_be_visible()
    do(page, "dj.set_args(batteries='dead', seconds=2)")
    do(page, "import asyncio; run = asyncio.ensure_future(dj.arun()); None")
    growing = line.locator(".dj-lane .dj-stretch[data-texture=live]")
    growing.first.wait_for()
    under_way = line.locator(".dj-lane [data-texture=live][data-state=run]")
    expect(under_way).to_have_attribute("title", re.compile(r"^Sleep, attempt 1: run, under way since [\d.]+ m?s$"))
    page.wait_for_function(GROWS)
    expect(growing).to_have_count(0)
    expect(line.locator(".dj-lane [data-texture=thin]")).to_have_count(1)
    bars = line.locator("[data-job='1'] .dj-stretch")
    expect(bars.last).to_have_attribute("data-state", "failed")
    line.locator(".dj-lane .dj-stretch[tabindex='0']").focus()
    keys(page, "ArrowDown", "End")
    expect(focused(page)).to_have_attribute("data-state", "failed")
    keys(page, "ArrowLeft", "Enter")
    expect(focused(page)).to_have_attribute("data-state", "run")
    expect(page.locator(".dj-rows [data-looked-at=selected]")).to_contain_text("TV")
    do(page, "session.travel(3)")
    expect(line.locator(".dj-lane .dj-stretch")).to_have_count(1)
    do(page, "session.travel(999)")
    expect(bars.last).to_have_attribute("data-state", "failed")
    assert lab.errors == []


def test_of_a_thousand_jobs_only_rows_that_change_are_touched_and_only_bars_in_sight_are_drawn(lab: Lab) -> None:
    page = opened(lab, MANY)
    rows = page.locator(".dj-rows")
    expect(rows.locator("[data-job]")).to_have_count(1_000)
    do(page, "dj.breakpoints.add('J500'); dj.run()")
    expect(rows.locator("[data-job='499']")).to_have_attribute("data-state", "changed")
    rows.evaluate(TOUCHED)
    do(page, "dj.step()")
    expect(rows.locator("[data-job='500']")).to_have_attribute("data-state", "run")
    assert set(page.evaluate("[...touched]")) <= {"499", "500", "501", "999"}
    do(page, "dj.run()")
    line = page.locator(".dj-timeline")
    expect(line.locator(".dj-lanes")).to_have_css("height", "26000px")  # all rows have arrived
    line.locator(".dj-chart").evaluate("chart => { chart.scrollTop = chart.scrollHeight; }")
    expect(line.get_by_role("button", name="All", exact=True)).to_be_visible()
    assert line.locator(".dj-lane").count() < 60
    assert lab.errors == []


@pytest.mark.parametrize(("theme", "width"), [("Light", 1400), ("Dark", 560)])
def test_assistive_software_finds_nothing_amiss(lab: Lab, theme: str, width: int) -> None:
    settings = {"@jupyterlab/apputils-extension:themes": {"theme": f"JupyterLab {theme}"}}
    page = opened(lab, PARTS, settings=settings, width=width)
    page.get_by_label("seconds").fill("soon")
    page.get_by_label("seconds").press("Enter")
    do(page, "await dj.arun()")
    do(page, "dj.breakpoints.add('TV'); session.select(1)")
    expect(page.locator(".dj-lane .dj-stretch").last).to_be_visible()
    for part in (".dj-args", ".dj-joblist", ".dj-timeline"):
        found = Axe().run(page, context=part)
        assert found.violations_count == 0, found.generate_report()
