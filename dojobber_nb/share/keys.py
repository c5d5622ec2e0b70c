"""Rank names of settings: DB_PASSWORD, apiKey and pwd have a secret as value, tokenizer and secretName do not."""

from __future__ import annotations

import re
from enum import IntEnum
from typing import Final


class Rank(IntEnum):
    """How likely the value of a setting is a secret, by its name."""

    NONE = 0
    WEAK = 1  # only if the value looks random: tokens, cookie, auth
    STRONG = 2


# Only names that contain one of these, in lower case, are ranked.
HINTS: Final = (
    "pass", "pwd", "pw", "secret", "token", "key", "psk", "auth", "cookie", "cred", "dsn", "kennwort", "contrase",
    "senha", "wachtwoord", "sasl", "webhook",
)  # fmt: skip

# One word of the name, or its end: authtoken, dbpassword.
_STRONG: Final = re.compile(
    r"\w*(?:passwords?|passwd|passphrase|passcode|passwort|kennwort|contrase[ñn]a|senha|wachtwoord|secret|psk|apikey"
    r"|secretkey|privatekey|accesskey|authkey|accountkey|sharedkey|credentials?)"
    r"|(?:db|user|my|root|admin|bind|ldap|smtp|ftp|mail|pg|sql|store|key|ssh|auth)(?:pass|pwd|pw)"
)
# Only as the last word of the name; elsewhere it means something else: pass_fds, TOKEN_COMMENT.
_LAST: Final = re.compile(r"\w*token|pass|pwd|pw|dsn|authorization")
# The word before "key".
_KEY_OF: Final = re.compile(
    "api|secret|private|access|account|auth|signing|encryption|master|shared|preshared|client|service|admin|webhook|storage"
    "|deploy|session|consumer"
)
_WEAK: Final = re.compile("tokens?|secrets|cookies?|creds?|auth|webhook|sasl|appkey|sshkey|licensekey")

# The last word of a name whose value describes a secret and is none: secretName, token_count, password_file.
_ABOUT: Final = re.compile(
    "(?:name|username|path|file|filename|arn|type|id|url|uri|count|limit|hash|rule|label|field|column|header|provider|option"
    "|ref|scope|error|group|doc|cost|annotation|algorithm)s?|dir|directory|folder|kind|endpoint|host|hostname|domain|port"
    "|length|len|size|max|min|policy|policies|algo|hasher|hashes|hashing|digest|checksum|fingerprint|expiry|expires|expire"
    "|expiration|ttl|age|lifetime|timeout|date|time|at|hint|prompt|title|regex|pattern|format|store|manager|class|module"
    "|version|reference|audience|issuer|usage|budget|index|status|state|enabled|disabled|required|optional|valid|invalid"
    "|strength|complexity|mode|method|encryption|subject|flag|input|form|stdin|env|envvar|var|variable|location|source|src"
    "|template|placeholder|message|msg|help|description|desc|link|page|callback|handler|function|func|getter|generator"
    "|validator|samesite|secure|httponly|prefix|suffix|separator|delimiter|cmd|command|script|user|owner|engine|backend"
    "|namespace|changed|rotated|updated|created|issued|rotation|used|spent|left|remaining|sha|md5|encoding|charset|alphabet"
    "|ratio|rate|price|total|sum|per|second|minute"
)
# Anywhere in a name that is no secret: token limits, special tokens of language models, public keys, Kubernetes names.
_OTHERWISE: Final = re.compile("max|min|num|n|count|eos|bos|pad|unk|sep|cls|mask|public|pull|image|tokenizer|no")

_JOINTS: Final = re.compile(r"[\W_]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def rank(key: str) -> Rank:
    """The rank of a name."""
    words = _words(key)
    if not words or _ABOUT.fullmatch(words[-1]) or any(map(_OTHERWISE.fullmatch, words)):
        return Rank.NONE
    if _LAST.fullmatch(words[-1]) or any(map(_is_strong, words, ["", *words])):
        return Rank.STRONG
    return Rank.WEAK if any(map(_WEAK.fullmatch, words)) else Rank.NONE


def is_about(key: str) -> bool:
    """Whether the name is that of a property: secretName, type, description."""
    words = _words(key)
    return bool(words and _ABOUT.fullmatch(words[-1]))


def _words(key: str) -> list[str]:
    """The words of a name in lower case, without numbers: DB_PASSWORD2 is db, password."""
    return [word for part in _JOINTS.split(key[:200]) if (word := part.lower().rstrip("0123456789"))]


def _is_strong(word: str, before: str) -> bool:
    return bool(_STRONG.fullmatch(word) or (word == "key" and _KEY_OF.fullmatch(before)))
