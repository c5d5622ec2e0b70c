"""Errors about a graph that cannot be run; configure() raises them before any job is made."""

from __future__ import annotations

from collections.abc import Sequence

from dojobber_nb.core.errors.base import DoJobberError


class GraphError(DoJobberError, ValueError):
    """A graph that cannot be run; raised by configure(), before any job is made."""

    def __init__(self, job: str, text: str) -> None:
        self.job = job
        super().__init__(f"{job}: {text}")


class NotAJobError(GraphError, TypeError):
    """A root that is not a job class."""


class DepsError(GraphError, TypeError):
    """DEPS that is not an ordered iterable of job classes."""


class PolicyError(GraphError):
    """TRIES or RETRY_DELAY out of range."""


class PhaseMissingError(GraphError, TypeError):
    """A job without the Check or Run it needs, or with one that cannot be called like a function."""


class StorageError(GraphError, TypeError):
    """A class whose storage cannot be copied for each attempt."""

    def __init__(self, job: str, name: str, error: Exception) -> None:
        super().__init__(
            job,
            f"{name} cannot be copied for each attempt ({type(error).__name__}: {error}); declare it empty, and fill "
            "it in Check",
        )


class CycleError(GraphError):
    """Jobs that need each other in a circle; `path` starts and ends with the same name."""

    def __init__(self, path: Sequence[str]) -> None:
        self.path = tuple(path)
        super().__init__(
            path[0], f"the jobs need each other in a circle: {' → '.join(path)}; take one of them out of DEPS"
        )


class SecretNameError(GraphError):
    """Jobs whose names differ by a secret alone."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "several jobs have this name once the secret in it is left out; give them other names")


class DuplicateJobError(GraphError):
    """Two different classes of one name."""

    def __init__(self, name: str, first: str, second: str) -> None:
        self.users = (first, second)
        super().__init__(
            name,
            f"two different classes have this name, one {first}, another {second}; if you ran the cell that defines "
            f"{name} again, run the cells that use the older one again, too; otherwise rename one",
        )
