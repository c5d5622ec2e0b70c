"""DoJobber: the Runner with everything people reach from it."""

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
        """Before a call, where cells can define job classes again."""
        from dojobber_nb.notebook.ipython.redefined_jobs import warn_of_news

        if self.view.is_configured:
            warn_of_news(self.view)

    def _print_summary(self, call: str) -> None:
        """Where people type at a Python prompt: one line on stderr when a whole run halted, or did not succeed."""
        if call not in WHOLE_RUNS or self._context.config.verbose or not hasattr(sys, "ps1"):
            return
        from dojobber_nb.notebook.ipython.kernel import in_kernel
        from dojobber_nb.view.status import call_summary

        if not in_kernel() and (line := call_summary(self.view.state, self.view.paused_at)):
            print(line, file=sys.stderr)  # noqa: T201  # people asked for the run at a prompt

    def set_args(self, *args: Any, **kwargs: Any) -> None:
        """Take the arguments that every Check and Run gets, from the next phase on; of a secret the plain value."""
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
        """Write the picture as bytes into a path or a binary file: png, svg, pdf; mermaid or dot (text for graphviz).

        fmt: None takes the format from the suffix of the path; png where there is none, and for a file.
        Raises UnknownFormatError. What is next and where the run halts is marked while it is under way.
        """
        from dojobber_nb.view import picture

        breakpoints = {point.job for point in self.breakpoints if point.job}
        going = self.state.started is not None and self.state.ended is None
        step = self.next_step if going else None
        picture.write(self.state, file, fmt, next_job=step and step[0], breakpoints=breakpoints)

    def display_graph(self) -> None:
        """Show the picture: in the notebook, else in the viewer of this desktop; says in words when there is none."""
        from dojobber_nb.notebook.ipython.display import show_picture

        show_picture(self.state)

    def report(self, file: str | Path, *, values: bool = False) -> Path:
        """Write the run as one HTML file that anybody can open: no kernel, no network; the path.

        It shows the graph, all jobs, attempts and outputs, and any moment of the run. values: what storages held, too,
        with secrets taken out. A file that is there is replaced. Raises ReportError.
        """
        return _report(self, file, values=values)

    def __repr__(self) -> str:
        """What a terminal shows of it."""
        from dojobber_nb.view import words

        stands = words.brief(self.state) if self.view.is_configured else ": not configured yet"
        return f"<{type(self).__name__}{stands}>"

    def _ipython_display_(self) -> None:
        """A DoJobber as a cell's last value is its dashboard, one and the same each time; in a terminal it is text."""
        from dojobber_nb.notebook.ipython.kernel import in_kernel

        if not in_kernel():
            raise NotImplementedError  # IPython goes on to ask for the text
        from IPython.display import display

        from dojobber_nb.notebook.dashboard import Dashboard

        if self._dashboard is None or self._dashboard.closed:
            self._dashboard = Dashboard(self)
        display(self._dashboard)  # type: ignore[no-untyped-call]

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Where nothing is live: picture, table and text of the run as it stands."""
        return {"text/plain": repr(self)} if not self.view.is_configured else _mime_bundle(self.state)


def _guard() -> None:
    """In a notebook cells show no secret from now on."""
    if "IPython" in sys.modules:
        from dojobber_nb.notebook.ipython.cell_redaction import guard_cells

        guard_cells()


def _mime_bundle(run: RunState | JobGraph) -> dict[str, str]:
    """By MIME type; in a terminal the text alone, which needs no drawing."""
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
