"""Job classes that were defined again since a graph took them up: a cell was run again, or a module was reloaded."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import FunctionType

from dojobber_nb.core.job import Job


def newer_classes(jobs: Iterable[type[Job]]) -> dict[type[Job], type[Job]]:
    """By class the newer one of the same module and name, for those that have one."""
    return {job: newer for job in jobs if (newer := _newer(job)) is not None}


def users_of_outdated(jobs: Iterable[type[Job]], newer: dict[type[Job], type[Job]]) -> list[type[Job]]:
    """Of the jobs, each after all it needs, those that have to be defined again for the newer ones to be in the graph.

    Their DEPS, as they are defined now, hold an outdated class, or one that has to be defined again itself.
    """
    old, found = set(newer), list[type[Job]]()
    for job in jobs:
        latest = newer.get(job, job)
        deps = latest.DEPS
        if isinstance(deps, tuple | list) and not old.isdisjoint(deps):  # a generator would be used up
            old.add(latest)
            found.append(latest)
    return found


def _newer(job: type[Job]) -> type[Job] | None:
    if job.__qualname__ != job.__name__:  # it was born in a function: its name is nobody's in the module
        return None
    now = getattr(sys.modules.get(job.__module__), "__dict__", {}).get(job.__name__)
    if now is job or not (isinstance(now, type) and issubclass(now, Job)) or issubclass(job, now):
        return None  # a class that a factory derives from another of its name is no older one
    return None if job.__module__ != "__main__" and _was_updated(job, now) else now


def _was_updated(job: type[Job], now: type[Job]) -> bool:
    """Whether %autoreload has put what is new into the older class, which then does the same."""
    own, said = vars(job), vars(now).items()
    told = {name: value for name, value in said if isinstance(value, FunctionType) or not name.startswith("__")}
    return all(_is_the_same(own.get(name), value) for name, value in told.items())


def _is_the_same(old: object, new: object) -> bool:
    if isinstance(new, FunctionType):
        return getattr(old, "__code__", None) is new.__code__
    return old is new or (type(new) in (bool, int, float, str) and old == new)
