"""Job classes that were defined again while a run still uses the older ones: told once each, with the way out.

A graph is frozen at configure. Looking for newer classes takes a moment in a large graph, so it is done once after each
cell, when something begins.
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
from dojobber_nb.notebook.debugging.source import place
from dojobber_nb.notebook.ipython.kernel import shell

if TYPE_CHECKING:
    from dojobber_nb.core.run_view import RunView


@dataclass(slots=True)
class _Told:
    """What is known of one graph: `cell`, how many cells had run at the last look; the newer classes that were told."""

    graph: JobGraph
    cell: int
    newer: set[type[Job]] = field(default_factory=set)


_told: WeakKeyDictionary[RunView, _Told] = WeakKeyDictionary()


def news(view: RunView) -> str:
    """What to tell of classes that were defined again since this was asked last; "" if there is nothing new."""
    cell, told = getattr(shell(), "execution_count", 0), _told.get(view)
    graph = view.configured
    if told is None or told.graph is not graph:
        told = _told[view] = _Told(graph, -1, set(graph.outdated.values()))  # configure has warned of those
    if cell == told.cell:
        return ""
    told.cell = cell
    jobs = [node.job for node in graph]
    newer = newer_classes(jobs)
    new = [job for job in newer if newer[job] not in told.newer]
    told.newer.update(newer.values())
    return _in_words(new, jobs, newer) if new else ""


def warn_of_news(view: RunView) -> None:
    """`news` as a warning."""
    told, frame = news(view), sys._getframe(1)
    if told:
        while frame.f_back and frame.f_globals.get("__name__", "").startswith(("dojobber_nb.", "contextlib")):
            frame = frame.f_back
        # explicitly: warn() would keep back the same words about a later redefinition
        warnings.warn_explicit(told, UserWarning, frame.f_code.co_filename, frame.f_lineno)


def _in_words(new: Sequence[type[Job]], jobs: Sequence[type[Job]], newer: dict[type[Job], type[Job]]) -> str:
    one = len(new) == 1
    defined = _place(newer[new[0]]) if one else ""
    where = f" in {defined}" if defined else ""
    told = f"{listed([job.__name__ for job in new])} {'was' if one else 'were'} defined again{where}"
    return f"{told}; this run still uses the older {'one' if one else 'ones'}. {_way_out(jobs, newer)}"


def _way_out(jobs: Sequence[type[Job]], newer: dict[type[Job], type[Job]]) -> str:
    """What has to be done for the newer classes to be used, in order."""
    modules = dict.fromkeys(job.__module__ for job in newer if job.__module__ != "__main__")
    again = [job.__name__ for job in users_of_outdated(jobs, newer) if job.__module__ == "__main__"]
    steps = [f"import from {name} again" for name in modules]
    several = len(again) > 1
    if again:
        steps.append(f"run the cell{'s' * several} again that define{'s' * (not several)} {listed(again)}")
    steps.append(f"call dj.configure({jobs[-1].__name__}, …), which begins a new run")
    text = ", then ".join(steps)
    return f"To use {'it' if len(newer) == 1 else 'them'}, {text}."


def _place(job: type[Job]) -> str:
    """The cell or file of the class, or ""."""
    methods = (value for value in vars(job).values() if isinstance(value, FunctionType))
    return next((place(method.__code__.co_filename) for method in methods), "")
