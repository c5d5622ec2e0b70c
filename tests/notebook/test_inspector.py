"""One job, looked into."""

import json
import sys
from typing import Any

import pytest

from dojobber_nb import DummyJob, Job, secret
from dojobber_nb.core.events import Phase
from dojobber_nb.notebook.debugging.frames import MAX_PARTS
from dojobber_nb.notebook.widgets.panes import ATTEMPTS, TRACEBACK_LENGTH
from dojobber_nb.notebook.widgets.shown_attempt import HEADINGS
from dojobber_nb.notebook.widgets.storage_history import was_watched
from tests.support.page import (
    Broken,
    Page,
    Top,
    Whole,
    page_of,
    press,
)


async def test_the_inspector_tells_why_what_it_needs_and_what_needs_it() -> None:
    dj, page = page_of(Top)
    await press(page, "run")
    page.select("Broken")
    assert page.job["why"] == dj.why("Broken")
    assert [link["text"] for link in page.job["needs"]] == ["Made"]
    assert [(link["text"], link["state"]) for link in page.job["needed_by"]] == [("Top", "blocked")]
    page.select("Made")
    assert page.job["doc"] == "Makes itself.\n\nAt the first Run."


@pytest.mark.parametrize(
    ("more", "told"),
    [(0, ""), (1, "1 earlier attempt is not shown."), (2, "2 earlier attempts are not shown.")],
)
async def test_attempts_that_are_not_shown_are_counted(more: int, told: str) -> None:
    class Often(Broken):
        TRIES = ATTEMPTS + more

    _, page = page_of(Often)
    await press(page, "run")
    page.select("Often")
    assert page.open("attempts")["earlier"] == told
    assert len(page.pane["rows"]) == ATTEMPTS


async def test_the_inspector_shows_attempts_output_traceback_and_storage() -> None:
    _, page = page_of(Top)
    await press(page, "run")
    page.select("Broken")
    assert page.pane["tab"] == "error"
    (frame,) = page.pane["errors"][0]["parts"]
    assert (frame["name"], frame["code"]) == ("Check", 'raise ValueError("no power")')
    rows = page.open("attempts")["rows"]
    assert [[phase["phase"] for phase in row["phases"]] for row in rows] == [["check", "run", "recheck"]] * 2
    assert page.open("output")["texts"] == [{"phase": "run", "stream": "stdout", "live": False, "rows": [1]}]
    assert page.printed == {"run stdout": "pressing the button\n"}
    storage = page.open("storage")
    assert "hammer" in json.dumps(storage["own"])
    assert "Broken" in json.dumps(storage["shared"])


async def test_a_cleanup_stands_with_the_attempt_it_belongs_to() -> None:
    _, page = page_of(Whole)
    await press(page, "run")
    page.select("Made")
    rows = page.open("attempts")["rows"]
    assert [phase["phase"] for phase in rows[0]["phases"]] == ["check", "run", "recheck", "cleanup"]


async def test_with_nothing_selected_the_inspector_follows_the_run() -> None:
    _, page = page_of(Top)
    assert page.job["name"] == "Made"
    await press(page, "run")
    assert page.job["name"] == "Broken"
    assert not page.job["selected"]


async def test_no_value_is_ever_in_a_synced_trait() -> None:
    class Talks(Job):
        TRIES = 1

        def Check(self) -> None:
            self.storage["key-canary"] = self.global_storage["key-canary"] = "storage-canary"
            raise RuntimeError("message-canary")

        def Run(self) -> None:
            print("stdout-canary")  # noqa: T201  # jobs do
            raise RuntimeError("run-canary")

    _, page = page_of(Talks)
    await press(page, "run")
    for tab in ("attempts", "output", "error", "storage"):
        page.open(tab)
    assert "canary" in json.dumps(page.inspector.said)
    for part in page.dashboard.parts:
        assert "canary" not in json.dumps(part.get_state(), default=str)


async def test_what_run_raised_comes_first_among_the_errors_and_nothing_is_said_twice() -> None:
    class Fails(Job):
        TRIES = 1

        def Check(self) -> None:
            raise RuntimeError("the TV is off")

        def Run(self) -> None:
            raise RuntimeError("batteries are dead")

    _, page = page_of(Fails)
    await press(page, "run")
    assert [(error["title"], error["message"]) for error in page.open("error")["errors"]] == [
        ("Attempt 1: Run raised, and the Recheck failed", "RuntimeError: batteries are dead"),
        ("Attempt 1: Recheck failed", "RuntimeError: the TV is off"),
    ]


# --- storages ---------------------------------------------------------------------------------------------------------


class First(Job):
    world: list[int] = []  # noqa: RUF012  # emptied by each test that uses it

    def Check(self) -> None:
        self.global_storage["shared"] = "by First"
        self.storage["count"] = len(self.world)
        self.storage.setdefault("seen", "always")
        if not self.world:
            raise RuntimeError("nothing yet")
        self.storage.pop("draft")

    def Run(self) -> None:
        self.storage["draft"] = 1
        self.world.append(1)


class Second(Job):
    DEPS = (First,)

    def Check(self) -> None:
        self.global_storage["shared"] = "by Second"

    def Run(self) -> None: ...


def told(rows: list[dict[str, Any]]) -> dict[str, tuple[str, str, str]]:
    """By key: what it holds, how the phase changed it, and who wrote it."""
    return {row["row"][0].strip("'"): (row["row"][3], row["mark"], row["by"]) for row in rows}


def at(page: Page, job: str, phase: str) -> None:
    """Goes to the moment after that phase."""
    events = page.dashboard.session.runner.events
    ended = {(event.job, event.phase): number for number, event in enumerate(events, 1) if event.ok is not None}
    page.travel(ended[job, phase])


async def test_a_storage_tells_who_wrote_each_key_last_and_what_this_phase_changed() -> None:
    First.world.clear()
    _, page = page_of(Second)
    await press(page, "run")
    page.select("First")
    storage = page.open("storage")
    assert told(storage["own"]) == {
        "count": ("1", "changed", "First.recheck, attempt 1"),
        "seen": ("'always'", "", "First.check, attempt 1"),
        "draft": ("", "removed", "First.recheck, attempt 1"),
    }
    assert told(storage["shared"]) == {"shared": ("'by Second'", "", "Second.check, attempt 1")}


async def test_a_storage_of_the_past_holds_what_it_held_then() -> None:
    First.world.clear()
    _, page = page_of(Second)
    await press(page, "run")
    page.select("First")
    page.open("storage")
    at(page, "First", "run")
    assert told(page.pane["own"]) == {
        "count": ("0", "", "First.check, attempt 1"),
        "seen": ("'always'", "", "First.check, attempt 1"),
        "draft": ("1", "added", "First.run, attempt 1"),
    }
    assert told(page.pane["shared"]) == {"shared": ("'by First'", "", "First.check, attempt 1")}
    assert page.pane["notes"] == {"own": "", "shared": ""}


async def test_a_storage_of_the_past_that_was_watched_and_held_nothing_is_told_apart_from_one_not_watched() -> None:
    dj, page = page_of(Whole)
    dj.step_job()
    for wire in page.wires:
        page.send(wire, {"kind": "hidden", "view": "one"})
    dj.step_job()
    for wire in page.wires:
        page.send(wire, {"kind": "shown", "view": "two"})
    dj.cleanup()
    page.select("Made")
    page.open("storage")
    at(page, "Made", "check")
    assert page.pane["notes"]["own"] == "Empty at that moment: the attempt had stored nothing here."
    assert page.pane["notes"]["shared"] == "Empty at that moment: the run had stored nothing here."
    at(page, "Whole", "check")
    page.select("Whole")
    for what, note in {"own": "attempt", "shared": "run"}.items():
        assert page.pane["notes"][what].startswith(f"Incomplete: no dashboard or record watched the whole {note}, ")


@pytest.mark.parametrize(
    ("watches", "first", "last", "seen"),
    [
        ([], 0, 9, True),
        ([(0, False)], 0, 9, False),
        ([(0, True), (5, False)], 0, 4, True),
        ([(0, True), (5, False)], 0, 5, False),
        ([(0, False), (5, True)], 5, 9, True),
        ([(0, False), (5, True)], 4, 9, False),
        ([(0, True), (3, False), (6, True)], 7, 9, True),
    ],
)
def test_what_was_watched_is_known_to_the_event(
    watches: list[tuple[int, bool]], first: int, last: int, *, seen: bool
) -> None:
    assert was_watched(watches, first, last) is seen


async def test_what_was_written_while_nobody_watched_is_told_as_that() -> None:
    dj, page = page_of(Second)
    First.world.append(1)
    for wire in page.wires:
        page.send(wire, {"kind": "hidden", "view": "one"})
    dj.step()
    dj.global_storage["by hand"] = 1
    page.send(page.inspector, {"kind": "shown", "view": "two"})
    assert told(page.open("storage")["shared"])["by hand"] == ("1", "", "not watched")


async def test_what_no_phase_wrote_although_all_were_watched_is_told_as_that() -> None:
    dj, page = page_of(Second)
    First.world.append(1)
    dj.step()
    dj.global_storage["by hand"] = 1
    assert told(page.open("storage")["shared"])["by hand"] == ("1", "", "outside of a phase")


# --- attempts, tracebacks, source -------------------------------------------------------------------------------------


async def test_every_earlier_attempt_can_be_looked_into() -> None:
    class Counts(Job):
        TRIES = 3
        runs: list[int] = []  # noqa: RUF012  # of this one test

        def Check(self) -> None:
            raise RuntimeError(f"after {len(self.runs)}")

        def Run(self) -> None:
            self.runs.append(1)
            self.storage["run"] = len(self.runs)
            print("run", len(self.runs))  # noqa: T201  # jobs do

    _, page = page_of(Counts)
    await press(page, "run")
    assert (page.job["attempt"], page.job["attempts"]) == (3, 3)
    page.send(page.inspector, {"kind": "attempt", "number": 2})
    page.open("output")
    assert page.printed == {"run stdout": "run 2\n"}
    assert page.open("error")["errors"][0]["message"] == "RuntimeError: after 2"
    assert told(page.open("storage")["own"]) == {"run": ("2", "", "Counts.run, attempt 2")}
    page.send(page.inspector, {"kind": "attempt", "number": 99})
    assert page.job["attempt"] == 3


async def test_a_traceback_has_frames_with_libraries_apart_and_locals_on_request() -> None:
    class Parses(Job):
        TRIES = 1

        def Check(self) -> None:
            text = "{"
            json.loads(text)

        def Run(self) -> None: ...

    _, page = page_of(Parses)
    await press(page, "run")
    frames = [part for part in page.open("error")["errors"][0]["parts"] if "name" in part]
    assert [(frame["name"], frame["library"]) for frame in frames][:2] == [("Check", False), ("loads", True)]
    assert "json.loads(text)" in frames[0]["code"]
    page.send(page.inspector, {"kind": "locals", "number": 1, "error": 0, "frame": frames[0]["live"]})
    rows = {row[0]: row[3] for row in page.inspector.said["locals"]["rows"]}
    assert rows["'text'"] == "'{'"


async def test_a_traceback_of_many_frames_is_shown_from_both_ends() -> None:
    def deep(number: int) -> None:
        even(number - 1) if number else int("x")

    def even(number: int) -> None:
        deep(number)

    class Deep(Job):
        TRIES = 1

        def Check(self) -> None:
            deep(80)

        def Run(self) -> None: ...

    _, page = page_of(Deep)
    await press(page, "run")
    parts = page.open("error")["errors"][0]["parts"]
    assert len(parts) <= MAX_PARTS + 1
    assert parts[0]["name"] == "Check"
    assert parts[-1]["name"] == "deep"
    page.send(page.inspector, {"kind": "locals", "number": 1, "error": 0, "frame": parts[-1]["live"]})
    assert page.inspector.said["locals"]["rows"][0][3] == "0"


async def test_what_an_exception_came_from_stands_between_the_frames() -> None:
    class Wraps(Job):
        TRIES = 1

        def Check(self) -> None:
            try:
                json.loads("{")
            except ValueError as error:
                raise RuntimeError("no plan") from error

        def Run(self) -> None: ...

    _, page = page_of(Wraps)
    await press(page, "run")
    parts = page.open("error")["errors"][0]["parts"]
    (between,) = (part["text"] for part in parts if "text" in part)
    assert "The above exception was the direct cause" in between
    assert [part["live"] for part in parts if "name" in part and part["name"] == "Check"] == [-1, 0]


async def test_causes_contexts_and_members_are_told_as_a_tree_and_what_stands_alone_has_none() -> None:
    class Gathers(Job):
        TRIES = 1

        def Check(self) -> None:
            raise LookupError("nothing there")

        def Run(self) -> None:
            try:
                json.loads("{")
            except ValueError:
                raise ExceptionGroup("two went wrong", [OSError("disk"), KeyError("size")])  # noqa: B904  # the case

    _, page = page_of(Gathers)
    await press(page, "run")
    ran, judged = page.open("error")["errors"]
    assert judged["came_from"].children == ()
    assert [(row.key, row.type, row.text) for row in ran["came_from"].children] == [
        ("context", "JSONDecodeError", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("1 of 2", "OSError", "disk"),
        ("2 of 2", "KeyError", "'size'"),
    ]


def test_every_phase_has_words_for_what_it_means_that_it_raised() -> None:
    assert set(HEADINGS) == set(Phase)


async def test_debug_here_puts_the_exception_where_the_debugger_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("last_exc", "last_type", "last_value", "last_traceback"):
        monkeypatch.setattr(sys, name, None, raising=False)
    dj, page = page_of(Top)
    await press(page, "run")
    page.send(page.inspector, {"kind": "debug", "number": 2, "error": 0})
    assert sys.last_value is dj.nodeexceptions["Broken"]
    assert sys.last_type is ValueError
    assert sys.last_traceback.tb_next is sys.last_value.__traceback__
    assert page.told == "Type %debug in a cell: it opens in Check, where ValueError was raised."


async def test_an_exception_whose_frames_were_let_go_is_told_as_that() -> None:
    class Fails(Job):
        TRIES = 30

        def Check(self) -> None:
            raise RuntimeError("no")

        def Run(self) -> None: ...

    _, page = page_of(Fails)
    await press(page, "run")
    page.send(page.inspector, {"kind": "attempt", "number": 1})
    error = page.open("error")["errors"][0]
    assert [part["live"] for part in error["parts"] if "name" in part] == [-1]
    page.send(page.inspector, {"kind": "debug", "number": 1, "error": 0})
    assert page.told.startswith("The frames of this error are gone")
    page.send(page.inspector, {"kind": "locals", "number": 1, "error": 0, "frame": 0})
    assert page.inspector.said["locals"]["rows"] == []


async def test_the_source_of_a_job_is_shown_and_where_it_stands() -> None:
    _, page = page_of(Top)
    page.select("Broken")
    source = page.open("source")
    assert source["text"].startswith("class Broken(Job):\n    DEPS = (Made,)")
    assert source["where"].endswith(f"page.py, line {Broken.Check.__code__.co_firstlineno - 4}")


async def test_what_turns_text_around_stands_there_as_an_escape() -> None:
    turned = "exe.\u202egnp\u202c\u2066\nnext"

    class Turns(Job):
        __doc__ = turned
        TRIES = 1

        def Check(self) -> None:
            sys.stdout.write(turned)
            raise ValueError(turned)

        def Run(self) -> None: ...

    _, page = page_of(Turns)
    await press(page, "run")
    page.select("Turns")
    page.open("output")
    told = page.job["why"], page.job["doc"], page.open("error"), page.inspector.blocks, page.open("attempts")
    assert "exe.\\u202egnp\\u202c\\u2066\nnext" in told[0]
    for text in (json.dumps(each, ensure_ascii=False) for each in told):
        assert "exe." in text
        assert not {"\u202e", "\u202c", "\u2066"} & {*text}


async def test_a_secret_that_became_one_after_it_was_printed_is_not_cut_through() -> None:
    class Speaks(DummyJob):
        def Check(self) -> None:
            sys.stdout.write("swordfish-77".join(["." * TRACEBACK_LENGTH, "." * (TRACEBACK_LENGTH - 5)]))

    _, page = page_of(Speaks)
    await press(page, "run")
    secret("swordfish-77")
    page.select("Speaks")
    page.open("output")
    page.ask(*(f"0.{number}" for number, _ in enumerate(page.pane["texts"][0]["rows"])))
    (text,) = page.printed.values()
    assert "77" not in text
    assert len(text) > 2 * TRACEBACK_LENGTH - 100


async def test_blanks_that_are_changed_in_docstring_and_source_hide_no_secret() -> None:
    secret("sword\tfish-7")
    secret("herring\n                -42")

    class Speaks(DummyJob):
        __doc__ = "Of sword\tfish-7."

        def Check(self) -> str:
            return """herring
                -42"""

    _, page = page_of(Speaks)
    page.select("Speaks")
    assert page.job["doc"] == "Of <secret>."
    text = page.open("source")["text"]
    assert "<secret>" in text
    assert "herring" not in text


async def test_a_class_without_source_is_told_as_that() -> None:
    _, page = page_of(type("Bare", (DummyJob,), {"__module__": "nowhere"}))
    assert page.open("source") | {"tab": "", "job": 0, "number": 0} == {
        "tab": "",
        "job": 0,
        "number": 0,
        "where": "",
        "text": "",
    }


@pytest.mark.parametrize(
    "content",
    [
        {"kind": "locals", "number": 2, "error": 7, "frame": 0},
        {"kind": "locals", "number": 1, "error": 0},
        {"kind": "debug", "number": "x", "error": 0},
        {"kind": "attempt", "number": None},
        {"kind": "halt", "job": "x", "on": True},
        {"kind": "press", "button": "try_again", "moment": "", "shown": 1, "clicks": 1},
        {"kind": "open", "tab": "cellar"},
    ],
)
async def test_a_message_to_the_inspector_that_makes_no_sense_is_ignored_and_answered(content: Any) -> None:
    _, page = page_of(Top)
    await press(page, "run")
    page.send(page.inspector, content)
    assert page.inspector.said["ignored"]
