"""A run on the page: parts that stand alone, the Dashboard that arranges them, and what they know of the run.

Parts look at the same job and moment when they are given the same session: `Inspector(graph.session)`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from dojobber_nb.notebook.args import ArgsForm
    from dojobber_nb.notebook.controls import Controls
    from dojobber_nb.notebook.dashboard import Dashboard
    from dojobber_nb.notebook.graph import GraphView
    from dojobber_nb.notebook.inspector import Inspector
    from dojobber_nb.notebook.joblist import JobList
    from dojobber_nb.notebook.timeline import Timeline
    from dojobber_nb.notebook.travel import TimeTravel

__all__ = ["ArgsForm", "Controls", "Dashboard", "GraphView", "Inspector", "JobList", "TimeTravel", "Timeline"]

_MODULES: Final = {"ArgsForm": "args", "GraphView": "graph", "TimeTravel": "travel"}  # others are named as their parts


def __getattr__(name: str) -> Any:
    """A part, when it is asked for: the widgets take time to import, and some modules here need none."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, name.lower())}"), name)
