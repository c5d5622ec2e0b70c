"""RunConfig: the values given to configure() and set_args(); and defaults for configure() from the constructor."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from dojobber_nb.core.errors import OptionError, WorkersError
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.redacted_repr import RedactedDict

_P = ParamSpec("_P")
_S = TypeVar("_S")


@dataclass(frozen=True, slots=True)
class RunConfig:
    """Frozen: a change replaces it as a whole.

    capture: None captures while somebody watches. verbose: print DoJobber's lines. args, kwargs: as given to
    set_args(), with secrets wrapped.
    """

    graph: JobGraph | None = None
    cleanup: bool = True
    verbose: bool = False
    capture: bool | None = None
    max_workers: int = 1
    args: tuple[Any, ...] = ()
    kwargs: RedactedDict[Any] = field(default_factory=lambda: RedactedDict({}))


def worker_count(value: object) -> int:
    """The number of workers; WorkersError if it is none."""
    if type(value) is not int or value < 1:
        raise WorkersError(value)
    return value


def refuse_unknown_options(configure: Callable[..., object], options: Iterable[str]) -> None:
    """Raise OptionError for an option that `configure` does not have."""
    known = [name for name in inspect.signature(configure).parameters if name not in ("self", "root")]
    for name in options:
        if name not in known:
            raise OptionError(name, known)


def with_options(configure: Callable[Concatenate[_S, _P], None]) -> Callable[Concatenate[_S, _P], None]:
    """Decorate `configure`: arguments that are not given are taken from `self._options`."""
    signature = inspect.signature(configure)

    @wraps(configure)
    def filled(self: Any, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        refuse_unknown_options(configure, [name for name in kwargs if name != "root"])
        given: Mapping[str, Any] = signature.bind(self, *args, **kwargs).arguments
        cast("Callable[..., None]", configure)(**{**self._options, **given})

    return cast("Callable[Concatenate[_S, _P], None]", filled)
