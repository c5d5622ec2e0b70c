"""Inspection of job methods, without calling them: which are async, and which arguments they take."""

from __future__ import annotations

import inspect
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import suppress
from functools import partial, partialmethod
from types import AsyncGeneratorType, CodeType, FunctionType, GeneratorType, MethodType
from typing import Any, Final, NamedTuple

from dojobber_nb.core.errors import ArgumentsError, AwaitableError
from dojobber_nb.core.values import bases_of, name_of, names_of

PHASES: Final = ("Check", "Run", "Cleanup")
NAMED: Final = 3  # signatures that an error names

# --- async -----------------------------------------------------------------------------------------------------------


def is_async(method: Any) -> bool:
    """Whether calling it returns a coroutine or an async generator; also for a partial or a callable object."""
    inner = getattr(method, "__partialmethod__", None) or getattr(method, "_partialmethod", None)
    if isinstance(inner, partialmethod):
        method = inner.func
    while isinstance(method, partial):
        method = method.func
    calls = (method, getattr(type(method), "__call__", None))  # noqa: B004  # it is inspected, not called
    return any(inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each) for each in calls)


def checked_result(result: Any, job: str, phase: str) -> Any:
    """The result of a phase; AwaitableError for an awaitable. A coroutine is closed first."""
    kind = type(result)
    if kind in _AT_ONCE:
        return result
    awaited = any("__await__" in names_of(base) for base in bases_of(kind)) or _is_old_coroutine(result)
    if not awaited and kind is not AsyncGeneratorType:
        return result
    if isinstance(result, Coroutine):
        with suppress(Exception):
            result.close()  # or Python warns that it was never awaited
    kinds = "a coroutine" if isinstance(result, Coroutine) else f"an awaitable ({name_of(kind)})"
    raise AwaitableError(job, phase, "an async generator" if kind is AsyncGeneratorType else kinds)


_AT_ONCE: Final = frozenset({type(None), bool, int, float, str, bytes, dict, list, tuple})


def _is_old_coroutine(result: Any) -> bool:
    """Whether a function decorated with types.coroutine returned it."""
    return type(result) is GeneratorType and bool(result.gi_code.co_flags & inspect.CO_ITERABLE_COROUTINE)


# --- arguments -------------------------------------------------------------------------------------------------------


class PhaseSignature(NamedTuple):
    """A phase method that does not take arbitrary arguments: of the first such job, and the number of `more`."""

    job: str
    phase: str
    function: FunctionType
    bound: bool
    more: int = 0


def phase_signatures(jobs: Iterable[type]) -> list[PhaseSignature]:
    """The phase methods that do not take arbitrary arguments, one for each kind of signature."""
    found: dict[Any, PhaseSignature] = {}
    for job in jobs:
        for phase in PHASES:
            method = getattr(job, phase, None)
            function = method.__func__ if type(method) is MethodType else method
            if type(function) is FunctionType and not _takes_all(function.__code__):
                _keep(found, job, phase, function)
    return list(found.values())


def _takes_all(code: CodeType) -> bool:
    return not code.co_kwonlyargcount and code.co_argcount < 2 and code.co_flags & _ANY == _ANY


_ANY: Final = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS


def _keep(found: dict[Any, PhaseSignature], job: type, phase: str, function: FunctionType) -> None:
    raw = next((names_of(base)[phase] for base in bases_of(job) if phase in names_of(base)), None)
    bound = type(raw) is not staticmethod
    if getattr(raw, "__func__", raw) is not function or hasattr(function, "__signature__"):
        return  # a custom descriptor returned it
    code, defaults = function.__code__, function.__defaults__ or ()
    count = code.co_argcount + code.co_kwonlyargcount
    shape = code.co_argcount, code.co_posonlyargcount, code.co_varnames[:count], code.co_flags & _ANY, len(defaults)
    key = phase == "Cleanup", bound, shape, tuple(function.__kwdefaults__ or ())
    first = found.get(key)
    found[key] = first._replace(more=first.more + 1) if first else PhaseSignature(job.__name__, phase, function, bound)


def refuse_unfit_arguments(calls: Iterable[PhaseSignature], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """Raise ArgumentsError if any of these phases does not take the arguments of set_args; a Cleanup gets none."""
    found = [(each, reason) for each in calls if (reason := _why_unfit(each, args, kwargs))]
    if found:
        named = [_named(each, reason) for each, reason in found[:NAMED]]
        more = [f"and {len(found) - NAMED} more"] if len(found) > NAMED else []
        given = [f"{len(args)} by position", *(f"{name}=" for name in kwargs)]
        raise ArgumentsError(found[0][0].job, [*named, *more], ", ".join(given))


def _why_unfit(each: PhaseSignature, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    if each.phase == "Cleanup":
        args, kwargs = (), {}
    try:
        inspect.signature(each.function, follow_wrapped=False).bind(*(None,) * each.bound, *args, **kwargs)
    except TypeError as error:
        return f"{error}{', as a Cleanup gets none' if each.phase == 'Cleanup' else ''}"
    except ValueError:  # no signature
        return ""
    return ""


def _named(each: PhaseSignature, reason: str) -> str:
    parameters = inspect.signature(each.function, follow_wrapped=False).parameters
    more = f" (and {each.more} more with the same arguments)" if each.more else ""
    return f"{each.job}.{each.phase}({', '.join(map(_parameter, parameters.values()))}): {reason}{more}"


def _parameter(parameter: inspect.Parameter) -> str:
    stars = "*" * (parameter.kind is parameter.VAR_POSITIONAL) + "**" * (parameter.kind is parameter.VAR_KEYWORD)
    return f"{stars}{parameter.name}{'=…' if parameter.default is not parameter.empty else ''}"
