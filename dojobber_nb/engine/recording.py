"""What the engine tells a record besides the events."""

from __future__ import annotations

from functools import lru_cache
from os import PathLike
from typing import Any

from dojobber_nb.core.graph import JobGraph
from dojobber_nb.engine.breakpoints import Breakpoint
from dojobber_nb.engine.run import Run
from dojobber_nb.engine.setting import Setting
from dojobber_nb.record.about import described, shown
from dojobber_nb.record.record import Record
from dojobber_nb.record.writer import Writer

RecordLike = str | PathLike[str] | Record


class Recording(Writer):
    """The writer of a runner's record, who notes as well where its runs may halt, and did."""

    def __init__(self, record: RecordLike, setting: Setting) -> None:
        record = record if isinstance(record, Record) else Record(record)
        super().__init__(record.path, values=record.values)
        self.record = record
        self._setting = setting
        self._points: tuple[Breakpoint, ...] = ()
        self._described = lru_cache(maxsize=1)(described)  # graphs are frozen

    def known(self, graph: JobGraph, *, no_act: bool, **link: Any) -> dict[str, Any]:
        """What is known of a run before its first event; of arguments and options their names alone.

        link: which run it goes on with, and how.
        """
        setting = self._setting
        options = {"no_act": no_act, "cleanup": setting.cleanup, "values": self.values}
        arguments = {"positional": len(setting.args), "named": [shown(name) for name in setting.kwargs]}
        about = {"root": graph.root.name, "of": setting.root, "options": options, "arguments": arguments}
        self._points = ()
        return {**about, "graph": self._described(graph), **link}

    def after_call(self, run: Run) -> None:
        """Note the breakpoints that came and went, and why the run halted; put into the file what can be put there."""
        points = tuple(self._setting.breakpoints)
        for word, these, others in (("set", points, self._points), ("taken away", self._points, points)):
            for point in these:
                if point not in others:
                    self.note(f"breakpoint {word}: {point}")
        self._points = points
        if run.paused_at:
            self.note(f"halted before {run.paused_at.job}.{run.paused_at.phase}: {run.paused_at.reason}")
        self.settle()

    def rest(self, run: Run) -> None:
        """Let others write once the run has ended."""
        if run.state.ended is not None:
            self.let_go()
