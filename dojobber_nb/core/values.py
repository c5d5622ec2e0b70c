"""Reading of values without calling code of their classes: builtin types, types derived from them, arrays, tables."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from itertools import islice, repeat
from types import BuiltinFunctionType, EllipsisType, FunctionType, ModuleType, NoneType
from typing import Any, Final, NamedTuple

from dojobber_nb.core.secrets import MARK, Secret, beginning, reach

BITS: Final = 4_000  # of an int that is printed: beyond that Python refuses, or is slow


class Rule(NamedTuple):
    """How to read a builtin type: a leaf by `text(value, chars)`, a container by `pairs(value)` of (key, child).

    `length` counts `unit`s; `keyed`: the keys are values, too, else numbers or None.
    """

    length: Callable[[Any], int] = lambda value: 0
    unit: str = ""
    text: Callable[[Any, int], str] | None = None
    pairs: Callable[[Any], Iterable[tuple[Any, Any]]] | None = None
    brackets: str = ""
    keyed: bool = False


def name_of(kind: type) -> str:
    """The qualified name of the class, without calling its metaclass."""
    return beginning(type.__dict__["__qualname__"].__get__(kind), 200)


def bases_of(kind: type) -> tuple[type, ...]:
    """The class and its bases, without calling its metaclass."""
    bases: tuple[type, ...] = type.__dict__["__mro__"].__get__(kind)
    return bases


def names_of(kind: type) -> Mapping[str, Any]:
    """The attributes of the class itself, by name, without calling its metaclass."""
    names: Mapping[str, Any] = type.__dict__["__dict__"].__get__(kind)
    return names


def rule_of(kind: type) -> Rule | None:
    """The rule of the class or its nearest base; None for an unknown type."""
    return next((RULES[base] for base in bases_of(kind) if base in RULES), None)


def _plain(own_repr: Callable[[Any], str]) -> Rule:
    return Rule(text=lambda value, chars: own_repr(value))


def _named(what: str) -> Rule:
    return Rule(text=lambda value, chars: f"<{what} {beginning(value.__name__, chars)}>")


def _start(kind: type[str | bytes | bytearray]) -> Callable[[Any, int], str]:
    """The repr of as much as fits, and one character more if there is more."""
    return lambda value, chars: beginning(repr(kind.__getitem__(value, slice(chars + 1 + reach()))), chars + 1)


def _number(value: int, chars: int) -> str:
    bits = int.bit_length(value)
    return int.__repr__(value) if bits <= BITS else f"<a number of {bits:,} bits>"


def _unkeyed(items: Callable[[Any], Iterable[Any]]) -> Callable[[Any], Iterable[tuple[Any, Any]]]:
    return lambda value: zip(repeat(None), items(value))


def _numbered(items: Callable[[Any], Iterable[Any]]) -> Callable[[Any], Iterable[tuple[Any, Any]]]:
    return lambda value: enumerate(items(value))


RULES: Final[Mapping[type, Rule]] = {
    NoneType: _plain(repr),
    EllipsisType: _plain(repr),
    bool: _plain(bool.__repr__),
    int: Rule(text=_number),
    float: _plain(float.__repr__),
    complex: _plain(complex.__repr__),
    range: _plain(range.__repr__),
    str: Rule(str.__len__, "character", _start(str)),
    bytes: Rule(bytes.__len__, "byte", _start(bytes)),
    bytearray: Rule(bytearray.__len__, "byte", _start(bytearray)),
    dict: Rule(dict.__len__, "key", pairs=dict.items, brackets="{}", keyed=True),
    list: Rule(list.__len__, "item", pairs=_numbered(list.__iter__), brackets="[]"),
    tuple: Rule(tuple.__len__, "item", pairs=_numbered(tuple.__iter__), brackets="()"),
    set: Rule(set.__len__, "item", pairs=_unkeyed(set.__iter__), brackets="{}"),
    frozenset: Rule(frozenset.__len__, "item", pairs=_unkeyed(frozenset.__iter__), brackets="{}"),
    deque: Rule(deque.__len__, "item", pairs=_numbered(deque.__iter__), brackets="[]"),
    type: Rule(text=lambda value, chars: f"<class {name_of(value)}>"),
    FunctionType: _named("function"),
    BuiltinFunctionType: _named("function"),
    ModuleType: Rule(text=lambda value, chars: f"<module {beginning(str(vars(value).get('__name__')), chars)}>"),
    Secret: Rule(text=lambda value, chars: MARK),
}

# Types whose repr is short and safe to call; compared by identity, and only if their module is imported.
PLAIN: Final = (
    *(("datetime", name) for name in ("date", "datetime", "time", "timedelta", "timezone")),
    *(("numpy", name) for name in ("bool", "int32", "int64", "uint8", "float32", "float64")),
    *(("pathlib", name) for name in ("PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath")),
    ("decimal", "Decimal"),
    ("fractions", "Fraction"),
    ("uuid", "UUID"),
)

# Arrays and tables, whose shape and this attribute cost nothing to read.
SHAPED: Final = (
    ("numpy", "ndarray", "dtype"),
    ("pandas", "DataFrame", "dtypes"),
    ("pandas", "Series", "dtype"),
    ("pandas", "Index", "dtype"),
    ("polars", "DataFrame", "dtypes"),
    ("polars", "Series", "dtype"),
    ("torch", "Tensor", "dtype"),
    ("xarray", "DataArray", "dtype"),
)


def as_bool(value: object) -> bool | None:
    """The value of a bool, Python's or numpy's; None for any other type."""
    known = type(value) is bool or type(value) is _loaded("numpy", "bool")
    return bool(value) if known else None


def is_plain(kind: type) -> bool:
    """Whether it is exactly one of the plain types."""
    return any(kind is _loaded(module, name) for module, name in PLAIN)


def shape_of(value: object) -> tuple[str, str]:
    """("3 × 4", "float64") of an array or a table, ("", "") of anything else."""
    for module, name, attribute in SHAPED:
        base = _loaded(module, name)
        if any(base is one for one in bases_of(type(value))):
            shape, types = (_read(base, value, part) for part in ("shape", attribute))
            kinds = islice(iter(types), 100) if attribute == "dtypes" else (types,)
            return " × ".join(map(str, shape)), ", ".join(dict.fromkeys(map(str, kinds)))
    return "", ""


def _loaded(module: str, name: str) -> Any:
    """The attribute of that module, or None if the module was not imported."""
    return getattr(sys.modules.get(module), "__dict__", {}).get(name)


def _read(base: type, value: object, name: str) -> Any:
    """The attribute as the known type defines it, whatever a derived class overrides."""
    return next(vars(above)[name] for above in bases_of(base) if name in vars(above)).__get__(value)
