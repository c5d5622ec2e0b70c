"""DoJobberError, the base class of all errors of this library, and parts of their messages."""

from __future__ import annotations

from collections.abc import Iterable


class DoJobberError(Exception):
    """Base class of all errors of this library. Their texts are scrubbed of secrets."""

    def __str__(self) -> str:
        from dojobber_nb.core.secrets import scrub

        return scrub(super().__str__())

    def __repr__(self) -> str:
        from dojobber_nb.core.secrets import scrub

        return scrub(super().__repr__())


def nearest_known(name: str, known: Iterable[str]) -> str:
    """ " (did you mean 'Fill'?)" if a known name is similar, else ""."""
    from difflib import get_close_matches

    near = get_close_matches(name[:200], list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def short_repr(value: object) -> str:
    text = repr(value) if isinstance(value, str | int | float | bool | None) else f"a {type(value).__name__}"
    return text if len(text) <= 200 else f"{text[:150]}…{text[-40:]}"
