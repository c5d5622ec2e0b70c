"""What DoJobber adds to the Runner: pictures, and itself as a cell's last value."""

import io
import re
import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

import dev
from dojobber_nb import DoJobber, DummyJob, Job
from dojobber_nb.core.errors import NotConfiguredError

SIGNS = {"png": b"\x89PNG\r\n", "pdf": b"%PDF-", "svg": b"<svg", "dot": b"digraph", "mermaid": b"flowchart"}
CELLS = """
from dojobber_nb import DoJobber, DummyJob
class Left(DummyJob): pass
class Top(DummyJob): DEPS = (Left,)
dj = DoJobber()
dj
---
dj.configure(Top)
dj.run()
---
dj
---
dj.display_graph()
---
other = DoJobber()
other.configure(Top)
other
---
other.run()
---
halted = DoJobber()
halted.configure(Top)
halted
---
halted.step()
---
from dojobber_nb import Dashboard
Dashboard(dj)
"""


class Leaf(DummyJob):
    pass


class Broken(Job):
    DEPS = (Leaf,)
    TRIES = 1

    def Check(self) -> None:
        raise RuntimeError("no power")

    def Run(self) -> None: ...


class Top(DummyJob):
    DEPS = (Broken, Leaf)


@pytest.fixture
def dj() -> DoJobber:
    dj = DoJobber()
    dj.configure(Top)
    return dj


def test_the_graph_leads_from_each_job_to_what_it_needs_and_knows_the_statuses(dj: DoJobber) -> None:
    dj.run()
    assert isinstance(dj.graph, nx.DiGraph)
    assert set(dj.graph.edges) == {("Top", "Broken"), ("Top", "Leaf"), ("Broken", "Leaf")}
    assert dict(dj.graph.nodes(data="status")) == {"Leaf": "ok", "Broken": "failed", "Top": "blocked"}


def test_the_graph_is_made_on_demand_and_its_readers_may_change_it(dj: DoJobber) -> None:
    dj.graph.clear()
    assert len(dj.graph) == 3


@pytest.mark.parametrize(("fmt", "sign"), SIGNS.items())
def test_the_picture_is_written_in_the_format_that_was_asked_for(
    dj: DoJobber, fmt: str, sign: bytes, tmp_path: Path
) -> None:
    into = io.BytesIO()
    dj.write_graph(into, fmt)
    dj.write_graph(tmp_path / "graph", fmt)
    assert into.getvalue().startswith(sign)
    assert (tmp_path / "graph").read_bytes().startswith(sign)


def test_before_configure_there_is_nothing_to_draw() -> None:
    with pytest.raises(NotConfiguredError, match="call configure"):
        DoJobber().write_graph(io.BytesIO())


def test_without_a_desktop_display_graph_says_where_the_picture_lies(
    dj: DoJobber, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    dj.display_graph()
    said = capsys.readouterr().err
    assert "no viewer on this machine" in said
    assert Path(said.split()[-1]).read_bytes().startswith(SIGNS["png"])


def test_dashboard_is_found_in_the_package_and_other_names_are_not() -> None:
    import dojobber_nb

    assert dojobber_nb.Dashboard.__name__ == "Dashboard"
    with pytest.raises(AttributeError, match="Dashbord"):
        _ = dojobber_nb.Dashbord


@pytest.fixture(scope="module")
def executed() -> NotebookNode:
    """Those cells after a real kernel ran them."""
    book = new_notebook(cells=[new_code_cell(source) for source in CELLS.split("---\n")])
    NotebookClient(book, kernel_name="python3", resources={"metadata": {"path": str(dev.ROOT)}}).execute()
    return book


def test_a_dojobber_as_a_cells_last_value_is_one_dashboard_each_time(executed: NotebookNode) -> None:
    first, later = (executed.cells[number].outputs[0].data for number in (0, 2))
    view = "application/vnd.jupyter.widget-view+json"
    assert first[view]["model_id"] == later[view]["model_id"]
    assert later["text/plain"] == "<Dashboard of Top: 2 jobs · ✓ 2 ok · pass 1>"


def test_what_a_cell_does_is_shown_although_no_event_tells_of_it(executed: NotebookNode) -> None:
    states = executed.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"].values()
    controls, *_ = (model["state"] for model in states if "hints" in model["state"])
    assert controls["runbook"] == "Top"
    assert controls["counts"] == [["ok", 2, "✓ 2 ok"]]


def test_beside_the_dashboard_stands_how_the_run_ended_for_readers_without_a_kernel(executed: NotebookNode) -> None:
    assert len(executed.cells[0].outputs) == 1  # not configured yet
    still = executed.cells[4].outputs[1].data
    assert set(still) == {"text/html", "image/svg+xml", "text/plain"}
    assert still["text/plain"] == "Job graph of Top: 2 jobs · ✓ 2 ok · pass 1."
    assert still == executed.cells[2].outputs[1].data


def test_there_stands_how_far_a_run_had_come_that_has_not_ended(executed: NotebookNode) -> None:
    still = executed.cells[6].outputs[1].data
    assert still["text/plain"] == "Job graph of Top: 2 jobs · ✓ 1 ok · … 1 pending · pass 1."


def test_a_dashboard_by_itself_leaves_the_same_behind(executed: NotebookNode) -> None:
    shown, still = (output.data for output in executed.cells[8].outputs)
    assert set(shown) == {"application/vnd.jupyter.widget-view+json", "text/plain"}
    assert still == executed.cells[2].outputs[1].data


def test_what_is_next_is_marked_while_a_run_is_under_way_and_breakpoints_always(dj: DoJobber) -> None:
    def marks() -> list[str]:
        into = io.BytesIO()
        dj.write_graph(into, "svg")
        return re.findall(r'data-mark="(\w+)"', into.getvalue().decode())

    assert marks() == []
    dj.breakpoints.add("Top")
    dj.step()
    assert sorted(marks()) == ["halt", "halt", "next"]  # one of them in the legend
    dj.breakpoints.clear()
    dj.run()
    assert marks() == []


def test_in_a_notebook_display_graph_shows_the_picture(executed: NotebookNode) -> None:
    assert "image/png" in executed.cells[3].outputs[0].data


def test_a_plain_python_session_wakes_widgets_only_for_a_dashboard() -> None:
    code = "import sys; from dojobber_nb import DoJobber; DoJobber(); assert 'ipywidgets' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=dev.ROOT, check=True)
