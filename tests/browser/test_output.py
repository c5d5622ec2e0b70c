"""Output in a real browser: all of it can be scrolled, searched, wrapped and taken away; what grows is followed."""

import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from .dash import Dash
from .lab import Lab

PRINTS = r"""
import sys, threading
from dojobber_nb import DoJobber, DummyJob, RunonlyJob

go = threading.Event()

class Prints(RunonlyJob):
    def Run(self):
        print('\x1b[31mred\x1b[0m and plain')
        for percent in range(0, 101, 10):
            sys.stdout.write(f'\r{percent}%')
        print()
        for number in range(9000):
            print('line', number, '<b>of the log</b>')
        print('z' * 3000)

class Grows(RunonlyJob):
    DEPS = (Prints,)
    def Run(self):
        number = 0
        while not go.wait(0.02):
            number += 1
            print('tick', number)

All = type('All', (DummyJob,), {'DEPS': (Grows,)})
dj = DoJobber()
dj.configure(All)
"""
AT_END = "lines => lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 18"


class Output:
    """The pane of the job that is looked at."""

    def __init__(self, dash: Dash) -> None:
        self.lines: Locator = dash.inspector.locator(".dj-out-lines")
        self.rows = self.lines.locator(".dj-out-row")
        self.field = dash.inspector.get_by_label("Search the output")
        self.count = dash.inspector.locator(".dj-out-tools [role=status]")

    def scroll(self, to: int) -> None:
        self.lines.evaluate("(lines, to) => { lines.scrollTop = to; }", to)

    def row(self, text: str) -> Locator:
        return self.rows.filter(has_text=text)


def opened(lab: Lab) -> tuple[Page, Dash]:
    page = lab.open([PRINTS, "dj"])
    lab.run_all(page)
    dash = Dash(page)
    dash.press("run")
    dash.says("Grows.run is under way")
    return page, dash


def test_what_grows_is_followed_until_somebody_scrolls_up(lab: Lab) -> None:
    page, dash = opened(lab)
    output = Output(dash)
    expect(output.rows.filter(has_text=re.compile(r"tick \d{3}")).last).to_be_visible()
    page.wait_for_function(AT_END, arg=output.lines.element_handle())
    output.scroll(0)
    expect(output.row("tick 1").first).to_be_visible()
    page.wait_for_timeout(600)
    assert output.lines.evaluate("lines => lines.scrollTop") == 0
    output.scroll(1_000_000)
    page.wait_for_timeout(600)
    page.wait_for_function(AT_END, arg=output.lines.element_handle())
    dash.type("go.set()")
    dash.says("Success")
    assert lab.errors == []


def test_all_that_was_kept_is_scrolled_searched_wrapped_and_downloaded(lab: Lab) -> None:
    page, dash = opened(lab)
    dash.select("Prints")
    output = Output(dash)
    expect(output.row("zzz").first).to_be_visible()
    output.scroll(0)
    expect(output.rows.first).to_have_text("red and plain")
    expect(output.rows.nth(1)).to_have_text("100%")
    assert output.rows.first.locator("span").evaluate("span => getComputedStyle(span).color") != "rgb(0, 0, 0)"
    assert output.rows.count() < 400
    search(page, output)
    wrapped(dash, output)
    with page.expect_download() as download:
        dash.inspector.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "Prints-attempt-1.txt"
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[:4] == ["== run stdout", "red and plain", "100%", "line 0 <b>of the log</b>"]
    assert [line for line in lines if line.startswith("line")] == [f"line {n} <b>of the log</b>" for n in range(9000)]
    assert lines[-1] == "z" * 3000
    dash.type("go.set()")
    dash.says("Success")
    assert lab.errors == []


def search(page: Page, output: Output) -> None:
    """By keyboard alone, from match to match."""
    output.lines.focus()
    page.keyboard.press("/")
    expect(output.field).to_be_focused()
    page.keyboard.type("INE 4999 <B>")
    expect(output.count).to_have_text("1 of 1 line")
    expect(output.lines.locator("[data-hit] mark")).to_be_visible()
    output.field.fill("line 77")
    expect(output.count).to_have_text("1 of 111 lines")
    page.keyboard.press("Enter")
    expect(output.count).to_have_text("2 of 111 lines")
    expect(output.row("line 770 ")).to_be_visible()
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    expect(output.count).to_have_text("111 of 111 lines")
    expect(output.lines.locator("[data-hit]")).to_have_text("line 7799 <b>of the log</b>")
    page.keyboard.press("Escape")
    expect(output.lines.locator("mark")).to_have_count(0)
    expect(output.lines).to_be_focused()


def wrapped(dash: Dash, output: Output) -> None:
    """Nothing sticks out, and the end is where it ends."""
    output.scroll(10_000_000)
    expect(output.row("zzz").first).to_be_visible()
    assert output.lines.evaluate("lines => lines.scrollWidth > lines.clientWidth + 10")
    dash.inspector.get_by_role("button", name="Wrap").click()
    expect(output.row("zzz").first).to_be_visible()
    assert output.lines.evaluate("lines => lines.scrollWidth <= lines.clientWidth")
    assert output.lines.evaluate(AT_END)
    dash.inspector.get_by_role("button", name="Wrap").click()
