"""Node: a job in its graph, made from its class: kind, phases, storages and retry policy, all validated."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from operator import index
from types import FunctionType
from typing import Any, Final

from dojobber_nb.core.errors import PhaseMissingError, PolicyError, StorageError
from dojobber_nb.core.job import DummyJob, Job, RunonlyJob, give_fresh
from dojobber_nb.core.job_methods import is_async
from dojobber_nb.core.misspelled_attributes import misspelled_attributes, suggestion
from dojobber_nb.core.visiting_order import JobClass, label


class JobKind(StrEnum):
    """The base class of a job, or whether it has no Run."""

    JOB = "job"
    DUMMY = "dummy"
    RUNONLY = "runonly"
    CHECK_ONLY = "checkonly"  # a Job without Run


@dataclass(slots=True)
class Node:
    """A job in its graph: `needs` and `needed_by` are indices into `JobGraph.nodes`, `delay` is in seconds."""

    index: int
    name: str
    job: JobClass
    kind: JobKind
    needs: tuple[int, ...]
    tries: int
    delay: float
    has_cleanup: bool
    has_init: bool
    needed_by: list[int] = field(default_factory=list)


def make_node(number: int, job: JobClass, needs: Sequence[int], defaults: tuple[int, float]) -> Node:
    """The validated node of a class, with number and needs as indices into the graph; GraphError if it is invalid."""
    kind = _kind(job)
    _check_phases(job, kind)
    _check_storages(job)
    _warn_of_misspelled(job, kind)
    tries, delay = policy_of(job.__name__, *_own(job, defaults))
    has_cleanup = callable(getattr(job, "Cleanup", None))
    made_by = (job.__init__, job.__new__, type(job).__call__)
    has_init = made_by != (object.__init__, object.__new__, type.__call__)
    return Node(number, job.__name__, job, kind, tuple(needs), tries, delay, has_cleanup, has_init)


def _kind(job: JobClass) -> JobKind:
    if issubclass(job, DummyJob):
        return JobKind.DUMMY
    if issubclass(job, RunonlyJob):
        return JobKind.RUNONLY
    return JobKind.CHECK_ONLY if getattr(job, "Run", None) is None else JobKind.JOB


def _check_phases(job: JobClass, kind: JobKind) -> None:
    """Raise PhaseMissingError unless the job has the methods that the engine calls, as plain functions."""
    for phase in ("Check", "Run", "Cleanup"):
        method = getattr(job, phase, None)
        if note := _NOTES.get((kind, phase, method is None)):
            warnings.warn(f"{job.__name__} is a RunonlyJob: {note}", stacklevel=2)
        elif callable(method):
            _check_phase(job, phase, method)
        elif phase != "Cleanup" and (kind, phase) not in _NEVER_CALLED:
            raise PhaseMissingError(job.__name__, f"has no {phase}{suggestion(job, phase)}; {_DEFINE[phase]}")
    if left := getattr(job, "__abstractmethods__", None):
        raise PhaseMissingError(job.__name__, f"is abstract; define {', '.join(sorted(left))}")


_NEVER_CALLED: Final = {(JobKind.RUNONLY, "Check"), (JobKind.CHECK_ONLY, "Run")}

# Warnings about a RunonlyJob, by (kind, phase, whether it is missing).
_NOTES: Final = {
    (JobKind.RUNONLY, "Check", False): "its Check is ignored; derive from Job to have it called",
    (JobKind.RUNONLY, "Run", True): (
        "without Run it can never succeed; define Run(self, *args, **kwargs), or derive from DummyJob if it only "
        "groups others"
    ),
}
_DEFINE: Final = {
    "Check": "define Check(self, *args, **kwargs), or derive from RunonlyJob if there is nothing to check",
    "Run": "define Run(self, *args, **kwargs), or leave it out in a Job that only checks",
}


def _check_phase(job: JobClass, phase: str, method: Any) -> None:
    """Raise PhaseMissingError for a method whose call would not run its body; warn about one with a yield."""
    if type(method) is FunctionType and not (method.__code__.co_flags & _NOT_PLAIN or method.__dict__):
        return
    if getattr(method, "__isabstractmethod__", False) is True:
        raise PhaseMissingError(job.__name__, f"{phase} is abstract; define {phase} in {job.__name__}")
    if is_async(method):
        raise PhaseMissingError(
            job.__name__,
            f"{phase} is async, and would never be awaited; write a plain def with asyncio.run() inside it, and in a "
            "notebook start the run by `await dj.arun()` or a click: a cell has an event loop of its own already",
        )
    if inspect.isgeneratorfunction(method):
        warnings.warn(f"{job.__name__}.{phase} has a yield: it passes, and its body never runs", stacklevel=2)


_NOT_PLAIN: Final = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_GENERATOR


def _check_storages(job: JobClass) -> None:
    """Give each attempt a copy of the storage that the class declares; StorageError if it cannot be copied."""
    if job.storage is Job.storage and getattr(job, "global_storage", None) is None:
        return
    for name in ("storage", "global_storage"):
        own = give_fresh(job, name)
        try:
            given = own.fresh() if own else {}
        except Exception as error:
            raise StorageError(job.__name__, name, error) from error
        if given and name == "global_storage":
            warnings.warn(
                f"{job.__name__} declares a global_storage that is not empty: it is ignored, as that dict belongs to "
                f"the run; fill it in a Check",
                stacklevel=2,
            )


def _warn_of_misspelled(job: JobClass, kind: JobKind) -> None:
    """Warn about attributes that nobody reads, with a name similar to one that is read."""
    for owner, name, right in misspelled_attributes(job):
        if right != "Check" or kind is not JobKind.RUNONLY:
            warnings.warn(
                f"{owner.__name__}.{name} is never read: the name is {right}; rename it, or call it something "
                f"else if it is meant for other code",
                stacklevel=2,
            )


def _own(job: JobClass, defaults: tuple[int, float]) -> tuple[object, object]:
    tries, delay = getattr(job, "TRIES", None), getattr(job, "RETRY_DELAY", None)
    return (defaults[0] if tries is None else tries), (defaults[1] if delay is None else delay)


def policy_of(job: str, tries: object, delay: object) -> tuple[int, float]:
    """(tries, seconds of delay), validated; PolicyError names the job or call."""
    return _whole(job, tries), _seconds(job, delay)


def _whole(job: str, tries: object) -> int:
    if type(tries) is not int and _is_number(tries) and tries >= 1 and isinstance(tries, float):  # type: ignore[operator]
        rounded = math.ceil(tries)
        if rounded != tries:
            warnings.warn(f"{job}: TRIES {tries!r} is no whole number; {rounded} are taken", stacklevel=2)
        else:
            warnings.warn(f"{job}: TRIES {tries!r} is a float; {rounded} are taken", stacklevel=2)
        return rounded
    try:
        whole = index(tries)  # type: ignore[arg-type]  # raises TypeError for what is no whole number
    except TypeError:
        whole = 0
    if isinstance(tries, bool) or whole < 1:
        raise PolicyError(job, f"TRIES is {label(tries)}; it must be a whole number of at least 1")
    return whole


def _seconds(job: str, delay: object) -> float:
    if not _is_number(delay) or delay < 0:  # type: ignore[operator]
        raise PolicyError(job, f"RETRY_DELAY is {label(delay)}; it must be a finite number of seconds, at least 0")
    return float(delay)  # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
