"""Which cells show which dashboards and parts: once a cell has run again, those of its earlier runs are closed.

ipywidgets keeps every widget alive until it is closed, and IPython keeps what a cell ended with: nothing here would
ever be collected. Front ends that tell cells apart (JupyterLab, VS Code) send the id of the cell with each run. Where
there are no ids it is only known what is on a page: a widget is closed once its views are gone, unless a variable holds
it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Protocol
from weakref import WeakKeyDictionary

from dojobber_nb.notebook.ipython.cell_hooks import after_each_cell
from dojobber_nb.notebook.ipython.kernel import cell_id, in_kernel, shell


class Shown(Protocol):
    """A dashboard, or a part that stands alone."""

    @property
    def on_page(self) -> bool | None:
        """Whether a page shows it; None before the first one did."""

    @property
    def closed(self) -> bool:
        """Whether it was taken off the page for good."""

    def close(self) -> None:
        """Take it off the page for good."""


@dataclass(slots=True)
class _Cells:
    """The cells that made or show a widget: `now` by their last run."""

    now: set[str] = field(default_factory=set)
    known: bool = False  # whether there was ever one that has an id
    showed: bool = False  # whether one of those displayed it by itself


_all: WeakKeyDictionary[Shown, _Cells] = WeakKeyDictionary()
_of_this_run: list[Shown] = []


def made_here(widget: Shown) -> None:
    """The cell that runs now has made the widget."""
    if in_kernel():
        _note(widget)


def shown_here(widget: Shown) -> None:
    """The cell that runs now displays the widget."""
    if in_kernel():
        _note(widget).showed |= bool(cell_id())


def part_of_another(widget: Shown) -> None:
    """The widget stands in a dashboard, and is closed with it."""
    _all.pop(widget, None)


def _note(widget: Shown) -> _Cells:
    _tidy_after_each_cell()
    cells, cell = _all.setdefault(widget, _Cells()), cell_id()
    if cell:
        cells.now.add(cell)
        cells.known = True
        _of_this_run.append(widget)
    return cells


@cache
def _tidy_after_each_cell() -> None:
    after_each_cell(_tidy)


def _tidy() -> None:
    """A cell has run: it shows no more what it did not make or show this time."""
    cell = cell_id()
    for widget, cells in list(_all.items()):
        if cell and not any(widget is other for other in _of_this_run):
            cells.now.discard(cell)
        if not widget.closed and _is_left(widget, cells):
            widget.close()
        if widget.closed:
            _all.pop(widget, None)
    _of_this_run.clear()


def _is_left(widget: Shown, cells: _Cells) -> bool:
    """Whether nothing shows the widget, and nobody can have it shown again."""
    if cells.now or _is_in_a_variable(widget):
        return False
    if cells.known:
        return cells.showed or not widget.on_page  # else it is in a container, which may be elsewhere
    return widget.on_page is False


def _is_in_a_variable(widget: Shown) -> bool:
    """Whether the notebook has a name for it; those of IPython's own history do not count."""
    names = shell().user_ns.items()
    return any(value is widget for name, value in list(names) if not name.startswith("_"))
