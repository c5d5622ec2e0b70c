"""Notices about job classes that were defined again while the graph still uses the older ones.

The graph is frozen at configure. The search takes time in a large graph, so it is made once after each cell, when a
call begins. Each newer class is reported once.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.job import Job
from dojobber_nb.core.outdated_classes import newer_classes, users_of_outdated
from dojobber_nb.core.why import listed
from dojobber_nb.notebook.debugging.source import file_label
from dojobber_nb.notebook.ipython.kernel import shell

if TYPE_CHECKING:
    from dojobber_nb.core.run_view import RunView


@dataclass(slots=True)
class _Notified:
    """Per graph: how many cells had run at the last search, and the newer classes that were reported."""

    graph: JobGraph
    cell: int
    newer: set[type[Job]] = field(default_factory=set)


_notified: WeakKeyDictionary[RunView, _Notified] = WeakKeyDictionary()


def redefinition_notice(view: RunView) -> str:
    """Notice about the classes that were defined again since the last call; "" if there are none."""
    cell, notified = getattr(shell(), "execution_count", 0), _notified.get(view)
    graph = view.configured
    if notified is None or notified.graph is not graph:
        warned = set(graph.outdated.values())  # by configure
        notified = _notified[view] = _Notified(graph, -1, warned)
    if cell == notified.cell:
        return ""
    notified.cell = cell
    jobs = [node.job for node in graph]
    newer = newer_classes(jobs)
    new = [job for job in newer if newer[job] not in notified.newer]
    notified.newer.update(newer.values())
    return _notice(new, jobs, newer) if new else ""


def warn_of_news(view: RunView) -> None:
    """Issue `redefinition_notice` as a warning at the line of the caller's own code."""
    notice, frame = redefinition_notice(view), sys._getframe(1)
    if notice:
        while frame.f_back and frame.f_globals.get("__name__", "").startswith(("dojobber_nb.", "contextlib")):
            frame = frame.f_back
        # warn() would suppress the same text about a later redefinition
        warnings.warn_explicit(notice, UserWarning, frame.f_code.co_filename, frame.f_lineno)


def _notice(new: Sequence[type[Job]], jobs: Sequence[type[Job]], newer: dict[type[Job], type[Job]]) -> str:
    one = len(new) == 1
    defined = _class_place(newer[new[0]]) if one else ""
    where = f" in {defined}" if defined else ""
    fact = f"{listed([job.__name__ for job in new])} {'was' if one else 'were'} defined again{where}"
    return f"{fact}; this run still uses the older {'one' if one else 'ones'}. {_way_out(jobs, newer)}"


def _way_out(jobs: Sequence[type[Job]], newer: dict[type[Job], type[Job]]) -> str:
    """The steps that make the graph use the newer classes, in order."""
    modules = dict.fromkeys(job.__module__ for job in newer if job.__module__ != "__main__")
    again = [job.__name__ for job in users_of_outdated(jobs, newer) if job.__module__ == "__main__"]
    steps = [f"import from {name} again" for name in modules]
    several = len(again) > 1
    if again:
        steps.append(f"run the cell{'s' * several} again that define{'s' * (not several)} {listed(again)}")
    steps.append(f"call dj.configure({jobs[-1].__name__}, …), which begins a new run")
    text = ", then ".join(steps)
    return f"To use {'it' if len(newer) == 1 else 'them'}, {text}."


def _class_place(job: type[Job]) -> str:
    """Cell or file of the class, or ""."""
    methods = (value for value in vars(job).values() if isinstance(value, FunctionType))
    return next((file_label(method.__code__.co_filename) for method in methods), "")
