"""Fields of a form: the kind of each argument, how its value is shown, and how an entry is read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from dojobber_nb.core.errors import DoJobberError, SecretError
from dojobber_nb.core.preview import preview
from dojobber_nb.core.secrets import Secret, is_secret_key, masked, scrub, secret
from dojobber_nb.view import words

MAX_CHARACTERS, MAX_CHOICES = 10_000, 500  # of a text, of one argument


class FieldError(DoJobberError, TypeError):
    """An argument for which there is no kind of field."""

    def __init__(self, name: str, value: object) -> None:
        self.name = name
        super().__init__(
            f"there is no field for the argument {name!r}: {preview(masked(name, value), chars=80)}; give a bool, an "
            f"int, a float, a str, secret(…), secret itself for a secret to be entered, or a list of choices; give all "
            f"else by set_args"
        )


class InvalidEntry(ValueError):
    """An entry that is no value for the field. The message is for the person who entered it."""


class Field(NamedTuple):
    """An argument: `kind` is a key of KINDS, `first` the first value, `choices` the values of a choice.

    `first` is None for a secret that is still to be entered.
    """

    name: str
    kind: str
    first: Any
    choices: tuple[Any, ...] = ()

    @property
    def facts(self) -> dict[str, Any]:
        """What the page needs to draw it."""
        values = [masked(self.name, value) for value in self.choices]
        choices = [words.short(value, 80) if isinstance(value, str) else preview(value, chars=80) for value in values]
        return {"name": self.name, "label": words.name(self.name, 80), "kind": self.kind, "choices": choices}

    def holds(self, value: object) -> bool:
        """Whether the field can show that value."""
        return KINDS[self.kind].holds(self, value)

    def page_value(self, value: Any) -> Any:
        """The value as the page gets it."""
        return KINDS[self.kind].encode(self, value)

    def read(self, entered: Any) -> Any:
        """The value of an entry. Raises InvalidEntry, or TypeError if no page would send such an entry."""
        return KINDS[self.kind].read(self, entered)


def field(name: str, given: Any) -> Field:
    """The field for an argument, given its first value or a list of choices. Raises FieldError if there is none.

    `secret` itself means a secret to be entered. A text under a name such as "password" is a secret, too.
    """
    if given is secret:
        return Field(name, "hidden", None)
    if isinstance(given, Secret) or (isinstance(given, str) and is_secret_key(name)):
        return Field(name, "hidden", _as_secret(given))
    if isinstance(given, (list, tuple)) and 0 < len(given) <= MAX_CHOICES:
        return Field(name, "choice", given[0], tuple(given))
    for type_, kind in _KIND_BY_TYPE.items():
        if isinstance(given, type_):
            return Field(name, kind, given)
    raise FieldError(name, given)


def _as_secret(given: str | Secret) -> str | Secret:
    """The value as a secret; the value itself if it is too short for one."""
    try:
        return secret(given)
    except SecretError:
        return given


# --- reading entries -------------------------------------------------------------------------------------------------


def _switch(_: Field, entered: Any) -> bool:
    if not isinstance(entered, bool):
        raise TypeError("a switch is on or off")
    return entered


def _whole(_: Field, entered: Any) -> int:
    try:
        return int(_text(_, entered))
    except ValueError:
        raise InvalidEntry("Enter a whole number, such as 3") from None


def _number(_: Field, entered: Any) -> float:
    try:
        value = float(_text(_, entered))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InvalidEntry("Enter a number, such as 0.5")
    return value


def _choice(field: Field, entered: Any) -> Any:
    if type(entered) is not int or not 0 <= entered < len(field.choices):
        raise TypeError("there is no such choice")
    return field.choices[entered]


def _text(_: Field, entered: Any) -> str:
    if not isinstance(entered, str):
        raise TypeError("a text is expected")
    if len(entered) > MAX_CHARACTERS:
        raise InvalidEntry(f"This is longer than {MAX_CHARACTERS:,} characters")
    return entered


def _secret(field: Field, entered: Any) -> Secret:
    try:
        return secret(_text(field, entered))
    except SecretError as refused:
        raise InvalidEntry(f"Not possible: {refused}") from None


class FieldKind(NamedTuple):
    """How a kind of field reads entries, which values it can show, and how they are sent to the page."""

    read: Callable[[Field, Any], Any]
    holds: Callable[[Field, Any], bool]
    encode: Callable[[Field, Any], Any] = lambda _, value: value


def _choice_index(field: Field, value: object) -> int:
    """Index of the value among the choices, or -1."""
    return next((number for number, choice in enumerate(field.choices) if _is(choice, value)), -1)


def _is(choice: object, value: object) -> bool:
    """Whether they are the same. Only plain values are compared by ==: other types may define it in any way."""
    return choice is value or (type(choice) is type(value) and type(value) in (str, int, float) and choice == value)


def _is_printable(value: object) -> bool:
    """Whether it is a number of reasonable length."""
    return type(value) is float or (type(value) is int and value.bit_length() < 400)


KINDS: Final[Mapping[str, FieldKind]] = {
    "switch": FieldKind(_switch, lambda _, value: isinstance(value, bool)),
    "whole": FieldKind(
        _whole, lambda _, value: type(value) is int and _is_printable(value), lambda _, value: str(value)
    ),
    "number": FieldKind(_number, lambda _, value: _is_printable(value), lambda _, value: repr(float(value))),
    "choice": FieldKind(_choice, lambda field, value: _choice_index(field, value) >= 0, _choice_index),
    "text": FieldKind(_text, lambda _, value: _is_showable(value), lambda _, value: _sendable(value)),
    "hidden": FieldKind(
        _secret, lambda _, value: isinstance(value, Secret | str), lambda _, value: value != ""
    ),  # only whether
}
_KIND_BY_TYPE: Final[Mapping[type, str]] = {bool: "switch", int: "whole", float: "number", str: "text"}


def _is_showable(value: object) -> bool:
    """Whether it is a text that can be shown in full: not too long, and without secrets."""
    return type(value) is str and len(value) <= MAX_CHARACTERS and scrub(value) == value


def _sendable(text: str) -> str:
    """The text without lone surrogates, which cannot be sent."""
    return text.encode("utf-8", "replace").decode()
