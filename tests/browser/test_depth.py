"""Looking back, acting on one job, and finding one's way in a large graph, as somebody sees it."""

import pytest
from playwright.sync_api import expect

from .dash import TYPED, Dash
from .lab import Lab
from .test_dashboard import JOBS

LARGE = """
from dojobber_nb import DoJobber, DummyJob
jobs = []
for number in range(60):
    jobs.append(type(f'Job{number}', (DummyJob,), {'DEPS': tuple(jobs[-1:])}))
dj = DoJobber()
dj.configure(jobs[-1])
dj
"""


@pytest.mark.parametrize("subshells", [True, False])
def test_the_past_is_looked_at_and_left_again(lab: Lab, subshells: bool) -> None:
    page = lab.open([JOBS, "dj"], subshells=subshells)
    lab.run_all(page)
    dash = Dash(page)
    dash.press("run")
    dash.shows("TurnOnTV", "failed")
    dash.inspector.get_by_role("tab", name="Storage").click()
    expect(dash.inspector).to_contain_text("'the red button'")
    slider = dash.root.get_by_role("slider", name="Moment of the run")
    slider.focus()
    page.keyboard.press("Home")
    dash.says("This is the past: event 0 of")
    dash.shows("TurnOnTV", "pending")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    dash.says("SitOnCouch.run passed")
    dash.shows("SitOnCouch", "recheck")
    expect(dash.button("run")).to_have_attribute("title", "Run: this is the past; go back to now first")
    dash.root.get_by_role("button", name="One event back").click()
    dash.says("SitOnCouch.run began")
    dash.root.locator(".dj-past").get_by_role("button", name="Back to now").click()
    dash.shows("TurnOnTV", "failed")
    expect(dash.button("step")).to_have_attribute("aria-disabled", "false")
    assert lab.errors == []


@pytest.mark.parametrize("subshells", [True, False])
def test_a_job_is_halted_at_tried_again_and_debugged(lab: Lab, subshells: bool) -> None:
    page = lab.open([JOBS, "dj"], subshells=subshells)
    lab.run_all(page)
    dash = Dash(page)
    dash.job("TurnOnTV").focus()
    page.keyboard.press("b")
    expect(dash.job("TurnOnTV").locator("[data-halts]")).to_have_count(1)
    dash.press("run")
    dash.says("Halted before TurnOnTV.check: breakpoint before TurnOnTV.check")
    dash.job("TurnOnTV").click()
    halt = dash.inspector.get_by_role("button", name="Breakpoint")
    expect(halt).to_have_attribute("aria-pressed", "true")
    halt.click()
    expect(dash.job("TurnOnTV").locator("[data-halts]")).to_have_count(0)
    dash.press("run")
    dash.shows("TurnOnTV", "failed")
    dash.inspector.get_by_role("button", name="Debug here").first.click()
    dash.says("Type %debug in a cell: it opens in Check, where RuntimeError was raised.")
    assert "batteries are dead" in page.evaluate(TYPED, "import sys; print(sys.last_value)")
    dash.inspector.get_by_role("button", name="Show locals").first.click()
    expect(dash.inspector.locator(".dj-known").first).to_contain_text("batteries")
    dash.type("dj.set_args(batteries=True)")
    dash.inspector.get_by_role("button", name="Try again").click()
    dash.shows("TurnOnTV", "ok")
    dash.shows("WatchMovie", "pending")
    assert lab.errors == []


def test_of_a_large_graph_a_part_is_drawn_and_a_job_found_by_name(lab: Lab) -> None:
    page = lab.open([LARGE])
    lab.run_all(page)
    dash = Dash(page)
    boxes = dash.root.locator(".dj-graph [data-job]")
    expect(boxes).to_have_count(2)
    boxes.first.focus()
    page.keyboard.press("/")
    page.keyboard.type("job30")
    expect(dash.root.locator(".dj-look")).to_contain_text("1 found, none of them drawn")
    page.keyboard.press("Enter")
    expect(dash.inspector.locator(".dj-title")).to_have_text("Job30")
    expect(boxes).to_have_count(3)
    dash.root.get_by_role("button", name="Whole", exact=True).click()
    expect(boxes).to_have_count(60)
    expect(dash.root.locator(".dj-graph [data-dim]")).to_have_count(59)
    assert lab.errors == []
