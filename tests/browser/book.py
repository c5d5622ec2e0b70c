"""A tutorial as somebody reads it in JupyterLab, cell by cell."""

from pathlib import Path

from playwright.sync_api import Locator

from .dash import Dash
from .lab import Lab

NOTE = "() => { window.book = jupyterapp.shell.currentWidget; }"
GO_TO = """id => {
  jupyterapp.shell.activateById(book.id);
  const { content } = book;
  content.activeCellIndex = content.widgets.findIndex(cell => cell.model.id === id);
  content.mode = 'command';
  content.activate();
  return content.scrollToCell(content.activeCell);
}"""
RAN = """id => {
  const { executionCount, executionState } = book.content.widgets.find(cell => cell.model.id === id).model;
  return executionCount && executionState === 'idle';
}"""
PUT_OUT = "id => book.content.widgets.find(cell => cell.model.id === id).outputArea.node.textContent"


class Book:
    """The notebook as somebody reads it: cells are run with Shift+Enter, the dashboard stays in sight below."""

    def __init__(self, lab: Lab, file: Path) -> None:
        self.page = lab.open(file, width=1700, height=1400)
        self.page.evaluate(NOTE)
        lab.execute(self.page, "notebook:clear-all-cell-outputs")

    def run(self, *cells: str) -> str:
        """What the last of these cells, named by id, puts out."""
        for cell in cells:
            self.go_to(cell)
            self.page.keyboard.press("Shift+Enter")
            self.page.wait_for_function(RAN, arg=cell)
        return str(self.page.evaluate(PUT_OUT, cells[-1]))

    def go_to(self, cell: str) -> None:
        """Selects it."""
        self.page.evaluate(GO_TO, cell)

    def unfold(self, cell: str) -> Locator:
        """That folded cell, opened by its three dots."""
        self.go_to(cell)
        folded = self.page.locator(".jp-Notebook .jp-CodeCell.jp-mod-active")
        folded.locator(".jp-InputPlaceholder").click()
        return folded

    def new_view(self) -> Dash:
        """The dashboard in a view of its own."""
        Dash(self.page).root.locator(".dj-band").click(button="right")
        self.page.get_by_role("menuitem", name="Create New View for Cell Output").click()
        self.page.locator(".jp-LinkedOutputView .dj-dashboard").wait_for()
        return Dash(self.page, -1)
