"""How much of a large graph is drawn, and when another part of it."""

import pytest

from dojobber_nb import Job
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.notebook.widgets.graph_scope import MIN_INTERVAL, GraphScope
from tests.support.runbooks import group, job


@pytest.fixture
def graph() -> JobGraph:
    """Top needs 50 jobs, J0 to J49."""
    jobs: list[type[Job]] = [job(f"J{number}") for number in range(50)]
    return JobGraph.of(group("Top", *jobs))


def drawn(portion: GraphScope, graph: JobGraph, name: str, *, hold: bool) -> set[str]:
    only = portion.jobs_to_draw(graph, name, hold=hold)
    return {graph.nodes[index].name for index in only or ()}


def test_at_rest_it_is_the_job_that_is_looked_at_and_its_neighbours(graph: JobGraph) -> None:
    portion = GraphScope()
    assert drawn(portion, graph, "J3", hold=False) == {"J3", "Top"}
    assert drawn(portion, graph, "J7", hold=False) == {"J7", "Top"}


def test_a_run_that_is_followed_turns_to_another_part_now_and_then_and_says_when_it_is_too_soon(
    graph: JobGraph,
) -> None:
    clock = [100.0]
    portion = GraphScope(lambda: clock[0])
    drawn(portion, graph, "J3", hold=False)
    clock[0] += 10 * MIN_INTERVAL  # nobody did anything for a while
    assert not portion.may_change(graph, "J7", hold=True)  # a run has begun that may soon be over
    assert portion.may_change(graph, "Top", hold=True)  # it is drawn
    clock[0] += MIN_INTERVAL
    assert portion.may_change(graph, "J7", hold=True)
    assert drawn(portion, graph, "J7", hold=True) == {"J7", "Top"}
    assert not portion.may_change(graph, "J8", hold=True)
    assert drawn(portion, graph, "Top", hold=True) == {"J7", "Top"}
    assert drawn(portion, graph, "J1", hold=False) == {"J1", "Top"}


def test_what_is_drawn_is_kept_as_long_as_the_job_is_in_it(graph: JobGraph) -> None:
    clock = [100.0]
    portion = GraphScope(lambda: clock[0])
    drawn(portion, graph, "J3", hold=True)
    clock[0] += 5 * MIN_INTERVAL
    assert drawn(portion, graph, "Top", hold=True) == {"J3", "Top"}
