"""Secrets that are known by their shape, in a text of any kind.

A rule is tried only where one of its hints stands, which a fast search finds, and its pattern has bounds. So the time
grows with the length of the text and no faster, and most rules cost next to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from dojobber_nb.share import commands, lines, tokens
from dojobber_nb.share.lines import is_not_placeholder


class Sign(NamedTuple):
    """Something that looks like a secret: the rule's name, where what announces it begins, where its value stands."""

    what: str
    begin: int
    start: int
    end: int


class Shape(NamedTuple):
    """A rule: its name, hints in lower case, what must follow from a hint on, what else must hold."""

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
    """What is a secret by its shape; `lower` is the text in lower case, of the same length."""
    for name, hints, pattern, holds in SHAPES:
        for hint in hints:
            for place in places(lower, hint):
                found = pattern.match(text, place)
                if found and holds(found):
                    yield Sign(name, place, *found.span("value"))


def places(lower: str, hint: str) -> Iterator[int]:
    """Where the hint stands; several times faster than a regular expression."""
    place = lower.find(hint)
    while place >= 0:
        yield place
        place = lower.find(hint, place + 1)
