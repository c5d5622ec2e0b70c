"""DoJobber: a Runner with pictures, a dashboard and a report."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from dojobber_nb.core import upper_floors
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.state import RunState
from dojobber_nb.engine.runner import Runner

if TYPE_CHECKING:
    import networkx as nx

    from dojobber_nb.notebook.dashboard import Dashboard
    from dojobber_nb.record.recorded_run import RecordedRun


WHOLE_RUNS: Final = frozenset({"checknrun", "run", "arun", "resume", "aresume", "stop", "cleanup"})


class DoJobber(Runner):
    """Runs a job graph whole or step by step, draws it, and shows it in a notebook.

    class Fill(Job):
        def Check(self): ...    # raises when there is no water
        def Run(self): ...      # opens the tap

    class Drive(Job):
        DEPS = (Fill,)
        def Check(self): ...

    dj = DoJobber()
    dj.configure(Drive)
    dj.step()           # the next phase: Fill.check
    dj.checknrun()      # all of it, from the start
    dj.nodestatus       # {"Fill": True, "Drive": True}
    dj.why("Drive")     # why it has its status, in one sentence
    Dashboard(dj)       # in a notebook: the graph, the buttons, output, storage and tracebacks
    """

    _dashboard: Dashboard | None = None

    def __init__(self, dojobber_loglevel: int | str | None = None, **options: Any) -> None:
        """options: defaults for configure(), e.g. DoJobber(cleanup=False)."""
        super().__init__(dojobber_loglevel, **options)
        if "IPython" in sys.modules:
            from dojobber_nb.notebook.ipython.phase_displays import announced

            self._context.around_phase = announced
            self._context.before_call = self._warn_of_redefined_jobs
        self._context.after_call = self._print_summary
        _guard()

    def _warn_of_redefined_jobs(self, _call: str) -> None:
        """Warn, before a call, of job classes that a notebook cell has defined again."""
        from dojobber_nb.notebook.ipython.redefined_jobs import warn_of_news

        if self.view.is_configured:
            warn_of_news(self.view)

    def _print_summary(self, call: str) -> None:
        """Print one line on stderr when a whole run halted or failed; only at an interactive Python prompt."""
        if call not in WHOLE_RUNS or self._context.config.verbose or not hasattr(sys, "ps1"):
            return
        from dojobber_nb.notebook.ipython.kernel import in_kernel
        from dojobber_nb.view.status import call_summary

        if not in_kernel() and (line := call_summary(self.view.state, self.view.paused_at)):
            print(line, file=sys.stderr)  # noqa: T201  # people asked for the run at a prompt

    def set_args(self, *args: Any, **kwargs: Any) -> None:
        """Set the arguments of every Check and Run, from the next phase on. Jobs get the plain value of a secret."""
        super().set_args(*args, **kwargs)
        _guard()

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

    def write_graph(self, file: str | os.PathLike[str] | IO[bytes], fmt: str | None = None) -> None:
        """Write a picture of the run to a path or a binary file: png, svg, pdf, mermaid or dot (graphviz).

        fmt: None takes the format from the suffix of the path; png if there is none, and for a binary file.
        While the run is under way the next job and the breakpoints are marked. Raises UnknownFormatError.
        """
        from dojobber_nb.view import picture

        breakpoints = {point.job for point in self.breakpoints if point.job}
        going = self.state.started is not None and self.state.ended is None
        step = self.next_step if going else None
        picture.write(self.state, file, fmt, next_job=step and step[0], breakpoints=breakpoints)

    def display_graph(self) -> None:
        """Show the picture in the notebook, else in the desktop's viewer; prints why when there is no viewer."""
        from dojobber_nb.notebook.ipython.display import show_picture

        show_picture(self.state)

    def report(self, file: str | Path, *, values: bool = False) -> Path:
        """Write the run as one HTML file that opens without kernel and network. Returns its path.

        It shows the graph, all jobs, attempts and outputs, at any moment of the run. values: include the values in
        storages, with secrets scrubbed. An existing file is replaced. Raises ReportError.
        """
        return _report(self, file, values=values)

    def __repr__(self) -> str:
        """Root, counts and pass, in one line."""
        from dojobber_nb.view import words

        stands = words.brief(self.state) if self.view.is_configured else ": not configured yet"
        return f"<{type(self).__name__}{stands}>"

    def _ipython_display_(self) -> None:
        """Show the dashboard, the same one each time; in a terminal show text."""
        from dojobber_nb.notebook.ipython.kernel import in_kernel

        if not in_kernel():
            raise NotImplementedError  # IPython goes on to ask for the text
        from IPython.display import display

        from dojobber_nb.notebook.dashboard import Dashboard

        if self._dashboard is None or self._dashboard.closed:
            self._dashboard = Dashboard(self)
        display(self._dashboard)  # type: ignore[no-untyped-call]

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Picture, table and text of the run, by MIME type, for readers without a kernel."""
        return {"text/plain": repr(self)} if not self.view.is_configured else _mime_bundle(self.state)


def _guard() -> None:
    """In a notebook, redact secrets in the output of cells from now on."""
    if "IPython" in sys.modules:
        from dojobber_nb.notebook.ipython.cell_redaction import guard_cells

        guard_cells()


def _mime_bundle(run: RunState | JobGraph) -> dict[str, str]:
    """Picture, table and text by MIME type; in a terminal only text, which needs no matplotlib."""
    from dojobber_nb.notebook.ipython.kernel import in_terminal

    if in_terminal():
        from dojobber_nb.view import words

        return {"text/plain": words.alt(run if isinstance(run, RunState) else RunState(run))}
    from dojobber_nb.view.static_bundle import bundle

    return bundle(run)


def _report(run: Runner | RecordedRun, file: str | Path, *, values: bool = False) -> Path:
    from dojobber_nb.notebook.report.html_file import write_report

    return write_report(run, file, values=values)


upper_floors.mime_bundle = _mime_bundle
upper_floors.write_report = _report
