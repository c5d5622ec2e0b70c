"""What the whole dashboard looks like, state by state, light and dark, wide and narrow: to assistive software, and in
pictures that are kept for somebody to look at."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import ARTIFACTS
from .lab import Lab
from .whole import RUNBOOK, Whole

WIDTHS = {"wide": 1400, "narrow": 680}  # of the page; Lab takes some of it
THEME = "theme => jupyterapp.commands.execute('apputils:change-theme', { theme })"
SIDE = "() => jupyterapp.shell.collapseLeft()"


def look(page: Page, dash: Whole, theme: str, width: str) -> None:
    """Turns the page to it."""
    page.set_viewport_size({"width": WIDTHS[width], "height": 1500})
    page.evaluate(THEME, f"JupyterLab {theme.title()}")
    page.locator(f"body[data-jp-theme-light={'true' if theme == 'light' else 'false'}]").wait_for(state="attached")
    page.locator("#jupyterlab-splash").wait_for(state="detached")
    dash.root.scroll_into_view_if_needed()


def seen(page: Page, dash: Whole, state: str) -> None:
    """Keeps a picture; assistive software finds nothing amiss."""
    ARTIFACTS.mkdir(exist_ok=True)
    dash.root.screenshot(path=ARTIFACTS / f"look-{state}.png")
    found = Axe().run(page, context=".dj-dashboard")
    assert found.violations_count == 0, f"{state}: {found.generate_report()}"


def test_in_every_state_assistive_software_finds_nothing_amiss(lab: Lab) -> None:
    page = lab.open([RUNBOOK, "dashboard"], height=1500)
    page.evaluate(SIDE)
    lab.run_all(page)
    dash = Whole(page)
    seen(page, dash, "before")
    dash.press("run")
    dash.says("Load.run is under way")
    expect(dash.inspector).to_contain_text("loading")
    look(page, dash, "dark", "wide")
    seen(page, dash, "under-way-dark")
    dash.open_the_gate()
    dash.says("✕ Verify 2/2: The checksum differs.")
    for theme in ("light", "dark"):
        for width in WIDTHS:
            look(page, dash, theme, width)
            seen(page, dash, f"failed-{theme}-{width}")
    look_back(page, dash)
    read_a_plan(page, dash)
    assert lab.errors == []


def look_back(page: Page, dash: Whole) -> None:
    dash.turn_to("inspector")
    dash.inspector.get_by_role("tab", name="Storage").click()
    dash.root.get_by_role("slider", name="Moment of the run").focus()
    for _ in range(6):
        page.keyboard.press("ArrowLeft")
    dash.says("This is the past: event ")
    seen(page, dash, "past-dark-narrow")
    look(page, dash, "light", "wide")
    dash.turn_to("joblist")
    seen(page, dash, "past-list")
    dash.root.locator(".dj-past").get_by_role("button", name="Back to now").click()
    dash.turn_to("timeline")
    seen(page, dash, "failed-timeline")


def read_a_plan(page: Page, dash: Whole) -> None:
    dash.type("world.clear(); dj.reset(); dj.breakpoints.add('Warm')")
    dash.root.get_by_role("radio", name="Dry run").click()
    dash.press("run")
    dash.says("Halted before Warm.check")
    dash.root.get_by_label("mirror").fill("east")
    dash.press("run")
    dash.says("The dry run is over")
    dash.turn_to("graph")
    seen(page, dash, "dry-run")
    look(page, dash, "dark", "narrow")
    seen(page, dash, "dry-run-dark-narrow")
