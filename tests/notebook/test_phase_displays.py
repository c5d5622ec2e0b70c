"""What a phase displays appears on the page, and its output says so in place: in a real kernel, messages read back."""

from collections.abc import Iterator
from typing import Any

import pytest

from dojobber_nb.notebook.ipython.phase_displays import merge_display_lines
from tests.support.kernel import Kernel, kernel

SETUP = """
import asyncio
import matplotlib.pyplot as plt
from IPython.display import HTML, Image, clear_output, display, update_display
from dojobber_nb import Dashboard, DoJobber, RunonlyJob

def runs(act):
    class Acts(RunonlyJob):
        TRIES = 1
        def Run(self): act()
    dj = DoJobber()
    dj.configure(Acts)
    return dj

def text(dj): return next(event.stdout for event in dj.events if event.phase == "run" and hasattr(event, "stdout"))

TABLE = HTML("<table><tr><td>1</td></tr></table>")
PIXEL = Image(b"\\x89PNG\\r\\n\\x1a\\n" + bytes(30), format="png")
"""
PLOT = "plt.figure(); plt.plot([1, 2])"
# Name: what the Run does, what its output says ("WHERE": where it is shown), the kinds of messages that are published.
CASES: dict[str, tuple[str, str, list[str]]] = {
    "a table": ("print('a'); display(TABLE); print('b')", "a\n1 table, WHERE\nb\n", ["display_data"]),
    "an image": ("display(PIXEL)", "1 image, WHERE\n", ["display_data"]),
    "a text": ("display('words')", "1 display, WHERE\n", ["display_data"]),
    "a figure left open": (f"{PLOT}; print('end', end='')", "end\n1 figure, WHERE\n", ["display_data"]),
    "a figure that is shown": (f"{PLOT}; plt.show(); print('b')", "1 figure, WHERE\nb\n", ["display_data"]),
    "figures, one left open": (f"{PLOT}; plt.show(); {PLOT}", "1 figure, WHERE\n" * 2, ["display_data"] * 2),
    "a figure that was closed": (f"{PLOT}; plt.close()", "", []),
    "a failure": (f"{PLOT}; 1 / 0", "1 figure, WHERE\n", ["display_data"]),
    "a handle": (
        "handle = display(TABLE, display_id=True); handle.update(TABLE)",
        "1 table, WHERE\n",
        ["display_data", "update_display_data"],
    ),
    "an update of the cell's own": (
        "update_display(TABLE, display_id='mine'); update_display(TABLE, display_id='mine')",
        "1 table, updated where it is shown\n",
        ["update_display_data"] * 2,
    ),
    "what is cleared": ("display(TABLE); clear_output()", "1 table, WHERE\n", ["display_data", "update_display_data"]),
    "what takes its place": (
        "for _ in range(3): clear_output(wait=True); display(TABLE)",
        "1 table, WHERE\n",
        ["display_data", "update_display_data", "update_display_data"],
    ),
}


@pytest.fixture(scope="module")
def one() -> Iterator[Kernel]:
    with kernel() as one:
        one.run(SETUP)
        yield one


@pytest.fixture(params=CASES)
def case(one: Kernel, request: pytest.FixtureRequest) -> tuple[Kernel, str, list[str]]:
    act, said, kinds = CASES[request.param]
    one.run(f"def act():\n    {act}\ndj = runs(act)\nboard = Dashboard(dj)")
    return one, said, kinds


def shown(messages: list[dict[str, Any]]) -> list[str]:
    """The kinds of those that a page shows, without the still picture of a dashboard."""
    kinds = ("display_data", "update_display_data", "clear_output", "stream")
    return [each["msg_type"] for each in messages if each["msg_type"] in kinds and "dj-still" not in str(each)]


@pytest.mark.parametrize("call", ["dj.run()", "await dj.arun()"])
def test_of_a_run_in_a_cell_the_output_says_that_it_is_shown_there(
    case: tuple[Kernel, str, list[str]], call: str
) -> None:
    one, said, kinds = case
    assert shown(one.run(call)) == kinds
    assert one.asks("text(dj)") == said.replace("WHERE", "shown in the cell's output")


def click(one: Kernel, button: str = "run") -> list[dict[str, Any]]:
    """Presses it on the page of `board`, whose cell has run; what is published until the run is over."""
    controls, moment = one.asks("(board.parts[0].comm.comm_id, board.parts[0].moment)")
    first = len(one.heard)
    one.tell(controls, "shown", view="one")
    one.tell(controls, "press", button=button, moment=moment, shown=1_000, clicks=1)
    one.run("while board.session.busy: await asyncio.sleep(0.01)")
    return one.heard[first:]


def test_of_a_click_the_output_says_that_it_is_shown_below_the_dashboard(case: tuple[Kernel, str, list[str]]) -> None:
    one, said, kinds = case
    cell = one.run("board")[0]["parent_header"]["msg_id"]
    told = click(one)
    assert shown(told) == kinds
    assert {each["parent_header"]["msg_id"] for each in told if shown([each])} <= {cell}
    assert one.asks("text(dj)") == said.replace("WHERE", "shown below the dashboard")
    assert one.asks("plt.get_fignums()") == []


def test_what_a_click_displays_goes_to_the_cell_that_showed_the_dashboard_last(one: Kernel) -> None:
    one.run("dj = runs(lambda: display(TABLE))\nboard = Dashboard(dj)\nboard")
    again = one.run("board")[0]["parent_header"]["msg_id"]
    (table,) = (each for each in click(one) if "<table><tr>" in str(each))
    assert table["parent_header"]["msg_id"] == again


def test_a_page_that_was_loaded_since_is_told_what_it_does_not_see(one: Kernel) -> None:
    one.run("dj = runs(lambda: display(TABLE))\nboard = Dashboard(dj)\nboard")
    before = one.client.session.session
    one.client.session.session = "the same page, loaded anew"
    click(one)
    assert one.asks("text(dj)").startswith("1 table, not shown: the page was loaded after the dashboard's cell")
    one.run("board")
    click(one, "reset")
    click(one)
    one.client.session.session = before
    assert one.asks("text(dj)") == "1 table, shown below the dashboard\n"


def test_a_figure_of_the_cell_s_own_is_left_to_the_cell(one: Kernel) -> None:
    one.run("dj = runs(lambda: print('done'))\nboard = Dashboard(dj)")
    assert shown(one.run(f"{PLOT}; dj.run(); plt.title('mine')")) == ["display_data"]
    assert one.asks("text(dj)") == "done\n"


def test_a_figure_that_cannot_be_drawn_is_told_and_fails_no_job(one: Kernel) -> None:
    one.run("dj = runs(lambda: plt.figure().text(0, 0, '$\\\\frac{$'))\nboard = Dashboard(dj)")
    one.run("import contextlib, io\nwith contextlib.redirect_stderr(io.StringIO()): dj.run()")
    assert one.asks("dj.success()")
    assert one.asks("text(dj)").startswith("1 figure, ")


def test_uncaptured_phases_are_as_they_were(one: Kernel) -> None:
    one.run("dj = runs(lambda: [print('a'), display(TABLE), clear_output()])")
    assert shown(one.run("dj.run()")) == ["stream", "display_data", "clear_output"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1 figure, shown below the dashboard\n" * 3, "3 figures, shown below the dashboard\n"),
        ("a\n" + "1 table, shown in the cell's output\n" * 2 + "b", "a\n2 tables, shown in the cell's output\nb"),
        ("1 table, shown below the dashboard\n1 figure, shown below the dashboard\n",) * 2,
        ("1 table, shown below the dashboard\nb\n1 table, shown below the dashboard\n",) * 2,
        ("11 figure, shown below the dashboard\n" * 2,) * 2,
    ],
)
def test_one_after_the_other_they_are_told_in_one_line(text: str, shown: str) -> None:
    assert merge_display_lines(text) == shown
