"""A message that Python refuses: the user reads that a click had no effect, and no button waits for ever."""

import pytest
from playwright.sync_api import expect

from .dash import Dash
from .lab import Lab
from .whole import RUNBOOK

# The page cannot send such messages by itself: a number that is none stands for any that Python cannot read.
NO_NUMBER = "() => { performance.now = () => NaN; }"
CHOOSE_NONE = """select => {
  select.append(new Option('x', 'x'));
  select.value = 'x';
  select.dispatchEvent(new Event('change'));
}"""


@pytest.mark.parametrize("part", ["controls", "inspector"])
def test_a_click_that_python_refuses_is_told_and_the_button_does_not_wait(lab: Lab, part: str) -> None:
    page = lab.open([RUNBOOK, "dashboard"])
    lab.run_all(page)
    dash = Dash(page)
    warnings: list[str] = []
    page.on("console", lambda message: warnings.append(message.text) if message.type == "warning" else None)
    if part == "controls":
        page.evaluate(NO_NUMBER)
        dash.press("step")
    else:
        dash.root.locator(".dj-select").evaluate(CHOOSE_NONE)
    told = dash.root.locator(f".dj-{part} [role=alert]").filter(has_text="That had no effect: Python refused it")
    expect(told).to_be_visible()
    expect(dash.root.locator("[aria-busy=true]")).to_have_count(0)
    told.locator("..").get_by_role("button", name="Close").last.click()
    expect(told).to_be_hidden()
    assert any("refused a message" in text for text in warnings)
    assert lab.errors == []
