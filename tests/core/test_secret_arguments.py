"""Secrets among the arguments of jobs: which reach a job plain, and which are refused by name."""

from __future__ import annotations

import functools
import types
from collections import ChainMap, OrderedDict, deque, namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from dojobber_nb import DoJobber, Job, secret
from dojobber_nb.core.errors import SecretError
from dojobber_nb.core.secrets import MARK

WORD = "swordfish-7"
Login = namedtuple("Login", "user password")  # noqa: PYI024  # the other kind is below


class Door(NamedTuple):
    """A namedtuple by class."""

    host: str
    keys: Any


@dataclass
class Config:
    """Holds a token."""

    token: Any


@dataclass(slots=True)
class Slotted:
    """Holds a token in a slot."""

    token: Any


class Loose:
    """Holds whatever it is given, and answers no question about itself."""

    def __init__(self, **things: Any) -> None:
        vars(self).update(things)

    def __getattribute__(self, name: str) -> Any:
        if name == "__dict__":
            return super().__getattribute__(name)
        raise AssertionError(name)

    __eq__ = __hash__ = __iter__ = __len__ = None  # type: ignore[assignment]


def got(*args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What a job gets of these arguments."""
    calls: list[Any] = []

    class Asks(Job):
        def Check(self, *args: Any, **kwargs: Any) -> None:
            calls.append((args, kwargs))

        def Run(self, *args: Any, **kwargs: Any) -> None:
            """Never."""

    dj = DoJobber()
    dj.configure(Asks)
    dj.set_args(*args, **kwargs)
    dj.checknrun()
    return calls[0]  # type: ignore[no-any-return]


def deep(value: Any, levels: int, wrap: Callable[[Any], Any] = lambda inner: [inner]) -> Any:
    for _ in range(levels):
        value = wrap(value)
    return value


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        (lambda s: s, WORD),
        (lambda s: {"token": s, "host": "web-1"}, {"token": WORD, "host": "web-1"}),
        (lambda s: [1, [s, {"deeper": (s,)}]], [1, [WORD, {"deeper": (WORD,)}]]),
        (lambda s: Login("me", s), Login("me", WORD)),
        (lambda s: Door("web-1", [s]), Door("web-1", [WORD])),
        (lambda s: ((s, ((s,),)), 2), ((WORD, ((WORD,),)), 2)),
    ],
)
def test_a_secret_in_plain_containers_reaches_the_job_plain(given: Callable[[Any], Any], plain: Any) -> None:
    whole = given(secret(WORD))
    args, kwargs = got(whole, cfg=whole)
    assert args == (plain,)
    assert kwargs == {"cfg": plain}
    assert type(args[0]) is type(plain)
    assert WORD not in repr(whole)


def test_containers_without_a_secret_are_the_very_same_and_those_with_one_are_copies() -> None:
    without = {"hosts": ["web-1"]}
    whole = {"without": without, "token": secret(WORD)}
    args, kwargs = got(whole, without, again=whole)
    assert args[0]["without"] is args[1] is without
    assert args[0] is kwargs["again"]  # one copy of one container
    args[0]["more"] = 1
    assert whole == {"without": without, "token": secret(WORD)}


def test_containers_that_hold_themselves_and_very_deep_ones_are_taken() -> None:
    ring: list[Any] = [secret(WORD)]
    ring.append((ring, {"ring": ring}))
    copy = got(ring)[0][0]
    assert copy[0] == WORD
    assert copy[1][0] is copy[1][1]["ring"] is copy
    for wrap in (lambda inner: [inner], lambda inner: (inner,), lambda inner: {"in": inner}):
        value = got(deep(secret(WORD), 20_000, wrap))[0][0]
        for _ in range(20_000):
            value = value["in"] if type(value) is dict else value[0]
        assert value == WORD


REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a set": (lambda s: {s}, "cfg, as an item"),
    "a frozenset in a dict": (lambda s: {"all": frozenset([s])}, "cfg['all'], as an item"),
    "a key": (lambda s: {"by": {s: 1}}, "a key of cfg['by']"),
    "a tuple as a key": (lambda s: {(1, s): 1}, "a key of cfg[1]"),
    "a dataclass": (Config, "cfg.token"),
    "a dataclass with slots": (lambda s: [Slotted(s)], "cfg[0].token"),
    "an attribute": (lambda s: Loose(headers={"auth": s}), "cfg.headers['auth']"),
    "an attribute of its class": (lambda s: type("Settings", (), {"token": s})(), "cfg.token"),
    "a class": (lambda s: type("Settings", (), {"token": s}), "cfg.token"),
    "a namespace": (lambda s: types.SimpleNamespace(token=s), "cfg.token"),
    "a chain of dicts": (lambda s: ChainMap({}, {"token": s}), "cfg.maps[1]['token']"),
    "another kind of dict": (lambda s: OrderedDict(token=s), "cfg['token']"),
    "a deque": (lambda s: deque([s]), "cfg[0]"),
    "a call to be made": (lambda s: functools.partial(print, token=s), "cfg.keywords['token']"),
    "a text": (lambda s: f"https://me:{s}@host", "cfg is a text that holds"),
    "a text in a list": (lambda s: [{"url": f"me:{s}"}], "cfg[0]['url'] is a text"),
    "bytes": (lambda s: {"auth": f"Bearer {s}".encode()}, "cfg['auth'] is a text"),
    "a text as a key": (lambda s: {f"{s}": 1}, "a key of cfg is a text"),
    "a text in a dataclass": (lambda s: Config(f"Bearer {s}"), "cfg.token is a text"),
    "a field of a namedtuple": (lambda s: Login("me", {s}), "cfg.password, as an item"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_secret_that_would_reach_the_job_as_its_mark_is_refused_by_name(case: str) -> None:
    make, told = REFUSED[case]
    dj = DoJobber()
    dj.set_args(before=1)
    with pytest.raises(SecretError) as refused:
        dj.set_args(cfg=make(secret(WORD)))
    assert told in str(refused.value)
    assert WORD not in str(refused.value)
    assert dj.kwargs == {"before": 1}
    with pytest.raises(SecretError, match=r"args\[1\]"):
        dj.set_args(1, make(secret(WORD)))


def test_what_holds_no_secret_is_passed_as_it_is_and_none_of_its_code_is_called() -> None:
    secret(WORD)
    for innocent in (Loose(a=1), Config("x"), {1: {2, 3}}, b"x", print, [lambda: None], DoJobber(), Loose):
        args, kwargs = got(innocent, name=innocent)
        assert args[0] is innocent
        assert kwargs["name"] is innocent


def test_a_function_that_makes_use_of_a_secret_is_passed_as_it_is() -> None:
    token = secret(WORD)
    args, _ = got(lambda: token.reveal())
    assert args[0]() == WORD


def test_two_secrets_are_equal_when_their_values_are_and_of_one_type() -> None:
    assert secret(WORD) == secret(WORD)
    assert len({secret(WORD), secret(WORD), secret(WORD.encode())}) == 2
    assert secret(WORD) != WORD
    assert f"{secret(WORD)} {secret(WORD)!s}" == f"{MARK} {MARK}"
