"""What is saved in notebooks/ for those who read them without running them. That they run, nbval shows."""

import json
import re
import secrets
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.support.leaks import leaked

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda file: file.name)
def saved(request: pytest.FixtureRequest) -> dict:
    return json.loads(request.param.read_text())


def test_it_was_run_from_top_to_bottom(saved: dict) -> None:
    counts = [cell["execution_count"] for cell in saved["cells"] if cell["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))


def test_its_outputs_hold_no_failure_no_path_of_a_machine_and_no_address(saved: dict) -> None:
    outputs = [output for cell in saved["cells"] for output in cell.get("outputs", ())]
    texts = json.dumps([{**output.get("data", {}), "image/png": "", "text": output.get("text")} for output in outputs])
    assert outputs
    assert "error" not in {output["output_type"] for output in outputs}
    assert not re.search(r"0x[0-9a-f]{6,}|/(home|root|tmp|Users|usr)/|[A-Z]:\\\\|ipykernel_", texts)


def test_it_holds_no_widget_that_a_page_without_a_kernel_cannot_find(saved: dict) -> None:
    assert "widget" not in json.dumps([cell.get("outputs") for cell in saved["cells"]])
    assert "widgets" not in saved["metadata"]


def test_its_kernel_is_plain_python_and_every_cell_has_a_name_to_link_to(saved: dict) -> None:
    assert saved["metadata"]["kernelspec"]["name"] == "python3"
    ids = [cell["id"] for cell in saved["cells"]]
    assert len(set(ids)) == len(ids)


# --- 02-find-the-fault -----------------------------------------------------------------------------------------------

# What a reader presses in place of the cells that begin with "# in code": Run, but for these.
PRESSED = {
    "third-again": "dj.try_again(FetchRelease)\ndj.run()",
    "check-again": "dj.try_again(MigrateCustomers)\ndj.run()",
}


@pytest.fixture
def hunt() -> list[dict]:
    book = json.loads((ROOT / "notebooks" / "02-find-the-fault.ipynb").read_text())
    return [{**cell, "source": "".join(cell["source"])} for cell in book["cells"] if cell["cell_type"] == "code"]


def tags(cell: dict) -> list[str]:
    return cell["metadata"].get("tags", [])


def pressed_through(cells: list[dict], *, without: str = "") -> subprocess.CompletedProcess[str]:
    """What comes of the hunt done with the dashboard alone, one of the solutions left out."""
    code = [PRESSED.get(cell["id"], "dj.run()") if "in-code" in tags(cell) else cell["source"] for cell in cells]
    kept = "\n".join(text for cell, text in zip(cells, code, strict=True) if cell["id"] != without)
    return subprocess.run([sys.executable, "-c", kept], cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_hunt_ends_well_without_the_cells_that_are_the_way_in_code(hunt: list[dict]) -> None:
    done = pressed_through(hunt)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("✓") == 3


@pytest.mark.parametrize(
    ("solution", "told"),
    [
        ("third-mended", "not mended yet: what the third attempt fetched is whole"),
        ("order-mended", "not mended yet: WriteConfig needs PickPort"),
        ("check-mended", "not mended yet: MigrateCustomers.Check fails while an email is missing"),
    ],
)
def test_a_fault_that_is_left_in_is_named_by_the_last_cell(hunt: list[dict], solution: str, told: str) -> None:
    assert f"AssertionError: {told}\n" in pressed_through(hunt, without=solution).stderr


def test_solutions_are_folded_and_the_way_in_code_says_so(hunt: list[dict]) -> None:
    folded = [cell for cell in hunt if cell["metadata"].get("jupyter", {}).get("source_hidden")]
    assert [cell["id"] for cell in folded] == ["third-mended", "order-mended", "check-mended"]
    assert all(cell["source"].startswith("# one way to mend it\n") for cell in folded)  # a folded cell shows a line
    assert all(cell["source"].startswith("# in code") == ("in-code" in tags(cell)) for cell in hunt)


# --- 03-survive-and-share --------------------------------------------------------------------------------------------


@pytest.fixture
def night() -> nbformat.NotebookNode:
    return nbformat.read(ROOT / "notebooks" / "03-survive-and-share.ipynb", as_version=4)


def replace(book: nbformat.NotebookNode, cell_id: str, old: str, new: str) -> None:
    (cell,) = (cell for cell in book.cells if cell["id"] == cell_id)
    assert old in cell.source
    cell.source = cell.source.replace(old, new)


@pytest.mark.slow
@pytest.mark.parametrize("protected", [True, False])
def test_a_token_is_in_the_notebook_and_its_files_only_when_nobody_says_that_it_is_one(
    protected: bool, night: nbformat.NotebookNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))  # where something is found, its folder stays
    token = f"tok-{secrets.token_hex(8)}"
    monkeypatch.setenv("CANARY", token)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    replace(night, "surroundings", "token_urlsafe()", "os.environ['CANARY']")
    if not protected:
        replace(night, "tonight", 'secret(os.environ["SHOP_TOKEN"])', 'os.environ["SHOP_TOKEN"]')
    NotebookClient(night, kernel_name="python3", allow_errors=True, store_widget_state=True).execute()
    last = json.dumps(night.cells[-1].outputs, ensure_ascii=False)
    assert night.metadata["widgets"]
    assert bool(leaked(nbformat.writes(night), {"token": token})) is not protected
    assert re.findall("✕ [^\\\\]*", last) == ([] if protected else ["✕ no file has the token"])


def test_what_a_reader_would_run_by_itself_ends_by_itself(night: nbformat.NotebookNode, tmp_path: Path) -> None:
    """The service, where nobody takes it down; its deadline is over at once."""
    source = next(cell.source for cell in night.cells if cell["id"] == "service").partition("\n")[2]
    (tmp_path / "shop").mkdir()
    (tmp_path / "service.py").write_text(source.replace("monotonic() + 300", "monotonic()"))
    env = {"SHOP_PORT": "0", "SHOP_TOKEN": "nobody-asks"}
    subprocess.run([sys.executable, "service.py"], cwd=tmp_path, env=env, check=True)
    assert list((tmp_path / "shop").iterdir()) == []


def test_the_opened_report_is_in_no_saved_notebook(night: nbformat.NotebookNode) -> None:
    assert next(cell.outputs for cell in night.cells if cell["id"] == "report") == []
