"""What is saved in notebooks/ for those who read them without running them. That they run, nbval shows."""

import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


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
