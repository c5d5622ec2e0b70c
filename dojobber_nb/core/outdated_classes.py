"""Outdated job classes of a graph: defined again since, as a cell was run again or a module reloaded."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import FunctionType

from dojobber_nb.core.job import Job


def newer_classes(jobs: Iterable[type[Job]]) -> dict[type[Job], type[Job]]:
    """{class: newer class of the same module and name}, for the jobs that have one."""
    return {job: newer for job in jobs if (newer := _newer(job)) is not None}


def users_of_outdated(jobs: Iterable[type[Job]], newer: dict[type[Job], type[Job]]) -> list[type[Job]]:
    """The jobs that must be defined again for the newer classes to be in the graph; `jobs` is in visiting order.

    Their present DEPS hold an outdated class, or one that must be defined again itself.
    """
    old, found = set(newer), list[type[Job]]()
    for job in jobs:
        latest = newer.get(job, job)
        deps = latest.DEPS
        if isinstance(deps, tuple | list) and not old.isdisjoint(deps):  # reading a generator would exhaust it
            old.add(latest)
            found.append(latest)
    return found


def _newer(job: type[Job]) -> type[Job] | None:
    if job.__qualname__ != job.__name__:  # it was defined in a function, and is not in the module
        return None
    now = getattr(sys.modules.get(job.__module__), "__dict__", {}).get(job.__name__)
    if now is job or not (isinstance(now, type) and issubclass(now, Job)) or issubclass(job, now):
        return None  # derived by a factory from a class of the same name: not older
    return None if job.__module__ != "__main__" and _was_updated(job, now) else now


def _was_updated(job: type[Job], now: type[Job]) -> bool:
    """Whether %autoreload has put the new methods into the older class."""
    own, new = vars(job), vars(now).items()
    methods = {name: value for name, value in new if isinstance(value, FunctionType) or not name.startswith("__")}
    return all(_is_the_same(own.get(name), value) for name, value in methods.items())


def _is_the_same(old: object, new: object) -> bool:
    if isinstance(new, FunctionType):
        return getattr(old, "__code__", None) is new.__code__
    return old is new or (type(new) in (bool, int, float, str) and old == new)
