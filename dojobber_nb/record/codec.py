"""Codec: events to JSON, one line each, and back. Kinds and fields that are not in its tables are refused."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Callable, Mapping
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import Any, Final, get_args

from dojobber_nb.core.events import (
    Event,
    Outcome,
    Phase,
    PhaseInDoubt,
    PhaseStarted,
    ResumeAs,
    ResumedJob,
)
from dojobber_nb.core.log_rows import (
    LogRow,
    attempt_of,
    duration_of,
    event_of,
    is_phase_start,
    job_of,
    passed_row,
    phase_of,
    result_of,
    started_of,
    started_row,
)
from dojobber_nb.core.preview import TreeRow, exception_text, visible
from dojobber_nb.core.secrets import scrub
from dojobber_nb.core.storage_diff import Change
from dojobber_nb.core.values import as_bool, name_of

KINDS: Final = {kind.__name__: kind for kind in get_args(Event)}

# ASCII only: lone surrogates and NUL become escapes.
quoted: Final = encode_basestring_ascii
to_json: Final = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


class UnknownKindError(ValueError):
    """Raised for an event, or a part of one, that this version does not know."""


class RecordedError(Exception):
    """Base of the classes that stand in for those of recorded exceptions; the message is kept."""


class UnkeptResult:
    """Base of the classes that stand in for those of recorded results: the type is kept, the value is not."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__qualname__}>"


def text(value: str) -> str:
    """The text, scrubbed. All texts of a record pass through here; names of jobs are scrubbed in core/graph.py."""
    return scrub(value)


# --- to text -------------------------------------------------------------------------------------------------------


def encode(row: LogRow, *, values: bool = False) -> str:
    """The event as JSON; `values`: changes of storages with their values, as text."""
    if type(row) in _PLAIN and (line := _plain_json(row)):
        return line
    return encode_any(row, values=values)


_PLAIN: Final = frozenset({tuple, PhaseStarted})


def _plain_json(row: LogRow) -> str:
    """The JSON of a phase's start, or of its end without result or output, in a fifth of the time; "" for others."""
    started = started_of(row)
    begun = f'"job":{quoted(job_of(row))},"phase":"{phase_of(row)}","attempt":{attempt_of(row)},"started":{started!r}'
    if is_phase_start(row):
        return f'{{"event":"PhaseStarted",{begun}}}' if type(started) is float and math.isfinite(started) else ""
    duration = duration_of(row)
    plain = result_of(row) is None and type(started) is type(duration) is float and math.isfinite(started + duration)
    return f'{{"event":"PhaseEnded",{begun},"duration":{duration!r},"ok":true}}' if plain else ""


def encode_any(row: LogRow, *, values: bool = False) -> str:
    """Any event as JSON."""
    event: Any = event_of(row)
    fields: dict[str, Any] = {"event": type(event).__name__}
    for name, value in zip(event._fields, event, strict=True):
        plain = _OUT[name](value) if name in _OUT else value
        if plain is not None and (plain not in _LEFT_OUT or name not in event._field_defaults):
            fields[name] = plain
    if values and "changes" in fields:
        fields["changes"] = [_change(change, values=True) for change in event.changes]
    return to_json(fields)


_LEFT_OUT: Final[tuple[Any, ...]] = ("", [], ())


def _seconds(value: float | None) -> float | str | None:
    return value if value is None or math.isfinite(value) else repr(value)


def _error(error: BaseException | None) -> Any:
    if error is None:
        return None
    return {"type": visible(name_of(type(error))), "message": text(exception_text(error))}


def _result(result: Any) -> Any:
    """The result as JSON: its type; but a bool itself, as the page warns of a Check that returns False."""
    answer = as_bool(result)
    return answer if result is None or answer is not None else {"type": visible(name_of(type(result)))}


def _change(change: Change, *, values: bool = False) -> list[Any]:
    row = change.value
    shown = None if row is None else _shown(row) if values else [text(row.key), row.type, row.size]
    return [change.scope, text(change.key), change.kind, shown]


def _shown(row: TreeRow) -> list[Any]:
    words = [text(row.key), text(row.type), text(row.size), text(row.text)]
    return [*words, [_shown(child) for child in row.children], row.cut]


def _carried(carried: ResumedJob) -> list[Any]:
    job, how, tries, attempt, started, duration, *errors = carried
    return [job, how, tries, attempt, _seconds(started), _seconds(duration), *map(_error, errors)]


_OUT: Final[Mapping[str, Callable[[Any], Any]]] = {
    "started": _seconds,
    "duration": _seconds,
    "wall": _seconds,
    "error": _error,
    "result": _result,
    "changes": lambda changes: [_change(change) for change in changes],
    "stdout": text,
    "stderr": text,
    "log": text,
    "traceback": text,
    "jobs": lambda jobs: [job if isinstance(job, str) else _carried(job) for job in jobs],
}


# --- from text -----------------------------------------------------------------------------------------------------


# The lines that _plain_json writes, matched in a fifth of the time; names with escapes are left to the JSON parser.
_PLAIN_LINE: Final = re.compile(
    rb'\{"event":"Phase(Started|Ended)","job":"([^"\\\x00-\x1f]*)","phase":"(init|check|run|recheck|cleanup)",'
    rb'"attempt":(\d+),"started":(-?\d[-+.e\d]*)(?:,"duration":(-?\d[-+.e\d]*),"ok":true)?\}'
)
_PHASES: Final = {phase.value.encode(): phase.value for phase in Phase}


def decode_row(line: bytes) -> LogRow:
    """The row of the log for a line: as `decode`, but with bare tuples for what _plain_json writes."""
    if found := _PLAIN_LINE.fullmatch(line):
        kind, job, phase, attempt, started, duration = found.groups()
        if (duration is None) is (kind == b"Started"):
            start = started_row(sys.intern(job.decode()), _PHASES[phase], int(attempt), float(started))
            return start if duration is None else passed_row(start, float(duration), None)
    return decode(line)


def decode(line: str | bytes) -> Event:
    """The event of a line; UnknownKindError or another ValueError for a line that `encode` has not written."""
    data = json.loads(line)
    kind: Any = KINDS.get(data.pop("event", None))
    if kind is None or not set(data) <= set(kind._fields):
        raise UnknownKindError("an event of an unknown kind")
    fields = {name: _IN[name](value) if name in _IN else value for name, value in data.items()}
    return kind(**{**_MISSING.get(kind.__name__, {}), **fields})  # type: ignore[no-any-return]  # one of the union's


def _error_from(data: dict[str, str]) -> RecordedError:
    return stand_in_class(data["type"], RecordedError)(data["message"])  # type: ignore[no-any-return]  # derives from it


def _result_from(data: Any) -> Any:
    return stand_in_class(data["type"], UnkeptResult)() if isinstance(data, dict) else data


@lru_cache(maxsize=1000)
def stand_in_class(name: str, base: type) -> Any:
    """A class of that name, which stands in for the one that was not kept."""
    return type(visible(name), (base,), {"__module__": base.__module__, "__slots__": ()})


def _change_from(data: list[Any]) -> Change:
    scope, key, kind, row = data
    return Change(scope, key, kind, None if row is None else _shown_from([*row, *["", [], 0][len(row) - 3 :]]))


def _shown_from(data: list[Any]) -> TreeRow:
    key, kind, size, shown, children, cut = data
    return TreeRow(key, kind, size, shown, tuple(map(_shown_from, children)), cut)


def _job_from(data: Any) -> str | ResumedJob:
    if isinstance(data, str):
        return data
    job, how, tries, attempt, started, duration, *errors = data  # one error in older records, now two
    times = None if started is None else float(started), float(duration)
    return ResumedJob(job, ResumeAs(how), tries, attempt, *times, *(error and _error_from(error) for error in errors))


def _doubt_from(data: Any) -> PhaseInDoubt:
    job, phase, attempt = data
    return PhaseInDoubt(job, Phase(phase), attempt)


_IN: Final[Mapping[str, Callable[[Any], Any]]] = {
    "started": float,
    "duration": float,
    "wall": float,
    "phase": Phase,
    "outcome": Outcome,
    "error": _error_from,
    "result": _result_from,
    "changes": lambda changes: tuple(map(_change_from, changes)),
    "jobs": lambda jobs: tuple(map(_job_from, jobs)),
    "due": lambda due: tuple((job, attempt) for job, attempt in due),
    "doubt": _doubt_from,
    "more_doubts": lambda doubts: tuple(map(_doubt_from, doubts)),
}

_MISSING: Final[Mapping[str, Mapping[str, Any]]] = {"Interrupted": {"job": None, "phase": None}}
