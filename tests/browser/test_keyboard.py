"""The whole dashboard by keyboard alone."""

from playwright.sync_api import Page, expect

from .lab import Lab
from .whole import RUNBOOK, Whole

# The part in which the focus is, what it is on, and how it is seen.
FOCUS = """() => {
  const at = document.activeElement, part = at.closest('.dj');
  if (!part) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  const ring = at.querySelector('[data-part=ring]');
  const outlined = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  const seen = outlined || ring && getComputedStyle(ring).stroke !== 'none';
  return [part.classList[2], at.getAttribute('aria-label') ?? at.innerText ?? at.tagName, Boolean(seen)];
}"""
# What can be pressed and is no stop of Tab, nor a member of a group that arrows walk.
OUT_OF_REACH = """() => [...document.querySelectorAll('.dj :is(button, input, select, summary, [role=switch])')]
  .filter(one => one.offsetWidth && one.tabIndex < 0)
  .filter(one => !one.matches('[role=radio], [role=tab], .dj-stretch, .dj-lane-name'))
  .map(one => one.outerHTML)"""
MOVING = """() => [...document.querySelectorAll('.dj *')].filter(one => {
  const { animationName, transitionDuration } = getComputedStyle(one);
  return animationName !== 'none' || transitionDuration.split(', ').some(each => parseFloat(each));
}).length"""

TYPED_IN, EMPTIED = ("Find jobs by name", "Find a job by name"), ((), ("Control+a", "Delete"))


def stops(page: Page, dash: Whole) -> list[list[object]]:
    """Every stop of Tab in the dashboard. At each the notebook's own keys are pressed."""
    dash.root.get_by_role("radio", checked=True).focus()
    found = []
    for key in ("Shift+Tab", "Tab"):
        page.keyboard.press(key)  # a focus that no key has brought is not shown
    while stop := page.evaluate(FOCUS):
        found.append(stop)
        for key in ("x", "d", "d", "0", "0", *EMPTIED[stop[1] in TYPED_IN], "Tab"):
            page.keyboard.press(key)
    return found


def test_all_of_it_is_reached_and_seen_and_no_key_gets_at_the_cells(lab: Lab) -> None:
    page = lab.open([RUNBOOK, "dashboard", "print('last cell')"], height=1500)
    lab.run_all(page)
    dash = Whole(page)
    dash.open_the_gate()
    dash.press("run")
    dash.says("✕ Verify 2/2")
    for pane in ("joblist", "timeline", "graph"):
        dash.turn_to(pane)
        found = stops(page, dash)
        assert [stop for stop in found if not stop[2]] == []
        assert {stop[0] for stop in found} == {"dj-controls", f"dj-{pane}", "dj-inspector", "dj-args", "dj-travel"}
        assert page.evaluate(OUT_OF_REACH) == []
    assert page.locator(".jp-CodeCell").count() == 3
    assert page.locator(".jp-Dialog").count() == 0
    assert lab.errors == []


def test_it_is_worked_by_keys_and_says_what_happens_and_moves_only_where_motion_is_welcome(lab: Lab) -> None:
    page = lab.open([RUNBOOK, "dashboard"], height=1500)
    lab.run_all(page)
    dash = Whole(page)
    told = dash.root.locator(".dj-controls [role=status].dj-aside")
    dash.button("step").focus()
    page.keyboard.press("Space")
    expect(told).to_have_text("Next comes Fetch.run.")
    dash.button("run").focus()
    page.keyboard.press("Enter")
    expect(dash.inspector).to_contain_text("loading")
    assert page.evaluate(MOVING) > 0
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(MOVING) == 0
    dash.root.get_by_role("switch", name="strict").focus()
    page.keyboard.press("Space")
    dash.open_the_gate()
    expect(told).to_have_text("Success: all jobs hold.")
