"""Visiting order of job classes: DEPS read and validated, each class after all it needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeGuard

from dojobber_nb.core.errors import CycleError, DepsError, DuplicateJobError
from dojobber_nb.core.job import Job

JobClass = type[Job]


def _cycle(path: list[JobClass], need: JobClass) -> Exception:
    return CycleError([job.__name__ for job in [*path[path.index(need) :], need]])


def visit(root: JobClass, deps: Deps) -> Iterator[JobClass]:
    """The classes below `root` in visiting order; two classes of one name are refused."""
    named = {root.__name__: root}
    user = {root: "is the root"}

    def needs(job: JobClass) -> tuple[JobClass, ...]:
        for dep in deps[job]:
            user.setdefault(dep, f"is in {job.__name__}.DEPS")
            if named.setdefault(dep.__name__, dep) is not dep:
                raise DuplicateJobError(dep.__name__, user[named[dep.__name__]], user[dep])
        return deps[job]

    return post_order(root, needs, _cycle)


def post_order(
    root: Any, needs: Callable[[Any], Iterable[Any]], cycle: Callable[[list[Any], Any], Exception]
) -> Iterator[Any]:
    """Each item below `root` once, after all it needs; iterative, so that any depth is possible."""
    key = id
    path, done, on_path = [root], set[int](), {key(root)}
    branches = [iter(needs(root))]
    while path:
        for need in branches[-1]:
            if key(need) in on_path:
                raise cycle(path, need)
            if key(need) not in done:
                path.append(need)
                on_path.add(key(need))
                branches.append(iter(needs(need)))
                break
        else:
            branches.pop()
            item = path.pop()
            on_path.discard(key(item))
            done.add(key(item))
            yield item


# --- DEPS ----------------------------------------------------------------------------------------------------------


class Deps(dict[JobClass, tuple[JobClass, ...]]):
    """The DEPS of each class, read once and without duplicates."""

    def __missing__(self, job: JobClass) -> tuple[JobClass, ...]:
        deps = self[job] = tuple(dict.fromkeys(_deps(job)))
        return deps


def _deps(job: JobClass) -> Iterable[JobClass]:
    one_shot = False
    try:
        deps = job.DEPS
        _refuse_shape(job, deps)
        one_shot = iter(deps) is deps
        kept = tuple(deps)
    except DepsError:
        raise
    except Exception as error:
        if one_shot:
            _keep(job, _Spent(error))
        raise DepsError(job.__name__, f"reading DEPS raised {type(error).__name__}: {error}") from error
    if one_shot:
        _keep(job, kept)
    for dep in kept:
        if not is_job(dep):
            raise DepsError(
                job.__name__,
                f"DEPS holds {label(dep)}, which is no Job class; DEPS takes classes, not names or instances",
            )
    return kept


def _refuse_shape(job: JobClass, deps: object) -> None:
    """Raise DepsError for what is no ordered iterable; for the usual mistakes it says what to write."""
    name = getattr(deps, "__name__", "Fill")
    advice = (
        (isinstance(deps, type), f"DEPS is the class {name}; write DEPS = ({name},)"),
        (isinstance(deps, str | bytes), f"DEPS is the text {deps!r:.80}; write the class, as in DEPS = (Fill,)"),
        (isinstance(deps, set | frozenset), "DEPS is a set, which has no order; write a tuple or list"),
        (not isinstance(deps, Iterable), f"DEPS is {label(deps)}; write a tuple or list of Job classes"),
    )
    for wrong, what in advice:
        if wrong:
            raise DepsError(job.__name__, what)


class _Spent:
    """Replaces a one-shot DEPS that raised while it was read, to raise at every configure() instead of being empty."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __iter__(self) -> Iterator[JobClass]:
        raise self._error


def _keep(job: JobClass, deps: Iterable[JobClass]) -> None:
    """Replace a one-shot DEPS by what it gave, for the next configure()."""
    owner = next(base for base in job.__mro__ if "DEPS" in vars(base))
    owner.DEPS = deps  # type: ignore[attr-defined]  # the owner of DEPS has DEPS


def is_job(value: object) -> TypeGuard[JobClass]:
    return isinstance(value, type) and issubclass(value, Job)


def label(value: object) -> str:
    """The value in a few words, without calling code of its class."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if value is None or type(value) in (bool, int, float, str, bytes):
        return f"{value!r:.80}"
    return f"an instance of {type(value).__name__}"
