"""What authors write: a job is a wanted condition, with a Check that tells and a Run that makes it so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar


class _FreshDict:
    """A dict of the instance's own, made when it is first asked for: most jobs never do."""

    def __get__(self, job: Job | None, owner: type[Job]) -> Any:
        return self if job is None else job.__dict__.setdefault("storage", {})


class Job:
    """A wanted condition. `Check` raises when it does not hold, `Run` makes it so, `Check` judges again.

    `DEPS` holds the job classes that must succeed first, in the order in which they are visited.
    `TRIES` (whole, at least 1) and `RETRY_DELAY` (seconds between the starts of two attempts) override the defaults of
    `configure`. A job that defines `Cleanup(self)` gets it called, on the same instance, for each Run that was started.

    `storage` is a dict of this attempt: its Check, Run and Recheck share it, and it is in reach from `__init__` on.
    `global_storage` is one dict of the whole run, shared by all jobs, in reach from Check on.
    """

    DEPS: ClassVar[Iterable[type[Job]]] = ()
    TRIES: ClassVar[float | None] = None
    RETRY_DELAY: ClassVar[float | None] = None

    storage: dict[Any, Any] = _FreshDict()  # type: ignore[assignment]  # a lazy attribute, typed as what it gives
    global_storage: dict[Any, Any]


class DummyJob(Job):
    """A job that only groups what it needs: its Check and Run pass unless overridden."""

    def Check(self, *args: Any, **kwargs: Any) -> Any:
        """Pass."""

    def Run(self, *args: Any, **kwargs: Any) -> Any:
        """Pass."""


class RunonlyJob(Job):
    """A job with nothing to check: it succeeds when Run does not raise, and its result is what Run returned.

    Its events are check, run and recheck all the same; under no_act it fails, as nobody can tell without running it.
    """
