"""What a run leaves in its record, and what can be read of it: by this process, and by others meanwhile."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dojobber_nb import DoJobber, DummyJob, Job, Record, RunonlyJob, secret
from dojobber_nb.core.cause import cause
from dojobber_nb.core.errors import CleanupErrors
from dojobber_nb.core.events import (
    Event,
    Interrupted,
    Outcome,
    PassStarted,
    Phase,
    PhaseEnded,
    PhaseInDoubt,
    PhaseStarted,
    ResumeAs,
    Resumed,
    ResumedJob,
    RunEnded,
    RunStarted,
)
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.preview import TreeRow as Shown
from dojobber_nb.core.preview import message, preview
from dojobber_nb.core.storage_diff import Change
from dojobber_nb.core.values import name_of
from dojobber_nb.core.why import why
from dojobber_nb.record.codec import KINDS, UnknownKindError, decode, encode, encode_any
from dojobber_nb.record.recorded_run import RecordedRun
from dojobber_nb.record.run_metadata import fingerprint
from tests.support.disks import folder_in_memory
from tests.support.graphs import random_plans
from tests.support.laws import folded
from tests.support.runbooks import job
from tests.support.trial import FakeClock, Trial, run_in_pieces, untimed


class Leaf(Job):
    """A leaf that has to be made so."""

    def Check(self, **_kwargs: object) -> None:
        sys.stdout.write("looking\n")
        if not self.global_storage.get("made"):
            raise RuntimeError("not made")

    def Run(self, **_kwargs: object) -> dict[str, int]:
        self.global_storage["made"] = True
        self.storage["password"] = "open sesame"
        return {"a": 1}

    def Cleanup(self) -> None:
        raise ValueError("stuck")


class Root(DummyJob):
    DEPS = (Leaf,)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "night.sqlite"


def recorded(path: Path, root: Any = Root, **options: Any) -> DoJobber:
    """A runner that has run it, into the record at that path."""
    dj = DoJobber()
    dj.configure(root, record=path, default_retry_delay=0, **options)
    with suppress(CleanupErrors):
        dj.checknrun()
    return dj


def same(live: Iterable[Event], read: Iterable[Event]) -> bool:
    """Whether these are the same events, as far as a record keeps them."""
    return list(map(kept, live)) == list(map(kept, read))


def kept(event: Event) -> dict[str, Any]:
    """What a record keeps of it."""
    told: dict[str, Any] = {"event": type(event).__name__, **event._asdict()}
    for name in {"error", "result"} & set(told):
        value = told.pop(name)
        told[name] = value if value is None or type(value) is bool else name_of(type(value))
        told[f"{name} says"] = message(value) if name == "error" else ""
    if "changes" in told:
        told["changes"] = [(*change[:3], change.value and change.value[:3]) for change in told["changes"]]
    return told


# --- written and read ----------------------------------------------------------------------------------------------


def test_the_events_of_a_run_are_read_as_they_were_told(path: Path) -> None:
    dj = recorded(path)
    (run,) = Record(path).runs
    assert same(dj.events, run.events)
    assert len(run.events) > 5
    assert (run.root, run.outcome, run.nodestatus) == ("Root", Outcome.SUCCESS, {"Leaf": True, "Root": True})


@given(st.randoms(use_true_random=False))
def test_any_moment_of_any_run_is_the_same_as_it_was_live(rng: Any) -> None:
    with folder_in_memory() as folder:
        path = folder / "r.sqlite"
        plans = random_plans(rng, most=5, delays=(None, 0, 2.0), check_only=True)
        trial = Trial(plans, record=path, no_act=rng.random() < 0.2)
        run_in_pieces(trial, rng)
        (run,) = Record(path).runs
        assert same(trial.dj.events, run.events)
        for count in range(len(run.events) + 1):
            live, read = folded(trial.dj.state.graph, trial.dj.events[:count]), run.state_at(count)
            assert list(map(facts_read, live.jobs.values())) == list(map(facts_read, read.jobs.values()))
            assert (live.nodestatus, live.due, live.over, live.ended) == (
                read.nodestatus,
                read.due,
                read.over,
                read.ended,
            )
        names = run.graph.names
        assert [why(trial.dj.state, name) for name in names] == [why(run.state, name) for name in names]


def facts_read(job: JobState) -> tuple[Any, ...]:
    return job.name, job.status, job.tries, job.attempt, job.started, job.duration, job.blocked_by, cause(job)


def test_each_run_of_a_file_is_listed_with_who_ran_it_where_and_when(path: Path) -> None:
    began = time.time()
    dj = recorded(path)
    dj.reset()
    recorded(path, Leaf)
    first, second = Record(path).runs
    assert (first.id, second.id) == (1, 2)
    assert (first.root, second.root) == ("Root", "Leaf")
    assert began <= first.started <= second.started <= time.time()
    assert first.host == os.uname().nodename
    assert first.who
    assert first.metadata["pid"] == os.getpid()
    assert first.metadata["versions"]["python"] == sys.version.split()[0]


def test_of_arguments_the_names_are_kept_and_never_the_values(path: Path) -> None:
    dj = DoJobber()
    dj.configure(DummyJob, record=path)
    dj.set_args(17_231_923, target="a very telling value")
    dj.step()
    assert Record(path).runs[0].metadata["arguments"] == {"positional": 1, "named": ["target"]}
    assert b"telling" not in whole_file(path)
    assert b"17231923" not in whole_file(path)


def whole_file(path: Path) -> bytes:
    """All bytes of the record, with what SQLite keeps beside it."""
    return b"".join(part.read_bytes() for part in path.parent.glob(f"{path.name}*"))


def test_a_record_keeps_of_storages_the_names_and_types_alone_unless_asked(tmp_path: Path) -> None:
    class Keeps(Job):
        def Check(self) -> None:
            self.storage["note"] = {"nested": "quite a text"}

        Run = Check

    silent, asked = tmp_path / "silent", tmp_path / "asked"
    recorded(silent, Keeps)
    dj = DoJobber()
    dj.configure(Keeps, record=Record(asked, values=True))
    dj.checknrun()
    (quiet,), (open_,) = (
        [event.changes[0].value for event in Record(file).runs[0].events if event.changes] for file in (silent, asked)
    )
    assert (quiet.key, quiet.type, quiet.size, quiet.text, quiet.children) == ("'note'", "dict", "1 key", "", ())
    assert open_ == dj.events[3].changes[0].value
    assert b"quite a text" not in whole_file(silent)
    assert b"quite a text" in whole_file(asked)


def test_secrets_do_not_reach_the_file_even_with_values(path: Path) -> None:
    canary = "xk7-canary-Q2w9"

    class Tells(Job):
        __doc__ = f"It knows {canary}."

        def Check(self, token: str) -> None:
            sys.stdout.write(token)
            sys.stderr.write(token)
            self.storage[token] = self.global_storage["x"] = [token]
            local = token
            raise RuntimeError(f"no {local}") from ValueError(token)

        def Run(self, token: str) -> str:
            return token

    dj = DoJobber()
    dj.configure(Tells, record=Record(path, values=True), default_tries=1)
    dj.set_args(token=secret(canary))
    dj.checknrun()
    assert b"canary" not in whole_file(path)
    assert b"<secret>" in whole_file(path)


def test_a_failure_is_read_with_its_type_its_message_and_its_traceback(path: Path) -> None:
    class OutOfPaperError(Exception):
        pass

    def check(_job: Job) -> None:
        raise OutOfPaperError("tray 2")

    recorded(path, type("Prints", (Job,), {"Check": check, "Run": lambda job: None, "TRIES": 1}))
    (run,) = Record(path).runs
    error = run.state.jobs["Prints"].error
    assert error is not None
    assert name_of(type(error)).endswith("OutOfPaperError")
    assert (message(error), str(error)) == ("tray 2", "tray 2")
    failed = next(event for event in run.events if event.ok is False)
    assert "raise OutOfPaperError" in failed.traceback
    assert why(run.state, "Prints") == "failed 1 of 1 try: tray 2."


def test_of_results_the_type_is_kept_and_a_false_as_it_is(path: Path) -> None:
    results: dict[str, Any] = {"ANone": None, "AFalse": False, "ADict": {"a": "value"}}
    jobs = [job_returning(name, result) for name, result in results.items()]
    recorded(path, type("Top", (DummyJob,), {"DEPS": jobs}))
    (run,) = Record(path).runs
    assert [preview(run.state.jobs[name].result) for name in results] == ["None", "False", "<dict>"]
    assert "it returned False" in why(run.state, "AFalse")


class Array:
    """A result that, as arrays do, says of each of its parts what it is equal to, and has no truth."""

    def __eq__(self, other: object) -> Any:
        return self

    __hash__ = None  # type: ignore[assignment]  # as arrays have none

    def __bool__(self) -> bool:
        raise ValueError("the truth value of an array is ambiguous")


def test_a_result_is_not_asked_what_it_is_equal_to(path: Path) -> None:
    recorded(path, job_returning("Measured", Array()))
    (run,) = Record(path).runs
    assert preview(run.state.jobs["Measured"].result) == "<Array>"


@pytest.mark.parametrize("name", ["", "a\nb\u202e", "None", "'; DROP TABLE runs", "x" * 20_000])
def test_a_job_may_have_any_name_a_class_can_have(path: Path, name: str) -> None:
    root = job_returning("Top", None)
    root.DEPS = (job_returning(name, None),)
    recorded(path, root)
    assert Record(path).runs[0].nodestatus == {name: True, "Top": True}


def job_returning(name: str, result: Any) -> type[Job]:
    return type(name, (Job,), {"Check": lambda job: result, "Run": lambda job: None})


# --- the codec -----------------------------------------------------------------------------------------------------

ODD = "a\0b\ud800\x1b[31m\u202e\n" + "é" * 3
SAMPLES: list[Event] = [
    RunStarted("Root", ("Leaf", "Root"), True, False, 1e9, 0.0),
    PassStarted(3, float("nan")),
    PhaseStarted("Leaf", Phase.CHECK, 2, float("inf")),
    PhaseEnded("Leaf", Phase.RUN, 1, 0.5, 0.25, False, None, ValueError(ODD), ODD, ODD, ODD, ODD),
    PhaseEnded("Leaf", Phase.RUN, 1, 0.0, 1.0, True, True, changes=(Change("storage", "k", "removed"),)),
    PhaseEnded(
        "L", Phase.INIT, 1, 0.5, 0.25, False, changes=(Change("storage", ODD, "added", Shown(ODD, "str", "9", ODD)),)
    ),
    Interrupted(None, None, 0, 1.5, 0.0),
    Interrupted("Leaf", Phase.CLEANUP, 7, 1.5, -float("inf"), error=KeyboardInterrupt()),
    *(KINDS[name](False, 2.5) for name in ("NoActSwitched", "RunStopped")),
    KINDS["AskedAgain"]("Leaf", True, 0.0),  # type: ignore[list-item]
    RunEnded(Outcome.STOPPED, 9.0),
    Resumed(1e9, 3.5, False, True),
    Resumed(
        1e9,
        3.5,
        True,
        False,
        4,
        True,
        PhaseInDoubt("Leaf", Phase.RUN, 2),
        (
            ResumedJob("Leaf", ResumeAs.FAILED, 3, 3, -1.0, float("nan"), OSError("no")),
            ResumedJob("Root", ResumeAs.AGAIN, 0, 1),
        ),
        (("Leaf", 2), ("Leaf", 1)),
    ),
]


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: type(event).__name__)
def test_an_event_is_one_line_of_valid_json_and_comes_back_as_it_was(event: Event) -> None:
    line = encode(event, values=True)
    assert json.loads(line, parse_constant=refuse)["event"] == type(event).__name__
    assert line.isascii()
    assert line.isprintable()
    assert repr(plain(decode(line))) == repr(plain(event))


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def plain(event: Event) -> dict[str, Any]:
    """The event with exceptions as (type, text), all that JSON kept."""
    told = untimed(event) | {"started": event.started, "duration": getattr(event, "duration", None)}
    carried = getattr(event, "jobs", ())
    told["jobs"] = [job if isinstance(job, str) else (*job[:-1], said(job.error)) for job in carried]
    return told | {"error": said(getattr(event, "error", None))}


def said(error: BaseException | None) -> tuple[str, str] | None:
    return None if error is None else (name_of(type(error)), message(error))


@pytest.mark.parametrize(
    "row",
    [
        (ODD, Phase.CHECK, 1, 0.1),
        ("A", "run", 2, float("nan")),
        ("A", "run", 2, 3),
        ("A", "check", 1, 0.1, 1e-9, True, None),
        (ODD, Phase.RECHECK, 1, 0.1, 0.2, True, None),
        ("A", "check", 1, 0.1, float("inf"), True, None),
        ("A", "check", 1, 0.1, 0.2, True, False),
        ("A", "check", 1, 0.1, 0.2, True, {"a": 1}),
    ],
)
def test_a_bare_row_is_the_same_line_whichever_way_it_is_made(row: tuple[Any, ...]) -> None:
    assert encode(row) == encode_any(row)


def test_every_kind_of_event_is_among_the_samples() -> None:
    assert {type(event).__name__ for event in SAMPLES} == set(KINDS)


@pytest.mark.parametrize(
    "line",
    ['{"event":"Teleported","job":"X"}', '{"event":"RunEnded","outcome":"success","started":0,"mood":"good"}', "{}"],
)
def test_an_event_of_an_unknown_kind_is_refused(line: str) -> None:
    with pytest.raises(UnknownKindError):
        decode(line)


# --- when it is written --------------------------------------------------------------------------------------------


def test_the_begin_of_a_phase_is_in_the_file_before_job_code_is_called(path: Path) -> None:
    seen: list[tuple[Any, ...]] = []

    def look(_job: Job) -> None:
        last = Record(path).runs[-1].events[-1]
        seen.append((type(last), last.job, last.phase))
        raise RuntimeError

    watcher = type("Watcher", (Job,), {"Check": look, "Run": look, "Cleanup": look, "TRIES": 1})
    recorded(path, watcher)
    assert seen == [(PhaseStarted, "Watcher", phase) for phase in ("check", "run", "recheck", "cleanup")]


def test_each_event_is_in_the_file_before_listeners_hear_of_it(path: Path) -> None:
    dj = DoJobber()
    dj.configure(Root, record=path)
    counts: list[int] = []
    dj.subscribe(lambda event: counts.append(len(Record(path).runs[-1].events)))
    for _ in range(3):
        dj.step()
    assert counts == list(range(1, len(dj.events) + 1))


def test_before_a_wait_all_that_was_told_is_in_the_file(path: Path) -> None:
    clock, seen = FakeClock(), list[tuple[int, int]]()

    def sleep(seconds: float, wake: Any) -> None:
        seen.append((len(dj.events), len(Record(path).runs[0].events)))
        clock.sleep(seconds, wake)

    dj = DoJobber(clock=clock, sleep=sleep)
    dj.configure(job("Late", works_at=2), record=path, default_retry_delay=60)
    dj.checknrun()
    assert len(seen) == 1
    assert seen[0][0] == seen[0][1] > 5


def test_only_what_begins_a_run_or_a_run_phase_waits_for_the_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    class Told(sqlite3.Connection):
        def execute(self, statement: str, *args: Any) -> Any:  # type: ignore[override]
            done.append(f"{statement} {args}")
            return super().execute(statement, *args)

    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Told))
    recorded(path, job("Late", works_at=2))
    synced, begun = False, list[tuple[str, bool]]()
    for line in done:
        synced = "= FULL" in line if "PRAGMA synchronous" in line else synced
        if "INSERT INTO events" in line:
            begun.append((line.rpartition('"event":"')[2], synced))
    assert [synced for _, synced in begun] == ['"phase":"run"' in last or "RunStarted" in last for last, _ in begun]
    assert sum(synced for _, synced in begun) == 3


@pytest.mark.parametrize("call", ["step", "step_job", "step_pass", "run"])
def test_when_a_call_returns_all_it_told_is_in_the_file(path: Path, call: str) -> None:
    dj = DoJobber()
    dj.configure(job("Late", works_at=3), record=path, default_retry_delay=0)
    while dj.next_step:
        getattr(dj, call)()
        assert same(dj.events, Record(path).runs[-1].events)


def test_switching_no_act_between_two_calls_is_in_the_file_at_once(path: Path) -> None:
    dj = recorded(path, job("Needed"), no_act=True)
    dj.no_act = False
    assert same(dj.events, Record(path).runs[-1].events)
    dj.run()
    assert same(dj.events, Record(path).runs[-1].events)


async def test_a_run_beside_an_event_loop_is_recorded_as_any(path: Path) -> None:
    dj = DoJobber()
    dj.configure(job("Works", works_at=2), record=path, default_retry_delay=0)
    await dj.arun()
    assert same(dj.events, Record(path).runs[-1].events)
    assert dj.success()


def test_what_phases_print_is_captured_while_a_record_is_kept(path: Path) -> None:
    recorded(path)
    assert Record(path).runs[0].events[3].stdout == "looking\n"


def test_nobody_but_its_owner_may_read_the_file(path: Path) -> None:
    recorded(path)
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_the_file_tells_what_it_is(path: Path) -> None:
    recorded(path)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (0x446A4E62,)
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
        phases = connection.execute("SELECT job, phase, ok FROM phases WHERE run = 1").fetchall()
    connection.close()
    assert phases[:3] == [("Leaf", "check", 0), ("Leaf", "run", 1), ("Leaf", "recheck", 1)]


def test_once_a_run_has_ended_its_file_is_whole_by_itself(path: Path, tmp_path: Path) -> None:
    dj = recorded(path)
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(path.read_bytes())
    assert same(dj.events, Record(copy).runs[0].events)


# --- read meanwhile ------------------------------------------------------------------------------------------------


def test_a_run_is_followed_while_another_process_writes_it(path: Path) -> None:
    writer = subprocess.Popen([sys.executable, "-c", STEPPED, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert writer.stdin
    assert writer.stdout
    with writer, writer.stdin, writer.stdout:
        run: RecordedRun | None = None
        counts = []
        for _ in range(3):
            writer.stdin.write(b"step\n")
            writer.stdin.flush()
            writer.stdout.readline()
            run = run or Record(path).runs[-1]
            counts.append((len(run.events), run.writing, run.interrupted))
        assert run
        assert counts == [(4, True, False), (6, True, False), (8, True, False)]
        writer.kill()
        writer.wait()
        assert (run.writing, run.interrupted, run.in_doubt, len(run.events)) == (False, True, None, 8)


STEPPED = """
import sys
from dojobber_nb import DoJobber
from tests.support.runbooks import job
dj = DoJobber()
dj.configure(job("Works", works_at=5), record=sys.argv[1], default_retry_delay=0, default_tries=9)
for line in sys.stdin:
    dj.step()
    print("done", flush=True)
"""


def test_events_read_before_grow_when_they_are_read_again(path: Path) -> None:
    dj = DoJobber()
    dj.configure(Root, record=path)
    dj.step()
    (run,) = Record(path).runs
    events = run.events
    before = len(events)
    dj.step()
    assert len(events) == before
    assert len(run.events) == len(events) == before + 2


def test_a_run_is_the_same_one_at_each_look(path: Path) -> None:
    recorded(path)
    record = Record(path)
    assert record.runs == record.runs
    assert record.runs[0] is record.runs[0]


def test_a_record_says_in_a_line_what_it_is(path: Path) -> None:
    recorded(path)
    assert re.fullmatch(
        rf"<Record {re.escape(str(path))}: 1 run; the last: Root, [\d-]{{10}} [\d:]{{8}}, success>", repr(Record(path))
    )
    assert "Root" in repr(Record(path).runs[0])
    assert "no such file" in repr(Record(path.with_name("other")))


# --- the trail -----------------------------------------------------------------------------------------------------


def test_breakpoints_and_halts_are_in_the_trail(path: Path) -> None:
    dj = DoJobber()
    dj.configure(Root, record=path)
    dj.breakpoints.add(Leaf, "run")
    dj.checknrun()
    dj.breakpoints.clear()
    dj.run_to(Leaf, "recheck")
    (run,) = Record(path).runs
    assert [(word.after, word.what) for word in run.trail] == [
        (4, "breakpoint set: before Leaf.run"),
        (4, "halted before Leaf.run: breakpoint before Leaf.run"),
        (6, "breakpoint taken away: before Leaf.run"),
    ]
    assert {word.who for word in run.trail} == {run.who}


# --- compared ------------------------------------------------------------------------------------------------------


def test_two_runs_are_compared_job_by_job(path: Path) -> None:
    def graph(**works_at: int | None) -> type[Job]:
        jobs = [job(name, works_at=at, says=f"{name} is out") for name, at in works_at.items()]
        return job("Top", *jobs, works_at=0)

    recorded(path, graph(Breaks=0, Mends=None, Moves=0, Stays=0, Goes=0), default_tries=1)
    recorded(path, graph(Breaks=None, Mends=0, Moves=1, Stays=0, Comes=0), default_tries=1)
    before, now = Record(path).runs
    assert [tuple(row) for row in now.compare(before)] == [
        ("Breaks", "newly failing: Breaks is out"),
        ("Mends", "fixed: it failed before"),
        ("Moves", "changed: it held already in the other run"),
        ("Comes", "new: not in the other run"),
        ("Goes", "gone: only in the other run"),
    ]
    assert now.compare(now) == ()


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        ((1.0, 2.5), "slower: 2.5 times as long"),
        ((2.5, 1.0), "faster: 2.5 times as fast"),
        ((1.0, 1.5), None),
        ((0.001, 0.05), None),
    ],
)
def test_a_job_that_took_much_longer_is_told(path: Path, seconds: tuple[float, float], told: str | None) -> None:
    for each in seconds:
        clock = [0.0]

        def check(_job: Job, each: float = each, clock: list[float] = clock) -> None:
            clock[0] += each

        dj = DoJobber(clock=lambda clock=clock: clock[0])
        dj.configure(type("Takes", (Job,), {"Check": check, "Run": check}), record=path)
        dj.checknrun()
    before, now = Record(path).runs
    assert [row.what for row in now.compare(before) if row.what != "its code changed"] == ([told] if told else [])


# --- the code of jobs ----------------------------------------------------------------------------------------------


def with_check(source: str) -> type[Job]:
    names: dict[str, Any] = {}
    exec(f"def Check(self):\n{source}", names)
    return type("Fixed", (Job,), {"Check": names["Check"], "Run": lambda job: None})


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("    return 1", "    return 1  # a word", True),
        ("    return 1", "    return 2", False),
        ("    return self.a", "    return self.b", False),
        ("    return lambda: 1", "    return lambda: 2", False),
        ("    return 1 in {1, 2, 'x', 'y'}", "    return 1 in {'y', 'x', 2, 1}", True),
    ],
)
def test_the_fingerprint_of_a_job_follows_what_its_code_does(one: str, other: str, alike: bool) -> None:
    assert (fingerprint(with_check(one)) == fingerprint(with_check(other))) is alike


def test_the_fingerprint_of_a_job_counts_the_classes_it_derives_from() -> None:
    bases = [type("Base", (Job,), {"helper": with_check(f"    return {n}").Check}) for n in (1, 2)]
    assert len({fingerprint(type("J", (base,), {})) for base in bases}) == 2
    assert fingerprint(RunonlyJob) == fingerprint(DummyJob)
