"""Disguises: how a secret may stand in a text."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus

LINE: Final = 16  # characters: a line of a secret of many that is a secret by itself
WIDTHS: Final = (76, 64)  # characters of a line of base64
GROUPS: Final = 10  # levels of exception groups: traceback writes no more


def as_text(value: str | bytes) -> str:
    """How it reads: bytes as UTF-8 if they can be."""
    if isinstance(value, str):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def disguises(value: str | bytes) -> Iterator[str]:
    """Itself, and as languages, formats, URLs and tracebacks write it, in hex and in base64; its long lines, too."""
    whole = as_text(value)
    for text in {whole, whole.strip()}:
        data = text.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        yield from _written(text, data)
        yield from _quoted(data)
        yield from _in_base64(data)
        yield from _in_lines_of_base64(data)
        yield from _in_groups(text)
        yield from (data.hex(), data.hex().upper())
    if isinstance(value, bytes):
        yield from _misread(value)
    yield from _long_lines(whole)


def _misread(data: bytes) -> Iterator[str]:
    """As somebody reads it who takes for UTF-8 what is none."""
    escaped = data.decode("utf-8", "surrogateescape")
    yield from (escaped, escaped.encode("utf-8", "backslashreplace").decode())
    yield from (data.decode("utf-8", how) for how in ("replace", "backslashreplace"))


def _long_lines(text: str) -> Iterator[str]:
    yield from (line for each in text.splitlines() if len(line := each.strip()) >= LINE)


# How languages and formats write a text between quotes; the second as Python does where it escapes both kinds.
_WRITINGS: Final[tuple[Callable[[str], str], ...]] = (
    lambda text: repr(text)[1:-1],
    lambda text: repr(f"{text}\"'")[1:-4],
    lambda text: ascii(text)[1:-1],
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    lambda text: text.encode("utf-8", "backslashreplace").decode(),
    html.escape,
    lambda text: html.escape(text, quote=False),
)


def _written(text: str, data: bytes) -> set[str]:
    """The text itself, as it is written in quotes, and that in quotes once more: JSON in a repr, say."""
    once = {text, repr(data)[2:-1], *(write(text) for write in _WRITINGS)}
    return once.union(write(form) for write in _WRITINGS for form in once)


def _quoted(data: bytes) -> Iterator[str]:
    """As it stands in URLs."""
    for form in (quote(data, safe=""), quote(data), quote_plus(data), quote_plus(data, safe="/")):
        yield from (form, re.sub("%..", lambda found: found[0].lower(), form))


def _in_groups(text: str) -> Iterator[str]:
    """As tracebacks of exception groups write its lines, by how deep a group stands in others."""
    lines = text.splitlines(keepends=True)
    yield from (f"{'  ' * depth}| ".join(lines) for depth in range(1, GROUPS + 1))


def _in_base64(data: bytes) -> Iterator[str]:
    """By itself, and what stands for it wherever it begins in a longer one, less what its neighbours have a part in."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        alone = encode(data).decode()
        yield from (alone, alone.rstrip("="), quote(alone, safe=""))
        for before in range(3):
            text = encode(bytes(before) + data).decode()
            loose = (before + len(data)) % 3
            yield text[before + (before > 0) : len(text) - (0, 3, 2)[loose]]


def _in_lines_of_base64(data: bytes) -> Iterator[str]:
    """As mails and command lines break it, whatever follows the secret there."""
    text = base64.b64encode(data).decode()
    text = text[: len(text) - (0, 3, 2)[len(data) % 3]]
    for width in WIDTHS:
        if len(text) > width:
            broken = "\n".join(text[start : start + width] for start in range(0, len(text), width))
            yield from (broken, *_long_lines(broken))
