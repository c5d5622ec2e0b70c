"""What a prompt shows of a run: one line each, never the address of an object."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from dojobber_nb import DoJobber, Record
from dojobber_nb.core.errors import DoJobberError, EventIndexError
from tests.support.runbooks import doing, movie_night


@pytest.fixture
def dj(tmp_path: Path) -> DoJobber:
    return doing(movie_night(), record=tmp_path / "night.sqlite")


def test_a_state_says_its_root_its_jobs_by_status_its_pass_and_what_is_next(dj: DoJobber) -> None:
    first, root = "PickTimeAndDate.check", "<RunState of WatchMovie: 20 jobs"
    assert repr(dj.state) == f"{root} · 20 pending · next {first}>"
    dj.step_job()
    assert repr(dj.state_at(3)) == f"{root} · 19 pending · 1 running · pass 1 · {first} is under way>"
    dj.run()
    assert repr(dj.state) == f"{root} · 8 ok · 9 changed · 1 failed · 2 blocked · pass 5 · ended: failure>"


def test_breakpoints_say_where_they_halt(dj: DoJobber) -> None:
    assert repr(dj.breakpoints) == "<Breakpoints: none>"
    dj.breakpoints.add("Pizza", "run")
    dj.breakpoints.add(status="failed")
    assert repr(dj.breakpoints) == "<Breakpoints: before Pizza.run; after any job is failed>"


def test_a_recorded_run_says_how_it_ended_or_where_it_was_cut_off(dj: DoJobber, tmp_path: Path) -> None:
    dj.run()
    pid = os.fork()
    if not pid:
        other = doing(movie_night(), record=tmp_path / "night.sqlite")
        other.subscribe(lambda event: os._exit(9) if event.job == "Pizza" else None)
        other.run()
        os._exit(1)
    os.waitpid(pid, 0)
    ended, cut_off = map(repr, Record(tmp_path / "night.sqlite").runs)
    assert re.fullmatch(r"<run 1 of .*night.sqlite: WatchMovie, \d{4}-\d\d-\d\d \d\d:\d\d:\d\d, failure>", ended)
    assert cut_off.endswith(", cut off in Pizza.check>")
    record = repr(Record(tmp_path / "night.sqlite"))
    assert re.fullmatch(r"<Record .*night.sqlite: 2 runs; the last: WatchMovie, .*, cut off in Pizza.check>", record)


def test_what_has_become_of_a_record_is_told_in_place_of_an_end(dj: DoJobber, tmp_path: Path) -> None:
    dj.run()
    (run,) = Record(tmp_path / "night.sqlite").runs
    (tmp_path / "night.sqlite").unlink()
    assert "there is no such file" in repr(run)


@pytest.mark.parametrize("past", [-1, 1])
def test_a_moment_that_a_recorded_run_does_not_have_is_refused_with_those_it_has(
    dj: DoJobber, tmp_path: Path, past: int
) -> None:
    dj.run()
    (run,) = Record(tmp_path / "night.sqlite").runs
    count = len(run.events)
    index = -1 if past < 0 else count + 1
    with pytest.raises(EventIndexError, match=rf"after {index:,} events: this run has {count:,}") as raised:
        run.state_at(index)
    assert isinstance(raised.value, IndexError)
    assert isinstance(raised.value, DoJobberError)
    assert (raised.value.index, raised.value.count) == (index, count)
    assert run.state_at(count).ended is run.outcome
