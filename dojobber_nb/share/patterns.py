"""Scan a text for secrets: by their shape, or by the name next to them.

The rules are our own. detect-secrets 1.5, the best maintained alternative, finds a third of the secrets in the table of
the tests and reports a fifth of its harmless texts; it depends on requests and PyYAML, and is of May 2024.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from operator import attrgetter
from typing import Final, NamedTuple

from dojobber_nb.share.settings import settings
from dojobber_nb.share.shapes import Sign, shapes

_DATA: Final = re.compile(r"data:[\w/+.;=-]{1,100};base64,[A-Za-z0-9+/=%]+(?:\s{1,8}[A-Za-z0-9+/=]{60,})*+")
_START: Final = attrgetter("start")
_SCHEME: Final = re.compile(r"[A-Za-z+]{0,30}\Z")
LEAST: Final = 7  # characters of a text: pw=1234 is the shortest
_BETWEEN: Final = "\n\0\n"  # no rule matches across it
EXCERPT: Final = 60  # characters


class Found(NamedTuple):
    """A secret in a text: its line, from 1 on, the name of the rule, and an excerpt without the value."""

    line: int
    what: str
    excerpt: str


def scan(text: str, line: int = 1) -> list[Found]:
    """All secrets in the text, one for each place; `line` is the number of its first line."""
    if len(text) < LEAST:
        return []
    text = _DATA.sub(lambda data: re.sub(r"[^\n]", " ", data[0]), text)  # encoded images look random
    lower = text.replace("İ", "i").lower()  # the only letter whose lower case is longer
    signs = _apart(shapes(text, lower), settings(text, lower))
    if not signs:
        return []
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    hidden = _without(text, signs)
    return [Found(line - 1 + bisect_right(starts, sign.start), sign.what, _excerpt(hidden, sign)) for sign in signs]


def scan_each(texts: Iterable[tuple[str, int]]) -> list[list[Found]]:
    """The secrets in each (text, number of its first line). One scan for all: many short scans take long."""
    texts = list(texts)
    starts = [1, *accumulate((text.count("\n") + 2 for text, _ in texts), initial=1)][1:-1] if texts else []
    told: list[list[Found]] = [[] for _ in texts]
    for found in scan(_BETWEEN.join(text for text, _ in texts)):
        place = bisect_right(starts, found.line) - 1
        told[place].append(found._replace(line=found.line - starts[place] + texts[place][1]))
    return told


def _apart(*groups: Iterator[Sign]) -> list[Sign]:
    """All of the first group, and of the others those that overlap none: each token once, by its most specific rule."""
    kept = list[Sign]()
    for sign in (sign for group in groups for sign in sorted(group, key=_START)):
        place = bisect_right(kept, sign.start, key=_START)
        if (not place or _end(kept[place - 1]) <= sign.start) and (
            place == len(kept) or _end(sign) <= kept[place].start
        ):
            kept.insert(place, sign)
    return kept


def _end(sign: Sign) -> int:
    return max(sign.end, sign.start + 1)


def _without(text: str, signs: list[Sign]) -> str:
    """The text with each value replaced by NULs, at the same length."""
    parts, end = list[str](), 0
    for sign in signs:
        parts += [text[end : sign.start], "\0" * (sign.end - sign.start)]
        end = sign.end
    return "".join([*parts, text[end:]])


def _excerpt(hidden: str, sign: Sign) -> str:
    begin = sign.begin
    if hidden.startswith("://", begin):
        begin = _SCHEME.search(hidden, max(begin - 30, 0), begin).start()  # type: ignore[union-attr]  # it can be empty
    return excerpt(re.sub("\0+", "***", hidden[begin : sign.start]))


def excerpt(before: str) -> str:
    """The text before a value, on one printable line, with *** for the value."""
    shown = "".join(letter if letter.isprintable() else " " for letter in before)
    shown = shown.rstrip("\"'`\\")
    return f"{' '.join(shown.split())[-EXCERPT:]}{' ' * shown.endswith(' ')}***"
