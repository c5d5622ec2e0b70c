"""The dashboard in a real JupyterLab: what somebody sees who presses its buttons."""

import re

import pytest
from playwright.sync_api import Page, expect

from .dash import TYPED, Dash
from .lab import Lab

JOBS = """
import time
from dojobber_nb import Dashboard, DoJobber, DummyJob, Job, RunonlyJob

world = set()

class FindRemote(Job):
    def Check(self, **_):
        assert 'remote' in world, 'no remote in sight'
    def Run(self, **_):
        print('looking under the couch')
        world.add('remote')

class TurnOnTV(Job):
    'Needs batteries in the remote.'
    DEPS = (FindRemote,)
    TRIES, RETRY_DELAY = 2, 0
    def Check(self, batteries):
        if not batteries:
            raise RuntimeError('Remote batteries are dead.')
    def Run(self, batteries):
        self.storage['pressed'] = 'the red button'

class SitOnCouch(Job):
    def Check(self, **_):
        assert 'seated' in world, 'nobody sits'
    def Run(self, **_):
        world.add('seated')
    def Cleanup(self):
        world.discard('seated')

class WatchMovie(DummyJob):
    DEPS = (SitOnCouch, TurnOnTV)

dj = DoJobber()
dj.configure(WatchMovie)
dj.set_args(batteries=False)
"""
LONG = """
import threading, time
from dojobber_nb import Dashboard, DoJobber, DummyJob, RunonlyJob

class Sleep(RunonlyJob):
    def Run(self):
        for second in range(300):
            print('slept', second)
            time.sleep(0.1)

class Rest(DummyJob):
    DEPS = (Sleep,)

dj = DoJobber()
dj.configure(Rest)
shown, heard = Dashboard(dj), []
for part in shown.parts:
    part.on_msg(lambda *_: heard.append(threading.current_thread().name))
shown
"""

PRINTS_COUCH = f"async code => (await ({TYPED})(code)).includes('couch')"
CLEAR = """() => {
  for (const cell of jupyterapp.shell.currentWidget.content.widgets) cell.model.sharedModel.setOutputs([]);
}"""


@pytest.mark.parametrize("subshells", [True, False])
def test_a_runbook_is_stepped_looked_into_mended_and_brought_to_green(lab: Lab, subshells: bool) -> None:
    page = lab.open([JOBS, "dj"], subshells=subshells)
    lab.run_all(page)
    dash = Dash(page)
    step_into(dash)
    run_into_the_failure(dash)
    look_at_the_failure(dash)
    mend(dash)
    lab.execute(page, "docmanager:save")
    page.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")
    page.reload()
    dash = Dash(page)
    dash.says("Success: all jobs hold.")
    dash.shows("TurnOnTV", "ok")
    assert lab.errors == []


def step_into(dash: Dash) -> None:
    expect(dash.button("step")).to_have_text("Step ▸ SitOnCouch.check")
    dash.press("step")
    expect(dash.button("step")).to_have_text("Step ▸ SitOnCouch.run")
    dash.shows("SitOnCouch", "run")
    dash.press("job")
    dash.shows("SitOnCouch", "changed")


def run_into_the_failure(dash: Dash) -> None:
    dash.press("run")
    dash.says("✕ TurnOnTV 2/2: Remote batteries are dead.")
    dash.says("The run has halted before its first Cleanup. 1 Cleanup due. It undoes")
    expect(dash.root.locator("[data-primary]")).to_have_text("Try again ▸ TurnOnTV")
    dash.shows("WatchMovie", "blocked")


def look_at_the_failure(dash: Dash) -> None:
    dash.job("FindRemote").click()
    expect(dash.inspector).to_contain_text("changed: its Check failed, Run made it so")
    dash.inspector.get_by_role("tab", name="Output").click()
    expect(dash.inspector).to_contain_text("looking under the couch")
    dash.job("TurnOnTV").click()
    dash.inspector.get_by_role("tab", name="Error").click()
    expect(dash.inspector.locator(".dj-frame").first).to_contain_text("Check")
    dash.inspector.get_by_role("tab", name="Storage").click()
    expect(dash.inspector).to_contain_text("the red button")


def mend(dash: Dash) -> None:
    dash.press("cleanup")
    dash.says("The run is over, and not all jobs succeeded.")
    dash.type("dj.set_args(batteries=True)")
    dash.press("reset")
    dash.root.get_by_role("radio", name="Dry run").click()
    dash.press("run")
    dash.says("▷ 1 would run")
    dash.root.get_by_role("radio", name="Act").click()
    dash.press("run")
    dash.says("Success: all jobs hold.")
    dash.shows("TurnOnTV", "ok")


@pytest.mark.parametrize("subshells", [True, False])
def test_it_answers_while_a_job_sleeps(lab: Lab, subshells: bool) -> None:
    page = lab.open([LONG], subshells=subshells)
    lab.run_all(page)
    dash = Dash(page)
    dash.press("run")
    dash.says("Sleep.run is under way")
    expect(dash.inspector).to_contain_text("slept 3")
    dash.job("Rest").click()
    expect(dash.inspector).to_contain_text("pending: waits for Sleep")
    dash.inspector.get_by_role("button", name="Follow the run").click()
    dash.press("pause")
    expect(dash.button("pause")).to_have_text("Pausing after Sleep.run")
    dash.press("interrupt")
    dash.says("Interrupted. The attempt does not count as a try")
    expect(dash.button("step")).to_have_text("Step ▸ Sleep.check")


def test_it_shows_a_run_that_keeps_the_kernel_busy(lab: Lab) -> None:
    page = lab.open([LONG, "dj.run()"])
    lab.execute(page, "notebook:run-cell-and-select-next")
    dash = Dash(page)
    for _ in range(50):  # the first few clicks may still come to the thread that the next cell keeps
        dash.select("Rest")
        dash.inspector.get_by_role("button", name="Follow the run").click()
        expect(dash.inspector.locator(".dj-title")).to_have_text("Sleep")
        if "subshell-" in page.evaluate(TYPED, "print(heard[-1])"):
            break
    page.evaluate("() => { jupyterapp.shell.currentWidget.content.activeCellIndex = 1; }")
    lab.execute(page, "notebook:run-cell-and-select-next")
    dash.says("Sleep.run is under way")
    expect(dash.inspector).to_contain_text("slept 5")
    dash.press("interrupt")
    expect(page.locator(".jp-OutputArea-output").last).to_contain_text("KeyboardInterrupt")
    dash.says("Halted before Sleep.check: interrupted")


def test_a_double_click_is_refused_and_told(lab: Lab) -> None:
    page = lab.open([JOBS, "dj"])
    lab.run_all(page)
    dash = Dash(page)
    dash.button("step").dblclick()
    dash.says("The second click of a double click was not taken.")
    expect(dash.button("step")).to_have_text("Step ▸ SitOnCouch.run")


def test_all_is_done_by_keyboard_and_no_key_reaches_the_notebook(lab: Lab) -> None:
    page = lab.open([JOBS, "dj", "print('last cell')"])
    lab.run_all(page)
    dash = Dash(page)
    dash.button("step").focus()
    page.keyboard.press("Enter")
    expect(dash.button("step")).to_have_text("Step ▸ SitOnCouch.run")
    press_keys(page, "x", "d", "d", "0", "0")

    while not page.locator(".dj-graph [data-job]:focus").count():
        page.keyboard.press("Tab")
    press_keys(page, "End", "Enter")
    expect(dash.inspector.locator(".dj-title")).to_have_text("WatchMovie")
    press_keys(page, "ArrowDown", "Enter")
    expect(dash.inspector.locator(".dj-title")).to_have_text(re.compile("TurnOnTV|SitOnCouch"))
    press_keys(page, "x", "d", "d", "0", "0")

    while not page.locator(".dj-tabs [role=tab]:focus").count():
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[role=tab]:focus")).to_have_attribute("aria-selected", "true")
    expect(dash.inspector.get_by_role("tabpanel", name="Output")).to_be_visible()
    press_keys(page, "x", "d", "d", "0", "0")
    assert page.locator(".jp-CodeCell").count() == 3
    assert page.locator(".jp-Dialog").count() == 0


def press_keys(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_two_views_agree_and_output_is_captured_as_long_as_there_is_one(lab: Lab) -> None:
    page = lab.open([JOBS, "dj", "dj"])
    lab.run_all(page)
    one, two = page.locator(".dj-dashboard").all()
    expect(two.locator(".dj-graph [data-job]")).to_have_count(4)
    one.locator("[data-button=step]").first.click()
    expect(two.locator("[data-button=step]").first).to_have_text("Step ▸ SitOnCouch.run")
    two.locator(".dj-graph [data-job]").filter(has_text="TurnOnTV").click()
    expect(one.locator(".dj-title")).to_have_text("TurnOnTV")
    assert "couch" not in page.evaluate(TYPED, "dj.checknrun(FindRemote)")
    page.evaluate(CLEAR)
    expect(page.locator(".dj-dashboard")).to_have_count(0)
    page.wait_for_function(PRINTS_COUCH, arg="world.clear(); dj.checknrun(FindRemote)")
