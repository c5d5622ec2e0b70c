"""Escapes of languages, data formats and shells: how each writes a text between quotes."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Final

Style = Callable[[str], str]


def escaped_forms(text: str) -> set[str]:
    """The text escaped in every style, and each of those escaped once more, as shell in JSON or JSON in a repr."""
    once = {text, *(style(text) for style in STYLES)}
    return once.union(style(form) for style in OUTER for form in once)


def _python() -> Iterator[Style]:
    yield lambda text: repr(text)[1:-1]
    yield lambda text: repr(f"{text}\"'")[1:-4]  # as Python does where it escapes both kinds of quotes
    yield lambda text: ascii(text)[1:-1]


def _json() -> Iterator[Style]:
    yield lambda text: json.dumps(text)[1:-1]
    yield lambda text: json.dumps(text, ensure_ascii=False)[1:-1]


def _html() -> Iterator[Style]:
    yield html.escape
    yield lambda text: html.escape(text, quote=False)


# The characters that Go, Flask, PHP, serialize-javascript and .NET write as \uXXXX, in this order.
_ESCAPED: Final = ("<>&", "<>&'", "<>&'\"", "<>/", "<>&'\"+`")


def _json_in_html() -> Iterator[Style]:
    """JSON that is safe inside HTML."""
    for characters, digits, slash, ascii_only in product(("", *_ESCAPED), ("x", "X"), ("/", "\\/"), (True, False)):
        escapes = {each: f"\\u{ord(each):04{digits}}" for each in characters}
        yield _json_with({"/": slash} | escapes, digits, ascii_only)


def _json_with(escapes: Mapping[str, str], digits: str, ascii_only: bool) -> Style:
    quote, others = escapes.get('"', '\\"'), str.maketrans({**escapes, '"': '"'})

    def write(text: str) -> str:
        plain = json.dumps(text, ensure_ascii=ascii_only)[1:-1]
        if digits == "X":
            plain = _CODE.sub(lambda found: found[1] + found[2].upper(), plain)
        return re.sub(r'(\\\\)|\\"', lambda found: found[1] or quote, plain).translate(others)

    return write


_CODE: Final = re.compile(r"((?<!\\)(?:\\\\)*\\u)([0-9a-f]{4})")


def _xml() -> Iterator[Style]:
    """The entities of XML, Go, PHP, JavaScript and Mustache, and numeric ones."""
    basic = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
    for quotes in (
        {'"': "&quot;", "'": "&apos;"},
        {'"': "&#34;", "'": "&#39;"},
        {'"': "&quot;", "'": "&#039;"},
        {'"': "&quot;", "'": "&#39;"},
        {'"': "&quot;", "'": "&#39;", "/": "&#x2F;", "`": "&#x60;", "=": "&#x3D;"},
        {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"},
    ):
        yield _each(basic | quotes)
    for number in ("&#{:d};", "&#{:03d};", "&#x{:x};", "&#x{:X};"):
        yield _each({each: number.format(ord(each)) for each in "&<>'\""})
    yield lambda text: text.encode("ascii", "xmlcharrefreplace").decode()


def _shells() -> Iterator[Style]:
    yield _each({"'": "'\"'\"'"})  # shlex.quote
    yield _each({"'": "'\\''"})  # set -x, and GNU programs
    yield lambda text: re.sub(r"([ \t'\"\\|&;()<>!{}*\[\]?^$`,])|^([#~])|(?<=[:=])(~)", r"\\\1\2\3", text)  # printf %q
    yield lambda text: re.sub(r"([^\w@%+=:,./-])", r"\\\1", text, flags=re.ASCII)  # Ruby, and others that escape more
    yield _each({each: f"\\{each}" for each in '"\\$`'})  # in double quotes
    yield lambda text: "".join(map(_ansi_c, text))
    yield lambda text: "".join(map(_ansi_c, text.encode("utf-8", "surrogatepass").decode("latin-1")))


def _ansi_c(character: str) -> str:
    """The character within $'…'."""
    if named := _NAMED.get(character):
        return named
    return f"\\{ord(character):03o}" if ord(character) < 0x20 or 0x7F <= ord(character) < 0x100 else character


_NAMED: Final = {
    **{character: f"\\{letter}" for character, letter in zip("\a\b\f\n\r\t\v\x1b", "abfnrtvE", strict=True)},
    **{character: f"\\{character}" for character in "\\'"},
}


def _doubled() -> Iterator[Style]:
    """Doubled quotes, as in SQL, CSV and YAML; doubled $ and %, as in templates."""
    for each in ("'", '"', "'\"", "'\\", "$", "%"):
        yield _each({character: character * 2 for character in each})
    yield _each({each: f"\\{each}" for each in "'\"\\"})  # MySQL, PHP


def _each(table: Mapping[str, str]) -> Style:
    codes = {ord(each): text for each, text in table.items()}
    return lambda text: text.translate(codes)


def _escaped_surrogates(text: str) -> str:
    """The text with lone surrogates as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


OUTER: Final[tuple[Style, ...]] = (*_python(), *_json(), *_html(), _escaped_surrogates)
STYLES: Final[tuple[Style, ...]] = (*OUTER, *_json_in_html(), *_xml(), *_shells(), *_doubled())
