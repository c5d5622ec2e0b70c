"""The whole dashboard, all parts of it, through what happens to pages and kernels."""

import re

from playwright.sync_api import Page, expect

from .lab import Lab
from .whole import RUNBOOK, Whole, printed

FULL = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "full"}}
FILLER = ["%md " + "\n\n".join(["Nothing to see here."] * 30)] * 6
# The cell that is selected stays in the page wherever it is.
SCROLL = """cell => {
  const { content } = jupyterapp.shell.currentWidget;
  content.activeCellIndex = cell;
  return content.scrollToItem(cell);
}"""
LATE = re.compile(r"^Step.* was not taken: (it came late, the run had moved on|(Fetch.check|the run) is under way)")
RESTART = "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
BOTH = """() => {
  for (const button of document.querySelectorAll('[data-button=step]')) button.click();
}"""


def opened(lab: Lab, *cells: str, **options: object) -> Page:
    page = lab.open([RUNBOOK, "dashboard", *cells], **{"height": 1300, **options})
    lab.run_all(page)
    return page


def test_reloaded_in_mid_run_it_shows_how_things_stand_and_closed_it_lets_the_run_go_on(lab: Lab) -> None:
    page = opened(lab)
    dash = Whole(page)
    dash.run_to_the_gate()
    dash.shows_that_it_stands_at_the_gate()
    lab.execute(page, "docmanager:save")
    page.wait_for_function("() => !jupyterapp.shell.currentWidget.context.model.dirty")
    page.reload()
    dash = Whole(page)
    dash.shows_that_it_stands_at_the_gate()
    dash.open_the_gate()
    dash.shows_that_it_has_failed()
    dash.type("gate.clear(); dj.reset()")
    dash.run_to_the_gate()
    dash.type("dashboard.close()")
    expect(page.locator(".dj-dashboard")).to_have_count(0)
    dash.open_the_gate()
    printed(page, "print(dj.state.jobs['Verify'].status)", "failed")
    assert lab.errors == []


def test_scrolled_out_and_back_under_windowing_it_is_there_is_true_and_acts(lab: Lab) -> None:
    page = opened(lab, *FILLER, settings=FULL)
    page.evaluate(SCROLL, 1)
    dash = Whole(page)
    expect(dash.root.locator(".dj-panes [data-pane=graph]")).to_have_attribute("aria-selected", "true")
    dash.run_to_the_gate()
    page.evaluate(SCROLL, 7)
    expect(dash.root).to_be_hidden()
    dash.open_the_gate()
    printed(page, "print(dj.state.jobs['Verify'].status)", "failed")
    page.evaluate(SCROLL, 1)
    dash.shows_that_it_has_failed()
    dash.root.get_by_role("switch", name="strict").click()
    dash.select("Verify")
    dash.inspector.get_by_role("button", name="Try again").click()
    dash.shows("Verify", "ok")
    dash.press("step")
    dash.shows("Live", "ok")
    assert lab.errors == []


def test_of_two_views_both_are_true_and_a_click_in_the_one_that_is_late_is_refused(lab: Lab) -> None:
    page = opened(lab, "dashboard", height=1900, subshells=False)
    one, two = Whole(page, 0), Whole(page, 1)
    page.evaluate(BOTH)
    for dash in (one, two):
        expect(dash.root.get_by_role("alert")).to_have_text(LATE)
        expect(dash.button("step")).to_have_text("Step ▸ Fetch.run")
    two.run_to_the_gate()
    one.shows_that_it_stands_at_the_gate()
    one.open_the_gate()
    one.shows_that_it_has_failed()
    two.shows_that_it_has_failed()
    assert lab.errors == []


def test_restarted_in_mid_run_no_part_pretends(lab: Lab) -> None:
    page = opened(lab)
    dash = Whole(page)
    dash.run_to_the_gate()
    dash.shows_that_it_stands_at_the_gate()
    page.evaluate(RESTART)
    expect(dash.root.get_by_text("The kernel that this belongs to has ended")).to_be_visible()
    for button in dash.root.get_by_role("button").all():
        expect(button).to_have_text(re.compile("^[-−+]$|1:1|Fit|Fetch|Verify"))  # zoom, and links that lead nowhere
    for part in (".dj-args", ".dj-travel", ".dj-modes"):
        expect(dash.root.locator(part)).to_be_hidden()
    expect(dash.inspector.get_by_text("under way for")).to_be_hidden()
    lab.run_all(page)
    dash = Whole(page)
    dash.says("Ready: 5 jobs")
