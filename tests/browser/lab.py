"""JupyterLab as a test uses it: open a notebook, run it, look at what is on the page."""

import itertools
import shutil
from collections.abc import Sequence
from pathlib import Path

import nbformat
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from .server import Server

KERNELS = "@jupyterlab/apputils-extension:kernels-settings"
KERNELSPEC = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
# "idle" is no sign: it also shows before the kernel is there. Its own answer is.
READY = """async () => {
  const panel = jupyterapp.shell.currentWidget;
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
}"""
# Not awaited: run-all does not return while a cell waits for a click.
EXECUTE = "command => void jupyterapp.commands.execute(command)"
ALL_RAN = """() => jupyterapp.shell.currentWidget.content.widgets
  .every(cell => cell.model.type !== 'code' || cell.model.executionCount)"""


def write_notebook(file: Path, cells: Sequence[str]) -> Path:
    """A notebook of those code cells; one that begins with `%md ` becomes text."""
    book = nbformat.v4.new_notebook(cells=[new_cell(cell) for cell in cells], metadata={"kernelspec": KERNELSPEC})
    nbformat.write(book, file)
    return file


def new_cell(source: str) -> nbformat.NotebookNode:
    """A cell of code, or of text."""
    text = source.removeprefix("%md ")
    return nbformat.v4.new_code_cell(source) if text == source else nbformat.v4.new_markdown_cell(text)


class Lab:
    """The browser on the server, for one test. `errors` is what pages wrote to their console as errors."""

    serial = itertools.count(1)

    def __init__(self, server: Server, browser: Browser) -> None:
        self.server = server
        self.browser = browser
        self.contexts: list[BrowserContext] = []
        self.errors: list[str] = []

    def open(
        self,
        notebook: Path | Sequence[str],
        *,
        subshells: bool = True,
        settings: dict[str, dict[str, object]] | None = None,
        width: int = 1400,
        height: int = 1000,
        **context: object,
    ) -> Page:
        """The page of a copy of that notebook, or of one with those cells, when its kernel answers.

        Comms go over subshells or not; `settings` are Lab's, by plugin; `context` goes to the browser's new context,
        e.g. color_scheme="dark".
        """
        comms = "perCommTarget" if subshells else "disabled"
        self.server.set({KERNELS: {"commsOverSubshells": comms}, **(settings or {})})
        page = self.new_page(viewport={"width": width, "height": height}, **context)
        page.goto(self.address(self.put(notebook)))
        page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context")
        page.evaluate(READY)
        return page

    @property
    def pages(self) -> list[Page]:
        """Every page that is open."""
        return [page for context in self.contexts for page in context.pages]

    def new_page(self, **context: object) -> Page:
        """An empty page with storage of its own."""
        self.contexts.append(self.browser.new_context(**context))
        page = self.contexts[-1].new_page()
        page.on("console", self.hear)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        return page

    def hear(self, message: ConsoleMessage) -> None:
        """Keeps what is an error."""
        if message.type == "error":
            self.errors.append(message.text)

    def put(self, notebook: Path | Sequence[str]) -> Path:
        """The notebook's copy, in a folder of its own under the server's."""
        folder = self.server.notebooks / f"book{next(self.serial)}"
        folder.mkdir()
        if isinstance(notebook, Path):
            return Path(shutil.copy(notebook, folder))
        return write_notebook(folder / "test.ipynb", notebook)

    def address(self, file: Path) -> str:
        """Where Lab shows that file alone. A workspace name with a dot in it shows nothing."""
        path = file.relative_to(self.server.notebooks)
        return f"{self.server.url}/lab/workspaces/{path.parts[0]}/tree/{path.as_posix()}?reset"

    def run_all(self, page: Page, *, wait: bool = True) -> None:
        """Runs every cell; with wait, comes back when all have ended."""
        self.execute(page, "notebook:run-all-cells")
        if wait:
            page.wait_for_function(ALL_RAN)

    def execute(self, page: Page, command: str) -> None:
        """Starts one of Lab's commands, e.g. notebook:interrupt-kernel."""
        page.evaluate(EXECUTE, command)

    def close(self) -> None:
        """Closes the pages and ends their kernels."""
        for context in self.contexts:
            context.close()
        self.server.close_sessions()
