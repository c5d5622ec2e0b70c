"""Secrets: values that only jobs get, and the scrubbing of every text that is shown, logged or saved.

A text is scrubbed once, at the lowest level that it passes through, and before it is cut:

- values, keys, types and exceptions, in one line or as a tree, and every text that is clipped, such as tracebacks,
  sources and docstrings: core/preview.py, core/values.py; what a runner returns, and events: core/redacted_repr.py
- why a job has its status: core/why.py; names and lines of pictures and tables: view/words.py, view/status.py
- what phases print and log: engine/capture.py; DoJobber's lines and log: engine/console_log.py
- the names of jobs: core/graph.py, as far as known when a run begins; this library's errors: core/errors/base.py
- what a cell prints: notebook/ipython/stream_guard.py; what it shows or ends with: notebook/ipython/cell_redaction.py
- the record: record/codec.py; the report: notebook/report/html_file.py

A new sink calls `scrub` itself. Secrets are known until the process ends.
"""

from __future__ import annotations

import re
from typing import Any, Final

from dojobber_nb.core.errors import SecretError
from dojobber_nb.core.known_secrets import KnownSecrets

MARK: Final = "<secret>"
FAILED: Final = "<not shown: redaction failed>"
LEAST: Final = 6  # characters: shorter ones occur in any text by chance


_KNOWN: Final = KnownSecrets()


class Secret:
    """A value that is shown as <secret> everywhere. Jobs get the plain value of one in set_args.

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
        """The value after its type, as Python may warn when str and bytes are compared."""
        return type(self._value), self._value

    def __reduce__(self) -> tuple[Any, ...]:
        """Unpickling declares the secret in the other process, too."""
        return secret, (self._value,)


def secret(value: str | bytes | Secret) -> Secret:
    """Declare the value secret: from now on it is scrubbed from every text. SecretError if it cannot be.

    Jobs get the plain value of one in set_args; `reveal()` returns it anywhere else.
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
        raise SecretError(f"a secret must not be like {MARK!r}, which replaces secrets in texts")
    _KNOWN.add(*encodings_of(plain, least=LEAST, mark=MARK))
    return Secret(plain)


# --- by key ----------------------------------------------------------------------------------------------------------

_JOINTS: Final = re.compile(r"[\s_.-]")
_TELLING: Final = re.compile(
    "password|passwd|passphrase|secret|token|apikey|authorization|cookie|privatekey|credential"
)
_DSN: Final = re.compile("(?<![a-z])dsn|dsn(?![a-z])")


def is_secret_key(key: object) -> bool:
    """Whether the key looks like that of a secret: DB_PASSWORD, apiKey, x-auth-token."""
    kind = type(key)
    if issubclass(kind, str):
        text = str.__getitem__(key, slice(1_000)).lower()  # type: ignore[index]  # it is a str, whatever it overrides
        return bool(_TELLING.search(_JOINTS.sub("", text)) or _DSN.search(text))
    return issubclass(kind, bytes) and is_secret_key(bytes.decode(key, "latin-1"))  # type: ignore[arg-type]  # as above


def masked(key: object, value: Any) -> Any:
    """The value to show under that key: HIDDEN if the key looks secret."""
    return HIDDEN if is_secret_key(key) else value


HIDDEN: Final = Secret("")


# --- scrubbing -------------------------------------------------------------------------------------------------------


def scrub(text: str) -> str:
    """The text with <secret> in place of every known secret, plain or encoded; idempotent, and never raises."""
    if not _KNOWN.forms:
        return text
    try:
        return MARK.join(map(_scrubbed, _exact(text).split(MARK)))
    except Exception:  # noqa: BLE001  # whatever it was, the text itself must not be shown
        return FAILED


def scrub_part(text: str, *, cut_before: bool = False, cut_behind: bool = False) -> str:
    """`scrub` of a text that was cut at these ends, or still grows; parts of secrets at these ends are removed, too."""
    if not _KNOWN.forms:
        return text
    try:
        text = _exact(text)
        start = _KNOWN.partial_start(text) if cut_before else 0
        stop = _KNOWN.partial_end(text) if cut_behind else len(text)
        for first, last in _KNOWN.spans(text):
            start = first if first < start < last else start
            stop = last if first < stop < last else stop
        return scrub(text[start:stop])
    except Exception:  # noqa: BLE001  # as in scrub
        return FAILED


def scrub_growing(text: str) -> tuple[str, str]:
    """Split a text that still grows: (the scrubbed part, the plain end that may be the start of a secret)."""
    if not _KNOWN.forms:
        return text, ""
    try:
        text = _exact(text)
        stop = _KNOWN.partial_end(text)
        for first, last in _KNOWN.spans(text):
            stop = last if first < stop < last else stop
        return scrub(text[:stop]), text[stop:]
    except Exception:  # noqa: BLE001  # as in scrub
        return FAILED, ""


def beginning(text: str, most: int) -> str:
    """The first `most` characters, scrubbed; no secret is cut in two."""
    if not _KNOWN.forms:
        return str.__getitem__(text, slice(most))
    window = str.__getitem__(text, slice(most + reach()))
    return scrub_part(window, cut_behind=len(window) < str.__len__(text))[:most]


def ending(text: str, most: int) -> str:
    """The last `most` characters, scrubbed; no secret is cut in two."""
    length = str.__len__(text)
    window = str.__getitem__(text, slice(max(length - most - reach(), 0), None))
    shown = scrub_part(window, cut_before=len(window) < length)
    return shown[max(len(shown) - most, 0) :]


def known() -> int:
    """Number of known forms; a text that was scrubbed when it was smaller must be scrubbed again."""
    return len(_KNOWN.forms)


def reach() -> int:
    """Length of the longest known form."""
    return _KNOWN.reach


def _exact(text: str) -> str:
    """The text as a plain str, whatever its class overrides."""
    return str.__getitem__(text, slice(None))


def _scrubbed(text: str) -> str:
    """The text with the mark in place of each form, also where two overlap."""
    kept, end = list[str](), 0
    for start, stop in sorted(_KNOWN.spans(text)):
        if start >= end:
            kept.append(text[end:start])
        end = max(end, stop)
    return MARK.join([*kept, text[end:]])
