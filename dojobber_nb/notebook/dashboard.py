"""Dashboard: one runner's run in a notebook, its parts arranged by the width there is."""

from __future__ import annotations

from ipywidgets import Box

from dojobber_nb.engine.runner import Runner
from dojobber_nb.notebook.controls import Controls
from dojobber_nb.notebook.graph import GraphView
from dojobber_nb.notebook.inspector import Inspector
from dojobber_nb.notebook.part import Part
from dojobber_nb.notebook.session import Session
from dojobber_nb.notebook.travel import TimeTravel
from dojobber_nb.view import words


class Dashboard(Box):
    """Controls above, the graph and the inspector beside or below each other."""

    parts: tuple[Part, ...] = ()

    def __init__(self, runner: Runner) -> None:
        session = Session(runner)
        self.session = session
        self.parts = (Controls(session), GraphView(session), Inspector(session), TimeTravel(session))
        grid = Box(self.parts)
        grid.add_class("dj-grid")
        super().__init__([grid])
        self.add_class("dj-dashboard")

    def __repr__(self) -> str:
        """What a notebook shows where there are no widgets."""
        state = self.session.state
        return f"<Dashboard of {words.name(state.graph.root.name)}: {words.summary(state)}>" if state else "<Dashboard>"

    @property
    def closed(self) -> bool:
        """Whether it was taken off the page for good."""
        return self.comm is None

    def close(self) -> None:
        """Take it off the page, and look no longer."""
        for widget in (*self.parts, *self.children):
            widget.close()
        super().close()
