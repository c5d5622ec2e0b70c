"""The lines of a run as they stand in a record, each with a checksum over all before it."""

from __future__ import annotations

import zlib
from typing import NamedTuple


class EventLine(NamedTuple):
    """An event as it stands in the file; `crc` covers the lines before it, too."""

    number: int
    text: str
    crc: int


class WritePosition(NamedTuple):
    """How far a run is in the file: so many events, and the checksum of the last one."""

    run: int
    events: int
    crc: int


def event_line(count: int, told: str, before: int) -> EventLine:
    """The event of that number, behind one with that checksum."""
    return EventLine(count, told, event_checksum(before, count, told.encode()))


def run_checksum(run: int, about: bytes) -> int:
    """The first link of a run's chain."""
    return zlib.crc32(b"%d:" % run + about)


def event_checksum(before: int, count: int, told: bytes) -> int:
    """The link that an event adds."""
    return zlib.crc32(b"%d:" % count + told, before)


def trail_checksum(run: int, after: int, told: bytes) -> int:
    """That of a word in the trail, by itself."""
    return zlib.crc32(b"%d:%d:" % (run, after) + told)
