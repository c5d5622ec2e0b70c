"""check-share: what it finds in a notebook, what it takes out, and what it says of files that are none."""

import base64
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from click.testing import CliRunner, Result
from nbformat import v4

from dojobber_nb.cli import main
from dojobber_nb.share.notebook import VIEW
from dojobber_nb.share.patterns import scan

VALUE = "hunter2-canary"


def check(*paths: Path, strip: bool = False) -> Result:
    return CliRunner().invoke(main, ["check-share", *["--strip"] * strip, *map(str, paths)])


def stored(folder: Path, *cells: Any, name: str = "a.ipynb", **metadata: Any) -> Path:
    nbformat.write(v4.new_notebook(cells=list(cells), metadata=metadata), folder / name)
    return folder / name


def code(source: str = "1", *outputs: Any) -> Any:
    return v4.new_code_cell(source, outputs=list(outputs), execution_count=1)


def printed(text: str) -> Any:
    return v4.new_output("stream", text=text)


def shown(**data: Any) -> Any:
    return v4.new_output("display_data", {kind.replace("_", "/"): value for kind, value in data.items()})


def view(**data: Any) -> Any:
    return v4.new_output("display_data", {VIEW: {"model_id": "1", "version_major": 2, "version_minor": 0}, **data})


def pictured(text: str) -> str:
    svg = f"<svg><text>{text}</text></svg>"
    return f'<img alt="x" src="data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}">'


WIDGETS = {"application/vnd.jupyter.widget-state+json": {"state": {}, "version_major": 2, "version_minor": 0}}

# what is in the cell: (what is said of it)
FOUND: dict[str, tuple[Any, str]] = {
    "printed": (
        code("1", printed(f"password={VALUE}\n")),
        "cell 1 (code), output 1, line 1: secret value: password=***",
    ),
    "a dict": (
        code("1", shown(text_plain=f"{{'api_key': '{VALUE}'}}")),
        "cell 1 (code), output 1, line 1: secret value: api_key': ***",
    ),
    "JSON": (
        code("1", shown(application_json={"DB_PASSWORD": VALUE})),
        'cell 1 (code), output 1: secret value: DB_PASSWORD": ***',
    ),
    "JSON in a text": (
        code("1", printed(json.dumps(json.dumps({"token": VALUE})))),
        'cell 1 (code), output 1, line 1: secret value: token\\": ***',
    ),
    "a header": (
        code("1", printed("Bearer abcdefghijklmn0123")),
        "cell 1 (code), output 1, line 1: bearer token: Bearer ***",
    ),
    "a private key": (
        code("1", printed("-----BEGIN RSA PRIVATE KEY-----\nMIIE")),
        "cell 1 (code), output 1, line 1: private key: -----BEGIN RSA PRIVATE KEY-----***",
    ),
    "AWS": (code("1", printed("AKIAIOSFODNN7EXAMPLE")), "cell 1 (code), output 1, line 1: AWS access key: AKIA***"),
    "GitHub": (
        code("1", printed("ghp_16C7e42F292c6912E7710c838347Ae178B4a")),
        "cell 1 (code), output 1, line 1: GitHub token: ghp_***",
    ),
    "a URL": (
        code("1", printed(f"postgres://me:{VALUE}@db/x")),
        "cell 1 (code), output 1, line 1: URL with a password: postgres://***",
    ),
    "chance": (
        code("1", printed("token   x8Kq92LmPz0Rt7VwYb3NcD5f")),
        "cell 1 (code), output 1, line 1: random word beside a name: token ***",
    ),
    "coloured": (
        code("1", printed(f"\x1b[31mpassword=\x1b[0m{VALUE}")),
        "cell 1 (code), output 1, line 1: secret value: password=***",
    ),
    "HTML": (
        code("1", shown(text_html=f"<b>password</b>: <i>{VALUE}</i>")),
        "cell 1 (code), output 1, line 1: secret value: password : ***",
    ),
    "an attribute": (
        code("1", shown(text_html=f"<input password='{VALUE}'>")),
        "cell 1 (code), output 1: secret value: password=***",
    ),
    "a picture": (
        code("1", shown(text_html=pictured(f"token={VALUE}"))),
        "cell 1 (code), output 1: secret value: token=***",
    ),
    "an error": (
        code("1", v4.new_output("error", ename="E", evalue=f"secret: {VALUE}", traceback=[])),
        "cell 1 (code), output 1: secret value: secret: ***",
    ),
    "code": (code(f"password = '{VALUE}'"), "cell 1 (code), line 1: secret literal: password = ***"),
    "an argument": (code(f"f(1, token=b'{VALUE}')"), "cell 1 (code), line 1: secret literal: token = ***"),
    "a key in code": (code(f"d = {{'api-key': '{VALUE}'}}"), "cell 1 (code), line 1: secret literal: api-key = ***"),
    "the environment": (
        code(f"os.environ['PASSWORD'] = '{VALUE}'"),
        "cell 1 (code), line 1: secret literal: PASSWORD = ***",
    ),
    "a default": (code(f"def f(a, *, token='{VALUE}'): pass"), "cell 1 (code), line 1: secret literal: token = ***"),
    "a secret in code": (
        code(f"dj.set_args(t=secret('{VALUE}'))"),
        "cell 1 (code), line 1: secret literal: secret(…) = ***",
    ),
    "a magic": (code(f"%env TOKEN={VALUE}\nx = 1"), "cell 1 (code), line 1: secret value: TOKEN=***"),
    "no Python": (code(f"%%bash\nexport TOKEN={VALUE} &&"), "cell 1 (code), line 2: secret value: TOKEN=***"),
    "a comment": (code(f"# https://me:{VALUE}@host"), "cell 1 (code), line 1: URL with a password: https://***"),
    "a cell of another language": (
        code(f"%%writefile a.yml\npassword: {VALUE.replace('-', '_')}"),
        "cell 1 (code), line 2: secret value: password: ***",
    ),
    "an option": (code(f"!mysql --password={VALUE} -u me"), "cell 1 (code), line 1: secret value: password=***"),
    "code put aside": (code(f"#  token = '{VALUE}'\nx = 1"), "cell 1 (code), line 1: secret value: token = ***"),
    "several at once": (
        code(f"user, password = 'me', '{VALUE}'"),
        "cell 1 (code), line 1: secret literal: password = ***",
    ),
    "what is there otherwise": (
        code(f"t = os.environ.get('TOKEN', '{VALUE}')"),
        "cell 1 (code), line 1: secret literal: TOKEN = ***",
    ),
    "or else": (code(f"token = given or f'{VALUE}{{1}}'"), "cell 1 (code), line 1: secret literal: token = ***"),
    "a key behind another": (
        code("1", printed(f"config: password={VALUE}")),
        "cell 1 (code), output 1, line 1: secret value: password=***",
    ),
    "a key in another's value": (
        code("1", printed(repr({"line": f"token={VALUE}"}))),
        "cell 1 (code), output 1, line 1: secret value: token=***",
    ),
    "a command that failed": (
        code("1", printed(f"Command '['a', '--token={VALUE}']'")),
        "cell 1 (code), output 1, line 1: secret value: token=***",
    ),
    "a coloured value": (
        code("1", shown(text_plain=f"\x1b[32m'password'\x1b[0m: \x1b[K'{VALUE}'")),
        "cell 1 (code), output 1, line 1: secret value: password': ***",
    ),
    "Markdown": (
        code("1", shown(text_markdown=f"**password**: `{VALUE}`")),
        "cell 1 (code), output 1, line 1: secret value: password**: ***",
    ),
    "below a key": (
        code("1", shown(application_json={"Credentials": [{"by": {"word": VALUE}}]})),
        'cell 1 (code), output 1: secret value: Credentials": ***',
    ),
    "metadata below a key": (
        v4.new_code_cell("1", metadata={"credentials": {"it": [VALUE]}}),
        'cell 1 (code), metadata: secret value: credentials": ***',
    ),
    "an attachment": (
        v4.new_markdown_cell("x", attachments={"a.txt": {"text/plain": f"token={VALUE}"}}),
        "cell 1 (markdown), attachment a.txt, line 1: secret value: token=***",
    ),
    "a text": (
        v4.new_markdown_cell(f"see https://me:{VALUE}@host"),
        "cell 1 (markdown), line 1: URL with a password: https://***",
    ),
    "a widget": (
        code("dj", view(**{"text/plain": "<Dashboard>"})),
        "cell 1 (code), output 1: a widget view, which is empty without its kernel",
    ),
}


@pytest.mark.parametrize(("cell", "told"), FOUND.values(), ids=FOUND)
def test_what_must_not_be_handed_on_is_told_by_place_and_kind_and_never_by_value(
    tmp_path: Path, cell: Any, told: str
) -> None:
    done = check(path := stored(tmp_path, cell))
    assert done.exit_code == 1
    assert f"{path}: " in done.output
    assert told in done.output
    assert VALUE not in done.output


HARMLESS = {
    "words": "the password is wrong, no token given; KeyError: 'token'",
    "redacted": "password=<secret> token: '<secret>' {'api_key': <secret>, 'cookie': '***'}",
    "nothing": "token=None password='' secret: null authorization=",
    "numbers": "max_tokens=100, 57 tokens",
    "a hash": "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "a URL": "see https://host:8080/a@b and http://user@host",
    "a picture": f"token <img src='data:image/png;base64,{base64.b64encode(bytes(range(256)) * 9).decode()}'>",
    "an option": "git --tokens --token",
    "a chain of keys": "a: b: c=d=e token=None, x: token=",
    "asked for": "password = getpass('Password: ')",
    "code in a traceback": "token=self.token, password = os.environ['PASSWORD'], connect(secret=secret)",
}


@pytest.mark.parametrize("text", HARMLESS.values(), ids=HARMLESS)
def test_what_only_speaks_of_secrets_is_let_through(tmp_path: Path, text: str) -> None:
    path = stored(tmp_path, code("import os\nt = os.environ['TOKEN']\ns = secret(t)\np = ''", printed(text)))
    assert check(path).output == ""
    assert check(path).exit_code == 0


@pytest.mark.parametrize(
    "text", ["a", "a-", "token='", "password ", "https://a:b", "<", "token:\\'", "key " * 9, "a--", "a=", "a:'"]
)
def test_a_long_text_is_looked_through_to_its_end(text: str) -> None:
    assert "AWS access key" in {found.what for found in scan(text * 20_000 + " \nAKIAIOSFODNN7EXAMPLE")}


def test_the_state_of_widgets_is_found_and_told_of_once(tmp_path: Path) -> None:
    done = check(stored(tmp_path, code(), widgets=WIDGETS))
    assert (done.exit_code, done.output.count("widget state")) == (1, 1)


def test_arguments_kept_in_metadata_are_found_and_left_to_people(tmp_path: Path) -> None:
    path = stored(tmp_path, code(), papermill={"parameters": {"password": VALUE}})
    assert 'metadata: secret value: password": ***; remove it by hand' in check(path, strip=True).output
    assert check(path).exit_code == 1


def at_fault() -> list[Any]:
    return [
        code("dj", view(), view(**{"text/html": "<p>still</p>"}), printed("fine\n")),
        code("2", printed(f"password={VALUE}"), shown(text_plain="also fine")),
        v4.new_markdown_cell("## Ü — kept"),
    ]


def test_strip_takes_out_what_is_at_fault_and_nothing_else(tmp_path: Path) -> None:
    cells = at_fault()
    path = stored(tmp_path, *cells, widgets=WIDGETS, kernelspec={"name": "python3", "display_name": "Python 3"})
    wanted = nbformat.read(path, as_version=4)
    del wanted.metadata["widgets"]
    first, second = wanted.cells[0], wanted.cells[1]
    del first.outputs[1].data[VIEW]
    first.outputs, second.outputs = first.outputs[1:], second.outputs[1:]
    nbformat.write(wanted, other := tmp_path / "wanted.ipynb")
    path.chmod(0o640)

    done = check(path, strip=True)

    assert path.read_bytes() == other.read_bytes()
    assert done.exit_code == 0
    assert done.output.count("removed from") == 4
    assert VALUE not in done.output
    assert path.stat().st_mode & 0o777 == 0o640
    assert (check(path).exit_code, check(path).output) == (0, "")
    assert sorted(tmp_path.iterdir()) == [path, other]


def test_a_notebook_with_nothing_to_take_out_is_not_written(tmp_path: Path) -> None:
    path = stored(tmp_path, code("1", printed("fine")))
    path.write_text(json.dumps(json.loads(path.read_text())))  # as no nbformat would write it
    before = path.read_bytes()
    assert check(path, strip=True).exit_code == 0
    assert path.read_bytes() == before


def test_a_link_to_a_notebook_stays_one(tmp_path: Path) -> None:
    path = stored(tmp_path, *at_fault())
    (link := tmp_path / "link.ipynb").symlink_to(path)
    assert check(link, strip=True).exit_code == 0
    assert link.is_symlink()
    assert check(path).exit_code == 0


def test_a_literal_in_code_is_left_to_people_and_told_with_the_way_out(tmp_path: Path) -> None:
    path = stored(tmp_path, code(f"token = '{VALUE}'", printed(f"token: {VALUE}")))
    done = check(path, strip=True)
    assert done.exit_code == 1
    assert "cell 1 (code), line 1: secret literal: token = ***; read it from the environment" in done.output
    assert "removed from cell 1 (code), output 1, line 1: " in done.output


BROKEN: dict[str, tuple[Any, str]] = {
    "no JSON": ("{", "its content is not JSON"),
    "deep": ("[" * 100_000, "its content is not JSON"),
    "no text": (b"\xff\xfe\x00", "its content is not JSON"),
    "UTF-16": ('{"nbformat": 4}'.encode("utf-16"), "it looks like UTF-16, save it as UTF-8"),
    "empty": ("", "its content is not JSON"),
    "a list": ("[]", "nbformat, its version, is missing"),
    "no notebook": ('{"a": 1}', "nbformat, its version, is missing"),
    "old": (
        '{"nbformat": 3, "nbformat_minor": 0, "worksheets": []}',
        "it has nbformat 3, not 4; open it in JupyterLab",
    ),
    "no cells": ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "it is no valid notebook"),
    "odd cells": ('{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [1]}', "it is no valid notebook"),
    "odd version": ('{"nbformat": 4, "nbformat_minor": "x", "metadata": {}, "cells": []}', "it is no valid notebook"),
}


@pytest.mark.parametrize(("content", "told"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("strip", [False, True])
def test_what_is_no_notebook_is_told_in_words_and_not_touched(
    tmp_path: Path, content: Any, told: str, strip: bool
) -> None:
    path = tmp_path / "a.ipynb"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = check(path, strip=strip)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"{path}: ")
    assert told in done.stderr
    assert path.read_bytes() == (content if isinstance(content, bytes) else content.encode())


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    done = check(tmp_path / "none.ipynb")
    assert done.exit_code == 2
    assert "it cannot be read: No such file" in done.stderr


def test_of_several_files_each_is_looked_at_and_the_worst_counts(tmp_path: Path) -> None:
    clean = stored(tmp_path, code(), name="clean.ipynb")
    found = stored(tmp_path, *at_fault(), name="found.ipynb")
    assert check(clean).exit_code == 0
    assert check(clean, found).exit_code == 1
    done = check(tmp_path / "none.ipynb", found, clean)
    assert done.exit_code == 2
    assert f"{found}: cell 1" in done.output


def test_a_file_that_cannot_be_put_in_place_is_told_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = stored(tmp_path, *at_fault())
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    done = check(path, strip=True)
    assert (done.exit_code, path.read_bytes()) == (2, before)
    assert "it cannot be written: No space left on device" in done.stderr
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("first", ["r", "b", "f", "rB", "Rb", "B"])
def test_a_value_that_begins_as_a_string_prefix_does_is_hidden_whole(first: str) -> None:
    value = f"{first}X8ouanj9ixLv97obaM5DY7cLYX2HEt"
    found = scan(f"SHOP_TOKEN={value}\nSHOP_TOKEN = {first}'{value}'\n")
    assert [each.excerpt for each in found] == ["SHOP_TOKEN=***", f"SHOP_TOKEN = {first}***"]
