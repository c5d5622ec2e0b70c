"""Our layout beside graphviz dot: crossings, counted in both drawings the same way, and the time of a whole run of dot.

Promised: at most 1.2 times dot's crossings at 20 and 100 jobs, 1.4 times at 500, in at most twice its time.
"""

import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from dojobber_nb.view.layout import Layout, layout  # noqa: E402

Needs = list[list[int]]
Path2D = list[tuple[float, float]]
SIZES, SEEDS, LARGE = (20, 100, 500), range(5), (2_000,)


# --- seeded graphs like those people write ----------------------------------------------------------------------------


def narrow(jobs: int, seed: int, near: int = 12) -> Needs:
    """Each job needs one to four of the dozen before it: a long runbook."""
    random = Random(seed)
    needs: Needs = []
    for i in range(jobs - 1):
        before = range(max(0, i - near), i)
        needs.append(sorted(random.sample(before, min(len(before), random.choice((1, 1, 2, 2, 3, 4))))))
    return rooted(needs)


def broad(jobs: int, seed: int, near: int = 8) -> Needs:
    """Stages of jobs side by side, each needing one to four of those near it in one of the three stages before."""
    random = Random(seed)
    stages = max(4, round(jobs**0.5 * 0.55))
    breadth = (jobs - 1) / stages
    needs: Needs = []
    for i in range(jobs - 1):
        stage, found = int(i // breadth), set[int]()
        for _ in range(random.choice((1, 1, 2, 2, 3, 4)) if stage else 0):
            before = max(0, stage - random.choice((1, 1, 1, 1, 2, 3)))
            aim = round(i - (stage - before) * breadth + random.uniform(-near, near))
            found.add(min(max(aim, int(before * breadth) + 1, 0), int((before + 1) * breadth) - 1, i - 1))
        needs.append(sorted(found))
    return rooted(needs)


def grouped(jobs: int, seed: int) -> Needs:
    """Groups of a few jobs that all need one thing, gathered by a job of their own: diamonds on diamonds."""
    random = Random(seed)
    needs: Needs = [[]]
    ends = [0]
    while len(needs) < jobs - 1:
        base = random.choice(ends[-6:])
        members = list(range(len(needs), min(len(needs) + random.randint(2, 5), jobs - 1)))
        needs += [sorted({base, *random.sample(ends[-8:], min(len(ends), random.choice((0, 0, 1))))}) for _ in members]
        if len(needs) < jobs - 1:
            needs.append(members)
            ends.append(len(needs) - 1)
    return rooted(needs)


def rooted(needs: Needs) -> Needs:
    """With a last job that needs all that nothing needs."""
    needed = {d for deps in needs for d in deps}
    return [*needs, [i for i in range(len(needs)) if i not in needed]]


FAMILIES = {"narrow": narrow, "broad": broad, "grouped": grouped}


def box_sizes(jobs: int) -> list[tuple[float, float]]:
    """Boxes as broad as names of 5 to 18 letters."""
    random = Random(jobs)
    return [(22 + 6.3 * random.randint(5, 18), 44.0) for _ in range(jobs)]


# --- crossings of a drawing -------------------------------------------------------------------------------------------


def crossings(paths: Sequence[Path2D], steps: int = 7) -> int:
    """How often curves of different edges cross: each Bézier piece as `steps` straight ones.

    An odd number: curves that mirror each other cross in the middle of one, not where two meet.
    """
    pieces = [sampled(np.asarray(path, float), steps) for path in paths]
    owner = np.concatenate([np.full(len(p) - 1, i) for i, p in enumerate(pieces)])
    lines = np.concatenate([np.concatenate([p[:-1], p[1:]], 1) for p in pieces])
    order = np.argsort(np.minimum(lines[:, 1], lines[:, 3]), kind="stable")
    lines, owner = lines[order], owner[order]
    lowest, highest = np.minimum(lines[:, 1], lines[:, 3]), np.maximum(lines[:, 1], lines[:, 3])
    until = np.searchsorted(lowest, highest, "right")
    return sum(
        _crossed(lines[i], lines[i + 1 : until[i]][owner[i + 1 : until[i]] != owner[i]])
        for i in range(len(lines))
        if until[i] > i + 1
    )


def sampled(path: np.ndarray, steps: int) -> np.ndarray:
    """Points along a path of cubic Bézier pieces."""
    t = np.linspace(0, 1, steps + 1)[1:, None]
    weights = np.concatenate([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3], 1)
    return np.concatenate([path[:1], *(weights @ path[i : i + 4] for i in range(0, len(path) - 1, 3))])


def _crossed(line: np.ndarray, others: np.ndarray) -> int:
    ours = _side(line[:2], line[2:], others[:, :2]) * _side(line[:2], line[2:], others[:, 2:])
    theirs = _side(others[:, :2], others[:, 2:], line[:2]) * _side(others[:, :2], others[:, 2:], line[2:])
    return int(((ours < 0) & (theirs < 0)).sum())


def _side(start: np.ndarray, end: np.ndarray, point: np.ndarray) -> np.ndarray:
    a, b = end - start, point - start
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


# --- dot --------------------------------------------------------------------------------------------------------------


def dot_source(sizes: Sequence[tuple[float, float]], needs: Needs) -> str:
    """The same boxes and edges for dot."""
    nodes = [f"{i} [width={w / 72:.4f} height={h / 72:.4f}]" for i, (w, h) in enumerate(sizes)]
    edges = [f"{i} -> {d}" for i, deps in enumerate(needs) for d in deps]
    return "\n".join(["digraph {", "node [shape=box fixedsize=true]", *nodes, *edges, "}"])


def dot_paths(plain: str) -> list[Path2D]:
    """The Bézier points of dot's edges, in px."""
    found = []
    for line in plain.splitlines():
        word, *rest = line.split()
        if word == "edge":
            numbers = [float(number) * 72 for number in rest[3 : 3 + 2 * int(rest[2])]]
            found.append(list(zip(numbers[::2], numbers[1::2], strict=True)))
    return found


# --- the table --------------------------------------------------------------------------------------------------------


def timed_dot(sizes: Sequence[tuple[float, float]], needs: Needs) -> tuple[float, list[Path2D]]:
    """(ms, paths) of one whole process."""
    source = dot_source(sizes, needs)
    begin = time.perf_counter()
    done = subprocess.run(["dot", "-Tplain"], input=source, capture_output=True, text=True, check=True)
    return (time.perf_counter() - begin) * 1000, dot_paths(done.stdout)


def timed_ours(sizes: Sequence[tuple[float, float]], needs: Needs) -> tuple[float, Layout]:
    """(ms, layout)."""
    begin = time.perf_counter()
    drawn = layout(sizes, needs, direction="down")
    return (time.perf_counter() - begin) * 1000, drawn


def compare(family: str, jobs: int) -> None:
    """Print one row: crossings in sum over the seeds, medians of interleaved times."""
    ours, dots, counts = [], [], [0, 0]
    for seed in SEEDS:
        sizes, needs = box_sizes(jobs), FAMILIES[family](jobs, seed)
        for _ in range(3):
            dot_ms, paths = timed_dot(sizes, needs)
            our_ms, drawn = timed_ours(sizes, needs)
            ours.append(our_ms)
            dots.append(dot_ms)
        counts[0] += crossings(list(drawn.edges.values()))
        counts[1] += crossings(paths)
    a, b = statistics.median(ours), statistics.median(dots)
    print(
        f"{family:8} {jobs:5}   crossings {counts[0]:7} dot {counts[1]:7} ratio {counts[0] / max(counts[1], 1):5.2f}"
        f"   ms {a:7.1f} dot {b:7.1f} ratio {a / b:5.2f}"
    )


def alone(what: str, needs: Needs) -> None:
    """Print how long one layout takes."""
    ms, drawn = timed_ours(box_sizes(len(needs)), needs)
    print(f"{what:32} {len(needs):5} jobs   ms {ms:7.1f}   {drawn.width:.0f} × {drawn.height:.0f} px")


def main() -> None:
    """Prints the table beside dot, then odd shapes and large graphs alone."""
    if not shutil.which("dot"):
        sys.exit("this bench compares with graphviz: install it (Debian: apt-get install graphviz)")
    for family in FAMILIES:
        for jobs in SIZES:
            compare(family, jobs)
    for jobs in LARGE:
        for family, make in FAMILIES.items():
            alone(family, make(jobs, 1))
    last = [[]]
    alone("one job", [[]])
    alone("a chain", [[i + 1] for i in range(1_999)] + last)
    alone("one job needs 500", [list(range(1, 501))] + last * 500)
    alone("a chain, its first needs all", [list(range(1, 2_000))] + [[i + 1] for i in range(1, 1_999)] + last)
    alone("a chain, all need its last", [sorted({i + 1, 1_999}) for i in range(1_999)] + last)


if __name__ == "__main__":
    main()
