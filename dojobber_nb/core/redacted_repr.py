"""Reprs of what a runner returns, and of events, each in a line and without secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from dojobber_nb.core.preview import message, preview
from dojobber_nb.core.secrets import masked, scrub
from dojobber_nb.core.values import name_of

T = TypeVar("T")


class RedactedDict(dict[str, T]):
    """A dict of the things themselves. Its repr, which notebooks keep, tells of each what `tell` says."""

    def __init__(self, things: Mapping[str, T], tell: Callable[[Any], str] = preview) -> None:
        super().__init__(things)
        self._tell = tell

    def __repr__(self) -> str:
        parts = (f"{preview(name)}: {self._tell(masked(name, thing))}" for name, thing in self.items())
        return f"{{{', '.join(parts)}}}"


class NodeStatuses(dict[str, bool | None]):
    """What nodestatus says of each job. A job is found by its own name, too, if there is a secret in that."""

    def __missing__(self, name: str) -> bool | None:
        shown = scrub(name)
        if shown not in self:
            raise KeyError(name)
        return self[shown]

    def __repr__(self) -> str:
        return scrub(super().__repr__())


def raised(error: BaseException) -> str:
    """The exception in a line: <ValueError: no power>."""
    return f"<{name_of(type(error))}: {message(error, 300)}>"


def line(event: Any) -> str:
    """The event in a line, without what it has nothing to tell of."""
    told = ((name, value) for name, value in zip(event._fields, event, strict=True) if not _is_nothing(value))
    return f"{type(event).__name__}({', '.join(f'{name}={_told(value)}' for name, value in told)})"


def _is_nothing(value: object) -> bool:
    return value is None or (type(value) in (str, tuple) and not value)


def _told(value: object) -> str:
    return raised(value) if isinstance(value, BaseException) else preview(value)
