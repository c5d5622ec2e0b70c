"""What authors of jobs get wrong in silence: told before the first phase, by job, or as a failed phase."""

from __future__ import annotations

import abc
import asyncio
import copy
import functools
import types
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dojobber_nb import DoJobber, DummyJob, Job, Record, RunonlyJob
from dojobber_nb.core.errors import (
    ArgumentsError,
    AwaitableError,
    CleanupErrors,
    OptionError,
    PhaseMissingError,
    StorageError,
)
from dojobber_nb.core.misspelled_attributes import FITS, intended_name
from dojobber_nb.core.why import why
from tests.support.runbooks import doing, group, job


def holds(self: Job, *args: Any, **kwargs: Any) -> None:
    """Pass."""


def fails(self: Job, *args: Any, **kwargs: Any) -> None:
    raise RuntimeError("not yet")


# --- storage declared on a class -------------------------------------------------------------------------------------


class Keeps:
    """A mixin that declares both."""

    storage: dict[str, Any] = {}  # noqa: RUF012  # as people write it
    global_storage: dict[str, Any] = {}  # noqa: RUF012


def keeping(name: str, *bases: type, **body: Any) -> Any:
    """A job that fails twice and notes what its storage has when an attempt begins, and in its Recheck."""

    def init(self: Any) -> None:
        self.storage["made"] = True
        getattr(self, "global_storage", {})["lost"] = True

    def check(self: Any) -> None:
        seen.append(copy.deepcopy(self.storage))
        self.storage.setdefault("hosts", []).append("web-1")
        self.global_storage.setdefault("attempts", []).append(name)
        if len(seen) < 6:
            raise RuntimeError("not yet")

    seen: list[dict[str, Any]] = []
    body = {"__init__": init, "Check": check, "Run": holds, "seen": seen, **body}
    return type(name, (*bases, Job), body)


ATTEMPT = [{"made": True}, {"made": True, "hosts": ["web-1"]}]


@pytest.mark.parametrize(
    "make",
    [
        lambda: keeping("Fill", storage={}, global_storage={}),
        lambda: keeping("Fill", Keeps),
        lambda: type("Fill", (keeping("Base", Keeps),), {}),
        lambda: keeping("Fill", storage=None),
        lambda: keeping("Fill"),
    ],
)
def test_a_storage_declared_on_a_class_is_fresh_for_each_attempt_and_job(make: Callable[[], Any]) -> None:
    fill = make()
    for _ in range(2):  # configured again it is the same
        fill.seen.clear()
        dj = doing(group("All", fill, keeping("Other", Keeps)))
        dj.checknrun()
        assert dj.success()
        assert fill.seen == ATTEMPT * 3
        assert (len(dj.global_storage), len(dj.global_storage["attempts"])) == (1, 12)
        assert Keeps.storage == Keeps.global_storage == {}


def test_a_storage_declared_with_something_in_it_is_copied_for_each_attempt_at_all_depths() -> None:
    fill = keeping("Fill", storage=defaultdict(list, hosts=["db-1"]))
    doing(fill).checknrun()
    assert fill.seen == [{"made": True, "hosts": ["db-1"]}, {"made": True, "hosts": ["db-1", "web-1"]}] * 3
    assert fill.storage == {"hosts": ["db-1"]}


def test_a_property_named_storage_is_left_to_the_job() -> None:
    own: dict[str, Any] = {}
    fill = keeping("Fill", storage=property(lambda _: own), Check=lambda self: self.storage.update(checked=1) or None)
    doing(fill).checknrun()
    assert own == {"made": True, "checked": 1}


def test_what_cannot_be_copied_or_would_not_be_taken_is_told_at_configure() -> None:
    with pytest.raises(StorageError, match="Fill: storage cannot be copied for each attempt"):
        doing(keeping("Fill", storage={"lines": (line for line in "ab")}))
    with pytest.warns(UserWarning, match="Fill declares a global_storage that is not empty"):
        doing(keeping("Fill", global_storage={"hosts": []}))


# --- async -----------------------------------------------------------------------------------------------------------


async def later(*_: Any, **__: Any) -> None:
    """Never awaited."""


async def many(*_: Any, **__: Any) -> Any:
    yield


class Caller:
    """Called like a function, and async."""

    async def __call__(self, *_: Any) -> None:
        """Never awaited."""


ASYNC: dict[str, Any] = {
    "def": later,
    "generator": many,
    "partial": functools.partial(later, 1),
    "partial of a partial": functools.partial(functools.partial(later)),
    "partial method": functools.partialmethod(later, 1),
    "object": Caller(),
    "partial of an object": functools.partial(Caller()),
    "static method": staticmethod(later),
    "class method": classmethod(later),
}


@pytest.mark.parametrize("phase", ["Check", "Run", "Cleanup"])
@pytest.mark.parametrize("case", ASYNC)
def test_what_would_never_be_awaited_is_refused_at_configure(case: str, phase: str) -> None:
    fill = type("Fill", (Job,), {"Check": holds, "Run": holds, phase: ASYNC[case]})
    with pytest.raises(PhaseMissingError, match=f"Fill: {phase} is async"):
        doing(fill)


@types.coroutine
def old() -> Iterator[None]:
    yield


class Awaitable:
    """To be awaited, and neither coroutine nor future."""

    def __await__(self) -> Iterator[None]:
        yield


def future() -> Any:
    loop = asyncio.new_event_loop()
    loop.close()
    return asyncio.Future(loop=loop)


AWAITABLE: dict[str, tuple[Callable[[], Any], str]] = {
    "a coroutine": (later, "a coroutine"),
    "an async generator": (many, "an async generator"),
    "asend": (lambda: many().asend(None), "a coroutine"),
    "an old coroutine": (old, "an awaitable (generator)"),
    "a future": (future, "an awaitable (Future)"),
    "an object": (Awaitable, "an awaitable (Awaitable)"),
}


def plainly(async_def: Callable[[], Any]) -> Callable[..., Any]:
    """What a plain decorator makes of it."""

    @functools.wraps(async_def)
    def wrapper(self: Job, *args: Any) -> Any:
        return async_def()

    del wrapper.__wrapped__
    return wrapper


@pytest.mark.parametrize("case", AWAITABLE)
def test_a_phase_that_returns_what_it_should_have_awaited_has_failed(case: str) -> None:
    make, told = AWAITABLE[case]
    check = type("Check", (Job,), {"Check": plainly(make), "Run": holds})
    run = type("Run", (Job,), {"Check": fails, "Run": plainly(make)})
    once = type("Once", (RunonlyJob,), {"Run": plainly(make)})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dj = doing(group("All", check, run, once), default_tries=1)
        dj.checknrun()
    assert dj.nodestatus == {"Check": False, "Run": False, "Once": False, "All": None}
    for name in ("Check", "Once"):
        assert isinstance(dj.nodeexceptions[name], AwaitableError)
        assert f"{'Run' if name == 'Once' else 'Check'} returned {told}, which nobody awaits" in dj.why(name)
    ended = [event for event in dj.events if getattr(event, "job", "") == "Run" and event.phase == "run"][-1]
    assert isinstance(ended.error, AwaitableError)


def test_a_cleanup_that_returns_a_coroutine_has_failed() -> None:
    fill = job("Fill", Cleanup=plainly(later))
    with pytest.raises(CleanupErrors) as caught:
        doing(fill).checknrun()
    assert [type(error) for error in caught.value.exceptions] == [AwaitableError]


# --- names -----------------------------------------------------------------------------------------------------------

SLIPS = {
    "DEPS": "Deps deps DEP DEPSS DPES EDPS DEPENDS depends DEPENDENCIES",
    "TRIES": "Tries tries TRY RETRY RETRIES Retries TREIS MAX_RETRIES",
    "RETRY_DELAY": "retry_delay RETRYDELAY RetryDelay DELAY RETRY_DELAYS RETRY_DEALY RETRY_DELY RETRY_DELAY_SECONDS",
    "Check": "check CHECK Check_ Chekc Hceck Chcek Cehck Chek Chheck Checks",
    "Run": "run RUN Rnu Runs",
    "Cleanup": "cleanup clean_up CleanUp Clean_up CLEANUP Cleanpu Clenup Cleanups tearDown",
}
INNOCENT = (
    "check_port checks checked checker checkpoint recheck rerun runs runner run_all run_command running urn ran sun "
    "clean cleaned clean_all cleaner entries series trees desc dest depth steps reps dev deploy delay delays retries "
    "delayed try_connect trial relay retry_policy host name storage port chuck _check _run __init__ CHECK_URL RUN_ID"
)


@pytest.mark.parametrize("right", FITS)
def test_a_near_miss_of_a_name_is_told_by_class_attribute_and_right_name(right: str) -> None:
    value: Any = {"DEPS": (job("Fill"),), "TRIES": 5, "RETRY_DELAY": 0.5}.get(right, holds)
    for slip in SLIPS[right].split():
        mixin = type("Mixin", (), {slip: value})
        for jobs in (type("Top", (DummyJob,), {slip: value}), type("Heir", (mixin, DummyJob), {})):
            with pytest.warns(UserWarning, match=rf"(Top|Mixin)\.{slip} is never read: the name is {right}"):
                DoJobber().configure(jobs)
        DoJobber().configure(type("Top", (DummyJob,), {slip: value, right: value}))  # a helper beside the right one
        if slip not in ("DEP", "DEPSS"):
            DoJobber().configure(type("Top", (DummyJob,), {slip: "nothing that could be meant"}))


@pytest.mark.parametrize("name", INNOCENT.split())
def test_a_name_that_only_looks_like_one_is_left_alone(name: str) -> None:
    assert intended_name(name) is None


def test_what_comes_with_another_library_is_left_alone() -> None:
    thread = type("Thread", (), {"run": holds, "__module__": "threading"})
    DoJobber().configure(type("Top", (thread, DummyJob), {}))
    DoJobber().configure(type("Once", (RunonlyJob,), {"Run": holds, "check": holds}))


def test_a_job_whose_check_is_written_otherwise_is_refused_with_that_name() -> None:
    with pytest.raises(PhaseMissingError, match="Fill: has no Check \\(did you mean Check by 'check'\\?\\)"):
        DoJobber().configure(type("Fill", (Job,), {"check": holds, "Run": holds}))


@pytest.mark.parametrize("make", [type, abc.ABCMeta])
@pytest.mark.parametrize("name", ["Check", "Run", "Cleanup", "where"])
def test_an_abstract_method_is_refused_with_what_to_define(make: type, name: str) -> None:
    own = {"Check": holds, "Run": holds, name: abc.abstractmethod(lambda self: None)}
    fill = make("Heir", (make("Fill", (Job,), own),), {})
    if make is abc.ABCMeta or name != "where":
        with pytest.raises(PhaseMissingError, match=f"Heir: .*abstract; define {name}"):
            DoJobber().configure(fill)


@pytest.mark.parametrize(
    ("option", "nearest"),
    [
        ("retries", "default_tries"),
        ("tries", "default_tries"),
        ("retry_delay", "default_retry_delay"),
        ("dry_run", "no_act"),
        ("verbos", "verbose"),
    ],
)
def test_an_option_of_configure_that_is_not_known_is_refused_with_the_nearest(option: str, nearest: str) -> None:
    for call in (lambda: DoJobber().configure(job("Fill"), **{option: 5}), lambda: DoJobber(**{option: 5})):
        with pytest.raises(OptionError, match=f"'{option}' .did you mean '{nearest}'"):
            call()


# --- arguments -------------------------------------------------------------------------------------------------------

CALLS: dict[str, Callable[[DoJobber], object]] = {
    "checknrun": lambda dj: dj.checknrun(),
    "run": lambda dj: dj.run(),
    "step": lambda dj: dj.step(),
    "step_job": lambda dj: dj.step_job(),
    "run_to": lambda dj: dj.run_to("Fill", "run"),
    "check_again": lambda dj: dj.check_again("Fill"),
    "arun": lambda dj: asyncio.run(dj.arun()),
    "resume": lambda dj: dj.resume(),
}


@pytest.mark.parametrize("call", CALLS)
def test_arguments_that_do_not_fit_are_told_before_the_first_phase(call: str, tmp_path: Any) -> None:
    made: list[str] = []

    class Fill(Job):
        def __init__(self) -> None:
            made.append("Fill")

        def Check(self, where: str, *, port: int = 80) -> None:
            """Hold."""

        def Run(self, wher: str) -> None:
            """Never."""

    dj = doing(group("All", Fill), record=str(tmp_path / "night.sqlite"))
    dj.set_args(where="here")
    with pytest.raises(
        ArgumentsError, match=r"Fill\.Run\(self, wher\): missing a required argument: 'wher'"
    ) as refused:
        CALLS[call](dj)
    assert (refused.value.job, isinstance(refused.value, TypeError)) == ("Fill", True)
    assert "Check" not in str(refused.value)
    assert (made, dj.nodestatus, list(dj.events)) == ([], {}, [])
    dj.set_args("here")
    dj.checknrun()
    assert dj.success()
    assert len(Record(str(tmp_path / "night.sqlite")).runs) == 1


def test_a_call_that_is_refused_leaves_the_run_before_as_it_was() -> None:
    fill = type("Fill", (Job,), {"Check": lambda self, where: None, "Run": holds})
    dj = doing(fill)
    dj.set_args("here")
    dj.checknrun()
    dj.set_args()
    with pytest.raises(ArgumentsError, match="missing a required argument: 'where'"):
        dj.checknrun()
    assert dj.success()


MISFITS: dict[str, tuple[Any, tuple[Any, ...], dict[str, Any], str]] = {
    "none wanted": (lambda self: None, (1,), {}, "too many positional arguments"),
    "an unknown one": (lambda self, where: None, ("x",), {"prot": 1}, "unexpected keyword argument 'prot'"),
    "one twice": (lambda self, where: None, ("x",), {"where": 1}, "multiple values for argument 'where'"),
    "by name only": (lambda self, *, where: None, (), {}, "missing a required.* argument: 'where'"),
    "no self": (lambda: None, (), {}, "too many positional arguments"),
    "a static method": (staticmethod(lambda where: None), (), {}, "argument: 'where'"),
    "a class method": (classmethod(lambda cls, where: None), (), {}, "argument: 'where'"),
    "some by name": (lambda self, where, **more: None, (), {"other": 1}, "argument: 'where'"),
}


@pytest.mark.parametrize("case", MISFITS)
def test_a_misfit_names_job_phase_and_argument(case: str) -> None:
    check, args, kwargs, told = MISFITS[case]
    dj = doing(group("All", type("Fill", (Job,), {"Check": check, "Run": holds})))
    dj.set_args(*args, **kwargs)
    with pytest.raises(ArgumentsError, match=rf"Fill\.Check\(.*\): .*{told}"):
        dj.checknrun()


def decorated(self: Job, *args: Any, **kwargs: Any) -> None:
    """Gives the argument itself."""


decorated.__wrapped__ = lambda self, where: None  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "check",
    [
        lambda self, *, key="x": None,
        lambda *everything, **more: None,
        staticmethod(lambda **more: None),
        decorated,
        functools.partial(lambda where, key: None, "here"),
        functools.partialmethod(lambda self, where, **more: None, "here"),
        print.__call__,
    ],
)
def test_what_fits_or_cannot_be_known_is_let_through(check: Any) -> None:
    dj = doing(type("Fill", (RunonlyJob,), {"Run": check}))
    dj.set_args(**({} if getattr(check, "__name__", "") == "__call__" else {"key": "word"}))
    dj.checknrun()
    assert dj.success()


def test_a_cleanup_that_wants_arguments_is_told_too_and_many_misfits_in_a_few_words() -> None:
    jobs = [job(f"J{number}", Cleanup=lambda self, where: None) for number in range(50)]
    with pytest.raises(ArgumentsError) as refused:
        doing(group("All", *jobs)).checknrun()
    assert "J0.Cleanup(self, where): missing a required argument: 'where'" in str(refused.value)
    assert "(and 49 more with the same arguments)" in str(refused.value)


# --- what a Check returns --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("result", "told"),
    [
        (False, "; it returned False, but a Check fails only by raising"),
        (np.False_, "; it returned False, but a Check fails only by raising"),
        (np.float64(3) > 4, "; it returned False, but a Check fails only by raising"),
        (np.array([False]), "; it returned a ndarray, whose truth value is ignored: a Check fails only by raising"),
        (pd.Series([1]), "; it returned a Series, whose truth value is ignored: a Check fails only by raising"),
        (True, ""),
        (np.True_, ""),
        (0, ""),
        ([], ""),
    ],
)
def test_a_check_that_returns_what_it_meant_to_raise_is_told(result: Any, told: str, tmp_path: Any) -> None:
    dj = doing(type("Fill", (Job,), {"Check": lambda self: result, "Run": holds}), record=str(tmp_path / "r.sqlite"))
    dj.checknrun()
    assert dj.why("Fill") == f"ok: its Check passed at once{told}."
    if "False" in told:
        assert "it returned False" in why(Record(str(tmp_path / "r.sqlite")).runs[0].state, "Fill")
