"""Secrets: values that jobs get and nobody is shown, and what takes them out of every text that leaves.

A text is scrubbed once, at the lowest place that it passes through, and before it is cut:

- what values, keys, types and exceptions say, in one line or as a tree, and every text that is clipped, such as
  tracebacks, sources and docstrings: core/preview.py, core/values.py; a runner's answers and events: core/shown.py
- why a job stands where it does: core/why.py; names and lines of pictures and tables: view/words.py, view/status.py
- what phases print and log: engine/capture.py; DoJobber's lines and log: engine/lines.py
- what a cell shows or ends with: notebook/guard.py; the record: record/codec.py; the report: notebook/report.py

A new way out calls `scrub` itself. Secrets are known for as long as the process lives.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any, Final

from dojobber_nb.core.errors import SecretError

MARK: Final = "<secret>"
FAILED: Final = "<not shown: redaction failed>"
LEAST: Final = 6  # characters: shorter ones occur in any text by chance


class Secret:
    """A value that is shown as <secret> wherever it stands. In set_args jobs get the plain value."""

    __slots__ = ("_value",)

    def __init__(self, value: str | bytes) -> None:
        self._value = value

    def reveal(self) -> Any:
        """The plain value, str or bytes."""
        return self._value

    def __repr__(self) -> str:
        return MARK

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process that gets it knows it for a secret, too."""
        return secret, (self._value,)


def secret(value: str | bytes | Secret) -> Secret:
    """The value, from now on taken out of every text; SecretError for what cannot be.

    As an argument of set_args jobs get it plain; anywhere else `reveal()` tells it.
    """
    from dojobber_nb.core.disguises import as_text, disguises  # takes long to import, and most runs have no secret

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
    _KNOWN.add(set(disguises(plain)))
    return Secret(plain)


def plain(value: Any) -> Any:
    """What jobs get of an argument."""
    return value.reveal() if isinstance(value, Secret) else value


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


def reach() -> int:
    """Characters of the longest known form."""
    return _KNOWN.reach


def _exact(text: str) -> str:
    """The text as a plain str, whatever its class overrides."""
    return str.__getitem__(text, slice(None))


def _loose_end(text: str) -> int:
    """Where an end begins that a secret may begin with."""
    return len(text) - max(_shared(text, form) for form in _KNOWN.forms)


def _loose_start(text: str) -> int:
    """Where a beginning ends that a secret may end with."""
    turned = text[: reach()][::-1]
    return max(_shared(turned, form[::-1]) for form in _KNOWN.forms)


def _shared(text: str, form: str) -> int:
    """How many of the last characters the form begins with, and goes on; only where its first one stands is looked."""
    place = text.find(form[0], max(len(text) - len(form) + 1, 0))
    while place >= 0 and not form.startswith(text[place:]):
        place = text.find(form[0], place + 1)
    return len(text) - place if place >= 0 else 0


def _scrubbed(text: str) -> str:
    """Without what any form covers, also where two overlap."""
    kept, end = list[str](), 0
    for start, stop in sorted(_spans(text)):
        if start >= end:
            kept.append(text[end:start])
        end = max(end, stop)
    return MARK.join([*kept, text[end:]])


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Where there is a form; looked for one by one, which takes a tenth of the time that a pattern of all does."""
    for form in _KNOWN.forms:
        start = text.find(form)
        while start >= 0:
            yield start, start + len(form)
            start = text.find(form, start + 1)


class _Known:
    """The forms of all secrets of this process."""

    def __init__(self) -> None:
        self.forms: tuple[str, ...] = ()
        self.reach = 0
        self._lock = threading.Lock()

    def add(self, forms: set[str]) -> None:
        """Know these from now on."""
        with self._lock:
            self.forms = tuple(sorted(forms.union(self.forms)))
            self.reach = max(map(len, self.forms))


_KNOWN: Final = _Known()
