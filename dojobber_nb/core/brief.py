"""A run's state in one line, as its repr shows it: root, jobs by status, pass, and what comes next or how it ended."""

from __future__ import annotations

from collections import Counter

from dojobber_nb.core.events import Status
from dojobber_nb.core.preview import clip, visible
from dojobber_nb.core.schedule import next_step
from dojobber_nb.core.secrets import scrub
from dojobber_nb.core.state import RunState

NAME = 60  # characters


def brief(state: RunState) -> str:
    """ "Top: 20 jobs · 1 failed · 2 blocked · 17 ok · pass 3 · next TurnOnTV.run"."""
    found = Counter(job.status for job in state.jobs.values())
    counts = [f"{found[status]:,} {status.replace('_', ' ')}" for status in Status if found[status]]
    jobs = f"{_name(state.graph.root.name)}: {len(state.graph):,} job{'' if len(state.graph) == 1 else 's'}"
    passes = [f"pass {state.pass_number}"] if state.pass_number else []
    return " · ".join([jobs, *counts, *passes, _ahead(state)])


def _ahead(state: RunState) -> str:
    if state.ended:
        return f"ended: {state.ended.replace('_', ' ')}"
    if phase := state.under_way:
        return f"{_name(phase.job)}.{phase.phase} is under way"
    step = next_step(state)
    return f"next {_name(step[0].name)}.{step[1]}" if step else "nothing is left to do"


def _name(job: str) -> str:
    return visible(clip(scrub(job), NAME))
