"""The cause of a failure: what Run raised is named before what the Recheck found, wherever the failure is shown."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dojobber_nb import DoJobber, Job, Record, RunonlyJob
from dojobber_nb.core.cause import cause
from dojobber_nb.core.why import why
from dojobber_nb.view import words
from dojobber_nb.view.static_bundle import static_view
from dojobber_nb.view.status import status_text
from tests.support.page import page_of, press
from tests.support.runbooks import doing, group

BOTH = "No route to host (Run), so: db2 has no certificate"


def raising(error: BaseException | None) -> Callable[..., None]:
    def phase(self: Job) -> None:
        if error is not None:
            raise error

    return phase


def failing(run: BaseException | None, check: BaseException | None, base: type[Job] = Job, **own: Any) -> type[Job]:
    code = {"Run": raising(run)} if base is RunonlyJob else {"Run": raising(run), "Check": raising(check)}
    return type("Schema", (base,), {"TRIES": 1, **code, **own})


def migration(**own: Any) -> type[Job]:
    return failing(ConnectionError("No route to host"), AssertionError("db2 has no certificate"), **own)


def ran(root: type[Job], **options: Any) -> DoJobber:
    dj = doing(root, **options)
    dj.run()
    return dj


@pytest.mark.parametrize(
    ("run", "check", "base", "told"),
    [
        (ConnectionError("No route to host"), AssertionError("db2 has no certificate"), Job, BOTH),
        (
            ConnectionError("No route to host."),
            AssertionError("It is down."),
            Job,
            "No route to host (Run), so: It is down.",
        ),
        (None, AssertionError("db2 has no certificate"), Job, "db2 has no certificate"),
        (OSError("disk full now"), OSError("disk full now"), Job, "disk full now"),
        (KeyError("db2"), AssertionError(), Job, "KeyError: 'db2' (Run), so: AssertionError"),
        (SystemExit(3), LookupError("db_2"), Job, "SystemExit: 3 (Run), so: LookupError: db_2"),
        (ValueError(), RuntimeError("no"), Job, "ValueError (Run), so: no"),
        (ConnectionError("No route to host"), None, RunonlyJob, "No route to host"),
        (KeyError("two words"), None, RunonlyJob, "KeyError: 'two words'"),
    ],
)
def test_the_cause_names_both_and_the_type_where_a_message_says_too_little(
    run: BaseException | None, check: BaseException | None, base: type[Job], told: str, tmp_path: Path
) -> None:
    dj = ran(failing(run, check, base), record=tmp_path / "night.sqlite")
    (read,) = Record(tmp_path / "night.sqlite").runs
    assert cause(dj.state.jobs["Schema"]) == cause(read.state.jobs["Schema"]) == told
    assert dj.why("Schema") == why(read.state, "Schema") == f"failed 1 of 1 try: {told.removesuffix('.')}."


async def test_every_view_of_a_failure_names_both() -> None:
    dj, page = page_of(group("Top", migration()))
    await press(page, "run")
    assert page.controls.said["failures"][0]["text"] == f"✕ Schema 1/1: {BOTH}"
    assert page.job["why"] == f"failed 1 of 1 try: {BOTH}."
    page.select("Top")
    assert page.job["why"] == f"blocked: needs Schema, which failed 1 of 1 try: {BOTH}."
    joblist = next(wire for wire in page.wires if "shown" in wire.said)
    assert joblist.said["lines"][0] == f"1/1 {BOTH}"
    for box in (page.graph.said["lines"][0], words.line(dj.state.jobs["Schema"], dj.state)):
        assert box.startswith("1/1 No route")
        assert "→ db2" in box
    assert f"Failed: Schema 1/1: {BOTH}\n" in status_text(dj.state, elapsed=0, host="h")
    assert BOTH in static_view(dj.state).table
    for fmt in ("mermaid", "dot"):
        drawn = io.BytesIO()
        dj.write_graph(drawn, fmt)
        assert "No route" in drawn.getvalue().decode()
    assert str(dj.nodeexceptions["Schema"]) == "db2 has no certificate"


async def test_a_past_moment_and_a_report_name_both(tmp_path: Path) -> None:
    dj, page = page_of(group("Top", migration(RETRY_DELAY=0, TRIES=2)))
    await press(page, "run")
    retrying = next(n for n in range(len(dj.events)) if dj.state_at(n).jobs["Schema"].status == "retrying")
    page.travel(retrying)
    page.select("Schema")
    assert page.job["why"] == f"retrying: failed 1 of 2 tries: {BOTH}."
    told = dj.report(tmp_path / "night.html").read_text()
    for where in (f"✕ Schema 2/2: {BOTH}", f"retrying: failed 1 of 2 tries: {BOTH}.", f'"2/2 {BOTH}"'):
        assert where in told


@pytest.mark.parametrize("limit", [20, 34, 59, 60, 120])
def test_of_two_endless_messages_both_keep_a_share(limit: int) -> None:
    job = ran(failing(OSError("r n" * 999), OSError("c k" * 999))).state.jobs["Schema"]
    told = cause(job, limit)
    assert limit - 2 <= len(told) <= limit
    assert told.count("r") > told.replace("(Run)", "").count("k") > 0
    assert len(words.line(job, ran(failing(None, OSError("x y"))).state, limit=limit)) <= limit


def test_what_run_raised_belongs_to_its_attempt_alone() -> None:
    errors = iter([ConnectionError("No route to host"), None])

    class Schema(Job):
        TRIES = 2

        def Check(self) -> None:
            raise AssertionError("db2 has no certificate")

        def Run(self) -> None:
            if error := next(errors):
                raise error

    dj = doing(Schema)
    dj.step_pass()
    assert BOTH in dj.why("Schema")
    dj.run()
    assert dj.why("Schema") == "failed 2 of 2 tries: db2 has no certificate."


def test_a_check_asked_for_after_the_failure_leaves_the_cause_known_and_a_success_forgets_it() -> None:
    holds = [False]

    class Schema(Job):
        TRIES = 1

        def Check(self) -> None:
            if not holds[0]:
                raise AssertionError("db2 has no certificate")

        def Run(self) -> None:
            raise ConnectionError("No route to host")

    dj = ran(Schema)
    dj.check_again("Schema")
    assert dj.why("Schema") == f"failed 1 of 1 try: {BOTH}."
    holds[0] = True
    dj.check_again("Schema")
    holds[0] = False
    dj.check_again("Schema")
    assert dj.why("Schema") == "failed 1 of 1 try: db2 has no certificate."


def test_a_run_taken_up_by_another_process_knows_the_cause(tmp_path: Path) -> None:
    path = tmp_path / "night.sqlite"
    root = migration(TRIES=3)
    first = doing(root, record=path)
    first.step_job()
    first.configure(root, default_retry_delay=0)  # lets go of the record, as its death would
    again = doing(root, record=path)
    again.breakpoints.add("Schema", "check")
    again.resume()
    assert again.why("Schema") == f"retrying: failed 1 of 3 tries: {BOTH}."


def test_a_comparison_of_two_recorded_runs_names_both(tmp_path: Path) -> None:
    held = type("Schema", (Job,), {"Check": lambda self: None, "Run": lambda self: None})
    for root in (held, migration()):
        ran(root, record=tmp_path / "night.sqlite")
    before, now = Record(tmp_path / "night.sqlite").runs
    assert f"newly failing: {BOTH}" in [difference.what for difference in now.compare(before)]


# --- the Error pane ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("root", "told"),
    [
        (
            migration(),
            [
                ("Run raised, and the Recheck failed", "ConnectionError: No route to host"),
                ("Recheck failed", "AssertionError: db2 has no certificate"),
            ],
        ),
        (failing(OSError("no space left"), None, RunonlyJob), [("Run raised", "OSError: no space left")]),
        (
            failing(OSError("no space left"), OSError("no space left")),
            [("Run raised, and the Recheck failed", "OSError: no space left")],
        ),
    ],
    ids=["both", "run only", "the same twice"],
)
async def test_the_error_pane_shows_what_run_raised_first_and_nothing_twice(
    root: type[Job], told: list[tuple[str, str]]
) -> None:
    _, page = page_of(root)
    await press(page, "run")
    shown = [(error["title"].removeprefix("Attempt 1: "), error["message"]) for error in page.open("error")["errors"]]
    assert shown == told


async def test_a_run_that_raised_and_did_its_work_all_the_same_is_told_plainly() -> None:
    made = []

    class Schema(Job):
        def Check(self) -> None:
            assert made, "no schema yet"

        def Run(self) -> None:
            made.append(1)
            raise TimeoutError("no answer in 30 s")

    dj, page = page_of(Schema)
    await press(page, "step")
    await press(page, "step")
    titles = [error["title"] for error in page.open("error")["errors"]]
    assert titles[0] == "Attempt 1: Run raised; the Recheck decides whether the job is done"
    await press(page, "run")
    titles = [error["title"] for error in page.open("error")["errors"]]
    assert titles[0] == "Attempt 1: Run raised, but the Recheck passed, so the job is done"
    assert dj.why("Schema") == (
        "changed: its Check failed, its Run failed (no answer in 30 s), yet the Recheck passed (attempt 1)."
    )
