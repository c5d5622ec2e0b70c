"""EngineContext: what the parts of a runner share. It outlives each run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dojobber_nb.core.job import JobRef
from dojobber_nb.core.log_rows import LogRow
from dojobber_nb.engine.breakpoints import Breakpoints
from dojobber_nb.engine.capture import Capture
from dojobber_nb.engine.control_requests import Requests
from dojobber_nb.engine.interruptible_wait import WakeFlag
from dojobber_nb.engine.listeners import Listeners
from dojobber_nb.engine.run_config import RunConfig
from dojobber_nb.engine.working_directory import WorkingDirectory

if TYPE_CHECKING:
    from dojobber_nb.engine.recording import Recording


# Wraps a captured phase, on its own thread: (function that performs it, function that adds a line to its output).
Around = Callable[[Callable[[], LogRow], Callable[[str], object]], LogRow]


def _alone(perform: Callable[[], LogRow], say: Callable[[str], object]) -> LogRow:
    return perform()


def _nothing(call: str) -> None:
    """The default of before_call and after_call."""


@dataclass(slots=True)
class EngineContext:
    """Holds everything that several parts of the engine need.

    args, kwargs: the arguments of jobs, secrets as plain values. before_call, after_call: called with the name of
    each call that may call jobs.
    """

    clock: Callable[[], float]
    sleep: Callable[[float, WakeFlag], object]
    requests: Requests = field(default_factory=Requests)
    config: RunConfig = field(default_factory=RunConfig)
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    listeners: Listeners = field(init=False)
    breakpoints: Breakpoints = field(init=False)
    recording: Recording | None = None
    watchers: int = 0  # how many want phases captured
    around_phase: Around = _alone  # each phase that is captured
    before_call: Callable[[str], object] = _nothing
    after_call: Callable[[str], object] = _nothing
    calls: dict[str, list[str]] = field(default_factory=dict)  # "call": the name of the one under way
    capture: Capture | None = None  # of the call under way
    directory: WorkingDirectory | None = None  # of the call under way

    def __post_init__(self) -> None:
        self.listeners = Listeners(self.interrupt)
        self.breakpoints = Breakpoints(self._name_of, self.requests.ask)

    @property
    def call(self) -> str:
        """The name of the call under way, or ""."""
        return self.calls.get("call", [""])[0]

    def interrupt(self) -> None:
        """Ask for KeyboardInterrupt in the call under way."""
        if self.call:
            self.requests.ask(interrupt=True)

    def _name_of(self, job: JobRef) -> str:
        """The name of a job; a breakpoint may be set before there is a graph."""
        name = job.__name__ if isinstance(job, type) else str(job)
        return self.config.graph[name].name if self.config.graph else name
