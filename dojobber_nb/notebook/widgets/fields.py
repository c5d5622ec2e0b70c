"""What one argument is in a form: which kind of field, how it is shown, and how what is entered is read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from dojobber_nb.core.errors import DoJobberError, SecretError
from dojobber_nb.core.preview import preview
from dojobber_nb.core.secrets import Secret, is_secret_key, masked, scrub, secret
from dojobber_nb.view import words

TEXT, CHOICES = 10_000, 500  # characters of a text, choices of one argument


class FieldError(DoJobberError, TypeError):
    """An argument for which there is no kind of field."""

    def __init__(self, name: str, value: object) -> None:
        self.name = name
        super().__init__(
            f"there is no field for the argument {name!r}: {preview(masked(name, value), chars=80)}; give a bool, an "
            f"int, a float, a str, secret(…), secret itself to have one asked for, or a list of choices, and all else "
            f"by set_args"
        )


class Misfit(ValueError):
    """What was entered is no value of that field; in words for who entered it."""


class Field(NamedTuple):
    """An argument: `kind` is a key of KINDS, `first` what it is to begin with, `choices` what it can be, if listed.

    A secret that is still to be entered has None to begin with.
    """

    name: str
    kind: str
    first: Any
    choices: tuple[Any, ...] = ()

    @property
    def facts(self) -> dict[str, Any]:
        """What the page needs to draw it."""
        shown = [masked(self.name, one) for one in self.choices]
        choices = [words.short(one, 80) if isinstance(one, str) else preview(one, chars=80) for one in shown]
        return {"name": self.name, "label": words.name(self.name, 80), "kind": self.kind, "choices": choices}

    def holds(self, value: object) -> bool:
        """Whether the field can show that value."""
        return KINDS[self.kind].holds(self, value)

    def told(self, value: Any) -> Any:
        """The value as the page gets it."""
        return KINDS[self.kind].tell(self, value)

    def read(self, entered: Any) -> Any:
        """The value that was entered; Misfit when it is none, TypeError when no page would send that."""
        return KINDS[self.kind].read(self, entered)


def field(name: str, given: Any) -> Field:
    """The field for an argument of which that is given: its first value, or a list of its choices.

    `secret` itself stands for a secret to be entered, and so does a text under a name that tells of one.
    """
    if given is secret:
        return Field(name, "hidden", None)
    if isinstance(given, Secret) or (isinstance(given, str) and is_secret_key(name)):
        return Field(name, "hidden", _kept(given))
    if isinstance(given, (list, tuple)) and 0 < len(given) <= CHOICES:
        return Field(name, "choice", given[0], tuple(given))
    for type_, kind in _OF_TYPE.items():
        if isinstance(given, type_):
            return Field(name, kind, given)
    raise FieldError(name, given)


def _kept(given: str | Secret) -> str | Secret:
    """The value as a secret, if it can be one."""
    try:
        return secret(given)
    except SecretError:
        return given


# --- reading what is entered -----------------------------------------------------------------------------------------


def _switch(_: Field, entered: Any) -> bool:
    if not isinstance(entered, bool):
        raise TypeError("a switch is on or off")
    return entered


def _whole(_: Field, entered: Any) -> int:
    try:
        return int(_text(_, entered))
    except ValueError:
        raise Misfit("A whole number is wanted, such as 3") from None


def _number(_: Field, entered: Any) -> float:
    try:
        value = float(_text(_, entered))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Misfit("A number is wanted, such as 0.5")
    return value


def _choice(field: Field, entered: Any) -> Any:
    if type(entered) is not int or not 0 <= entered < len(field.choices):
        raise TypeError("there is no such choice")
    return field.choices[entered]


def _text(_: Field, entered: Any) -> str:
    if not isinstance(entered, str):
        raise TypeError("a text is expected")
    if len(entered) > TEXT:
        raise Misfit(f"This is longer than {TEXT:,} characters")
    return entered


def _secret(field: Field, entered: Any) -> Secret:
    try:
        return secret(_text(field, entered))
    except SecretError as refused:
        raise Misfit(f"Not possible: {refused}") from None


class FieldKind(NamedTuple):
    """How a kind of field reads what is entered, which values it can show, and how they are told to the page."""

    read: Callable[[Field, Any], Any]
    holds: Callable[[Field, Any], bool]
    tell: Callable[[Field, Any], Any] = lambda _, value: value


def _place(field: Field, value: object) -> int:
    """Which of the choices it is, or -1."""
    return next((number for number, choice in enumerate(field.choices) if _is(choice, value)), -1)


def _is(choice: object, value: object) -> bool:
    """Whether they are the same; values of somebody else's types are not asked, they may compare in their own way."""
    return choice is value or (type(choice) is type(value) and type(value) in (str, int, float) and choice == value)


def _is_sized(value: object) -> bool:
    """Whether it is a number that can be written out and read by people."""
    return type(value) is float or (type(value) is int and value.bit_length() < 400)


KINDS: Final[Mapping[str, FieldKind]] = {
    "switch": FieldKind(_switch, lambda _, value: isinstance(value, bool)),
    "whole": FieldKind(_whole, lambda _, value: type(value) is int and _is_sized(value), lambda _, value: str(value)),
    "number": FieldKind(_number, lambda _, value: _is_sized(value), lambda _, value: repr(float(value))),
    "choice": FieldKind(_choice, lambda field, value: _place(field, value) >= 0, _place),
    "text": FieldKind(_text, lambda _, value: _is_open(value), lambda _, value: _sendable(value)),
    "hidden": FieldKind(
        _secret, lambda _, value: isinstance(value, Secret | str), lambda _, value: value != ""
    ),  # only whether
}
_OF_TYPE: Final[Mapping[type, str]] = {bool: "switch", int: "whole", float: "number", str: "text"}


def _is_open(value: object) -> bool:
    """Whether it is a text that can be shown whole."""
    return type(value) is str and len(value) <= TEXT and scrub(value) == value


def _sendable(text: str) -> str:
    """Without lone surrogates, which no page can take."""
    return text.encode("utf-8", "replace").decode()
