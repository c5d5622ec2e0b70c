"""Job and its kinds, from which authors derive: a wanted condition, Check that tests it, Run that establishes it."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any, ClassVar


class FreshDict:
    """Descriptor of a dict for each instance, made on first access: most jobs never use it.

    `declared`: the dict that the class declares under that name; each instance gets a copy.
    """

    def __init__(self, name: str, declared: dict[Any, Any] | None = None) -> None:
        self._name, self.declared = name, declared

    def __get__(self, job: Job | None, owner: type[Job]) -> Any:
        if job is None:
            return self if self.declared is None else self.declared
        return job.__dict__.setdefault(self._name, self.fresh())

    def fresh(self) -> dict[Any, Any]:
        """A deep copy of the declared dict."""
        return copy.deepcopy(self.declared) if self.declared is not None else {}


def give_fresh(job: type[Job], name: str) -> FreshDict | None:
    """Put a FreshDict in place of the dict that the class, or a base, declares under that name.

    None if nothing is declared, or a property or another descriptor, which stays.
    """
    owner = next((base for base in job.__mro__ if name in vars(base)), None)
    declared = vars(owner)[name] if owner else None
    if isinstance(declared, FreshDict):
        return declared
    if owner is None or hasattr(type(declared), "__get__"):
        return None
    own = FreshDict(name, declared if isinstance(declared, dict) else None)
    setattr(job, name, own)
    return own


class Job:
    """A wanted condition. `Check` raises if it does not hold, `Run` establishes it, and `Check` is called again.

    `DEPS` holds the job classes that must succeed first, in the order in which they are visited.
    `TRIES` (whole, at least 1) and `RETRY_DELAY` (seconds between the starts of two attempts) override the defaults of
    `configure`. A job that defines `Cleanup(self)` gets it called, on the same instance, for each Run that was started.
    A job without Run only checks: it is tried until its Check passes or no tries are left.

    `storage` is a dict of this attempt, shared by its `__init__`, Check, Run and Recheck; a dict that the class
    declares under this name is copied for each attempt.
    `global_storage` is one dict of the whole run, shared by all jobs, from Check on.
    """

    DEPS: ClassVar[Iterable[type[Job]]] = ()
    TRIES: ClassVar[float | None] = None
    RETRY_DELAY: ClassVar[float | None] = None

    storage: dict[Any, Any] = FreshDict("storage")  # type: ignore[assignment]  # a lazy attribute, typed as what it gives
    global_storage: dict[Any, Any]


class DummyJob(Job):
    """A job that only groups what it needs: its Check and Run pass unless overridden."""

    def Check(self, *args: Any, **kwargs: Any) -> Any:
        """Pass."""

    def Run(self, *args: Any, **kwargs: Any) -> Any:
        """Pass."""


class RunonlyJob(Job):
    """A job with nothing to check: it succeeds when Run does not raise, and its result is what Run returned.

    Its events are check, run and recheck all the same; under no_act it fails, as only Run can tell.
    """


JobRef = str | type[Job]  # how a call names a job: by its name or by its class
