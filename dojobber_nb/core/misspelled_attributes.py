"""Misspelled attributes of job classes, such as `RETRIES` or `cleanup`, and the names that were intended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import FunctionType
from typing import Any, Final

from dojobber_nb.core.job import Job

NEAR: Final = 0.85  # of difflib's ratio
# Names of the same thing in other tools.
SYNONYMS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("dep", "depend", "depends", "dependson", "dependency", "dependencies"), "DEPS"),
    **dict.fromkeys(("try", "retry", "retries", "maxtries", "maxretries", "numtries"), "TRIES"),
    **dict.fromkeys(
        ("delay", "delays", "retrydelays", "retrywait", "retryinterval", "retrydelayseconds"), "RETRY_DELAY"
    ),
    **dict.fromkeys(("teardown",), "Cleanup"),
}


def misspelled_attributes(job: type[Job]) -> Iterator[tuple[type, str, str]]:
    """(class, attribute, intended name) of each attribute whose right name the job does not have.

    Only in classes that are jobs or come from the same package as the job, and where the value fits that name.
    """
    found = [(base, name, right) for base in job.__mro__ for name in vars(base) if (right := intended_name(name))]
    if not found:
        return
    here = job.__module__.partition(".")[0]
    own = [base for base in job.__mro__ if issubclass(base, Job) or base.__module__.partition(".")[0] == here]
    given = {name for base in own if base.__module__ != Job.__module__ for name in vars(base)}
    for base, name, right in found:
        if base in own and right not in given and FITS[right](vars(base)[name]):
            yield base, name, right


def suggestion(job: type[Job], right: str) -> str:
    """ " (did you mean by 'check' Check?)", or ""."""
    found = next((name for _, name, each in misspelled_attributes(job) if each == right), None)
    return f" (did you mean {right} by {found!r}?)" if found else ""


def _is_method(value: object) -> bool:
    return isinstance(value, FunctionType | staticmethod | classmethod)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_jobs(value: object) -> bool:
    found = value if isinstance(value, list | tuple | set | frozenset) else (value,)
    return bool(found) and all(isinstance(each, type) and issubclass(each, Job) for each in found)


# Whether a value fits that name.
FITS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "Check": _is_method,
    "Run": _is_method,
    "Cleanup": _is_method,
    "DEPS": _is_jobs,
    "TRIES": _is_number,
    "RETRY_DELAY": _is_number,
}


@lru_cache(maxsize=10_000)
def intended_name(name: str) -> str | None:
    """The name that was intended by this one; None if none was, or the name is correct."""
    if name in FITS or name.startswith("_"):
        return None
    bare = _bare(name)
    exact = next((right for right in FITS if _bare(right) == bare), None) or _synonym(name, bare)
    return exact or next((right for right in FITS if _is_near(name, bare, right)), None)


def _synonym(name: str, bare: str) -> str | None:
    """The name behind a synonym; in lowercase, as in `delay`, a number is the job's own."""
    right = SYNONYMS.get(bare)
    return None if name.islower() and right in ("TRIES", "RETRY_DELAY") else right


def _bare(name: str) -> str:
    return name.replace("_", "").lower()


def _is_near(name: str, bare: str, right: str) -> bool:
    """Whether letters were swapped, left out or doubled; `checks` and `runner` are other words."""
    wanted = _bare(right)
    if wanted in bare or bare in wanted:
        return _same_case(name, right) and abs(len(bare) - len(wanted)) == 1
    if sorted(bare) == sorted(wanted):
        return bare[0] == wanted[0] or len(bare) > 3
    if len(bare) < 4 or abs(len(bare) - len(wanted)) > 1 or bare[0] != wanted[0]:
        return False
    from difflib import SequenceMatcher  # most classes never need it

    return SequenceMatcher(None, bare, wanted, autojunk=False).ratio() >= NEAR


def _same_case(name: str, right: str) -> bool:
    return name.isupper() if right.isupper() else name[:1].isupper() and not name.isupper()
