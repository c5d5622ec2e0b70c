"""DoJobber: the Runner with everything people reach from it."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dojobber_nb.engine.runner import Runner

if TYPE_CHECKING:
    import networkx as nx

    from dojobber_nb.notebook.dashboard import Dashboard


class DoJobber(Runner):
    """Runs a job graph whole or step by step, draws it, and shows it in a notebook."""

    _dashboard: Dashboard | None = None

    @property
    def graph(self) -> nx.DiGraph[str]:
        """A new graph of job → dependency, by name, each with its "status"."""
        import networkx as nx

        state = self.state
        graph: nx.DiGraph[str] = nx.DiGraph()
        for job in state.jobs.values():
            graph.add_node(job.name, status=job.status.value)
        graph.add_edges_from((node.name, state.graph.nodes[need].name) for node in state.graph for need in node.needs)
        return graph

    def write_graph(self, file: str | Path | IO[bytes], fmt: str = "png") -> None:
        """Write the picture as bytes into a path or a binary file: png, svg, pdf, or dot (text for graphviz)."""
        from dojobber_nb.view import picture

        picture.write(self.state, file, fmt)

    def display_graph(self) -> None:
        """Show the picture: in the notebook, else in the viewer of this desktop; says in words when there is none."""
        from dojobber_nb.notebook.display import show_picture

        show_picture(self.state)

    def _ipython_display_(self) -> Any:
        """A DoJobber as a cell's last value is its dashboard, one and the same each time."""
        from IPython.display import display

        from dojobber_nb.notebook.dashboard import Dashboard

        if self._dashboard is None or self._dashboard.closed:
            self._dashboard = Dashboard(self)
        display(self._dashboard)  # type: ignore[no-untyped-call]
