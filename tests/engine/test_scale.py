"""A run costs what its jobs, edges and attempts cost, in whatever shape; and no depth is too deep."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from dojobber_nb import DoJobber, DummyJob, Job
from dojobber_nb.core.events import PhaseStarted, Status

LINES = 480  # of the package, for each job, edge and phase of a run that is stepped through, a call for each phase


class Fails(Job):
    """A job that never succeeds."""

    def Check(self, *_: object) -> None:
        raise ValueError

    def Run(self, *_: object) -> None:
        """Change nothing."""


def group(name: str, deps: list[Any]) -> Any:
    return type(name, (DummyJob,), {"DEPS": deps})


def chain(size: int, leaf: Any = DummyJob) -> Any:
    job = type("J0", (leaf,), {})
    for number in range(1, size):
        job = group(f"J{number}", [job])
    return job


def chain_over_a_failing_leaf(size: int) -> Any:
    return chain(size, Fails)


def wide(size: int) -> Any:
    return group("Root", [group(f"J{number}", []) for number in range(size - 1)])


def wide_and_failing(size: int) -> Any:
    return group("Root", [type(f"J{number}", (Fails,), {}) for number in range(size - 1)])


def layered(size: int, leaf: Any = DummyJob) -> Any:
    """Layers of ten jobs, each of which needs three of the layer before."""
    layer = [type(f"J{number}", (leaf,), {}) for number in range(10)]
    for depth in range(1, size // 10):
        layer = [group(f"J{10 * depth + place}", [layer[place - shift] for shift in range(3)]) for place in range(10)]
    return group("Root", layer)


def layered_over_failing_leaves(size: int) -> Any:
    return layered(size, Fails)


def ladder(size: int, leaf: Any = DummyJob) -> Any:
    """Levels of two jobs, each of which needs both of the level before: 2**levels ways lead down."""
    left, right = (type(name, (leaf,), {}) for name in ("L0", "R0"))
    for level in range(1, size // 2):
        left, right = (group(f"{side}{level}", [left, right]) for side in "LR")
    return group("Root", [left, right])


def ladder_over_a_failing_leaf(size: int) -> Any:
    return ladder(size, Fails)


def fan_of_failures_below_a_chain(size: int) -> Any:
    """Half the jobs fail, and each of them blocks the same long chain."""
    leaves = [type(f"F{number}", (Fails,), {}) for number in range(size // 2)]
    job = group("J0", leaves)
    for number in range(1, size // 2):
        job = group(f"J{number}", [job])
    return job


SHAPES = (
    chain,
    chain_over_a_failing_leaf,
    wide,
    wide_and_failing,
    layered,
    layered_over_failing_leaves,
    ladder,
    ladder_over_a_failing_leaf,
    fan_of_failures_below_a_chain,
)


class Counter:
    """How many lines of the package were run."""

    lines = 0

    def enter(self, frame: FrameType, _event: str, _arg: object) -> Any:
        return self.line if str(frame.f_globals.get("__name__")).startswith("dojobber_nb.") else None

    def line(self, _frame: FrameType, event: str, _arg: object) -> Any:
        self.lines += event == "line"
        return self.line


@contextmanager
def counted() -> Iterator[Counter]:
    counter, before = Counter(), sys.gettrace()
    sys.settrace(counter.enter)
    try:
        yield counter
    finally:
        sys.settrace(before)


def at_once(dj: DoJobber) -> None:
    dj.checknrun()


def step_by_step(dj: DoJobber) -> None:
    while dj.step():
        """Go on."""


def cost(root: Any, go: Callable[[DoJobber], None]) -> tuple[int, int]:
    """(lines run to the end, the jobs, edges and phases of that run)."""
    dj = DoJobber()
    dj.configure(root, default_retry_delay=0)
    with counted() as counter:
        go(dj)
        assert not any(dj.state.due)
    phases = sum(isinstance(event, PhaseStarted) for event in dj.events)
    return counter.lines, len(dj.state.graph) + sum(len(node.needs) for node in dj.state.graph) + phases


@pytest.mark.parametrize("go", [at_once, step_by_step])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_work_of_a_run_is_in_proportion_to_jobs_edges_and_phases(
    shape: Callable[[int], Any], go: Callable[[DoJobber], None]
) -> None:
    (few, small), (many, large) = cost(shape(100), go), cost(shape(400), go)
    assert many <= LINES * large
    assert many / large <= 1.2 * few / small


@pytest.mark.parametrize("shape", SHAPES)
def test_the_work_of_configure_is_in_proportion_to_jobs_and_edges(shape: Callable[[int], Any]) -> None:
    lines = []
    for size in (200, 800):
        root = shape(size)
        with counted() as counter:
            DoJobber().configure(root)
        lines.append(counter.lines)
    assert lines[1] <= 1.2 * 4 * lines[0]


DEEP: dict[str, tuple[Any, bool]] = {
    "a chain": (lambda: chain(20_000), True),
    "a chain over a failing leaf": (lambda: chain_over_a_failing_leaf(20_000), False),
    "a ladder": (lambda: ladder(10_000), True),
    "a ladder over failing leaves": (lambda: ladder_over_a_failing_leaf(10_000), False),
}


@pytest.mark.parametrize("case", DEEP)
def test_a_deep_graph_runs_at_the_default_recursion_limit(case: str) -> None:
    make, holds = DEEP[case]
    assert sys.getrecursionlimit() <= 1000
    dj = DoJobber()
    dj.configure(make(), default_retry_delay=0)
    dj.checknrun()
    assert dj.success() is holds
    assert dj.state.jobs[dj.state.graph.root.name].status is (Status.OK if holds else Status.BLOCKED)
    assert dj.why(dj.state.graph.root.name)


def test_a_pass_of_retries_does_not_visit_what_is_blocked_again() -> None:
    dj = DoJobber()
    root = chain_over_a_failing_leaf(1000)
    dj.configure(root, default_tries=500, default_retry_delay=0)
    dj.step_pass()
    with counted() as counter:
        dj.run()
    assert counter.lines <= LINES * 3 * 499
