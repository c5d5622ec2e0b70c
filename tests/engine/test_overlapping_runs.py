"""Several runs at once in one process: outputs apart, and streams, descriptors and cwd as before after the last one."""

# ruff: noqa: T201  # printing is what is tested

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dojobber_nb import DoJobber
from dojobber_nb.core.events import PhaseEnded
from tests.support.graphs import Call, Plan
from tests.support.surroundings import surroundings
from tests.support.trial import Trial

ROUNDS = 30


def ends(dj: DoJobber) -> list[PhaseEnded]:
    return [event for event in dj.events if isinstance(event, PhaseEnded)]


def talkative(word: str, **options: Any) -> Trial:
    """A run of many jobs that print the word in each way, go elsewhere, and let others in meanwhile."""
    plans = [Plan("J0"), *(Plan(f"J{n}", (f"J{n - 1}",)) for n in range(1, ROUNDS))]
    trial = Trial(plans, **{"capture": True} | options)

    def trick(call: Call) -> None:
        if call.phase == "check":
            print(word)
            subprocess.call(["sh", "-c", f"echo child {word}"], stdout=sys.stdout)
            os.chdir("/")
            print(word, file=sys.stderr)

    trial.trick = trick
    return trial


def on_threads(trials: list[Trial]) -> None:
    with ThreadPoolExecutor(len(trials)) as pool:
        list(pool.map(lambda trial: trial.dj.run(), trials))


def on_one_loop(trials: list[Trial]) -> None:
    async def all_of_them() -> None:
        await asyncio.gather(*(trial.dj.arun() for trial in trials))

    asyncio.run(all_of_them())


def inside_each_other(trials: list[Trial]) -> None:
    first, second = trials
    tell = first.trick
    assert tell

    def trick(call: Call) -> None:
        tell(call)
        if call[:2] == ("J3", "check"):
            second.dj.run()

    first.trick = trick
    first.dj.run()


@pytest.mark.parametrize("go", [on_threads, on_one_loop, inside_each_other])
def test_runs_at_the_same_time_have_their_own_words_and_leave_all_as_it_was(
    go: Callable[[list[Trial]], None], capfd: pytest.CaptureFixture[str]
) -> None:
    before, trials = surroundings(), [talkative("one"), talkative("other")]
    go(trials)
    print("still heard")
    os.write(1, b"here too\n")
    for word, trial in zip(("one", "other"), trials, strict=True):
        assert trial.dj.success()
        assert {(end.stdout, end.stderr) for end in ends(trial.dj)} == {(f"{word}\nchild {word}\n", f"{word}\n")}
    assert surroundings() == before
    assert capfd.readouterr().out == "still heard\nhere too\n"


def test_of_phases_at_the_same_time_one_has_the_descriptors_and_the_others_say_so() -> None:
    met = threading.Barrier(2)
    trials = [Trial([Plan("Fill")], capture=True) for _ in range(2)]

    def trick(_call: Call) -> None:
        met.wait()
        os.system("echo child")
        met.wait()

    for trial in trials:
        trial.trick = trick
    on_threads(trials)
    told = sorted((end.stdout, "not captured here" in end.log) for trial in trials for end in ends(trial.dj))
    assert told == [("", True), ("child\n" * 4, False)]


def test_runs_that_end_in_the_order_in_which_they_began_leave_the_streams(capfd: pytest.CaptureFixture[str]) -> None:
    """The first one ends while the second goes on, with or without being captured."""
    for captured in (True, False):
        before, inside, over = surroundings(), threading.Event(), threading.Event()
        first, second = Trial([Plan("Fill")], capture=True), Trial([Plan("Fill")], capture=captured)

        def hold(_call: Call, inside: threading.Event = inside, over: threading.Event = over) -> None:
            inside.set()
            over.wait()

        first.trick, second.trick = lambda _call, inside=inside: inside.wait(), hold
        threads = [threading.Thread(target=trial.dj.run) for trial in (first, second)]
        for thread in threads:
            thread.start()
        threads[0].join()
        over.set()
        threads[1].join()
        assert surroundings() == before
        assert capfd.readouterr() == ("", "")


def test_what_others_redirect_meanwhile_is_theirs(tmp_path: Path) -> None:
    """A run inside redirect_stdout, beside one that began before it, prints there what is not captured."""
    inside, over = threading.Event(), threading.Event()
    long, short = Trial([Plan("Fill")], capture=True), Trial([Plan("Fill")], capture=True)
    long.trick = lambda _call: (inside.set(), over.wait())
    thread = threading.Thread(target=long.dj.run)
    before = surroundings()
    thread.start()
    inside.wait()
    with (tmp_path / "told").open("w") as told, contextlib.redirect_stdout(told):
        short.dj.run()
        print("told")
    over.set()
    thread.join()
    assert (tmp_path / "told").read_text() == "told\n"
    assert surroundings() == before


# --- threads that a job starts -------------------------------------------------------------------------------------


STARTERS: dict[str, Callable[[Callable[[], object]], object]] = {
    "a thread": lambda act: threading.Thread(target=act).start(),
    "a thread of a thread": lambda act: threading.Thread(target=lambda: threading.Thread(target=act).start()).start(),
    "a pool": lambda act: ThreadPoolExecutor(1).submit(act),
}


@pytest.mark.parametrize("case", STARTERS)
def test_late_words_of_a_thread_belong_to_the_phase_that_started_it_and_to_no_other(
    case: str, capfd: pytest.CaptureFixture[str]
) -> None:
    trial = Trial([Plan("Starts"), Plan("Next", ("Starts",))], capture=True)
    early, go, said = threading.Event(), threading.Event(), threading.Event()

    def talk() -> None:
        print("early")
        sys.__stdout__.write("by the stream that was there\n")  # type: ignore[union-attr]
        early.set()
        go.wait()
        print("late", flush=True)
        sys.__stdout__.write("late as well\n")  # type: ignore[union-attr]
        said.set()

    def trick(call: Call) -> None:
        if call[:2] == ("Starts", "check"):
            STARTERS[case](talk)
            early.wait()
        elif call[:2] == ("Next", "check"):
            go.set()
            said.wait()

    trial.trick = trick
    trial.dj.checknrun()
    assert [end.stdout for end in ends(trial.dj)] == ["early\nby the stream that was there\n", ""]
    sys.__stdout__.flush()  # type: ignore[union-attr]
    assert capfd.readouterr().out == "late\nlate as well\n"


def test_tasks_that_a_job_starts_belong_to_its_phase() -> None:
    trial = Trial([Plan("Fill")], capture=True)

    async def tell() -> None:
        await asyncio.gather(asyncio.to_thread(print, "from a thread"), asyncio.sleep(0))
        print("from a task")

    trial.trick = lambda call: asyncio.run(tell()) if call.phase == "check" else None
    trial.dj.checknrun()
    assert ends(trial.dj)[0].stdout == "from a thread\nfrom a task\n"
