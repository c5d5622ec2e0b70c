"""What a record costs: a phase that is recorded beside a bare insert-and-commit, and what is written before a Run.

`python tests/bench/bench_record.py`. The floor is sqlite3 by itself, in WAL mode, one row of as many bytes a commit,
done by a listener at the end of each phase; in a tight loop, told beside it, it takes half, as all is in the cache.
Times are of the wall clock, as much of them is waiting, and medians of interleaved rounds. What SQLite moves from its
log into the file is in them; what tells of a run before its first phase is a column of its own.
"""

import gc
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path

from bench_engine import Row, show
from graphs import classes, layered

from dojobber_nb import DoJobber, DummyJob, Job, Record

JOBS = 2_000
MARK = 2  # × the floor, at most
ASKED_MARK = 0.3  # seconds
RESUME_MARK = 3  # × a recorded dry run
ASKED = """if True:
    import sys, time
    from dojobber_nb import Record
    begin = time.perf_counter()
    assert Record(sys.argv[1]).runs[0].outcome == "success"
    print(time.perf_counter() - begin)
"""
EMPTIED = "PRAGMA wal_checkpoint(TRUNCATE)"  # what is in SQLite's log goes into the file
LINE = (
    '{"event":"PhaseEnded","job":"Job123","phase":"check","attempt":1,"started":0.1234567890123,'
    '"duration":1.2345678901234e-06,"ok":true}'
)


class Runs(Job):
    """A job that has to be run."""

    def Check(self) -> None:
        """Raise until it was run."""
        if "run" not in self.storage:
            raise RuntimeError

    def Run(self) -> None:
        """Have it so."""
        self.storage["run"] = True


class Passes(Job):
    """A job that has a Check, and holds."""

    def Check(self) -> None:
        """Pass."""


def configured(root: type[Job], record: Path | None) -> DoJobber:
    """An engine that is ready to run, and captures."""
    dj = DoJobber()
    dj.configure(root, capture=True, record=record, default_retry_delay=0)
    return dj


Act = tuple[Callable[[], object], Callable[[], object]]  # what is done before, untimed, and what is timed


def seconds(act: Act) -> float:
    """How long it took."""
    before, timed = act
    before()
    gc.collect()
    begin = time.perf_counter()
    timed()
    return time.perf_counter() - begin


def medians(acts: Sequence[Act], *, rounds: int = 11) -> list[float]:
    """Seconds of each act."""
    table = [[seconds(act) for act in acts] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*table, strict=True)]


def the_rest(dj: DoJobber) -> Act:
    """A run from its second step on, to its end."""

    def begin() -> None:
        dj.reset()
        dj.step()

    return begin, dj.run


def committed(dj: DoJobber, path: Path) -> Act:
    """The rest of a run whose every phase is followed by a bare insert-and-commit."""
    connection, (_, insert) = bare(path, "NORMAL", 1)
    dj.subscribe(lambda event: insert() if event.ok is not None else None)
    before, run = the_rest(dj)

    def whole() -> None:
        run()
        connection.execute(EMPTIED)

    return before, whole


def bare(path: Path, synchronous: str, rows: int) -> tuple[sqlite3.Connection, Act]:
    """So many inserts, each with a commit of its own."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE events (number INTEGER PRIMARY KEY, text TEXT)")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    numbers = count()

    def insert() -> None:
        for _ in range(rows):
            connection.execute("INSERT INTO events VALUES (?, ?)", (next(numbers), LINE))

    return connection, (lambda: connection.execute(EMPTIED), insert)


def phases(folder: Path) -> list[Row]:
    """Checks that pass: with a record less the same without one, a phase."""
    root = classes(layered(JOBS), DummyJob)
    connection, insert = bare(folder / "bare", "NORMAL", JOBS)
    with closing(connection):
        without, recorded, beside = (configured(root, record) for record in (None, folder / "record", None))
        acts = [insert, the_rest(without), committed(beside, folder / "beside"), the_rest(recorded)]
        loop, base, commits, ours = (taken / JOBS * 1e6 for taken in medians(acts))
        begin = seconds((recorded.reset, recorded.step)) * 1e6
    head = "phase", "in a loop µs", "neither µs", "bare commit µs", "record µs", "×", "mark", "first step µs"
    times = (f"{taken:.1f}" for taken in (loop, base, commits - base, ours - base))
    ratio = (ours - base) / (commits - base)
    return [head, ("check", *times, f"{ratio:.2f}", f"≤ {MARK}", f"{begin:.0f}")]


def before_run(folder: Path) -> list[Row]:
    """An attempt with a Run, whose begin is safe against a loss of power, beside bare commits that are."""
    jobs = 30
    root = type("Top", (DummyJob,), {"DEPS": tuple(type(f"J{n}", (Runs,), {}) for n in range(jobs))})
    connection, insert = bare(folder / "synced", "FULL", jobs)
    with closing(connection):
        acts = [insert, the_rest(configured(root, None)), the_rest(configured(root, folder / "runs"))]
        synced, base, ours = (taken / jobs * 1e6 for taken in medians(acts, rounds=5))
    return [
        ("", "bare synced commit µs", "attempt without µs", "with µs", "record µs"),
        ("check, run, recheck", *(f"{taken:.0f}" for taken in (synced, base, ours, ours - base))),
    ]


def reading(folder: Path) -> list[Row]:
    """A run of 4,000 events read anew, and a look at one that was read."""
    configured(classes(layered(JOBS), DummyJob), folder / "read").checknrun()
    anew = seconds((int, lambda: Record(folder / "read").runs[-1].state))
    (run,) = Record(folder / "read").runs
    run.state  # noqa: B018
    return [
        ("read anew ms", "looked at again ms"),
        (f"{anew * 1e3:.1f}", f"{seconds((int, lambda: run.state)) * 1e3:.2f}"),
    ]


def long_runs(folder: Path) -> list[Row]:
    """A run of 200,000 events: listed and asked how it ended in a fresh process; then taken up, to be checked again."""
    path, root = folder / "long", classes(layered(100_000), Passes)
    dry, whole, again = (configured(root, file) for file in (folder / "dry", path, path))
    dry.no_act = True
    base = seconds((int, dry.checknrun))
    whole.checknrun()
    whole.configure(root)  # lets go of the file
    script = [sys.executable, "-c", ASKED, str(path)]
    asked = min(float(subprocess.run(script, check=True, capture_output=True, text=True).stdout) for _ in range(5))
    taken_up = seconds((int, again.resume)) / base
    return [
        ("runs and outcome s", "mark", "dry run, recorded s", "resume ×", "mark"),
        (f"{asked:.2f}", f"≤ {ASKED_MARK}", f"{base:.1f}", f"{taken_up:.2f}", f"≤ {RESUME_MARK}"),
    ]


def main() -> None:
    """Prints a table for each part."""
    with tempfile.TemporaryDirectory() as folder:
        for part in (phases, before_run, reading, long_runs):
            print(f"\n{part.__name__}: {part.__doc__}")
            show(part(Path(folder)))


if __name__ == "__main__":
    main()
