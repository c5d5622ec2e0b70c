"""Rules for secrets known by their shape, in any text.

A rule is tried only at its hints, which `str.find` finds, and its pattern is bounded. So the time is linear in the
length of the text, and most rules cost next to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from dojobber_nb.share import commands, lines, tokens
from dojobber_nb.share.lines import is_not_placeholder


class Sign(NamedTuple):
    """A match of a rule: its name, where the excerpt begins, start and end of the value."""

    what: str
    begin: int
    start: int
    end: int


class Shape(NamedTuple):
    """A rule: name, hints in lower case, pattern that must match at a hint, further condition."""

    name: str
    hints: list[str]
    pattern: re.Pattern[str]
    holds: Callable[[re.Match[str]], bool]


SHAPES: Final = tuple(
    Shape(name, hints.split(" "), re.compile(pattern), holds)
    for name, hints, pattern, holds in (
        *((*row, is_not_placeholder) for row in tokens.ROWS),
        *lines.ROWS,
        *(("password in a command", *row, is_not_placeholder) for row in commands.ROWS),
    )
)


def shapes(text: str, lower: str) -> Iterator[Sign]:
    """Secrets by their shape; `lower` is the text in lower case, of the same length."""
    for name, hints, pattern, holds in SHAPES:
        for hint in hints:
            for place in places(lower, hint):
                found = pattern.match(text, place)
                if found and holds(found):
                    yield Sign(name, place, *found.span("value"))


def places(lower: str, hint: str) -> Iterator[int]:
    """All places of the hint; several times faster than a regular expression."""
    place = lower.find(hint)
    while place >= 0:
        yield place
        place = lower.find(hint, place + 1)
