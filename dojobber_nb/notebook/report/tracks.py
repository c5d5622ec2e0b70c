"""Tracks: how each kind of content changes over the moments of a run. Each value is stored once, in a TextTable."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

Track = list[int]  # [moment, row, moment, row …]: from that moment on, the value in that row of the table


class TextTable:
    """JSON values, each different one stored in one row. Lists hold row numbers; {"7": [8, 9]} is an object with the
    keys in row 7 and the values in rows 8 and 9. `clean` is applied to each text.
    """

    def __init__(self, clean: Callable[[str], str] = str) -> None:
        self.rows: list[str] = []  # as JSON
        self._places: dict[str, int] = {}
        self._texts: dict[str, int] = {}  # rows by uncleaned text: cleaning takes most of the time
        self._clean = clean

    def place(self, value: Any) -> int:
        """Row number of the value, which is added if it is new."""
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
    """Tracks by key, in `of`."""

    def __init__(self, table: TextTable) -> None:
        self.of: dict[Any, Track] = {}
        self._table = table
        self._last: dict[Any, Any] = {}

    def note(self, key: Any, moment: int, value: Any) -> bool:
        """Note that the value holds from that moment on. False if it held already."""
        if key in self._last and self._last[key] == value:
            return False
        self._last[key] = value
        place, track = self._table.place(value), self.of.setdefault(key, [])
        if not track or track[-1] != place:
            track += [moment, place]
        return True


_json: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
