"""Recording: the writer of a runner's record, with what the engine adds to the events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from functools import lru_cache
from os import PathLike
from typing import Any

from dojobber_nb.core.graph import JobGraph
from dojobber_nb.core.run_view import Pause
from dojobber_nb.engine.breakpoints import Breakpoint
from dojobber_nb.record.record import Record
from dojobber_nb.record.run_metadata import argument_name, graph_metadata
from dojobber_nb.record.writer import Writer

RecordLike = str | PathLike[str] | Record


class Recording(Writer):
    """Writes the events of a runner, and notes its breakpoints and halts."""

    def __init__(self, record: RecordLike) -> None:
        record = record if isinstance(record, Record) else Record(record)
        super().__init__(record.file, values=record.values)
        self._record = record
        self._points: tuple[Breakpoint, ...] = ()
        self._graph_metadata = lru_cache(maxsize=1)(graph_metadata)  # graphs are frozen

    @property
    def record(self) -> Record:
        """The record; its path may have changed since."""
        if self._record.file != self.path:
            self._record = Record(self.path, values=self.values)
        return self._record

    def describe(
        self, graph: JobGraph, args: Sized, kwargs: Iterable[str], options: Mapping[str, int], **more: Any
    ) -> dict[str, Any]:
        """The header of a run, written before its first event. Of arguments it has their number and names."""
        arguments = {"positional": len(args), "named": [argument_name(name) for name in kwargs]}
        about = {"root": graph.root.name, "options": {**options, "values": self.values}, "arguments": arguments}
        self._points = ()
        return {**about, "graph": self._graph_metadata(graph), **more}

    def after_call(self, points: tuple[Breakpoint, ...], halt: Pause | None) -> None:
        """Note new and removed breakpoints and why the run halted, and flush."""
        for word, these, others in (("set", points, self._points), ("taken away", self._points, points)):
            for point in these:
                if point not in others:
                    self.note(f"breakpoint {word}: {point}")
        self._points = points
        if halt:
            self.note(f"halted before {halt.job}.{halt.phase}: {halt.reason}")
        self.try_flush()
