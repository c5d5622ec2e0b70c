"""What the engine costs: checknrun() over a bare loop, as graphs grow and deepen, its memory, and its peers.

`python tests/bench/bench_engine.py [overhead|growth|depth|memory|peers ...]`; all of it takes minutes, most of them the
peers', which come with the bench extra. Times are process time, medians of interleaved rounds.
"""

import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
from clock import medians, nanoseconds
from floor import bare_loop
from graphs import SHAPES, chain, classes, ladder, layered
from peers import PEERS

from dojobber_nb import DoJobber, DummyJob, Job

Row = Sequence[str]

MARKS = {1_000: 8, 50_000: 10}  # × the floor, at most
CAP = 30  # seconds for a peer on a graph: to load it, to build it, and to run it once or more


class Fails(Job):
    """A leaf that never holds."""

    TRIES, RETRY_DELAY = 3, 0

    def Check(self) -> None:
        """Raise."""
        raise ValueError("no")

    Run = Check


def configured(root: Any) -> DoJobber:
    """An engine that is ready to run."""
    dj = DoJobber()
    dj.configure(root)
    return dj


def floor_of(dj: DoJobber) -> Callable[[], object]:
    """The bare loop over the same classes in the same order: another one would miss the caches three times as often."""
    return bare_loop([job.node.job for job in dj.state.jobs.values()])


def overhead() -> Iterator[Row]:
    """checknrun() beside the floor; `heard`: with a listener."""
    yield "shape", "jobs", "floor ns", "engine ns", "×", "mark", "heard ×"
    for jobs, mark in MARKS.items():
        for name, shape in SHAPES.items():
            root = classes(shape(jobs), DummyJob)
            dj, heard = configured(root), configured(root)
            heard.subscribe(lambda event: None)
            base, ours, told = medians([floor_of(dj), dj.checknrun, heard.checknrun], rounds=7)
            each = f"{base / jobs:.0f}", f"{ours / jobs:.0f}"
            yield name, f"{jobs:,}", *each, f"{ours / base:.1f}", f"≤ {mark}", f"{told / base:.1f}"


def growth() -> Iterator[Row]:
    """Layered graphs, ns a job: a straight line stays level."""
    yield "jobs", "floor ns", "configure ns", "checknrun ns"
    for jobs in (1_000, 10_000, 50_000, 200_000):
        root = classes(layered(jobs), DummyJob)
        dj = configured(root)
        acts = (floor_of(dj), lambda dj=dj, root=root: dj.configure(root), dj.checknrun)
        yield f"{jobs:,}", *(f"{taken / jobs:.0f}" for taken in medians(acts, rounds=5))


def depth() -> Iterator[Row]:
    """Deep graphs at the default recursion limit, over a leaf that holds and one that fails three times."""
    yield "graph", "jobs", "levels", "leaf", "s", "succeeded", "failed", "untested"
    shapes = (("chain", chain(20_000), 20_000), ("ladder", ladder(10_001), 5_001))
    for name, shape, levels in shapes:
        for leaf in (None, Fails):
            dj = configured(classes(shape, DummyJob, leaf))
            taken = nanoseconds(dj.checknrun) / 1e9
            known = list(dj.nodestatus.values())
            counts = (f"{known.count(status):,}" for status in (True, False, None))
            yield name, f"{len(shape):,}", f"{levels:,}", "fails" if leaf else "holds", f"{taken:.2f}", *counts


def memory() -> Iterator[Row]:
    """Bytes a job that the engine holds after a run, above the classes: what Python allocated, and the process."""
    yield "jobs", "tracemalloc B", "mark", "resident B"
    for jobs in MARKS:
        root = classes(layered(jobs), DummyJob)
        resident = psutil.Process().memory_info().rss
        kept = [configured(root)]
        kept[0].checknrun()
        resident = psutil.Process().memory_info().rss - resident
        tracemalloc.start()
        kept.append(configured(root))
        kept[1].checknrun()
        traced = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        yield f"{jobs:,}", f"{traced / jobs:.0f}", "≤ 1024", f"{resident / jobs:.0f}"


def peers() -> Iterator[Row]:
    """Each on the same graphs, ns a job (× the floor measured beside it), in a process of its own."""
    cases = [(shape, jobs) for jobs in MARKS for shape in SHAPES]
    yield "peer", *(f"{shape} {jobs:,}" for shape, jobs in cases)
    for peer in PEERS:
        cells: dict[tuple[str, int], str] = {}
        for shape, jobs in cases:
            small = cells.get((shape, min(MARKS)), "")
            cells[shape, jobs] = raced(peer, shape, jobs) if not small or "×" in small else small
        yield peer, *cells.values()


def raced(peer: str, shape: str, jobs: int) -> str:
    """What the peer took, or why it did not get there."""
    command = [sys.executable, Path(__file__).with_name("peers.py"), peer, shape, str(jobs)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=CAP, check=False)
    except subprocess.TimeoutExpired:
        return f"> {CAP} s"
    if done.returncode:
        return done.stderr.strip().splitlines()[-1].partition(":")[0]
    taken, floor = map(float, done.stdout.strip(" []\n").split(","))
    return f"{taken:,.0f} ({taken / floor:,.1f}×)"


def show(rows: Iterable[Row]) -> None:
    """Prints a table, numbers to the right."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = zip(row, widths, strict=True)
        print("  ".join(cell.rjust(width) if at else cell.ljust(width) for at, (cell, width) in enumerate(cells)))


PARTS = {part.__name__: part for part in (overhead, growth, depth, memory, peers)}


def main(names: Sequence[str]) -> None:
    """Prints a table for each of those parts."""
    for name in names or PARTS:
        begin = time.monotonic()
        print(f"\n{name}: {PARTS[name].__doc__}")
        show(PARTS[name]())
        print(f"({time.monotonic() - begin:.0f} s)", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
