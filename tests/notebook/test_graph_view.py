"""What the graph shows of many jobs: a part, what is looked for, what has changed."""

from typing import Any

import pytest

from dojobber_nb import DoJobber
from dojobber_nb.notebook.widgets.graph import GraphView
from tests.support.alone import Alone
from tests.support.page import (
    Top,
    page_of,
    press,
)
from tests.support.runbooks import doing, group


def tower(height: int) -> DoJobber:
    """Each job needs the one before."""
    jobs = [group("Job0")]
    for number in range(1, height):
        jobs.append(group(f"Job{number}", jobs[-1]))
    return doing(jobs[-1])


def drawn(view: Alone) -> set[int]:
    return {int(part.partition('"')[0]) for part in view.state["svg"].split('data-job="')[1:]}


def test_of_a_large_graph_the_job_that_is_looked_at_is_drawn_and_those_around_it() -> None:
    dj = tower(50)
    view = Alone(GraphView(dj))
    assert drawn(view) == {0, 1}
    view.send("select", job=20)
    assert drawn(view) == {19, 20, 21}
    view.send("around", depth="2")
    assert drawn(view) == {18, 19, 20, 21, 22}
    view.send("around", depth="all")
    assert len(drawn(view)) == 50
    view.send("select", job=-1)
    view.send("around", depth="whole")
    assert len(drawn(view)) == 50
    assert view.said["view"]["depth"] == "whole"


def test_a_small_graph_is_drawn_whole_and_a_part_of_it_on_request() -> None:
    view = Alone(GraphView(tower(10)))
    assert len(drawn(view)) == 10
    view.send("around", depth="1")
    assert drawn(view) == {0, 1}


def test_the_direction_can_be_switched() -> None:
    view = Alone(GraphView(tower(3)))
    before = view.state["svg"]
    assert view.said["view"]["direction"] == "down"
    view.send("turn")
    assert view.said["view"]["direction"] == "right"
    assert view.state["svg"] != before


def test_finding_by_name_leaves_the_others_dim() -> None:
    view = Alone(GraphView(tower(12)))
    view.send("find", text=" JOB1 ")
    assert view.said["found"] == {"jobs": [1, 10, 11], "said": "3 of 12", "find": "JOB1"}
    view.send("find", text="job11", take=True)
    assert view.state["looked_at"] == 11
    view.send("find", text="none such", take=True)
    assert view.state["looked_at"] == 11
    view.send("find", text="")
    assert view.said["found"]["jobs"] is None


def test_of_many_jobs_a_change_is_told_by_what_has_turned() -> None:
    dj = tower(1_000)
    view = Alone(GraphView(dj))
    before = len(view.wire.messages)
    dj.step()
    view.part.session.refresh()
    told = view.wire.messages[before:]
    assert view.sent("turned")[-1].keys() == {0}
    assert max(len(str(message)) for message in told) < 500  # a frame amid the step is a message of its own
    assert view.said["statuses"] == "".join(letters(dj))


def test_at_the_end_of_a_run_the_statuses_are_there_to_be_saved() -> None:
    dj = tower(200)
    view = Alone(GraphView(dj))
    dj.run()
    view.part.session.refresh()
    assert view.state["statuses"] == "".join(letters(dj))


def letters(dj: DoJobber) -> list[str]:
    from dojobber_nb.notebook.widgets.job_contents import LETTERS
    from dojobber_nb.view.theme import look_key

    return [LETTERS[look_key(job)] for job in dj.state.jobs.values()]


async def test_who_does_not_follow_stays_with_the_job() -> None:
    _, page = page_of(Top)
    page.send(page.graph, {"kind": "follow", "on": False})
    await press(page, "run")
    assert page.job["name"] == "Made"
    page.send(page.graph, {"kind": "follow", "on": True})
    assert page.job["name"] == "Broken"


@pytest.mark.parametrize("content", [{"depth": "7"}, {"depth": None}, {}])
def test_a_portion_that_is_none_is_answered(content: dict[str, Any]) -> None:
    view = Alone(GraphView(tower(3)))
    view.send("around", **content)
    assert view.said["ignored"]
    assert len(drawn(view)) == 3
