"""The jobs as a list: what it shows, in which order, and what is done in it."""

from typing import Any

import pytest

from dojobber_nb import DoJobber, RunonlyJob
from dojobber_nb.notebook.widgets.controls import Controls
from dojobber_nb.notebook.widgets.graph import GraphView
from dojobber_nb.notebook.widgets.job_contents import LETTERS
from dojobber_nb.notebook.widgets.job_list import JobList
from tests.support.alone import Alone
from tests.support.runbooks import doing, group, job, movie_night


def listed(steps: int = 0, **options: Any) -> tuple[DoJobber, Alone]:
    dj = doing(movie_night(), **options)
    for _ in range(steps):
        dj.step()
    return dj, Alone(JobList(dj))


def rows(page: Alone) -> list[str]:
    return [page.state["names"][index] for index in page.said["shown"]["rows"]]


def test_failures_stand_first_and_all_else_in_visiting_order() -> None:
    dj, page = listed()
    assert rows(page) == list(dj.state.graph.names)
    dj.checknrun()
    page.part.session.refresh()
    urgent = ["TurnOnTV", "StartMovie", "WatchMovie"]
    assert rows(page) == [*urgent, *(name for name in dj.state.graph.names if name not in urgent)]
    page.send("order", order="visiting")
    assert rows(page) == list(dj.state.graph.names)


def test_one_job_is_no_jobs() -> None:
    page = Alone(JobList(doing(group("All"))))
    assert page.said["shown"]["said"] == "1 job"
    page.send("find", text="none")
    assert page.said["shown"]["said"] == "0 of 1 job"


def test_a_name_is_found_by_any_part_of_it_in_any_case() -> None:
    _, page = listed()
    page.send("find", text=" popcorn ")
    assert rows(page) == ["PopcornBowl", "Popcorn"]
    assert page.said["shown"]["said"] == "2 of 20 jobs"
    page.send("find", text="")
    assert len(rows(page)) == 20


def test_a_count_filters_and_stays_to_be_pressed_when_it_falls_to_zero() -> None:
    dj, page = listed()
    dj.step_pass()
    page.send("only", status="retrying")
    assert rows(page) == ["TurnOnTV", "Pizza", "PopcornBowl"]
    dj.reset()
    page.part.session.refresh()
    assert rows(page) == []
    assert [(status, text) for status, _, text in page.said["counts"]] == [
        ("retrying", "↻ 0 retrying"),
        ("pending", "… 20 pending"),
    ]
    page.send("only", status="")
    assert len(rows(page)) == 20


def test_what_a_dry_run_cannot_tell_is_counted_and_shown_apart_by_list_graph_and_header() -> None:
    dj = doing(group("Top", job("A"), job("Restart", base=RunonlyJob)), no_act=True)
    page = Alone(JobList(dj))
    graph, controls = Alone(GraphView(page.part.session)), Alone(Controls(page.part.session))
    dj.checknrun()
    page.send("only", status="cannot_tell")
    assert rows(page) == ["Restart"]
    assert graph.said["found"]["jobs"] == [dj.state.jobs["Restart"].node.index]
    assert ["cannot_tell", 1, "≈ 1 cannot tell"] in controls.state["counts"]
    assert "≈ 1 cannot tell" in [text for _, _, text in page.said["counts"]]
    page.send("only", status="would_run")
    assert rows(page) == ["A"]


def test_lists_of_one_session_share_the_filter_but_not_what_is_looked_for() -> None:
    dj = doing(movie_night())
    one = Alone(JobList(dj))
    two = Alone(JobList(one.part.session))
    one.send("only", status="ok")
    one.send("find", text="TV")
    assert two.said["shown"]["only"] == "ok"
    assert two.said["shown"]["find"] == ""


def test_a_row_says_what_its_status_does_not() -> None:
    dj, page = listed()
    dj.checknrun()
    page.part.session.refresh()
    said = {name: page.said["lines"].get(index, "") for index, name in enumerate(dj.state.graph.names)}
    assert said["TurnOnTV"] == "3/3 Remote batteries are dead"
    assert said["WatchMovie"] == "blocked by TurnOnTV"
    assert said["CleanCouch"] == ""


def test_only_rows_that_changed_are_said() -> None:
    needs = [job(f"J{number}", works_at=0) for number in range(1_000)]
    dj = doing(group("All", *needs))
    page = Alone(JobList(dj))
    before = len(page.sent("shown"))
    dj.breakpoints.add("J500")
    dj.run()
    page.part.session.refresh()
    dj.step()
    page.part.session.refresh()
    assert page.sent("turned")[-1] == {500: LETTERS["ok"]}
    assert page.said["lines"] == {1_000: "group, 501 of 1000 done"}
    assert {index for lines in page.sent("lines")[1:] for index in lines} == {1_000}
    assert len(page.sent("shown")) == before


def test_a_breakpoint_is_set_and_taken_away_and_halts_the_run() -> None:
    dj, page = listed()
    index = dj.state.graph["Pizza"].index
    page.send("halt", job=index, on=True)
    page.send("halt", job=index, on=True)
    assert page.said["halts"] == {index: "before Pizza.check"}
    dj.run()
    assert dj.paused_at is not None
    assert dj.paused_at.job == "Pizza"
    page.send("halt", job=index, on=False)
    assert list(dj.breakpoints) == []
    assert page.said["halts"] == {}


def test_one_press_takes_away_every_breakpoint_of_a_job_and_no_other() -> None:
    dj, page = listed()
    own = [
        dj.breakpoints.add("Pizza", "run"),
        dj.breakpoints.add("Pizza", status="failed", when=lambda job: job.tries > 1),
    ]
    dj.breakpoints.add(status="failed")
    page.part.session.refresh()
    index = dj.state.graph["Pizza"].index
    assert page.said["halts"][index] == "; ".join(map(str, own))
    page.send("halt", job=index, on=False)
    assert [str(point) for point in dj.breakpoints] == ["after any job is failed"]


def test_a_row_selects_its_job() -> None:
    dj, page = listed()
    page.send("select", job=3)
    assert page.part.session.selected == dj.state.graph.names[3]
    assert page.state["looked_at"] == 3
    assert page.state["selected"]


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "order", "order": "chaos"},
        {"kind": "only", "status": "happy"},
        {"kind": "halt", "job": "x", "on": True},
        {"kind": "halt", "job": 99, "on": True},
        {"kind": "halt", "job": -1, "on": True},
        {"kind": "find"},
    ],
)
def test_a_message_that_makes_no_sense_changes_nothing(content: dict[str, Any]) -> None:
    dj, page = listed()
    before = dict(page.said)
    page.send(**content)
    assert {kind: said for kind, said in page.said.items() if kind != "ignored"} == before
    assert list(dj.breakpoints) == []


def test_before_configure_and_with_another_graph_it_shows_what_there_is() -> None:
    dj = DoJobber()
    page = Alone(JobList(dj))
    assert page.state["names"] == []
    dj.configure(job("One"))
    page.part.session.refresh()
    assert rows(page) == ["One"]
    dj.configure(group("Two", job("First")))
    page.part.session.refresh()
    assert rows(page) == ["First", "Two"]
    assert page.said["lines"] == {1: "group, 0 of 1 done"}


def test_in_the_past_it_shows_how_jobs_stood() -> None:
    dj, page = listed()
    dj.checknrun()
    page.part.session.travel(2)
    assert rows(page) == list(dj.state.graph.names)
    assert page.state["statuses"] == LETTERS["pending"] * 20
    page.part.session.travel(len(dj.events))
    assert rows(page)[0] == "TurnOnTV"
