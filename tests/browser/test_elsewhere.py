"""The dashboard where JupyterLab is not: in Notebook 7, and in voila, which shows a notebook's widgets alone."""

import contextlib
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .dash import Dash
from .lab import Lab
from .server import Server, environment, free_port, stop

EVENING = """
import time
from pathlib import Path
from dojobber_nb import DoJobber, DummyJob, Job, RunonlyJob

class FindRemote(Job):
    'It is always somewhere else.'
    found = False
    def Check(self):
        assert self.found, 'no remote in sight'
    def Run(self):
        FindRemote.found = True

class Dinner(RunonlyJob):
    DEPS = (FindRemote,)
    def Run(self):
        print('in the oven')
        while not Path('done').exists():
            time.sleep(0.01)

class WatchMovie(DummyJob):
    DEPS = (Dinner,)

dj = DoJobber()
dj.configure(WatchMovie)
dj
"""


@pytest.fixture(scope="package")
def voila(server: Server) -> Iterator[str]:
    """Where voila shows the notebooks of the JupyterLab server."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    options = ("--no-browser", "--Voila.ip=127.0.0.1", f"--port={port}", "--token=", "--Voila.port_retries=0")
    command = [sys.executable, "-m", "voila", str(server.notebooks), *options]
    with (server.home / "voila.log").open("w+") as log:
        process = subprocess.Popen(command, env=environment(server.home), stdout=log, stderr=log)
        try:
            await_answer(url, process, Path(log.name))
            yield f"{url}/voila/render"
        finally:
            stop(process)


def await_answer(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Comes back when something answers there; raises with its log when it died."""
    while True:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=30).close()
            return
        if process.poll() is not None:
            raise RuntimeError(f"voila did not start:\n{log.read_text()}")
        time.sleep(0.1)


def test_in_notebook_7_a_runbook_is_stepped_run_and_paused(lab: Lab) -> None:
    file, page = lab.put([EVENING]), lab.new_page()
    page.goto(f"{lab.server.url}/notebooks/{file.relative_to(lab.server.notebooks).as_posix()}")
    page.locator(".jp-CodeCell .cm-content").click()
    page.keyboard.press("Control+Enter")
    spend_the_evening(lab, Dash(page), file.parent / "done")


def test_in_voila_a_runbook_is_stepped_run_and_paused(lab: Lab, voila: str) -> None:
    file, page = lab.put([EVENING]), lab.new_page()
    page.goto(f"{voila}/{file.relative_to(lab.server.notebooks).as_posix()}")
    spend_the_evening(lab, Dash(page), file.parent / "done")


def spend_the_evening(lab: Lab, dash: Dash, done: Path) -> None:
    """Select, step, run, pause, go on; dinner takes until there is that file."""
    lab.errors.clear()  # while they start, both complain of what is not ours: other extensions, a font's address
    dash.job("FindRemote").click()
    expect(dash.inspector).to_contain_text("It is always somewhere else.")
    for phase in ("check", "run", "recheck"):
        expect(dash.button("step")).to_have_text(f"Step ▸ FindRemote.{phase}")
        dash.press("step")
    dash.shows("FindRemote", "changed")
    dash.inspector.get_by_role("button", name="Follow the run").click()
    dash.press("run")
    dash.says("Dinner.run is under way")
    expect(dash.inspector).to_contain_text("in the oven")
    dash.press("pause")
    expect(dash.button("pause")).to_have_text("Pausing after Dinner.run")
    done.touch()
    dash.says("Halted before Dinner.recheck: paused")
    dash.press("run")
    dash.says("Success: all jobs hold.")
    dash.shows("WatchMovie", "ok")
    assert lab.errors == []
