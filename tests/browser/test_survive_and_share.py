"""The third tutorial, pressed through as its text says: not one cell of the way in code is run."""

from playwright.sync_api import expect

from dev import ROOT

from .book import Book
from .dash import Dash
from .lab import Lab

BOOK = ROOT / "notebooks" / "03-survive-and-share.ipynb"


def test_a_night_with_a_killed_kernel_ends_well_as_the_text_says(lab: Lab) -> None:
    book = Book(lab, BOOK)
    book.run("folder", "service", "stock", "bring-up", "tonight", "surroundings", "dashboard")
    dash = book.new_view()
    dash.press("run")
    dash.says("The dry run is over")
    book.run("kill", "known", "watch")
    take_it_up(dash)
    look_at_the_failure(dash)
    assert "Service, which failed 1 of 1 try: The port is taken." in book.run("taken")
    book.run("again")
    dash.select("Service")
    dash.inspector.get_by_role("button", name="Try again").click()
    dash.shows("Service", "changed")
    dash.press("run")
    dash.says("Success: all jobs hold.")
    assert "listens: False" in book.run("verified", "slow", "down")
    book.run("trail", "report")
    read_the_report(book)
    last = book.run("leaky", "traces", "check", "last")
    assert (last.count("✓"), "Error" in last) == (5, False)
    assert lab.errors == []


def take_it_up(dash: Dash) -> None:
    dash.press("reset")
    dash.says("The last run in night.sqlite was cut off in Data.run.")
    dash.root.get_by_role("radio", name="Act").click()
    dash.says("they change things")
    dash.press("resume")
    dash.says("✕ Service 1/1: The port is taken.")


def look_at_the_failure(dash: Dash) -> None:
    dash.select("Data")
    dash.inspector.get_by_role("tab", name="Attempts").click()
    expect(dash.inspector).to_contain_text("Attempt 2")
    dash.select("Service")
    dash.inspector.get_by_role("tab", name="Output").click()
    expect(dash.inspector).to_contain_text("SHOP_TOKEN=<secret> service.py")


def read_the_report(book: Book) -> None:
    """It works where it is opened, in a frame of the notebook."""
    report = book.page.frame_locator("iframe[srcdoc]")
    report.locator(".dj-graph [data-job]").filter(has_text="Service").first.click()
    expect(report.locator(".dj-inspector .dj-title")).to_have_text("Service")
    expect(report.get_by_role("slider", name="Moment of the run")).to_be_visible()
