"""The cell of a dashboard run again in a real page: JupyterLab tells cells apart, and the newest dashboard works."""

from playwright.sync_api import expect

from .dash import TYPED, Dash
from .lab import Lab

CELL = """
from dojobber_nb import Dashboard, DoJobber, DummyJob
class Top(DummyJob): pass
dj = DoJobber()
dj.configure(Top)
Dashboard(dj)
"""
COUNT = "from ipywidgets.widgets import widget; print(len(widget._instances))"


def test_a_cell_run_again_leaves_one_dashboard_and_that_works(lab: Lab) -> None:
    page = lab.open([CELL])
    counts = set()
    for number in (1, 3, 5):  # counting between them counts, too
        lab.execute(page, "notebook:run-all-cells")
        expect(page.locator(".jp-InputPrompt").first).to_have_text(f"[{number}]:")
        counts.add(page.evaluate(TYPED, COUNT))
    assert len(counts) == 1
    dash = Dash(page)
    dash.press("run")
    dash.shows("Top", "ok")
    expect(page.locator(".dj-dashboard")).to_have_count(1)
    assert lab.errors == []
