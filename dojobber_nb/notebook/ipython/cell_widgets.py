"""Closes the widgets of a cell when the cell is run again.

ipywidgets keeps every widget until it is closed, and IPython keeps the last value of each cell, so no widget would ever
be garbage-collected. JupyterLab and VS Code send the id of the cell with each run. Without ids, a widget is closed when
no page shows it any more and no variable holds it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Protocol
from weakref import WeakKeyDictionary

from dojobber_nb.notebook.ipython.cell_hooks import after_each_cell
from dojobber_nb.notebook.ipython.kernel import cell_id, in_kernel, shell


class PageWidget(Protocol):
    """A Dashboard, or a widget outside of one."""

    @property
    def on_page(self) -> bool | None:
        """Whether a page shows it; None until it was displayed once."""

    @property
    def closed(self) -> bool:
        """Whether close() was called."""

    def close(self) -> None:
        """Remove it from the page."""


@dataclass(slots=True)
class _Cells:
    """The cells that created or displayed a widget in their last run, by `ids`."""

    ids: set[str] = field(default_factory=set)
    has_ids: bool = False  # whether any cell ever had an id
    displayed: bool = False  # whether a cell with an id displayed it directly


_widgets: WeakKeyDictionary[PageWidget, _Cells] = WeakKeyDictionary()
_used_by_this_cell: list[PageWidget] = []


def register(widget: PageWidget) -> None:
    """Note that the current cell created the widget."""
    if in_kernel():
        _note(widget)


def register_displayed(widget: PageWidget) -> None:
    """Note that the current cell displays the widget."""
    if in_kernel():
        _note(widget).displayed |= bool(cell_id())


def unregister(widget: PageWidget) -> None:
    """Forget the widget: it belongs to a dashboard and is closed with it."""
    _widgets.pop(widget, None)


def _note(widget: PageWidget) -> _Cells:
    _close_after_each_cell()
    cells, cell = _widgets.setdefault(widget, _Cells()), cell_id()
    if cell:
        cells.ids.add(cell)
        cells.has_ids = True
        _used_by_this_cell.append(widget)
    return cells


@cache
def _close_after_each_cell() -> None:
    after_each_cell(_close_unused)


def _close_unused() -> None:
    """After a cell: detach it from the widgets that it did not use in this run, and close those without a cell."""
    cell = cell_id()
    for widget, cells in list(_widgets.items()):
        if cell and not any(widget is other for other in _used_by_this_cell):
            cells.ids.discard(cell)
        if not widget.closed and _is_unreachable(widget, cells):
            widget.close()
        if widget.closed:
            _widgets.pop(widget, None)
    _used_by_this_cell.clear()


def _is_unreachable(widget: PageWidget, cells: _Cells) -> bool:
    """Whether nothing shows the widget, and nobody can display it again."""
    if cells.ids or _is_in_a_variable(widget):
        return False
    if cells.has_ids:
        return cells.displayed or not widget.on_page  # else it is in a container, which another cell may show
    return widget.on_page is False


def _is_in_a_variable(widget: PageWidget) -> bool:
    """Whether a variable of the notebook holds it, apart from IPython's own history."""
    names = shell().user_ns.items()
    return any(value is widget for name, value in list(names) if not name.startswith("_"))
