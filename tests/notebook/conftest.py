"""What the tests of the notebook share: a page without a browser for each widget that is made."""

from collections.abc import Iterator

import comm
import pytest

from tests.support.page import Made, Wire


@pytest.fixture(autouse=True)
def every_widget_has_a_page(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """comm's own way for a kernel to put in its kind of comm."""
    monkeypatch.setattr(comm, "create_comm", Wire)
    yield
    Wire.wires.clear()
    Made.world.clear()
