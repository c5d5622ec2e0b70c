"""The tutorial's last cell, pressed through as its text says."""

import pytest
from playwright.sync_api import expect

from dev import ROOT, RUNBOOK

from .dash import Dash
from .lab import Lab


@pytest.mark.parametrize("subshells", [True, False])
def test_your_evening_goes_as_the_text_says(lab: Lab, subshells: bool) -> None:
    page = lab.open(ROOT / RUNBOOK, subshells=subshells)
    lab.run_all(page)
    dash = Dash(page, -1)
    read_the_plan(dash)
    go_step_by_step(dash)
    dash.type("your_home.pace = 3")  # so that a slow browser can catch a job at work
    pause_and_look_around(dash)
    interrupt(dash)
    dash.type("your_home.pace = 0")
    read_why_it_failed(dash)
    dash.press("cleanup")
    dash.says("The run is over")
    page.get_by_role("button", name="fresh", exact=True).click()
    dash.press("reset")
    dash.says("Ready: 20 jobs")
    dash.press("run")
    dash.says("Success: all jobs hold.")
    dash.shows("WatchMovie", "changed")
    assert lab.errors == []


def read_the_plan(dash: Dash) -> None:
    dash.press("run")
    dash.says("The dry run is over")
    dash.shows("TurnOnTV", "unknown")
    dash.root.get_by_role("radio", name="Act").click()
    dash.says("they change things")


def go_step_by_step(dash: Dash) -> None:
    for phase in ("check", "run", "recheck"):
        expect(dash.button("step")).to_have_text(f"Step ▸ PickTimeAndDate.{phase}")
        dash.press("step")
    dash.shows("PickTimeAndDate", "changed")
    dash.press("job")
    dash.shows("ValidateMovie", "ok")


def pause_and_look_around(dash: Dash) -> None:
    dash.press("run")
    dash.says("CleanCouch.run is under way")
    dash.press("pause")
    dash.job("FluffPillows").click()
    expect(dash.inspector).to_contain_text("Soft, every time.")
    dash.says("Halted before CleanCouch.recheck: paused")
    dash.inspector.get_by_role("button", name="Follow the run").click()


def interrupt(dash: Dash) -> None:
    dash.press("run")
    dash.says("Pizza.run is under way")
    dash.press("interrupt")
    dash.says("Interrupted. The attempt does not count as a try")
    expect(dash.button("step")).to_have_text("Step ▸ Pizza.check")


def read_why_it_failed(dash: Dash) -> None:
    dash.press("run")
    dash.says("✕ TurnOnTV 3/3: Remote batteries are dead.")
    dash.says("The run has halted before its first Cleanup.")
    dash.job("TurnOnTV").click()
    expect(dash.inspector).to_contain_text("failed 3 of 3 tries: Remote batteries are dead.")
    expect(dash.inspector.locator("pre").first).to_contain_text("raise RuntimeError(why)")
    dash.shows("WatchMovie", "blocked")
