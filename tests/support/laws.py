"""What holds of the events of any run at any moment: each law raises AssertionError where it is broken."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dojobber_nb import DoJobber
from dojobber_nb.core.events import (
    AskedAgain,
    Event,
    Interrupted,
    NoActSwitched,
    PassStarted,
    Phase,
    PhaseEnded,
    PhaseStarted,
    Resumed,
    RunStarted,
    RunStopped,
)
from dojobber_nb.core.graph import JobGraph, JobKind
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.state import RunState

LETTERS = {Phase.INIT: "i", Phase.CHECK: "c", Phase.RUN: "r", Phase.RECHECK: "k"}


@dataclass
class Attempt:
    """One go at a job.

    `word` has a letter for each phase that ended, a capital where it passed: init, check, run, k for recheck.
    `asked`: by somebody, out of turn; `dry`: its last phase was under no_act, or a Check asked for alone; `cut`: it was
    ended without a verdict; `alone`: its job has no Run.
    """

    job: str
    number: int
    started: float
    in_pass: int
    word: str = ""
    asked: bool = False
    dry: bool = False
    cut: bool = False
    alone: bool = False

    @property
    def verdict(self) -> bool | None:
        """Whether the job succeeded, or None as long as nobody can tell."""
        decided = re.fullmatch("i|C|c[rR][kK]", self.word) or ((self.dry or self.alone) and self.word == "c")
        return self.word[-1].isupper() if decided else None

    @property
    def charged(self) -> bool:
        """Whether it counts against TRIES."""
        return self.verdict is not None and (len(self.word) == 3 or not self.dry)


def attempts(graph: JobGraph, events: Iterable[Event]) -> list[Attempt]:
    """Those that the events tell of, read without the library's own fold."""
    found: list[Attempt] = []
    last: dict[str, Attempt] = {}  # by job: with several workers those of different jobs are open at once
    no_act, in_pass, asked, alone = False, 0, False, False
    for event in events:
        match event:
            case RunStarted() | NoActSwitched():
                no_act = event.no_act
                dry_up(last.values() if no_act else ())
            case PassStarted():
                in_pass = event.number
            case AskedAgain():
                asked, alone = True, not event.acts
            case PhaseStarted(job, Phase.CHECK, number, started):
                check_only = graph[job].kind is JobKind.CHECK_ONLY
                last[job] = Attempt(job, number, started, in_pass, asked=asked, alone=check_only)
                found.append(last[job])
                asked = False
            case PhaseEnded(job, phase=phase, ok=ok) if phase is not Phase.CLEANUP:
                letter = LETTERS[phase]
                last[job].word += letter.upper() if ok else letter
                last[job].dry, alone = no_act or alone, False
            case Interrupted() | RunStopped():
                cut_off(last.values() if event.job is None else [last[event.job]])
            case Resumed():
                no_act, asked, alone = event.no_act, False, False
                cut_off(last.values())
    return found


def dry_up(open_ones: Iterable[Attempt]) -> None:
    """Where a Run comes next it comes no more: no_act was switched on."""
    for attempt in open_ones:
        attempt.dry = attempt.dry or (attempt.verdict is None and attempt.word == "c" and not attempt.cut)


def cut_off(open_ones: Iterable[Attempt]) -> None:
    """Nothing more comes of these attempts."""
    for attempt in open_ones:
        attempt.cut = attempt.verdict is None


# --- laws ----------------------------------------------------------------------------------------------------------


def a_check_starts_only_after_all_it_needs_succeeded(graph: JobGraph, events: Iterable[Event]) -> None:
    succeeded: set[str] = set()
    for event in events:
        match event:
            case PhaseStarted(job, Phase.CHECK):
                assert {graph.nodes[need].name for need in graph[job].needs} <= succeeded
            case PhaseEnded(job, Phase.CHECK | Phase.RECHECK, ok=True):
                succeeded.add(job)


def no_job_has_more_tries_than_it_may(graph: JobGraph, events: Iterable[Event]) -> None:
    for job, tries in Counter(attempt.job for attempt in attempts(graph, events) if attempt.charged).items():
        assert tries <= graph[job].tries


def phases_follow_each_other_as_an_attempt_has_them(graph: JobGraph, events: Iterable[Event]) -> None:
    found = attempts(graph, events)
    last = {attempt.job: attempt for attempt in found}
    for attempt in found:
        if attempt.verdict is None:
            assert re.fullmatch("(c[rR]?)?", attempt.word)
            assert attempt.cut or attempt is last[attempt.job]


def a_pass_takes_each_job_once_in_visiting_order(graph: JobGraph, events: Iterable[Event]) -> None:
    """But for attempts cut short, which come again, and for those that somebody asked for."""
    passes: dict[int, list[int]] = {}
    for attempt in attempts(graph, events):
        if not (attempt.cut or attempt.asked):
            passes.setdefault(attempt.in_pass, []).append(graph[attempt.job].index)
    for taken in passes.values():
        assert taken == sorted(set(taken))


def a_pass_takes_each_job_once(graph: JobGraph, events: Iterable[Event]) -> None:
    """What holds of it with any number of workers."""
    taken = Counter((one.in_pass, one.job) for one in attempts(graph, events) if not (one.cut or one.asked))
    assert all(times == 1 for times in taken.values())


def attempts_of_a_job_are_numbered_and_start_its_delay_apart(graph: JobGraph, events: Iterable[Event]) -> None:
    last: dict[str, Attempt] = {}
    for attempt in attempts(graph, events):
        before = last.get(attempt.job)
        assert attempt.number == (before.number + 1 if before else 1)
        assert before is None or attempt.started - before.started >= graph[attempt.job].delay
        last[attempt.job] = attempt


def no_run_starts_under_no_act_and_a_dry_pass_is_the_last(_graph: JobGraph, events: Iterable[Event]) -> None:
    no_act, checked = False, False
    for event in events:
        match event:
            case RunStarted() | NoActSwitched() | Resumed():
                no_act, checked = event.no_act, False
            case PassStarted() if no_act:
                assert not checked
            case PhaseStarted(phase=phase) if no_act:
                assert phase in (Phase.CHECK, Phase.RECHECK)
                checked = checked or phase is Phase.CHECK


def cleanups_are_the_runs_backwards_and_nothing_comes_after_them(graph: JobGraph, events: Iterable[Event]) -> None:
    due: list[tuple[str, int]] = []
    over = False
    for event in events:
        match event:
            case Resumed():
                due = list(event.due)
            case PhaseStarted(job, Phase.RUN, attempt) if graph[job].has_cleanup:
                due.append((job, attempt))
            case PhaseStarted(job, Phase.CLEANUP, attempt):
                assert due.pop() == (job, attempt)
                over = True
            case Interrupted(job, Phase.CLEANUP, attempt, called=False):
                due.append((job, attempt))
            case Interrupted(job, Phase.RUN, attempt, called=False) if graph[job].has_cleanup:
                due.remove((job, attempt))
        match event:
            case PhaseStarted(phase=phase):
                assert over == (phase is Phase.CLEANUP)
            case PassStarted():
                assert not over


def an_end_is_told_once_for_each_beginning(_graph: JobGraph, events: Iterable[Event]) -> None:
    assert most_under_way(events) >= 0


def one_phase_is_under_way_at_a_time(_graph: JobGraph, events: Iterable[Event]) -> None:
    """With one worker."""
    assert most_under_way(events) <= 1


def most_under_way(events: Iterable[Event]) -> int:
    """How many phases are under way at once, at most; AssertionError where a begin has no end, or an end no begin."""
    under_way: dict[str, int] = {}
    most = 0
    for event in events:
        match event:
            case PhaseStarted(job, _, attempt):
                assert job not in under_way
                under_way[job] = attempt
            case PhaseEnded(job, _, attempt):
                assert under_way.pop(job) == attempt
            case Interrupted(job):
                under_way.pop(job or "", None)
            case Resumed():
                under_way.clear()
        most = max(most, len(under_way))
    assert not under_way
    return most


def an_interrupt_names_the_attempt_it_ended(graph: JobGraph, events: Iterable[Event]) -> None:
    told = list(events)
    for number, event in enumerate(told):
        if isinstance(event, Interrupted) and event.job and event.phase is not Phase.CLEANUP:
            ended = [attempt for attempt in attempts(graph, told[:number]) if attempt.job == event.job][-1]
            assert (ended.job, ended.number, ended.verdict) == (event.job, event.attempt, None)


LAWS_FOR_ALL = (  # also when somebody asks for jobs again
    phases_follow_each_other_as_an_attempt_has_them,
    a_pass_takes_each_job_once_in_visiting_order,
    cleanups_are_the_runs_backwards_and_nothing_comes_after_them,
    an_end_is_told_once_for_each_beginning,
    one_phase_is_under_way_at_a_time,
    an_interrupt_names_the_attempt_it_ended,
)
LAWS = (
    *LAWS_FOR_ALL,
    a_check_starts_only_after_all_it_needs_succeeded,
    no_job_has_more_tries_than_it_may,
    attempts_of_a_job_are_numbered_and_start_its_delay_apart,
    no_run_starts_under_no_act_and_a_dry_pass_is_the_last,
)


# --- laws that tie the events to the state -------------------------------------------------------------------------


def status_is_the_last_verdict(dj: DoJobber) -> None:
    """nodestatus is what the last Check or Recheck said; what nobody has judged is None."""
    verdicts = {
        attempt.job: attempt.verdict for attempt in attempts(dj.state.graph, dj.events) if attempt.verdict is not None
    }
    assert dj.nodestatus == ({job: verdicts.get(job) for job in dj.state.jobs} if dj.events else {})


def tries_are_the_attempts_charged(dj: DoJobber) -> None:
    charged = Counter(attempt.job for attempt in attempts(dj.state.graph, dj.events) if attempt.charged)
    assert {job.name: job.tries for job in dj.state.jobs.values() if job.tries} == dict(charged)


def the_events_fold_to_the_state(dj: DoJobber) -> None:
    if dj.events:
        assert facts(folded(dj.state.graph, dj.events)) == facts(dj.state)


def folded(graph: JobGraph, events: Iterable[Event]) -> RunState:
    """The state after those events."""
    state = RunState(graph)
    for event in events:
        state.apply(event)
    return state


def facts(state: RunState) -> dict[str, Any]:
    """All that a state tells of the run and of each job."""
    return _public(state) | {name: _public(job) for name, job in state.jobs.items()}


def _public(thing: object) -> Mapping[str, Any]:
    names = (name for name in dir(thing) if not name.startswith("_") and name not in ("jobs", "graph", "node"))
    told = {name: getattr(thing, name) for name in names}
    return {name: _named(value) for name, value in told.items() if not callable(value)}


def _named(value: Any) -> Any:
    """A job as its name: its own facts stand elsewhere."""
    if type(value) is list:
        return [_named(item) for item in value]
    if type(value) is dict:
        return {key: _named(item) for key, item in value.items()}
    return f"job {value.name}" if type(value) is JobState else value
