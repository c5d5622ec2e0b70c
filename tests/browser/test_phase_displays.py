"""Figures and tables of a phase, on a real page: they stand below the dashboard, and the Output tab says so."""

from playwright.sync_api import expect

from .dash import Dash
from .lab import Lab

CELLS = (
    """
import matplotlib.pyplot as plt
from IPython.display import HTML, clear_output, display
from dojobber_nb import DoJobber, RunonlyJob

class Plot(RunonlyJob):
    def Run(self):
        for done in range(3):
            clear_output(wait=True)
            display(HTML(f"<table><tr><td>disk {done}</td></tr></table>"))
        print("measured 3 disks")
        for disk in range(3):
            plt.figure(figsize=(3, 1)).gca().plot([1, disk])

dj = DoJobber()
dj.configure(Plot)
""",
    "dj",
)
SAVE = "() => jupyterapp.shell.currentWidget.context.save()"


def test_they_stand_below_the_dashboard_and_the_output_tab_says_so(lab: Lab) -> None:
    page = lab.open(CELLS, height=1_600)
    lab.run_all(page)
    dash = Dash(page)
    dash.press("run")
    dash.shows("Plot", "changed")
    dash.inspector.get_by_role("tab", name="Output").click()
    said = "1 table, shown below the dashboard", "measured 3 disks", "3 figures, shown below the dashboard"
    for line in said:
        expect(dash.inspector.get_by_role("region", name="Printed lines")).to_contain_text(line)
    below = page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-child")
    expect(dash.root).to_be_visible()
    expect(below.locator(".jp-RenderedImage img")).to_have_count(3)
    expect(below.locator("td", has_text="disk")).to_have_text(["disk 2"])
    page.evaluate(SAVE)
    page.reload()  # Lab drops what belongs to the run of a cell on a page that is gone
    dash = Dash(page)
    dash.press("reset")
    dash.press("run")
    dash.inspector.get_by_role("tab", name="Output").click()
    lines = dash.inspector.get_by_role("region", name="Printed lines")
    expect(lines).to_contain_text("3 figures, not shown: the page was loaded after")
    assert lab.errors == []
