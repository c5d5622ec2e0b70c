"""ArgsForm: a form for the arguments that jobs get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from dojobber_nb.core.errors import SecretError
from dojobber_nb.core.preview import preview
from dojobber_nb.engine.runner import Runner
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.base import Part, Source, module, styles
from dojobber_nb.notebook.widgets.content_values import Content
from dojobber_nb.notebook.widgets.fields import Field, InvalidEntry, field


class ArgsForm(Part):
    """A form for the named arguments of set_args. What is entered reaches every Check and Run from the next phase on.

    `ArgsForm(dj, batteries=["dead", "fresh"], count=3, dry=True, token=secret)` has a field for each, with that first
    value unless set_args was called with another; without arguments, a field for each named argument of set_args. Other
    arguments of set_args stay. No value is in a trait. Of a secret, the page learns only whether it was entered.
    """

    _esm = module("args")
    _css = styles("args")

    def __init__(self, source: Source, /, **given: Any) -> None:
        session = source if isinstance(source, Session) else Session(source)
        runner = session.runner
        self._fields = {name: field(name, value) for name, value in (given or runner.kwargs).items()}
        self._errors: dict[str, str] = {}
        current = runner.kwargs
        taken = {name for name, entry in self._fields.items() if name in current and entry.holds(current[name])}
        first = {name: entry.first for name, entry in self._fields.items() if name not in taken}
        _set_args(runner, {name: value for name, value in first.items() if value is not None})
        super().__init__(session)

    def content(self, session: Session) -> Content:
        """The fields, their values, and a note beside each."""
        return {
            "fields": [entry.facts for entry in self._fields.values()],
            "values": {name: self._value(entry) for name, entry in self._fields.items()},
            "notes": {name: self._note(entry) for name, entry in self._fields.items()},
        }

    def _value(self, entry: Field) -> Any:
        """The value that the field shows; None if it cannot show the value that jobs get."""
        value = self._given.get(entry.name)
        return entry.page_value(value) if entry.holds(value) else None

    def _note(self, entry: Field) -> str:
        """The note beside the field, or ""."""
        if entry.name not in self._given:
            return self._errors.get(entry.name, _NOT_GIVEN[entry.kind == "hidden"])
        if not entry.holds(self._given[entry.name]):
            return "Jobs get another value, from set_args"
        return self._errors.get(entry.name, "")

    @property
    def _given(self) -> Mapping[str, Any]:
        return self.session.runner.kwargs

    def _enter(self, content: dict[str, Any]) -> None:
        entry = self._fields[content["field"]]
        try:
            _set_args(self.session.runner, {entry.name: entry.read(content["value"])})
        except (InvalidEntry, SecretError) as error:
            self._errors[entry.name] = f"{error}. {self._kept_value_text(entry)}"
        else:
            self._errors.pop(entry.name, None)
        self.session.refresh()

    def _kept_value_text(self, entry: Field) -> str:
        if entry.kind == "hidden" or entry.name not in self._given:
            return "The entry was not taken."
        return f"Jobs still get {preview(self._given[entry.name], chars=60)}."

    HEARS: ClassVar[Mapping[str, Any]] = {"enter": _enter}


_NOT_GIVEN: Final = ("Jobs do not get it: set_args was called without it", "Jobs do not get it until it is entered")


def _set_args(runner: Runner, new: Mapping[str, Any]) -> None:
    if new:
        runner.set_args(*runner.args, **{**runner.kwargs, **new})
