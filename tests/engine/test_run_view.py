"""What reads a run cannot tell a live one from a copy of it; a copy has no commands."""

from typing import Any

import pytest

from dojobber_nb import DoJobber
from dojobber_nb.core.errors import EventIndexError, NotConfiguredError
from dojobber_nb.core.run_view import PastRun, RunView
from tests.support.runbooks import doing, movie_night

READ = ("nodestatus", "next_step", "noderesults", "no_act", "global_storage", "storages", "watches", "whose")


def halfway() -> tuple[Any, PastRun]:
    dj = doing(movie_night(), capture=True)
    dj.step_pass()
    return dj, PastRun.of(dj.view)


def test_a_copy_reads_as_the_run_did() -> None:
    dj, copy = halfway()
    assert {name: getattr(copy, name) for name in READ} == {name: getattr(dj.view, name) for name in READ}
    assert list(copy.events) == list(dj.events)
    assert [copy.why(job) for job in dj.state.jobs] == [dj.why(job) for job in dj.state.jobs]


def test_the_run_goes_on_without_its_copy() -> None:
    dj, copy = halfway()
    before = copy.nodestatus
    dj.run()
    assert dj.nodestatus != before
    assert copy.nodestatus == before


def test_a_copy_can_be_subscribed_to_and_watched_and_nothing_comes_of_it() -> None:
    dj, copy = halfway()
    heard: list[object] = []
    unsubscribe, unwatch = copy.subscribe(heard.append), copy.watch()
    dj.run()
    unsubscribe()
    unwatch()
    assert (heard, copy.going_on) == ([], "")


def test_a_view_has_no_commands() -> None:
    commands = ("step", "run", "checknrun", "reset", "cleanup", "set_args", "configure", "pause")
    assert [name for name in commands if hasattr(RunView, name)] == []


@pytest.mark.parametrize("past", [False, True])
@pytest.mark.parametrize("count", [-1, 1_000])
def test_a_state_that_there_never_was_is_refused_with_the_range(count: int, past: bool) -> None:
    dj, copy = halfway()
    run = copy if past else dj
    with pytest.raises(EventIndexError, match=f"0 to {len(dj.events)}"):
        run.state_at(count)
    assert run.state_at(len(dj.events)).nodestatus == dj.nodestatus


def test_before_configure_there_is_no_run_to_read() -> None:
    dj = DoJobber()
    assert (dj.nodestatus, dj.nodeexceptions, dj.noderesults, dj.success()) == ({}, {}, {}, False)
    with pytest.raises(NotConfiguredError):
        _ = dj.state
