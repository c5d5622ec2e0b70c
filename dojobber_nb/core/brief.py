"""A run's state in one line: root, jobs by status, pass, and what is next or how the run ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from dojobber_nb.core.events import Status
from dojobber_nb.core.preview import clip, visible
from dojobber_nb.core.schedule import next_step
from dojobber_nb.core.secrets import scrub
from dojobber_nb.core.state import RunState

NAME: Final = 60  # characters


def brief(state: RunState) -> str:
    """ "Top: 20 jobs · 1 failed · 2 blocked · 17 ok · pass 3 · next TurnOnTV.run"."""
    found = Counter(job.status for job in state.jobs.values())
    counts = [f"{found[status]:,} {status.replace('_', ' ')}" for status in Status if found[status]]
    return f"{_name(state.graph.root.name)}: {totals(state, counts)} · {_ahead(state)}"


def totals(state: RunState, counts: Iterable[str]) -> str:
    """The number of jobs, the counts, and the number of the pass: "20 jobs · 3 failed · 17 ok · pass 3"."""
    jobs = f"{len(state.graph):,} job{'' if len(state.graph) == 1 else 's'}"
    return " · ".join([jobs, *counts, *([f"pass {state.pass_number}"] if state.pass_number else [])])


def _ahead(state: RunState) -> str:
    if state.ended:
        return f"ended: {state.ended.replace('_', ' ')}"
    if len(several := state.all_under_way) > 1:
        return f"{len(several):,} are under way"
    if phase := state.under_way:
        return f"{_name(phase.job)}.{phase.phase} is under way"
    step = next_step(state)
    return f"next {_name(step[0].name)}.{step[1]}" if step else "nothing is left to do"


def _name(job: str) -> str:
    return visible(clip(scrub(job), NAME))
