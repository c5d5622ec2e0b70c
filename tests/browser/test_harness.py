"""The harness itself, on widgets that are not ours."""

import pytest

from .lab import Lab

BUTTON = """
import ipywidgets
button = ipywidgets.Button(description='press me')
button.on_click(lambda b: setattr(b, 'description', 'pressed'))
button
"""


@pytest.mark.parametrize("subshells", [True, False])
def test_a_click_reaches_the_kernel_and_its_answer_the_page(lab: Lab, subshells: bool) -> None:
    page = lab.open([BUTTON], subshells=subshells)
    lab.run_all(page)
    page.get_by_role("button", name="press me").click()
    page.get_by_role("button", name="pressed").wait_for()
    assert lab.errors == []
