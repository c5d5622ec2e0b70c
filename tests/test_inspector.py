"""One job, looked into."""

import json

from dojobber_nb import Job
from tests.page import (
    Top,
    Whole,
    page_of,
    press,
    wires,  # noqa: F401  # a fixture for every test here
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


async def test_the_inspector_shows_attempts_output_traceback_and_storage() -> None:
    _, page = page_of(Top)
    await press(page, "run")
    page.select("Broken")
    assert page.pane["tab"] == "error"
    assert "ValueError: no power" in page.pane["errors"][0]["text"]
    rows = page.open("attempts")["rows"]
    assert [[phase["phase"] for phase in row["phases"]] for row in rows] == [["check", "run", "recheck"]] * 2
    assert page.open("output")["texts"] == [
        {"phase": "run", "stdout": "pressing the button\n", "stderr": "", "log": ""},
    ]
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


async def test_the_judges_word_comes_first_among_the_errors_and_nothing_is_said_twice() -> None:
    class Fails(Job):
        TRIES = 1

        def Check(self) -> None:
            raise RuntimeError("the TV is off")

        def Run(self) -> None:
            raise RuntimeError("batteries are dead")

    _, page = page_of(Fails)
    await press(page, "run")
    assert [(error["title"], error["message"]) for error in page.open("error")["errors"]] == [
        ("Attempt 1, recheck", "RuntimeError: the TV is off"),
        ("Attempt 1, run", "RuntimeError: batteries are dead"),
    ]
