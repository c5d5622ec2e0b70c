"""ArgsForm: the arguments that jobs get, as a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from dojobber_nb.core.errors import SecretError
from dojobber_nb.core.preview import preview
from dojobber_nb.engine.runner import Runner
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.base import Part, Source, module, styles
from dojobber_nb.notebook.widgets.channel import Content
from dojobber_nb.notebook.widgets.fields import Field, Misfit, field


class ArgsForm(Part):
    """What it shows is what every Check and Run gets, from the next phase on.

    `ArgsForm(dj, batteries=["dead", "fresh"], count=3, dry=True, token=secret)`: a field each, and its first value,
    unless set_args has said another; with none given, a field for each named argument of set_args. What else set_args
    was given stays. No value is in a trait; of a secret the page is told only whether there is one, and what is entered
    there is a secret from then on.
    """

    _esm = module("args")
    _css = styles("args")

    def __init__(self, source: Source, /, **given: Any) -> None:
        session = source if isinstance(source, Session) else Session(source)
        the_runner = session.runner
        self._fields = {name: field(name, value) for name, value in (given or the_runner.kwargs).items()}
        self._misfits: dict[str, str] = {}
        said = the_runner.kwargs
        taken = {name for name, one in self._fields.items() if name in said and one.holds(said[name])}
        first = {name: one.first for name, one in self._fields.items() if name not in taken}
        _give(the_runner, {name: value for name, value in first.items() if value is not None})
        super().__init__(session)

    def content(self, session: Session) -> Content:
        """The fields, their values, and what is to be said about each."""
        return {
            "fields": [one.facts for one in self._fields.values()],
            "values": {name: self._value(one) for name, one in self._fields.items()},
            "notes": {name: self._note(one) for name, one in self._fields.items()},
        }

    def _value(self, one: Field) -> Any:
        """What the field shows; None when jobs get something that it cannot show."""
        value = self._given.get(one.name)
        return one.told(value) if one.holds(value) else None

    def _note(self, one: Field) -> str:
        """What is said beside the field, or ""."""
        if one.name not in self._given:
            return self._misfits.get(one.name, _NOT_GIVEN[one.kind == "hidden"])
        if not one.holds(self._given[one.name]):
            return "Jobs get another value: the one that set_args was called with"
        return self._misfits.get(one.name, "")

    @property
    def _given(self) -> Mapping[str, Any]:
        return self.session.runner.kwargs

    def _enter(self, content: dict[str, Any]) -> None:
        one = self._fields[content["field"]]
        try:
            _give(self.session.runner, {one.name: one.read(content["value"])})
        except (Misfit, SecretError) as misfit:
            self._misfits[one.name] = f"{misfit}. {self._still(one)}"
        else:
            self._misfits.pop(one.name, None)
        self.session.refresh()

    def _still(self, one: Field) -> str:
        if one.kind == "hidden" or one.name not in self._given:
            return "What was entered is not taken."
        return f"Jobs still get {preview(self._given[one.name], chars=60)}."

    HEARS: ClassVar[Mapping[str, Any]] = {"enter": _enter}


_NOT_GIVEN: Final = ("Jobs do not get it: set_args was called without it", "Jobs do not get it until it is entered")


def _give(runner: Runner, new: Mapping[str, Any]) -> None:
    if new:
        runner.set_args(*runner.args, **{**runner.kwargs, **new})
