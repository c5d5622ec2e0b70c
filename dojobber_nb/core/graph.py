"""DEPS turned into a JobGraph: validated, frozen, in visiting order."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from operator import index
from types import FunctionType
from typing import Any, Final, TypeGuard

from dojobber_nb.core import upper_floors
from dojobber_nb.core.errors import (
    CycleError,
    DepsError,
    DuplicateJobError,
    NotAJobError,
    PhaseMissingError,
    PolicyError,
    SecretNameError,
    StorageError,
    UnknownJobError,
)
from dojobber_nb.core.job import DummyJob, Job, RunonlyJob, give_fresh
from dojobber_nb.core.job_methods import PhaseSignature, is_async, phase_signatures
from dojobber_nb.core.misspelled_attributes import misspelled_attributes, suggestion
from dojobber_nb.core.outdated_classes import newer_classes
from dojobber_nb.core.secrets import scrub

JobClass = type[Job]


class JobKind(StrEnum):
    """What an author derived the job from."""

    JOB = "job"
    DUMMY = "dummy"
    RUNONLY = "runonly"
    CHECK_ONLY = "checkonly"  # a Job without Run: it waits for what others do


@dataclass(slots=True)
class Node:
    """A job in its graph: `needs` and `needed_by` are indices into `JobGraph.nodes`, `delay` is in seconds."""

    index: int
    name: str
    job: JobClass
    kind: JobKind
    needs: tuple[int, ...]
    tries: int
    delay: float
    has_cleanup: bool
    has_init: bool
    needed_by: list[int] = field(default_factory=list)


class JobGraph:
    """The jobs below a root, each after all it needs: `nodes`, the root last, and their `names`."""

    __slots__ = ("_index", "_signatures", "names", "nodes", "outdated")

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = tuple(nodes)
        self.names = tuple(node.name for node in nodes)
        self._index = {node.name: node.index for node in nodes}
        self._signatures: list[PhaseSignature] | None = None
        self.outdated: dict[JobClass, JobClass] = {}  # as it was at configure: by class the newer one
        for node in nodes:
            for need in node.needs:
                self.nodes[need].needed_by.append(node.index)

    @classmethod
    def of(cls, root: object, *, default_tries: object = 3, default_retry_delay: object = 1) -> JobGraph:
        """The graph below `root`; a GraphError names the first job that cannot be part of one."""
        if not _is_job(root):
            raise NotAJobError(_label(root), "the root must be a class derived from Job")
        defaults = _policy("configure(default_tries=…, default_retry_delay=…)", default_tries, default_retry_delay)
        deps = _Deps()
        order = list(_visit(root, deps))
        place = {job: number for number, job in enumerate(order)}
        nodes = [_node(place[job], job, [place[dep] for dep in deps[job]], defaults) for job in order]
        graph = cls(nodes).scrubbed()
        graph.outdated = _warn_of_outdated(order)
        return graph

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Mapping[str, str]:
        """Picture, table and text, by MIME type, for IPython."""
        return upper_floors.mime_bundle(self)

    def __len__(self) -> int:
        return len(self.nodes)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes)

    def __contains__(self, name: object) -> bool:
        return name in self._index

    def __getitem__(self, name: str) -> Node:
        """The node of that name; UnknownJobError tells the nearest one."""
        index = self._index.get(name)
        if index is None and (index := self._index.get(scrub(name))) is None:
            raise UnknownJobError(name, self._index)
        return self.nodes[index]

    @property
    def signatures(self) -> list[PhaseSignature]:
        """The phases that do not take any arguments, one of each kind of signature."""
        if self._signatures is None:
            self._signatures = phase_signatures(node.job for node in self.nodes)
        return self._signatures

    @property
    def root(self) -> Node:
        """The job that everything else is for."""
        return self.nodes[-1]

    def scrubbed(self) -> JobGraph:
        """The same graph, with <secret> in place of each secret in a name; SecretNameError if that makes two alike."""
        names = "\0".join(self.names)
        if scrub(names) == names:
            return self
        found = JobGraph([replace(node, name=scrub(node.name), needed_by=[]) for node in self.nodes])
        for node in found.nodes:
            if found._index[node.name] != node.index:
                raise SecretNameError(node.name)
        found.outdated = self.outdated
        return found

    def below(self, name: str) -> JobGraph:
        """A graph of that job and all it needs, as frozen here, visited from that job on."""
        if name == self.root.name:
            return self
        order = [
            node.index for node in _post_order(self[name], lambda node: [self.nodes[i] for i in node.needs], _no_cycle)
        ]
        place = {old: new for new, old in enumerate(order)}
        return JobGraph([_moved(self.nodes[old], place) for old in order])


def _moved(node: Node, place: dict[int, int]) -> Node:
    needs = tuple(place[need] for need in node.needs)
    return Node(
        place[node.index],
        node.name,
        node.job,
        node.kind,
        needs,
        node.tries,
        node.delay,
        node.has_cleanup,
        node.has_init,
    )


# --- order ---------------------------------------------------------------------------------------------------------


def _post_order(
    root: Any, needs: Callable[[Any], Iterable[Any]], cycle: Callable[[list[Any], Any], Exception]
) -> Iterator[Any]:
    """Each item below `root` once, after all it needs; iterative, so that no depth is too deep."""
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


def _no_cycle(path: list[Any], need: Any) -> Exception:
    return AssertionError(f"a frozen graph has no cycle, yet {need} is below itself: {path}")


def _cycle(path: list[JobClass], need: JobClass) -> Exception:
    return CycleError([job.__name__ for job in [*path[path.index(need) :], need]])


def _visit(root: JobClass, deps: _Deps) -> Iterator[JobClass]:
    """The classes below `root` in visiting order; two of one name are refused."""
    named = {root.__name__: root}
    user = {root: "is the root"}

    def needs(job: JobClass) -> tuple[JobClass, ...]:
        for dep in deps[job]:
            user.setdefault(dep, f"is in {job.__name__}.DEPS")
            if named.setdefault(dep.__name__, dep) is not dep:
                raise DuplicateJobError(dep.__name__, user[named[dep.__name__]], user[dep])
        return deps[job]

    return _post_order(root, needs, _cycle)


def _warn_of_outdated(order: Sequence[JobClass]) -> dict[JobClass, JobClass]:
    """Tell of classes that were defined again since: their dependents hold the older one, and that one runs."""
    found = newer_classes(order)
    for job in found:
        again = "run the cells again whose DEPS name it" if job.__module__ == "__main__" else "import it again"
        warnings.warn(
            f"{job.__name__} in this graph is an older class than the {job.__name__} that is defined now; {again}",
            stacklevel=2,
        )
    return found


# --- DEPS ----------------------------------------------------------------------------------------------------------


class _Deps(dict[JobClass, tuple[JobClass, ...]]):
    """Each class's DEPS, read once, each dep once."""

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
        if not _is_job(dep):
            raise DepsError(
                job.__name__,
                f"DEPS holds {_label(dep)}, which is no Job class; DEPS takes classes, not names or instances",
            )
    return kept


def _refuse_shape(job: JobClass, deps: object) -> None:
    """Raise DepsError for what is no ordered iterable; for the usual mistakes it says what to write."""
    name = getattr(deps, "__name__", "Fill")
    mends = (
        (isinstance(deps, type), f"DEPS is the class {name}; write DEPS = ({name},)"),
        (isinstance(deps, str | bytes), f"DEPS is the text {deps!r:.80}; write the class, as in DEPS = (Fill,)"),
        (isinstance(deps, set | frozenset), "DEPS is a set, which has no order; write a tuple or list"),
        (not isinstance(deps, Iterable), f"DEPS is {_label(deps)}; write a tuple or list of Job classes"),
    )
    for wrong, mend in mends:
        if wrong:
            raise DepsError(job.__name__, mend)


class _Spent:
    """In place of a one-shot DEPS that raised half-way: it raises at every configure, instead of being empty."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __iter__(self) -> Iterator[JobClass]:
        raise self._error


def _keep(job: JobClass, deps: Iterable[JobClass]) -> None:
    """Put what a one-shot DEPS gave in its place, for the next configure to find."""
    owner = next(base for base in job.__mro__ if "DEPS" in vars(base))
    owner.DEPS = deps  # type: ignore[attr-defined]  # the owner of DEPS has DEPS


# --- nodes ---------------------------------------------------------------------------------------------------------


def _node(number: int, job: JobClass, needs: Sequence[int], defaults: tuple[int, float]) -> Node:
    kind = _kind(job)
    _check_phases(job, kind)
    _check_storages(job)
    _warn_of_misspelled(job, kind)
    tries, delay = _policy(job.__name__, *_own(job, defaults))
    has_cleanup = callable(getattr(job, "Cleanup", None))
    made_by = (job.__init__, job.__new__, type(job).__call__)
    has_init = made_by != (object.__init__, object.__new__, type.__call__)
    return Node(number, job.__name__, job, kind, tuple(needs), tries, delay, has_cleanup, has_init)


def _kind(job: JobClass) -> JobKind:
    if issubclass(job, DummyJob):
        return JobKind.DUMMY
    if issubclass(job, RunonlyJob):
        return JobKind.RUNONLY
    return JobKind.CHECK_ONLY if getattr(job, "Run", None) is None else JobKind.JOB


def _check_phases(job: JobClass, kind: JobKind) -> None:
    """Raise unless what the engine will call is there and can be called like a function."""
    for phase in ("Check", "Run", "Cleanup"):
        method = getattr(job, phase, None)
        if note := _NOTES.get((kind, phase, method is None)):
            warnings.warn(f"{job.__name__} is a RunonlyJob: {note}", stacklevel=2)
        elif callable(method):
            _check_phase(job, phase, method)
        elif phase != "Cleanup" and (kind, phase) not in _NEVER_CALLED:
            raise PhaseMissingError(job.__name__, f"has no {phase}{suggestion(job, phase)}; {_DEFINE[phase]}")
    if left := getattr(job, "__abstractmethods__", None):
        raise PhaseMissingError(job.__name__, f"is abstract; define {', '.join(sorted(left))}")


_NEVER_CALLED: Final = {(JobKind.RUNONLY, "Check"), (JobKind.CHECK_ONLY, "Run")}

# What is said of a RunonlyJob by (kind, phase, whether it is missing).
_NOTES: Final = {
    (JobKind.RUNONLY, "Check", False): "its Check is ignored; derive from Job to have it called",
    (JobKind.RUNONLY, "Run", True): (
        "without Run it can never succeed; define Run(self, *args, **kwargs), or derive from DummyJob if it only "
        "groups others"
    ),
}
_DEFINE: Final = {
    "Check": "define Check(self, *args, **kwargs), or derive from RunonlyJob if there is nothing to check",
    "Run": "define Run(self, *args, **kwargs), or leave it out in a Job that only checks",
}


def _check_phase(job: JobClass, phase: str, method: Any) -> None:
    """Raise for a method that would pass without its body being run; warn of one that has a yield."""
    if type(method) is FunctionType and not (method.__code__.co_flags & _NOT_PLAIN or method.__dict__):
        return
    if getattr(method, "__isabstractmethod__", False) is True:
        raise PhaseMissingError(job.__name__, f"{phase} is abstract; define {phase} in {job.__name__}")
    if is_async(method):
        raise PhaseMissingError(
            job.__name__,
            f"{phase} is async, and would never be awaited; write a plain def with asyncio.run() inside it, and in a "
            "notebook start the run by `await dj.arun()` or a click: a cell has an event loop of its own already",
        )
    if inspect.isgeneratorfunction(method):
        warnings.warn(f"{job.__name__}.{phase} has a yield: it passes, and its body never runs", stacklevel=2)


_NOT_PLAIN: Final = inspect.CO_COROUTINE | inspect.CO_ASYNC_GENERATOR | inspect.CO_GENERATOR


def _check_storages(job: JobClass) -> None:
    """See that no attempt shares with another what the class declares as storage; raise for what cannot be copied."""
    if job.storage is Job.storage and getattr(job, "global_storage", None) is None:
        return
    for name in ("storage", "global_storage"):
        own = give_fresh(job, name)
        try:
            given = own.fresh() if own else {}
        except Exception as error:
            raise StorageError(job.__name__, name, error) from error
        if given and name == "global_storage":
            warnings.warn(
                f"{job.__name__} declares a global_storage that is not empty: it is not taken, as that dict belongs to "
                f"the run; fill it in a Check",
                stacklevel=2,
            )


def _warn_of_misspelled(job: JobClass, kind: JobKind) -> None:
    """Tell of attributes that nobody reads, and whose name is nearly one that is read."""
    for owner, name, right in misspelled_attributes(job):
        if right != "Check" or kind is not JobKind.RUNONLY:
            warnings.warn(
                f"{owner.__name__}.{name} is not read by anybody: {right} is the name; rename it, or call it something "
                f"else if it is meant for other code",
                stacklevel=2,
            )


def _own(job: JobClass, defaults: tuple[int, float]) -> tuple[object, object]:
    tries, delay = getattr(job, "TRIES", None), getattr(job, "RETRY_DELAY", None)
    return (defaults[0] if tries is None else tries), (defaults[1] if delay is None else delay)


def _policy(job: str, tries: object, delay: object) -> tuple[int, float]:
    """(tries, seconds), or PolicyError."""
    return _whole(job, tries), _seconds(job, delay)


def _whole(job: str, tries: object) -> int:
    if type(tries) is not int and _is_number(tries) and tries >= 1 and isinstance(tries, float):  # type: ignore[operator]
        rounded = math.ceil(tries)
        if rounded != tries:
            warnings.warn(f"{job}: TRIES {tries!r} is no whole number; {rounded} are taken", stacklevel=2)
        else:
            warnings.warn(f"{job}: TRIES {tries!r} is a float; {rounded} are taken", stacklevel=2)
        return rounded
    try:
        whole = index(tries)  # type: ignore[arg-type]  # raises TypeError for what is no whole number
    except TypeError:
        whole = 0
    if isinstance(tries, bool) or whole < 1:
        raise PolicyError(job, f"TRIES is {_label(tries)}; it must be a whole number of at least 1")
    return whole


def _seconds(job: str, delay: object) -> float:
    if not _is_number(delay) or delay < 0:  # type: ignore[operator]
        raise PolicyError(job, f"RETRY_DELAY is {_label(delay)}; it must be a finite number of seconds, at least 0")
    return float(delay)  # type: ignore[arg-type]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_job(value: object) -> TypeGuard[JobClass]:
    return isinstance(value, type) and issubclass(value, Job)


def _label(value: object) -> str:
    """The value in a few words, without calling code of its own unless it is plain."""
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if value is None or type(value) in (bool, int, float, str, bytes):
        return f"{value!r:.80}"
    return f"an instance of {type(value).__name__}"
