"""Secrets: what is taken out of texts, whatever they are and wherever they are cut."""

import base64
import html
import json
import os
import pickle
import re
import sys
import traceback
import urllib.parse
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from dojobber_nb import secret
from dojobber_nb.core import secrets
from dojobber_nb.core.changes import changes, look
from dojobber_nb.core.errors import SecretError
from dojobber_nb.core.preview import preview, tree
from dojobber_nb.core.secrets import FAILED, MARK, Secret, beginning, ending, is_secret_key, reach, scrub, scrub_part
from dojobber_nb.core.shown import Shown
from dojobber_nb.engine.capture import LIMIT, Capture

TEXTS = st.one_of(st.text(min_size=6, max_size=40), st.text("<secrt>'\"\\ab&%+/", min_size=6, max_size=12))
VALUES = st.one_of(TEXTS, st.binary(min_size=6, max_size=20))


def known(value: str | bytes) -> Secret:
    """The value as a secret; whoever is refused is no case."""
    secrets._KNOWN = secrets._Known()  # type: ignore[misc]  # each example begins afresh
    try:
        return secret(value)
    except SecretError:
        assume(False)
        raise


# --- what a secret is ------------------------------------------------------------------------------------------------


def test_a_secret_shows_itself_nowhere_and_reveals_itself_when_asked() -> None:
    token = secret("swordfish-7")
    assert {repr(token), str(token), f"{token}", f"{token!r}"} == {MARK}
    assert token.reveal() == "swordfish-7"
    assert secret(token) is token


def test_another_process_gets_a_secret_as_a_secret() -> None:
    there = pickle.loads(pickle.dumps(secret("swordfish-7")))
    assert (there.reveal(), repr(there)) == ("swordfish-7", MARK)


@pytest.mark.parametrize(
    "value", ["", "short", "a    ", " " * 40, b"12345", 123456, None, ["swordfish-7"], MARK, "secret"]
)
def test_what_cannot_be_kept_secret_is_refused_without_being_told(value: object) -> None:
    with pytest.raises(SecretError) as refused:
        secret(value)  # type: ignore[arg-type]
    assert not value or str(value) not in str(refused.value).replace(MARK, "").replace("secret", "")
    assert secrets._KNOWN.forms == ()


# --- scrubbed --------------------------------------------------------------------------------------------------------

FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "repr": repr,
    "repr among both quotes": lambda value: repr(f"'\"{value}"),
    "ascii": ascii,
    "bytes": lambda value: repr(value.encode()),
    "json": json.dumps,
    "json beyond ascii": lambda value: json.dumps(value, ensure_ascii=False),
    "json in a repr": lambda value: repr(json.dumps({"it": value})),
    "html": html.escape,
    "url": lambda value: urllib.parse.quote(value),
    "url, all of it": lambda value: urllib.parse.quote(value, safe=""),
    "form": urllib.parse.quote_plus,
    "query": lambda value: urllib.parse.urlencode({"a": 1, "it": value}),
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "base64, basic auth": lambda value: base64.b64encode(f"user:{value}".encode()).decode(),
    "base64, one later": lambda value: base64.b64encode(f"user1:{value} and more".encode()).decode(),
    "base64, two later": lambda value: base64.b64encode(f"user12:{value} and so on".encode()).decode(),
    "base64, for urls": lambda value: base64.urlsafe_b64encode(f"?{value}".encode()).decode(),
    "hex": lambda value: value.encode().hex(),
    "HEX": lambda value: value.encode().hex().upper(),
    "stripped": str.strip,
}
TELLING = ["swordfish-7", 'it\'s "quoted" \\ twice', "zwölf Ä\n", "a+b/c d?e=f&g", "😀 emoji-pass", "<b>~~~???>>>\x00"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("value", TELLING)
def test_every_form_of_a_secret_is_taken_out_of_a_text(value: str, form: str) -> None:
    text = FORMS[form](value)
    secret(value)
    assert MARK in scrub(f"before {text} after")
    assert text.strip("'\"=") not in scrub(f"before {text} after")


def test_where_secrets_overlap_no_part_of_either_is_left() -> None:
    secret("abcdefgh")
    secret("efghijkl")
    secret("abcdefgh-and-more")
    assert scrub("x abcdefghijkl y") == f"x {MARK} y"
    assert scrub("x abcdefgh-and-more y") == f"x {MARK} y"
    assert scrub("abcdefghabcdefgh") == MARK * 2


def test_the_lines_of_a_long_secret_are_secrets_too() -> None:
    secret("-----BEGIN KEY-----\nMIIEpAIBAAKCAQEAx2\nQ9f7vN0kL1mZ3xYb\n-----END KEY-----\n")
    assert scrub("  MIIEpAIBAAKCAQEAx2\n") == f"  {MARK}\n"


@pytest.mark.parametrize("width", [64, 76])
@pytest.mark.parametrize("after", ["", "\n", "and more"])
def test_a_long_secret_in_lines_of_base64_is_found(width: int, after: str) -> None:
    secret(value := "".join(map(chr, range(33, 127))) * 2)
    text = base64.b64encode(f"{value}{after}".encode()).decode()
    shown = scrub("\n".join(text[start : start + width] for start in range(0, len(text), width)))
    assert shown.startswith(MARK)
    assert len(shown) <= len(MARK) + len(base64.b64encode(f"..{after}".encode()))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\u2028"])
@pytest.mark.parametrize("depth", [1, 2, 7])
def test_lines_of_a_secret_are_found_in_the_traceback_of_a_group(end: str, depth: int) -> None:
    secret(value := f"sword{end}fish-7")
    error: Exception = ValueError(f"no {value}.")
    error.add_note(value)
    for level in range(depth):
        error = ExceptionGroup(f"{value} at {level}", [error, OSError(value)])
    shown = scrub("".join(traceback.format_exception(error)))
    assert "sword" not in shown
    assert "fish" not in shown


@pytest.mark.parametrize("errors", ["replace", "backslashreplace", "surrogateescape"])
def test_bytes_that_are_no_text_are_found_however_they_are_read(errors: str) -> None:
    secret(value := b"\xffswordfish\xfe\x80")
    text = value.decode("utf-8", errors)
    assert scrub(f"<{text}>") == f"<{MARK}>"
    assert scrub(text.encode("utf-8", "backslashreplace").decode()) == MARK


@given(VALUES, st.lists(st.one_of(st.none(), st.text(max_size=10), st.just(MARK)), max_size=8))
@example(">abcde", [None, "abcde", MARK, "abcde"])
@example("abcde<", ["abcde", None, MARK])
def test_what_is_scrubbed_has_no_form_in_it_stays_as_it_is_and_is_bounded(value: str | bytes, parts: list[str]) -> None:
    plain = known(value).reveal()
    spoken = plain if isinstance(plain, str) else repr(plain)[2:-1]
    text = "".join(spoken if part is None else part for part in parts)
    shown = scrub(text)
    assert all(form not in piece for form in secrets._KNOWN.forms for piece in shown.split(MARK))
    assert scrub(shown) == shown
    assert len(shown) <= len(text) * len(MARK)


@given(TEXTS, st.text(max_size=20), st.text(max_size=20), st.floats(0, 1))
@example("000100", "0", "", 0.5)
@example("0" * 21 + "\r0", "", "", 0.98)
@example("\r" + "0" * 21, "", "", 0.0)
def test_wherever_a_text_is_cut_no_part_of_a_secret_is_left(value: str, before: str, after: str, inside: float) -> None:
    plain = known(value).reveal()
    text, cut = f"{before}{plain}{after}", len(before) + 1 + int(inside * (len(plain) - 2))
    assume(scrub(before) == before and scrub(after) == after)
    assert before.startswith(scrub_part(text[:cut], cut_behind=True).replace(MARK, ""))
    assert after.endswith(scrub_part(text[cut:], cut_before=True).replace(MARK, ""))


@given(VALUES, st.text(max_size=20), st.text(max_size=20), st.integers(0, 60))
def test_a_beginning_or_an_ending_is_as_long_as_asked_at_most_and_has_no_secret_in_it(
    value: str | bytes, before: str, after: str, most: int
) -> None:
    plain = known(value).reveal()
    for shown in (beginning(f"{before}{plain}{after}", most), ending(f"{before}{plain}{after}", most)):
        assert len(shown) <= most
        assert all(form not in piece for form in secrets._KNOWN.forms for piece in shown.split(MARK))


def test_a_beginning_shows_no_part_of_a_secret_however_much_longer_the_secret_is() -> None:
    secret("k" * 10 + "-9f3a-" * 100)
    assert "9f3a" not in beginning(("k" * 10 + "-9f3a-" * 100) * 2, 100)
    assert "9f3a" not in beginning("x" * 90 + "k" * 10 + "-9f3a-" * 100, 104)


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "PASSWD",
        "DB_PASSWORD",
        "apiKey",
        "api-key",
        "x-auth-token",
        "Authorization",
        "Set-Cookie",
        "private_key",
        "credentials",
        "passphrase2",
        "client.secret",
        "SENTRY_DSN",
        "dsn",
        b"token",
    ],
)
def test_below_a_key_that_tells_of_a_secret_nothing_is_shown(key: Any) -> None:
    nested = {"db": {key: {"all": ["hidden-below"]}, "host": "shown"}}
    shown = [
        preview(nested, ask=True),
        repr(tree(nested)),
        repr(changes("storage", {}, nested["db"])),
        repr(Shown(nested)),
    ]
    assert not any("hidden-below" in text for text in shown)
    assert all("shown" in text and MARK in text for text in shown)


@pytest.mark.parametrize("key", ["key", "pass", "host", "handsnail", "api", "secre", 7, None, ("x",), "passw0rd"])
def test_other_keys_hide_nothing(key: object) -> None:
    assert not is_secret_key(key)


def test_another_value_under_a_hidden_key_is_a_change_and_another_secret_is_too() -> None:
    before = look({"token": "first", "open": secret("swordfish-7").reveal(), "same": "x"})
    found = changes("storage", before, {"token": "other", "open": secret("swordfish-8").reveal(), "same": "x"})
    assert [(change.key, change.kind, change.value and change.value.text) for change in found] == [
        ("'token'", "changed", MARK),
        ("'open'", "changed", f"'{MARK}'"),
    ]


def test_output_that_is_read_while_it_grows_shows_no_part_of_a_secret() -> None:
    secret("swordfish-ü7")
    capture = Capture(descriptors=False)
    with capture.streams():
        capture.begin()
        for part, shown in [
            ("it is swordf", "it is "),
            ("ish-", "it is "),
            ("ü7", f"it is {MARK}"),
            (" s", f"it is {MARK} "),
        ]:
            sys.stdout.write(part)
            assert capture.so_far().stdout == shown
        os.write(capture.tape(0).fd, "swordfish-ü".encode()[:-1])  # type: ignore[union-attr]
        assert capture.so_far().stdout == f"it is {MARK} s"
        assert capture.end().stdout.startswith(f"it is {MARK} s")


@pytest.mark.parametrize("inside", range(-3, 25))
@pytest.mark.parametrize("times", [1, 40])
def test_output_that_is_cut_shows_no_part_of_a_secret(inside: int, times: int) -> None:
    secret("swordfish-ü7-SWORDFISH")
    capture = Capture(descriptors=False)
    long, word, half = "." * times * LIMIT, "swordfish-ü7-SWORDFISH", LIMIT // 2
    with capture.streams():
        capture.begin()
        sys.stdout.write("." * (half - inside) + word + long + word + "." * (half - inside))
        head, tail = capture.end().stdout.split(" bytes cut ")
    assert re.fullmatch(r"\.*\n… [\d,]+", head.replace(MARK, ""))
    assert re.fullmatch(r"…\n\.*", tail.replace(MARK, ""))


def test_if_redaction_itself_fails_the_text_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    secret("swordfish-7")
    monkeypatch.setattr(secrets, "_spans", None)
    assert scrub("of swordfish-7 nothing") == FAILED
    assert scrub_part("of swordfish-7 nothing", cut_behind=True) == FAILED


def test_a_text_of_somebody_else_s_type_is_scrubbed_without_its_code() -> None:
    def calls(*_: object) -> Any:
        raise AssertionError

    sly = type("Sly", (str,), dict.fromkeys(("split", "find", "__contains__", "__len__", "__getitem__"), calls))
    secret("swordfish-7")
    assert scrub(sly("a swordfish-7")) == f"a {MARK}"
    assert scrub_part(sly("a swordf"), cut_behind=True) == "a "


def test_with_no_secret_known_a_text_is_given_back_itself() -> None:
    text = "nothing to hide"
    assert scrub(text) is text
    assert reach() == 0
