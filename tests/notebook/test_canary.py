"""No sink shows a secret, whatever channel it came by; and the same look finds what nobody protected."""

import contextlib
import io
import json
import logging
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

import dev
from dojobber_nb import Dashboard, DoJobber
from dojobber_nb.core.errors import CleanupErrors
from dojobber_nb.core.preview import chain, preview, tree
from dojobber_nb.notebook.report.html_file import write_report
from dojobber_nb.notebook.widgets.args import ArgsForm
from dojobber_nb.notebook.widgets.panes import PANES
from dojobber_nb.record.record import Record
from dojobber_nb.share import notebook as share
from dojobber_nb.view.status import status_text
from tests.support.alone import Alone
from tests.support.leaks import CHANNELS, KEYED, canaries, in_environment, leaked, runbook
from tests.support.page import (
    Page,
)


class Ran(NamedTuple):
    """A run of the leaky runbook that was watched and recorded from its beginning to its end, in that folder."""

    folder: Path
    dj: DoJobber
    page: Page
    stderr: str
    error: CleanupErrors


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Ran, dict[str, str]]]:
    def run(*, protect: bool) -> tuple[Ran, dict[str, str]]:
        told = canaries()
        record = Record(tmp_path / "night.sqlite", values=True)
        dj = runbook(tmp_path, told, monkeypatch, protect=protect).leaky(debug=True, record=record)
        page = Page(Dashboard(dj))
        with contextlib.redirect_stderr(io.StringIO()) as stderr, pytest.raises(CleanupErrors) as raised:
            dj.run()
        page.dashboard.session.refresh()
        return Ran(tmp_path, dj, page, stderr.getvalue(), raised.value), told

    return run


# --- sinks: what each shows of a run ---------------------------------------------------------------------------------


def printed(ran: Ran) -> str:
    """DoJobber's lines, and the error of the Cleanups as Python prints it."""
    return ran.stderr + "".join(traceback.format_exception(ran.error))


def events(ran: Ran) -> str:
    return "\n".join(map(repr, [*ran.dj.events, list(ran.dj.events), ran.dj.events, ran.dj.step()]))


def texts(ran: Ran) -> str:
    """What a phase printed and raised, as events tell it to records and reports."""
    told = [(e.stdout, e.stderr, e.log, e.traceback, e.changes) for e in ran.dj.events if hasattr(e, "stdout")]
    return json.dumps(told, default=str, ensure_ascii=False)


def known(ran: Ran) -> str:
    """What a cell keeps of what one asks a runner for."""
    dj = ran.dj
    asked = [dj.nodeexceptions, dj.noderesults, dj.kwargs, dj.args, dj.state, dj.state.jobs["Leaks"], dj.paused_at]
    return repr(asked) + "".join(map(dj.why, dj.state.jobs))


def previews(ran: Ran) -> str:
    values = [ran.dj.global_storage, ran.dj.storages]
    errors = [chain(error) for error in ran.dj.nodeexceptions.values()]
    return repr([*map(preview, values), *map(tree, values), *errors])


def pictures(ran: Ran) -> str:
    drawn = []
    for fmt in ("svg", "mermaid", "dot"):
        file = io.BytesIO()
        ran.dj.write_graph(file, fmt)
        drawn.append(file.getvalue().decode())
    return "\n".join([*drawn, json.dumps(ran.dj._repr_mimebundle_(), ensure_ascii=False)])


def page(ran: Ran) -> str:
    """Every message and trait of a dashboard in which somebody opens all there is, now and at each past moment."""
    page = ran.page
    for moment in range(len(ran.dj.events) + 1):
        page.travel(moment)
        for job in ran.dj.state.jobs:
            page.select(job)
            for tab in PANES:
                page.open(tab)
    page.select("Leaks")
    look_into_frames(page)
    form = Alone(ArgsForm(ran.dj))
    return json.dumps([*(wire.messages for wire in page.wires), form.wire.messages], ensure_ascii=False)


def look_into_frames(page: Page) -> None:
    for number, raised in enumerate(page.open("error")["errors"]):
        for part in raised["parts"]:
            if part.get("live", -1) >= 0:
                at = {"number": page.job["attempt"], "error": number, "frame": part["live"]}
                page.send(page.inspector, {"kind": "locals", **at})
        page.send(page.inspector, {"kind": "debug", "number": page.job["attempt"], "error": number})


def log(ran: Ran) -> str:
    """What the logger of this library says of a listener that raised what it had heard."""
    stream = io.StringIO()
    logger, handler = logging.getLogger("DoJobber"), logging.StreamHandler(stream)
    logger.addHandler(handler)

    def complains(event: Any) -> None:
        if getattr(event, "error", None):
            raise RuntimeError("said") from event.error

    ran.dj.subscribe(complains)
    with contextlib.suppress(CleanupErrors):
        ran.dj.checknrun()
    logger.critical("it ended with %s", ran.dj.nodeexceptions["Leaks"])
    logger.removeHandler(handler)
    return stream.getvalue()


def record(ran: Ran) -> str:
    """All bytes of it, and what is read from it."""
    files = [file.read_bytes().decode("utf-8", "replace") for file in ran.folder.glob("night.sqlite*")]
    (run,) = Record(ran.folder / "night.sqlite").runs
    told = [*run.events, *run.trail, *(word._asdict() for word in run.trail)]
    return "\n".join([*files, repr(told), repr([(e.traceback, e.stdout) for e in run.events if hasattr(e, "stdout")])])


def report(ran: Ran) -> str:
    """That of the run and that of its record, with all values."""
    own = ran.dj.report(ran.folder / "own.html", values=True).read_text("utf-8")
    (run,) = Record(ran.folder / "night.sqlite").runs
    return own + write_report(run, ran.folder / "recorded.html", values=True).read_text("utf-8")


def status(ran: Ran) -> str:
    return status_text(ran.dj.state, elapsed=1, host="here")


# What each sink shows when nobody protects it; what is not here is in no sink at all.
SINKS: dict[Callable[[Ran], str], set[str]] = {
    printed: {"name", "message", "chained", "source", "cleanup"},
    events: {"stdout", "stderr", "child", "log", "encoded", "message", "cleanup", "key"},
    texts: {"stdout", "stderr", "child", "log", "encoded", "message", "chained", "source", "cleanup", "storage", "key"},
    known: {"argument", "result", "message"},
    previews: {"storage", "global_storage", "key", "message", "chained"},
    pictures: {"name", "message"},
    page: {*CHANNELS} - {"attribute", "result", *KEYED},
    log: {"message", "chained"},
    record: {"stdout", "stderr", "child", "log", "message", "chained", "source", "cleanup", "storage", "key"},
    report: {
        "stdout",
        "stderr",
        "child",
        "log",
        "message",
        "chained",
        "source",
        "cleanup",
        "storage",
        "key",
        "docstring",
    },
    status: {"message"},
}

BY_NAME = {record: {"name"}}  # jobs are found by their names in it


@pytest.mark.parametrize("sink", SINKS, ids=lambda sink: sink.__name__)
def test_no_secret_is_shown(sink: Callable[[Ran], str], run: Callable[..., tuple[Ran, dict[str, str]]]) -> None:
    ran, told = run(protect=True)
    text = sink(ran)
    assert leaked(text, told) - BY_NAME.get(sink, set()) == set()
    assert "secret>" in text


@pytest.mark.parametrize(("sink", "shown"), SINKS.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_what_nobody_protects_is_found_by_the_same_look(
    sink: Callable[[Ran], str], shown: set[str], run: Callable[..., tuple[Ran, dict[str, str]]]
) -> None:
    ran, told = run(protect=False)
    found = leaked(sink(ran), told)
    assert shown <= found
    assert found.isdisjoint(KEYED), "what stands below a key that tells of a secret is never shown"


def test_jobs_get_the_plain_value_of_a_secret(run: Callable[..., tuple[Ran, dict[str, str]]]) -> None:
    ran, told = run(protect=True)
    frames = ran.dj.nodeexceptions["Leaks"].__traceback__
    assert frames is not None
    assert frames.tb_frame.f_locals["word"] == told["argument"]


# --- a terminal, a notebook, its page --------------------------------------------------------------------------------

SCRIPT = """
import sys
sys.path.insert(0, "FOLDER")
from MODULE import leaky
from dojobber_nb.core.errors import CleanupErrors
try:
    leaky(debug=True, capture=True).checknrun()
except CleanupErrors as error:
    raise error
"""
CELLS = (
    "import sys; sys.path[:0] = ['FOLDER']\nfrom MODULE import leaky\ndj = leaky()\ndj",
    "from dojobber_nb.notebook.widgets.args import ArgsForm\nArgsForm(dj)",
    "dj.step()",
    "dj.run()",
    "dj.nodeexceptions",
    "dj.noderesults",
    "dj.kwargs",
    "list(dj.events)",
    "dj.state",
    "dj.display_graph()",
    "print(dj.why('Leaks'), dj.events[-3])",
    "dj.nodeexceptions['Leaks']",
    "raise dj.nodeexceptions['Leaks']",
    "raise ExceptionGroup('both', [dj.nodeexceptions['Leaks']])",
)


# What IPython itself makes of dicts: of known secrets nothing is kept, keys it does not look at.
RAW = "dj.global_storage, dj.storages"


def in_folder(code: str, module: Any) -> str:
    file = Path(module.__file__)
    return code.replace("FOLDER", str(file.parent)).replace("MODULE", file.stem)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Any, dict[str, str]]]:
    """The runbook in a file for another process, and what it tells."""

    def elsewhere(*, protect: bool) -> tuple[Any, dict[str, str]]:
        told = canaries()
        return runbook(tmp_path, told, monkeypatch, protect=protect), told

    return elsewhere


@pytest.mark.parametrize("protect", [True, False])
def test_a_terminal_shows_no_secret(protect: bool, elsewhere: Callable[..., tuple[Any, dict[str, str]]]) -> None:
    module, told = elsewhere(protect=protect)
    environment = in_environment(told, protect=protect)
    command = [sys.executable, "-c", in_folder(SCRIPT, module)]
    done = subprocess.run(command, cwd=dev.ROOT, env=environment, capture_output=True, text=True, check=False)
    assert "Leaks.recheck: fail" in done.stderr
    found = leaked(done.stdout + done.stderr, told)
    assert found == set() if protect else {"message", "chained", "source", "cleanup"} <= found


@pytest.mark.slow
@pytest.mark.parametrize("protect", [True, False])
def test_a_saved_notebook_and_its_page_show_no_secret(
    protect: bool, elsewhere: Callable[..., tuple[Any, dict[str, str]]]
) -> None:
    module, told = elsewhere(protect=protect)
    cells = [nbformat.v4.new_code_cell(in_folder(code, module)) for code in (*CELLS, RAW)]
    book = nbformat.v4.new_notebook(cells=cells)
    resources = {"metadata": {"path": str(dev.ROOT)}}
    NotebookClient(
        book, kernel_name="python3", allow_errors=True, store_widget_state=True, resources=resources
    ).execute()
    raw = nbformat.writes(nbformat.v4.new_notebook(cells=[book.cells.pop()]))
    saved, (shown, _) = nbformat.writes(book), HTMLExporter().from_notebook_node(book)
    assert "widget-state" in saved
    assert "Leaks" in shown
    unprotected = {"message", "result", "argument", "name", "cleanup", "chained"}
    for text in (saved, shown):
        assert leaked(text, told) == set() if protect else unprotected <= leaked(text, told)
    if protect:
        assert {finding.what.split(",")[0] for finding in share.findings(book)} == {"widget state", "a widget view"}
        assert share.strip(book)
        assert share.findings(book) == []
    found = leaked(raw, told) - {*KEYED}
    assert found == set() if protect else {"storage", "global_storage", "key"} <= found
