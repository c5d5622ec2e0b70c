"""check-share on a table of what people leave in notebooks: secrets are found, and nothing else is taken for one."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from nbformat import v4

import dev
from dojobber_nb.share.notebook import Finding, findings
from tests.support.share_table import FOUND, INNOCENT, MISSED


def shown(**data: Any) -> list[Any]:
    return [v4.new_output("display_data", {kind.replace("_", "/"): value for kind, value in data.items()})]


# where it stands: the cell
CELLS: dict[str, Callable[[str], Any]] = {
    "code": v4.new_code_cell,
    "markdown": v4.new_markdown_cell,
    "raw": v4.new_raw_cell,
    "output": lambda text: v4.new_code_cell("1", outputs=[v4.new_output("stream", text=text)]),
    "error": lambda text: v4.new_code_cell(
        "1", outputs=[v4.new_output("error", ename="E", evalue="", traceback=[text])]
    ),
    "html": lambda text: v4.new_code_cell("1", outputs=shown(text_html=text)),
    "json": lambda text: v4.new_code_cell("1", outputs=shown(application_json=json.loads(text))),
    "metadata": lambda text: v4.new_code_cell("1", metadata=json.loads(text)),
}


def found_in(where: str, text: str) -> list[Finding]:
    return findings(v4.new_notebook(cells=[CELLS[where](text)]))


def values(text: str) -> list[str]:
    return re.findall("«(.*?)»", text)


@pytest.mark.parametrize(("where", "text"), FOUND.values(), ids=FOUND)
def test_a_secret_is_found_once_and_told_of_without_its_value(where: str, text: str) -> None:
    (found,) = found_in(where, re.sub("[«»]", "", text))
    told = f"{found.place}: {found.told}"
    assert not any(value in told for value in values(text))
    assert found.place.startswith(f"cell 1 ({where if where in {'markdown', 'raw'} else 'code'})")
    assert "***" in told


@pytest.mark.parametrize(("where", "text"), INNOCENT.values(), ids=INNOCENT)
def test_what_is_no_secret_is_left_alone(where: str, text: str) -> None:
    assert found_in(where, text) == []


@pytest.mark.parametrize(("where", "text"), MISSED.values(), ids=MISSED)
def test_what_the_readme_says_is_not_found_is_not_found(where: str, text: str) -> None:
    assert found_in(where, re.sub("[«»]", "", text)) == []


PLACES = {
    "code cells": {"code"},
    "Markdown and raw cells": {"markdown", "raw"},
    "outputs and metadata": {"output", "error", "html", "json", "metadata"},
}


def told_of(table: dict[str, tuple[str, str]], kinds: set[str]) -> list[bool]:
    return [bool(found_in(where, re.sub("[«»]", "", text))) for where, text in table.values() if where in kinds]


@pytest.mark.parametrize(("place", "kinds"), PLACES.items(), ids=PLACES)
def test_the_readme_s_figures_are_those_of_the_table(place: str, kinds: set[str]) -> None:
    found = told_of({**FOUND, **MISSED}, kinds)
    wrong = told_of(INNOCENT, kinds)
    row = f"| {place} | {sum(found)} of {len(found)} | {sum(wrong)} of {len(wrong)} |"
    assert row in (dev.ROOT / "README.md").read_text()


def test_the_table_is_as_large_as_it_should_be() -> None:
    assert len(FOUND) >= 70
    assert len(INNOCENT) >= 50
