"""The second tutorial, pressed through as its text says: not one cell of the way in code is run."""

import re

from playwright.sync_api import Locator, Page, expect

from dev import ROOT

from .book import Book
from .dash import Dash
from .lab import Lab

BOOK = ROOT / "notebooks" / "02-find-the-fault.ipynb"


def test_three_faults_are_found_and_mended_as_the_text_says(lab: Lab) -> None:
    book = Book(lab, BOOK)
    book.run("world", "server", "release", "prepare", "start", "dashboard")
    dash = book.new_view()
    dash.press("run")
    dash.says("✕ FetchRelease 3/3: Shop 2 is damaged.")
    assert "needs FetchRelease, which failed 3 of 3 tries" in book.run("first-why")
    find_the_first_by_mouse(book, dash)
    find_the_second_by_keyboard(book, dash)
    find_the_third(book, dash)
    book.run("fresh-server")
    dash.press("run")
    dash.says("Success: all jobs hold.")
    last = book.run("last")
    assert (last.count("✓"), "Error" in last) == (3, False)
    assert lab.errors == []


def find_the_first_by_mouse(book: Book, dash: Dash) -> None:
    book.run("third-server")
    dash.select("FetchRelease")
    dash.inspector.get_by_role("button", name="Breakpoint").click()
    for failed in ("ready, and waits for its turn", "failed 1 of 3 tries", "failed 2 of 3 tries"):
        dash.press("run")
        expect(dash.inspector.locator(".dj-why")).to_contain_text(failed)
        dash.says("Halted before FetchRelease.check: breakpoint before FetchRelease.check")
    dash.inspector.get_by_role("tab", name="Storage").click()
    for phase, change in (("check", "'size'int40"), ("run", "'received'int100"), ("recheck", "'size'int140")):
        expect(dash.button("step")).to_have_text(f"Step ▸ FetchRelease.{phase}")
        dash.press("step")
        expect(changed(dash).filter(has_text=change)).to_have_count(1)
    dash.says("✕ FetchRelease 3/3: Shop 2 is damaged.")
    drag_to_the_end_of_the_second_attempt(book.page, dash)
    expect(changed(dash)).to_have_text([re.compile("~ changed.*'size'int40")])
    expect(dash.inspector).to_contain_text("'east'")
    dash.root.locator(".dj-travel").get_by_role("button", name="Back to now").click()
    expect(dash.inspector).to_contain_text("'size'int140")
    expect(book.unfold("third-mended")).to_contain_text('"wb"')
    book.run("third-mended")
    dash.select("FetchRelease")
    dash.inspector.get_by_role("button", name="Breakpoint").click()
    expect(dash.inspector.get_by_role("button", name="Breakpoint")).to_have_attribute("aria-pressed", "false")
    dash.inspector.get_by_role("button", name="Try again").click()
    dash.shows("FetchRelease", "changed")
    dash.press("run")
    dash.says("✕ StartShop 1/1: Port 8080 is taken by shop 1 (Run), so: Shop 2 does not run.")
    assert "needs StartShop, which failed 1 of 1 try" in book.run("order-why")


def changed(dash: Dash) -> Locator:
    """The keys of storages that are marked."""
    return dash.inspector.locator("[data-changed]")


def drag_to_the_end_of_the_second_attempt(page: Page, dash: Dash) -> None:
    slider = dash.root.get_by_role("slider", name="Moment of the run")
    slider.scroll_into_view_if_needed()
    place = slider.bounding_box()
    page.mouse.move(place["x"] + place["width"] - 8, place["y"] + place["height"] / 2)
    page.mouse.down()
    page.mouse.move(place["x"] + place["width"] * 0.8, place["y"] + place["height"] / 2, steps=5)
    page.mouse.up()
    dash.says("This is the past: event ")
    at = int(slider.input_value())
    dash.says(f"This is the past: event {at} of ")  # not one of those that the hand came by
    while not dash.root.locator(".dj-past").get_by_text("FetchRelease.recheck failed").count():
        dash.root.get_by_role("button", name="One event back").click()
        at -= 1
        dash.says(f"This is the past: event {at} of ")


def find_the_second_by_keyboard(book: Book, dash: Dash) -> None:
    keys = book.page.keyboard
    tab_to(book.page, ".dj-graph [data-job]")
    select_by_name(dash, "StartShop")
    open_with_arrows(dash, "Error")
    expect(dash.inspector).to_contain_text("AssertionError: Shop 2 does not run.")
    expect(dash.inspector).to_contain_text("OSError: Port 8080 is taken by shop 1.")
    select_by_name(dash, "PickPort")
    open_with_arrows(dash, "Storage")
    expect(dash.inspector).to_contain_text("PickPort.recheck, attempt 1'port'int8081")
    dash.root.get_by_role("slider", name="Moment of the run").focus()
    while not dash.root.locator(".dj-past").get_by_text("WriteConfig.run passed").count():
        at = int(book.page.locator(":focus").input_value())
        keys.press("ArrowLeft")
        dash.says(f"This is the past: event {at - 1} of")
    dash.shows("PickPort", "pending")
    expect(dash.inspector).not_to_contain_text("'port'")
    tab_to(book.page, ".dj-now")
    keys.press("Enter")
    dash.shows("PickPort", "changed")
    book.unfold("order-mended")
    book.run("order-mended", "order-configure")
    tab_to(book.page, "[data-button=run]", "Shift+Tab")
    keys.press("Enter")
    dash.says("✕ SmokeTest 1/1: Shop 2 cannot write.")
    assert "needs SmokeTest" in book.run("check-why")


def find_the_third(book: Book, dash: Dash) -> None:
    dash.select("SmokeTest")
    dash.inspector.get_by_role("tab", name="Error").click()
    expect(dash.inspector.locator(".dj-message")).to_have_text("RuntimeError: Shop 2 cannot write.")
    expect(dash.inspector.locator(".dj-traceback").first).to_contain_text("KeyError: 'email'")
    dash.select("MigrateCustomers")
    dash.inspector.get_by_role("tab", name="Attempts").click()
    expect(dash.inspector.locator(".dj-phases li")).to_have_text([re.compile("✓ check")])
    book.unfold("check-mended")
    book.run("check-mended")
    dash.inspector.get_by_role("button", name="Check again").click()
    expect(dash.inspector).to_contain_text("No email: customer 7.")
    dash.inspector.get_by_role("button", name="Try again").click()
    dash.shows("MigrateCustomers", "changed")
    dash.press("run")
    dash.says("Success: all jobs hold.")
    assert "its Check passed at once" in book.run("live")


def select_by_name(dash: Dash, name: str) -> None:
    """From any job in focus."""
    dash.page.keyboard.press("/")
    dash.page.keyboard.type(name)
    dash.page.keyboard.press("Enter")
    expect(dash.inspector.locator(".dj-title")).to_have_text(name)


def open_with_arrows(dash: Dash, tab: str) -> None:
    """That pane of the inspector, and back to the graph."""
    tab_to(dash.page, ".dj-inspector [role=tab]")
    while dash.page.locator(":focus").inner_text() != tab:
        dash.page.keyboard.press("ArrowRight")
    expect(dash.inspector.get_by_role("tabpanel", name=tab)).to_be_visible()
    tab_to(dash.page, ".dj-graph [data-job]", "Shift+Tab")


def tab_to(page: Page, selector: str, key: str = "Tab") -> None:
    while not page.locator(f":is({selector}):focus").count():
        page.keyboard.press(key)
