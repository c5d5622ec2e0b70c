"""Dashboard: a run, one's own or a recorded one, in a notebook, its parts arranged by the width there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from IPython.display import display
from ipywidgets import Box

from dojobber_nb.core.errors import UnknownPartError
from dojobber_nb.engine.runner import Runner
from dojobber_nb.notebook.ipython.cell_widgets import made_here, part_of_another, shown_here
from dojobber_nb.notebook.ipython.kernel import has_page
from dojobber_nb.notebook.ipython.static_fallback import StaticFallback
from dojobber_nb.notebook.session.session import Session
from dojobber_nb.notebook.widgets.args import ArgsForm
from dojobber_nb.notebook.widgets.base import Part
from dojobber_nb.notebook.widgets.controls import Controls
from dojobber_nb.notebook.widgets.graph import GraphView
from dojobber_nb.notebook.widgets.inspector import Inspector
from dojobber_nb.notebook.widgets.job_list import JobList
from dojobber_nb.notebook.widgets.timeline import Timeline
from dojobber_nb.notebook.widgets.travel import TimeTravel
from dojobber_nb.record.recorded_run import RecordedRun
from dojobber_nb.view import words

PARTS: Final[Mapping[str, type[Part]]] = {
    "controls": Controls,
    "graph": GraphView,
    "list": JobList,
    "timeline": Timeline,
    "inspector": Inspector,
    "args": ArgsForm,
    "travel": TimeTravel,
}
USUAL: Final = ("controls", "graph", "list", "timeline", "inspector", "travel")
LAYOUTS: Final = ("auto", "wide", "narrow")
CLOSED: Final = ", closed; Dashboard(dj) makes another one"
NO_PAGE: Final = (
    "Dashboards are shown in notebooks (JupyterLab, VS Code …); here there are dj.step(), dj.run(), dj.why(job)."
)


class Dashboard(Box):
    """The parts of those names: controls above, graph, list and timeline behind tabs, the inspector beside or below,
    below them the arguments and the slider.

    layout: "wide" and "narrow" as on a page of that width, "auto" as on this one. Raises UnknownPartError.
    """

    parts: tuple[Part, ...] = ()
    _leftover: StaticFallback | None = None

    def __init__(self, source: Runner | RecordedRun, layout: str = "auto", parts: Iterable[str] = USUAL) -> None:
        names = tuple(parts)
        _refuse_unknown(names, PARTS)
        _refuse_unknown((layout,), LAYOUTS)
        session = Session(source)
        self.session = session
        self.parts = tuple(PARTS[name](session) for name in PARTS if name in names)  # as Tab goes, so they are placed
        for part in self.parts:
            part_of_another(part)
        grid = Box(self.parts)
        grid.add_class("dj-grid")
        super().__init__([grid])
        for name in ("dashboard", layout):
            self.add_class(f"dj-{name}")
        made_here(self)

    def __repr__(self) -> str:
        """What a notebook shows where there are no widgets."""
        state = self.session.state
        told = f"<Dashboard{words.brief(state) if state else ''}{CLOSED if self.closed else ''}>"
        return told if has_page(self.comm) or self.closed else f"{told}\n{NO_PAGE}"

    def _ipython_display_(self) -> None:
        """Show it, and below it a still picture for readers without a kernel, which a dashboard that lives hides."""
        if self.closed or not has_page(self.comm):
            print(self)  # noqa: T201  # it has no page
            return
        shown_here(self)
        self.session.calls.show_here()
        display(self._repr_mimebundle_(), raw=True)  # type: ignore[no-untyped-call]
        if self._leftover:
            self._leftover.leave()
        self._leftover = StaticFallback(self.session.view) if self.session.live else None

    @property
    def on_page(self) -> bool | None:
        """Whether a page shows a part of it; None before the first one did."""
        pages = {part.on_page for part in self.parts} or {None}
        return True in pages or (None if None in pages else False)

    @property
    def closed(self) -> bool:
        """Whether it was taken off the page for good."""
        return self.comm is None

    def close(self) -> None:
        """Take it off the page, and look no longer."""
        if self._leftover:
            self._leftover.leave()
            self._leftover = None
        for widget in (*self.parts, *(grid.layout for grid in self.children), *self.children, self.layout):
            widget.close()
        super().close()


def _refuse_unknown(names: Iterable[str], known: Iterable[str]) -> None:
    for name in names:
        if name not in known:
            raise UnknownPartError(name, known)
