"""What the engine tells a record besides the events."""

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
    """The writer of a runner's record, who notes as well where its runs may halt, and did."""

    def __init__(self, record: RecordLike) -> None:
        record = record if isinstance(record, Record) else Record(record)
        super().__init__(record.file, values=record.values)
        self._record = record
        self._points: tuple[Breakpoint, ...] = ()
        self._graph_metadata = lru_cache(maxsize=1)(graph_metadata)  # graphs are frozen

    @property
    def record(self) -> Record:
        """The record that is written, wherever that is by now."""
        if self._record.file != self.path:
            self._record = Record(self.path, values=self.values)
        return self._record

    def describe(
        self, graph: JobGraph, args: Sized, kwargs: Iterable[str], options: Mapping[str, bool], **more: Any
    ) -> dict[str, Any]:
        """What is known of a run before its first event; of arguments their number and names alone."""
        arguments = {"positional": len(args), "named": [argument_name(name) for name in kwargs]}
        about = {"root": graph.root.name, "options": {**options, "values": self.values}, "arguments": arguments}
        self._points = ()
        return {**about, "graph": self._graph_metadata(graph), **more}

    def after_call(self, points: tuple[Breakpoint, ...], halt: Pause | None) -> None:
        """Note the breakpoints that came and went, and why the run halted; put into the file what can be put there."""
        for word, these, others in (("set", points, self._points), ("taken away", self._points, points)):
            for point in these:
                if point not in others:
                    self.note(f"breakpoint {word}: {point}")
        self._points = points
        if halt:
            self.note(f"halted before {halt.job}.{halt.phase}: {halt.reason}")
        self.try_flush()
