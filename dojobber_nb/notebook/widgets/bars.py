"""Bars: the bars of a timeline, a fold of the events of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from typing import Final, NamedTuple

from dojobber_nb.core.events import (
    Event,
    Interrupted,
    NoActSwitched,
    Phase,
    PhaseEnded,
    PhaseStarted,
    Resumed,
    RunStarted,
)
from dojobber_nb.core.graph import JobGraph


class BarKind(NamedTuple):
    """Kind of a bar: `look` is a key of LOOKS, for colours and icon; `texture` a class of the style sheet."""

    look: str
    words: str
    texture: str = "plain"


# The kinds of running phases come first: at a moment before a phase ended, its bar is drawn as one of these.
KINDS: Final[Mapping[str, BarKind]] = {
    "check": BarKind("check", "check, under way", "live"),
    "run": BarKind("run", "run, under way", "live"),
    "recheck": BarKind("recheck", "recheck, under way", "live"),
    "cleanup": BarKind("pending", "cleanup, under way", "live"),
    "wait": BarKind("retrying", "wait before the next try", "thin"),
    "check passed": BarKind("ok", "check, it holds"),
    "check failed": BarKind("check", "check, it does not hold"),
    "check would run": BarKind("would_run", "check, it would run"),
    "run passed": BarKind("run", "run", "solid"),
    "run failed": BarKind("run", "run, raised", "striped"),
    "recheck passed": BarKind("changed", "recheck, it holds now"),
    "recheck failed": BarKind("failed", "recheck, it does not hold"),
    "init failed": BarKind("failed", "init, raised"),
    "cleanup passed": BarKind("pending", "cleanup", "dotted"),
    "cleanup failed": BarKind("failed", "cleanup, raised", "striped"),
    "interrupted": BarKind("blocked", "interrupted", "striped"),
}
PLACES: Final = {name: place for place, name in enumerate(KINDS)}
LIVE: Final = {phase: PLACES[phase.value] for phase in Phase if phase.value in PLACES}


class Bar(NamedTuple):
    """A phase, or the wait between two tries.

    `live` and `kind` are indices into KINDS, for moments before and after its end. `begun` and `over` are the numbers
    of events when it had begun and when it had ended. `start` and `end` are seconds since the run began.
    """

    job: int
    attempt: int
    live: int
    kind: int
    begun: int
    over: int
    start: float
    end: float


class Bars:
    """The bars of a run, in `ended`, in the order of their ends. `serial` counts the runs and graphs seen."""

    def __init__(self) -> None:
        self.serial = 0
        self._begin(None, None)

    def _begin(self, graph: JobGraph | None, first: Event | None) -> None:
        self.serial += 1
        self.ended: list[Bar] = []
        self.count = 0
        self.end = 0.0  # of the last phase, in seconds since the run began
        self.spent = 0.0  # seconds in all phases
        self.longest: Bar | None = None  # phase
        self._identity = graph, first
        self._dry = False
        self._open: dict[str, tuple[int, PhaseStarted]] = {}
        self._attempts: dict[str, _Attempt] = {}

    @property
    def jobs(self) -> int:
        """Number of jobs that had an attempt."""
        return len(self._attempts)

    def follow(self, graph: JobGraph | None, events: Sequence[Event]) -> None:
        """Read the new events; start afresh if the graph or the run is another one."""
        first = events[0] if events else None
        if graph is not self._identity[0] or first is not self._identity[1]:
            self._begin(graph, first)
        if graph is None:
            return
        for event in events[self.count :]:
            self.count += 1
            self._take(graph, event)

    def under_way(self) -> list[Bar]:
        """Bars of the phases that have not ended; `over` is 0."""
        return [
            Bar(self._index(name), begin.attempt, LIVE[begin.phase], LIVE[begin.phase], count, 0, begin.started, 0.0)
            for name, (count, begin) in self._open.items()
        ]

    def waiting(self, names: Sequence[str]) -> list[Bar]:
        """Bars of the current waits of those jobs, each up to the latest possible end."""
        last = ((self._index(name), self._attempts[name]) for name in names if name in self._attempts)
        return [_wait(index, attempt, 0, attempt.retry_at) for index, attempt in last if attempt.waits]

    def _take(self, graph: JobGraph, event: Event) -> None:
        match event:
            case PhaseStarted():
                self._started(graph, event)
            case PhaseEnded() | Interrupted() if event.job is not None:
                self._ended(event.job, event)
            case RunStarted() | NoActSwitched():
                self._dry = event.no_act
            case Resumed():
                self._dry, self._open = event.no_act, {}  # phases under way died with their process

    def _started(self, graph: JobGraph, event: PhaseStarted) -> None:
        self._open[event.job] = self.count, event
        if event.phase is not Phase.CHECK:
            return
        last = self._attempts.get(event.job)
        if last and last.waits:
            wait = _wait(graph[event.job].index, last, self.count, min(last.retry_at, event.started))
            self.ended.append(wait)
        self._attempts[event.job] = _Attempt(event.attempt, event.started, event.started + graph[event.job].delay)

    def _ended(self, job: str, event: PhaseEnded | Interrupted) -> None:
        begun, _ = self._open.pop(job, (self.count, None))
        end = event.started + event.duration
        self.end, self.spent = max(self.end, end), self.spent + event.duration
        live = LIVE.get(event.phase or Phase.CHECK, PLACES["check"])  # init is drawn as part of check
        times = begun, self.count, event.started, end
        bar = Bar(self._index(job), event.attempt, live, self._kind(event), *times)
        self.ended.append(bar)
        if self.longest is None or event.duration > self.longest.end - self.longest.start:
            self.longest = bar
        if event.phase is not Phase.CLEANUP and job in self._attempts:
            holds = event.ok and event.phase is not Phase.RUN
            self._attempts[job] = self._attempts[job]._replace(ended=end, at=0 if holds else self.count)

    def _kind(self, event: PhaseEnded | Interrupted) -> int:
        if isinstance(event, Interrupted):
            return PLACES["interrupted"]
        if event.phase is Phase.CHECK and not event.ok and self._dry:
            return PLACES["check would run"]
        return PLACES[f"{event.phase} {'passed' if event.ok else 'failed'}"]

    def _index(self, job: str) -> int:
        graph = self._identity[0]
        return graph[job].index if graph else 0


class _Attempt(NamedTuple):
    """The last attempt at a job. `at` is the number of events when its last phase had ended, 0 if the job holds."""

    number: int
    began: float
    retry_at: float
    ended: float = 0.0
    at: int = 0

    @property
    def waits(self) -> bool:
        """Whether RETRY_DELAY lasts longer than the attempt."""
        return bool(self.at) and self.retry_at > self.ended


def _wait(index: int, last: _Attempt, over: int, end: float) -> Bar:
    return Bar(index, last.number, PLACES["wait"], PLACES["wait"], last.at, over, last.ended, end)


# --- the axis --------------------------------------------------------------------------------------------------------

_ROUND: Final = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_STEPS: Final = (1.0, 2.0, 5.0, 10.0)


def span(end: float) -> float:
    """Length of the axis in seconds: a round number, so that it changes rarely as time grows."""
    return _rounded_up(max(end, 0.001), _ROUND)


def ticks(end: float, most: int = 6) -> list[float]:
    """The marks of an axis of that length, in seconds."""
    step = _rounded_up(end / most, _STEPS)
    return [round(number * step, 9) for number in range(ceil(end / step + 1e-9)) if number * step <= end]


def _rounded_up(value: float, choices: Sequence[float]) -> float:
    unit = 10.0 ** floor(log10(value))
    return next((one * unit for one in choices if one * unit >= value * (1 - 1e-9)), 10 * unit)
