"""Checksums of the lines of a record; each event's covers all events of its run before it, too."""

from __future__ import annotations

import zlib
from typing import NamedTuple


class EventLine(NamedTuple):
    """An event as a row of the file."""

    number: int
    text: str
    crc: int


class WritePosition(NamedTuple):
    """How much of a run is in the file: the number of events, and the checksum of the last one."""

    run: int
    events: int
    crc: int


def event_line(count: int, text: str, before: int) -> EventLine:
    """Event number `count` as a row, after an event with the checksum `before`."""
    return EventLine(count, text, event_checksum(before, count, text.encode()))


def run_checksum(run: int, metadata: bytes) -> int:
    """Checksum of a run's metadata, which that of its first event continues."""
    return zlib.crc32(b"%d:" % run + metadata)


def event_checksum(before: int, count: int, text: bytes) -> int:
    """Checksum of an event, which continues that of the event before it."""
    return zlib.crc32(b"%d:" % count + text, before)


def trail_checksum(run: int, after: int, text: bytes) -> int:
    """Checksum of an entry of the audit trail, by itself."""
    return zlib.crc32(b"%d:%d:" % (run, after) + text)
