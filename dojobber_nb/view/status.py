"""Status of a run as text: five lines for a chat channel, one line at a prompt."""

from __future__ import annotations

from typing import Final

from dojobber_nb.core.cause import cause
from dojobber_nb.core.events import Outcome, Status
from dojobber_nb.core.jobstate import JobState
from dojobber_nb.core.run_view import Pause
from dojobber_nb.core.schedule import next_step
from dojobber_nb.core.secrets import scrub
from dojobber_nb.core.state import RunState
from dojobber_nb.view import words

FAILURES, WHY, NAME = 3, 160, 60  # failures told; characters

ENDED: Final = {
    Outcome.SUCCESS: "success, all jobs hold",
    Outcome.FAILURE: "over, not all jobs succeeded",
    Outcome.DRY_RUN: "the dry run is over",
    Outcome.STOPPED: "stopped",
}


def status_text(state: RunState, *, elapsed: float, host: str, running: bool = False) -> str:
    """Five lines: status, counts, failures with reasons, next step, elapsed time and host.

    elapsed: seconds. running: whether a call is under way. Secrets are scrubbed.
    """
    lines = (
        f"{words.name(state.graph.root.name, NAME)}: {run_status(state, running=running)}",
        words.summary(state),
        f"Failed: {_failures(state)}",
        f"Next: {_next(state)}",
        f"Elapsed: {words.seconds(elapsed)} on {words.short(host, NAME)}",
    )
    return "\n".join(scrub(line) for line in lines)


def call_summary(state: RunState, halt: Pause | None) -> str:
    """One line after a call that halted or failed: which job, why, what next; "" after any other.

    halt: where the run halted, if it did. Secrets are scrubbed.
    """
    root = words.name(state.graph.root.name, NAME)
    if state.ended in (Outcome.FAILURE, Outcome.STOPPED):
        failed = _failures(state)
        again = next((job.name for job in state.jobs.values() if job.status is Status.FAILED), "")
        ways = [f"try_again({again!r})"] * bool(again) + ["checknrun()"]
        line = f"{root}: {run_status(state)}; failed: {failed}. Next: {' or '.join(ways)}."
    elif halt and not state.ended:
        place = f"{words.name(halt.job)}.{halt.phase}"
        line = f"{root}: halted before {place}: {words.short(halt.reason, WHY)}. Next: run() goes on."
    else:
        return ""
    return scrub(line)


def run_status(state: RunState, *, running: bool = False) -> str:
    """Status of the whole run, in a few words."""
    mode = " (dry run)" if state.no_act and state.ended is not Outcome.DRY_RUN else ""
    if state.ended:
        return ENDED[state.ended] + mode
    if state.started is None:
        return f"not begun{mode}"
    going = running or state.under_way is not None
    return f"{'under way' if going else 'interrupted' if state.interrupted else 'halted'}{mode}"


def _failures(state: RunState) -> str:
    failed = [job for job in state.jobs.values() if job.status is Status.FAILED]
    told = [_failure(job) for job in failed[:FAILURES]]
    left = [f"and {len(failed) - FAILURES} more"] if len(failed) > FAILURES else []
    return "; ".join([*told, *left]) or "none"


def _failure(job: JobState) -> str:
    tries = f" {job.tries}/{job.node.tries}" if job.tries else ""
    return f"{words.name(job.name)}{tries}: {words.short(cause(job, WHY) or 'failed', WHY)}"


def _next(state: RunState) -> str:
    step = next_step(state)
    return f"{words.name(step[0].name, NAME)}.{step[1]}" if step else "nothing is left to do"
