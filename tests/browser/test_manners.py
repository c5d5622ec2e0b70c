"""A dashboard does not mislead: before the kernel answers, at the end of a run, in the past and on a small page."""

import re

import pytest
from playwright.sync_api import Page, expect

from dojobber_nb.view.terminal_style import READABLE, contrast

from .lab import Lab
from .test_looks import SIDE, THEME
from .whole import RUNBOOK, Whole

BUSY = "import time; time.sleep(6)"
START = """code => {
  void jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({ code });
}"""
TEXTS = """() => [...document.querySelectorAll('.dj-graph [data-dim]')].flatMap(job => {
  const fill = part => getComputedStyle(job.querySelector(`[data-part=${part}]`)).fill;
  return [[fill('name'), fill('box')], [fill('line'), fill('box')]];
})"""
# What is read out, and when that is not the line that is seen.
LISTEN = """() => {
  const [said, seen] = ['.dj-controls > .dj-aside', '.dj-status'].map(one => document.querySelector(one));
  window.heard = []; window.contradictions = [];
  const look = () => {
    const [now, line] = [said.textContent, seen.textContent];
    if (now && now !== heard.at(-1)) heard.push(now);
    if (now && now !== line) contradictions.push([now, line]);
  };
  const all = { subtree: true, childList: true, characterData: true };
  new MutationObserver(look).observe(document.querySelector('.dj-controls'), all);
}"""


def opened(lab: Lab, **options: object) -> tuple[Page, Whole]:
    page = lab.open([RUNBOOK, "dashboard"], **{"height": 1300, **options})
    page.evaluate(SIDE)
    lab.run_all(page)
    return page, Whole(page)


def top(dash: Whole, part: str) -> float:
    """px below the top of the dashboard."""
    box, whole = dash.root.locator(part).bounding_box(), dash.root.bounding_box()
    assert box is not None
    assert whole is not None
    return box["y"] - whole["y"]


def test_before_the_kernel_answers_buttons_have_their_names_and_are_off(lab: Lab) -> None:
    page = lab.open([RUNBOOK, "dashboard", BUSY], subshells=False)
    lab.run_all(page, wait=False)
    dash = Whole(page)
    expect(dash.button("step")).to_have_text("Step ▸ Fetch.check")
    assert {one.get_attribute("aria-disabled") for one in dash.root.locator(".dj-bar button").all()} == {"true"}
    assert "" not in dash.root.locator(".dj-bar button:visible").all_inner_texts()
    dash.says("The kernel is busy; this appears when it answers.")
    expect(dash.root.get_by_role("button", name="Copy status")).to_have_attribute("aria-disabled", "true")
    expect(dash.root.locator(".dj-counts")).to_have_attribute("inert", "")
    dash.button("step").click(force=True)
    dash.root.get_by_role("radio", name="Dry run").click(force=True)
    expect(dash.button("step")).to_have_attribute("aria-disabled", "false")
    dash.says("Ready: 5 jobs, nothing done yet.")
    assert dash.root.locator(".dj-controls").get_attribute("data-mode") == "act"
    assert lab.errors == []


def test_a_press_shows_at_once_that_it_waits_for_a_busy_kernel_and_a_second_one_is_not_taken(lab: Lab) -> None:
    page, dash = opened(lab, subshells=False)
    page.evaluate(START, BUSY)
    assert dash.button("step").evaluate("button => { button.click(); return button.ariaBusy; }") == "true"
    dash.says("The kernel is busy with a cell; the press is queued.")
    dash.button("step").click()
    expect(dash.root.locator("[aria-busy=true]")).to_have_count(0, timeout=30_000)
    dash.says("Next comes Fetch.run.")
    expect(dash.button("step")).to_have_text("Step ▸ Fetch.run")
    expect(dash.root.get_by_role("alert")).to_be_hidden()
    assert lab.errors == []


def test_graph_list_and_timeline_are_tabs_for_hand_and_keyboard(lab: Lab) -> None:
    _, dash = opened(lab)
    tabs = dash.root.get_by_role("tablist", name="Views of the run")
    for key, name, part in [
        ("ArrowRight", "List", "joblist"),
        ("End", "Timeline", "timeline"),
        ("ArrowRight", "Graph", "graph"),
        ("ArrowLeft", "Timeline", "timeline"),
        ("Home", "Graph", "graph"),
    ]:
        tabs.locator("[aria-selected=true]").press(key)
        expect(tabs.get_by_role("tab", name=name, selected=True)).to_be_focused()
        expect(dash.root.get_by_role("tabpanel", name=name)).to_be_visible()
        expect(dash.root.locator(f".dj-{part}")).to_be_visible()
        assert tabs.locator("[tabindex='0']").count() == 1
    late = dash.root.locator(".dj-timeline").element_handle()
    late.evaluate("part => part.classList.remove('dj-timeline')")  # as it is before it is drawn
    expect(tabs.get_by_role("tab", name="Timeline")).to_be_hidden()
    late.evaluate("part => part.classList.add('dj-timeline')")
    expect(tabs.get_by_role("tab", name="Timeline")).to_be_visible()
    expect(tabs.get_by_role("tab", name="Graph", selected=True)).to_be_visible()
    inside = dash.inspector.get_by_role("tablist")
    inside.locator("[aria-selected=true]").press("End")
    expect(inside.get_by_role("tab", name="Source", selected=True)).to_be_focused()
    inside.locator("[aria-selected=true]").press("Home")
    expect(inside.get_by_role("tab", name="Attempts", selected=True)).to_be_focused()
    assert lab.errors == []


def test_a_run_ends_with_the_focus_in_a_good_place_and_nothing_is_announced_that_does_not_stand_there(lab: Lab) -> None:
    page, dash = opened(lab)
    page.evaluate(LISTEN)
    dash.button("run").focus()
    page.keyboard.press("Enter")
    dash.says("Load.run is under way")
    expect(dash.button("run")).to_be_focused()
    dash.open_the_gate()
    dash.says("✕ Verify 2/2: The checksum differs.")
    expect(dash.button("again")).to_be_focused()
    page.wait_for_function("heard.some(text => text.startsWith('Halted before Fetch.cleanup'))")
    dash.type("world.clear(); dj.set_args(mirror='west', strict=False); dj.reset()")
    dash.button("run").focus()
    page.keyboard.press("Enter")
    dash.says("Success: all jobs hold.")
    expect(dash.root.get_by_role("button", name="Copy status")).to_be_focused()
    page.wait_for_function("heard.at(-1).startsWith('Success')")
    assert page.evaluate("contradictions") == []
    assert lab.errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_filter_leaves_the_others_readable_and_is_told_in_the_past_with_a_way_out(lab: Lab, theme: str) -> None:
    page, dash = opened(lab)
    page.evaluate(THEME, f"JupyterLab {theme.title()}")
    page.locator(f"body[data-jp-theme-light={'true' if theme == 'light' else 'false'}]").wait_for(state="attached")
    dash.press("run")
    dash.says("Load.run is under way")
    dash.open_the_gate()
    dash.says("✕ Verify 2/2: The checksum differs.")
    dash.root.locator(".dj-count[data-status=failed]").click()
    expect(dash.root.locator(".dj-graph [data-dim]")).to_have_count(4)
    page.wait_for_timeout(300)  # colours change gently
    found = [(as_hex(text), as_hex(box)) for text, box in page.evaluate(TEXTS)]
    assert len(found) == 8
    assert min(contrast(*pair) for pair in found) >= READABLE
    places = {part: top(dash, part) for part in (".dj-slider", ".dj-graph")}
    dash.root.get_by_role("button", name="One event back").click()
    dash.says("This is the past: event ")
    dash.root.get_by_role("slider", name="Moment of the run").press("Home")
    dash.says("before the run began")
    assert {part: top(dash, part) for part in places} == pytest.approx(places, abs=1)
    filtered = dash.root.locator(".dj-filtered")
    expect(filtered).to_have_text("Only failedClear")
    filtered.get_by_role("button", name="Clear").click()
    expect(filtered).to_be_hidden()
    expect(dash.root.locator(".dj-graph [data-dim]")).to_have_count(0)
    assert lab.errors == []


def as_hex(colour: str) -> str:
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", colour)[:3])


def test_a_notice_moves_nothing_and_can_be_closed(lab: Lab) -> None:
    _, dash = opened(lab)
    before = top(dash, ".dj-graph"), top(dash, ".dj-bar")
    dash.button("step").dblclick()
    expect(dash.root.get_by_role("alert")).to_contain_text("was not taken")
    assert (top(dash, ".dj-graph"), top(dash, ".dj-bar")) == before
    dash.root.get_by_role("button", name="Close the notice").click()
    expect(dash.root.get_by_role("alert")).to_be_hidden()


def test_on_a_small_page_graph_and_tabs_stand_on_the_first_screen_and_what_is_off_is_not_there(lab: Lab) -> None:
    page, dash = opened(lab, height=800)
    fit(page, dash, 420)
    for state in ("Ready", "Load.run is under way", "✕ Verify 2/2"):
        if state.startswith("Load"):
            dash.press("run")
        elif state.startswith("✕"):
            dash.open_the_gate()
        dash.says(state)
        for one in dash.root.locator(".dj-bar button[aria-disabled=true]:not(:focus)").all():
            expect(one).to_be_hidden()
        dash.turn_to("graph")
        assert top(dash, ".dj-graph .dj-scroll") < 500, state
        dash.turn_to("inspector")
        assert top(dash, ".dj-inspector .dj-tabs") < 560, state
    assert page.evaluate("() => document.querySelector('.dj-dashboard').scrollWidth") <= 421
    assert lab.errors == []


def fit(page: Page, dash: Whole, width: int) -> None:
    """Has the dashboard so wide."""
    for _ in range(2):
        box, size = dash.root.bounding_box(), page.viewport_size
        assert box is not None
        assert size is not None
        page.set_viewport_size({"width": int(size["width"] + width - box["width"]), "height": size["height"]})
        page.wait_for_timeout(300)
