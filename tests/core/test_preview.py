"""What is shown of values and exceptions, however large, deep or hostile they are."""

import json
import sys
import tracemalloc
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dojobber_nb.core import preview as module
from dojobber_nb.core.preview import TreeRow, chain, clip, message, preview, tree, visible


def as_json(row: TreeRow) -> dict[str, Any]:
    """The row as a page receives it."""
    return {**row._asdict(), "children": [as_json(child) for child in row.children]}


def size_of(row: TreeRow) -> int:
    return len(json.dumps(as_json(row), allow_nan=False))


def rows(row: TreeRow) -> Iterator[TreeRow]:
    yield row
    for child in row.children:
        yield from rows(child)


def nested(levels: int, wrap: Callable[[Any], Any]) -> Any:
    """Something in so many containers."""
    value: Any = "core"
    for _ in range(levels):
        value = wrap(value)
    return value


# --- hostile things ------------------------------------------------------------------------------------------------


class Called(Exception):
    """Code of the value was called."""


def calls(*_args: object, **_kwargs: object) -> Any:
    raise Called


OVERRIDES = frozenset(dir(str) + dir(float) + dir(dict)) - {*dir(object)} | {
    "__eq__",
    "__format__",
    "__getattribute__",
    "__hash__",
    "__repr__",
    "__str__",
    "_repr_html_",
}


def hostile(base: type) -> type:
    """A subclass every method of which raises, and which lies about its class."""
    return type("Hostile", (base,), {**dict.fromkeys(OVERRIDES, calls), "__class__": property(calls)})


class Liar(type):
    """A metaclass that is asked nothing."""

    __name__ = property(calls)  # type: ignore[assignment]
    __mro__ = property(calls)  # type: ignore[assignment]
    __getattribute__ = calls  # type: ignore[assignment]
    __hash__ = calls  # type: ignore[assignment]
    __eq__ = calls  # type: ignore[assignment]
    __instancecheck__ = calls
    __subclasscheck__ = calls


def saying(answer: Callable[[Any], Any]) -> object:
    """Something whose repr is what `answer` gives or raises."""
    return type("Somebody", (), {"__repr__": answer, "__str__": answer})()


def raising(error: type[BaseException]) -> Callable[[object], str]:
    def answer(_self: object) -> str:
        raise error

    return answer


def recurring(self: object) -> str:
    return f"<{self!r}>"


# --- one line ------------------------------------------------------------------------------------------------------

HERE = date(2026, 11, 5)


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (None, "None"),
        (True, "True"),
        (3, "3"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (2 + 3j, "(2+3j)"),
        (..., "Ellipsis"),
        ("it's", '"it\'s"'),
        (b"\0a", r"b'\x00a'"),
        (bytearray(b"a"), "bytearray(b'a')"),
        (range(3), "range(0, 3)"),
        ([], "[]"),
        ([1, [2]], "[1, [2]]"),
        ((1, "a"), "(1, 'a')"),
        ({3}, "{3}"),
        (frozenset({3}), "{3}"),
        (deque([1]), "[1]"),
        ({"a": 1, 2: {"b": []}}, "{'a': 1, 2: {'b': []}}"),
        (OrderedDict(a=1), "{'a': 1}"),
        (defaultdict(list, a=[1]), "{'a': [1]}"),
        ([[[[1]]]], "[[[…]]]"),
        (list(range(30)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, …]"),
        (int, "<class int>"),
        (len, "<function len>"),
        (as_json, "<function as_json>"),
        (json, "<module json>"),
        (HERE, "datetime.date(2026, 11, 5)"),
        (Decimal("1.50"), "Decimal('1.50')"),
        (PurePosixPath("a/b"), "PurePosixPath('a/b')"),
        (10**100_000, "<a number of 332,193 bits>"),
        (np.float64(0.5), "np.float64(0.5)"),
        (np.int64(3), "np.int64(3)"),
        (np.zeros((3, 4)), "<ndarray 3 × 4 float64>"),
        (np.ma.masked_array([1, 2], dtype="int32"), "<MaskedArray 2 int32>"),
        (pd.DataFrame({"a": [1], "b": [0.5]}), "<DataFrame 1 × 2 int64, float64>"),
        (pd.Series([True, False]), "<Series 2 bool>"),
        (pd.DataFrame({f"c{i}": [i] for i in range(20)}), "<DataFrame 1 × 20 int64>"),
        (saying(calls), "<Somebody>"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_value_is_one_line_of_what_it_holds(value: object, line: str) -> None:
    assert preview(value) == line


@pytest.mark.parametrize(
    "base", [str, bytes, int, float, dict, list, tuple, set, frozenset, deque, bytearray, np.ndarray]
)
def test_no_method_that_a_subclass_overrides_is_called(base: type) -> None:
    args = ((2,),) if base is np.ndarray else () if base is not str else ("text",)
    value = base.__new__(hostile(base), *args)
    assert preview(value) == tree(value).text or base is np.ndarray
    assert "cannot be shown" not in preview(value)
    assert tree([value]).children[0].type == "Hostile"


def test_a_lying_metaclass_gets_a_placeholder() -> None:
    lied = Liar("Lied", (), {})
    assert preview(object.__new__(lied)) == "<Lied that cannot be shown: Called>"
    assert tree(object.__new__(lied)).text == "<Lied that cannot be shown: Called>"
    assert tree(lied).type == "Liar"


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (lambda self: "I am", "I am"),
        (lambda self: "two\nlines\x1b[31m", r"two\nlines\x1b[31m"),
        (lambda self: "\ud800", r"\ud800"),
        (lambda self: hostile(str)("text"), "text"),
        (lambda self: 3, "<Somebody that cannot be shown: TypeError>"),
        (recurring, "<Somebody that cannot be shown: RecursionError>"),
        (raising(ValueError), "<Somebody that cannot be shown: ValueError>"),
        (raising(SystemExit), "<Somebody that cannot be shown: SystemExit>"),
        (raising(GeneratorExit), "<Somebody that cannot be shown: GeneratorExit>"),
        (lambda self: "x" * 10**6, "x" * 199 + "…"),
    ],
)
def test_the_repr_of_a_type_of_somebody_elses_is_called_when_asked_for_and_may_do_what_it_likes(
    answer: Callable[[Any], Any], line: str
) -> None:
    value = saying(answer)
    assert preview(value) == "<Somebody>"
    assert preview(value, ask=True) == line
    assert tree(value).text == ""
    assert tree({"it": value}, ask=True).children[0].text.startswith(line[:199])


def test_an_interrupt_passes_through_a_repr() -> None:
    with pytest.raises(KeyboardInterrupt):
        preview(saying(raising(KeyboardInterrupt)), ask=True)


def test_a_falsy_or_ambiguous_value_is_never_tested_for_truth() -> None:
    assert preview([np.array([1, 2]), pd.DataFrame({"a": [1, 2]})]) == "[<ndarray 2 int64>, <DataFrame 2 × 1 int64>]"


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain", "plain"),
        ("a\0b", r"a\x00b"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("abc\u202edcba", r"abc\u202edcba"),
        ("\u2067left", r"\u2067left"),
        ("\ud800", r"\ud800"),
        ("line\u2028", r"line\u2028"),
        ("🎬 Ærø", "🎬 Ærø"),
        ("<img onerror=x>", "<img onerror=x>"),
        (r"$\frac{$", r"$\frac{$"),
    ],
)
def test_what_controls_hides_or_turns_text_is_shown_as_an_escape(text: str, seen: str) -> None:
    assert visible(text) == seen
    key = tree({text: 1}).children[0].key
    assert key.strip("'") == seen.replace("\\f", "\\\\f")
    assert key.isprintable()


# --- trees ---------------------------------------------------------------------------------------------------------


def test_a_tree_tells_keys_types_sizes_and_what_is_below() -> None:
    row = tree({"movie": "Wayne", "seats": [1, 2], "seen": {7}}, key="storage")
    assert row[:4] == ("storage", "dict", "3 keys", "{'movie': 'Wayne', 'seats': [1, 2], 'seen': {7}}")
    assert [child[:4] for child in rows(row)][1:] == [
        ("'movie'", "str", "", "'Wayne'"),
        ("'seats'", "list", "2 items", "[1, 2]"),
        ("0", "int", "", "1"),
        ("1", "int", "", "2"),
        ("'seen'", "set", "1 item", "{7}"),
        ("", "int", "", "7"),
    ]


def test_what_depth_and_items_leave_out_is_counted() -> None:
    row = tree(list(range(250)), items=10)
    assert (len(row.children), row.cut) == (10, 240)
    deep = tree([[[[[1]]]]], depth=2)
    assert [(len(child.children), child.cut) for child in rows(deep)] == [(1, 0), (1, 0), (0, 1)]


def test_a_container_that_holds_itself_is_shown_once() -> None:
    loop: list[Any] = [1]
    loop.append({"me": loop})
    assert [row.text for row in rows(tree(loop))][-1] == "the same one again"
    assert preview(loop) == "[1, {'me': […]}]"


def test_a_container_that_is_held_twice_is_shown_twice() -> None:
    one = [1]
    assert [row.text for row in rows(tree([one, one]))] == ["[[1], [1]]", "[1]", "1", "[1]", "1"]


@pytest.mark.parametrize("wrap", [lambda value: [value], lambda value: {"in": value}, lambda value: (value,)])
def test_ten_thousand_levels_are_shown_without_recursion(wrap: Callable[[Any], Any]) -> None:
    value = nested(10_000, wrap)
    row = tree(value, depth=10_000)
    assert len(list(rows(row))) <= 20
    assert list(rows(row))[-1].cut == 1
    assert len(preview(value)) < 200


EMOJI = '👩‍🚀\ud800"\\' * 10_000
WIDE = {
    "100 MB of text": lambda: "x" * 10**8,
    "100 MB of bytes": lambda: bytes(10**8),
    "a million keys": lambda: dict.fromkeys(range(10**6)),
    "a million items": lambda: list(range(10**6)),
    "a million in a set": lambda: set(range(10**6)),
    "long texts in a wide dict": lambda: {f"{i}{EMOJI}": EMOJI for i in range(1_000)},
    "wide at every level": lambda: nested(12, lambda value: {f"{i}{EMOJI}": value for i in range(30)}),
    "a type with a long name": lambda: [type("🎬" * 20_000, (), {})() for _ in range(1_000)],
    "quotes": lambda: ['"\\' * 10_000 for _ in range(1_000)],
    "a wide array": lambda: np.zeros((1,) * 30),
    "a wide table": lambda: pd.DataFrame({EMOJI + str(i): [EMOJI] for i in range(1_000)}),
}


@pytest.mark.parametrize("make", WIDE.values(), ids=WIDE)
def test_whatever_the_value_a_tree_is_at_most_64_kb_and_a_line_as_long_as_asked(make: Callable[[], Any]) -> None:
    value = make()
    row = tree(value, depth=50, items=10**6, chars=10**6)
    assert size_of(row) <= 64_000
    assert sum(len(part) for part in row[:4])
    for chars in (1, 5, 40, 200):
        assert len(preview(value, chars=chars)) <= chars


def profiled(act: Callable[[], object]) -> int:
    """How many calls it takes, of Python and of C."""
    seen = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal seen
        seen += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        act()
    finally:
        sys.setprofile(None)
    return seen


@pytest.mark.parametrize("make", [dict.fromkeys, list, tuple, set, deque], ids=lambda make: make.__name__)
def test_a_container_of_a_million_takes_no_more_calls_and_memory_than_one_of_a_thousand(
    make: Callable[[Any], Any],
) -> None:
    small, large = make(range(1_000, 2_000)), make(range(1_000, 1_001_000))
    for show in (tree, preview):
        show(small)  # fills caches
        assert profiled(lambda show=show: show(large)) <= profiled(lambda show=show: show(small))
        assert peak(lambda show=show: show(large)) <= 500_000


@pytest.mark.parametrize("kind", [str, bytes, bytearray, hostile], ids=["str", "bytes", "bytearray", "subclass"])
def test_a_long_text_is_not_copied(kind: Callable[[Any], Any]) -> None:
    text = "x" * 10**8
    value = hostile(str)(text) if kind is hostile else text if kind is str else kind(text.encode())
    assert peak(lambda: (tree(value), preview(value), clip(value, 100) if isinstance(value, str) else "")) <= 500_000


def peak(act: Callable[[], object]) -> int:
    """The most memory that it held, in bytes."""
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_container_that_a_thread_is_changing_shows_no_children_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    class Changed:
        def __iter__(self) -> Iterator[Any]:
            raise RuntimeError("dictionary changed size during iteration")

    rule = module.RULES[dict]._replace(pairs=lambda _value: Changed())
    monkeypatch.setitem(module.RULES, dict, rule)
    assert tree({"a": 1})[2:] == ("1 key", "{…}", (), 1)


# --- exceptions ----------------------------------------------------------------------------------------------------


def caught(act: Callable[[], object]) -> BaseException:
    try:
        act()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def outline(row: TreeRow) -> list[Any]:
    """The tree as [key, type, text, [children…]]."""
    return [row.key, row.type, row.text, *map(outline, row.children)]


def test_a_cause_is_shown_below_what_it_led_to_and_hides_the_context() -> None:
    error = ValueError("no film")
    error.__cause__, error.__context__ = KeyError("dvd"), OSError("not this")
    assert outline(chain(error)) == ["", "ValueError", "no film", ["cause", "KeyError", "'dvd'"]]


def test_a_context_is_shown_unless_it_was_suppressed() -> None:
    error = ValueError("no film")
    error.__context__ = KeyError("dvd")
    assert outline(chain(error))[3:] == [["context", "KeyError", "'dvd'"]]
    error.__suppress_context__ = True
    assert outline(chain(error))[3:] == []


def test_a_group_opens_to_its_members_and_its_cause() -> None:
    inner = ExceptionGroup("two", [ValueError("a"), TypeError("b")])
    group = ExceptionGroup("all", [inner, KeyError("c")])
    group.__cause__ = OSError("d")
    row = chain(group)
    assert row.size == "2 exceptions"
    assert [child[:2] for child in rows(row)][1:] == [
        ("cause", "OSError"),
        ("1 of 2", "ExceptionGroup"),
        ("1 of 2", "ValueError"),
        ("2 of 2", "TypeError"),
        ("2 of 2", "KeyError"),
    ]


def test_a_loop_of_contexts_ends() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__context__, two.__context__ = two, one
    assert [row.text for row in rows(chain(one))] == ["one", "two", "the same one again"]


def test_a_chain_of_ten_thousand_and_a_group_of_a_million_are_capped() -> None:
    error = ValueError("0")
    for number in range(1, 10_000):
        later = ValueError(str(number))
        later.__context__, error = error, later
    assert [row.text for row in rows(chain(error))] == [str(9_999 - number) for number in range(13)]
    assert list(rows(chain(error)))[-1].cut == 1
    wide = chain(ExceptionGroup("wide", [ValueError(EMOJI)] * 10**6), items=10**6)
    assert size_of(wide) <= 64_000
    assert len(wide.children) + wide.cut == 10**6


def test_an_exception_is_read_past_what_its_class_overrides() -> None:
    error = hostile(Exception).__new__(hostile(Exception))
    assert chain(error)[:4] == ("", "Hostile", "", "<Hostile whose __str__ raises>")
    assert outline(chain(caught(lambda: calls()))) == ["", "Called", "Called"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda self: "no power", "no power"),
        (lambda self: "", "Silent"),
        (lambda self: "\ud800", r"\ud800"),
        (lambda self: hostile(str)("text"), "text"),
        (lambda self: 3, "<Silent whose __str__ raises>"),
        (recurring, "<Silent whose __str__ raises>"),
        (raising(SystemExit), "<Silent whose __str__ raises>"),
        (raising(KeyboardInterrupt), "<Silent whose __str__ raises>"),
    ],
)
def test_a_message_is_what_the_exception_says_or_its_type_or_a_placeholder(
    answer: Callable[[Any], Any], said: str
) -> None:
    silent = type("Silent", (Exception,), {"__str__": answer, "__repr__": answer, "__len__": lambda self: 0})
    assert message(silent()) == said
    assert chain(silent()).text == said


def test_a_cut_text_tells_how_much_is_missing() -> None:
    assert clip("a" * 100 + "b" * 1_000 + "c" * 100, 90) == f"{'a' * 40} … 1,140 characters cut … {'c' * 20}"
    assert clip("a" * 90, 90) == "a" * 90
