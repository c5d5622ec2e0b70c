"""Nothing moves below the pointer: graph and buttons stay in place when a run begins, fails or is looked back on."""

from playwright.sync_api import Page, expect

from .lab import Lab
from .test_manners import fit, opened
from .whole import Whole

WIDTHS = (1200, 900, 420)  # of the dashboard
PLACES = """() => {
  const whole = document.querySelector('.dj-dashboard'), { left, top } = whole.getBoundingClientRect();
  const parts = [...whole.querySelectorAll('.dj-bar [data-button], .dj-graph .dj-scroll, .dj-copy, .dj-panes button')]
    .filter(part => part.getClientRects().length);
  return Object.fromEntries(parts.map(part => {
    const box = part.getBoundingClientRect();
    return [part.dataset.button ?? part.dataset.pane ?? part.className,
            [box.left - left, box.top - top, box.width].map(Math.round)];
  }));
}"""


def places(page: Page, dash: Whole) -> dict[int, dict[str, list[int]]]:
    """Of the graph and of each button, at each width: px from the corner of the dashboard, and its own width."""
    found = {}
    for width in WIDTHS:
        fit(page, dash, width)
        found[width] = page.evaluate(PLACES)
    return found


def test_the_graph_and_each_button_keep_their_place_whatever_happens(lab: Lab) -> None:
    page, dash = opened(lab, height=1200)
    before = places(page, dash)
    assert {"step", "cleanup", "dj-scroll", "dj-choice dj-copy"} <= before[420].keys()
    dash.run_to_the_gate()
    assert places(page, dash) == before
    assert_pause_can_be_pressed_in_the_past(dash)
    dash.open_the_gate()
    dash.says("✕ Verify 2/2: The checksum differs.")
    dash.says("1 Cleanup due")
    assert places(page, dash) == before
    again, question = (dash.root.locator(f".dj-news > {part}").bounding_box() for part in ("button", ".dj-offer"))
    assert again is not None
    assert question is not None
    assert question["y"] >= again["y"] + again["height"]
    dash.root.get_by_role("button", name="Copy status").click()
    expect(dash.root.locator(".dj-copied")).to_be_visible()
    dash.root.locator(".dj-copied").get_by_role("button", name="Close").click()
    dash.root.get_by_role("button", name="One event back").click()
    dash.says("This is the past: event ")
    assert places(page, dash) == before
    assert lab.errors == []


def assert_pause_can_be_pressed_in_the_past(dash: Whole) -> None:
    """On the narrow page that is left by now."""
    dash.root.get_by_role("button", name="One event back").click()
    dash.says("This is the past: event ")
    for name in ("pause", "interrupt"):
        expect(dash.button(name)).to_have_attribute("aria-disabled", "false")
        dash.button(name).click(trial=True)
    dash.root.locator(".dj-past").get_by_role("button", name="Back to now").click()
