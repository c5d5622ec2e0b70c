"""Approximate widths of texts: the fonts of readers differ."""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import accumulate
from typing import Final

# Shares of the font size, of a common sans serif; anything else is told by its class below.
_NARROW, _BROAD = set("iljI.,:;'|!()[]{} ·ft"), set("mwMW@%…→")
_WIDTHS: Final = {"Lu": 0.71, "Ll": 0.61, "Nd": 0.64}


def text_width(text: str, px: float) -> float:
    """How wide it is in px."""
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
    """The text, or as much of its beginning as there is room for."""
    if text_width(text, px) <= room + 1:
        return text
    ends = accumulate(px * _share(character) for character in text)
    kept = sum(1 for end in ends if end <= room - px * _share("…"))
    return f"{text[:kept].rstrip()}…"
