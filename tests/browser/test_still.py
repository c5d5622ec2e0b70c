"""What a saved notebook shows: the last state as picture and table, whether or not anything is live or trusted."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from playwright.sync_api import Page, expect

import dev

from .dash import Dash
from .lab import Lab, write_notebook

CELLS = (
    """
from dojobber_nb import DoJobber, DummyJob
class Left(DummyJob): pass
class Top(DummyJob): DEPS = (Left,)
dj = DoJobber()
dj.configure(Top)
dj
""",
    "dj.run()",
    "dj.state.graph",
)
SAVED_TOO = {"@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True}}
DRAWN = "img => img.complete && img.naturalWidth > 100"


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Those cells after a kernel ran them, in a file that nobody trusts."""
    file = write_notebook(tmp_path_factory.mktemp("still") / "test.ipynb", CELLS)
    book = nbformat.read(file, as_version=4)
    NotebookClient(book, kernel_name="python3", resources={"metadata": {"path": str(dev.ROOT)}}).execute()
    nbformat.write(book, file)
    return file


def shows_picture_and_table(page: Page) -> None:
    """That of the run that ended, in the first of the two."""
    still = page.locator(".dj-still").first
    expect(still.locator("img")).to_be_visible()
    expect(still.locator("caption")).to_have_text("2 jobs · ✓ 2 ok · pass 1")
    expect(still.locator("tbody tr")).to_have_count(2)
    page.wait_for_function(f"() => [...document.querySelectorAll('.dj-still img')].every({DRAWN})")


def test_a_live_dashboard_hides_the_still_picture_below_it(lab: Lab) -> None:
    page = lab.open(CELLS)
    lab.run_all(page)
    expect(page.locator(".dj-dashboard")).to_be_visible()
    expect(page.locator(".dj-still").first).to_be_hidden()
    expect(page.locator(".dj-still").last).to_be_visible()  # the graph alone, in a cell of its own


def test_a_notebook_that_nobody_trusts_shows_the_last_state(lab: Lab, executed: Path) -> None:
    shows_picture_and_table(lab.open(executed))


def test_a_trusted_notebook_shows_it_although_the_dashboard_is_gone(lab: Lab, executed: Path) -> None:
    page = lab.open(executed)
    page.evaluate("() => jupyterapp.shell.currentWidget.content.widgets.forEach(cell => cell.model.trusted = true)")
    shows_picture_and_table(page)


def test_nbconvert_s_page_shows_it(lab: Lab, executed: Path, tmp_path: Path) -> None:
    html, _ = HTMLExporter().from_filename(str(executed))
    (tmp_path / "test.html").write_text(html, "utf-8")
    page = lab.new_page()
    page.goto((tmp_path / "test.html").as_uri())
    shows_picture_and_table(page)


def test_saved_with_its_widgets_a_dashboard_that_has_lost_its_kernel_leaves_the_picture_to_speak(lab: Lab) -> None:
    page = lab.open(CELLS[:1], settings=SAVED_TOO)
    lab.run_all(page)
    Dash(page).press("job")  # of a run that does not end
    expect(page.locator(".dj-still caption")).to_have_text("2 jobs · ✓ 1 ok · … 1 pending · pass 1")
    page.evaluate("() => jupyterapp.shell.currentWidget.context.save()")
    address = page.url
    page.close()
    lab.server.close_sessions()
    page = lab.new_page()
    page.goto(address + "?reset")
    expect(page.get_by_text("The kernel that this belongs to has ended").filter(visible=True)).to_have_count(1)
    expect(page.locator(".dj-still img")).to_be_visible()
    expect(page.locator(".dj-still tbody")).to_have_text(re.compile("✓ ok.*Left.*… pending.*Top", re.DOTALL))
    expect(page.locator(".dj-dashboard [data-job]")).to_have_count(0)
