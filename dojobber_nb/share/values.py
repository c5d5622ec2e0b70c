"""Tell secrets from placeholders and references: <your password>, ${TOKEN}, os.environ, xxxx."""

from __future__ import annotations

import re
from collections import Counter
from math import log2
from typing import Final

from dojobber_nb.share.keys import Rank, rank

SHORTEST: Final = 4  # characters
RANDOM: Final = 3.0  # bits a character
MOST: Final = 200  # characters of a value that are judged

# Placeholders: words of programs, of types, of examples.
_WORDS: Final = (
    "none|null|nil|true|false|undefined|unset|empty|missing|required|optional|invalid|valid|expired|wrong|incorrect|bad"
    "|unknown|accepted|denied|rejected|failed|redacted|hidden|masked|removed|secret|vault|prompt|here|below|above|todo|tbd"
    "|tba|fixme|n/a|yes|no|on|off|enabled|disabled|inherit|always|never|default|auto|string|str|bytes|text|char|varchar"
    "|integer|int|bool|boolean|object|any|secretstr|values?|placeholder|example|sample|dummy|foobar|foo|bar|baz"
    "|change[-_ ]?(?:me|it|this)(?:[-_! ].*)?|replace[-_ ]?(?:me|this|it|with).*|(?:insert|enter|put|add|fill)[-_ ].*"
    "|same-origin|include|omit|bearer|basic|digest|plain|encrypted|authenticated|ok|set|rotated|changed|updated"
    "|not[-_ ].*|options?|flags?|arguments?|parameters?|requires|lax|strict|session|sha(?:1|256|384|512)|md5|bcrypt"
    "|scrypt|argon2\\w*|pbkdf2\\w*|[hre]s(?:256|384|512)|public|private|oauth2?|saml2?|ldaps?|kerberos|jwt|utf-?8|base64|totp"
    "|2fa|mfa"
)
_PLACEHOLDERS: Final = re.compile(
    rf"""(?is)
      (?:{_WORDS})\??
    | (?:my|our|the|a|an|some|any|this)[-_ .][a-z_ .-]* | your.*
    | \d{{1,5}} | [\W_]* | (.)\1*                                   # a line number; ****; xxxxxx
    | (?:x{{3,}}|\.{{3}}|\*{{3,}}|…).*
    | <.*> | \[.*\] | \{{.*\}} | \(.*\)
    | \$\w+ | \$[({{].* | %[srd] | %\w+% | %\(\w+\)[srd] | &\w+;?   # $TOKEN, $(cat f), %TOKEN%, %(token)s
    | @[\w~-]*[./][\w./~-]* | --?[a-z].*                            # a file, an option
    | !(?:vault|ref|sub|secret|env|getatt|include|reference)\b.* | \*\w+   # tags and aliases of YAML
    | \#(?:\s.*|[0-9a-f]{{3,8}})?                                   # a comment, a colour
    | (?:env|file|vault|op|ssm|sm|aws-sm|gcp-sm|keyring|arn|secretsmanager|secret|ref|kms|data|sops|enc)[:\[].*
    | (?:projects|secrets?|kv)/.*
    | (?:sha(?:1|224|256|384|512)|md5|blake2b?)[:=-].*
    """,
    re.VERBOSE,
)
_INSIDE: Final = re.compile(  # a text with a gap: a template, or a masked value
    r"\$\{|\{\{|\$\(|<[A-Za-z][\w -]{0,40}>|%\(\w{1,40}\)s|\{\w{0,40}\}|\*{3}"
)
_REPEATED: Final = re.compile(r"([\w*.-])\1{7}|1234567890abcdef|0123456789abcdef|abcdefghijklmnop", re.IGNORECASE)
_PATH: Final = re.compile(
    r"(?:~|\.{1,2})?(?:/[\w.@+-]*)+|[A-Za-z]:\\.*|[\w.-]+\.(?:pem|key|crt|txt|json|ya?ml|env|toml|ini)"
)
_NAME: Final = re.compile("[A-Za-z_.-]+")  # token=self.token in a traceback, {"token": "CI_TOKEN"}
_OBJECTS: Final = re.compile(
    r"(?:self|cls|os|sys|cfg|config|conf|settings|args|opts|options|env|process|var|local|data|secrets|params|request|ctx"
    r"|context|this|state|github|inputs|vars|resp|response|event|each|module)(?:\.[A-Za-z_]\w*)+"
)
_TALK: Final = re.compile(
    r"\b(?:is|are|was|be|must|not|the|an?|of|to|for|from|in|your|this|that|should|can|may|will|has|have|cannot|with|and|or"
    r"|required|here|please)\b"
)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_value(value: str, least: int = SHORTEST) -> bool:
    """Whether it can be a secret and is no placeholder."""
    text = value[:MOST]
    return len(text) >= least and not (
        _PLACEHOLDERS.fullmatch(text)
        or _REPEATED.search(text)
        or _INSIDE.search(text)
        or _refers(text)
        or _is_sentence(text)
    )


def _refers(text: str) -> bool:
    """Whether it refers to something: a path, a variable, or the name of a secret."""
    return bool(
        (_PATH.fullmatch(text) and chance(text) < 4.2)
        or _OBJECTS.fullmatch(text)
        or (_NAME.fullmatch(text) and rank(text) is not Rank.NONE)
    )


def _is_sentence(text: str) -> bool:
    return len(text.split()) > 2 and bool(_TALK.search(text.lower()))


def is_mixed(text: str) -> bool:
    """Whether it is no plain word: letters mixed with digits or signs."""
    return len(text) >= 6 and bool(re.search("[A-Za-z]", text)) and bool(re.search(r"[^A-Za-z_.,;:!?'’()/-]", text))


def is_random(value: str) -> bool:
    """Whether it looks random: twelve or more characters, letters and digits, high entropy; no UUID."""
    text = value[:MOST]
    return (
        len(text) >= 12
        and bool(re.search("[A-Za-z]", text))
        and len(re.findall("[0-9]", text)) > 1
        and not re.search(r"\s", text)
        and not _UUID.fullmatch(text)
        and chance(text) >= RANDOM
    )


def chance(word: str) -> float:
    """Entropy in bits per character."""
    return -sum(n / len(word) * log2(n / len(word)) for n in Counter(word).values())
