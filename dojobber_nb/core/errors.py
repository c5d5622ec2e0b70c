"""Every error the library raises itself. Each names the job or value at fault and the way out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


class DoJobberError(Exception):
    """The root of all errors of this library. None of them tells a secret, whatever it names."""

    def __str__(self) -> str:
        from dojobber_nb.core.secrets import scrub

        return scrub(super().__str__())

    def __repr__(self) -> str:
        from dojobber_nb.core.secrets import scrub

        return scrub(super().__repr__())


class NotConfiguredError(DoJobberError, RuntimeError):
    """A run was asked for before there was a graph."""

    def __init__(self) -> None:
        super().__init__("no graph yet: call configure(RootJob) first")


class OptionError(DoJobberError, TypeError):
    """An option of DoJobber(...) that configure does not know."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        options = list(known)
        super().__init__(
            f"unknown option {name!r}{_nearest_option(name, options)}; the options are {', '.join(options)}"
        )


class UnknownJobError(DoJobberError, KeyError):
    """A job that is not in the graph."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        super().__init__(f"no job is named {_short(name)} in this graph{_nearest(name, known)}")

    def __str__(self) -> str:
        """The text: KeyError's would be its repr."""
        from dojobber_nb.core.secrets import scrub

        return scrub(Exception.__str__(self))


class EventIndexError(DoJobberError, IndexError):
    """A number of events that a run does not have; it has `count`."""

    def __init__(self, index: int, count: int) -> None:
        self.index, self.count = index, count
        super().__init__(f"there is no state after {index:,} events: this run has {count:,}; give 0 to {count:,}")


class UnknownPhaseError(DoJobberError, ValueError):
    """A word that is no phase one can step to."""

    def __init__(self, phase: object, known: Iterable[str]) -> None:
        self.phase = phase
        super().__init__(
            f"{_short(phase)} is no phase to halt at; the phases are {', '.join(known)} (__init__ is part of check)"
        )


class UnknownStatusError(DoJobberError, ValueError):
    """A word that is no status of a job."""

    def __init__(self, status: object, known: Iterable[str]) -> None:
        self.status = status
        super().__init__(f"{_short(status)} is no status; the statuses are {', '.join(known)}")


class UnknownGoalError(DoJobberError, ValueError):
    """A word that tells no goal of a call."""

    def __init__(self, goal: object, known: Iterable[str]) -> None:
        self.goal = goal
        super().__init__(f"{_short(goal)} is no goal; the goals are {', '.join(known)}")


class UnknownPartError(DoJobberError, ValueError):
    """A word that names no part or layout of a dashboard."""

    def __init__(self, part: object, known: Iterable[str]) -> None:
        self.part = part
        super().__init__(f"{_short(part)} is no part or layout of a dashboard; choose among {', '.join(known)}")


class NotARunError(DoJobberError, TypeError):
    """What a dashboard cannot show."""

    def __init__(self, source: object) -> None:
        super().__init__(
            f"a dashboard shows a DoJobber, or a recorded run, such as Record(path).runs[-1]; this is {_short(source)}"
        )


class UnknownFormatError(DoJobberError, ValueError):
    """A word that names no format of a picture."""

    def __init__(self, fmt: object, known: Iterable[str]) -> None:
        self.fmt = fmt
        super().__init__(f"{_short(fmt)} is no format for a picture; the formats are {', '.join(known)}")


class BreakpointError(DoJobberError, ValueError):
    """A breakpoint that could never be met, or is not set."""


class AwaitableError(DoJobberError, TypeError):
    """A phase that returned what it should have awaited: nothing of it was done."""

    def __init__(self, job: str, phase: str, result: str) -> None:
        self.job = job
        super().__init__(
            f"{job}.{phase} returned {result}, which nobody awaits: its work was not done; write a plain def that has "
            "done all when it returns, as asyncio.run(…) does for a coroutine"
        )


class ArgumentsError(DoJobberError, TypeError):
    """Arguments of set_args that a job cannot be called with; told before the first phase of a run."""

    def __init__(self, job: str, misfits: Sequence[str], given: str) -> None:
        self.job = job
        super().__init__(
            f"the run has not begun, as jobs cannot be called with what set_args was given ({given}): "
            f"{'; '.join(misfits)}; call set_args again, or let them take *args, **kwargs"
        )


class NotReadyError(DoJobberError, RuntimeError):
    """A job was asked for whose turn it cannot be; the text says what stands in the way."""

    def __init__(self, job: str, reason: str) -> None:
        self.job = job
        super().__init__(f"{job} cannot be tried now: {reason}")


class EngineBusyError(DoJobberError, RuntimeError):
    """A step or run was asked for while another call of the same engine is under way."""

    def __init__(self, call: str, under_way: str) -> None:
        self.call = call
        super().__init__(
            f"{call}() while {under_way}() is under way: from jobs, listeners and other threads only reading, pause, "
            "stop, interrupt, breakpoints and no_act are allowed; wait for it, or pause() it first"
        )


class NotCopiedError(DoJobberError, TypeError):
    """A runner is one run with its locks and threads: there is no second one of it."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"a {kind} cannot be copied, pickled or sent to another process; make a new one there and configure it "
            "with the same root job; what happened is in its record"
        )


class OutOfTurnError(DoJobberError, RuntimeError):
    """A Check was to start out of turn: the engine, or whoever changed its events, is at fault."""

    def __init__(self, job: str) -> None:
        self.job = job
        super().__init__(f"{job}.check cannot start now: its turn has not come, or was taken already; reset() the run")


class CaptureError(DoJobberError, OSError):
    """The output of a phase could not be captured; the cause says why, and the attempt is not charged."""

    def __init__(self, job: str, phase: str, error: OSError) -> None:
        self.job, self.phase = job, phase
        super().__init__(
            f"{job}.{phase}: its output could not be captured ({error.strerror or error}); the attempt is not charged. "
            "Mend that and go on with run(), or configure(capture=False)"
        )
        self.errno = error.errno


class CannotAskError(DoJobberError, EOFError):
    """A job asked a person for input where nobody can answer; raised in its phase."""

    def __init__(self, job: str) -> None:
        self.job = job
        super().__init__(
            f"{job} asks for input, and a phase cannot ask here: nobody can answer. Hand it what it needs as an "
            "argument: set_args(...), or ArgsForm in a notebook"
        )


class ReadOnlyError(DoJobberError, RuntimeError):
    """A command was given to a run that can only be read."""

    def __init__(self) -> None:
        super().__init__("this run is over, or another process's, and can only be read: it takes no commands")


class ReportError(DoJobberError, OSError):
    """A report that could not be written; the cause says why."""

    def __init__(self, file: object, reason: str) -> None:
        self.file = file
        super().__init__(f"no report could be written to {file}: {reason}; name a file in a folder that can be written")


class NotRecordedError(DoJobberError, RuntimeError):
    """A run was to be taken up, and there is no record to take it from."""

    def __init__(self) -> None:
        super().__init__("no record is kept: configure(RootJob, record=path) first")


class RecordError(DoJobberError, OSError):
    """A record that cannot be read or written; `path` is its file."""

    def __init__(self, path: object, text: str) -> None:
        self.path = str(path)
        super().__init__(f"{path}: {text}")


class NotAPathError(RecordError, ValueError, TypeError):
    """What was given for a record names no file."""

    def __init__(self, path: object) -> None:
        super().__init__(
            _short(path), "this is not a path; give the path of a record, or of a file that can become one"
        )


class NotARecordError(RecordError):
    """A file that is something else."""


class RecordVersionError(RecordError):
    """A record that another version of this library has written."""

    def __init__(self, path: object, found: object, known: object) -> None:
        self.found, self.known = found, known
        super().__init__(path, f"the record is of version {found}, and this library reads {known}; install a newer one")


class RecordDamagedError(RecordError):
    """A record whose bytes are not those that were written; `run` is whole up to its first `whole` events."""

    def __init__(self, path: object, reason: str, run: int | None = None, whole: int = 0) -> None:
        self.run, self.whole = run, whole
        place = f"run {run} is whole up to event {whole}" if run is not None else "its tables cannot be trusted"
        super().__init__(
            path,
            f"the record is damaged ({reason}): {place}; what is whole stays readable (Record(path).whole, and .whole "
            "of each run); record into another file from here on",
        )


class RecordLostError(RecordError):
    """A record that was damaged, cut short, deleted or replaced while a run was written to it.

    `rescue` is the record that holds what could be saved, and that the run goes on in. `lost` has the numbers of the
    earlier runs that could not be read any more, wholly or in part.
    """

    def __init__(self, path: object, reason: str, saved: str, rescue: object, lost: Sequence[int] = ()) -> None:
        self.rescue, self.lost = str(rescue), tuple(lost)
        runs = ", ".join(map(str, lost))
        told = f"not all of these earlier runs could be read any more: {runs}" if lost else "nothing is lost"
        super().__init__(
            path,
            f"{reason} while it was in use; {saved} saved in {rescue}, and what comes next is recorded there; {told}; "
            "the file that is at the old place now, if any, is left as it is",
        )


class RecordBusyError(RecordError):
    """A record that somebody else is writing."""

    def __init__(self, path: object, pid: int, host: str, since: str, *, here: bool = False) -> None:
        self.pid, self.host, self.since = pid, host, since
        who = "another runner of this process" if here else f"process {pid} on {host}"
        gone = "" if here else "; if that process is known to be gone, Record(path).release() frees it"
        super().__init__(
            path, f"{who} has been writing it since {since}; wait for it or record into another file{gone}"
        )


class InDoubtError(RecordError):
    """A job without Check died in its Run: nobody but a person can tell whether that was done."""

    def __init__(self, path: object, job: str) -> None:
        self.job = job
        super().__init__(
            path,
            f"nobody can tell whether {job}.Run was done when its process died, and {job} has no Check; look for "
            f"yourself, then resume(done=[{job!r}]) if it was, or resume(rerun=[{job!r}]) to have it run again",
        )


class JobCrashedError(RecordError):
    """A job in which the process has died again and again."""

    def __init__(self, path: object, job: str, times: int) -> None:
        self.job, self.times = job, times
        super().__init__(
            path,
            f"the process died {times} times while {job} was under way; mend it, then checknrun(), or "
            f"resume(rerun=[{job!r}]) to let it try once more",
        )


class CleanupExit(DoJobberError, RuntimeError):
    """A Cleanup left by an exception that is no Exception (SystemExit, for one), or that would tell a secret.

    It is the `__cause__`, unless it would tell a secret.
    """

    def __init__(self, job: str, error: BaseException, said: str) -> None:
        self.job = job
        super().__init__(f"{job}.Cleanup left by {type(error).__name__}: {said}")


class CleanupErrors(DoJobberError, ExceptionGroup[Exception]):
    """What the Cleanups of a run raised, after all of them were called."""

    def derive(self, excs: Sequence[Any]) -> CleanupErrors:  # type: ignore[override]  # keeps the type when split
        """A group of the same kind around other errors."""
        return CleanupErrors(self.message, excs)


class ShareError(DoJobberError, ValueError):
    """A notebook that cannot be looked through for what must not be handed on, or not be written."""

    def __init__(self, file: object, reason: str) -> None:
        self.file = str(file)
        super().__init__(f"{file}: {reason}")


class SecretError(DoJobberError, ValueError):
    """A value that cannot be kept secret; the text tells the reason and never the value."""


class GraphError(DoJobberError, ValueError):
    """A graph that cannot be run: told at configure, before any job is made."""

    def __init__(self, job: str, text: str) -> None:
        self.job = job
        super().__init__(f"{job}: {text}")


class NotAJobError(GraphError, TypeError):
    """The root is no job class."""


class DepsError(GraphError, TypeError):
    """DEPS that is not an ordered iterable of job classes."""


class PolicyError(GraphError):
    """TRIES or RETRY_DELAY out of range."""


class PhaseMissingError(GraphError, TypeError):
    """A job without the Check or Run it needs, or with one that cannot be called like a function."""


class StorageError(GraphError, TypeError):
    """A class that declares a storage of which no attempt can get a copy."""

    def __init__(self, job: str, name: str, error: Exception) -> None:
        super().__init__(
            job,
            f"{name} cannot be copied for each attempt ({type(error).__name__}: {error}); declare it empty, and fill "
            "it in Check",
        )


class CycleError(GraphError):
    """Jobs that need each other in a circle; `path` starts and ends with the same name."""

    def __init__(self, path: Sequence[str]) -> None:
        self.path = tuple(path)
        super().__init__(
            path[0], f"the jobs need each other in a circle: {' → '.join(path)}; take one of them out of DEPS"
        )


class SecretNameError(GraphError):
    """Jobs that only a secret in their names tells apart."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "several jobs have this name once the secret in it is left out; give them other names")


class DuplicateJobError(GraphError):
    """Two different classes of one name."""

    def __init__(self, name: str, first: str, second: str) -> None:
        self.users = (first, second)
        super().__init__(
            name,
            f"two different classes have this name, one {first}, another {second}; if you ran the cell that defines "
            f"{name} again, run the cells that use the older one again, too; otherwise rename one",
        )


def _nearest(name: str, known: Iterable[str]) -> str:
    """', did you mean …?' when something near is known, else nothing."""
    from difflib import get_close_matches

    near = get_close_matches(name[:200], list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _nearest_option(name: str, known: Sequence[str]) -> str:
    """The same for an option: `retries` is near `default_tries`, and `dry_run` another word for `no_act`."""
    short = {option.removeprefix("default_"): option for option in known}
    meant = short.get(_OTHER_WORDS.get(name, name))
    return f" (did you mean {meant!r}?)" if meant else _nearest(name, known)


_OTHER_WORDS = {
    **dict.fromkeys(("retries", "retry", "max_retries", "max_tries"), "tries"),
    **dict.fromkeys(("delay", "retry_wait"), "retry_delay"),
    **dict.fromkeys(("dry_run", "dryrun", "noact"), "no_act"),
}


def _short(value: object) -> str:
    text = repr(value) if isinstance(value, str | int | float | bool | None) else f"a {type(value).__name__}"
    return text if len(text) <= 200 else f"{text[:150]}…{text[-40:]}"
