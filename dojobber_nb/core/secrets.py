"""Secrets: values that jobs get and nobody is shown, and what takes them out of every text that leaves.

A text is scrubbed once, at the lowest place that it passes through, and before it is cut:

- what values, keys, types and exceptions say, in one line or as a tree, and every text that is clipped, such as
  tracebacks, sources and docstrings: core/preview.py, core/values.py; what a runner returns, and events:
  core/redacted_repr.py
- why a job stands where it does: core/why.py; names and lines of pictures and tables: view/words.py, view/status.py
- what phases print and log: engine/capture.py; DoJobber's lines and log: engine/console_log.py
- the names of jobs: core/graph.py, as far as known when a run begins; this library's errors: core/errors.py
- what a cell prints: notebook/ipython/stream_guard.py; what it shows or ends with: notebook/ipython/cell_redaction.py
- the record: record/codec.py; the report: notebook/report/html_file.py

A new way out calls `scrub` itself. Secrets are known for as long as the process lives.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from dojobber_nb.core.errors import SecretError

MARK: Final = "<secret>"
FAILED: Final = "<not shown: redaction failed>"
LEAST: Final = 6  # characters: shorter ones occur in any text by chance


class Secret:
    """A value that is shown as <secret> wherever it stands. In set_args jobs get the plain value.

    Two of the same value are equal; str and bytes never are.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str | bytes) -> None:
        self._value = value

    def reveal(self) -> Any:
        """The plain value, str or bytes."""
        return self._value

    def __repr__(self) -> str:
        return MARK

    def __eq__(self, other: object) -> bool:
        return type(other) is Secret and self._typed() == other._typed()

    def __hash__(self) -> int:
        return hash(self._typed())

    def _typed(self) -> tuple[type, str | bytes]:
        """The value and, ahead of it, its type: Python may warn where str and bytes are compared."""
        return type(self._value), self._value

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process that gets it knows it for a secret, too."""
        return secret, (self._value,)


def secret(value: str | bytes | Secret) -> Secret:
    """The value, from now on taken out of every text; SecretError for what cannot be.

    As an argument of set_args jobs get it plain; anywhere else `reveal()` tells it.
    """
    from dojobber_nb.core.secret_encodings import as_text, encodings_of  # slow to import, and most runs have no secret

    if isinstance(value, Secret):
        return value
    if not isinstance(value, str | bytes):
        raise SecretError(f"a secret is a str or bytes, not a {type(value).__name__}")
    plain = str.__str__(value) if isinstance(value, str) else bytes(value)
    text = as_text(plain)
    if len(text.strip()) < LEAST:
        raise SecretError(f"a secret of fewer than {LEAST} characters would be found in any text by chance")
    if MARK in text or text in MARK:
        raise SecretError(f"it cannot be told from {MARK!r}, which stands for a secret")
    _KNOWN.add(*encodings_of(plain, least=LEAST, mark=MARK))
    return Secret(plain)


# --- by key ----------------------------------------------------------------------------------------------------------

_JOINTS: Final = re.compile(r"[\s_.-]")
_TELLING: Final = re.compile(
    "password|passwd|passphrase|secret|token|apikey|authorization|cookie|privatekey|credential"
)
_DSN: Final = re.compile("(?<![a-z])dsn|dsn(?![a-z])")


def is_secret_key(key: object) -> bool:
    """Whether by its name a secret stands there: DB_PASSWORD, apiKey, x-auth-token."""
    kind = type(key)
    if issubclass(kind, str):
        text = str.__getitem__(key, slice(1_000)).lower()  # type: ignore[index]  # it is a str, whatever it overrides
        return bool(_TELLING.search(_JOINTS.sub("", text)) or _DSN.search(text))
    return issubclass(kind, bytes) and is_secret_key(bytes.decode(key, "latin-1"))  # type: ignore[arg-type]  # as above


def masked(key: object, value: Any) -> Any:
    """The value as it is shown below that key."""
    return HIDDEN if is_secret_key(key) else value


HIDDEN: Final = Secret("")


# --- taken out of texts ----------------------------------------------------------------------------------------------


def scrub(text: str) -> str:
    """The text with <secret> in place of every known secret and its usual encodings; never raises.

    What is scrubbed already stays as it is.
    """
    if not _KNOWN.forms:
        return text
    try:
        return MARK.join(map(_scrubbed, _exact(text).split(MARK)))
    except Exception:  # noqa: BLE001  # whatever it was, the text itself must not be shown
        return FAILED


def scrub_part(text: str, *, cut_before: bool = False, cut_behind: bool = False) -> str:
    """`scrub` of a text that was cut there, or still grows: without what may be a part of a secret, either."""
    if not _KNOWN.forms:
        return text
    try:
        text = _exact(text)
        start = _loose_start(text) if cut_before else 0
        stop = _loose_end(text) if cut_behind else len(text)
        for first, last in _spans(text):
            start = first if first < start < last else start
            stop = last if first < stop < last else stop
        return scrub(text[start:stop])
    except Exception:  # noqa: BLE001  # as in scrub
        return FAILED


def scrub_growing(text: str) -> tuple[str, str]:
    """Of a text that goes on: (what can be shown, scrubbed; the end that may become a secret, as it is)."""
    if not _KNOWN.forms:
        return text, ""
    try:
        text = _exact(text)
        stop = _loose_end(text)
        for first, last in _spans(text):
            stop = last if first < stop < last else stop
        return scrub(text[:stop]), text[stop:]
    except Exception:  # noqa: BLE001  # as in scrub
        return FAILED, ""


def beginning(text: str, most: int) -> str:
    """The first so many characters, scrubbed, and no secret cut through."""
    if not _KNOWN.forms:
        return str.__getitem__(text, slice(most))
    window = str.__getitem__(text, slice(most + reach()))
    return scrub_part(window, cut_behind=len(window) < str.__len__(text))[:most]


def ending(text: str, most: int) -> str:
    """The last so many characters, scrubbed, and no secret cut through."""
    length = str.__len__(text)
    window = str.__getitem__(text, slice(max(length - most - reach(), 0), None))
    shown = scrub_part(window, cut_before=len(window) < length)
    return shown[max(len(shown) - most, 0) :]


def known() -> int:
    """How many forms of secrets are known: what was scrubbed before it grew is to be scrubbed again."""
    return len(_KNOWN.forms)


def reach() -> int:
    """Characters of the longest known form."""
    return _KNOWN.reach


def _exact(text: str) -> str:
    """The text as a plain str, whatever its class overrides."""
    return str.__getitem__(text, slice(None))


def _loose_end(text: str) -> int:
    """Where an end begins that a secret may begin with."""
    return len(text) - max(_KNOWN.forwards.shared(text), _shared_hex(text, from_start=False))


def _loose_start(text: str) -> int:
    """Where a beginning ends that a secret may end with."""
    turned = text[: reach()][::-1]
    return max(_KNOWN.backwards.shared(turned), _shared_hex(text, from_start=True))


def _scrubbed(text: str) -> str:
    """Without what any form covers, also where two overlap."""
    kept, end = list[str](), 0
    for start, stop in sorted(_spans(text)):
        if start >= end:
            kept.append(text[end:start])
        end = max(end, stop)
    return MARK.join([*kept, text[end:]])


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where there is a form; looked for one by one, which takes a tenth of the time that a pattern of all does.

    A family is looked for only if the text has what all its forms have in common.
    """
    for common, forms in _KNOWN.families:
        if common in text:
            for form in forms:
                yield from _places(text, form)
    yield from _in_hex(text)


def _places(text: str, form: str) -> Iterator[tuple[int, int]]:
    start = text.find(form)
    while start >= 0:
        yield start, start + len(form)
        start = text.find(form, start + 1)


# --- in hex ----------------------------------------------------------------------------------------------------------

# What may stand between two bytes: blank, colon, comma and their like, and what says that hex follows: 0x, \x.
_BETWEEN: Final = " \t\r\n:,;_-xX\\"
_GAP: Final = r"[ \t\r\n:,;_-]{0,2}(?:0x|\\x)?"
_LOWERED: Final = bytes.maketrans(b"ABCDEF", b"abcdef")


class _Hex:
    """Bytes in hex: `digits` as they stand without what is between them, with 0x for each byte or without."""

    def __init__(self, data: bytes) -> None:
        pairs = [f"{byte:02x}" for byte in data]
        self.digits = "".join(pairs), "0" + "0".join(pairs)
        self._pairs = pairs

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What it looks like with anything between the bytes; compiled for whoever meets it, which takes a while."""
        return re.compile(rf"(?:0x|\\x)?{_GAP.join(self._pairs)}", re.IGNORECASE)


def _bare(text: str) -> str:
    """The text without what may stand between bytes; what is not ASCII is something else in it."""
    data = text.encode("utf-8", "surrogatepass")
    return data.translate(_LOWERED, _BETWEEN.encode()).decode("latin-1")


def _in_hex(text: str) -> Iterator[tuple[int, int]]:
    bare = _bare(text)
    for each in _KNOWN.hexes:
        if any(digits in bare for digits in each.digits):
            found = each.pattern.search(text)
            while found:
                yield found.span()
                found = each.pattern.search(text, found.start() + 1)


def _shared_hex(text: str, *, from_start: bool) -> int:
    """How many characters at its end, or its start, may be a part of hex."""
    rest = text[: reach()] if from_start else text[max(len(text) - reach(), 0) :]
    run = rest[: len(rest) - len(rest.lstrip(_HEXISH))] if from_start else rest[len(rest.rstrip(_HEXISH)) :]
    if not run:
        return 0
    part = (_KNOWN.hex_backwards.shared(_bare(run)[::-1])) if from_start else _KNOWN.hex_forwards.shared(_bare(run))
    return _covering(run[::-1] if from_start else run, part)


def _covering(run: str, part: int) -> int:
    """How many of the last characters hold so many that are not between bytes, and what is between them."""
    kept = [place for place, each in enumerate(run) if each not in _BETWEEN]
    return len(run) - kept[-part] if part else 0


_HEXISH: Final = f"0123456789abcdefABCDEF{_BETWEEN}"


# --- what is known ---------------------------------------------------------------------------------------------------


class _Starts:
    """Which forms a text may end with the beginning of."""

    def __init__(self, forms: Iterable[str]) -> None:
        self._forms = tuple(forms)
        self._short = [{form[:length] for form in self._forms if len(form) > length} for length in range(1, _SHORT)]

    def shared(self, text: str) -> int:
        """How many of the last characters some form begins with, and goes on."""
        short = (length for length in range(_SHORT - 1, 0, -1) if text[-length:] in self._short[length - 1])
        last = text[-_SHORT:]
        long = (_shared(text, form) for form in self._forms if last in form) if len(last) == _SHORT else ()
        return max(long, default=0) or next(short, 0)


_SHORT: Final = 4  # characters: what ends with no four of a form in a row is told by its last three


def _shared(text: str, form: str) -> int:
    """How many of the last characters the form begins with, and goes on; only where its first one stands is looked."""
    place = text.find(form[0], max(len(text) - len(form) + 1, 0))
    while place >= 0 and not form.startswith(text[place:]):
        place = text.find(form[0], place + 1)
    return len(text) - place if place >= 0 else 0


class _Known:
    """The forms of all secrets of this process."""

    def __init__(self) -> None:
        self.forms: tuple[str, ...] = ()
        self.families: tuple[tuple[str, tuple[str, ...]], ...] = ()  # what all of the forms have in common, and those
        self.hexes: tuple[_Hex, ...] = ()
        self.reach = 0
        self._families: dict[str, set[str]] = {}
        self._data: set[bytes] = set()
        self._lock = threading.Lock()

    def add(self, families: Mapping[str, set[str]], data: set[bytes]) -> None:
        """Know these from now on."""
        with self._lock:
            for common, forms in families.items():
                self._families.setdefault(common, set()).update(forms)
            self._data |= data
            self.families = tuple((common, tuple(sorted(forms))) for common, forms in sorted(self._families.items()))
            self.hexes = tuple(map(_Hex, sorted(self._data)))
            self.forms = tuple(sorted({form for _, forms in self.families for form in forms}))
            self.reach = max(*map(len, self.forms), *(6 * len(each) for each in self._data))
            self.forwards, self.backwards = _Starts(self.forms), _Starts(form[::-1] for form in self.forms)
            digits = [digits for each in self.hexes for digits in each.digits]
            self.hex_forwards, self.hex_backwards = _Starts(digits), _Starts(each[::-1] for each in digits)


_KNOWN: Final = _Known()
