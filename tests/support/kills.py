"""Runs whose process is killed at a chosen moment, and resumed: each life is a fork of one warm process.

`python -m tests.support.kills SEED POINTS` prints what went wrong as JSON, and how many times a process was killed.
Seed 0 is a runbook written here; others give random graphs. The world of the jobs is on disk: a job holds once its
file is there.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, suppress
from pathlib import Path
from typing import Any, NamedTuple

from dojobber_nb import DoJobber, DummyJob, Job, Record, RunonlyJob
from dojobber_nb.core.errors import CleanupErrors, InDoubtError
from dojobber_nb.core.events import Event, Phase, PhaseEnded, PhaseInDoubt, PhaseStarted, Resumed
from dojobber_nb.record.recorded_run import RecordedRun
from tests.support.disks import folder_in_memory


class Thing(NamedTuple):
    """A job as data: it holds from the start (0), once its Run was called that often, or never (None)."""

    name: str
    needs: tuple[str, ...] = ()
    kind: str = "Job"
    works_at: int | None = 1
    cleanup: str = ""


RUNBOOK = (
    Thing("Folder", works_at=0),
    Thing("Database", ("Folder",), cleanup="y"),
    Thing("Announced", ("Database",), kind="RunonlyJob", cleanup="y"),
    Thing("Tables", ("Database",), works_at=2, cleanup="n"),
    Thing("Broken", ("Folder",), works_at=None, cleanup="y"),
    Thing("Data", ("Tables", "Announced"), works_at=3),
    Thing("Needy", ("Broken", "Data")),
    Thing("All", ("Data", "Needy"), kind="DummyJob"),
)


def random_things(rng: random.Random) -> list[Thing]:
    """A graph of three to nine jobs, the last one needing all others at some depth."""
    things = [_random_thing(rng, number) for number in range(rng.randint(3, 9))]
    needed = {need for thing in things for need in thing.needs}
    loose = [thing.name for thing in things[:-1] if thing.name not in needed]
    return [*things[:-1], things[-1]._replace(needs=tuple({*things[-1].needs, *loose}))]


def _random_thing(rng: random.Random, number: int) -> Thing:
    earlier = [f"J{before}" for before in range(max(0, number - 4), number)]
    needs = tuple(rng.sample(earlier, rng.randint(0, min(2, len(earlier)))))
    kind = rng.choice(["Job", "Job", "Job", "RunonlyJob", "DummyJob"])
    return Thing(f"J{number}", needs, kind, rng.choice([0, 1, 1, 1, 2, 3, None]), rng.choice(["", "", "y", "n"]))


# --- the world -----------------------------------------------------------------------------------------------------


class World:
    """A folder. `reached(moment)` is asked at the beginning and the end of all job code."""

    def __init__(self, folder: Path, things: Sequence[Thing]) -> None:
        self.folder, self.things = folder, things
        self.record = folder / "record.sqlite"
        self.reached: Callable[[], object] = int

    def note(self, *words: str) -> None:
        """A line of the journal, on disk when this returns as far as a kill is concerned."""
        with (self.folder / "journal").open("a") as journal:
            journal.write(" ".join(words) + "\n")

    def journal(self) -> Counter[str]:
        """How often each line is in it."""
        with suppress(FileNotFoundError):
            return Counter((self.folder / "journal").read_text().splitlines())
        return Counter()

    def holds(self, name: str) -> bool:
        return (self.folder / name).exists()

    def root(self) -> type[Job]:
        """The job classes, made anew as each process makes them."""
        made: dict[str, type[Job]] = {}
        for thing in self.things:
            base = {"Job": Job, "RunonlyJob": RunonlyJob, "DummyJob": DummyJob}[thing.kind]
            body = {"DEPS": tuple(made[need] for need in thing.needs), **dict(self._methods(thing))}
            made[thing.name] = type(thing.name, (base,), body)
        return made[self.things[-1].name]

    def _methods(self, thing: Thing) -> Iterator[tuple[str, Any]]:
        if thing.kind == "Job":
            yield "Check", lambda job: self._during(thing.name, "check", lambda: self._check(thing))
        if thing.kind != "DummyJob":
            yield "Run", lambda job: self._during(thing.name, "run", lambda: self._run(thing))
        if thing.cleanup:
            yield "Cleanup", lambda job: self._during(thing.name, "cleanup", lambda: self._cleanup(thing))

    def _during(self, name: str, phase: str, act: Callable[[], None]) -> None:
        self.note(name, phase, "begins")
        self.reached()
        try:
            act()
        finally:
            self.reached()
            self.note(name, phase, "ends")
            self.reached()

    def _check(self, thing: Thing) -> None:
        if not (self.holds(thing.name) or thing.works_at == 0):
            raise RuntimeError(f"no {thing.name}")

    def _run(self, thing: Thing) -> None:
        self.note(thing.name, "effect")
        if thing.works_at is None or self.journal()[f"{thing.name} effect"] < thing.works_at:
            raise RuntimeError("not yet")
        (self.folder / thing.name).touch()

    def _cleanup(self, thing: Thing) -> None:
        if thing.cleanup == "n":
            raise RuntimeError("cannot be taken down")


# --- lives ---------------------------------------------------------------------------------------------------------


class Kill(NamedTuple):
    """When to be killed: after so many events, or at so many moments in job code."""

    by: str
    after: int


def live(world: World, kill: Kill | None) -> dict[str, Any] | None:
    """The life of a process that resumes what is recorded: what it says at its end, or None if it was killed."""
    told = world.folder / "told.json"
    told.unlink(missing_ok=True)
    pid = os.fork()
    if not pid:
        try:
            _live(world, kill, told)
        except BaseException as error:
            told.write_text(json.dumps({"raised": repr(error)}))
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    return None if os.WIFSIGNALED(status) else json.loads(told.read_text())


def _live(world: World, kill: Kill | None, told: Path) -> None:
    left = [kill.after if kill else -1]

    def count(_event: Event | None = None) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    dj = DoJobber()
    dj.configure(world.root(), record=world.record, default_retry_delay=0)
    if kill and kill.by == "event":
        dj.subscribe(count)
    elif kill:
        world.reached = count
    with (world.folder / "stderr").open("a") as stderr, redirect_stderr(stderr), suppress(CleanupErrors):
        _resume(dj, world)
    told.write_text(json.dumps({"nodestatus": dj.nodestatus}))


def _resume(dj: DoJobber, world: World) -> None:
    try:
        dj.resume()
    except InDoubtError as doubt:
        dj.resume(**{"done" if world.holds(doubt.job) else "rerun": [doubt.job]})


# --- what is right -------------------------------------------------------------------------------------------------


def faults_after_kill(world: World) -> Iterator[str]:
    """What the record does not show of what happened before its process was killed."""
    runs = Record(world.record).runs
    shown = Counter(f"{event.job} {event.phase} ends" for event in _ended(runs))
    for doubt in _doubts(runs):
        shown[f"{doubt.job} {_as_noted(doubt.phase)} ends"] += 1
    for line, times in world.journal().items():
        if line.endswith("ends") and shown[line] < times:
            yield f"{line} {times} times, and is shown {shown[line]} times"


def _doubts(runs: Sequence[RecordedRun]) -> Iterator[PhaseInDoubt | PhaseStarted]:
    """What was under way when a process died, earlier ones included."""
    yield from (event.doubt for run in runs for event in run.events if isinstance(event, Resumed) and event.doubt)
    if runs and runs[-1].in_doubt:
        yield runs[-1].in_doubt


def _ended(runs: Sequence[RecordedRun]) -> Iterator[PhaseEnded]:
    for run in runs:
        for event in run.events:
            if isinstance(event, PhaseEnded):
                yield event._replace(phase=_as_noted(event.phase))  # type: ignore[arg-type]  # as text


def _as_noted(phase: Phase) -> str:
    return "check" if phase is Phase.RECHECK else phase.value


def faults_at_end(world: World, said: dict[str, Any], undisturbed: dict[str, Any]) -> Iterator[str]:
    """What is otherwise than if nobody had been killed."""
    if said != undisturbed:
        yield f"{said} instead of {undisturbed}"
    journal = world.journal()
    for thing in world.things:
        ran = journal[f"{thing.name} effect"]
        if thing.kind == "RunonlyJob" and world.holds(thing.name) and ran != max(thing.works_at or 0, 1):
            yield f"{thing.name} was run {ran} times"
    run = next(run for run in Record(world.record).runs if not run.metadata.get("only_checks"))
    yield from _cleanup_faults(world, run)


def _cleanup_faults(world: World, run: RecordedRun) -> Iterator[str]:
    has = {thing.name for thing in world.things if thing.cleanup and thing.kind != "DummyJob"}
    begun = [event for event in run.events if isinstance(event, PhaseStarted)]
    due = Counter((event.job, event.attempt) for event in begun if event.phase is Phase.RUN and event.job in has)
    cleaned = Counter((event.job, event.attempt) for event in begun if event.phase is Phase.CLEANUP)
    if due != cleaned:
        yield f"Cleanups due {sorted(due)}, called {sorted(cleaned.elements())}"


def scene(things: Sequence[Thing], kills: Sequence[Kill], undisturbed: dict[str, Any] | None) -> list[str]:
    """What went wrong when the process was killed at these moments, one life after the other, and lived on."""
    found = []
    with folder_in_memory() as folder:
        world = World(folder, things)
        for kill in kills:
            if live(world, kill) is None:
                found += faults_after_kill(world)
        said = live(world, None)
        assert said is not None
        found += faults_at_end(world, said, undisturbed or said)
    return [f"{list(map(tuple, kills))}: {fault}" for fault in found]


def undisturbed(things: Sequence[Thing]) -> tuple[dict[str, Any], int, int]:
    """What a run says at its end, and how many events and moments in job code it has."""
    with folder_in_memory() as folder:
        world = World(folder, things)
        said = live(world, None)
        assert said is not None
        moments = sum(times * (1 if line.endswith("begins") else 2) for line, times in world.journal().items())
        effects = sum(times for line, times in world.journal().items() if line.endswith("effect"))
        return said, len(Record(world.record).runs[-1].events), moments - 2 * effects


def warm_up(things: Sequence[Thing]) -> None:
    """Import and cache here what each fork would else import and cache again, which is half its time."""
    with folder_in_memory() as folder:
        world = World(folder, things)
        _live(world, None, folder / "told.json")
        _live(world, None, folder / "told.json")  # of a run that had ended


def main(seed: int, points: int) -> None:
    """Prints {"killed": how many, "wrong": […]}: killed once at each of so many points, some of them twice."""
    rng = random.Random(seed)
    things = random_things(rng) if seed else list(RUNBOOK)
    warm_up(things)
    said, events, moments = undisturbed(things)
    every = [Kill("event", n) for n in range(1, events + 1)] + [Kill("moment", n) for n in range(1, moments + 1)]
    chosen = [[kill] for kill in (every if len(every) <= points else rng.sample(every, points))]
    twice = [[*kills, rng.choice(every)] for kills in chosen[::3]]
    wrong = [fault for kills in [*chosen, *twice] for fault in scene(things, kills, said)]
    sys.stdout.write(json.dumps({"killed": len(chosen) + 2 * len(twice), "said": said, "wrong": wrong}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
