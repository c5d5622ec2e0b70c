"""A cell that shows a dashboard is run again: what its earlier runs left is closed, and nothing else."""

from collections.abc import Iterator

import pytest

from tests.support.kernel import Kernel, kernel

SETUP = """
import ipywidgets
from ipywidgets.widgets import widget
from dojobber_nb import Dashboard, DoJobber, DummyJob
from dojobber_nb.notebook import GraphView

class Left(DummyJob): pass
class Top(DummyJob): DEPS = (Left,)

def new():
    dj = DoJobber()
    dj.configure(Top)
    return dj

dj = new()
Dashboard(dj).close()  # what the first one loads and registers for good

def counted():
    hooks = [hook for hook in get_ipython().events.callbacks["post_run_cell"] if "dojobber" in hook.__module__]
    return len(hooks), len(widget._instances), len(dj._context.listeners.callbacks)
"""


@pytest.fixture(scope="module")
def one() -> Iterator[Kernel]:
    with kernel() as one:
        one.run(SETUP, "setup")
        yield one


@pytest.fixture
def fresh(one: Kernel) -> Kernel:
    """The same kernel, with another runner and nothing on its page."""
    one.run("ipywidgets.Widget.close_all(); dj = new(); board = boards = None", "setup")
    one.run("pass", "nowhere")
    return one


AGAIN = {
    "a dashboard": "Dashboard(dj)",
    "two dashboards": "display(Dashboard(dj))\nDashboard(dj)",
    "a runner": "dj",
    "a runner made in the cell": "dj = new()\ndj",
    "a variable": "board = Dashboard(dj)\nboard",
    "a list that grows": "boards = [*(boards or []), Dashboard(dj)]\nboards[-1]",
    "a part": "GraphView(dj)",
    "parts of a container": "ipywidgets.VBox([GraphView(dj)]).children[0].session",
    "made and not shown": "board = Dashboard(dj)",
}


@pytest.mark.parametrize("code", AGAIN.values(), ids=AGAIN)
def test_however_often_a_cell_runs_it_leaves_what_one_run_leaves(fresh: Kernel, code: str) -> None:
    fresh.run(code, "again")
    once = fresh.asks("counted()")
    for _ in range(4):
        fresh.run(code, "again")
    hooks, widgets, hearers = fresh.asks("counted()")
    assert (hooks, hearers) == once[::2]
    assert widgets == once[1] or "VBox" in code  # a container is the user's own
    fresh.run("pass", "again")


def test_what_another_cell_shows_lives_until_that_cell_shows_something_else(fresh: Kernel) -> None:
    fresh.run("board = first = Dashboard(dj); del first", "made")
    fresh.run("import weakref; first = weakref.ref(board); board", "shown")
    fresh.run("board = Dashboard(dj)", "made")
    assert not fresh.asks("first().closed")
    fresh.run("board", "shown")
    assert fresh.asks("(first().closed, board.closed)") == (True, False)


def test_a_runner_that_two_cells_end_with_is_one_dashboard_that_lives_in_both(fresh: Kernel) -> None:
    for cell in ("one", "two", "one", "two", "two"):
        fresh.run("dj", cell)
        assert fresh.asks("dj._dashboard.closed") is False
    fresh.run("pass", "one")
    assert fresh.asks("dj._dashboard.closed") is False
    fresh.run("pass", "two")
    assert fresh.asks("dj._dashboard.closed") is True
    fresh.run("dj", "two")
    assert fresh.asks("dj._dashboard.closed") is False


def test_what_a_variable_holds_can_be_shown_again(fresh: Kernel) -> None:
    fresh.run("board = Dashboard(dj)\nboard", "one")
    fresh.run("pass", "one")
    assert fresh.asks("board.closed") is False


def test_a_closed_dashboard_says_so_when_it_is_shown(fresh: Kernel) -> None:
    fresh.run("board = Dashboard(dj)\nboard.close()\nboard.close()", "one")
    told = [each["content"]["text"] for each in fresh.run("board", "two") if each["msg_type"] == "stream"]
    assert told[0].startswith("<Dashboard of Top: 2 jobs · … 2 pending, closed; Dashboard(dj) makes")


# --- front ends that do not tell cells apart -------------------------------------------------------------------------


def test_without_ids_a_dashboard_is_closed_once_its_views_are_gone(fresh: Kernel) -> None:
    fresh.run("Dashboard(dj)")
    fresh.run("held = Dashboard(dj)\nheld")
    fresh.run("_boards = [each for each in widget._instances.values() if isinstance(each, Dashboard)]")
    comms = fresh.asks("[part.comm.comm_id for board in _boards for part in board.parts]")
    for kind, living in (("shown", 2), ("hidden", 1)):
        for comm in comms:
            fresh.tell(comm, kind, view="one")
        fresh.run("pass")
        assert fresh.asks("sum(not board.closed for board in _boards)") == living
    assert fresh.asks("held.closed") is False
