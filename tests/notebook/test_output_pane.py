"""What was printed, as a page gets it: all that was kept can be reached, in messages of a bounded size."""

import json
import sys
import threading
from collections.abc import Callable

import pytest

from dojobber_nb import Job, RunonlyJob
from tests.support.page import (
    PATIENCE,
    Gate,
    Page,
    at_the_gate,
    page_of,
    press,
    until,
)

BOUND = 64_000


def prints(write: Callable[[], object]) -> type[Job]:
    return type("Prints", (RunonlyJob,), {"Run": lambda self: write()})


def names(page: Page) -> list[str]:
    return [f"{at}.{of}" for at, text in enumerate(page.pane["texts"]) for of, _ in enumerate(text["rows"])]


async def shown(write: Callable[[], object]) -> Page:
    _, page = page_of(prints(write))
    await press(page, "run")
    page.select("Prints")
    page.open("output")
    return page


def bounded(page: Page) -> bool:
    return max(len(json.dumps(message, ensure_ascii=False).encode()) for message in page.inspector.messages) <= BOUND


LONG = {
    "many lines": "".join(f"line {number}\n" for number in range(20_000)),
    "one line": "x" * 250_000,
    "short lines": "\n" * 100_000,
    "wide characters": "観測\n" * 30_000,
    "quotes": '"\\' * 100_000,
    "colours": "".join(f"\x1b[38;2;{n % 256};{n // 256};9m#" for n in range(12_000)),
    "the sixteen": "".join(f"\x1b[{30 + n % 8};{40 + n // 8 % 8};{n % 10}m#\x1b[0m" for n in range(15_000)),
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
async def test_all_that_was_kept_can_be_asked_for_and_no_message_is_too_large(text: str) -> None:
    page = await shown(lambda: sys.stdout.write(text))
    known = {*page.inspector.blocks}
    assert known == {name for name in names(page) if name in known} != set()
    page.ask(*names(page), "7.7")
    assert {*page.inspector.blocks} == {*names(page)}
    assert bounded(page)


async def test_lines_are_as_they_were_printed_and_what_was_cut_is_told_where_it_was_cut() -> None:
    page = await shown(lambda: [print("number", number) for number in range(60_000)])  # noqa: T201  # jobs do
    page.ask(*names(page))
    lines = page.printed["run stdout"].splitlines()
    cut = next(at for at, line in enumerate(lines) if line.endswith("bytes cut …"))
    assert lines[:3] == ["number 0", "number 1", "number 2"]
    assert lines[-1] == "number 59999"
    assert 1_000 < cut < len(lines) - 1_000
    assert [row for block in page.inspector.blocks.values() for row in block if row == [[lines[cut], "note"]]]


async def test_colours_come_with_what_they_are_on_the_page() -> None:
    page = await shown(lambda: print("\x1b[1;31mred\x1b[0m and plain"))  # noqa: T201  # jobs do
    assert page.inspector.said["rows"]["blocks"] == {"0.0": [0, [[["red", "1//b"], [" and plain", ""]]]]}
    assert page.inspector.said["rows"]["styles"]["1//b"].startswith("font-weight:bold;--l:#")


async def test_of_a_text_that_grows_only_what_is_new_is_said_and_a_progress_bar_changes_its_line() -> None:
    more = threading.Event()

    class Grows(Gate):
        def Run(self) -> None:
            sys.stdout.write("done 0\ndone 1\ndone 2\n10%")
            self.entered.set()
            more.wait(PATIENCE)
            sys.stdout.write("\r100%\nready")
            self.opened.wait(PATIENCE)

    _, page = page_of(Grows)
    async with at_the_gate(page):
        await until(lambda: page.printed == {"run stdout": "done 0\ndone 1\ndone 2\n10%\n"})
        more.set()
        await until(lambda: page.printed == {"run stdout": "done 0\ndone 1\ndone 2\n100%\nready\n"})
        assert page.inspector.said["rows"]["blocks"] == {"0.0": [3, ["100%", "ready"]]}


async def test_a_view_that_comes_later_is_told_from_the_beginning() -> None:
    page = await shown(lambda: print("once"))  # noqa: T201  # jobs do
    page.inspector.blocks.clear()
    page.send(page.inspector, {"kind": "shown", "view": "two"})
    assert page.printed == {"run stdout": "once\n"}


@pytest.mark.parametrize("asked", [{"of": [7, 7], "blocks": ["0.0"]}, {"of": [0, 1], "blocks": ["x", "9.9"]}, {}])
async def test_what_is_not_there_is_not_answered(asked: dict[str, object]) -> None:
    page = await shown(lambda: print("once"))  # noqa: T201  # jobs do
    before = len(page.inspector.told)
    page.send(page.inspector, {"kind": "lines", **asked})
    assert [told["kind"] for told in page.inspector.told[before:]] in ([], ["ignored"])
