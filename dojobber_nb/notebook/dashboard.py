"""Dashboard: the widgets of one run, live or recorded, arranged by the width of the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from IPython.display import display
from ipywidgets import Box

from dojobber_nb.core.errors import UnknownPartError
from dojobber_nb.engine.runner import Runner
from dojobber_nb.notebook.ipython.cell_widgets import register, register_displayed, unregister
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
DEFAULT_PARTS: Final = ("controls", "graph", "list", "timeline", "inspector", "travel")
LAYOUTS: Final = ("auto", "wide", "narrow")
CLOSED_TEXT: Final = ", closed; Dashboard(dj) makes a new one"
NO_PAGE_TEXT: Final = (
    "A dashboard needs a notebook (JupyterLab, VS Code …). Here use dj.step(), dj.run() and dj.why(job)."
)


class Dashboard(Box):
    """A box with the named parts: the controls above; graph, list and timeline in tabs; the inspector beside or below
    them; the arguments and the slider at the bottom.

    layout: "wide", "narrow", or "auto" to follow the width of the page. Raises UnknownPartError.
    """

    parts: tuple[Part, ...] = ()
    _static_fallback: StaticFallback | None = None

    def __init__(
        self, source: Runner | RecordedRun, layout: str = "auto", parts: Iterable[str] = DEFAULT_PARTS
    ) -> None:
        names = tuple(parts)
        _refuse_unknown(names, PARTS)
        _refuse_unknown((layout,), LAYOUTS)
        session = Session(source)
        self.session = session
        # In the order of PARTS, so that Tab follows the layout.
        self.parts = tuple(PARTS[name](session) for name in PARTS if name in names)
        for part in self.parts:
            unregister(part)
        grid = Box(self.parts)
        grid.add_class("dj-grid")
        super().__init__([grid])
        for name in ("dashboard", layout):
            self.add_class(f"dj-{name}")
        register(self)

    def __repr__(self) -> str:
        """One line about the run, for places without widgets."""
        state = self.session.state
        text = f"<Dashboard{words.brief(state) if state else ''}{CLOSED_TEXT if self.closed else ''}>"
        return text if has_page(self.comm) or self.closed else f"{text}\n{NO_PAGE_TEXT}"

    def _ipython_display_(self) -> None:
        """Display the dashboard, and below it a static picture for readers without a kernel.

        A live dashboard hides the picture.
        """
        if self.closed or not has_page(self.comm):
            print(self)  # noqa: T201  # there is no page to display it on
            return
        register_displayed(self)
        self.session.calls.display_in_current_cell()
        display(self._repr_mimebundle_(), raw=True)  # type: ignore[no-untyped-call]
        if self._static_fallback:
            self._static_fallback.freeze()
        self._static_fallback = StaticFallback(self.session.view) if self.session.live else None

    @property
    def on_page(self) -> bool | None:
        """Whether a page shows a part of it; None until it was displayed once."""
        pages = {part.on_page for part in self.parts} or {None}
        return True in pages or (None if None in pages else False)

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self.comm is None

    def close(self) -> None:
        """Remove it from the page and stop following the run."""
        if self._static_fallback:
            self._static_fallback.freeze()
            self._static_fallback = None
        for widget in (*self.parts, *(grid.layout for grid in self.children), *self.children, self.layout):
            widget.close()
        super().close()


def _refuse_unknown(names: Iterable[str], known: Iterable[str]) -> None:
    for name in names:
        if name not in known:
            raise UnknownPartError(name, known)
