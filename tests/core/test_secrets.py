"""Secrets: what is taken out of texts, whatever they are and wherever they are cut."""

import base64
import csv
import html
import io
import json
import os
import pickle
import re
import shlex
import subprocess
import sys
import traceback
import urllib.parse
from collections.abc import Callable
from typing import Any
from xml.sax import saxutils

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from dojobber_nb import secret
from dojobber_nb.core import secrets
from dojobber_nb.core.errors import SecretError
from dojobber_nb.core.known_secrets import KnownSecrets
from dojobber_nb.core.preview import preview, tree
from dojobber_nb.core.redacted_repr import RedactedDict
from dojobber_nb.core.secrets import FAILED, MARK, Secret, beginning, ending, is_secret_key, reach, scrub, scrub_part
from dojobber_nb.core.storage_diff import storage_changes, storage_snapshot
from dojobber_nb.engine.capture import LIMIT, Capture

TEXTS = st.one_of(st.text(min_size=6, max_size=40), st.text("<secrt>'\"\\ab&%+/", min_size=6, max_size=12))
VALUES = st.one_of(TEXTS, st.binary(min_size=6, max_size=20))


def known(value: str | bytes) -> Secret:
    """The value as a secret; whoever is refused is no case."""
    secrets._KNOWN = KnownSecrets()  # type: ignore[misc]  # each example begins afresh
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
    "json by PHP": lambda value: json.dumps(value).replace("/", r"\/"),
    "json by Go": lambda value: _escaped(json.dumps(value), "&<>", "x"),
    "json by Flask": lambda value: _escaped(json.dumps(value), "&<>'", "x"),
    "json by .NET": lambda value: _escaped(json.dumps(value).replace(r"\"", r"\u0022"), "&<>'+`", "X"),
    "json by Go, in a repr": lambda value: repr(_escaped(json.dumps({"it": value}), "&<>", "x")),
    "shlex.quote": shlex.quote,
    "shlex.quote in json": lambda value: json.dumps(["sh", "-c", f"curl -u me:{shlex.quote(value)}"]),
    "within double quotes": lambda value: re.sub(r'([$`"\\])', r"\\\1", value),
    "sql": lambda value: value.replace("'", "''"),
    "sql by MySQL": lambda value: re.sub(r"(['\"\\])", r"\\\1", value),
    "csv": lambda value: _csv(value),
    "csv in json": lambda value: json.dumps(_csv(value)),
    "xml": lambda value: saxutils.escape(value, {"'": "&apos;", '"': "&quot;"}),
    "xml attribute": saxutils.quoteattr,
    "html by Go": lambda value: html.escape(value).replace("&quot;", "&#34;").replace("&#x27;", "&#39;"),
    "html by PHP": lambda value: html.escape(value).replace("&#x27;", "&#039;"),
    "html by number": lambda value: re.sub("[&<>'\"]", lambda found: f"&#{ord(found[0])};", value),
    "html by hex number": lambda value: re.sub("[&<>'\"]", lambda found: f"&#x{ord(found[0]):X};", value),
    "url by JavaScript": lambda value: urllib.parse.quote(value, safe="!'()*~"),
    "url in a url": lambda value: urllib.parse.quote(urllib.parse.quote(value, safe=""), safe=""),
    "hex with blanks": lambda value: value.encode().hex(" "),
    "HEX with colons": lambda value: value.encode().hex(":").upper(),
    "hex with commas": lambda value: ", ".join(f"0x{byte:02X}" for byte in value.encode()),
    "hex in C": lambda value: "".join(f"\\x{byte:02x}" for byte in value.encode()),
    "hex by words": lambda value: value.encode().hex(" ", -2),
    "hex in lines": lambda value: value.encode().hex("\n"),
}


def _escaped(text: str, characters: str, digits: str) -> str:
    return "".join(f"\\u{ord(each):04{digits}}" if each in characters else each for each in text)


def _csv(value: str) -> str:
    rows = io.StringIO()
    csv.writer(rows, quoting=csv.QUOTE_ALL, lineterminator="").writerow([value])
    return rows.getvalue()


TELLING = [
    "$w0rd!`fish`~",
    "#&'/<\"+>",
    "swordfish-7",
    'it\'s "quoted" \\ twice',
    "zwölf Ä\n",
    "a+b/c d?e=f&g",
    "😀 emoji-pass",
    "<b>~~~???>>>\x00",
]


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


LINES = "user: me\n  key: 'it''s-7'\n\n----------\n  ab\n\tzwölf & \"drei\"\n"


@pytest.mark.parametrize(
    "text",
    [
        LINES,
        json.dumps(LINES),
        "\n".join(f"    {line}" for line in LINES.splitlines()),
        "\n".join(f"{line.strip()}\r" for line in LINES.splitlines()),
        "\n".join(html.escape(line) for line in LINES.splitlines()),
        "\n".join(shlex.quote(line.strip()) for line in LINES.splitlines()),
        LINES.splitlines()[1].strip().encode().hex(" "),
        base64.b64encode(LINES.splitlines()[5].strip().encode()).decode(),
    ],
)
def test_each_line_of_a_secret_of_several_is_one_by_itself_unless_it_is_short_or_a_rule(text: str) -> None:
    secret(LINES)
    shown = scrub(text)
    assert MARK in shown
    assert not [word for word in ("user", "it", "zw", "drei", "2773", "J2l0") if word in shown]
    assert scrub("---------- ab <secret>") == "---------- ab <secret>"


def test_what_bash_makes_of_a_secret_is_found() -> None:
    values = ['it\'s $x & "y" \\ z', "~a=~b,c#d^e", "tab\tand\nline's é", "#{1}*?[2]<3>(4);!|`"]
    script = 'for it; do printf "%q\\n" "$it"; LC_ALL=C printf "%q\\n" "$it"; (set -x; : "$it"); done'
    done = subprocess.run(["bash", "-c", script, "bash", *values], capture_output=True, text=True, check=True)
    for value in values:
        secret(value)
    lines = "".join(f"{line}\n" for line in (done.stdout + done.stderr).splitlines() if line != "+ set -x")
    assert not [line for line in scrub(lines).splitlines() if line.replace(MARK, "").strip("+ :'$\\") != ""]


@pytest.mark.parametrize("form", [form for form in FORMS if "hex" in form.lower()])
def test_hex_that_is_cut_or_still_grows_shows_no_part_of_a_secret(form: str) -> None:
    text = FORMS[form]("swordfish-7")
    secret("swordfish-7")
    for cut in range(1, len(text)):
        shown = scrub_part(text[:cut], cut_behind=True) + scrub_part(text[cut:], cut_before=True)
        assert not re.search("[0-9a-wyzA-WYZ]{2}", shown.replace(MARK, ""))


def test_what_only_looks_like_a_disguise_is_left_alone() -> None:
    secret("swordfish-7")
    text = "sword fish 7 &#39; it''s \\u0026 73:77:6f:72 0x73 'swordfis' 09:12:07 deadbeef " * 50
    assert scrub(text) == text


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
        repr(storage_changes("storage", {}, nested["db"])),
        repr(RedactedDict(nested)),
    ]
    assert not any("hidden-below" in text for text in shown)
    assert all("shown" in text and MARK in text for text in shown)


@pytest.mark.parametrize("key", ["key", "pass", "host", "handsnail", "api", "secre", 7, None, ("x",), "passw0rd"])
def test_other_keys_hide_nothing(key: object) -> None:
    assert not is_secret_key(key)


def test_another_value_under_a_hidden_key_is_a_change_and_another_secret_is_too() -> None:
    before = storage_snapshot({"token": "first", "open": secret("swordfish-7").reveal(), "same": "x"})
    found = storage_changes("storage", before, {"token": "other", "open": secret("swordfish-8").reveal(), "same": "x"})
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
        os.write(capture.files()[0].fd, "swordfish-ü".encode()[:-1])
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
    monkeypatch.setattr(KnownSecrets, "spans", None)
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
