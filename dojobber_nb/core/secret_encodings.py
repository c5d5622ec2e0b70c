"""The encodings in which a secret may stand in a text: JSON, shell quotes, base64, hex and others."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple
from urllib.parse import quote, quote_plus

from dojobber_nb.core.string_escapes import escaped_forms

LINE: Final = 16  # characters of a line of base64 that counts by itself
WIDTHS: Final = (76, 64)  # characters of a line of base64
GROUPS: Final = 10  # levels of exception groups: traceback writes no more
CORE: Final = 3  # letters and digits in a row by which the forms that have them are looked for first
HEAD: Final = 6  # characters by which all others are


class Encodings(NamedTuple):
    """`families`: texts to be taken out, by what all of them have in common; `data`: bytes that hex may stand for."""

    families: dict[str, set[str]]
    data: set[bytes]


def as_text(value: str | bytes) -> str:
    """How it reads: bytes as UTF-8 if they can be."""
    if isinstance(value, str):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def encodings_of(value: str | bytes, *, least: int, mark: str) -> Encodings:
    """Those of the value, and of each of its lines that has `least` characters and more than a rule such as -----."""
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
    """Put the forms into families: those with the core, and of the others those that begin alike."""
    alike: dict[str, list[str]] = {}
    for form in forms:
        alike.setdefault(core if core and core in form else form[:HEAD], []).append(form)
    for common, family in alike.items():
        families.setdefault(common if common == core else _beginning(family), set()).update(family)


def _beginning(forms: list[str]) -> str:
    """What all of them begin with."""
    first, last = min(forms), max(forms)  # of these two it is what all of them have
    return first[: next((place for place, each in enumerate(first) if last[place] != each), len(first))]


_CORE: Final = re.compile(f"[A-Za-z0-9]{{{CORE},}}")  # what no style escapes


def _forms(text: str, data: bytes) -> Iterator[str]:
    """Itself, and as languages, formats and URLs write it, and in base64."""
    yield from escaped_forms(text)
    yield from escaped_forms(repr(data)[2:-1])
    yield from _quoted(data)
    yield from _in_base64(data)
    yield from _in_lines_of_base64(data)


def _misread(data: bytes) -> Iterator[str]:
    """As somebody reads it who takes for UTF-8 what is none."""
    escaped = data.decode("utf-8", "surrogateescape")
    yield from (escaped, escaped.encode("utf-8", "backslashreplace").decode())
    yield from (data.decode("utf-8", how) for how in ("replace", "backslashreplace"))


def _quoted(data: bytes) -> Iterator[str]:
    """As it stands in URLs, by Python and by JavaScript, and in a URL that is part of another one."""
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
    """As tracebacks of exception groups write its lines, by how deep a group stands in others."""
    lines = text.splitlines(keepends=True)
    if len(lines) > 1:
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
            lines = [text[start : start + width] for start in range(0, len(text), width)]
            yield from ("\n".join(lines), *(line for line in lines if len(line) >= LINE))
