"""The lines of a run as they stand in a record, each with a checksum over all before it."""

from __future__ import annotations

import zlib
from typing import NamedTuple


class Line(NamedTuple):
    """An event as it stands in the file; `crc` is chained with the lines before it."""

    number: int
    text: str
    crc: int


class Written(NamedTuple):
    """How far a run is in the file: so many events, and the checksum of the last one."""

    run: int
    events: int
    crc: int


def line_of(count: int, told: str, before: int) -> Line:
    """The event of that number, behind one with that checksum."""
    return Line(count, told, chained(before, count, told.encode()))


def seed(run: int, about: bytes) -> int:
    """The first link of a run's chain."""
    return zlib.crc32(b"%d:" % run + about)


def chained(before: int, count: int, told: bytes) -> int:
    """The link that an event adds."""
    return zlib.crc32(b"%d:" % count + told, before)


def trail_crc(run: int, after: int, told: bytes) -> int:
    """That of a word in the trail, by itself."""
    return zlib.crc32(b"%d:%d:" % (run, after) + told)
