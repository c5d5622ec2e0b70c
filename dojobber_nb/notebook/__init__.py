"""Widgets that show a run, the Dashboard that arranges them, and the HTML report.

Widgets that share a session show the same job and the same moment: `Inspector(graph.session)`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dojobber_nb.notebook.dashboard import Dashboard
    from dojobber_nb.notebook.widgets.args import ArgsForm
    from dojobber_nb.notebook.widgets.controls import Controls
    from dojobber_nb.notebook.widgets.graph import GraphView
    from dojobber_nb.notebook.widgets.inspector import Inspector
    from dojobber_nb.notebook.widgets.job_list import JobList
    from dojobber_nb.notebook.widgets.timeline import Timeline
    from dojobber_nb.notebook.widgets.travel import TimeTravel

__all__ = ["ArgsForm", "Controls", "Dashboard", "GraphView", "Inspector", "JobList", "TimeTravel", "Timeline"]

_MODULES: Final = {
    "ArgsForm": "widgets.args",
    "Controls": "widgets.controls",
    "Dashboard": "dashboard",
    "GraphView": "widgets.graph",
    "Inspector": "widgets.inspector",
    "JobList": "widgets.job_list",
    "TimeTravel": "widgets.travel",
    "Timeline": "widgets.timeline",
}


def __getattr__(name: str) -> Any:
    """Import a widget when it is first used: widgets take time to import, and some modules here need none."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
