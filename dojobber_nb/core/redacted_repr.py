"""One-line reprs without secrets, of events and of what a runner returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from dojobber_nb.core.preview import message, preview
from dojobber_nb.core.secrets import masked, scrub
from dojobber_nb.core.values import name_of

T = TypeVar("T")


class RedactedDict(dict[str, T]):
    """A dict whose repr, which notebooks save, shows `describe(value)` for each value."""

    def __init__(self, things: Mapping[str, T], describe: Callable[[Any], str] = preview) -> None:
        super().__init__(things)
        self._describe = describe

    def __repr__(self) -> str:
        parts = (f"{preview(name)}: {self._describe(masked(name, thing))}" for name, thing in self.items())
        return f"{{{', '.join(parts)}}}"


class NodeStatuses(dict[str, bool | None]):
    """nodestatus: {job: True, False or None}. A name with a secret finds its job, too."""

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
    """The event in a line, without its empty fields."""
    fields = ((name, value) for name, value in zip(event._fields, event, strict=True) if not _is_nothing(value))
    return f"{type(event).__name__}({', '.join(f'{name}={_field(value)}' for name, value in fields)})"


def _is_nothing(value: object) -> bool:
    return value is None or (type(value) in (str, tuple) and not value)


def _field(value: object) -> str:
    return raised(value) if isinstance(value, BaseException) else preview(value)
