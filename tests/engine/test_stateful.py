"""Every way of stepping, pausing, interrupting, stopping and switching, in any mixture: the laws hold after each."""

from __future__ import annotations

import io
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, suppress
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dojobber_nb import Record
from dojobber_nb.core.errors import NotReadyError
from dojobber_nb.core.events import Event, Phase, Status
from dojobber_nb.engine.breakpoints import STEPS
from tests.support.graphs import Call, random_plans
from tests.support.laws import (
    LAWS,
    LAWS_FOR_ALL,
    status_is_the_last_verdict,
    the_events_fold_to_the_state,
    tries_are_the_attempts_charged,
)
from tests.support.surroundings import surroundings
from tests.support.trial import ClockError, Trial

STATUSES = list(Status)


def raise_interrupt(_trial: Trial) -> None:
    raise KeyboardInterrupt


# What job code may do to its own run, when it is called.
TRICKS: dict[str, Callable[[Trial], object]] = {
    "raises KeyboardInterrupt": raise_interrupt,
    "gets SIGINT": lambda _trial: signal.raise_signal(signal.SIGINT),
    "interrupts": lambda trial: trial.dj.interrupt(),
    "exits": lambda _trial: os.chdir("/") or sys.exit(1),
    "pauses": lambda trial: trial.dj.pause(),
    "stops": lambda trial: trial.dj.stop(),
    "switches no_act": lambda trial: setattr(trial.dj, "no_act", not trial.dj.no_act),
    "looks": lambda trial: (trial.dj.nodestatus, trial.dj.next_step, trial.dj.state.jobs),
    "adds a breakpoint": lambda trial: trial.dj.breakpoints.add(phase="run"),
}
INTERRUPTS = {"raises KeyboardInterrupt", "gets SIGINT", "interrupts"}


class Runbook(RuleBasedStateMachine):
    """A runner in the hands of somebody who presses anything."""

    laws = LAWS
    more: Mapping[str, Any] = MappingProxyType({})  # options of configure

    @initialize(
        rng=st.randoms(use_true_random=False),
        capture=st.sampled_from([False, False, True]),
        no_act=st.booleans(),
        cleanup=st.booleans(),
        heard=st.booleans(),
    )
    def configure(self, rng: random.Random, capture: bool, no_act: bool, cleanup: bool, heard: bool) -> None:
        plans = random_plans(rng, most=6, delays=(None, 0, 2.0), check_only=True)
        self.before = surroundings()
        options = {"capture": capture, "no_act": no_act, "cleanup": cleanup, "default_tries": 2, **self.more}
        self.birth = partial(Trial, plans, **options)
        self.heard = heard
        self.misfolded: list[Exception] = []
        self.be_born()

    def be_born(self) -> None:
        self.trial = self.birth()
        self.dj = self.trial.dj
        if self.heard:
            self.dj.subscribe(self.compare)

    # --- calls that go on ------------------------------------------------------------------------------------------

    @rule(call=st.sampled_from(["step", "step_job", "step_pass", "run"]))
    def go_on(self, call: str) -> None:
        self.trial.go(call)

    @rule(job=st.integers(0, 5), phase=st.sampled_from(STEPS))
    def run_to(self, job: int, phase: Phase) -> None:
        name = self.name(job)
        there = self.trial.go("run_to", name, phase)
        assert there is (self.dj.next_step == (name, phase))

    @rule(
        call=st.sampled_from(["step", "step_job", "step_pass", "run", "checknrun", "cleanup"]),
        trick=st.sampled_from(list(TRICKS)),
        calls=st.integers(0, 6),
    )
    def go_on_while_a_job_plays_a_trick(self, call: str, trick: str, calls: int) -> None:
        done = self.play(trick, calls)
        raised = False
        try:
            self.trial.go(call)
        except KeyboardInterrupt:
            raised = True
        self.trial.trick = None
        assert raised is (bool(done) and trick in INTERRUPTS)
        if raised:
            self.check_what_an_interrupt_left(call, *done[0])

    def check_what_an_interrupt_left(self, call: str, job: str, phase: str, tries: int) -> None:
        assert self.dj.state.jobs[job].tries == tries
        if call == "checknrun":
            assert self.dj.state.over
            assert self.dj.next_step is None
        elif phase != "cleanup":
            assert self.dj.state.interrupted
            assert self.dj.next_step == (job, Phase.CHECK)

    @rule(
        call=st.sampled_from(["step", "step_job", "step_pass", "run", "checknrun", "cleanup"]), looks=st.integers(1, 25)
    )
    def go_on_while_the_clock_fails(self, call: str, looks: int) -> None:
        clock = self.trial.clock
        clock.looks, clock.fails_at = 0, looks
        with suppress(ClockError):
            self.trial.go(call)
        clock.fails_at = 0

    # --- calls between them ----------------------------------------------------------------------------------------

    @rule(call=st.sampled_from(["checknrun", "stop", "cleanup", "reset"]))
    def begin_or_end(self, call: str) -> None:
        self.trial.go(call)

    @rule(job=st.integers(0, 5))
    def begin_below(self, job: int) -> None:
        self.trial.go("checknrun", self.name(job))

    @rule(call=st.sampled_from(["pause", "interrupt"]))
    def ask_while_nothing_goes_on(self, call: str) -> None:
        before = list(self.dj.events)
        self.trial.go(call)
        assert list(self.dj.events) == before

    @rule()
    def switch_no_act(self) -> None:
        self.dj.no_act = not self.dj.no_act

    @rule(
        point=st.one_of(
            st.fixed_dictionaries({"job": st.integers(0, 5)}),
            st.fixed_dictionaries({"phase": st.sampled_from(STEPS)}),
            st.fixed_dictionaries({"status": st.sampled_from(STATUSES)}),
            st.fixed_dictionaries({"when": st.sampled_from([lambda job: job.attempt > 1, lambda job: job.nothing])}),
        )
    )
    def add_breakpoint(self, point: dict[str, Any]) -> None:
        self.dj.breakpoints.add(**point | ({"job": self.name(point["job"])} if "job" in point else {}))

    @precondition(lambda self: len(self.dj.breakpoints))
    @rule(which=st.integers(0, 100))
    def remove_breakpoint(self, which: int) -> None:
        kept = list(self.dj.breakpoints)
        self.dj.breakpoints.remove(**kept[which % len(kept)]._asdict())
        assert len(self.dj.breakpoints) == len(kept) - 1

    @rule()
    def clear_breakpoints(self) -> None:
        self.dj.breakpoints.clear()

    # --- what holds after each -------------------------------------------------------------------------------------

    @invariant()
    def the_laws_hold(self) -> None:
        for law in self.laws:
            law(self.dj.state.graph, self.dj.events)
        the_events_fold_to_the_state(self.dj)

    @invariant()
    def status_and_tries_are_what_the_attempts_say(self) -> None:
        status_is_the_last_verdict(self.dj)
        tries_are_the_attempts_charged(self.dj)

    @invariant()
    def the_state_was_the_fold_at_each_event(self) -> None:
        assert self.misfolded == []

    @invariant()
    def all_around_is_as_before(self) -> None:
        assert surroundings() == self.before
        assert not self.dj.view.going_on

    @invariant()
    def a_run_that_is_over_has_ended(self) -> None:
        assert not self.dj.events or (self.dj.state.ended is not None) == (self.dj.next_step is None)

    @invariant()
    def where_the_run_halted_is_where_it_goes_on(self) -> None:
        halt = self.dj.paused_at
        assert halt is None or self.dj.next_step is None or (halt.job, halt.phase) == self.dj.next_step

    # --- parts -----------------------------------------------------------------------------------------------------

    def compare(self, _event: Event) -> None:
        try:
            the_events_fold_to_the_state(self.dj)
        except Exception as error:
            self.misfolded.append(error)

    def name(self, number: int) -> str:
        names = list(self.dj.state.jobs)
        return names[number % len(names)]

    def play(self, trick: str, calls: int) -> list[tuple[str, str, int]]:
        """Have the trick done in the job code that is called after `calls` others; the list then holds where."""
        done: list[tuple[str, str, int]] = []

        def wait(call: Call) -> None:
            nonlocal calls
            calls -= 1
            if calls < 0:
                self.trial.trick = None
                done.append((call.job, call.phase, self.dj.state.jobs[call.job].tries))
                TRICKS[trick](self.trial)

        self.trial.trick = wait
        return done


class RunbookAgain(Runbook):
    """The same, with jobs asked for again: each request gives tries anew and sets back what needs the job."""

    laws = LAWS_FOR_ALL

    @rule(call=st.sampled_from(["check_again", "try_again"]), job=st.integers(0, 5))
    def ask_again(self, call: str, job: int) -> None:
        name, begun = self.name(job), len(self.dj.events)
        with suppress(NotReadyError):
            holds = self.trial.go(call, name)
            assert holds is (self.dj.nodestatus[name] is True)
        told = self.dj.events[begun:] if len(self.dj.events) >= begun else self.dj.events
        assert call == "try_again" or not any(event.phase is Phase.RUN for event in told)

    def status_and_tries_are_what_the_attempts_say(self) -> None:
        """Not of attempts that were set back."""


class RunbookRecorded(Runbook):
    """The same with a record: its process may die between two calls, and another one take up the run."""

    laws = LAWS_FOR_ALL

    folder = ""  # hypothesis makes machines that it never sets going

    @property
    def record(self) -> Path:
        self.folder = self.folder or tempfile.mkdtemp()
        return Path(self.folder) / "r.sqlite"

    @property
    def more(self) -> Mapping[str, Any]:
        return {"record": self.record}

    def teardown(self) -> None:
        if self.folder:
            self.dj.configure(self.trial.jobs[-1])  # closes the file
            shutil.rmtree(self.folder)

    @rule()
    def die_and_resume(self) -> None:
        self.be_born()
        with redirect_stderr(io.StringIO()):
            self.trial.go("resume")

    @rule()
    def die_and_begin_anew(self) -> None:
        self.be_born()

    @invariant()
    def the_record_tells_the_same(self) -> None:
        if began := self.dj.state.started:  # the last of the file, but for one that was gone on with
            run = next(run for run in reversed(Record(self.record).runs) if run.started == began.wall)
            assert len(run.events) == len(self.dj.events)
            assert (run.nodestatus, run.outcome) == (self.dj.nodestatus, self.dj.state.ended)
            assert (run.state.due, run.state.over) == (self.dj.state.due, self.dj.state.over)

    def status_and_tries_are_what_the_attempts_say(self) -> None:
        """Not of attempts that another process made."""


TestRunbook = Runbook.TestCase
TestRunbook.settings = settings(max_examples=250, stateful_step_count=30)
TestRunbookAgain = RunbookAgain.TestCase
TestRunbookAgain.settings = settings(max_examples=150, stateful_step_count=30)
TestRunbookRecorded = RunbookRecorded.TestCase
TestRunbookRecorded.settings = settings(max_examples=60, stateful_step_count=20)
