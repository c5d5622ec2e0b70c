"""Rows of the event log: the form in which events are kept, and the only module that knows their layout.

A row is an event, or a bare tuple in place of one of the two events that every phase has:

- PhaseStarted: all of its fields;
- PhaseEnded, when the phase passed without output: its fields up to `result`.

A bare tuple costs a third of a named one to make, and the garbage collector leaves it alone. The accessors below read
the fields that both forms have; `event_of` turns a row into its event.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, Final, overload

from dojobber_nb.core.events import Event, Phase, PhaseEnded, PhaseStarted

LogRow = Event | tuple[Any, ...]

_STARTED: Final = len(PhaseStarted._fields)
_PASSED: Final = PhaseEnded._fields.index("result") + 1
_CHECK: Final = Phase.CHECK.value


def _getter(field: str) -> Callable[[LogRow], Any]:
    return itemgetter(PhaseEnded._fields.index(field))  # PhaseStarted has the first of these fields, in the same order


# Fields of the row of a phase.
job_of: Final[Callable[[LogRow], str]] = _getter("job")
phase_of: Final[Callable[[LogRow], Phase]] = _getter("phase")
attempt_of: Final[Callable[[LogRow], int]] = _getter("attempt")
started_of: Final[Callable[[LogRow], float]] = _getter("started")
# Of the end of a phase alone.
duration_of: Final[Callable[[LogRow], float]] = _getter("duration")
ok_of: Final[Callable[[LogRow], bool]] = _getter("ok")
result_of: Final = _getter("result")
error_of: Final[Callable[[LogRow], BaseException | None]] = _getter("error")  # of one that failed


def started_row(job: str, phase: str, attempt: int, started: float | None) -> LogRow:
    """The row of a phase that begins."""
    return job, phase, attempt, started


def passed_row(start: LogRow, duration: float, result: object) -> LogRow:
    """The row of a phase that began with the row `start`, and passed without output."""
    return (*start, duration, True, result)


def is_phase_start(row: LogRow) -> bool:
    """Whether the row is that of a phase that begins."""
    kind = type(row)
    return kind is PhaseStarted or (kind is tuple and len(row) == _STARTED)


def is_phase_end(row: LogRow) -> bool:
    """Whether the row is that of a phase that ended; an interrupted phase has not."""
    kind = type(row)
    return kind is PhaseEnded or (kind is tuple and len(row) == _PASSED)


def event_of(row: LogRow) -> Event:
    """The event that the row stands for."""
    if type(row) is not tuple:
        return row  # type: ignore[return-value]  # what is no bare tuple is an event
    kind = PhaseStarted if len(row) == _STARTED else PhaseEnded
    return kind(row[0], Phase(row[1]), *row[2:])


def end_time(row: LogRow) -> float:
    """When the event was over, in seconds since the run began."""
    if type(row) is tuple:
        return float(row[3] if len(row) == _STARTED else row[3] + row[4])
    return float(row.started + getattr(row, "duration", 0.0))  # type: ignore[union-attr]  # each event has a start


def passed_at_once(rows: Sequence[LogRow], at: int, names: Sequence[str], place: int) -> list[LogRow]:
    """The ends of the first Checks of names[place], names[place + 1] and so on, as far as each passed.

    The begin of the first one is looked for at rows[at], and its end behind that.
    """
    # One loop with bare indices: the fold of a run spends most of its time here.
    ends: list[LogRow] = []
    last = min(len(rows), at + 2 * (len(names) - place)) - 1
    while at < last:
        start: Any = rows[at]
        end: Any = rows[at + 1]
        if (
            type(start) is not tuple
            or len(start) != _STARTED
            or start[1] != _CHECK
            or len(end) != _PASSED
            or start[2] != 1
            or start[0] != names[place]
            or start[3] != end[3]  # the begin is the earlier one: it was recorded before the job was called
        ):
            break
        ends.append(end)
        at += 2
        place += 1
    return ends


class EventLog(Sequence[Event]):
    """The events of a run so far: grows with it, cannot be changed."""

    __slots__ = ("_rows",)

    def __init__(self, rows: list[LogRow]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Event: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Event]: ...
    def __getitem__(self, index: int | slice) -> Event | Sequence[Event]:
        """One event, or a tuple of those in the slice."""
        if isinstance(index, slice):
            return tuple(map(event_of, self._rows[index]))
        return event_of(self._rows[index])

    def first(self, number: int) -> EventLog:
        """The first `number` events, as a log that does not grow."""
        return EventLog(self._rows[:number])

    def __repr__(self) -> str:
        return f"<{len(self)} events>"
