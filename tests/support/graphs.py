"""Seeded random job graphs: described as data, built for any library that has DoJobber's three job classes."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from types import MappingProxyType
from typing import Any, NamedTuple

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Plan(NamedTuple):
    """A job as data. Each script answers call by call, its last letter for ever: "nny" fails twice, then passes.

    A phase without script is not defined on the class.
    """

    name: str
    needs: tuple[str, ...] = ()
    kind: str = "Job"
    check: str = "y"
    run: str = "y"
    init: str = "y"
    cleanup: str = ""
    tries: Any = None
    delay: float | None = None


class Call(NamedTuple):
    """Job code was called, with what it could see at that moment."""

    job: str
    phase: str
    attempt: int
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = NOTHING
    storage: Mapping[str, Any] = NOTHING
    global_storage: Mapping[str, Any] = NOTHING


class ScriptedError(ValueError):
    """What a script's "n" raises."""


Hear = Callable[[Call], object]


def build(plans: Sequence[Plan], library: Any, hear: Hear) -> list[Any]:
    """The classes, on the bases of `library`, the root last; each call of theirs is told to `hear` first."""
    made: dict[str, Any] = {}
    for plan in plans:
        deps = tuple(made[need] for need in plan.needs)
        made[plan.name] = type(plan.name, (getattr(library, plan.kind),), _body(plan, deps, hear))
    return list(made.values())


def _body(plan: Plan, deps: tuple[Any, ...], hear: Hear) -> dict[str, Any]:
    answers = {phase: _Answers(getattr(plan, phase)) for phase in _METHODS if getattr(plan, phase)}
    return {
        "DEPS": deps,
        "TRIES": plan.tries,
        "RETRY_DELAY": plan.delay,
        "hear": staticmethod(hear),
        "answers": answers,
        "attempts": count(1),
    } | {_METHODS[phase]: _METHOD[phase] for phase in answers}


class _Answers:
    """The letters of a script, one by one. No generator: an interrupt inside would end it for good."""

    def __init__(self, script: str) -> None:
        self._left = list(script)

    def __next__(self) -> bool:
        return (self._left.pop(0) if len(self._left) > 1 else self._left[0]) == "y"


def _act(job: Any, phase: str, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None) -> str:
    """Tell the call, leave traces in both storages, then return or raise as scripted."""
    name, seen = type(job).__name__, ({}, {}) if phase == "init" else (dict(job.storage), dict(job.global_storage))
    job.hear(Call(name, phase, job.number, args, kwargs or {}, *seen))
    if phase in ("check", "run"):
        job.storage[phase] = job.global_storage[name] = (job.number, len(job.storage))
    if not next(job.answers[phase]):
        raise ScriptedError(f"{phase} of {name}, attempt {job.number}" if job.number % 2 else "")
    return f"{phase} {job.number}"


def _init(job: Any) -> None:
    super(type(job), job).__init__()
    job.number = next(job.attempts)
    _act(job, "init")


_METHODS = {"init": "__init__", "check": "Check", "run": "Run", "cleanup": "Cleanup"}
_METHOD: dict[str, Callable[..., Any]] = {
    "init": _init,
    "check": lambda job, *args, **kwargs: _act(job, "check", args, kwargs),
    "run": lambda job, *args, **kwargs: _act(job, "run", args, kwargs),
    "cleanup": lambda job: _act(job, "cleanup"),
}


# --- random ones ---------------------------------------------------------------------------------------------------

SCRIPTS = ("y", "y", "ny", "nny", "nnny", "nnnny", "nnnnny", "n", "yn")
TRIES = (None, None, 1, 2, 3, 4)


def random_plans(
    rng: random.Random,
    *,
    most: int = 9,
    cleanup: bool = True,
    delays: Sequence[float | None] = (None,),
    check_only: bool = False,
) -> list[Plan]:
    """One to `most` jobs of all kinds, flaky, failing and fine; the last needs, at some depth, all others.

    check_only: some have no Run, which DoJobber does not know.
    """
    plans = [_random_plan(rng, number, cleanup=cleanup, delays=delays) for number in range(rng.randint(1, most))]
    if check_only:
        plans = [plan._replace(run="") if plan.kind == "Job" and rng.random() < 0.2 else plan for plan in plans]
    unused = {plan.name for plan in plans} - {need for plan in plans for need in plan.needs}
    root = plans[-1]
    extra = sorted(unused - {root.name})
    needs = [*root.needs, *extra]
    rng.shuffle(needs)
    return [*plans[:-1], root._replace(needs=tuple(needs))]


def _random_plan(rng: random.Random, number: int, *, cleanup: bool, delays: Sequence[float | None]) -> Plan:
    kind = rng.choice(("Job", "Job", "Job", "Job", "RunonlyJob", "DummyJob"))
    earlier = [f"J{before}" for before in range(max(0, number - 5), number)]
    plan = Plan(
        name=f"J{number}",
        needs=tuple(rng.sample(earlier, rng.randint(0, min(3, len(earlier))))),
        kind=kind,
        check=rng.choice(SCRIPTS),
        run=rng.choice(("y", "y", "ny", "n")),
        init=rng.choice(("y", "y", "y", "y", "y", "ny", "n")),
        cleanup=rng.choice(("", "", "y", "n")) if cleanup else "",
        tries=rng.choice(TRIES),
        delay=rng.choice(delays),
    )
    return plan._replace(**_left_out(rng, kind))


def _left_out(rng: random.Random, kind: str) -> dict[str, str]:
    """The phases that a class of this kind does not define."""
    if kind == "RunonlyJob":
        return {"check": ""}
    return {"check": "", "run": ""} if kind == "DummyJob" and rng.random() < 0.6 else {}
