"""Bars: what a timeline draws of a run, a fold of its events."""

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
    """What a bar can be: its colours and icon are those of a key of LOOKS, `texture` is the style sheet's."""

    look: str
    words: str
    texture: str = "plain"


# Those of phases under way come first: where in time a phase had not ended, its bar is drawn as one of them.
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
    """A phase that has ended, or the wait between two tries.

    `live` and `kind` are places in KINDS, before and after its end; `begun` and `over` count the events of the run
    once it had begun and once it had ended; `start` and `end` are seconds since the run began.
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
    """The bars of a run, in the order in which they ended; `serial` counts the runs and graphs seen."""

    def __init__(self) -> None:
        self.serial = 0
        self._begin(None, None)

    def _begin(self, graph: JobGraph | None, first: Event | None) -> None:
        self.serial += 1
        self.over: list[Bar] = []
        self.told = 0
        self.end = 0.0  # of what ended last, in seconds since the run began
        self.spent = 0.0  # seconds that all phases took together
        self.longest: Bar | None = None  # of the phases
        self._begun_with = graph, first
        self._dry = False
        self._open: dict[str, tuple[int, PhaseStarted]] = {}
        self._attempts: dict[str, _Attempt] = {}

    @property
    def jobs(self) -> int:
        """How many jobs have had an attempt."""
        return len(self._attempts)

    def follow(self, graph: JobGraph | None, events: Sequence[Event]) -> None:
        """Take in what is new; begin anew when it is another graph or another run."""
        first = events[0] if events else None
        if graph is not self._begun_with[0] or first is not self._begun_with[1]:
            self._begin(graph, first)
        if graph is None:
            return
        for event in events[self.told :]:
            self.told += 1
            self._take(graph, event)

    def under_way(self) -> list[Bar]:
        """The phases that have begun and not ended: their `over` is 0."""
        return [
            Bar(self._index(name), begin.attempt, LIVE[begin.phase], LIVE[begin.phase], count, 0, begin.started, 0.0)
            for name, (count, begin) in self._open.items()
        ]

    def waiting(self, names: Sequence[str]) -> list[Bar]:
        """The waits of those jobs, which are to be tried again: each to the end that it has at the latest."""
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
                self._dry, self._open = event.no_act, {}  # what was under way then died with its process

    def _started(self, graph: JobGraph, event: PhaseStarted) -> None:
        self._open[event.job] = self.told, event
        if event.phase is not Phase.CHECK:
            return
        last = self._attempts.get(event.job)
        if last and last.waits:
            wait = _wait(graph[event.job].index, last, self.told, min(last.retry_at, event.started))
            self.over.append(wait)
        self._attempts[event.job] = _Attempt(event.attempt, event.started, event.started + graph[event.job].delay)

    def _ended(self, job: str, event: PhaseEnded | Interrupted) -> None:
        begun, _ = self._open.pop(job, (self.told, None))
        end = event.started + event.duration
        self.end, self.spent = max(self.end, end), self.spent + event.duration
        live = LIVE.get(event.phase or Phase.CHECK, PLACES["check"])  # init is told as part of check
        times = begun, self.told, event.started, end
        bar = Bar(self._index(job), event.attempt, live, self._kind(event), *times)
        self.over.append(bar)
        if self.longest is None or event.duration > self.longest.end - self.longest.start:
            self.longest = bar
        if event.phase is not Phase.CLEANUP and job in self._attempts:
            holds = event.ok and event.phase is not Phase.RUN
            self._attempts[job] = self._attempts[job]._replace(ended=end, told=0 if holds else self.told)

    def _kind(self, event: PhaseEnded | Interrupted) -> int:
        if isinstance(event, Interrupted):
            return PLACES["interrupted"]
        if event.phase is Phase.CHECK and not event.ok and self._dry:
            return PLACES["check would run"]
        return PLACES[f"{event.phase} {'passed' if event.ok else 'failed'}"]

    def _index(self, job: str) -> int:
        graph = self._begun_with[0]
        return graph[job].index if graph else 0


class _Attempt(NamedTuple):
    """The last attempt at a job: `told` is that of the events once its last phase had ended, 0 if the job holds."""

    number: int
    began: float
    retry_at: float
    ended: float = 0.0
    told: int = 0

    @property
    def waits(self) -> bool:
        """Whether its RETRY_DELAY reached beyond its end."""
        return bool(self.told) and self.retry_at > self.ended


def _wait(index: int, last: _Attempt, over: int, end: float) -> Bar:
    return Bar(index, last.number, PLACES["wait"], PLACES["wait"], last.told, over, last.ended, end)


# --- the axis --------------------------------------------------------------------------------------------------------

_ROUND: Final = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
_STEPS: Final = (1.0, 2.0, 5.0, 10.0)


def span(end: float) -> float:
    """How many seconds the axis shows: a round number, so that it stays while time grows."""
    return _rounded_up(max(end, 0.001), _ROUND)


def ticks(end: float, most: int = 6) -> list[float]:
    """The seconds at which an axis of that span has its marks."""
    step = _rounded_up(end / most, _STEPS)
    return [round(number * step, 9) for number in range(ceil(end / step + 1e-9)) if number * step <= end]


def _rounded_up(value: float, of: Sequence[float]) -> float:
    unit = 10.0 ** floor(log10(value))
    return next((one * unit for one in of if one * unit >= value * (1 - 1e-9)), 10 * unit)
