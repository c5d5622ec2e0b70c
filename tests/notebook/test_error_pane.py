"""The Error pane: the job's own lines stand open, those of libraries are folded, and nothing is said twice."""

from itertools import groupby
from typing import Any

from dojobber_nb import Job, RunonlyJob
from tests.support.page import (
    Page,
    page_of,
    press,
)


def frames(error: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(part["name"], part["library"]) for part in error["parts"] if "name" in part]


async def pane_after_a_run_of(root: type[Job]) -> tuple[Page, list[dict[str, Any]]]:
    _, page = page_of(root)
    await press(page, "run")
    page.select(root.__name__)
    return page, page.open("error")["errors"]


async def test_lines_of_this_library_below_a_job_are_folded_as_those_of_others_are() -> None:
    class Asks(RunonlyJob):
        TRIES = 1

        def Run(self) -> str:
            return input("Name? ")

    _, errors = await pane_after_a_run_of(Asks)
    assert {name for name, library in frames(errors[0]) if not library} == {"Run"}
    assert ("__call__", True) in frames(errors[0])
    rows = [[*group] for library, group in groupby(errors[0]["parts"], lambda part: part.get("library")) if library]
    assert [(row[0]["folded"], [part.get("folded") for part in row[1:]]) for row in rows] == [
        (f"{len(row)} frame{'s' * (len(row) > 1)} in libraries", [None] * (len(row) - 1)) for row in rows
    ]


async def test_an_assertion_without_a_message_is_named_once() -> None:
    class Silent(Job):
        TRIES = 1

        def Check(self) -> None:
            assert self is None

        def Run(self) -> None:
            raise ConnectionError

    _, (run, recheck) = await pane_after_a_run_of(Silent)
    assert run["message"] == "ConnectionError"
    assert recheck["message"].count("AssertionError") == 1
    assert [part["text"] for each in (run, recheck) for part in each["parts"] if "text" in part] == []
