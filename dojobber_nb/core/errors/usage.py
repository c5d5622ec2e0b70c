"""Errors about what a caller asked for: an unknown name, a wrong moment, a file that cannot be written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dojobber_nb.core.errors.base import DoJobberError, nearest_known, short_repr


class NotConfiguredError(DoJobberError, RuntimeError):
    """Raised when a run is asked for before configure()."""

    def __init__(self) -> None:
        super().__init__("no graph yet: call configure(RootJob) first")


class OptionError(DoJobberError, TypeError):
    """An option of DoJobber(...) that configure() does not have."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        options = list(known)
        super().__init__(
            f"unknown option {name!r}{_nearest_option(name, options)}; the options are {', '.join(options)}"
        )


class UnknownJobError(DoJobberError, KeyError):
    """A job name that is not in the graph."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name = name
        super().__init__(f"no job is named {short_repr(name)} in this graph{nearest_known(name, known)}")

    def __str__(self) -> str:
        """The message; KeyError would show its repr."""
        from dojobber_nb.core.secrets import scrub

        return scrub(Exception.__str__(self))


class EventIndexError(DoJobberError, IndexError):
    """A state after more events than the run has, or after fewer than none; it has `count`."""

    def __init__(self, index: int, count: int) -> None:
        self.index, self.count = index, count
        super().__init__(f"there is no state after {index:,} events: this run has {count:,}; give 0 to {count:,}")


class UnknownPhaseError(DoJobberError, ValueError):
    """A name that is not one of the phases to halt at."""

    def __init__(self, phase: object, known: Iterable[str]) -> None:
        self.phase = phase
        super().__init__(
            f"{short_repr(phase)} is no phase to halt at; the phases are {', '.join(known)} (__init__ is part of check)"
        )


class UnknownStatusError(DoJobberError, ValueError):
    """A name that is not one of the statuses of a job."""

    def __init__(self, status: object, known: Iterable[str]) -> None:
        self.status = status
        super().__init__(f"{short_repr(status)} is no status; the statuses are {', '.join(known)}")


class UnknownGoalError(DoJobberError, ValueError):
    """A name that is not one of the goals of a call."""

    def __init__(self, goal: object, known: Iterable[str]) -> None:
        self.goal = goal
        super().__init__(f"{short_repr(goal)} is no goal; the goals are {', '.join(known)}")


class UnknownPartError(DoJobberError, ValueError):
    """A name that is not one of the parts or layouts of a dashboard."""

    def __init__(self, part: object, known: Iterable[str]) -> None:
        self.part = part
        super().__init__(f"{short_repr(part)} is no part or layout of a dashboard; choose among {', '.join(known)}")


class NotARunError(DoJobberError, TypeError):
    """An object that a dashboard cannot show."""

    def __init__(self, source: object) -> None:
        super().__init__(
            "a dashboard shows a DoJobber, or a recorded run, such as Record(path).runs[-1]; this is "
            f"{short_repr(source)}"
        )


class UnknownFormatError(DoJobberError, ValueError):
    """A name that is not one of the picture formats."""

    def __init__(self, fmt: object, known: Iterable[str]) -> None:
        self.fmt = fmt
        super().__init__(f"{short_repr(fmt)} is no format for a picture; the formats are {', '.join(known)}")


class BreakpointError(DoJobberError, ValueError):
    """A breakpoint that can never be reached, or that is not set."""


class NotReadyError(DoJobberError, RuntimeError):
    """A job that cannot be tried now; the text says why."""

    def __init__(self, job: str, reason: str) -> None:
        self.job = job
        super().__init__(f"{job} cannot be tried now: {reason}")


class EngineBusyError(DoJobberError, RuntimeError):
    """A step or run that was called while another call of the same engine is under way."""

    def __init__(self, call: str, under_way: str) -> None:
        self.call = call
        super().__init__(
            f"{call}() while {under_way}() is under way: from jobs, listeners and other threads only reading, pause, "
            "stop, interrupt, breakpoints and no_act are allowed; wait for it, or pause() it first"
        )


class NotCopiedError(DoJobberError, TypeError):
    """A runner that was to be copied or pickled: it has locks and threads."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"a {kind} cannot be copied, pickled or sent to another process; make a new one there and configure it "
            "with the same root job; what happened is in its record"
        )


class ReadOnlyError(DoJobberError, RuntimeError):
    """A command to a run that can only be read."""

    def __init__(self) -> None:
        super().__init__("this run is over, or belongs to another process: it can be read, and takes no commands")


class ReportError(DoJobberError, OSError):
    """A report that could not be written; the cause says why."""

    def __init__(self, file: object, reason: str) -> None:
        self.file = file
        super().__init__(f"no report could be written to {file}: {reason}; name a file in a folder that can be written")


class NotRecordedError(DoJobberError, RuntimeError):
    """resume() without a record."""

    def __init__(self) -> None:
        super().__init__("no record is kept: configure(RootJob, record=path) first")


class ShareError(DoJobberError, ValueError):
    """A notebook that cannot be searched for secrets, or not be written."""

    def __init__(self, file: object, reason: str) -> None:
        self.file = str(file)
        super().__init__(f"{file}: {reason}")


class SecretError(DoJobberError, ValueError):
    """A value that cannot be kept secret; the text says why, and never has the value."""


def _nearest_option(name: str, known: Sequence[str]) -> str:
    """The same for an option: `retries` suggests `default_tries`, and `dry_run` suggests `no_act`."""
    short = {option.removeprefix("default_"): option for option in known}
    meant = short.get(_OTHER_WORDS.get(name, name))
    return f" (did you mean {meant!r}?)" if meant else nearest_known(name, known)


_OTHER_WORDS = {
    **dict.fromkeys(("retries", "retry", "max_retries", "max_tries"), "tries"),
    **dict.fromkeys(("delay", "retry_wait"), "retry_delay"),
    **dict.fromkeys(("dry_run", "dryrun", "noact"), "no_act"),
}


class WorkersError(DoJobberError, ValueError):
    """A number of workers that is none."""

    def __init__(self, value: object) -> None:
        self.value = value
        super().__init__(f"max_workers is {short_repr(value)}; it must be a whole number of at least 1")
