"""The thread that phases run on: one worker for all clicks, the caller's else, and what is said where that matters."""

from __future__ import annotations

import asyncio
import gc
import signal
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

import pytest

from dojobber_nb import DoJobber, Job
from dojobber_nb.core.events import PhaseEnded


def dj_of(check: Callable[[Any], Any], run: Callable[[Any], Any] = lambda _job: None) -> DoJobber:
    dj = DoJobber()
    dj.configure(type("Fill", (Job,), {"Check": check, "Run": run}), default_tries=1)
    return dj


def failures(dj: DoJobber) -> list[str]:
    """The tracebacks of the phases that failed."""
    return [event.traceback for event in dj.events if isinstance(event, PhaseEnded) and not event.ok]


async def step_by_step(dj: DoJobber) -> None:
    while dj.next_step:
        await dj.arun("step")


def test_what_belongs_to_a_thread_in_one_click_is_there_in_the_next() -> None:
    kept = threading.local()
    threads = set()

    def check(_job: Any) -> None:
        threads.add(threading.get_ident())
        assert kept.connection.execute("SELECT 1").fetchone() == (1,)

    def run(_job: Any) -> None:
        threads.add(threading.get_ident())
        kept.connection = sqlite3.connect(":memory:")

    dj = dj_of(check, run)
    asyncio.run(step_by_step(dj))  # one loop after the other, as after a kernel's restart of its own
    assert dj.success()
    asyncio.run(dj.arun())
    assert len(threads) == 1
    assert threads != {threading.get_ident()}


def test_the_worker_thread_ends_with_its_runner() -> None:
    dj, before = dj_of(lambda _job: None), set(threading.enumerate())
    asyncio.run(dj.arun())
    (worker,) = {*threading.enumerate()} - before
    del dj
    for _ in range(600):
        gc.collect()  # again: the thread may hold its last phase for a moment, and with it the runner
        worker.join(0.1)
        if not worker.is_alive():
            break
    assert not worker.is_alive()


def wants_a_loop(_job: Any) -> None:
    async def ask() -> None: ...

    asked = ask()
    try:
        asyncio.run(asked)
    finally:
        asked.close()


CONNECTION = sqlite3.connect(":memory:")


async def plainly(dj: DoJobber) -> None:
    dj.run()  # as in a cell: on the thread of the running loop


async def beside_the_loop(dj: DoJobber) -> None:
    await dj.arun()


@pytest.mark.parametrize(
    ("phase", "start", "way_out"),
    [
        (wants_a_loop, plainly, "Start the run by `await dj.arun()`"),
        (lambda _job: signal.signal(signal.SIGUSR2, signal.SIG_IGN), beside_the_loop, "Start the run by `dj.run()`"),
        (lambda _job: asyncio.get_event_loop(), beside_the_loop, "Start the run by `dj.run()`"),
        (lambda _job: CONNECTION.execute("SELECT 1"), beside_the_loop, "Make the object in the phase that uses it"),
    ],
    ids=["asyncio.run in a cell", "signal in a click", "get_event_loop in a click", "SQLite of another thread"],
)
def test_a_phase_that_fails_for_its_thread_says_so_and_the_way_out(
    phase: Callable[[Any], Any], start: Callable[[DoJobber], Any], way_out: str
) -> None:
    dj = dj_of(phase, phase)
    asyncio.run(start(dj))
    told = failures(dj)
    assert len(told) == 3
    assert all(way_out in text.splitlines()[-1] for text in told)
    assert len(dj.nodeexceptions["Fill"].__notes__) == 1
    assert way_out in dj.why("Fill")


@pytest.mark.parametrize(
    "error", [ValueError("main thread of the story"), RuntimeError("another loop is running"), AssertionError("x")]
)
def test_other_errors_get_no_advice(error: Exception) -> None:
    def check(_job: Any) -> None:
        raise error

    dj = dj_of(check)
    dj.run()
    assert not getattr(error, "__notes__", ())


def test_the_way_out_is_one() -> None:
    dj = dj_of(wants_a_loop)
    asyncio.run(plainly(dj))
    assert dj.failure()
    asyncio.run(dj.arun("run"))
    dj.reset()
    asyncio.run(dj.arun())
    assert dj.success()
