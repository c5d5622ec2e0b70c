"""Errors about the record of a run: it cannot be read, written, or resumed without a decision."""

from __future__ import annotations

from collections.abc import Sequence

from dojobber_nb.core.errors.base import DoJobberError, short_repr


class RecordError(DoJobberError, OSError):
    """A record that cannot be read or written; `path` is its file."""

    def __init__(self, path: object, text: str) -> None:
        self.path = str(path)
        super().__init__(f"{path}: {text}")


class NotAPathError(RecordError, ValueError, TypeError):
    """A value for a record that is not a path."""

    def __init__(self, path: object) -> None:
        super().__init__(
            short_repr(path), "this is not a path; give the path of a record, or of a file that can become one"
        )


class NotARecordError(RecordError):
    """A file that is not a record."""


class RecordVersionError(RecordError):
    """A record that a newer version of this library has written."""

    def __init__(self, path: object, found: object, known: object) -> None:
        self.found, self.known = found, known
        super().__init__(path, f"the record has version {found}, and this library reads {known}; install a newer one")


class RecordDamagedError(RecordError):
    """A record whose bytes were changed; the first `whole` events of `run` are intact."""

    def __init__(self, path: object, reason: str, run: int | None = None, whole: int = 0) -> None:
        self.run, self.whole = run, whole
        place = f"run {run} is whole up to event {whole}" if run is not None else "its tables cannot be trusted"
        super().__init__(
            path,
            f"the record is damaged ({reason}): {place}; Record(path).whole and the .whole of each run "
            "read what is whole; record into another file from here on",
        )


class RecordLostError(RecordError):
    """A record that was damaged, truncated, deleted or replaced while a run was written to it.

    `rescue` is the new record with what could be saved; the run goes on there. `lost` has the numbers of the earlier
    runs that could not be read, or not completely.
    """

    def __init__(self, path: object, reason: str, saved: str, rescue: object, lost: Sequence[int] = ()) -> None:
        self.rescue, self.lost = str(rescue), tuple(lost)
        runs = ", ".join(map(str, lost))
        losses = f"these earlier runs could not be read completely: {runs}" if lost else "nothing is lost"
        super().__init__(
            path,
            f"{reason} while it was in use; {saved} saved in {rescue}, and the run is recorded there from now on; "
            f"{losses}; the file at the old path, if there is one, is not changed",
        )


class RecordBusyError(RecordError):
    """A record that another process or runner is writing."""

    def __init__(self, path: object, pid: int, host: str, since: str, *, here: bool = False) -> None:
        self.pid, self.host, self.since = pid, host, since
        who = "another runner of this process" if here else f"process {pid} on {host}"
        gone = "" if here else "; if you know that this process is gone, Record(path).release() unlocks it"
        super().__init__(
            path, f"{who} has been writing it since {since}; wait for it or record into another file{gone}"
        )


class InDoubtError(RecordError):
    """A job without Check whose process died in its Run: a person has to find out whether its work was done."""

    def __init__(self, path: object, job: str) -> None:
        self.job = job
        super().__init__(
            path,
            f"the process died in {job}.Run, and {job} has no Check that tells whether its work was done; find out, "
            f"then call resume(done=[{job!r}]) if it was, or resume(rerun=[{job!r}]) to run it again",
        )


class JobCrashedError(RecordError):
    """A job in which the process has died several times."""

    def __init__(self, path: object, job: str, times: int) -> None:
        self.job, self.times = job, times
        super().__init__(
            path,
            f"the process died {times} times while {job} was under way; fix it, then call checknrun(), or "
            f"resume(rerun=[{job!r}]) to let it try once more",
        )
