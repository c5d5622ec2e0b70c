"""Which parts a dashboard has, and which of them are kept up to date."""

import threading
import time
from collections import UserDict
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest

from dojobber_nb import Dashboard, DoJobber, Record, notebook
from dojobber_nb.core.errors import NotARunError, UnknownPartError
from dojobber_nb.notebook.actions.buttons import BUTTONS, disabled
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.args import ArgsForm
from dojobber_nb.notebook.widgets.base import Part
from dojobber_nb.notebook.widgets.content_values import ByKey, Content
from dojobber_nb.notebook.widgets.graph import GraphView
from tests.support.page import (
    Behind,
    Top,
    Wire,
    at_the_gate,
    page_of,
    press,
)
from tests.support.runbooks import doing, group, job


def names(dashboard: Dashboard) -> list[str]:
    return [type(part).__name__ for part in dashboard.parts]


def test_a_dashboard_has_the_parts_that_are_asked_for() -> None:
    dj = doing(group("All"))
    assert names(Dashboard(dj)) == ["Controls", "GraphView", "JobList", "Timeline", "Inspector", "TimeTravel"]
    assert names(Dashboard(dj, parts=("list", "args"))) == ["JobList", "ArgsForm"]


def test_parts_stand_in_the_order_in_which_they_are_seen_whatever_the_order_they_are_asked_for_in() -> None:
    dashboard = Dashboard(doing(group("All")), parts=("travel", "args", "graph", "args", "controls"))
    assert names(dashboard) == ["Controls", "GraphView", "ArgsForm", "TimeTravel"]


@pytest.mark.parametrize("layout", ["auto", "wide", "narrow"])
def test_a_layout_is_a_class_of_the_page(layout: str) -> None:
    assert f"dj-{layout}" in Dashboard(doing(group("All")), layout=layout)._dom_classes


@pytest.mark.parametrize("given", [{"layout": "round"}, {"parts": ["graph", "crystal ball"]}])
def test_what_is_no_part_or_layout_is_refused_by_name(given: dict[str, str]) -> None:
    with pytest.raises(UnknownPartError, match=r"round|crystal ball"):
        Dashboard(doing(group("All")), **given)


@pytest.mark.parametrize("name", notebook.__all__)
def test_each_part_is_found_where_one_looks_for_it_and_stands_alone(name: str) -> None:
    part = getattr(notebook, name)(doing(group("All")))
    assert type(part).__name__ == name
    part.close()


def test_other_names_are_not_found_there() -> None:
    with pytest.raises(AttributeError, match="Inspektor"):
        _ = notebook.Inspektor


def test_parts_of_one_session_look_at_the_same_job() -> None:
    graph = notebook.GraphView(doing(group("All", job("Other"))))
    inspector = notebook.Inspector(graph.session)
    graph.session.select(1)
    assert Wire.wires[inspector.comm.comm_id].said["job"]["name"] == "All"


async def test_a_part_behind_a_tab_is_left_alone_until_it_is_shown_again() -> None:
    _, page = page_of(Top)
    page.send(page.graph, {"kind": "asleep", "view": "one"})
    before = len(page.graph.messages)
    await press(page, "run")
    assert len(page.graph.messages) == before
    page.send(page.graph, {"kind": "shown", "view": "one"})
    assert page.graph.said["lines"][1] == "2/2 no power"


@pytest.mark.parametrize("first", ["one", "two"])  # beside the view that was asleep a new one may come before it wakes
async def test_a_view_that_wakes_forgets_what_holds_no_longer(first: str) -> None:
    dj, page = page_of(Behind)
    rows = Wire.wires[page.dashboard.parts[2].comm.comm_id]
    async with at_the_gate(page):
        page.dashboard.session.refresh()
        assert {"step", "reset"} <= page.off.keys()
        assert page.controls.said["elapsed"] is not None
        for wire in page.wires:
            page.send(wire, {"kind": "asleep", "view": "one"})
    dj.reset()
    for view in (first, "one"):
        for wire in page.wires:
            page.send(wire, {"kind": "shown", "view": view})
    assert page.off == disabled(page.dashboard.session, BUTTONS)
    assert not {"step", "run"} & page.off.keys()
    assert page.controls.said["elapsed"] is None
    assert set(rows.said["lines"].values()) == {"run only · pending", "group, 0 of 1 done"}


async def test_a_dashboard_that_was_scrolled_away_goes_on_watching(capsys: pytest.CaptureFixture[str]) -> None:
    dj, page = page_of(Top)
    for wire in page.wires:
        page.send(wire, {"kind": "asleep", "view": "one"})
    dj.run()
    assert capsys.readouterr().out == ""
    assert any(getattr(event, "stdout", "") == "pressing the button\n" for event in dj.events)


@pytest.mark.parametrize("source", [None, "night.sqlite", Record("night.sqlite"), DoJobber])
def test_what_is_no_run_is_refused_with_what_would_be_one(source: Any) -> None:
    for shown in (Dashboard, GraphView, ArgsForm):
        with pytest.raises(NotARunError, match=r"Record\(path\).runs\[-1\]"):
            shown(source)


class Halfway(UserDict[str, int]):
    """What is told while a view comes: `comes` is called as soon as it is looked at."""

    def __init__(self, comes: Callable[[], object]) -> None:
        super().__init__(old=1, new=2)
        self.comes = comes

    def keys(self) -> Any:
        comes, self.comes = self.comes, lambda: None
        comes()
        return super().keys()


def test_a_view_that_comes_amid_a_refresh_is_told_all() -> None:
    class Told(Part):
        entries: ClassVar[Mapping[str, int]] = {"old": 1}

        def content(self, session: Session) -> Content:
            return {"labels": ByKey(self.entries)}

    part = Told(doing(group("All")))
    wire = Wire.wires[part.comm.comm_id]
    shown = {"content": {"data": {"method": "custom", "content": {"kind": "shown", "view": "one"}}}, "buffers": []}
    view = threading.Thread(target=wire.handle_msg, args=(shown,))

    def comes() -> None:
        view.start()
        while part.on_page is None:
            time.sleep(0.001)
        view.join(0.1)  # as far as it gets

    Told.entries = Halfway(comes)
    part.session.refresh()
    view.join()
    assert [each["content"] for each in wire.told][-1] == {"old": 1, "new": 2}
