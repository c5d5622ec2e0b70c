"""Killed at any moment and resumed, a run ends as if nobody had been killed, and its record shows all of it."""

import json
import subprocess
import sys
from typing import Any

import pytest


def killed(seed: int, points: int) -> dict[str, Any]:
    """What came of it: see tests/kills.py. In a process of its own, whose forks have no threads of pytest's plugins."""
    command = [sys.executable, "-m", "tests.support.kills", str(seed), str(points)]
    told: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return told


@pytest.mark.slow
def test_a_runbook_is_resumed_wherever_it_was_killed() -> None:
    told = killed(0, 1000)
    assert told["wrong"] == []
    assert told["killed"] > 250
    assert set(told["said"]["nodestatus"].values()) == {True, False, None}


@pytest.mark.parametrize("seed", range(1, 7))
def test_a_random_graph_is_resumed_wherever_it_was_killed(seed: int) -> None:
    told = killed(seed, 20)
    assert told["wrong"] == []
    assert told["killed"] >= 20
