"""JupyterLab as a test uses it: open a notebook, run it, look at what is on the page."""

import itertools
import shutil
from collections.abc import Sequence
from pathlib import Path

import nbformat
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

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

    def __init__(self, server: Server, profile: BrowserContext) -> None:
        self.server = server
        self.profile = profile
        self.every_page: list[Page] = []
        self.errors: list[str] = []

    def open(
        self,
        notebook: Path | Sequence[str],
        *,
        subshells: bool = True,
        settings: dict[str, dict[str, object]] | None = None,
        width: int = 1400,
        height: int = 1000,
    ) -> Page:
        """The page of a copy of that notebook, or of one with those cells, when its kernel answers.

        Comms go over subshells or not; `settings` are Lab's, by plugin.
        """
        comms = "perCommTarget" if subshells else "disabled"
        self.server.set({KERNELS: {"commsOverSubshells": comms}, **(settings or {})})
        page = self.new_page(width=width, height=height)
        page.goto(self.address(self.put(notebook)))
        page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.context")
        page.evaluate(READY)
        return page

    @property
    def pages(self) -> list[Page]:
        """Every page that is open."""
        return [page for page in self.every_page if not page.is_closed()]

    def new_page(self, *, width: int = 1400, height: int = 1000) -> Page:
        """An empty page."""
        page = self.profile.new_page()
        self.every_page.append(page)
        page.set_viewport_size({"width": width, "height": height})
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
        """Closes the pages, forgets what they stored and ends their kernels."""
        for page in self.pages:
            page.close()
        self._forget()
        self.server.close_sessions()

    def _forget(self) -> None:
        """Empty the browser's storage; what it has fetched and compiled stays."""
        self.profile.clear_cookies()
        stored = {"origin": self.server.url, "storageTypes": "local_storage,indexeddb,service_workers,cache_storage"}
        devtools = self.profile.new_cdp_session(self.profile.pages[0])  # the empty one that it began with
        devtools.send("Storage.clearDataForOrigin", stored)
        devtools.detach()
