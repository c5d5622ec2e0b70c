"""Rows of the event log: bare tuples and events are read by the same accessors."""

import pytest

from dojobber_nb.core import log_rows
from dojobber_nb.core.events import Event, Interrupted, Phase, PhaseEnded, PhaseStarted
from dojobber_nb.core.log_rows import LogRow, end_time, event_of, is_phase_end, is_phase_start, passed_row, started_row

STARTED = PhaseStarted("Fill", Phase.CHECK, 2, 0.5)
PASSED = PhaseEnded("Fill", Phase.CHECK, 2, 0.5, 0.25, True, "full")
FAILED = PhaseEnded("Fill", Phase.RUN, 2, 0.5, 0.25, False, error=ValueError("no water"))
BARE = {"started": started_row(*STARTED), "passed": passed_row(started_row(*STARTED), 0.25, "full")}


@pytest.mark.parametrize(
    ("row", "event"),
    [(BARE["started"], STARTED), (BARE["passed"], PASSED), (STARTED, STARTED), (PASSED, PASSED), (FAILED, FAILED)],
)
def test_a_row_tells_what_its_event_does(row: LogRow, event: Event) -> None:
    assert event_of(row) == event
    assert type(event_of(row)) is type(event)
    assert (is_phase_start(row), is_phase_end(row)) == (event is STARTED, event is not STARTED)
    assert end_time(row) == (0.5 if event is STARTED else 0.75)
    for field in event._fields[:8]:
        if event is FAILED or field != "error":  # a row of a phase that passed may end before that
            assert getattr(log_rows, f"{field}_of")(row) == getattr(event, field)


def test_an_interrupted_phase_has_not_ended() -> None:
    assert not is_phase_end(Interrupted("Fill", Phase.RUN, 2, 0.5, 0.25))


CHECKS: list[LogRow] = [("A", "check", 1, 0.0), ("A", "check", 1, 0.0, 0.1, True, 1)]


@pytest.mark.parametrize(
    ("rows", "ends"),
    {
        "all": ([*CHECKS], 1),
        "up to one under way": ([*CHECKS, ("B", "check", 1, 0.2)], 1),
        "up to one that failed": ([*CHECKS, ("B", "check", 1, 0.2), FAILED], 1),
        "not out of turn": ([("B", "check", 1, 0.0), ("B", "check", 1, 0.0, 0.1, True, 1)], 0),
        "not another phase": ([("A", "run", 1, 0.0), ("A", "run", 1, 0.0, 0.1, True, 1)], 0),
        "not a second attempt": ([("A", "check", 2, 0.0), ("A", "check", 2, 0.0, 0.1, True, 1)], 0),
        "no more than there are jobs": ([*CHECKS, *([("B", *row[1:]) for row in CHECKS]), *CHECKS], 2),
        "nothing": ([], 0),
    }.values(),
)
def test_checks_that_pass_at_once_are_taken_in_order_up_to_the_first_other_row(rows: list[LogRow], ends: int) -> None:
    assert log_rows.passed_at_once(rows, 0, ("A", "B"), 0) == rows[1 : 2 * ends : 2]
