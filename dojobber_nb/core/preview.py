"""Previews of values and exceptions: bounded, scrubbed, inert text, in one line or as a tree.

No more of a value is read than is shown, and no code of its class is called, except its `__repr__` with `ask`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

from dojobber_nb.core.secrets import beginning, ending, masked, scrub
from dojobber_nb.core.values import RULES, Rule, is_plain, name_of, rule_of, shape_of

MESSAGE_LIMIT: Final = 2_000  # characters of an exception's message
LINE_ITEMS: Final = 20  # of a container, in one line
TREE_BYTES: Final = 60_000  # of a whole tree as JSON
ROW_BYTES: Final = 240  # the minimum for a row
DEEPEST: Final = 12  # levels of a tree

T = TypeVar("T")


# --- text ----------------------------------------------------------------------------------------------------------


def message(error: BaseException | None, limit: int = MESSAGE_LIMIT) -> str:
    """The message of the exception, or the name of its type if it has none."""
    return "" if error is None else exception_text(error, limit) or name_of(type(error))


def exception_text(error: BaseException, limit: int = MESSAGE_LIMIT) -> str:
    """The message of the exception, which may be ""; a placeholder if its `__str__` raises."""
    try:
        return clip(str(error), limit)
    except BaseException:  # noqa: BLE001  # hostile __str__: the placeholder is the answer
        return f"<{name_of(type(error))} whose __str__ raises>"


def clip(text: str, limit: int) -> str:
    """At most `limit` characters, scrubbed, without lone surrogates; a note stands for what was cut in the middle."""
    if str.__len__(text) <= limit:
        text = scrub(text)  # scrubbing may have made it longer
    if (length := str.__len__(text)) > limit:
        kept = max(limit - 30, 10)
        head, tail = beginning(text, kept * 2 // 3), ending(text, kept // 3)
        text = f"{head} … {length - kept:,} characters cut … {tail}"
    return str.encode(text, "utf-8", "backslashreplace").decode()


def visible(text: str) -> str:
    """The text in one line, with control, invisible and bidirectional characters as escapes."""
    return text if text.isprintable() else "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()


def _fit(text: str, chars: int) -> str:
    return text if len(text) <= chars else text[: max(chars - 1, 0)] + "…"


# --- one line ------------------------------------------------------------------------------------------------------


def preview(value: object, *, chars: int = 200, ask: bool = False) -> str:
    """The value in one line of at most `chars` characters; `<Type>` for an unknown type, unless `ask`."""
    return _line(value, chars, 2, ask)


def _line(value: object, chars: int, depth: int, ask: bool) -> str:
    return _fit(_safely(_text, str, value, chars, depth, ask), chars)


def _safely(show: Callable[..., T], otherwise: Callable[[str], T], value: object, *args: Any) -> T:
    try:
        return show(value, *args)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # a hostile value: the placeholder is the answer
        return otherwise(f"<{_type(value)} that cannot be shown: {_type(error)}>")


def _type(value: object) -> str:
    return visible(name_of(type(value)))


def _text(value: Any, chars: int, depth: int, ask: bool) -> str:
    kind = type(value)
    if is_plain(kind) or (ask and kind not in RULES):
        return visible(beginning(repr(value), chars + 1))
    rule = rule_of(kind)
    if rule is None:
        return scrub(f"<{' '.join(filter(None, (_type(value), *shape_of(value))))}>")
    if rule.text:
        return visible(scrub(rule.text(value, chars)))
    return f"{rule.brackets[0]}{_listed(value, rule, chars - 2, depth, ask)}{rule.brackets[1]}"


def _listed(value: object, rule: Rule, chars: int, depth: int, ask: bool) -> str:
    """The first children, as many as fit."""
    parts, room = list[str](), chars - len(", …")
    for key, child in _pairs(value, rule, LINE_ITEMS if depth else 0):
        if room < 4:
            break
        before = f"{_line(key, room // 2, 0, ask)}: " if rule.keyed else ""
        parts.append(before + _line(child, room - len(before), depth - 1, ask))
        room -= len(parts[-1]) + 2
    return ", ".join(parts + ["…"] * (rule.length(value) > len(parts)))


def _pairs(value: object, rule: Rule, most: int) -> list[tuple[Any, Any]]:
    """The first (key, child) pairs, read at once; [] if the job is changing the container at this moment.

    A child under a key that looks secret comes as a Secret.
    """
    try:
        pairs = list(islice(rule.pairs(value), most)) if rule.pairs else []
    except RuntimeError:
        return []
    return [(key, masked(key, child)) for key, child in pairs] if rule.keyed else pairs


# --- trees ---------------------------------------------------------------------------------------------------------


class TreeRow(NamedTuple):
    """A row of an inspector with the rows below it; `cut` more are left out."""

    key: str
    type: str
    size: str
    text: str
    children: tuple[TreeRow, ...] = ()
    cut: int = 0


class _Outline(NamedTuple):
    """What the row of a value shows; `pairs(n)` reads the first n of its `total` children as (key text, child)."""

    size: str
    text: str
    total: int = 0
    pairs: Callable[[int], Sequence[tuple[str, Any]]] = lambda most: ()


class _Limits(NamedTuple):
    """The function that outlines a value, the maximum depth, and the maximum of children of each value."""

    look: Callable[[Any], _Outline]
    depth: int
    items: int


def tree(
    value: object, *, key: str = "", depth: int = 4, items: int = 100, chars: int = 2_000, ask: bool = False
) -> TreeRow:
    """The value as rows of an inspector, at most 64 kB as JSON, limited in depth, children and characters of a leaf.

    The text of an unknown type is empty unless `ask`.
    """
    return _grow(_Limits(partial(_value, chars, ask), min(depth, DEEPEST), items), key, value, TREE_BYTES, ())


def chain(error: BaseException, *, depth: int = DEEPEST, items: int = 20) -> TreeRow:
    """The exception as rows, below it its cause or else context, and the members of a group; at most 64 kB as JSON."""
    return _grow(_Limits(_error, min(depth, DEEPEST), items), "", error, TREE_BYTES, ())


def _grow(limits: _Limits, key: str, thing: Any, room: int, above: tuple[int, ...]) -> TreeRow:
    """The row of a value with the rows of its children, as far as depth and room (bytes) allow."""
    seen = limits.look(thing)
    row = _row(key, _type(thing), seen, max(room // 4, ROW_BYTES) if seen.total else room)
    if id(thing) in above:
        return row._replace(text="the same one again")
    left, rows = room - _bytes(row), list[TreeRow]()
    pairs = seen.pairs(min(limits.items, left // ROW_BYTES)) if len(above) < limits.depth else ()
    for number, (name, child) in enumerate(pairs):
        rows.append(_grow(limits, name, child, left // (len(pairs) - number), (*above, id(thing))))
        left -= _bytes(rows[-1])
    return row._replace(children=tuple(rows), cut=seen.total - len(rows))


def _row(key: str, kind: str, seen: _Outline, most: int) -> TreeRow:
    """The row without children; its longest part is cut until it has at most that many bytes."""
    parts = [_fit(key, 80), _fit(kind, 80), _fit(seen.size, 80), seen.text]
    while _bytes(row := TreeRow(parts[0], parts[1], parts[2], parts[3])) > most:
        longest = max(range(4), key=lambda part: len(parts[part]))
        parts[longest] = _fit(parts[longest], len(parts[longest]) * 2 // 3)
    return row


def _bytes(row: TreeRow) -> int:
    """Size of the row and all rows below it as JSON objects."""
    return 80 + len(json.dumps(row[:4])) + sum(map(_bytes, row.children))


def _value(chars: int, ask: bool, value: object) -> _Outline:
    return _safely(_read, partial(_Outline, ""), value, chars, ask)


def _read(value: object, chars: int, ask: bool) -> _Outline:
    rule = rule_of(type(value))
    if rule is None:
        shown = ask or is_plain(type(value))
        return _Outline(" ".join(shape_of(value)).strip(), _line(value, chars, 0, ask) if shown else "")
    length = rule.length(value)
    size = f"{length:,} {rule.unit}{'s' * (length != 1)}" if rule.pairs or length > chars else ""
    if not rule.pairs:
        return _Outline(size, _line(value, chars, 0, ask))
    return _Outline(size, _line(value, 80, 2, ask), length, partial(_children, value, rule, ask))


def _children(value: object, rule: Rule, ask: bool, most: int) -> list[tuple[str, Any]]:
    pairs = _pairs(value, rule, most)
    return [("" if key is None and not rule.keyed else _line(key, 80, 1, ask), child) for key, child in pairs]


def _error(error: BaseException) -> _Outline:
    came, members = _came_from(error), _members(error)

    def first(most: int) -> list[tuple[str, BaseException]]:
        named = [(f"{number:,} of {len(members):,}", member) for number, member in enumerate(members[:most], 1)]
        return [*came, *named][:most]

    size = f"{len(members):,} exceptions" if members else ""
    return _Outline(size, visible(message(error)), len(came) + len(members), first)


def _members(error: BaseException) -> tuple[BaseException, ...]:
    return _slot(BaseExceptionGroup, "exceptions", error) if issubclass(type(error), BaseExceptionGroup) else ()


def _came_from(error: BaseException) -> list[tuple[str, BaseException]]:
    """Its cause, or else its context."""
    cause, context = _slot(BaseException, "__cause__", error), _slot(BaseException, "__context__", error)
    if cause is None and _slot(BaseException, "__suppress_context__", error):
        return []
    return [(name, came) for name, came in (("cause", cause), ("context", context)) if came is not None][:1]


def _slot(base: type[BaseException], name: str, error: BaseException) -> Any:
    """The attribute as the interpreter stores it, whatever the class overrides."""
    return vars(base)[name].__get__(error)
