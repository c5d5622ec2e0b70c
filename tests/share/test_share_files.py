"""check-share on what it is given: folders, standard input, files of Windows and of other kernels, hostile lines."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from click.testing import CliRunner, Result
from nbformat import v4

import dev
from dojobber_nb.cli import main
from dojobber_nb.share.literals import literals
from dojobber_nb.share.markdown import in_markdown
from dojobber_nb.share.notebook import findings
from dojobber_nb.share.patterns import scan

VALUE = "hunter2-canary"


def check(*args: object, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(main, ["check-share", *map(str, args)], input=stdin)


def leaky(text: str = f"password={VALUE}") -> Any:
    return v4.new_notebook(cells=[v4.new_code_cell("1", outputs=[v4.new_output("stream", text=text)])])


def put(path: Path, notebook: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def test_of_a_folder_all_notebooks_are_looked_at_but_checkpoints_and_hidden_folders(tmp_path: Path) -> None:
    wanted = [put(tmp_path / name, leaky()) for name in ("a.ipynb", "b/c.ipynb", "b/d/e.ipynb")]
    left = [put(tmp_path / name, leaky()) for name in (".ipynb_checkpoints/a-checkpoint.ipynb", ".venv/x.ipynb")]
    (tmp_path / "notes.txt").write_text(f"password={VALUE}")
    done = check(tmp_path)
    assert (done.exit_code, [line.split(": ")[0] for line in done.stdout.splitlines()]) == (1, list(map(str, wanted)))
    assert check("--strip", tmp_path).exit_code == 0
    assert check(tmp_path).output == ""
    assert [check(file).exit_code for file in left] == [1, 1]


def test_a_folder_without_notebooks_is_told_and_nothing_is_wrong_with_it(tmp_path: Path) -> None:
    done = check(tmp_path)
    assert (done.exit_code, done.stderr) == (0, f"{tmp_path}: no notebook in this folder\n")


def test_a_notebook_nested_too_deeply_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    for depth, codes in (
        (300, {0}),
        (960, {0, 2}),
        (3000, {2}),
    ):  # read; read, but perhaps not looked through; not read
        inner = "[" * depth + "]" * depth
        path.write_text(f'{{"nbformat": 4, "nbformat_minor": 5, "cells": [], "metadata": {{"a": {inner}}}}}')
        done = check(path)
        assert done.exit_code in codes
        assert isinstance(done.exception, SystemExit | None)


def test_one_broken_notebook_in_a_folder_does_not_hide_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text("{")
    put(tmp_path / "b.ipynb", leaky())
    done = check(tmp_path)
    assert done.exit_code == 2
    assert f"{tmp_path / 'a.ipynb'}: it is no notebook" in done.stderr
    assert f"{tmp_path / 'b.ipynb'}: cell 1" in done.stdout


def test_standard_input_is_read_and_named_in_words() -> None:
    done = check("-", stdin=nbformat.writes(leaky()).encode())
    assert (done.exit_code, done.stdout.split(":")[0]) == (1, "standard input")
    assert VALUE not in done.output
    assert check("-", stdin=b"{").stderr.startswith("standard input: it is no notebook")


def test_strip_writes_standard_input_to_standard_output_and_tells_on_stderr() -> None:
    done = check("--strip", "-", stdin=nbformat.writes(leaky()).encode())
    assert nbformat.reads(done.stdout, as_version=4).cells[0].outputs == []
    assert (done.exit_code, done.stderr.count("removed from cell 1 (code), output 1")) == (0, 1)
    clean = json.dumps(leaky("fine")).encode()  # as no nbformat would write it
    assert check("--strip", "-", stdin=clean).stdout_bytes == clean
    assert check("--strip", "-", stdin=b"[]").stdout_bytes == b""


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: json.dumps(json.loads(data), indent=4).encode(),
        lambda data: json.dumps(json.loads(data), indent="\t").encode() + b"\n",
        lambda data: json.dumps(json.loads(data)).encode(),
    ],
    ids=["byte order mark", "CRLF", "indent of four", "tabs", "one line"],
)
def test_strip_keeps_the_way_a_file_is_written(tmp_path: Path, change: Any) -> None:
    (path := tmp_path / "a.ipynb").write_bytes(change(nbformat.writes(leaky()).encode()))
    (wanted := leaky()).cells[0].outputs = []
    wanted.cells[0].id = json.loads(path.read_bytes().decode("utf-8-sig"))["cells"][0]["id"]
    assert check("--strip", path).exit_code == 0
    assert path.read_bytes() == change(nbformat.writes(wanted).encode())


def test_half_a_letter_which_json_can_hold_is_kept(tmp_path: Path) -> None:
    (book := leaky()).cells.append(v4.new_markdown_cell("odd"))
    (path := tmp_path / "a.ipynb").write_text(nbformat.writes(book).replace("odd", "\\ud800 ü"))
    assert check("--strip", path).exit_code == 0
    assert json.loads(path.read_text())["cells"][1]["source"] == ["\ud800 ü"]


def test_what_a_kernel_of_another_language_runs_is_not_read_as_python() -> None:
    book = v4.new_notebook(cells=[v4.new_code_cell("TOKEN=hunter2")])
    assert findings(book) == []  # in Python, the name of a variable
    book.metadata.language_info = {"name": "bash"}
    assert [found.excerpt for found in findings(book)] == ["TOKEN=***"]


def test_an_excerpt_shows_no_other_secret_and_nothing_that_a_terminal_obeys() -> None:
    told = [found.excerpt for found in scan("curl -H 'X-Token: hunter2' -u admin:Winter2024 host")]
    assert not any("hunter2" in text or "Winter" in text for text in told)
    (found,) = literals("d = {'\\x1b]0;pass\\nword password': 'hunter2'}")
    assert found.excerpt.isprintable()
    (found,) = scan("https://ghp_16C7e42F292c6912E7710c838347Ae178B4a:x-oauth-basic@github.com")[:1]
    assert "16C7" not in found.excerpt


def test_lines_are_those_of_the_cell() -> None:
    code = "x = 1\n%env A_TOKEN=hunter2\n\ny = '''\n\npassword: hunter2'''\n# pwd = 'hunter2'\nrun(\n  token='hunter2')"
    assert [found.line for found in literals(code)] == [2, 6, 7, 9]
    assert [found.line for found in in_markdown("a\n\n```python\n\npwd = 'hunter2'\n```\n\nToken: hunter2")] == [5, 8]


HOSTILE = ["token='", "cookie:a=", "curl -u ", "https://a:b", "<a ", "```\n~~~\n", "!a\n", "auth('a',", "\\"]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("look", [scan, literals, in_markdown])
def test_a_long_hostile_line_is_looked_through_to_its_end(look: Any, text: str) -> None:
    long = text * (30_000 // len(text))
    assert "AWS access key" in {found.what for found in look(f"{long}\n#' AKIAIOSFODNN7EXAMPLE")}


def test_the_tutorials_can_be_handed_on() -> None:
    assert check(dev.ROOT / "notebooks").output == ""


def test_the_command_wakes_no_library_that_a_commit_hook_would_wait_for(tmp_path: Path) -> None:
    path = put(tmp_path / "a.ipynb", leaky())
    code = f"import sys; from dojobber_nb.cli import main; main(['check-share', {str(path)!r}], standalone_mode=False)"
    slow = ["nbformat", "jsonschema", "IPython", "ipywidgets", "matplotlib", "networkx", "numpy"]
    shown = f"\ntry: {code}\nexcept SystemExit: print([name for name in {slow} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
