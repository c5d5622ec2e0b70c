"""Rules for secrets next to a name: password: …, export DB_PASSWORD=…, --token …, <secret>…</secret>, table cells."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from dojobber_nb.share.keys import HINTS, Rank, rank
from dojobber_nb.share.shapes import Sign, places
from dojobber_nb.share.values import chance, is_mixed, is_random, is_value

LONGEST: Final = 80  # characters of a name


class Key(NamedTuple):
    """A name in a text whose value may be a secret."""

    start: int
    end: int
    name: str
    rank: Rank


class Form(NamedTuple):
    """A syntax between a name and its value, and a condition for the value."""

    what: str
    pattern: re.Pattern[str]
    holds: Callable[[re.Match[str], Key], bool]


# --- conditions for values -------------------------------------------------------------------------------------------

_ENDS: Final = re.compile(r"""[ \t]*[.,;!)}\\"'`*|]{0,3}[ \t]*(?:$|\r|\n|\\n|\#|//|<br)""")
_HANDED_ON: Final = re.compile(r"[ \t]*(?:\)|,\s)")  # as in connect(password=given, timeout=3)
_INDENTED: Final = re.compile(r"(?:-+>|\s)\s*\d*\s*[\w.]*\Z")  # a line of a traceback, or of a function


def _assigned(found: re.Match[str], key: Key) -> bool:
    """Any value, except a bare word that is a variable by its context."""
    bare = found["bare"]
    if bare is None or not bare.isidentifier() or is_mixed(bare):
        return True
    spaced = found.string[key.end : key.end + 1].isspace()
    before = found.string[max(key.start - LONGEST, 0) : key.start].rpartition("\n")[2]
    return not (_HANDED_ON.match(found.string, found.end()) or (spaced and _INDENTED.match(before)))


def _told(found: re.Match[str], key: Key) -> bool:
    """password: hunter2; a plain word only at the end of its line, as in YAML."""
    if found.string.startswith(":", max(key.start - 1, 0)):  # arn:aws:…:secret:db
        return False
    if found["bare"] is None:
        return True
    if key.name.lower() == "pass":  # PASS: test_it[1]
        return key.name != "PASS" and is_mixed(found["bare"])
    return is_mixed(found["bare"]) or bool(_ENDS.match(found.string, found.end()))


def _mixed(found: re.Match[str], _: Key) -> bool:
    return is_mixed(found["quoted"] or found["bare"] or "")


def _option(found: re.Match[str], key: Key) -> bool:
    return found.string.startswith("-", max(key.start - 1, 0))


def _element(found: re.Match[str], key: Key) -> bool:
    return found.string[max(key.start - 1, 0) : key.start] in {"<", ":"}


def _by_chance(found: re.Match[str], _: Key) -> bool:
    return bool(re.search(r"\d", found["bare"])) and chance(found["bare"]) >= 3.5


def _set(found: re.Match[str], key: Key) -> bool:
    return bool(_SETS.search(found.string, max(key.start - 30, 0), key.start))


def _argument(found: re.Match[str], key: Key) -> bool:
    return (
        found["bare"] is None and found.string[max(key.start - 2, 0) : key.start] in {"('", '("'} and _mixed(found, key)
    )


def _any(_: re.Match[str], __: Key) -> bool:
    return True


# --- the forms -------------------------------------------------------------------------------------------------------

_SETS: Final = re.compile(r"(?:%(?:set_)?env|\bENV|\bsetx|\bset\s+-\w+|\bsetenv|config set|configure set)\s+\Z")
_VALUE: Final = r"""(?: (?P<quote>\\{0,3}["'`]) (?P<quoted>[^\n]{0,500}?) (?P=quote)
                      | (?P<bare> [^\s"'`,;&<>(){}\[\]\\|]{1,500}+ (?![(\[{]) ) )"""
_CLOSE: Final = r"""(?: \\{0,3}["'`] [ ]{0,4} \]? | [*_`]{1,3} )?"""  # 'password': …, env["TOKEN"] = …, **password** …
_ASIDE: Final = r"(?: [ ] (?: for | of | on ) [ ] [^\s:]{1,80} | [ ]? \([^()\n]{1,40}\) )?"  # password (staging): …
_FORMS: Final = tuple(
    Form(what, re.compile(pattern, re.VERBOSE), holds)
    for what, pattern, holds in (
        (
            "secret value",  # password=…, token => …
            rf"{_CLOSE} \s{{0,40}} (?: => | := | ={{1,3}} ) \s{{0,4}} (?: [bfrBFR]{{1,2}} (?=[\"'\\]))? {_VALUE}",
            _assigned,
        ),
        (
            "secret value",  # password: …, with YAML's | and a new line, too
            rf"""{_CLOSE} {_ASIDE} [ \t]{{0,40}} (?: :{{1,2}} | → | -> ) [*_]{{0,3}} [ \t]{{0,40}}
                 (?: [|>][+-]?[ ]*\n[ ]{{1,40}} )? {_VALUE}""",
            _told,
        ),
        (
            "secret value",  # name: TOKEN, value: …
            rf"{_CLOSE} \s{{0,40}} ,? \s{{0,40}} [\"']? [vV]alue [\"']? [ ]? [:=] [ ]? {_VALUE}",
            _any,
        ),
        ("secret element", r"[^<>\n]{0,80} > \s{0,4} (?P<quoted>(?P<bare>[^<>\s]{1,500})) \s{0,4} </", _element),
        ("secret option", rf"[ ]{{1,4}} (?!-) {_VALUE}", _option),
        ("secret variable", rf"[ ]{{1,4}} {_VALUE}", _set),
        ("secret argument", rf"[\"'] , \s{{0,4}} {_VALUE}", _argument),
        (
            "secret in a table",
            rf"{_CLOSE} [ \t]* \|{{1,2}} \s{{0,20}} \|? [ \t]{{0,20}} {_VALUE} (?=[ \t]*\|)",
            _mixed,
        ),
        (
            "secret in a sentence",
            rf"{_CLOSE} {_ASIDE} [ ] (?: is | are | was | ist | lautet ) (?:[ ]set[ ]to|[ ]now)? :? [ ] {_VALUE}",
            _mixed,
        ),
        (
            "random word beside a name",
            r"[\"']? [ \t:=|>\"'`,*-]{1,40} (?P<quoted>(?P<bare>[A-Za-z0-9+/_=-]{20,500}))",
            _by_chance,
        ),
    )
)


def settings(text: str, lower: str) -> Iterator[Sign]:
    """Values next to a name with a rank; `lower` is the text in lower case, of the same length."""
    end = 0
    for key in _keys(text, lower):
        if key.start < end:  # it is part of a value
            continue
        for what, pattern, holds in _FORMS:
            found = pattern.match(text, key.end)
            if found and _is_secret(found["quoted"] or found["bare"] or "", key) and holds(found, key):
                yield Sign(what, key.start, *found.span("bare" if found["bare"] is not None else "quoted"))
                end = found.end()
                break


def _is_secret(value: str, key: Key) -> bool:
    return is_value(value) and (key.rank is Rank.STRONG or is_random(value))


# --- names -----------------------------------------------------------------------------------------------------------

_RUN: Final = re.compile(r"[\w.-]+")
_ranked: Final = lru_cache(10_000)(rank)


def _keys(text: str, lower: str) -> Iterator[Key]:
    """Each name with a rank in the text, once for all hints in it."""
    end = 0
    for place in sorted(place for hint in HINTS for place in places(lower, hint)):
        if place >= end and (run := _RUN.match(text, place)):
            start, end = _beginning(text, place, end), run.end()
            name = text[start:end].lstrip("-.0123456789") if end - start <= LONGEST else ""
            if name and (promised := _ranked(name)):
                yield Key(end - len(name), end, name, promised)


def _beginning(text: str, place: int, least: int) -> int:
    """Start of the word at `place`, at most LONGEST characters before it."""
    least = max(least, place - LONGEST - 1)
    while place > least and (text[place - 1].isalnum() or text[place - 1] in "_.-"):
        place -= 1
    return place
