"""Approximate widths of texts, as the fonts of readers differ."""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import accumulate
from typing import Final

# Widths relative to the font size, in a common sans serif; other characters by their Unicode category.
_NARROW, _BROAD = set("iljI.,:;'|!()[]{} ·ft"), set("mwMW@%…→")
_WIDTHS: Final = {"Lu": 0.71, "Ll": 0.61, "Nd": 0.64}


def text_width(text: str, px: float) -> float:
    """Width of the text in px."""
    return px * sum([_share(character) for character in text])


@cache
def _share(character: str) -> float:
    if character in _NARROW:
        return 0.37
    if character in _BROAD:
        return 0.96
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    return _WIDTHS.get(unicodedata.category(character), 0.66)


def fitted(text: str, px: float, room: float) -> str:
    """The text, cut at the end to `room` px."""
    if text_width(text, px) <= room + 1:
        return text
    ends = accumulate(px * _share(character) for character in text)
    kept = sum(1 for end in ends if end <= room - px * _share("…"))
    return f"{text[:kept].rstrip()}…"
