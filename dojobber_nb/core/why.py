"""Why a job has its status, in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from dojobber_nb.core.cause import advice, cause, reason
from dojobber_nb.core.events import Status
from dojobber_nb.core.graph import JobKind
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.secrets import scrub
from dojobber_nb.core.state import RunState
from dojobber_nb.core.values import as_bool, name_of, shape_of


def why(state: RunState, name: str) -> str:
    """One sentence, such as "blocked: needs TurnOnTV, which failed 3 of 3 tries: Remote batteries are dead."."""
    job = state.jobs[state.graph[name].name]
    text = scrub(SENTENCES[job.status](state, job))
    return text if text.endswith((".", "!", "?")) else f"{text}."


def failure(job: JobState) -> str:
    """How often the job failed, and the cause: "failed 3 of 3 tries: no power"."""
    tries = f"failed {job.tries} of {job.node.tries} {'try' if job.node.tries == 1 else 'tries'}"
    said = cause(job)
    return f"{tries}: {said}" if said else tries


def waits_for(state: RunState, job: JobState) -> list[str]:
    """The direct dependencies that have not succeeded, in the order of DEPS."""
    nodes = state.graph.nodes
    return [nodes[index].name for index in job.node.needs if state.job_at(index).ok is not True]


def _pending(state: RunState, job: JobState) -> str:
    waiting = waits_for(state, job)
    if state.over:
        return "pending: the run ended before its turn"
    return f"pending: waits for {listed(waiting)}" if waiting else "pending: ready, and waits for its turn"


def _running(state: RunState, job: JobState) -> str:
    going = state.phase_under_way(job.name) is not None
    return f"running: attempt {job.attempt}, {job.phase} {'is under way' if going else 'comes next'}"


def _ok(state: RunState, job: JobState) -> str:
    when = "at once" if job.attempt == 1 else f"at attempt {job.attempt}"
    return f"ok: its Check passed {when}{_mistaken(job)}"


def _changed(state: RunState, job: JobState) -> str:
    if job.node.kind is JobKind.RUNONLY:
        return f"changed: its Run passed (attempt {job.attempt}); it has no Check"
    run = "Run made it so," if job.run_raised is None else f"its Run failed ({reason(job.run_raised)}), yet"
    return f"changed: its Check failed, {run} the Recheck passed (attempt {job.attempt}){_mistaken(job)}"


def _mistaken(job: JobState) -> str:
    """A hint where the result suggests that the author meant the Check to fail."""
    if job.node.kind is JobKind.RUNONLY:
        return ""
    if as_bool(job.result) is False:
        return "; it returned False, but a Check fails only by raising"
    if shape_of(job.result)[0]:
        kind = name_of(type(job.result))
        return f"; it returned a {kind}, whose truth value is ignored: a Check fails only by raising"
    return ""


def _would_run(state: RunState, job: JobState) -> str:
    if job.node.kind is JobKind.RUNONLY:
        return "would run: it has no Check to tell whether that is needed"
    said = reason(job.error)
    return f"would run: its Check failed{f': {said}' if said else ''}"


def _unknown(state: RunState, job: JobState) -> str:
    return f"unknown: needs {job.blocked_by}, which would run"


def _retrying(state: RunState, job: JobState) -> str:
    return f"retrying: {_advised(failure(job), job)}"


def _failed(state: RunState, job: JobState) -> str:
    text = failure(job) if job.tries else f"failed: {cause(job)}"
    return f"{text}; it has no Run" if job.node.kind is JobKind.CHECK_ONLY else text


def _failed_with_advice(state: RunState, job: JobState) -> str:
    return _advised(_failed(state, job), job)


def _advised(text: str, job: JobState) -> str:
    """The text, followed by the first note of the exception, if it has one."""
    return f"{text.removesuffix('.')}. {note}" if (note := advice(job)) else text


def _blocked(state: RunState, job: JobState) -> str:
    root = state.jobs[job.blocked_by or ""]
    return f"blocked: needs {root.name}, which {_failed(state, root)}"


SENTENCES: Final[Mapping[Status, Callable[[RunState, JobState], str]]] = {
    Status.PENDING: _pending,
    Status.RUNNING: _running,
    Status.OK: _ok,
    Status.CHANGED: _changed,
    Status.WOULD_RUN: _would_run,
    Status.UNKNOWN: _unknown,
    Status.RETRYING: _retrying,
    Status.FAILED: _failed_with_advice,
    Status.BLOCKED: _blocked,
}


def listed(names: list[str]) -> str:
    """The names in a sentence: "A, B and 3 more"."""
    shown = names if len(names) <= 3 else [*names[:2], f"{len(names) - 2} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
