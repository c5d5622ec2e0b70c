"""Why a job stands where it does, in a sentence."""

from collections.abc import Callable

import pytest

from dojobber_nb import DoJobber, Job, RunonlyJob
from dojobber_nb.core.errors import UnknownJobError
from tests.support.runbooks import doing, group, job


def ran(root: type[Job], **options: object) -> DoJobber:
    dj = doing(root, **options)
    dj.run()
    return dj


def stepped(root: type[Job], steps: int, **options: object) -> DoJobber:
    dj = doing(root, **options)
    for _ in range(steps):
        dj.step()
    return dj


def broken(tries: int = 2) -> type[Job]:
    return job("TurnOnTV", works_at=None, says="the batteries are dead", TRIES=tries)


def sent() -> type[Job]:
    return job("Send", base=RunonlyJob)


SENTENCES: dict[str, tuple[Callable[[], DoJobber], str, str]] = {
    "not begun": (lambda: doing(job("Fill")), "Fill", "pending: ready, and waits for its turn."),
    "waits": (lambda: doing(group("All", job("A"), job("B"))), "All", "pending: waits for A and B."),
    "waits for many": (
        lambda: doing(group("All", *(job(f"J{number}") for number in range(5)))),
        "All",
        "pending: waits for J0, J1 and 3 more.",
    ),
    "between two phases": (lambda: stepped(job("Fill"), 1), "Fill", "running: attempt 1, run comes next."),
    "ok": (lambda: ran(job("Fill", works_at=0)), "Fill", "ok: its Check passed at once."),
    "changed": (
        lambda: ran(job("Fill")),
        "Fill",
        "changed: its Check failed, Run made it so, the Recheck passed (attempt 1).",
    ),
    "run only": (lambda: ran(sent()), "Send", "changed: its Run passed (attempt 1); it has no Check."),
    "would run": (lambda: ran(job("Fill"), no_act=True), "Fill", "would run: its Check failed: not yet."),
    "run only, dry": (
        lambda: ran(sent(), no_act=True),
        "Send",
        "would run: it has no Check to tell whether that is needed.",
    ),
    "unknown": (lambda: ran(group("All", job("A")), no_act=True), "All", "unknown: needs A, which would run."),
    "retrying": (lambda: stepped(broken(), 3), "TurnOnTV", "retrying: failed 1 of 2 tries: the batteries are dead."),
    "failed": (lambda: ran(broken()), "TurnOnTV", "failed 2 of 2 tries: the batteries are dead."),
    "failed, one try": (lambda: ran(broken(1)), "TurnOnTV", "failed 1 of 1 try: the batteries are dead."),
    "blocked by the failure at its root": (
        lambda: ran(group("Watch", group("Start", broken()))),
        "Watch",
        "blocked: needs TurnOnTV, which failed 2 of 2 tries: the batteries are dead.",
    ),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_it_is_told_in_a_sentence(case: str) -> None:
    make, name, sentence = SENTENCES[case]
    assert make().why(name) == sentence


def test_a_job_that_is_in_no_graph_is_told_with_the_nearest_one() -> None:
    with pytest.raises(UnknownJobError, match="did you mean 'Fill'"):
        doing(job("Fill")).why("Fil")
