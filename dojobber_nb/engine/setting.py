"""What outlives a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dojobber_nb.core.events import Row
from dojobber_nb.engine.audience import Audience
from dojobber_nb.engine.breakpoints import Breakpoints
from dojobber_nb.engine.capture import Capture
from dojobber_nb.engine.drive import Requests
from dojobber_nb.engine.home import Home
from dojobber_nb.engine.wake import Wake

if TYPE_CHECKING:
    from dojobber_nb.engine.recording import Recording


# Performs a phase that is captured, on its own thread: (perform it, add a line to what it prints) -> what came of it.
Around = Callable[[Callable[[], Row], Callable[[str], object]], Row]


def _alone(perform: Callable[[], Row], say: Callable[[str], object]) -> Row:
    return perform()


@dataclass(slots=True)
class Setting:
    """The ways to reach a run, and what configure and set_args said."""

    clock: Callable[[], float]
    sleep: Callable[[float, Wake], object]
    audience: Audience
    breakpoints: Breakpoints = field(init=False)
    requests: Requests = field(default_factory=Requests)
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    root: str = ""  # of the graph that was configured
    cleanup: bool = True
    recording: Recording | None = None
    capture: Capture | None = None  # of the call under way
    home: Home | None = None  # of the call under way
    around: Around = _alone  # each phase that is captured
