"""Ctrl-C at a plain call and at `await dj.arun()`: real signals, in processes and kernels of their own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

from dojobber_nb import DoJobber, Job

ROOT = Path(__file__).parents[2]
SECONDS = 60

JOBS = """
import asyncio, signal, sys, time
from dojobber_nb import DoJobber, Job

class Handler(Job):
    def Check(self):
        signal.signal(signal.SIGINT, signal.SIG_IGN) if "HANDLER" == "ignored" else None
    def Run(self): pass

class Slow(Job):
    DEPS = (Handler,)
    def Check(self):
        sys.stderr.write("Slow begins\\n")
        for _ in range(20_000):
            time.sleep(0.001)
        sys.stderr.write("Slow ends\\n")
    def Run(self): pass

dj = DoJobber()
dj.configure(Slow, default_tries=1)
"""


@pytest.fixture
def kernel() -> Iterator[BlockingKernelClient]:
    manager, client = start_new_kernel(env={**os.environ, "PYTHONPATH": str(ROOT)})
    client.interrupt = manager.interrupt_kernel
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def until(stream: IO[str], words: str) -> str:
    """What the process says up to the line that has those words."""
    told = ""
    for line in stream:
        told += line
        if words in line:
            return told
    raise AssertionError(f"it never said {words!r}: {told}")


def test_pressed_twice_at_arun_the_second_one_interrupts_the_phase() -> None:
    script = JOBS + "asyncio.run(dj.arun())"
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        until(process.stderr, "Slow begins")
        process.send_signal(signal.SIGINT)
        told = until(process.stderr, "Pausing")
        assert "Pausing after Slow.check, which is under way" in told
        assert "Slow ends" not in told  # a signal wakes the loop, whenever it comes
        process.send_signal(signal.SIGINT)
        last = process.stderr.read()
        assert "KeyboardInterrupt" in last
        assert "Slow ends" not in last
        assert process.wait(SECONDS)


def test_in_a_cell_the_second_one_interrupts_too_and_the_kernel_lives(kernel: BlockingKernelClient) -> None:
    kernel.execute_interactive(JOBS, timeout=SECONDS)
    kernel.execute("await dj.arun()", stop_on_error=False)
    pressed, told = 0, ""
    while "KeyboardInterrupt" not in told:
        message = kernel.get_iopub_msg(timeout=SECONDS)
        told += str(message["content"].get("text", "")) + str(message["content"].get("ename", ""))
        if pressed < told.count("Slow begins") + told.count("Pausing after Slow.check"):
            pressed += 1
            kernel.interrupt()
    assert pressed == 2
    answer = kernel.execute_interactive("assert dj.next_step == ('Slow', 'check')", timeout=SECONDS)
    assert answer["content"]["status"] == "ok"


@pytest.mark.parametrize("left", ["none", "ignored"])
def test_a_handler_that_a_job_leaves_behind_takes_ctrl_c_from_no_other_job(left: str) -> None:
    script = JOBS.replace("HANDLER", left) + "dj.run()"
    with subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        until(process.stderr, "Slow begins")
        process.send_signal(signal.SIGINT)
        assert "KeyboardInterrupt" in process.stderr.read()
        assert process.wait(SECONDS)


@pytest.mark.parametrize("when", ["before", "during"])
async def test_a_wakeup_descriptor_that_somebody_else_has_set_stays(when: str) -> None:
    loop, found = asyncio.get_running_loop(), list[int]()

    class Sets(Job):
        def Check(self) -> None:
            pass

    dj = DoJobber()
    dj.configure(Sets)
    if when == "before":
        loop.add_signal_handler(signal.SIGUSR1, print)
    else:
        dj.subscribe(lambda _event: loop.add_signal_handler(signal.SIGUSR1, print))
    try:
        await dj.arun()
        found.append(signal.set_wakeup_fd(-1))
        assert found[0] >= 0
        signal.set_wakeup_fd(found[0], warn_on_full_buffer=False)
    finally:
        loop.remove_signal_handler(signal.SIGUSR1)
