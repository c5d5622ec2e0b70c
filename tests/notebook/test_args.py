"""The arguments of set_args as a form: what is entered is what jobs get, and nothing of it stays on the page."""

import json
from typing import Any

import pytest

from dojobber_nb import DoJobber, Job, secret
from dojobber_nb.notebook.widgets.args import ArgsForm
from dojobber_nb.notebook.widgets.fields import FieldError
from tests.support.alone import Alone

GIVEN = {
    "batteries": ["dead", "fresh"],
    "count": 3,
    "ratio": 0.5,
    "dry": True,
    "name": "Wayne",
    "token": secret("first-token"),
}


class Keeps(Job):
    """Keeps what it was called with."""

    calls: list[tuple[tuple[Any, ...], dict[str, Any]]]

    def Check(self, *args: Any, **kwargs: Any) -> None:
        self.calls.append((args, kwargs))
        raise RuntimeError("try again")

    def Run(self, *args: Any, **kwargs: Any) -> None:
        self.calls.append((args, kwargs))


def form(**given: Any) -> tuple[DoJobber, Alone]:
    Keeps.calls = []
    dj = DoJobber()
    dj.configure(Keeps, default_retry_delay=0)
    dj.set_args("first", other="kept")
    return dj, Alone(ArgsForm(dj, **(given or GIVEN)))


def test_from_its_making_on_jobs_get_what_the_form_shows_and_what_set_args_was_given_beside_it() -> None:
    dj, page = form()
    assert page.said["values"] == {
        "batteries": 0,
        "count": "3",
        "ratio": "0.5",
        "dry": True,
        "name": "Wayne",
        "token": True,
    }
    dj.step()
    first = {"batteries": "dead", "count": 3, "ratio": 0.5, "dry": True, "name": "Wayne", "token": "first-token"}
    assert Keeps.calls == [(("first",), {"other": "kept", **first})]


@pytest.mark.parametrize(
    ("field", "entered", "value"),
    [
        ("batteries", 1, "fresh"),
        ("count", " -12 ", -12),
        ("ratio", "1e3", 1000.0),
        ("ratio", "7", 7.0),
        ("dry", False, False),
        ("name", "", ""),
        ("name", "Garth <b>", "Garth <b>"),
        ("token", "hunter-2", "hunter-2"),
    ],
)
def test_what_is_entered_is_what_jobs_get_from_the_next_phase_on(field: str, entered: Any, value: Any) -> None:
    dj, page = form()
    dj.step()
    page.send("enter", field=field, value=entered)
    dj.step()
    assert type(Keeps.calls[1][1][field]) is type(value)
    assert Keeps.calls[1] == (("first",), {**Keeps.calls[0][1], field: value})
    assert page.said["notes"][field] == ""


@pytest.mark.parametrize(
    ("field", "entered", "note"),
    [
        ("count", "3.5", "Enter a whole number, such as 3. Jobs still get 3."),
        ("count", "", "Enter a whole number, such as 3. Jobs still get 3."),
        ("count", "9" * 5_000, "Enter a whole number, such as 3. Jobs still get 3."),
        ("ratio", "half", "Enter a number, such as 0.5. Jobs still get 0.5."),
        ("ratio", "nan", "Enter a number, such as 0.5. Jobs still get 0.5."),
        ("ratio", "-inf", "Enter a number, such as 0.5. Jobs still get 0.5."),
        ("name", "x" * 10_001, "This is longer than 10,000 characters. Jobs still get 'Wayne'."),
        (
            "name",
            "me:<secret>",
            (
                "set_args: name is a text that holds <secret>, which is shown in place of a secret and is not its "
                "value; declare the whole text: secret(f\"…{token.reveal()}…\"). Jobs still get 'Wayne'."
            ),
        ),
        ("token", "x" * 10_001, "This is longer than 10,000 characters. The entry was not taken."),
        (
            "token",
            "short",
            (
                "Not possible: a secret of fewer than 6 characters would be found in any text by chance. "
                "The entry was not taken."
            ),
        ),
    ],
)
def test_what_does_not_fit_is_told_in_words_and_changes_nothing(field: str, entered: str, note: str) -> None:
    dj, page = form()
    before = dict(dj.kwargs)
    page.send("enter", field=field, value=entered)
    assert page.said["notes"][field] == note
    assert dj.kwargs == before
    page.send("enter", field=field, value="1" * 6)
    assert page.said["notes"][field] == ""


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"field": "other", "value": "x"},
        {"field": ["count"], "value": "x"},
        {"field": "count"},
        {"field": "count", "value": 3},
        {"field": "dry", "value": "yes"},
        {"field": "batteries", "value": 2},
        {"field": "batteries", "value": True},
        {"field": "token", "value": {"a": 1}},
    ],
)
def test_a_message_that_makes_no_sense_changes_nothing(content: dict[str, Any]) -> None:
    dj, page = form()
    before = dict(dj.kwargs)
    page.send("enter", **content)
    assert page.said["ignored"]
    assert dj.kwargs == before


def test_starting_over_keeps_the_arguments() -> None:
    dj, page = form()
    page.send("enter", field="count", value="7")
    dj.step()
    dj.reset()
    dj.step()
    assert Keeps.calls[-1][1]["count"] == 7
    assert page.said["values"]["count"] == "7"


def test_the_form_follows_set_args_and_says_what_it_cannot_show() -> None:
    dj, page = form()
    dj.set_args(batteries="fresh", count=[1, 2], ratio=10**400, name="Garth")
    page.part.session.refresh()
    assert page.said["values"] | {"name": "Garth", "batteries": 1} == page.said["values"]
    assert page.said["values"]["count"] is page.said["values"]["ratio"] is None
    assert page.said["notes"]["count"] == "Jobs get another value, from set_args"
    assert page.said["notes"]["dry"] == "Jobs do not get it: set_args was called without it"
    page.send("enter", field="count", value="4")
    assert dj.kwargs == {"batteries": "fresh", "count": 4, "ratio": 10**400, "name": "Garth"}


def test_what_set_args_said_before_stands_if_the_field_can_show_it() -> None:
    dj = DoJobber()
    dj.set_args(count=9, ratio="half")
    page = Alone(ArgsForm(dj, count=3, ratio=0.5))
    assert dj.kwargs == {"count": 9, "ratio": 0.5}
    assert page.said["values"] == {"count": "9", "ratio": "0.5"}


def test_without_fields_given_those_of_set_args_are_taken() -> None:
    dj = DoJobber()
    dj.set_args("first", count=9, dry=False)
    page = Alone(ArgsForm(dj))
    assert [(field["name"], field["kind"]) for field in page.said["fields"]] == [("count", "whole"), ("dry", "switch")]


@pytest.mark.parametrize("given", [None, [], {}, b"x", object(), 1j, range(3)], ids=lambda value: type(value).__name__)
def test_an_argument_without_a_kind_of_field_is_refused_by_name(given: object) -> None:
    dj = DoJobber()
    with pytest.raises(FieldError, match="no field for the argument 'batteries'"):
        ArgsForm(dj, batteries=given)
    assert dj.kwargs == {}


def test_choices_may_be_any_values_and_are_told_by_a_short_text() -> None:
    class Hostile:
        def __repr__(self) -> str:
            raise RuntimeError("never called")

        def __eq__(self, other: object) -> bool:
            raise RuntimeError("never called")

        __hash__ = None  # type: ignore[assignment]

    choices = [None, 1, 1.0, True, Hostile(), "x" * 99]
    dj = DoJobber()
    page = Alone(ArgsForm(dj, one=choices))
    assert page.said["fields"][0]["choices"][:4] == ["None", "1", "1.0", "True"]
    for number, choice in enumerate(choices):
        page.send("enter", field="one", value=number)
        assert dj.kwargs["one"] is choice
        assert page.said["values"] == {"one": number}


def test_no_value_is_in_a_trait_and_a_hidden_one_in_no_message_either() -> None:
    dj = DoJobber()
    page = Alone(ArgsForm(dj, name="name-canary", one=["choice-canary"], token=secret("hidden-canary")))
    page.send("enter", field="token", value="typed-canary")
    page.send("enter", field="token", value="typed-canary" * 1_000)
    page.send("enter", field="token", value=["typed-canary"])
    page.send("shown", view="two")
    assert dj.kwargs["token"].reveal() == "typed-canary"
    assert "canary" not in repr(dj.kwargs["token"])
    assert "canary" not in json.dumps(page.part.get_state(), default=str)
    told = json.dumps(page.wire.messages)
    assert "name-canary" in told
    assert "hidden-canary" not in told
    assert "typed-canary" not in told
    assert page.said["values"]["token"] is True


def test_a_secret_can_be_asked_for_and_until_it_is_entered_jobs_do_not_get_it() -> None:
    dj, page = form(token=secret)
    assert page.said["values"] == {"token": None}
    assert page.said["notes"] == {"token": "Jobs do not get it until it is entered"}
    page.send("enter", field="token", value="typed-token")
    dj.step()
    assert Keeps.calls[0][1]["token"] == "typed-token"
    assert page.said["notes"] == {"token": ""}


@pytest.mark.parametrize("name", ["password", "DB_PASSWORD", "apiKey", "x-auth-token"])
def test_a_text_under_a_name_that_tells_of_a_secret_is_one(name: str) -> None:
    dj = DoJobber()
    dj.set_args(**{name: "said-before"})
    by_set_args = Alone(ArgsForm(dj))
    assert by_set_args.said["fields"][0]["kind"] == "hidden"
    assert "said-before" not in json.dumps(by_set_args.wire.messages)
    assert "said-before" not in repr(dj.kwargs)
    too_short = Alone(ArgsForm(DoJobber(), **{name: "s-rt"}))
    assert too_short.said["values"] == {name: True}
    assert "s-rt" not in json.dumps(too_short.wire.messages)
    Alone(ArgsForm(other := DoJobber(), **{name: "given-here"}))
    assert repr(other.kwargs[name]) == "<secret>"


def test_a_text_that_holds_a_secret_is_not_shown_and_stays() -> None:
    dj, page = form(name="https://u:swordfish-7@host", one=["x swordfish-7", "y"])
    secret("swordfish-7")
    page.send("shown", view="late")
    assert page.said["values"]["name"] is None
    page.send("enter", field="name", value=3)
    assert dj.kwargs["name"] == "https://u:swordfish-7@host"
    assert page.said["fields"][1]["choices"] == ["x <secret>", "y"]


def test_texts_that_no_page_can_take_are_shown_all_the_same() -> None:
    dj = DoJobber()
    page = Alone(ArgsForm(dj, name="lone \ud800 surrogate", many="x" * 10_000_000))
    json.dumps(page.said, ensure_ascii=False).encode()
    assert page.said["values"]["many"] is None
    assert dj.kwargs["name"] == "lone \ud800 surrogate"


def test_a_label_or_a_choice_turns_nothing_around_and_is_one_short_line() -> None:
    turned, long = "\u202eevil\n", "x" * 20_000
    _, page = form(**{turned: [turned, long], long: 1})
    first, second = page.said["fields"]
    assert (first["name"], first["label"]) == (turned, "\\u202eevil")
    assert first["choices"][0].strip() == "\\u202eevil"
    assert max(len(first["choices"][1]), len(second["label"])) == 80
