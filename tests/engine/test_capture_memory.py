"""What phases print takes little memory at any time, whoever writes it, and as long as anybody does."""

# ruff: noqa: T201  # printing is what is tested

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dojobber_nb.core.events import PhaseEnded
from dojobber_nb.engine.capture_file import LIMIT
from dojobber_nb.engine.capture_file_trimmer import TRIMMER
from tests.support.graphs import Call, Plan
from tests.support.trial import Trial

MEGABYTE = 1_000_000


def held() -> int:
    """Bytes of memory that all tapes of this process take."""
    taken = {}
    for file in Path("/proc/self/fd").iterdir():
        try:
            if "memfd:phase" in str(file.readlink()):
                status = file.stat()
                taken[status.st_ino] = status.st_blocks * 512
        except FileNotFoundError:
            pass
    return sum(taken.values())


@contextmanager
def most_held() -> Iterator[list[int]]:
    """The most that they took meanwhile."""
    most, over = [0], threading.Event()

    def look() -> None:
        while not over.wait(0.002):
            most[0] = max(most[0], held())

    thread = threading.Thread(target=look)
    thread.start()
    yield most
    over.set()
    thread.join()


FLOODS: dict[str, Callable[[], object]] = {
    "python": lambda: [print("x" * MEGABYTE) for _ in range(300)],
    "python at once": lambda: print("x" * 300 * MEGABYTE),
    "a child": lambda: os.system("head -c 300000000 /dev/zero"),
}


@pytest.mark.parametrize("case", FLOODS)
def test_300_megabytes_of_a_phase_take_a_fraction_of_it_at_any_time(case: str) -> None:
    trial = Trial([Plan("Flood")], capture=True)
    trial.trick = lambda call: FLOODS[case]() if call.phase == "check" else None
    with most_held() as most:
        trial.dj.run()
    (ended,) = [event for event in trial.dj.events if isinstance(event, PhaseEnded)]
    assert len(ended.stdout) < LIMIT + 100
    assert "bytes cut" in ended.stdout
    assert most[0] < 100 * MEGABYTE


SERVICE = """
import os, sys
line = b"x" * 1_000_000
for _ in range(40):
    os.write(1, line)
open(sys.argv[1], "w").close()
sys.stdin.read()
"""


def test_a_service_that_prints_for_ever_takes_little_memory_and_none_once_it_is_gone(tmp_path: Path) -> None:
    services, full = list[subprocess.Popen[bytes]](), tmp_path / "full"
    trial = Trial([Plan("Start"), Plan("Next", ("Start",))], capture=True)

    def trick(call: Call) -> None:
        if call[:2] == ("Start", "check"):
            command = [sys.executable, "-c", f"import time; time.sleep(0.3)\n{SERVICE}", str(full)]
            services.append(subprocess.Popen(command, stdin=subprocess.PIPE))

    trial.trick = trick
    trial.dj.run()
    (service,) = services
    wait_until(full.exists)
    wait_until(lambda: held() < 20 * MEGABYTE)
    assert held() > 0
    service.communicate()
    assert service.returncode == 0
    wait_until(lambda: not TRIMMER._held)
    assert held() == 0


def wait_until(holds: Callable[[], bool]) -> None:
    while not holds():
        time.sleep(0.01)


def test_what_a_child_opens_anew_is_kept_and_in_no_other_phase() -> None:
    trial = Trial([Plan("Start"), Plan("Next", ("Start",))], capture=True)
    trial.trick = lambda call: os.system("echo by name > /dev/stderr") if call[:2] == ("Start", "check") else None
    trial.dj.run()
    ended = [event.stderr for event in trial.dj.events if isinstance(event, PhaseEnded)]
    assert ended == ["by name\n", ""]
