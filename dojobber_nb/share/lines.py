"""Rules for secrets known by their line: headers, URLs with a password, lines of netrc and pgpass, SQL."""
# ruff: noqa: E501  # a row of the table is a line, however long its pattern

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Final

from dojobber_nb.share.values import is_random, is_value

_DOCUMENTED: Final = re.compile(r"(?:[\w-]{1,40}\.){0,4}example(?:\.(?:com|org|net))?(?![\w.-])|[<{$]")
_OF_USERS: Final = re.compile(r"(?i)\b(?:create|alter)\s{1,4}(?:user|role)\b|\bgrant\s")


def is_not_placeholder(found: re.Match[str]) -> bool:
    """Whether the value is no placeholder; True for a rule without a value."""
    return not found["value"] or is_value(found["value"], least=1)


def looks_random(found: re.Match[str]) -> bool:
    """Whether the value looks random."""
    return is_random(found["value"])


def is_no_example(found: re.Match[str]) -> bool:
    """Whether the host of a URL is not one reserved for documentation."""
    return is_value(found["word"], least=1) and not _DOCUMENTED.match(
        found.string[found.end() : found.end() + 80].lower()
    )


def is_login(found: re.Match[str]) -> bool:
    """Whether the value is user:password in base64."""
    try:
        text = base64.b64decode(found["value"].rstrip("=") + "==").decode()
    except ValueError:  # not base64, or not text
        return False
    return ":" in text and text.isprintable()


def is_sql(found: re.Match[str]) -> bool:
    """Whether it is an SQL statement, not prose with "identified by"."""
    before = found.string[max(found.start() - 200, 0) : found.start()]
    return is_not_placeholder(found) and (found[0].startswith("IDENT") or bool(_OF_USERS.search(before)))


_AFTER: Final = r"(?<![A-Za-z0-9])"  # not in the middle of a longer word

# (rule, hints in lower case, pattern that must match at a hint, further condition)
ROWS: Final[tuple[tuple[str, str, str, Callable[[re.Match[str]], bool]], ...]] = (
    ("Cisco password", "password secret", r"(?i)\b(?:password|secret) [05789] (?P<value>\S{4,200})", is_not_placeholder),
    ("SNMP community", "snmp-server", r"(?i)snmp-server community (?P<value>\S{4,100})", is_not_placeholder),
    ("bearer token", "bearer", rf"(?i){_AFTER}bearer\s{{1,4}}(?P<value>(?=[\w.~+/=-]{{0,500}}[0-9+/=_])[\w.~+/-]{{12,4000}})", is_not_placeholder),
    ("basic credentials", "basic", rf"(?i){_AFTER}basic\s{{1,4}}(?P<value>[A-Za-z0-9+/]{{8,500}}={{0,2}})", is_login),
    ("API key header", "geniekey ssws", rf"(?i){_AFTER}(?:GenieKey|SSWS)\s(?P<value>[\w-]{{20,80}})", is_not_placeholder),
    ("session cookie", "cookie", r"(?i)cookie[\"']?\s?:\s?[\"']?[\w.-]{1,80}=(?P<value>[^;\s\"',]{12,500})", looks_random),
    ("Docker login", "auth", r"[\"']?_?auth[\"']?\s{0,4}[:=]\s{0,4}[\"']?(?P<value>[A-Za-z0-9+/]{8,500}={0,2})(?![\w+/])", is_login),
    ("netrc line", "machine",
     r"machine\s{1,60}\S{1,200}\s{1,60}login\s{1,60}\S{1,200}\s{1,60}password\s{1,60}(?P<value>\S{1,200})", is_not_placeholder),
    ("pgpass line", ":5432: :5433: :6432: :*:",
     r":(?:5432|5433|6432|\*):[^:\s]{1,100}:[^:\s]{1,100}:(?P<value>[^\s:]\S{0,199})", is_not_placeholder),
    ("URL with a password", "://", r"://(?P<value>[^\s/:@\"'<>`]{0,200}:(?P<word>(?![^\s/@]{0,200}[<{*])[^\s/@\"'<>`]{1,500}))@", is_no_example),
    ("login and password", "auth login( username_pw_set(",
     r"(?:auth\s?=\s?|(?:[A-Za-z_]{0,20}[aA]uth|login|username_pw_set))\(\s{0,4}[\"'][^\"'\n]{1,80}[\"'],\s{0,4}[\"'](?P<value>[^\"'\n]{1,200})[\"']",
     is_not_placeholder),
    ("JDBC password", "jdbc:oracle:", r"jdbc:oracle:\w{1,10}:[\w.$#-]{1,80}/(?P<value>[^@\s\"']{1,200})@", is_not_placeholder),
    ("SQL password", "identified",
     r"(?i)identified\s{1,4}(?:with\s{1,4}\S{1,60}\s{1,4})?by\s{1,4}(?:password\s{1,4})?(?P<quote>[\"'`]?)(?!values\b)(?P<value>[^\s\"'`;]{1,200})",
     is_sql),
    ("SQL password", "password", r"(?i)password\s{1,4}(?:for\s{1,4}\S{1,80}\s{1,4}=\s{0,4})?(?:password\()?'(?P<value>[^'\s]{1,200})'", is_not_placeholder),
)  # fmt: skip
