"""The engine beside the original: the same calls, statuses, exceptions, results, lines, or a difference on purpose."""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import random
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import pytest

import dojobber_nb as ours
from tests.support.graphs import NOTHING, Call, Hear, Plan, build, random_plans

BATCHES, BATCH = 25, 100


def _original() -> Any:
    """The dojobber package: it warns on import, of distutils and of a missing display program."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        return importlib.import_module("dojobber")


theirs = _original()


class Seen(NamedTuple):
    """All that can be seen of a run."""

    calls: list[Call]
    raised: str
    nodestatus: dict[str, bool | None]
    exceptions: dict[str, str]
    results: dict[str, Any]
    verdict: tuple[bool, bool, bool]
    lines: str


@contextlib.contextmanager
def own_handlers() -> Iterator[None]:
    """Each DoJobber of the original adds a handler to its logger: take them off again."""
    log = logging.getLogger("DoJobber")
    before, level = list(log.handlers), log.level
    yield
    log.handlers[:] = before
    log.setLevel(level)


def checknrun(dj: Any, _jobs: list[Any]) -> None:
    dj.checknrun()


Make = Callable[[Any, Hear], list[Any]]
Act = Callable[[Any, list[Any]], None]


def watch(library: Any, plans: list[Plan] | Make, options: Mapping[str, Any], act: Act = checknrun) -> Seen:
    """Build the plans for that library, configure the last as the root, act, and tell what was seen."""
    calls: list[Call] = []
    raised, lines = "", io.StringIO()
    with own_handlers(), contextlib.redirect_stderr(lines):
        dj = library.DoJobber()
        try:
            jobs = plans(library, calls.append) if callable(plans) else build(plans, library, calls.append)
            dj.configure(jobs[-1], **{"default_retry_delay": 0, **options})
            dj.set_args(1, key="word")
            act(dj, jobs)
        except BaseException as error:
            raised = type(error).__name__
    return Seen(calls, raised, dj.nodestatus, _told(dj.nodeexceptions), dj.noderesults, _verdict(dj), lines.getvalue())


def _told(exceptions: dict[str, BaseException]) -> dict[str, str]:
    return {name: repr(error) for name, error in exceptions.items()}


def _verdict(dj: Any) -> tuple[bool, bool, bool]:
    return bool(dj.success()), bool(dj.partial_success()), bool(dj.failure())


# --- alike ---------------------------------------------------------------------------------------------------------


def random_case(seed: int) -> tuple[list[Plan], dict[str, Any]]:
    rng = random.Random(seed)
    options = {
        "no_act": rng.random() < 0.2,
        "verbose": rng.random() < 0.5,
        "cleanup": False,
        "default_tries": rng.choice((1, 2, 3, 5)),
    }
    return random_plans(rng, delays=(None, 0, 0.0)), options


@pytest.mark.parametrize("batch", range(BATCHES))
def test_random_graphs_run_as_they_do_in_dojobber(batch: int) -> None:
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        plans, options = random_case(seed)
        assert watch(ours, plans, options) == watch(theirs, plans, options), f"seed {seed}"


@pytest.mark.parametrize("seed", range(100))
def test_a_run_of_one_job_and_what_it_needs_is_that_of_dojobber(seed: int) -> None:
    plans, options = random_case(seed)
    plans = [plan._replace(check="ny" if plan.check else "", run="y" if plan.run else "", init="y") for plan in plans]
    chosen = random.Random(seed).randrange(len(plans))

    def one(dj: Any, jobs: list[Any]) -> None:
        dj.checknrun(jobs[chosen].__name__ if seed % 2 else jobs[chosen])

    options["no_act"] = False
    assert watch(ours, plans, options, one) == watch(theirs, plans, options, one)


@pytest.mark.parametrize("seed", range(200))
def test_the_cleanups_of_started_runs_come_in_the_order_of_dojobber(seed: int) -> None:
    plans, options = random_case(seed)
    plans = [plan._replace(cleanup="y" if plan.cleanup else "") for plan in plans]
    options |= {"cleanup": True, "no_act": False}
    mine, peer = watch(ours, plans, options), watch(theirs, plans, options)
    ran = {(call.job, call.attempt) for call in peer.calls if call.phase == "run"}
    due = [call for call in peer.calls if call.phase != "cleanup" or (call.job, call.attempt) in ran]
    assert mine == peer._replace(calls=due)


@pytest.mark.parametrize("seed", range(20))
def test_jobs_with_a_retry_delay_take_turns_as_in_dojobber(seed: int) -> None:
    rng = random.Random(seed)
    plans = random_plans(rng, most=5, delays=(0.002,))
    options = {"verbose": True, "cleanup": False, "default_tries": 2}
    assert watch(ours, plans, options) == watch(theirs, plans, options)


DEBUGGED = {
    "init": Plan("Fill", init="n"),
    "check under no_act": Plan("Fill", check="n"),
    "run": Plan("Fill", check="ny", run="n"),
    "recheck": Plan("Fill", check="n"),
    "runonly": Plan("Fill", kind="RunonlyJob", check="", run="n"),
    "pass": Plan("Fill"),
}


@pytest.mark.parametrize("case", DEBUGGED)
def test_debug_lines_are_those_of_dojobber_but_for_its_own_frames(case: str) -> None:
    options = {"debug": True, "no_act": case == "check under no_act", "default_tries": 1}
    mine, peer = (watch(library, [DEBUGGED[case]], options).lines for library in (ours, theirs))
    if case in ("run", "recheck", "runonly"):
        mine = _without_error_of_the_check(mine)
    assert _without_frames_of_the_original(peer) == mine


def _without_error_of_the_check(lines: str) -> str:
    """The lines without what DoJobber leaves out: why a Check failed that Run then follows."""
    return re.sub(r"(Fill\.check: fail\n)(?:  .*\n)*", r"\1", lines)


def _without_frames_of_the_original(lines: str) -> str:
    """The lines without the frames of dojobber.py, and without the failed Check as the context of a failed Run."""
    frame = r'    File "[^"]*dojobber\.py".*\n(?:      .*\n)*'
    context = (
        r"  Error was:\n(?:  .*\n|\n)*?  During handling of the above exception, another exception occurred:\n  \n"
    )
    return re.sub(frame, "", re.sub(context, "  Error was:\n", lines))


# --- different on purpose ------------------------------------------------------------------------------------------


def twice(dj: Any, jobs: list[Any]) -> None:
    dj.checknrun()
    dj.checknrun()


def then_cleanup(dj: Any, jobs: list[Any]) -> None:
    dj.checknrun()
    dj.cleanup()


def only_the_first(dj: Any, jobs: list[Any]) -> None:
    dj.checknrun(jobs[0])


def nothing(dj: Any, jobs: list[Any]) -> None:
    """Only configured."""


Look = Callable[[Seen], object]


def called(seen: Seen) -> str:
    return " ".join(f"{call.job}.{call.phase}" for call in seen.calls if call.phase != "init")


def cleaned(seen: Seen) -> str:
    return " ".join(call.job for call in seen.calls if call.phase == "cleanup")


def tried(seen: Seen) -> int:
    return len({(call.job, call.attempt) for call in seen.calls})


def raised(seen: Seen) -> str:
    return seen.raised


def status(seen: Seen) -> dict[str, bool | None]:
    return seen.nodestatus


def lines(seen: Seen) -> list[str]:
    return [line for line in seen.lines.splitlines() if not line.startswith("   ")]


class Difference(NamedTuple):
    """What the original does in this case, and what we do."""

    look: Look
    original: object
    here: object
    plans: list[Plan] | Make
    act: Act = checknrun
    options: Mapping[str, Any] = NOTHING


class Falsy(Exception):
    """An exception that counts as false."""

    def __bool__(self) -> bool:
        return False


def raises(error: BaseException) -> Callable[..., None]:
    def phase(job: Any, *_args: Any, **_kwargs: Any) -> None:
        raise error

    return phase


def exits_in_its_check(library: Any, _hear: Hear) -> list[Any]:
    return [type("A", (library.Job,), {"Check": raises(SystemExit(3)), "Run": raises(SystemExit(3))})]


def raises_something_falsy(library: Any, _hear: Hear) -> list[Any]:
    return [type("A", (library.RunonlyJob,), {"Run": raises(Falsy())})]


def two_of_one_name(library: Any, _hear: Hear) -> list[Any]:
    first, second = (type("A", (library.DummyJob,), {}) for _ in range(2))
    middle = type("B", (library.DummyJob,), {"DEPS": (second,)})
    return [type("C", (library.DummyJob,), {"DEPS": (first, middle)})]


def deps_from_a_generator(library: Any, hear: Hear) -> list[Any]:
    needed, root = build([Plan("A"), Plan("B")], library, hear)
    root.DEPS = (job for job in [needed])
    return [root]


def interrupted_in_run(library: Any, hear: Hear) -> list[Any]:
    (job,) = build([Plan("A", check="n", cleanup="y")], library, hear)
    job.Run = raises(KeyboardInterrupt())
    return [job]


HELD = Plan("Held", cleanup="y")
MADE = Plan("Made", ("Held",), check="ny", cleanup="y")
LATER = Plan("Later", ("Made",), check="ny", cleanup="y")

DIFFERENCES = {
    "a Cleanup is due where a Run was started": Difference(
        cleaned, "Later Made Held", "Later Made", [HELD, MADE, LATER]
    ),
    "no Cleanup under no_act": Difference(cleaned, "Made Held", "", [HELD, MADE], options={"no_act": True}),
    "a Cleanup that raises does not keep the others from being called": Difference(
        cleaned, "Later", "Later Made", [HELD, MADE, LATER._replace(cleanup="n")]
    ),
    "what Cleanups raise comes as one group": Difference(
        raised, "ScriptedError", "CleanupErrors", [HELD, MADE, LATER._replace(cleanup="n")]
    ),
    "a Cleanup is called once": Difference(cleaned, "Made Held Made Held", "Made", [HELD, MADE], then_cleanup),
    "a second checknrun() is a new run": Difference(called, "A.check", "A.check A.check", [Plan("A")], twice),
    "a second checknrun() has all its tries": Difference(
        tried, 2, 4, [Plan("A", check="n")], twice, {"default_tries": 2}
    ),
    "checknrun(node) may fail": Difference(
        raised, "KeyError", "", [Plan("A", check="n"), Plan("B", ("A",))], only_the_first
    ),
    "TRIES is rounded up": Difference(
        tried, 6, 5, [Plan("A", check="n", tries=1.5), Plan("B", check="n", tries=3), Plan("C", ("A", "B"))]
    ),
    "TRIES is no bool": Difference(raised, "", "PolicyError", [Plan("A", tries=True)], nothing),
    "TRIES is no text": Difference(raised, "", "PolicyError", [Plan("A", tries="2")], nothing),
    "RETRY_DELAY is finite": Difference(raised, "", "PolicyError", [Plan("A", delay=float("nan"))], nothing),
    "the same dep twice is one edge": Difference(
        raised, "AdditionError", "", [Plan("A"), Plan("B", ("A", "A"))], nothing
    ),
    "a job has a Check": Difference(raised, "", "PhaseMissingError", [Plan("A", check="")]),
    "a job without Run only checks": Difference(
        called, "A.check A.check A.check A.check", "A.check A.check", [Plan("A", check="n", run="", tries=2)]
    ),
    "the Check of a RunonlyJob is ignored": Difference(called, "A.check", "A.run", [Plan("A", kind="RunonlyJob")]),
    "debug tells why the Check failed": Difference(
        lines,
        ["A.check: fail", "A.run: pass", "A.recheck: pass"],
        [
            "A.check: fail",
            "  Error was:",
            "  Traceback (most recent call last):",
            "  tests.support.graphs.ScriptedError: check of A, attempt 1",
            "A.run: pass",
            "A.recheck: pass",
        ],
        [Plan("A", check="ny")],
        options={"debug": True},
    ),
    "a Job that exits has failed": Difference(raised, "SystemExit", "", exits_in_its_check),
    "a falsy exception is a failure": Difference(status, {"A": True}, {"A": False}, raises_something_falsy),
    "two classes of one name are refused": Difference(raised, "", "DuplicateJobError", two_of_one_name, nothing),
    "DEPS may be a generator": Difference(called, "B.check", "A.check B.check", deps_from_a_generator),
    "an interrupt leads to the Cleanups": Difference(cleaned, "", "A", interrupted_in_run),
}


@pytest.mark.filterwarnings("ignore:A. TRIES 1.5 is no whole number", "ignore:A is a RunonlyJob. its Check is ignored")
@pytest.mark.parametrize("case", DIFFERENCES)
def test_where_we_differ_from_dojobber(case: str) -> None:
    row = DIFFERENCES[case]
    seen = {library: row.look(watch(library, row.plans, row.options, row.act)) for library in (theirs, ours)}
    assert (seen[theirs], seen[ours]) == (row.original, row.here)
