"""Secrets: what is taken out of texts, whatever they are and wherever they are cut."""

import base64
import html
import json
import pickle
import urllib.parse
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from dojobber_nb import secret
from dojobber_nb.core import secrets
from dojobber_nb.core.errors import SecretError
from dojobber_nb.core.secrets import FAILED, MARK, Secret, after_cut, before_cut, beginning, reach, scrub


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real registry, empty, and put back afterwards."""
    known = secrets._Known()
    monkeypatch.setattr(secrets, "_KNOWN", known)


VALUES = st.one_of(
    st.text(min_size=6, max_size=40),
    st.text("<secrt>'\"\\ab&%+/", min_size=6, max_size=12),
    st.binary(min_size=6, max_size=20),
)


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


@given(VALUES, st.text(max_size=20), st.text(max_size=20), st.integers(1, 60))
@example("000100", "0", "", 3)
def test_wherever_a_text_is_cut_no_part_of_a_secret_is_left(
    value: str | bytes, before: str, after: str, inside: int
) -> None:
    plain = known(value).reveal()
    assume(isinstance(plain, str) and inside < len(plain))
    text, cut = f"{before}{plain}{after}", len(before) + inside
    assume(scrub(before) == before and scrub(after) == after)
    assert before.startswith(before_cut(scrub(text[:cut])).replace(MARK, ""))
    assert after.endswith(after_cut(scrub(text[cut:])).replace(MARK, ""))


@given(VALUES, st.text(max_size=20), st.text(max_size=20), st.integers(0, 60))
def test_a_beginning_is_as_long_as_asked_at_most_and_has_no_secret_in_it(
    value: str | bytes, before: str, after: str, most: int
) -> None:
    plain = known(value).reveal()
    shown = beginning(f"{before}{plain}{after}", most)
    assert len(shown) <= most
    assert all(form not in piece for form in secrets._KNOWN.forms for piece in shown.split(MARK))


def test_a_beginning_shows_no_part_of_a_secret_however_much_longer_the_secret_is() -> None:
    secret("k" * 10 + "-9f3a-" * 100)
    assert "9f3a" not in beginning(("k" * 10 + "-9f3a-" * 100) * 2, 100)
    assert "9f3a" not in beginning("x" * 90 + "k" * 10 + "-9f3a-" * 100, 104)


def test_if_redaction_itself_fails_the_text_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    secret("swordfish-7")
    monkeypatch.setattr(secrets, "_spans", None)
    assert scrub("of swordfish-7 nothing") == FAILED


def test_a_text_of_somebody_else_s_type_is_scrubbed_without_its_code() -> None:
    class Sly(str):
        def split(self, *_: object) -> list[str]:  # type: ignore[override]
            return [str(self)]

        def __contains__(self, _: object) -> bool:
            return False

    secret("swordfish-7")
    assert scrub(Sly("a swordfish-7")) == f"a {MARK}"


def test_with_no_secret_known_a_text_is_given_back_itself() -> None:
    text = "nothing to hide"
    assert scrub(text) is text
    assert reach() == 0
