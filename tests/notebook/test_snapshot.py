"""One refresh of a dashboard shows one moment of the run, and pages that lag are not sent more than they can show."""

from collections.abc import Callable
from typing import Any

import pytest

from dojobber_nb import Dashboard
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.session.ticker import Ticker
from dojobber_nb.notebook.widgets.content_values import Content
from dojobber_nb.notebook.widgets.pace import ACK_INTERVAL, ACK_TIMEOUT, LATE, Pace
from tests.support.page import (
    Page,
)
from tests.support.runbooks import doing, group, job


def test_all_parts_of_one_refresh_show_one_moment_although_the_run_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    dj = doing(group("All", *(job(f"J{number}", works_at=0) for number in range(8))))
    page = Page(Dashboard(dj))
    dj.step()
    session = page.dashboard.session
    for part in page.dashboard.parts:
        content = part.content

        def content_meanwhile(session: Session, content: Callable[[Session], Content] = content) -> Content:
            found = content(session)
            dj.step()  # on whatever thread: the engine does not wait for those who look
            return found

        monkeypatch.setattr(part, "content", content_meanwhile)
    session.refresh()
    assert page.labels["step"] == "Step ▸ J1.check"
    assert page.slider.state["total"] == page.slider.state["at"] == 4
    assert page.job["name"] == "J0"
    assert page.graph.state["looked_at"] == 0
    assert page.graph.state["ahead"] == 1
    assert page.counts == {"ok": 1, "pending": 8}
    assert {page.graph.said["lines"][index] for index in (1, 2, 3)} == {"pending"}
    monkeypatch.undo()
    session.refresh()
    assert page.counts == {"ok": 7, "pending": 2}


def test_what_all_parts_say_in_one_refresh_is_one_message() -> None:
    dj = doing(group("All", job("J")))
    page = Page(Dashboard(dj))
    before = sum(len(wire.messages) for wire in page.wires)
    dj.step()
    page.dashboard.session.refresh()
    assert sum(len(wire.messages) for wire in page.wires) == before + 1
    assert page.graph.said["statuses"] == "el"
    assert page.job["state"] == "run"


@pytest.fixture
def clock() -> list[float]:
    return [100.0]


@pytest.mark.parametrize(
    ("answered", "waited", "behind"),
    [(False, LATE, False), (True, 0.0, False), (True, LATE, True), (True, ACK_TIMEOUT, False)],
)
def test_a_page_is_behind_when_it_has_answered_before_and_does_not_now(
    clock: list[float], answered: bool, waited: float, behind: bool
) -> None:
    pace = Pace(lambda: clock[0])
    first = pace.ask()
    if answered:
        pace.acknowledged(first)
    clock[0] += ACK_TIMEOUT + ACK_INTERVAL
    assert pace.ask() != first
    clock[0] += waited
    assert pace.behind is behind
    pace.acknowledged(first)  # comes late
    assert pace.behind is behind


def test_it_is_asked_for_one_acknowledgement_at_a_time_and_not_with_every_message(clock: list[float]) -> None:
    pace = Pace(lambda: clock[0])
    number = pace.ask()
    assert number
    clock[0] += ACK_INTERVAL
    assert not pace.ask()
    pace.acknowledged(number)
    assert pace.ask() == number + 1
    pace.acknowledged(number + 1)
    assert not pace.ask()


def test_what_a_page_that_is_behind_has_missed_is_shown_as_soon_as_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    waits = iter([False, False, True])
    busy = iter([True, True, True, False])
    ended: list[bool] = []

    def tick() -> bool:
        shown.append(next(waits, True))
        return bool(shown[-1])

    ticker = Ticker(tick, lambda: next(busy, ended.append(True)))
    ticker.wake()
    while not ended or ticker._alive:
        pass
    assert shown[:3] == [False, False, True]
