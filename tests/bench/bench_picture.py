"""A whole picture beside a bare matplotlib figure with as many collection elements, both written as SVG.

Promised: 2,000 jobs in at most 1.5 times the bare figure's time. The bare figure has a box per job, a line and an arrow
head per edge, of the simplest shapes there are, and no text; ours is laid out, too.
"""

import io
import sys
from pathlib import Path
from random import Random

from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from dojobber_nb.core.graph import JobGraph  # noqa: E402
from dojobber_nb.core.job import Job  # noqa: E402
from dojobber_nb.core.state import RunState  # noqa: E402
from dojobber_nb.view import picture  # noqa: E402
from tests.bench.bench_layout import FAMILIES, Needs  # noqa: E402
from tests.bench.clock import medians  # noqa: E402

JOBS = (20, 200, 2_000)


def run_of(needs: Needs) -> RunState:
    """A run that has not begun, of jobs named with 5 to 18 letters."""
    random, made = Random(len(needs)), list[type[Job]]()
    for index, deps in enumerate(needs):
        name = f"J{index}".ljust(random.randint(5, 18), "x")
        phases = {"Check": lambda self: None, "Run": lambda self: None}
        made.append(type(name, (Job,), {"DEPS": tuple(made[d] for d in deps), **phases}))
    return RunState(JobGraph.of(made[-1]))


def bare(jobs: int, edges: int) -> str:
    """The SVG of a figure that matplotlib draws with that many elements in its collections."""
    random, figure = Random(jobs), Figure(figsize=(20, 20))
    at = [(random.uniform(0, 1_400), random.uniform(0, 1_400)) for _ in range(jobs)]
    lines = [(at[random.randrange(jobs)], at[random.randrange(jobs)]) for _ in range(edges)]
    heads = [[(x, y), (x - 4, y - 8), (x + 4, y - 8)] for _, (x, y) in lines]
    boxes = [[(x, y), (x + 120, y), (x + 120, y + 46), (x, y + 46)] for x, y in at]
    for collection in (LineCollection(lines), PolyCollection(heads), PolyCollection(boxes)):
        figure.add_artist(collection)
    into = io.StringIO()
    figure.savefig(into, format="svg")
    return into.getvalue()


def compare(family: str, jobs: int) -> None:
    """Print one row."""
    needs = FAMILIES[family](jobs, 1)
    state, edges = run_of(needs), sum(map(len, needs))
    acts = (
        lambda: bare(jobs, edges),
        lambda: picture.page_svg(state),
        lambda: picture.write(state, io.BytesIO(), "svg"),
    )
    plain, page, file = (ns / 1e6 for ns in medians(acts, rounds=5))
    print(
        f"{family:8} {jobs:5} jobs {edges:5} edges   ms bare {plain:6.1f}   on the page {page:6.1f} ratio "
        f"{page / plain:4.2f}   as a file {file:6.1f} ratio {file / plain:4.2f}"
    )


def main() -> None:
    """Prints the table."""
    for jobs in JOBS:
        for family in FAMILIES:
            compare(family, jobs)


if __name__ == "__main__":
    main()
