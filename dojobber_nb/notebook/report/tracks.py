"""Tracks: by kind of content, the moments at which it changed. Each different text is kept once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

Track = list[int]  # moment, place in the table, moment, place …: each holds from its moment on


class TextTable:
    """Values, each different one once: a text, a number, a list of places; {"7": [8, 9]}: keys as at 7, values at 8, 9.

    `clean` is asked for each text.
    """

    def __init__(self, clean: Callable[[str], str] = str) -> None:
        self.rows: list[str] = []  # as JSON
        self._places: dict[str, int] = {}
        self._texts: dict[str, int] = {}  # before they are cleaned, which takes most of the time
        self._clean = clean

    def place(self, value: Any) -> int:
        """Where the value stands; put there if it is new."""
        if type(value) is str:
            if (known := self._texts.get(value)) is None:
                known = self._texts[value] = self._put(_json(self._clean(value)))
            return known
        return self._put(self._row(value))

    def _put(self, row: str) -> int:
        if (place := self._places.get(row)) is None:
            place = self._places[row] = len(self.rows)
            self.rows.append(row)
        return place

    def _row(self, value: Any) -> str:
        match value:
            case dict():
                return _json({self.place(list(map(str, value))): [self.place(each) for each in value.values()]})
            case list() | tuple():
                return _json([self.place(each) for each in value])
            case str():
                return _json(self._clean(value))
            case _:
                return _json(value)


class Tracks:
    """By any key, a track: `note` says what holds from a moment on, and what held already costs nothing."""

    def __init__(self, table: TextTable) -> None:
        self.of: dict[Any, Track] = {}
        self._table = table
        self._last: dict[Any, Any] = {}

    def note(self, key: Any, moment: int, value: Any) -> bool:
        """Whether it is new."""
        if key in self._last and self._last[key] == value:
            return False
        self._last[key] = value
        place, track = self._table.place(value), self.of.setdefault(key, [])
        if not track or track[-1] != place:
            track += [moment, place]
        return True


_json: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
