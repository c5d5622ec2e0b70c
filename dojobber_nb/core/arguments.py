"""Arguments of set_args, with the plain value in place of each secret."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from types import GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Any, Final, NamedTuple

from dojobber_nb.core.errors import SecretError
from dojobber_nb.core.preview import clip, preview, visible
from dojobber_nb.core.secrets import MARK, Secret
from dojobber_nb.core.values import bases_of, names_of

LEVELS: Final = 3  # depth to which values of types other than dict, list and tuple are searched
ITEMS: Final = 20_000  # such values, items and attributes searched in one set_args


Place = str | tuple["Place", Any, Any]  # of a value: an argument, or (place of its container, container, key)


class Arguments(NamedTuple):
    """The arguments of every Check and Run."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def plain_arguments(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Arguments:
    """The arguments with the plain value of each secret in dicts, lists and tuples, which are copied.

    An argument without a secret is the same object. Raises SecretError, with the place, for a secret inside any other
    type, and for a text that contains <secret>.
    """
    roots = [(value, f"args[{number}]") for number, value in enumerate(args)]
    roots += [(value, name) for name, value in kwargs.items()]
    copies = _copies(_holders([root for root in roots if _may_hold_one(root[0])]))
    plain = [_plain(value, copies) for value, _ in roots]
    return Arguments(tuple(plain[: len(args)]), dict(zip(kwargs, plain[len(args) :], strict=True)))


def _plain(value: Any, copies: Mapping[int, Any]) -> Any:
    return value.reveal() if type(value) is Secret else copies.get(id(value), value)


# --- which containers hold a secret, at any depth --------------------------------------------------------------------


def _holders(roots: Iterable[tuple[Any, Place]]) -> list[Any]:
    """The dicts, lists and tuples below the roots that contain a secret, at any depth; iterative, safe for cycles."""
    seen, parents, direct = dict[int, Any](), dict[int, list[int]](), list[int]()
    ahead, left = list(roots), iter(range(ITEMS))
    while ahead:
        value, place = ahead.pop()
        if not _is_container(value):
            _refuse(value, place, left)
        elif id(value) not in seen:
            seen[id(value)] = value
            for key, child in _items(value, place, left):
                if type(child) is Secret:
                    direct.append(id(value))
                elif _may_hold_one(child):
                    parents.setdefault(id(child), []).append(id(value))
                    ahead.append((child, (place, value, key)))
    return [seen[key] for key in _upwards(direct, parents)]


def _upwards(keys: list[int], parents: Mapping[int, list[int]]) -> dict[int, None]:
    """The keys and all their parents, at any height."""
    found = dict.fromkeys(keys)
    while keys:
        above = [key for key in parents.get(keys.pop(), ()) if key not in found]
        found.update(dict.fromkeys(above))
        keys += above
    return found


def _may_hold_one(value: object) -> bool:
    """Whether it may contain a secret or the mark."""
    kind = type(value)
    return MARK in value if kind is str else kind not in _BARE  # type: ignore[operator]  # it is a str


_BARE: Final = frozenset({int, float, bool, complex, type(None), range, slice, ModuleType, Secret})


def _is_container(value: object) -> bool:
    """Whether it is exactly a dict, list or tuple, or a namedtuple."""
    kind = type(value)
    return kind in (dict, list, tuple) or (bases_of(kind)[1:2] == (tuple,) and "_fields" in names_of(kind))


def _items(value: Any, place: Place, left: Iterator[int]) -> Iterable[tuple[Any, Any]]:
    """The children of a container as (key or number, child)."""
    if type(value) is not dict:
        return enumerate(tuple.__iter__(value) if type(value) is not list else value)
    for key in value:
        if _is_telling(key):
            _refuse(key, f"a key of {_expression(place)}", left)
    return value.items()


# --- copies ----------------------------------------------------------------------------------------------------------


def _copies(holders: list[Any]) -> dict[int, Any]:
    """A copy of each, by its id, with the plain value of each secret."""
    copies: dict[int, Any] = {id(holder): type(holder)() for holder in holders if type(holder) in (dict, list)}
    tuples = {id(holder): holder for holder in holders if id(holder) not in copies}
    ahead = list(tuples.values())
    while ahead:  # inner tuples first; a cycle has a dict or a list in it
        if inner := [child for child in ahead[-1] if id(child) in tuples and id(child) not in copies]:
            ahead += inner
        elif id(done := ahead.pop()) not in copies:
            copies[id(done)] = tuple.__new__(type(done), [_plain(child, copies) for child in done])
    for holder in holders:
        if type(holder) is dict:
            copies[id(holder)].update({key: _plain(child, copies) for key, child in holder.items()})
        elif type(holder) is list:
            copies[id(holder)].extend(_plain(child, copies) for child in holder)
    return copies


# --- what is refused -------------------------------------------------------------------------------------------------


def _refuse(value: object, place: Place, left: Iterator[int]) -> None:
    """Raise SecretError for a secret that cannot be replaced by its plain value; no code of the value is called.

    left: yields once for each value that may still be searched.
    """
    ahead = deque([(value, "", LEVELS)])
    while ahead:
        thing, at, levels = ahead.popleft()
        if type(thing) is Secret:
            raise SecretError(
                f"set_args: the secret at {_expression(place)}{at} cannot be replaced by its plain value there; "
                "give it by itself, in a dict, list or tuple, or as its .reveal()"
            )
        if _holds_mark(thing):
            raise SecretError(
                f"set_args: {_expression(place)}{at} is a text that holds {MARK}, which is shown in place of a secret "
                'and is not its value; declare the whole text: secret(f"…{token.reveal()}…")'
            )
        if levels and not _is_ours(thing):
            found = ((child, more) for _, (child, more) in zip(left, _seen_in(thing), strict=False))
            ahead.extend((child, f"{at}{more}", levels - 1) for child, more in found if _is_telling(child))


def _is_telling(value: object) -> bool:
    return type(value) is Secret or _may_hold_one(value)


def _is_ours(value: object) -> bool:
    """Whether its class is one of this library, such as DoJobber, which handles secrets itself."""
    return str(names_of(type(value)).get("__module__")).startswith("dojobber_nb.")


def _expression(place: Place) -> str:
    """The place as a Python expression, scrubbed."""
    parts = list[str]()
    while not isinstance(place, str):
        place, holder, key = place
        names = names_of(type(holder)).get("_fields")
        parts.append(f".{names[key]}" if type(names) is tuple else f"[{preview(key, chars=60)}]")
    return clip(visible("".join([place, *reversed(parts)])), 200)


def _holds_mark(value: Any) -> bool:
    """Whether it is a text that contains the mark, whatever its class overrides."""
    bases = bases_of(type(value))
    texts: tuple[tuple[type, Any], ...] = ((str, MARK), (bytes, MARK.encode()), (bytearray, MARK.encode()))
    return any(kind in bases and names_of(kind)["__contains__"](value, mark) for kind, mark in texts)


def _seen_in(value: Any) -> Iterator[tuple[Any, str]]:
    """(child, place) of items and attributes that can be read without calling code of the value."""
    bases = bases_of(type(value))
    for kind in (set, frozenset, deque, list, tuple):
        if kind in bases:
            items = enumerate(names_of(kind)["__iter__"](value))
            yield from ((child, ", as an item" if kind in (set, frozenset) else f"[{at}]") for at, child in items)
    if dict in bases:
        yield from ((key, ", as a key") for key in dict.keys(value))
        yield from ((child, f"[{preview(key, chars=60)}]") for key, child in dict.items(value))
    if partial in bases:
        yield from ((names_of(partial)[name].__get__(value), f".{name}") for name in ("args", "keywords"))
    for base in filter(_is_written, bases_of(value) if type in bases else bases):
        yield from ((thing, f".{name}") for name, thing in names_of(base).items() if type(thing) is Secret)
    yield from ((child, f".{name}") for name, child in _own(value, bases))


def _is_written(kind: type) -> bool:
    """Whether the class was made by a class statement or a call of type: only those can have secrets and slots."""
    flags: int = type.__dict__["__flags__"].__get__(kind)
    return bool(flags & _HEAP)


_HEAP: Final = 1 << 9


def _own(value: object, bases: tuple[type, ...]) -> Iterator[tuple[str, Any]]:
    """The attributes of the value itself, in __slots__ and __dict__."""
    for base in filter(_is_written, bases):
        if "__slots__" in names_of(base):
            slots = [(name, slot) for name, slot in names_of(base).items() if type(slot) is MemberDescriptorType]
            for name, slot in slots:
                with suppress(AttributeError):  # not set
                    yield name, slot.__get__(value)
    dicts = (names_of(base)["__dict__"] for base in bases if "__dict__" in names_of(base))
    own = next(dicts, None)
    if own is not None and type(own) in (GetSetDescriptorType, MemberDescriptorType) and type not in bases:
        yield from own.__get__(value).items()
