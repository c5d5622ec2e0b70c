"""What is read of a long recorded run without reading all of it, and which damage is found by that."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from dojobber_nb import DoJobber, Job, Record
from dojobber_nb.core.errors import CleanupErrors, DoJobberError, RecordDamagedError
from dojobber_nb.core.events import Outcome
from dojobber_nb.core.log_rows import event_of
from dojobber_nb.record.codec import decode, decode_row, encode
from dojobber_nb.record.recorded_run import RecordedRun
from tests.record.test_record import SAMPLES
from tests.support.disks import folder_in_memory
from tests.support.graphs import random_plans
from tests.support.runbooks import job, movie_night
from tests.support.trial import Trial

ACTS: tuple[Callable[[DoJobber], object], ...] = (
    DoJobber.step,
    DoJobber.step_job,
    DoJobber.step_pass,
    DoJobber.run,
    DoJobber.stop,
    DoJobber.cleanup,
    lambda dj: dj.check_again(next(iter(dj.state.jobs))),
    lambda dj: dj.try_again(next(iter(dj.state.jobs))),
    lambda dj: setattr(dj, "no_act", True),
    lambda dj: setattr(dj, "no_act", False),
)


@pytest.fixture
def path() -> Iterator[Path]:
    """In memory where there is some: each event is taken away from the file."""
    with folder_in_memory() as folder:
        yield folder / "night.sqlite"


def changed(path: Path, statement: str) -> int:
    """How many rows somebody else has changed."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(statement).rowcount


def recorded(path: Path, root: type[Job], **options: Any) -> RecordedRun:
    dj = DoJobber()
    dj.configure(root, record=path, default_retry_delay=0, **options)
    with suppress(CleanupErrors):
        dj.checknrun()
    return Record(path).runs[-1]


@pytest.mark.parametrize("seed", range(12))
def test_the_last_events_tell_of_any_run_at_any_moment_what_all_of_them_do(path: Path, seed: int) -> None:
    rng = random.Random(seed)
    trial = Trial(random_plans(rng, most=4), record=path, no_act=rng.random() < 0.4, cleanup=rng.random() < 0.7)
    for _ in range(25):
        with suppress(DoJobberError, CleanupErrors):
            rng.choice(ACTS)(trial.dj)
    if rng.random() < 0.5:
        with suppress(DoJobberError, CleanupErrors):
            trial.dj.configure(trial.jobs[-1], record=path)
            trial.dj.resume()
    Record(path).release()
    for number in range(1, len(Record(path).runs) + 1):
        while changed(path, f"DELETE FROM events WHERE id = (SELECT max(id) FROM events WHERE run = {number})"):
            run = Record(path).runs[number - 1]
            state = run.state_at(len(run.events)) if run.events else run.state
            assert (run.outcome, run.in_doubt) == (state.ended, state.under_way)


def test_how_a_run_ended_is_known_where_an_event_before_its_last_ones_is_damaged(path: Path) -> None:
    recorded(path, movie_night())
    changed(path, "UPDATE events SET text = replace(text, 'check', 'chick') WHERE number = 3")
    run = Record(path).runs[0]
    assert (run.outcome, run.interrupted, run.in_doubt) == (Outcome.FAILURE, False, None)
    for read in ("events", "state", "nodestatus"):
        with pytest.raises(RecordDamagedError, match="run 1 is whole up to event 3"):
            getattr(run, read)


@pytest.mark.parametrize("back", [0, 1])
def test_damage_to_the_last_events_is_told_with_its_place(path: Path, back: int) -> None:
    count = len(recorded(path, job("A")).events)
    changed(path, f"UPDATE events SET text = text || ' ', crc = crc + 1 WHERE number = {count - 1 - back}")
    with pytest.raises(RecordDamagedError, match=f"run 1 is whole up to event {count - 1 - back}"):
        Record(path).runs[0].outcome  # noqa: B018


@pytest.mark.parametrize("name", ["A", '"', "\\", '],"of":', ',"graph":[', "a\nb"])
def test_a_run_is_listed_without_its_graph_whatever_its_jobs_are_called(path: Path, name: str) -> None:
    takes_any = {"Check": lambda job, **_: None, "Run": lambda job, **_: None, "__doc__": f'{name}],"of":"X'}
    dj = DoJobber()
    dj.configure(job("Root", job(name, **takes_any), **takes_any), record=path)
    dj.set_args(**{name: 1})
    dj.checknrun()
    run = Record(path).runs[0]
    assert {**run.header, "graph": run.metadata["graph"]} == run.metadata
    assert (run.header["of"], run.graph.names) == ("Root", (name, "Root"))


@pytest.mark.parametrize(
    "event",
    [
        *SAMPLES,
        *(("A", phase, 1, 0.1, *more) for phase in ("init", "run", "cleanup") for more in ((), (1e-9, True, None))),
        ('"\\', "check", 12, -1.5e20),
        ("A", "check", 1, 3),
        ("A", "check", 1, 0.1, float("inf"), True, None),
        ("A", "check", 1, 0.1, 0.2, True, False),
    ],
)
def test_a_line_is_read_as_the_same_event_by_the_quick_way(event: Any) -> None:
    line = encode(event).encode()
    assert repr(event_of(decode_row(line))) == repr(decode(line))
