"""What looks like a secret in a text: by its own shape, or by the word that stands before it.

Known scanners bring a network client and call any long word a secret, in outputs above all; so here is a table of ours.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from math import log2
from typing import Final, NamedTuple

from dojobber_nb.core.secrets import is_secret_key


class Sign(NamedTuple):
    """Something that looks like a secret; `what` never tells its value."""

    what: str
    start: int


# By their own shape.
SHAPES: Final[tuple[tuple[str, re.Pattern[str]], ...]] = tuple(
    (what, re.compile(pattern))
    for what, pattern in (
        ("a private key", r"-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----"),
        ("an AWS access key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
        ("a GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{22,})"),
        ("a GitLab token", r"\bglpat-[\w-]{20,}"),
        ("a Slack token", r"\bxox[abeprs]-[\w-]{10,}"),
        ("a Google API key", r"\bAIza[\w-]{35}"),
        ("an API key", r"\b[sr]k[-_](?:(?:live|test|ant|proj)[-_])?[A-Za-z0-9][\w-]{19,}"),
        ("a Hugging Face token", r"\bhf_[A-Za-z0-9]{30,}"),
        ("a token of a package index", r"\b(?:npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,})"),
        ("a JSON web token", r"\beyJ[\w-]{10,1000}\.eyJ[\w-]{10,}\.[\w-]*"),
        ("a bearer token", r"(?i)\bbearer\s+(?=[\w.~+/=-]*[0-9+/=_])[\w.~+/-]{12,}"),
        ("basic credentials", r"(?i)authorization\W{1,4}basic\s+[\w+/]{6,}"),
        (
            "a URL with a password",
            r"(?<![\w+.-])[a-zA-Z][\w+.-]{0,30}://[^\s/:@\"'<>]{0,200}:(?![^\s/@]*[<{*])[^\s/@\"'<>]{1,500}@",
        ),
    )
)

# After a word that tells of a secret: password=…, "api_key": "…", --token=…; the value is quoted, or goes to the next
# gap, and another word may stand in it. Words begin where none goes on, and are taken whole, and of values no more is
# read than anybody chooses, so that a long text takes no longer than its length.
_KEYED: Final = re.compile(
    r"""(?: (?<![\w.-]) | (?<= [\s"']-- ) ) (?P<key>[A-Za-z_][\w.-]*+)
        (?: \\?["'] \s*\]? | [*`]{1,3} )? \s* (?: => | = | : ) \s* b?
        (?= (?P<quote>\\?["']) (?P<quoted>.{0,500}?) (?P=quote)
          | (?P<bare> [^\s"',;&<>(){}\[\]\\]{1,500}+ (?![(\[]) ) )""",
    re.VERBOSE,
)
# Before a long word that looks like chance.
_NEAR: Final = re.compile(
    r"(?<![\w.-])(?P<key>[A-Za-z_][\w.-]*+)[\"']?[^\w\n]{1,40}(?P<word>[A-Za-z0-9+/_=-]{20,})",
)
_NOTHING: Final = re.compile(
    r"(?i)none|null|nil|true|false|undefined|changeme|required|missing|\d{1,5}|[\W_]*|x+|your\W.*|<.*>|\{.*\}|\$.*|%\(?\w.*"
)
_NAME: Final = re.compile("[A-Za-z_.]+")  # token=self.token, in a traceback
SHORTEST, CHANCE = 4, 3.5  # characters of a value, bits a character of what looks like chance
_DATA: Final = re.compile(r"data:[\w/+.;-]{1,100};base64,[A-Za-z0-9+/=\s]+")


def shapes(text: str) -> Iterator[Sign]:
    """What is a secret by its own shape."""
    for what, pattern in SHAPES:
        yield from (Sign(what, found.start()) for found in pattern.finditer(text))


def signs(text: str) -> list[Sign]:
    """All that looks like a secret in what somebody printed, in order, once a place."""
    text = _DATA.sub(lambda data: " " * len(data[0]), text)  # pictures look like chance
    found = {sign.start: sign for sign in [*_near(text), *_keyed(text), *shapes(text)]}
    return [found[start] for start in sorted(found)]


def is_value(text: str) -> bool:
    """Whether it can be a secret, and is no stand-in for one."""
    return (
        len(text) >= SHORTEST and not _NOTHING.fullmatch(text) and not (_NAME.fullmatch(text) and is_secret_key(text))
    )


def _keyed(text: str) -> Iterator[Sign]:
    for found in _KEYED.finditer(text):
        if is_secret_key(found["key"]) and is_value(found["quoted"] or found["bare"] or ""):
            yield Sign(f"a value of {found['key']:.60}", found.start())


def _near(text: str) -> Iterator[Sign]:
    for found in _NEAR.finditer(text):
        if is_secret_key(found["key"]) and _chance(found["word"]) >= CHANCE:
            yield Sign(f"what looks like chance beside {found['key']:.60}", found.start())


def _chance(word: str) -> float:
    """Bits a character, by how often each occurs."""
    return -sum(n / len(word) * log2(n / len(word)) for n in Counter(word).values())
