"""DEPS turned into a graph: what is refused, by name and before any job is made; what is taken, and in which order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

import dojobber_nb
from dojobber_nb import DoJobber, DummyJob, Job, RunonlyJob
from dojobber_nb.core.errors import (
    CycleError,
    DepsError,
    DoJobberError,
    DuplicateJobError,
    GraphError,
    NotAJobError,
    NotConfiguredError,
    OptionError,
    PhaseMissingError,
    PolicyError,
    UnknownJobError,
)
from dojobber_nb.core.graph import JobGraph
from tests.support.graphs import build, random_plans

NAN, INFINITY = float("nan"), float("inf")


class Fill(DummyJob):
    """A job that others need."""


class Unmade(Job):
    """Fails the test when it is made."""

    def __init__(self) -> None:
        raise AssertionError("a job was made at configure")

    def Check(self) -> None:
        """Hold."""

    def Run(self) -> None:
        """Do nothing."""


def drive(**body: Any) -> type[Job]:
    """A job named Drive, never to be made."""
    return type("Drive", (Unmade,), body)


def below(*jobs: object, name: str = "Root") -> type[Job]:
    """A group that needs these."""
    return type(name, (DummyJob,), {"DEPS": jobs})


class Unreadable:
    """A class attribute that cannot be read."""

    def __get__(self, job: object, owner: type) -> Any:
        raise OSError("the inventory is gone")


class BreaksOff:
    """An iterable that raises half-way."""

    def __iter__(self) -> Iterator[type[Job]]:
        yield Fill
        raise OSError("the inventory is gone")


async def check_later(self: Job) -> None:
    """Never awaited."""


async def checks_later(self: Job) -> Any:
    yield


# what is wrong: (root, the error, its builtin, what its text tells)
REFUSED: dict[str, tuple[object, type[GraphError], type[Exception], tuple[str, ...]]] = {
    "DEPS is a class": (drive(DEPS=Fill), DepsError, TypeError, ("Drive", "DEPS = (Fill,)")),
    "DEPS is an instance": (drive(DEPS=object()), DepsError, TypeError, ("Drive", "a tuple or list")),
    "DEPS is text": (drive(DEPS="Fill"), DepsError, TypeError, ("Drive", "'Fill'", "DEPS = (Fill,)")),
    "DEPS is bytes": (drive(DEPS=b"Fill"), DepsError, TypeError, ("Drive", "DEPS = (Fill,)")),
    "DEPS is a number": (drive(DEPS=3), DepsError, TypeError, ("Drive", "3", "a tuple or list")),
    "DEPS is None": (drive(DEPS=None), DepsError, TypeError, ("Drive", "None", "a tuple or list")),
    "DEPS is a set": (drive(DEPS={Fill}), DepsError, TypeError, ("Drive", "no order", "a tuple or list")),
    "DEPS is a frozenset": (drive(DEPS=frozenset({Fill})), DepsError, TypeError, ("Drive", "no order")),
    "DEPS holds None": (drive(DEPS=(Fill, None)), DepsError, TypeError, ("Drive", "None")),
    "DEPS holds text": (drive(DEPS=["Fill"]), DepsError, TypeError, ("Drive", "'Fill'", "classes, not names")),
    "DEPS holds a plain class": (drive(DEPS=(object,)), DepsError, TypeError, ("Drive", "object")),
    "DEPS holds a job instance": (drive(DEPS=(Fill(),)), DepsError, TypeError, ("Drive", "an instance of Fill")),
    "DEPS cannot be read": (drive(DEPS=Unreadable()), DepsError, TypeError, ("Drive", "OSError", "inventory")),
    "DEPS raises when iterated": (drive(DEPS=BreaksOff()), DepsError, TypeError, ("Drive", "OSError", "inventory")),
    "TRIES is 0": (drive(TRIES=0), PolicyError, ValueError, ("Drive", "TRIES is 0", "at least 1")),
    "TRIES is negative": (drive(TRIES=-1), PolicyError, ValueError, ("Drive", "-1")),
    "TRIES is a bool": (drive(TRIES=True), PolicyError, ValueError, ("Drive", "True", "a whole number")),
    "TRIES is below 1": (drive(TRIES=0.5), PolicyError, ValueError, ("Drive", "0.5")),
    "TRIES is infinite": (drive(TRIES=INFINITY), PolicyError, ValueError, ("Drive", "inf")),
    "TRIES is no number": (drive(TRIES=NAN), PolicyError, ValueError, ("Drive", "nan")),
    "TRIES is text": (drive(TRIES="3"), PolicyError, ValueError, ("Drive", "'3'")),
    "TRIES is a list": (drive(TRIES=[3]), PolicyError, ValueError, ("Drive", "list")),
    "RETRY_DELAY is negative": (drive(RETRY_DELAY=-0.1), PolicyError, ValueError, ("Drive", "-0.1", "at least 0")),
    "RETRY_DELAY is infinite": (drive(RETRY_DELAY=INFINITY), PolicyError, ValueError, ("Drive", "inf", "finite")),
    "RETRY_DELAY is no number": (drive(RETRY_DELAY=NAN), PolicyError, ValueError, ("Drive", "nan")),
    "RETRY_DELAY is text": (drive(RETRY_DELAY="1"), PolicyError, ValueError, ("Drive", "'1'")),
    "RETRY_DELAY is a bool": (drive(RETRY_DELAY=True), PolicyError, ValueError, ("Drive", "True")),
    "no Check": (drive(Check=None), PhaseMissingError, TypeError, ("Drive", "no Check", "RunonlyJob")),
    "a Run that is no method": (drive(Run=3), PhaseMissingError, TypeError, ("Drive", "no Run", "Run(self")),
    "an async Check": (drive(Check=check_later), PhaseMissingError, TypeError, ("Drive", "Check is async", "def")),
    "an async Run": (drive(Run=check_later), PhaseMissingError, TypeError, ("Drive", "Run is async", "def")),
    "an async generator": (drive(Check=checks_later), PhaseMissingError, TypeError, ("Drive", "Check is async")),
    "the root is no class": (Fill(), NotAJobError, TypeError, ("an instance of Fill", "derived from Job")),
    "the root is a plain class": (object, NotAJobError, TypeError, ("object", "derived from Job")),
    "the root is text": ("Drive", NotAJobError, TypeError, ("'Drive'", "derived from Job")),
    "the root is None": (None, NotAJobError, TypeError, ("None", "derived from Job")),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_run_is_refused_at_configure_by_name_with_the_way_out(case: str) -> None:
    root, error, builtin, told = REFUSED[case]
    with pytest.raises(error) as caught:
        DoJobber().configure(root)
    assert isinstance(caught.value, builtin)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, DoJobberError)
    assert [word for word in told if word not in str(caught.value)] == []


@pytest.mark.parametrize("case", [case for case, row in REFUSED.items() if issubclass(row[1], DepsError | PolicyError)])
def test_a_fault_deep_in_the_graph_names_the_job_that_has_it(case: str) -> None:
    root, error, _, _ = REFUSED[case]
    with pytest.raises(error, match="Drive") as caught:
        DoJobber().configure(below(Fill, below(root, name="Group")))
    assert caught.value.job == "Drive"


@pytest.mark.parametrize(
    ("option", "value"), [("default_tries", 0), ("default_tries", True), ("default_retry_delay", -1)]
)
def test_defaults_out_of_range_are_refused(option: str, value: object) -> None:
    with pytest.raises(PolicyError, match=option):
        DoJobber().configure(Fill, **{option: value})


def test_a_refused_graph_leaves_the_one_before_in_place() -> None:
    dj = DoJobber()
    dj.configure(Fill)
    with pytest.raises(DepsError):
        dj.configure(drive(DEPS=None))
    dj.checknrun()
    assert dj.nodestatus == {"Fill": True}


def test_an_option_that_configure_does_not_know_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(OptionError, match="did you mean 'cleanup'") as caught:
        DoJobber(cleanpu=False)
    assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize("ask", ["checknrun", "run", "step", "step_job", "step_pass", "cleanup", "reset", "stop"])
def test_without_a_graph_each_call_says_that_configure_comes_first(ask: str) -> None:
    with pytest.raises(NotConfiguredError, match="configure") as caught:
        getattr(DoJobber(), ask)()
    assert isinstance(caught.value, RuntimeError)


def test_a_job_that_is_not_in_the_graph_is_answered_with_the_nearest_one() -> None:
    dj = DoJobber()
    dj.configure(below(Fill))
    with pytest.raises(UnknownJobError, match="did you mean 'Fill'") as caught:
        dj.checknrun("Fil")
    assert isinstance(caught.value, LookupError)


# --- circles -------------------------------------------------------------------------------------------------------


def circle(length: int) -> list[type[Job]]:
    jobs: list[Any] = [type(f"J{number}", (DummyJob,), {}) for number in range(length)]
    for job, needed in zip(jobs, [*jobs[1:], jobs[0]], strict=True):
        job.DEPS = [needed]
    return jobs


@pytest.mark.parametrize("length", [1, 2, 3, 20_000])
def test_a_circle_is_told_with_its_whole_path(length: int) -> None:
    jobs = circle(length)
    with pytest.raises(CycleError) as caught:
        DoJobber().configure(jobs[0])
    assert caught.value.path == (*(job.__name__ for job in jobs), "J0")


def test_a_circle_below_the_root_is_told_without_the_way_to_it() -> None:
    with pytest.raises(CycleError, match="J0 → J1 → J2 → J0") as caught:
        DoJobber().configure(below(Fill, below(*circle(3), name="Group")))
    assert caught.value.path == ("J0", "J1", "J2", "J0")


# --- names ---------------------------------------------------------------------------------------------------------


def test_two_classes_of_one_name_are_refused_with_who_needs_which_and_what_to_run_again() -> None:
    old, new = (type("Fill", (DummyJob,), {}) for _ in range(2))
    stale = type("Stale", (DummyJob,), {"DEPS": (old,)})
    with pytest.raises(DuplicateJobError, match="cell") as caught:
        DoJobber().configure(below(new, stale))
    assert caught.value.job == "Fill"
    assert [word for word in ("Root.DEPS", "Stale.DEPS") if word not in str(caught.value)] == []


def test_a_job_named_like_the_root_is_refused() -> None:
    with pytest.raises(DuplicateJobError, match="is the root"):
        DoJobber().configure(below(type("Root", (DummyJob,), {})))


# --- taken ---------------------------------------------------------------------------------------------------------


def visited(root: object) -> list[str]:
    return [node.name for node in JobGraph.of(root)]


def test_the_same_dep_twice_is_one_edge() -> None:
    graph = JobGraph.of(below(Fill, Fill))
    assert graph.root.needs == (0,)
    assert graph["Fill"].needed_by == [1]


def test_a_generator_is_replaced_on_its_class_by_the_tuple_it_gave() -> None:
    root: Any = type("Root", (DummyJob,), {"DEPS": (job for job in [Fill])})
    assert visited(root) == visited(root) == ["Fill", "Root"]
    assert root.DEPS == (Fill,)  # noqa: SIM300  # it is no constant


def test_a_generator_that_was_inherited_is_replaced_where_it_stands() -> None:
    base: Any = type("Base", (DummyJob,), {"DEPS": (job for job in [Fill])})
    heir: Any = type("Heir", (base,), {})
    assert visited(heir) == ["Fill", "Heir"]
    assert (base.DEPS, "DEPS" in vars(heir)) == ((Fill,), False)


def test_jobs_may_be_made_by_type_and_appended_to_deps() -> None:
    root: Any = type("Root", (DummyJob,), {"DEPS": []})
    for guest in ("Wayne Campbell", "Garth Algar"):
        root.DEPS.append(type(f"Invite {guest}", (DummyJob,), {}))
    assert visited(root) == ["Invite Wayne Campbell", "Invite Garth Algar", "Root"]


@pytest.mark.parametrize(("tries", "taken"), [(1.0, 1), (1.5, 2), (3.0, 3), (2.0001, 3)])
def test_a_float_for_tries_is_rounded_up_with_a_warning(tries: float, taken: int) -> None:
    with pytest.warns(UserWarning, match=f"Drive: TRIES {tries}.* {taken} are taken"):
        assert JobGraph.of(drive(TRIES=tries)).root.tries == taken


def test_what_a_job_does_not_set_comes_from_the_defaults() -> None:
    graph = JobGraph.of(below(drive(TRIES=5, RETRY_DELAY=0)), default_tries=2, default_retry_delay=0.5)
    assert [(node.tries, node.delay) for node in graph] == [(5, 0.0), (2, 0.5)]


def test_a_check_on_a_runonly_job_is_told_once_and_ignored() -> None:
    job = type("Drive", (RunonlyJob,), {"Check": drive().Check, "Run": drive().Run})
    with pytest.warns(UserWarning, match="Drive is a RunonlyJob: its Check is ignored") as told:
        DoJobber().configure(job)
    assert len(told) == 1


# --- order ---------------------------------------------------------------------------------------------------------


def depth_first(root: Any) -> list[str]:
    """The order by its definition: each job after all it needs, those in the order of DEPS."""
    seen: dict[str, None] = {}

    def visit(job: Any) -> None:
        for dep in job.DEPS:
            if dep.__name__ not in seen:
                visit(dep)
        seen.setdefault(job.__name__)

    visit(root)
    return list(seen)


@pytest.mark.parametrize("seed", range(50))
def test_jobs_are_visited_depth_first_along_deps(seed: int) -> None:
    root = build(random_plans(random.Random(seed), most=20), dojobber_nb, print)[-1]
    assert visited(root) == depth_first(root)


@pytest.mark.parametrize("seed", range(20))
def test_the_graph_below_a_job_is_the_graph_of_that_job(seed: int) -> None:
    jobs = build(random_plans(random.Random(seed), most=20), dojobber_nb, print)
    whole = JobGraph.of(jobs[-1])
    for node in whole:
        assert shape(whole.below(node.name)) == shape(JobGraph.of(node.job))


def shape(graph: JobGraph) -> list[tuple[Any, ...]]:
    return [(node.name, node.needs, node.tries, sorted(node.needed_by)) for node in graph]


def test_the_graph_is_frozen_at_configure_and_the_next_configure_sees_the_change() -> None:
    root: Any = type("Root", (DummyJob,), {"DEPS": [Fill]})
    dj = DoJobber()
    dj.configure(root)
    root.DEPS.append(type("Late", (DummyJob,), {}))
    dj.checknrun()
    before = list(dj.nodestatus)
    dj.configure(root)
    dj.checknrun()
    assert (before, list(dj.nodestatus)) == (["Fill", "Root"], ["Fill", "Late", "Root"])


def test_a_one_shot_deps_that_raises_is_refused_at_every_configure() -> None:
    def deps() -> Iterator[type[Job]]:
        yield DummyJob
        raise OSError("no such list")

    top = type("Top", (DummyJob,), {"DEPS": deps()})
    for _ in range(2):
        with pytest.raises(DepsError, match="Top: reading DEPS raised OSError: no such list"):
            DoJobber().configure(top)


def test_a_check_with_a_yield_is_told_as_its_body_never_runs() -> None:
    def check(self: Job) -> Iterator[None]:
        yield

    with pytest.warns(UserWarning, match=r"Top\.Check has a yield"):
        DoJobber().configure(type("Top", (DummyJob,), {"Check": check}))
