"""Encodings in which a secret may appear in a text: JSON, shell quotes, base64, hex and others."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple
from urllib.parse import quote, quote_plus

from dojobber_nb.core.string_escapes import escaped_forms

LINE: Final = 16  # the least characters of a line of base64 that is scrubbed by itself
WIDTHS: Final = (76, 64)  # characters of a line of base64
GROUPS: Final = 10  # levels of exception groups: traceback prints no more
CORE: Final = 3  # the least letters and digits in a row by which forms are grouped
HEAD: Final = 6  # first characters by which other forms are grouped


class Encodings(NamedTuple):
    """`families`: texts to scrub, grouped by a part that they have in common; `data`: bytes to find in hex."""

    families: dict[str, set[str]]
    data: set[bytes]


def as_text(value: str | bytes) -> str:
    """The value as text; bytes as UTF-8, or else as Latin-1."""
    if isinstance(value, str):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def encodings_of(value: str | bytes, *, least: int, mark: str) -> Encodings:
    """The encodings of the value, and of each line with `least` characters, unless it is a ruler such as -----."""
    whole = as_text(value)
    lines = {line for each in whole.splitlines() if len(line := each.strip()) >= least}
    telling = {line for line in lines if any(map(str.isalnum, line)) and not (mark in line or line in mark)}
    found = Encodings({}, set())
    for text in {whole, whole.strip(), *telling}:
        data = text.encode("utf-8", "surrogatepass") if isinstance(value, str) or text != whole else value
        found.data.add(data)
        _sort_in(found.families, _forms(text, data), max(_CORE.findall(text), key=len, default=""))
    _sort_in(found.families, [*_in_groups(whole), *(_misread(value) if isinstance(value, bytes) else ())])
    return found


def _sort_in(families: dict[str, set[str]], forms: Iterable[str], core: str = "") -> None:
    """Group the forms: those that contain the core, and the others by their first characters."""
    alike: dict[str, list[str]] = {}
    for form in forms:
        alike.setdefault(core if core and core in form else form[:HEAD], []).append(form)
    for common, family in alike.items():
        families.setdefault(common if common == core else _beginning(family), set()).update(family)


def _beginning(forms: list[str]) -> str:
    """The longest common prefix."""
    first, last = min(forms), max(forms)  # a prefix of these two is one of all
    return first[: next((place for place, each in enumerate(first) if last[place] != each), len(first))]


_CORE: Final = re.compile(f"[A-Za-z0-9]{{{CORE},}}")  # characters that no style escapes


def _forms(text: str, data: bytes) -> Iterator[str]:
    """The text itself, its escapes in languages, formats and URLs, and its base64."""
    yield from escaped_forms(text)
    yield from escaped_forms(repr(data)[2:-1])
    yield from _quoted(data)
    yield from _in_base64(data)
    yield from _in_lines_of_base64(data)


def _misread(data: bytes) -> Iterator[str]:
    """The texts that result from decoding the bytes as UTF-8 although they are none."""
    escaped = data.decode("utf-8", "surrogateescape")
    yield from (escaped, escaped.encode("utf-8", "backslashreplace").decode())
    yield from (data.decode("utf-8", how) for how in ("replace", "backslashreplace"))


def _quoted(data: bytes) -> Iterator[str]:
    """Percent-encoded, by Python and by JavaScript, once or twice."""
    for form in (
        quote(data, safe=""),
        quote(data),
        quote_plus(data),
        quote_plus(data, safe="/"),
        quote(data, safe="!'()*"),
        quote(data, safe=";,/?:@&=+$!'()*#"),
        quote(quote(data, safe=""), safe=""),
    ):
        yield from (form, re.sub("%..", lambda found: found[0].lower(), form))


def _in_groups(text: str) -> Iterator[str]:
    """The lines with the margin that tracebacks of nested exception groups print."""
    lines = text.splitlines(keepends=True)
    if len(lines) > 1:
        yield from (f"{'  ' * depth}| ".join(lines) for depth in range(1, GROUPS + 1))


def _in_base64(data: bytes) -> Iterator[str]:
    """The base64 of the data, and its part in the base64 of longer data, at each of the three possible offsets.

    Characters that also encode bits of the bytes before or after are left out.
    """
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        alone = encode(data).decode()
        yield from (alone, alone.rstrip("="), quote(alone, safe=""))
        for before in range(3):
            text = encode(bytes(before) + data).decode()
            loose = (before + len(data)) % 3
            yield text[before + (before > 0) : len(text) - (0, 3, 2)[loose]]


def _in_lines_of_base64(data: bytes) -> Iterator[str]:
    """The base64 broken into lines, as in mails, without the last characters, which depend on what follows."""
    text = base64.b64encode(data).decode()
    text = text[: len(text) - (0, 3, 2)[len(data) % 3]]
    for width in WIDTHS:
        if len(text) > width:
            lines = [text[start : start + width] for start in range(0, len(text), width)]
            yield from ("\n".join(lines), *(line for line in lines if len(line) >= LINE))
