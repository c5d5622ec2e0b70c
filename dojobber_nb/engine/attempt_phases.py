"""AttemptPhases: the phases of one attempt, on whatever worker thread each of them is performed."""

from __future__ import annotations

import copy

from dojobber_nb.core.events import Phase
from dojobber_nb.core.graph import Node
from dojobber_nb.core.log_rows import LogRow
from dojobber_nb.engine.capture import Capture
from dojobber_nb.engine.control_requests import Requests
from dojobber_nb.engine.engine_context import EngineContext
from dojobber_nb.engine.phases import Phases
from dojobber_nb.engine.stream_router import ROUTER


class AttemptPhases(Phases):
    """Shares global_storage, the storages, the Cleanups due and the clock with the phases of its run.

    The directory of the process is not entered before each phase: phases on other threads would be moved by that. What
    child processes write to file descriptors 1 and 2 is not captured: nobody can tell whose it is.
    """

    def __init__(self, run_phases: Phases, context: EngineContext) -> None:
        super().__init__(context)
        self._of_run = context
        self.share(run_phases)

    @property
    def capture(self) -> Capture | None:
        """What captures its phase now."""
        return self._context.capture

    def use_caller(self) -> None:
        """Perform the next phase on the thread of the call."""
        self._context, self._requests = self._of_run, self._of_run.requests

    def perform_on_thread(self, node: Node, phase: Phase, attempt: int, requests: Requests) -> LogRow:
        """Perform the phase on this thread, captured if the run is; `requests` throws interrupts at it."""
        self._requests = requests
        if self._context.capture is None:
            return self.perform(node, phase, attempt)
        capture = Capture(descriptors=False)
        self._context = copy.copy(self._of_run)
        self._context.capture = capture
        with ROUTER.call(capture):
            return self.perform_captured(node, phase, attempt)
