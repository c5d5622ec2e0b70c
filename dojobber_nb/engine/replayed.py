"""Replayed: a run that is over, or somebody else's: all that is known of it, and nothing to be done."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dojobber_nb.core.errors import ReadOnlyError
from dojobber_nb.core.events import Row
from dojobber_nb.core.graph import JobGraph
from dojobber_nb.engine.breakpoints import Breakpoint, Breakpoints
from dojobber_nb.engine.run import Run
from dojobber_nb.engine.runner import Runner


class Replayed(Runner):
    """Reads as the Runner whose events these are; each call that would go on or change anything is a ReadOnlyError.

    storages, global_storage: what they hold at the end, where that is known. watches: as Known tells them.
    """

    read_only = True
    _whose = _note = ""

    def __init__(
        self,
        graph: JobGraph,
        rows: Iterable[Row],
        *,
        no_act: bool = False,
        storages: Mapping[str, dict[Any, Any]] | None = None,
        global_storage: Mapping[Any, Any] | None = None,
        watches: Iterable[tuple[int, bool]] = (),
    ) -> None:
        super().__init__()
        self.breakpoints = self._setting.breakpoints = _NoBreakpoints(self._name, self._setting.requests.ask)
        self._graph = graph
        self._one_run = run = Run(graph, self._setting, no_act=no_act)
        run.rows.extend(rows)
        run.watches.extend(watches)
        run.phases.storages.update(storages or {})
        run.phases.global_storage.update(global_storage or {})

    @classmethod
    def of(cls, runner: Runner) -> Replayed:
        """The run of that runner as it stands, apart from it: it may go on meanwhile."""
        state, held = runner.state, {"storages": runner.storages, "global_storage": runner.global_storage}
        kept = Replayed(state.graph, tuple(runner.events), no_act=state.no_act, watches=runner.watches, **held)
        kept._run.paused_at = runner.paused_at
        kept.by_heart, kept._whose, kept._note = runner.by_heart, runner.whose, runner.note
        return kept

    @property
    def whose(self) -> str:
        """Who ran it and on which host, as user@host."""
        return self._whose or super().whose

    @property
    def note(self) -> str:
        """What there is to say of it besides what its state says."""
        return self._note

    @property
    def no_act(self) -> bool:
        """Whether it was a dry run at its last event."""
        return self._run.state.no_act

    @no_act.setter
    def no_act(self, value: bool) -> None:
        raise ReadOnlyError("no_act")

    @contextlib.contextmanager
    def _alone(self, call: str) -> Iterator[None]:
        """All that acts comes by here."""
        raise ReadOnlyError(call)
        yield

    def set_args(self, *args: Any, **kwargs: Any) -> None:
        """Refused: no job gets them."""
        raise ReadOnlyError("set_args")


class _NoBreakpoints(Breakpoints):
    def add(self, *args: Any, **kwargs: Any) -> Breakpoint:
        """Refused: nothing halts here."""
        raise ReadOnlyError("breakpoints.add")
